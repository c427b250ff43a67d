//! Whether schemas compile, and the examples of a document fit theirs.
//!
//! One validator is built for the whole document, so that a schema that a thousand others refer to is compiled once.

use std::collections::BTreeMap;

use foldhash::{HashMap, HashMapExt as _};
use serde_json::{Map, Value, json};

use super::document_set::Location;
use super::openapi::Reader;
use super::schema::{Bundle, ValidationError, build};
use crate::pointer;

/// Checks all schemas that were reached; with `thorough`, the examples too.
pub(super) fn check(reader: &mut Reader<'_>, thorough: bool) {
    let documents = reader.documents;
    let locations = std::mem::take(&mut reader.reached);
    let examples = std::mem::take(&mut reader.examples);
    let mut bundle = Bundle::new(documents, &mut reader.diagnostics);
    bundle.examples = thorough.then(HashMap::new);
    for location in &locations {
        bundle.name(location);
    }
    let named: Vec<(String, Location)> =
        examples.into_iter().map(|(schema, example)| (bundle.name(&schema), example)).collect();
    let definitions = bundle.finish();
    let Some(inner) = bundle.examples.take() else { return };
    // By what each list of examples is called in the value that is validated: the schema, and where they stand.
    let mut lists: BTreeMap<String, (Value, Vec<Location>)> = BTreeMap::new();
    for (name, example) in named {
        let schema = json!({"$ref": format!("#/$defs/{name}")});
        lists.entry(name).or_insert_with(|| (schema, Vec::new())).1.push(example);
    }
    for (number, shown) in inner.into_values().enumerate() {
        // No definition is called so.
        lists.insert(format!("/{number}"), (shown.schema, shown.locations));
    }
    let mut properties = Map::new();
    let mut values = Map::new();
    for (name, (schema, locations)) in &mut lists {
        locations.sort_unstable();
        locations.dedup();
        properties.insert(name.clone(), json!({"items": &*schema}));
        let examples = locations.iter().map(|location| documents.value(location).cloned().unwrap_or_default());
        values.insert(name.clone(), Value::Array(examples.collect()));
    }
    let document = json!({"properties": properties, "$defs": definitions});
    let validator = match build(&document) {
        Ok(validator) => validator,
        Err(reason) => {
            let root = Location { file: 0, pointer: String::new() };
            reader.diagnostics.fatal(&root, format!("the schemas do not compile: {reason}"));
            return;
        }
    };
    for error in validator.iter_errors(&Value::Object(values)) {
        let error = ValidationError::of(&error);
        let mut tokens = pointer::tokens(&error.at);
        let name = tokens.next().unwrap_or_default();
        let index = tokens.next().and_then(|index| index.parse::<usize>().ok());
        let Some(example) = index.and_then(|index| lists.get(name.as_ref())?.1.get(index)) else { continue };
        let mut location = example.clone();
        for token in tokens {
            location = location.join(&token);
        }
        reader.diagnostics.warn(&location, format!("the example does not fit its schema: {}", error.message));
    }
}
