//! Controls that a comment switches off: `# palisade:ignore ID reason`, inside a block or on the line above it.

use estate::resource::Suppression;
use estate::value::FileId;
use hcl::syntax::Block;

use crate::source::Session;

/// The suppressions of a block.
pub(crate) fn of(session: &Session, file: FileId, block: &Block) -> Vec<Suppression> {
    let Some(source) = session.source(file) else { return Vec::new() };
    if source.comments.is_empty() {
        return Vec::new();
    }
    let line = |at: u32| source.lines.position(&source.text, at).0;
    let (first, last) = (line(block.range.start), line(block.range.end));
    let mut found = Vec::new();
    for comment in &source.comments {
        let at = line(comment.range.start);
        let above = at + 1 == first && comment.is_alone;
        if !(above || (first..=last).contains(&at)) {
            continue;
        }
        found.extend(Suppression::of_comment(&comment.text, session.span(file, comment.range)));
    }
    found
}
