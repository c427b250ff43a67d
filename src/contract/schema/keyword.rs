//! The keywords of JSON Schema and what their values look like, in every dialect that is read.

use serde_json::Value;

/// What the value of a keyword is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    /// A schema.
    Schema,
    /// A list of schemas that is not empty.
    Schemas,
    /// Schemas by name.
    Named,
    /// A number.
    Number,
    /// A number above 0.
    Divisor,
    /// A whole number from 0.
    Count,
    /// `true` or `false`.
    Flag,
    /// A string.
    Text,
    /// A regular expression.
    Pattern,
    /// A list of different strings.
    Names,
    /// Lists of names by name.
    NamesByName,
    /// A type or a list of types.
    Types,
    /// A list of values.
    Values,
    /// Any value.
    Value,
}

/// The form of a keyword that is carried over as it is; `None` of those that are dropped or treated one by one.
pub(super) fn form(keyword: &str) -> Option<Form> {
    Some(match keyword {
        "additionalProperties"
        | "contains"
        | "not"
        | "if"
        | "then"
        | "else"
        | "propertyNames"
        | "unevaluatedItems"
        | "unevaluatedProperties"
        | "contentSchema" => Form::Schema,
        "allOf" | "anyOf" | "oneOf" | "prefixItems" => Form::Schemas,
        "properties" | "patternProperties" | "dependentSchemas" => Form::Named,
        "minimum" | "maximum" | "exclusiveMinimum" | "exclusiveMaximum" => Form::Number,
        "multipleOf" => Form::Divisor,
        "minLength" | "maxLength" | "minItems" | "maxItems" | "minContains" | "maxContains" | "minProperties"
        | "maxProperties" => Form::Count,
        "uniqueItems" | "deprecated" | "readOnly" | "writeOnly" => Form::Flag,
        "format" | "title" | "contentEncoding" | "contentMediaType" => Form::Text,
        "pattern" => Form::Pattern,
        "required" => Form::Names,
        "dependentRequired" => Form::NamesByName,
        "type" => Form::Types,
        "enum" | "examples" => Form::Values,
        "const" | "default" => Form::Value,
        _ => return None,
    })
}

const TYPES: [&str; 7] = ["array", "boolean", "integer", "null", "number", "object", "string"];

impl Form {
    /// What is wrong with a value that is no schema; schemas are looked at where they are converted.
    pub(super) fn error(self, keyword: &str, value: &Value) -> Option<String> {
        let wanted = match (self, value) {
            (Self::Schema | Self::Value, _)
            | (Self::Named | Self::NamesByName, Value::Object(_))
            | (Self::Number, Value::Number(_))
            | (Self::Flag, Value::Bool(_))
            | (Self::Text | Self::Pattern, Value::String(_))
            | (Self::Values, Value::Array(_)) => return None,
            (Self::Schemas, Value::Array(elements)) if !elements.is_empty() => return None,
            (Self::Divisor, Value::Number(number)) if number.as_f64().is_some_and(|number| number > 0.0) => {
                return None;
            }
            (Self::Count, value) if count(value).is_some() => return None,
            (Self::Names, value) if are_names(value) => return None,
            (Self::Types, value) => return types_fault(value),
            (Self::Schemas, _) => "a list with one schema at least",
            (Self::Named, _) => "schemas by name",
            (Self::NamesByName, _) => "lists of property names by property name",
            (Self::Number, _) => "a number",
            (Self::Divisor, _) => "a number above 0",
            (Self::Count, _) => "a whole number from 0",
            (Self::Flag, _) => "`true` or `false`",
            (Self::Text, _) => "a string",
            (Self::Pattern, _) => "a regular expression in a string",
            (Self::Names, _) => "a list of property names, each once",
            (Self::Values, _) => "a list of values",
        };
        Some(format!("`{keyword}` takes {wanted}"))
    }
}

/// A whole number from 0, however it is written.
pub(super) fn count(value: &Value) -> Option<u64> {
    if let Some(count) = value.as_u64() {
        return Some(count);
    }
    let number = value.as_f64().filter(|number| number.fract() == 0.0 && (0.0..9e15).contains(number))?;
    format!("{number:.0}").parse().ok()
}

/// Whether a value is a list of different strings.
pub(super) fn are_names(value: &Value) -> bool {
    let Some(elements) = value.as_array() else { return false };
    let mut names: Vec<&str> = elements.iter().filter_map(Value::as_str).collect();
    names.sort_unstable();
    names.dedup();
    names.len() == elements.len()
}

fn types_fault(value: &Value) -> Option<String> {
    let known = |value: &Value| value.as_str().is_some_and(|name| TYPES.contains(&name));
    let fits = match value {
        Value::Array(elements) => !elements.is_empty() && elements.iter().all(known) && are_names(value),
        other => known(other),
    };
    (!fits).then(|| format!("`type` takes one of {}, or a list of them", TYPES.join(", ")))
}
