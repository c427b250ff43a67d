//! The drafts of JSON Schema, and the keywords that contain subschemas.

use serde_json::Value;

/// A draft of JSON Schema.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Dialect {
    Draft4,
    Draft6,
    Draft7,
    Draft201909,
    Draft202012,
}

impl Dialect {
    pub(crate) fn of(schema: &Value) -> Self {
        let uri = schema.get("$schema").and_then(Value::as_str).unwrap_or("");
        if uri.contains("draft-04") {
            Self::Draft4
        } else if uri.contains("draft-06") {
            Self::Draft6
        } else if uri.contains("draft-07") {
            Self::Draft7
        } else if uri.contains("2019-09") {
            Self::Draft201909
        } else {
            Self::Draft202012
        }
    }

    /// Returns whether keywords next to `$ref` are ignored, as in drafts up to 7.
    pub(crate) fn ref_hides_siblings(self) -> bool {
        self <= Self::Draft7
    }

    pub(crate) fn id_keyword(self) -> &'static str {
        if self == Self::Draft4 { "id" } else { "$id" }
    }
}

/// The way in which a keyword contains subschemas.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SubschemaLocation {
    /// The value is a schema.
    Schema,
    /// The value is an object of schemas.
    Map,
    /// The value is an array of schemas, or one schema.
    List,
    /// The value contains no schema.
    None,
}

/// Returns the way in which a keyword contains subschemas.
pub(crate) fn subschema_location(keyword: &str) -> SubschemaLocation {
    match keyword {
        "additionalItems"
        | "additionalProperties"
        | "contains"
        | "else"
        | "if"
        | "not"
        | "propertyNames"
        | "then"
        | "unevaluatedItems"
        | "unevaluatedProperties"
        | "contentSchema" => SubschemaLocation::Schema,
        "$defs" | "definitions" | "dependencies" | "dependentSchemas" | "patternProperties" | "properties" => {
            SubschemaLocation::Map
        }
        "allOf" | "anyOf" | "items" | "oneOf" | "prefixItems" => SubschemaLocation::List,
        _ => SubschemaLocation::None,
    }
}
