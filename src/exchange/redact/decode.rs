//! Decoded forms of a text, each byte with the range of the text that it came from.

/// Named character references for ASCII characters (HTML, section 13.5).
const ENTITIES: &[(&str, u8)] = &[
    ("amp", b'&'),
    ("lt", b'<'),
    ("gt", b'>'),
    ("quot", b'"'),
    ("apos", b'\''),
    ("lowbar", b'_'),
    ("UnderBar", b'_'),
    ("period", b'.'),
    ("sol", b'/'),
    ("bsol", b'\\'),
    ("colon", b':'),
    ("semi", b';'),
    ("equals", b'='),
    ("plus", b'+'),
    ("num", b'#'),
    ("dollar", b'$'),
    ("percnt", b'%'),
    ("ast", b'*'),
    ("midast", b'*'),
    ("commat", b'@'),
    ("excl", b'!'),
    ("quest", b'?'),
    ("comma", b','),
    ("lpar", b'('),
    ("rpar", b')'),
    ("lsqb", b'['),
    ("lbrack", b'['),
    ("rsqb", b']'),
    ("rbrack", b']'),
    ("lcub", b'{'),
    ("lbrace", b'{'),
    ("rcub", b'}'),
    ("rbrace", b'}'),
    ("verbar", b'|'),
    ("vert", b'|'),
    ("grave", b'`'),
    ("Hat", b'^'),
    ("Tab", b'\t'),
    ("NewLine", b'\n'),
];

/// A decoded form of a text.
pub(super) struct View<'t> {
    /// The decoded bytes.
    pub(super) bytes: std::borrow::Cow<'t, [u8]>,
    /// The range of the text for each byte; `None` for the text itself.
    map: Option<Vec<(u32, u32)>>,
}

impl<'t> View<'t> {
    /// The text itself.
    pub(super) fn of(text: &'t str) -> Self {
        Self { bytes: text.as_bytes().into(), map: None }
    }

    fn decoded() -> Self {
        Self { bytes: Vec::new().into(), map: Some(Vec::new()) }
    }

    /// Whether this is the text itself.
    pub(super) fn is_source(&self) -> bool {
        self.map.is_none()
    }

    /// The range of the text that a range of these bytes came from.
    pub(super) fn range(&self, from: usize, to: usize) -> (usize, usize) {
        match &self.map {
            None => (from, to),
            Some(map) => {
                let start = map.get(from).map_or(0, |range| range.0);
                let end = to.checked_sub(1).and_then(|last| map.get(last)).map_or(start, |range| range.1);
                (start as usize, end.max(start) as usize)
            }
        }
    }

    /// Whether these bytes are text, as far as can be seen: most are printable ASCII.
    pub(super) fn is_text(&self) -> bool {
        let printable =
            self.bytes.iter().filter(|byte| matches!(byte, b' '..=b'~' | b'\t' | b'\r' | b'\n' | 0)).count();
        printable * 8 >= self.bytes.len() * 7
    }

    fn push(&mut self, byte: u8, from: usize, to: usize) {
        self.bytes.to_mut().push(byte);
        let position = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
        if let Some(map) = &mut self.map {
            map.push((position(from), position(to)));
        }
    }

    fn push_char(&mut self, c: char, from: usize, to: usize) {
        for byte in c.encode_utf8(&mut [0; 4]).bytes() {
            self.push(byte, from, to);
        }
    }
}

/// Resolves one layer of escapes: those of URLs, JSON, other programming languages, and HTML. Characters that do not show are left out.
/// `None` if there are no escapes.
pub(super) fn unescaped(view: &View<'_>) -> Option<View<'static>> {
    let bytes = &view.bytes;
    if !bytes.iter().any(|byte| matches!(byte, b'%' | b'\\' | b'&' | 0 | 0xc2 | 0xe2 | 0xef)) {
        return None;
    }
    let mut out = View::decoded();
    let mut at = 0;
    let mut changed = false;
    while let Some(byte) = bytes.get(at) {
        let rest = bytes.get(at..).unwrap_or_default();
        let unit = match byte {
            b'%' => percent(rest),
            b'\\' => backslash(rest),
            b'&' => entity(rest),
            0 | 0xc2 | 0xe2 | 0xef => invisible(rest),
            _ => None,
        };
        match unit {
            Some((decoded, length)) => {
                changed = true;
                let (from, to) = view.range(at, at + length);
                match decoded {
                    Unit::Byte(byte) => out.push(byte, from, to),
                    Unit::Char(c) => out.push_char(c, from, to),
                    Unit::Nothing => {}
                }
                at += length;
            }
            None => {
                let (from, to) = view.range(at, at + 1);
                out.push(*byte, from, to);
                at += 1;
            }
        }
    }
    changed.then_some(out)
}

/// What an escape stands for.
enum Unit {
    Byte(u8),
    Char(char),
    Nothing,
}

fn hex(bytes: Option<&[u8]>) -> Option<u32> {
    let text = std::str::from_utf8(bytes?).ok()?;
    if !text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return None;
    }
    u32::from_str_radix(text, 16).ok()
}

