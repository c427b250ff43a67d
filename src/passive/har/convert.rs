//! From an entry of a recording to an exchange, or to the reason why it shows none.

use base64::Engine as _;
use base64::engine::GeneralPurpose;
use base64::engine::general_purpose::{GeneralPurposeConfig, STANDARD};
use bytes::Bytes;

use super::entry::{Content, Entry, EntryRequest, EntryResponse, Field};
use crate::checks::Known;
use crate::exchange::{Failure, Request, Response};

/// What an entry shows.
#[derive(Debug)]
pub(super) enum Shown {
    /// A response of the server, or that it failed.
    Exchange(Result<Response, Failure>, Known),
    /// A request without a known end: it was aborted, or a browser kept its response from the page.
    Unanswered,
    /// A response from a cache or a script in the client. Nothing was sent.
    FromCache,
}

/// Longer bodies are not judged.
const LONGEST_BODY: usize = 1024 * 1024;

/// Errors of browsers that say that the server or the network failed. After all others the server may have responded, or the client gave
/// up.
const FAILURES: &[&str] = &[
    "CONNECTION_REFUSED",
    "CONNECTION_RESET",
    "CONNECTION_CLOSED",
    "CONNECTION_FAILED",
    "CONNECTION_TIMED_OUT",
    "EMPTY_RESPONSE",
    "NAME_NOT_RESOLVED",
    "ADDRESS_UNREACHABLE",
    "INCOMPLETE_CHUNKED_ENCODING",
    "CONTENT_LENGTH_MISMATCH",
    "INVALID_HTTP_RESPONSE",
    "INVALID_CHUNKED_ENCODING",
];

/// Some programs leave out the padding.
const LENIENT: GeneralPurpose = GeneralPurpose::new(
    &base64::alphabet::STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(base64::engine::DecodePaddingMode::Indifferent),
);

/// The request of an entry, below the base URL, and whether its body is known.
pub(super) fn request(entry: EntryRequest, target: String) -> (Request, bool) {
    let EntryRequest { method, headers, post_data, body_size } = entry;
    let headers = fields(headers, false);
    let mut request = Request { method: method.to_ascii_uppercase(), target, headers, body: None };
    let sends_content = !matches!(request.method.as_str(), "GET" | "HEAD" | "OPTIONS" | "DELETE");
    let media_type =
        request.header_value("content-type").map(|value| String::from_utf8_lossy(value).to_ascii_lowercase());
    // Browsers leave out the content of files, and the content of requests is not decoded.
    let opaque = media_type.is_some_and(|value| value.starts_with("multipart/"))
        || request.header_value("content-encoding").is_some();
    let body = post_data.and_then(|data| match data.text {
        Some(text) if data.encoding.as_deref() == Some("base64") => LENIENT.decode(text.trim()).ok(),
        Some(text) => Some(text.into_bytes()),
        None if data.params.is_empty() => None,
        None => {
            let mut form = url::form_urlencoded::Serializer::new(String::new());
            for param in &data.params {
                form.append_pair(&param.name, param.value.as_deref().unwrap_or_default());
            }
            Some(form.finish().into_bytes())
        }
    });
    let known = match &body {
        Some(body) => !opaque && body.len() <= LONGEST_BODY,
        None => body_size.map_or(!sends_content, |size| size == 0.0 || !sends_content && size < 0.0),
    };
    request.body = body.filter(|body| !body.is_empty() && body.len() <= LONGEST_BODY).map(Bytes::from);
    (request, known)
}

/// What an entry shows of the server.
pub(super) fn shown(entry: &mut Entry, request_body: bool) -> Shown {
    let cached = match entry.fetch_type.as_deref() {
        Some("Memory Cache" | "Disk Cache" | "Service Worker") => true,
        _ => entry
            .from_cache
            .as_ref()
            .is_some_and(|value| !matches!(value, serde_json::Value::Null | serde_json::Value::Bool(false))),
    };
    let response = &mut entry.response;
    if cached || response.from_service_worker == Some(true) {
        return Shown::FromCache;
    }
    let error = response.error.as_ref().and_then(|error| error.as_str()).filter(|error| !error.is_empty());
    if let Some(error) = error {
        let failure = FAILURES.iter().find(|name| error.to_ascii_uppercase().contains(*name));
        return failure.map_or(Shown::Unanswered, |name| {
            let failure = Failure::Closed(format!("the recording says {name}"));
            Shown::Exchange(Err(failure), Known { request_body, response_body: false, from_server: true })
        });
    }
    let status = response.status.filter(|status| (100.0..1000.0).contains(status) && status.fract() == 0.0);
    let Some(status) = status else { return Shown::Unanswered };
    // HAR 1.2: the size is 0 for responses from a cache. Chrome and Firefox write it so.
    let has_content = response.content.size.is_some_and(|size| size > 0.0)
        || response.content.text.as_ref().is_some_and(|text| !text.is_empty());
    if response.body_size == Some(0.0) && has_content && status < 300.0 {
        return Shown::FromCache;
    }
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a whole number below 1000")]
    let status = status as u16;
    let (response, response_body) = response_of(response, status);
    Shown::Exchange(Ok(response), Known { request_body, response_body, from_server: true })
}

