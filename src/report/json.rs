//! The format for programs: the whole report, as `schemas/report.schema.json` describes it.

use std::fmt::Write as _;

use serde::Serialize;

use super::{RenderError, View, escape};
use crate::run::Report;

/// Renders the report as indented JSON.
///
/// # Errors
/// Never in practice: the report is plain data.
pub(crate) fn render(report: &Report, _: &View) -> Result<String, RenderError> {
    pretty(report)
}

/// Writes indented JSON that is safe on a terminal: characters that do not print are escaped. They only
/// occur in strings, and so does what begins a command to a build machine.
pub(super) fn pretty(value: &impl Serialize) -> Result<String, RenderError> {
    let text = serde_json::to_string_pretty(value)?;
    let mut out = String::with_capacity(text.len() + 1);
    for (at, c) in text.char_indices() {
        if (c != '\n' && escape::hidden(c)) || (c == '#' && escape::begins_command(&text, at)) {
            for unit in c.encode_utf16(&mut [0; 2]) {
                write!(out, "\\u{unit:04x}")?;
            }
        } else {
            out.push(c);
        }
    }
    out.push('\n');
    Ok(out)
}
