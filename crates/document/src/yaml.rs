//! YAML, by the events of `granit-parser`.

use std::borrow::Cow;
use std::sync::Arc;

use estate::value::{FileId, Span};
use granit_parser::{Event, Options, Parser, Placement, ScalarStyle, ScanError, Tag};

use crate::build::Builder;
use crate::tree::{Comment, Document, Kind, Problem, Scalar, Tree};
use crate::{DEPTH_MAX, DOCUMENTS_MAX};

/// The first document of a stream; that another follows is a problem of it.
pub(crate) fn read(file: FileId, text: &str) -> Document {
    let mut documents = stream(file, text, 1);
    // A stream always gives a document, and with a limit of one no second.
    documents.swap_remove(0)
}

/// Every document of a stream.
pub(crate) fn read_all(file: FileId, text: &str) -> Vec<Document> {
    stream(file, text, DOCUMENTS_MAX)
}

/// The first documents of a stream, at least one and at most so many.
fn stream(file: FileId, text: &str, most: usize) -> Vec<Document> {
    let mut options = Options::default();
    options.set_emit_comments(true);
    // Templates in the wild are read by lenient parsers; a value indented oddly is still a value.
    options.strict_indentation = false;
    options.flow_nesting_limit = DEPTH_MAX + 8;
    options.block_nesting_limit = DEPTH_MAX + 8;
    let mut parser = Parser::new_from_str_with_options(text, options);
    let mut builder = Builder::default();
    let mut comments = Vec::new();
    let mut documents = 0;
    let mut read = Vec::new();
    let mut last = Span::new(file, (1, 1), (1, 1));
    while let Some(event) = parser.next_event() {
        let (event, span) = match event {
            Ok((event, span)) => (event, place(file, &span)),
            Err(error) => {
                builder.problems.push(syntax(file, &error));
                break;
            }
        };
        if !matches!(event, Event::Comment(..) | Event::StreamEnd | Event::DocumentEnd) {
            last = span;
        }
        match event {
            Event::DocumentStart(..) => {
                documents += 1;
                if documents > most {
                    builder.problems.push(one_too_many(span, most));
                    break;
                }
                if documents > 1 {
                    let next = Builder::after(&builder);
                    let (root, problems, open) = std::mem::replace(&mut builder, next).finish(last);
                    let comments = std::mem::take(&mut comments);
                    read.push(Document { root, problems, complete: true, open, comments });
                }
            }
            Event::Comment(text, placement) => {
                let is_alone = !matches!(placement, Placement::Right);
                comments.push(Comment { span, is_alone, text: text.trim().into() });
            }
            event => take(&mut builder, event, span),
        }
        if builder.stopped {
            break;
        }
    }
    if documents == 0 && builder.problems.is_empty() {
        let root =
            Tree { kind: Kind::Scalar(Scalar { text: Arc::from(""), plain: true }), span: last, tag: None };
        return vec![Document { root, problems: Vec::new(), complete: true, open: 0, comments }];
    }
    let (root, problems, open) = builder.finish(last);
    read.push(Document { root, problems, complete: true, open, comments });
    read
}

fn one_too_many(span: Span, most: usize) -> Problem {
    if most == 1 {
        let message = "a second document in the same file is not read";
        return Problem::new("second-document", span, message).cutting();
    }
    Problem::new("too-many", span, format!("more than {most} documents: the rest is not read")).cutting()
}

fn take(builder: &mut Builder, event: Event<'_>, span: Span) {
    match event {
        Event::Scalar(text, style, anchor, tag) => {
            if builder.wants_key() {
                builder.key(&text, span);
                return;
            }
            // The parser says `~` where nothing is written; that the place is empty tells it from a written one.
            let empty = style == ScalarStyle::Plain && span.height == 0 && span.column == span.end_column;
            let text = if empty { Cow::Borrowed("") } else { text };
            let (tag, forced_text) = tag_of(tag);
            let plain = style == ScalarStyle::Plain && !forced_text;
            // A short text that recurs (a type, `true`, an action) is kept once.
            let text: Arc<str> = if text.len() <= 40 { builder.intern(&text) } else { Arc::from(&*text) };
            builder.scalar(Scalar { text, plain }, trim_block(span, style), tag, anchor);
        }
        Event::SequenceStart(_, anchor, tag) => {
            builder.open(Kind::List(Vec::new()), span, tag_of(tag).0, anchor);
        }
        Event::MappingStart(_, anchor, tag) => {
            builder.open(Kind::Map(Vec::new()), span, tag_of(tag).0, anchor);
        }
        // The end of a block collection is noticed only at the next token; its last child says where it ends.
        Event::SequenceEnd | Event::MappingEnd => {
            builder.close((span.column != span.end_column).then_some(span));
        }
        Event::Alias(anchor) => builder.alias(anchor, span),
        _ => {}
    }
}

/// A block scalar's event ends where the next token begins: point at its first line only.
fn trim_block(span: Span, style: ScalarStyle) -> Span {
    if matches!(style, ScalarStyle::Literal | ScalarStyle::Folded) && span.height > 0 {
        return Span { height: span.height.saturating_sub(1), end_column: u16::MAX, ..span };
    }
    span
}

/// The tag without its `!`, and whether it is YAML's own `!!str`.
fn tag_of(tag: Option<Cow<'_, Tag>>) -> (Option<Box<str>>, bool) {
    match tag {
        None => (None, false),
        Some(tag) if tag.is_yaml_core_schema() => (None, tag.is_yaml_core_schema_tag("str")),
        Some(tag) => {
            let whole = tag.original();
            let name = whole.trim_start_matches('!');
            (if name.is_empty() { None } else { Some(name.into()) }, name.is_empty())
        }
    }
}

fn place(file: FileId, span: &granit_parser::Span) -> Span {
    Span::new(file, (span.start.line(), span.start.col() + 1), (span.end.line(), span.end.col() + 1))
}

fn syntax(file: FileId, error: &ScanError) -> Problem {
    let mark = error.marker();
    let at = (mark.line().max(1), mark.col() + 1);
    let info = error.info();
    let span = Span::new(file, at, (at.0, at.1 + 1));
    if format!("{:?}", error.kind()).contains("Limit") {
        return Problem::new("too-deep", span, lower_first(&info)).cutting();
    }
    Problem::new("yaml-syntax", span, lower_first(&info)).cutting()
}

fn lower_first(text: &str) -> String {
    let mut chars = text.trim_end_matches('.').chars();
    chars.next().map(|first| first.to_lowercase().chain(chars).collect()).unwrap_or_default()
}
