//! Whether schemas compile, and the examples of a document fit theirs.
//!
//! One validator is built for the whole document, so that a schema that a thousand others refer to is compiled once.

use std::collections::BTreeMap;

use foldhash::{HashMap, HashMapExt as _};
use serde_json::{Map, Value, json};

use super::document::pointer;
use super::library::Location;
use super::openapi::Reader;
use super::schema::{Embedding, ValidationError, build};

/// Checks all schemas that were reached; with `thorough`, the examples too.
pub(super) fn check(reader: &mut Reader<'_>, thorough: bool) {
    let library = reader.library;
    let sites = std::mem::take(&mut reader.reached);
    let examples = std::mem::take(&mut reader.examples);
    let mut embedding = Embedding::new(library, &mut reader.findings);
    embedding.examples = thorough.then(HashMap::new);
    for site in &sites {
        embedding.name(site);
    }
    let named: Vec<(String, Location)> =
        examples.into_iter().map(|(schema, example)| (embedding.name(&schema), example)).collect();
    let definitions = embedding.finish();
    let Some(inner) = embedding.examples.take() else { return };
    // By what each list of examples is called in the value that is validated: the schema, and where they stand.
    let mut lists: BTreeMap<String, (Value, Vec<Location>)> = BTreeMap::new();
    for (name, example) in named {
        let schema = json!({"$ref": format!("#/$defs/{name}")});
        lists.entry(name).or_insert_with(|| (schema, Vec::new())).1.push(example);
    }
    for (number, shown) in inner.into_values().enumerate() {
        // No definition is called so.
        lists.insert(format!("/{number}"), (shown.schema, shown.sites));
    }
    let mut properties = Map::new();
    let mut values = Map::new();
    for (name, (schema, sites)) in &mut lists {
        sites.sort_unstable();
        sites.dedup();
        properties.insert(name.clone(), json!({"items": &*schema}));
        let examples = sites.iter().map(|site| library.value(site).cloned().unwrap_or_default());
        values.insert(name.clone(), Value::Array(examples.collect()));
    }
    let document = json!({"properties": properties, "$defs": definitions});
    let validator = match build(&document) {
        Ok(validator) => validator,
        Err(reason) => {
            let root = Location { file: 0, pointer: String::new() };
            reader.findings.fatal(&root, format!("the schemas do not compile: {reason}"));
            return;
        }
    };
    for error in validator.iter_errors(&Value::Object(values)) {
        let misfit = ValidationError::of(&error);
        let mut tokens = pointer::tokens(&misfit.at);
        let name = tokens.next().unwrap_or_default();
        let index = tokens.next().and_then(|index| index.parse::<usize>().ok());
        let Some(example) = index.and_then(|index| lists.get(name.as_ref())?.1.get(index)) else { continue };
        let mut site = example.clone();
        for token in tokens {
            site = site.join(&token);
        }
        reader.findings.flaw(&site, format!("the example does not fit its schema: {}", misfit.message));
    }
}
