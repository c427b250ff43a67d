//! Adapters: the templates conform; a protocol violation is reported as one error, and the process ends.

use std::time::Duration;

use tokio::time::Instant;

use ringtrue::__cli::checks::Verdict;
use ringtrue::__cli::run::{Outcome, Report};
use ringtrue::__cli::subject::AdapterCommand;
use ringtrue::__cli::subject::adapter::self_check;
use serde_json::Value;

use crate::judge_client::support::{file, node, python, target_folder};
use crate::programs::{is_installed, skip};

/// A Python adapter that answers `hello`, and runs `then` for every other request.
fn hello_then(then: &str) -> String {
    format!(
        "import json, sys, time, os, subprocess, threading\n\
         def say(message): print(json.dumps(message), flush=True)\n\
         for line in sys.stdin:\n\
        \x20   request = json.loads(line)\n\
        \x20   if request['op'] == 'hello':\n\
        \x20       say({{'id': request['id'], 'ok': {{'protocol': 1, 'capabilities': [], 'clock': [], 'parallel': 4}}}})\n\
        \x20       continue\n\
        \x20   {then}\n"
    )
}

/// Asserts that one check has an error with this text, and that the other checks could not run.
fn assert_one_error(report: &Report, quoted: &str) {
    assert_eq!(report.outcome, Outcome::Error, "{report:?}");
    let errors: Vec<_> = report.checks.iter().filter(|check| check.verdict == Verdict::Error).collect();
    assert_eq!(errors.len(), 1, "{errors:?}");
    let reason = errors[0].reason.as_deref().unwrap();
    assert!(reason.contains(quoted), "{reason}");
    let others = report.checks.iter().filter(|check| check.verdict != Verdict::Error);
    let undecided = |verdict| matches!(verdict, Verdict::CouldNotRun | Verdict::NotApplicable);
    assert!(others.clone().all(|check| undecided(check.verdict)), "{others:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn adapter_template_for_node_conforms() {
    if !is_installed("node") {
        return;
    }
    let report = node("leadmagic", None).run().await.unwrap();
    report.assert_conformant();
    assert_eq!(report.counts.fail + report.counts.warn + report.counts.inconclusive, 0);
    assert_eq!(report.subject.kind, "client");
    assert!(report.duration_ms < 15_000, "{} ms", report.duration_ms);
}

#[tokio::test(flavor = "multi_thread")]
async fn adapter_template_for_python_conforms() {
    if !is_installed("python3") {
        return;
    }
    let test = ringtrue::adapter("leadmagic", "python3").arg(file("examples/adapters/python/adapter.py")).seed(1);
    let report = test.run().await.unwrap();
    report.assert_conformant();
    assert_eq!(report.counts.fail + report.counts.warn + report.counts.inconclusive, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn adapter_template_for_rust_conforms() {
    // Cargo builds examples beside the tests; without one there is nothing to run.
    let program = target_folder().join("examples").join("adapter");
    if !program.exists() {
        skip("the example `adapter` was not built");
        return;
    }
    let report = ringtrue::adapter("leadmagic", program.to_str().unwrap()).seed(1).run().await.unwrap();
    report.assert_conformant();
    assert_eq!(report.counts.fail + report.counts.warn + report.counts.inconclusive, 0);
}

#[test]
fn adapter_templates_have_fewer_than_100_lines() {
    for template in [
        "node/adapter.mjs",
        "node/client.mjs",
        "python/adapter.py",
        "python/client.py",
        "rust/main.rs",
        "rust/client.rs",
    ] {
        let lines = std::fs::read_to_string(file(&format!("examples/adapters/{template}"))).unwrap().lines().count();
        assert!(lines < 100, "{template} has {lines} lines");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn protocol_violation_is_reported_once_and_quoted() {
    if !is_installed("python3") {
        return;
    }
    for (then, quoted) in [
        ("print('warming up', flush=True)", "warming up"),
        ("print('[1]', flush=True)", "[1]"),
        ("say({'ok': {}})", "without an `id`"),
        ("say({'id': 77777, 'ok': {}})", "77777"),
        ("say({'id': request['id'], 'ok': {}}); say({'id': request['id'], 'ok': {}})", "it answered twice"),
        ("say({'id': request['id']})", "none or several"),
        ("sys.stderr.write('no memory left'); sys.exit(3)", "no memory left"),
        ("say({'id': request['id'], 'ok': {'kind': 'neither', 'value': {'remaining': 1}}})", "neither"),
        ("os.kill(os.getpid(), 9)", "signal: 9"),
    ] {
        let report = python("leadmagic", &hello_then(then)).run().await.unwrap();
        assert_one_error(&report, quoted);
    }
}

/// The client returned a value that is not an amount. The checks judge that, and the adapter is not blamed.
#[tokio::test(flavor = "multi_thread")]
async fn list_in_place_of_an_amount_is_an_error_of_the_client() {
    if !is_installed("python3") {
        return;
    }
    let then = "say({'id': request['id'], 'ok': {'kind': 'value', 'value': {'remaining': [1], 'allowed': 'yes'}} if request['op'] == 'call' else {}})";
    let report = python("leadmagic", &hello_then(then)).only("error.not-a-balance").only("auth.no-leak").run().await;
    let report = report.unwrap();
    assert_eq!(report.counts.error, 0, "{report:?}");
    assert_eq!(report.subject.kind, "client");
}

#[tokio::test(flavor = "multi_thread")]
async fn adapter_that_does_not_start_or_answer_hello_is_reported_at_once() {
    let error = ringtrue::adapter("leadmagic", "/nowhere/adapter").run().await.unwrap_err().to_string();
    assert!(error.starts_with("the adapter `/nowhere/adapter` cannot be started"), "{error}");
    if !is_installed("python3") {
        return;
    }
    let error = python("leadmagic", "import sys; sys.exit('no such module')").run().await.unwrap_err().to_string();
    assert!(error.contains("no such module"), "{error}");
    let other = "import json, sys\nrequest = json.loads(input())\nprint(json.dumps({'id': request['id'], 'ok': {'protocol': 2}}))\ninput()";
    let error = python("leadmagic", other).run().await.unwrap_err().to_string();
    assert!(error.contains("it speaks protocol 2"), "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn responses_in_any_order_and_long_standard_error_are_accepted() {
    if !is_installed("python3") {
        return;
    }
    // Responses are delayed by different times; standard error gets megabytes.
    let then = "threading.Thread(target=lambda request=request: (time.sleep(0.02 * (request['id'] % 3)), sys.stderr.write('x' * 100000), say({'id': request['id'], 'ok': {} if request['op'] != 'call' else {'kind': 'error', 'class': 'other'}}))).start()";
    let report = python("leadmagic", &hello_then(then)).only("auth.sent").run().await.unwrap();
    assert_eq!(report.counts.error + report.counts.could_not_run, 0, "{report:?}");
}

#[cfg(unix)]
#[tokio::test(flavor = "multi_thread")]
async fn adapter_that_does_not_exit_is_killed_with_its_process_group() {
    if !is_installed("python3") {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let mark = folder.path().join("child");
    let script = format!(
        "{}\nwhile True: time.sleep(1)\n",
        hello_then(&format!(
            "child = subprocess.Popen(['sleep', '600']) if request['op'] == 'open' else None; open({:?}, 'w').write(str(child.pid)) if child else None; say({{'id': request['id'], 'ok': {{}}}} if request['op'] != 'call' else {{'id': request['id'], 'ok': {{'kind': 'error', 'class': 'other'}}}})",
            mark.to_str().unwrap()
        ))
    );
    let begun = Instant::now();
    let error = python("leadmagic", &script).only("auth.request").run().await.unwrap_err().to_string();
    assert!(error.contains("did not exit within 2 s"), "{error}");
    assert!(begun.elapsed() < Duration::from_secs(20));
    let child = std::fs::read_to_string(mark).unwrap();
    tokio::time::sleep(Duration::from_millis(200)).await;
    let alive = std::fs::read_to_string(format!("/proc/{child}/stat")).is_ok_and(|stat| !stat.contains(") Z"));
    assert!(!alive, "the child {child} is still there");
}

#[tokio::test(flavor = "multi_thread")]
async fn self_check_reports_each_protocol_error() {
    if !is_installed("python3") {
        return;
    }
    let run = async |then: &str| {
        let args = vec!["-c".to_owned(), hello_then(then)];
        self_check(&AdapterCommand { program: "python3".to_owned(), args }).await.unwrap()
    };
    let all_ok = run("say({'id': request['id'], 'ok': {}})").await;
    let wrong: Vec<_> = all_ok.iter().filter(|step| step.fault.is_some()).map(|step| step.what.as_str()).collect();
    assert!(wrong.iter().any(|what| what.contains("unknown operation")), "{wrong:?}");
    assert!(wrong.iter().any(|what| what.contains("`check`")), "{wrong:?}");
    let stray = run("print('hello there', flush=True)").await;
    assert!(
        stray.iter().any(|step| step.fault.as_ref().is_some_and(|fault| fault.contains("hello there"))),
        "{stray:?}"
    );
}

/// Validates the messages of complete runs, in both directions, by the schema of the protocol.
#[cfg(unix)]
#[tokio::test(flavor = "multi_thread")]
async fn real_messages_match_the_schema() {
    if !is_installed("node") {
        return;
    }
    let text = std::fs::read_to_string(file("schemas/adapter.schema.json")).unwrap();
    let schema: Value = serde_json::from_str(&text).unwrap();
    let of = |name: &str| {
        let mut schema = schema.clone();
        schema.as_object_mut().unwrap().remove("anyOf");
        schema["$ref"] = format!("#/$defs/{name}").into();
        jsonschema::validator_for(&schema).unwrap()
    };
    let (request, response, hello_result, call_result) =
        (of("request"), of("response"), of("hello_result"), of("call_result"));
    for contract in ["leadmagic", "genlook-storefront"] {
        let folder = tempfile::tempdir().unwrap();
        let (sent, came) = (folder.path().join("sent"), folder.path().join("came"));
        let adapter = file("examples/adapters/node/adapter.mjs");
        let line = format!("tee {} | node {adapter} | tee {}", sent.display(), came.display());
        let report = ringtrue::adapter(contract, "sh")
            .arg("-c")
            .arg(line)
            .only("auth.*")
            .only("cache.*")
            .seed(1)
            .run()
            .await
            .unwrap();
        assert_eq!(report.counts.error, 0);
        let mut operations = std::collections::HashMap::new();
        for line in std::fs::read_to_string(sent).unwrap().lines() {
            let message: Value = serde_json::from_str(line).unwrap();
            assert!(request.is_valid(&message), "{message}");
            operations.insert(message["id"].as_u64().unwrap(), message);
        }
        let mut responses = 0;
        for line in std::fs::read_to_string(came).unwrap().lines() {
            let message: Value = serde_json::from_str(line).unwrap();
            assert!(response.is_valid(&message), "{message}");
            let asked = &operations[&message["id"].as_u64().unwrap()];
            match (asked["op"].as_str(), asked["fn"].as_str()) {
                (Some("hello"), _) => assert!(hello_result.is_valid(&message["ok"]), "{message}"),
                (Some("call"), Some("check" | "spend")) => assert!(call_result.is_valid(&message["ok"]), "{message}"),
                _ => {}
            }
            responses += 1;
        }
        assert!(responses > 30, "{responses}");
    }
}
