//! # Concurrent checks of several tenants are not merged
//!
//! ## What it checks
//!
//! Checks that sessions of different tenants that check at the same time each report the balance of their own tenant.
//!
//! ## Why it matters
//!
//! Clients merge concurrent requests to spare the server. If the key under which they do so does not contain the
//! tenant, one customer is shown the balance of another. It happens under load only, so that no manual test shows it.
//!
//! ## How
//!
//! Two sessions check while the responses are delayed. Each must report its own balance.

use std::time::Duration;

use futures_util::future::join3;

use crate::checks::check::{Check, CheckKind, Judge, Judgement, Need, Schedule, Stop, tells_balance};
use crate::checks::client::cache_isolation::{balance, promise};
use crate::checks::client_trial::{ClientTrial, MIN_CALL_TIMEOUT, SessionOptions};
use crate::checks::verdict::Side;
use crate::contract::{Contract, Level, Role, Tenant};
use crate::mock::{Latch, ResponseOverride};

pub(super) const CHECK: Check = Check {
    id: "cache.concurrent-tenants",
    side: Side::Client,
    level: Level::Must,
    kind: CheckKind::Example,
    schedule: Schedule::Shared,
    slow: false,
    needs: &[Need::AtOnce(2)],
    faults: &["concurrent-accounts-merged"],
    applies: |contract: &Contract| {
        tells_balance(contract)?;
        let several = contract.credential.is_some() || contract.tenant != Tenant::Credential;
        if several { Ok(()) } else { Err("the contract does not distinguish tenants") }
    },
    judge: Judge::Client(|trial| Box::pin(judge(trial))),
};

/// How long a second request may follow the first.
const FOLLOWS: Duration = Duration::from_millis(300);

async fn judge(trial: &ClientTrial<'_>) -> Judgement {
    let place = trial.place();
    let (one, other) = (balance(trial, 0), balance(trial, 1));
    let open = async |balance| {
        let options = SessionOptions { endpoint: Some(place.clone()), ..SessionOptions::default() };
        trial.open_at(balance, options).await
    };
    let (first, second) = (open(one).await?, open(other).await?);
    let latch = Latch::closed();
    for session in [&first, &second] {
        session.endpoint.respond_with(ResponseOverride::held_until(&latch));
    }
    let count = trial.recorder.count();
    let release = async {
        let arrived = trial.recorder.wait_for_requests(count + 1, MIN_CALL_TIMEOUT).await;
        // A client that merges sends no second one, and neither does one that makes one call at a time.
        trial.recorder.wait_for_requests(count + 2, FOLLOWS).await;
        latch.open();
        arrived
    };
    let (first_call, second_call, arrived) = join3(trial.check(&first), trial.check(&second), release).await;
    let calls = [(first_call?, one), (second_call?, other)];
    if !arrived {
        return Err(Stop::Inconclusive("no request was made".to_owned()));
    }
    let promise = promise(trial)?;
    let shown = [&calls[0].0, &calls[1].0];
    for (call, balance) in &calls {
        trial.judge(&promise, Role::Balance, &shown, call.reports(balance), || {
            format!("two tenants at the same time: expected {balance}, found {}", call.found())
        })?;
    }
    Ok(())
}
