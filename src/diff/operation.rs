//! Operations: how they are called, what they return, where the balance stands, what a call costs.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::change::{Change, Changes, Effect};
use super::{conditions, schema};
use crate::contract::{Charge, Content, Contract, Encoding, Fields, Locator, Operation, Response, Role, StatusRange};

/// Compares the operations.
pub(super) fn compare(old: &Contract, new: &Contract, changes: &mut Changes) {
    let mut met: BTreeSet<String> = BTreeSet::new();
    for before in &old.operations {
        changes.about_operation(Some(name(before)));
        let same = new
            .operations
            .iter()
            .find(|after| after.method == before.method && template(&after.path) == template(&before.path));
        let renamed = || {
            new.operations
                .iter()
                .find(|after| after.id == before.id && !old.operations.iter().any(|other| name(other) == name(after)))
        };
        let Some(after) = same.or_else(renamed) else {
            // What has a role is what the contract is about.
            changes.add(
                "operation.removed",
                Effect::Breaking,
                before.role.as_str(),
                name(before),
                "",
                "a client calls what is no longer there",
            );
            continue;
        };
        met.insert(name(after));
        if same.is_none() {
            changes.add(
                "operation.moved",
                Effect::Breaking,
                before.role.as_str(),
                name(before),
                name(after),
                "a client calls the old path or method",
            );
        }
        both(before, after, changes);
    }
    for after in new.operations.iter().filter(|after| !met.contains(&name(after))) {
        changes.about_operation(Some(name(after)));
        changes.add("operation.added", Effect::Compatible, after.role.as_str(), "", name(after), "");
    }
    changes.about_operation(None);
}

/// `METHOD /path`.
fn name(operation: &Operation) -> String {
    format!("{} {}", operation.method, operation.path)
}

/// A path in which the names of the parameters do not count.
fn template(path: &str) -> String {
    let segments =
        path.split('/').map(|segment| if segment.starts_with('{') && segment.ends_with('}') { "{}" } else { segment });
    segments.collect::<Vec<_>>().join("/")
}

fn both(before: &Operation, after: &Operation, changes: &mut Changes) {
    if before.role != after.role {
        let effect = if before.role == Role::Other { Effect::Compatible } else { Effect::Check };
        changes.add(
            "role.changed",
            effect,
            "role",
            before.role.as_str(),
            after.role.as_str(),
            "the operation is for something else",
        );
    }
    match (before.secured, after.secured) {
        (false, true) => changes.add(
            "credential.required",
            Effect::Breaking,
            "credential",
            "not needed",
            "needed",
            "a client that presents none is refused",
        ),
        (true, false) => {
            changes.add("credential.not-required", Effect::Compatible, "credential", "needed", "not needed", "");
        }
        _ => {}
    }
    parameters(before, after, changes);
    request(before, after, changes);
    responses(before, after, changes);
    fields(&before.fields, &after.fields, changes);
    conditions::compare(&before.conditions, &after.conditions, changes);
    cost(before.cost.as_ref(), after.cost.as_ref(), changes);
    changes.promise("free", before.free.as_ref(), after.free.as_ref(), "a call may cost credits");
    changes.promise(
        "unlimited",
        before.unlimited.as_ref(),
        after.unlimited.as_ref(),
        "a client that calls often may be refused",
    );
    changes.promise("operation", Some(&before.promise), Some(&after.promise), "");
    for rule in &before.invariants {
        let about = format!("invariant {}", rule.id);
        let found = after
            .invariants
            .iter()
            .find(|other| other.id == rule.id || other.expression.text() == rule.expression.text());
        match found {
            None => {
                let change = Change::of(
                    "invariant.withdrawn",
                    Effect::Breaking,
                    &about,
                    rule.expression.text(),
                    "",
                    "the relation may no longer hold",
                );
                changes.add_promised(change.promised(Some(&rule.promise), None));
            }
            Some(other) if other.expression.text() != rule.expression.text() => {
                let change = Change::of(
                    "invariant.changed",
                    Effect::Check,
                    &about,
                    rule.expression.text(),
                    other.expression.text(),
                    "another relation holds",
                );
                changes.add_promised(change.promised(Some(&rule.promise), Some(&other.promise)));
            }
            Some(_) => {}
        }
    }
}

