//! A JSON body with slots: the documented example, with the places where amounts stand left open.
//!
//! Compiled once, so that answering is a matter of joining pieces, and amounts keep every digit.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use rust_decimal::Decimal;
use serde_json::Value;

use super::{BalanceValues, settle};
use crate::contract::{Encoding, Fields, Locator, Operation, Schema};
use crate::sync::lock;

/// What goes into a slot.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Slot {
    Remaining,
    Total,
    /// What was taken off the total.
    Used,
    Allowed,
    Charged,
}

/// A place in a body, and what stands there.
struct Place<'c> {
    slot: Slot,
    pointer: &'c str,
    encoding: Encoding,
    /// Where an amount stands that is taken off this one, and stays as it is.
    minus: Option<&'c str>,
}

impl<'c> Place<'c> {
    fn new(slot: Slot, locator: &'c Locator) -> Option<Self> {
        // What is not written as it is read is set after the template.
        let pointer = locator.pointer.as_deref().filter(|_| locator.is_plain())?;
        let minus = locator.minus.as_deref();
        Some(Self { slot, pointer, encoding: locator.encoding, minus })
    }

    /// What is left of the total is shown by what was taken off it.
    fn taken_off(self, total: Option<&Locator>) -> Self {
        let same = total.is_some_and(|total| total.minus.is_none() && total.pointer.as_deref() == Some(self.pointer));
        match self.minus.filter(|_| same) {
            Some(used) => Self { slot: Slot::Used, pointer: used, minus: None, ..self },
            None => self,
        }
    }
}

#[derive(Debug, Clone)]
enum Piece {
    Text(String),
    Amount { slot: Slot, plus: Decimal, quoted: bool },
}

/// A body with slots.
#[derive(Debug, Clone)]
pub(crate) struct Template {
    pieces: Vec<Piece>,
}

/// The bodies of an operation's success: the lists that sum up to what is left are empty when nothing is.
#[derive(Debug, Clone)]
pub(crate) struct SuccessBody {
    some: Template,
    none: Template,
    /// The operation and the schema, where the template alone does not do.
    settles: Option<Settles>,
}

/// What sets the members of a body, with the bodies that it has set.
#[derive(Debug, Clone)]
struct Settles {
    operation: Arc<Operation>,
    schema: Option<Schema>,
    known: Arc<Mutex<KnownBodies>>,
}

/// Bodies by what they state: the balance, the charge, and what is reserved.
type KnownBodies = HashMap<(BalanceValues, Decimal, Decimal), String>;

/// Bodies that are remembered.
const MAX_KNOWN: usize = 1_000;

impl SuccessBody {
    /// Leaves the places open that the operation's fields name. Where the schema wants a row in each list, there is one
    /// even if nothing is left.
    pub(crate) fn compile(operation: &Operation, example: &Value, schema: Option<&Schema>) -> Self {
        let places = places(operation);
        let some = Template::compile(example, &places, false);
        let none = Template::compile(example, &places, true);
        let nothing = none.render(&BalanceValues::of(Decimal::ZERO, &operation.fields), Decimal::ZERO);
        let fits = |body| schema.is_none_or(|schema| schema.accepts(&body));
        let none = if serde_json::from_str(&nothing).is_ok_and(fits) { none } else { some.clone() };
        let settles = settle::is_settled(operation).then(|| Settles {
            operation: Arc::new(operation.clone()),
            schema: schema.cloned(),
            known: Arc::default(),
        });
        Self { some, none, settles }
    }

    /// The body that shows this balance, after a call that cost so much.
    pub(crate) fn render(&self, balance: &BalanceValues, charged: Decimal) -> String {
        self.render_held(balance, charged, Decimal::ZERO)
    }

