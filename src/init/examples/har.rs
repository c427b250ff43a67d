//! Reads exchanges from HTTP archives (HAR 1.2).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;
use url::Url;

use super::exchange::{Body, Exchange, field};

/// Entries that are read of one archive.
const MAX_ENTRIES: usize = 50_000;

/// The exchanges of an archive. Entries without a response are left out.
pub(super) fn exchanges(name: &str, entries: &Value) -> Result<Vec<Exchange>, String> {
    let entries = entries.as_array().ok_or("`log.entries` of an HTTP archive is an array")?;
    let read: Vec<Exchange> = entries
        .iter()
        .enumerate()
        .take(MAX_ENTRIES)
        .filter_map(|(index, entry)| exchange(format!("{name}, entry {}", index + 1), entry))
        .filter(|exchange| exchange.method != "OPTIONS" && exchange.is_of_api())
        .collect();
    if read.is_empty() {
        let none = if entries.is_empty() {
            "the HTTP archive has no entries"
        } else {
            "no entry of the HTTP archive has a JSON response"
        };
        return Err(none.to_owned());
    }
    Ok(read)
}

fn exchange(place: String, entry: &Value) -> Option<Exchange> {
    let (request, response) = (entry.get("request")?, entry.get("response")?);
    let url = Url::parse(request.get("url")?.as_str()?).ok()?;
    if !matches!(url.scheme(), "http" | "https") {
        return None;
    }
    let status = u16::try_from(response.get("status")?.as_u64()?).ok().filter(|status| (200..600).contains(status))?;
    let request_fields = fields(request.get("headers"));
    let response_fields = fields(response.get("headers"));
    let sent = request.get("postData").and_then(|data| {
        let media_type =
            data.get("mimeType").and_then(Value::as_str).or_else(|| field(&request_fields, "content-type"))?;
        Body::read(media_type, data.get("text")?.as_str()?)
    });
    let body = response.get("content").and_then(|content| {
        let media_type =
            field(&response_fields, "content-type").or_else(|| content.get("mimeType")?.as_str()).unwrap_or_default();
        let text = content.get("text")?.as_str()?;
        match content.get("encoding").and_then(Value::as_str) {
            Some("base64") => Body::read(media_type, &String::from_utf8(STANDARD.decode(text.trim()).ok()?).ok()?),
            _ => Body::read(media_type, text),
        }
    });
    Some(Exchange {
        server: Some(url.origin().ascii_serialization()),
        method: request.get("method")?.as_str()?.to_ascii_uppercase(),
        path: url.path().to_owned(),
        query: url.query_pairs().map(|(name, value)| (name.into_owned(), value.into_owned())).collect(),
        request_fields: Some(request_fields),
        request_body: sent,
        status,
        response_fields,
        response_body: body,
        place,
    })
}

fn fields(list: Option<&Value>) -> Vec<(String, String)> {
    let list = list.and_then(Value::as_array).into_iter().flatten();
    list.filter_map(|entry| Some((entry.get("name")?.as_str()?.to_owned(), entry.get("value")?.as_str()?.to_owned())))
        .collect()
}
