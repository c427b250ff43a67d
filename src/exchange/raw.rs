//! The raw transport: bytes that no client library would send, and a strict view of those that come back.

use std::time::Duration;

use bytes::Bytes;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::time::{Instant, timeout_at};

use super::addresses::Addresses;
use super::bounds::MAX_FIELDS;
use super::coding::decode;
use super::message::{Failure, Request, Response};

/// Responses are read up to this many bytes.
const LARGEST: usize = 1024 * 1024;
/// A head is read up to this many bytes.
const LARGEST_HEAD: usize = 400 * 1024;

/// A response with the framing that it came in.
#[derive(Debug, Clone)]
pub struct Framed {
    /// The response.
    pub response: Response,
    /// The value of `Content-Length`, if there is one.
    pub declared: Option<usize>,
    /// Whether the body came in chunks.
    pub chunked: bool,
    /// How many bytes of content came before the connection ended; without chunked coding those behind the declared
    /// length are counted too.
    pub received: usize,
    /// Whether the server ended the connection in time.
    pub closed: bool,
}

/// Puts a request on the wire exactly as it is, asking for the connection to be closed behind the response.
///
/// # Errors
/// If no connection can be made, or nothing that is HTTP comes back before the deadline. Only `http://` can be spoken.
pub async fn send(
    addresses: &Addresses,
    base_url: &str,
    request: &Request,
    timeout: Duration,
) -> Result<Framed, Failure> {
    let url = url::Url::parse(base_url).map_err(|error| Failure::Unsendable(error.to_string()))?;
    let host = url.host_str().unwrap_or_default();
    let port = url.port_or_known_default().unwrap_or(80);
    let base = url.path().trim_end_matches('/');
    let mut bytes =
        format!("{} {base}{} HTTP/1.1\r\nHost: {host}:{port}\r\n", request.method, request.target).into_bytes();
    for (name, value) in &request.headers {
        bytes.extend_from_slice(name.as_bytes());
        bytes.extend_from_slice(b": ");
        bytes.extend_from_slice(value);
        bytes.extend_from_slice(b"\r\n");
    }
    if let Some(body) = &request.body
        && request.header_value("content-length").is_none()
        && request.header_value("transfer-encoding").is_none()
    {
        bytes.extend_from_slice(format!("Content-Length: {}\r\n", body.len()).as_bytes());
    }
    bytes.extend_from_slice(b"Connection: close\r\n\r\n");
    bytes.extend_from_slice(request.body.as_deref().unwrap_or_default());
    let received = exchange_bytes(addresses, base_url, &bytes, timeout).await?;
    parse(&received.bytes, received.closed, request.method == "HEAD")
}

/// What came back on a connection.
#[derive(Debug, Clone)]
pub struct Received {
    /// The bytes.
    pub bytes: Vec<u8>,
    /// Whether the server ended the connection in time.
    pub closed: bool,
}

/// Sends bytes and reads until the connection ends, or the deadline comes.
///
/// # Errors
/// If no connection can be made. That the server ends it early is no error: what it sent until then is returned.
pub async fn exchange_bytes(
    addresses: &Addresses,
    base_url: &str,
    bytes: &[u8],
    timeout: Duration,
) -> Result<Received, Failure> {
    let url = url::Url::parse(base_url).map_err(|error| Failure::Unsendable(error.to_string()))?;
    if url.scheme() != "http" {
        return Err(Failure::Unsendable("raw requests need an http:// URL".to_owned()));
    }
    let deadline = Instant::now() + timeout;
    let connect = timeout_at(deadline, addresses.connect(&url)).await;
    let stream = connect.map_err(|_| Failure::Timeout(timeout))?.map_err(|e| Failure::Connect(e.to_string()))?;
    let (mut read, mut write) = stream.into_split();
    // A server may answer before it has read all, and close: what it said still counts.
    let writing = async {
        let _ = write.write_all(bytes).await;
        std::future::pending::<()>().await;
    };
    let mut received = Vec::new();
    let reading = async {
        let mut buffer = [0; 8192];
        loop {
            match read.read(&mut buffer).await {
                Ok(0) | Err(_) => return,
                Ok(n) => received.extend_from_slice(buffer.get(..n).unwrap_or_default()),
            }
            if received.len() > LARGEST || answered(&received) {
                return;
            }
        }
    };
    let closed = tokio::select! {
        done = timeout_at(deadline, reading) => done.is_ok(),
        () = writing => false,
    };
    Ok(Received { bytes: received, closed })
}

/// Whether a server that keeps the connection open has surely finished: it said `keep-alive` and the content is whole.
/// Bytes behind it would be seen in the same read, or not at all.
fn answered(bytes: &[u8]) -> bool {
    let bytes = behind_interim(bytes);
    let mut headers = [httparse::EMPTY_HEADER; MAX_FIELDS];
    let mut head = httparse::Response::new(&mut headers);
    let Ok(httparse::Status::Complete(start)) = head.parse(bytes) else { return false };
    let value = |name: &str| head.headers.iter().find(|h| h.name.eq_ignore_ascii_case(name)).map(|h| h.value);
    let stays = value("connection").is_some_and(|value| value.eq_ignore_ascii_case(b"keep-alive"));
    let length =
        value("content-length").and_then(|value| std::str::from_utf8(value).ok()?.trim().parse::<usize>().ok());
    stays && length.is_some_and(|length| bytes.len() - start >= length)
}

