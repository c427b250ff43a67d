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
//! The client checks the balance and, if it can, makes a paid call. The recorded requests are compared with the
//! contract.

use crate::checks::check::{Check, CheckKind, Judge, Judgement, Schedule, has_balance, has_credential};
use crate::checks::client_session::{Call, ClientSession};
use crate::checks::client_trial::ClientTrial;
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
    faults: &["key-missing", "key-in-wrong-header", "key-in-wrong-scheme", "key-in-lower-case-scheme", "key-shortened"],
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
    Ok(())
}

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
    for received_request in &call.received {
        let sent = sent(credential, &received_request.request);
        let place = describe(&credential.place);
        let key = session.key();
        let (found, scheme) = match sent.as_slice() {
            [] => ("nothing there".to_owned(), None),
            [(scheme, value)] if value == key => (String::new(), scheme.as_deref()),
            [_] => ("something else there".to_owned(), None),
            _ => ("several values there".to_owned(), None),
        };
        trial.judge(&credential.required, role, &[call], found.is_empty(), || {
            format!("expected the credential in {place}, found {found}")
        })?;
        if let (CredentialPlace::Authorization { scheme: wanted }, Some(scheme)) = (&credential.place, scheme) {
            // By RFC 9110, 11.1, the case of a scheme does not matter, unless the provider says that it does.
            let promise = scheme_promise(credential, scheme, wanted);
            trial.judge(promise, role, &[call], scheme == wanted, || {
                format!("expected the auth scheme `{wanted}`, found `{scheme}`")
            })?;
        }
    }
    Ok(())
}

fn scheme_promise<'c>(credential: &'c Credential, scheme: &str, wanted: &str) -> &'c Promise {
    match &credential.scheme_case_sensitive {
        Some(promise) if scheme.eq_ignore_ascii_case(wanted) => promise,
        _ => &credential.required,
    }
}

/// What stands where the credential belongs: auth scheme, where there is one, and value.
fn sent(credential: &Credential, request: &Request) -> Vec<(Option<String>, String)> {
    let values = |name: &str| {
        let fields = request.headers.iter().filter(|(have, _)| have.eq_ignore_ascii_case(name));
        fields.map(|(_, value)| String::from_utf8_lossy(value).into_owned()).collect::<Vec<_>>()
    };
    match &credential.place {
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

fn describe(place: &CredentialPlace) -> String {
    match place {
        CredentialPlace::Header { name } => format!("the header field `{name}`"),
        CredentialPlace::Authorization { scheme } => format!("`Authorization: {scheme} …`"),
        CredentialPlace::Query { name } => format!("the query parameter `{name}`"),
        CredentialPlace::Cookie { name } => format!("the cookie `{name}`"),
    }
}