/// The response, and whether its body is known. Recordings contain the decoded content, whatever `Content-Encoding` says.
fn response_of(entry: &mut EntryResponse, status: u16) -> (Response, bool) {
    let headers = fields(std::mem::take(&mut entry.headers), true);
    let (body, known) = body_of(std::mem::take(&mut entry.content));
    // What a recording shows as the content of a 304 comes from the cache.
    let known = known && status != 304;
    let mut response = Response { status, headers, body };
    if !known {
        return (Response { body: Bytes::new(), ..response }, false);
    }
    // Some programs write the content as it was sent.
    let coded = matches!(response.body.as_ref(), [0x1f, 0x8b, ..] | [0x28, 0xb5, 0x2f, 0xfd, ..]);
    let known = !coded || response.decode_content().is_ok();
    (response, known)
}

fn body_of(content: Content) -> (Bytes, bool) {
    let Content { size, text, encoding } = content;
    let Some(text) = text else { return (Bytes::new(), size == Some(0.0)) };
    let body = match encoding.as_deref() {
        Some("base64") => LENIENT.decode(text.trim().as_bytes()).or_else(|_| STANDARD.decode(without_breaks(&text))),
        Some(encoding) if !encoding.is_empty() => return (Bytes::new(), false),
        _ => Ok(text.into_bytes()),
    };
    let Some(body) = body.ok().filter(|body| body.len() <= LONGEST_BODY) else { return (Bytes::new(), false) };
    #[expect(clippy::cast_precision_loss, reason = "bodies are much shorter than 2^52 bytes")]
    let whole = size.is_none_or(|size| size < 0.0 || body.len() as f64 >= size);
    (body.into(), whole)
}

fn without_breaks(text: &str) -> String {
    text.chars().filter(|c| !c.is_ascii_whitespace()).collect()
}

/// Header fields, without those that HTTP/2 sends in place of the request line and the status line. Chrome puts several fields of one
/// name into one, with line breaks between their values.
fn fields(fields: Vec<Field>, lower: bool) -> Vec<(String, Vec<u8>)> {
    let mut all = Vec::with_capacity(fields.len());
    for Field { mut name, value } in fields {
        if name.starts_with(':') {
            continue;
        }
        if lower {
            name.make_ascii_lowercase();
        }
        let mut values = value.split('\n').map(|value| value.trim_end_matches('\r').as_bytes().to_vec());
        let last = values.next_back().unwrap_or_default();
        all.extend(values.map(|value| (name.clone(), value)));
        all.push((name, last));
    }
    all
}

#[cfg(test)]
mod tests {
    use super::super::entry::{Entry, read};
    use super::{Shown, request, shown};

