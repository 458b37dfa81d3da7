//! Answers to what an editor asks: the page of a control, the comment that switches it off, the ids for such a comment.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::{Path, PathBuf};

use finding::escape;
use finding::report::ControlText;
use lsp_types::{
    CodeAction, CodeActionKind, CodeActionOrCommand, CompletionItem, CompletionItemKind, CompletionResponse,
    CompletionTextEdit, Hover, HoverContents, MarkupContent, MarkupKind, NumberOrString, Position, Range,
    TextEdit, WorkspaceEdit,
};

use super::diagnose::{Anchor, Told};
use super::judge::{Judged, Workspace};
use super::text::Lines;
use crate::codes::{self, Code};

/// What a comment begins with.
const MARK: &str = "palisade:ignore";

/// A document that something is asked of, and what is known of it.
pub(super) struct Asked<'s> {
    /// The editor's folders and open files.
    pub(super) workspace: &'s Workspace,
    /// What was judged.
    pub(super) judged: Vec<&'s Judged>,
    /// The document.
    pub(super) path: PathBuf,
}

impl<'s> Asked<'s> {
    /// What is told in the document.
    fn told(&self) -> impl Iterator<Item = (&'s Judged, &'s Told)> {
        self.judged.iter().copied().flat_map(|judged| {
            let told = judged.told.get(&self.path).into_iter().flatten();
            told.map(move |told| (judged, told))
        })
    }

    /// The pages of what is told at a position.
    pub(super) fn hover(&self, position: Position) -> Option<Hover> {
        let mut pages: BTreeMap<&str, (Range, String)> = BTreeMap::new();
        for (judged, told) in self.told() {
            let range = told.diagnostic.range;
            if position < range.start || range.end < position {
                continue;
            }
            let Some(NumberOrString::String(id)) = &told.diagnostic.code else { continue };
            let page = match &told.control {
                Some(control) => judged.controls.get(control).map(|c| control_page(c, judged.language)),
                None => codes::find(id).map(code_page),
            };
            if let Some(page) = page {
                pages.entry(id).or_insert((range, page));
            }
        }
        let range = pages.values().map(|(range, _)| *range).next()?;
        let pages: Vec<String> = pages.into_values().map(|(_, page)| page).collect();
        let value = pages.join("\n---\n\n");
        let contents = HoverContents::Markup(MarkupContent { kind: MarkupKind::Markdown, value });
        Some(Hover { contents, range: Some(range) })
    }

    /// What can be done about what is told in a range.
    pub(super) fn actions(&self, range: Range, only: Option<&[CodeActionKind]>) -> Vec<CodeActionOrCommand> {
        let is_wanted =
            |kind: &CodeActionKind| ["", CodeActionKind::QUICKFIX.as_str()].contains(&kind.as_str());
        if only.is_some_and(|kinds| !kinds.iter().any(is_wanted)) {
            return Vec::new();
        }
        let mut offered: Vec<(&str, &Anchor)> = Vec::new();
        let mut actions = Vec::new();
        for (_, told) in self.told() {
            let place = told.diagnostic.range;
            let (Some(control), Some(anchor)) = (told.control.as_deref(), &told.anchor) else { continue };
            if place.start > range.end || range.start > place.end || offered.contains(&(control, anchor)) {
                continue;
            }
            offered.push((control, anchor));
            actions.extend(self.suppress(control, anchor, told).map(CodeActionOrCommand::CodeAction));
        }
        actions
    }

    /// The comment above a resource. Its reason is left for a person to write: without one it does not count.
    fn suppress(&self, control: &str, anchor: &Anchor, told: &Told) -> Option<CodeAction> {
        let at = Position { line: anchor.line, character: 0 };
        let new_text = format!("{}# {MARK} {control} \n", anchor.indent);
        let edit = TextEdit { range: Range { start: at, end: at }, new_text };
        let uri = self.workspace.uri(&anchor.path)?;
        Some(CodeAction {
            title: format!("Suppress {control} here"),
            kind: Some(CodeActionKind::QUICKFIX),
            diagnostics: Some(vec![told.diagnostic.clone()]),
            edit: Some(WorkspaceEdit {
                changes: Some(HashMap::from([(uri, vec![edit])])),
                ..WorkspaceEdit::default()
            }),
            ..CodeAction::default()
        })
    }

