//! Which texts are templates, and which only look a little like one.

use std::io;
use std::path::{Path, PathBuf};

use estate::value::FileId;
use template::discover::Input;
use template::{Files, Loaded, Settings, is_template};

/// A kind of text, a name it has in a repository, and the text.
type Row = (&'static str, &'static str, &'static str);

struct One<'a>(&'a [u8]);

impl Files for One<'_> {
    fn read(&self, _: &Path) -> io::Result<Vec<u8>> {
        Ok(self.0.to_vec())
    }
}

/// Reads a text as a file that was found in a folder, or that the user named.
fn load(name: &str, text: &str, named: bool) -> Loaded {
    let input = Input { path: PathBuf::from(name), named, account: None, region: None };
    template::load(&One(text.as_bytes()), &[input], &Settings::default())
}

const OTHERS: &[Row] = &[
    (
        "a Kubernetes deployment",
        "deployment.yaml",
        "apiVersion: apps/v1
kind: Deployment
metadata: {name: web, annotations: {Type: Resources}}
spec:
  template:
    spec:
      containers:
        - name: web
          resources: {limits: {cpu: 1}}
",
    ),
    (
        "several Kubernetes objects, one of which carries a template",
        "objects.yaml",
        "apiVersion: v1
kind: ConfigMap
metadata: {name: stack}
data:
  template.yaml: |
    AWSTemplateFormatVersion: 2010-09-09
    Resources:
      Bucket:
        Type: AWS::S3::Bucket
---
apiVersion: v1
kind: Service
metadata: {name: web}
",
    ),
    (
        "a Kubernetes resource quota",
        "quota.json",
        r#"{"kind": "ResourceQuota", "spec": {"Resources": {"a": {"Type": "AWS::S3::Bucket"}}}}"#,
    ),
    (
        "Helm values",
        "values.yaml",
        "Resources:
  limits: {cpu: 1, memory: 1Gi}
  Type: Burstable
Transform: none
",
    ),
    (
        "a Helm template",
        "templates/deployment.yaml",
        "{{- if .Values.enabled }}
Resources: {{ .Values.Resources | toYaml }}
Type: {{ .Values.Type }}
{{- end }}
",
    ),
    (
        "a GitHub workflow",
        ".github/workflows/deploy.yml",
        "name: Deploy Resources
on: [push]
jobs:
  deploy:
    runs-on: ubuntu-latest
    env: {Type: production, Resources: all}
    steps:
      - uses: actions/checkout@v4
      - run: 'aws cloudformation deploy --template-file template.yaml # AWS::S3::Bucket'
",
    ),
    (
        "an OpenAPI description",
        "openapi.yaml",
        "openapi: 3.0.3
info: {title: Resources, version: '1'}
paths: {/resources: {get: {responses: {'200': {description: Type}}}}}
components:
  schemas:
    Resources: {type: object, properties: {Type: {type: string}}}
",
    ),
    (
        "an OpenAPI description with API Gateway's extensions",
        "api.json",
        r#"{"openapi": "3.0.1", "x-amazon-apigateway-policy": {"Version": "2012-10-17"},
            "components": {"schemas": {"Resources": {"Type": {"$ref": "AWS::S3::Bucket"}}}}}"#,
    ),
    (
        "a compose file",
        "docker-compose.yml",
        "services:
  web:
    image: nginx
    deploy: {resources: {limits: {cpus: '1'}}}
    environment: {Resources: x, Type: y}
",
    ),
    (
        "a Serverless Framework service",
        "serverless.yml",
        "service: web
provider: {name: aws, runtime: nodejs22.x}
resources:
  Resources:
    Bucket:
      Type: AWS::S3::Bucket
",
    ),
    (
        "a package.json",
        "package.json",
        r#"{"name": "Resources", "version": "1.0.0", "type": "module", "config": {"Resources": {"Type": "AWS::S3::Bucket"}}}"#,
    ),
    (
        "an Ansible playbook",
        "playbook.yml",
        "- hosts: all
  tasks:
    - name: Resources
      amazon.aws.cloudformation:
        stack_name: web
        template_parameters: {Type: AWS::S3::Bucket}
",
    ),
    (
        "a Step Functions definition",
        "machine.asl.json",
        r#"{"StartAt": "Resources", "States": {"Resources": {"Type": "Task", "Resource": "arn:aws:states:::sqs:sendMessage", "End": true}}}"#,
    ),
    (
        "an IAM policy",
        "policy.json",
        r#"{"Version": "2012-10-17", "Statement": [{"Sid": "Resources", "Effect": "Allow", "Action": "s3:*", "Resource": "*",
            "Condition": {"StringEquals": {"cloudformation:ResourceTypes": "AWS::S3::Bucket"}}}]}"#,
    ),
    (
        "a SAM configuration",
        "samconfig.yaml",
        "version: 0.1
default:
  deploy:
    parameters:
      stack_name: Resources
      parameter_overrides: Type=AWS::S3::Bucket
      resolve_s3: true
",
    ),
    (
        "a SAM configuration in TOML under a wrong name",
        "samconfig.yaml",
        "version = 0.1
[default.deploy.parameters]
stack_name = \"Resources\"
parameter_overrides = \"Type=x\"
",
    ),
    (
        "a CDK construct tree",
        "cdk.out/tree.json",
        r#"{"version": "tree-0.1", "tree": {"id": "App", "children": {"Resources": {"id": "Resources",
            "attributes": {"aws:cdk:cloudformation:type": "AWS::S3::Bucket", "Type": "x"}}}}}"#,
    ),
    (
        "a CDK manifest",
        "cdk.out/manifest.json",
        r#"{"version": "36.0.0", "artifacts": {"Resources": {"type": "aws:cloudformation:stack",
            "metadata": {"/App/Bucket": [{"type": "aws:cdk:logicalId", "data": "Type"}]}}}}"#,
    ),
    (
        "a list of parameters for the AWS command line",
        "parameters.json",
        r#"[{"ParameterKey": "Resources", "ParameterValue": "AWS::S3::Bucket"}, {"ParameterKey": "Type", "ParameterValue": "x"}]"#,
    ),
    (
        "parameters for CodePipeline",
        "parameters.json",
        r#"{"Parameters": {"Resources": "AWS::S3::Bucket", "Type": "x"}, "Tags": {"Transform": "y"}}"#,
    ),
    (
        "a Terraform plan",
        "plan.json",
        r#"{"format_version": "1.2", "terraform_version": "1.9.0", "planned_values": {"root_module": {"resources":
            [{"address": "aws_s3_bucket.Resources", "type": "aws_s3_bucket", "values": {"tags": {"Type": "AWS::S3::Bucket"}}}]}}}"#,
    ),
    (
        "Terraform in JSON",
        "main.tf.json",
        r#"{"resource": {"aws_cloudformation_stack": {"Resources": {"name": "Type", "template_body": "{\"Resources\": {}}"}}}}"#,
    ),
    (
        "the schema of a resource type",
        "aws-s3-bucket.json",
        r#"{"typeName": "AWS::S3::Bucket", "properties": {"Resources": {"type": "string"}}, "additionalProperties": false, "Type": 1}"#,
    ),
    (
        "a CodeDeploy specification",
        "appspec.yaml",
        "version: 0.0
Resources:
  - TargetService:
      Type: AWS::ECS::Service
      Properties: {TaskDefinition: arn}
",
    ),
    (
        "a Security Hub finding",
        "finding.json",
        r#"{"SchemaVersion": "2018-10-08", "Resources": [{"Type": "AwsS3Bucket", "Id": "arn:aws:s3:::x"}]}"#,
    ),
    (
        "the answer of `describe-stack-resources`",
        "resources.json",
        r#"{"StackResources": [{"LogicalResourceId": "Resources", "ResourceType": "AWS::S3::Bucket", "Type": "x"}]}"#,
    ),
    (
        "the answer of `get-template`",
        "body.json",
        r#"{"TemplateBody": {"Resources": {"Bucket": {"Type": "AWS::S3::Bucket"}}}, "StagesAvailable": ["Original"]}"#,
    ),
    (
        "an Azure template",
        "azuredeploy.json",
        r#"{"$schema": "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#",
            "resources": [{"type": "Microsoft.Storage/storageAccounts", "name": "Resources Type"}]}"#,
    ),
    (
        "an OpenStack Heat template",
        "heat.yaml",
        "heat_template_version: 2021-04-16
description: Resources of a Type
resources:
  server: {type: OS::Nova::Server}
",
    ),
    (
        "an Alibaba Cloud template",
        "ros.yaml",
        "ROSTemplateFormatVersion: '2015-09-01'
Resources:
  Vpc:
    Type: ALIYUN::ECS::VPC
",
    ),
    (
        "settings with sections of the same names",
        "settings.yaml",
        "Resources:
  cache: {Type: memory, Properties: {Size: 3}}
  store: {Type: disk}
",
    ),
    (
        "translations",
        "messages.en.json",
        r#"{"Resources": {"Title": "Resources", "Type": "Type", "Transform": "Transform"}, "Transform": "Transform"}"#,
    ),
    ("a list", "list.yaml", "- Resources\n- Type\n- AWS::S3::Bucket\n"),
    ("a text", "notes.txt", "The Resources of Type AWS::S3::Bucket are kept.\n"),
    ("nothing", "empty.yaml", ""),
];

