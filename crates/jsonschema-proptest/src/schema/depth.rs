//! Limits on how deep a document leads, checked before anything recurses into it.

use std::collections::HashMap;

use serde_json::Value;

use crate::error::GenerateError;
use crate::schema::document::{Document, SubschemaLocation, subschema_location};

/// Subschemas may be nested this deep; the validator recurses as deep.
const MAX_NESTING: usize = 200;
/// The longest chain of subschemas and references.
const MAX_CHAIN: usize = 1_000;
/// How many subschemas may apply to one value, each counted as often as it is reached.
const MAX_APPLIED: usize = 50_000;

impl<'a> Document<'a> {
    /// Refuses documents that would exhaust the stack or the patience of whoever follows them.
    ///
    /// # Errors
    ///
    /// If some chain of subschemas and references is too long, or if one value would be judged by
    /// too many of them.
    pub(crate) fn check_depth(&self) -> Result<(), GenerateError> {
        let mut known: HashMap<*const Value, ReachableSchemas> = HashMap::new();
        // Post-order over the graph, with a stack of its own; a cycle counts once.
        let mut stack: Vec<(&Value, bool)> = vec![(self.root, false)];
        while let Some((schema, done)) = stack.pop() {
            let key = std::ptr::from_ref(schema);
            if !done && known.contains_key(&key) {
                continue;
            }
            let applied_schemas = self.applied_schemas(schema);
            if !done {
                known.insert(key, ReachableSchemas::default());
                stack.push((schema, true));
                stack.extend(applied_schemas.into_iter().map(|(target, _)| (target, false)));
                continue;
            }
            let mut reach = ReachableSchemas { depth: 1, applied: 1 };
            for (target, in_place) in applied_schemas {
                let Some(below) = known.get(&std::ptr::from_ref(target)) else {
                    continue;
                };
                reach.depth = reach.depth.max(below.depth + 1);
                if in_place {
                    reach.applied = reach.applied.saturating_add(below.applied);
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

    /// The schemas that a schema leads to, and whether they judge the same value.
    fn applied_schemas(&self, schema: &'a Value) -> Vec<(&'a Value, bool)> {
        let Value::Object(keywords) = schema else {
            return Vec::new();
        };
        let resource = self.resource_of(schema).unwrap_or(0);
        let mut applied_schemas = Vec::new();
        for (keyword, value) in keywords {
            let in_place = matches!(
                keyword.as_str(),
                "allOf" | "anyOf" | "oneOf" | "not" | "if" | "then" | "else" | "dependentSchemas"
            );
            match (keyword.as_str(), subschema_location(keyword), value) {
                ("$ref" | "$dynamicRef" | "$recursiveRef", _, Value::String(reference)) => {
                    let found = self.resolve(reference, resource);
                    applied_schemas.extend(found.map(|found| (found.0, true)));
                }
                ("$defs" | "definitions", _, _) => {}
                (_, SubschemaLocation::Map, Value::Object(map)) => {
                    applied_schemas.extend(map.values().map(|value| (value, in_place)));
                }
                (_, SubschemaLocation::List, Value::Array(list)) => {
                    applied_schemas.extend(list.iter().map(|value| (value, in_place)));
                }
                (_, SubschemaLocation::Schema | SubschemaLocation::List, Value::Object(_)) => {
                    applied_schemas.push((value, in_place));
                }
                _ => {}
            }
        }
        applied_schemas
    }
}

/// What following a schema leads to.
#[derive(Clone, Copy, Default)]
struct ReachableSchemas {
    /// The longest chain of schemas.
    depth: usize,
    /// How many schemas judge one value.
    applied: usize,
}

/// Whether anything in the document is nested too deeply; without recursion itself.
pub(crate) fn check_nesting(root: &Value) -> Result<(), GenerateError> {
    let mut open = vec![(root, 0)];
    while let Some((value, depth)) = open.pop() {
        // Two levels of JSON (a keyword and a name) make one of schema.
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
