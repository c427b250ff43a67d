//! A secret is found in whatever form it stands, and nothing else is taken for one.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use ringtrue::__cli::exchange::{Redactor, Segment, quote};

const SECRET: &str = "Rt_0a/9%41\"k+é.Zz-7";
const PLAIN: &str = "gk_live_0123456789abcdefXYZ";

fn encodings(secret: &str) -> Vec<(&'static str, String)> {
    let each = |form: fn(u8) -> String| secret.bytes().map(form).collect::<String>();
    let json = serde_json::to_string(secret).unwrap();
    let user = |alignment: &str| STANDARD.encode(format!("{alignment}{secret}:x"));
    vec![
        ("as it is", secret.to_owned()),
        ("upper case", secret.to_ascii_uppercase()),
        ("JSON", json.trim_matches('"').to_owned()),
        ("JSON in JSON", serde_json::to_string(&json).unwrap()),
        ("JSON in JSON in JSON", serde_json::to_string(&serde_json::to_string(&json).unwrap()).unwrap()),
        ("\\u escapes", secret.encode_utf16().map(|unit| format!("\\u{unit:04x}")).collect()),
        ("\\u{} escapes", secret.chars().map(|c| format!("\\u{{{:x}}}", u32::from(c))).collect()),
        ("\\x escapes", each(|byte| format!("\\x{byte:02X}"))),
        ("percent", each(|byte| format!("%{byte:02x}"))),
        ("percent twice", each(|byte| format!("%25{byte:02X}"))),
        ("form", url::form_urlencoded::byte_serialize(secret.as_bytes()).collect()),
        ("HTML decimal", secret.chars().map(|c| format!("&#{};", u32::from(c))).collect()),
        ("HTML hexadecimal", secret.chars().map(|c| format!("&#x{:X};", u32::from(c))).collect()),
        ("HTML names", secret.replace('&', "&amp;").replace('"', "&quot;").replace('_', "&lowbar;")),
        ("hexadecimal", each(|byte| format!("{byte:02x}"))),
        ("HEXADECIMAL", each(|byte| format!("{byte:02X}"))),
        ("hexadecimal with colons", each(|byte| format!("{byte:02x}:"))),
        ("hexadecimal with 0x", each(|byte| format!("0x{byte:02x}, "))),
        ("odd hexadecimal", format!("f{}", each(|byte| format!("{byte:02x}")))),
        ("numbers", each(|byte| format!("{byte},"))),
        ("Base64", STANDARD.encode(secret)),
        ("Base64 as user", user("")),
        ("Base64 at 1", user("a")),
        ("Base64 at 2", user("ab")),
        ("Base64 behind user", user("user:")),
        ("Base64 for URLs", URL_SAFE_NO_PAD.encode(format!("??>{secret}"))),
        ("Base64 in lines", STANDARD.encode(format!("{}{secret}", "a".repeat(20))).replace('Z', "Z\r\n")),
        ("Base64 of JSON", STANDARD.encode(serde_json::to_string(&json).unwrap())),
        ("Base64 twice", STANDARD.encode(STANDARD.encode(secret))),
        ("percent of Base64", STANDARD.encode(secret).bytes().map(|byte| format!("%{byte:02x}")).collect()),
        ("UTF-16", secret.chars().flat_map(|c| [c, '\0']).collect()),
        ("with zero-width spaces", secret.chars().flat_map(|c| [c, '\u{200b}']).collect()),
    ]
}

#[test]
fn secret_is_found_in_every_encoding_and_at_every_place() {
    for secret in [SECRET, PLAIN, "k_51", "p@ss word%20"] {
        let redactor = Redactor::default();
        redactor.learn(secret, "RINGTRUE_KEY");
        for (encoding, form) in encodings(secret) {
            for (before, after) in [("", ""), ("{\"a\":\"", "\"}"), ("no key ", ". "), ("/", "&b=1"), ("ü", "ü")] {
                let shown = redactor.text(&format!("{before}{form}{after}"));
                assert!(shown.contains("${RINGTRUE_KEY}"), "{secret} as {encoding}: {shown}");
                assert!(shown.starts_with(before) && shown.ends_with(after), "{secret} as {encoding}: {shown}");
            }
        }
    }
}

