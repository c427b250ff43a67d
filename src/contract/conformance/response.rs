//! The extension of one response: a promise of its own, where it rests on another source than its operation.

use std::sync::Arc;

use super::{promises, typed};
use crate::contract::openapi::{Found, Reader};
use crate::contract::{DocumentExtension, Response, ResponseExtension};

/// Reads the extensions of an operation's responses into them.
pub(super) fn read<'a>(reader: &mut Reader<'a>, document: &DocumentExtension, found: &mut Found<'a>) {
    let nodes = found.node.get("responses").map(|responses| responses.members()).unwrap_or_default();
    for (key, node) in nodes {
        let Some(node) = node.follow(&mut reader.diagnostics).and_then(|node| node.get("x-conformance")) else {
            continue;
        };
        let Some(extension) = typed::typed::<ResponseExtension>(&node, &mut reader.diagnostics) else { continue };
        promises::check(&node, document, &mut reader.diagnostics);
        let Some((_, response)) = found.responses.iter_mut().find(|(own, _)| own == key) else { continue };
        let promised = Arc::new(Response { promise: Some(extension.promise), ..Response::clone(response) });
        for shared in found.operation.responses.iter_mut().filter(|shared| Arc::ptr_eq(shared, response)) {
            *shared = Arc::clone(&promised);
        }
        *response = promised;
    }
}
