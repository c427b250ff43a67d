//! # The credential's header field is accepted in any case
//!
//! ## What it checks
//!
//! The server accepts a valid credential whatever the case of the header field name.
//!
//! ## Why it matters
//!
//! HTTP/2 sends all field names in lower case, and HTTP libraries write them in different ways. A server that
//! compares field names byte by byte refuses all clients that use another library.
//!
//! ## How
//!
//! A valid credential is sent with the field name in lower, upper, capitalised and alternating case, on a raw
//! connection, so that no library changes the name. First the documented form must succeed.

use crate::checks::check::{Check, CheckKind, Judge, Judgement, Need, Schedule, Stop};
use crate::checks::class::succeeded;
use crate::checks::server::support::describe::describe_exchange;
use crate::checks::server_trial::ServerTrial;
use crate::checks::standards;
use crate::checks::verdict::Side;
use crate::contract::{Contract, CredentialPlace, Level};
use crate::exchange::{Failure, Request, SendOptions};

pub(super) const CHECK: Check = Check {
    id: "auth.field-name-case",
    side: Side::Server,
    level: Level::Must,
    kind: CheckKind::Example,
    schedule: Schedule::Shared,
    slow: false,
    needs: &[Need::Key, Need::Raw],
    faults: &["field-name-case-sensitive"],
    applies: |contract: &Contract| {
        let place = contract.credential_place();
        let in_field = matches!(place, Some(CredentialPlace::Header { .. } | CredentialPlace::Authorization { .. }));
        if in_field { Ok(()) } else { Err("the credential is not sent in a header field") }
    },
    judge: Judge::Server(|trial| Box::pin(judge(trial))),
};

async fn judge(trial: &ServerTrial<'_>) -> Judgement {
    let account = trial.account_a().await?;
    let operations = super::support::operations::reads(trial.contract);
    let Some(operation) = operations.into_iter().find(|operation| operation.secured) else {
        return Err(Stop::NotApplicable("no read operation requires a credential".to_owned()));
    };
    let documented = trial.request(operation, &account);
    let exchange = trial.send(documented.clone()).await?;
    if !succeeded(trial.contract, operation, &exchange) {
        return Err(Stop::Inconclusive("the credential does not work in the documented form either".to_owned()));
    }
    let cases: [fn(&str) -> String; 4] = [str::to_ascii_lowercase, str::to_ascii_uppercase, capitalised, alternating];
    for case in cases {
        let headers = documented.headers.iter().map(|(name, value)| (case(name), value.clone())).collect();
        let request = Request { headers, ..documented.clone() };
        let sent = trial.transport().send_raw(&trial.journal, request, SendOptions::default()).await;
        let (exchange, _) = sent.map_err(|error| Stop::CouldNotRun(error.to_string()))?;
        if let Err(Failure::Unsendable(why)) = &exchange.result {
            return Err(Stop::CouldNotRun(why.clone()));
        }
        let success = succeeded(trial.contract, operation, &exchange);
        trial.judge(&standards::field_names(), Some(operation), &[&exchange], success, || {
            let names: Vec<&str> = exchange.request.headers.iter().map(|(name, _)| name.as_str()).collect();
            let found = describe_exchange(&exchange);
            format!("with the field names {}: expected a success, found {found}", names.join(", "))
        })?;
    }
    Ok(())
}

fn capitalised(name: &str) -> String {
    let parts = name.split('-').map(|part| {
        let mut chars = part.chars();
        let first = chars.next().map(|c| c.to_ascii_uppercase());
        first.into_iter().chain(chars.map(|c| c.to_ascii_lowercase())).collect::<String>()
    });
    parts.collect::<Vec<_>>().join("-")
}

fn alternating(name: &str) -> String {
    let odd = |(n, c): (usize, char)| if n % 2 == 0 { c.to_ascii_lowercase() } else { c.to_ascii_uppercase() };
    name.chars().enumerate().map(odd).collect()
}
