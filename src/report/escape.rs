//! Text from a peer, made safe to show.
//!
//! A server under test chooses its bodies and header values, and a report quotes them. On a terminal they must not
//! move the cursor, retitle the window or turn text around; in XML some of them may not occur at all.

/// One line: whatever does not print is escaped, line breaks included.
pub(super) fn line(text: &str) -> String {
    escaped(text, |c| c == '\t')
}

/// A block of lines that is safe to show: whatever does not print is escaped, but for tabs and line feeds.
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

/// Control characters, and what is invisible or reorders its surroundings.
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
    fn escape_sequences_lose_their_power() {
        assert_eq!(line("a\u{1b}[31mb\u{9b}1mc\u{7f}\r\n"), r"a\u{1b}[31mb\u{9b}1mc\u{7f}\r\n");
        assert_eq!(line("invoice\u{202e}fdp.exe"), r"invoice\u{202e}fdp.exe");
    }

    #[test]
    fn ordinary_text_stays() {
        assert_eq!(line("Überfluß — 残高 ✓\t{}"), "Überfluß — 残高 ✓\t{}");
        assert_eq!(block("one\n\ttwo\r\n"), "one\n\ttwo\\r\n");
    }
}
