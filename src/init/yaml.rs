//! Writes a value as YAML, with comments.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::pointer;

/// Characters on a line up to which a small object stands on one line.
const LINE: usize = 132;

/// Comments by the JSON Pointer of what they are about.
#[derive(Debug, Clone, Default)]
pub(super) struct Comments {
    /// Lines before a member.
    before: BTreeMap<String, Vec<String>>,
    /// Lines behind the last member of an object.
    behind: BTreeMap<String, Vec<String>>,
}

impl Comments {
    /// Adds a line before a member.
    pub(super) fn before(&mut self, pointer: &str, line: impl Into<String>) {
        self.before.entry(pointer.to_owned()).or_default().push(line.into());
    }

    /// Adds a line behind the last member of an object.
    pub(super) fn behind(&mut self, pointer: &str, line: impl Into<String>) {
        self.behind.entry(pointer.to_owned()).or_default().push(line.into());
    }

    fn any_below(&self, at: &str) -> bool {
        let below = format!("{at}/");
        self.behind.contains_key(at)
            || [&self.before, &self.behind].iter().any(|all| all.keys().any(|key| key.starts_with(&below)))
    }
}

/// Writes an object as a YAML document.
pub(super) fn write(value: &Value, comments: &Comments) -> String {
    let mut writer = Writer { out: String::new(), comments };
    writer.block(value, "", 0);
    writer.out
}

struct Writer<'a> {
    out: String,
    comments: &'a Comments,
}

impl Writer<'_> {
    fn comment(&mut self, lines: Option<&Vec<String>>, indent: usize) {
        for line in lines.into_iter().flatten() {
            // A line break in a quote would end the comment.
            let line = line.split(is_unprintable).collect::<Vec<_>>().join(" ");
            let line = format!("{:indent$}# {}", "", line.trim());
            self.out.push_str(line.trim_end());
            self.out.push('\n');
        }
    }

    /// The members or elements of a value, each on lines of its own.
    fn block(&mut self, value: &Value, at: &str, indent: usize) {
        match value {
            Value::Object(members) => {
                for (name, member) in members {
                    let at = pointer::join(at, name);
                    self.comment(self.comments.before.get(&at), indent);
                    self.out.push_str(&format!("{:indent$}{}:", "", scalar(name)));
                    self.member(member, &at, indent, name.chars().count() + 2);
                }
                self.comment(self.comments.behind.get(at), indent);
            }
            Value::Array(elements) => {
                for (index, element) in elements.iter().enumerate() {
                    let at = pointer::join(at, &index.to_string());
                    self.comment(self.comments.before.get(&at), indent);
                    self.out.push_str(&format!("{:indent$}-", ""));
                    if let Some(line) = self.on_one_line(element, &at, indent + 2) {
                        self.out.push_str(&format!(" {line}\n"));
                    } else {
                        // The first line of the element stands behind the dash.
                        let mut inner = Writer { out: String::new(), comments: self.comments };
                        inner.block(element, &at, indent + 2);
                        let first_is_comment = inner.out.trim_start().starts_with('#');
                        if first_is_comment {
                            self.out.push('\n');
                            self.out.push_str(&inner.out);
                        } else {
                            self.out.push(' ');
                            self.out.push_str(inner.out.trim_start());
                        }
                    }
                }
            }
            other => self.out.push_str(&format!("{:indent$}{}\n", "", flow(other))),
        }
    }

    fn member(&mut self, value: &Value, at: &str, indent: usize, used: usize) {
        if let Some(line) = self.on_one_line(value, at, indent + used) {
            self.out.push_str(&format!(" {line}\n"));
            if line == "{}" {
                self.comment(self.comments.behind.get(at), indent + 2);
            }
        } else {
            self.out.push('\n');
            self.block(value, at, indent + 2);
        }
    }

    fn on_one_line(&self, value: &Value, at: &str, used: usize) -> Option<String> {
        let is_empty =
            value.as_object().is_some_and(serde_json::Map::is_empty) || value.as_array().is_some_and(Vec::is_empty);
        match value {
            Value::Object(_) | Value::Array(_) if is_empty => Some(flow(value)),
            Value::Object(_) | Value::Array(_) => {
                let line = flow(value);
                (used + line.chars().count() <= LINE && depth(value) <= 2 && !self.comments.any_below(at))
                    .then_some(line)
            }
            scalar => Some(flow(scalar)),
        }
    }
}

