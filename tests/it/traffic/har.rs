//! Recordings: what is judged in them, and what is left out and counted.

use std::io::Write as _;

use ringtrue::__cli::checks::Verdict;
use ringtrue::__cli::passive::{BaseUrls, HarError, HarSummary, TrafficJudge, TrafficOptions, har_files, judge_har};
use ringtrue::__cli::run::Report;
use serde_json::{Value, json};

use super::session::contract;

const KEY: &str = "lm_live_0123456789abcdef";
const URL: &str = "https://api.leadmagic.io/v1/credits";

/// An entry as browsers write it, so many seconds after the start.
fn entry(seconds: u64) -> Value {
    json!({
        "startedDateTime": format!("2025-11-28T09:{:02}:{:02}.250+00:00", seconds / 60, seconds % 60),
        "time": 31.5,
        "pageref": "page_1",
        "request": {
            "method": "GET", "url": URL, "httpVersion": "h2", "bodySize": 0, "cookies": [], "queryString": [],
            "headers": [{"name": ":authority", "value": "api.leadmagic.io"}, {"name": "x-api-key", "value": KEY}],
        },
        "response": {
            "status": 200, "bodySize": 17, "headers": [
                {"name": "content-type", "value": "application/json"}, {"name": "content-encoding", "value": "br"},
                {"name": "x-credits-remaining", "value": "100.5"},
            ],
            "content": {"size": 17, "mimeType": "application/json", "text": "{\"credits\":100.5}"},
        },
        "cache": {}, "timings": {},
    })
}

fn with(mut entry: Value, pointer: &str, value: Value) -> Value {
    *entry.pointer_mut(pointer).unwrap() = value;
    entry
}

fn plus(mut entry: Value, pointer: &str, name: &str, value: Value) -> Value {
    entry.pointer_mut(pointer).unwrap()[name] = value;
    entry
}

fn text(entries: &[Value]) -> String {
    json!({"log": {"version": "1.2", "creator": {"name": "WebInspector"}, "pages": [], "entries": entries}}).to_string()
}

fn judged(text: &str) -> (Report, HarSummary) {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(text.as_bytes()).unwrap();
    let contract = contract("leadmagic");
    let mut judge = TrafficJudge::new(contract.clone(), &TrafficOptions::default()).unwrap();
    let bases = BaseUrls::new(&contract, &[]).unwrap();
    let summary = judge_har(&mut judge, &bases, file.path(), 1, &|| false).unwrap();
    let report = judge.report("traffic.har", summary.notes());
    assert!(!format!("{report:?}").contains(KEY));
    (report, summary)
}

fn findings(report: &Report) -> Vec<(&str, &str)> {
    let found = [Verdict::Fail, Verdict::Warn, Verdict::Info, Verdict::Error];
    let of = report.checks.iter().filter(|check| found.contains(&check.verdict));
    of.map(|check| (check.id.as_str(), check.reason.as_deref().unwrap_or_default())).collect()
}

#[test]
fn correct_traffic_with_everything_that_recordings_contain_is_not_accused() {
    let aborted = plus(with(entry(70), "/response/status", json!(0)), "/response", "_error", json!("net::ERR_ABORTED"));
    let preflight = with(with(entry(71), "/request/method", json!("OPTIONS")), "/response/status", json!(204));
    let preflight = with(preflight, "/request/headers", json!([{"name": "origin", "value": "https://shop.example"}]));
    let mut entries = vec![
        // In another order than they were sent.
        entry(400),
        entry(0),
        plus(entry(5), "", "_fromCache", json!("disk")),
        plus(entry(6), "", "_fromCache", json!("memory")),
        with(entry(7), "/response/bodySize", json!(0)),
        plus(entry(8), "/response", "_fetchedViaServiceWorker", json!(true)),
        aborted,
        preflight,
        with(entry(72), "/request/url", json!("https://cdn.example/x.js")),
        with(entry(73), "/request/url", json!("data:text/plain,x")),
        // The content was not recorded.
        with(entry(150), "/response/content", json!({"size": 17, "mimeType": "application/json"})),
        with(
            entry(230),
            "/response/content",
            json!({"size": 17, "encoding": "base64", "text": "eyJjcmVkaXRzIjoxMDAuNX0="}),
        ),
        with(entry(310), "/response/status", json!(304)),
    ];
    // Aborted requests right behind each other: a user types.
    entries.extend((0..8).map(|_| with(entry(74), "/response/status", json!(0))));
    let (report, summary) = judged(&text(&entries));
    assert_eq!(findings(&report), []);
    let HarSummary { entries, judged, elsewhere, cached, unanswered, broken, .. } = summary;
    assert_eq!((entries, judged, elsewhere, cached, unanswered, broken), (21, 6, 2, 4, 9, 0));
}

