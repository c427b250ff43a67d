//! Answers that conform, and answers that break the schema, with the balance that each of them states.

use std::collections::BTreeMap;

use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;
use serde_json::Value;

use crate::checks::client_session::ClientSession;
use crate::checks::client_trial::ClientTrial;
use crate::checks::finding::{Judgement, Stop};
use crate::checks::standards::interoperable;
use crate::contract::{Content, DocumentedResponse, Encoding, Level, Operation, Promise, Role, Schema};
use crate::generate::{CompiledSchema, has_strict_numbers, replaced};
use crate::mock::Reply;
use crate::model::{BalanceValues, decimal, is_settled, places, settled};

/// Stands in a body where a number is to be written in a spelling of its own.
const PLACEHOLDER: i64 = 987_654_321;
/// Ways to write amounts. Those that a strict reader of the schema may refuse are left out.
const SPELLINGS: &[&str] = &[
    "0",
    "1",
    "7",
    "100",
    "422",
    "-1",
    "2147483647",
    "2147483648",
    "4503599627370497",
    "15432.50",
    "0.1",
    "0.01",
    "99.999",
    "1e3",
    "1E+2",
    "12.5e-1",
    "0.0",
    "9007199254740993",
    "12345678901234567.89",
];

/// An answer with what it states.
#[derive(Debug, Clone)]
pub(in crate::checks) struct Stated {
    /// What is special about it.
    pub(in crate::checks) what: String,
    /// The answer.
    pub(in crate::checks) reply: Reply,
    /// The balance that it states, if it can be read at all.
    pub(in crate::checks) true_balance: Option<BalanceValues>,
}

/// The documented content of a balance.
pub(in crate::checks) fn content(operation: &Operation) -> Option<&Content> {
    let response = operation.responses.iter().find(|response| response.status.contains(200))?;
    response.content.first()
}

/// The mock provider's response with another body, and header fields that agree with it.
pub(in crate::checks) fn with_text(
    trial: &ClientTrial<'_>,
    session: &ClientSession,
    what: &str,
    text: String,
) -> Result<Stated, Stop> {
    let operation = trial.operation(Role::Balance)?;
    let mut reply = trial.answer(session, Role::Balance, trial.credits(100))?;
    reply.body = text.into();
    let header = |reply: &Reply, name: &str| reply.header(name).map(str::to_owned);
    let true_balance = BalanceValues::decode(&operation.fields, &reply.body, |name| header(&reply, name)).ok();
    if let Some(left) = true_balance.and_then(|true_balance| true_balance.remaining) {
        for again in operation.fields.remaining_repeated.iter().filter_map(|again| again.at.header.as_deref()) {
            reply.set_header(again, left.to_string());
        }
    }
    Ok(Stated { what: what.to_owned(), reply, true_balance })
}

/// Whether the answer keeps everything that the contract says of it: schema, form of numbers, agreement of repeated
/// amounts, invariants.
pub(in crate::checks) fn conforms(operation: &Operation, stated: &Stated) -> bool {
    let (Some(true_balance), Some(value)) = (&stated.true_balance, stated.reply.json()) else { return false };
    let Some(content) = content(operation) else { return false };
    let fits = content.schema.as_ref().is_none_or(|schema| schema.accepts(&value));
    let strict = |schema: &Schema| has_strict_numbers(&stated.reply.text(), schema.document());
    let strict = content.schema.as_ref().is_none_or(strict);
    let header = |name: &str| stated.reply.header(name).map(str::to_owned);
    let mut again = operation.fields.remaining_repeated.iter();
    let agrees =
        again.all(|again| again.at.amount("remaining", &stated.reply.body, &header).ok() == true_balance.remaining);
    let headers = stated.reply.headers.iter().map(|(name, value)| (name.to_lowercase(), value.clone()));
    let headers: BTreeMap<String, String> = headers.collect();
    let holds = |rule: &crate::contract::Rule| rule.expression.holds(200, &headers, &value).unwrap_or(false);
    let invariants = operation.invariants.iter().filter(|rule| rule.promise.level == crate::contract::Level::Must);
    let refused = |answer: &DocumentedResponse| {
        answer.is_told_by_body()
            && answer.status.is_none_or(|range| range.contains(200))
            && answer.has_signs(200, &headers, Some(&value))
    };
    let refused = operation.conditions.values().flat_map(DocumentedResponse::each).any(refused);
    let success = !refused && operation.is_success(200, &headers, Some(&value));
    fits && strict && agrees && success && invariants.into_iter().all(holds)
}

