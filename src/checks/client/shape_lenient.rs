//! # Undocumented members and another order of members do no harm
//!
//! ## What it checks
//!
//! Checks responses that the schema allows, but the documentation does not show.
//!
//! ## Why it matters
//!
//! Providers add members, and their libraries change the order of members. A client that depends on either breaks
//! with the provider's next release.
//!
//! ## How
//!
//! Conforming balances are delivered with undocumented members before and after the others, where the schema allows
//! them, and with the documented members in reverse order.

use serde_json::{Map, Value, json};

use crate::checks::check::{Check, CheckKind, Judge, Judgement, Schedule, Stop, has_balance};
use crate::checks::client::support::bodies::{conforms, with_text};
use crate::checks::client::support::failure_policy::telling;
use crate::checks::client_trial::ClientTrial;
use crate::checks::standards::unordered;
use crate::checks::verdict::Side;
use crate::contract::{Level, Role};

pub(super) const CHECK: Check = Check {
    id: "shape.lenient",
    side: Side::Client,
    level: Level::Must,
    kind: CheckKind::Example,
    schedule: Schedule::Shared,
    slow: false,
    needs: &[],
    faults: &["undocumented-fields-refused", "field-order-required"],
    applies: has_balance,
    judge: Judge::Client(|trial| Box::pin(judge(trial))),
};

async fn judge(trial: &ClientTrial<'_>) -> Judgement {
    let operation = trial.operation(Role::Balance)?;
    let first = trial.open(trial.credits(1)).await?;
    let plain = trial.answer(&first, Role::Balance, telling(trial, 422))?.json();
    let Some(Value::Object(members)) = plain else {
        return Err(Stop::NotApplicable("the balance is no JSON object".to_owned()));
    };
    let reversed: Map<String, Value> = members.clone().into_iter().rev().collect();
    let added = |name: &str| (name.to_owned(), json!({ "nested": [1, null, "x"] }));
    let in_front: Map<String, Value> = [added("a_new_field")].into_iter().chain(members.clone()).collect();
    let behind: Map<String, Value> = members.into_iter().chain([added("z_new_field")]).collect();
    for (what, body, promise) in [
        ("fields in another order", reversed, unordered()),
        ("a further field behind", behind, operation.promise.clone()),
        ("a further field in front", in_front, operation.promise.clone()),
    ] {
        let stated = with_text(trial, &first, what, Value::Object(body).to_string())?;
        let (true, Some(true_balance)) = (conforms(operation, &stated), stated.true_balance) else { continue };
        let session = trial.open(trial.credits(1)).await?;
        session.endpoint.respond_with(stated.reply);
        let call = trial.check(&session).await?;
        if !call.override_used() {
            return Err(Stop::Inconclusive(format!("{what}: a new session made no request")));
        }
        trial.judge(&promise, Role::Balance, &[&call], call.reports(&true_balance), || {
            format!("{what}: expected {true_balance}, found {}", call.found())
        })?;
    }
    Ok(())
}