/// What comes behind interim responses, which any server may send in front of the final one (RFC 9110, 15.2). An upgrade is
/// none of these: what follows it is not HTTP.
fn behind_interim(mut bytes: &[u8]) -> &[u8] {
    loop {
        let mut headers = [httparse::EMPTY_HEADER; MAX_FIELDS];
        let mut head = httparse::Response::new(&mut headers);
        let Ok(httparse::Status::Complete(end)) = head.parse(bytes) else { return bytes };
        match head.code {
            Some(code) if (100..200).contains(&code) && code != 101 => bytes = bytes.get(end..).unwrap_or_default(),
            _ => return bytes,
        }
    }
}

/// Parses the bytes of a response; `closed` if the connection ended behind them, `headless` if the request was HEAD.
///
/// # Errors
/// If they are no whole response.
pub fn parse(bytes: &[u8], closed: bool, headless: bool) -> Result<Framed, Failure> {
    let all = bytes.len();
    let bytes = behind_interim(bytes);
    let mut headers = [httparse::EMPTY_HEADER; MAX_FIELDS];
    let mut head = httparse::Response::new(&mut headers);
    let start = match head.parse(bytes) {
        Ok(httparse::Status::Complete(start)) => start,
        Ok(httparse::Status::Partial) if bytes.len() > LARGEST_HEAD => return Err(Failure::HeadTooLarge),
        Ok(httparse::Status::Partial) => return Err(Failure::Closed(without_head(bytes.len(), all).to_owned())),
        Err(httparse::Error::TooManyHeaders) => return Err(Failure::HeadTooLarge),
        Err(error) => return Err(Failure::Malformed(error.to_string())),
    };
    let status = head.code.unwrap_or(0);
    let headers: Vec<(String, Vec<u8>)> =
        head.headers.iter().map(|h| (h.name.to_ascii_lowercase(), h.value.to_vec())).collect();
    let content = bytes.get(start..).unwrap_or_default();
    let mut response = Response { status, headers, body: Bytes::new() };
    let chunked =
        response.header("transfer-encoding").is_some_and(|value| value.to_ascii_lowercase().contains("chunked"));
    let declared = response.header("content-length").and_then(|value| value.trim().parse().ok());
    let body = if chunked && !headless { dechunk(content)? } else { content.to_vec() };
    let received = body.len();
    let whole = declared.filter(|_| !chunked && !headless).unwrap_or(received).min(received);
    response.body = Bytes::copy_from_slice(body.get(..whole).unwrap_or_default());
    // What is cut short cannot be decoded; that it is short shows in the framing.
    if declared.is_none_or(|declared| received >= declared) {
        decode(&mut response)?;
    }
    Ok(Framed { response, declared, chunked, received, closed })
}

/// What came in place of the head of a final response, of which so many bytes are there.
fn without_head(bytes: usize, all: usize) -> &'static str {
    match (bytes, all) {
        (0, 0) => "no byte came back",
        (_, all) if all > LARGEST => "no final response came within the first MiB",
        (0, _) => "no final response came behind the interim ones (1xx)",
        _ => "the head of the response is cut short",
    }
}

fn dechunk(mut rest: &[u8]) -> Result<Vec<u8>, Failure> {
    let mut body = Vec::new();
    loop {
        let Ok(httparse::Status::Complete((start, size))) = httparse::parse_chunk_size(rest) else {
            return Err(Failure::Malformed("the chunked coding is broken or cut short".to_owned()));
        };
        let size = usize::try_from(size).unwrap_or(usize::MAX);
        if size == 0 {
            return Ok(body);
        }
        let Some(chunk) = rest.get(start..start.saturating_add(size)) else {
            return Err(Failure::Closed("a chunk is cut short".to_owned()));
        };
        body.extend_from_slice(chunk);
        rest = rest.get(start + size + 2..).unwrap_or_default();
    }
}

#[cfg(test)]
mod tests {
    use super::{Failure, LARGEST_HEAD, MAX_FIELDS, parse};

    #[test]
    fn interim_responses_are_passed_over() {
        let bytes = b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}";
        let framed = parse(bytes, true, false).unwrap();
        assert_eq!((framed.response.status, framed.declared, framed.received), (200, Some(2), 2));
        assert_eq!(parse(b"HTTP/1.1 101 Switching Protocols\r\n\r\n", true, false).unwrap().response.status, 101);
        let only_interim = parse(b"HTTP/1.1 100 Continue\r\n\r\n", true, false).unwrap_err();
        assert!(only_interim.to_string().contains("behind the interim ones"), "{only_interim}");
        let without_end = b"HTTP/1.1 103 Early Hints\r\n\r\n".repeat(50_000);
        let failure = parse(&without_end, false, false).unwrap_err();
        assert!(failure.to_string().contains("no final response"), "{failure}");
    }

    #[test]
    fn many_header_fields_are_valid_and_an_endless_head_is_said_to_be_too_large() {
        let head = |fields: usize| {
            let fields: String = (0..fields).map(|n| format!("X-{n}: a\r\n")).collect();
            format!("HTTP/1.1 200 OK\r\n{fields}\r\n").into_bytes()
        };
        assert_eq!(parse(&head(MAX_FIELDS), true, false).unwrap().response.headers.len(), MAX_FIELDS);
        assert_eq!(parse(&head(MAX_FIELDS + 1), true, false).unwrap_err(), Failure::HeadTooLarge);
        let long = [b"HTTP/1.1 200 OK\r\nX: ".to_vec(), vec![b'a'; LARGEST_HEAD]].concat();
        assert_eq!(parse(&long, false, false).unwrap_err(), Failure::HeadTooLarge);
    }
}
