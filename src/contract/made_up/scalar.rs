//! Numbers and texts that satisfy their keywords.

use rust_decimal::Decimal;
use serde_json::{Map, Value};

/// Characters of a text, at most.
const MAX_LENGTH: usize = 4096;

/// A number within the bounds: 1 if possible, else the smallest or the largest one.
pub(super) fn number(parts: &[&Map<String, Value>], whole: bool) -> Option<Value> {
    let all = |keyword: &str| {
        let numbers = parts.iter().filter_map(|part| part.get(keyword)?.as_number());
        numbers.filter_map(|number| decimal(&number.to_string())).collect::<Vec<Decimal>>()
    };
    let (least, above) = (all("minimum"), all("exclusiveMinimum"));
    let (most, below) = (all("maximum"), all("exclusiveMaximum"));
    let mut steps = all("multipleOf");
    if whole {
        steps.push(Decimal::ONE);
    }
    let step = steps.iter().max().copied().filter(|step| *step > Decimal::ZERO);
    let fits = |number: &Decimal| {
        least.iter().all(|least| number >= least)
            && above.iter().all(|above| number > above)
            && most.iter().all(|most| number <= most)
            && below.iter().all(|below| number < below)
            && steps.iter().all(|step| number.checked_rem(*step).is_some_and(|rest| rest.is_zero()))
    };
    let bounds = least.iter().chain(&above).chain(&most).chain(&below).copied();
    let near = bounds.flat_map(|bound| {
        let unit = step.unwrap_or(Decimal::ONE);
        let floor = bound.checked_div(unit).map_or(bound, |times| times.floor() * unit);
        let between = Decimal::new(5, 1);
        [bound, floor, floor + unit, floor - unit, bound + between, bound - between]
    });
    let candidates = [Decimal::ONE].into_iter().chain(step).chain([Decimal::ZERO]).chain(near);
    let number = candidates.into_iter().find(fits).unwrap_or(Decimal::ONE).normalize();
    serde_json::from_str(&number.to_string()).ok()
}

fn decimal(text: &str) -> Option<Decimal> {
    Decimal::from_str_exact(text).or_else(|_| Decimal::from_scientific(text)).ok()
}

/// A text of the format and the length; one with a pattern is generated.
#[expect(clippy::unnecessary_wraps, reason = "all kinds of values have the same signature")]
pub(super) fn text(parts: &[&Map<String, Value>]) -> Option<Value> {
    let format = parts.iter().find_map(|part| part.get("format")?.as_str());
    let text = match format {
        Some("uuid") => "00000000-0000-4000-8000-000000000001",
        Some("date") => "2026-01-01",
        Some("date-time") => "2026-01-01T00:00:00Z",
        Some("time") => "00:00:00Z",
        Some("duration") => "P1D",
        Some("email" | "idn-email") => "someone@example.com",
        Some("hostname" | "idn-hostname") => "example.com",
        Some("ipv4") => "192.0.2.1",
        Some("ipv6") => "2001:db8::1",
        Some("uri" | "url" | "iri" | "uri-reference" | "iri-reference") => "https://example.com/",
        Some("byte") => "ZXhhbXBsZQ==",
        Some("json-pointer") => "/example",
        Some("decimal") => "1",
        _ => "example",
    };
    let limit = |keyword: &str| {
        let limits = parts.iter().filter_map(|part| part.get(keyword)?.as_u64());
        limits.filter_map(|limit| usize::try_from(limit).ok()).collect::<Vec<_>>()
    };
    let least = limit("minLength").into_iter().max().unwrap_or(0).min(MAX_LENGTH);
    let most = limit("maxLength").into_iter().min().unwrap_or(usize::MAX);
    let mut text: String = text.chars().take(most).collect();
    let missing = least.saturating_sub(text.chars().count());
    text.extend(std::iter::repeat_n('a', missing));
    #[cfg(feature = "harness")]
    if let Some(other) = generated(parts, &text) {
        return Some(other);
    }
    Some(Value::String(text))
}

/// A generated text, where this one does not satisfy the pattern or the format; such as can stand in a path or in a header
/// field, if there is one.
#[cfg(feature = "harness")]
fn generated(parts: &[&Map<String, Value>], text: &str) -> Option<Value> {
    if !parts.iter().any(|part| part.contains_key("pattern") || part.contains_key("format")) {
        return None;
    }
    let of = |part: &Map<String, Value>| {
        let mut own: Map<String, Value> = ["pattern", "format", "minLength", "maxLength"]
            .into_iter()
            .filter_map(|keyword| Some((keyword.to_owned(), part.get(keyword)?.clone())))
            .collect();
        own.insert("type".to_owned(), "string".into());
        Value::Object(own)
    };
    let all: Vec<Value> =
        parts.iter().map(|part| of(part)).filter(|part| part.as_object().is_some_and(|own| own.len() > 1)).collect();
    let schema = match all.as_slice() {
        [only] => only.clone(),
        _ => serde_json::json!({ "allOf": all, "type": "string" }),
    };
    let validator = jsonschema::options().offline().should_validate_formats(true).build(&schema).ok()?;
    if validator.is_valid(&text.into()) {
        return None;
    }
    super::generated(&schema, |value| {
        let text = value.as_str().unwrap_or_default();
        !matches!(text, "" | "." | "..") && text.chars().all(|letter| letter.is_ascii_graphic() && letter != '/')
    })
}
