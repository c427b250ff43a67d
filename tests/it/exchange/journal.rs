//! What the journal gives out has no secret in it, wherever that stood and whenever it became known.

use std::sync::Arc;
use std::time::Duration;

use ringtrue::__cli::exchange::{Exchange, Journal, Recorded, Redactor, Request, Response};

const SECRET: &str = "k_0123456789abcdef";

fn recorded(body: String, learn: impl Fn(&Journal, bool)) -> Recorded {
    let journal = Journal::new(Redactor::default());
    learn(&journal, false);
    let request = Request::new("GET", "/credits?key=K_0123456789ABCDEF").header("x-api-key", SECRET);
    let response = Response { status: 200, headers: Vec::new(), body: body.into() };
    let exchange = Exchange { n: 1, request, result: Ok(response), elapsed: Duration::ZERO };
    journal.record(&"http://127.0.0.1:1".into(), Arc::new(exchange));
    learn(&journal, true);
    journal.select(&[1]).remove(0)
}

#[test]
fn secret_learnt_after_recording_is_redacted() {
    for late in [false, true] {
        let learn = |journal: &Journal, now: bool| {
            if now == late {
                journal.redactor().learn(SECRET, "RINGTRUE_KEY");
            }
        };
        let shown = format!("{:?}", recorded(format!("no such key: {SECRET}"), learn));
        assert!(!shown.to_lowercase().contains("0123456789"), "{shown}");
        assert_eq!(shown.matches("${RINGTRUE_KEY}").count(), 3, "{shown}");
    }
}

#[test]
fn secret_at_the_end_of_a_truncated_body_is_redacted_whole() {
    let learn = |journal: &Journal, _: bool| journal.redactor().learn(SECRET, "RINGTRUE_KEY");
    // Around the end of what is shown, and around the end of what is gone through.
    for end in [16 * 1024, 64 * 1024] {
        for before in (end - 20)..(end + 2) {
            let body = format!("{}{SECRET}{}", "x".repeat(before), "y".repeat(200_000));
            let shown = recorded(body, learn).response.unwrap().body;
            assert!(!shown.contains("k_0"), "{before}: {}", &shown[shown.len() - 60..]);
            assert!(shown.len() < 17 * 1024 && shown.ends_with(" more bytes)"));
        }
    }
    let shown = recorded("x".repeat(300_000), learn).response.unwrap().body;
    assert!(shown.ends_with(&format!("x… ({} more bytes)", 300_000 - 16 * 1024)));
    // So many secrets that the beginning shrinks below what is shown.
    let body = SECRET.repeat(30_000);
    let shown = recorded(body, learn).response.unwrap().body;
    assert!(shown.contains("${RINGTRUE_KEY}") && !shown.contains("k_0") && !shown.contains("0123"));
}

#[test]
fn debug_output_of_a_journal_contains_no_exchange() {
    let journal = Journal::default();
    let request = Request::new("GET", "/").header("x-api-key", SECRET);
    let exchange = Exchange {
        n: 1,
        request,
        result: Err(ringtrue::__cli::exchange::Failure::Timeout(Duration::from_millis(1))),
        elapsed: Duration::ZERO,
    };
    journal.record(&"http://127.0.0.1:1".into(), Arc::new(exchange));
    assert!(!format!("{journal:?}").contains(SECRET));
}