    /// The same, with so much more reserved for jobs under way than the example shows.
    pub(crate) fn render_held(&self, balance: &BalanceValues, charged: Decimal, held: Decimal) -> String {
        let nothing_left = balance.remaining.is_some_and(|left| left.is_zero());
        let template = if nothing_left { &self.none } else { &self.some };
        let Some(settles) = &self.settles else { return template.render(balance, charged) };
        let key = (*balance, charged, held);
        if let Some(known) = lock(&settles.known).get(&key) {
            return known.clone();
        }
        let text = template.render(balance, charged);
        let settle = |text: &str| {
            let stated = settle::Stated { balance: *balance, charged: Some(charged), held: Some(held) };
            settle::settled_as(&settles.operation, settles.schema.as_ref(), text, &stated)
        };
        // Lists that are empty leave no member to set.
        let with_rows = || settle(&self.some.render(balance, charged)).filter(|_| nothing_left);
        let text = settle(&text).or_else(with_rows).unwrap_or(text);
        let mut known = lock(&settles.known);
        if known.len() < MAX_KNOWN {
            known.insert(key, text.clone());
        }
        text
    }
}

fn places(operation: &Operation) -> Vec<Place<'_>> {
    let Fields { remaining, total, allowed, remaining_repeated, .. } = &operation.fields;
    let charged = operation.cost.as_ref().and_then(|cost| cost.charged.as_ref());
    let left = remaining.iter().chain(remaining_repeated.iter().map(|again| &again.at));
    let left = left.filter_map(|locator| Some(Place::new(Slot::Remaining, locator)?.taken_off(total.as_ref())));
    let others = [(Slot::Total, total.as_ref()), (Slot::Allowed, allowed.as_ref()), (Slot::Charged, charged)];
    left.chain(others.into_iter().filter_map(|(slot, locator)| Place::new(slot, locator?))).collect()
}

impl Template {
    fn compile(example: &Value, places: &[Place<'_>], empty_lists: bool) -> Self {
        let mut body = example.clone();
        let mut slots = Vec::new();
        for Place { slot, pointer, encoding, minus } in places {
            let plus = minus.and_then(|minus| amount(example.pointer(minus)?)).unwrap_or_default();
            let marker = format!("\u{1}{}\u{1}", slots.len());
            if let Some((list, rest)) = pointer.split_once("/*") {
                let Some(Value::Array(rows)) = body.pointer_mut(list) else { continue };
                rows.truncate(usize::from(!empty_lists));
                let Some(place) = rows.first_mut().and_then(|row| row.pointer_mut(rest)) else { continue };
                *place = Value::String(marker);
            } else {
                let Some(place) = body.pointer_mut(pointer) else { continue };
                *place = Value::String(marker);
            }
            slots.push(Piece::Amount { slot: *slot, plus, quoted: *encoding == Encoding::String });
        }
        let text = body.to_string();
        let mut pieces = Vec::new();
        let mut rest = text.as_str();
        // serde_json writes U+0001 as \u0001, so a marker cannot be confused with anything in the example.
        while let Some((before, after)) = rest.split_once("\"\\u0001") {
            let Some((number, behind)) = after.split_once("\\u0001\"") else { break };
            pieces.push(Piece::Text(before.to_owned()));
            if let Some(piece) = number.parse::<usize>().ok().and_then(|n| slots.get(n)) {
                pieces.push(piece.clone());
            }
            rest = behind;
        }
        pieces.push(Piece::Text(rest.to_owned()));
        Self { pieces }
    }

    fn render(&self, balance: &BalanceValues, charged: Decimal) -> String {
        let mut out = String::with_capacity(64);
        for piece in &self.pieces {
            match piece {
                Piece::Text(text) => out.push_str(text),
                Piece::Amount { slot, plus, quoted } => {
                    let text = match slot {
                        Slot::Remaining => (balance.remaining.unwrap_or_default() + plus).to_string(),
                        Slot::Total => (balance.total.unwrap_or_default() + plus).to_string(),
                        Slot::Used => used(balance).to_string(),
                        Slot::Charged => charged.to_string(),
                        Slot::Allowed => balance.allowed.unwrap_or(true).to_string(),
                    };
                    let quote = if *quoted { "\"" } else { "" };
                    out.push_str(quote);
                    out.push_str(&text);
                    out.push_str(quote);
                }
            }
        }
        out
    }
}

fn used(balance: &BalanceValues) -> Decimal {
    balance.total.unwrap_or_default() - balance.remaining.unwrap_or_default()
}

fn amount(value: &Value) -> Option<Decimal> {
    match value {
        Value::Number(number) => number.to_string().parse().ok(),
        Value::String(text) => text.parse().ok(),
        _ => None,
    }
}
