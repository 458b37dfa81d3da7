//! Dockerfiles: what images they build on, what they set, copy and run.
//!
//! <https://docs.docker.com/reference/dockerfile/>

use std::collections::HashMap;
use std::sync::Arc;

use document::Comment;
use estate::value::{Node, Span, Value};

use crate::body::{Body, Elements};
use crate::file::{File, Place, THIS};
use crate::image;
use crate::variable::{Notation, expressions, variable, written};

const NOTATION: Notation = Notation::Shell;

// Limit: instructions of one file. Layers end at 127; this many are no Dockerfile.
const INSTRUCTIONS_MAX: usize = 10_000;

/// An instruction with what stands behind its name.
struct Instruction {
    name: String,
    rest: String,
    span: Span,
}

/// Reads the file.
pub(crate) fn read(file: &mut File, text: &str) {
    let instructions = instructions(text, &mut file.comments);
    if !instructions.iter().any(|one| one.name == "FROM") {
        return;
    }
    file.is_known = true;
    let mut image = Image::default();
    for one in &instructions {
        image.take(one);
    }
    let lines = text.lines().count().max(1);
    let whole = Span::new(THIS, (1, 1), (lines, 1));
    let top = instructions.iter().find(|one| one.name == "FROM").map_or(whole, |one| one.span);
    let mut body = Body::default();
    body.list("From", image.from, whole);
    body.list("Environment", image.environment, whole);
    body.list("Runs", image.runs, whole);
    body.list("Copies", image.copies, whole);
    if let Some((user, span)) = image.user {
        body.put("User", Some(Node { value: crate::variable::value_of(&Arc::from(user), NOTATION), span }));
    }
    body.list("Ports", image.ports, whole);
    let name = file.input.path.file_name().map(|name| name.to_string_lossy().into_owned());
    let place = Place { name: top, body: whole };
    file.push("Palisade::Docker::Image", name.as_deref().unwrap_or("image"), place, body.map);
}

/// The instructions of a text, lines that go on joined and heredocs taken with them.
fn instructions(text: &str, comments: &mut Vec<Comment>) -> Vec<Instruction> {
    let escape = escape(text);
    let mut found = Vec::new();
    let mut lines = text.lines().enumerate();
    while let Some((i, line)) = lines.next() {
        if found.len() >= INSTRUCTIONS_MAX {
            break;
        }
        let trimmed = line.trim();
        if let Some(words) = trimmed.strip_prefix('#') {
            comments.push(comment(i, line, words));
            continue;
        }
        if trimmed.is_empty() {
            continue;
        }
        let mut whole = String::new();
        let mut last = (i, line);
        let mut current = trimmed;
        while let Some(part) = current.strip_suffix(escape) {
            whole.push_str(part);
            whole.push(' ');
            let Some(next) = lines.find(|(_, line)| !line.trim().is_empty() && !line.trim().starts_with('#'))
            else {
                current = "";
                break;
            };
            last = next;
            current = next.1.trim();
        }
        whole.push_str(current);
        for end in heredocs(&whole) {
            whole.push('\n');
            for next in lines.by_ref() {
                last = next;
                if next.1.trim_start_matches('\t') == end {
                    break;
                }
                whole.push_str(next.1);
                whole.push('\n');
            }
        }
        let column = line.chars().take_while(|c| c.is_whitespace()).count() + 1;
        let span = Span::new(THIS, (i + 1, column), (last.0 + 1, last.1.chars().count() + 1));
        found.extend(instruction(&whole, span));
    }
    found
}

/// The character that makes a line go on, which a directive at the top may change.
fn escape(text: &str) -> char {
    let first = text.lines().take_while(|line| line.trim_start().starts_with('#'));
    let named = first.filter_map(|line| line.trim_start_matches(['#', ' ']).strip_prefix("escape="));
    if named.last().is_some_and(|value| value.trim() == "`") { '`' } else { '\\' }
}

fn comment(i: usize, line: &str, words: &str) -> Comment {
    let column = line.chars().take_while(|c| c.is_whitespace()).count() + 1;
    let span = Span::new(THIS, (i + 1, column), (i + 1, line.chars().count() + 1));
    Comment { span, is_alone: true, text: words.trim().into() }
}

