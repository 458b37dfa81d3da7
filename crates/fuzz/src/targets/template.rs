//! A template: read, made into an estate, asked, and written to an estate file.

use document::Document;
use estate::catalogue::Catalogue;
use estate::estate::{Estate, at_path};
use estate::resource::ResourceId;
use estate::value::FileId;
use template::{Loaded, Settings};

use crate::{check, memory};

/// Resources that are looked at one by one.
const RESOURCES_MAX: usize = 200;

/// Unknown types for which a near one is searched among all.
const NEAREST_MAX: usize = 2;

pub(crate) fn run(input: &[u8]) {
    let loaded = memory::load("template.yaml", input, &Settings::default());
    check::loaded(&loaded);
    if !memory::is_too_much(&loaded) {
        check::same_loaded(&loaded, &memory::load("template.yaml", input, &Settings::default()));
    }
    says_what_is_missing(&loaded, &document::read(FileId(0), "template.yaml", input));
    let estate = Estate::new(loaded.files, loaded.resources, loaded.gaps);
    answers(&estate);
    is_kept_by_a_file(&estate);
}

/// A template that is read in part only is never taken for a whole one.
fn says_what_is_missing(loaded: &Loaded, document: &Document) {
    if loaded.templates == 0 {
        return;
    }
    if let Some(problem) = check::first_cut(document) {
        let said = loaded.diagnostics.iter().any(|diagnostic| diagnostic.incomplete);
        assert!(said, "a template is read in part and nothing says so: {problem:?}");
        assert!(!loaded.gaps.is_empty(), "a template is read in part and has no gap: {problem:?}");
    }
}

/// An estate finds what it holds, and a reference is seen from both ends.
pub(super) fn answers(estate: &Estate) {
    let mut foreign = 0;
    for (i, resource) in estate.resources.iter().enumerate().take(RESOURCES_MAX) {
        let id = ResourceId(i as u32);
        assert!(
            estate.of_type(&resource.type_name).contains(&id),
            "`{}` is not found by its type",
            resource.key
        );
        assert!(estate.by_key(&resource.key).is_some(), "`{}` is not found by its key", resource.key);
        for edge in estate.references_from(id) {
            let back = estate
                .references_to(edge.other)
                .iter()
                .any(|back| back.other == id && back.path == edge.path);
            assert!(back, "the reference of `{}` at `{}` is seen from one end only", resource.key, edge.path);
        }
        match Catalogue::builtin().get(&resource.type_name) {
            Some(info) => {
                for (path, target) in &info.refs {
                    for node in at_path(&resource.properties.entries, path) {
                        let _ = estate.resolve(resource, node, target);
                    }
                }
            }
            None if foreign < NEAREST_MAX => {
                foreign += 1;
                let _ = Catalogue::builtin().nearest(&resource.type_name);
            }
            None => {}
        }
        let _ = estate.gap(resource, "AWS::S3::Bucket");
    }
}

/// What is written to an estate file comes out of it again.
pub(super) fn is_kept_by_a_file(estate: &Estate) {
    match estate::file::read(&estate::file::write(estate)) {
        Ok(read) => {
            assert!(read.resources == estate.resources, "an estate file changes the resources");
            assert_eq!(read.gaps, estate.gaps, "an estate file changes the gaps");
            assert_eq!(read.files, estate.files, "an estate file changes the files");
        }
        Err(error) => panic!("an estate file that was just written cannot be read: {error}"),
    }
}
