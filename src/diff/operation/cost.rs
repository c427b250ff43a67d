//! What a paid call costs.

use serde_json::Value;

use super::{Change, Changes, Effect, fields};
use crate::contract::{Charge, Jobs};

/// Compares the costs of a successful call.
pub(super) fn compare(old: Option<&Charge>, new: Option<&Charge>, changes: &mut Changes) {
    let shown = |charge: &Charge| match (&charge.amount, &charge.charged) {
        (Some(amount), _) => amount.to_string(),
        (None, Some(at)) => format!("as the response says at {}", fields::shown(at)),
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
            if let (Some(old), Some(new)) = (&before.jobs, &after.jobs) {
                jobs(old, new, &promised, changes);
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

/// Where a client finds the state of a job, and by what it knows the end.
fn jobs(old: &Jobs, new: &Jobs, promised: &dyn Fn(Change) -> Change, changes: &mut Changes) {
    let place = |jobs: &Jobs| format!("GET {}, id {}, state {}", jobs.path, jobs.id, jobs.state);
    if place(old) != place(new) {
        let meaning = "a client does not find the state of its job";
        changes.add_promised(promised(Change::of(
            "jobs.moved",
            Effect::Breaking,
            "jobs",
            place(old),
            place(new),
            meaning,
        )));
    }
    for (about, old, new) in
        [("jobs, succeeded", &old.succeeded, &new.succeeded), ("jobs, failed", &old.failed, &new.failed)]
    {
        let difference = |some: &[Value], others: &[Value]| {
            let only = some.iter().filter(|state| !others.contains(state));
            only.map(|state| state.as_str().map_or_else(|| state.to_string(), str::to_owned))
                .collect::<Vec<_>>()
                .join(", ")
        };
        let (added, removed) = (difference(new, old), difference(old, new));
        if !added.is_empty() {
            let meaning = "a client that does not know the state waits without end";
            let change = Change::of("jobs.state-added", Effect::Breaking, about, "", added, meaning);
            changes.add_promised(promised(change));
        }
        if !removed.is_empty() {
            changes.add_promised(promised(Change::of(
                "jobs.state-removed",
                Effect::Compatible,
                about,
                removed,
                "",
                "",
            )));
        }
    }
}
