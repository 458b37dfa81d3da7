//! Hides parts of values, so that the original is always one of the ways of filling them in.

use std::sync::Arc;

use estate::value::{Kind, Reason};

use crate::concrete::{Concrete, Entry};
use crate::random::Random;
use crate::sketch::{Piece, Sketch, World, parameter, reference, stated};
use crate::thing;

/// Hides parts of some properties.
pub(crate) fn hide(original: &[Entry], random: &mut Random) -> World {
    let often = random.pick(&[6, 12, 24]);
    let rest = random.one_in(12).then(stated);
    let mut hider = Hider { random, often, named: Vec::new() };
    let mut properties = Vec::new();
    for name in thing::NAMES {
        let value = original.iter().find(|(known, _)| *known == name).map(|(_, value)| value);
        match value {
            // It is one of those that may be there.
            Some(_) if rest.is_some() && hider.random.one_in(3) => {}
            Some(value) => properties.push((name, hider.part(value))),
            None if hider.random.one_in(8) => properties.push((name, hider.perhaps(name))),
            None => {}
        }
    }
    World { properties, rest }
}

struct Hider<'r> {
    random: &'r mut Random,
    /// A value is hidden twice in so many times.
    often: usize,
    /// The unknowns that are one value wherever they stand, and that value.
    named: Vec<(Reason, Concrete)>,
}

