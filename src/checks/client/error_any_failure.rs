//! # Every documented failure gets the right class, in any call and with any body
//!
//! ## What it checks
//!
//! Checks error classes with generated bodies, at any position in a series of calls.
//!
//! ## Why it matters
//!
//! Real error bodies differ from the example: a longer message, another script, additional details, or half of what
//! was documented. And failures come after successes, when an old balance is at hand.
//!
//! ## How
//!
//! For each documented refusal of the balance call and of the paid call, bodies are generated from its schema with
//! the documented code: bodies that conform, and bodies that break it. Each is delivered to one of several calls. The
//! failure must have the right class and must never be a balance; the calls before and after it must report the
//! balance. With bodies that break their schema, only the latter is judged.

use std::sync::Arc;
use std::time::Duration;

use proptest::strategy::{Just, Strategy};
use serde::{Deserialize, Serialize};

use crate::checks::check::{Check, CheckKind, Judge, Judgement, Schedule, Stop, has_balance};
use crate::checks::client::error_classes::{by_class, classes, judge_class};
use crate::checks::client::support::failure_policy::{is_open, made_up_nothing, nothing, telling};
use crate::checks::client_session::{Call, ClientSession};
use crate::checks::client_trial::ClientTrial;
use crate::checks::standards::status_class;
use crate::checks::time::Passing;
use crate::checks::verdict::Side;
use crate::client::ErrorClass;
use crate::contract::{Condition, Level, Operation, Response, Role, Schema, StatusRange, code_in};
use crate::generate::{CompiledSchema, Sample, Sampler, TEXTS, replaced, texts_of, with_last_member, with_text};
use crate::mock::Reply;
use crate::model::Decision;
use crate::subject::Function;

/// Beyond any time for which an answer is kept.
const LONG: Duration = Duration::from_hours(24);

pub(super) const CHECK: Check = Check {
    id: "error.any-failure",
    side: Side::Client,
    level: Level::Must,
    kind: CheckKind::Property,
    schedule: Schedule::Shared,
    slow: false,
    needs: &[],
    faults: &[
        "errors-in-one-class",
        "error-list-read-as-balance",
        "long-error-read-as-malformed",
        "non-ascii-error-read-as-malformed",
        "failure-hidden-after-two-balances",
    ],
    applies: has_balance,
    judge: Judge::Client(|trial| Box::pin(judge(trial))),
};

/// A failure, and the call that it meets.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Failure {
    paid: bool,
    status: u16,
    media_type: String,
    body: String,
    /// What it is documented for, if its code or its status says so.
    condition: Option<Condition>,
    /// Whether the body is as documented.
    conforms: bool,
    /// How many calls go well before it.
    before: u8,
}

/// A documented answer to what went wrong.
struct Target {
    role: Role,
    status: u16,
    media_type: String,
    condition: Option<Condition>,
    code: Option<String>,
    /// The code as JSON.
    written: Option<String>,
    /// Where the code stands.
    code_at: Vec<String>,
    schema: Schema,
    both: CompiledSchema,
}

async fn judge(trial: &ClientTrial<'_>) -> Judgement {
    let targets = targets(trial)?;
    // A failed check of a contract that fails open is told as no error at all.
    let classed = |target: &&Target| !(target.role == Role::Balance && is_open(trial));
    let classed: Vec<&Target> = targets.iter().filter(classed).collect();
    // What may be told as a malformed answer shows nothing of what was made of it.
    let exact = |target: &&Target| !target.classes().contains(&ErrorClass::Malformed);
    let (exact, vague): (Vec<&Target>, Vec<&Target>) = classed.into_iter().partition(exact);
    let failed: Vec<&Target> = targets.iter().filter(|target| target.status >= 300).collect();
    let kinds = [(Body::Text, exact, 6), (Body::Text, vague, 2), (Body::Odd, failed, 8)];
    let kinds =
        kinds.map(|(body, among, weight)| if among.is_empty() { (body, among, 0) } else { (body, among, weight) });
    if kinds.iter().all(|(_, among, _)| among.is_empty()) {
        return Err(Stop::NotApplicable("the contract documents no schema of an error".to_owned()));
    }
    let cases = |sampler: Sampler| {
        let (part, own) = sampler.group([kinds[0].2, kinds[1].2, kinds[2].2]);
        let (body, among, _) = &kinds[part];
        let (target, kind) = own.pair(count(among), body.kinds());
        among[usize::try_from(target).unwrap_or(0)].failures(*body, kind)
    };
    trial.cases(CHECK.id).times(2).check_all(cases, |failure| judge_failure(trial, failure)).await
}

fn count<T>(all: &[T]) -> u32 {
    u32::try_from(all.len()).unwrap_or(u32::MAX)
}

/// What is in a body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Body {
    /// What is documented, with a text that is out of the ordinary.
    Text,
    /// What breaks the schema.
    Odd,
}

impl Body {
    /// How many kinds there are of it.
    fn kinds(self) -> u32 {
        match self {
            Self::Text => TEXTS,
            Self::Odd => 4,
        }
    }
}

