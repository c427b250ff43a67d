//! Reads an `OpenAPI` 3.x document into plain typed data.

mod body;
mod key_parameter;
mod operation;
mod parameter;
mod security;

use std::sync::Arc;

use foldhash::{HashMap, HashMapExt as _};
use serde_json::Value;

use super::diagnostics::Diagnostics;
use super::document_set::{DocumentSet, Location};
use super::node::Node;
use super::schema::{Dialect, Schema};
use super::{Grade, Level, Promise};

pub(super) use body::as_text;
pub(super) use key_parameter::key_parameter;
pub(super) use operation::{Found, operations};
pub(super) use security::{Requirements, credential};

/// What reading collects beside its result.
pub(super) struct Reader<'a> {
    pub(super) documents: &'a Arc<DocumentSet>,
    pub(super) diagnostics: Diagnostics,
    /// The contract's short name, which its own statements are quoted under.
    pub(super) name: String,
    schemas: HashMap<Location, Schema>,
    /// Every schema that anything refers to.
    pub(super) reached: Vec<Location>,
    /// Every example with the schema that it shows.
    pub(super) examples: Vec<(Location, Location)>,
}

impl<'a> Reader<'a> {
    pub(super) fn new(documents: &'a Arc<DocumentSet>, name: &str) -> Self {
        Self {
            documents,
            diagnostics: Diagnostics::default(),
            name: name.to_owned(),
            schemas: HashMap::new(),
            reached: Vec::new(),
            examples: Vec::new(),
        }
    }

    /// The schema at a place; places that only refer to the same one share it.
    pub(super) fn schema(&mut self, node: &Node<'a>) -> (Schema, Location) {
        let location = self.schema_site(node);
        let known = self.schemas.get(&location).cloned();
        let schema = known.unwrap_or_else(|| {
            let schema = Schema::at(Arc::clone(self.documents), location.clone());
            self.schemas.insert(location.clone(), schema.clone());
            // A schema reached by the reference is checked at its own place, the reference at this one.
            self.reached.push(location.clone());
            schema
        });
        if node.location != location {
            self.reached.push(node.location.clone());
        }
        (schema, location)
    }

    /// Follows what is a reference and nothing else.
    fn schema_site(&self, node: &Node<'a>) -> Location {
        let mut location = node.location.clone();
        for _ in 0..16 {
            let Some(Value::Object(members)) = self.documents.value(&location) else { break };
            let alone = members.len() == 1 || self.documents.dialect(location.file).ignores_siblings();
            let Some(Value::String(text)) = members.get("$ref").filter(|_| alone) else { break };
            match self.documents.resolve(&location, text) {
                Ok(target) => location = target,
                // Reported when the schemas are checked.
                Err(_) => break,
            }
        }
        location
    }

    /// A statement of the document itself, binding as it stands there.
    pub(super) fn stated(&self, what: &str, location: &Location) -> Promise {
        let what: String = what.split_whitespace().collect::<Vec<_>>().join(" ").chars().take(160).collect();
        Promise {
            level: Level::Must,
            grade: Grade::Documentation,
            document: self.name.clone(),
            quote: format!("{what} ({})", self.documents.describe(location)),
        }
    }
}

/// The rules of schemas in a document, from its `openapi` version, or why it cannot be read.
pub(super) fn dialect(root: &Value) -> Result<Dialect, String> {
    let Value::Object(members) = root else {
        return Err("the document is no object: an OpenAPI document begins with `openapi: 3.1.0`".to_owned());
    };
    let version = match members.get("openapi") {
        Some(Value::String(version)) => version.clone(),
        // `openapi: 3.0` without quotes.
        Some(Value::Number(number)) => number.to_string(),
        Some(_) => return Err("`openapi` takes a version such as \"3.1.0\"".to_owned()),
        None if members.contains_key("swagger") => {
            return Err("Swagger 2.0 is not read: convert the document to OpenAPI 3".to_owned());
        }
        None => return Err("`openapi` is missing: a contract is an OpenAPI 3.0 or 3.1 document".to_owned()),
    };
    let mut parts = version.split('.');
    match (parts.next(), parts.next().unwrap_or("0")) {
        (Some("3"), "0") => Ok(Dialect::OpenApi30),
        (Some("3"), _) => Ok(Dialect::Modern),
        _ => Err(format!("OpenAPI {version} is not read: versions 3.0 to 3.2 are")),
    }
}

/// `servers[0].url` with its variables' defaults filled in and without a trailing slash.
pub(super) fn server_url(root: &Node<'_>) -> String {
    let Some(server) = root.get("servers").and_then(|servers| servers.elements().into_iter().next()) else {
        return String::new();
    };
    let mut url = server.text("url").unwrap_or_default().to_owned();
    for (name, variable) in server.get("variables").map(|variables| variables.members()).unwrap_or_default() {
        if let Some(default) = variable.text("default") {
            url = url.replace(&format!("{{{name}}}"), default);
        }
    }
    url.trim_end_matches('/').to_owned()
}
