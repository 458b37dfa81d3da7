//! Fills in what is not known: at random, but the same value wherever it must be the same.

use std::collections::BTreeMap;

use estate::value::{Kind, Reason};

use crate::concrete::{Concrete, Entry};
use crate::random::Random;
use crate::sketch::{Piece, Sketch, World};
use crate::thing;

/// Texts that AWS could assign.
const ASSIGNED: [&str; 8] = ["a", "b", "ab", "ba", "A", "é", "tcp", "x"];

impl World {
    /// One way of filling in the unknown parts.
    pub(crate) fn fill(&self, random: &mut Random) -> Vec<Entry> {
        let mut kinds = BTreeMap::new();
        for (_, sketch) in &self.properties {
            collect(sketch, &mut kinds);
        }
        let mut filler = Filler { random, values: BTreeMap::new() };
        for (reason, (kind, like)) in kinds {
            let value = filler.one_value(reason, kind, like);
            filler.values.insert(reason.clone(), value);
        }
        let mut properties = Vec::new();
        for (name, sketch) in &self.properties {
            if let Some(value) = filler.fill(sketch) {
                properties.push((*name, value));
            }
        }
        if self.rest.is_some() {
            for name in thing::NAMES {
                let named = self.properties.iter().any(|(known, _)| *known == name);
                if !named && filler.random.flip() {
                    properties.push((name, thing::natural(filler.random, name)));
                }
            }
        }
        properties
    }
}

/// The unknowns that are one value wherever they stand, with what is known of their kind: the most that is said
/// anywhere.
fn collect<'s>(sketch: &'s Sketch, kinds: &mut BTreeMap<&'s Reason, (Kind, Kind)>) {
    let mut note = |reason: &'s Reason, kind: Kind, like: Kind| {
        if reason.is_one_value() {
            let known = kinds.entry(reason).or_insert((kind, like));
            // `Any` and `Present` come before the others, and two others are never said of one unknown.
            known.0 = known.0.max(kind);
        }
    };
    match sketch {
        Sketch::Known(_) => {}
        Sketch::Text(pieces) => {
            for piece in pieces {
                if let Piece::Hole(reason) = piece {
                    note(reason, Kind::Text, Kind::Text);
                }
            }
        }
        Sketch::Hole { reason, kind, like } => note(reason, *kind, *like),
        Sketch::List { items, .. } => items.iter().for_each(|item| collect(item, kinds)),
        Sketch::Map { entries, .. } => entries.iter().for_each(|(_, value)| collect(value, kinds)),
        Sketch::Choice { options, .. } => options.iter().for_each(|option| collect(option, kinds)),
    }
}

struct Filler<'r> {
    random: &'r mut Random,
    /// The values of unknowns that are one value wherever they stand.
    values: BTreeMap<Reason, Concrete>,
}