fn hex_byte(bytes: Option<&[u8]>) -> Option<u8> {
    hex(bytes).and_then(|value| u8::try_from(value).ok())
}

/// `%52` (RFC 3986), and the old `%u0052`.
fn percent(rest: &[u8]) -> Option<(Unit, usize)> {
    if matches!(rest.get(1), Some(b'u' | b'U')) {
        return Some((Unit::Char(char::from_u32(hex(rest.get(2..6))?)?), 6));
    }
    Some((Unit::Byte(hex_byte(rest.get(1..3))?), 3))
}

/// `\u0052`, `\u{52}`, `\x52`, `\122`, `\"` and the like.
fn backslash(rest: &[u8]) -> Option<(Unit, usize)> {
    match rest.get(1)? {
        b'u' if rest.get(2) == Some(&b'{') => {
            let digits = rest.get(3..)?.iter().take(7).position(|byte| *byte == b'}')?;
            Some((Unit::Char(char::from_u32(hex(rest.get(3..3 + digits))?)?), digits + 4))
        }
        b'u' => {
            let unit = hex(rest.get(2..6))?;
            if (0xd800..0xdc00).contains(&unit)
                && rest.get(6..8) == Some(b"\\u")
                && let Some(low) = hex(rest.get(8..12)).filter(|low| (0xdc00..0xe000).contains(low))
            {
                let code = 0x1_0000 + ((unit - 0xd800) << 10) + (low - 0xdc00);
                return Some((Unit::Char(char::from_u32(code)?), 12));
            }
            Some((Unit::Char(char::from_u32(unit)?), 6))
        }
        b'U' => Some((Unit::Char(char::from_u32(hex(rest.get(2..10))?)?), 10)),
        b'x' => Some((Unit::Byte(hex_byte(rest.get(2..4))?), 4)),
        b'0'..=b'3' if rest.get(2..4).is_some_and(|digits| digits.iter().all(|digit| matches!(digit, b'0'..=b'7'))) => {
            let digits = std::str::from_utf8(rest.get(1..4)?).ok()?;
            Some((Unit::Byte(u8::from_str_radix(digits, 8).ok()?), 4))
        }
        b'n' => Some((Unit::Byte(b'\n'), 2)),
        b'r' => Some((Unit::Byte(b'\r'), 2)),
        b't' => Some((Unit::Byte(b'\t'), 2)),
        byte if byte.is_ascii_punctuation() => Some((Unit::Byte(*byte), 2)),
        _ => None,
    }
}

/// `&#82;`, `&#x52;` and `&amp;`.
fn entity(rest: &[u8]) -> Option<(Unit, usize)> {
    let numeric = rest.get(1) == Some(&b'#');
    let is_hex = numeric && matches!(rest.get(2), Some(b'x' | b'X'));
    let start = 1 + usize::from(numeric) + usize::from(is_hex);
    let belongs = |byte: &u8| if is_hex || !numeric { byte.is_ascii_alphanumeric() } else { byte.is_ascii_digit() };
    let length = rest.get(start..)?.iter().take(32).take_while(|byte| belongs(byte)).count();
    let name = std::str::from_utf8(rest.get(start..start + length)?).ok()?;
    let end = start + length + usize::from(rest.get(start + length) == Some(&b';'));
    let unit = if numeric {
        Unit::Char(char::from_u32(u32::from_str_radix(name, if is_hex { 16 } else { 10 }).ok()?)?)
    } else {
        Unit::Byte(ENTITIES.iter().find(|(have, _)| *have == name)?.1)
    };
    Some((unit, end))
}

/// Characters that do not show, and NUL, which stands between the letters of text in UTF-16.
fn invisible(rest: &[u8]) -> Option<(Unit, usize)> {
    let length = match rest {
        [0, ..] => 1,
        [0xc2, 0xad, ..] => 2,
        [0xe2, 0x80, 0x8b..=0x8f, ..] | [0xe2, 0x81, 0xa0, ..] | [0xef, 0xbb, 0xbf, ..] => 3,
        _ => return None,
    };
    Some((Unit::Nothing, length))
}

/// Passes on what every run of characters is in Base64, in hexadecimal and as a list of numbers, at every alignment, if it can contain
/// so many bytes.
pub(super) fn packed(view: &View<'_>, shortest: usize, mut seen: impl FnMut(&View<'_>)) {
    let bytes = &view.bytes;
    let mut at = 0;
    while at < bytes.len() {
        let end = run_end(bytes, at);
        if (end - at) * 3 >= shortest * 4 {
            for offset in 0..4 {
                seen(&base64(view, at + offset, end));
            }
        }
        at = end.max(at + 1);
    }
    hexadecimal(view, shortest, &mut seen);
    numbers(view, shortest, &mut seen);
}

/// The value of a character of Base64, in the standard and in the URL-safe alphabet.
fn sextet(byte: u8) -> Option<u32> {
    Some(
        match byte {
            b'A'..=b'Z' => byte - b'A',
            b'a'..=b'z' => byte - b'a' + 26,
            b'0'..=b'9' => byte - b'0' + 52,
            b'+' | b'-' => 62,
            b'/' | b'_' => 63,
            _ => return None,
        }
        .into(),
    )
}

