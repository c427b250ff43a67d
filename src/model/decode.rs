//! Reading a balance out of an answer, exactly: amounts are taken from the text, never through a float.
//!
//! The oracle's own reader: the reference client reads for itself, because it is judged as well.

use rust_decimal::Decimal;
use serde_json::Value;
use serde_json::value::RawValue;

use super::BalanceValues;
use crate::contract::{Encoding, Fields, Locator};
use crate::pointer;

/// An amount or a flag that is not where the contract says, or not of the form it says.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("read {what} at {at}: {why}")]
pub struct Unreadable {
    /// Which role.
    pub what: &'static str,
    /// JSON Pointer, or the name of a header field.
    pub at: String,
    /// What is there instead.
    pub why: &'static str,
}

impl BalanceValues {
    /// Reads the roles that the contract has out of an answer.
    ///
    /// # Errors
    /// If one of them is absent or has another form.
    pub fn decode(fields: &Fields, body: &[u8], header: impl Fn(&str) -> Option<String>) -> Result<Self, Unreadable> {
        let amount = |what, locator: &Option<Locator>| {
            locator.as_ref().map(|locator| locator.amount(what, body, &header)).transpose()
        };
        Ok(Self {
            remaining: amount("remaining", &fields.remaining)?,
            total: amount("total", &fields.total)?,
            allowed: fields.allowed.as_ref().map(|locator| locator.flag(body, &header)).transpose()?,
        })
    }
}

impl Locator {
    /// The amount that stands at the place, in credits.
    ///
    /// # Errors
    /// If none stands there, or not in the form that the contract says.
    pub fn amount(
        &self,
        what: &'static str,
        body: &[u8],
        header: &impl Fn(&str) -> Option<String>,
    ) -> Result<Decimal, Unreadable> {
        let fail = |at: &str, why| Unreadable { what, at: at.to_owned(), why };
        if let Some(name) = &self.header {
            let text = header(name).ok_or_else(|| fail(name, "the header field is absent"))?;
            return decimal(text.trim()).ok_or_else(|| fail(name, "the value is not a decimal number"));
        }
        let Some(pointer) = &self.pointer else { return Err(fail("", "the contract names no place")) };
        let sum = self.sum(body, pointer).map_err(|why| fail(pointer, why))?;
        let Some(minus) = &self.minus else { return Ok(sum) };
        let taken = self.sum(body, minus).map_err(|why| fail(minus, why))?;
        sum.checked_sub(taken).ok_or_else(|| fail(pointer, "the amount is out of range"))
    }

    pub(crate) fn flag(&self, body: &[u8], header: &impl Fn(&str) -> Option<String>) -> Result<bool, Unreadable> {
        let fail = |at: &str, why| Unreadable { what: "allowed", at: at.to_owned(), why };
        if let Some(name) = &self.header {
            let text = header(name).ok_or_else(|| fail(name, "the header field is absent"))?;
            return text.trim().parse().map_err(|_| fail(name, "the value is neither true nor false"));
        }
        let Some(pointer) = &self.pointer else { return Err(fail("", "the contract names no place")) };
        let value: Value = serde_json::from_slice(body).map_err(|_| fail(pointer, "the body is not JSON"))?;
        let at = value.pointer(pointer).ok_or_else(|| fail(pointer, "nothing is there"))?;
        at.as_bool().ok_or_else(|| fail(pointer, "the value is neither true nor false"))
    }

    fn sum(&self, body: &[u8], pointer: &str) -> Result<Decimal, &'static str> {
        let root: &RawValue = serde_json::from_slice(body).map_err(|_| "the body is not JSON")?;
        let places = resolve(root, pointer)?;
        let amounts = places.iter().map(|raw| self.number(raw));
        amounts.sum::<Result<Decimal, _>>()
    }

    fn number(&self, raw: &RawValue) -> Result<Decimal, &'static str> {
        let text = raw.get();
        let owned;
        let text = match self.encoding {
            Encoding::Native if text.starts_with(['-', '0', '1', '2', '3', '4', '5', '6', '7', '8', '9']) => text,
            Encoding::Native => return Err("the value is not a number"),
            Encoding::String => {
                owned = serde_json::from_str::<String>(text).map_err(|_| "the value is not a string")?;
                &owned
            }
        };
        decimal(text).ok_or("the amount is not a decimal number of at most 28 digits")
    }
}

/// A decimal number in the grammar of JSON, exponent included.
#[must_use]
pub fn decimal(text: &str) -> Option<Decimal> {
    if text.contains(['e', 'E']) {
        return Decimal::from_scientific(text).ok();
    }
    Decimal::from_str_exact(text).ok()
}

/// Where in a JSON text the values at a pointer stand, as ranges of bytes: one for each element where a segment is `*`, none
/// if nothing is there.
#[must_use]
pub fn places(text: &str, pointer: &str) -> Vec<std::ops::Range<usize>> {
    let Ok(root) = serde_json::from_str::<&RawValue>(text) else { return Vec::new() };
    let found = resolve(root, pointer).unwrap_or_default();
    // What is found is borrowed from the text, so that its address says where it stands.
    let ranges = found.iter().map(|raw| {
        let start = raw.get().as_ptr().addr() - text.as_ptr().addr();
        start..start + raw.get().len()
    });
    ranges.collect()
}

/// The raw values at a pointer, one for each element where a segment is `*`.
fn resolve<'a>(root: &'a RawValue, pointer: &str) -> Result<Vec<&'a RawValue>, &'static str> {
    let mut here = vec![root];
    for name in pointer::tokens(pointer) {
        let mut next = Vec::new();
        for raw in here {
            if raw.get().starts_with('[') {
                let items: Vec<&RawValue> = serde_json::from_str(raw.get()).map_err(|_| "the body is not JSON")?;
                match name.parse::<usize>() {
                    _ if name == "*" => next.extend(items),
                    Ok(at) => next.push(*items.get(at).ok_or("nothing is there")?),
                    Err(_) => return Err("nothing is there"),
                }
            } else if raw.get().starts_with('{') && name != "*" {
                let members: std::collections::HashMap<String, &RawValue> =
                    serde_json::from_str(raw.get()).map_err(|_| "the body is not JSON")?;
                next.push(*members.get(name.as_ref()).ok_or("nothing is there")?);
            } else {
                return Err("nothing is there");
            }
        }
        here = next;
    }
    Ok(here)
}

#[cfg(test)]
mod tests {
    use super::places;

    #[test]
    fn values_are_found_where_they_stand() {
        let text = r#" {"a": 1e3, "rows": [{"n": 7}, {"n": -0}], "none": []}"#;
        let at = |pointer: &str| places(text, pointer).into_iter().map(|range| &text[range]).collect::<Vec<_>>();
        assert_eq!(at("/a"), ["1e3"]);
        assert_eq!(at("/rows/*/n"), ["7", "-0"]);
        assert_eq!(at("/rows/*"), [r#"{"n": 7}"#, r#"{"n": -0}"#]);
        assert!(at("/none/*/n").is_empty() && at("/b").is_empty());
    }
}
