//! Generated Terraform code: folders of files, the same ones at every run.
//!
//! What is written stands in `terraform/`, as code with words to fill in: `NUMBER`, and one word for every setting
//! that is as it should be in seven of eight cases. `terraform/network` has nothing to fill in and is judged as it
//! stands: a module in the style of those that build networks, and roots that call it in different ways.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result};

use super::generate::Random;

/// The version of what is generated: raise it with every change, so that kept files are made anew.
pub(super) const VERSION: u32 = 1;

/// Where the network lies, from the root of the project.
pub(super) const NETWORK: &str = "xtask/src/bench/terraform/network";

/// How many resources a service declares, each instance counted.
pub(super) const SERVICE_SIZE: usize = 40;

const SEED: u64 = 0x0074_6572_7261_666f;

/// A module: buckets with their parts, security groups, roles, a key, functions with logs, messages, a database and
/// a load balancer.
const SERVICE: [(&str, &str); 3] = [
    ("main.tf", include_str!("terraform/service/main.tf")),
    ("variables.tf", include_str!("terraform/service/variables.tf")),
    ("outputs.tf", include_str!("terraform/service/outputs.tf")),
];

/// A small root module.
const STACK: [(&str, &str); 2] = [
    ("main.tf", include_str!("terraform/stack/main.tf")),
    ("variables.tf", include_str!("terraform/stack/variables.tf")),
];

/// How the root module of the services begins.
const ROOT: &str = r#"variable "vpc_id" {
  type    = string
  default = "vpc-0a1b2c3d4e5f60718"
}

variable "certificate_arn" {
  type    = string
  default = "arn:aws:acm:eu-west-1:111122223333:certificate/0a1b2c3d"
}

locals {
  subnet_ids = ["subnet-0a", "subnet-0b", "subnet-0c"]
  tags       = { Owner = "platform", CostCentre = "1234" }
}
"#;

/// What is filled in: a word, what it is where all is well, and what it is otherwise. No word begins another.
const SETTINGS: [(&str, &str, &str); 16] = [
    ("WELL_BACKUP", "14", "0"),
    ("WELL_HEADERS", "true", "false"),
    ("WELL_KMS", "true", "false"),
    ("WELL_LOGS", "\"logs:PutLogEvents\"", "\"logs:*\""),
    ("WELL_NOT_PUBLIC", "false", "true"),
    ("WELL_PRIVATE", "true", "false"),
    ("WELL_PROTECTED", "true", "false"),
    ("WELL_QUEUE", "true", "false"),
    ("WELL_RANGE", "\"10.0.0.0/8\"", "\"0.0.0.0/0\""),
    ("WELL_ROTATED", "true", "false"),
    ("WELL_RUNTIME", "\"nodejs22.x\"", "\"nodejs12.x\""),
    ("WELL_STORAGE", "true", "false"),
    ("WELL_TLS", "\"ELBSecurityPolicy-TLS13-1-2-2021-06\"", "\"ELBSecurityPolicy-2016-08\""),
    ("WELL_TOPIC_KEY", "aws_kms_key.this.id", "null"),
    ("WELL_TRACING", "\"Active\"", "\"PassThrough\""),
    ("WELL_VERSIONED", "true", "false"),
];

/// A file that is to be written: its path below the folder of all, and its text.
type Written = (String, String);

/// One root module that calls so many services, each a module of its own that listens to the one before.
pub(super) fn services(count: usize) -> Vec<Written> {
    let mut random = Random::new(SEED);
    let mut files = Vec::with_capacity(count * SERVICE.len() + 1);
    let mut root = ROOT.to_owned();
    let mut topics = String::new();
    for number in 0..count {
        let name = format!("service-{number:03}");
        for (file, text) in SERVICE {
            files.push((format!("modules/{name}/{file}"), filled(text, number, &mut random)));
        }
        let before = number.checked_sub(1);
        let upstream = before
            .map_or_else(|| "null".to_owned(), |before| format!("module.service_{before:03}.topic_arn"));
        // Writing to a string cannot fail.
        let _ = write!(
            root,
            r#"
module "service_{number:03}" {{
  source = "./modules/{name}"

  name               = "{name}"
  vpc_id             = var.vpc_id
  subnet_ids         = local.subnet_ids
  certificate_arn    = var.certificate_arn
  upstream_topic_arn = {upstream}
  tags               = merge(local.tags, {{ Number = "{number}" }})
}}
"#
        );
        let _ = writeln!(topics, "    module.service_{number:03}.topic_arn,");
    }
    let _ = write!(root, "\noutput \"topics\" {{\n  value = [\n{topics}  ]\n}}\n");
    files.push(("main.tf".to_owned(), root));
    files
}