/// The required parameters of the query and of the header.
fn parameters(before: &Operation, after: &Operation, changes: &mut Changes) {
    let query = |operation: &Operation| -> BTreeSet<String> {
        let query = operation.example_path.split_once('?').map(|(_, query)| query.to_owned()).unwrap_or_default();
        query
            .split('&')
            .filter_map(|pair| pair.split('=').next())
            .filter(|name| !name.is_empty())
            .map(|name| format!("query parameter `{name}`"))
            .collect()
    };
    let header = |operation: &Operation| -> BTreeSet<String> {
        operation.example_headers.iter().map(|(name, _)| format!("header field `{name}`")).collect()
    };
    let (old, new): (BTreeSet<String>, BTreeSet<String>) =
        (&query(before) | &header(before), &query(after) | &header(after));
    for added in new.difference(&old) {
        changes.add(
            "parameter.required",
            Effect::Breaking,
            added,
            "not required",
            "required",
            "a client does not send it",
        );
    }
    for removed in old.difference(&new) {
        changes.add("parameter.not-required", Effect::Compatible, removed, "required", "not required", "");
    }
}

fn request(before: &Operation, after: &Operation, changes: &mut Changes) {
    let (old, new) = match (&before.request, &after.request) {
        (None, Some(new)) if new.required => {
            changes.add("request.required", Effect::Breaking, "request body", "", "required", "a client sends none");
            return;
        }
        (Some(_), None) => {
            changes.add(
                "request.removed",
                Effect::Check,
                "request body",
                "documented",
                "",
                "a body may be ignored or refused",
            );
            return;
        }
        (Some(old), Some(new)) => (old, new),
        _ => return,
    };
    if new.required && !old.required {
        changes.add(
            "request.required",
            Effect::Breaking,
            "request body",
            "optional",
            "required",
            "a client may send none",
        );
    }
    for content in &old.content {
        let about = format!("request {}", content.media_type);
        match new.content.iter().find(|other| other.media_type == content.media_type) {
            Some(other) => schema::request(&about, content.schema.as_ref(), other.schema.as_ref(), changes),
            None => changes.add(
                "request.media-type",
                Effect::Breaking,
                about,
                &content.media_type,
                types(&new.content),
                "a client sends this media type",
            ),
        }
    }
}

fn types(content: &[Content]) -> String {
    content.iter().map(|content| content.media_type.as_str()).collect::<Vec<_>>().join(", ")
}

fn responses(before: &Operation, after: &Operation, changes: &mut Changes) {
    let find = |operation: &Operation, range: StatusRange| -> Option<Arc<Response>> {
        let exact = operation.responses.iter().find(|response| response.status == range);
        let canonical = match range {
            StatusRange::Exact(status) => operation.response(status),
            _ => None,
        };
        exact.or(canonical).cloned()
    };
    for old in &before.responses {
        let key = conditions::status(old.status);
        let about = format!("response {key}");
        let is_success = is_success(old.status);
        match find(after, old.status) {
            Some(new) => response(&about, before, old, &new, changes),
            None if is_success => {
                let successes = after.responses.iter().filter(|response| self::is_success(response.status));
                let found =
                    successes.map(|response| conditions::status(response.status)).collect::<Vec<_>>().join(", ");
                changes.add(
                    "response.status",
                    Effect::Breaking,
                    about,
                    key,
                    found,
                    "a client that waits for this status does not get it",
                );
            }
            // No client misses an error that does not come any more; where it is promised, it is a condition.
            None => changes.add("response.removed", Effect::Compatible, about, key, "", ""),
        }
    }
    for new in after.responses.iter().filter(|new| find(before, new.status).is_none()) {
        let key = conditions::status(new.status);
        let effect = if is_success(new.status) { Effect::Check } else { Effect::Compatible };
        let meaning = if is_success(new.status) { "a client may not know this kind of success" } else { "" };
        changes.add("response.added", effect, format!("response {key}"), "", key, meaning);
    }
}

fn is_success(range: StatusRange) -> bool {
    match range {
        StatusRange::Exact(status) => (200..300).contains(&status),
        StatusRange::Class(digit) => digit == 2,
        StatusRange::Default => false,
    }
}

fn response(about: &str, operation: &Operation, old: &Response, new: &Response, changes: &mut Changes) {
    let level = operation.promise_of(old).level;
    for field in old.headers.iter().filter(|field| field.required) {
        let name = format!("{about}, header field `{}`", field.name);
        let meaning = "a client that reads it may not find it";
        match new.headers.iter().find(|other| other.name == field.name) {
            None => changes.add("header.removed", Effect::Breaking.at(level), name, "required", "", meaning),
            Some(other) if !other.required => {
                changes.add("header.optional", Effect::Breaking.at(level), name, "required", "optional", meaning);
            }
            Some(_) => {}
        }
    }
    for content in &old.content {
        let about = format!("{about} {}", content.media_type);
        match new.content.iter().find(|other| other.media_type == content.media_type) {
            Some(other) => schema::response(&about, content.schema.as_ref(), other.schema.as_ref(), level, changes),
            None => {
                let meaning = if new.content.is_empty() {
                    "the body is no longer documented"
                } else {
                    "a client may not decode the body"
                };
                changes.add(
                    "response.media-type",
                    Effect::Breaking.at(level),
                    about,
                    &content.media_type,
                    types(&new.content),
                    meaning,
                );
            }
        }
    }
}

