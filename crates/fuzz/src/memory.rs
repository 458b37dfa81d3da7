//! Files in memory, for targets that read templates or code.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};

use template::discover::Input;
use template::{Files, Loaded, Settings};

/// What an include of `snippet.yaml` brings in.
const SNIPPET: &str =
    "Included: { Type: AWS::S3::Bucket, Properties: { BucketName: !Sub '${AWS::StackName}-x' } }\n";

/// What a nested stack at `child.yaml` is.
const CHILD: &str = "\
Parameters: { Name: { Type: String } }
Resources:
  Topic: { Type: AWS::SNS::Topic, Properties: { TopicName: !Ref Name } }
Outputs:
  Name: { Value: !Ref Name }
  Arn: { Value: !Ref Topic }
";

/// What a module at `./child` is.
const MODULE: &str = "\
variable \"name\" {
  type    = string
  default = \"child\"
}

variable \"list\" {
  default = []
}

resource \"aws_sns_topic\" \"this\" {
  name = var.name
}

resource \"aws_sqs_queue\" \"this\" {
  count = length(var.list)
  name  = \"${var.name}-${var.list[count.index]}\"
}

output \"name\" {
  value = var.name
}

output \"arn\" {
  value = aws_sns_topic.this.arn
}
";

/// What begins a line that names the file from which on the text is.
const FILE: &[u8] = b"=== ";

// Limit: files in an input. A fault shows with a few, and each is read.
const FILES_MAX: usize = 12;

/// A template under a name, beside a snippet and a child that it may bring in.
struct Memory<'t> {
    name: &'t str,
    bytes: &'t [u8],
}

impl Files for Memory<'_> {
    fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        if path == Path::new(self.name) {
            return Ok(self.bytes.to_vec());
        }
        match path.to_str() {
            Some("snippet.yaml") => Ok(SNIPPET.as_bytes().to_vec()),
            Some("child.yaml") => Ok(CHILD.as_bytes().to_vec()),
            _ => Err(io::ErrorKind::NotFound.into()),
        }
    }
}

/// Reads a template as a file that the user named.
pub(crate) fn load(name: &str, bytes: &[u8], settings: &Settings) -> Loaded {
    let input = Input { path: PathBuf::from(name), named: true, account: None, region: None };
    template::load(&Memory { name, bytes }, &[input], settings)
}

/// Code in folders, by path.
struct Folders<'t>(&'t BTreeMap<PathBuf, Vec<u8>>);

impl Files for Folders<'_> {
    fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        match self.0.get(path) {
            Some(bytes) => Ok(bytes.clone()),
            None if path == Path::new("child/main.tf") => Ok(MODULE.as_bytes().to_vec()),
            None => Err(io::ErrorKind::NotFound.into()),
        }
    }

    fn list(&self, folder: &Path) -> io::Result<Vec<PathBuf>> {
        let folder = if folder == Path::new(".") { Path::new("") } else { folder };
        let mut paths: Vec<PathBuf> =
            self.0.keys().filter(|path| path.parent() == Some(folder)).cloned().collect();
        if folder == Path::new("child") && paths.is_empty() {
            paths.push(PathBuf::from("child/main.tf"));
        }
        if paths.is_empty() { Err(io::ErrorKind::NotFound.into()) } else { Ok(paths) }
    }
}

/// The files of an input: what stands before a line `=== NAME` is in the file `first`, what follows in the file of
/// that name.
pub(crate) fn split(input: &[u8], first: &str) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut files: BTreeMap<PathBuf, Vec<u8>> = BTreeMap::new();
    let mut path = PathBuf::from(first);
    files.insert(path.clone(), Vec::new());
    for line in input.split_inclusive(|byte| *byte == b'\n') {
        match line.strip_prefix(FILE) {
            Some(name) if files.len() < FILES_MAX => {
                path = PathBuf::from(String::from_utf8_lossy(name).trim());
                files.entry(path.clone()).or_default();
            }
            _ => files.entry(path.clone()).or_default().extend_from_slice(line),
        }
    }
    files
}

/// Reads code: all of the files are what was found in a folder.
pub(crate) fn load_code(files: &BTreeMap<PathBuf, Vec<u8>>, settings: &terraform::Settings) -> Loaded {
    let input = |path: &PathBuf| Input { path: path.clone(), named: false, account: None, region: None };
    let inputs: Vec<Input> = files.keys().map(input).collect();
    terraform::load(&Folders(files), &inputs, settings)
}

/// Whether a template ran into the limit on what it may unfold to: it is told, and not worth a second reading.
pub(crate) fn is_too_much(loaded: &Loaded) -> bool {
    loaded.diagnostics.iter().any(|diagnostic| diagnostic.code == "too-much")
}
