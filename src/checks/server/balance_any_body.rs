//! # Whatever is paid for is charged once, and answered as documented
//!
//! A retry inside the server, a queue that splits a text at the first odd character, a validator that looks after the charge: what
//! a call costs must not depend on what is in it or on how much is left, and what comes back must not either.
//!
//! The paid operation is called, from accounts with little and with much, with generated bodies that conform, some of them with
//! texts that are long, empty, or in other scripts. A success must have the documented shape and cost what is documented, once;
//! a call that is refused must cost nothing. Which of these bodies a server finds something to do with is left to it.

use proptest::collection::vec;
use proptest::strategy::Strategy;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::support::balance_reads::{opened, read_truth, shows_amounts};
use super::support::bodies::judge_shape;
use super::support::invalid_requests::paid_with_body;
use super::support::payments::{Payment, pay_with};
use crate::checks::check::{Check, CheckKind, Judge, Judgement, Need, Schedule, Stop, has_spend};
use crate::checks::server_trial::ServerTrial;
use crate::checks::verdict::Side;
use crate::contract::{Level, Operation};
use crate::exchange::SendOptions;
use crate::generate::{AmountDomain, CompiledSchema, Sample, Sampler, sizes, texts, with_text};
use crate::mock::State;
use crate::model::fits;

/// How many digits the balance has, less one.
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

/// Not every body has a text in it.
const BODIES: usize = 4;
/// A body, and how many credits there are to pay for it.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Case {
    body: String,
    left: String,
}

async fn judge(trial: &ServerTrial<'_>) -> Judgement {
    let operation = paid_with_body(trial)?;
    let content = operation.request.as_ref().and_then(|body| body.content.first());
    let Some(schema) = content.and_then(|content| content.schema.as_ref()) else {
        return Err(Stop::NotApplicable("the paid operation documents no schema of its body".to_owned()));
    };
    let both = CompiledSchema::of(schema.document())
        .map_err(|error| Stop::Inconclusive(format!("no bodies can be generated from the schema: {error}")))?;
    let most = if fits(trial.contract, Decimal::from(u32::MAX)) { u32::MAX } else { 1_000_000 };
    let domain = AmountDomain { scale: 0, negative: false, most: Decimal::from(most) };
    let cases = |hand: Sampler| {
        let (part, own) = hand.part([1, 1]);
        let left = sizes(*hand.at("left").of(&SIZES), domain);
        // Of several bodies, the first with a place for the text.
        let bodies = vec(both.conforming.conforming(), BODIES);
        (bodies, 0_usize..64, texts(own), left).prop_map(move |(bodies, place, text, left)| {
            let bodies: Vec<String> = bodies.into_iter().map(Sample::into_text).collect();
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
    // Where no amount is shown, a balance says too little of what a call cost.
    let account = if amounts {
        let left = left.parse::<Decimal>().ok().filter(|left| fits(trial.contract, *left));
        match opened(trial, trial.credits(left.unwrap_or(Decimal::from(20)))).await {
            // A server need not be able to hold every amount.
            Err(Stop::CouldNotRun(_)) => opened(trial, trial.credits(20)).await?,
            account => account?,
        }
    } else {
        trial.account_a().await?
    };
    let payment: Payment = pay_with(trial, &account, Some(body.into()), SendOptions::default()).await?;
    if payment.succeeded() {
        judge_shape(trial, operation, payment.exchange())?;
    }
    match &operation.cost {
        Some(cost) if amounts => read_truth(trial, &cost.promise, &account).await.map(drop),
        _ if payment.succeeded() => Ok(()),
        _ => Err(Stop::Inconclusive(format!("the call was refused: {}", payment.found()))),
    }
}
