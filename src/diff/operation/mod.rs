//! Operations: how they are called, what they return, where the balance is, what a call costs.

mod cost;
mod fields;
mod request;
mod response;

use std::collections::BTreeSet;

use super::change::{Change, Changes, Effect};
use super::{conditions, outcome, schema};
use crate::contract::{Content, Contract, Operation, Role, Rule};

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
    request::parameters(before, after, changes);
    request::body(before, after, changes);
    response::all(before, after, changes);
    fields::balance(&before.fields, &after.fields, changes);
    outcome::of_operation(before, after, changes);
    conditions::compare(&before.conditions, &after.conditions, changes);
    cost::compare(before.cost.as_ref(), after.cost.as_ref(), changes);
    changes.promise("free", before.free.as_ref(), after.free.as_ref(), "a call may cost credits");
    changes.promise(
        "unlimited",
        before.unlimited.as_ref(),
        after.unlimited.as_ref(),
        "a client that calls often may be refused",
    );
    changes.promise("operation", Some(&before.promise), Some(&after.promise), "");
    invariants(before, after, changes);
}

/// The relations that hold in every successful response.
fn invariants(before: &Operation, after: &Operation, changes: &mut Changes) {
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
    let is_new = |rule: &&Rule| {
        !before.invariants.iter().any(|other| other.id == rule.id || other.expression.text() == rule.expression.text())
    };
    for rule in after.invariants.iter().filter(is_new) {
        let about = format!("invariant {}", rule.id);
        let change = Change::of("invariant.added", Effect::Compatible, &about, "", rule.expression.text(), "");
        changes.add_promised(change.promised(None, Some(&rule.promise)));
    }
}

/// The media types of a body, for people.
fn types(content: &[Content]) -> String {
    content.iter().map(|content| content.media_type.as_str()).collect::<Vec<_>>().join(", ")
}
