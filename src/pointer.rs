//! JSON Pointer (RFC 6901): builds pointers, and splits them into reference tokens.
//!
//! The only implementation of the harness. The reference client has a second one in `client/pointer.rs`, on purpose: it
//! is judged, so it must not share code with what judges it.

use std::borrow::Cow;

use serde_json::Value;

/// Appends a reference token, escaped.
pub(crate) fn push(pointer: &mut String, token: &str) {
    pointer.push('/');
    for character in token.chars() {
        match character {
            '~' => pointer.push_str("~0"),
            '/' => pointer.push_str("~1"),
            other => pointer.push(other),
        }
    }
}

/// Returns the pointer with one more reference token, escaped.
pub(crate) fn join(pointer: &str, token: &str) -> String {
    let mut joined = String::with_capacity(pointer.len() + token.len() + 1);
    joined.push_str(pointer);
    push(&mut joined, token);
    joined
}

/// Returns the reference tokens of a pointer, unescaped.
pub(crate) fn tokens(pointer: &str) -> impl DoubleEndedIterator<Item = Cow<'_, str>> {
    let mut tokens = pointer.split('/');
    // A pointer is empty or begins with `/`: nothing stands before the first token.
    tokens.next();
    tokens.map(|token| {
        if token.contains('~') { Cow::Owned(token.replace("~1", "/").replace("~0", "~")) } else { Cow::Borrowed(token) }
    })
}

/// Splits a pointer into the pointer of the parent, and the last reference token, unescaped. `None` for the whole document.
pub(crate) fn split_last(pointer: &str) -> Option<(&str, Cow<'_, str>)> {
    let (parent, _) = pointer.rsplit_once('/')?;
    Some((parent, tokens(pointer).next_back()?))
}

/// Returns the subschema that describes the place of a pointer in a value, as far as `properties`, `items` and local
/// references lead there; `*` and indices stand for the elements of an array.
pub(crate) fn subschema<'a>(document: &'a Value, pointer: &str) -> Option<&'a Value> {
    tokens(pointer).try_fold(follow(document, document), |schema, token| {
        let property = schema.get("properties").and_then(|properties| properties.get(token.as_ref()));
        let element = || schema.get("items").filter(|_| token == "*" || token.parse::<usize>().is_ok());
        property.or_else(element).map(|schema| follow(document, schema))
    })
}

/// Follows the local references of a schema.
fn follow<'a>(document: &'a Value, schema: &'a Value) -> &'a Value {
    const MAX_REFERENCES: usize = 8;
    let target = |schema: &'a Value| document.pointer(schema.get("$ref")?.as_str()?.strip_prefix('#')?);
    (0..MAX_REFERENCES).fold(schema, |schema, _| target(schema).unwrap_or(schema))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{join, split_last, subschema, tokens};

    #[test]
    fn token_with_slash_or_tilde_survives_a_round_trip() {
        for token in ["a/b", "m~n", "~1", "/", ""] {
            assert_eq!(tokens(&join("/x", token)).next_back().unwrap(), token);
        }
        assert_eq!(tokens("").count(), 0);
        assert_eq!(split_last("/x~1y/m~0n"), Some(("/x~1y", "m~n".into())));
        assert_eq!(split_last(""), None);
    }

    #[test]
    fn subschema_of_a_member_with_a_slash_is_found() {
        let schema = json!({
            "properties": {"a/b": {"items": {"$ref": "#/$defs/row"}}},
            "$defs": {"row": {"properties": {"m~n": {"format": "int32"}}}}
        });
        assert_eq!(subschema(&schema, "/a~1b/*/m~0n"), Some(&json!({"format": "int32"})));
        assert_eq!(subschema(&schema, "/a~1b/0/other"), None);
    }
}
