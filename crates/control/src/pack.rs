//! The pack: the controls that are compiled in, and a user's own beside them, which override by id.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use finding::report::Severity;
use rayon::prelude::*;

use crate::builtin::{self, Entry};
use crate::file::{Control, Fault};
use crate::judge::{Judge, Judges};
use crate::value::V;

/// The controls of a run.
#[derive(Debug, Default)]
pub struct Pack {
    members: BTreeMap<Arc<str>, Member>,
}

/// A control of the pack.
#[derive(Debug)]
pub enum Member {
    /// Compiled in, parsed when it is needed.
    Builtin(&'static Entry),
    /// A user's own, and the text of its file.
    Own(Arc<Control>, Arc<str>),
}

impl Member {
    /// The types it judges.
    pub fn types(&self) -> Vec<Arc<str>> {
        match self {
            Member::Builtin(entry) => entry.types.iter().map(|name| Arc::from(*name)).collect(),
            Member::Own(control, _) => control.types.clone(),
        }
    }

    fn judges_type(&self, type_name: &str) -> bool {
        match self {
            Member::Builtin(entry) => entry.types.contains(&type_name),
            Member::Own(control, _) => control.types.iter().any(|name| &**name == type_name),
        }
    }

    /// The control, with its tests.
    pub fn whole(&self) -> Result<Arc<Control>, Vec<Fault>> {
        match self {
            Member::Builtin(entry) => entry.parse_whole().map(Arc::new),
            Member::Own(control, _) => Ok(control.clone()),
        }
    }

    /// The control, perhaps without its tests.
    pub fn control(&self) -> Result<Arc<Control>, Vec<Fault>> {
        match self {
            Member::Builtin(entry) => entry.parse().map(Arc::new),
            Member::Own(control, _) => Ok(control.clone()),
        }
    }

    /// Whether a user's own control compiles for all of its types; those of the program do, by its tests.
    pub fn compiles(&self) -> Result<(), Vec<Fault>> {
        let Member::Own(control, text) = self else { return Ok(()) };
        unknown_requirements(control)?;
        control
            .types
            .iter()
            .try_for_each(|name| Judge::compile(control, name, text, &HashMap::new()).map(|_| ()))
    }

    /// The text of its file.
    pub fn text(&self) -> &str {
        match self {
            Member::Builtin(entry) => entry.text,
            Member::Own(_, text) => text,
        }
    }

    /// The path of its file.
    pub fn path(&self) -> &str {
        match self {
            Member::Builtin(entry) => entry.path,
            Member::Own(control, _) => &control.path,
        }
    }
}

/// What a user sets.
#[derive(Debug, Default)]
pub struct Choice {
    /// Only controls whose id fits one of these patterns; empty for all.
    pub controls: Vec<String>,
    /// Only controls that speak to one of these frameworks; empty for all.
    pub frameworks: Vec<String>,
    /// Only controls at least this grave.
    pub severity: Option<Severity>,
    /// Severities in force, by id.
    pub severities: HashMap<Arc<str>, Severity>,
    /// Parameters in force, by id and name.
    pub parameters: HashMap<Arc<str>, HashMap<Arc<str>, V<'static>>>,
    /// Controls that are off.
    pub disabled: Vec<Arc<str>>,
}

impl Choice {
    /// The severity in force for a control.
    pub fn severity_of(&self, control: &Control) -> Severity {
        self.severities.get(&control.id).copied().unwrap_or(control.severity)
    }

    fn wants_id(&self, id: &str) -> bool {
        (self.controls.is_empty() || self.controls.iter().any(|pattern| crate::glob::matches(pattern, id)))
            && !self.disabled.iter().any(|off| &**off == id)
    }

    fn wants(&self, control: &Control) -> bool {
        let framework = self.frameworks.is_empty()
            || self.frameworks.iter().any(|wanted| control.frameworks.keys().any(|id| **id == **wanted));
        framework && self.severity.is_none_or(|least| self.severity_of(control) >= least)
    }
}

impl Pack {
    /// The controls that are compiled in.
    pub fn builtin() -> Pack {
        let members = builtin::controls().iter().map(|entry| (Arc::from(entry.id), Member::Builtin(entry)));
        Pack { members: members.collect() }
    }

