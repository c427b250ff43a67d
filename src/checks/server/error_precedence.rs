//! # Of several conditions, the documented one decides
//!
//! ## What it checks
//!
//! A request to which two documented conditions apply gets the response to the one that the contract names first.
//!
//! ## Why it matters
//!
//! Clients act on the error: they ask for a new key, wait, or show that no credits are left. A limiter behind the check of the
//! credential, or the other way round, sends them the wrong way.
//!
//! ## How
//!
//! For each two conditions of the documented order, a request is made to which both apply.

use serde_json::json;

use super::error_parameters::{with, without, wrong_value};
use super::support::keys;
use super::support::operations::callable;
use crate::checks::account::TestAccount;
use crate::checks::check::{Check, CheckKind, Judge, Judgement, Need, Schedule, Stop};
use crate::checks::server_trial::{ServerTrial, describe};
use crate::checks::verdict::Side;
use crate::contract::{Condition, Level, Operation, Role};
use crate::exchange::{Request, SendOptions};
use crate::mock::{State, StateParams};
use crate::subject::ActiveState;

pub(super) const CHECK: Check = Check {
    id: "error.precedence",
    side: Side::Server,
    level: Level::Must,
    kind: CheckKind::Example,
    schedule: Schedule::Last,
    slow: false,
    needs: &[Need::Key, Need::State(State::Account), Need::Spend],
    faults: &["conditions-in-other-order"],
    applies: |contract| {
        let order = contract.precedence.as_ref().ok_or("the contract states no order of conditions")?;
        let both = |operation: &Operation| pairs(&order.order, operation).next().is_some();
        let any = contract.operations.iter().any(|operation| both(operation));
        if any { Ok(()) } else { Err("no two conditions of the documented order can apply to one request") }
    },
    judge: Judge::Server(|trial| Box::pin(judge(trial))),
};

/// The pairs of the order that one request can meet and responses can tell apart, the deciding condition first.
fn pairs<'o>(order: &'o [Condition], operation: &'o Operation) -> impl Iterator<Item = (Condition, Condition)> + 'o {
    let all = order.iter().enumerate().flat_map(|(n, first)| order.iter().skip(n + 1).map(|second| (*first, *second)));
    all.filter(|(first, second)| {
        let answers = operation.conditions.get(first).zip(operation.conditions.get(second));
        let told_apart = answers.is_some_and(|(first, second)| {
            (first.canonical_status, &first.code) != (second.canonical_status, &second.code)
        });
        told_apart && together(operation, *first, *second)
    })
}

fn together(operation: &Operation, first: Condition, second: Condition) -> bool {
    let credential = is_of_credential;
    let parameter = |condition| matches!(condition, Condition::ParameterMissing | Condition::ParameterInvalid);
    let known = |condition| {
        credential(condition) && operation.secured
            || condition == Condition::ParameterMissing && !operation.parameters.is_empty()
            || condition == Condition::ParameterInvalid
                && operation.parameters.iter().any(|one| wrong_value(one).is_some())
            || condition == Condition::RequestInvalid && refuses_list(operation)
            || condition == Condition::RateLimited
            || condition == Condition::Exhausted && operation.role == Role::Spend
    };
    // A request without a valid credential belongs to no account that could be empty.
    let of_account = |condition| condition == Condition::Exhausted;
    known(first)
        && known(second)
        && !(credential(first) && credential(second) || parameter(first) && parameter(second))
        && !(credential(first) && of_account(second) || of_account(first) && credential(second))
}

async fn judge(trial: &ServerTrial<'_>) -> Judgement {
    let Some(precedence) = &trial.contract.precedence else { return Ok(()) };
    let mut missing = None;
    let mut judged = false;
    for operation in callable(trial) {
        for (first, second) in pairs(&precedence.order, operation) {
            let exhausted = [first, second].contains(&Condition::Exhausted);
            let account = trial.account(trial.credits(if exhausted { 0 } else { 100 })).await?;
            let mut request = presenting(trial, operation, &account, [first, second]);
            let mut limit: Option<ActiveState> = None;
            for condition in [first, second] {
                if condition == Condition::RateLimited {
                    match trial.setup(State::RateLimited, limited(&account, first, second)).await {
                        Ok(active) => limit = Some(active),
                        Err(Stop::CouldNotRun(why)) => missing = Some(why),
                        Err(stop) => return Err(stop),
                    }
                } else {
                    request = provoking(operation, request, condition);
                }
            }
            if [first, second].contains(&Condition::RateLimited) && limit.is_none() {
                continue;
            }
            let options = SendOptions { bad_key: true, limit_is_evidence: true, ..SendOptions::default() };
            let exchange = trial.send_as(request, options).await?;
            if let Some(limit) = limit {
                trial.teardown(&limit).await?;
            }
            let (Some(expected), Ok(response)) = (operation.conditions.get(&first), &exchange.result) else { continue };
            judged = true;
            trial.judge(&precedence.promise, Some(operation), &[&exchange], expected.is(response), || {
                format!(
                    "`{first}` and `{second}` apply: expected {}, as for `{first}`, found {}",
                    expected.describe(),
                    describe(response)
                )
            })?;
        }
    }
    match (judged, missing) {
        (true, _) => Ok(()),
        (false, Some(why)) => Err(Stop::CouldNotRun(why)),
        (false, None) => Err(Stop::CouldNotRun(
            "the operations spend credits: give a state handler with --states, or --allow-spend".to_owned(),
        )),
    }
}

/// The limit of this account; of all accounts, where the request presents no valid credential.
fn limited(account: &TestAccount, first: Condition, second: Condition) -> StateParams {
    let mut params = StateParams { retry_after_s: Some(7), ..StateParams::default() };
    if ![first, second].iter().any(|condition| is_of_credential(*condition)) {
        account.name_in(&mut params);
    }
    params
}

fn is_of_credential(condition: Condition) -> bool {
    matches!(condition, Condition::CredentialMissing | Condition::CredentialUnknown)
}

/// Whether a list is no valid body of the request.
fn refuses_list(operation: &Operation) -> bool {
    let Some(body) = operation.request.as_ref().filter(|body| body.required) else { return false };
    body.content.iter().all(|content| content.schema.as_ref().is_some_and(|schema| !schema.accepts(&json!([]))))
}

/// The documented request, with the credential that one of the conditions is about, or a valid one.
fn presenting(
    trial: &ServerTrial<'_>,
    operation: &Operation,
    account: &TestAccount,
    conditions: [Condition; 2],
) -> Request {
    let bare = || trial.with_tenant(operation.example_request(), account.tenant.as_deref());
    match conditions.into_iter().find(|condition| is_of_credential(*condition)) {
        Some(Condition::CredentialMissing) => bare(),
        Some(_) => trial.with_key(bare(), &keys::unknown_key(trial, &account.key, 9)),
        None => trial.request(operation, account),
    }
}

/// The request, changed so that the condition applies to it.
fn provoking(operation: &Operation, request: Request, condition: Condition) -> Request {
    match condition {
        Condition::ParameterMissing => operation.parameters.iter().fold(request, without),
        Condition::ParameterInvalid => match operation.parameters.iter().find_map(|one| Some((one, wrong_value(one)?)))
        {
            Some((parameter, wrong)) => with(request, parameter, wrong),
            None => request,
        },
        Condition::RequestInvalid => request.body("[]"),
        _ => request,
    }
}
