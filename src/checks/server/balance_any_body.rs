//! # Any valid paid call is charged once and gets a documented response
//!
//! ## What it checks
//!
//! For generated valid bodies and different balances, a successful paid call has the documented shape and costs the
//! documented amount once. A refused one costs nothing.
//!
//! ## Why it matters
//!
//! A retry inside the server, a queue that splits texts, or a validator that runs after the charge makes the cost
//! depend on the content of the request or on the balance. Customers then pay twice for some requests.
//!
//! ## How
//!
//! The paid operation is called with generated bodies that conform to its schema, some with long, empty or
//! non-Latin texts, from accounts with small and large balances. After each call the balance must show the
//! documented cost, or no cost for a refusal. The server decides which valid bodies it accepts.

use proptest::collection::vec;
use proptest::strategy::Strategy;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::support::balance_reads::{open_account, read_true_balance, shows_amounts};
use super::support::bodies::judge_shape;
use super::support::invalid_requests::paid_with_body;
use super::support::payments::{Payment, pay_with_body};
use crate::checks::check::{Check, CheckKind, Judge, Judgement, Need, Schedule, Stop, has_spend};
use crate::checks::server_trial::ServerTrial;
use crate::checks::verdict::Side;
use crate::contract::{Level, Operation};
use crate::exchange::SendOptions;
use crate::generate::{AmountDomain, CompiledSchema, Sampler, sizes, texts, with_text};
use crate::mock::State;
use crate::model::is_representable;

/// Orders of magnitude of the balance: the number of digits minus one.
const SIZES: [u32; 8] = [1, 4, 1, 3, 2, 8, 1, 6];

pub(super) const CHECK: Check = Check {
    id: "balance.any-body",
    side: Side::Server,
    level: Level::Must,
    kind: CheckKind::Property,
    schedule: Schedule::Shared,
    slow: false,
    needs: &[Need::State(State::Account), Need::Spend],
    faults: &[
        "charge-double",
        "charge-double-at-high-balance",
        "charge-double-for-non-bmp-text",
        "paid-response-empty-for-long-body",
    ],
    applies: has_spend,
    judge: Judge::Server(|trial| Box::pin(judge(trial))),
};

/// Number of bodies generated for one case, because not every body has a place for a text.
const BODIES: usize = 4;
/// A body and the balance of the account that pays for it.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Case {
    body: String,
    left: String,
}

async fn judge(trial: &ServerTrial<'_>) -> Judgement {
    let operation = paid_with_body(trial)?;
    let content = operation.request.as_ref().and_then(|body| body.content.first());
    let Some(schema) = content.and_then(|content| content.schema.as_ref()) else {
        return Err(Stop::NotApplicable("the paid operation documents no schema for its body".to_owned()));
    };
    let both = CompiledSchema::of(schema.document())
        .map_err(|error| Stop::Inconclusive(format!("no bodies can be generated from the schema: {error}")))?;
    let most = if is_representable(trial.contract, Decimal::from(u32::MAX)) { u32::MAX } else { 1_000_000 };
    let domain = AmountDomain { scale: 0, negative: false, most: Decimal::from(most) };
    let both = &both;
    let cases = |hand: Sampler| {
        let (part, own) = hand.group([1, 1]);
        let left = sizes(*hand.stream("left").pick(&SIZES), domain);
        // The first body with a place for the text is used.
        let bodies = vec(both.conforming.conforming(), BODIES);
        (bodies, 0_usize..64, texts(own), left).prop_map(move |(bodies, place, text, left)| {
            let bodies: Vec<String> = bodies.into_iter().map(|sample| both.text(sample)).collect();
            let fits = |body: &String| serde_json::from_str(body).is_ok_and(|value| schema.accepts(&value));
            let mut others = bodies.iter().map(|body| with_text(body, place, &text)).filter(fits);
            let other = others.find(|other| !bodies.contains(other)).filter(|_| part == 0);
            let body = other.or_else(|| bodies.into_iter().next()).unwrap_or_default();
            Case { body, left: left.to_string() }
        })
    };
    trial.cases(CHECK.id).check_all(cases, |case| judge_case(trial, operation, case)).await
}

async fn judge_case(trial: &ServerTrial<'_>, operation: &Operation, Case { body, left }: Case) -> Judgement {
    let amounts = shows_amounts(trial.contract);
    // Where the contract shows no amounts, the cost of a call cannot be seen, so any account is used.
    let account = if amounts {
        let left = left.parse::<Decimal>().ok().filter(|left| is_representable(trial.contract, *left));
        match open_account(trial, trial.credits(left.unwrap_or(Decimal::from(20)))).await {
            // A server need not support every amount.
            Err(Stop::CouldNotRun(_)) => open_account(trial, trial.credits(20)).await?,
            account => account?,
        }
    } else {
        trial.account_a().await?
    };
    let payment: Payment = pay_with_body(trial, &account, Some(body.into()), SendOptions::default()).await?;
    if payment.succeeded() {
        judge_shape(trial, operation, payment.exchange())?;
    }
    match &operation.cost {
        Some(cost) if amounts => read_true_balance(trial, &cost.promise, &account).await.map(drop),
        _ if payment.succeeded() => Ok(()),
        _ => Err(Stop::Inconclusive(format!("the call was refused: {}", payment.describe()))),
    }
}
