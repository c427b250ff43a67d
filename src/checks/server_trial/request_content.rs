//! The content of a request: an example, in the form of its media type.

use serde_json::Value;

use crate::contract::Content;

/// Separates the parts of a multipart body.
const BOUNDARY: &str = "ringtrue-boundary";

/// Bytes with their media type.
pub(super) struct RequestContent {
    pub(super) media_type: String,
    pub(super) bytes: String,
}

impl RequestContent {
    /// The example of a documented content; `None` if nothing is known about it.
    pub(super) fn of(content: &Content) -> Option<Self> {
        let example = content.example()?;
        let media_type = content.media_type.as_str();
        let members = || example.as_object().into_iter().flatten().map(|(name, value)| (name.as_str(), text(value)));
        let (media_type, bytes) = match media_type {
            "application/x-www-form-urlencoded" => {
                let form = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(members()).finish();
                (media_type.to_owned(), form)
            }
            "multipart/form-data" => {
                let part = |(name, value): (&str, String)| {
                    format!("--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n")
                };
                let parts: String = members().map(part).collect();
                (format!("{media_type}; boundary={BOUNDARY}"), format!("{parts}--{BOUNDARY}--\r\n"))
            }
            "*/*" | "application/*" => ("application/json".to_owned(), example.to_string()),
            _ if content.is_json() => (media_type.to_owned(), example.to_string()),
            _ => (media_type.to_owned(), text(example)),
        };
        Some(Self { media_type, bytes })
    }
}

fn text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), ToOwned::to_owned)
}
