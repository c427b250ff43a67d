//! What concerns the document as a whole: roles, caching, tenants, and the policy for failures.

use std::collections::BTreeMap;

use super::at;
use crate::contract::node::Node;
use crate::contract::openapi::{Found, Reader};
use crate::contract::{CacheKind, CacheRule, DocumentExtension, FailureMode, Role, Tenant};

pub(super) fn check<'a>(reader: &mut Reader<'a>, node: &Node<'a>, document: &DocumentExtension, found: &[Found<'a>]) {
    if document.version != 1 {
        reader.diagnostics.fatal(&at(node, &["version"]), "the version of the extension is 1");
    }
    roles(reader, found);
    let caching = [("server", &document.caching.server), ("client", &document.caching.client)];
    for (side, rule) in caching {
        if let Some(rule) = rule {
            cache(reader, node, side, rule, found);
        }
    }
    if let Tenant::Query { form, .. } = &document.tenant
        && !form.contains("{tenant}")
    {
        let message = "`form` must contain `{tenant}`, the place of a unique name";
        reader.diagnostics.fatal(&at(node, &["tenant", "form"]), message);
    }
    if matches!(document.tenant, Tenant::Query { .. }) && document.credential.is_some() {
        let message = "the tenant is identified by a query parameter or by the credential, not by both: remove `tenant` or `credential`";
        reader.diagnostics.fatal(&at(node, &["tenant"]), message);
    }
    for pointer in document.error_code.iter().filter(|pointer| !pointer.starts_with('/')) {
        let message = format!("`{pointer}` is no JSON Pointer: write `/{pointer}`");
        reader.diagnostics.fatal(&at(node, &["error_code"]), message);
    }
    if let Some(failure) = &document.failure {
        if failure.mode == FailureMode::Closed && failure.allowed.is_some() {
            let message = "`allowed` has no effect when `mode` is `closed`: remove it, or set `mode: open`";
            reader.diagnostics.fatal(&at(node, &["failure", "allowed"]), message);
        }
        if failure.mode == FailureMode::Open && failure.allowed.is_none() {
            let message = "`mode: open` needs `allowed`: add the value that a client reports while the check fails";
            reader.diagnostics.fatal(&at(node, &["failure", "mode"]), message);
        }
    }
}

/// One operation of each role; of those that spend, the first one counts.
fn roles(reader: &mut Reader<'_>, found: &[Found<'_>]) {
    let mut first: BTreeMap<Role, &str> = BTreeMap::new();
    for found in found {
        let role = found.operation.role;
        if matches!(role, Role::Spend | Role::Other) {
            continue;
        }
        match first.get(&role) {
            None => {
                first.insert(role, &found.operation.id);
            }
            Some(holder) => {
                let message = format!("the operation {holder} has this role already: one operation holds it");
                reader.diagnostics.fatal(&at(&found.node, &["x-conformance", "role"]), message);
            }
        }
    }
}

fn cache(reader: &mut Reader<'_>, node: &Node<'_>, side: &str, rule: &CacheRule, found: &[Found<'_>]) {
    let here = |last: &str| at(node, &["caching", side, last]);
    if let (Some(least), Some(most)) = (rule.min_ttl_ms, rule.max_ttl_ms)
        && least > most
    {
        let message = format!("`min_ttl_ms` {least} is more than `max_ttl_ms` {most}");
        reader.diagnostics.fatal(&here("min_ttl_ms"), message);
    }
    let timed = rule.min_ttl_ms.or(rule.max_ttl_ms);
    match rule.kind {
        CacheKind::Cached if timed.is_none() => {
            let message = "`kind: cached` needs a TTL: add `min_ttl_ms`, `max_ttl_ms` or both";
            reader.diagnostics.fatal(&here("kind"), message);
        }
        CacheKind::None if timed.is_some() => {
            let message = "a TTL needs the kind `cached` or `permitted`: remove the TTL, or change `kind`";
            reader.diagnostics.fatal(&here("kind"), message);
        }
        _ => {}
    }
    for role in rule.invalidated_by.keys() {
        if !found.iter().any(|found| found.operation.role == *role) {
            let message = "no operation has this role, so the cached response is never invalidated: remove the entry, or give an operation the role";
            reader.diagnostics.fatal(&here("invalidated_by").join(role.as_str()), message);
        }
    }
}