    /// The ids that may stand behind `palisade:ignore`.
    pub(super) fn complete(&self, position: Position) -> Option<CompletionResponse> {
        let comment = comment(self.workspace, &self.path, position)?;
        let types: BTreeSet<&str> = self
            .judged
            .iter()
            .flat_map(|judged| types_at(judged, &self.path, position.line, comment.is_alone))
            .collect();
        let start = Position { character: position.character.saturating_sub(comment.typed), ..position };
        let mut items: BTreeMap<&str, CompletionItem> = BTreeMap::new();
        for judged in self.judged.iter().filter(|judged| judged.files.contains(&self.path)) {
            for (id, member) in judged.pack.members() {
                let judges = member.types().iter().any(|name| types.contains(&**name));
                if !judges || judged.disabled.contains(id) || items.contains_key(&**id) {
                    continue;
                }
                // One with a fault was told of when it was read.
                let Ok(control) = member.control() else { continue };
                if !control.stages.is_empty() && !control.stages.iter().any(|stage| &**stage == "template") {
                    continue;
                }
                let edit = TextEdit { range: Range { start, end: position }, new_text: format!("{id} ") };
                let item = CompletionItem {
                    label: id.to_string(),
                    kind: Some(CompletionItemKind::VALUE),
                    detail: Some(control.title.to_string()),
                    text_edit: Some(CompletionTextEdit::Edit(edit)),
                    ..CompletionItem::default()
                };
                items.insert(id, item);
            }
        }
        Some(CompletionResponse::Array(items.into_values().collect()))
    }
}

/// The types of the resources that a comment on a line speaks of; all of the file's where there is none.
fn types_at<'j>(judged: &'j Judged, path: &Path, line: u32, is_alone: bool) -> Vec<&'j str> {
    let here = |exact: bool| {
        let found = judged.declared.iter().filter(move |declared| {
            let is_above = is_alone && line + 1 == declared.first;
            declared.path == *path && (!exact || is_above || (declared.first..=declared.last).contains(&line))
        });
        found.map(|declared| &*declared.type_name).collect::<Vec<&str>>()
    };
    let exact = here(true);
    if exact.is_empty() { here(false) } else { exact }
}

/// A comment of ours that is being written.
struct Comment {
    /// Whether it stands on a line of its own.
    is_alone: bool,
    /// How many units of the id are written.
    typed: u32,
}

/// Whether the id of a control is being written at a position.
pub(super) fn is_suppressing(workspace: &Workspace, path: &Path, position: Position) -> bool {
    comment(workspace, path, position).is_some()
}

fn comment(workspace: &Workspace, path: &Path, position: Position) -> Option<Comment> {
    let document = workspace.documents.get(path)?;
    let lines = Lines::new(&document.text);
    let start = lines.offset(Position { character: 0, ..position }, workspace.encoding);
    let end = lines.offset(position, workspace.encoding);
    let marks: &[&str] = if terraform::is_code(path) { &["#", "//", "/*"] } else { &["#"] };
    let (is_alone, typed) = typed(document.text.get(start..end)?, marks)?;
    Some(Comment { is_alone, typed: workspace.encoding.units(typed) })
}

/// What is written of an id at the end of a text, and whether the comment that it stands in begins the line.
fn typed<'t>(text: &'t str, marks: &[&str]) -> Option<(bool, &'t str)> {
    let (before, rest) = text.split_at(text.rfind(MARK)?);
    let word = rest.strip_prefix(MARK)?;
    let id = word.trim_start();
    if id.len() == word.len() || id.contains(char::is_whitespace) {
        return None;
    }
    let before = before.trim_end();
    let code = marks.iter().find_map(|mark| before.strip_suffix(*mark))?;
    Some((code.trim().is_empty(), id))
}

