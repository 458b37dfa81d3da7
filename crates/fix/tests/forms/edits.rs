//! The edit of a control mends what its own tests say is wrong, in YAML, in JSON and in HCL.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use control::builtin;
use control::case::{self, Case};
use control::file::Control;
use estate::estate::Estate;
use finding::report::Outcome;
use fix::Draft;
use template::discover::Input;
use template::{Files, Loaded};

use crate::arguments::provider;
use crate::{One, load, print, said, verdicts};

/// What came of the edits of a control in one form of its failing cases.
#[derive(Default)]
struct Came {
    mended: usize,
    refused: Vec<String>,
    wrong: Vec<String>,
}

fn read(name: &'static str, text: &str, place: &Loaded) -> Loaded {
    if name == "main.tf" {
        let one = |of: fn(&estate::resource::Resource) -> &Option<Arc<str>>| {
            place.resources.iter().find_map(|resource| of(resource).clone())
        };
        return load(name, text, one(|resource| &resource.account), one(|resource| &resource.region));
    }
    let input = Input { path: name.into(), named: true, account: None, region: None };
    template::load(&One { name, text }, &[input], &template::Settings::default())
}

fn failing(control: &Arc<Control>, file: &str, case: &Case, estate: &Estate) -> Vec<String> {
    let found = verdicts(case.judge(control, file, estate).expect("a control that ships compiles"));
    let fails = found.into_iter().filter(|(_, outcomes)| outcomes.contains(&Outcome::Fail));
    fails.map(|(address, _)| address).collect()
}

/// Makes the edit in a text, for every resource that fails, and judges again.
fn mend(control: &Arc<Control>, file: &str, case: &Case, name: &'static str, text: &str, came: &mut Came) {
    let place = || format!("{}:{}: {}: {name}", control.path, case.span.line, case.name);
    let loaded = read(name, text, &Loaded::default());
    let estate = Estate::new(loaded.files.clone(), loaded.resources.clone(), loaded.gaps.clone());
    let fails = failing(control, file, case, &estate);
    if fails.is_empty() {
        return;
    }
    let files = One { name, text };
    let mut draft = Draft::new(&files);
    for resource in
        loaded.resources.iter().filter(|one| fails.iter().any(|address| **address == *one.address))
    {
        match fix::changes(&draft, &estate, resource, &control.fix.edit, true) {
            // Two resources that one edit mends: the second change would be made in a text that has moved.
            Ok(changes) if draft.texts.is_empty() => draft.make(changes),
            Ok(_) => return,
            Err(why) => return came.refused.push(format!("{}: {why:?}\n{text}", place())),
        }
    }
    let after = draft.read(Path::new(name)).expect("it was read before");
    let after = String::from_utf8(after).expect("it was a text before");
    let again = read(name, &after, &loaded);
    if let Some(fault) = again.diagnostics.iter().find(|one| one.incomplete) {
        return came.wrong.push(format!("{}: {}\n{after}", place(), fault.message));
    }
    let estate = Estate::new(again.files, again.resources, again.gaps);
    if failing(control, file, case, &estate).is_empty() {
        came.mended += 1;
    } else {
        came.refused.push(format!("{}: the edit does not mend it\n{after}", place()));
    }
}

/// Controls whose edit mends none of their failing cases in a form, with the reason.
const NOT_MENDED: [(&str, &str, &str); 14] = [
    ("dms-endpoint-neptune-iam-off", "main.tf", "the argument says more than one thing"),
    ("eks-cluster-audit-log-off", "main.tf", "each log is a word of a list there"),
    ("elb-classic-connection-draining-off", "main.tf", "two arguments make one property"),
    ("elb-listener-http-not-redirected", "main.tf", "an action is a block of another form there"),
    ("elb-listener-rule-http-forwarded", "main.tf", "an action is a block of another form there"),
    ("firehose-stream-unencrypted", "main.tf", "a switch is a word in CloudFormation"),
    ("iam-policy-attached-to-user", "main.tf", "an attachment is a resource of its own"),
    ("iam-user-console-password", "main.tf", "a password is a resource of its own"),
    ("iam-user-password-reset-not-required", "main.tf", "a password is a resource of its own"),
    ("iam-user-policy-attached", "main.tf", "a policy is a resource of its own"),
    ("kinesis-stream-unencrypted", "main.tf", "one argument makes two properties"),
    ("rds-cluster-minor-upgrade-disabled", "main.tf", "it is an argument of the cluster's instances"),
    ("rds-cluster-publicly-accessible", "main.tf", "it is an argument of the cluster's instances"),
    ("rds-instance-outside-vpc", "main.tf", "the provider has no such argument any more"),
];

#[test]
fn every_edit_mends_a_case_of_its_control_in_every_form() {
    let types = provider();
    let mut wrong = Vec::new();
    let mut mended: BTreeMap<&str, usize> = BTreeMap::new();
    for entry in builtin::controls() {
        let control = Arc::new(entry.parse_whole().expect("a control that ships is read"));
        if control.fix.edit.is_empty() {
            continue;
        }
        let mut forms: BTreeMap<&str, Came> = BTreeMap::new();
        for case in case::parse(&control).expect("a control that ships has tests") {
            let Ok(own) = case.estate(&control, terraform::text) else { continue };
            let names = own
                .resources
                .iter()
                .map(|one| (one.key.clone(), crate::invert::name(&one.address)))
                .collect();
            if let (Ok(template), false) = (print::template(&own.resources, &names), case.is_terraform()) {
                let json = serde_json::to_string_pretty(&template).expect("it is JSON");
                let mut yaml = String::new();
                print::yaml(&template, 0, &mut yaml);
                mend(&control, entry.text, &case, "t.json", &json, forms.entry("t.json").or_default());
                let came = forms.entry("t.yaml").or_default();
                mend(&control, entry.text, &case, "t.yaml", yaml.trim_start(), came);
            }
            for (blocks, names, _) in said(&own.resources).into_iter().flatten() {
                if let (Ok(text), false) = (print::hcl(&blocks, &names, &types), case.is_terraform()) {
                    mend(&control, entry.text, &case, "main.tf", &text, forms.entry("main.tf").or_default());
                }
            }
        }
        for (form, came) in forms {
            let is_excused = NOT_MENDED.iter().any(|(id, of, _)| *id == &*control.id && *of == form);
            *mended.entry(form).or_default() += usize::from(came.mended > 0);
            wrong.extend(came.wrong);
            if (came.mended > 0) == is_excused {
                let told = came.refused.first().map_or("no case was told in this form", String::as_str);
                wrong.push(format!("{} in {form}: {} mended: {told}", control.id, came.mended));
            }
        }
    }
    assert!(wrong.is_empty(), "{}:\n{}", wrong.len(), wrong.join("\n"));
    assert!(mended.values().all(|count| *count >= 150), "{mended:?}");
}
