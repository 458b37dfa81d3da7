//! Resources that depend on each other in a circle: CloudFormation refuses to deploy them.
//! <https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/troubleshooting.html#troubleshooting-errors-dependency-error>

use std::collections::HashMap;

use document::{Entry, Tree};

use crate::stack::Stack;
use crate::substitute::{Piece, pieces};

/// Says where the resources of a stack depend on themselves; each circle once, at the first of its resources.
pub(crate) fn check(stack: &Stack) {
    // What SAM makes depends on more than is written, and resolves some circles by itself.
    if stack.serverless {
        return;
    }
    let entries = stack.section("Resources").map_or(&[][..], Tree::entries);
    let numbers: HashMap<&str, usize> =
        entries.iter().enumerate().map(|(i, entry)| (&*entry.key, i)).collect();
    let needs: Vec<Vec<usize>> = entries.iter().map(|entry| needs(entry, &numbers)).collect();
    // Depth first without recursion: 0 not seen, 1 on the way, 2 done.
    let mut state = vec![0u8; entries.len()];
    for start in 0..entries.len() {
        if state[start] != 0 {
            continue;
        }
        let mut way = vec![(start, 0)];
        state[start] = 1;
        while let Some((at, next)) = way.last_mut() {
            let Some(&need) = needs[*at].get(*next) else {
                state[*at] = 2;
                way.pop();
                continue;
            };
            *next += 1;
            match state[need] {
                0 => {
                    state[need] = 1;
                    way.push((need, 0));
                }
                1 => {
                    let circle = way.iter().map(|(i, _)| *i).skip_while(|i| *i != need);
                    let names: Vec<&str> = circle.chain([need]).map(|i| &*entries[i].key).collect();
                    let message = format!("circular dependency: {}", names.join(" → "));
                    stack.say(true, "cycle", entries[need].key_span, message);
                }
                _ => {}
            }
        }
    }
}

/// The resources that a resource cannot be made without.
fn needs(entry: &Entry, numbers: &HashMap<&str, usize>) -> Vec<usize> {
    let mut found = Vec::new();
    let mut add = |name: &str| {
        if let Some(number) = numbers.get(name).filter(|number| !found.contains(*number)) {
            found.push(*number);
        }
    };
    if let Some(tree) = entry.value.get("DependsOn") {
        tree.text().iter().for_each(|name| add(name));
        tree.items().iter().filter_map(Tree::text).for_each(|name| add(name));
    }
    if let Some(tree) = entry.value.get("Properties") {
        references(tree, &mut add);
    }
    found
}

/// The names that a value refers to for certain: what stands in an `Fn::If` may not apply.
///
/// Recursion is bounded by [`document::DEPTH_MAX`].
fn references(tree: &Tree, add: &mut dyn FnMut(&str)) {
    if let [entry] = tree.entries() {
        let argument = &entry.value;
        let first = || argument.text().or_else(|| argument.items().first().and_then(Tree::text));
        match &*entry.key {
            "Ref" => return argument.text().iter().for_each(|name| add(name)),
            "Fn::GetAtt" => {
                return first().iter().for_each(|name| add(name.split('.').next().unwrap_or_default()));
            }
            "Fn::If" => return,
            "Fn::Sub" => {
                let own = argument.items().get(1);
                for piece in first().map(|text| pieces(text)).unwrap_or_default() {
                    if let Piece::Variable(name) = piece {
                        let is_own = own.is_some_and(|map| map.get(name).is_some());
                        if !is_own {
                            add(name.split('.').next().unwrap_or_default());
                        }
                    }
                }
                own.iter().for_each(|map| references(map, add));
                return;
            }
            _ => {}
        }
    }
    tree.entries().iter().for_each(|entry| references(&entry.value, add));
    tree.items().iter().for_each(|item| references(item, add));
}
