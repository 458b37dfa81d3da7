//! Expressions at random: well typed nearly always, because only what compiles tests the evaluator.
//!
//! Every method writes an expression that can stand anywhere: compounds are in parentheses.

use crate::random::Random;
use crate::reference::PATTERNS;
use crate::thing::{DOUBLES, INTS, KEYS, PROTOCOLS, RANGES, TEXTS};

const GLOBS: [&str; 7] = ["*", "a*", "*b", "?", "a?", "*a*b", ""];
const VARIABLES: [&str; 3] = ["x", "y", "z"];

/// A condition, nested at most so deep.
pub(crate) fn condition(random: &mut Random, depth: usize) -> String {
    Writer { random, variables: Vec::new() }.condition(depth)
}

/// What the elements of a list are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Sort {
    Text,
    Number,
    Rule,
    Any,
}

#[derive(Clone, Copy, Debug)]
struct Variable {
    name: &'static str,
    sort: Sort,
    /// Whether the checker takes it for something that may be null.
    nullable: bool,
}

/// A list and what its elements are.
struct Range {
    text: String,
    sort: Sort,
    nullable: bool,
}

impl Range {
    fn new(text: impl Into<String>, sort: Sort, nullable: bool) -> Range {
        Range { text: text.into(), sort, nullable }
    }
}

struct Writer<'r> {
    random: &'r mut Random,
    variables: Vec<Variable>,
}

