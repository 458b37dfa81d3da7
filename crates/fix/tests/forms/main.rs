//! The same resource in CloudFormation, in HCL and in a plan has the same verdict, and what a control's edit
//! changes mends it in all of them.
//!
//! The resources are those of the controls' own tests, turned into Terraform by the mappings read backwards.

#[path = "../../../terraform/tests/provider/arguments.rs"]
mod arguments;
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
use crate::invert::{Block, Said, forms, is_mapped, name};
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
    /// Why the others could not be said.
    unsaid: BTreeMap<String, usize>,
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
    let place = || format!("{}:{}: {}", control.path, case.span.line, case.name);
    let expected = verdicts(case.judge(control, file, &own).expect("a control that ships compiles"));
    let account = own.resources.iter().find_map(|one| one.account.clone());
    let region = own.resources.iter().find_map(|one| one.region.clone());
    let ways = match said(&own.resources) {
        Ok(ways) => ways,
        Err(why) => return *tally.unsaid.entry(why).or_default() += 1,
    };
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
                if got != wanted {
                    if is_assumed {
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
            Err(why) => *tally.unsaid.entry(why).or_default() += 1,
            Ok(text) => match same(&text, load("main.tf", &text, account.clone(), region.clone()), "HCL") {
                Ok(is_same) => in_hcl |= is_same,
                Err(wrong) => tally.wrong.push(wrong),
            },
        }
        if let Ok(text) = print::plan(&blocks, &names, types) {
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
    let (mut cases, mut silent) = (0, Vec::new());
    for entry in builtin::controls() {
        let control = Arc::new(entry.parse_whole().expect("a control that ships is read"));
        if !control.types.iter().any(|type_name| is_mapped(type_name)) {
            continue;
        }
        let before = tally.hcl;
        for case in case::parse(&control).expect("a control that ships has tests") {
            cases += 1;
            compare(&control, entry.text, &case, &types, &mut tally);
        }
        if tally.hcl == before {
            silent.push(control.id.to_string());
        }
    }
    let mut unsaid: Vec<_> = tally.unsaid.iter().collect();
    unsaid.sort_by_key(|(_, count)| std::cmp::Reverse(**count));
    for (why, count) in unsaid.iter().take(80) {
        println!("{count:5} {why}");
    }
    println!("{cases} cases, {} in HCL, {} in plans, silent: {}", tally.hcl, tally.plan, silent.join(" "));
    let wrong = &tally.wrong;
    assert!(wrong.is_empty(), "{} differ:\n{}", wrong.len(), wrong.join("\n"));
    assert!(silent.is_empty(), "nothing of these was said in Terraform: {silent:?}");
    assert!(tally.hcl > 3000 && tally.plan > 2500, "{} in HCL, {} in plans", tally.hcl, tally.plan);
}
