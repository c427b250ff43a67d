//! The head of a message: the lines as they came, and what they mean.

use crate::exchange::{MAX_FIELDS, Request, Response};

/// Fields that concern one connection, and are not passed on (RFC 9110, section 7.6.1).
const HOP_BY_HOP: &[&str] = &["connection", "keep-alive", "proxy-connection", "te", "upgrade"];

/// The head of a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Head {
    /// The first line, with its end.
    pub(super) start: Vec<u8>,
    /// The fields in order.
    pub(super) fields: Vec<Field>,
    /// Method and target of a request; status of a response.
    pub(super) kind: Kind,
    /// Whether the version is HTTP/1.0.
    pub(super) is_old: bool,
}

/// What a head begins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Kind {
    Request { method: String, target: String },
    Response { status: u16 },
}

/// A field, as it came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Field {
    pub(super) name: String,
    pub(super) value: Vec<u8>,
    /// The whole line, with its end.
    line: Vec<u8>,
}

impl Field {
    pub(super) fn new(name: &str, value: &[u8]) -> Self {
        let line = [name.as_bytes(), b": ", value, b"\r\n"].concat();
        Self { name: name.to_owned(), value: value.to_vec(), line }
    }

    pub(super) fn is(&self, name: &str) -> bool {
        self.name.eq_ignore_ascii_case(name)
    }

    /// The elements of a list in the value, in lower case.
    fn elements(&self) -> impl Iterator<Item = String> {
        let text = String::from_utf8_lossy(&self.value).to_ascii_lowercase();
        text.split(',').map(|element| element.trim().to_owned()).collect::<Vec<_>>().into_iter()
    }
}

impl Head {
    /// Reads the head of a request. `None` if it is not one.
    pub(super) fn of_request(bytes: &[u8]) -> Option<Self> {
        let mut fields = [httparse::EMPTY_HEADER; MAX_FIELDS];
        let mut parsed = httparse::Request::new(&mut fields);
        parsed.parse(bytes).ok().filter(httparse::Status::is_complete)?;
        let kind = Kind::Request { method: parsed.method?.to_owned(), target: parsed.path?.to_owned() };
        Some(Self::of_lines(bytes, kind, parsed.version? == 0, parsed.headers))
    }

    /// Reads the head of a response. `None` if it is not one.
    pub(super) fn of_response(bytes: &[u8]) -> Option<Self> {
        let mut fields = [httparse::EMPTY_HEADER; MAX_FIELDS];
        let mut parsed = httparse::Response::new(&mut fields);
        parsed.parse(bytes).ok().filter(httparse::Status::is_complete)?;
        let kind = Kind::Response { status: parsed.code? };
        Some(Self::of_lines(bytes, kind, parsed.version? == 0, parsed.headers))
    }

