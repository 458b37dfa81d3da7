//! Answers to what an editor asks: the page of a control, the edits that it names, the comment that switches it off,
//! the ids for such a comment.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use finding::escape;
use finding::report::ControlText;
use lsp_types::{
    CodeAction, CodeActionContext, CodeActionKind, CodeActionOrCommand, CodeActionTriggerKind,
    CompletionItem, CompletionItemKind, CompletionResponse, CompletionTextEdit, Diagnostic, Hover,
    HoverContents, MarkupContent, MarkupKind, NumberOrString, Position, Range, TextEdit,
};

use super::diagnose::{self, Anchor, Told};
use super::judge::{Judged, Root, Workspace};
use super::mend::{Finding, Findings};
use super::text::Lines;
use crate::codes::{self, Code};

/// What a comment begins with.
const MARK: &str = "palisade:ignore";

/// The kind of the action that makes all safe edits of a file.
pub(super) const FIX_ALL: CodeActionKind = CodeActionKind::new("source.fixAll.palisade");

// Limit: edits that are offered at once. Each is made and judged before it is, and who marks a whole file has one
// action for all of it.
const FIXES_MAX: usize = 16;

// Limit: characters of a text in the title of an action. Menus cut longer ones.
const TITLE_CHARS_MAX: usize = 100;

/// A document that something is asked of, and what is known of it.
pub(super) struct Asked<'s> {
    /// The editor's folders and open files.
    pub(super) workspace: &'s Workspace,
    /// What was judged, and what came of it.
    pub(super) judged: Vec<(&'s Root, &'s Judged)>,
    /// The document.
    pub(super) path: PathBuf,
}

impl<'s> Asked<'s> {
    /// What is told in the document.
    fn told(&self) -> impl Iterator<Item = (&'s Root, &'s Judged, &'s Told)> {
        self.judged.iter().copied().flat_map(|(root, judged)| {
            let told = judged.told.get(&self.path).into_iter().flatten();
            told.map(move |told| (root, judged, told))
        })
    }

