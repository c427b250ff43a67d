//! Operations: the methods of the paths.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use super::{Reader, Requirements};
use crate::contract::document_set::Location;
use crate::contract::node::Node;
use crate::contract::percent::percent_encode;
use crate::contract::{CredentialPlace, Fields, Operation, Response, Role};

const METHODS: [&str; 9] = ["get", "put", "post", "delete", "options", "head", "patch", "trace", "query"];

/// An operation as the document has it, with what is needed to read its extension.
pub(in crate::contract) struct Found<'a> {
    pub(in crate::contract) operation: Operation,
    pub(in crate::contract) node: Node<'a>,
    /// The responses by key.
    pub(in crate::contract) responses: Vec<(String, Arc<Response>)>,
    /// What it asks for, where it says so itself.
    pub(in crate::contract) requirements: Option<Requirements>,
}

/// Every operation of a document, in its order.
pub(in crate::contract) fn operations<'a>(reader: &mut Reader<'a>, root: &Node<'a>) -> Vec<Found<'a>> {
    let mut found = Vec::new();
    let mut ids: HashMap<String, Location> = HashMap::new();
    let Some(paths) = root.get("paths") else {
        // 3.1 allows a document of components or webhooks only.
        if root.get("components").is_none() && root.get("webhooks").is_none() {
            reader.diagnostics.fatal(&root.location, "`paths` is missing: there is nothing to judge");
        }
        return found;
    };
    if !paths.value.is_object() {
        reader.diagnostics.fatal(&paths.location, "`paths` takes path items by path");
    }
    for (path, item) in paths.members() {
        if path.starts_with("x-") {
            continue;
        }
        if !path.starts_with('/') {
            reader.diagnostics.warn(&item.location, format!("the path `{path}` must begin with `/`"));
        }
        let Some(target) = item.follow(&mut reader.diagnostics) else { continue };
        for method in METHODS {
            // What stands beside a `$ref` goes before what it leads to.
            let beside = item.get(method);
            let Some(node) = beside.or_else(|| target.get(method)) else { continue };
            if !node.value.is_object() {
                reader.diagnostics.warn(&node.location, "an operation is an object with `responses`");
                continue;
            }
            let Some(node) = reader.inline(node) else { continue };
            let operation = reader.operation(path, method, &target, node);
            if let Some(id) = operation.node.text("operationId")
                && let Some(first) = ids.insert(id.to_owned(), operation.node.location.clone())
            {
                let first = reader.documents.describe(&first);
                let message = format!("the operationId `{id}` is taken by the operation at {first}: choose another");
                reader.diagnostics.warn(&operation.node.location.join("operationId"), message);
            }
            found.push(operation);
        }
    }
    found
}

impl<'a> Reader<'a> {
    /// The operation itself: OpenAPI has no references in place of operations, but where one leads is clear.
    fn inline(&mut self, node: Node<'a>) -> Option<Node<'a>> {
        if node.text("$ref").is_none() {
            return Some(node);
        }
        let message = "an operation cannot be a reference: refer to the whole path item, or write it here";
        self.diagnostics.warn(&node.location.join("$ref"), message);
        node.follow(&mut self.diagnostics).filter(|node| node.value.is_object())
    }

    fn operation(&mut self, path: &str, method: &str, item: &Node<'a>, node: Node<'a>) -> Found<'a> {
        let parameters = self.parameters(item.get("parameters"), node.get("parameters"));
        let leading = if path.starts_with('/') { path.to_owned() } else { format!("/{path}") };
        let example = self.example_request(&leading, &node.location, &parameters);
        let request = node.get("requestBody").and_then(|body| self.request(&body));
        let responses = if let Some(responses) = node.get("responses") {
            self.responses(&responses)
        } else {
            self.diagnostics.warn(&node.location, "`responses` is missing: say what the operation answers");
            Vec::new()
        };
        let method = method.to_ascii_uppercase();
        let id = node.text("operationId").map_or_else(|| format!("{method} {path}"), ToOwned::to_owned);
        let said = node.text("summary").or_else(|| node.text("description")).unwrap_or("answers as documented");
        let promise = self.stated(&format!("{method} {path}: {said}"), &node.location);
        let requirements = Requirements::read(self, &node);
        let operation = Operation {
            id,
            method,
            path: leading,
            summary: node.text("summary").map(ToOwned::to_owned),
            description: node.text("description").map(ToOwned::to_owned),
            example_path: example.path,
            example_headers: example.headers,
            parameters: example.required,
            error_codes: Vec::new(),
            success: None,
            role: Role::Other,
            cost: None,
            fields: Fields::default(),
            secured: false,
            request,
            responses: responses.iter().map(|(_, response)| Arc::clone(response)).collect(),
            conditions: BTreeMap::new(),
            invariants: Vec::new(),
            capped_by: None,
            free: None,
            unlimited: None,
            promise,
        };
        Found { operation, node, responses, requirements }
    }
}

impl Operation {
    /// Removes the parameter at this place from the example request.
    pub(in crate::contract) fn leave_out_parameter(&mut self, place: &CredentialPlace) {
        match place {
            CredentialPlace::Header { name } => {
                self.parameters.retain(|have| !have.in_header || !have.name.eq_ignore_ascii_case(name));
                self.example_headers.retain(|(have, _)| !have.eq_ignore_ascii_case(name));
            }
            CredentialPlace::Query { name } => {
                self.parameters.retain(|have| have.in_header || have.name != *name);
                let Some((path, query)) = self.example_path.split_once('?') else { return };
                let name = percent_encode(name);
                let is_other = |pair: &&str| pair.split_once('=').map_or(*pair, |(have, _)| have) != name;
                let rest: Vec<&str> = query.split('&').filter(is_other).collect();
                let rest = rest.join("&");
                self.example_path = if rest.is_empty() { path.to_owned() } else { format!("{path}?{rest}") };
            }
            CredentialPlace::Authorization { .. } | CredentialPlace::Cookie { .. } => {}
        }
    }
}
