//! ARNs: `arn.…`.
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html>

use std::sync::Arc;

use estate::value::{Part, Partial, Reason};

use super::{Context, Function, Gives, Parameter};
use crate::glob;
use crate::types::Field;
use crate::value::V;

const PARSED: &[(&str, Field)] = &[
    ("partition", Field::Text),
    ("service", Field::Text),
    ("region", Field::Text),
    ("account", Field::Text),
    ("resource", Field::Text),
];

pub(super) const FUNCTIONS: &[Function] = &[
    Function::plain("arn.parse", &[Parameter::Text], Gives::Record(PARSED), parse).on_partial(),
    Function::plain("arn.account", &[Parameter::Text], Gives::Text, account).on_partial(),
    Function::plain("arn.matches", &[Parameter::Text, Parameter::Text], Gives::Bool, matches).on_partial(),
];

/// The six parts of an ARN, each perhaps with holes. A hole is taken to hold no colon: every variable that
/// templates put into ARNs (partition, region, account, a name) has none, except whole ARNs, which stand alone.
fn split<'a>(value: &V<'a>) -> Result<Vec<V<'a>>, V<'a>> {
    match value {
        V::Text(text) => {
            let parts: Vec<&str> = text.as_str().splitn(6, ':').collect();
            if parts.len() == 6 && parts[0] == "arn" {
                Ok(parts.into_iter().map(V::text).collect())
            } else {
                Err(V::error(format!("`{}` is no ARN", text.as_str())))
            }
        }
        V::Partial(partial) => {
            let safe = |part: &Part| match part {
                Part::Known(_) => true,
                Part::Hole(hole) => matches!(hole.reason, Reason::Pseudo(_)),
            };
            // Anything but a pseudo parameter might hold a colon, unless it stands in the resource part.
            let mut parts: Vec<Vec<Part>> = vec![Vec::new()];
            for part in &partial.parts {
                match part {
                    Part::Known(text) => {
                        let mut rest: &str = text;
                        while parts.len() < 6 {
                            let Some((piece, after)) = rest.split_once(':') else { break };
                            push(&mut parts, Part::Known(Arc::from(piece)));
                            parts.push(Vec::new());
                            rest = after;
                        }
                        push(&mut parts, Part::Known(Arc::from(rest)));
                    }
                    hole @ Part::Hole(_) if parts.len() < 6 && !safe(hole) => return Err(open(partial)),
                    hole @ Part::Hole(_) => push(&mut parts, hole.clone()),
                }
            }
            if parts.len() < 6 {
                return Err(open(partial));
            }
            Ok(parts
                .into_iter()
                .map(|parts| V::owned(&estate::value::Node::of(Partial::join(parts))))
                .collect())
        }
        _ => Err(V::error("expected an ARN")),
    }
}

fn push(parts: &mut [Vec<Part>], part: Part) {
    if let Some(last) = parts.last_mut() {
        last.push(part);
    }
}

fn open<'a>(partial: &Partial) -> V<'a> {
    let mut why = estate::truth::Why::default();
    partial.holes().for_each(|hole| why.add(&estate::truth::Why::of(hole)));
    V::unknown(why)
}

fn parse<'a>(_: &Context<'a>, arguments: &[V<'a>]) -> V<'a> {
    match split(&arguments[0]) {
        Ok(parts) => V::record(PARSED.iter().map(|(name, _)| *name).zip(parts.into_iter().skip(1))),
        Err(value) => value,
    }
}

fn account<'a>(_: &Context<'a>, arguments: &[V<'a>]) -> V<'a> {
    match split(&arguments[0]) {
        Ok(parts) => parts[4].clone(),
        Err(value) => value,
    }
}

/// Part by part, so that a `*` in the account does not run over into the resource.
fn matches<'a>(_: &Context<'a>, arguments: &[V<'a>]) -> V<'a> {
    let Some(pattern) = arguments[1].as_text() else { return V::error("a pattern must be known") };
    let wanted: Vec<&str> = pattern.splitn(6, ':').collect();
    let parts = match split(&arguments[0]) {
        Ok(parts) => parts,
        Err(V::Unknown(why, _)) => return V::unknown(why),
        Err(value) => return value,
    };
    if wanted.len() != 6 {
        return V::error(format!("`{pattern}` is no pattern for ARNs"));
    }
    estate::truth::Truth::all(parts.iter().zip(wanted), |(part, pattern)| match part {
        V::Text(text) => glob::matches(pattern, text.as_str()).into(),
        V::Partial(partial) => match glob::matches_partial(pattern, partial) {
            Some(decided) => decided.into(),
            None => open(partial).truth(),
        },
        // One hole alone: only `*` fits whatever it is.
        other => {
            if pattern == "*" {
                true.into()
            } else {
                other.truth()
            }
        }
    })
    .into()
}