/// Answers that conform: amounts in many spellings or both flags, and the documented examples.
pub(in crate::checks) fn conforming(trial: &ClientTrial<'_>, session: &ClientSession) -> Result<Vec<Stated>, Stop> {
    let operation = trial.operation(Role::Balance)?;
    let mut all = Vec::new();
    if operation.fields.remaining.is_some() {
        let marked = marked(trial, session)?;
        for spelling in SPELLINGS {
            let text = if is_settled(operation) {
                settled_text(trial, session, &marked, spelling)?
            } else {
                spelled(&marked, spelling)
            };
            all.push(with_text(trial, session, &format!("the amount {spelling}"), text)?);
        }
    }
    for allowed in [true, false].into_iter().filter(|_| operation.fields.allowed.is_some()) {
        let balance = BalanceValues { allowed: Some(allowed), ..trial.credits(i32::from(allowed)) };
        let text = trial.answer(session, Role::Balance, balance)?.text();
        all.push(with_text(trial, session, &format!("the flag {allowed}"), text)?);
    }
    if let Some(content) = content(operation) {
        for (name, example) in &content.examples {
            all.push(with_text(trial, session, &format!("the example `{name}`"), example.to_string())?);
        }
    }
    all.retain(|stated| conforms(operation, stated));
    Ok(all)
}

/// A body that shows a placeholder as what is left, and takes nothing off it.
pub(in crate::checks) fn marked(trial: &ClientTrial<'_>, session: &ClientSession) -> Result<String, Stop> {
    let text = trial.answer(session, Role::Balance, trial.credits(PLACEHOLDER))?.text();
    let at = trial.operation(Role::Balance)?.fields.remaining.as_ref();
    if let Some(pointer) =
        at.filter(|at| !at.is_plain() && at.expression.is_none()).and_then(|at| at.pointer.as_deref())
    {
        // The written amounts are spelled, whatever they count.
        let quoted = at.is_some_and(|at| at.encoding == Encoding::String);
        let shown = if quoted { format!("\"{PLACEHOLDER}\"") } else { PLACEHOLDER.to_string() };
        return Ok(replaced(&text, pointer, |_, _| Some(shown.clone())));
    }
    let Some((pointer, minus)) = at.and_then(|at| at.pointer.as_deref().zip(at.minus.as_deref())) else {
        return Ok(text);
    };
    let quoted = at.is_some_and(|at| at.encoding == Encoding::String);
    let shown = |number: i64| if quoted { format!("\"{number}\"") } else { number.to_string() };
    let whole = replaced(&text, minus, |_, _| Some(shown(0)));
    Ok(replaced(&whole, pointer, |_, _| Some(shown(PLACEHOLDER))))
}

/// That body with an amount in place of the placeholder.
pub(in crate::checks) fn spelled(marked: &str, amount: &str) -> String {
    marked.replace(&PLACEHOLDER.to_string(), amount)
}

/// That body with an amount in place of the placeholder, and with all members set that depend on it; else the documented answer
/// with this amount.
fn settled_text(
    trial: &ClientTrial<'_>,
    session: &ClientSession,
    marked: &str,
    spelling: &str,
) -> Result<String, Stop> {
    let operation = trial.operation(Role::Balance)?;
    let schema = content(operation).and_then(|content| content.schema.as_ref());
    let spelled = spelled(marked, spelling);
    let read = BalanceValues::decode(&operation.fields, spelled.as_bytes(), |_| None).ok();
    let balance = read.map(|read| BalanceValues { total: None, ..read }).filter(|_| spelled != marked);
    if let Some(balance) = balance
        && balance.remaining.is_some()
        && let Some(text) = around(operation, schema, &spelled, &balance)
    {
        return Ok(text);
    }
    let amount = decimal(spelling).unwrap_or_default();
    Ok(trial.answer(session, Role::Balance, trial.credits(amount))?.text())
}

/// A text whose members keep the relations of the contract, with the amount left as it is spelled.
fn around(operation: &Operation, schema: Option<&Schema>, text: &str, balance: &BalanceValues) -> Option<String> {
    let spelled = operation.fields.remaining.as_ref()?.pointer.as_ref()?;
    let place =
        |text: &str| places(text, spelled).into_iter().next().and_then(|range| text.get(range)).map(str::to_owned);
    let original = place(text)?;
    let settled = settled(operation, schema, text, balance, None)?;
    Some(replaced(&settled, spelled, |_, _| Some(original.clone())))
}

/// What makes balances by the documented schema.
///
/// # Errors
/// If none is documented, or nothing can be generated from it.
pub(in crate::checks) fn balance_schema(trial: &ClientTrial<'_>) -> Result<CompiledSchema, Stop> {
    let operation = trial.operation(Role::Balance)?;
    let schema = content(operation).and_then(|content| content.schema.as_ref());
    let schema =
        schema.ok_or_else(|| Stop::NotApplicable("the contract documents no schema of its balance".to_owned()))?;
    CompiledSchema::of(schema.document())
        .map_err(|error| Stop::Inconclusive(format!("no balances can be generated from the schema: {error}")))
}

