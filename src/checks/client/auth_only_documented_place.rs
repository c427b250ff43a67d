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
//! The client checks the balance and, if it can, makes paid calls: the first ones, later ones, and those after a failure.
//! URL, header fields and body of every recorded request are searched for the key.

use std::sync::Arc;

use crate::checks::check::{Check, CheckKind, Judge, Judgement, Schedule, has_balance, has_credential};
use crate::checks::client::support::situations;
use crate::checks::client_session::{Call, ClientSession};
use crate::checks::client_trial::ClientTrial;
use crate::checks::exchange_judge::ExchangeJudge;
use crate::checks::standards::{confined, no_secret_in_url};
use crate::checks::traffic::{Observed, Passive, Retained, TrafficTrial, Watch};
use crate::checks::verdict::Side;
use crate::contract::{Contract, Credential, CredentialPlace, Level, Promise, Role};
use crate::exchange::{Redactor, Request};

pub(super) const CHECK: Check = Check {
    id: "auth.only-documented-place",
    side: Side::Client,
    level: Level::Should,
    kind: CheckKind::Example,
    schedule: Schedule::Shared,
    slow: false,
    needs: &[],
    faults: &["key-in-url", "key-in-body", "key-in-other-header", "key-in-cookie", "key-in-header-after-first-check"],
    applies: |contract| {
        has_balance(contract)?;
        has_credential(contract)
    },
    judge: Judge::ClientOrTraffic(|trial| Box::pin(judge(trial)), Passive::Sequence(LeakedKeys::watch)),
};

async fn judge(trial: &ClientTrial<'_>) -> Judgement {
    let session = trial.open(trial.credits(100)).await?;
    for (role, call) in situations::calls(trial, &session).await? {
        judge_places(trial, &session, &call, role)?;
    }
    Ok(())
}

fn judge_places(trial: &ClientTrial<'_>, session: &ClientSession, call: &Call, role: Role) -> Judgement {
    for received_request in &call.received {
        // The forms in which a redactor finds a secret are those in which a leak may hide.
        let redactor = Redactor::default();
        redactor.learn(session.key(), "KEY");
        for (promise, found) in places(trial.contract, &received_request.request, |text| redactor.finds_whole(text)) {
            trial.judge(&promise, role, &[call], found.is_none(), || found.unwrap_or_default())?;
        }
    }
    Ok(())
}

/// A shorter credential may occur in a text by chance.
const SHORTEST: usize = 12;

/// Searches the requests of recorded traffic for the credential that they present at the documented place.
struct LeakedKeys {
    redactors: Retained<Arc<str>, Redactor>,
}

impl LeakedKeys {
    fn watch(_: &Contract) -> Box<dyn Watch> {
        Box::new(Self { redactors: Retained::default() })
    }
}

impl Watch for LeakedKeys {
    fn observed(&mut self, trial: &TrafficTrial<'_>, observed: &Observed) -> Judgement {
        let (Some(operation), Some(key)) = (&observed.sent.operation, &observed.credential) else { return Ok(()) };
        if key.len() < SHORTEST {
            return Ok(());
        }
        let redactor = self.redactors.entry(key.clone());
        // Learning is slow, and learning again has no effect.
        if !redactor.occurs(key) {
            redactor.learn(key, "KEY");
        }
        for (promise, found) in places(trial.contract(), observed.request(), |text| redactor.occurs(text)) {
            let exchanges = [observed.exchange.as_ref()];
            trial.judge(&promise, Some(operation), &exchanges, found.is_none(), || found.unwrap_or_default())?;
        }
        Ok(())
    }

    fn forget(&mut self) {}
}

/// The promises about the places where no credential belongs, each with what is wrong there.
fn places(contract: &Contract, request: &Request, shows: impl Fn(&str) -> bool) -> Vec<(Promise, Option<String>)> {
    let places: Vec<&CredentialPlace> = contract.credential.iter().flat_map(Credential::places).collect();
    let is_own = |name: &str| {
        places.iter().any(|place| place.field_name().is_some_and(|field| field.eq_ignore_ascii_case(name)))
    };
    let in_query = places.iter().any(|place| matches!(place, CredentialPlace::Query { .. }));
    let body = request.body.as_ref().is_some_and(|body| shows(&String::from_utf8_lossy(body)));
    let expected = |place: &str| Some(format!("expected no credential in {place}, found it there"));
    let mut judged = vec![
        (no_secret_in_url(), expected("the URL").filter(|_| !in_query && shows(&request.target))),
        (confined(), expected("the body").filter(|_| body)),
    ];
    for (name, value) in request.headers.iter().filter(|(name, _)| !is_own(name)) {
        let found = shows(&String::from_utf8_lossy(value));
        judged.push((confined(), expected(&format!("the header field `{name}`")).filter(|_| found)));
    }
    judged
}
