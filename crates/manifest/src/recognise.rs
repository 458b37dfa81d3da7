//! Tells by name and bytes what a file may be, before anything is parsed.
//!
//! What a name says (`Dockerfile`, `.github/workflows/`) is certain; what bytes say is looked at again in the tree.

use std::path::Path;

use memchr::memmem;

/// What a file may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Format {
    Compose,
    Dockerfile,
    Dotenv,
    Ecs,
    GitHub,
    GitLab,
    Harness,
    Helm,
    Kubernetes,
    /// A chart's template, which is no YAML before it is rendered.
    Chart,
}

/// Whether a file's name is one that is read here although templates do not have it.
///
/// YAML and JSON are read as well; [`template::discover::is_candidate`] lets these through.
pub fn is_candidate(path: &Path) -> bool {
    let Some(name) = path.file_name() else { return false };
    let name = name.to_string_lossy().to_ascii_lowercase();
    is_dockerfile(&name) || is_dotenv(&name)
}

fn is_dockerfile(name: &str) -> bool {
    let whole = matches!(name, "dockerfile" | "containerfile");
    let begins = name.starts_with("dockerfile.") || name.starts_with("containerfile.");
    // `Dockerfile.md` and `Dockerfile.dockerignore` speak of one.
    let other = [".md", ".txt", ".dockerignore", ".j2", ".tmpl", ".erb", ".tpl"];
    (whole || begins || name.ends_with(".dockerfile")) && !other.iter().any(|end| name.ends_with(end))
}

fn is_dotenv(name: &str) -> bool {
    name.starts_with(".env.") || extension(name) == Some("env")
}

/// What stands behind the last dot.
fn extension(name: &str) -> Option<&str> {
    name.rsplit_once('.').map(|(_, extension)| extension)
}

fn is_yaml(name: &str) -> bool {
    [".yaml", ".yml"].iter().any(|end| name.ends_with(end))
}

/// The formats that a file may have, in the order in which they are tried.
pub(crate) fn formats(path: &Path, bytes: &[u8]) -> Vec<Format> {
    let name = path.file_name().map(|name| name.to_string_lossy().to_ascii_lowercase()).unwrap_or_default();
    let shown = path.to_string_lossy().replace('\\', "/");
    if is_dockerfile(&name) {
        return vec![Format::Dockerfile];
    }
    if is_dotenv(&name) {
        return vec![Format::Dotenv];
    }
    let has = |word: &[u8]| memmem::find(bytes, word).is_some();
    let is_json = extension(&name) == Some("json");
    if !is_yaml(&name) && !is_json {
        return Vec::new();
    }
    if is_chart_template(&shown, &has) {
        return vec![Format::Chart];
    }
    let mut found = Vec::new();
    if is_workflow_path(&shown) || (has(b"runs-on") && has(b"jobs")) {
        found.push(Format::GitHub);
    }
    if is_gitlab(&shown, &name) {
        found.push(Format::GitLab);
    }
    if has(b"containerDefinitions") {
        found.push(Format::Ecs);
    }
    if is_helm_values(&name) {
        found.push(Format::Helm);
    }
    if has(b"services") && (has(b"image") || has(b"build") || is_compose(&name)) {
        found.push(Format::Compose);
    }
    if has(b"identifier") && (has(b"connector") || has(b"pipeline") || has(b"template")) {
        found.push(Format::Harness);
    }
    if has(b"apiVersion") && has(b"kind") {
        found.push(Format::Kubernetes);
    }
    found
}

/// Whether the path is where GitHub looks for workflows.
pub(crate) fn is_workflow_path(path: &str) -> bool {
    path.starts_with(".github/workflows/") || path.contains("/.github/workflows/")
}

fn is_gitlab(path: &str, name: &str) -> bool {
    name.ends_with(".gitlab-ci.yml")
        || name.ends_with(".gitlab-ci.yaml")
        || ["/.gitlab/ci/", "/.gitlab-ci/"].iter().any(|part| format!("/{path}").contains(part))
}

fn is_helm_values(name: &str) -> bool {
    let stem = name.rsplit_once('.').map_or(name, |(stem, _)| stem);
    let first = stem.split(['-', '.', '_']).next().unwrap_or_default();
    let last = stem.rsplit(['-', '.', '_']).next().unwrap_or_default();
    first == "values" || last == "values"
}

/// Whether the name is one that Compose takes without being told.
pub(crate) fn is_compose(name: &str) -> bool {
    name.starts_with("docker-compose") || name.starts_with("compose.") || name.starts_with("compose-")
}

/// A chart's templates are written in Go's template language.
fn is_chart_template(path: &str, has: &impl Fn(&[u8]) -> bool) -> bool {
    let words: [&[u8]; 7] =
        [b".Values", b".Release.", b".Chart.", b"{{- if", b"{{ include ", b"{{- include ", b"{{ template "];
    let in_folder = path.starts_with("templates/") || path.contains("/templates/");
    has(b"{{") && (words.iter().any(|word| has(word)) || (in_folder && has(b"{{-"))) && has(b"kind:")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_templates_do_not_have_are_let_through() {
        for name in [
            "Dockerfile",
            "api/Dockerfile.prod",
            "web.dockerfile",
            "Containerfile",
            ".env",
            ".env.local",
            "prod.env",
        ] {
            assert!(is_candidate(Path::new(name)), "{name}");
        }
        for name in ["Dockerfile.md", "env", "a.yaml", "environment", ".envrc", "x.dockerignore", ".github"] {
            assert!(!is_candidate(Path::new(name)), "{name}");
        }
    }

    #[test]
    fn bytes_and_paths_say_what_is_worth_a_parser() {
        let formats = |path: &str, text: &str| formats(Path::new(path), text.as_bytes());
        assert_eq!(formats("a.yaml", "apiVersion: v1\nkind: Secret\n"), [Format::Kubernetes]);
        assert_eq!(formats(".github/workflows/a.yml", "jobs: {}\n"), [Format::GitHub]);
        assert_eq!(formats("jobs.yml", "jobs: {}\n"), []);
        assert_eq!(formats("chart/templates/a.yaml", "kind: Pod\nname: {{ .Values.a }}\n"), [Format::Chart]);
        assert_eq!(formats("notes.txt", "apiVersion: v1\nkind: Secret\n"), []);
        assert_eq!(formats("values-prod.yaml", "a: 1\n"), [Format::Helm]);
    }
}
