//! Turns what was found in a document of recorded responses into what was seen, which is not binding.

use super::draft::{Found, Operation};
use super::examples::Seen;
use super::locate::Sure;
use super::promise::{Basis, Stated, Strength};
use crate::contract::Condition;

/// Makes observations of promises, and leaves out conditions that nothing shows.
pub(super) fn observed(found: &mut Found<'_>, seen: &Seen) {
    found.is_recorded = true;
    let remarks = seen.remarks.iter().cloned();
    found.missing.extend(remarks);
    if seen.remarks.iter().any(|remark| remark.starts_with("the credential")) {
        found.missing.retain(|missing| !missing.starts_with("the credential: the document names none"));
    }
    if let Some(credential) = &mut found.credential {
        let quote = credential.required.quote.clone();
        credential.required = Stated::observed(&quote, credential.required.place.clone());
        credential.remarks.clear();
        if !seen.without_credential.iter().any(|line| line.ends_with(" 401") || line.ends_with(" 403")) {
            credential.remarks.push("that a request without it is refused was not recorded".to_owned());
        }
    }
    found.caching.iter_mut().for_each(|caching| see(&mut caching.promise));
    found.rate_limits.iter_mut().for_each(see);
    for operation in &mut found.operations {
        self::operation(operation, seen);
    }
}

fn operation(operation: &mut Operation<'_>, seen: &Seen) {
    let name = operation.outline.name();
    operation.conditions.retain(|condition| {
        let line = format!("{name} {}", condition.key);
        match condition.condition {
            Condition::CredentialMissing => seen.without_credential.contains(&line),
            Condition::CredentialUnknown => seen.with_credential.contains(&line),
            _ => true,
        }
    });
    for condition in &mut operation.conditions {
        let meaning = super::conditions::meaning(condition.condition);
        let place = condition.promise.place.clone();
        let sure = condition.promise.sure;
        condition.promise =
            Stated::observed(&format!("{name} was answered with {}, perhaps for {meaning}", condition.key), place);
        condition.promise.sure = sure.min(Sure::Likely);
        // What the schema fixes was only seen.
        condition.shown_code = condition.code.take().or_else(|| condition.shown_code.take());
    }
    for stated in [&mut operation.free, &mut operation.unlimited].into_iter().flatten() {
        see(stated);
    }
    if let Some((_, stated)) = &mut operation.cost {
        see(stated);
    }
    let place = operation.outline.item.place();
    let keys: Vec<&str> = operation.outline.responses().into_iter().map(|(key, _)| key).collect();
    operation.promise = Some(Stated::observed(&format!("{name} was answered with {}", keys.join(", ")), place));
}

fn see(stated: &mut Stated) {
    stated.basis = Basis::Observed;
    stated.strength = Strength::May;
}
