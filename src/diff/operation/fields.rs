//! Where a response contains the balance.

use std::collections::BTreeSet;

use super::{Changes, Effect};
use crate::contract::{Encoding, Fields, Locator, Meaning};

/// The locators of the balance.
pub(super) fn balance(before: &Fields, after: &Fields, changes: &mut Changes) {
    let pairs = [
        ("remaining", &before.remaining, &after.remaining),
        ("total", &before.total, &after.total),
        ("allowed", &before.allowed, &after.allowed),
    ];
    for (what, old, new) in pairs {
        match (old, new) {
            (Some(old), Some(new)) if old != new => both(what, old, new, changes),
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

fn both(what: &str, old: &Locator, new: &Locator, changes: &mut Changes) {
    if shown(old) != shown(new) {
        let meaning = "a client reads another value, or none";
        changes.add("locator.moved", Effect::Breaking, what, shown(old), shown(new), meaning);
    }
    if old.factor != new.factor {
        let factor = |locator: &Locator| locator.factor.clone().unwrap_or_else(|| "1".to_owned());
        let meaning = "a client counts another number of credits";
        changes.add("locator.factor", Effect::Breaking, what, factor(old), factor(new), meaning);
    }
    let (before, after) = (markers(old), markers(new));
    let difference = |some: &BTreeSet<String>, others: &BTreeSet<String>| {
        some.difference(others).cloned().collect::<Vec<_>>().join(", ")
    };
    let (added, removed) = (difference(&after, &before), difference(&before, &after));
    if !added.is_empty() {
        let meaning = "a client takes the marker for an amount, or finds none";
        changes.add("locator.marker-added", Effect::Breaking, what, "", added, meaning);
    }
    if !removed.is_empty() {
        let meaning = "a client takes an amount for a marker, if the value still occurs";
        changes.add("locator.marker-removed", Effect::Check, what, removed, "", meaning);
    }
}

/// What stands for an amount, and what it means.
fn markers(locator: &Locator) -> BTreeSet<String> {
    let lists = [
        (Meaning::Unlimited, &locator.unlimited),
        (Meaning::Zero, &locator.zero),
        (Meaning::Unknown, &locator.unknown),
    ];
    let listed =
        lists.into_iter().flat_map(|(meaning, values)| values.iter().map(move |value| format!("{value}: {meaning}")));
    listed.chain(locator.absent.map(|meaning| format!("absent: {meaning}"))).collect()
}

/// A locator, for people.
pub(super) fn shown(locator: &Locator) -> String {
    let written = locator.path.as_ref().or(locator.expression.as_ref());
    let mut shown = match (&locator.header, written, &locator.pointer) {
        (Some(header), ..) => format!("header {header}"),
        (None, Some(written), _) => written.clone(),
        (None, None, Some(pointer)) if pointer.is_empty() => "the whole body".to_owned(),
        (None, None, Some(pointer)) => pointer.clone(),
        (None, None, None) => "nowhere".to_owned(),
    };
    if let Some(minus) = &locator.minus {
        shown = format!("{shown} - {minus}");
    }
    if locator.encoding == Encoding::String {
        shown.push_str(" (string)");
    }
    shown
}
