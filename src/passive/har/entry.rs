//! The members of a HAR entry that are used, and nothing else of it.

use std::borrow::Cow;

use serde::{Deserialize, Deserializer};
use serde_json::Value;

/// What is needed to decide whether and when an entry is judged.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Outline<'e> {
    #[serde(borrow, default)]
    pub(super) started_date_time: Cow<'e, str>,
    #[serde(default, deserialize_with = "number")]
    pub(super) time: Option<f64>,
    #[serde(borrow)]
    pub(super) request: OutlineRequest<'e>,
}

#[derive(Debug, Deserialize)]
pub(super) struct OutlineRequest<'e> {
    #[serde(borrow)]
    pub(super) url: Cow<'e, str>,
}

/// An entry.
#[derive(Debug, Deserialize)]
pub(super) struct Entry {
    #[serde(default)]
    pub(super) pageref: Option<String>,
    pub(super) request: EntryRequest,
    pub(super) response: EntryResponse,
    /// Chrome: the cache that the response came from.
    #[serde(default, rename = "_fromCache")]
    pub(super) from_cache: Option<Value>,
    /// Safari: where the response came from.
    #[serde(default, rename = "_fetchType")]
    pub(super) fetch_type: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct EntryRequest {
    pub(super) method: String,
    #[serde(default)]
    pub(super) headers: Vec<Field>,
    #[serde(default)]
    pub(super) post_data: Option<PostData>,
    #[serde(default, deserialize_with = "number")]
    pub(super) body_size: Option<f64>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct PostData {
    #[serde(default)]
    pub(super) text: Option<String>,
    #[serde(default)]
    pub(super) params: Vec<Param>,
    /// Not in HAR 1.2; some programs write it for content that is not text.
    #[serde(default)]
    pub(super) encoding: Option<String>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Param {
    #[serde(default)]
    pub(super) name: String,
    #[serde(default)]
    pub(super) value: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct EntryResponse {
    #[serde(default, deserialize_with = "number")]
    pub(super) status: Option<f64>,
    #[serde(default)]
    pub(super) headers: Vec<Field>,
    #[serde(default)]
    pub(super) content: Content,
    #[serde(default, deserialize_with = "number")]
    pub(super) body_size: Option<f64>,
    /// Chrome and mitmproxy: why there is no response.
    #[serde(default, rename = "_error")]
    pub(super) error: Option<Value>,
    /// Chrome: whether a service worker gave the response.
    #[serde(default, rename = "_fetchedViaServiceWorker")]
    pub(super) from_service_worker: Option<bool>,
}

#[derive(Debug, Default, Deserialize)]
pub(super) struct Content {
    #[serde(default, deserialize_with = "number")]
    pub(super) size: Option<f64>,
    #[serde(default)]
    pub(super) text: Option<String>,
    #[serde(default)]
    pub(super) encoding: Option<String>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Field {
    pub(super) name: String,
    #[serde(default)]
    pub(super) value: String,
}

/// A number that may be missing, `null`, or written as something else.
fn number<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<f64>, D::Error> {
    Ok(Value::deserialize(deserializer)?.as_f64())
}

/// Reads an entry. The error says where the entry is wrong, and quotes nothing of it: it may be a secret.
pub(super) fn read<'e, T: Deserialize<'e>>(text: &'e [u8]) -> Result<T, String> {
    // The path of an error costs time, which only errors need to take.
    if let Ok(read) = serde_json::from_slice(text) {
        return Ok(read);
    }
    let mut deserializer = serde_json::Deserializer::from_slice(text);
    serde_path_to_error::deserialize(&mut deserializer).map_err(|error| {
        let (path, line) = (error.path().to_string(), error.inner().line());
        match error.inner().classify() {
            serde_json::error::Category::Data if path == "." => "a member that HAR 1.2 requires is missing".to_owned(),
            serde_json::error::Category::Data => format!("`{path}` is missing, incomplete, or has a wrong type"),
            _ => format!("it is not valid JSON in line {line}"),
        }
    })
}

#[cfg(test)]
mod tests {
    use super::{Entry, read};

    #[test]
    fn errors_name_the_place_and_quote_nothing() {
        let error = read::<Entry>(br#"{"request":{"method":"GET"},"response":{"headers":"sk_secret"}}"#).unwrap_err();
        assert_eq!(error, "`response.headers` is missing, incomplete, or has a wrong type");
        assert_eq!(read::<Entry>(b"{\"request\":sk_secret}").unwrap_err(), "it is not valid JSON in line 1");
        assert_eq!(read::<Entry>(b"{}").unwrap_err(), "a member that HAR 1.2 requires is missing");
    }
}
