//! # Cached balances are not shared between tenants
//!
//! ## What it checks
//!
//! Checks that each session reports the balance of its own tenant.
//!
//! ## Why it matters
//!
//! A cache with one entry for all tenants, or with a key that does not distinguish them, shows customers the balance
//! of another customer.
//!
//! ## How
//!
//! Sessions whose tenants and credentials differ only in their last letters, in case, or in the server check one
//! after the other. Each must report its own balance.

use crate::checks::check::{Check, CheckKind, Judge, Judgement, Schedule, has_balance};
use crate::checks::client_session::{ClientSession, Identity};
use crate::checks::client_trial::{ClientTrial, SessionOptions};
use crate::checks::verdict::Side;
use crate::contract::{Level, Promise, Role};
use crate::model::BalanceValues;

pub(super) const CHECK: Check = Check {
    id: "cache.isolation",
    side: Side::Client,
    level: Level::Must,
    kind: CheckKind::Example,
    schedule: Schedule::Shared,
    slow: false,
    needs: &[],
    faults: &[
        "shared-between-credentials",
        "shared-between-tenants",
        "shared-between-truncated-tenants",
        "shared-between-truncated-credentials",
        "shared-ignoring-letter-case",
        "shared-between-servers",
    ],
    applies: has_balance,
    judge: Judge::Client(|trial| Box::pin(judge(trial))),
};

const ELSEWHERE: &str = "at another server";

async fn judge(trial: &ClientTrial<'_>) -> Judgement {
    let place = trial.place();
    let identities = similar_identities(trial);
    let own = identities[0].clone();
    let mut sessions = Vec::new();
    for (n, identity) in identities.into_iter().enumerate() {
        // Each its own account, whatever the client calls its tenant.
        let balance = balance(trial, n);
        let setting =
            SessionOptions { endpoint: Some(place.clone()), identity: Some(identity), ..SessionOptions::default() };
        sessions.push((trial.open_apart(balance, setting, n).await?, balance, "at the same server"));
    }
    let elsewhere = balance(trial, sessions.len() | 1);
    let setting = SessionOptions { identity: Some(own), ..SessionOptions::default() };
    sessions.push((trial.open_apart(elsewhere, setting, 0).await?, elsewhere, ELSEWHERE));
    for _ in 0..2 {
        for (session, balance, what) in &sessions {
            judge_own(trial, session, balance, what).await?;
        }
    }
    Ok(())
}

async fn judge_own(
    trial: &ClientTrial<'_>,
    session: &ClientSession,
    balance: &BalanceValues,
    what: &&str,
) -> Judgement {
    let call = trial.check(session).await?;
    let promise = promise(trial)?;
    // One credential at two servers occurs in tests, and hardly in production.
    let level = if *what == ELSEWHERE { Level::May } else { promise.level };
    trial.judge(&Promise { level, ..promise }, Role::Balance, &[&call], call.reports(balance), || {
        format!("several tenants and credentials in turn, {what}: expected {balance}, found {}", call.found())
    })
}

pub(super) fn promise(trial: &ClientTrial<'_>) -> Result<Promise, crate::checks::check::Stop> {
    let scope = trial.contract.caching.client.as_ref().and_then(|rule| rule.scope.clone());
    let required = trial.contract.credential.as_ref().map(|credential| credential.required.clone());
    Ok(match scope.or(required) {
        Some(promise) => promise,
        None => trial.operation(Role::Balance)?.promise.clone(),
    })
}

/// Balances that differ from one to the next, as far as the contract can tell balances apart.
pub(super) fn balance(trial: &ClientTrial<'_>, n: usize) -> BalanceValues {
    let amount = u32::try_from(n).unwrap_or(0) * 111 + 11;
    let balance = trial.credits(amount);
    BalanceValues { allowed: balance.allowed.map(|_| n.is_multiple_of(2)), ..balance }
}

/// Identities that are easily taken for each other, the first one being that of the account itself.
pub(super) fn similar_identities(trial: &ClientTrial<'_>) -> Vec<Identity> {
    let own = trial.fresh_identity("Zz");
    let mut identities = vec![own.clone(), trial.fresh_identity("Yy")];
    if let Some(key) = &own.key {
        // The same tenant with another credential, and the same letters in another case.
        identities.push(Identity { key: Some(format!("{key}2")), tenant: own.tenant.clone() });
        identities.push(Identity { key: Some(swapped(key)), tenant: own.tenant.clone() });
    }
    identities
}

/// The text with the case of its last letters swapped.
fn swapped(key: &str) -> String {
    let (head, tail) = key.split_at(key.len().saturating_sub(2));
    let swap = |letter: char| {
        if letter.is_ascii_uppercase() { letter.to_ascii_lowercase() } else { letter.to_ascii_uppercase() }
    };
    format!("{head}{}", tail.chars().map(swap).collect::<String>())
}
