//! `JSONPath` (RFC 9535): where in a body the selected values stand.

use serde_json::Value;

/// The JSON Pointers of the values that a `JSONPath` selects, in the order of the document.
///
/// Pointers and not values, so that numbers can be read from the text with all their digits.
///
/// # Errors
/// If the text is no `JSONPath`, with the reason. Without the feature `expressions`: always.
#[cfg(feature = "expressions")]
pub fn select(path: &str, body: &Value) -> Result<Vec<String>, String> {
    let path = serde_json_path::JsonPath::parse(path).map_err(|error| error.to_string())?;
    Ok(path.query_located(body).locations().map(serde_json_path::NormalizedPath::to_json_pointer).collect())
}

/// Refuses to select, as this build lacks the feature `expressions`.
///
/// # Errors
/// Always. Loading refuses a contract in which a client would have to select something, so no client meets this error.
#[cfg(not(feature = "expressions"))]
pub fn select(_: &str, _: &Value) -> Result<Vec<String>, String> {
    Err("it needs the feature `expressions`".to_owned())
}