fn depth(value: &Value) -> usize {
    match value {
        Value::Object(members) => 1 + members.values().map(depth).max().unwrap_or(0),
        Value::Array(elements) => 1 + elements.iter().map(depth).max().unwrap_or(0),
        _ => 0,
    }
}

fn flow(value: &Value) -> String {
    match value {
        Value::Object(members) => {
            let members: Vec<String> =
                members.iter().map(|(name, value)| format!("{}: {}", scalar(name), flow(value))).collect();
            format!("{{{}}}", members.join(", "))
        }
        Value::Array(elements) => format!("[{}]", elements.iter().map(flow).collect::<Vec<_>>().join(", ")),
        Value::String(text) => scalar(text),
        other => other.to_string(),
    }
}

/// A string as a plain scalar where nothing else could be meant, and else in double quotes.
fn scalar(text: &str) -> String {
    let first_is_letter =
        text.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_' || first == '$' || first == '/');
    let plain =
        |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.' | '/' | ' ' | '$' | '(' | ')' | ';' | '+');
    let is_word =
        ["true", "false", "null", "yes", "no", "on", "off", "nan", "inf"].contains(&text.to_ascii_lowercase().as_str());
    if first_is_letter && text.chars().all(plain) && !text.ends_with(' ') && !is_word {
        return text.to_owned();
    }
    let mut quoted = String::from("\"");
    for character in text.chars() {
        match character {
            '"' => quoted.push_str("\\\""),
            '\\' => quoted.push_str("\\\\"),
            '\n' => quoted.push_str("\\n"),
            '\r' => quoted.push_str("\\r"),
            '\t' => quoted.push_str("\\t"),
            control if control == '\u{A0}' || is_unprintable(control) => {
                quoted.push_str(&format!("\\u{:04x}", u32::from(control)));
            }
            other => quoted.push(other),
        }
    }
    quoted.push('"');
    quoted
}

/// Whether a character is a control character, breaks a line, or changes the order in which others are shown.
fn is_unprintable(character: char) -> bool {
    character.is_control()
        || matches!(character, '\u{2028}' | '\u{2029}' | '\u{FEFF}' | '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}' | '\u{FFFE}' | '\u{FFFF}')
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{Comments, write};
    use crate::contract::Documents;

    #[test]
    fn what_is_written_is_read_again() {
        let value = json!({
            "openapi": "3.1.0",
            "paths": {},
            "200": "no", "a": ["1", "true", "", " x", "a: b", "a #b", "{", "-", "~", "2024-01-01", "ü\n\"\\\u{1}\u{2028}\u{85}"],
            "b": [[1, [2.5, null]], {"c": true, "d": {"e": {"f": []}, "g": {}}}],
            "long": "x".repeat(300),
            "on": {"x-é": "a,b", "k: l": "m"},
        });
        let mut comments = Comments::default();
        comments.before("/a/0", "first\nline");
        comments.before("/b/1/d/e", "inner");
        comments.behind("/b/1/d/g", "in an empty object");
        comments.behind("", "the end");
        let text = write(&value, &comments);
        assert!(text.contains("# first line\n") && text.ends_with("# the end\n"), "{text}");
        let read = Documents::of_text("t", "t.yaml", &text).unwrap_or_else(|error| panic!("{error}\n{text}"));
        assert_eq!(*read.root().value(), value, "{text}");
    }
}
