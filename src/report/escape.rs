//! Escapes text from a peer, so that it is safe to show.
//!
//! Reports quote bodies and header values of the server under test. On a terminal they must not move the cursor, change the
//! window title or reverse the text direction. In the log of a build they must not be taken for commands to the machine that runs the
//! build. XML forbids some characters.

pub(super) use crate::hidden::hidden;

/// Escapes all characters that do not print, line breaks included, and what begins a command to a build machine.
pub(super) fn line(text: &str) -> String {
    escaped(text, |c| c == '\t')
}

/// Escapes all characters that do not print, except for tabs and line feeds, and what begins a command to a build machine.
#[must_use]
pub fn block(text: &str) -> String {
    escaped(text, |c| c == '\t' || c == '\n')
}

fn escaped(text: &str, keep: impl Fn(char) -> bool) -> String {
    let mut out = String::with_capacity(text.len());
    for (at, c) in text.char_indices() {
        if begins_command(text, at) || (hidden(c) && !keep(c)) {
            out.push_str(&escape(c));
        } else {
            out.push(c);
        }
    }
    out
}

/// The escape of a character: `\n` and the like, or its number.
fn escape(c: char) -> String {
    if c.is_ascii() && !c.is_ascii_control() { c.escape_unicode().to_string() } else { c.escape_default().to_string() }
}

/// Whether the character at this position belongs to what begins a workflow command, so that it must not stand there as it is.
///
/// GitHub Actions, and what is compatible with it, execute lines that begin with `::name` behind white space, and lines with `##[name]`
/// anywhere. Azure Pipelines executes `##vso[`, `TeamCity` executes `##teamcity[`. Where a line begins is decided later, so every word that could
/// begin one counts.
pub(super) fn begins_command(text: &str, at: usize) -> bool {
    let (before, rest) = text.split_at(at);
    if let Some(behind) = rest.strip_prefix("::") {
        // Behind a word it is ordinary text: `std::mem`.
        let is_word = before.chars().next_back().is_some_and(|c| c.is_alphanumeric() || matches!(c, '_' | '>' | ':'));
        return !is_word && behind.starts_with(|c: char| c.is_ascii_alphabetic());
    }
    let is_name = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
    before.ends_with('#')
        && rest.strip_prefix('#').is_some_and(|name| name.trim_start_matches(is_name).starts_with('['))
}

#[cfg(test)]
mod tests {
    use super::{block, line};

    #[test]
    fn control_characters_are_escaped() {
        assert_eq!(line("a\u{1b}[31mb\u{9b}1mc\u{7f}\r\n"), r"a\u{1b}[31mb\u{9b}1mc\u{7f}\r\n");
        assert_eq!(line("invoice\u{202e}fdp.exe"), r"invoice\u{202e}fdp.exe");
    }

    #[test]
    fn commands_to_a_build_machine_are_escaped() {
        for hostile in [
            "::stop-commands::x",
            "  ::add-mask::x",
            "a\n::error::x",
            "a\n\t::set-output name=x::y",
            "##[error]x",
            "a ##[group]x",
            "###[error]x",
            "##vso[task.setvariable variable=x]y",
            "##teamcity[message text='x']",
            "\"::notice::x",
        ] {
            for shown in [line(hostile), block(hostile)] {
                let shown = shown.replace("\\u", "");
                let marks = ["##[", "##vso[", "##teamcity["];
                let is_command =
                    |line: &str| line.trim_start().starts_with("::") || marks.iter().any(|mark| line.contains(mark));
                assert!(!shown.lines().any(is_command), "{hostile:?}: {shown:?}");
            }
        }
        assert_eq!(
            line("::x ::1 std::mem a::b ## x #[derive] [::1]:80 ##"),
            r"\u{3a}:x ::1 std::mem a::b ## x #[derive] [::1]:80 ##"
        );
    }

    #[test]
    fn printable_text_is_unchanged() {
        assert_eq!(line("Überfluß — 残高 ✓\t{}"), "Überfluß — 残高 ✓\t{}");
        assert_eq!(block("one\n\ttwo\r\n"), "one\n\ttwo\\r\n");
    }
}