/// The words that end the heredocs of an instruction; only these three take them.
fn heredocs(whole: &str) -> Vec<String> {
    let upper = whole.get(..5).unwrap_or_default().to_ascii_uppercase();
    if !(upper.starts_with("RUN ") || upper.starts_with("COPY ") || upper.starts_with("ADD ")) {
        return Vec::new();
    }
    let words = whole.split_whitespace().filter_map(|word| word.strip_prefix("<<"));
    let ends = words.map(|word| word.trim_start_matches('-').trim_matches(['"', '\'']).to_owned());
    ends.filter(|end| !end.is_empty() && end.chars().all(|c| c.is_alphanumeric() || c == '_')).collect()
}

fn instruction(whole: &str, span: Span) -> Option<Instruction> {
    let (name, rest) = whole.split_once(char::is_whitespace)?;
    let name = name.to_ascii_uppercase();
    if name == "ONBUILD" {
        let (name, rest) = rest.trim_start().split_once(char::is_whitespace)?;
        return Some(Instruction { name: name.to_ascii_uppercase(), rest: rest.trim().to_owned(), span });
    }
    Some(Instruction { name, rest: rest.trim().to_owned(), span })
}

/// What the instructions add up to.
#[derive(Default)]
struct Image {
    from: Elements,
    aliases: Vec<String>,
    environment: Elements,
    runs: Elements,
    copies: Elements,
    ports: Elements,
    user: Option<(String, Span)>,
    /// The defaults of the arguments before the first `FROM`.
    arguments: HashMap<String, String>,
}

impl Image {
    fn take(&mut self, one: &Instruction) {
        match one.name.as_str() {
            "FROM" => self.stage(one),
            "ENV" | "ARG" => self.variables(one),
            "RUN" => {
                let mut body = Body::default();
                body.word("Text", &one.rest, one.span);
                self.runs.push(body.node(one.span));
            }
            "USER" => self.user = Some((one.rest.clone(), one.span)),
            "EXPOSE" => {
                for port in one.rest.split_whitespace() {
                    self.ports.push(Node { value: Value::Text(Arc::from(port)), span: one.span });
                }
            }
            "COPY" | "ADD" => self.copy(one),
            _ => {}
        }
    }

    fn stage(&mut self, one: &Instruction) {
        let words: Vec<&str> = one.rest.split_whitespace().filter(|word| !word.starts_with("--")).collect();
        let Some(image) = words.first() else { return };
        let image = self.with_arguments(image);
        let mut body = Body::default();
        let text: Arc<str> = Arc::from(image.as_str());
        body.put("Image", Some(Node { value: crate::variable::value_of(&text, NOTATION), span: one.span }));
        image::parts(&mut body, &image, one.span, NOTATION);
        body.flag("Stage", self.aliases.contains(&image.to_lowercase()), one.span);
        if let [_, with, alias, ..] = words.as_slice()
            && with.eq_ignore_ascii_case("as")
        {
            body.word("Alias", alias, one.span);
            self.aliases.push(alias.to_lowercase());
        }
        self.from.push(body.node(one.span));
        // Each stage starts with the user of its own base.
        self.user = None;
    }

    /// Puts in the defaults of arguments, as a build without arguments does.
    fn with_arguments(&self, text: &str) -> String {
        let mut whole = String::new();
        let mut at = 0;
        for (range, words) in expressions(text, NOTATION) {
            let (name, fallback) = match words.split_once(":-") {
                Some((name, fallback)) => (name, Some(fallback)),
                None => (&*words, None),
            };
            let value = self.arguments.get(name).map(String::as_str).or(fallback);
            whole.push_str(&text[at..range.start]);
            whole.push_str(value.unwrap_or(&text[range.clone()]));
            at = range.end;
        }
        whole.push_str(&text[at..]);
        whole
    }

    fn variables(&mut self, one: &Instruction) {
        for (name, value) in pairs(&one.rest, one.name == "ENV") {
            if let (true, true, Some(value)) = (one.name == "ARG", self.from.0.items.is_empty(), &value) {
                self.arguments.insert(name.clone(), value.clone());
            }
            let mut body = variable(&Arc::from(name.as_str()), one.span, None, NOTATION);
            if let Some(value) = value {
                written(&mut body, &Arc::from(value), one.span, NOTATION);
            }
            body.word("Instruction", &one.name, one.span);
            self.environment.push(body.node(one.span));
        }
    }