impl Target {
    /// The classes that it may be told as.
    fn classes(&self) -> &'static [ErrorClass] {
        self.condition.and_then(|condition| classes(condition, self.status)).unwrap_or_else(|| by_class(self.status))
    }

    /// Failures of this kind, with a body of one of its kinds.
    fn failures(&self, body: Body, kind: u32) -> impl Strategy<Value = Failure> {
        let one_of = |all: &'static [&'static str]| proptest::sample::select(all).prop_map(str::to_owned).boxed();
        let odd = match (kind, self.both.breaking.clone()) {
            (0, _) => one_of(&["[]", "[1]", "[{}]"]),
            (1, _) => one_of(&["null", "0", "\"down\"", "{}", "true"]),
            (_, Some(breaking)) => breaking.prop_map(|breaking| breaking.sample.into_text()).boxed(),
            (_, None) => Just("[]".to_owned()).boxed(),
        };
        let conforms = body == Body::Text;
        let before = if conforms { 0..=1_u8 } else { 2..=2 };
        (self.both.conforming.conforming(), odd, 0_usize..64, texts_of(kind), before).prop_map(
            move |(sample, odd, place, text, before)| {
                let body = if conforms {
                    self.conforming(sample, place, &text, self.code_at.first().map(String::as_str))
                } else {
                    odd
                };
                let value = serde_json::from_str::<serde_json::Value>(&body).unwrap_or_default();
                let shown = code_in(&value, &self.code_at);
                let reported = self.code.is_none() || shown == self.code;
                Failure {
                    paid: self.role == Role::Spend,
                    status: self.status,
                    media_type: self.media_type.clone(),
                    condition: self.condition.filter(|_| reported),
                    conforms: conforms && fits(&self.schema, &body),
                    body,
                    before,
                }
            },
        )
    }

    /// A body by the schema, with a text that is out of the ordinary and with the documented code.
    fn conforming(&self, sample: Sample, place: usize, text: &str, pointer: Option<&str>) -> String {
        let plain = self.both.text(sample);
        let coded = |body: String| match (&self.written, pointer) {
            (Some(code), Some(at)) => replaced(&body, at, |_, _| Some(code.clone())),
            _ => body,
        };
        let coded_plain = coded(plain.clone());
        // Not in place of the code; without other text, in an undocumented member.
        let within = (0..4).map(|next| coded(with_text(&plain, place.wrapping_add(next), text)));
        let beside = with_last_member(&coded_plain, "rt_note", &serde_json::Value::from(text).to_string());
        let mut all = within.filter(|body| *body != coded_plain).chain(beside).filter(|body| fits(&self.schema, body));
        all.next().unwrap_or(coded_plain)
    }
}

fn fits(schema: &Schema, body: &str) -> bool {
    serde_json::from_str(body).is_ok_and(|value| schema.accepts(&value))
}

/// Every documented refusal that has a schema, by what it is documented for.
fn targets(trial: &ClientTrial<'_>) -> Result<Vec<Target>, Stop> {
    let spends = trial.subject.capabilities.spend && trial.contract.operation(Role::Spend).is_some();
    let mut all = Vec::new();
    for role in [Role::Balance, Role::Spend].into_iter().filter(|role| *role == Role::Balance || spends) {
        let operation = trial.operation(role)?;
        for response in operation.responses.iter().filter(|response| !is_success(response.status)) {
            let Some(content) = response.content.first() else { continue };
            let Some(schema) = content.schema.as_ref().filter(|_| content.media_type.ends_with("json")) else {
                continue;
            };
            let Ok(both) = CompiledSchema::of(schema.document()) else { continue };
            for (condition, code, statuses) in documented(operation, response) {
                let answer = condition.and_then(|condition| operation.conditions.get(&condition));
                let code_at = answer.map_or(&operation.error_codes, |answer| &answer.code_at);
                let example = answer.and_then(|answer| answer.example.as_ref());
                let place = example.and_then(|example| code_at.iter().find_map(|at| example.pointer(at)));
                let written = code.as_ref().map(|code| match place {
                    Some(serde_json::Value::Number(_) | serde_json::Value::Bool(_)) => code.clone(),
                    _ => serde_json::Value::from(code.as_str()).to_string(),
                });
                all.extend(statuses.into_iter().map(|status| Target {
                    role,
                    status,
                    media_type: content.media_type.clone(),
                    condition,
                    code: code.clone(),
                    written: written.clone(),
                    code_at: code_at.clone(),
                    schema: schema.clone(),
                    both: both.clone(),
                }));
            }
        }
    }
    Ok(all)
}

type Documented = (Option<Condition>, Option<String>, Vec<u16>);