const TEMPLATES: &[Row] = &[
    (
        "one that says its version",
        "a.yaml",
        "AWSTemplateFormatVersion: 2010-09-09\nParameters:\n  P: {Type: String}\nResources: {}\n",
    ),
    ("one that does not", "a.yaml", "Resources:\n  Bucket:\n    Type: AWS::S3::Bucket\n"),
    ("JSON", "a.json", r#"{"Resources": {"Bucket": {"Type": "AWS::S3::Bucket"}}}"#),
    ("JSON under another name", "a.template", r#"{"Resources": {"Bucket": {"Type": "AWS::S3::Bucket"}}}"#),
    (
        "JSON with tabs and Windows line ends",
        "a.template",
        "{\r\n\t\"Resources\":\t{\r\n\t\t\"Bucket\": {\"Type\": \"AWS::S3::Bucket\"}\r\n\t}\r\n}\r\n",
    ),
    (
        "YAML with a byte order mark and Windows line ends",
        "a.yml",
        "\u{feff}Resources:\r\n  Bucket:\r\n    Type: AWS::S3::Bucket\r\n",
    ),
    (
        "YAML in flow notation",
        "a.template",
        "{Resources: {Bucket: {Type: AWS::S3::Bucket, Properties: {A: !Ref B}}}}",
    ),
    ("only custom resources", "a.yaml", "Resources:\n  Thing:\n    Type: Custom::Thing\n"),
    (
        "only a type of another publisher",
        "a.yaml",
        "Resources:\n  Thing:\n    Type: MongoDB::Atlas::Cluster\n",
    ),
    ("only a module", "a.yaml", "Resources:\n  Thing:\n    Type: Example::Web::Site::MODULE\n"),
    (
        "SAM",
        "template.yaml",
        "Transform: AWS::Serverless-2016-10-31\nResources:\n  F:\n    Type: AWS::Serverless::Function\n",
    ),
    (
        "only a loop",
        "a.yaml",
        "Transform: AWS::LanguageExtensions
Resources:
  Fn::ForEach::Topics:
    - Name
    - [a, b]
    - Topic${Name}: {Type: AWS::SNS::Topic}
",
    ),
    (
        "only an include",
        "a.yaml",
        "AWSTemplateFormatVersion: 2010-09-09
Resources:
  Fn::Transform: {Name: AWS::Include, Parameters: {Location: s3://bucket/resources.yaml}}
",
    ),
    (
        "types that a macro makes",
        "a.yaml",
        "Transform: [{Name: Own}, AWS::LanguageExtensions]\nResources:\n  Thing:\n    Type: Short\n",
    ),
    (
        "a conformance pack of AWS Config",
        "pack.yaml",
        "Resources:
  Rule:
    Type: AWS::Config::ConfigRule
    Properties: {Source: {Owner: AWS, SourceIdentifier: S3_BUCKET_VERSIONING_ENABLED}}
",
    ),
    (
        "one synthesised by the CDK",
        "cdk.out/App.template.json",
        r#"{"Resources": {"CDKMetadata": {"Type": "AWS::CDK::Metadata", "Properties": {"Analytics": "v2"}}},
            "Parameters": {"BootstrapVersion": {"Type": "AWS::SSM::Parameter::Value<String>", "Default": "/cdk/x"}}}"#,
    ),
    (
        "one that breaks off",
        "a.yaml",
        "Resources:\n  Bucket:\n    Type: AWS::S3::Bucket\n  Other:\n    Type: \"AWS::S3\n",
    ),
    (
        "one without any resources yet",
        "a.yaml",
        "AWSTemplateFormatVersion: 2010-09-09\nParameters:\n  P: {Type: String}\nResources:\n",
    ),
];

#[test]
fn other_texts_are_no_templates() {
    for (kind, name, text) in OTHERS {
        let document = document::read(FileId(0), name, text.as_bytes());
        assert!(!is_template(&document.root), "{kind}");
        let loaded = load(name, text, false);
        assert_eq!(loaded.templates, 0, "{kind}");
        assert!(loaded.resources.is_empty(), "{kind}");
        // A file that nobody asked about is passed over in silence.
        assert!(loaded.diagnostics.is_empty(), "{kind}: {:?}", loaded.diagnostics);
        assert!(loaded.gaps.is_empty(), "{kind}: {:?}", loaded.gaps);
        assert_eq!(loaded.skipped, [((*name).to_owned(), "no template".to_owned())], "{kind}");
    }
}

#[test]
fn templates_of_every_kind_are_taken() {
    for (kind, name, text) in TEMPLATES {
        let document = document::read(FileId(0), name, text.as_bytes());
        assert!(is_template(&document.root), "{kind}");
        for named in [false, true] {
            let loaded = load(name, text, named);
            assert_eq!(loaded.templates, 1, "{kind}");
            assert!(loaded.skipped.is_empty(), "{kind}: {:?}", loaded.skipped);
        }
    }
}

#[test]
fn a_file_that_the_user_names_is_not_passed_over_when_it_breaks() {
    let loaded = load("a.json", "{\n  \"a\": 1,\n", true);
    assert_eq!(loaded.templates, 0);
    let said: Vec<_> = loaded.diagnostics.iter().map(|said| (said.incomplete, said.code)).collect();
    assert_eq!(said, [(true, "json-syntax")]);
    assert_eq!(loaded.diagnostics[0].file.as_deref(), Some("a.json"));
    assert!(loaded.diagnostics[0].message.starts_with("line 3: "), "{}", loaded.diagnostics[0].message);
}

#[test]
fn what_says_that_it_is_a_template_is_not_passed_over_when_it_breaks_at_once() {
    let text = "AWSTemplateFormatVersion: \"2010-09-09\nResources:\n  Bucket:\n    Type: AWS::S3::Bucket\n";
    let loaded = load("a.yaml", text, false);
    assert_eq!(loaded.templates, 0);
    assert!(loaded.diagnostics.iter().any(|said| said.incomplete), "{:?}", loaded.diagnostics);
    assert!(loaded.skipped.is_empty(), "{:?}", loaded.skipped);
}
