//! Clients in Python behind an adapter: some never end, some do more than they need to, and are right.

use ringtrue::__cli::checks::Verdict;
use ringtrue::__cli::run::{CheckResult, Report};
use ringtrue::ClientTest;

use crate::judge_client::support::python;
use crate::programs::is_installed;

/// An adapter with a client whose `once` makes one exchange, and whose `check` decides how often. `METHOD`, `PATH` and
/// `HEADERS` are those of the contract; `TIMEOUT` is the deadline in seconds.
const ADAPTER: &str = r#"
import gzip, http.client, json, sys, threading, time, urllib.parse
sessions, lock = {}, threading.Lock()
def exchange(c, method, path, headers, body=None):
    url = urllib.parse.urlsplit(c["base_url"])
    connection = http.client.HTTPConnection(url.hostname, url.port, timeout=timeout(c))
    try:
        connection.request(method, url.path + path, body, headers)
        response = connection.getresponse()
        data = response.read()
        if response.getheader("Content-Encoding") == "gzip": data = gzip.decompress(data)
        return response, data
    finally: connection.close()
def timeout(c): return c["timeout_ms"] / 1000
def once(c):
    try:
        response, data = exchange(c, "GET", PATH, {HEADER: c["key"], **MORE} if c["key"] else MORE)
        if response.status == 429: return {"kind": "error", "class": "rate_limited", "status": 429, "wait": response.getheader("Retry-After")}
        if response.status >= 300: return {"kind": "error", "class": {401: "auth", 402: "exhausted", 403: "forbidden", 404: "not_found"}.get(response.status, "server" if response.status >= 500 else "other"), "status": response.status, "wait": response.getheader("Retry-After")}
        value = json.loads(data)[FIELD]
        if FIELD == 'allowed' and type(value) is bool: return {"kind": "value", "value": {"allowed": value}}
        if type(value) not in (int, float): raise ValueError
        return {"kind": "value", "value": {"remaining": repr(value)}}
    except TimeoutError: return {"kind": "error", "class": "timeout"}
    except (OSError, http.client.HTTPException): return {"kind": "error", "class": "network"}
    except Exception: return {"kind": "error", "class": "malformed"}
def check(c): return once(c)
PATH, HEADER, FIELD, MORE, PARALLEL, CAPABILITIES = "/v1/credits", "X-API-Key", "credits", {}, 8, []
def spend(c): return {"kind": "value", "value": {}}
#CHANGES
def answer(q):
    op = q["op"]
    if op == "hello": ok = {"protocol": 1, "parallel": PARALLEL, "capabilities": CAPABILITIES}
    elif op == "open": sessions[q["session"]] = q["config"]; ok = {}
    elif op == "call": ok = {"check": check, "spend": spend}[q["fn"]](sessions[q["session"]]); ok.pop("wait", None)
    else: ok = {}
    with lock: print(json.dumps({"id": q["id"], "ok": ok}), flush=True)
for line in sys.stdin:
    q = json.loads(line)
    if q["op"] == "call" and PARALLEL > 1: threading.Thread(target=answer, args=(q,), daemon=True).start()
    else: answer(q)
"#;

fn scripted(contract: &str, changes: &str) -> ClientTest {
    python(contract, &ADAPTER.replace("#CHANGES", changes))
}

fn result<'r>(report: &'r Report, id: &str) -> &'r CheckResult {
    report.checks.iter().find(|check| check.id == id).unwrap()
}

/// The checks with a finding or without a verdict.
fn wrong(report: &Report) -> Vec<(&str, Verdict, Option<&str>)> {
    let fine = |verdict| matches!(verdict, Verdict::Pass | Verdict::NotApplicable | Verdict::Info);
    let wrong = report.checks.iter().filter(|check| !fine(check.verdict));
    wrong.map(|check| (check.id.as_str(), check.verdict, check.reason.as_deref())).collect()
}

fn verdict(report: &Report, id: &str) -> Verdict {
    result(report, id).verdict
}

