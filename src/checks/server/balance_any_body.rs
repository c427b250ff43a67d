//! # Whatever is paid for is charged once, and answered as documented
//!
//! A retry inside the server, a queue that splits a text at the first odd character, a validator that looks after the charge: what
//! a call costs must not depend on what is in it, and what comes back must not either.
//!
//! The paid operation is called with generated bodies that conform, some of them with texts that are long, empty, or in other
//! scripts. A success must have the documented shape and cost what is documented, once; a call that is refused must cost nothing.
//! Which of these bodies a server finds something to do with is left to it.

use proptest::collection::vec;
use proptest::strategy::Strategy;

use super::bodies::judge_shape;
use super::invalid::paid_with_body;
use super::payments::{pay_with, Payment};
use super::readings::{opened, read_truth, shows_amounts};
use crate::checks::check::{Check, Judge, Judged, Kind, Need, Stop, has_spend};
use crate::checks::trial::Trial;
use crate::checks::verdict::Side;
use crate::contract::{Level, Operation};
use crate::exchange::How;
use crate::generate::{Both, Hand, Sample, texts, with_text};

pub(super) const CHECK: Check = Check {
    id: "balance.any-body",
    side: Side::Server,
    level: Level::Must,
    kind: Kind::Property,
    needs: &[Need::State("account"), Need::Spend],
    faults: &["charge-double", "charge-twice-beyond-the-first-plane", "paid-answer-empty-for-long-texts"],
    applies: has_spend,
    judge: Judge::Server(|trial| Box::pin(judge(trial))),
};

/// Not every body has a text in it.
const BODIES: usize = 4;

async fn judge(trial: &Trial<'_>) -> Judged {
    let operation = paid_with_body(trial)?;
    let content = operation.request.as_ref().and_then(|body| body.content.first());
    let Some(schema) = content.and_then(|content| content.schema.as_ref()) else {
        return Err(Stop::NotApplicable("the paid operation documents no schema of its body".to_owned()));
    };
    let both = Both::of(schema.document())
        .map_err(|error| Stop::Inconclusive(format!("no bodies can be generated from the schema: {error}")))?;
    let cases = |hand: Hand| {
        let (part, own) = hand.part([1, 1]);
        // Of several bodies, the first with a place for the text.
        let bodies = vec(both.conforming.values(), BODIES);
        (bodies, 0_usize..64, texts(own)).prop_map(move |(bodies, place, text)| {
            let bodies: Vec<String> = bodies.into_iter().map(Sample::into_text).collect();
            let fits = |body: &String| serde_json::from_str(body).is_ok_and(|value| schema.accepts(&value));
            let mut others = bodies.iter().map(|body| with_text(body, place, &text)).filter(fits);
            let other = others.find(|other| !bodies.contains(other)).filter(|_| part == 0);
            other.or_else(|| bodies.into_iter().next()).unwrap_or_default()
        })
    };
    trial.cases(CHECK.id).hold(cases, |body| judge_body(trial, operation, body)).await
}

async fn judge_body(trial: &Trial<'_>, operation: &Operation, body: String) -> Judged {
    let amounts = shows_amounts(trial.contract);
    // Where no amount is shown, a balance says too little of what a call cost.
    let account = if amounts { opened(trial, trial.credits(20)).await? } else { trial.someone().await? };
    let payment: Payment = pay_with(trial, &account, Some(body.into()), How::default()).await?;
    if payment.succeeded() {
        judge_shape(trial, operation, payment.exchange())?;
    }
    match &operation.cost {
        Some(cost) if amounts => read_truth(trial, &cost.promise, &account).await.map(drop),
        _ if payment.succeeded() => Ok(()),
        _ => Err(Stop::Inconclusive(format!("the call was refused: {}", payment.found()))),
    }
}
