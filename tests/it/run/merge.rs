//! Reports that do not belong together are refused with the reason; what reports contain is bounded.

use std::sync::Arc;

use ringtrue::__cli::contract::Contract;
use ringtrue::__cli::run::{self, Report, RunOptions, ServerTarget, Shard, ShardReport, Silent};
use serde_json::{Value, json};

/// The reports of two shards of a small run.
async fn reports() -> [Value; 2] {
    let report = async |number| {
        let options = RunOptions {
            seed: Some(1),
            only: vec!["shape.{status,media-type,headers,json}".to_owned(), "auth.missing-key".to_owned()],
            shard: Some(Shard::new(number, 2).unwrap()),
            ..RunOptions::default()
        };
        let contract = Arc::new(Contract::load("leadmagic").unwrap());
        let report =
            run::server(contract, ServerTarget::default(), options, &Silent, std::future::pending()).await.unwrap();
        serde_json::to_value(report).unwrap()
    };
    [report(1).await, report(2).await]
}

fn merge(reports: &[Value]) -> Result<Report, String> {
    let read = |(at, report): (usize, &Value)| ShardReport::read(&format!("{at}.json"), report.to_string().as_bytes());
    let shards =
        reports.iter().enumerate().map(read).collect::<Result<Vec<_>, _>>().map_err(|error| error.to_string())?;
    run::merge(shards).map_err(|error| error.to_string())
}

