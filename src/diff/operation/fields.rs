//! Where a response contains the balance.

use super::{Changes, Effect};
use crate::contract::{Encoding, Fields, Locator};

/// The locators of the balance.
pub(super) fn balance(before: &Fields, after: &Fields, changes: &mut Changes) {
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

/// A locator, for people.
pub(super) fn shown(locator: &Locator) -> String {
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