    /// The pages of what is told at a position.
    pub(super) fn hover(&self, position: Position) -> Option<Hover> {
        let mut pages: BTreeMap<&str, (Range, String)> = BTreeMap::new();
        for (_, judged, told) in self.told() {
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
    pub(super) fn actions(&self, range: Range, context: &CodeActionContext) -> Vec<CodeActionOrCommand> {
        let only = context.only.as_deref();
        let mut actions = Vec::new();
        if is_asked(only, &CodeActionKind::QUICKFIX) {
            actions.extend(self.groups(range).iter().take(FIXES_MAX).filter_map(|group| self.fix(group)));
            actions.extend(self.suppressions(range));
        }
        // An editor that asks by itself, at each move of the cursor, asks for what can be done there.
        let is_automatic = context.trigger_kind == Some(CodeActionTriggerKind::AUTOMATIC);
        if is_asked(only, &FIX_ALL) && (only.is_some() || !is_automatic) {
            actions.extend(self.fix_all());
        }
        actions.into_iter().map(CodeActionOrCommand::CodeAction).collect()
    }

    /// The failing verdicts, all or those in a range, whose controls name edits.
    fn mendable(
        &self,
        within: Option<Range>,
    ) -> impl Iterator<Item = (&'s Root, &'s Judged, &'s Told, Finding)> {
        self.told().filter_map(move |(root, judged, told)| {
            let (id, (type_name, address)) = (told.control.as_ref()?, told.subject.as_ref()?);
            if within.is_some_and(|range| !touches(told, range)) {
                return None;
            }
            // One with a fault was told of when it was read.
            let control = judged.pack.get(id)?.control().ok()?;
            let finding = (id.clone(), type_name.clone(), address.clone());
            (!control.fix.edit.is_empty()).then_some((root, judged, told, finding))
        })
    }

    /// What is told in a range, by what is mended at once.
    fn groups(&self, range: Range) -> Vec<Group<'s>> {
        let mut groups: Vec<Group<'s>> = Vec::new();
        for (root, judged, told, finding) in self.mendable(Some(range)) {
            let place = told.diagnostic.range;
            let Some(text) = judged.controls.get(&finding.0) else { continue };
            // Every instance of a resource is mended with the others: to the editor they are one.
            let known = groups.iter_mut().find(|group| group.place == place && group.text.id == text.id);
            if let Some(group) = known {
                group.findings.entry(root).or_default().insert(finding);
                diagnose::add(&mut group.diagnostics, &told.diagnostic);
            } else {
                let findings = Findings::from([(root, BTreeSet::from([finding]))]);
                groups.push(Group { place, text, findings, diagnostics: vec![told.diagnostic.clone()] });
            }
        }
        let mut merged: Vec<Group<'s>> = Vec::new();
        for group in groups {
            // Elements of a list are told one by one, and mended by the same edit.
            let known = merged.iter_mut().find(|known| known.findings == group.findings);
            if let Some(known) = known {
                known.diagnostics.extend(group.diagnostics);
            } else {
                merged.push(group);
            }
        }
        merged
    }

    /// The edit of a control, where it can be made and mends what it is made for.
    fn fix(&self, group: &Group<'_>) -> Option<CodeAction> {
        // A fault in the settings or controls, if there is one, is told where it is.
        let safe = self.workspace.mend(&group.findings, false).ok()?;
        let mut title = format!("Fix: {}", short(first_sentence(&group.text.fix_text)));
        let (mended, is_safe) = if safe.risks.is_empty() {
            (safe, true)
        } else {
            let risks: Vec<&str> = safe.risks.iter().map(String::as_str).collect();
            title.push_str(&format!(" (unsafe: {})", short(&risks.join("; "))));
            (self.workspace.mend(&group.findings, true).ok()?, false)
        };
        if mended.is_partial || mended.texts.is_empty() {
            return None;
        }
        Some(CodeAction {
            title,
            kind: Some(CodeActionKind::QUICKFIX),
            diagnostics: Some(group.diagnostics.clone()),
            edit: Some(self.workspace.difference(&mended)?),
            is_preferred: is_safe.then_some(true),
            ..CodeAction::default()
        })
    }

    /// All safe edits for what is told in the document.
    fn fix_all(&self) -> Option<CodeAction> {
        let mut findings = Findings::new();
        for (root, _, _, finding) in self.mendable(None) {
            findings.entry(root).or_default().insert(finding);
        }
        // As above: a fault is told where it is.
        let mended = self.workspace.mend(&findings, false).ok()?;
        if mended.texts.is_empty() {
            return None;
        }
        Some(CodeAction {
            title: "Fix all that palisade can fix safely".to_owned(),
            kind: Some(FIX_ALL),
            edit: Some(self.workspace.difference(&mended)?),
            ..CodeAction::default()
        })
    }

    /// The comments that switch off what is told in a range.
    fn suppressions(&self, range: Range) -> Vec<CodeAction> {
        let mut offered: Vec<(&str, &Anchor)> = Vec::new();
        let mut actions = Vec::new();
        for (_, _, told) in self.told() {
            let (Some(control), Some(anchor)) = (told.control.as_deref(), &told.anchor) else { continue };
            if !touches(told, range) || offered.contains(&(control, anchor)) {
                continue;
            }
            offered.push((control, anchor));
            actions.extend(self.suppress(control, anchor, told));
        }
        actions
    }

    /// The comment above a resource. Its reason is left for a person to write: without one it does not count.
    fn suppress(&self, control: &str, anchor: &Anchor, told: &Told) -> Option<CodeAction> {
        let at = Position { line: anchor.line, character: 0 };
        let new_text = format!("{}# {MARK} {control} \n", anchor.indent);
        let edit = TextEdit { range: Range { start: at, end: at }, new_text };
        Some(CodeAction {
            title: format!("Suppress {control} here"),
            kind: Some(CodeActionKind::QUICKFIX),
            diagnostics: Some(vec![told.diagnostic.clone()]),
            edit: Some(self.workspace.edit(BTreeMap::from([(anchor.path.clone(), vec![edit])]))?),
            ..CodeAction::default()
        })
    }

    /// The ids that may stand behind `palisade:ignore`.
    pub(super) fn complete(&self, position: Position) -> Option<CompletionResponse> {
        let comment = comment(self.workspace, &self.path, position)?;
        let types: BTreeSet<&str> = self
            .judged
            .iter()
            .flat_map(|(_, judged)| types_at(judged, &self.path, position.line, comment.is_alone))
            .collect();
        let start = Position { character: position.character.saturating_sub(comment.typed), ..position };
        let mut items: BTreeMap<&str, CompletionItem> = BTreeMap::new();
        for (_, judged) in self.judged.iter().filter(|(_, judged)| judged.files.contains(&self.path)) {
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

/// Findings that one action mends: those of a control at a place.
struct Group<'s> {
    place: Range,
    text: &'s ControlText,
    findings: Findings<'s>,
    diagnostics: Vec<Diagnostic>,
}

/// Whether what is told stands in a range.
fn touches(told: &Told, range: Range) -> bool {
    let place = told.diagnostic.range;
    place.start <= range.end && range.start <= place.end
}

/// Whether actions of a kind are asked for: the kind itself, one that it is a part of, or any.
fn is_asked(only: Option<&[CodeActionKind]>, kind: &CodeActionKind) -> bool {
    let covers = |asked: &CodeActionKind| {
        let rest = kind.as_str().strip_prefix(asked.as_str());
        asked.as_str().is_empty() || rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
    };
    only.is_none_or(|kinds| kinds.iter().any(covers))
}

fn first_sentence(text: &str) -> &str {
    let text = text.trim();
    let end = text.match_indices('.').find(|(at, _)| text[at + 1..].starts_with(char::is_whitespace));
    end.map_or(text, |(at, _)| &text[..at]).trim_end_matches('.')
}

/// A text on one line, cut where it is too long for a title.
fn short(text: &str) -> String {
    let line = text.split_whitespace().collect::<Vec<&str>>().join(" ");
    let mut title: String = line.chars().take(TITLE_CHARS_MAX).collect();
    if title.len() < line.len() {
        title.push('…');
    }
    escape::line(&title).into_owned()
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
    fn a_kind_is_asked_for_by_itself_or_by_what_it_is_a_part_of() {
        let asked = |only: &[&'static str]| {
            let only: Vec<CodeActionKind> = only.iter().copied().map(CodeActionKind::new).collect();
            let only = Some(only.as_slice());
            (is_asked(only, &CodeActionKind::QUICKFIX), is_asked(only, &FIX_ALL))
        };
        assert_eq!(asked(&["quickfix"]), (true, false));
        assert_eq!(asked(&["source.fixAll"]), (false, true));
        assert_eq!(asked(&["source", "refactor"]), (false, true));
        assert_eq!(asked(&["source.fixAll.palisade"]), (false, true));
        assert_eq!(asked(&["source.fix", "quickfix.other", "source.fixAll.other"]), (false, false));
        assert_eq!(asked(&[""]), (true, true));
        assert_eq!(asked(&[]), (false, false));
        assert!(is_asked(None, &FIX_ALL));
    }

    #[test]
    fn titles_are_one_short_sentence() {
        assert_eq!(short(first_sentence("Set `A`,\n  and `B`. Then wait.\n")), "Set `A`, and `B`");
        assert_eq!(short(first_sentence("Set `A.B`.")), "Set `A.B`");
        assert_eq!(short(&"é".repeat(101)), format!("{}…", "é".repeat(100)));
    }

    #[test]
    fn prose_keeps_code_and_escapes_the_rest() {
        assert_eq!(prose("Set `a_b` to <ID> *now*."), "Set `a_b` to \\<ID\\> \\*now\\*.");
        assert_eq!(prose("one ` only"), "one \\` only");
        assert_eq!(fenced("a\n```\n", "yaml"), "````yaml\na\n```\n````\n\n");
    }
}