/// The client has no deadline. With one call at a time, such a call blocks the whole adapter.
#[tokio::test(flavor = "multi_thread")]
async fn call_that_never_returns_is_a_finding_whatever_parallel_says() {
    if !is_installed("python3") {
        return;
    }
    let run = async |parallel: u32| {
        let changes = format!("def timeout(c): return None\nPARALLEL = {parallel}");
        let test = scripted("leadmagic", &changes).only("auth.request").only("robust.gives-up").only("shape.decoded");
        test.run().await.unwrap()
    };
    for report in <[Report; 2]>::from(tokio::join!(run(1), run(8))) {
        let found = result(&report, "robust.gives-up");
        assert_eq!(found.verdict, Verdict::Fail, "{found:?}");
        assert!(found.reason.as_deref().unwrap().contains("expected an end, found none"), "{found:?}");
        assert_eq!(verdict(&report, "auth.request"), Verdict::Pass);
        assert_eq!(wrong(&report).len(), 1, "{:?}", wrong(&report));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn client_that_repeats_a_request_without_end_is_a_storm_and_never_gives_up() {
    if !is_installed("python3") {
        return;
    }
    let changes =
        "def check(c):\n    while True:\n        told = once(c)\n        if told.get('class') != 'server': return told";
    let test = scripted("leadmagic", changes).only("error.no-retry-storm").only("robust.gives-up").only("auth.request");
    let report = test.run().await.unwrap();
    let storm = result(&report, "error.no-retry-storm");
    assert_eq!(storm.verdict, Verdict::Warn, "{storm:?}");
    assert!(storm.reason.as_deref().unwrap().contains("and no end"), "{storm:?}");
    assert_eq!(verdict(&report, "robust.gives-up"), Verdict::Fail);
    assert_eq!(verdict(&report, "auth.request"), Verdict::Pass);
    assert_eq!(wrong(&report).len(), 2, "{:?}", wrong(&report));
}

/// SDKs sleep within the call.
#[tokio::test(flavor = "multi_thread")]
async fn client_that_waits_within_the_call_as_it_was_told_has_no_findings() {
    if !is_installed("python3") {
        return;
    }
    let changes = "def check(c):\n    told = once(c)\n    if told.get('wait'):\n        time.sleep(60)\n        told = once(c)\n    return told";
    let report = scripted("leadmagic", changes).only("error.retry-after").only("error.no-retry-storm").run().await;
    let report = report.unwrap();
    assert_eq!(report.counts.pass, 2, "{:?}", wrong(&report));
}

/// The page has no parameters, and so another one does no harm.
#[tokio::test(flavor = "multi_thread")]
async fn client_that_names_the_tenant_without_need_has_no_findings() {
    if !is_installed("python3") {
        return;
    }
    for path in ["'/check-credits'", "'/check-credits?shop=' + c['tenant']"] {
        let changes = format!(
            "FIELD = 'allowed'\nbefore = once\ndef once(c):\n    global PATH\n    with lock:\n        PATH = {path}\n        return before(c)\ndef check(c): return once(c)"
        );
        let test =
            scripted("genlook-storefront", &changes).only("auth.*").only("shape.decoded").only("cache.isolation");
        let report = test.run().await.unwrap();
        assert!(wrong(&report).is_empty(), "{:?}", wrong(&report));
        assert_eq!(verdict(&report, "auth.request"), Verdict::Pass);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn client_that_asks_for_compressed_responses_must_decode_them() {
    if !is_installed("python3") {
        return;
    }
    let asks = "MORE = {'Accept-Encoding': 'gzip'}";
    let decodes = scripted("leadmagic", asks).only("shape.*").only("auth.*").run().await.unwrap();
    assert_eq!(verdict(&decodes, "shape.content-coding"), Verdict::Pass);
    assert!(wrong(&decodes).is_empty(), "{:?}", wrong(&decodes));
    let forgets = format!("{asks}\ngzip.decompress = lambda data: data");
    let forgets = scripted("leadmagic", &forgets).only("shape.content-coding").run().await.unwrap();
    assert_eq!(verdict(&forgets, "shape.content-coding"), Verdict::Fail);
}

/// A body with members that the contract documents and does not require.
#[tokio::test(flavor = "multi_thread")]
async fn paid_call_with_optional_members_has_no_findings() {
    if !is_installed("python3") {
        return;
    }
    let changes = r#"
CAPABILITIES, PATH, HEADER, FIELD = ["spend"], "/account/credits", "x-api-key", "creditBalance"
def spend(c):
    body = {"product": {"externalId": "p1", "title": "Coat"}, "customer": {"id": "c1"}}
    try: response, data = exchange(c, "POST", "/try-on", {HEADER: c["key"], "Content-Type": "application/json; charset=utf-8"}, json.dumps(body))
    except TimeoutError: return {"kind": "error", "class": "timeout"}
    except (OSError, http.client.HTTPException): return {"kind": "error", "class": "network"}
    if response.status == 200: return {"kind": "value", "value": {}}
    return {"kind": "error", "class": {401: "auth", 402: "exhausted"}.get(response.status, "server" if response.status >= 500 else "other"), "status": response.status}
"#;
    let test = scripted("genlook", changes).only("auth.*").only("shape.paid-*").only("error.spend-once");
    let report = test.run().await.unwrap();
    assert!(wrong(&report).is_empty(), "{:?}", wrong(&report));
    assert_eq!(verdict(&report, "auth.sent"), Verdict::Pass);
}
