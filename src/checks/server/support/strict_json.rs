//! A strict reader for JSON as RFC 8259 defines it.

use std::collections::HashSet;
use std::fmt;

use serde::de::{Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

use crate::checks::standards;
use crate::contract::Promise;

/// The first error in a text that should be JSON, with the promise that it violates.
pub(in crate::checks) fn json_error(body: &[u8]) -> Option<(Promise, String)> {
    if body.starts_with(b"\xEF\xBB\xBF") {
        return Some((standards::json_bom(), "the body starts with a byte order mark".to_owned()));
    }
    if std::str::from_utf8(body).is_err() {
        return Some((standards::json_utf8(), "the body is not UTF-8".to_owned()));
    }
    let mut names = Names::default();
    let mut reader = serde_json::Deserializer::from_slice(body);
    let read = serde::de::DeserializeSeed::deserialize(Seen(&mut names), &mut reader).and_then(|()| reader.end());
    if let Err(error) = read {
        // What reads values has limits on numbers and depth, and the grammar has none.
        let is_json = serde_json::from_slice::<&RawValue>(body).is_ok();
        return (!is_json).then(|| (standards::json_grammar(), format!("the body is not JSON: {error}")));
    }
    let duplicate = names.duplicate?;
    Some((standards::json_names(), format!("the name `{duplicate}` occurs twice in one object")))
}

/// The first duplicate name.
#[derive(Default)]
struct Names {
    duplicate: Option<String>,
}

/// Reads a value and records the first name that occurs twice in one object.
struct Seen<'a>(&'a mut Names);

impl<'de> serde::de::DeserializeSeed<'de> for Seen<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Seen<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_bool<E>(self, _: bool) -> Result<(), E> {
        Ok(())
    }

    fn visit_i64<E>(self, _: i64) -> Result<(), E> {
        Ok(())
    }

    fn visit_u64<E>(self, _: u64) -> Result<(), E> {
        Ok(())
    }

    fn visit_f64<E>(self, _: f64) -> Result<(), E> {
        Ok(())
    }

    fn visit_str<E>(self, _: &str) -> Result<(), E> {
        Ok(())
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<(), A::Error> {
        while items.next_element_seed(Seen(self.0))?.is_some() {}
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<(), A::Error> {
        let mut names = HashSet::new();
        while let Some(name) = members.next_key::<String>()? {
            if names.contains(&name) && self.0.duplicate.is_none() {
                self.0.duplicate = Some(name.clone());
            }
            names.insert(name);
            members.next_value_seed(Seen(self.0))?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::json_error;

    #[test]
    fn json_error_reports_every_deviation_from_the_grammar() {
        for good in ["{}", " {\"a\":[1,2.5e3,null,{\"a\":1}]}\n", "\"x\"", "0"] {
            assert_eq!(json_error(good.as_bytes()), None, "{good}");
        }
        let (deep, digits) = ("[".repeat(500) + &"]".repeat(500), "9".repeat(5000));
        for good in [deep.as_str(), digits.as_str(), "{\"a\":1e400}", "-1E+999999999"] {
            assert_eq!(json_error(good.as_bytes()), None, "{good:.20}");
        }
        for bad in [
            "",
            "{} x",
            "\u{feff}{}",
            "{\"a\":NaN}",
            "{\"a\":1,}",
            "{'a':1}",
            "{\"a\":01}",
            "{\"a\":1e400,}",
            "{\"a\":1,\"a\":1}",
            "[{\"b\":1,\"b\":2}]",
        ] {
            assert!(json_error(bad.as_bytes()).is_some(), "{bad}");
        }
        assert!(json_error(b"\"\xff\"").is_some());
    }
}
