//! Makes a document of exchanges with one server.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};

use super::exchange::{Body, Exchange};
use super::{infer, paths};
use crate::contract::Origins;
use crate::init::credential;
use crate::init::words::{any, words};
use crate::pointer;

/// Examples that are shown of one body.
const EXAMPLES: usize = 3;
/// Bytes that an example may have.
const LONGEST_EXAMPLE: usize = 16_384;

/// A document that was made of exchanges.
pub(super) struct Recorded {
    pub(super) name: String,
    pub(super) value: Value,
    pub(super) origins: Origins,
    pub(super) seen: Seen,
}

/// What was seen and cannot be said in a document.
#[derive(Debug, Clone, Default)]
pub(in crate::init) struct Seen {
    /// Responses to requests without a credential, as `METHOD /path status`.
    pub(in crate::init) without_credential: BTreeSet<String>,
    /// Responses to requests with one.
    pub(in crate::init) with_credential: BTreeSet<String>,
    /// What the author has to know.
    pub(in crate::init) remarks: Vec<String>,
}

/// Makes a document.
pub(super) fn document(server: Option<&str>, exchanges: &[&Exchange], label: &str) -> Recorded {
    let mut made =
        Maker { origins: Origins { label: label.to_owned(), places: BTreeMap::new() }, seen: Seen::default() };
    let host = server.and_then(|server| server.split_once("://")).map(|(_, host)| host.to_owned());
    let name = host
        .clone()
        .unwrap_or_else(|| exchanges.first().map_or("recorded", |first| first.path.trim_start_matches('/')).to_owned());
    let mut value = Map::from_iter([
        ("openapi".to_owned(), json!("3.1.0")),
        ("info".to_owned(), json!({ "title": name, "version": "1" })),
    ]);
    if let Some(server) = server {
        value.insert("servers".to_owned(), json!([{ "url": server }]));
    }
    let credential = Credential::of(exchanges);
    if let Some(credential) = &credential {
        value.insert("security".to_owned(), json!([{ "credential": [] }]));
        value.insert("components".to_owned(), json!({ "securitySchemes": { "credential": credential.scheme } }));
        let place = credential.place.clone();
        made.origins.places.insert("/security".to_owned(), place.clone());
        made.origins.places.insert("/components".to_owned(), place);
    } else if exchanges.iter().any(|exchange| exchange.request_field("cookie").is_some()) {
        made.seen
            .remarks
            .push("the credential: the requests have cookies, and no other credential was seen".to_owned());
    }
    if server.is_none() {
        made.seen.remarks.push(
            "the method and the path of each operation: only responses were saved, so they are the names of the files"
                .to_owned(),
        );
    }
    let mut operations: Vec<(String, String, Vec<&Exchange>)> = Vec::new();
    for exchange in exchanges {
        let (path, _) = paths::template(&exchange.path);
        let method = exchange.method.to_ascii_lowercase();
        match operations.iter_mut().find(|(known, with, _)| *known == path && *with == method) {
            Some((_, _, all)) => all.push(exchange),
            None => operations.push((path, method, vec![exchange])),
        }
    }
    let mut paths: Map<String, Value> = Map::new();
    for (path, method, exchanges) in operations {
        let operation = made.operation(&path, &method, &exchanges, credential.as_ref());
        let item = paths.entry(path).or_insert_with(|| json!({}));
        if let Some(members) = item.as_object_mut() {
            members.insert(method, operation);
        }
    }
    value.insert("paths".to_owned(), Value::Object(paths));
    Recorded { name, value: Value::Object(value), origins: made.origins, seen: made.seen }
}

struct Maker {
    origins: Origins,
    seen: Seen,
}

