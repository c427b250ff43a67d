//! Reports, adapters and signals that are made to do harm.

#![cfg(unix)]

use std::process::Command;
use std::time::Duration;

use tokio::time::Instant;

use crate::support::{Outcomes, Program, Ran, Running, hangup};

/// A report of a run, with a finding and with this member `repeat`.
fn report(kind: &str, id: &str, repeat: &serde_json::Value) -> String {
    serde_json::json!({
        "schema": "ringtrue/report/1", "ringtrue": "0.1.0", "seed": 1, "started_at": "2026-01-01T00:00:00Z", "duration_ms": 1,
        "contract": {"name": "pollo", "digest": "sha256:0"}, "subject": {"kind": kind, "target": "x"}, "repeat": repeat,
        "outcome": "non_conformant",
        "counts": {"pass": 0, "fail": 1, "warn": 0, "info": 0, "not_applicable": 0, "could_not_run": 0, "inconclusive": 0, "error": 0},
        "checks": [{"id": id, "level": "must", "verdict": "fail", "time_basis": "none", "exchanges": [], "baselined": false,
            "reproduce": "touch PWNED", "reason": "::error::x"}],
        "exchanges": [],
    })
    .to_string()
}

fn pwned(program: &Program) -> bool {
    program.folder.path().join("PWNED").exists()
}

#[test]
fn replay_runs_no_command_and_contacts_no_foreign_address_that_a_report_names() -> Outcomes {
    let program = Program::new()?;
    let local = "http://127.0.0.1:1";
    let server = |url: &str, states: &str| {
        ("server", "shape.status", serde_json::json!({"contract": "pollo", "cases": 1, "url": url, "states": states}))
    };
    let client = |command: &[&str]| {
        ("client", "auth.sent", serde_json::json!({"contract": "pollo", "cases": 1, "command": command}))
    };
    let cases = [
        (server(local, "cmd:touch PWNED"), "--run-commands"),
        (server(local, "cmd: touch PWNED"), "--run-commands"),
        (server(local, "CMD:touch PWNED"), "--run-commands"),
        (server(local, "touch PWNED"), "--run-commands"),
        (server(local, "file:///bin/sh"), "--run-commands"),
        (server("http://192.0.2.1/", "http://127.0.0.1:1/"), "--live"),
        (server("http://169.254.169.254/latest/meta-data", "http://127.0.0.1:1/"), "--live"),
        (server("http://[2001:db8::1]/", "http://127.0.0.1:1/"), "--live"),
        (server("http://user:pw@127.0.0.1:1/", "http://127.0.0.1:1/"), "--key"),
        (server("file:///etc/passwd", "http://127.0.0.1:1/"), "http"),
        (server(local, "http://192.0.2.1/"), "--live"),
        (server(local, "https://evil.example/"), "--live"),
        (client(&["sh", "-c", "touch PWNED"]), "--run-commands"),
        (client(&["touch", "PWNED"]), "--run-commands"),
        (client(&["./PWNED\u{1b}[2J\n::error::x"]), "--run-commands"),
    ];
    for ((kind, id, repeat), expected) in cases {
        program.write("r.json", &report(kind, id, &repeat))?;
        let begun = Instant::now();
        let ran = program.run(&["replay", "r.json"])?;
        assert_eq!(ran.code, Some(2), "{repeat}: {ran:?}");
        assert!(ran.stderr.contains(expected), "{repeat}: {ran:?}");
        assert!(
            !ran.stderr.contains('\u{1b}') && !ran.stderr.lines().any(|line| line.trim_start().starts_with("::")),
            "{ran:?}"
        );
        assert!(begun.elapsed() < Duration::from_secs(20), "{repeat}");
        assert!(!pwned(&program), "{repeat}: the command was run");
    }
    // With permission, which is no setting.
    let (kind, id, repeat) = client(&["sh", "-c", "touch PWNED"]);
    program.write("r.json", &report(kind, id, &repeat))?;
    let mut command = program.command(&["replay", "r.json"]);
    let by_environment = Ran::from(command.env("RINGTRUE_RUN_COMMANDS", "true").output()?);
    assert!(by_environment.code == Some(2) && !pwned(&program), "{by_environment:?}");
    program.run(&["replay", "r.json", "--run-commands"])?;
    assert!(pwned(&program));
    Ok(())
}