    fn entry(request: &str, response: &str, more: &str) -> Entry {
        read(format!(r#"{{"request":{request},"response":{response}{more}}}"#).as_bytes()).unwrap()
    }

    fn response(response: &str, more: &str) -> Shown {
        shown(&mut entry(r#"{"method":"GET"}"#, response, more), true)
    }

    fn body(json: &str) -> Option<String> {
        match response(json, "") {
            Shown::Exchange(Ok(response), known) => {
                known.response_body.then(|| String::from_utf8(response.body.to_vec()).unwrap())
            }
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn bodies_are_known_only_if_they_are_whole() {
        let whole = Some("{}".to_owned());
        assert_eq!(body(r#"{"status":200,"content":{"size":2,"text":"{}"}}"#), whole);
        assert_eq!(body(r#"{"status":200,"content":{"size":2,"text":"e30=","encoding":"base64"}}"#), whole);
        assert_eq!(body(r#"{"status":200,"content":{"text":"e30","encoding":"base64"}}"#), whole);
        assert_eq!(body(r#"{"status":204,"content":{"size":0}}"#), Some(String::new()));
        // The recorded content is decoded, whatever the header fields say.
        let gzip = r#"{"status":200,"headers":[{"name":"Content-Encoding","value":"gzip"}],"content":{"text":"{}"}}"#;
        assert_eq!(body(gzip), whole);
        let raw = r#"{"status":200,"headers":[{"name":"content-encoding","value":"gzip"}],
            "content":{"encoding":"base64","text":"H4sIAAAAAAAAA6uuBQBDv6ajAgAAAA=="}}"#;
        assert_eq!(body(raw), whole);
        for unknown in [
            r#"{"status":200}"#,
            r#"{"status":200,"content":{"size":2}}"#,
            r#"{"status":200,"content":{"size":-1}}"#,
            r#"{"status":200,"content":{"size":20,"text":"{}"}}"#,
            r#"{"status":200,"content":{"size":2,"text":"%%%","encoding":"base64"}}"#,
            r#"{"status":200,"content":{"size":2,"text":"{}","encoding":"rot13"}}"#,
        ] {
            assert_eq!(body(unknown), None, "{unknown}");
        }
    }

    #[test]
    fn what_a_client_served_itself_is_no_exchange() {
        let ok = r#"{"status":200,"content":{"size":2,"text":"{}"}"#;
        for (response_text, more) in [
            (format!("{ok}}}"), r#","_fromCache":"disk""#),
            (format!("{ok}}}"), r#","_fetchType":"Memory Cache""#),
            (format!(r#"{ok},"_fetchedViaServiceWorker":true}}"#), ""),
            (format!(r#"{ok},"bodySize":0}}"#), ""),
        ] {
            assert!(matches!(response(&response_text, more), Shown::FromCache), "{response_text}{more}");
        }
        for more in ["", r#","_fromCache":null"#, r#","_fetchType":"Network Load""#] {
            assert!(matches!(response(&format!("{ok}}}"), more), Shown::Exchange(Ok(_), _)), "{more}");
        }
        assert!(matches!(
            response(r#"{"status":304,"bodySize":0,"content":{"size":2}}"#, ""),
            Shown::Exchange(Ok(_), _)
        ));
    }

    #[test]
    fn only_a_failure_of_the_server_is_one() {
        for error in ["net::ERR_ABORTED", "net::ERR_FAILED", "net::ERR_BLOCKED_BY_CLIENT", "client disconnected"] {
            let text = format!(r#"{{"status":0,"_error":"{error}"}}"#);
            assert!(matches!(response(&text, ""), Shown::Unanswered), "{error}");
        }
        assert!(matches!(response(r#"{"status":0}"#, ""), Shown::Unanswered));
        assert!(matches!(response(r#"{"status":1e9}"#, ""), Shown::Unanswered));
        let refused = response(r#"{"status":0,"_error":"net::ERR_CONNECTION_REFUSED"}"#, "");
        assert!(matches!(refused, Shown::Exchange(Err(_), _)));
    }

    #[test]
    fn pseudo_fields_are_left_out_and_joined_fields_are_several() {
        let text = r#"{"method":"get","headers":[{"name":":authority","value":"x"},{"name":"A","value":"1\n2"}]}"#;
        let (request, known) = request(entry(text, r#"{"status":200}"#, "").request, "/".to_owned());
        assert_eq!(request.headers, [("A".to_owned(), b"1".to_vec()), ("A".to_owned(), b"2".to_vec())]);
        assert!(request.method == "GET" && known);
    }

    #[test]
    fn body_of_a_request_is_known_only_if_it_is_recorded() {
        let known =
            |request_text: &str| request(entry(request_text, r#"{"status":200}"#, "").request, "/".to_owned()).1;
        assert!(known(r#"{"method":"POST","postData":{"text":"{}"}}"#));
        assert!(known(r#"{"method":"POST","bodySize":0}"#));
        assert!(known(r#"{"method":"GET","bodySize":-1}"#));
        assert!(!known(r#"{"method":"POST","bodySize":-1}"#));
        assert!(!known(r#"{"method":"POST"}"#));
        let multipart = r#"{"method":"POST","headers":[{"name":"Content-Type","value":"multipart/form-data"}],"postData":{"text":"x"}}"#;
        assert!(!known(multipart));
    }
}