    fn copy(&mut self, one: &Instruction) {
        let flags: Vec<&str> =
            one.rest.split_whitespace().take_while(|word| word.starts_with("--")).collect();
        let from = flags.iter().find_map(|flag| flag.strip_prefix("--from="));
        let first_line = one.rest.lines().next().unwrap_or_default();
        let mut words: Vec<&str> = if first_line.contains('[') {
            first_line.split('"').skip(1).step_by(2).collect()
        } else {
            first_line.split_whitespace().filter(|word| !word.starts_with("--")).collect()
        };
        let destination = words.pop();
        for source in words.into_iter().filter(|word| !word.starts_with("<<")) {
            let mut body = Body::default();
            body.word("Source", source, one.span);
            if let Some(destination) = destination {
                body.word("Destination", destination, one.span);
            }
            if let Some(from) = from {
                body.word("FromStage", from, one.span);
            }
            self.copies.push(body.node(one.span));
        }
    }
}

/// The variables that an instruction sets: `A=1 B="two words"`, of `ENV` also the old form `A 1`, of `ARG` also `A`.
fn pairs(rest: &str, is_env: bool) -> Vec<(String, Option<String>)> {
    let words = words(rest);
    let first = words.first().map_or("", String::as_str);
    if is_env && !first.contains('=') {
        let (name, value) = rest.split_once(char::is_whitespace).unwrap_or((rest, ""));
        return vec![(name.to_owned(), Some(value.trim().to_owned()))];
    }
    let pair = |word: &String| match word.split_once('=') {
        Some((name, value)) => (name.to_owned(), Some(value.to_owned())),
        None => (word.clone(), None),
    };
    words.iter().map(pair).collect()
}

/// Words parted by spaces, quotes taken off and escapes resolved.
fn words(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut word = String::new();
    let mut quote: Option<char> = None;
    let mut open = false;
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        match (c, quote) {
            ('\\', None | Some('"')) => word.extend(chars.next()),
            (c, Some(q)) if c == q => quote = None,
            ('"' | '\'', None) => (quote, open) = (Some(c), true),
            (c, None) if c.is_whitespace() => {
                if open || !word.is_empty() {
                    found.push(std::mem::take(&mut word));
                }
                open = false;
            }
            (c, _) => word.push(c),
        }
    }
    if open || !word.is_empty() {
        found.push(word);
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str) -> Vec<String> {
        instructions(text, &mut Vec::new()).iter().map(|one| format!("{} {}", one.name, one.rest)).collect()
    }

    #[test]
    fn lines_go_on_and_heredocs_belong_to_their_instruction() {
        assert_eq!(shown("from a\n# x\nRUN b \\\n  # y\n  && c\n"), ["FROM a", "RUN b  && c"]);
        assert_eq!(shown("RUN <<EOF\na\nFROM b\nEOF\nUSER c"), ["RUN <<EOF\na\nFROM b", "USER c"]);
        assert_eq!(shown("# escape=`\nRUN a `\n b\\\nUSER c"), ["RUN a  b\\", "USER c"]);
        assert_eq!(shown("RUN a \\"), ["RUN a"]);
        assert_eq!(shown("ONBUILD COPY a b"), ["COPY a b"]);
    }

    #[test]
    fn variables_are_read_in_all_their_forms() {
        let pairs = |rest: &str, is_env| -> Vec<String> {
            let show = |(name, value): &(String, Option<String>)| {
                format!("{name}:{}", value.as_deref().unwrap_or("-"))
            };
            pairs(rest, is_env).iter().map(show).collect()
        };
        assert_eq!(pairs(r#"A=1 B="two words" C=x\ y"#, true), ["A:1", "B:two words", "C:x y"]);
        assert_eq!(pairs("A two words", true), ["A:two words"]);
        assert_eq!(pairs("A B=1", false), ["A:-", "B:1"]);
    }
}
