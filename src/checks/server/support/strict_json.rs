//! JSON as RFC 8259 has it, and nothing else.

use std::collections::HashSet;
use std::fmt;

use serde::de::{Deserializer, MapAccess, SeqAccess, Visitor};

use crate::checks::standards;
use crate::contract::Promise;

/// What is wrong with a text that is meant to be JSON, and what it breaks.
pub(in crate::checks) fn fault(body: &[u8]) -> Option<(Promise, String)> {
    if body.starts_with(b"\xEF\xBB\xBF") {
        return Some((standards::json_bom(), "the body begins with a byte order mark".to_owned()));
    }
    if std::str::from_utf8(body).is_err() {
        return Some((standards::json_utf8(), "the body is not UTF-8".to_owned()));
    }
    let mut names = Names::default();
    let mut reader = serde_json::Deserializer::from_slice(body);
    let read = serde::de::DeserializeSeed::deserialize(Seen(&mut names), &mut reader).and_then(|()| reader.end());
    if let Err(error) = read {
        return Some((standards::json_grammar(), format!("the body is not JSON: {error}")));
    }
    let twice = names.twice?;
    Some((standards::json_names(), format!("the name `{twice}` stands twice in one object")))
}

/// What came up while reading.
#[derive(Default)]
struct Names {
    twice: Option<String>,
}

/// Reads a value and remembers the first name that stands twice in one object.
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
            if names.contains(&name) && self.0.twice.is_none() {
                self.0.twice = Some(name.clone());
            }
            names.insert(name);
            members.next_value_seed(Seen(self.0))?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::fault;

    #[test]
    fn only_json_is_json() {
        for good in ["{}", " {\"a\":[1,2.5e3,null,{\"a\":1}]}\n", "\"x\"", "0"] {
            assert_eq!(fault(good.as_bytes()), None, "{good}");
        }
        for bad in [
            "",
            "{} x",
            "\u{feff}{}",
            "{\"a\":NaN}",
            "{\"a\":1,}",
            "{'a':1}",
            "{\"a\":01}",
            "{\"a\":1,\"a\":1}",
            "[{\"b\":1,\"b\":2}]",
        ] {
            assert!(fault(bad.as_bytes()).is_some(), "{bad}");
        }
        assert!(fault(b"\"\xff\"").is_some());
    }
}
