//! Values of variables: a file in native syntax, one in JSON, and a text from the command line or the environment.

use std::collections::BTreeMap;
use std::path::PathBuf;

use template::Loaded;
use terraform::{Given, Settings};

use super::terraform as code;
use crate::{check, memory};

/// A root module that declares variables of many types. No value makes a resource of it vanish.
const ROOT: &[u8] = b"\
variable \"name\" {
  type = string
}

variable \"size\" {
  type    = number
  default = 1
  validation {
    condition     = var.size < 10
    error_message = \"too large: ${var.size}\"
  }
}

variable \"flag\" {
  type     = bool
  default  = true
  nullable = false
}

variable \"list\" {
  type    = list(string)
  default = []
}

variable \"rules\" {
  type = map(object({
    port  = number
    cidrs = optional(set(string), [\"10.0.0.0/8\"])
    more  = optional(tuple([bool, any]))
  }))
  default = {}
}

variable \"any\" {}

resource \"aws_sqs_queue\" \"this\" {
  name          = \"${var.name}-${jsonencode(var.any)}\"
  delay_seconds = var.size
  fifo_queue    = var.flag
  tags          = { for index, text in var.list : index => text }
}

resource \"aws_security_group\" \"this\" {
  dynamic \"ingress\" {
    for_each = var.rules
    content {
      from_port   = ingress.value.port
      to_port     = ingress.value.port
      protocol    = \"tcp\"
      description = ingress.key
      cidr_blocks = ingress.value.cidrs
    }
  }
}
";

/// The names of the variables of [`ROOT`].
const NAMES: [&str; 6] = ["name", "size", "flag", "list", "rules", "any"];

pub(crate) fn run(input: &[u8]) {
    for name in ["terraform.tfvars", "values.auto.tfvars.json"] {
        let files: BTreeMap<PathBuf, Vec<u8>> = [("main.tf", ROOT), (name, input)]
            .map(|(name, bytes)| (PathBuf::from(name), bytes.to_vec()))
            .into();
        let loaded = code::twice(&files, &Settings::default());
        assert_eq!(resources(&loaded), 2, "a value makes a resource vanish, or appear");
    }
    let text = String::from_utf8_lossy(input).into_owned();
    let files: BTreeMap<PathBuf, Vec<u8>> = [(PathBuf::from("main.tf"), ROOT.to_vec())].into();
    for name in NAMES {
        let settings = Settings {
            environment: [(name.to_owned(), text.clone())].into(),
            variables: vec![Given::Value("any".to_owned(), text.clone())],
            ..Settings::default()
        };
        let loaded = memory::load_code(&files, &settings);
        check::loaded(&loaded);
        assert_eq!(resources(&loaded), 2, "a value makes a resource vanish, or appear");
    }
}

/// How many resources of AWS there are.
fn resources(loaded: &Loaded) -> usize {
    loaded.resources.iter().filter(|resource| resource.type_name.starts_with("AWS::")).count()
}
