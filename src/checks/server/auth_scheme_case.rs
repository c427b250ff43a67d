//! # The auth scheme is compared as the source says
//!
//! RFC 9110 has auth schemes without regard to case; a provider may say otherwise. Clients that lower-case what they send
//! find out in production.
//!
//! A valid credential is sent under the documented scheme in another case, where a source says that case matters.

use super::support::operations::secured;
use super::support::refusal::send_bad;
use crate::checks::check::{Check, CheckKind, Judge, Judgement, Need, Schedule};
use crate::checks::server_trial::{ServerTrial, describe};
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
        let said = contract.credential.as_ref().and_then(|credential| credential.scheme_case_sensitive.as_ref());
        said.map(drop).ok_or("no source says that the case of the auth scheme matters")
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
        let request = trial.bare(operation).header("Authorization", format!("{other} {}", account.key));
        let exchange = send_bad(trial, request).await?;
        let refused = exchange.result.as_ref().is_ok_and(|response| !response.is_success());
        trial.judge(promise, Some(operation), &[&exchange], refused, || {
            let found = exchange.result.as_ref().map_or_else(ToString::to_string, describe);
            format!("with the auth scheme as `{other}`: expected a refusal, found {found}")
        })?;
    }
    Ok(())
}