impl Hider<'_> {
    /// Something that may be absent, and is.
    fn perhaps(&mut self, name: &str) -> Sketch {
        let value = if thing::NAMES.contains(&name) {
            thing::natural(self.random, name)
        } else {
            thing::of_rule(self.random, name)
        };
        if self.random.flip() {
            Sketch::Hole { reason: stated(), kind: Kind::Any, like: value.kind() }
        } else {
            Sketch::Choice { options: vec![Sketch::Known(value)], or_absent: true }
        }
    }

    /// A value, wholly or partly hidden or not.
    fn part(&mut self, value: &Concrete) -> Sketch {
        match self.random.below(self.often) {
            0 => self.hole(value),
            1 => self.choice(value),
            _ => self.inside(value),
        }
    }

    /// A value of which only parts may be hidden; a bool may be one or the other.
    fn inside(&mut self, value: &Concrete) -> Sketch {
        match value {
            Concrete::Bool(b) if self.random.one_in(4) => {
                let options = vec![Sketch::Known(Concrete::Bool(*b)), Sketch::Known(Concrete::Bool(!b))];
                Sketch::Choice { options, or_absent: false }
            }
            Concrete::Text(text) if self.random.one_in(4) => self.cut(text),
            Concrete::List(items) => self.list(items),
            Concrete::Map(entries) => self.map(entries),
            _ => Sketch::Known(value.clone()),
        }
    }

    fn list(&mut self, items: &[Concrete]) -> Sketch {
        let rest = self.random.one_in(5).then(stated);
        let kept = if rest.is_some() { self.random.below(items.len() + 1) } else { items.len() };
        let mut sketches = Vec::new();
        for item in &items[..kept] {
            if self.random.one_in(16) {
                let other = Sketch::Known(thing::json(self.random, 1));
                sketches.push(Sketch::Choice { options: vec![other], or_absent: true });
            }
            sketches.push(self.part(item));
        }
        Sketch::List { items: sketches, rest }
    }

    fn map(&mut self, entries: &[(Concrete, Concrete)]) -> Sketch {
        let rest = self.random.one_in(8).then(stated);
        let mut sketches = Vec::new();
        for (key, value) in entries {
            if rest.is_none() || self.random.flip() {
                sketches.push((key.key().to_owned(), self.part(value)));
            }
        }
        for key in ["a", "b", "c", "IpProtocol", "FromPort", "ToPort"] {
            if !entries.iter().any(|(known, _)| known.key() == key) && self.random.one_in(40) {
                sketches.push((key.to_owned(), self.perhaps(key)));
            }
        }
        Sketch::Map { entries: sketches, rest }
    }

    fn hole(&mut self, value: &Concrete) -> Sketch {
        let like = value.kind();
        if *value == Concrete::Null {
            return Sketch::Hole { reason: stated(), kind: Kind::Any, like };
        }
        let assigned = if let Concrete::Text(text) = value { self.assigned(text) } else { None };
        if let Some(reason) = assigned {
            return Sketch::Hole { reason, kind: Kind::Text, like };
        }
        let kind = match self.random.below(4) {
            0 => Kind::Any,
            1 => Kind::Present,
            _ => like,
        };
        let reason = if self.random.flip() { stated() } else { self.parameter(value) };
        Sketch::Hole { reason, kind, like }
    }

    fn choice(&mut self, value: &Concrete) -> Sketch {
        let own = if matches!(value, Concrete::Bool(_)) {
            Sketch::Known(value.clone())
        } else {
            self.inside(value)
        };
        let mut options = vec![own];
        let or_absent = self.random.flip();
        let others = if or_absent { self.random.below(2) } else { 1 + self.random.below(2) };
        for _ in 0..others {
            let other = if self.random.one_in(3) {
                thing::json(self.random, 1)
            } else {
                crate::fill::of_kind(self.random, value.kind())
            };
            let at = self.random.below(options.len() + 1);
            options.insert(at, Sketch::Known(other));
        }
        Sketch::Choice { options, or_absent }
    }

    /// A text with one or two holes.
    fn cut(&mut self, text: &str) -> Sketch {
        let characters: Vec<char> = text.chars().collect();
        let mut cuts = Vec::new();
        for _ in 0..if self.random.one_in(3) { 4 } else { 2 } {
            cuts.push(self.random.below(characters.len() + 1));
        }
        cuts.sort_unstable();
        let mut pieces = Vec::new();
        let mut from = 0;
        for (i, &to) in cuts.iter().enumerate() {
            let piece: String = characters[from..to].iter().collect();
            // Every second piece is a hole.
            pieces.push(if i % 2 == 0 { Piece::Known(piece) } else { Piece::Hole(self.reason_of(&piece)) });
            from = to;
        }
        pieces.push(Piece::Known(characters[from..].iter().collect()));
        Sketch::Text(pieces)
    }

    fn reason_of(&mut self, piece: &str) -> Reason {
        if let Some(reason) = self.assigned(piece) {
            return reason;
        }
        if self.random.flip() { stated() } else { self.parameter(&Concrete::text(piece)) }
    }

    /// A parameter with a value: mostly one that has it already.
    fn parameter(&mut self, value: &Concrete) -> Reason {
        let known = self.known(value, |reason| matches!(reason, Reason::Parameter { .. }));
        match known {
            Some(reason) if !self.random.one_in(4) => reason,
            _ => self.name(value, |name| parameter(&format!("P{name}"))),
        }
    }

    /// Sometimes, what AWS assigns: never empty, without a wildcard, and a name of no two resources.
    fn assigned(&mut self, text: &str) -> Option<Reason> {
        if text.is_empty() || text.contains(['*', '?']) || !self.random.one_in(3) {
            return None;
        }
        let value = Concrete::text(text);
        let is_name = self.random.flip();
        let known = if is_name {
            self.known(&value, |reason| matches!(reason, Reason::Reference { .. }))
        } else {
            self.known(&value, |reason| matches!(reason, Reason::Pseudo(_)))
        };
        if known.is_some() {
            return known;
        }
        Some(if is_name {
            self.name(&value, |name| reference(&format!("R{name}")))
        } else {
            self.name(&value, |name| Reason::Pseudo(Arc::from(format!("AWS::A{name}"))))
        })
    }

    fn known(&self, value: &Concrete, fits: impl Fn(&Reason) -> bool) -> Option<Reason> {
        let mut named = self.named.iter();
        named.find(|(reason, bound)| bound == value && fits(reason)).map(|(reason, _)| reason.clone())
    }

    fn name(&mut self, value: &Concrete, make: impl FnOnce(usize) -> Reason) -> Reason {
        let reason = make(self.named.len());
        self.named.push((reason.clone(), value.clone()));
        reason
    }
}
