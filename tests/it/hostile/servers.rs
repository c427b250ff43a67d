//! Servers that send what no server should: a run ends in time, its reports are well-formed, and nothing in them is a command.

use std::time::Duration;

use tokio::time::Instant;

use ringtrue::__cli::report::{FORMATS, Verbosity, View};
use ringtrue::__cli::run::{RunOptions, ServerTarget};

use super::peer::{Conduct, Peer, contract, judge, response};

/// How long one run may take on a busy machine.
const BOUND: Duration = Duration::from_mins(1);

const JSON: &str = "Content-Type: application/json\r\n";

/// Texts that mean something to a terminal, a shell, a build machine, a browser or a parser.
const TEXTS: &[&str] = &[
    "::stop-commands::x",
    "::add-mask::credits",
    "::error file=a,line=1::x",
    "##[error]x",
    "##vso[task.setvariable variable=PATH]x",
    "##teamcity[buildStatus status='SUCCESS']",
    "\u{1b}[2J\u{1b}]0;owned\u{7}",
    "\u{9b}31m",
    "\r\n\r\nok",
    "\u{202e}txt.exe",
    "\u{2066}\u{2069}\u{feff}\u{200b}",
    "<script>alert(1)</script>",
    "]]><x/><!--",
    "&xxe;<!DOCTYPE x SYSTEM 'file:///etc/passwd'>",
    "${RINGTRUE_x:-$(touch PWNED)}",
    "$(touch PWNED)`touch PWNED`",
    "'; touch PWNED; '",
    "\u{fdd0}x\u{fdd2}99999999\u{fdd2}99999999\u{fdd1}",
    "{{constructor.constructor('x')()}}",
    "%00%0d%0a%25",
    "../../../../etc/passwd",
    "\0\0\0",
];

fn texts() -> Vec<(String, Conduct)> {
    let mut all = Vec::new();
    for text in TEXTS {
        let quoted = serde_json::to_string(text).unwrap();
        let body = response("200 OK", JSON, format!("{{\"credits\":{quoted}}}").as_bytes());
        let plain = response("200 OK", "Content-Type: text/plain\r\n", format!("{text}\n{text}").as_bytes());
        let field = text.replace(['\r', '\n', '\0'], " ");
        let field = response("200 OK", &format!("{JSON}X-A: {field}\r\nETag: {field}\r\n"), b"{\"credits\":[]}");
        for (place, bytes) in [("JSON", body), ("text", plain), ("field", field)] {
            all.push((format!("{text:?} in {place}"), Conduct::Bytes(bytes)));
        }
    }
    all
}

