//! Sets the members of a body so that it states a balance and keeps the relations of its contract.
//!
//! Locators with a path, an expression or a factor cannot be filled in as a slot of a template, and neither can members that a
//! relation ties to the balance. Each is a goal here. A goal is met by changing one member: most relations are linear in each
//! of their members, so that two evaluations give the value. Whether it is met is evaluated again, exactly.

use std::collections::BTreeMap;

use rust_decimal::Decimal;
use serde_json::Value;

use super::BalanceValues;
use super::decode::{decimal, places};
use crate::contract::{
    Computed, DocumentedResponse, Encoding, Expression, Locator, Operation, Rule, Schema, leaves, select,
};

/// Bodies that one search may evaluate.
const MAX_TRIED: usize = 600;

/// What a body must state.
enum Goal<'c> {
    /// An expression comes out as this amount.
    Amount(&'c Locator, &'c Expression, Decimal),
    /// An expression comes out as this flag.
    Flag(&'c Expression, bool),
    /// A relation holds.
    Relation(&'c Rule),
    /// The body is that of a success.
    Success(&'c Operation),
}

/// Whether members are set by a search: a template alone cannot show the balances of an operation.
pub(crate) fn is_settled(operation: &Operation) -> bool {
    let fields = &operation.fields;
    let single = [&fields.remaining, &fields.total, &fields.allowed].into_iter().flatten();
    let charged = operation.cost.as_ref().and_then(|cost| cost.charged.as_ref());
    let mut all = single.chain(fields.remaining_repeated.iter().map(|again| &again.at)).chain(charged);
    fields.held.is_some()
        || !operation.invariants.is_empty()
        || operation.may_refuse_in_success()
        || all.any(|locator| !locator.is_plain())
}

/// The body with its members set so that it states this balance, after a call that cost so much. `None` if no change of its
/// members does.
pub(crate) fn settled(
    operation: &Operation,
    schema: Option<&Schema>,
    body: &str,
    balance: &BalanceValues,
    charged: Option<Decimal>,
) -> Option<String> {
    settled_as(operation, schema, body, &Stated { balance: *balance, charged, held: None })
}

/// What a body is to state.
#[derive(Debug, Clone, Copy)]
pub(super) struct Stated {
    pub(super) balance: BalanceValues,
    /// What the call has cost.
    pub(super) charged: Option<Decimal>,
    /// What is reserved more than in the body as it is.
    pub(super) held: Option<Decimal>,
}

pub(super) fn settled_as(
    operation: &Operation,
    schema: Option<&Schema>,
    body: &str,
    stated: &Stated,
) -> Option<String> {
    let Stated { balance, charged, held } = stated;
    let mut text = body.to_owned();
    let mut fixed = Vec::new();
    let mut goals = Vec::new();
    let fields = &operation.fields;
    let again = fields.remaining_repeated.iter().map(|again| (&again.at, balance.remaining));
    let cost = operation.cost.as_ref().and_then(|cost| cost.charged.as_ref()).map(|locator| (locator, *charged));
    let amounts = fields.total.iter().map(|locator| (locator, balance.total));
    let amounts = amounts.chain(fields.remaining.iter().map(|locator| (locator, balance.remaining)));
    let holds = fields.held.as_ref().zip(*held).and_then(|(locator, more)| {
        let shown = locator.at.amount("held", body.as_bytes(), &|_| None).ok()?;
        Some((&locator.at, shown.checked_add(more)))
    });
    for (locator, amount) in amounts.chain(again).chain(cost).chain(holds) {
        let Some(amount) = amount else { continue };
        // A header field is no part of the body.
        if locator.header.is_some() {
            continue;
        }
        if let Some(expression) = &locator.compiled {
            goals.push(Goal::Amount(locator, expression, amount));
        } else {
            write(&mut text, &mut fixed, locator, fields.total.as_ref(), amount)?;
        }
    }
    if let (Some(locator), Some(flag)) = (&fields.allowed, balance.allowed) {
        match (&locator.compiled, &locator.pointer) {
            (Some(expression), _) => goals.push(Goal::Flag(expression, flag)),
            (None, Some(pointer)) => {
                put(&mut text, pointer, &flag.to_string());
                fixed.push(pointer.clone());
            }
            (None, None) => {}
        }
    }
    goals.extend(
        operation.invariants.iter().filter(|rule| !rule.expression.text().contains("headers")).map(Goal::Relation),
    );
    if operation.may_refuse_in_success() {
        goals.insert(0, Goal::Success(operation));
    }
    let mut search = Search { goals, schema, tried: 0 };
    let found = search.run(&text, &mut fixed.clone());
    // A relation may need several members to be 0 at once, as when nothing was used of what is left.
    let found = found.or_else(|| search.run(&zeroed(&text, &fixed), &mut fixed.clone()));
    let nothing_left = balance.remaining.is_none_or(|left| left.is_zero());
    found.or_else(|| nothing_left.then(|| search.without_rows(&text, &fixed))?)
}

struct Search<'c> {
    goals: Vec<Goal<'c>>,
    schema: Option<&'c Schema>,
    tried: usize,
}

impl Search<'_> {
    /// Meets one goal after the other, each by a member that is not fixed yet.
    fn run(&mut self, text: &str, fixed: &mut Vec<String>) -> Option<String> {
        let Some(goal) = self.goals.iter().position(|goal| !goal.is_met(text)) else {
            let value: Value = serde_json::from_str(text).ok()?;
            return self.schema.is_none_or(|schema| schema.accepts(&value)).then(|| text.to_owned());
        };
        let value: Value = serde_json::from_str(text).ok()?;
        let here = self.goals.get(goal).map(|goal| goal.distances(text)).unwrap_or_default();
        for member in leaves(&value) {
            if fixed.contains(&member) {
                continue;
            }
            self.tried += 1;
            if self.tried > MAX_TRIED {
                return None;
            }
            let Some(changed) = self.goals.get(goal).and_then(|goal| goal.met_by(text, &member, &here)) else {
                continue;
            };
            fixed.push(member);
            let found = self.run(&changed, fixed);
            fixed.pop();
            if found.is_some() {
                return found;
            }
        }
        None
    }

    /// The body with one of its lists emptied, where the relations hold then.
    fn without_rows(&mut self, text: &str, fixed: &[String]) -> Option<String> {
        let value: Value = serde_json::from_str(text).ok()?;
        let lists = leaves(&value).into_iter().filter_map(|leaf| Some(leaf.get(..leaf.find("/0")?)?.to_owned()));
        let mut lists: Vec<String> = lists.collect();
        lists.dedup();
        for list in lists {
            let mut emptied = text.to_owned();
            put(&mut emptied, &list, "[]");
            let found = self.run(&emptied, &mut fixed.to_vec());
            if found.is_some() {
                return found;
            }
        }
        None
    }
}

