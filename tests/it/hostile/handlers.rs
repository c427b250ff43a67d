//! State handlers that misbehave: each ends in time with what it started, and what it prints is quoted in part.

use std::time::Duration;

use tokio::time::Instant;

use ringtrue::__cli::checks::Verdict;
use ringtrue::__cli::exchange::Redactor;
use ringtrue::__cli::mock::{State, StateParams};
use ringtrue::__cli::run::{RunOptions, ServerTarget};
use ringtrue::__cli::subject::{Handler, States};

use super::peer::{Conduct, Peer, contract, judge, response};

#[cfg(unix)]
#[tokio::test(flavor = "multi_thread")]
async fn handler_command_that_misbehaves_is_an_error_and_leaves_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let marker = folder.path().join("left");
    let left = format!("(sleep 60; touch {}) & ", marker.display());
    let cases: Vec<(&str, String)> = vec![
        ("prints nothing", "true".to_owned()),
        ("fails", "echo no >&2; exit 3".to_owned()),
        ("prints no JSON", "echo '::add-mask::x'".to_owned()),
        ("prints an array", "echo '[]'".to_owned()),
        ("prints half of an object", "printf '{\"ok\":tr'".to_owned()),
        ("says that it failed", "echo '{\"error\":\"##[error]x\"}'".to_owned()),
        ("does not support it", "echo '{\"unsupported\":\"no\"}'".to_owned()),
        ("says neither", "echo '{\"ok\":false}'".to_owned()),
        ("prints without end", "yes".to_owned()),
        ("prints zeros without end", "cat /dev/zero".to_owned()),
        ("complains without end", "yes >&2 & sleep 0.2; echo x".to_owned()),
        ("prints two objects", "echo '{\"ok\":true}{\"ok\":true}'".to_owned()),
        ("ends before it reads", "exec 0<&-; echo x".to_owned()),
        ("is not there", "/no/such/command".to_owned()),
        ("kills itself", "kill -9 $$".to_owned()),
        ("leaves a process", format!("{left}echo x")),
        ("leaves a process without output", format!("({left}) >/dev/null 2>&1; echo x")),
    ];
    for (name, command) in cases {
        let states = States::new(Handler::Command(command));
        let begun = Instant::now();
        let error = states.setup(State::Account, StateParams::default()).await.unwrap_err();
        assert!(begun.elapsed() < Duration::from_secs(9), "{name}: {:?}", begun.elapsed());
        let text = Redactor::default().text(&error.to_string());
        assert!(text.len() < 1500, "{name}: {text}");
        assert!(!ringtrue::__cli::report::printable(&text).contains("##["), "{name}: {text}");
    }
    // What a handler started in its group is gone: it would have made the file if the clock of this machine went on.
    let processes = std::process::Command::new("pgrep").args(["-f", &marker.display().to_string()]).output();
    if let Ok(processes) = processes {
        assert_eq!(String::from_utf8_lossy(&processes.stdout), "");
    }
}

#[cfg(unix)]
#[tokio::test(flavor = "multi_thread")]
async fn handler_that_works_and_leaves_a_process_with_its_output_works() {
    for command in [
        "sleep 60 & echo '{\"ok\":true,\"values\":{\"key\":\"k_1\"}}'",
        "echo '{\"ok\":true,\"values\":{\"key\":\"k_1\"}}'",
    ] {
        let states = States::new(Handler::Command(command.to_owned()));
        let begun = Instant::now();
        let (names, _) = states.setup(State::Account, StateParams::default()).await.unwrap();
        assert_eq!(names.key.as_deref(), Some("k_1"));
        assert!(begun.elapsed() < Duration::from_secs(8));
    }
}

#[cfg(unix)]
#[tokio::test(flavor = "multi_thread")]
async fn teardown_of_many_states_takes_ten_seconds_at_most_and_says_what_is_left() {
    // Opens accounts, and hangs when they are to be closed.
    let command = "read -r m; case \"$m\" in *setup*) echo '{\"ok\":true,\"values\":{\"key\":\"k_secret_0123456789\"}}';; *) sleep 100;; esac";
    let states = States::new(Handler::Command(command.to_owned()));
    for _ in 0..40 {
        states.setup(State::Account, StateParams::default()).await.unwrap();
    }
    let begun = Instant::now();
    let left = states.teardown_all(0).await.unwrap();
    assert!(begun.elapsed() < Duration::from_secs(20), "{:?}", begun.elapsed());
    assert!(left.contains("40 of `account`") && !left.contains("k_secret"), "{left}");
    assert_eq!(states.teardown_all(0).await, None);
}

#[tokio::test(flavor = "multi_thread")]
async fn handler_over_http_that_misbehaves_is_an_error() {
    let json = "Content-Type: application/json\r\n";
    let cases: Vec<(&str, Conduct)> = vec![
        ("closes", Conduct::Close),
        ("answers with text", Conduct::Bytes(response("200 OK", "", b"::error::no"))),
        ("answers with a page", Conduct::Bytes(response("502 Bad Gateway", "", &b"<html>".repeat(10_000)))),
        ("redirects", Conduct::Bytes(response("302 Found", "Location: http://192.0.2.1/\r\n", b""))),
        ("answers with null", Conduct::Bytes(response("200 OK", json, b"null"))),
        ("answers with a number as a key", Conduct::Bytes(response("200 OK", json, b"{\"ok\":1}"))),
        ("never ends", Conduct::Endless(b"HTTP/1.1 200 OK\r\n\r\n".to_vec(), vec![b'x'; 65536])),
        ("speaks something else", Conduct::Bytes(b"220 smtp\r\n".to_vec())),
    ];
    for (name, conduct) in cases {
        let peer = Peer::start(conduct).await;
        let states = States::new(Handler::Http(peer.url.clone()));
        let error = states.setup(State::Account, StateParams::default()).await.unwrap_err();
        let text = Redactor::default().text(&error.to_string());
        assert!(text.len() < 1500, "{name}: {text}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn foreign_handler_is_not_contacted_without_permission() {
    for states in [
        "http://192.0.2.1/",
        "https://handler.example/",
        "http://[2001:db8::1]:80/",
        "http://0.0.0.0:1/",
        "http://2130706434.example/",
    ] {
        let target = ServerTarget {
            url: Some("http://127.0.0.1:1".to_owned()),
            states: Some(states.to_owned()),
            ..ServerTarget::default()
        };
        let error = judge(&contract("plain"), target, RunOptions::default()).await.unwrap_err();
        assert!(
            error.to_string().contains("--live") || ringtrue::__cli::run::chain(&error).contains("--live"),
            "{states}: {error}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn error_of_a_handler_does_not_show_the_credential() {
    let peer =
        Peer::start(Conduct::Bytes(response("200 OK", "Content-Type: application/json\r\n", b"{\"credits\":1}"))).await;
    let secret = "Kq7Zw2Xv9Rt4Lm8Np3Hs";
    let target = ServerTarget {
        url: Some(peer.url.clone()),
        key: Some(secret.to_owned()),
        states: Some(format!("cmd:echo '{{\"error\":\"{}{secret}\"}}'", "x".repeat(110))),
        ..ServerTarget::default()
    };
    let options = RunOptions { only: vec!["auth.revoked-key".to_owned()], ..RunOptions::default() };
    let report = judge(&contract("plain"), target, options).await.unwrap();
    assert!(report.checks.iter().all(|check| check.verdict != Verdict::Error));
    assert!(!serde_json::to_string(&report).unwrap().contains("Kq7Z"));
}
