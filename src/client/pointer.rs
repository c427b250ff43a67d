//! Stepping down a JSON text along a pointer, without decoding what is not asked for.

use std::borrow::Cow;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer as _, MapAccess, Visitor};
use serde_json::value::RawValue;

/// What stands at a pointer.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Found<'a> {
    /// Nothing does.
    Missing,
    /// One value, as its JSON text.
    One(&'a str),
    /// The pointer has a `*`: one text per element, and what is missing in some element is missing altogether.
    Many(Vec<&'a str>),
}

/// A name on the way occurs more than once, so that readers disagree about what was said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Ambiguous;

/// Finds what stands at `pointer` in the JSON text.
pub(super) fn find<'a>(text: &'a str, pointer: &str) -> Result<Found<'a>, Ambiguous> {
    let Some(rest) = pointer.strip_prefix('/') else {
        return Ok(if pointer.is_empty() { Found::One(text.trim_matches(SPACE)) } else { Found::Missing });
    };
    let (segment, below) = rest.find('/').map_or((rest, ""), |slash| (&rest[..slash], &rest[slash..]));
    let text = text.trim_start_matches(SPACE);
    if text.starts_with('[') {
        let Ok(elements) = serde_json::from_str::<Vec<&RawValue>>(text) else { return Ok(Found::Missing) };
        if segment == "*" {
            return each(&elements, below);
        }
        let canonical = segment == "0" || !segment.starts_with(['0', '+']);
        let element = segment.parse::<usize>().ok().filter(|_| canonical).and_then(|index| elements.get(index));
        return element.map_or(Ok(Found::Missing), |element| find(element.get(), below));
    }
    if !text.starts_with('{') {
        return Ok(Found::Missing);
    }
    let name = segment.replace("~1", "/").replace("~0", "~");
    let mut ambiguous = false;
    let member = Member { name: &name, ambiguous: &mut ambiguous };
    let value = serde_json::Deserializer::from_str(text).deserialize_map(member).ok().flatten();
    match value {
        _ if ambiguous => Err(Ambiguous),
        Some(value) => find(value.get(), below),
        None => Ok(Found::Missing),
    }
}

const SPACE: [char; 4] = [' ', '\t', '\n', '\r'];

fn each<'a>(elements: &[&'a RawValue], below: &str) -> Result<Found<'a>, Ambiguous> {
    let mut all = Vec::with_capacity(elements.len());
    for element in elements {
        match find(element.get(), below)? {
            Found::One(text) => all.push(text),
            Found::Many(texts) => all.extend(texts),
            Found::Missing => return Ok(Found::Missing),
        }
    }
    Ok(Found::Many(all))
}

/// Takes the one member of that name out of an object.
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
        while let Some(name) = map.next_key_seed(Name)? {
            let value = map.next_value::<&'de RawValue>()?;
            if name == self.name && found.replace(value).is_some() {
                *self.ambiguous = true;
            }
        }
        Ok(found)
    }
}

/// A name, borrowed where it has no escapes.
struct Name;

impl<'de> DeserializeSeed<'de> for Name {
    type Value = Cow<'de, str>;

    fn deserialize<D: serde::Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl<'de> Visitor<'de> for Name {
    type Value = Cow<'de, str>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a name")
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
    fn steps() {
        let text = r#" {"a": {"b/c": [10, {"d": 1.50}]}, "rows": [{"n":1},{"n":2e1}], "\u0061x": 7, "none": []} "#;
        assert_eq!(find(text, "/a/b~1c/1/d"), Ok(Found::One("1.50")));
        assert_eq!(find(text, "/a/b~1c/01/d"), Ok(Found::Missing));
        assert_eq!(find(text, "/rows/*/n"), Ok(Found::Many(vec!["1", "2e1"])));
        assert_eq!(find(text, "/rows/*/m"), Ok(Found::Missing));
        assert_eq!(find(text, "/none/*/m"), Ok(Found::Many(vec![])));
        assert_eq!(find(text, "/ax"), Ok(Found::One("7")));
        assert_eq!(find(text, "/a/*"), Ok(Found::Missing));
        assert_eq!(find(" 5 ", ""), Ok(Found::One("5")));
    }

    #[test]
    fn a_repeated_name_matters_on_the_way_only() {
        assert_eq!(find(r#"{"a":1,"b":2,"b":3}"#, "/a"), Ok(Found::One("1")));
        assert_eq!(find(r#"{"a":1,"\u0061":2}"#, "/a"), Err(Ambiguous));
    }
}