    fn of_lines(bytes: &[u8], kind: Kind, is_old: bool, parsed: &[httparse::Header<'_>]) -> Self {
        // Each field is one line: the parser accepts no continued lines.
        let mut lines = bytes.split_inclusive(|byte| *byte == b'\n');
        let start = lines.next().unwrap_or_default().to_vec();
        let field = |(field, line): (&httparse::Header<'_>, &[u8])| Field {
            name: field.name.to_owned(),
            value: field.value.to_vec(),
            line: line.to_vec(),
        };
        Self { start, fields: parsed.iter().zip(lines).map(field).collect(), kind, is_old }
    }

    /// The values of a field.
    pub(super) fn values<'h>(&'h self, name: &'h str) -> impl Iterator<Item = &'h [u8]> {
        self.fields.iter().filter(move |field| field.is(name)).map(|field| field.value.as_slice())
    }

    /// Whether a list has an element, in any case.
    pub(super) fn lists(&self, name: &str, element: &str) -> bool {
        self.fields.iter().filter(|field| field.is(name)).any(|field| field.elements().any(|have| have == element))
    }

    /// Whether the connection may carry another message behind this one.
    pub(super) fn keeps_connection(&self) -> bool {
        if self.is_old { self.lists("connection", "keep-alive") } else { !self.lists("connection", "close") }
    }

    /// Removes the fields that concern one connection. A client that accepts trailers is still said to do so.
    pub(super) fn remove_hop_by_hop(&mut self) {
        let trailers = self.lists("te", "trailers");
        let nominated: Vec<String> =
            self.fields.iter().filter(|field| field.is("connection")).flat_map(Field::elements).collect();
        // Framing and address are needed, whatever a message says of them.
        let needed = |field: &Field| ["content-length", "transfer-encoding", "host"].iter().any(|name| field.is(name));
        self.fields.retain(|field| {
            let named = nominated.iter().any(|name| field.is(name)) && !needed(field);
            !named && !HOP_BY_HOP.iter().any(|name| field.is(name))
        });
        if trailers && matches!(self.kind, Kind::Request { .. }) {
            self.fields.push(Field::new("TE", b"trailers"));
            self.fields.push(Field::new("Connection", b"TE"));
        }
    }

    /// Sets a field where it stands, and removes others of the name. A field that is missing is added as the first.
    pub(super) fn set(&mut self, name: &str, value: &[u8]) {
        let first = self.fields.iter().position(|field| field.is(name));
        match first {
            Some(first) => {
                if let Some(field) = self.fields.get_mut(first) {
                    *field = Field::new(&field.name.clone(), value);
                }
                let mut n = 0;
                self.fields.retain(|field| {
                    n += 1;
                    n - 1 <= first || !field.is(name)
                });
            }
            None => self.fields.insert(0, Field::new(name, value)),
        }
    }

    pub(super) fn remove(&mut self, name: &str) {
        self.fields.retain(|field| !field.is(name));
    }

    /// Replaces the target of a request.
    pub(super) fn set_target(&mut self, new: &str) {
        let Kind::Request { method, target } = &mut self.kind else { return };
        if target != new {
            let version = if self.is_old { "1.0" } else { "1.1" };
            self.start = format!("{method} {new} HTTP/{version}\r\n").into_bytes();
            new.clone_into(target);
        }
    }

    /// The bytes of the head.
    pub(super) fn bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(512);
        bytes.extend_from_slice(&self.start);
        self.fields.iter().for_each(|field| bytes.extend_from_slice(&field.line));
        bytes.extend_from_slice(b"\r\n");
        bytes
    }

    /// The request as checks see it, without a body.
    pub(super) fn request(&self, target: String) -> Request {
        let method = match &self.kind {
            Kind::Request { method, .. } => method.clone(),
            Kind::Response { .. } => String::new(),
        };
        let headers = self.fields.iter().map(|field| (field.name.clone(), field.value.clone())).collect();
        Request { method, target, headers, body: None }
    }

    /// The response as checks see it, without a body.
    pub(super) fn response(&self) -> Response {
        let status = match self.kind {
            Kind::Response { status } => status,
            Kind::Request { .. } => 0,
        };
        let field = |field: &Field| (field.name.to_ascii_lowercase(), field.value.clone());
        Response { status, headers: self.fields.iter().map(field).collect(), body: bytes::Bytes::new() }
    }
}

#[cfg(test)]
mod tests {
    use super::Head;

    #[test]
    fn lines_stay_as_they_are() {
        let bytes = b"GET /a?b HTTP/1.1\r\nhOST:x\r\nX-B:  1 \r\nx-a: \xff\r\nX-b: 2\r\n\r\n";
        let head = Head::of_request(bytes).unwrap();
        assert_eq!(head.bytes(), bytes);
        assert_eq!(head.values("x-b").collect::<Vec<_>>(), [b"1", b"2"]);
        assert!(Head::of_request(b"GET / HTTP/1.1\r\nA : b\r\n\r\n").is_none());
        assert!(Head::of_response(b"HTTP/1.1 200\r\n\r\n").is_some());
        assert!(Head::of_response(b"HTTP/2 200\r\n\r\n").is_none());
    }

    #[test]
    fn fields_of_a_connection_are_removed_and_others_stay_in_place() {
        let bytes = b"GET / HTTP/1.1\r\nA: 1\r\nConnection: close, X-Hop, Host\r\nHost: x\r\nX-HOP: 1\r\nTE: trailers\r\nB: 2\r\n\r\n";
        let mut head = Head::of_request(bytes).unwrap();
        assert!(!head.keeps_connection());
        head.remove_hop_by_hop();
        head.set("host", b"upstream:80");
        head.set_target("/b");
        let expected = "GET /b HTTP/1.1\r\nA: 1\r\nHost: upstream:80\r\nB: 2\r\nTE: trailers\r\nConnection: TE\r\n\r\n";
        assert_eq!(String::from_utf8(head.bytes()).unwrap(), expected);
    }
}
