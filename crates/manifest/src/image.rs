//! References to container images: name, tag and digest.

use std::sync::Arc;

use document::Tree;
use estate::value::{Kind, Node, Reason, Span, Unknown, Value};

use crate::body::{Body, text};
use crate::variable::{Notation, expressions};

/// Puts an image and what it names. What an expression may hold is unknown.
pub(crate) fn put(body: &mut Body, tree: Option<&Tree>, notation: Notation) {
    let Some(tree) = tree else { return };
    let Some(node) = text(tree, notation) else { return };
    body.put("Image", Some(node));
    if let Some(written) = tree.text() {
        parts(body, written, tree.span, notation);
    }
}

/// Puts tag and digest of an image.
pub(crate) fn parts(body: &mut Body, written: &str, span: Span, notation: Notation) {
    let holes = expressions(written, notation);
    let end = holes.last().map_or(0, |(range, _)| range.end);
    // Behind a slash the rest is the last part of the name, whatever stands before it.
    let hole = holes.last().filter(|_| !written[end..].contains('/'));
    let (name, digest) = match written[end..].split_once('@') {
        Some((before, digest)) => (&written[..end + before.len()], Some(digest)),
        None => (written, None),
    };
    if let Some(digest) = digest {
        body.word("ImageDigest", digest, span);
    } else if let Some((_, words)) = hole {
        body.put("ImageDigest", Some(part(words, span)));
    }
    // A colon before the last slash is that of a port.
    let last = name[end.min(name.len())..].rsplit('/').next().unwrap_or_default();
    match (last.split_once(':'), hole) {
        (Some((_, tag)), _) => body.word("ImageTag", tag, span),
        (None, Some((_, words))) => body.put("ImageTag", Some(part(words, span))),
        (None, None) => {}
    }
}

/// What an expression may add to the image: a part of its value, or nothing.
fn part(words: &str, span: Span) -> Node {
    let reason = Reason::Data(Arc::from(words)).of_part();
    Node { value: Value::Unknown(Arc::new(Unknown { reason, kind: Kind::Any })), span }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(image: &str) -> String {
        let mut body = Body::default();
        parts(&mut body, image, Span::NONE, Notation::Shell);
        let part = |key: &str| match body.map.get(key).map(|node| &node.value) {
            Some(Value::Text(text)) => text.to_string(),
            Some(_) => "?".to_owned(),
            None => "-".to_owned(),
        };
        format!("{} {}", part("ImageTag"), part("ImageDigest"))
    }

    #[test]
    fn tags_and_digests_are_told_from_ports_and_expressions() {
        for (image, expected) in [
            ("nginx", "- -"),
            ("nginx:1.27", "1.27 -"),
            ("registry.example.com:5000/app", "- -"),
            ("registry.example.com:5000/app:2@sha256:ab", "2 sha256:ab"),
            ("nginx:${TAG}", "? ?"),
            ("${REGISTRY}/nginx:1@sha256:ab", "1 sha256:ab"),
            ("${REGISTRY}/nginx", "- -"),
            ("nginx@sha256:ab", "- sha256:ab"),
        ] {
            assert_eq!(shown(image), expected, "{image}");
        }
    }
}
