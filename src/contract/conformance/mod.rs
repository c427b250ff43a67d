//! Reads the `x-conformance` extension and joins it to what the document says.

mod answer;
mod compile;
#[cfg(feature = "harness")]
mod evaluated;
mod example;
mod fields;
mod global;
mod links;
mod locators;
mod operation;
mod outcome;
mod plain;
mod promises;
mod response;
mod shorthand;
mod typed;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use self::shorthand::Defaults;
use super::document_set::Location;
use super::node::Node;
use super::openapi::{self, Found, Reader, Requirements};
use super::{Contract, DocumentExtension, OperationExtension, Tenant};

/// Reads a whole document, with the extension if it has one.
pub(super) fn contract<'a>(reader: &mut Reader<'a>, root: &Node<'a>) -> Contract {
    let extension = root.get("x-conformance");
    let defaults = Defaults::of(extension.as_ref(), &reader.name);
    let schemes = root.get("components").and_then(|components| components.get("securitySchemes"));
    let schemes = schemes.map(|schemes| schemes.members()).unwrap_or_default();
    let only_scheme = if let [(name, _)] = schemes.as_slice() { Some(*name) } else { None };
    let written = extension.as_ref().map(|node| defaults.document(node, only_scheme));
    let value = written.map(|written| {
        reader.diagnostics.written_out(written.aliases);
        written.value
    });
    let document: Option<DocumentExtension> = extension
        .as_ref()
        .zip(value.clone())
        .and_then(|(node, value)| typed::typed(node, value, &mut reader.diagnostics));
    let is_unreadable = extension.is_some() && document.is_none();
    let document = document.unwrap_or_default();
    let general = Requirements::read(reader, root);
    let mut found = openapi::operations(reader, root);
    let required: Vec<Requirements> =
        general.iter().cloned().chain(found.iter().filter_map(|found| found.requirements.clone())).collect();
    let form = extension.as_ref().and_then(|node| Some((document.credential.as_ref()?, node.get("credential")?)));
    let credential = match (&extension, &form) {
        // Without a condition about credentials, what the extension does not speak of is not presented.
        (Some(_), None) if document.tenant != Tenant::Credential => None,
        (_, form) => openapi::credential(reader, form.as_ref().map(|(form, node)| (*form, node)), &required),
    };
    for found in &mut found {
        let requirements = found.requirements.as_ref().or(general.as_ref());
        found.operation.secured = credential.is_some() && requirements.is_some_and(Requirements::binding);
    }
    let has_schemes = root.get("components").is_some_and(|components| components.get("securitySchemes").is_some());
    let credential = match credential {
        None if extension.is_none() && !has_schemes => openapi::key_parameter(reader, root, &mut found),
        credential => credential,
    };
    for place in credential.iter().flat_map(super::Credential::places) {
        // The credential is added to a request when it is known. An example of it must not stand there too.
        found.iter_mut().for_each(|found| found.operation.leave_out_parameter(place));
    }
    if let Some((_, node)) = &form
        && credential.is_some()
        && !found.iter().any(|found| found.operation.secured)
    {
        reader.diagnostics.fatal(&node.location, "no operation requires the credential: say so under `security`");
    }
    let mut conditions = BTreeMap::new();
    if is_unreadable {
        // What refers to the extension at the top cannot be checked, and would only repeat that it is wrong.
        for node in found.iter().filter_map(|found| found.node.get("x-conformance")) {
            let written = defaults.operation(&node, "");
            let _: Option<OperationExtension> = typed::typed(&node, written.value, &mut reader.diagnostics);
        }
    } else if let Some(node) = &extension {
        let value = value.unwrap_or_default();
        promises::check(&node.location, &value, &reader.name.clone(), &document, &mut reader.diagnostics);
        conditions = extended(reader, root, node, &defaults, &document, &mut found);
    } else {
        plain::refusals(reader, &mut found);
        for found in found.iter().filter_map(|found| found.node.get("x-conformance")) {
            let message = "the document has no `x-conformance` at its top: add one with `version: 1`";
            reader.diagnostics.fatal(&found.location, message);
        }
    }
    Contract {
        name: reader.name.clone(),
        title: root.get("info").and_then(|info| info.text("title")).unwrap_or(&reader.name).to_owned(),
        digest: reader.documents.digest(),
        server_url: openapi::server_url(root),
        operations: found.into_iter().map(|found| Arc::new(found.operation)).collect(),
        credential,
        tenant: if extension.is_some() { document.tenant } else { Tenant::default() },
        error_code: document.error_code.first().cloned(),
        error_codes: document.error_code,
        precedence: document.precedence,
        caching: document.caching,
        failure: document.failure,
        conditions,
        sources: document.sources,
        extended: extension.is_some(),
    }
}

fn extended<'a>(
    reader: &mut Reader<'a>,
    root: &Node<'a>,
    node: &Node<'a>,
    defaults: &Defaults,
    document: &DocumentExtension,
    found: &mut [Found<'a>],
) -> BTreeMap<super::Condition, super::DocumentedResponse> {
    let success = outcome::compiled(reader, &at(node, &["success"]), document.success.as_deref());
    let mut extensions = Vec::new();
    for found in &mut *found {
        found.operation.error_codes.clone_from(&document.error_code);
        found.operation.success.clone_from(&success);
        response::read(reader, defaults, document, found);
        extensions.push(operation::read(reader, defaults, document, found));
    }
    answer::of_operations(reader, node, defaults, document, found, &extensions);
    links::resolve(reader, found);
    outcome::check(reader, found);
    global::check(reader, node, document, found);
    example::invariants(reader, node, document, found, &extensions);
    answer::of_document(reader, root, node, defaults, document)
}

/// The places of a set of members, for messages.
fn at(node: &Node<'_>, path: &[&str]) -> Location {
    let mut location = node.location.clone();
    for token in path {
        location = location.join(token);
    }
    location
}

/// Names for a message, or what to say if there are none.
fn listed<'a>(names: impl IntoIterator<Item = &'a str>) -> String {
    let names: BTreeSet<&str> = names.into_iter().collect();
    if names.is_empty() { "none".to_owned() } else { names.into_iter().collect::<Vec<_>>().join(", ") }
}
