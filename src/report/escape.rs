//! Escapes text from a peer, so that it is safe to show.
//!
//! Reports quote bodies and header values of the server under test. On a terminal they must not move the cursor, change the
//! window title or reverse the text direction, and XML forbids some characters.

/// Escapes all characters that do not print, line breaks included.
pub(super) fn line(text: &str) -> String {
    escaped(text, |c| c == '\t')
}

/// Escapes all characters that do not print, except for tabs and line feeds.
#[must_use]
pub fn block(text: &str) -> String {
    escaped(text, |c| c == '\t' || c == '\n')
}

fn escaped(text: &str, keep: impl Fn(char) -> bool) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if keep(c) || !hidden(c) {
            out.push(c);
        } else {
            out.extend(c.escape_default());
        }
    }
    out
}

/// Whether the character is a control character, is invisible, or reorders the text around it.
pub(super) fn hidden(c: char) -> bool {
    c.is_control()
        || matches!(
            c,
            '\u{61c}'
                | '\u{200b}'..='\u{200f}'
                | '\u{2028}'..='\u{202e}'
                | '\u{2060}'..='\u{206f}'
                | '\u{feff}'
                | '\u{fff9}'..='\u{fffb}'
                | '\u{fffe}'..='\u{ffff}'
                | '\u{e0000}'..='\u{e007f}'
        )
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
    fn printable_text_is_unchanged() {
        assert_eq!(line("Überfluß — 残高 ✓\t{}"), "Überfluß — 残高 ✓\t{}");
        assert_eq!(block("one\n\ttwo\r\n"), "one\n\ttwo\\r\n");
    }
}
