//! Reading a balance out of an answer, exactly: amounts are taken from the text, never through a float.
//!
//! The oracle's own reader: the reference client reads for itself, because it is judged as well.

use rust_decimal::Decimal;
use serde_json::Value;
use serde_json::value::RawValue;

use super::BalanceValues;
use crate::contract::{Computed, Encoding, Expression, Fields, Locator, Meaning, select};
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
    /// Reads the roles that the contract has out of an answer. A role is absent where the answer says that there is no limit, or
    /// that the amount is unknown.
    ///
    /// # Errors
    /// If one of them is absent or has another form.
    pub fn decode(fields: &Fields, body: &[u8], header: impl Fn(&str) -> Option<String>) -> Result<Self, Unreadable> {
        let amount = |what, locator: &Option<Locator>| {
            locator.as_ref().map(|locator| locator.reading(what, body, &header)).transpose()
        };
        Ok(Self {
            remaining: amount("remaining", &fields.remaining)?.flatten(),
            total: amount("total", &fields.total)?.flatten(),
            allowed: fields.allowed.as_ref().map(|locator| locator.flag(body, &header)).transpose()?,
        })
    }
}

/// What is written at a place.
enum Written {
    Amount(Decimal),
    Marker(Meaning),
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
        let amount = self.reading(what, body, header)?;
        let at = || self.header.clone().or_else(|| self.pointer.clone()).unwrap_or_default();
        amount.ok_or_else(|| Unreadable { what, at: at(), why: "the amount is unlimited or unknown" })
    }

    /// The amount that stands at the place, in credits; `None` if it says that there is no limit, or that the amount is unknown.
    ///
    /// # Errors
    /// If nothing stands there that the contract gives a meaning, or not in the form that the contract says.
    pub fn reading(
        &self,
        what: &'static str,
        body: &[u8],
        header: &impl Fn(&str) -> Option<String>,
    ) -> Result<Option<Decimal>, Unreadable> {
        let fail = |at: &str, why| Unreadable { what, at: at.to_owned(), why };
        let written = if let Some(name) = &self.header {
            let text = header(name).ok_or_else(|| fail(name, "the header field is absent"))?;
            let amount = decimal(text.trim()).map(Written::Amount);
            let marker = self.meaning(&text.trim().into()).map(Written::Marker);
            marker.or(amount).ok_or_else(|| fail(name, "the value is not a decimal number"))?
        } else if let Some(expression) = &self.compiled {
            self.computed(expression, body).map_err(|why| fail(expression.text(), why))?
        } else if let Some(path) = &self.path {
            self.selected(path, body).map_err(|why| fail(path, why))?
        } else {
            let Some(pointer) = &self.pointer else { return Err(fail("", "the contract names no place")) };
            let sum = self.sum(body, pointer).map_err(|why| fail(pointer, why))?;
            let taken = self.minus.as_ref().map(|minus| self.sum(body, minus).map_err(|why| fail(minus, why)));
            match (sum, taken.transpose()?) {
                (Written::Amount(sum), Some(Written::Amount(taken))) => {
                    let left = sum.checked_sub(taken);
                    Written::Amount(left.ok_or_else(|| fail(pointer, "the amount is out of range"))?)
                }
                (Written::Amount(_), Some(marker)) => marker,
                (sum, _) => sum,
            }
        };
        match written {
            Written::Amount(amount) => {
                let amount = self.in_credits(amount);
                amount
                    .map(Some)
                    .ok_or_else(|| fail(self.pointer.as_deref().unwrap_or_default(), "the amount is out of range"))
            }
            Written::Marker(Meaning::Zero) => Ok(Some(Decimal::ZERO)),
            Written::Marker(Meaning::Unlimited | Meaning::Unknown) => Ok(None),
        }
    }

    /// A written amount in credits.
    pub(crate) fn in_credits(&self, written: Decimal) -> Option<Decimal> {
        let Some(factor) = &self.factor else { return Some(written) };
        Some(written.checked_mul(decimal(factor)?)?.normalize())
    }

    /// An amount in credits as it is written.
    pub(crate) fn in_units(&self, amount: Decimal) -> Option<Decimal> {
        let Some(factor) = &self.factor else { return Some(amount) };
        Some(amount.checked_div(decimal(factor)?)?.normalize())
    }

    fn computed(&self, expression: &Expression, body: &[u8]) -> Result<Written, &'static str> {
        let text = std::str::from_utf8(body).map_err(|_| "the body is not JSON")?;
        match expression.computed(text) {
            Ok(Computed::Number(number)) => {
                let value = serde_json::from_str(&number.normalize().to_string()).unwrap_or_default();
                Ok(self.meaning(&value).map_or(Written::Amount(number), Written::Marker))
            }
            Ok(Computed::Other(value)) => self.meaning(&value).map(Written::Marker).ok_or("it comes out as no number"),
            Err(_) => self.absent.map(Written::Marker).ok_or("the expression cannot be evaluated"),
        }
    }

    fn selected(&self, path: &str, body: &[u8]) -> Result<Written, &'static str> {
        let value: Value = serde_json::from_slice(body).map_err(|_| "the body is not JSON")?;
        let pointers = select(path, &value).map_err(|_| "the contract has no valid path")?;
        if pointers.is_empty() {
            return self.absent.map(Written::Marker).ok_or("nothing is selected");
        }
        let mut sum = Decimal::ZERO;
        for pointer in pointers {
            match self.sum(body, &pointer)? {
                Written::Amount(amount) => sum = sum.checked_add(amount).ok_or("the amount is out of range")?,
                marker @ Written::Marker(_) => return Ok(marker),
            }
        }
        Ok(Written::Amount(sum))
    }

    pub(crate) fn flag(&self, body: &[u8], header: &impl Fn(&str) -> Option<String>) -> Result<bool, Unreadable> {
        let fail = |at: &str, why| Unreadable { what: "allowed", at: at.to_owned(), why };
        if let Some(name) = &self.header {
            let text = header(name).ok_or_else(|| fail(name, "the header field is absent"))?;
            return text.trim().parse().map_err(|_| fail(name, "the value is neither true nor false"));
        }
        if let Some(expression) = &self.compiled {
            let text = std::str::from_utf8(body).unwrap_or_default();
            return match expression.computed(text) {
                Ok(Computed::Other(Value::Bool(flag))) => Ok(flag),
                _ => Err(fail(expression.text(), "it comes out as neither true nor false")),
            };
        }
        let Some(pointer) = &self.pointer else { return Err(fail("", "the contract names no place")) };
        let value: Value = serde_json::from_slice(body).map_err(|_| fail(pointer, "the body is not JSON"))?;
        let at = value.pointer(pointer).ok_or_else(|| fail(pointer, "nothing is there"))?;
        at.as_bool().ok_or_else(|| fail(pointer, "the value is neither true nor false"))
    }

    fn sum(&self, body: &[u8], pointer: &str) -> Result<Written, &'static str> {
        let root: &RawValue = serde_json::from_slice(body).map_err(|_| "the body is not JSON")?;
        let places = match (resolve(root, pointer), self.absent) {
            (Err("nothing is there"), Some(meaning)) => return Ok(Written::Marker(meaning)),
            (places, _) => places?,
        };
        if let [raw] = places.as_slice()
            && let Some(meaning) = serde_json::from_str(raw.get()).ok().and_then(|value| self.meaning(&value))
        {
            return Ok(Written::Marker(meaning));
        }
        let mut sum = Decimal::ZERO;
        for raw in places {
            sum = sum.checked_add(self.number(raw)?).ok_or("the amount is out of range")?;
        }
        Ok(Written::Amount(sum))
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
