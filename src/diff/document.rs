//! What a contract says of all operations: the server, the tenant, error codes, failures.

use super::change::{Change, Changes, Effect};
use super::{conditions, outcome};
use crate::contract::{Contract, FailureMode, FailurePolicy, Tenant};

/// Compares what stands at the top.
pub(super) fn compare(old: &Contract, new: &Contract, changes: &mut Changes) {
    if old.server_url != new.server_url && !old.server_url.is_empty() && !new.server_url.is_empty() {
        changes.add(
            "server.moved",
            Effect::Breaking,
            "server",
            &old.server_url,
            &new.server_url,
            "a client calls the old address",
        );
    }
    if old.extended && !new.extended {
        changes.add(
            "contract.plain",
            Effect::Check,
            "contract",
            "with promises",
            "without",
            "the new document has no extension `x-conformance`, so it promises shapes only",
        );
    }
    if old.tenant != new.tenant {
        changes.add(
            "tenant.moved",
            Effect::Breaking,
            "tenant",
            tenant(&old.tenant),
            tenant(&new.tenant),
            "a client names the account in the old way",
        );
    }
    error_code(old, new, changes);
    outcome::precedence(old, new, changes);
    failure(old.failure.as_ref(), new.failure.as_ref(), changes);
    conditions::compare(&old.conditions, &new.conditions, changes);
}

fn tenant(tenant: &Tenant) -> String {
    match tenant {
        Tenant::Credential => "by the credential".to_owned(),
        Tenant::Query { name, .. } => format!("by the query parameter `{name}`"),
    }
}

fn error_code(old: &Contract, new: &Contract, changes: &mut Changes) {
    // Each response has its own place for the code, which is that of the document where it says nothing else.
    changes.error_codes_moved(old.error_codes != new.error_codes);
    match (&old.error_code, &new.error_code) {
        (Some(before), Some(after)) if before != after => {
            changes.add(
                "error-code.moved",
                Effect::Breaking,
                "error code",
                before,
                after,
                "a client that reads the code of an error finds none",
            );
        }
        (Some(before), None) => {
            changes.add(
                "error-code.removed",
                Effect::Breaking,
                "error code",
                before,
                "",
                "a client that reads the code of an error may find none",
            );
        }
        (None, Some(after)) => changes.add("error-code.added", Effect::Compatible, "error code", "", after, ""),
        _ => {}
    }
}

fn failure(old: Option<&FailurePolicy>, new: Option<&FailurePolicy>, changes: &mut Changes) {
    let shown = |policy: &FailurePolicy| match (policy.mode, policy.allowed) {
        (FailureMode::Open, Some(allowed)) => format!("open, allowed: {allowed}"),
        (mode, _) => mode.as_str().to_owned(),
    };
    match (old, new) {
        (Some(before), Some(after)) if (before.mode, before.allowed) != (after.mode, after.allowed) => {
            let meaning = if after.mode == FailureMode::Closed {
                "when the balance cannot be read, a client gets an error where it was told that use is allowed"
            } else {
                "when the balance cannot be read, a client gets another response than before"
            };
            let change =
                Change::of("failure.changed", Effect::Breaking, "failure", shown(before), shown(after), meaning);
            changes.add_promised(change.promised(before.server.as_ref(), after.server.as_ref()));
        }
        (Some(before), Some(after)) => {
            changes.promise("failure, server", before.server.as_ref(), after.server.as_ref(), "");
            let withdrawn = "a paid call without credits may succeed";
            changes.promise(
                "failure, enforced on spend",
                before.enforced_on_spend.as_ref(),
                after.enforced_on_spend.as_ref(),
                withdrawn,
            );
        }
        (Some(before), None) => {
            let change = Change::of(
                "failure.withdrawn",
                Effect::Breaking,
                "failure",
                shown(before),
                "",
                "what happens when the balance cannot be read is no longer promised",
            );
            changes.add_promised(change.promised(before.server.as_ref(), None));
        }
        (None, Some(after)) => {
            // Where nothing was said, an error was to be expected.
            let effect = if after.mode == FailureMode::Open { Effect::Check } else { Effect::Compatible };
            let change =
                Change::of("failure.added", effect, "failure", "", shown(after), "a success may be no balance");
            changes.add_promised(change.promised(None, after.server.as_ref()));
        }
        (None, None) => {}
    }
}