/// Small root modules beside each other, in so many files.
pub(super) fn stacks(files: usize) -> Vec<Written> {
    let mut random = Random::new(SEED);
    let written = (0..files.div_ceil(STACK.len())).flat_map(|number| {
        STACK.map(|(file, text)| (format!("stack-{number:03}/{file}"), filled(text, number, &mut random)))
    });
    written.take(files).collect()
}

fn filled(text: &str, number: usize, random: &mut Random) -> String {
    let mut text = text.replace("NUMBER", &format!("{number:03}"));
    for (word, well, ill) in SETTINGS {
        if text.contains(word) {
            text = text.replace(word, if random.well() { well } else { ill });
        }
    }
    text
}

/// Writes files below a folder.
pub(super) fn write(folder: &Path, files: &[Written]) -> Result<()> {
    for (name, text) in files {
        let path = folder.join(name);
        fs::create_dir_all(path.parent().unwrap_or(folder))?;
        fs::write(&path, text).with_context(|| format!("`{}` cannot be written", path.display()))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::io;
    use std::path::PathBuf;

    use template::discover::Input;
    use template::{Files, Loaded};

    use super::super::folder;
    use super::*;

    struct Memory(BTreeMap<PathBuf, String>);

    impl Files for Memory {
        fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
            self.0
                .get(path)
                .map(|text| text.clone().into_bytes())
                .ok_or_else(|| io::ErrorKind::NotFound.into())
        }

        fn list(&self, folder: &Path) -> io::Result<Vec<PathBuf>> {
            let folder = if folder == Path::new(".") { Path::new("") } else { folder };
            Ok(self.0.keys().filter(|path| path.parent() == Some(folder)).cloned().collect())
        }
    }

    /// Evaluates files, and holds them to having no fault.
    fn load(files: Vec<Written>) -> Loaded {
        let memory = Memory(files.into_iter().map(|(name, text)| (PathBuf::from(name), text)).collect());
        let input = |path: &PathBuf| Input { path: path.clone(), named: false, account: None, region: None };
        let inputs: Vec<Input> = memory.0.keys().map(input).collect();
        let loaded = ::terraform::load(&memory, &inputs, &::terraform::Settings::default());
        assert!(loaded.diagnostics.is_empty(), "{:?}", loaded.diagnostics);
        assert!(loaded.gaps.is_empty(), "{:?}", loaded.gaps);
        loaded
    }

    fn of_type(loaded: &Loaded, type_name: &str) -> usize {
        loaded.resources.iter().filter(|resource| &*resource.type_name == type_name).count()
    }

    #[test]
    fn the_same_files_are_made_at_every_run_and_every_word_is_filled_in() {
        assert_eq!(services(20), services(20));
        assert_eq!(stacks(40), stacks(40));
        for (name, text) in services(20).iter().chain(&stacks(40)) {
            assert!(!text.contains("WELL_") && !text.contains("NUMBER"), "{name}");
        }
    }

    #[test]
    fn services_are_whole_and_have_the_size_that_is_said() {
        let loaded = load(services(3));
        assert_eq!(of_type(&loaded, "AWS::S3::Bucket"), 3 * 3);
        assert_eq!(of_type(&loaded, "AWS::Lambda::Function"), 3 * 2);
        assert_eq!(of_type(&loaded, "AWS::RDS::DBInstance"), 3);
        // Two functions and three buckets: what is declared once for each of them counts so often.
        let instances = |block: &str| {
            let block = block.split("\n}").next().unwrap_or_default();
            if block.contains("for_each = var.buckets") {
                3
            } else if block.contains("for_each = var.functions") || block.contains("for_each = toset(") {
                2
            } else {
                1
            }
        };
        let blocks = SERVICE[0].1.split("\nresource \"").skip(1);
        assert_eq!(blocks.map(instances).sum::<usize>(), SERVICE_SIZE);
    }

    #[test]
    fn stacks_are_so_many_files() {
        let files = stacks(9);
        assert_eq!(files.len(), 9);
        assert_eq!(of_type(&load(stacks(8)), "AWS::SQS::Queue"), 4);
    }

    #[test]
    fn every_example_of_the_network_is_whole() {
        let network = Path::new(env!("CARGO_MANIFEST_DIR")).join("../").join(NETWORK);
        let mut files = Vec::new();
        for name in folder::files(&network).unwrap() {
            let text = fs::read_to_string(network.join(&name)).unwrap();
            files.push((name.to_string_lossy().into_owned(), text));
        }
        let loaded = load(files);
        // One of the twelve examples makes nothing.
        assert_eq!(of_type(&loaded, "AWS::EC2::VPC"), 11);
    }
}
