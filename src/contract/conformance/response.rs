//! The extension of one response: a promise of its own, where it rests on another source than its operation.

use std::sync::Arc;

use super::shorthand::Defaults;
use super::{promises, typed};
use crate::contract::openapi::{Found, Reader};
use crate::contract::{DocumentExtension, Response, ResponseExtension};

/// Reads the extensions of an operation's responses into them.
pub(super) fn read<'a>(
    reader: &mut Reader<'a>,
    defaults: &Defaults,
    document: &DocumentExtension,
    found: &mut Found<'a>,
) {
    let nodes = found.node.get("responses").map(|responses| responses.members()).unwrap_or_default();
    for (key, node) in nodes {
        let Some(node) = node.follow(&mut reader.diagnostics).and_then(|node| node.get("x-conformance")) else {
            continue;
        };
        let value = defaults.response(&node).value;
        let Some(extension) = typed::typed::<ResponseExtension>(&node, value.clone(), &mut reader.diagnostics) else {
            continue;
        };
        promises::check(&node.location, &value, &reader.name.clone(), document, &mut reader.diagnostics);
        let Some((_, response)) = found.responses.iter_mut().find(|(own, _)| own == key) else { continue };
        let absent_headers = extension.absent_headers.iter().map(|name| name.to_ascii_lowercase()).collect();
        let promise = extension.promise.or_else(|| response.promise.clone());
        let promised = Arc::new(Response { promise, absent_headers, ..Response::clone(response) });
        for shared in found.operation.responses.iter_mut().filter(|shared| Arc::ptr_eq(shared, response)) {
            *shared = Arc::clone(&promised);
        }
        *response = promised;
    }
}