    /// Adds a user's control; one with the same id is replaced.
    pub fn add(&mut self, path: &str, text: &str) -> Result<(), Vec<Fault>> {
        let control = Arc::new(Control::parse(path, text)?);
        if let Some(Member::Own(before, _)) = self.members.get(&control.id) {
            let message = format!("id `{}` is used twice: also by `{}`", control.id, before.path);
            let span = estate::value::Span::new(estate::value::FileId(0), (1, 1), (1, 1));
            return Err(vec![Fault { path: Arc::from(path), span, message, hint: None }]);
        }
        self.members.insert(control.id.clone(), Member::Own(control, Arc::from(text)));
        Ok(())
    }

    /// A control by its id.
    pub fn get(&self, id: &str) -> Option<&Member> {
        self.members.get(id)
    }

    /// All controls, in order of their ids.
    pub fn members(&self) -> impl Iterator<Item = (&Arc<str>, &Member)> {
        self.members.iter()
    }

    /// Compiles the chosen controls for the types that occur.
    pub fn judges(&self, types: &[Arc<str>], choice: &Choice) -> Result<Judges, Vec<Fault>> {
        let needed: Vec<&Member> = self
            .members
            .iter()
            .filter(|(id, member)| choice.wants_id(id) && types.iter().any(|t| member.judges_type(t)))
            .map(|(_, member)| member)
            .collect();
        let compiled: Vec<Compiled> =
            needed.par_iter().map(|member| compile(member, types, choice)).collect();
        let mut judges = Judges::new();
        let mut faults = Vec::new();
        for result in compiled {
            match result {
                Ok(list) => {
                    for (type_name, judge) in list {
                        judges.entry(type_name).or_default().push(judge);
                    }
                }
                Err(mut list) => faults.append(&mut list),
            }
        }
        if faults.is_empty() { Ok(judges) } else { Err(faults) }
    }
}

/// A requirement that a framework of the program does not have is a mistake; other frameworks are a user's own.
fn unknown_requirements(control: &Control) -> Result<(), Vec<Fault>> {
    let mut faults = Vec::new();
    for (id, wanted) in &control.frameworks {
        let Some((_, text)) = builtin::frameworks().iter().find(|(known, _)| **known == **id) else {
            continue;
        };
        let framework = crate::framework::Framework::parse(id, text)?;
        for requirement in wanted {
            if !framework.requirements.iter().any(|known| known.id == *requirement) {
                let near = framework.requirements.iter().map(|known| &*known.id);
                let hint = estate::catalogue::nearest(requirement, near)
                    .map(|near| format!("did you mean `{near}`?"));
                let message = format!("framework `{id}` has no requirement `{requirement}`");
                faults.push(Fault {
                    path: control.path.clone(),
                    span: control.frameworks_span,
                    message,
                    hint,
                });
            }
        }
    }
    if faults.is_empty() { Ok(()) } else { Err(faults) }
}

/// The judges of a control, one for each of its types that occurs.
type Compiled = Result<Vec<(Arc<str>, Judge)>, Vec<Fault>>;

fn compile(member: &Member, types: &[Arc<str>], choice: &Choice) -> Compiled {
    let control = member.control()?;
    // Infrastructure code is the only source so far; a control for later stages has nothing to say here.
    let stage = control.stages.is_empty() || control.stages.iter().any(|stage| &**stage == "template");
    if !choice.wants(&control) || !stage {
        return Ok(Vec::new());
    }
    let none = HashMap::new();
    let set = choice.parameters.get(&control.id).unwrap_or(&none);
    let control = if set.is_empty() {
        control
    } else {
        let mut own = (*control).clone();
        own.settle(set);
        Arc::new(own)
    };
    let text = match member {
        Member::Builtin(entry) => entry.head(),
        Member::Own(_, text) => text,
    };
    control
        .types
        .iter()
        .filter(|name| types.contains(name))
        .map(|name| Judge::compile(&control, name, text, set).map(|judge| (name.clone(), judge)))
        .collect()
}
