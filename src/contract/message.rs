//! The texts for people in the body of an error.

use serde_json::Value;

use crate::pointer;

/// Names of members that hold such a text.
const NAMES: &[&str] = &["message", "title", "detail", "description", "reason", "msg", "error_description"];

/// The JSON pointers of the texts for people in a body, other than that of its code.
pub(crate) fn message_pointers(body: &Value, codes: &[String]) -> Vec<String> {
    let mut found = Vec::new();
    collect(body, &mut String::new(), &mut found);
    found.retain(|at| !codes.contains(at));
    found
}

fn collect(value: &Value, at: &mut String, found: &mut Vec<String>) {
    let length = at.len();
    let mut within = |token: &str, value: &Value| {
        pointer::push(at, token);
        if value.is_string() && NAMES.contains(&token) {
            found.push(at.clone());
        }
        collect(value, at, found);
        at.truncate(length);
    };
    match value {
        Value::Object(members) => members.iter().for_each(|(name, value)| within(name, value)),
        Value::Array(items) => items.iter().enumerate().for_each(|(n, value)| within(&n.to_string(), value)),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::message_pointers;

    #[test]
    fn texts_at_any_depth_are_found_but_the_code_is_not() {
        let body =
            json!({"message": "no", "type": "x", "errors": [{"title": "t", "code": "c", "docs": {"detail": 5}}]});
        assert_eq!(message_pointers(&body, &[]), ["/message", "/errors/0/title"]);
        assert_eq!(message_pointers(&body, &["/message".to_owned()]), ["/errors/0/title"]);
    }
}
