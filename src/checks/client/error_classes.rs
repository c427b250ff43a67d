//! # Each failure is reported with the right class
//!
//! ## What it checks
//!
//! Checks the error class for every documented refusal, and for undocumented statuses.
//!
//! ## Why it matters
//!
//! Applications wait after a rate limit, ask for a new key after a refusal, and sell credits after the last one. They
//! can do none of this if all errors look alike.
//!
//! ## How
//!
//! Every documented refusal of the balance call and of the paid call is delivered, with every status where the
//! contract leaves it open. Then statuses that the contract does not mention are delivered with an HTML page, and
//! must be understood by their class (RFC 9110, 15).

use serde_json::Value;

use crate::checks::check::{Check, CheckKind, Judge, Judgement, Need, Schedule, Stop, has_balance};
use crate::checks::client::support::failure_policy::is_open;
use crate::checks::client_session::Call;
use crate::checks::client_trial::ClientTrial;
use crate::checks::standards::status_class;
use crate::checks::verdict::Side;
use crate::client::Capability;
use crate::client::ErrorClass;
use crate::contract::{Condition, DocumentedResponse, Grade, Level, Promise, Role, message_pointers};
use crate::generate::replaced;
use crate::mock::{Reply, documented};
use crate::model::Decision;
use crate::subject::Function;

pub(super) const CHECK: Check = Check {
    id: "error.classes",
    side: Side::Client,
    level: Level::Must,
    kind: CheckKind::Example,
    schedule: Schedule::Shared,
    slow: false,
    needs: &[Need::Optional(Capability::Spend)],
    faults: &[
        "errors-in-one-class",
        "forbidden-read-as-auth",
        "not-found-read-as-server-error",
        "conflict-read-as-network-failure",
        "code-ignored",
        "message-decides-class",
        "plain-text-error-read-as-malformed",
    ],
    applies: has_balance,
    judge: Judge::Client(|trial| Box::pin(judge(trial))),
};

/// Words of every failure: status and code alone state what happened.
const MISLEADING: &str =
    "Not enough credits left, API key not found, rate limit exceeded, access denied, timeout, internal server error";

async fn judge(trial: &ClientTrial<'_>) -> Judgement {
    let spends = trial.subject.capabilities.spend && trial.contract.operation(Role::Spend).is_some();
    if is_open(trial) && !spends {
        return Err(Stop::NotApplicable(
            "failed checks are told as no error, and the client makes no paid calls".to_owned(),
        ));
    }
    for (role, function) in [(Role::Balance, Function::Check), (Role::Spend, Function::Spend)] {
        // A failed check of a contract that fails open is told as no error at all.
        if role == Role::Spend && !spends || role == Role::Balance && is_open(trial) {
            continue;
        }
        for (condition, answer) in &trial.operation(role)?.conditions {
            for (n, answer) in answer.each().enumerate() {
                judge_documented(trial, role, function, *condition, answer, n).await?;
            }
        }
        for (status, classes, promise) in undocumented(trial, role)? {
            let page = Reply::new(status, "text/html", "<!doctype html><title>Error</title>");
            let call = deliver(trial, page, function).await?;
            judge_class(trial, role, &call, &promise, classes, &format!("status {status} with a page"))?;
        }
    }
    Ok(())
}

async fn judge_documented(
    trial: &ClientTrial<'_>,
    role: Role,
    function: Function,
    condition: Condition,
    answer: &DocumentedResponse,
    n: usize,
) -> Judgement {
    let Some(classes) = classes(condition, answer.canonical_status) else { return Ok(()) };
    let session = trial.open(trial.credits(100)).await?;
    let mut reply = match n {
        0 => trial.render(&session, role, &Decision::Refused { condition, retry_after_s: None })?,
        // Another response that the contract documents as being as right.
        _ => documented(condition, answer),
    };
    // How long to wait is judged elsewhere, and a client may wait before it tells anything.
    reply.remove_header("retry-after");
    // Where no status is stated, only the code tells.
    let statuses: &[u16] = if answer.status.is_none() { &[200, 400, 403, 409, 429] } else { &[] };
    for status in statuses.iter().copied().chain([reply.status]) {
        let call = deliver(trial, Reply { status, ..reply.clone() }, function).await?;
        let exact = matches!(answer.status, Some(crate::contract::StatusRange::Exact(_)));
        let (promise, classes) = if condition == Condition::RateLimited && answer.status.is_none() && status != 429 {
            // That it was blocked is promised, and by a code; what becomes of that code under another status is not.
            if call.outcome.as_ref().is_err_and(|error| by_class(status).contains(&error.class)) {
                (Promise { level: Level::May, ..answer.promise.clone() }, classes)
            } else {
                (answer.promise.clone(), classes)
            }
        } else if answer.code.is_some() || exact {
            (answer.promise.clone(), classes)
        } else {
            (status_class(), by_class(status))
        };
        judge_class(
            trial,
            role,
            &call,
            &promise,
            classes,
            &format!("the documented answer to `{}`, status {status}", condition.as_str()),
        )?;
    }
    if let Some(misleading) = misleading(answer, &reply).filter(|_| answer.code.is_some()) {
        let call = deliver(trial, misleading, function).await?;
        let what = format!("the documented answer to `{}`, with a message about other failures", condition.as_str());
        judge_class(trial, role, &call, &answer.promise, classes, &what)?;
    }
    Ok(())
}