impl Filler<'_> {
    fn one_value(&mut self, reason: &Reason, kind: Kind, like: Kind) -> Concrete {
        match reason {
            Reason::Reference { .. } => {
                for _ in 0..16 {
                    let text = Concrete::text(self.random.pick(&ASSIGNED));
                    if !self.is_taken(&text) {
                        return text;
                    }
                }
                Concrete::Text(format!("name-{}", self.values.len()))
            }
            Reason::Pseudo(_) => Concrete::text(self.random.pick(&ASSIGNED)),
            _ => match kind {
                Kind::Any | Kind::Present if self.random.flip() => of_kind(self.random, like),
                Kind::Any => of_kind(self.random, Kind::Present),
                kind => of_kind(self.random, kind),
            },
        }
    }

    /// Whether another resource has the name: two never share one.
    fn is_taken(&self, name: &Concrete) -> bool {
        let mut values = self.values.iter();
        values.any(|(reason, value)| matches!(reason, Reason::Reference { .. }) && value == name)
    }

    /// `None` where the value is absent.
    fn fill(&mut self, sketch: &Sketch) -> Option<Concrete> {
        match sketch {
            Sketch::Known(value) => Some(value.clone()),
            Sketch::Text(pieces) => {
                let text: String = pieces.iter().map(|piece| self.piece(piece)).collect();
                Some(Concrete::Text(text))
            }
            Sketch::List { items, rest } => Some(self.list(items, rest.is_some())),
            Sketch::Map { entries, rest } => Some(self.map(entries, rest.is_some())),
            Sketch::Choice { options, or_absent } => {
                let at = self.random.below(options.len() + usize::from(*or_absent));
                options.get(at).and_then(|option| self.fill(option))
            }
            Sketch::Hole { reason, kind, like } => self.hole(reason, *kind, *like),
        }
    }

    fn piece(&mut self, piece: &Piece) -> String {
        match piece {
            Piece::Known(text) => text.clone(),
            Piece::Hole(reason) => match self.values.get(reason) {
                Some(value) => value.key().to_owned(),
                None => thing::text(self.random),
            },
        }
    }

    fn hole(&mut self, reason: &Reason, kind: Kind, like: Kind) -> Option<Concrete> {
        if let Some(value) = self.values.get(reason) {
            return Some(value.clone());
        }
        match kind {
            // Nothing is known of it: it may even be absent.
            Kind::Any if self.random.one_in(4) => None,
            Kind::Any | Kind::Present if self.random.flip() && like != Kind::Any => {
                Some(of_kind(self.random, like))
            }
            kind => Some(of_kind(self.random, kind)),
        }
    }

    fn list(&mut self, items: &[Sketch], more: bool) -> Concrete {
        let mut filled = Vec::new();
        for item in items {
            match (self.fill(item), item) {
                (Some(value), _) => filled.push(value),
                // An element of which nothing is known is there all the same: only a choice can be absent.
                (None, Sketch::Hole { .. }) => filled.push(Concrete::Null),
                (None, _) => {}
            }
        }
        for _ in 0..if more { self.random.below(3) } else { 0 } {
            let another = match self.random.below(4) {
                0 if !filled.is_empty() => filled[self.random.below(filled.len())].clone(),
                0 | 1 => Concrete::Text(thing::text(self.random)),
                2 => thing::json(self.random, 1),
                _ => thing::rule(self.random),
            };
            filled.push(another);
        }
        Concrete::List(filled)
    }

    fn map(&mut self, entries: &[(String, Sketch)], more: bool) -> Concrete {
        let mut filled = Vec::new();
        for (key, sketch) in entries {
            if let Some(value) = self.fill(sketch) {
                filled.push((Concrete::text(key), value));
            }
        }
        if more {
            for key in ["a", "b", "c", "Level", "Mode", "On", "IpProtocol", "FromPort", "ToPort", "CidrIp"] {
                if !entries.iter().any(|(known, _)| known == key) && self.random.one_in(4) {
                    filled.push((Concrete::text(key), thing::of_rule(self.random, key)));
                }
            }
        }
        Concrete::Map(filled)
    }
}

/// A value of a kind.
pub(crate) fn of_kind(random: &mut Random, kind: Kind) -> Concrete {
    match kind {
        Kind::Any => thing::json(random, 1),
        Kind::Present => match thing::json(random, 1) {
            Concrete::Null => Concrete::Text(thing::text(random)),
            value => value,
        },
        Kind::Bool => Concrete::Bool(random.flip()),
        Kind::Number => thing::number(random),
        Kind::Text => Concrete::Text(thing::text(random)),
        Kind::List => match random.below(4) {
            0 => thing::natural(random, "Numbers"),
            1 => thing::natural(random, "Rules"),
            2 => thing::listed(random, |random| thing::json(random, 1)),
            _ => thing::natural(random, "Names"),
        },
        Kind::Map => match random.below(3) {
            0 => thing::rule(random),
            1 => thing::settings(random),
            _ => thing::labels(random),
        },
    }
}
