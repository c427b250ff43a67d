//! What holds for any input, one function per target. The fuzzers in `fuzz/` and the test `properties` call them.

use std::collections::BTreeMap;

use ringtrue::__cli::contract::{Contract, Expression};
use ringtrue::__cli::exchange::{RedactedRequest, Redactor, raw};
use ringtrue::__cli::generate::Generator;
use ringtrue::__cli::report::{Baseline, printable};
use ringtrue::__cli::run::{Replay, count_cases, curl};
use ringtrue::__cli::subject::adapter::receive_line;

/// A target: its name, and what holds for any input.
pub(crate) type Target = (&'static str, fn(&[u8]));

/// All targets.
pub(crate) const TARGETS: &[Target] = &[
    ("document", document),
    ("schema", schema),
    ("expression", expression),
    ("report", report),
    ("regressions", regressions),
    ("baseline", baseline),
    ("adapter_line", adapter_line),
    ("response", response),
    ("redactor", redactor),
    ("shell", shell),
    ("escape", escape),
];

const SECRET: &str = "Kq7Zw2Xv9Rt4Lm8Np3Hs";

/// A document is a contract or a mistake.
pub(crate) fn document(data: &[u8]) {
    let folder = tempfile::tempdir().expect("a folder for the document");
    let path = folder.path().join("openapi.yaml");
    std::fs::write(&path, data).expect("the document can be written");
    let _ = Contract::load(&path.display().to_string());
}

/// A schema has values, or is refused.
pub(crate) fn schema(data: &[u8]) {
    if data.len() > 4096 {
        return;
    }
    let Ok(schema) = serde_json::from_slice(data) else { return };
    if let Ok(generator) = Generator::compile(&schema) {
        for n in 0..3 {
            if let Ok(sample) = generator.nth(1, n) {
                assert!(sample.to_string().len() < 16 * 1024 * 1024, "a huge value");
            }
        }
    }
}

/// An expression holds, does not hold, or is refused.
pub(crate) fn expression(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    if let Ok(expression) = Expression::compile(text) {
        let _ = expression.holds(200, &BTreeMap::new(), &serde_json::json!({ "a": [1, "2", null], "b": { "c": 0.5 } }));
    }
}

/// A report is read or refused.
pub(crate) fn report(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    if let Ok(report) = Replay::read(text) {
        let _ = Replay::of(&report, None);
    }
}

/// A file of regressions is read or refused.
pub(crate) fn regressions(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let _ = count_cases(text);
}

/// A baseline is read or refused, and can be written again.
pub(crate) fn baseline(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    if let Ok(baseline) = Baseline::parse(text) {
        let again = baseline.to_json().expect("a baseline can be written");
        assert!(Baseline::parse(&again).is_ok(), "{again}");
    }
}

/// A line that nothing waits for is a violation, which is quoted in part.
pub(crate) fn adapter_line(data: &[u8]) {
    let violation = Redactor::default().text(&receive_line(data).expect_err("no request is open"));
    assert!(violation.len() < 600, "{violation}");
}

/// A response is read or refused.
pub(crate) fn response(data: &[u8]) {
    if let Ok(framed) = raw::parse(data, true, false) {
        // Decoded content may be longer, within its bound.
        assert!(framed.response.body.len() <= 8 * 1024 * 1024, "a huge body");
    }
}

/// What stands before and behind a secret does not protect it, and text without it is unchanged.
pub(crate) fn redactor(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let redactor = Redactor::default();
    redactor.learn(SECRET, "RINGTRUE_KEY");
    let at = text.floor_char_boundary(text.len() / 2);
    let shown = redactor.text(&format!("{}{SECRET}{}", &text[..at], &text[at..]));
    assert!(!shown.contains(SECRET), "{shown}");
    let excerpt = redactor.excerpt(format!("{text}{SECRET}").as_bytes(), 50).to_string();
    assert!(!excerpt.contains(&SECRET[..12]), "{excerpt}");
    if !redactor.finds_whole(&text)
        && !redactor.text(&text).contains("[part of")
        && !text.contains(['\u{fdd0}', '\u{fdd1}', '\u{fdd2}'])
    {
        assert_eq!(redactor.text(&text), text);
    }
}

/// Outside of single quotes, a command line has only words and variables of the harness.
pub(crate) fn shell(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let redactor = Redactor::default();
    redactor.learn(SECRET, "RINGTRUE_KEY");
    let part = |text: &str| redactor.segments(text);
    let request = RedactedRequest {
        method: part("GET"),
        url: part(&format!("http://127.0.0.1:1/{text}")),
        headers: vec![(part("x-api-key"), part(SECRET)), (part("x-a"), part(&text))],
        body: Some(part(&text)),
    };
    let Some(line) = curl(&request) else { return };
    assert!(!line.contains(SECRET), "{line}");
    let bare: String = line.replace(r"'\''", "").split('\'').step_by(2).collect();
    let bare = bare.replace("\"${RINGTRUE_KEY}\"", "");
    let is_word = |c: char| c.is_ascii_alphanumeric() || " -_./:=%\\".contains(c);
    assert!(bare.chars().all(is_word), "{line}");
}

/// Printed text has no control characters, and no line of it is a command to a build machine.
pub(crate) fn escape(data: &[u8]) {
    let shown = printable(&String::from_utf8_lossy(data));
    assert!(!shown.chars().any(|c| c.is_control() && c != '\n' && c != '\t'), "{shown:?}");
    for line in shown.lines() {
        let begins = line
            .trim_start()
            .strip_prefix("::")
            .is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_alphabetic()));
        assert!(!begins && !line.contains("##[") && !line.contains("##vso["), "{line:?}");
    }
}