impl Goal<'_> {
    fn is_met(&self, text: &str) -> bool {
        match self {
            Self::Amount(locator, _, amount) => {
                locator.reading("amount", text.as_bytes(), &|_| None).is_ok_and(|read| read == Some(*amount))
            }
            Self::Flag(expression, flag) => expression.computed(text) == Ok(Computed::Other((*flag).into())),
            Self::Relation(rule) => holds(rule, text),
            Self::Success(operation) => is_success(operation, text),
        }
    }

    /// The body with another value of one member, with which the goal is met, or is nearer. `here` are the distances of the body
    /// as it is.
    fn met_by(&self, text: &str, member: &str, here: &[Option<Decimal>]) -> Option<String> {
        let written = places(text, member).into_iter().next().and_then(|range| text.get(range))?;
        if let "true" | "false" = written {
            let changed = with(text, member, if written == "true" { "false" } else { "true" });
            return self.is_met(&changed).then_some(changed);
        }
        let (now, quoted) = number(written)?;
        let with_number = |number: Decimal| with(text, member, &spelled(number, quoted));
        let there = self.distances(&with_number(now.checked_add(Decimal::ONE)?));
        for (part, (here, there)) in here.iter().zip(there).enumerate() {
            let Some((here, there)) = here.zip(there) else { continue };
            let slope = there.checked_sub(here)?;
            if here.is_zero() || slope.is_zero() {
                continue;
            }
            let needed = now.checked_sub(here.checked_div(slope)?)?.normalize();
            let changed = with_number(needed);
            // The lesser of two amounts takes a change of both.
            let nearer = |left: Decimal| left.abs() < here.abs();
            let distance = || self.distances(&changed).get(part).copied().flatten();
            if self.is_met(&changed) || distance().is_some_and(nearer) {
                return Some(changed);
            }
        }
        None
    }

    /// How far a body is from meeting each part of the goal.
    fn distances(&self, text: &str) -> Vec<Option<Decimal>> {
        match self {
            Self::Amount(locator, expression, amount) => match expression.computed(text) {
                Ok(Computed::Number(number)) => {
                    vec![locator.in_credits(number).and_then(|number| number.checked_sub(*amount))]
                }
                _ => vec![None],
            },
            Self::Flag(expression, _) => expression.differences(text),
            Self::Relation(rule) => rule.expression.differences(text),
            Self::Success(operation) => {
                operation.success.as_ref().map_or_else(Vec::new, |success| success.differences(text))
            }
        }
    }
}

/// Whether a body with the status of a success is that of one.
pub(crate) fn is_success(operation: &Operation, text: &str) -> bool {
    let Ok(body) = serde_json::from_str::<Value>(text) else { return false };
    let headers = BTreeMap::new();
    let mut answers = operation.conditions.values().flat_map(DocumentedResponse::each);
    let refused = answers.any(|answer| {
        let may = answer.status.is_none() || answer.canonical_status / 100 == 2;
        may && answer.is_told_by_body() && answer.has_signs(200, &headers, Some(&body))
    });
    !refused && operation.is_success(200, &headers, Some(&body))
}