fn is_line_break(byte: u8) -> bool {
    matches!(byte, b'\r' | b'\n')
}

/// Where a run of Base64 ends. Line breaks within it belong to it.
fn run_end(bytes: &[u8], from: usize) -> usize {
    let mut end = from;
    let mut at = from;
    while let Some(byte) = bytes.get(at) {
        if sextet(*byte).is_some() {
            at += 1;
            end = at;
        } else if is_line_break(*byte) && end > from {
            at += 1;
        } else {
            break;
        }
    }
    end
}

fn base64(view: &View<'_>, from: usize, to: usize) -> View<'static> {
    let mut out = View::decoded();
    let (mut bits, mut held) = (0_u32, 0_u32);
    // The positions of the last two characters: a byte comes from two of them.
    let mut last = from;
    for at in from..to {
        let Some(value) = view.bytes.get(at).and_then(|byte| sextet(*byte)) else { continue };
        held = (held << 6 | value) & 0xffff;
        bits += 6;
        if bits >= 8 {
            bits -= 8;
            let (start, end) = view.range(last, at + 1);
            out.push(u8::try_from(held >> bits & 0xff).unwrap_or_default(), start, end);
        }
        last = at;
    }
    out
}

/// Pairs of hexadecimal digits, alone or with separators between them (`52:69`, `52 69`, `0x52, 0x69`), from both alignments.
fn hexadecimal(view: &View<'_>, shortest: usize, seen: &mut impl FnMut(&View<'_>)) {
    let bytes = &view.bytes;
    let mut at = 0;
    while at < bytes.len() {
        let end = at + bytes.get(at..).unwrap_or_default().iter().take_while(|byte| is_hex_text(**byte)).count();
        if end - at >= 2 * shortest {
            for odd in [false, true] {
                let mut out = View::decoded();
                let mut here = at;
                while here < end {
                    let run = bytes.get(here..end).unwrap_or_default();
                    let is_start = here == at || !bytes.get(here - 1).is_some_and(u8::is_ascii_hexdigit);
                    if odd && is_start && run.iter().take_while(|byte| byte.is_ascii_hexdigit()).count() > 3 {
                        here += 1;
                    }
                    if bytes.get(here..here + 2).is_some_and(|mark| mark.eq_ignore_ascii_case(b"0x")) {
                        here += 2;
                    } else if let Some(byte) =
                        hex_byte(bytes.get(here..(here + 2).min(end)).filter(|pair| pair.len() == 2))
                    {
                        let (from, to) = view.range(here, here + 2);
                        out.push(byte, from, to);
                        here += 2;
                    } else {
                        here += 1;
                    }
                }
                seen(&out);
            }
        }
        at = end.max(at + 1);
    }
}

/// Digits and what separates them, as in `52:69`, `0x52, 0x69`, `=52=69`, `U+0052` and `["52", "69"]`.
fn is_hex_text(byte: u8) -> bool {
    let separates = b" \t\r\n:;,.-_=+|/\"'xXuU".contains(&byte);
    byte.is_ascii_hexdigit() || separates
}

/// A text without what only divides it: white space, as in lines that are wrapped, and hyphens, as in groups of letters. `None` if
/// there is none.
pub(super) fn joined(view: &View<'_>) -> Option<View<'static>> {
    let divides = |byte: u8| byte.is_ascii_whitespace() || byte == b'-';
    if !view.bytes.iter().any(|byte| divides(*byte)) {
        return None;
    }
    let mut out = View::decoded();
    for (at, byte) in view.bytes.iter().enumerate().filter(|(_, byte)| !divides(**byte)) {
        let (from, to) = view.range(at, at + 1);
        out.push(*byte, from, to);
    }
    Some(out)
}

/// Lists of the numbers of bytes, as `[82,105]`.
fn numbers(view: &View<'_>, shortest: usize, seen: &mut impl FnMut(&View<'_>)) {
    let bytes = &view.bytes;
    let mut out = View::decoded();
    let mut at = 0;
    while let Some(byte) = bytes.get(at) {
        if byte.is_ascii_digit() {
            let digits = bytes.get(at..).unwrap_or_default().iter().take_while(|byte| byte.is_ascii_digit()).count();
            let text = bytes.get(at..at + digits).unwrap_or_default();
            let number =
                std::str::from_utf8(text).ok().filter(|text| text.len() <= 3).and_then(|text| text.parse().ok());
            match number {
                Some(number) => {
                    let (from, to) = view.range(at, at + digits);
                    out.push(number, from, to);
                }
                None => flush(&mut out, shortest, seen),
            }
            at += digits;
        } else {
            if !matches!(byte, b',' | b' ' | b'\n' | b'\r' | b'\t' | b';') {
                flush(&mut out, shortest, seen);
            }
            at += 1;
        }
    }
    flush(&mut out, shortest, seen);
}

fn flush(out: &mut View<'static>, shortest: usize, seen: &mut impl FnMut(&View<'_>)) {
    if out.bytes.len() >= shortest {
        seen(out);
    }
    if !out.bytes.is_empty() {
        *out = View::decoded();
    }
}