/// The reply with such a message in place of its own; `None` if it has none.
fn misleading(answer: &DocumentedResponse, reply: &Reply) -> Option<Reply> {
    let schema = answer.response.content.first()?.schema.as_ref()?;
    let text = Value::from(MISLEADING).to_string();
    let pointers = message_pointers(&reply.json()?, &answer.code_at);
    let plain = reply.text();
    let mut bodies = pointers.iter().map(|at| replaced(&plain, at, |_, _| Some(text.clone())));
    let body = bodies.find(|body| serde_json::from_str(body).is_ok_and(|value| schema.accepts(&value)))?;
    Some(Reply { body: body.into(), ..reply.clone() })
}

async fn deliver(trial: &ClientTrial<'_>, reply: Reply, function: Function) -> Result<Call, Stop> {
    let session = trial.open(trial.credits(100)).await?;
    session.endpoint.respond_with(reply);
    let call = trial.call(&session, function).await?;
    if call.override_used() { Ok(call) } else { Err(Stop::Inconclusive("a new session made no request".to_owned())) }
}

/// Judges that a failure was told as one of these classes.
pub(super) fn judge_class(
    trial: &ClientTrial<'_>,
    role: Role,
    call: &Call,
    promise: &Promise,
    classes: &[ErrorClass],
    what: &str,
) -> Judgement {
    let class = call.outcome.as_ref().err().map(|error| error.class);
    trial.judge(promise, role, &[call], class.is_some_and(|class| classes.contains(&class)), || {
        let wanted: Vec<String> = classes.iter().map(|class| format!("`{class}`")).collect();
        format!("{what}: expected an error of class {}, found {}", wanted.join(" or "), call.found())
    })
}

/// The classes that a documented answer with this status may be told as.
pub(super) fn classes(condition: Condition, status: u16) -> Option<&'static [ErrorClass]> {
    Some(match condition {
        // The status says that access is forbidden, whatever is wrong with the credential.
        Condition::CredentialMissing
        | Condition::CredentialUnknown
        | Condition::CredentialRevoked
        | Condition::CredentialExpired
            if status == 403 =>
        {
            &[ErrorClass::Auth, ErrorClass::Forbidden]
        }
        Condition::CredentialMissing
        | Condition::CredentialUnknown
        | Condition::CredentialRevoked
        | Condition::CredentialExpired => &[ErrorClass::Auth],
        Condition::Exhausted => &[ErrorClass::Exhausted],
        Condition::RateLimited => &[ErrorClass::RateLimited],
        Condition::BackendDown => by_class(500),
        Condition::RequestInvalid
        | Condition::ParameterMissing
        | Condition::ParameterInvalid
        | Condition::JobUnknown
        | Condition::PathUnknown
        | Condition::MethodUnknown => return None,
    })
}

/// The classes that a status may be told as of which nothing but its class is known.
pub(super) fn by_class(status: u16) -> &'static [ErrorClass] {
    match status {
        // These statuses say that something took too long, somewhere.
        504 => &[ErrorClass::Server, ErrorClass::Timeout, ErrorClass::Other],
        408 => &[ErrorClass::Timeout, ErrorClass::Other],
        500.. => &[ErrorClass::Server, ErrorClass::Other],
        // A request that the server calls malformed may be told as that.
        400 | 418 | 422 => &[
            ErrorClass::Auth,
            ErrorClass::Forbidden,
            ErrorClass::Exhausted,
            ErrorClass::RateLimited,
            ErrorClass::NotFound,
            ErrorClass::Malformed,
            ErrorClass::Other,
        ],
        200..300 => &[ErrorClass::RateLimited, ErrorClass::Other],
        _ => &[
            ErrorClass::Auth,
            ErrorClass::Forbidden,
            ErrorClass::Exhausted,
            ErrorClass::RateLimited,
            ErrorClass::NotFound,
            ErrorClass::Other,
        ],
    }
}

/// A status, what it may be told as, and why.
type Undocumented = (u16, &'static [ErrorClass], Promise);

/// Statuses whose class alone says how they are to be reported, unless a contract documents them.
const STATUSES: [u16; 17] = [502, 503, 599, 501, 504, 400, 418, 403, 401, 402, 404, 405, 409, 410, 422, 429, 451];

/// Statuses that the operation does not document one by one, with what they may be told as.
fn undocumented(trial: &ClientTrial<'_>, role: Role) -> Result<Vec<Undocumented>, Stop> {
    let operation = trial.operation(role)?;
    let exact = |status| {
        let documented =
            |answer: &DocumentedResponse| answer.status == Some(crate::contract::StatusRange::Exact(status));
        operation.conditions.values().any(documented)
    };
    let precise = |quote: &str| Promise {
        level: Level::May,
        grade: Grade::Standard,
        document: "RFC 9110, 15.5".to_owned(),
        quote: quote.to_owned(),
    };
    let by_its_class = |status| (status, by_class(status), status_class());
    let mut all: Vec<Undocumented> = STATUSES.into_iter().map(by_its_class).collect();
    // The standard does not define error classes for these, so that a deviation is a remark only.
    all.push((
        401,
        &[ErrorClass::Auth],
        precise(
            "401 (Unauthorized): the request has not been applied because it lacks valid authentication credentials",
        ),
    ));
    all.push((
        403,
        &[ErrorClass::Forbidden],
        precise("403 (Forbidden): the server understood the request but refuses to fulfill it"),
    ));
    all.push((
        404,
        &[ErrorClass::NotFound],
        precise("404 (Not Found): the origin server did not find a current representation for the target resource"),
    ));
    all.retain(|(status, ..)| !exact(*status));
    Ok(all)
}
