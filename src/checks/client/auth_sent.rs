//! # The credential is sent in the documented place and form
//!
//! ## What it checks
//!
//! Checks that each request carries the whole credential, in the documented place and under the documented scheme.
//!
//! ## Why it matters
//!
//! A key in another header field, under another scheme, or cut short is refused. The application then sees an error
//! that looks like a bad key.
//!
//! ## How
//!
//! The client checks the balance and, if it can, makes a paid call, and checks with credentials of several lengths and
//! forms. The recorded requests are compared with the contract.

use crate::checks::check::{Check, CheckKind, Judge, Judgement, Schedule, has_balance, has_credential};
use crate::checks::client_session::{Call, ClientSession, Identity};
use crate::checks::client_trial::{ClientTrial, SessionOptions};
use crate::checks::verdict::Side;
use crate::contract::{Credential, CredentialPlace, Level, Promise, Role};
use crate::exchange::Request;

pub(super) const CHECK: Check = Check {
    id: "auth.sent",
    side: Side::Client,
    level: Level::Must,
    kind: CheckKind::Example,
    schedule: Schedule::Shared,
    slow: false,
    needs: &[],
    faults: &[
        "key-missing",
        "key-in-wrong-header",
        "key-in-wrong-scheme",
        "key-in-lower-case-scheme",
        "key-shortened",
        "key-cut-at-32",
        "key-cut-at-255",
        "key-without-prefix",
        "key-percent-encoded",
        "key-in-lower-case",
        "key-without-padding",
    ],
    applies: |contract| {
        has_balance(contract)?;
        has_credential(contract)
    },
    judge: Judge::Client(|trial| Box::pin(judge(trial))),
};

async fn judge(trial: &ClientTrial<'_>) -> Judgement {
    let Some(credential) = &trial.contract.credential else { return Ok(()) };
    let session = trial.open(trial.credits(100)).await?;
    let call = trial.check(&session).await?;
    judge_sent(trial, credential, &session, &call, Role::Balance)?;
    if trial.subject.capabilities.spend && trial.contract.operation(Role::Spend).is_some() {
        let call = trial.spend(&session).await?;
        if call.received.is_empty() {
            return Err(crate::checks::check::Stop::Inconclusive("the paid call made no request".to_owned()));
        }
        judge_sent(trial, credential, &session, &call, Role::Spend)?;
    }
    for key in keys_of_all_forms(credential) {
        let identity = Identity { key: Some(key), ..trial.fresh_identity("") };
        let options = SessionOptions { identity: Some(identity), ..SessionOptions::default() };
        let session = trial.open_at(trial.credits(100), options).await?;
        let call = trial.check(&session).await?;
        // The contract says nothing of the form that would allow a client to refuse it.
        let refused = Promise { level: Level::Should, ..credential.required.clone() };
        trial.judge(&refused, Role::Balance, &[&call], !call.received.is_empty(), || {
            format!("a credential of {} characters: expected a request, found none", session.key().len())
        })?;
        judge_sent(trial, credential, &session, &call, Role::Balance)?;
    }
    Ok(())
}

/// Credentials as providers issue them: short and long, hexadecimal, with separators, in Base64, as a signed token.
fn keys_of_all_forms(credential: &Credential) -> Vec<String> {
    let letters = |count: usize| ALPHABET.chars().cycle().take(count).collect::<String>();
    let mut bodies = vec![
        letters(8),
        "0123456789abcdef".repeat(4),
        "6f1c2a04-97d1-4f0e-8b7a-0c5d3e2f1a09".to_owned(),
        format!("live_{}", letters(40)),
        format!("{}-{}.{}~end", letters(20), letters(20), letters(20)),
        format!("{}.{}.{}", letters(40), letters(330), letters(43)),
    ];
    let in_cookie = credential.places().any(|place| matches!(place, CredentialPlace::Cookie { .. }));
    if !in_cookie {
        bodies.push(format!("{}+/{}==", letters(30), letters(10)));
    }
    bodies.into_iter().map(|body| format!("{}{body}", credential.prefix)).collect()
}

