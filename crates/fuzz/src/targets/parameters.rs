//! A file of parameters, and a template that declares some of them.

use template::{ParametersError, Settings, parse_parameters};

use crate::{check, memory};

const TEMPLATE: &[u8] = b"\
Parameters:
  Name: { Type: String }
  Size: { Type: Number }
  List: { Type: CommaDelimitedList }
  Stored: { Type: 'AWS::SSM::Parameter::Value<String>' }
Resources:
  Bucket:
    Type: AWS::S3::Bucket
    Properties: { BucketName: !Ref Name, Tags: [{ Key: !Ref Size, Value: !Join ['+', !Ref List] }] }
  Queue:
    Type: AWS::SQS::Queue
    Properties: { QueueName: !Ref Stored, DelaySeconds: !Ref Size }
";

pub(crate) fn run(input: &[u8]) {
    let lines = input.iter().filter(|byte| matches!(byte, b'\n' | b'\r')).count() + 1;
    for name in ["parameters.json", "parameters.yaml"] {
        let parsed = parse_parameters(name, input);
        assert_eq!(parsed, parse_parameters(name, input), "read twice, a file gives other parameters");
        match parsed {
            Ok(parameters) => {
                let settings = Settings { parameters, ..Settings::default() };
                let loaded = memory::load("template.yaml", TEMPLATE, &settings);
                check::loaded(&loaded);
                assert!(loaded.resources.len() == 2, "parameters cannot make a resource vanish");
            }
            Err(ParametersError::Syntax(line, message)) => {
                assert!(
                    line >= 1 && line as usize <= lines + 1,
                    "line {line} is outside the text: {message}"
                );
            }
            Err(ParametersError::Form) => {}
        }
    }
}
