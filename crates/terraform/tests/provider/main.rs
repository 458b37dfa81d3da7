//! Holds every mapping file to both sides: to the arguments of the provider, which ../provider.txt lists, and
//! to the properties of the catalogue.

mod arguments;
mod walk;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use estate::catalogue::{Catalogue, TypeInfo};
use terraform::mapping::{Mapping, files, read};

use crate::arguments::{Argument, arguments, provider};
use crate::walk::Walk;

/// Arguments that mappings know for the sake of older versions of the provider: the type, the argument as
/// provider.txt would write it, and which versions have it.
const FORMER: [(&str, &str, &str); 3] = [
    (
        "aws_redshift_cluster",
        "logging{bucket_name enable=bool log_destination_type log_exports=set s3_key_prefix}",
        "up to version 5; from 6 on there is only aws_redshift_logging",
    ),
    (
        "aws_redshift_cluster",
        "snapshot_copy{destination_region grant_name retention_period=number}",
        "up to version 5; from 6 on there is only aws_redshift_snapshot_copy",
    ),
    ("aws_route", "instance_id", "up to version 4; from 5 on it is only exported"),
];

/// Types that controls judge and no mapping makes: what the provider's type would be called if it had one, and
/// why there is no mapping.
const UNMAPPED: [(&str, &str, &str); 8] = [
    ("AWS::CloudFront::DistributionTenant", "aws_cloudfront_distribution_tenant", "the provider has none"),
    ("AWS::CloudTrail::ResourcePolicy", "aws_cloudtrail_resource_policy", "the provider has none"),
    (
        "AWS::DynamoDB::GlobalTable",
        "",
        "a table with replicas is an aws_dynamodb_table, and aws_dynamodb_global_table only joins tables",
    ),
    (
        "AWS::IAM::Policy",
        "",
        "an inline policy belongs to one user, group or role in the provider and becomes the type for that",
    ),
    ("AWS::Lambda::ResourcePolicy", "aws_lambda_resource_policy", "the provider has permissions only"),
    (
        "AWS::Organizations::Organization",
        "",
        "it becomes a Palisade::Organizations::Organization, which knows more of it",
    ),
    ("AWS::SNS::TopicInlinePolicy", "aws_sns_topic_inline_policy", "policies become AWS::SNS::TopicPolicy"),
    ("AWS::SQS::QueueInlinePolicy", "aws_sqs_queue_inline_policy", "policies become AWS::SQS::QueuePolicy"),
];

#[test]
fn every_mapping_fits_the_provider_and_the_catalogue() {
    let mut provider = provider();
    let mut faults = Vec::new();
    for (type_name, text, _) in FORMER {
        let Some(Argument::Block(known)) = provider.get_mut(type_name) else {
            faults.push(format!("FORMER: no type `{type_name}`"));
            continue;
        };
        for (name, argument) in arguments(text).0 {
            let former = known.insert(name.clone(), argument);
            if former.is_some_and(|former| former != Argument::Exported) {
                faults.push(format!("FORMER: `{type_name}` has `{name}`, so it need not be listed"));
            }
        }
    }
    // Of other providers no list is kept: their types may have any argument.
    // The arguments that are read, by type.
    let mut used: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for file in files() {
        let mappings = match read::file(file.path, file.text) {
            Ok(mappings) => mappings,
            Err(found) => {
                faults.extend(found.iter().map(|f| format!("{}:{}: {}", f.path, f.line, f.message)));
                continue;
            }
        };
        let listed: BTreeSet<&str> = file.types.iter().copied().collect();
        let written: BTreeSet<&str> = mappings.types.keys().map(String::as_str).collect();
        if listed != written {
            faults.push(format!("{}: a type does not stand two spaces deep below `types:`", file.path));
        }
        for (type_name, mapping) in &mappings.types {
            let start = format!("  {type_name}:");
            let line = file.text.lines().position(|line| line.starts_with(&start)).map_or(0, |at| at + 1);
            let place = format!("{}:{line}: {type_name}", file.path);
            let quoted = format!("\"{type_name}\"");
            if !mappings.tests.iter().any(|case| case.terraform.contains(&quoted)) {
                faults.push(format!("{place}: no test of the file has one"));
            }
            let Some(whole) = provider.get(type_name.as_str()) else {
                faults.push(format!("{place}: the provider has no such type"));
                continue;
            };
            let Some(itself) = itself(mapping) else {
                faults.push(format!("{place}: what it becomes is no type of the catalogue"));
                continue;
            };
            let mut walk = Walk { place, whole, itself, faults: Vec::new(), used: BTreeSet::new() };
            for output in &mapping.outputs {
                walk.output(output);
            }
            faults.append(&mut walk.faults);
            used.insert(type_name.clone(), walk.used);
        }
    }
    for (type_name, text, _) in FORMER {
        for name in arguments(text).0.keys() {
            if !used.get(type_name).is_some_and(|used| used.contains(name)) {
                faults.push(format!("FORMER: no mapping reads `{name}` of `{type_name}`"));
            }
        }
    }
    assert!(faults.is_empty(), "{} faults:\n{}", faults.len(), faults.join("\n"));
}

#[test]
fn every_type_that_a_control_judges_is_mapped() {
    let (provider, judged) = (provider(), judged());
    let mut mapped = BTreeSet::new();
    for file in files() {
        let Ok(mappings) = read::file(file.path, file.text) else { continue };
        let outputs = mappings.types.into_values().flat_map(|mapping| mapping.outputs);
        mapped.extend(outputs.map(|output| output.target));
    }
    let mut faults = Vec::new();
    for type_name in &judged {
        if !mapped.contains(type_name) && !UNMAPPED.iter().any(|(listed, _, _)| listed == type_name) {
            faults.push(format!("controls judge {type_name}, and no mapping makes one"));
        }
    }
    for (type_name, maker, _) in UNMAPPED {
        if mapped.contains(type_name) {
            faults.push(format!("UNMAPPED: {type_name} is mapped"));
        }
        if !judged.contains(type_name) {
            faults.push(format!("UNMAPPED: no control judges {type_name}"));
        }
        if provider.contains_key(maker) {
            faults.push(format!("UNMAPPED: the provider has `{maker}`, which makes {type_name}"));
        }
    }
    assert!(!judged.is_empty(), "no control was found");
    assert!(faults.is_empty(), "{} faults:\n{}", faults.len(), faults.join("\n"));
}

/// AWS's types that controls judge. A control names them on a line of its own, as a test of all of them makes
/// sure.
fn judged() -> BTreeSet<String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../content/controls");
    let mut folders = vec![root];
    let mut found = BTreeSet::new();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).expect("the folder can be read") {
            let path = entry.expect("the folder can be read").path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "yaml") {
                let text = fs::read_to_string(&path).expect("a control can be read");
                let types = text.lines().find_map(|line| line.strip_prefix("resource: ")).unwrap_or_default();
                let types = types.trim().trim_start_matches('[').trim_end_matches(']').split(',');
                found.extend(types.map(str::trim).filter(|t| t.starts_with("AWS::")).map(str::to_owned));
            }
        }
    }
    found
}

/// The type that references to a resource of the mapping lead to.
fn itself(mapping: &Mapping) -> Option<&'static TypeInfo> {
    let first = mapping.outputs.iter().find(|output| output.owner.is_none()).or(mapping.outputs.first())?;
    Catalogue::builtin().get(&first.target)
}
