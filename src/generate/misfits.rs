//! Values of the wrong kind at a place of a body that is right otherwise.

use proptest::strategy::{BoxedStrategy, Just, Strategy};
use serde_json::Value;

use super::overlay::{pointers, replaced};
use crate::contract::Schema;

/// Values of every kind, with neighbours that are taken for others.
const OTHERS: [&str; 12] =
    ["false", "\"5 credits\"", "{\"value\":5}", "\"yes\"", "[\"5\"]", "true", "[]", "1.5", "null", "-1", "{}", "[[]]"];

/// A value of the `n`-th kind; after the last one they begin anew.
pub fn other(n: u32) -> BoxedStrategy<String> {
    let n = usize::try_from(n).unwrap_or(0) % OTHERS.len();
    Just(OTHERS[n].to_owned()).boxed()
}

/// The body with this value in place of one of those that it breaks the schema in place of, chosen by a number; with the
/// pointer to it.
#[must_use]
pub fn misfit(schema: &Schema, json: &str, choice: usize, value: &str) -> Option<(String, String)> {
    let body: Value = serde_json::from_str(json).ok()?;
    let other: Value = serde_json::from_str(value).ok()?;
    let breaks = |at: &String| {
        let mut changed = body.clone();
        changed.pointer_mut(at).is_some_and(|place| {
            *place = other.clone();
            true
        }) && !schema.accepts(&changed)
    };
    let places: Vec<String> = pointers(&body).into_iter().filter(breaks).collect();
    let at = places.get(choice % places.len().max(1))?;
    Some((replaced(json, at, |_, _| Some(value.to_owned())), at.clone()))
}
