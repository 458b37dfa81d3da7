//! Files in memory, for targets that read templates.

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

/// Whether a template ran into the limit on what it may unfold to: it is told, and not worth a second reading.
pub(crate) fn is_too_much(loaded: &Loaded) -> bool {
    loaded.diagnostics.iter().any(|diagnostic| diagnostic.code == "too-much")
}
