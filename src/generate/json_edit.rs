//! Changes to generated JSON texts that leave everything else as it is written.

use serde_json::Value;

use crate::model::places;
use crate::pointer;

/// The text with what stands at the pointer replaced, element by element where a segment is `*`.
#[must_use]
pub fn replaced(text: &str, pointer: &str, with: impl Fn(usize, &str) -> Option<String>) -> String {
    let mut out = text.to_owned();
    for (n, range) in places(text, pointer).into_iter().enumerate().rev() {
        if let Some(new) = with(n, &text[range.clone()]) {
            out.replace_range(range, &new);
        }
    }
    out
}

/// The text with its rows repeated or left out until there are so many; one without rows takes those of another text.
#[must_use]
pub fn with_rows(text: &str, list: &str, count: usize, spare: &str) -> String {
    let rows_at = format!("{list}/*");
    let own = places(text, &rows_at).into_iter().filter_map(|range| text.get(range));
    let others = places(spare, &rows_at).into_iter().filter_map(|range| spare.get(range));
    let mut rows: Vec<&str> = own.collect();
    if rows.is_empty() {
        rows.extend(others);
    }
    let rows: Vec<&str> = rows.iter().copied().cycle().take(count).collect();
    replaced(text, list, |_, _| Some(format!("[{}]", rows.join(","))))
}

/// The text of an object with one member more, in front of all others.
#[must_use]
pub fn with_member(text: &str, name: &str, value: &str) -> Option<String> {
    let rest = text.trim_start().strip_prefix('{')?;
    let comma = if rest.trim_start().starts_with('}') { "" } else { "," };
    Some(format!("{{{}:{value}{comma}{rest}", Value::from(name)))
}

/// The text of an object with one more member, behind all others.
#[must_use]
pub fn with_last_member(text: &str, name: &str, value: &str) -> Option<String> {
    let rest = text.trim_end().strip_suffix('}')?;
    let comma = if rest.trim_end().ends_with('{') { "" } else { "," };
    Some(format!("{rest}{comma}{}:{value}}}", Value::from(name)))
}

/// Returns the pointers to all values within a value, the pointer to the value itself first.
#[must_use]
pub fn pointers(value: &Value) -> Vec<String> {
    let mut all = vec![String::new()];
    let mut extend = |token: &str, member: &Value| {
        let prefix = pointer::join("", token);
        all.extend(pointers(member).into_iter().map(|below| format!("{prefix}{below}")));
    };
    match value {
        Value::Object(members) => members.iter().for_each(|(name, member)| extend(name, member)),
        Value::Array(items) => items.iter().enumerate().for_each(|(n, item)| extend(&n.to_string(), item)),
        _ => {}
    }
    all
}

/// The text with another text at one of the places where it has one, chosen by a number.
#[must_use]
pub fn with_text(json: &str, choice: usize, text: &str) -> String {
    let value: Value = serde_json::from_str(json).unwrap_or_default();
    let all = pointers(&value).into_iter().filter(|at| value.pointer(at).is_some_and(Value::is_string));
    let all: Vec<String> = all.collect();
    let Some(pointer) = all.get(choice % all.len().max(1)) else { return json.to_owned() };
    replaced(json, pointer, |_, _| Some(Value::from(text).to_string()))
}

#[cfg(test)]
mod tests {
    use super::{replaced, with_last_member, with_member, with_rows, with_text};

    #[test]
    fn the_rest_stays_as_it_is_written() {
        let text = r#"{ "n": 1e3, "rows": [{"m": 1.50}], "t": "x" }"#;
        assert_eq!(replaced(text, "/n", |_, was| Some(format!("-{was}"))), text.replace("1e3", "-1e3"));
        assert_eq!(with_rows(text, "/rows", 2, ""), text.replace(r#"{"m": 1.50}"#, r#"{"m": 1.50},{"m": 1.50}"#));
        assert_eq!(with_rows(text, "/rows", 0, ""), text.replace(r#"{"m": 1.50}"#, ""));
        assert_eq!(with_member("{}", "a", "1").as_deref(), Some(r#"{"a":1}"#));
        assert_eq!(with_member(r#"{"b":2}"#, "a", "1").as_deref(), Some(r#"{"a":1,"b":2}"#));
        assert_eq!(with_rows(r#"{"rows":[]}"#, "/rows", 1, text), r#"{"rows":[{"m": 1.50}]}"#);
        assert_eq!(with_last_member(r#"{"b":2} "#, "a", "1").as_deref(), Some(r#"{"b":2,"a":1}"#));
        assert_eq!(with_member("[]", "a", "1"), None);
        assert_eq!(with_text(text, 5, "\"\n"), text.replace(r#""x""#, r#""\"\n""#));
    }
}
