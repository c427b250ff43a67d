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
