//! From files to resources.

use std::sync::Arc;

use document::{Document, Kind};
use estate::value::Span;
use rayon::prelude::*;
use template::discover::Input;
use template::{Diagnostic, Files, Loaded};

use crate::file::{File, THIS};
use crate::link::{self, Link};
use crate::recognise::{self, Format};
use crate::{compose, dockerfile, dotenv, ecs, github, gitlab, harness, helm, kubernetes};

/// Reads every input that is of a format that is read here.
///
/// The files of what is given are the inputs that were recognised, in their order: no template is among them.
pub fn load(reader: &dyn Files, inputs: &[Input]) -> Loaded {
    let read: Vec<One> = inputs.par_iter().map(|input| one(reader, input)).collect();
    let mut loaded = Loaded::default();
    let mut links = Vec::new();
    for (input, one) in inputs.iter().zip(read) {
        if let Some(why) = one.skipped {
            loaded.skipped.push((template::display(&input.path), why));
        }
        template::merge(&mut loaded, one.loaded);
        let by = (loaded.files.len() as u32).saturating_sub(1);
        for mut link in one.links {
            template::shift_span(&mut link.account_span, by);
            link.sources.iter_mut().for_each(|source| template::shift_span(&mut source.span, by));
            links.push(link);
        }
    }
    link::resolve(&mut loaded.resources, &links);
    loaded
}

#[derive(Default)]
struct One {
    loaded: Loaded,
    links: Vec<Link>,
    skipped: Option<String>,
}

fn one(reader: &dyn Files, input: &Input) -> One {
    let bytes = match reader.read(&input.path) {
        Ok(bytes) => bytes,
        Err(error) => return unreadable(input, &error),
    };
    let formats = recognise::formats(&input.path, &bytes);
    if formats == [Format::Chart] {
        let why = "a chart's template: render it first (helm template)";
        return One { skipped: Some(why.to_owned()), ..One::default() };
    }
    let mut file = File::new(reader, input);
    match formats.first() {
        Some(Format::Dockerfile) => dockerfile::read(&mut file, &text_of(&bytes)),
        Some(Format::Dotenv) => dotenv::read(&mut file, &text_of(&bytes)),
        Some(_) => documents(&mut file, &formats, &bytes),
        None => {}
    }
    if !file.is_known {
        let skipped = input.named.then(|| "no manifest".to_owned());
        return One { skipped, ..One::default() };
    }
    let loaded = Loaded {
        files: vec![Arc::from(file.name.as_str())],
        texts: vec![Arc::from(String::from_utf8_lossy(&bytes))],
        resources: file.resources,
        gaps: file.gaps,
        diagnostics: file.diagnostics,
        templates: 1,
        ..Loaded::default()
    };
    One { loaded, links: file.links, skipped: None }
}

/// A file that cannot be read is told of only if its name says that it is read here: another reader tells of YAML.
fn unreadable(input: &Input, error: &std::io::Error) -> One {
    if !recognise::is_candidate(&input.path) {
        return One::default();
    }
    let code = if error.kind() == std::io::ErrorKind::FileTooLarge { "too-big" } else { "unreadable" };
    let said = Diagnostic {
        incomplete: true,
        code,
        span: Span::NONE,
        file: Some(template::display(&input.path)),
        message: format!("cannot be read: {error}"),
    };
    One { loaded: Loaded { diagnostics: vec![said], ..Loaded::default() }, ..One::default() }
}

/// The text, with what is no UTF-8 replaced, and without a byte order mark.
fn text_of(bytes: &[u8]) -> String {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    String::from_utf8_lossy(bytes).into_owned()
}

/// Reads the documents of a file in the first format that one of them has.
fn documents(file: &mut File, formats: &[Format], bytes: &[u8]) {
    let documents = document::read_all(THIS, &file.name, bytes);
    file.comments = documents.iter().flat_map(|document| document.comments.iter().cloned()).collect();
    for format in formats {
        let reported = (file.diagnostics.len(), file.gaps.len());
        let mut known = false;
        for document in &documents {
            // Where the text breaks off, what follows is missing from the last document only.
            file.report(document);
            known |= read(file, *format, document);
            file.cut = None;
        }
        if known {
            file.is_known = true;
            return;
        }
        file.diagnostics.truncate(reported.0);
        file.gaps.truncate(reported.1);
    }
}

fn read(file: &mut File, format: Format, document: &Document) -> bool {
    if matches!(document.root.kind, Kind::Scalar(_)) {
        return false;
    }
    match format {
        Format::Compose => compose::read(file, document),
        Format::Ecs => ecs::read(file, document),
        Format::GitHub => github::read(file, document),
        Format::GitLab => gitlab::read(file, document),
        Format::Harness => harness::read(file, document),
        Format::Helm => helm::read(file, document),
        Format::Kubernetes => kubernetes::read(file, document),
        Format::Chart | Format::Dockerfile | Format::Dotenv => false,
    }
}