/// What a response is documented for, with the codes and the statuses that go with it.
fn documented(operation: &Operation, response: &Arc<Response>) -> Vec<Documented> {
    let answers = operation.conditions.iter().filter(|(_, answer)| answer.response.at == response.at);
    let known = answers.filter(|(condition, answer)| classes(**condition, answer.canonical_status).is_some()).map(
        |(condition, answer)| {
            let statuses = match answer.status {
                None => vec![200, 400, 403, 409, 429],
                Some(StatusRange::Exact(status)) => vec![status],
                Some(range) => usual(range),
            };
            // Without a code, only a status of its own says what it is.
            let exact = answer.code.is_some() || matches!(answer.status, Some(StatusRange::Exact(_)));
            (exact.then_some(*condition), answer.code.clone(), statuses)
        },
    );
    let mut all: Vec<Documented> = Vec::new();
    for answer in known.chain([(None, None, usual(response.status))]) {
        if !all.contains(&answer) && (all.is_empty() || answer.0.is_some()) {
            all.push(answer);
        }
    }
    all
}

fn is_success(range: StatusRange) -> bool {
    matches!(range, StatusRange::Exact(200..300) | StatusRange::Class(2))
}

/// Statuses in a range that mean no more than their class.
fn usual(range: StatusRange) -> Vec<u16> {
    match range {
        StatusRange::Exact(status) => vec![status],
        StatusRange::Class(4) => vec![400, 409, 418],
        StatusRange::Class(_) => vec![500, 502, 503],
        StatusRange::Default => vec![400, 500, 503],
    }
}

async fn judge_failure(trial: &ClientTrial<'_>, failure: Failure) -> Judgement {
    let role = if failure.paid { Role::Spend } else { Role::Balance };
    let mut session = trial.open(telling(trial, 40)).await?;
    for _ in 0..if failure.paid { 0 } else { failure.before } {
        session = judge_good(trial, session).await?;
    }
    session.endpoint.respond_with(reply(trial, &session, role, &failure)?);
    let call = trial.call(&session, if failure.paid { Function::Spend } else { Function::Check }).await?;
    if !call.override_used() {
        return Err(Stop::Inconclusive("the client made no request, so that it did not meet the failure".to_owned()));
    }
    let what = format!("a failure with status {}", failure.status);
    judge_told(trial, role, &call, &failure, &what)?;
    if failure.paid {
        return Ok(());
    }
    session.endpoint.reset();
    let session = later(trial, session).await?;
    judge_good(trial, session).await.map(drop)
}

fn judge_told(trial: &ClientTrial<'_>, role: Role, call: &Call, failure: &Failure, what: &str) -> Judgement {
    let none = if failure.paid { call.outcome.is_err() } else { made_up_nothing(trial, call) };
    let operation = trial.operation(role)?;
    let answer = failure.condition.and_then(|condition| operation.conditions.get(&condition));
    let by_code = answer.filter(|_| failure.conforms).map(|answer| answer.promise.clone());
    // With the status of a success, only the code shows the failure.
    if failure.status < 300 && by_code.is_none() {
        return Err(Stop::Inconclusive("nothing says that it failed".to_owned()));
    }
    let promise = by_code.clone().unwrap_or_else(status_class);
    trial.judge(&promise, role, &[call], none, || {
        format!("{what}: expected {}, found {}", nothing(trial), call.found())
    })?;
    if !failure.conforms || !failure.paid && is_open(trial) {
        return Ok(());
    }
    let wanted = failure
        .condition
        .and_then(|condition| classes(condition, failure.status))
        .unwrap_or_else(|| by_class(failure.status));
    judge_class(trial, role, call, &promise, wanted, what)
}

/// The reply that delivers a failure, with the header fields of the documented one.
fn reply(trial: &ClientTrial<'_>, session: &ClientSession, role: Role, failure: &Failure) -> Result<Reply, Stop> {
    let mut reply = Reply::new(failure.status, &failure.media_type, failure.body.clone());
    if let Some(condition) = failure.condition {
        let documented = trial.render(session, role, &Decision::Refused { condition, retry_after_s: None })?;
        reply.headers = documented.headers;
        // How long to wait is judged elsewhere.
        reply.remove_header("retry-after");
        reply.set_header("content-type", failure.media_type.clone());
    }
    Ok(reply)
}

/// Judges that the balance is told, and lets so much time pass that nothing of it is kept.
async fn judge_good(trial: &ClientTrial<'_>, session: ClientSession) -> Result<ClientSession, Stop> {
    let true_balance = telling(trial, 40);
    let call = trial.check(&session).await?;
    if call.received.is_empty() {
        return Err(Stop::Inconclusive("the client made no request although nothing can be kept".to_owned()));
    }
    let promise = &trial.operation(Role::Balance)?.promise;
    trial.judge(promise, Role::Balance, &[&call], call.reports(&true_balance), || {
        format!("a call that went well: expected {true_balance}, found {}", call.found())
    })?;
    later(trial, session).await
}

/// The session at a time when nothing is cached any more; a new session if its clock cannot be moved.
async fn later(trial: &ClientTrial<'_>, session: ClientSession) -> Result<ClientSession, Stop> {
    if trial.passing() != Passing::Moved {
        return trial.open(telling(trial, 40)).await;
    }
    trial.time_passes().await?;
    trial.advance(&session, LONG).await?;
    Ok(session)
}
