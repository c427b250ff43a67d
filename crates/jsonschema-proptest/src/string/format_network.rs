//! Network names, addresses and identifiers.

use std::fmt::Write as _;

use crate::strategy::draw::Draw;

const LOWER: &[u8] = b"abcdefghijklmnopqrstuvwxyz";
const ALNUM: &[u8] = b"abcdefghijklmnopqrstuvwxyz0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ";
const HEX: &[u8] = b"0123456789abcdef";

fn push_word(draw: &mut Draw, out: &mut String, from: &[u8], min: u64, max: u64) {
    for _ in 0..draw.between(min, max) {
        out.push(char::from(draw.pick(from).copied().unwrap_or(b'a')));
    }
}

fn push_one_of(draw: &mut Draw, out: &mut String, from: &[&str]) {
    out.push_str(draw.pick(from).copied().unwrap_or(""));
}

pub(crate) fn hostname(draw: &mut Draw, out: &mut String) {
    match draw.below(12) {
        0 => out.push('a'),
        1 => out.push_str("localhost"),
        2 => out.push_str("xn--bcher-kva.example"),
        3 => push_word(draw, out, LOWER, 63, 63),
        4 => out.push_str("1.2.3.example"),
        _ => {
            for _ in 0..draw.between(1, 3) {
                push_word(draw, out, ALNUM, 1, 8);
                if draw.one_in(4) {
                    out.push('-');
                    push_word(draw, out, LOWER, 1, 4);
                }
                out.push('.');
            }
            push_one_of(draw, out, &["com", "example", "io", "museum"]);
        }
    }
}

pub(crate) fn email(draw: &mut Draw, out: &mut String) {
    match draw.below(8) {
        0 => out.push('a'),
        1 => out.push_str("o'hara+tag"),
        2 => out.push_str("\"joe bloggs\""),
        3 => out.push_str("!#$%&'*+-/=?^_`{|}~"),
        _ => {
            push_word(draw, out, ALNUM, 1, 8);
            if draw.one_in(3) {
                out.push('.');
                push_word(draw, out, ALNUM, 1, 8);
            }
        }
    }
    out.push('@');
    if draw.one_in(16) {
        out.push_str("[127.0.0.1]");
    } else {
        push_word(draw, out, LOWER, 1, 8);
        push_one_of(draw, out, &[".com", ".example", ".co.uk"]);
    }
}

pub(crate) fn ipv4(draw: &mut Draw, out: &mut String) {
    match draw.below(8) {
        0 => out.push_str("0.0.0.0"),
        1 => push_one_of(draw, out, &["127.0.0.1", "255.255.255.255", "10.0.0.1"]),
        _ => {
            let octets = [(); 4].map(|()| draw.below(256));
            let _ = write!(out, "{}.{}.{}.{}", octets[0], octets[1], octets[2], octets[3]);
        }
    }
}

pub(crate) fn ipv6(draw: &mut Draw, out: &mut String) {
    match draw.below(8) {
        0 => out.push_str("::"),
        1 => push_one_of(draw, out, &["::1", "::ffff:192.0.2.1", "2001:DB8::", "1::8", "fe80::1:2"]),
        2 => out.push_str("ffff:ffff:ffff:ffff:ffff:ffff:255.255.255.255"),
        _ => {
            for position in 0..8 {
                if position > 0 {
                    out.push(':');
                }
                let _ = write!(out, "{:x}", draw.below(0x1_0000));
            }
        }
    }
}

pub(crate) fn uri(draw: &mut Draw, out: &mut String) {
    match draw.below(10) {
        0 => out.push_str("a:"),
        1 => push_one_of(
            draw,
            out,
            &[
                "mailto:a@b.example",
                "urn:isbn:0451450523",
                "tel:+1-816-555-1212",
                "data:,x",
                "http://[2001:db8::7]:8080/",
                "HTTP://EXAMPLE.COM/%7Efoo?q=%F0%9F%92%B3#frag",
                "file:///etc/passwd",
            ],
        ),
        _ => {
            push_one_of(draw, out, &["https://", "http://", "ftp://", "wss://"]);
            push_word(draw, out, LOWER, 1, 8);
            push_one_of(draw, out, &[".com", ".example", "", ".example:8443"]);
            push_path(draw, out);
        }
    }
}

fn push_path(draw: &mut Draw, out: &mut String) {
    for _ in 0..draw.below(4) {
        out.push('/');
        push_word(draw, out, ALNUM, 0, 6);
    }
    if draw.one_in(4) {
        out.push('?');
        push_word(draw, out, LOWER, 1, 3);
        out.push('=');
        push_word(draw, out, ALNUM, 0, 4);
    }
    if draw.one_in(6) {
        out.push('#');
        push_word(draw, out, ALNUM, 0, 4);
    }
}

pub(crate) fn uri_reference(draw: &mut Draw, out: &mut String) {
    match draw.below(6) {
        0 => {}
        1 => push_one_of(draw, out, &["/", "..", "?a=b", "#", "//example.com/x", "a%20b"]),
        2..=3 => push_path(draw, out),
        _ => uri(draw, out),
    }
}

pub(crate) fn uri_template(draw: &mut Draw, out: &mut String) {
    match draw.below(4) {
        0 => {}
        1 => push_one_of(draw, out, &["{x}", "/{+path}/here", "{?x,y}", "{/list*}", "{var:3}"]),
        _ => {
            push_path(draw, out);
            out.push('{');
            push_word(draw, out, LOWER, 1, 6);
            out.push('}');
        }
    }
}

pub(crate) fn uuid(draw: &mut Draw, out: &mut String) {
    match draw.below(16) {
        0 => return out.push_str("00000000-0000-0000-0000-000000000000"),
        1 => return out.push_str("ffffffff-ffff-ffff-ffff-ffffffffffff"),
        _ => {}
    }
    let (high, low) = (draw.below(u64::MAX), draw.below(u64::MAX));
    let start = out.len();
    for place in 0..32 {
        if matches!(place, 8 | 12 | 16 | 20) {
            out.push('-');
        }
        let half = if place < 16 { high } else { low };
        let digit = usize::try_from(half >> (4 * (15 - place % 16)) & 0xF).unwrap_or(0);
        out.push(char::from(HEX[digit]));
    }
    if draw.one_in(16) {
        out[start..].make_ascii_uppercase();
    }
}

pub(crate) fn json_pointer(draw: &mut Draw, out: &mut String) {
    for _ in 0..draw.below(4) {
        out.push('/');
        if draw.one_in(4) {
            push_one_of(draw, out, &["~0", "~1", "", "-", "\u{1F4B3}", "a b"]);
        } else {
            push_word(draw, out, ALNUM, 1, 5);
        }
    }
}

pub(crate) fn relative_json_pointer(draw: &mut Draw, out: &mut String) {
    let _ = write!(out, "{}", draw.below(12));
    if draw.one_in(4) {
        out.push('#');
    } else {
        json_pointer(draw, out);
    }
}

pub(crate) fn regex(draw: &mut Draw, out: &mut String) {
    push_one_of(draw, out, &["", "a", "^a$", "[a-z]+", "(a|b)*", r"\d{2,3}", r"^\u0041", "a?", r"\.", "(?=a)b"]);
}
