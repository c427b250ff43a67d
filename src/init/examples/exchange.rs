//! An exchange that was recorded.

use serde_json::Value;

/// A request, as far as it was recorded, with its response.
#[derive(Debug, Clone)]
pub(super) struct Exchange {
    /// Scheme and authority; `None` if only a response was saved.
    pub(super) server: Option<String>,
    /// In upper case.
    pub(super) method: String,
    /// Without the query.
    pub(super) path: String,
    pub(super) query: Vec<(String, String)>,
    /// The header fields of the request; `None` if they were not recorded.
    pub(super) request_fields: Option<Vec<(String, String)>>,
    pub(super) request_body: Option<Body>,
    pub(super) status: u16,
    pub(super) response_fields: Vec<(String, String)>,
    pub(super) response_body: Option<Body>,
    /// Where it was recorded, for people.
    pub(super) place: String,
}

/// A body.
#[derive(Debug, Clone)]
pub(super) struct Body {
    /// Without parameters, in lower case.
    pub(super) media_type: String,
    /// The value of JSON, the members of a form, or a text.
    pub(super) value: Value,
}

impl Body {
    /// Reads a body; `None` if there is none.
    pub(super) fn read(media_type: &str, text: &str) -> Option<Self> {
        let media_type = media_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
        if text.is_empty() {
            return None;
        }
        let is_json = media_type == "application/json" || media_type.ends_with("+json");
        match serde_json::from_str(text) {
            Ok(value) if is_json => Some(Self { media_type, value }),
            // Some servers label JSON as text, and some recorders lose the media type.
            Ok(value @ (Value::Object(_) | Value::Array(_))) if media_type.is_empty() || media_type == "x-unknown" => {
                Some(Self { media_type: "application/json".to_owned(), value })
            }
            _ if media_type == "application/x-www-form-urlencoded" => {
                let members = url::form_urlencoded::parse(text.as_bytes());
                Some(Self {
                    media_type,
                    value: members
                        .map(|(name, value)| (name.into_owned(), Value::String(value.into_owned())))
                        .collect(),
                })
            }
            _ if media_type.contains('/') => Some(Self { media_type, value: Value::String(text.to_owned()) }),
            _ => Some(Self { media_type: "text/plain".to_owned(), value: Value::String(text.to_owned()) }),
        }
    }

    pub(super) fn is_json(&self) -> bool {
        self.media_type == "application/json" || self.media_type.ends_with("+json")
    }
}

impl Exchange {
    /// A field of the request.
    pub(super) fn request_field(&self, name: &str) -> Option<&str> {
        field(self.request_fields.as_deref()?, name)
    }

    /// Whether its bodies belong to an API, and not to a page.
    pub(super) fn is_of_api(&self) -> bool {
        match &self.response_body {
            Some(body) => {
                body.is_json()
                    || body.media_type == "application/problem+json"
                    || self.status >= 400 && body.media_type == "text/plain"
            }
            None => self.status == 204 || self.status == 202 || self.status >= 400,
        }
    }
}

pub(super) fn field<'a>(fields: &'a [(String, String)], name: &str) -> Option<&'a str> {
    fields.iter().find(|(have, _)| have.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
}