#[test]
fn text_that_is_no_report_is_refused() -> Outcomes {
    let program = Program::new()?;
    let deep = format!("{}{}", "[".repeat(200_000), "]".repeat(200_000));
    for text in ["", "null", "[]", "{}", "{\"schema\":1}", "{\"schema\":\"ringtrue/report/1\"}", "\u{0}", &deep] {
        program.write("r.json", text)?;
        assert_eq!(program.run(&["replay", "r.json"])?.code, Some(2), "{text:.40}");
    }
    Ok(())
}

/// Puts a text in front of every string of a report that is free text.
fn poisoned(value: &mut serde_json::Value, name: &str, poison: &str) {
    const FIXED: &[&str] = &[
        "schema",
        "ringtrue",
        "level",
        "verdict",
        "outcome",
        "time_basis",
        "started_at",
        "kind",
        "url",
        "states",
        "contract",
    ];
    match value {
        serde_json::Value::String(text) if !FIXED.contains(&name) => text.insert_str(0, poison),
        serde_json::Value::Array(items) => items.iter_mut().for_each(|item| poisoned(item, name, poison)),
        serde_json::Value::Object(members) => {
            members.iter_mut().for_each(|(name, value)| poisoned(value, name, poison));
        }
        _ => {}
    }
}

#[test]
fn text_of_a_report_is_no_command_for_who_reads_the_output() -> Outcomes {
    let program = Program::new()?;
    let repeat = serde_json::json!({"contract": "pollo", "cases": 1, "url": "http://127.0.0.1:1"});
    let mut value: serde_json::Value = serde_json::from_str(&report("server", "shape.status", &repeat))?;
    program.write("plain.json", &value.to_string())?;
    value["checks"][0]["operation"] = "GET /".into();
    value["checks"][0]["steps"] = serde_json::json!(["first"]);
    value["checks"][0]["notes"] = serde_json::json!(["note"]);
    value["notes"] = serde_json::json!(["note"]);
    let poison = "\u{1b}[31m\n::stop-commands::x\n##[error]x\n##vso[task.complete]\n\u{202e}`touch PWNED`$(touch PWNED)${X:-$(touch PWNED)}";
    poisoned(&mut value, "", poison);
    program.write("r.json", &value.to_string())?;
    let commands: [&[&str]; 7] = [
        &["compare", "r.json", "r.json"],
        &["compare", "r.json", "r.json", "--json"],
        &["compare", "plain.json", "r.json"],
        &["compare", "r.json", "plain.json"],
        &["replay", "r.json"],
        &["replay", "r.json", "\u{1b}[31m\n::error::x"],
        &["merge", "r.json"],
    ];
    for args in commands {
        let ran = program.run(args)?;
        let lines = || ran.stdout.lines().chain(ran.stderr.lines());
        let is_command =
            |line: &str| line.trim_start().starts_with("::") || line.contains("##[") || line.contains("##vso[");
        assert!(lines().next().is_some() && !lines().any(is_command), "{args:?}: {ran:?}");
        assert!(!lines().any(|line| line.contains(['\u{1b}', '\u{202e}'])), "{args:?}: {ran:?}");
        assert!(!pwned(&program), "{args:?}");
    }
    Ok(())
}

/// Whether a process with this text in its command line runs.
fn runs(text: &str) -> bool {
    Command::new("pgrep").args(["-f", text]).output().is_ok_and(|found| !found.stdout.is_empty())
}

