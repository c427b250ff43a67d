//! Whether schemas compile, and the examples of a document fit theirs.
//!
//! One validator is built for the whole document, so that a schema that a thousand others refer to is compiled once.

use std::collections::{BTreeMap, HashSet};

use serde_json::{Map, Value, json};

use super::document::pointer;
use super::library::Site;
use super::openapi::Reader;
use super::schema::{Embedding, Misfit, build};

/// Checks all schemas that were reached; with `thorough`, the examples too.
pub(super) fn check(reader: &mut Reader<'_>, thorough: bool) {
    let library = reader.library;
    let sites = std::mem::take(&mut reader.reached);
    let mut examples = std::mem::take(&mut reader.examples);
    let mut embedding = Embedding::new(library, &mut reader.findings);
    for site in &sites {
        embedding.name(site);
    }
    let mut definitions = embedding.finish();
    if !thorough {
        return;
    }
    // A schema's own examples may stand deep within it; each such schema is then wanted by itself.
    examples.append(&mut embedding.examples);
    let mut seen = HashSet::new();
    examples.retain(|example| seen.insert(example.clone()));
    let named: Vec<(String, Site)> =
        examples.into_iter().map(|(schema, example)| (embedding.name(&schema), example)).collect();
    definitions.extend(embedding.finish());
    let mut by_schema: BTreeMap<String, Vec<Site>> = BTreeMap::new();
    for (name, example) in named {
        by_schema.entry(name).or_default().push(example);
    }
    let properties: Map<String, Value> =
        by_schema.keys().map(|name| (name.clone(), json!({"items": {"$ref": format!("#/$defs/{name}")}}))).collect();
    let values: Map<String, Value> = by_schema
        .iter()
        .map(|(name, sites)| {
            let values = sites.iter().map(|site| library.value(site).cloned().unwrap_or_default());
            (name.clone(), Value::Array(values.collect()))
        })
        .collect();
    let document = json!({"properties": properties, "$defs": definitions});
    let validator = match build(&document) {
        Ok(validator) => validator,
        Err(reason) => {
            let root = Site { file: 0, pointer: String::new() };
            reader.findings.fatal(&root, format!("the schemas do not compile: {reason}"));
            return;
        }
    };
    for error in validator.iter_errors(&Value::Object(values)) {
        let misfit = Misfit::of(&error);
        let mut tokens = pointer::tokens(&misfit.at);
        let name = tokens.next().unwrap_or_default();
        let index = tokens.next().and_then(|index| index.parse::<usize>().ok());
        let Some(example) = index.and_then(|index| by_schema.get(name.as_ref())?.get(index)) else { continue };
        let mut site = example.clone();
        for token in tokens {
            site = site.join(&token);
        }
        reader.findings.flaw(&site, format!("the example does not fit its schema: {}", misfit.message));
    }
}
