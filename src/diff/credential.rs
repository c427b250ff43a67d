//! The credential: whether one is needed, where it goes, how it begins.

use super::change::{Change, Changes, Effect};
use crate::contract::{Contract, Credential, CredentialPlace};

/// Compares the credentials.
pub(super) fn compare(old: &Contract, new: &Contract, changes: &mut Changes) {
    match (&old.credential, &new.credential) {
        (None, Some(after)) => {
            let change = Change::of(
                "credential.added",
                Effect::Breaking,
                "credential",
                "",
                ways(after),
                "a client without a credential is refused",
            );
            changes.add_promised(change.promised(None, Some(&after.required)));
        }
        (Some(before), None) => {
            changes.add(
                "credential.removed",
                Effect::Compatible,
                "credential",
                ways(before),
                "",
                "a client sends a credential that is not needed",
            );
        }
        (Some(before), Some(after)) => both(before, after, changes),
        (None, None) => {}
    }
}

fn both(before: &Credential, after: &Credential, changes: &mut Changes) {
    let is_way_of = |way: &[&CredentialPlace], credential: &Credential| {
        credential
            .ways()
            .any(|other| other.len() == way.len() && way.iter().all(|place| other.iter().any(|own| same(place, own))))
    };
    // A client uses one of the documented ways.
    let mut lost = before.ways().filter(|way| !is_way_of(way, after)).peekable();
    if lost.peek().is_some() {
        let change = Change::of(
            "credential.moved",
            Effect::Breaking,
            "credential",
            ways(before),
            ways(after),
            "a client presents its credential where it no longer counts",
        );
        changes.add_promised(change.promised(Some(&before.required), Some(&after.required)));
    } else if after.ways().any(|way| !is_way_of(&way, before)) {
        changes.add("credential.way-added", Effect::Compatible, "credential", ways(before), ways(after), "");
    }
    if before.prefix != after.prefix {
        // A client may check how a credential begins, and old credentials may have been replaced.
        changes.add(
            "credential.prefix",
            Effect::Check,
            "credential prefix",
            &before.prefix,
            &after.prefix,
            "credentials begin in another way",
        );
    }
    if before.scheme_case_sensitive.is_none()
        && let Some(promise) = &after.scheme_case_sensitive
    {
        let change = Change::of(
            "credential.scheme-case",
            Effect::Breaking,
            "auth scheme",
            "in any case",
            "in one case",
            "a client that writes the auth scheme in another case is refused",
        );
        changes.add_promised(change.promised(None, Some(promise)));
    }
}

/// Whether two places are one for a server: names of fields and of auth schemes are in any case.
fn same(left: &CredentialPlace, right: &CredentialPlace) -> bool {
    match (left, right) {
        (CredentialPlace::Header { name: left }, CredentialPlace::Header { name: right })
        | (CredentialPlace::Authorization { scheme: left }, CredentialPlace::Authorization { scheme: right }) => {
            left.eq_ignore_ascii_case(right)
        }
        _ => left == right,
    }
}

fn ways(credential: &Credential) -> String {
    let ways = credential.ways().map(|way| way.iter().map(|place| place.describe()).collect::<Vec<_>>().join(" and "));
    ways.collect::<Vec<_>>().join(", or ")
}
