//! How a fault changes the mock: which credentials it admits, and which responses it edits.

use std::sync::Arc;

use crate::contract::Role;
use crate::mock::admission::{Admission, Presented};
use crate::mock::behaviour::{AdmitView, EditView, ProviderBehaviour};
use crate::mock::reply::Reply;
use crate::model::Decision;

/// Sets the decision about credentials; `None` leaves it to the mock.
pub(super) fn admit(behaviour: &mut ProviderBehaviour, hook: fn(&AdmitView<'_>) -> Option<Admission>) {
    behaviour.admit = Some(Arc::new(hook));
}

/// Admits an arbitrary tenant with an account, always the same one.
#[expect(clippy::unnecessary_wraps, reason = "an admission hook returns an option")]
pub(super) fn anyone(view: &AdmitView<'_>) -> Option<Admission> {
    Some(Admission::Tenant(view.keys.values().min().cloned().unwrap_or_default()))
}

/// Whether the request presents no credential.
pub(super) fn is_missing(view: &AdmitView<'_>) -> bool {
    *view.admission == Admission::Missing && *view.presented == Presented::Nothing
}

/// Whether the request is a paid call.
pub(super) fn is_paid(view: &AdmitView<'_>) -> bool {
    view.contract
        .operation(Role::Spend)
        .is_some_and(|operation| view.request.target.starts_with(operation.path.as_str()))
}

/// Edits every response.
pub(super) fn every(behaviour: &mut ProviderBehaviour, edit: fn(&EditView<'_>, &mut Reply)) {
    behaviour.edit.push(Arc::new(edit));
}

/// Edits the successful responses of every operation.
pub(super) fn on_success(behaviour: &mut ProviderBehaviour, edit: fn(&EditView<'_>, &mut Reply)) {
    behaviour.edit.push(Arc::new(move |view, reply| {
        if matches!(view.decision, Some(Decision::Success { .. })) {
            edit(view, reply);
        }
    }));
}

/// Edits the error responses of every operation.
pub(super) fn on_errors(behaviour: &mut ProviderBehaviour, edit: fn(&EditView<'_>, &mut Reply)) {
    behaviour.edit.push(Arc::new(move |view, reply| {
        if matches!(view.decision, Some(Decision::Refused { .. })) {
            edit(view, reply);
        }
    }));
}

/// Edits the successful responses of the balance operation.
pub(super) fn on_balance(behaviour: &mut ProviderBehaviour, edit: fn(&EditView<'_>, &mut Reply)) {
    behaviour.edit.push(Arc::new(move |view, reply| {
        if view.succeeded(Role::Balance) && view.request.method != "HEAD" {
            edit(view, reply);
        }
    }));
}

/// Edits the responses with a JSON body.
pub(super) fn on_json(behaviour: &mut ProviderBehaviour, edit: fn(&EditView<'_>, &mut Reply)) {
    behaviour.edit.push(Arc::new(move |view, reply| {
        if reply.header("content-type").is_some_and(|media_type| media_type.contains("json")) {
            edit(view, reply);
        }
    }));
}

/// Changes the body as text.
pub(super) fn rewrite(reply: &mut Reply, change: impl FnOnce(&str) -> Vec<u8>) {
    reply.body = change(&reply.text()).into();
}

/// Whether the balance of the response is zero, or use is not allowed.
pub(super) fn is_zero(view: &EditView<'_>) -> bool {
    let Some(Decision::Success { balance, .. }) = view.decision else { return false };
    balance.remaining.map_or(balance.allowed == Some(false), |left| left.is_zero())
}

/// The response of a web framework to an exception that the application did not catch.
pub(super) fn crash() -> Reply {
    Reply::new(500, "text/html", "<h1>Internal Server Error</h1>")
}
