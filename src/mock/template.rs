//! A JSON body with slots: the documented example, with the places where amounts stand left open.
//!
//! Compiled once, so that answering is a matter of joining pieces, and amounts keep every digit.

use rust_decimal::Decimal;
use serde_json::Value;

use crate::contract::{Encoding, Fields, Locator, Operation};
use crate::model::Balance;

/// What goes into a slot.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Slot {
    Remaining,
    Total,
    Allowed,
    Charged,
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
}

impl SuccessBody {
    /// Leaves the places open that the operation's fields name.
    pub(crate) fn compile(operation: &Operation, example: &Value) -> Self {
        let places = places(operation);
        Self { some: Template::compile(example, &places, false), none: Template::compile(example, &places, true) }
    }

    /// The body that shows this balance, after a call that cost so much.
    pub(crate) fn render(&self, balance: &Balance, charged: Decimal) -> String {
        let nothing_left = balance.remaining.is_some_and(|left| left.is_zero());
        if nothing_left { &self.none } else { &self.some }.render(balance, charged)
    }
}

fn places(operation: &Operation) -> Vec<(Slot, &Locator)> {
    let Fields { remaining, total, allowed, remaining_again } = &operation.fields;
    let charged = operation.cost.as_ref().and_then(|cost| cost.charged.as_ref());
    let single = [
        (Slot::Remaining, remaining.as_ref()),
        (Slot::Total, total.as_ref()),
        (Slot::Allowed, allowed.as_ref()),
        (Slot::Charged, charged),
    ];
    single
        .into_iter()
        .filter_map(|(slot, locator)| Some((slot, locator?)))
        .chain(remaining_again.iter().map(|again| (Slot::Remaining, &again.at)))
        .collect()
}

impl Template {
    fn compile(example: &Value, places: &[(Slot, &Locator)], empty_lists: bool) -> Self {
        let mut body = example.clone();
        let mut slots = Vec::new();
        for (slot, locator) in places {
            let Some(pointer) = &locator.pointer else { continue };
            let plus = locator.minus.as_ref().and_then(|minus| amount(example.pointer(minus)?)).unwrap_or_default();
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
            slots.push(Piece::Amount { slot: *slot, plus, quoted: locator.encoding == Encoding::String });
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

    fn render(&self, balance: &Balance, charged: Decimal) -> String {
        let mut out = String::with_capacity(64);
        for piece in &self.pieces {
            match piece {
                Piece::Text(text) => out.push_str(text),
                Piece::Amount { slot, plus, quoted } => {
                    let text = match slot {
                        Slot::Remaining => (balance.remaining.unwrap_or_default() + plus).to_string(),
                        Slot::Total => (balance.total.unwrap_or_default() + plus).to_string(),
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

fn amount(value: &Value) -> Option<Decimal> {
    match value {
        Value::Number(number) => number.to_string().parse().ok(),
        Value::String(text) => text.parse().ok(),
        _ => None,
    }
}
