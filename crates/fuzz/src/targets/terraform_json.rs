//! Terraform code in JSON: a root module that may call one in native syntax.

use document::read;
use estate::estate::Estate;
use estate::value::FileId;

use super::{template, terraform as code};
use crate::{check, memory};

/// The file that the input is.
const NAME: &str = "main.tf.json";

pub(crate) fn run(input: &[u8]) {
    let files = memory::split(input, NAME);
    let loaded = code::twice(&files, &::terraform::Settings::default());
    let has_plan = code::may_hold_a_plan(&files);
    for (name, text) in loaded.files.iter().zip(&loaded.texts) {
        if !has_plan
            && name.ends_with(".json")
            && let Some(problem) = check::first_cut(&read(FileId(0), name, text.as_bytes()))
        {
            let said = loaded.diagnostics.iter().any(|diagnostic| diagnostic.incomplete);
            assert!(said, "`{name}` is read in part and nothing says so: {problem:?}");
        }
    }
    let estate = Estate::new(loaded.files, loaded.resources, loaded.gaps);
    template::answers(&estate);
    template::is_kept_by_a_file(&estate);
}
