//! Caching, on both sides. A client feels a cache of the server as age, and the rule for its own cache as a duty.

use super::change::{Change, Changes, Effect};
use crate::contract::{CacheKind, CacheRule, Contract};

/// Compares what is said about caching.
pub(super) fn compare(old: &Contract, new: &Contract, changes: &mut Changes) {
    server(old.caching.server.as_ref(), new.caching.server.as_ref(), changes);
    client(old.caching.client.as_ref(), new.caching.client.as_ref(), changes);
}

/// The longest time that a balance may be cached, in milliseconds; `None` without limit.
fn longest(rule: &CacheRule) -> Option<u64> {
    if rule.kind == CacheKind::None { Some(0) } else { rule.max_ttl_ms }
}

/// The least time that it has to be.
fn least(rule: &CacheRule) -> u64 {
    match rule.kind {
        CacheKind::Cached => rule.min_ttl_ms.unwrap_or(0),
        _ => 0,
    }
}

fn shown(rule: &CacheRule) -> String {
    let time = |ms: u64| if ms.is_multiple_of(1000) { format!("{} s", ms / 1000) } else { format!("{ms} ms") };
    match (rule.kind, rule.min_ttl_ms, rule.max_ttl_ms) {
        (CacheKind::None, ..) => "not cached".to_owned(),
        (kind, Some(least), Some(most)) if least != most => format!("{kind}, {} to {}", time(least), time(most)),
        (kind, _, Some(most)) => format!("{kind}, up to {}", time(most)),
        (kind, Some(least), None) => format!("{kind}, {} or more", time(least)),
        (kind, None, None) => format!("{kind}, without a limit"),
    }
}

/// Whether the second is later than the first; `None` is never.
fn is_later(first: Option<u64>, second: Option<u64>) -> bool {
    match (first, second) {
        (Some(first), Some(second)) => second > first,
        (Some(_), None) => true,
        (None, _) => false,
    }
}

fn server(old: Option<&CacheRule>, new: Option<&CacheRule>, changes: &mut Changes) {
    let about = "caching, server";
    match (old, new) {
        (Some(before), Some(after)) => {
            let change = if is_later(longest(before), longest(after)) {
                Change::of(
                    "caching.server.longer",
                    Effect::Breaking,
                    about,
                    shown(before),
                    shown(after),
                    "a balance may be older than a client expects",
                )
            } else if is_later(longest(after), longest(before)) {
                Change::of("caching.server.shorter", Effect::Compatible, about, shown(before), shown(after), "")
            } else if before.kind != after.kind {
                Change::of("caching.server.kind", Effect::Check, about, shown(before), shown(after), "")
            } else {
                dropped(about, before, after, changes);
                return;
            };
            changes.add_promised(change.promised(Some(&before.promise), Some(&after.promise)));
            dropped(about, before, after, changes);
        }
        // Without a rule, a balance may be of any age.
        (Some(before), None) if longest(before).is_some() => {
            let change = Change::of(
                "caching.server.withdrawn",
                Effect::Breaking,
                about,
                shown(before),
                "",
                "a balance may be of any age",
            );
            changes.add_promised(change.promised(Some(&before.promise), None));
        }
        (None, Some(after)) => {
            let change = Change::of("caching.server.added", Effect::Compatible, about, "", shown(after), "");
            changes.add_promised(change.promised(None, Some(&after.promise)));
        }
        _ => {}
    }
}

/// What makes the next balance a fresh one, and that no tenant is shown the balance of another.
fn dropped(about: &str, before: &CacheRule, after: &CacheRule, changes: &mut Changes) {
    if after.kind == CacheKind::None {
        // Every balance is a fresh one.
        return;
    }
    for (role, promise) in &before.invalidated_by {
        let about = format!("{about}, dropped by {}", role.as_str());
        changes.promise(&about, Some(promise), after.invalidated_by.get(role), "the next balance may be an old one");
    }
    for (role, promise) in after.invalidated_by.iter().filter(|(role, _)| !before.invalidated_by.contains_key(role)) {
        changes.promise(&format!("{about}, dropped by {}", role.as_str()), None, Some(promise), "");
    }
    changes.promise(
        &format!("{about}, scope"),
        before.scope.as_ref(),
        after.scope.as_ref(),
        "a balance may be that of another tenant",
    );
}

fn client(old: Option<&CacheRule>, new: Option<&CacheRule>, changes: &mut Changes) {
    let about = "caching, client";
    let Some(after) = new else {
        if let Some(before) = old {
            changes.add(
                "caching.client.withdrawn",
                Effect::Compatible,
                about,
                shown(before),
                "",
                "a client may cache as it likes",
            );
        }
        return;
    };
    // How binding the new rule is decides: it is a duty of the client.
    let mut add = |id, effect: Effect, meaning: &str| {
        let change = Change::of(id, effect, about, old.map(shown).unwrap_or_default(), shown(after), meaning);
        changes.add_promised(change.promised(None, Some(&after.promise)));
    };
    let before = old.map_or((None, 0), |rule| (longest(rule), least(rule)));
    if is_later(longest(after), before.0) {
        add("caching.client.shorter", Effect::Breaking, "a client caches for longer than is allowed now");
    } else if least(after) > before.1 {
        add("caching.client.longer", Effect::Breaking, "a client asks more often than is allowed now");
    } else if old.is_none() {
        add("caching.client.added", Effect::Compatible, "");
    } else if is_later(before.0, longest(after)) {
        add("caching.client.relaxed", Effect::Compatible, "");
    }
    for (role, promise) in &after.invalidated_by {
        if old.is_none_or(|before| !before.invalidated_by.contains_key(role)) {
            let meaning = "a client shows a balance that it should have dropped";
            let change = Change::of(
                "caching.client.drop-added",
                Effect::Breaking,
                &format!("{about}, dropped by {}", role.as_str()),
                "",
                promise.level.as_str(),
                meaning,
            );
            changes.add_promised(change.promised(None, Some(promise)));
        }
    }
}
