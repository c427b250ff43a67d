//! Decides whether a generated value is valid, with a validator that no generator uses.

use std::error::Error;
use std::path::{Path, PathBuf};

use boon::{Compiler, Draft, ErrorKind, SchemaIndex, Schemas, UrlLoader, ValidationError};
use serde_json::Value;

/// A compiled schema.
pub struct Judge {
    schemas: Schemas,
    index: SchemaIndex,
}

/// Loads the documents that the suite refers to from its folder `remotes`.
struct Remotes(PathBuf);

impl UrlLoader for Remotes {
    fn load(&self, url: &str) -> Result<Value, Box<dyn Error>> {
        let path = url.strip_prefix("http://localhost:1234/").ok_or("not a document of the suite")?;
        Ok(serde_json::from_str(&std::fs::read_to_string(self.0.join(path))?)?)
    }
}

impl Judge {
    pub fn new(schema: &Value, suite: &Path) -> Self {
        const URL: &str = "json-schema:///judged";
        let mut schemas = Schemas::new();
        let mut compiler = Compiler::new();
        let is_draft7 = schema["$schema"].as_str().is_some_and(|uri| uri.contains("draft-07"));
        compiler.set_default_draft(if is_draft7 { Draft::V7 } else { Draft::V2020_12 });
        compiler.use_loader(Box::new(Remotes(suite.join("remotes"))));
        compiler.add_resource(URL, without_format(schema)).expect("a resource");
        let index = compiler.compile(URL, &mut schemas).unwrap_or_else(|error| panic!("{error:#}: {schema}"));
        Self { schemas, index }
    }

    pub fn accepts(&self, text: &str) -> bool {
        let Ok(value) = serde_json::from_str::<Value>(text) else { return false };
        match self.schemas.validate(&value, self.index) {
            Ok(()) => true,
            Err(error) => is_binary_rounding(&error),
        }
    }
}

/// Removes `format`, which validators may ignore, and which they check differently.
fn without_format(schema: &Value) -> Value {
    match schema {
        Value::Object(members) => {
            let kept = members.iter().filter(|(name, value)| *name != "format" || !value.is_string());
            kept.map(|(name, value)| (name.clone(), without_format(value))).collect()
        }
        Value::Array(items) => items.iter().map(without_format).collect(),
        other => other.clone(),
    }
}

/// Returns whether all errors are `multipleOf` errors that exact arithmetic refutes. The validator divides in binary
/// floating point, where 0.0003 is not a multiple of 0.0001.
fn is_binary_rounding(error: &ValidationError) -> bool {
    match &error.kind {
        ErrorKind::MultipleOf { got, want } => is_multiple(&got.to_string(), &want.to_string()) == Some(true),
        ErrorKind::Schema { .. } | ErrorKind::Group => error.causes.iter().all(is_binary_rounding),
        _ => false,
    }
}

fn is_multiple(number: &str, of: &str) -> Option<bool> {
    let ((number, places), (of, of_places)) = (decimal(number)?, decimal(of)?);
    let scale = |mantissa: i128, own: i32, other: i32| {
        mantissa.checked_mul(10_i128.checked_pow(u32::try_from((other - own).max(0)).ok()?)?)
    };
    Some(scale(number, places, of_places)? % scale(of, of_places, places)? == 0)
}

/// Splits a JSON number into a mantissa and a number of decimal places.
fn decimal(text: &str) -> Option<(i128, i32)> {
    let (digits, exponent) = text.split_once(['e', 'E']).unwrap_or((text, "0"));
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let places = i32::try_from(fraction.len()).ok()? - exponent.parse::<i32>().ok()?;
    Some((format!("{whole}{fraction}").parse().ok()?, places))
}
