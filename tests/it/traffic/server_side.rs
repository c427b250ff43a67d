//! Servers in traffic: correct ones are not accused, and each fault that traffic shows is found.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use ringtrue::__cli::checks::{Side, registry};
use ringtrue::__cli::contract::{Contract, Role, Tenant};
use ringtrue::__cli::exchange::Request;
use ringtrue::__cli::mock::{AccountNames, faults};

use super::session::{Session, contracts, json, present};

/// Faults that the harness finds because it decides what happens next. Traffic shows them only by chance.
const NEEDS_CONTROL: &[&str] = &[
    // A balance may be charged or changed by others at any time.
    "charge-when-rate-limited",
    // Whether a limit ends shows only if the client waits for as long as it was told to.
    "rate-limit-never-ends",
    // Why a server refuses or fails is known only to the one who makes it do so.
    "rate-limit-other-status",
    "rate-limit-with-status-200",
    "failure-as-empty-object",
    "failure-as-not-found",
    "fail-open-with-status-200",
    // Whose balance is whose is known only from tenants that read their own.
    "first-tenant-for-all",
    "tenants-mixed-up",
    // What shows an old balance is a number that is less after a paid call, and no contract here with a TTL of the server has one.
    "cache-too-long",
    "cache-never-expires",
    "cache-longer-for-zero",
    // Clients send no such requests.
    "allow-absent-on-paid-path",
    "head-without-key",
    "missing-key-admitted-from-own-network",
    "missing-key-admitted-with-origin",
];

/// Everything that clients do with a provider, several times, and what goes wrong on its own.
fn day(contract: &Arc<Contract>, faults: &[&str]) -> Session {
    let mut session = Session::new(contract, Side::Server, faults);
    let accounts = [session.account(7), session.account(31), session.account(0)];
    let has_spend = contract.operation(Role::Spend).is_some();
    let reads_aside: Vec<Request> = contract
        .operations
        .iter()
        .filter(|operation| !matches!(operation.role, Role::Balance | Role::Spend) && operation.method == "GET")
        .filter(|operation| !operation.path.contains('{'))
        .map(|operation| operation.example_request())
        .collect();
    for round in 0..12 {
        for account in &accounts {
            session.send(session.request(Role::Balance, account));
            session.wait(Duration::from_secs(1));
            for aside in &reads_aside {
                session.send(present(contract, aside.clone(), account));
            }
        }
        if has_spend && round % 4 == 1 {
            for account in &accounts {
                session.send(session.request(Role::Spend, account));
            }
        }
        // Balances come and go at the edge of what they allow, right behind each other.
        for account in [&accounts[0], &accounts[1], &accounts[0], &accounts[1]] {
            session.send(session.request(Role::Balance, account));
        }
        if round % 3 == 2 {
            refused(&mut session, contract);
            outage(&mut session, &accounts[0]);
        }
        session.wait(Duration::from_secs(if round % 2 == 0 { 100 } else { 400 }));
    }
    stale(&mut session, &accounts[1]);
    limited(&mut session, &accounts[0]);
    session
}

/// Requests that have to be refused, and odd ones.
fn refused(session: &mut Session, contract: &Arc<Contract>) {
    let unknown = AccountNames { key: Some("rt_unknown_0123456789".to_owned()), tenant: None };
    for role in [Role::Balance, Role::Spend] {
        if contract.operation(role).is_none() {
            continue;
        }
        session.send(session.bare(role));
        if contract.tenant == Tenant::Credential {
            session.send(session.request(role, &unknown));
        }
    }
    let balance = session.bare(Role::Balance);
    for method in ["HEAD", "OPTIONS", "PATCH", "DELETE"] {
        session.send(Request { method: method.to_owned(), ..balance.clone() });
    }
    session.send(Request::new("GET", "/nothing/here"));
}

/// The store fails, and comes back.
fn outage(session: &mut Session, account: &AccountNames) {
    session.wait(Duration::from_secs(400));
    session.provider.set_backend_down(None, true).unwrap();
    for _ in 0..3 {
        session.send(session.request(Role::Balance, account));
        session.wait(Duration::from_secs(10));
    }
    session.provider.set_backend_down(None, false).unwrap();
    session.wait(Duration::from_secs(400));
}

