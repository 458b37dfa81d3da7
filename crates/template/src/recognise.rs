//! Tells templates from all the other YAML and JSON of a repository.

use document::{Kind, Tree};

/// Whether a text can be a template at all; spares most files the parser.
pub(crate) fn may_be_template(bytes: &[u8]) -> bool {
    // Both words are keys of every template; `Type` is missing only where every resource comes from a loop or
    // an include, and those name a transform.
    let has = |word: &[u8]| memchr::memmem::find(bytes, word).is_some();
    has(b"Resources") && (has(b"Type") || has(b"Transform"))
}

/// Whether a document is a CloudFormation template.
///
/// It is a map with a map `Resources`, and says so by `AWSTemplateFormatVersion` or a `Transform`, or one of its
/// resources has a `Type` like `AWS::S3::Bucket`. Kubernetes manifests, OpenAPI files, workflows and settings
/// have none of these.
pub fn is_template(root: &Tree) -> bool {
    let Some(resources) = root.get("Resources") else { return false };
    // Resource Orchestration Service of another cloud: the same form, other types.
    if root.get("ROSTemplateFormatVersion").is_some() {
        return false;
    }
    let says_so = root.get("AWSTemplateFormatVersion").is_some() || names_transform(root.get("Transform"));
    match &resources.kind {
        Kind::Map(entries) => {
            says_so
                || entries.iter().any(|entry| {
                    entry.value.get("Type").and_then(Tree::text).is_some_and(|name| is_type_name(name))
                })
        }
        // Broken where the resources begin: only the version tells.
        Kind::Damaged => says_so,
        Kind::Scalar(_) | Kind::List(_) => root.get("AWSTemplateFormatVersion").is_some(),
    }
}

fn names_transform(transform: Option<&Tree>) -> bool {
    let Some(transform) = transform else { return false };
    transform.text().is_some_and(|name| name.contains("::"))
        || transform.get("Name").is_some()
        || transform.items().iter().any(|item| names_transform(Some(item)))
}

/// Whether a text reads like a resource type: two or more words joined by `::`.
fn is_type_name(name: &str) -> bool {
    let mut parts = name.split("::");
    let word = |part: &str| {
        !part.is_empty() && part.bytes().all(|b| b.is_ascii_alphanumeric() || b"_-@".contains(&b))
    };
    parts.clone().count() >= 2 && parts.all(word)
}
