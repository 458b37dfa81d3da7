//! The same resource in CloudFormation, in HCL and in a plan has the same verdict, and what a control's edit
//! changes mends it in all of them.
//!
//! The resources are those of the controls' own tests, turned into Terraform by the mappings read backwards.

#[path = "../../../terraform/tests/provider/arguments.rs"]
mod arguments;
mod edits;
mod invert;
mod print;

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use control::builtin;
use control::case::{self, Case, Found};
use control::file::Control;
use estate::estate::Estate;
use estate::resource::Resource;
use finding::report::Outcome;
use template::discover::Input;
use template::{Files, Loaded};

use crate::arguments::{Argument, provider};
use crate::invert::{Block, Said, forms, is_mapped};
use crate::print::Names;

struct One<'t> {
    name: &'static str,
    text: &'t str,
}

impl Files for One<'_> {
    fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        if path == Path::new(self.name) {
            Ok(self.text.as_bytes().to_vec())
        } else {
            Err(io::ErrorKind::NotFound.into())
        }
    }

    fn list(&self, _: &Path) -> io::Result<Vec<PathBuf>> {
        Ok(vec![PathBuf::from(self.name)])
    }
}

fn load(name: &'static str, text: &str, account: Option<Arc<str>>, region: Option<Arc<str>>) -> Loaded {
    let input = Input { path: PathBuf::from(name), named: true, account: None, region: None };
    let settings = terraform::Settings { account, region, ..terraform::Settings::default() };
    terraform::load(&One { name, text }, &[input], &settings)
}

/// The verdicts on the resources of a case by their addresses, from the worst on.
fn verdicts(found: Found) -> BTreeMap<String, Vec<Outcome>> {
    let outcomes = |judgements: Vec<control::judge::Judgement>| {
        let mut all: Vec<Outcome> = judgements.iter().map(|judgement| judgement.outcome).collect();
        all.sort();
        all
    };
    found.into_iter().map(|(address, judgements)| (address.to_string(), outcomes(judgements))).collect()
}

/// What came of a case.
#[derive(Default)]
struct Tally {
    /// Cases that were said in HCL and had the same verdict, and in a plan.
    hcl: usize,
    plan: usize,
    wrong: Vec<String>,
}

/// The ways of saying all resources of a case in Terraform.
fn said(resources: &[Resource]) -> Result<Vec<(Vec<Block>, Names, bool)>, String> {
    let mut all: Vec<(Vec<Block>, Names, bool)> = vec![(Vec::new(), Names::new(), false)];
    for resource in resources {
        if resource.type_name.starts_with("Palisade::") {
            return Err("it is no resource of AWS".to_owned());
        }
        let made = forms(resource);
        let found: Vec<&Said> = made.iter().filter_map(|one| one.as_ref().ok()).collect();
        if found.is_empty() {
            let why = made.into_iter().find_map(Result::err);
            return Err(why.unwrap_or_else(|| format!("{} has no mapping", resource.type_name)));
        }
        let mut next = Vec::new();
        for (blocks, names, assumed) in &all {
            // Every way of the first resource, one of each of the others.
            let several = if blocks.is_empty() { found.len() } else { 1 };
            for one in &found[..several] {
                let (mut blocks, mut names) = (blocks.clone(), names.clone());
                let main = &one.blocks[0];
                names.insert(resource.key.clone(), (main.type_name, main.name.clone()));
                blocks.extend(one.blocks.iter().cloned());
                next.push((blocks, names, *assumed || !one.assumed.is_empty()));
            }
        }
        all = next;
    }
    Ok(all)
}

/// Cases whose resource is another one in Terraform.
const NOT_THE_SAME: [(&str, &str); 1] = [
    // YAML's word ON is a truth value in a template only: Terraform's values of parameters are texts.
    ("rds-aurora-mysql-audit-off", "the word ON and a truth value mean the same"),
];

/// Controls of whose cases none can be said in Terraform by the mappings read backwards. Their mappings have tests of
/// their own.
const UNSAID: [(&str, &str); 6] = [
    ("apigateway-cache-unencrypted", "a path and a verb are one argument there"),
    ("apigateway-data-trace-on", "a path and a verb are one argument there"),
    (
        "codebuild-webhook-actor-unanchored",
        "the triggers are resources of their own, with more than the triggers",
    ),
    ("guardduty-lambda-protection-off", "each feature is a resource of its own"),
    ("lambda-function-failures-lost", "Terraform takes code from files only"),
    ("route53-website-alias-without-bucket", "a zone has no name there"),
];