#[tokio::test(flavor = "multi_thread")]
async fn reports_of_different_runs_are_refused_with_both_files_and_the_difference() {
    let pair = reports().await;
    assert!(merge(&pair).is_ok());
    let changes: &[(&str, Value, &str)] = &[
        ("/seed", json!(2), "the seed differs: 1 and 2; give the same --seed"),
        ("/contract/name", json!("genlook"), "the contract differs: leadmagic and genlook"),
        ("/contract/digest", json!(format!("sha256:{}", "0".repeat(64))), "the content of the contract differs"),
        ("/subject/target", json!("http://127.0.0.1:1"), "the subject differs: embedded and http:"),
        ("/subject/kind", json!("client"), "the side under test differs: server and client"),
        ("/shard/of", json!(3), "the number of shards differs: 2 and 3"),
        (
            "/shard/only",
            json!(["auth.*"]),
            "--only differs: shape.{status,media-type,headers,json} auth.missing-key and auth.*",
        ),
        ("/repeat/cases", json!(99), "--cases differs: 16 and 99"),
    ];
    for (at, value, said) in changes {
        let mut other = pair.clone();
        *other[1].pointer_mut(at).unwrap() = value.clone();
        let error = merge(&other).unwrap_err();
        assert!(error.starts_with("0.json and 1.json cannot be merged: ") && error.contains(said), "{at}: {error}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn reports_that_are_not_exactly_all_shards_are_refused() {
    let [first, second] = reports().await;
    let error = |reports: &[Value]| merge(reports).unwrap_err();
    assert_eq!(error(&[]), "there is no report to merge");
    let said = error(&[first.clone(), first.clone(), second.clone()]);
    assert!(said.contains("0.json and 1.json cannot be merged: both are the report of shard 1/2"), "{said}");
    let said = error(std::slice::from_ref(&second));
    assert!(said.contains("of 2 shards, 1/2 is missing"), "{said}");
    let mut huge = second.clone();
    huge["shard"] = json!({"number": 2, "of": 1000});
    let said = error(&[huge]);
    assert!(said.contains("11/1000, 989 more are missing"), "{said}");
    let mut whole = second.clone();
    whole.as_object_mut().unwrap().remove("shard");
    let said = error(&[first.clone(), whole]);
    assert!(said.contains("1.json cannot be merged: it is the report of a whole run, and not of a shard"), "{said}");
    for (shard, why) in
        [(json!({"number": 3, "of": 2}), "there is no shard 3 of 2"), (json!({"number": 0, "of": 0}), "between 1 and")]
    {
        let mut other = second.clone();
        other["shard"] = shard;
        assert!(error(&[first.clone(), other]).contains(why));
    }
    for (at, value, why) in [
        ("/ringtrue", json!("0.0.1"), "ringtrue 0.0.1 made it, and this is"),
        ("/schema", json!("ringtrue/report/9"), "its `schema` is `ringtrue/report/9`"),
        ("/contract/digest", json!("\u{1b}]0;x"), "the digest of its contract is not a SHA-256 digest"),
        ("/subject/kind", json!("parrot"), "its subject is neither a server nor a client nor traffic"),
        ("/started_at", json!("yesterday"), "its `started_at` is not a time"),
        ("/checks/0/id", json!("auth.\u{1b}[2J"), "which is no check of this run"),
        ("/checks/0/verdict", json!("splendid"), "unknown variant `splendid`"),
        ("/checks", json!([]), "none of them has a result of `"),
        ("/checks/0", first["checks"][0].clone(), "both have a result of `"),
        ("/checks/1", second["checks"][0].clone(), "it has two results of `"),
    ] {
        let mut other = second.clone();
        *other.pointer_mut(at).unwrap() = value;
        let said = error(&[first.clone(), other]);
        assert!(said.contains(why), "{at}: {said}");
    }
}

#[test]
fn text_that_is_no_report_is_refused_with_the_file() {
    let error = |text: &[u8]| ShardReport::read("x.json", text).unwrap_err().to_string();
    for text in ["", "{", "{\"schema\":\"ringtrue/report/1\"", "{\"schema\":\"x", "["] {
        let said = error(text.as_bytes());
        assert!(said.starts_with("x.json cannot be merged: the file ends in the middle"), "{text}: {said}");
    }
    let deep = "[".repeat(100_000);
    for text in ["{}", "[]", "null", "1", "<testsuites/>", "{} {}", r#"{"schema":1}"#, "\u{feff}{}", &deep] {
        let said = error(text.as_bytes());
        assert!(said.starts_with("x.json cannot be merged: it is no report in JSON"), "{said}");
        assert!(said.len() < 400, "{said}");
    }
    assert!(error(&[0xff, 0xfe, 0]).contains("it is no report in JSON"));
    let said = error(format!(r#"{{"schema":"{}"}}"#, "x".repeat(100_000)).as_bytes());
    assert!(said.contains("more bytes)") && said.len() < 500, "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn exchanges_of_two_reports_with_one_number_get_numbers_of_their_own() {
    let exchange = |n: u64, path: &str| json!({"n": n, "elapsed_us": 1, "request": {"method": "GET", "url": format!("http://127.0.0.1:1/{path}"), "headers": []}});
    let [mut first, mut second] = reports().await;
    first["exchanges"] = json!([exchange(u64::MAX, "a"), exchange(3, "b")]);
    first["checks"][0]["exchanges"] = json!([3, u64::MAX, 17]);
    second["exchanges"] = json!([exchange(3, "c"), exchange(17, "d")]);
    second["checks"][0]["exchanges"] = json!([17, 3]);
    let report = merge(&[first.clone(), second.clone()]).unwrap();
    let urls = |id: &Value| -> Vec<String> {
        let check = report.checks.iter().find(|check| Some(check.id.as_str()) == id.as_str()).unwrap();
        let url = |n: &u64| report.exchanges.iter().find(|exchange| exchange.n == *n).unwrap().request.url.clone();
        check.exchanges.iter().map(url).map(|url| url.rsplit('/').next().unwrap_or_default().to_owned()).collect()
    };
    // What the first report does not have is not found in the second.
    assert_eq!(urls(&first["checks"][0]["id"]), ["b", "a"]);
    assert_eq!(urls(&second["checks"][0]["id"]), ["d", "c"]);
    assert_eq!(report.exchanges.len(), 4);

    // The exchanges of one recording are the same in all shards.
    second["exchanges"] = first["exchanges"].clone();
    second["checks"][0]["exchanges"] = json!([3]);
    let report = merge(&[first, second]).unwrap();
    assert_eq!(report.exchanges.iter().map(|exchange| exchange.n).collect::<Vec<_>>(), [3, u64::MAX]);
}

#[tokio::test(flavor = "multi_thread")]
async fn one_defect_in_two_shards_is_one_cause() {
    let [mut first, mut second] = reports().await;
    for report in [&mut first, &mut second] {
        let check = &mut report["checks"][0];
        check["verdict"] = json!("fail");
        check["reason"] = json!("expected 1, found 2");
        check["defect"] = json!("GET /x breaks");
        // What a shard takes for a cause by itself counts for nothing.
        check["cause"] = json!("another one");
        report["notes"] = json!(["a note", "another"]);
    }
    let report = merge(&[first, second]).unwrap();
    let causes: Vec<_> = report.checks.iter().filter_map(|check| check.cause.as_deref()).collect();
    assert_eq!(causes, ["GET /x breaks"; 2]);
    assert!(report.checks.iter().all(|check| check.defect.is_none()));
    assert_eq!(report.notes, ["a note", "another"]);
    assert_eq!((report.outcome, report.counts.fail), (run::Outcome::NonConformant, 2));
}

#[tokio::test(flavor = "multi_thread")]
async fn long_text_of_a_report_is_cut() {
    let [mut first, second] = reports().await;
    first["checks"][0]["verdict"] = json!("fail");
    first["checks"][0]["reason"] = json!("é".repeat(1_000_000));
    first["checks"][0]["steps"] = json!(vec!["step"; 100_000]);
    first["notes"] = json!([format!("a{}", "b".repeat(1_000_000))]);
    first["promises"][0]["source"]["url"] = json!("javascript:alert(1)");
    first["promises"][0]["held_in"] = json!(["shape.x", second["checks"][0]["id"]]);
    let report = merge(&[first, second]).unwrap();
    let check = report.checks.iter().find(|check| check.reason.is_some()).unwrap();
    assert!(check.reason.as_ref().is_some_and(|reason| reason.len() < 140_000 && reason.ends_with("more bytes)")));
    assert_eq!(check.steps.len(), 1000);
    assert!(report.notes[0].len() < 140_000);
    assert_eq!(report.promises[0].source.url, None);
    assert!(report.promises[0].held_in.iter().all(|id| report.checks.iter().any(|check| check.id == *id)));
}
