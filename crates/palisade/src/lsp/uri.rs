//! Addresses of files: `file:///home/me/a%20b.yaml` and the path that it stands for.

use std::path::{Component, Path, PathBuf};
use std::str::FromStr;

use finding::escape;
use lsp_types::Uri;

/// The path of a file's address; nothing for an address of another kind, such as a document that is not saved yet.
pub(super) fn to_path(uri: &str) -> Option<PathBuf> {
    let (scheme, rest) = uri.split_once("://")?;
    if !scheme.eq_ignore_ascii_case("file") {
        return None;
    }
    let rest = rest.split(['?', '#']).next().unwrap_or_default();
    let (host, path) = rest.split_at(rest.find('/')?);
    if !host.is_empty() && !host.eq_ignore_ascii_case("localhost") {
        return None;
    }
    let path = decode(path)?;
    // `/c:/x` is the path `c:/x`.
    let path = if cfg!(windows) { path.strip_prefix('/').unwrap_or(path.as_str()) } else { path.as_str() };
    Some(normal(Path::new(path)))
}

/// The address of a whole path.
pub(super) fn of_path(path: &Path) -> Option<Uri> {
    let text = path.to_str().filter(|_| path.is_absolute())?;
    let text = if cfg!(windows) { text.replace('\\', "/") } else { text.to_owned() };
    let slash = if text.starts_with('/') { "" } else { "/" };
    Uri::from_str(&format!("file://{slash}{}", escape::uri_path(&text))).ok()
}

/// A path with `.` and `..` resolved by their words.
pub(super) fn normal(path: &Path) -> PathBuf {
    let mut whole = PathBuf::new();
    for part in path.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir => {
                whole.pop();
            }
            other => whole.push(other),
        }
    }
    whole
}

fn decode(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        if byte != b'%' {
            bytes.push(byte);
            continue;
        }
        let mut digit = || char::from(rest.next()?).to_digit(16);
        let (high, low) = (digit()?, digit()?);
        bytes.push((high * 16 + low) as u8);
    }
    String::from_utf8(bytes).ok()
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn paths_and_addresses_are_turned_into_each_other() {
        for path in ["/a/b.yaml", "/a b/ä#1?.tf", "/100%/[x]/😀.yaml"] {
            let uri = of_path(Path::new(path)).unwrap();
            assert_eq!(to_path(uri.as_str()).as_deref(), Some(Path::new(path)), "{}", uri.as_str());
        }
        assert_eq!(to_path("file:///a/./b/../c.yaml").as_deref(), Some(Path::new("/a/c.yaml")));
        assert_eq!(to_path("FILE://localhost/c%3A").as_deref(), Some(Path::new("/c:")));
        for other in
            ["untitled:Untitled-1", "file://host/share/x", "https://a/b", "file:///a%2", "file:///%ff", ""]
        {
            assert_eq!(to_path(other), None, "{other}");
        }
        assert!(of_path(Path::new("a/b")).is_none());
    }
}
