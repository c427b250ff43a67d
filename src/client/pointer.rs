//! Reads a value at a JSON Pointer (RFC 6901) directly from the JSON text.
//!
//! This is a second, independent implementation on purpose. The harness computes the expected balance with the JSON
//! Pointers of `contract`, on a parsed `serde_json::Value`. If the reference client used the same code, an error there
//! would be on both sides and no check would notice. This one also does what a parsed value cannot: it keeps the digits of
//! numbers, and detects repeated member names.

use std::borrow::Cow;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer as _, MapAccess, Visitor};
use serde_json::value::RawValue;

/// The result of a lookup.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Resolved<'a> {
    /// There is no value.
    Missing,
    /// One value, as its JSON text.
    One(&'a str),
    /// The pointer contains `*`: the JSON text of each element. If the value is missing in one element, the result is
    /// `Missing`.
    Many(Vec<&'a str>),
}

/// A member name on the path occurs more than once in its object, so that the value is ambiguous (RFC 8259, section 4).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Ambiguous;

/// Finds the value at `pointer` in the JSON text.
pub(super) fn find<'a>(text: &'a str, pointer: &str) -> Result<Resolved<'a>, Ambiguous> {
    let Some(rest) = pointer.strip_prefix('/') else {
        return Ok(if pointer.is_empty() { Resolved::One(text.trim_matches(WHITESPACE)) } else { Resolved::Missing });
    };
    let (segment, below) = rest.find('/').map_or((rest, ""), |slash| (&rest[..slash], &rest[slash..]));
    let text = text.trim_start_matches(WHITESPACE);
    if text.starts_with('[') {
        let Ok(elements) = serde_json::from_str::<Vec<&RawValue>>(text) else { return Ok(Resolved::Missing) };
        if segment == "*" {
            return each(&elements, below);
        }
        let canonical = segment == "0" || !segment.starts_with(['0', '+']);
        let element = segment.parse::<usize>().ok().filter(|_| canonical).and_then(|index| elements.get(index));
        return element.map_or(Ok(Resolved::Missing), |element| find(element.get(), below));
    }
    if !text.starts_with('{') {
        return Ok(Resolved::Missing);
    }
    let name = segment.replace("~1", "/").replace("~0", "~");
    let mut ambiguous = false;
    let member = Member { name: &name, ambiguous: &mut ambiguous };
    let value = serde_json::Deserializer::from_str(text).deserialize_map(member).ok().flatten();
    match value {
        _ if ambiguous => Err(Ambiguous),
        Some(value) => find(value.get(), below),
        None => Ok(Resolved::Missing),
    }
}

/// Insignificant whitespace (RFC 8259, section 2).
const WHITESPACE: [char; 4] = [' ', '\t', '\n', '\r'];

fn each<'a>(elements: &[&'a RawValue], below: &str) -> Result<Resolved<'a>, Ambiguous> {
    let mut all = Vec::with_capacity(elements.len());
    for element in elements {
        match find(element.get(), below)? {
            Resolved::One(text) => all.push(text),
            Resolved::Many(texts) => all.extend(texts),
            Resolved::Missing => return Ok(Resolved::Missing),
        }
    }
    Ok(Resolved::Many(all))
}

/// Extracts the member with this name from an object.
struct Member<'n> {
    name: &'n str,
    ambiguous: &'n mut bool,
}

impl<'de> Visitor<'de> for Member<'_> {
    type Value = Option<&'de RawValue>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut found = None;
        while let Some(name) = map.next_key_seed(MemberName)? {
            let value = map.next_value::<&'de RawValue>()?;
            if name == self.name && found.replace(value).is_some() {
                *self.ambiguous = true;
            }
        }
        Ok(found)
    }
}

/// A member name, borrowed if it contains no escapes.
struct MemberName;

impl<'de> DeserializeSeed<'de> for MemberName {
    type Value = Cow<'de, str>;

    fn deserialize<D: serde::Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl<'de> Visitor<'de> for MemberName {
    type Value = Cow<'de, str>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a member name")
    }

    fn visit_borrowed_str<E>(self, name: &'de str) -> Result<Self::Value, E> {
        Ok(Cow::Borrowed(name))
    }

    fn visit_str<E>(self, name: &str) -> Result<Self::Value, E> {
        Ok(Cow::Owned(name.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pointers_resolve_through_objects_arrays_and_rows() {
        let text = r#" {"a": {"b/c": [10, {"d": 1.50}]}, "rows": [{"n":1},{"n":2e1}], "\u0061x": 7, "none": []} "#;
        assert_eq!(find(text, "/a/b~1c/1/d"), Ok(Resolved::One("1.50")));
        assert_eq!(find(text, "/a/b~1c/01/d"), Ok(Resolved::Missing));
        assert_eq!(find(text, "/rows/*/n"), Ok(Resolved::Many(vec!["1", "2e1"])));
        assert_eq!(find(text, "/rows/*/m"), Ok(Resolved::Missing));
        assert_eq!(find(text, "/none/*/m"), Ok(Resolved::Many(vec![])));
        assert_eq!(find(text, "/ax"), Ok(Resolved::One("7")));
        assert_eq!(find(text, "/a/*"), Ok(Resolved::Missing));
        assert_eq!(find(" 5 ", ""), Ok(Resolved::One("5")));
    }

    #[test]
    fn a_repeated_name_is_ambiguous_only_on_the_path() {
        assert_eq!(find(r#"{"a":1,"b":2,"b":3}"#, "/a"), Ok(Resolved::One("1")));
        assert_eq!(find(r#"{"a":1,"\u0061":2}"#, "/a"), Err(Ambiguous));
    }
}
