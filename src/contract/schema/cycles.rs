//! Schemas that refer to each other for the same value, so that validating it takes too long or never ends.
//!
//! `a: {$ref: b}` with `b: {$ref: a}` states nothing, and a validator would never end. Neither would it end in any useful time
//! for a hundred levels of `allOf` with two references each. Both are found here.

use std::collections::HashMap;

use serde_json::{Map, Value};

/// The number of schemas that one value may have to be validated by.
const MAX_WORK: u64 = 1_000_000;
/// The length of a chain of references.
const MAX_CHAIN: u32 = 32;

#[derive(Clone, Copy)]
enum State {
    Open,
    Done { work: u64, chain: u32 },
}

/// Replaces every definition that is in a cycle or takes too long by `true`, and returns the reasons by name. The name `""` stands
/// for the root, `#`.
pub(super) fn break_cycles(definitions: &mut Map<String, Value>) -> Vec<(String, String)> {
    let edges: HashMap<String, Vec<String>> = definitions
        .iter()
        .map(|(name, schema)| {
            let mut targets = Vec::new();
            targets_in_place(schema, &mut targets);
            (name.clone(), targets)
        })
        .collect();
    let mut states: HashMap<&str, State> = HashMap::new();
    let mut problems: Vec<(String, String)> = Vec::new();
    for start in edges.keys() {
        // Depth first, and not recursive: chains may be long.
        let mut stack: Vec<(&str, usize)> = vec![(start, 0)];
        while let Some((name, next)) = stack.pop() {
            if next == 0 {
                if states.contains_key(name) {
                    continue;
                }
                states.insert(name, State::Open);
            }
            let targets = edges.get(name).map_or(&[][..], Vec::as_slice);
            if let Some(target) = targets.get(next) {
                stack.push((name, next + 1));
                match states.get(target.as_str()) {
                    None => stack.push((target, 0)),
                    Some(State::Open) => {
                        let message = "the schema refers to itself for the same value, so that validation never ends";
                        problems.push((target.clone(), message.to_owned()));
                    }
                    Some(State::Done { .. }) => {}
                }
                continue;
            }
            let (mut work, mut chain) = (1u64, 0u32);
            for target in targets {
                if let Some(State::Done { work: more, chain: below }) = states.get(target.as_str()) {
                    work = work.saturating_add(*more);
                    chain = chain.max(below + 1);
                }
            }
            if chain > MAX_CHAIN {
                problems.push((name.to_owned(), format!("more than {MAX_CHAIN} schemas refer to each other in a row")));
                (work, chain) = (1, 0);
            }
            if work > MAX_WORK {
                let message = format!("one value would have to be validated by more than {MAX_WORK} schemas");
                problems.push((name.to_owned(), message));
                (work, chain) = (1, 0);
            }
            states.insert(name, State::Done { work, chain });
        }
    }
    problems.sort();
    problems.dedup();
    for (name, _) in &problems {
        if let Some(schema) = definitions.get_mut(name) {
            *schema = Value::Bool(true);
        }
    }
    problems
}

/// The definitions that a schema refers to for the same value, and not for a part of it.
fn targets_in_place(schema: &Value, targets: &mut Vec<String>) {
    let Value::Object(members) = schema else { return };
    for (keyword, value) in members {
        match (keyword.as_str(), value) {
            ("$ref", Value::String(text)) => {
                let name = text.strip_prefix("#/$defs/").or_else(|| text.strip_prefix('#'));
                targets.extend(name.map(ToOwned::to_owned));
            }
            ("allOf" | "anyOf" | "oneOf", Value::Array(schemas)) => {
                for schema in schemas {
                    targets_in_place(schema, targets);
                }
            }
            ("not" | "if" | "then" | "else", schema) => targets_in_place(schema, targets),
            ("dependentSchemas", Value::Object(named)) => {
                for schema in named.values() {
                    targets_in_place(schema, targets);
                }
            }
            _ => {}
        }
    }
}
