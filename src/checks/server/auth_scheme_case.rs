//! # The authentication scheme is compared as the contract states
//!
//! ## What it checks
//!
//! Where the contract states that the case of the authentication scheme matters, another case is refused.
//!
//! ## Why it matters
//!
//! RFC 9110 compares authentication schemes without regard to case, but a provider may state otherwise. A client
//! that writes the scheme in lower case then fails in production only.
//!
//! ## How
//!
//! A valid credential is sent under the documented scheme in lower and in upper case. This is judged only where a
//! source states that case matters.

use super::support::describe::describe_exchange;
use super::support::operations::secured;
use super::support::refusal::send_without_valid_key;
use crate::checks::check::{Check, CheckKind, Judge, Judgement, Need, Schedule};
use crate::checks::class::succeeded;
use crate::checks::server_trial::ServerTrial;
use crate::checks::verdict::Side;
use crate::contract::{Contract, CredentialPlace, Level};

pub(super) const CHECK: Check = Check {
    id: "auth.scheme-case",
    side: Side::Server,
    level: Level::May,
    kind: CheckKind::Example,
    schedule: Schedule::Shared,
    slow: false,
    needs: &[Need::Key],
    faults: &["scheme-in-any-case-admitted"],
    applies: |contract: &Contract| {
        let promise = contract.credential.as_ref().and_then(|credential| credential.scheme_case_sensitive.as_ref());
        promise.map(drop).ok_or("the contract does not state that the case of the auth scheme matters")
    },
    judge: Judge::Server(|trial| Box::pin(judge(trial))),
};

async fn judge(trial: &ServerTrial<'_>) -> Judgement {
    let account = trial.account_a().await?;
    let Some(operation) = secured(trial).first().copied() else { return Ok(()) };
    let Some(credential) = &trial.contract.credential else { return Ok(()) };
    let (CredentialPlace::Authorization { scheme }, Some(promise)) =
        (&credential.place, &credential.scheme_case_sensitive)
    else {
        return Ok(());
    };
    for other in [scheme.to_ascii_lowercase(), scheme.to_ascii_uppercase()] {
        if other == *scheme {
            continue;
        }
        let request = operation.example_request().header("Authorization", format!("{other} {}", account.key));
        let exchange = send_without_valid_key(trial, request).await?;
        let refused = exchange.result.is_ok() && !succeeded(trial.contract, operation, &exchange);
        trial.judge(promise, Some(operation), &[&exchange], refused, || {
            let found = describe_exchange(&exchange);
            format!("with the auth scheme `{other}`: expected a refusal, found {found}")
        })?;
    }
    Ok(())
}
