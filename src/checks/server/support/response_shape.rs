//! The shape of a response, as snapshots record it: status, media type, names of header fields, and the types of
//! all members of the body. Values are left out.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::exchange::Response;

/// Header fields that the transport adds, or that differ between responses.
const TRANSIENT: &[&str] = &[
    "age",
    "alt-svc",
    "cf-ray",
    "connection",
    "content-length",
    "content-type",
    "date",
    "etag",
    "expires",
    "keep-alive",
    "last-modified",
    "set-cookie",
    "transfer-encoding",
];

/// A member of the body: the types that occur there, and the members or elements in it.
#[derive(Default)]
struct Node {
    types: Vec<&'static str>,
    below: BTreeMap<String, Node>,
    code: Option<String>,
}

/// The shape of a response as text. `code_at` is the JSON Pointer of the error code, whose value is included.
pub(in crate::checks) fn describe_shape(response: &Response, code_at: Option<&str>) -> String {
    let mut out =
        format!("status: {}\nmedia type: {}\n", response.status, response.media_type().as_deref().unwrap_or("none"));
    let mut names: Vec<&str> = response.headers.iter().map(|(name, _)| name.as_str()).collect();
    names.retain(|name| !TRANSIENT.contains(name));
    names.sort_unstable();
    names.dedup();
    out.push_str(&format!("header fields: {}\n", if names.is_empty() { "none".to_owned() } else { names.join(", ") }));
    match response.json() {
        Some(body) => {
            let mut root = Node::default();
            root.take(&body, "", code_at);
            out.push_str("body:");
            root.write(&mut out, 1);
        }
        None if response.body.is_empty() => out.push_str("body: none\n"),
        None => out.push_str("body: text\n"),
    }
    out
}

impl Node {
    fn take(&mut self, value: &Value, at: &str, code_at: Option<&str>) {
        let kind = match value {
            Value::Null => "null",
            Value::Bool(_) => "boolean",
            Value::Number(_) => "number",
            Value::String(_) => "string",
            Value::Array(_) => "array",
            Value::Object(_) => "object",
        };
        if !self.types.contains(&kind) {
            self.types.push(kind);
            self.types.sort_unstable();
        }
        if let (Some(code), true) = (value.as_str(), code_at == Some(at)) {
            self.code = Some(code.to_owned());
        }
        if let Value::Object(members) = value {
            for (name, member) in members {
                let here = crate::pointer::join(at, name);
                self.below.entry(name.clone()).or_default().take(member, &here, code_at);
            }
        }
        if let Value::Array(elements) = value {
            for (n, element) in elements.iter().enumerate() {
                // All elements are merged, because their number is a value.
                self.below.entry("[]".to_owned()).or_default().take(element, &format!("{at}/{n}"), code_at);
            }
        }
    }

    fn write(&self, out: &mut String, depth: usize) {
        out.push(' ');
        out.push_str(&self.types.join(" or "));
        if let Some(code) = &self.code {
            out.push_str(&format!(" {code:?}"));
        }
        out.push('\n');
        for (name, node) in &self.below {
            out.push_str(&"  ".repeat(depth));
            out.push_str(&format!("{}:", name.escape_debug()));
            node.write(out, depth + 1);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::describe_shape;
    use crate::exchange::Response;

    #[test]
    fn shape_contains_types_and_error_code_but_no_values() {
        let body = r#"{"rows":[{"id":"a","n":1},{"id":"b","n":null}],"code":"GONE","when":"2024"}"#;
        let headers = vec![
            ("date".to_owned(), b"now".to_vec()),
            ("x-credits".to_owned(), b"5".to_vec()),
            ("content-type".to_owned(), b"application/json; charset=utf-8".to_vec()),
        ];
        let response = Response { status: 402, headers, body: body.into() };
        let expected = "status: 402\nmedia type: application/json\nheader fields: x-credits\nbody: object\n  code: string \"GONE\"\n  rows: array\n    []: object\n      id: string\n      n: null or number\n  when: string\n";
        assert_eq!(describe_shape(&response, Some("/code")), expected);
    }
}