/// Where a response says what is left.
fn fields(before: &Fields, after: &Fields, changes: &mut Changes) {
    let pairs = [
        ("remaining", &before.remaining, &after.remaining),
        ("total", &before.total, &after.total),
        ("allowed", &before.allowed, &after.allowed),
    ];
    for (what, old, new) in pairs {
        match (old, new) {
            (Some(old), Some(new)) if old != new => {
                changes.add(
                    "locator.moved",
                    Effect::Breaking,
                    what,
                    shown(old),
                    shown(new),
                    "a client reads another value, or none",
                );
            }
            (Some(old), None) => {
                changes.add("locator.removed", Effect::Breaking, what, shown(old), "", "a client finds no value");
            }
            (None, Some(new)) => changes.add("locator.added", Effect::Compatible, what, "", shown(new), ""),
            _ => {}
        }
    }
    for old in &before.remaining_repeated {
        let new = after.remaining_repeated.iter().find(|new| new.at == old.at);
        let about = format!("repeated at {}", shown(&old.at));
        changes.promise(
            &about,
            Some(&old.promise),
            new.map(|new| &new.promise),
            "a client that reads the balance there may not find it",
        );
    }
}

fn shown(locator: &Locator) -> String {
    let mut shown = match (&locator.header, &locator.pointer) {
        (Some(header), _) => format!("header {header}"),
        (None, Some(pointer)) if pointer.is_empty() => "the whole body".to_owned(),
        (None, Some(pointer)) => pointer.clone(),
        (None, None) => "computed".to_owned(),
    };
    if let Some(minus) = &locator.minus {
        shown = format!("{shown} - {minus}");
    }
    if locator.encoding == Encoding::String {
        shown.push_str(" (string)");
    }
    shown
}

fn cost(old: Option<&Charge>, new: Option<&Charge>, changes: &mut Changes) {
    let shown = |charge: &Charge| match (&charge.amount, &charge.charged) {
        (Some(amount), _) => amount.to_string(),
        (None, Some(at)) => format!("as the response says at {}", self::shown(at)),
        (None, None) => "varies".to_owned(),
    };
    match (old, new) {
        (Some(before), Some(after)) => {
            let promised = |change: Change| change.promised(Some(&before.promise), Some(&after.promise));
            if before.amount != after.amount {
                let (effect, meaning) = match (before.amount, after.amount) {
                    (Some(old), Some(new)) if new < old => (Effect::Compatible, "a call costs less"),
                    (Some(_), Some(_)) => (Effect::Breaking, "a call costs more than a client counts on"),
                    (Some(_), None) => (Effect::Breaking, "a client cannot know what a call costs"),
                    _ => (Effect::Compatible, ""),
                };
                changes.add_promised(promised(Change::of(
                    "cost.changed",
                    effect,
                    "cost",
                    shown(before),
                    shown(after),
                    meaning,
                )));
            } else if before.charged.is_some() && before.charged != after.charged {
                let meaning = "a client does not find what a call cost";
                changes.add_promised(promised(Change::of(
                    "cost.moved",
                    Effect::Breaking,
                    "cost",
                    shown(before),
                    shown(after),
                    meaning,
                )));
            }
            let text =
                |charge: &Charge| charge.free_when.as_ref().map(|when| when.text().to_owned()).unwrap_or_default();
            if text(before) != text(after) {
                let effect = if text(before).is_empty() { Effect::Compatible } else { Effect::Breaking };
                let meaning = "other calls are free than before";
                changes.add_promised(promised(Change::of(
                    "cost.free-when",
                    effect,
                    "cost, free when",
                    text(before),
                    text(after),
                    meaning,
                )));
            }
            if before.jobs.is_some() != after.jobs.is_some() {
                let says = |charge: &Charge| if charge.jobs.is_some() { "when the job ends" } else { "at once" };
                changes.add_promised(promised(Change::of(
                    "cost.time",
                    Effect::Check,
                    "cost",
                    says(before),
                    says(after),
                    "credits go at another time",
                )));
            }
        }
        (Some(before), None) => {
            let change = Change::of(
                "cost.withdrawn",
                Effect::Check,
                "cost",
                shown(before),
                "",
                "what a call costs is no longer promised",
            );
            changes.add_promised(change.promised(Some(&before.promise), None));
        }
        (None, Some(after)) => {
            let change =
                Change::of("cost.added", Effect::Check, "cost", "", shown(after), "a call may have been free before");
            changes.add_promised(change.promised(None, Some(&after.promise)));
        }
        (None, None) => {}
    }
}