fn shapes() -> Vec<(String, Conduct)> {
    let ok = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n";
    let bytes = |bytes: &[u8]| Conduct::Bytes(bytes.to_vec());
    let deep = format!("{}1{}", "[".repeat(100_000), "]".repeat(100_000));
    let gzip_bomb = {
        use std::io::Write as _;
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
        (0..256).for_each(|_| encoder.write_all(&b" ".repeat(1024 * 1024)).unwrap());
        encoder.finish().unwrap()
    };
    let cases: Vec<(&str, Conduct)> = vec![
        ("nothing", Conduct::Close),
        ("no byte and no end", Conduct::Stall(Vec::new())),
        ("half a head", Conduct::Stall(b"HTTP/1.1 200 OK\r\nConte".to_vec())),
        ("half a body", Conduct::Stall(format!("{ok}Content-Length: 100\r\n\r\n{{").into_bytes())),
        ("an endless body", Conduct::Endless(format!("{ok}\r\n").into_bytes(), vec![b'a'; 65536])),
        ("an endless head", Conduct::Endless(ok.into(), b"X-A: b\r\n".repeat(1000))),
        ("an endless status line", Conduct::Endless(b"HTTP/1.1 200 ".to_vec(), vec![b'a'; 65536])),
        ("endless interim responses", Conduct::Endless(Vec::new(), b"HTTP/1.1 103 Early Hints\r\n\r\n".repeat(100))),
        (
            "endless chunks",
            Conduct::Endless(
                format!("{ok}Transfer-Encoding: chunked\r\n\r\n").into_bytes(),
                b"1\r\na\r\n".repeat(1000),
            ),
        ),
        ("a huge chunk size", bytes(format!("{ok}Transfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\na").as_bytes())),
        ("a chunk size that is none", bytes(format!("{ok}Transfer-Encoding: chunked\r\n\r\nxyz\r\na").as_bytes())),
        ("two lengths", bytes(format!("{ok}Content-Length: 1\r\nContent-Length: 2\r\n\r\n{{}}").as_bytes())),
        ("a negative length", bytes(format!("{ok}Content-Length: -1\r\n\r\n{{}}").as_bytes())),
        ("a huge length", bytes(format!("{ok}Content-Length: 99999999999999999999\r\n\r\n{{}}").as_bytes())),
        ("no HTTP", bytes(b"SSH-2.0-OpenSSH_9.6\r\n")),
        ("HTTP/0.9", bytes(b"{\"credits\":1}")),
        ("HTTP/2 preface", bytes(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")),
        ("status 0", bytes(&response("000 X", JSON, b"{}"))),
        ("status 999", bytes(&response("999 X", JSON, b"{}"))),
        ("a switch of protocols", bytes(b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\nabc")),
        ("NUL in a field", bytes(format!("{ok}X-A: \0\r\n\r\n").as_bytes())),
        ("an obsolete line fold", bytes(format!("{ok}X-A: a\r\n b\r\n\r\n").as_bytes())),
        ("bytes that are not UTF-8", bytes(&response("200 OK", JSON, &[0xff, 0xfe, 0x80, 0xc0, 0xaf]))),
        ("UTF-16", bytes(&response("200 OK", JSON, b"\xff\xfe{\0}\0"))),
        ("deep JSON", bytes(&response("200 OK", JSON, deep.as_bytes()))),
        (
            "a huge number",
            bytes(&response("200 OK", JSON, format!("{{\"credits\":{}}}", "9".repeat(100_000)).as_bytes())),
        ),
        ("a huge exponent", bytes(&response("200 OK", JSON, b"{\"credits\":1e999999999}"))),
        ("a tiny exponent", bytes(&response("200 OK", JSON, b"{\"credits\":1e-999999999}"))),
        ("a name twice", bytes(&response("200 OK", JSON, b"{\"credits\":1,\"credits\":2}"))),
        ("a gzip bomb", bytes(&response("200 OK", &format!("{JSON}Content-Encoding: gzip\r\n"), &gzip_bomb))),
        (
            "many codings",
            bytes(&response("200 OK", &format!("{JSON}Content-Encoding: gzip, gzip, gzip, gzip, gzip\r\n"), b"x")),
        ),
        ("an unknown coding", bytes(&response("200 OK", &format!("{JSON}Content-Encoding: ${{x}}\r\n"), b"x"))),
        ("a thousand fields", bytes(&response("200 OK", &"X-A: b\r\n".repeat(1000), b"{}"))),
        ("a long field", bytes(&response("200 OK", &format!("X-A: {}\r\n", "b".repeat(100_000)), b"{}"))),
        ("a redirect to itself", bytes(&response("302 Found", "Location: /\r\n", b""))),
        ("a redirect to a file", bytes(&response("302 Found", "Location: file:///etc/passwd\r\n", b""))),
        ("a redirect elsewhere", bytes(&response("302 Found", "Location: http://192.0.2.1/\r\n", b""))),
        ("a wait of years", bytes(&response("429 Slow", "Retry-After: 99999999999\r\n", b""))),
        ("a wait into the past", bytes(&response("429 Slow", "Retry-After: Mon, 01 Jan 1900 00:00:00 GMT\r\n", b""))),
        ("a wait that is none", bytes(&response("503 Slow", "Retry-After: -1\r\n", b""))),
    ];
    cases.into_iter().map(|(name, conduct)| (name.to_owned(), conduct)).collect()
}

/// Whether a line would be a command to a build machine.
fn is_command(line: &str) -> bool {
    line.trim_start().starts_with("::") || ["##[", "##vso[", "##teamcity["].iter().any(|mark| line.contains(mark))
}

async fn try_all(cases: Vec<(String, Conduct)>) {
    let plain = contract("plain");
    for (name, conduct) in cases {
        let peer = Peer::start(conduct).await;
        let target = ServerTarget {
            url: Some(peer.url.clone()),
            key: Some("key-0123456789abcdef".to_owned()),
            ..ServerTarget::default()
        };
        let options = RunOptions {
            only: ["shape.*", "error.*", "robust.*"].map(String::from).to_vec(),
            skip: vec!["*.any-*".to_owned()],
            cases: Some(1),
            seed: Some(1),
            timeout: Some(Duration::from_millis(300)),
            max_time: Some(Duration::from_secs(8)),
            ..RunOptions::default()
        };
        let begun = Instant::now();
        let run = judge(&plain, target, options).await;
        assert!(begun.elapsed() < BOUND, "{name}: {:?}", begun.elapsed());
        let report = match run {
            Ok(report) => report,
            Err(error) => {
                let text = ringtrue::__cli::report::printable(&ringtrue::__cli::run::chain(&error));
                assert!(text.len() < 4000 && !text.lines().any(is_command), "{name}: {text}");
                continue;
            }
        };
        assert_eq!(report.counts.error, 0, "{name}: {:?}", report.checks);
        for format in FORMATS {
            for verbosity in [Verbosity::Normal, Verbosity::Verbose] {
                let text = (format.render)(&report, &View { verbosity, ..View::default() }).unwrap();
                let hidden = |c: char| {
                    c.is_control() && !matches!(c, '\n' | '\t')
                        || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
                };
                assert!(!text.chars().any(hidden), "{name}: {}", format.name);
                // The commands of this format are its own.
                let own = |line: &str| {
                    format.name == "github"
                        && ["::error title=", "::warning title=", "::notice title="]
                            .iter()
                            .any(|own| line.starts_with(own))
                };
                let foreign = text.lines().find(|line| is_command(line) && !own(line));
                assert!(foreign.is_none(), "{name}: {}: {foreign:?}", format.name);
            }
        }
        for line in report.checks.iter().filter_map(|check| check.reproduce.as_deref()) {
            // What is not between single quotes is harmless: words of letters, and variables of the harness.
            let bare: String = line.replace(r"'\''", "").split('\'').step_by(2).collect();
            let bare = bare.replace("\"${RINGTRUE_KEY}\"", "");
            assert!(!bare.contains(['$', '`', ';', '|', '&', '<', '>', '(', '\n']), "{name}: {line}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn text_of_a_server_is_never_a_command() {
    let cases = texts();
    assert_eq!(cases.len(), 66);
    try_all(cases).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn run_against_a_server_of_any_shape_ends_in_time() {
    let cases = shapes();
    assert_eq!(cases.len(), 40);
    try_all(cases).await;
}
