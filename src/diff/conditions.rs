//! Conditions: with which response a server tells what went wrong.

use std::collections::BTreeMap;

use super::change::{Change, Changes, Effect};
use crate::contract::{Condition, DocumentedResponse, StatusRange};

/// Compares the conditions of an operation, or of the document.
pub(super) fn compare(
    old: &BTreeMap<Condition, DocumentedResponse>,
    new: &BTreeMap<Condition, DocumentedResponse>,
    changes: &mut Changes,
) {
    for (condition, before) in old {
        let about = condition.as_str();
        let Some(after) = new.get(condition) else {
            let change = Change::of(
                "condition.withdrawn",
                Effect::Breaking,
                about,
                shown(before),
                "",
                "how the condition is told is no longer promised",
            );
            changes.add_promised(change.promised(Some(&before.promise), None));
            continue;
        };
        let promised = |change: Change| change.promised(Some(&before.promise), Some(&after.promise));
        if before.alternatives.is_empty() && after.alternatives.is_empty() {
            answer(before, after, about, changes);
        } else {
            alternatives(before, after, about, changes);
        }
        let expression = |answer: &DocumentedResponse| answer.when.as_ref().map(|when| when.text().to_owned());
        if expression(before) != expression(after) {
            changes.add_promised(promised(Change::of(
                "condition.when",
                Effect::Check,
                about,
                expression(before).unwrap_or_default(),
                expression(after).unwrap_or_default(),
                "a client that tells the condition by the body may not recognise it",
            )));
        }
        if before.code.is_some() && after.code.is_some() && before.code_at != after.code_at {
            let places = |answer: &DocumentedResponse| answer.code_at.join(", ");
            if changes.compares_places_of_codes() {
                changes.add_promised(promised(Change::of(
                    "condition.code-moved",
                    Effect::Breaking,
                    about,
                    places(before),
                    places(after),
                    "a client that reads the code of this error finds none",
                )));
            }
        }
        if before.media_type.is_some() && before.media_type != after.media_type {
            let (old, new) =
                (before.media_type.clone().unwrap_or_default(), after.media_type.clone().unwrap_or_default());
            changes.add_promised(promised(Change::of(
                "condition.media-type",
                Effect::Breaking,
                about,
                old,
                new,
                "a client may not decode the error",
            )));
        }
        changes.promise(about, Some(&before.promise), Some(&after.promise), "");
    }
    for (condition, after) in new.iter().filter(|(condition, _)| !old.contains_key(condition)) {
        let change = Change::of("condition.added", Effect::Compatible, condition.as_str(), "", shown(after), "");
        changes.add_promised(change.promised(None, Some(&after.promise)));
    }
}

/// Compares the one right answer of each contract.
fn answer(before: &DocumentedResponse, after: &DocumentedResponse, about: &str, changes: &mut Changes) {
    let promised = |change: Change| change.promised(Some(&before.promise), Some(&after.promise));
    if !is_within(after.status, before.status) {
        let meaning = "a client that looks at the status does not recognise the condition";
        changes.add_promised(promised(Change::of(
            "condition.status",
            Effect::Breaking,
            about,
            shown(before),
            shown(after),
            meaning,
        )));
    }
    if before.code.is_some() && before.code != after.code {
        let meaning = "a client that looks at the code does not recognise the condition";
        changes.add_promised(promised(Change::of(
            "condition.code",
            Effect::Breaking,
            about,
            shown(before),
            shown(after),
            meaning,
        )));
    } else if before.code.is_none() && after.code.is_some() {
        changes.add("condition.code-added", Effect::Compatible, about, shown(before), shown(after), "");
    }
}

/// Compares the right answers, where there are several: those that a client of the old contract does not know, and those that do not
/// come any more.
fn alternatives(before: &DocumentedResponse, after: &DocumentedResponse, about: &str, changes: &mut Changes) {
    let (old, new) = (answers(before), answers(after));
    let covers = |known: &DocumentedResponse, other: &DocumentedResponse| {
        is_within(other.status, known.status) && (known.code.is_none() || known.code == other.code)
    };
    let missing = |all: &[&DocumentedResponse], among: &[&DocumentedResponse]| -> String {
        let unknown = all.iter().filter(|answer| !among.iter().any(|known| covers(known, answer)));
        unknown.map(|answer| shown(answer)).collect::<Vec<_>>().join(", ")
    };
    let promised = |change: Change| change.promised(Some(&before.promise), Some(&after.promise));
    let (added, removed) = (missing(&new, &old), missing(&old, &new));
    if !added.is_empty() {
        let meaning = "a client does not know this answer to the condition";
        changes.add_promised(promised(Change::of(
            "condition.answer-added",
            Effect::Breaking,
            about,
            "",
            added,
            meaning,
        )));
    }
    if !removed.is_empty() {
        changes.add_promised(promised(Change::of(
            "condition.answer-removed",
            Effect::Compatible,
            about,
            removed,
            "",
            "",
        )));
    }
}

fn answers(answer: &DocumentedResponse) -> Vec<&DocumentedResponse> {
    std::iter::once(answer).chain(&answer.alternatives).collect()
}

/// Whether all statuses of one range are in another; `None` is any status.
fn is_within(status: Option<StatusRange>, range: Option<StatusRange>) -> bool {
    match (status, range) {
        (_, None) => true,
        (Some(status), Some(range)) if status == range => true,
        (Some(StatusRange::Exact(status)), Some(StatusRange::Class(digit))) => status / 100 == u16::from(digit),
        _ => false,
    }
}

fn shown(answer: &DocumentedResponse) -> String {
    let status = answer.status.map_or_else(|| "any status".to_owned(), status);
    match &answer.code {
        Some(code) => format!("{status} `{code}`"),
        None => status,
    }
}

/// A status or a range of them.
pub(super) fn status(range: StatusRange) -> String {
    match range {
        StatusRange::Exact(status) => status.to_string(),
        StatusRange::Class(digit) => format!("{digit}XX"),
        StatusRange::Default => "any other status".to_owned(),
    }
}
