//! # The credential is sent in the documented place only
//!
//! ## What it checks
//!
//! Searches every request for the credential outside the place that the contract documents.
//!
//! ## Why it matters
//!
//! Credentials in a URL end up in access logs, proxy histories and `Referer` fields. Credentials in a body or in
//! another header field are stored wherever these are logged.
//!
//! ## How
//!
//! The client checks the balance and, if it can, makes a paid call. URL, header fields and body of every recorded
//! request are searched for the key.

use crate::checks::check::{Check, CheckKind, Judge, Judgement, Schedule, Stop, has_balance, has_credential};
use crate::checks::client_session::{Call, ClientSession};
use crate::checks::client_trial::ClientTrial;
use crate::checks::standards::{confined, no_secret_in_url};
use crate::checks::verdict::Side;
use crate::contract::{Credential, CredentialPlace, Level, Role};
use crate::exchange::Redactor;

pub(super) const CHECK: Check = Check {
    id: "auth.only-documented-place",
    side: Side::Client,
    level: Level::Should,
    kind: CheckKind::Example,
    schedule: Schedule::Shared,
    slow: false,
    needs: &[],
    faults: &["key-in-url", "key-in-body", "key-in-other-header", "key-in-cookie"],
    applies: |contract| {
        has_balance(contract)?;
        has_credential(contract)
    },
    judge: Judge::Client(|trial| Box::pin(judge(trial))),
};

async fn judge(trial: &ClientTrial<'_>) -> Judgement {
    let session = trial.open(trial.credits(100)).await?;
    let call = trial.check(&session).await?;
    judge_places(trial, &session, &call, Role::Balance)?;
    if trial.subject.capabilities.spend && trial.contract.operation(Role::Spend).is_some() {
        let call = trial.spend(&session).await?;
        if call.received.is_empty() {
            return Err(Stop::Inconclusive("the paid call made no request".to_owned()));
        }
        judge_places(trial, &session, &call, Role::Spend)?;
    }
    Ok(())
}

fn judge_places(trial: &ClientTrial<'_>, session: &ClientSession, call: &Call, role: Role) -> Judgement {
    let places: Vec<&CredentialPlace> = trial.contract.credential.iter().flat_map(Credential::places).collect();
    let is_own = |name: &str| {
        places.iter().any(|place| place.field_name().is_some_and(|field| field.eq_ignore_ascii_case(name)))
    };
    let in_query = places.iter().any(|place| matches!(place, CredentialPlace::Query { .. }));
    // The forms in which a redactor finds a secret are those in which a leak may hide.
    let redactor = Redactor::default();
    redactor.learn(session.key(), "KEY");
    let shows = |text: &str| redactor.finds_whole(text);
    for received_request in &call.received {
        let request = &received_request.request;
        trial.judge(&no_secret_in_url(), role, &[call], in_query || !shows(&request.target), || {
            "expected no credential in the URL, found it there".to_owned()
        })?;
        let body = request.body.as_ref().map(|body| String::from_utf8_lossy(body).into_owned());
        trial.judge(&confined(), role, &[call], !body.is_some_and(|body| shows(&body)), || {
            "expected no credential in the body, found it there".to_owned()
        })?;
        for (name, value) in request.headers.iter().filter(|(name, _)| !is_own(name)) {
            trial.judge(&confined(), role, &[call], !shows(&String::from_utf8_lossy(value)), || {
                format!("expected no credential in the header field `{name}`, found it there")
            })?;
        }
    }
    Ok(())
}