#[test]
fn credentials_that_the_recording_lacks_are_not_missed() {
    let lacking = |seconds| with(entry(seconds), "/request/headers", json!([{"name": "accept", "value": "*/*"}]));
    let (report, _) = judged(&text(&[lacking(0), lacking(100)]));
    assert_eq!(findings(&report), []);
    // It contains them elsewhere, so that one request has none.
    let (report, _) = judged(&text(&[entry(0), lacking(100)]));
    assert!(findings(&report).iter().any(|(id, _)| *id == "auth.missing-key"), "{report:?}");
    // The server says so itself.
    let body = r#"{"success":false,"errors":[{"type":"x","title":"x","status":401,"code":"missing_authentication"}]}"#;
    let refused = with(with(lacking(0), "/response/status", json!(401)), "/response/content", json!({"text": body}));
    let (report, _) = judged(&text(&[refused]));
    assert!(findings(&report).iter().any(|(id, _)| *id == "auth.sent"), "{report:?}");
}

#[test]
fn recorded_times_decide_about_caches() {
    let (report, _) = judged(&text(&(0..5).map(|n| entry(n * 10)).collect::<Vec<_>>()));
    assert_eq!(findings(&report).iter().map(|(id, _)| *id).collect::<Vec<_>>(), ["cache.hit"]);
    let (report, _) = judged(&text(&(0..5).map(|n| entry(n * 70)).collect::<Vec<_>>()));
    assert_eq!(findings(&report), []);
    // Other programs than Chrome count a tab as one page, however often it is loaded.
    let of_firefox = text(&(0..5).map(|n| entry(n * 10)).collect::<Vec<_>>()).replace("WebInspector", "Firefox");
    let (report, _) = judged(&of_firefox);
    let verdicts: Vec<_> =
        report.checks.iter().filter(|check| check.id == "cache.hit").map(|check| check.verdict).collect();
    assert_eq!(verdicts, [Verdict::Info]);
    // Without times nothing is known of the order.
    let untimed = (0..5).map(|_| with(entry(0), "/startedDateTime", json!("soon"))).collect::<Vec<_>>();
    let (report, summary) = judged(&text(&untimed));
    assert_eq!((findings(&report), summary.untimed), (vec![], 5));
}

#[test]
fn broken_entries_are_reported_and_the_others_judged() {
    let wrong = with(entry(100), "/response/content/text", json!("{\"credits\":\"100.5\"}"));
    let whole = text(&[entry(0), json!({}), json!({"request": {"url": URL, "method": 7}, "response": {}}), wrong]);
    let (report, summary) = judged(&whole);
    assert_eq!((summary.broken, summary.judged), (2, 2));
    assert_eq!(findings(&report).iter().map(|(id, _)| *id).collect::<Vec<_>>(), ["shape.body"]);
    assert!(summary.problems[0].starts_with("entry 2 cannot be read: "), "{summary:?}");
    // The numbers of exchanges are those of the entries.
    assert_eq!(report.exchanges.iter().map(|exchange| exchange.n).collect::<Vec<_>>(), [4]);

    let cut = &whole[..whole.len() - 40];
    let (_, summary) = judged(cut);
    assert_eq!(summary.judged, 1);
    assert!(summary.problems.contains(&"it ends in the middle, after 3 entries".to_owned()), "{summary:?}");
    for length in (0..whole.len()).step_by(7) {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(&whole.as_bytes()[..length]).unwrap();
        let contract = contract("leadmagic");
        let mut judge = TrafficJudge::new(contract.clone(), &TrafficOptions::default()).unwrap();
        let read = judge_har(&mut judge, &BaseUrls::new(&contract, &[]).unwrap(), file.path(), 1, &|| false);
        assert!(matches!(read, Ok(_) | Err(HarError::NoEntries(_))), "{length}");
    }
}

#[test]
fn folder_is_searched_for_recordings() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("b")).unwrap();
    for name in ["b/2.HAR", "a.har", "notes.txt"] {
        std::fs::write(folder.path().join(name), "{}").unwrap();
    }
    let found = har_files(&[folder.path().to_owned()]).unwrap();
    let names: Vec<_> = found.iter().map(|path| path.strip_prefix(folder.path()).unwrap().to_str().unwrap()).collect();
    assert_eq!(names, ["a.har", "b/2.HAR"]);
    let empty = tempfile::tempdir().unwrap();
    assert!(matches!(har_files(&[empty.path().to_owned()]), Err(HarError::EmptyFolder(_))));
    assert!(matches!(har_files(&["absent.har".into()]), Err(HarError::Read { .. })));
}