/// Letters in both cases and digits, in no order that is easy to make up again.
const ALPHABET: &str = "Zq7mK1xB9fTn4RwYc2LdH8sVj5GpA3uE6oXi0";

fn judge_sent(
    trial: &ClientTrial<'_>,
    credential: &Credential,
    session: &ClientSession,
    call: &Call,
    role: Role,
) -> Judgement {
    if !trial.operation(role)?.secured {
        return Ok(());
    }
    let key = session.key();
    for received_request in &call.received {
        let request = &received_request.request;
        // Any documented way will do, with all places that it combines.
        let is_whole = |way: &Vec<&CredentialPlace>| way.iter().all(|place| found_at(place, request, key).is_none());
        let way = credential.ways().find(is_whole).or_else(|| credential.ways().next()).unwrap_or_default();
        for place in way {
            let found = found_at(place, request, key);
            trial.judge(&credential.required, role, &[call], found.is_none(), || {
                format!("expected the credential in {}, found {}", place.describe(), found.unwrap_or_default())
            })?;
            judge_scheme(trial, credential, place, request, (call, role))?;
        }
    }
    Ok(())
}

/// What stands at the place instead of the credential.
fn found_at(place: &CredentialPlace, request: &Request, key: &str) -> Option<&'static str> {
    match sent(place, request).as_slice() {
        [] => Some("nothing there"),
        [(_, value)] => {
            // The key alone is the user name of `Basic`, with or without the colon behind it.
            let same = place.decode(value).is_some_and(|sent| sent == key || place.value(&sent) == place.value(key));
            (!same).then_some("something else there")
        }
        _ => Some("several values there"),
    }
}

/// Judges the name of the auth scheme. By RFC 9110, 11.1, its case does not matter, unless the provider says that it does.
fn judge_scheme(
    trial: &ClientTrial<'_>,
    credential: &Credential,
    place: &CredentialPlace,
    request: &Request,
    (call, role): (&Call, Role),
) -> Judgement {
    let sent = sent(place, request);
    let (CredentialPlace::Authorization { scheme: wanted }, Some((Some(scheme), _))) = (place, sent.first()) else {
        return Ok(());
    };
    let same = scheme.eq_ignore_ascii_case(wanted);
    if same && credential.scheme_case_sensitive.is_none() {
        return Ok(());
    }
    trial.judge(scheme_promise(credential, same), role, &[call], scheme == wanted, || {
        format!("expected the auth scheme `{wanted}`, found `{scheme}`")
    })
}

fn scheme_promise(credential: &Credential, same: bool) -> &Promise {
    credential.scheme_case_sensitive.as_ref().filter(|_| same).unwrap_or(&credential.required)
}

/// What stands where the credential belongs: auth scheme, where there is one, and value.
fn sent(place: &CredentialPlace, request: &Request) -> Vec<(Option<String>, String)> {
    let values = |name: &str| {
        let fields = request.headers.iter().filter(|(have, _)| have.eq_ignore_ascii_case(name));
        fields.map(|(_, value)| String::from_utf8_lossy(value).into_owned()).collect::<Vec<_>>()
    };
    match place {
        CredentialPlace::Header { name } => values(name).into_iter().map(|value| (None, value)).collect(),
        CredentialPlace::Authorization { .. } => values("authorization")
            .into_iter()
            .map(|value| {
                let (scheme, rest) = value.split_once(' ').unwrap_or(("", &value));
                (Some(scheme.to_owned()), rest.trim().to_owned())
            })
            .collect(),
        CredentialPlace::Query { name } => {
            let query = request.target.split_once('?').map_or("", |(_, query)| query);
            let pairs = url::form_urlencoded::parse(query.as_bytes()).filter(|(have, _)| have == name);
            pairs.map(|(_, value)| (None, value.into_owned())).collect()
        }
        CredentialPlace::Cookie { name } => values("cookie")
            .iter()
            .flat_map(|value| value.split(';'))
            .filter_map(|pair| pair.trim().split_once('='))
            .filter(|(have, _)| have == name)
            .map(|(_, value)| (None, value.to_owned()))
            .collect(),
    }
}