#[test]
fn part_of_a_secret_from_twelve_characters_on_is_hidden() {
    let redactor = Redactor::default();
    redactor.learn(PLAIN, "RINGTRUE_KEY");
    for length in [12, 13, 20] {
        for start in (0..=PLAIN.len() - length).step_by(3) {
            let part = &PLAIN[start..start + length];
            for (encoding, form) in encodings(part) {
                let shown = redactor.text(&format!("a {form} b"));
                assert!(shown.contains("[part of RINGTRUE_KEY]"), "{part} as {encoding}: {shown}");
            }
        }
    }
    assert_eq!(redactor.text("gk_live_012"), "gk_live_012");
}

#[test]
fn very_short_secret_is_hidden_where_a_credential_stands() {
    let redactor = Redactor::default();
    redactor.learn("k1", "RINGTRUE_KEY");
    for shown in ["k1", "Bearer k1", "/credits?key=k1", "?key=k1&x=1", "{\"key\":\"k1\"}"] {
        assert!(redactor.text(shown).contains("${RINGTRUE_KEY}"), "{shown}");
    }
    for plain in ["ask10", "{\"credits\":5}", "/k12/k1x", "k10"] {
        assert_eq!(redactor.text(plain), plain);
    }
}

#[test]
fn ordinary_text_is_unchanged() {
    let redactor = Redactor::default();
    redactor.learn(PLAIN, "RINGTRUE_KEY");
    redactor.learn(SECRET, "RINGTRUE_OTHER_KEY");
    for text in [
        "",
        "100% of \\ and & and %zz and \\u12 and &#; and &nosuch; Überfluß — 残高",
        "${RINGTRUE_KEY} ${RINGTRUE_x:-$(touch PWNED)}",
        "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0",
        "deadbeef de:ad:be:ef 1,2,3,4,255,256 0x00",
    ] {
        assert_eq!(redactor.text(text), text);
        assert!(redactor.segments(text).segments().iter().all(|segment| matches!(segment, Segment::Text(_))));
    }
}

#[test]
fn quotation_is_redacted_before_it_is_cut() {
    let redactor = Redactor::default();
    redactor.learn(PLAIN, "RINGTRUE_KEY");
    for before in (0..400).chain([500, 1000, 1024, 1500, 1504, 1505]) {
        let body = format!("{}{PLAIN}{}", "x".repeat(before), "y".repeat(3000));
        let shown = redactor.text(&format!("status 200: {}, expected 401", quote(body.as_bytes())));
        assert!(!shown.contains("gk_"), "{before}: {shown}");
        assert!(shown.len() < 220 && shown.starts_with("status 200: ") && shown.ends_with("more bytes), expected 401"));
        assert!(!shown.contains(['\u{fdd0}', '\u{fdd1}', '\u{fdd2}']));
    }
    let nested = quote(quote(PLAIN.as_bytes()).as_bytes());
    assert!(!redactor.text(&nested).contains("gk_live"));
}

#[test]
fn excerpt_ends_before_what_may_be_half_of_a_secret() {
    let redactor = Redactor::default();
    redactor.learn(PLAIN, "RINGTRUE_KEY");
    let forms: Vec<String> = encodings(PLAIN).into_iter().map(|(_, form)| form).collect();
    for form in forms {
        for before in [0, 1, 90, 99, 100, 101, 390, 399, 1300, 1400, 1423, 1424] {
            let body = format!("{}{form}{}", "-".repeat(before), " ".repeat(9000));
            let shown = redactor.excerpt(body.as_bytes(), 100).to_string();
            let middle: String = form.chars().skip(form.chars().count() / 2).take(8).collect();
            assert!(!shown.contains(&middle), "{before} {form}: {shown}");
        }
    }
}