fn compare(
    control: &Arc<Control>,
    file: &str,
    case: &Case,
    types: &BTreeMap<&'static str, Argument>,
    tally: &mut Tally,
) {
    let Ok(own) = case.estate(control, terraform::text) else { return };
    if case.is_terraform() {
        return;
    }
    if NOT_THE_SAME.iter().any(|(id, name)| *id == &*control.id && *name == &*case.name) {
        return;
    }
    let place = || format!("{}:{}: {}", control.path, case.span.line, case.name);
    let expected = verdicts(case.judge(control, file, &own).expect("a control that ships compiles"));
    let account = own.resources.iter().find_map(|one| one.account.clone());
    let region = own.resources.iter().find_map(|one| one.region.clone());
    let Ok(ways) = said(&own.resources) else { return };
    let (mut in_hcl, mut in_plan) = (false, false);
    for (blocks, names, is_assumed) in ways {
        let same = |text: &str, loaded: Loaded, what: &str| -> Result<bool, String> {
            if let Some(fault) = loaded.diagnostics.iter().find(|one| one.incomplete) {
                return Err(format!("{}: {what}: {}\n{text}", place(), fault.message));
            }
            let estate = Estate::new(loaded.files, loaded.resources, loaded.gaps);
            let found = verdicts(case.judge(control, file, &estate).expect("a control that ships compiles"));
            for resource in own.resources.iter().filter(|one| control.types.contains(&one.type_name)) {
                let (type_name, name) = &names[&resource.key];
                let got = found.get(&format!("{type_name}.{name}"));
                let wanted = expected.get(&*resource.address);
                // A plan knows nothing of a text in which a reference stands, nor which of several a list holds.
                let is_less = what == "plan" && got.is_some_and(|all| all.contains(&Outcome::Unknown));
                if got != wanted {
                    if is_assumed || is_less {
                        return Ok(false);
                    }
                    return Err(format!(
                        "{}: {what}: {wanted:?} in CloudFormation, {got:?} here\n{text}",
                        place()
                    ));
                }
            }
            Ok(true)
        };
        match print::hcl(&blocks, &names, types) {
            Err(_) => {}
            Ok(text) => match same(&text, load("main.tf", &text, account.clone(), region.clone()), "HCL") {
                Ok(is_same) => in_hcl |= is_same,
                Err(wrong) => tally.wrong.push(wrong),
            },
        }
        // A plan does not say what keeps a resource.
        let is_told = !file.contains("resource.deletion_policy");
        if let (Ok(text), true) = (print::plan(&blocks, &names, types), is_told) {
            match same(&text, load("plan.json", &text, account.clone(), region.clone()), "plan") {
                Ok(is_same) => in_plan |= is_same,
                Err(wrong) => tally.wrong.push(wrong),
            }
        }
    }
    tally.hcl += usize::from(in_hcl);
    tally.plan += usize::from(in_plan);
}

#[test]
fn every_control_gives_the_same_verdict_in_every_form() {
    let types = provider();
    let mut tally = Tally::default();
    let mut silent = Vec::new();
    for entry in builtin::controls() {
        let control = Arc::new(entry.parse_whole().expect("a control that ships is read"));
        let is_of_aws = |name: &Arc<str>| name.starts_with("AWS::") && is_mapped(name);
        if !control.types.iter().any(is_of_aws) {
            continue;
        }
        let before = tally.hcl;
        for case in case::parse(&control).expect("a control that ships has tests") {
            compare(&control, entry.text, &case, &types, &mut tally);
        }
        if tally.hcl == before {
            silent.push(control.id.to_string());
        }
    }
    let wrong = &tally.wrong;
    assert!(wrong.is_empty(), "{} differ:\n{}", wrong.len(), wrong.join("\n"));
    let unsaid: Vec<&str> = UNSAID.iter().map(|(id, _)| *id).collect();
    assert_eq!(silent, unsaid, "the controls of which nothing was said in Terraform");
    assert!(tally.hcl > 4000 && tally.plan > 3300, "{} in HCL, {} in plans", tally.hcl, tally.plan);
}