/// A paid call, and reads until what was cached is certainly gone.
fn stale(session: &mut Session, account: &AccountNames) {
    if session.contract().operation(Role::Spend).is_none() {
        return;
    }
    session.send(session.request(Role::Balance, account));
    session.send(session.request(Role::Spend, account));
    for _ in 0..20 {
        session.send(session.request(Role::Balance, account));
        session.wait(Duration::from_secs(61));
    }
}

/// The client sends too much.
fn limited(session: &mut Session, account: &AccountNames) {
    session.provider.set_rate_limit(None, Some(30)).unwrap();
    let contract = session.contract();
    for operation in contract.operations.iter().filter(|operation| !operation.path.contains('{')) {
        for _ in 0..2 {
            session.send(present(&contract, operation.example_request(), account));
        }
    }
    session.provider.set_rate_limit(None, None).unwrap();
}

#[test]
fn conforming_server_is_not_accused_by_any_contract() {
    for contract in contracts() {
        day(&contract, &[]).assert_sound("without faults");
    }
}

#[test]
fn fault_of_a_server_is_found_in_traffic_by_the_check_made_for_it() {
    let contracts = contracts();
    let mut missed = BTreeSet::new();
    let mut found = 0;
    for entry in registry().filter(|entry| entry.check.side == Side::Server && entry.check.passive().is_some()) {
        for fault in entry.check.faults {
            let fault = faults::find(fault).unwrap();
            let applies =
                |contract: &&Arc<Contract>| (fault.applies)(contract) && (entry.check.applies)(contract).is_ok();
            let mut candidates = contracts.iter().filter(applies).peekable();
            // Some faults are about promises that no bundled contract has.
            if candidates.peek().is_none() {
                continue;
            }
            if candidates.any(|contract| day(contract, &[fault.name]).has_found(entry.check.id)) {
                found += 1;
            } else {
                missed.insert(fault.name);
            }
        }
    }
    let expected: BTreeSet<&str> = NEEDS_CONTROL.iter().copied().collect();
    assert_eq!(missed, expected, "{found} were found");
}

/// A contract whose server caches a number for two minutes at most.
fn with_server_cache() -> Arc<Contract> {
    let folder = tempfile::tempdir().unwrap();
    let source = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("schemas/leadmagic");
    for entry in std::fs::read_dir(source).unwrap() {
        let path = entry.unwrap().path();
        let text = std::fs::read_to_string(&path).unwrap();
        let text = text.replace("kind: permitted", "kind: cached\n      max_ttl_ms: 120000");
        std::fs::write(folder.path().join(path.file_name().unwrap()), text).unwrap();
    }
    Arc::new(Contract::load(folder.path().to_str().unwrap()).unwrap())
}

#[test]
fn balance_that_is_old_beyond_the_ttl_is_found_and_a_top_up_is_none() {
    let contract = with_server_cache();
    // What reads show after a paid call that leaves 9 of 10, so many seconds after the one before.
    let run = |reads: &[(u64, &str)]| {
        let mut session = Session::new(&contract, Side::Server, &[]);
        let account = session.account(10);
        let answer = |left: &str| {
            json(200, &format!(r#"{{"credits":{left}}}"#)).map(|mut response| {
                response.headers.push(("x-credits-remaining".to_owned(), left.as_bytes().to_vec()));
                response
            })
        };
        session.pass(session.request(Role::Balance, &account), answer("10"));
        let mut paid = json(200, r#"{"email":null,"status":"not_found","credits_consumed":1}"#).unwrap();
        paid.headers.push(("x-credits-remaining".to_owned(), b"9".to_vec()));
        session.pass(session.request(Role::Spend, &account), Ok(paid));
        for (seconds, left) in reads {
            session.wait(Duration::from_secs(*seconds));
            session.pass(session.request(Role::Balance, &account), answer(left));
        }
        session.has_found("cache.expiry")
    };
    assert!(run(&[(130, "10"), (300, "9")]));
    // Within the TTL; a user bought a credit; the old one never goes; it was fresh all the time.
    for correct in [
        &[(60, "10"), (100, "9")][..],
        &[(130, "10"), (300, "8")],
        &[(130, "10"), (300, "10")],
        &[(130, "9"), (9, "9")],
    ] {
        assert!(!run(correct), "{correct:?}");
    }
}