impl Maker {
    fn operation(
        &mut self,
        path: &str,
        method: &str,
        exchanges: &[&Exchange],
        credential: Option<&Credential>,
    ) -> Value {
        let at = pointer::join(&pointer::join("/paths", path), method);
        self.place(&at, exchanges);
        let mut operation = Map::new();
        let parameters = parameters(exchanges, credential);
        if !parameters.is_empty() {
            operation.insert("parameters".to_owned(), Value::Array(parameters));
        }
        let sent: Vec<&Body> = exchanges.iter().filter_map(|exchange| exchange.request_body.as_ref()).collect();
        if !sent.is_empty() && method != "get" && method != "head" {
            let required = sent.len() == exchanges.len();
            operation
                .insert("requestBody".to_owned(), json!({ "required": required, "content": content(&sent, true) }));
        }
        let mut responses = Map::new();
        let mut statuses: Vec<u16> = exchanges.iter().map(|exchange| exchange.status).collect();
        statuses.sort_unstable();
        statuses.dedup();
        for status in statuses {
            let seen: Vec<&Exchange> = exchanges.iter().copied().filter(|exchange| exchange.status == status).collect();
            let key = status.to_string();
            self.place(&pointer::join(&format!("{at}/responses"), &key), &seen);
            for exchange in &seen {
                let line = format!("{} {path} {status}", method.to_ascii_uppercase());
                match credential.map(|credential| credential.is_in(exchange)) {
                    Some(true) => self.seen.with_credential.insert(line),
                    Some(false) if exchange.request_fields.is_some() => self.seen.without_credential.insert(line),
                    _ => false,
                };
            }
            responses.insert(key, response(&seen));
        }
        operation.insert("responses".to_owned(), Value::Object(responses));
        Value::Object(operation)
    }

    /// Notes where a part was recorded.
    fn place(&mut self, at: &str, exchanges: &[&Exchange]) {
        let Some(first) = exchanges.first() else { return };
        let more = match exchanges.len() {
            1 => String::new(),
            all => format!(" and {} more", all - 1),
        };
        self.origins.places.insert(at.to_owned(), format!("{}{more}", first.place));
    }
}

/// The parameters of the path, and those of the query.
fn parameters(exchanges: &[&Exchange], credential: Option<&Credential>) -> Vec<Value> {
    let mut found = Vec::new();
    let path = exchanges.first().map(|exchange| paths::template(&exchange.path).1).unwrap_or_default();
    for (name, value) in path {
        found.push(
            json!({ "name": name, "in": "path", "required": true, "schema": { "type": "string" }, "example": value }),
        );
    }
    let mut known: BTreeSet<&str> = BTreeSet::new();
    for (name, value) in exchanges.iter().flat_map(|exchange| &exchange.query) {
        let is_credential = credential.is_some_and(|credential| credential.name == *name) || credential::is_name(name);
        if is_credential || is_against_caches(name, value) || !known.insert(name) {
            continue;
        }
        // What every request has may be needed.
        let required = exchanges.iter().all(|exchange| exchange.query.iter().any(|(other, _)| other == name));
        found.push(json!({ "name": name, "in": "query", "required": required, "schema": { "type": "string" }, "example": value }));
    }
    found
}

/// Whether a parameter only makes each request another one.
fn is_against_caches(name: &str, value: &str) -> bool {
    matches!(name, "_" | "t" | "ts" | "timestamp" | "cb" | "nocache" | "rand")
        || value.len() >= 10 && value.bytes().all(|byte| byte.is_ascii_digit())
}

fn response(exchanges: &[&Exchange]) -> Value {
    let times = exchanges.len();
    let mut response = Map::from_iter([(
        "description".to_owned(),
        json!(if times == 1 { "Seen once.".to_owned() } else { format!("Seen {times} times.") }),
    )]);
    let mut fields: Map<String, Value> = Map::new();
    for (name, value) in exchanges.iter().flat_map(|exchange| &exchange.response_fields) {
        let named = words(name);
        let is_known = fields.keys().any(|known| known.eq_ignore_ascii_case(name));
        if !is_known && any(&named, &["credit", "balance", "quota", "ratelimit", "limit", "retry"]) {
            fields.insert(name.clone(), json!({ "schema": { "type": "string" }, "example": value }));
        }
    }
    if !fields.is_empty() {
        response.insert("headers".to_owned(), Value::Object(fields));
    }
    let bodies: Vec<&Body> = exchanges.iter().filter_map(|exchange| exchange.response_body.as_ref()).collect();
    if !bodies.is_empty() {
        response.insert("content".to_owned(), content(&bodies, false));
    }
    Value::Object(response)
}

