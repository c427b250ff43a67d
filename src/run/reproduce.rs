//! Command lines that repeat an exchange.

use crate::exchange::Recorded;

/// The longest command line, in bytes.
const MAX_LINE: usize = 1500;

/// Returns a curl command line that repeats an exchange. Secrets are the shell variables that the journal put in their place.
/// `None` for bytes that curl cannot send, and for requests that are too long for a command line.
pub(super) fn curl(entry: &Recorded) -> Option<String> {
    if entry.request.method == "RAW" {
        return None;
    }
    let mut line = format!("curl -i -X {} {}", quoted(&entry.request.method), quoted(&entry.request.url));
    for (name, value) in &entry.request.headers {
        // curl takes a name with a semicolon for a field without a value.
        let field = if value.is_empty() { format!("{name};") } else { format!("{name}: {value}") };
        line.push_str(" -H ");
        line.push_str(&quoted(&field));
    }
    if let Some(body) = &entry.request.body {
        line.push_str(" --data-raw ");
        line.push_str(&quoted(body));
    }
    // What nobody can paste is repeated by the program.
    (line.len() <= MAX_LINE).then_some(line)
}

/// Quotes a text for a POSIX shell. It is literal except for `${RINGTRUE_…}`, which stays a variable.
fn quoted(text: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./:?&=%".contains(c);
    if !text.is_empty() && text.chars().all(|c| plain(c) && c != '&' && c != '?') {
        return text.to_owned();
    }
    let mut out = String::new();
    let mut rest = text;
    while let Some(at) = rest.find("${RINGTRUE_") {
        let (before, variable) = rest.split_at(at);
        let end = variable.find('}').map_or(variable.len(), |end| end + 1);
        let (variable, behind) = variable.split_at(end);
        if !before.is_empty() {
            out.push_str(&single_quoted(before));
        }
        out.push_str(&format!("\"{variable}\""));
        rest = behind;
    }
    if !rest.is_empty() || out.is_empty() {
        out.push_str(&single_quoted(rest));
    }
    out
}

fn single_quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}
