//! # Any body that violates the documented schema gets the documented error and is not charged
//!
//! ## What it checks
//!
//! A paid call whose body violates the documented schema in one place, when refused, gets the documented error and
//! leaves the balance as it is.
//!
//! ## Why it matters
//!
//! Servers handle the mistakes that their authors expect: a missing field, a number for a text. A boolean for a
//! text, an array for an object, or a wrong member in the second item of an array reach untested code, and end in a
//! 500 or in a charge.
//!
//! ## How
//!
//! Bodies are generated that violate the schema for one reason each: one keyword at one place, or a value of
//! another type anywhere. Each reason takes its turn. A lenient server may accept a body; only then nothing is
//! judged.

use proptest::strategy::{Just, Strategy};
use serde::{Deserialize, Serialize};

use super::support::invalid_requests::{BodyDefect, judge_invalid, paid_with_body};
use crate::checks::check::{Check, CheckKind, Judge, Judgement, Need, Schedule, Stop, has_spend};
use crate::checks::class::{Class, classify};
use crate::checks::server::support::balance_reads::{is_shown_when_opened, read_unchanged_balance};
use crate::checks::server_trial::ServerTrial;
use crate::checks::verdict::Side;
use crate::contract::{Level, Operation, Promise, Role};
use crate::exchange::Request;
use crate::generate::{
    Breaking, CompiledSchema, Sampler, TYPE_MUTATIONS, mutate_type, one_target, wrong_value_and_site,
};

pub(super) const CHECK: Check = Check {
    id: "error.any-invalid-request",
    side: Side::Server,
    level: Level::Must,
    kind: CheckKind::Property,
    schedule: Schedule::Last,
    slow: false,
    needs: &[Need::Key, Need::Spend],
    faults: &[
        "invalid-request-succeeds",
        "invalid-request-crashes",
        "invalid-request-other-code",
        "charge-invalid-requests",
        "boolean-in-invalid-request-crashes",
        "array-in-invalid-request-crashes",
    ],
    applies: has_spend,
    judge: Judge::Server(|trial| Box::pin(judge(trial))),
};

/// The share of cases that violate a keyword, next to `TYPE_MUTATIONS` cases with a value of another type.
const KEYWORDS: u32 = 8;

/// A body that violates the schema: the keyword, and the JSON Pointer of the place.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Broken {
    body: String,
    breaks: String,
    at: String,
}

impl Broken {
    fn defect(&self) -> BodyDefect {
        match (self.breaks.as_str(), self.at.as_str()) {
            ("required", "") => BodyDefect::MemberMissing,
            ("required", _) => BodyDefect::NestedMemberMissing,
            _ => BodyDefect::OtherMismatch,
        }
    }
}

async fn judge(trial: &ServerTrial<'_>) -> Judgement {
    let operation = paid_with_body(trial)?;
    let content = operation.request.as_ref().and_then(|body| body.content.first());
    let Some(schema) = content.and_then(|content| content.schema.as_ref()) else {
        return Err(Stop::NotApplicable("the paid operation documents no schema for its body".to_owned()));
    };
    let both = CompiledSchema::of(schema.document())
        .map_err(|error| Stop::Inconclusive(format!("no bodies can be generated from the schema: {error}")))?;
    let cases = |sampler: Sampler| {
        // Where no single keyword can be violated, all cases have a value of another type.
        let (group, sampler) =
            if both.breaking.is_some() { sampler.group([TYPE_MUTATIONS, KEYWORDS]) } else { (0, sampler) };
        let generated = match both.breaking.as_ref().filter(|_| group == 1) {
            Some(breaking) => one_target(breaking, sampler).prop_map(Some).boxed(),
            None => Just(None).boxed(),
        };
        let (value, site) = wrong_value_and_site(sampler);
        (both.conforming.conforming(), 0_usize..64, generated).prop_map(move |(sample, place, generated)| {
            if let Some(Breaking { sample, breaks, at, .. }) = generated {
                return Broken { body: sample.into_text(), breaks, at };
            }
            let mutate_type = mutate_type(schema, sample.text(), site, place, value);
            let (body, at) = mutate_type.unwrap_or_else(|| (sample.into_text(), String::new()));
            Broken { body, breaks: "type".to_owned(), at }
        })
    };
    trial.cases(CHECK.id).times(2).check_all(cases, |broken| judge_broken(trial, operation, broken)).await
}

async fn judge_broken(trial: &ServerTrial<'_>, operation: &Operation, broken: Broken) -> Judgement {
    let content = operation.request.as_ref().and_then(|body| body.content.first());
    let schema = content.and_then(|content| content.schema.as_ref());
    let value = serde_json::from_str(&broken.body).unwrap_or_default();
    if schema.is_none_or(|schema| schema.accepts(&value)) {
        return Err(Stop::Inconclusive("the generated body does not violate the schema".to_owned()));
    }
    let account = trial.account_a().await?;
    // The cost of a refused call is visible only where the balance before the call is known.
    let free = refused_is_free(trial).filter(|_| account.own);
    let known = match free {
        Some(_) => is_shown_when_opened(trial).await?,
        None => false,
    };
    let defect = broken.defect();
    let about = format!("a body that violates `{}` at `{}`", broken.breaks, broken.at);
    let request = Request { body: Some(broken.body.into()), ..trial.request(operation, &account) };
    let exchange = trial.send(request).await?;
    let refused = exchange
        .result
        .as_ref()
        .is_ok_and(|response| !matches!(classify(trial.contract, operation, response), Class::Success));
    trial.add_step_for(
        &account,
        format!("a paid call with {about}: {}", if refused { "refused" } else { "not refused" }),
    );
    judge_invalid(trial, operation, &exchange, defect, &about)?;
    match free {
        Some(promise) if known && refused => {
            account.expectations().tried();
            read_unchanged_balance(trial, promise, &account).await.map(drop)
        }
        _ => Ok(()),
    }
}

/// The promise that a refused call costs nothing, where the contract shows amounts.
fn refused_is_free<'c>(trial: &ServerTrial<'c>) -> Option<&'c Promise> {
    let cost = trial.contract.operation(Role::Spend)?.cost.as_ref();
    cost.filter(|_| super::support::balance_reads::shows_amounts(trial.contract)).map(|cost| &cost.promise)
}