/// The media types of bodies, each with its schema and examples.
fn content(bodies: &[&Body], smallest_first: bool) -> Value {
    let mut content = Map::new();
    for body in bodies {
        if content.contains_key(&body.media_type) {
            continue;
        }
        let own: Vec<&Value> =
            bodies.iter().filter(|other| other.media_type == body.media_type).map(|other| &other.value).collect();
        let mut shown: Vec<(&Value, usize)> = Vec::new();
        for value in &own {
            let length = value.to_string().len();
            if length <= LONGEST_EXAMPLE && !shown.iter().any(|(known, _)| known == value) {
                shown.push((value, length));
            }
        }
        if smallest_first {
            // Paid calls are made with the first one.
            shown.sort_by_key(|(_, length)| *length);
        }
        let examples: Map<String, Value> = shown
            .iter()
            .take(EXAMPLES)
            .enumerate()
            .map(|(index, (value, _))| (format!("seen_{}", index + 1), json!({ "value": value })))
            .collect();
        let mut described = Map::from_iter([("schema".to_owned(), infer::schema(&own))]);
        if !examples.is_empty() {
            described.insert("examples".to_owned(), Value::Object(examples));
        }
        content.insert(body.media_type.clone(), Value::Object(described));
    }
    Value::Object(content)
}

/// The credential of recorded requests.
struct Credential {
    scheme: Value,
    /// The name of the field, of the parameter or of the cookie.
    name: String,
    is_query: bool,
    place: String,
}

impl Credential {
    /// The credential that most requests have.
    fn of(exchanges: &[&Exchange]) -> Option<Self> {
        let mut counted: Vec<(Value, String, bool, String, usize)> = Vec::new();
        for exchange in exchanges {
            let fields = exchange
                .request_fields
                .iter()
                .flatten()
                .filter_map(|(name, value)| Some((scheme_of_field(name, value)?, name, false)));
            let query = exchange.query.iter().filter(|(name, _)| credential::is_name(name));
            let query = query.map(|(name, _)| (json!({ "type": "apiKey", "in": "query", "name": name }), name, true));
            for (scheme, name, is_query) in fields.chain(query) {
                match counted.iter_mut().find(|(known, ..)| *known == scheme) {
                    Some((.., count)) => *count += 1,
                    None => counted.push((scheme, name.clone(), is_query, exchange.place.clone(), 1)),
                }
            }
        }
        let most = counted.iter().map(|(.., count)| *count).max()?;
        let (mut scheme, name, is_query, place, _) = counted.into_iter().find(|(.., count)| *count == most)?;
        scheme["description"] = json!(format!("{most} of {} recorded requests have this credential", exchanges.len()));
        Some(Self { scheme, name, is_query, place })
    }

    fn is_in(&self, exchange: &Exchange) -> bool {
        if self.is_query {
            exchange.query.iter().any(|(name, value)| *name == self.name && !value.is_empty())
        } else {
            exchange.request_field(&self.name).is_some_and(|value| !value.is_empty())
        }
    }
}

/// The security scheme that a field of a request shows.
fn scheme_of_field(name: &str, value: &str) -> Option<Value> {
    if name.eq_ignore_ascii_case("authorization") {
        return Some(match value.split_once(' ') {
            Some((scheme, _)) => json!({ "type": "http", "scheme": scheme }),
            None => json!({ "type": "apiKey", "in": "header", "name": "Authorization" }),
        });
    }
    // HTTP/2 has them in lower case, and neither is a difference.
    credential::is_name(name).then(|| json!({ "type": "apiKey", "in": "header", "name": name.to_ascii_lowercase() }))
}
