//! Limits of depth, checked before anything recurses into the document.

use std::collections::HashMap;

use serde_json::Value;

use crate::error::GenerateError;
use crate::schema::dialect::{SubschemaLocation, subschema_location};
use crate::schema::document::Document;

/// The maximum nesting of subschemas. The validator recurses to this depth.
const MAX_NESTING: usize = 200;
/// The maximum length of a chain of subschemas and references.
const MAX_CHAIN: usize = 1_000;
/// The maximum number of subschemas that apply to one value, each counted as often as it is reached.
const MAX_APPLIED: usize = 50_000;

impl<'a> Document<'a> {
    /// Refuses documents that would overflow the stack, or take exponential time.
    ///
    /// # Errors
    ///
    /// Returns an error if a chain of subschemas and references is too long, or if too many subschemas apply to one
    /// value.
    pub(crate) fn check_depth(&self) -> Result<(), GenerateError> {
        let mut known: HashMap<*const Value, ReachableSchemas> = HashMap::new();
        // Traverses the graph in post-order with an explicit stack. A cycle counts once.
        let mut stack: Vec<(&Value, bool)> = vec![(self.root, false)];
        while let Some((schema, done)) = stack.pop() {
            let key = std::ptr::from_ref(schema);
            if !done && known.contains_key(&key) {
                continue;
            }
            let applied = self.applied_schemas(schema);
            if !done {
                known.insert(key, ReachableSchemas::default());
                stack.push((schema, true));
                stack.extend(applied.into_iter().map(|(target, _)| (target, false)));
                continue;
            }
            let mut reach = ReachableSchemas { depth: 1, applied: 1 };
            for (target, in_place) in applied {
                let Some(inner) = known.get(&std::ptr::from_ref(target)) else {
                    continue;
                };
                reach.depth = reach.depth.max(inner.depth + 1);
                if in_place {
                    reach.applied = reach.applied.saturating_add(inner.applied);
                }
            }
            let excess = if reach.depth > MAX_CHAIN {
                format!("a chain of more than {MAX_CHAIN} references and subschemas starts here")
            } else if reach.applied > MAX_APPLIED {
                format!("it applies more than {MAX_APPLIED} subschemas to one and the same value")
            } else {
                known.insert(key, reach);
                continue;
            };
            return Err(GenerateError::invalid(self.pointer_of(schema), excess));
        }
        Ok(())
    }

    /// Returns the schemas that a schema applies, and whether they apply to the same value.
    fn applied_schemas(&self, schema: &'a Value) -> Vec<(&'a Value, bool)> {
        let Value::Object(keywords) = schema else {
            return Vec::new();
        };
        let resource = self.resource_of(schema).unwrap_or(0);
        let mut applied = Vec::new();
        for (keyword, value) in keywords {
            let in_place = matches!(
                keyword.as_str(),
                "allOf" | "anyOf" | "oneOf" | "not" | "if" | "then" | "else" | "dependentSchemas"
            );
            match (keyword.as_str(), subschema_location(keyword), value) {
                ("$ref" | "$dynamicRef" | "$recursiveRef", _, Value::String(reference)) => {
                    let found = self.resolve(reference, resource);
                    applied.extend(found.map(|found| (found.0, true)));
                }
                ("$defs" | "definitions", _, _) => {}
                (_, SubschemaLocation::Map, Value::Object(map)) => {
                    applied.extend(map.values().map(|value| (value, in_place)));
                }
                (_, SubschemaLocation::List, Value::Array(list)) => {
                    applied.extend(list.iter().map(|value| (value, in_place)));
                }
                (_, SubschemaLocation::Schema | SubschemaLocation::List, Value::Object(_)) => {
                    applied.push((value, in_place));
                }
                _ => {}
            }
        }
        applied
    }
}

/// The size of the graph below a schema.
#[derive(Clone, Copy, Default)]
struct ReachableSchemas {
    /// The length of the longest chain of schemas.
    depth: usize,
    /// The number of schemas that apply to one value.
    applied: usize,
}

/// Refuses documents that are nested too deeply. Does not recurse itself.
pub(crate) fn check_nesting(root: &Value) -> Result<(), GenerateError> {
    let mut open = vec![(root, 0)];
    while let Some((value, depth)) = open.pop() {
        // One level of schemas takes two levels of JSON: a keyword and a name.
        if depth > 2 * MAX_NESTING {
            return Err(GenerateError::invalid("", format!("it is nested more than {MAX_NESTING} schemas deep")));
        }
        match value {
            Value::Array(list) => open.extend(list.iter().map(|item| (item, depth + 1))),
            Value::Object(map) => open.extend(map.values().map(|item| (item, depth + 1))),
            _ => {}
        }
    }
    Ok(())
}
