//! Reads saved responses: what `curl -i` prints, with the request before it or without, and JSON bodies.
//!
//! Where the request is not recorded, the name of the file gives the path and the status: `credits.json` is a 200 of `GET /credits`,
//! and `credits.401.json` a 401 of it.

use std::path::Path;

use serde_json::Value;
use url::Url;

use super::exchange::{Body, Exchange, field};

/// Whether a text begins like an HTTP message.
pub(super) fn is_message(text: &str) -> bool {
    let first = text.trim_start().lines().next().unwrap_or_default();
    first.starts_with("HTTP/") || is_request_line(first)
}

fn is_request_line(line: &str) -> bool {
    let mut words = line.split(' ');
    let (method, target, version) = (words.next().unwrap_or_default(), words.next().unwrap_or_default(), words.next());
    let is_method = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"].contains(&method);
    is_method
        && (target.starts_with('/') || target.starts_with("http"))
        && version.is_none_or(|version| version.trim_end().starts_with("HTTP/"))
}

/// The exchange of a saved message: a request and its response, or a response.
pub(super) fn message(path: &Path, name: &str, text: &str) -> Result<Vec<Exchange>, String> {
    let text = text.trim_start().replace("\r\n", "\n");
    let first = text.lines().next().unwrap_or_default();
    let mut exchange = unrecorded(path, name);
    let mut rest = text.as_str();
    if is_request_line(first) {
        let at = response_start(&text).ok_or("a request without a response: no line begins with `HTTP/`")?;
        let (request, response) = text.split_at(at);
        request_of(&mut exchange, request)?;
        rest = response;
    }
    // Of several responses, redirects and 100 (Continue) for instance, the last one counts.
    while let Some(next) = rest
        .split_once("\n\n")
        .and_then(|(_, after)| after.trim_start().starts_with("HTTP/").then(|| after.trim_start()))
    {
        rest = next;
    }
    let (head, body) = rest.split_once("\n\n").unwrap_or((rest, ""));
    let mut lines = head.lines();
    let status = lines.next().unwrap_or_default().split(' ').nth(1).and_then(|status| status.parse().ok());
    exchange.status = status
        .filter(|status| (200..600).contains(status))
        .ok_or("the status line has no status between 200 and 599")?;
    exchange.response_fields = fields(lines);
    let media_type = field(&exchange.response_fields, "content-type").unwrap_or_default().to_owned();
    exchange.response_body = Body::read(&media_type, body.trim());
    Ok(vec![exchange])
}

/// The exchange of a JSON body.
pub(super) fn body(path: &Path, name: &str, value: Value) -> Exchange {
    let mut exchange = unrecorded(path, name);
    exchange.response_body = Some(Body { media_type: "application/json".to_owned(), value });
    exchange
}

/// What the name of a file says of the request and of the status.
fn unrecorded(path: &Path, name: &str) -> Exchange {
    let file = path.file_name().and_then(|name| name.to_str()).unwrap_or("balance");
    let mut parts: Vec<&str> = file.split('.').collect();
    if parts.len() > 1 {
        parts.pop();
    }
    let status = parts.last().and_then(|last| last.parse::<u16>().ok()).filter(|status| (200..600).contains(status));
    if status.is_some() && parts.len() > 1 {
        parts.pop();
    }
    let stem: String = parts
        .join("-")
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() || matches!(c, '_' | '-') { c } else { '-' })
        .collect();
    let stem = stem.trim_matches('-');
    Exchange {
        server: None,
        method: "GET".to_owned(),
        path: format!("/{}", if stem.is_empty() { "balance" } else { stem }),
        query: Vec::new(),
        request_fields: None,
        request_body: None,
        status: status.unwrap_or(200),
        response_fields: Vec::new(),
        response_body: None,
        place: name.to_owned(),
    }
}

/// Where the status line stands behind a request.
fn response_start(text: &str) -> Option<usize> {
    text.match_indices("\nHTTP/").map(|(at, _)| at + 1).next()
}

fn request_of(exchange: &mut Exchange, text: &str) -> Result<(), String> {
    let (head, body) = text.split_once("\n\n").unwrap_or((text, ""));
    let mut lines = head.lines();
    let mut words = lines.next().unwrap_or_default().split(' ');
    words.next().unwrap_or_default().clone_into(&mut exchange.method);
    let target = words.next().unwrap_or_default();
    let fields = fields(lines);
    let base = match field(&fields, "host") {
        Some(host) if host.starts_with("127.0.0.1") || host.starts_with("localhost") => format!("http://{host}"),
        Some(host) => format!("https://{host}"),
        None => "https://unknown.invalid".to_owned(),
    };
    let wrong = |error: url::ParseError| format!("the request line: {error}");
    let url = Url::parse(&base).and_then(|base| base.join(target)).map_err(wrong)?;
    let is_known = url.host_str() != Some("unknown.invalid");
    exchange.server = is_known.then(|| url.origin().ascii_serialization());
    url.path().clone_into(&mut exchange.path);
    exchange.query = url.query_pairs().map(|(name, value)| (name.into_owned(), value.into_owned())).collect();
    exchange.request_body = Body::read(field(&fields, "content-type").unwrap_or_default(), body.trim());
    exchange.request_fields = Some(fields);
    Ok(())
}

fn fields<'a>(lines: impl Iterator<Item = &'a str>) -> Vec<(String, String)> {
    lines
        .filter_map(|line| line.split_once(':'))
        .map(|(name, value)| (name.trim().to_owned(), value.trim().to_owned()))
        .collect()
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use serde_json::json;

    use super::{body, is_message, message};

    #[test]
    fn name_of_a_file_gives_path_and_status() {
        for (file, path, status) in [
            ("credits.json", "/credits", 200),
            ("credits.401.json", "/credits", 401),
            ("v1 credits.json", "/v1-credits", 200),
            ("401.json", "/401", 401),
            (".json", "/balance", 200),
        ] {
            let exchange = body(Path::new(file), file, json!({}));
            assert_eq!((exchange.path.as_str(), exchange.status), (path, status), "{file}");
        }
    }

    #[test]
    fn last_of_several_responses_is_read_with_its_request() {
        let text = "GET /v1/credits?expand=all HTTP/1.1\r\nHost: api.example\r\nX-API-Key: k_1\r\n\r\nHTTP/1.1 301 Moved\r\nLocation: /x\r\n\r\nHTTP/2 200\r\nContent-Type: application/json\r\n\r\n{\"credits\": 5}\r\n";
        assert!(is_message(text) && !is_message("{\"GET\": 1}"));
        let exchange = message(Path::new("a.http"), "a.http", text).unwrap().remove(0);
        assert_eq!((exchange.server.as_deref(), exchange.path.as_str()), (Some("https://api.example"), "/v1/credits"));
        assert_eq!((exchange.status, exchange.response_body.unwrap().value), (200, json!({"credits": 5})));
        assert_eq!(exchange.query, [("expand".to_owned(), "all".to_owned())]);
        assert!(message(Path::new("a"), "a", "GET / HTTP/1.1\n\n").is_err());
        assert!(message(Path::new("a"), "a", "HTTP/1.1 abc\n\n").is_err());
    }
}
