//! The secret matrix: a server repeats the credential at every position and in every encoding, and no output shows it.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use ringtrue::__cli::report::{Baseline, FORMATS, Verbosity, View};
use ringtrue::__cli::run::{Report, RunError, RunOptions, ServerTarget};

use super::peer::{Conduct, Peer, contract, judge, response};

const SECRET: &str = "Kq7Zw2Xv9Rt4Lm8Np3Hs";

fn encodings() -> Vec<(&'static str, String)> {
    let each = |form: fn(u8) -> String| SECRET.bytes().map(form).collect::<String>();
    vec![
        ("as it is", SECRET.to_owned()),
        ("lower case", SECRET.to_ascii_lowercase()),
        ("all but the end", SECRET[..18].to_owned()),
        ("all but the beginning", SECRET[2..].to_owned()),
        ("percent", each(|byte| format!("%{byte:02X}"))),
        ("percent twice", each(|byte| format!("%25{byte:02X}"))),
        ("JSON", each(|byte| format!("\\u{byte:04x}"))),
        ("JSON in JSON", each(|byte| format!("\\\\u{byte:04x}"))),
        ("HTML decimal", each(|byte| format!("&#{byte};"))),
        ("HTML hexadecimal", each(|byte| format!("&#x{byte:x};"))),
        ("hexadecimal", each(|byte| format!("{byte:02x}"))),
        ("hexadecimal with colons", each(|byte| format!("{byte:02X}:"))),
        ("hexadecimal as code points", each(|byte| format!("U+{byte:04X} "))),
        ("quoted-printable", each(|byte| format!("={byte:02X}"))),
        ("wrapped", format!("{}\\n{}", &SECRET[..10], &SECRET[10..])),
        ("letter by letter", each(|byte| format!("{} ", char::from(byte)))),
        ("in groups", format!("{}-{}-{}", &SECRET[..7], &SECRET[7..14], &SECRET[14..])),
        ("Base64", STANDARD.encode(SECRET)),
        ("Base64 as user", STANDARD.encode(format!("{SECRET}:"))),
        ("Base64 as password", STANDARD.encode(format!("user:{SECRET}"))),
        ("Base64 at 1", STANDARD.encode(format!("a{SECRET}b"))),
        ("Base64 at 2", STANDARD.encode(format!("ab{SECRET}b"))),
        ("Base64 for URLs", URL_SAFE_NO_PAD.encode(format!("??{SECRET}"))),
        ("Base64 in lower case", STANDARD.encode(format!("user:{SECRET}")).to_ascii_lowercase()),
        ("Base64 twice", STANDARD.encode(STANDARD.encode(SECRET))),
    ]
}

/// Where the server repeats it: status line, header fields and body of every response.
fn positions(form: &str) -> Vec<(&'static str, Vec<u8>)> {
    let json = "Content-Type: application/json\r\n";
    let body = |text: String| response("200 OK", json, text.as_bytes());
    let field = |name: &str| response("200 OK", &format!("{json}{name}: {form}\r\n"), b"{\"credits\":\"x\"}");
    let mut all = vec![
        ("value in JSON", body(format!("{{\"credits\":\"{form}\"}}"))),
        ("name in JSON", body(format!("{{\"{form}\":1}}"))),
        (
            "error in JSON",
            response("500 Oops", json, format!("{{\"error\":{{\"message\":\"no {form} here\"}}}}").as_bytes()),
        ),
        ("text", response("200 OK", "Content-Type: text/plain\r\n", format!("no {form} here").as_bytes())),
        ("not JSON", body(format!("{{\"credits\": {form}"))),
        ("ETag", field("ETag")),
        ("Content-Type", response("200 OK", &format!("Content-Type: text/{form}\r\n"), b"{\"credits\":1}")),
        ("Set-Cookie", field("Set-Cookie")),
        ("Location", response("302 Found", &format!("Location: /x?{form}\r\n"), form.as_bytes())),
        ("reason phrase", response(&format!("200 {form}"), json, b"{\"credits\":\"x\"}")),
        ("not HTTP", format!("{form}\r\n\r\n").into_bytes()),
        ("content coding", response("200 OK", &format!("{json}Content-Encoding: {form}\r\n"), b"{}")),
    ];
    // Around the places where texts are cut.
    for (name, before) in [("at 105", 105), ("at 119", 119), ("at 500", 500), ("at 16380", 16_380)] {
        all.push((name, body(format!("{}{form}{}", "-".repeat(before), " ".repeat(9000)))));
    }
    all
}

/// What is left of a text without the signs of escapes, in lower case.
fn essence(text: &str) -> String {
    text.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect()
}

/// Whether an output contains the greater part of what the server sent.
fn leaks(output: &str, form: &str) -> bool {
    let (output, form) = (essence(output), essence(form));
    let middle = form.len() / 2;
    let around = &form[middle.saturating_sub(9)..(middle + 9).min(form.len())];
    output.contains(around)
}

fn sinks(run: &Result<Report, RunError>) -> Vec<(String, String)> {
    let report = match run {
        Ok(report) => report,
        Err(error) => return vec![("error".to_owned(), ringtrue::__cli::run::chain(error))],
    };
    let view = View { verbosity: Verbosity::Verbose, ..View::default() };
    let mut sinks: Vec<(String, String)> =
        FORMATS.iter().map(|format| (format.name.to_owned(), (format.render)(report, &view).unwrap())).collect();
    sinks.push(("baseline".to_owned(), Baseline::of(report).to_json().unwrap()));
    sinks.push(("repeat".to_owned(), report.checks.iter().filter_map(|check| check.reproduce.clone()).collect()));
    sinks.push(("debug".to_owned(), format!("{report:?}")));
    sinks
}

#[tokio::test(flavor = "multi_thread")]
async fn no_output_shows_the_credential_at_any_position_in_any_encoding() {
    let plain = contract("plain");
    let (mut cells, mut findings) = (0, 0);
    let mut leaked = Vec::new();
    for (encoding, form) in encodings() {
        for (position, bytes) in positions(&form) {
            let peer = Peer::start(Conduct::Bytes(bytes)).await;
            let folder = tempfile::tempdir().unwrap();
            let regressions = folder.path().join("regressions.jsonl");
            let target = ServerTarget {
                url: Some(peer.url.clone()),
                key: Some(SECRET.to_owned()),
                other_key: Some("another-key-0123456789".to_owned()),
                ..ServerTarget::default()
            };
            let options = RunOptions {
                only: ["shape.status", "shape.body", "auth.echo", "shape.any-request", "shape.media-type"]
                    .map(String::from)
                    .to_vec(),
                cases: Some(1),
                seed: Some(1),
                regressions: Some(regressions.clone()),
                ..RunOptions::default()
            };
            let run = judge(&plain, target, options).await;
            findings += run.as_ref().map_or(0, |report| report.counts.fail + report.counts.warn);
            let mut sinks = sinks(&run);
            sinks.push(("regressions".to_owned(), std::fs::read_to_string(&regressions).unwrap_or_default()));
            for (sink, output) in sinks {
                cells += 1;
                if leaks(&output, &form) || leaks(&output, SECRET) {
                    leaked.push(format!("{position}, {encoding}: {sink}"));
                }
            }
        }
    }
    println!("secret matrix: {cells} cells, {} leaks", leaked.len());
    assert!(cells > 2000 && findings > 40, "{cells} cells, {findings} findings");
    assert!(leaked.is_empty(), "{} of {cells} cells leak:\n{}", leaked.len(), leaked.join("\n"));
}