/// Whether a relation holds for a body.
pub(super) fn holds(rule: &Rule, text: &str) -> bool {
    match rule.expression.computed(text) {
        Ok(Computed::Other(Value::Bool(holds))) => holds,
        // One that speaks of the header fields too is not about the body alone.
        _ => {
            serde_json::from_str(text).is_ok_and(|body| rule.expression.holds(200, &BTreeMap::new(), &body) == Ok(true))
        }
    }
}

/// Writes an amount where a locator without an expression reads it.
fn write(
    text: &mut String,
    fixed: &mut Vec<String>,
    locator: &Locator,
    total: Option<&Locator>,
    amount: Decimal,
) -> Option<()> {
    let pointers = match &locator.path {
        Some(path) => select(path, &serde_json::from_str(text).ok()?).ok()?,
        None => vec![locator.pointer.clone()?],
    };
    let mut amount = locator.in_units(amount)?;
    let (first, others) = pointers.split_first()?;
    if let Some(minus) = &locator.minus {
        let same = total.is_some_and(|total| total.minus.is_none() && total.pointer.as_deref() == Some(first));
        let read =
            |at: &str| places(text, at).into_iter().next().and_then(|range| number(text.get(range)?)).map(|n| n.0);
        if same {
            put(text, minus, &spelled(read(first)?.checked_sub(amount)?, locator.encoding == Encoding::String));
            fixed.push(minus.clone());
            return Some(());
        }
        amount = amount.checked_add(read(minus)?)?;
        fixed.push(minus.clone());
    }
    if first.contains("/*") {
        // The template has shown the amount in the rows already.
        return Some(());
    }
    put(text, first, &spelled(amount, locator.encoding == Encoding::String));
    for other in others {
        put(text, other, &spelled(Decimal::ZERO, locator.encoding == Encoding::String));
    }
    fixed.extend(pointers);
    Some(())
}

/// The body with 0 at every number that is not fixed.
fn zeroed(text: &str, fixed: &[String]) -> String {
    let Ok(value) = serde_json::from_str::<Value>(text) else { return text.to_owned() };
    leaves(&value).into_iter().filter(|leaf| !fixed.contains(leaf)).fold(text.to_owned(), |text, leaf| {
        let written = places(&text, &leaf).into_iter().next().and_then(|range| text.get(range)).and_then(number);
        match written {
            Some((_, quoted)) => with(&text, &leaf, &spelled(Decimal::ZERO, quoted)),
            None => text,
        }
    })
}

/// A number or a decimal in a string, and whether it is in one.
fn number(written: &str) -> Option<(Decimal, bool)> {
    match written.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')) {
        Some(inner) => Some((decimal(inner)?, true)),
        None => Some((decimal(written)?, false)),
    }
}

fn spelled(number: Decimal, quoted: bool) -> String {
    let quote = if quoted { "\"" } else { "" };
    format!("{quote}{number}{quote}")
}

fn with(text: &str, pointer: &str, written: &str) -> String {
    let mut text = text.to_owned();
    put(&mut text, pointer, written);
    text
}

fn put(text: &mut String, pointer: &str, written: &str) {
    if let Some(range) = places(text, pointer).into_iter().next() {
        text.replace_range(range, written);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contract::{Grade, Level, Promise};

    fn rule(text: &str) -> Rule {
        let promise =
            Promise { level: Level::Must, grade: Grade::Primary, document: String::new(), quote: String::new() };
        Rule { id: "r".to_owned(), expression: Expression::compile(text).unwrap(), promise }
    }

    fn met(body: &str, rules: &[&str], fixed: &[&str]) -> Option<String> {
        let rules: Vec<Rule> = rules.iter().map(|text| rule(text)).collect();
        let mut search = Search { goals: rules.iter().map(Goal::Relation).collect(), schema: None, tried: 0 };
        search.run(body, &mut fixed.iter().map(|pointer| (*pointer).to_owned()).collect())
    }

    #[test]
    fn member_of_a_linear_relation_is_set_exactly() {
        let body = r#"{"total": 100, "used": 1, "left": 79.99999999999999999999, "held": "0.01"}"#;
        let relations = ["body.total == body.used + body.left + number(body.held)"];
        let found = met(body, &relations, &["/total", "/left", "/held"]).unwrap();
        assert!(found.contains(r#""used": 19.99000000000000000001"#), "{found}");
    }

    #[test]
    fn several_relations_are_met_by_different_members() {
        let body = r#"{"a": 1, "b": 2, "c": 3, "low": true}"#;
        let relations = ["body.b == body.a * 2.5", "body.c == body.a + body.b", "body.low == (body.c > 100)"];
        assert_eq!(met(body, &relations, &["/a"]).unwrap(), r#"{"a": 1, "b": 2.5, "c": 3.5, "low": false}"#);
        assert_eq!(met(body, &["body.a == body.b"], &["/a", "/b"]), None);
    }
}
