//! A plan in JSON, alone and with code beside it.

use std::collections::BTreeMap;
use std::path::PathBuf;

use document::read;
use estate::estate::Estate;
use estate::value::FileId;
use terraform::Settings;

use super::{template, terraform as code};
use crate::check;

/// The file that the input is.
const NAME: &str = "plan.json";

/// Code that a plan may be of.
const CODE: &[u8] = b"\
variable \"name\" {
  default = \"x\"
}

resource \"aws_s3_bucket\" \"logs\" {
  count  = 2
  bucket = \"${var.name}-${count.index}\"
}

resource \"aws_security_group\" \"web\" {
  ingress {
    from_port   = 22
    to_port     = 22
    protocol    = \"tcp\"
    cidr_blocks = [\"0.0.0.0/0\"]
  }
}

resource \"aws_sns_topic_policy\" \"this\" {
  arn    = module.child[\"a\"].arn
  policy = jsonencode({ Statement = [{ Effect = \"Allow\", Resource = module.child[\"a\"].arn }] })
}

module \"child\" {
  source   = \"./child\"
  for_each = toset([\"a\"])
  name     = each.key
}
";

pub(crate) fn run(input: &[u8]) {
    let alone: BTreeMap<PathBuf, Vec<u8>> = [(PathBuf::from(NAME), input.to_vec())].into();
    let mut beside = alone.clone();
    beside.insert(PathBuf::from("main.tf"), CODE.to_vec());
    for files in [alone, beside] {
        let loaded = code::twice(&files, &Settings::default());
        // What is no plan is not read as one.
        let is_read = loaded.files.iter().any(|name| &**name == NAME);
        if is_read && let Some(problem) = check::first_cut(&read(FileId(0), NAME, input)) {
            let said = loaded.diagnostics.iter().any(|diagnostic| diagnostic.incomplete);
            assert!(said, "a plan is read in part and nothing says so: {problem:?}");
            assert!(!loaded.gaps.is_empty(), "a plan is read in part and has no gap: {problem:?}");
        }
        let estate = Estate::new(loaded.files, loaded.resources, loaded.gaps);
        template::answers(&estate);
        template::is_kept_by_a_file(&estate);
    }
}