/// Delivers a conforming answer, and judges that the client tells exactly what it states.
pub(in crate::checks) async fn judge_decoded(
    trial: &ClientTrial<'_>,
    session: &ClientSession,
    stated: Stated,
) -> Judgement {
    let operation = trial.operation(Role::Balance)?;
    let Some(true_balance) = stated.true_balance else { return Ok(()) };
    session.endpoint.respond_with(stated.reply);
    let call = trial.check(session).await?;
    if !call.override_used() {
        return Err(Stop::Inconclusive("a new session made no request".to_owned()));
    }
    let near = call.outcome.as_ref().is_ok_and(|reported| same_as_float(reported.remaining, true_balance.remaining));
    let refused = call.outcome.is_err();
    let promise = if (near || refused) && !is_interoperable(&true_balance) {
        interoperable()
    } else if refused
        && true_balance.remaining.into_iter().chain(true_balance.total).any(|amount| amount < Decimal::ZERO)
    {
        // No source says that there are debts, nor that there are none.
        Promise { level: Level::May, ..operation.promise.clone() }
    } else {
        operation.promise.clone()
    };
    trial.judge(&promise, Role::Balance, &[&call], call.reports(&true_balance), || {
        format!("{}: expected {true_balance}, found {}", stated.what, call.found())
    })
}

/// Answers that break the schema, each in one way that people thought of, and those that clients are known to stumble over.
pub(in crate::checks) fn breaking(trial: &ClientTrial<'_>, session: &ClientSession) -> Result<Vec<Stated>, Stop> {
    let operation = trial.operation(Role::Balance)?;
    let Some(content) = content(operation) else { return Ok(Vec::new()) };
    let flagged = BalanceValues { allowed: Some(false), ..trial.credits(5) };
    let example = trial.answer(session, Role::Balance, flagged)?.json().unwrap_or_default();
    let mut all = Vec::new();
    for (pointer, wrong) in misplaced(operation) {
        let Some(parent) = pointer.rfind('/') else { continue };
        let name = pointer.get(parent + 1..).unwrap_or_default();
        let mut without = example.clone();
        if let Some(Value::Object(members)) = without.pointer_mut(pointer.get(..parent).unwrap_or_default()) {
            members.shift_remove(name);
            all.push(with_text(trial, session, &format!("no `{pointer}`"), without.to_string())?);
        }
        for value in wrong {
            let mut other = example.clone();
            let Some(place) = other.pointer_mut(&pointer) else { continue };
            *place = serde_json::from_str(value).unwrap_or_default();
            all.push(with_text(trial, session, &format!("{value} at `{pointer}`"), other.to_string())?);
        }
    }
    for text in ["{}", "[]", "null", "5", "\"5\"", "true"] {
        all.push(with_text(trial, session, &format!("the body {text}"), text.to_owned())?);
    }
    if let Some(schema) = &content.schema {
        // What is documented after all is no break.
        all.retain(|stated| stated.reply.json().is_none_or(|value| !schema.accepts(&value)));
    } else {
        all.retain(|stated| stated.true_balance.is_none());
    }
    Ok(all)
}

/// Whether a number stands where the balance is read, so large or so precise that only wider types than this one's hold it.
pub(in crate::checks) fn has_unreadable_number(operation: &Operation, value: &Value) -> bool {
    let pointers = misplaced(operation).into_iter().filter_map(|(pointer, _)| value.pointer(&pointer));
    let mut numbers = pointers.filter_map(Value::as_number).map(ToString::to_string);
    numbers.any(|number| crate::model::decimal(&number).is_none())
}

/// Where the balance stands in a body, with what must not be taken for one there.
fn misplaced(operation: &Operation) -> Vec<(String, &'static [&'static str])> {
    const AMOUNTS: &[&str] = &["null", "\"8\"", "\"\"", "\"-1\"", "\"many\"", "true", "[]", "[8]", "{}"];
    const FLAGS: &[&str] = &["null", "\"false\"", "\"true\"", "0", "1", "[]", "{}"];
    let fields = &operation.fields;
    let at = |locator: &Option<crate::contract::Locator>| {
        let pointer = locator.as_ref().and_then(|locator| locator.pointer.clone());
        pointer.map(|pointer| pointer.replace("/*", "/0"))
    };
    let amounts = [at(&fields.remaining), at(&fields.total)].into_iter().flatten().map(|pointer| (pointer, AMOUNTS));
    amounts.chain(at(&fields.allowed).map(|pointer| (pointer, FLAGS))).collect()
}

/// Whether two amounts are equal as 64-bit floats.
pub(in crate::checks) fn same_as_float(reported: Option<Decimal>, true_balance: Option<Decimal>) -> bool {
    reported.zip(true_balance).is_some_and(|(reported, true_balance)| reported.to_f64() == true_balance.to_f64())
}

/// Whether everybody who computes in binary fractions of 64 bits agrees on the amounts: whole numbers below 2^53, and
/// others of up to 15 digits.
pub(in crate::checks) fn is_interoperable(balance: &BalanceValues) -> bool {
    let agreed = |amount: Option<Decimal>| {
        let Some(amount) = amount.map(|amount| amount.normalize().abs()) else { return true };
        let whole = amount.is_integer() && amount < Decimal::from(1_u64 << 53);
        whole || amount.mantissa().to_string().len() <= 15
    };
    agreed(balance.remaining) && agreed(balance.total)
}