impl Writer<'_> {
    fn condition(&mut self, depth: usize) -> String {
        let Some(d) = depth.checked_sub(1) else { return self.small_condition() };
        match self.random.below(24) {
            0 | 1 => format!("({} && {})", self.condition(d), self.condition(d)),
            2 | 3 => format!("({} || {})", self.condition(d), self.condition(d)),
            4 => format!("(!{})", self.condition(d)),
            5 => format!("({} ? {} : {})", self.condition(d), self.condition(d), self.condition(d)),
            6 => self.equality(d),
            7 => self.ordering(d),
            8 => self.test_of_text(d),
            9 => self.pattern(d),
            10 | 11 => self.membership(d),
            12..=14 => self.quantifier(d),
            15 => self.addresses(d),
            16 => self.ports(d),
            17 => format!("({} {} {})", self.size(d), self.comparison(), self.int(0)),
            18 => self.equality_of_collections(d),
            19 => format!("({} {} {})", self.any(d), self.equals(), self.any(d)),
            20 => format!("({} {} {})", self.condition(d), self.equals(), self.condition(d)),
            21 => self.presence(),
            22 => self.nullness(d),
            _ => self.small_condition(),
        }
    }

    fn small_condition(&mut self) -> String {
        match self.random.below(8) {
            0 => self.random.pick(&["true", "false", "null"]).to_owned(),
            1 => "Enabled".to_owned(),
            2 => "Settings.On".to_owned(),
            3 => self.presence(),
            4 => format!("(Count {} {})", self.equals(), self.int(0)),
            5 => format!("(Name {} {})", self.equals(), self.text_literal()),
            6 => self.any(0),
            _ => self.condition_on_variable(),
        }
    }

    fn condition_on_variable(&mut self) -> String {
        let Some(variable) = self.variable(|_| true) else { return "Enabled".to_owned() };
        let name = variable.name;
        match variable.sort {
            Sort::Text | Sort::Any => format!("({name} {} {})", self.equals(), self.text_literal()),
            Sort::Number => format!("({name} {} {})", self.equals(), self.int(0)),
            Sort::Rule if self.random.flip() => format!("port.covers({name}, {})", self.port()),
            Sort::Rule => format!("(has({name}.CidrIp) && ip.is_public({name}.CidrIp.or('')))"),
        }
    }

    fn equals(&mut self) -> &'static str {
        self.random.pick(&["==", "==", "!="])
    }

    fn comparison(&mut self) -> &'static str {
        self.random.pick(&["<", "<=", ">", ">=", "==", "!="])
    }

    fn order(&mut self) -> &'static str {
        self.random.pick(&["<", "<=", ">", ">="])
    }

    /// A variable in sight that fits: the innermost of its name.
    fn variable(&mut self, fits: impl Fn(&Variable) -> bool) -> Option<Variable> {
        let mut seen: Vec<&str> = Vec::new();
        let mut fitting: Vec<Variable> = Vec::new();
        for variable in self.variables.iter().rev() {
            if !seen.contains(&variable.name) && fits(variable) {
                fitting.push(*variable);
            }
            seen.push(variable.name);
        }
        if fitting.is_empty() { None } else { Some(self.random.pick(&fitting)) }
    }

    /// What is written with a variable in sight.
    fn with(&mut self, variable: Variable, write: impl FnOnce(&mut Self) -> String) -> String {
        self.variables.push(variable);
        let written = write(self);
        self.variables.pop();
        written
    }

    fn text_literal(&mut self) -> String {
        format!("'{}'", self.random.pick(&TEXTS))
    }

    /// A text that the checker knows not to be null.
    fn text(&mut self, depth: usize) -> String {
        let d = depth.saturating_sub(1);
        match self.random.below(if depth == 0 { 5 } else { 10 }) {
            0 => self.text_literal(),
            1 => "Engine".to_owned(),
            2 | 3 => format!("{}.or({})", self.maybe_text(0), self.text_literal()),
            4 => match self.variable(|v| matches!(v.sort, Sort::Text | Sort::Any) && !v.nullable) {
                Some(variable) => variable.name.to_owned(),
                None => self.text_literal(),
            },
            5 => format!("{}.lower()", self.text(d)),
            6 => format!("{}.upper()", self.text(d)),
            7 => format!("({} + {})", self.text(d), self.text(d)),
            8 => format!("({} ? {} : {})", self.condition(d), self.text(d), self.text(d)),
            _ => format!("{}.or({})", self.any(d), self.text(d)),
        }
    }

    /// A text that may be null.
    fn maybe_text(&mut self, depth: usize) -> String {
        let d = depth.saturating_sub(1);
        match self.random.below(if depth == 0 { 8 } else { 12 }) {
            0 | 1 => "Name".to_owned(),
            2 => "Settings.Mode".to_owned(),
            3 => format!("Labels.{}", self.random.pick(&KEYS)),
            4 => format!("Labels['{}']", self.random.pick(&KEYS)),
            5 => format!("Names[{}]", self.index()),
            6 => match self.variable(|v| v.sort == Sort::Text) {
                Some(variable) => variable.name.to_owned(),
                None => "Engine".to_owned(),
            },
            7 => match self.variable(|v| v.sort == Sort::Rule) {
                Some(variable) => {
                    format!("{}.{}", variable.name, self.random.pick(&["CidrIp", "IpProtocol"]))
                }
                None => format!("Rules[{}].IpProtocol", self.index()),
            },
            8 => format!("Labels[{}]", self.text(d)),
            9 => format!("({} ? {} : null)", self.condition(d), self.maybe_text(d)),
            10 => format!("{}[{}]", self.texts(d).text, self.index()),
            _ => self.text(d),
        }
    }

    fn index(&mut self) -> String {
        match self.random.below(12) {
            0 => "(-1)".to_owned(),
            1 => self.int(0),
            _ => self.random.pick(&["0", "0", "1", "2"]).to_owned(),
        }
    }

    fn int_literal(&mut self) -> String {
        match self.random.pick(&INTS) {
            _ if self.random.one_in(64) => i64::MAX.to_string(),
            negative @ ..0 => format!("({negative})"),
            other => other.to_string(),
        }
    }

    /// A whole number that the checker knows not to be null.
    fn int(&mut self, depth: usize) -> String {
        let d = depth.saturating_sub(1);
        match self.random.below(if depth == 0 { 6 } else { 10 }) {
            0 | 1 => self.int_literal(),
            2 => "Retention".to_owned(),
            3 => format!("Count.or({})", self.int_literal()),
            4 => format!("Settings.Level.or({})", self.int_literal()),
            5 => self.random.pick(&["size(Names)", "size(Labels)", "Rules.size()"]).to_owned(),
            6 | 7 => {
                let operator = self.random.pick(&["+", "-", "*", "/", "%"]);
                format!("({} {operator} {})", self.int(d), self.int(d))
            }
            8 => format!("(-{})", self.int(d)),
            _ => format!("({} ? {} : {})", self.condition(d), self.int(d), self.int(d)),
        }
    }

    /// A number, whole or not, that the checker knows not to be null.
    fn number(&mut self, depth: usize) -> String {
        let d = depth.saturating_sub(1);
        match self.random.below(if depth == 0 { 6 } else { 9 }) {
            0 => self.int(0),
            1 => format!("{:?}", self.random.pick(&DOUBLES)),
            2 => format!("Ratio.or({:?})", self.random.pick(&DOUBLES)),
            3 => format!("Numbers[{}].or({})", self.index(), self.int_literal()),
            4 => format!("Free.{}.or({})", self.random.pick(&KEYS), self.int_literal()),
            5 => match self.variable(|v| matches!(v.sort, Sort::Number | Sort::Any) && !v.nullable) {
                Some(variable) => variable.name.to_owned(),
                None => "Retention".to_owned(),
            },
            6 | 7 => {
                let operator = self.random.pick(&["+", "-", "*", "/"]);
                format!("(Ratio.or({}) {operator} {})", self.int_literal(), self.number(d))
            }
            _ => self.int(d),
        }
    }

    fn maybe_number(&mut self, depth: usize) -> String {
        match self.random.below(8) {
            0 => "Count".to_owned(),
            1 => "Ratio".to_owned(),
            2 => "Settings.Level".to_owned(),
            3 => format!("Numbers[{}]", self.index()),
            4 => match self.variable(|v| v.sort == Sort::Number) {
                Some(variable) => variable.name.to_owned(),
                None => "null".to_owned(),
            },
            5 => match self.variable(|v| v.sort == Sort::Rule) {
                Some(variable) => format!("{}.{}", variable.name, self.random.pick(&["FromPort", "ToPort"])),
                None => format!("Rules[{}].ToPort", self.index()),
            },
            _ => self.number(depth),
        }
    }

    /// Anything, perhaps null.
    fn any(&mut self, depth: usize) -> String {
        let d = depth.saturating_sub(1);
        match self.random.below(if depth == 0 { 7 } else { 12 }) {
            0 => "Free".to_owned(),
            1 => format!("Free.{}", self.random.pick(&KEYS)),
            2 => format!("Free['{}']", self.random.pick(&KEYS)),
            3 => format!("Free[{}]", self.index()),
            4 => format!("Free.{}.{}", self.random.pick(&KEYS), self.random.pick(&KEYS)),
            5 => match self.variable(|v| v.sort == Sort::Any) {
                Some(variable) if self.random.flip() => {
                    format!("{}.{}", variable.name, self.random.pick(&KEYS))
                }
                Some(variable) => variable.name.to_owned(),
                None => "Free".to_owned(),
            },
            6 => format!("dyn({})", self.text_literal()),
            7 => format!("dyn({})", self.maybe_text(d)),
            8 => format!("dyn({})", self.maybe_number(d)),
            9 => format!("dyn({})", self.condition(d)),
            10 => format!("Free[{}]", self.text(d)),
            _ => format!("({} ? {} : {})", self.condition(d), self.any(d), self.any(d)),
        }
    }

    /// A list of texts.
    fn texts(&mut self, depth: usize) -> Range {
        let d = depth.saturating_sub(1);
        match self.random.below(if depth == 0 { 4 } else { 10 }) {
            0 | 1 => Range::new("Names", Sort::Text, false),
            2 | 3 => Range::new(self.list_of(|writer| writer.text(d)), Sort::Text, false),
            4 => Range::new(self.list_of(|writer| writer.maybe_text(d)), Sort::Text, true),
            5 => {
                let inner = self.texts(d);
                let filtered = self.over(&inner, "filter", |writer| writer.condition(d));
                Range::new(filtered, Sort::Text, inner.nullable)
            }
            6 => {
                let inner = self.texts(d);
                Range::new(self.over(&inner, "map", |writer| writer.maybe_text(d)), Sort::Text, true)
            }
            7 => {
                let rules = Range::new("Rules", Sort::Rule, false);
                Range::new(self.over(&rules, "map", |writer| writer.maybe_text(d)), Sort::Text, true)
            }
            8 => {
                let inner = self.texts(d);
                let body = |writer: &mut Self| format!("{}, {}", writer.condition(d), writer.maybe_text(d));
                Range::new(self.over(&inner, "map", body), Sort::Text, true)
            }
            _ => {
                let added = self.list_of(|writer| writer.text(d));
                Range::new(format!("(Names.or([]) + {added})"), Sort::Text, false)
            }
        }
    }

    /// A list of numbers.
    fn numbers(&mut self, depth: usize) -> Range {
        let d = depth.saturating_sub(1);
        match self.random.below(if depth == 0 { 4 } else { 8 }) {
            0 | 1 => Range::new("Numbers", Sort::Number, false),
            2 | 3 => Range::new(self.list_of(|writer| writer.number(d)), Sort::Number, false),
            4 | 5 => {
                let inner = self.numbers(d);
                let filtered = self.over(&inner, "filter", |writer| writer.condition(d));
                Range::new(filtered, Sort::Number, inner.nullable)
            }
            6 => {
                let inner = self.numbers(d);
                Range::new(self.over(&inner, "map", |writer| writer.number(d)), Sort::Number, false)
            }
            _ => {
                let inner = self.texts(d);
                let body = |writer: &mut Self| format!("size({})", writer.text(d));
                Range::new(self.over(&inner, "map", body), Sort::Number, false)
            }
        }
    }

    fn list_of(&mut self, item: impl Fn(&mut Self) -> String) -> String {
        let items: Vec<String> = (0..self.random.below(4)).map(|_| item(self)).collect();
        format!("[{}]", items.join(", "))
    }

    /// Anything that has elements.
    fn range(&mut self, depth: usize) -> Range {
        match self.random.below(9) {
            0 | 1 => self.texts(depth),
            2 | 3 => self.numbers(depth),
            4 | 5 => Range::new("Rules", Sort::Rule, false),
            6 => {
                let rules = Range::new("Rules", Sort::Rule, false);
                let d = depth.saturating_sub(1);
                let filtered = self.over(&rules, "filter", |writer| writer.condition(d));
                Range::new(filtered, Sort::Rule, false)
            }
            7 => Range::new("Labels", Sort::Any, false),
            _ => Range::new(self.any(depth), Sort::Any, false),
        }
    }

    /// A macro over a range.
    fn over(&mut self, range: &Range, which: &str, body: impl FnOnce(&mut Self) -> String) -> String {
        let name = self.random.pick(&VARIABLES);
        let body = self.with(Variable { name, sort: range.sort, nullable: range.nullable }, body);
        format!("{}.{which}({name}, {body})", range.text)
    }

    fn quantifier(&mut self, depth: usize) -> String {
        let range = self.range(depth);
        let which = self.random.pick(&["exists", "exists", "all", "all", "exists_one"]);
        self.over(&range, which, |writer| writer.condition(depth))
    }

    fn equality(&mut self, depth: usize) -> String {
        if self.random.flip() {
            format!("({} {} {})", self.maybe_text(depth), self.equals(), self.maybe_text(depth))
        } else {
            format!("({} {} {})", self.maybe_number(depth), self.equals(), self.maybe_number(depth))
        }
    }

    fn ordering(&mut self, depth: usize) -> String {
        if self.random.one_in(3) {
            format!("({} {} {})", self.text(depth), self.order(), self.text(depth))
        } else {
            format!("({} {} {})", self.number(depth), self.order(), self.number(depth))
        }
    }

    fn test_of_text(&mut self, depth: usize) -> String {
        let which = self.random.pick(&["startsWith", "endsWith", "contains"]);
        format!("{}.{which}({})", self.text(depth), self.text(0))
    }

    fn pattern(&mut self, depth: usize) -> String {
        match self.random.below(8) {
            0 => format!("{}.glob({})", self.text(depth), self.text(0)),
            1..=4 => format!("{}.glob('{}')", self.text(depth), self.random.pick(&GLOBS)),
            _ => format!("{}.matches('{}')", self.text(depth), self.random.pick(&PATTERNS)),
        }
    }

    fn membership(&mut self, depth: usize) -> String {
        match self.random.below(8) {
            0..=2 => format!("({} in {})", self.maybe_text(depth), self.texts(depth).text),
            3 | 4 => format!("({} in {})", self.maybe_number(depth), self.numbers(depth).text),
            5 => format!("({} in Labels)", self.maybe_text(depth)),
            6 => format!("({} in Free)", self.maybe_text(depth)),
            _ => format!("({} in {})", self.any(depth), self.any(depth)),
        }
    }

    fn addresses(&mut self, depth: usize) -> String {
        if self.random.flip() {
            format!("ip.is_public({})", self.address(depth))
        } else {
            format!("ip.covers({}, {})", self.address(depth), self.address(depth))
        }
    }

    fn address(&mut self, depth: usize) -> String {
        match self.random.below(8) {
            0 => self.text(depth),
            1 => "Name.or('')".to_owned(),
            2..=4 => match self.variable(|v| v.sort == Sort::Rule) {
                Some(variable) => format!("{}.CidrIp.or('')", variable.name),
                None => format!("Rules[{}].CidrIp.or('')", self.index()),
            },
            _ => format!("'{}'", self.random.pick(&RANGES)),
        }
    }

    fn ports(&mut self, depth: usize) -> String {
        let rule = match self.random.below(5) {
            0 | 1 => match self.variable(|v| v.sort == Sort::Rule) {
                Some(variable) => variable.name.to_owned(),
                None => format!("Rules[{}].or({{}})", self.index()),
            },
            2 => format!(
                "{{'IpProtocol': {}, 'FromPort': {}, 'ToPort': {}}}",
                self.protocol(depth),
                self.maybe_number(depth),
                self.maybe_number(depth)
            ),
            3 => {
                let (protocol, low, high) = (self.protocol(depth), self.port(), self.maybe_number(depth));
                format!("{{'Protocol': {protocol}, 'PortRange': {{'From': {low}, 'To': {high}}}}}")
            }
            _ => format!("Free.{}.or({{}})", self.random.pick(&KEYS)),
        };
        if self.random.flip() {
            format!("port.covers({rule}, {})", self.port())
        } else {
            format!("port.covers({rule}, {}, {})", self.port(), self.protocol(0))
        }
    }

    fn port(&mut self) -> String {
        if self.random.one_in(6) {
            self.int(0)
        } else {
            self.random.pick(&["0", "22", "80", "443"]).to_owned()
        }
    }

    fn protocol(&mut self, depth: usize) -> String {
        if self.random.one_in(4) { self.text(depth) } else { format!("'{}'", self.random.pick(&PROTOCOLS)) }
    }

    fn size(&mut self, depth: usize) -> String {
        let of = match self.random.below(6) {
            0 => self.text(depth),
            1 => self.random.pick(&["Names", "Labels", "Settings", "Free"]).to_owned(),
            2 => self.any(depth),
            _ => self.range(depth).text,
        };
        if self.random.flip() { format!("size({of})") } else { format!("{of}.size()") }
    }

    fn equality_of_collections(&mut self, depth: usize) -> String {
        let equals = self.equals();
        match self.random.below(6) {
            0 | 1 => format!("({} {equals} {})", self.texts(depth).text, self.texts(depth).text),
            2 => format!("({} {equals} {})", self.numbers(depth).text, self.numbers(depth).text),
            3 => format!("(Labels {equals} {{'{}': {}}})", self.random.pick(&KEYS), self.maybe_text(depth)),
            4 => format!("(Settings {equals} {{'On': {}, 'Level': 1}})", self.condition(0)),
            _ => format!("(Free {equals} {})", self.list_of(|writer| writer.any(0))),
        }
    }

    fn presence(&mut self) -> String {
        let known = self.variable(|v| matches!(v.sort, Sort::Rule | Sort::Any));
        match known {
            Some(variable) if self.random.flip() => {
                let fields: &[&'static str] =
                    if variable.sort == Sort::Rule { &["CidrIp", "FromPort"] } else { &KEYS };
                format!("has({}.{})", variable.name, self.random.pick(fields))
            }
            _ => self
                .random
                .pick(&[
                    "has(Name)",
                    "has(Retention)",
                    "has(resource.Count)",
                    "has(Settings.Mode)",
                    "has(Labels.a)",
                    "has(Free.a)",
                    "has(Free.b.c)",
                ])
                .to_owned(),
        }
    }

    fn nullness(&mut self, depth: usize) -> String {
        let what = match self.random.below(6) {
            0 => self.random.pick(&["Names", "Rules", "Labels", "Settings", "Retention"]).to_owned(),
            1 => self.maybe_text(depth),
            2 => self.maybe_number(depth),
            3 => self.any(depth),
            4 => self.condition(depth),
            _ => "Name".to_owned(),
        };
        format!("({what} {} null)", self.equals())
    }
}