#[test]
fn adapter_that_breaks_the_protocol_is_killed_before_it_is_reported() -> Outcomes {
    let program = Program::new()?;
    for (n, line) in [
        "nonsense",
        "::add-mask::x",
        "[]",
        "{\"id\":99,\"ok\":{}}",
        "{\"id\":1}",
        "{\"id\":1,\"ok\":{}}",
        "{\"id\":1,\"adapter_error\":\"##[error]x\"}",
        "{\"id\":1,\"unsupported\":\"no\"}",
    ]
    .into_iter()
    .enumerate()
    {
        for run in 0..3 {
            let name = format!("ringtrue-hostile-{}-{n}-{run}", std::process::id());
            // The name is an argument that the script does not use.
            let script = format!("echo '{line}'; sleep 300 & sleep 300");
            let ran = program.run(&["client", "pollo", "--only", "auth.sent", "--", "sh", "-c", &script, &name])?;
            assert_eq!(ran.code, Some(2), "{line}: {ran:?}");
            let is_command = |line: &str| line.trim_start().starts_with("::") || line.contains("##[");
            assert!(!ran.stdout.lines().chain(ran.stderr.lines()).any(is_command), "{line}: {ran:?}");
            assert!(!runs(&name), "{line}: the adapter runs on");
        }
    }
    Ok(())
}

#[test]
fn second_signal_ends_the_program_at_once_with_all_that_it_started() -> Outcomes {
    let program = Program::new()?;
    for signal in [hangup(), "-TERM", "-INT"] {
        let name = format!("ringtrue-hang-{}{signal}", std::process::id());
        // Answers `hello`, and then nothing any more; ends neither with its input nor when it is asked to.
        let script = "trap '' INT TERM HUP; read -r l; echo '{\"id\":1,\"ok\":{\"protocol\":1,\"capabilities\":[],\"clock\":[],\"parallel\":1}}'; touch STARTED; sleep 300";
        let running = Running::start(program.command(&["client", "pollo", "--", "sh", "-c", script, &name]), 0)?;
        let begun = Instant::now();
        while !program.folder.path().join("STARTED").exists() && begun.elapsed() < Duration::from_secs(20) {
            std::thread::yield_now();
        }
        let ran = running.signals(&[signal, signal])?;
        assert_eq!(ran.code, Some(130), "{signal}: {ran:?}");
        assert!(begun.elapsed() < Duration::from_secs(30), "{signal}");
        assert!(!runs(&name), "{signal}: the adapter runs on");
        std::fs::remove_file(program.folder.path().join("STARTED"))?;
    }
    Ok(())
}

#[test]
fn mock_ends_with_the_session_and_warns_when_others_can_reach_it() -> Outcomes {
    let program = Program::new()?;
    let mock = Running::start(program.command(&["mock", "pollo", "--listen", "0.0.0.0:0"]), 2)?;
    let ran = mock.signals(&[hangup()])?;
    assert_eq!(ran.code, Some(0), "{ran:?}");
    assert!(ran.stderr.contains("reached from other machines"), "{ran:?}");
    Ok(())
}

#[test]
fn foreign_targets_need_permission_and_settings_cannot_give_it() -> Outcomes {
    let program = Program::new()?;
    for url in [
        "http://192.0.2.1/",
        "http://0.0.0.0:1/",
        "http://[::]:1/",
        "http://[::ffff:192.0.2.1]/",
        "http://3221225985/",
        "http://evil.example/",
        "http://127.0.0.1.evil.example/",
        "http://localhost.evil.example/",
    ] {
        for args in [vec!["--url", url], vec!["--url", "http://127.0.0.1:1", "--states", url]] {
            let ran = program.run(&[&["server", "pollo", "--key", "k_0123456789"], args.as_slice()].concat())?;
            assert_eq!(ran.code, Some(2), "{args:?}: {ran:?}");
            assert!(ran.stderr.contains("--live"), "{args:?}: {ran:?}");
        }
    }
    program.write("ringtrue.toml", "run-commands = true\n")?;
    assert_eq!(program.run(&["list", "contracts"])?.code, Some(2));
    Ok(())
}
