//! # A response that breaks the schema is an error
//!
//! ## What it checks
//!
//! Checks decoding with generated responses that break the documented schema in one way each.
//!
//! ## Why it matters
//!
//! There are more ways to break a balance than a list contains: an array instead of a number, a word, a boolean, an
//! object around the amount. Each language converts them to a number in its own way, and none of these numbers is a
//! balance.
//!
//! ## How
//!
//! Half of the generated responses are broken at the location of the balance itself. A reported balance is right only
//! if the response contains it all the same.

use proptest::strategy::{Just, Strategy};
use serde::{Deserialize, Serialize};

use crate::checks::check::{Check, CheckKind, Judge, Judgement, Schedule, Stop, has_balance};
use crate::checks::client::shape_broken::judge_broken;
use crate::checks::client::support::bodies::{balance_schema, content, has_unreadable_number, with_text};
use crate::checks::client::support::generated::Balances;
use crate::checks::client_trial::ClientTrial;
use crate::checks::verdict::Side;
use crate::contract::{Fields, Level, Role};
use crate::generate::{Breaking, Sampler, one_target, replaced, wrong_value};

pub(super) const CHECK: Check = Check {
    id: "shape.any-broken",
    side: Side::Client,
    level: Level::Must,
    kind: CheckKind::Property,
    schedule: Schedule::Shared,
    slow: false,
    needs: &[],
    faults: &[
        "other-types-read-as-zero",
        "false-read-as-zero",
        "text-read-as-denial",
        "leading-digits-accepted",
        "wrapped-amounts-accepted",
    ],
    applies: has_balance,
    judge: Judge::Client(|trial| Box::pin(judge(trial))),
};

/// A body, and what is wrong with it.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Broken {
    body: String,
    breaks: String,
    at: String,
}

async fn judge(trial: &ClientTrial<'_>) -> Judgement {
    let operation = trial.operation(Role::Balance)?;
    let balances = Balances::of(trial)?;
    let places = places(&operation.fields);
    // A schema that nothing breaks leaves the places of the balance.
    let breaking = balance_schema(trial)?.breaking;
    let cases = |sampler: Sampler| {
        let (part, own) = if breaking.is_some() { sampler.group([3, 1]) } else { (0, sampler) };
        let generated = match breaking.as_ref().filter(|_| part == 1) {
            Some(breaking) => one_target(breaking, own).prop_map(Some).boxed(),
            None => Just(None).boxed(),
        };
        let (value, place) = (wrong_value(own), own.stream("place").pick(&places).to_owned());
        (balances.with_rows(sampler), generated).prop_map(move |(body, generated)| match generated {
            Some(Breaking { sample, breaks, at, .. }) => Broken { body: sample.into_text(), breaks, at },
            None => Broken {
                body: replaced(&body, &place, |_, _| Some(value.to_owned())),
                breaks: "type".to_owned(),
                at: place.clone(),
            },
        })
    };
    trial.cases(CHECK.id).times(2).check_all(cases, |broken| judge_body(trial, broken)).await
}

/// Where the balance stands in a body, in all its roles; the whole body, if that is said nowhere.
fn places(fields: &Fields) -> Vec<String> {
    let all = fields.remaining.iter().chain(&fields.total).chain(&fields.allowed);
    let mut places: Vec<String> = Vec::new();
    for pointer in all.flat_map(|at| at.pointer.iter().chain(&at.minus)) {
        if !places.contains(pointer) {
            places.push(pointer.clone());
        }
    }
    if places.is_empty() { vec![String::new()] } else { places }
}

async fn judge_body(trial: &ClientTrial<'_>, broken: Broken) -> Judgement {
    let operation = trial.operation(Role::Balance)?;
    let schema = content(operation).and_then(|content| content.schema.as_ref());
    let value = serde_json::from_str(&broken.body).unwrap_or_default();
    if schema.is_some_and(|schema| schema.accepts(&value)) || has_unreadable_number(operation, &value) {
        return Err(Stop::Inconclusive("what was generated does not break the schema".to_owned()));
    }
    let session = trial.open(trial.credits(1)).await?;
    let what = format!("a body that breaks `{}` at `{}`", broken.breaks, broken.at);
    judge_broken(trial, with_text(trial, &session, &what, broken.body)?).await
}
