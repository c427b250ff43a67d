//! Clients in traffic: correct ones are not accused, however odd, and each habit that traffic shows is found.

use std::time::Duration;

use ringtrue::__cli::checks::Side;
use ringtrue::__cli::contract::Role;
use ringtrue::__cli::exchange::{Failure, Request, Response};
use ringtrue::__cli::mock::AccountNames;

use super::session::{Session, contract, contracts, json, present};

const SECOND: Duration = Duration::from_secs(1);

fn storefront() -> (Session, AccountNames) {
    let session = Session::new(&contract("genlook-storefront"), Side::Client, &[]);
    // Clients of the storefront name no shop.
    (session, AccountNames::default())
}

fn leadmagic(remaining: i64) -> (Session, AccountNames) {
    let session = Session::new(&contract("leadmagic"), Side::Client, &[]);
    let account = session.account(remaining);
    (session, account)
}

fn error(status: u16) -> Result<Response, Failure> {
    json(status, r#"{"error":"no"}"#)
}

fn limited(seconds: u64) -> Result<Response, Failure> {
    error(429).map(|mut response| {
        response.headers.push(("retry-after".to_owned(), seconds.to_string().into_bytes()));
        response
    })
}

#[test]
fn correct_client_is_not_accused_by_any_contract() {
    for contract in contracts() {
        let mut session = Session::new(&contract, Side::Client, &[]);
        let accounts = [session.account(5), session.account(0)];
        for _ in 0..6 {
            for account in &accounts {
                session.send(session.request(Role::Balance, account));
                if contract.operation(Role::Spend).is_some() {
                    session.send(session.request(Role::Spend, account));
                }
                session.send(Request::new("OPTIONS", session.bare(Role::Balance).target));
            }
            session.wait(Duration::from_secs(310));
        }
        session.assert_sound("a client that checks every five minutes");
    }
}

#[test]
fn request_with_a_fault_is_found() {
    let (session, account) = leadmagic(100);
    let key = account.key.clone().unwrap();
    let good = session.request(Role::Balance, &account);
    let bare = session.bare(Role::Balance);
    let paid = session.request(Role::Spend, &account);
    let mut slash = good.clone();
    slash.target.push('/');
    for (what, request, check) in [
        ("no key", bare.clone(), "auth.sent"),
        ("another header field", bare.clone().header("Authorization", format!("Bearer {key}")), "auth.sent"),
        ("two values", good.clone().header("X-API-Key", key.as_str()), "auth.sent"),
        ("the key in the URL too", good.clone().query("api_key", &key), "auth.only-documented-place"),
        ("the key in a body too", paid.clone().body(format!(r#"{{"key":"{key}"}}"#)), "auth.only-documented-place"),
        ("the key in a cookie too", good.clone().header("Cookie", format!("k={key}")), "auth.only-documented-place"),
        ("a field in Base64", good.clone().header("X-Copy", base64(&key)), "auth.only-documented-place"),
        ("a body", good.clone().body("{}"), "auth.request"),
        ("another method", Request { method: "PATCH".to_owned(), ..good.clone() }, "auth.request"),
        ("another path", slash, "auth.request"),
        ("a paid call without a body", Request { body: None, ..paid.clone() }, "shape.paid-call"),
        ("a paid call with an empty object", paid.clone().body("{}"), "shape.paid-call"),
    ] {
        let (mut session, _) = leadmagic(100);
        session.provider.open_account(&key, "someone", session.provider.example_balance());
        session.send(request);
        assert!(session.has_found(check), "{what}: {:?}", session.findings());
        let shown = format!("{:?}", session.judge.report("x", Vec::new()));
        assert!(!shown.contains(&key), "{what} shows the key");
    }
}

fn base64(text: &str) -> String {
    // Long enough for every alignment.
    let table = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let bits: String = text.bytes().map(|byte| format!("{byte:08b}")).collect();
    let digit = |bits: &[u8]| {
        let value = usize::from_str_radix(&format!("{:0<6}", str::from_utf8(bits).unwrap()), 2).unwrap();
        char::from(table[value])
    };
    bits.as_bytes().chunks(6).map(digit).collect()
}

#[test]
fn short_key_that_occurs_by_chance_is_no_leak() {
    let (mut session, _) = leadmagic(1);
    session.provider.open_account("test", "someone", session.provider.example_balance());
    let account = AccountNames { key: Some("test".to_owned()), tenant: None };
    let request = session.request(Role::Balance, &account).header("X-Version", "latest");
    session.send(request.query("channel", "latest"));
    session.assert_sound("a key that is a common word");
}

#[test]
fn client_that_does_not_cache_is_found() {
    for (remaining, check) in [(100, "cache.hit"), (0, "cache.hit-zero")] {
        let (mut session, account) = leadmagic(remaining);
        for _ in 0..5 {
            session.send(session.request(Role::Balance, &account));
            session.wait(5 * SECOND);
        }
        assert!(session.has_found(check), "{check}: {:?}", session.findings());
    }
}

#[test]
fn reads_with_a_reason_are_not_counted() {
    let (mut session, account) = leadmagic(100);
    // After the TTL.
    for _ in 0..6 {
        session.send(session.request(Role::Balance, &account));
        session.wait(61 * SECOND);
    }
    // Each after a paid call.
    for _ in 0..6 {
        session.send(session.request(Role::Balance, &account));
        session.send(session.request(Role::Spend, &account));
        session.wait(SECOND);
    }
    // A user reloads the page, or asks for a fresh balance.
    for page in ["a", "b", "c", "d", "e"] {
        session.page = Some(page);
        session.send(session.request(Role::Balance, &account));
        session.wait(SECOND);
    }
    for _ in 0..6 {
        session.send(session.request(Role::Balance, &account).header("Cache-Control", "no-cache"));
        session.wait(SECOND);
    }
    // Other accounts.
    for _ in 0..6 {
        let other = session.account(3);
        session.send(session.request(Role::Balance, &other));
    }
    session.assert_sound("reads with a reason");
}

#[test]
fn reads_of_unknown_origin_are_a_remark_only() {
    let (mut session, account) = leadmagic(100);
    session.page = None;
    for _ in 0..8 {
        session.send(session.request(Role::Balance, &account));
        session.wait(SECOND);
    }
    assert_eq!(session.accusations(), []);
    assert!(session.has_found("cache.hit"), "{:?}", session.findings());
}

#[test]
fn retry_storm_is_found_and_polling_is_none() {
    let (mut session, account) = leadmagic(100);
    let read = session.request(Role::Balance, &account);
    session.send(read.clone());
    session.wait(120 * SECOND);
    for _ in 0..6 {
        session.pass(read.clone(), error(503)).iter().for_each(drop);
        session.wait(Duration::from_millis(100));
    }
    assert!(session.has_found("error.no-retry-storm"), "{:?}", session.findings());

    let (mut session, account) = leadmagic(100);
    let read = session.request(Role::Balance, &account);
    for _ in 0..10 {
        // With growing pauses, and a timer.
        for pause in [1, 2, 4] {
            session.pass(read.clone(), error(503));
            session.wait(pause * SECOND);
        }
        session.wait(70 * SECOND);
    }
    session.assert_sound("retries with pauses");
}

#[test]
fn request_before_the_end_of_retry_after_is_found_if_it_is_repeated() {
    let run = |pauses: &[u64]| {
        let (mut session, account) = leadmagic(100);
        let read = session.request(Role::Balance, &account);
        for pause in pauses {
            session.pass(read.clone(), limited(30));
            session.wait(Duration::from_secs(*pause));
        }
        session
    };
    assert!(run(&[5, 5, 5, 5]).has_found("error.retry-after"));
    run(&[31, 31, 31]).assert_sound("a client that waits");
    assert_eq!(run(&[5, 40, 31]).accusations(), []);
}

#[test]
fn paid_call_that_is_repeated_at_once_is_found() {
    let run = |pause: Duration, same: bool, idempotent: bool| {
        let (mut session, account) = leadmagic(100);
        let mut paid = session.request(Role::Spend, &account);
        if idempotent {
            paid = paid.header("Idempotency-Key", "7f3a");
        }
        session.pass(paid.clone(), error(500));
        session.wait(pause);
        let next = if same { paid } else { paid.body(r#"{"first_name":"B","last_name":"C","domain":"d.example"}"#) };
        session.pass(next, json(200, "{}"));
        session
    };
    assert!(run(Duration::from_millis(200), true, false).has_found("error.spend-once"));
    for (pause, same, idempotent) in [(5000, true, false), (200, false, false), (200, true, true)] {
        let session = run(Duration::from_millis(pause), same, idempotent);
        assert!(!session.has_found("error.spend-once"), "{pause} {same} {idempotent}: {:?}", session.findings());
    }
}

/// The storefront's flow: a check where nothing is cached, a paid call, and the cache is dropped.
fn flows(session: &mut Session, account: &AccountNames, count: usize) {
    for _ in 0..count {
        session
            .pass(present(&session.contract(), session.bare(Role::Balance), account), json(200, r#"{"allowed":true}"#));
        session.pass(session.bare(Role::Spend), json(200, r#"{"jobId":"job_1","message":"Generation started"}"#));
        session.wait(5 * SECOND);
    }
}

#[test]
fn failure_that_is_cached_is_found() {
    let failed = || json(500, r#"{"allowed":true}"#);
    let blocked = || json(400, r#"{"code":"CREATION_FAILED","message":"no"}"#);
    let (mut session, account) = storefront();
    flows(&mut session, &account, 4);
    session.pass(session.bare(Role::Balance), failed());
    session.pass(session.bare(Role::Spend), blocked());
    session.wait(20 * SECOND);
    session.pass(session.bare(Role::Spend), blocked());
    assert!(session.has_found("cache.no-fail-open"), "{:?}", session.findings());

    let (mut session, account) = storefront();
    flows(&mut session, &account, 4);
    for _ in 0..4 {
        session.pass(session.bare(Role::Balance), failed());
        session.pass(session.bare(Role::Spend), blocked());
        session.wait(20 * SECOND);
    }
    session.assert_sound("a client that checks again after a failure");
}

#[test]
fn user_who_is_blocked_by_a_failed_check_is_found() {
    let failed = || json(500, r#"{"error":"down"}"#);
    let (mut session, account) = storefront();
    flows(&mut session, &account, 4);
    for _ in 0..4 {
        session.pass(session.bare(Role::Balance), failed());
        session.wait(130 * SECOND);
    }
    assert!(session.has_found("fail-open.allows"), "{:?}", session.findings());

    let (mut session, account) = storefront();
    flows(&mut session, &account, 4);
    for n in 0..6 {
        session.pass(session.bare(Role::Balance), failed());
        // One of the users goes on.
        if n == 2 {
            session.pass(session.bare(Role::Spend), json(500, "{}"));
        }
        session.wait(130 * SECOND);
    }
    assert!(!session.has_found("fail-open.allows"), "{:?}", session.findings());
}

#[test]
fn client_is_judged_by_what_it_received_and_the_server_by_what_it_sent() {
    let contract = contract("leadmagic");
    let altered = || Some(error(503));
    let mut server = Session::new(&contract, Side::Server, &[]);
    let account = server.account(5);
    for _ in 0..6 {
        let request = server.request(Role::Balance, &account);
        let reply = server.provider.respond(&request);
        server.pass_altered(request, super::session::result_of(&reply), altered());
    }
    server.assert_sound("whose responses were changed on the way");

    let (mut client, account) = leadmagic(5);
    let request = client.request(Role::Balance, &account);
    client.send(request.clone());
    client.wait(120 * SECOND);
    for _ in 0..6 {
        let reply = client.provider.respond(&request);
        client.pass_altered(request.clone(), super::session::result_of(&reply), altered());
    }
    assert!(client.has_found("error.no-retry-storm"), "{:?}", client.findings());
}
