//! Resources and where they come from.

use std::fmt;
use std::sync::Arc;

use crate::value::{Map, Node, Span, Unknown};

/// One thing in the cloud, in the shape of its CloudFormation type.
#[derive(Clone, Debug, PartialEq)]
pub struct Resource {
    /// The CloudFormation type, such as `AWS::S3::Bucket`.
    pub type_name: Arc<str>,
    /// Unique in the estate: the template's path, `#`, and the address; or the ARN of a live resource.
    pub key: Arc<str>,
    /// The name people know it by: the logical id, after the names of the nested stacks that lead to it
    /// (`Network/Vpc`).
    pub address: Arc<str>,
    /// The physical id, where it is known.
    pub id: Option<Arc<str>>,
    /// The ARN, where it is known.
    pub arn: Option<Arc<str>>,
    /// The account, where it is known.
    pub account: Option<Arc<str>>,
    /// The region, where it is known.
    pub region: Option<Arc<str>>,
    /// The properties. Where the whole body is unknown, an empty map whose rest is unknown.
    pub properties: Map,
    /// Why the resource is perhaps not there at all, if so.
    pub presence: Option<Arc<Unknown>>,
    /// The template's `DeletionPolicy`.
    pub deletion_policy: Option<Box<Node>>,
    /// The template's `UpdateReplacePolicy`.
    pub update_replace_policy: Option<Box<Node>>,
    /// Where it was read.
    pub origin: Origin,
    /// Controls that its author has switched off for it, in place.
    pub suppressions: Vec<Suppression>,
}

impl Resource {
    /// A resource of which only the type and the name are known so far.
    pub fn new(type_name: Arc<str>, key: Arc<str>, address: Arc<str>) -> Resource {
        Resource {
            type_name,
            key,
            address,
            id: None,
            arn: None,
            account: None,
            region: None,
            properties: Map::default(),
            presence: None,
            deletion_policy: None,
            update_replace_policy: None,
            origin: Origin::default(),
            suppressions: Vec::new(),
        }
    }
}

/// Where a resource was read.
#[derive(Clone, Debug, PartialEq)]
pub struct Origin {
    /// Its name in the template: the logical id. [`Span::NONE`] for a live resource.
    pub name: Span,
    /// Its whole body in the template.
    pub body: Span,
    /// The nested stacks or modules that lead to it, outermost first.
    pub via: Vec<Call>,
    /// The CDK construct path, where the template carries it.
    pub construct: Option<Arc<str>>,
}

impl Default for Origin {
    fn default() -> Origin {
        Origin { name: Span::NONE, body: Span::NONE, via: Vec::new(), construct: None }
    }
}

/// A place that brings in a nested stack or module.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Call {
    /// The nested stack's logical id or the module's name.
    pub name: Arc<str>,
    /// Where it is called.
    pub span: Span,
}

/// A control switched off for one resource, where the resource is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Suppression {
    /// The control's id.
    pub control: Arc<str>,
    /// Why; an empty reason makes the suppression void.
    pub reason: Arc<str>,
    /// Where it is written.
    pub span: Span,
}

impl Suppression {
    /// The suppression that a comment's text is: `palisade:ignore ID reason`.
    pub fn of_comment(text: &str, span: Span) -> Option<Suppression> {
        let rest = text.strip_prefix("palisade:ignore")?;
        let (control, reason) = rest.trim().split_once(char::is_whitespace).unwrap_or((rest.trim(), ""));
        Some(Suppression { control: Arc::from(control), reason: Arc::from(reason.trim()), span })
    }
}

/// The number of a resource in its estate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ResourceId(pub u32);

impl fmt::Display for ResourceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "#{}", self.0)
    }
}
