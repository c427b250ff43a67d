//! Times at which what was used is given back, as bodies write them.

use serde_json::{Value, json};

/// Numbers from here on count milliseconds: as seconds they would lie beyond the year 5000.
const LEAST_MILLISECONDS: i64 = 100_000_000_000;

/// The time that a value names, in milliseconds since 1970: seconds or milliseconds as a number, or a text as in RFC 3339.
#[must_use]
pub fn time_at(value: &Value) -> Option<i64> {
    match value {
        Value::Number(number) => {
            let number = number.as_i64()?;
            if number.abs() < LEAST_MILLISECONDS { number.checked_mul(1_000) } else { Some(number) }
        }
        Value::String(text) => text
            .parse::<jiff::Timestamp>()
            .ok()
            .map(jiff::Timestamp::as_millisecond)
            .or_else(|| time_at(&text.parse::<i64>().ok()?.into())),
        _ => None,
    }
}

/// A time in the form of the value that it takes the place of.
#[must_use]
pub(crate) fn time_like(value: &Value, ms: i64) -> Option<Value> {
    match value {
        Value::Number(number) if number.as_i64()?.abs() < LEAST_MILLISECONDS => Some(json!(ms / 1_000)),
        Value::Number(_) => Some(json!(ms)),
        Value::String(text) if text.parse::<i64>().is_ok() => Some(json!((ms / 1_000).to_string())),
        Value::String(_) => Some(json!(jiff::Timestamp::from_second(ms / 1_000).ok()?.to_string())),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_and_written_in_their_form() {
        for (value, ms) in [
            (json!(1_780_000_000), 1_780_000_000_000),
            (json!(1_780_000_000_000_i64), 1_780_000_000_000),
            (json!("2026-05-28T20:26:40Z"), 1_780_000_000_000),
            (json!("1780000000"), 1_780_000_000_000),
        ] {
            assert_eq!(time_at(&value), Some(ms), "{value}");
            assert_eq!(time_like(&value, ms).as_ref(), Some(&value));
        }
        assert_eq!(time_at(&json!("tomorrow")), None);
        assert_eq!(time_at(&json!(null)), None);
    }
}
