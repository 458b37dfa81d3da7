//! Renumbers the files of positions, when what several files gave is put together.

use estate::resource::Resource;
use estate::value::{FileId, Node, Span, Value};

pub(crate) fn span(span: &mut Span, by: u32) {
    if span.is_some() {
        span.file = FileId(span.file.0 + by);
    }
}

pub(crate) fn resource(resource: &mut Resource, by: u32) {
    span(&mut resource.origin.name, by);
    span(&mut resource.origin.body, by);
    resource.suppressions.iter_mut().for_each(|suppression| span(&mut suppression.span, by));
    resource.properties.entries.iter_mut().for_each(|(_, value)| node(value, by));
}

/// Recursion is bounded by the depth of the value.
fn node(this: &mut Node, by: u32) {
    span(&mut this.span, by);
    match &mut this.value {
        Value::List(list) => list.items.iter_mut().for_each(|item| node(item, by)),
        Value::Map(map) => map.entries.iter_mut().for_each(|(_, value)| node(value, by)),
        Value::Choice(choice) => choice.options.iter_mut().for_each(|option| node(option, by)),
        _ => {}
    }
}
