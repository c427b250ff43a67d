//! Command lines that repeat an exchange or a run.

use crate::exchange::{Redacted, RedactedRequest, Segment};
use crate::hidden::hidden;

/// The longest command line, in bytes.
const MAX_LINE: usize = 1500;

/// Returns a curl command line that repeats a request. Secrets are shell variables; all other text is literal, whatever it looks like.
///
/// `None` for requests that curl cannot send, that are too long for a command line, or that contain a secret in part or encoded: the
/// program repeats those.
#[must_use]
pub fn curl(request: &RedactedRequest) -> Option<String> {
    if request.method.to_string() == "RAW" {
        return None;
    }
    let mut line = format!("curl -i -X {} ", quoted(&request.method)?);
    if request.url.segments().iter().any(|segment| matches!(segment, Segment::Text(text) if text.contains(['[', '{'])))
    {
        // Without it, curl takes brackets for ranges.
        line.push_str("--globoff ");
    }
    line.push_str(&quoted(&request.url)?);
    for (name, value) in &request.headers {
        // curl reads fields from a file whose name follows an at sign.
        if name.to_string().starts_with('@') {
            return None;
        }
        let mut field = name.clone();
        // curl takes a name with a semicolon for a field without a value.
        field.push_text(if value.segments().iter().all(is_empty) { ";" } else { ": " });
        field.append(value.clone());
        line.push_str(" -H ");
        line.push_str(&quoted(&field)?);
    }
    if let Some(body) = &request.body {
        line.push_str(" --data-raw ");
        line.push_str(&quoted(body)?);
    }
    // What cannot be pasted is repeated by the program.
    (line.len() <= MAX_LINE).then_some(line)
}

/// Quotes a text for a POSIX shell, in which it stands for itself.
pub(super) fn literal(text: &str) -> Option<String> {
    quoted(&Redacted::of_text(text))
}

/// Quotes a text for a POSIX shell. Its text is literal, and its secrets are variables. `None` if it contains a secret in part or
/// encoded, or a character that a terminal would not pass on as it is.
fn quoted(text: &Redacted) -> Option<String> {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./:=%".contains(c);
    let mut out = String::new();
    for segment in text.segments() {
        match segment {
            Segment::Text(text) if text.chars().any(|c| c != '\n' && c != '\t' && !is_safe(c)) => return None,
            Segment::Text(text) if text.is_empty() => {}
            Segment::Text(text) if text.chars().all(plain) => out.push_str(text),
            Segment::Text(text) => out.push_str(&format!("'{}'", text.replace('\'', r"'\''"))),
            Segment::Secret { name, plain: true, .. } if is_variable(name) => out.push_str(&format!("\"${{{name}}}\"")),
            Segment::Secret { .. } | Segment::Part { .. } => return None,
        }
    }
    Some(if out.is_empty() { "''".to_owned() } else { out })
}

fn is_empty(segment: &Segment) -> bool {
    matches!(segment, Segment::Text(text) if text.is_empty())
}

/// Whether a name can be that of a shell variable.
fn is_variable(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}

/// Whether a character can be pasted into a terminal: it is no control character, shows, and does not reorder the text around it.
fn is_safe(c: char) -> bool {
    // What a peer sent and was not UTF-8 is a replacement character, so that the line would repeat something else.
    !hidden(c) && c != char::REPLACEMENT_CHARACTER
}

#[cfg(test)]
mod tests {
    use super::{curl, literal};
    use crate::exchange::{Redacted, RedactedRequest, Redactor};

    fn request(redactor: &Redactor, etag: &str, body: Option<&str>) -> RedactedRequest {
        let text = |text: &str| redactor.segments(text);
        RedactedRequest {
            method: text("GET"),
            url: text("http://127.0.0.1:1/credits?a=1"),
            headers: vec![(text("if-none-match"), text(etag)), (text("x-api-key"), text("k_0123456789abcdef"))],
            body: body.map(text),
        }
    }

    #[test]
    fn text_that_looks_like_a_secret_is_literal() {
        let redactor = Redactor::default();
        redactor.learn("k_0123456789abcdef", "RINGTRUE_KEY");
        for hostile in
            ["${RINGTRUE_x:-$(touch PWNED)}", "${RINGTRUE_KEY}", "`touch PWNED`", "'; touch PWNED; '", "$(touch PWNED)"]
        {
            let line = curl(&request(&redactor, hostile, Some(hostile))).unwrap();
            let literal = format!("'if-none-match: {}'", hostile.replace('\'', r"'\''"));
            assert!(line.contains(&literal), "{line}");
            assert!(line.contains("'x-api-key: '\"${RINGTRUE_KEY}\""), "{line}");
            assert_eq!(line.matches('"').count(), 2, "{line}");
        }
    }

    #[test]
    fn what_a_terminal_would_change_and_what_holds_half_a_secret_is_no_command_line() {
        let redactor = Redactor::default();
        redactor.learn("k_0123456789abcdef", "RINGTRUE_KEY");
        for body in ["\u{1b}[2J", "a\rb", "\u{3}", "\u{202e}", "k_0123456789abc", "azAxMjM0NTY3ODlhYmNkZWY"] {
            let shown = curl(&request(&redactor, "x", Some(body)));
            assert!(shown.is_none_or(|line| line.contains(body) && body.starts_with('a')), "{body:?}");
        }
        assert_eq!(curl(&request(&redactor, "x", Some("a_0123456789abcdef"))), None);
    }

    #[test]
    fn field_name_that_would_read_a_file_is_no_command_line() {
        let mut request = request(&Redactor::default(), "x", None);
        request.headers.push((Redacted::of_text("@/etc/passwd"), Redacted::of_text("")));
        assert_eq!(curl(&request), None);
    }

    #[test]
    fn words_of_a_command_line_are_literal() {
        assert_eq!(literal("a.py").as_deref(), Some("a.py"));
        assert_eq!(literal("a b; $(x)").as_deref(), Some("'a b; $(x)'"));
        assert_eq!(literal("").as_deref(), Some("''"));
    }
}
