//! `JSONPath` (RFC 9535): where in a body the selected values stand.

use serde_json::Value;
use serde_json_path::JsonPath;

/// The JSON Pointers of the values that a `JSONPath` selects, in the order of the document.
///
/// Pointers and not values, so that numbers can be read from the text with all their digits.
///
/// # Errors
/// If the text is no `JSONPath`, with the reason.
pub fn select(path: &str, body: &Value) -> Result<Vec<String>, String> {
    let path = JsonPath::parse(path).map_err(|error| error.to_string())?;
    Ok(path.query_located(body).locations().map(serde_json_path::NormalizedPath::to_json_pointer).collect())
}