/// The page of a control, in Markdown.
fn control_page(control: &ControlText, language: &str) -> String {
    let mut page = format!("### {}\n\n", prose(&control.title));
    page.push_str(&format!(
        "`{}` · severity **{}** · layer {}\n\n",
        control.id,
        control.severity,
        prose(&control.layer)
    ));
    page.push_str(&format!("{}\n\n", prose(&control.why)));
    page.push_str(&format!("**Fix.** {}\n\n", prose(&control.fix_text)));
    if let Some((_, code)) = control.fix_code.iter().find(|(name, _)| name == language) {
        page.push_str(&fenced(code, if language == "terraform" { "hcl" } else { "yaml" }));
    }
    if !control.frameworks.is_empty() {
        page.push_str("**Frameworks**\n\n");
        for (id, requirements) in &control.frameworks {
            page.push_str(&format!("- {}: {}\n", prose(id), prose(&requirements.join(", "))));
        }
        page.push('\n');
    }
    if !control.references.is_empty() {
        page.push_str("**References**\n\n");
        for reference in &control.references {
            match escape::web_address(reference) {
                Some(address) => page.push_str(&format!("- <{address}>\n")),
                None => page.push_str(&format!("- {}\n", prose(reference))),
            }
        }
    }
    page
}

/// The page of what is said of the input, in Markdown.
fn code_page(code: &Code) -> String {
    format!(
        "### {}\n\n{}\n\n**What to do.** {}\n",
        prose(code.title),
        prose(code.meaning),
        prose(code.remedy)
    )
}

/// A text for Markdown: code in backticks stays code, all else says what it says. No HTML, as editors show none.
fn prose(text: &str) -> String {
    let text = escape::block(text.trim());
    let parts: Vec<&str> = text.split('`').collect();
    let mut out = String::with_capacity(text.len());
    for (index, part) in parts.iter().enumerate() {
        let is_code = index % 2 == 1 && index + 1 < parts.len();
        if index > 0 {
            // One that has no partner is a sign like any other.
            out.push_str(if index % 2 == 1 && !is_code { "\\`" } else { "`" });
        }
        for c in part.chars() {
            if !is_code && matches!(c, '\\' | '*' | '_' | '[' | ']' | '<' | '>' | '#' | '~' | '|') {
                out.push('\\');
            }
            out.push(c);
        }
    }
    out
}

/// Code in a fence that no line of it can end.
fn fenced(code: &str, language: &str) -> String {
    let code = escape::block(code.trim_end());
    let mut fence = "```".to_owned();
    while code.contains(&fence) {
        fence.push('`');
    }
    format!("{fence}{language}\n{code}\n{fence}\n\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_id_that_is_being_written_is_found() {
        assert_eq!(typed("  # palisade:ignore ", &["#"]), Some((true, "")));
        assert_eq!(typed("  A: b  #palisade:ignore  s3-b", &["#"]), Some((false, "s3-b")));
        assert_eq!(typed("x // palisade:ignore s", &["#", "//"]), Some((false, "s")));
        for none in
            ["# palisade:ignore", "# palisade:ignored ", "# palisade:ignore a b", "palisade:ignore ", "# x"]
        {
            assert_eq!(typed(none, &["#"]), None, "{none}");
        }
    }

    #[test]
    fn prose_keeps_code_and_escapes_the_rest() {
        assert_eq!(prose("Set `a_b` to <ID> *now*."), "Set `a_b` to \\<ID\\> \\*now\\*.");
        assert_eq!(prose("one ` only"), "one \\` only");
        assert_eq!(fenced("a\n```\n", "yaml"), "````yaml\na\n```\n````\n\n");
    }
}
