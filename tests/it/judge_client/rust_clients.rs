//! Rust clients behind the trait: the reference client with a moved or a real clock, and clients with errors.

use std::sync::Arc;
use std::time::Duration;

use ringtrue::__cli::checks::{Side, Verdict, registry};
use ringtrue::__cli::client::{Balance, Cache, CallResult, Capabilities, Clock, CreditClient, ReferenceClient, faults};
use ringtrue::__cli::contract::Contract;
use ringtrue::__cli::run::{CheckResult, Report, RunOptions, SelftestHarness};

fn contract(name: &str) -> Arc<Contract> {
    Arc::new(Contract::load(name).unwrap())
}

fn result<'r>(report: &'r Report, id: &str) -> &'r CheckResult {
    report.checks.iter().find(|check| check.id == id).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn reference_client_behind_the_trait_conforms() {
    for name in crate::with_paid_calls() {
        let contract = contract(&name);
        let cache = Arc::new(Cache::new());
        let open = move |config| {
            let builder = ReferenceClient::builder(contract.clone(), config).cache(cache.clone());
            builder.clock(Clock::manual()).open().unwrap()
        };
        let report = ringtrue::client(name, open).seed(3).run().await.unwrap();
        report.assert_conformant();
        assert_eq!((report.counts.fail, report.counts.warn, report.counts.error), (0, 0, 0));
    }
}

/// A client whose clock is the system's, so that a short TTL has to be waited for.
#[tokio::test(flavor = "multi_thread")]
async fn without_a_virtual_clock_a_short_ttl_is_waited_for() {
    let promised = contract("leadmagic");
    let open = move |config| ReferenceClient::builder(promised.clone(), config).open().unwrap();
    let report = ringtrue::client("leadmagic", open).only("cache.*").seed(3).run().await.unwrap();
    assert_eq!(report.counts.fail + report.counts.warn + report.counts.error, 0, "{report:?}");
    let ends = result(&report, "cache.refetch");
    assert_eq!((ends.verdict, ends.time_basis), (Verdict::Pass, ringtrue::__cli::checks::TimeBasis::Scaled));
}

/// Keeps the first balance for good, whatever clock is moved; or panics.
struct Odd {
    inner: ReferenceClient,
    kept: tokio::sync::OnceCell<CallResult>,
    panics: bool,
}

impl CreditClient for Odd {
    fn capabilities(&self) -> Capabilities {
        Capabilities { cache: true, virtual_clock: true, ..Capabilities::default() }
    }

    async fn check(&self) -> CallResult {
        assert!(!self.panics, "it was too much");
        self.kept.get_or_init(|| async { self.inner.check().await }).await.clone()
    }
}

fn odd(panics: bool) -> ringtrue::ClientTest {
    let promised = contract("leadmagic");
    let open = move |config| {
        let inner = ReferenceClient::new(promised.clone(), config).unwrap();
        Odd { inner, kept: tokio::sync::OnceCell::new(), panics }
    };
    ringtrue::client("leadmagic", open).seed(3)
}

#[tokio::test(flavor = "multi_thread")]
async fn clock_without_effect_is_one_finding() {
    let report = odd(false).only("cache.*").run().await.unwrap();
    let ends = result(&report, "cache.refetch");
    assert_eq!(ends.verdict, Verdict::Warn);
    assert!(ends.reason.as_deref().unwrap().contains("or its clock does not move"), "{ends:?}");
    for id in ["cache.boundary", "cache.counts-from-fill", "cache.no-stale"] {
        assert_eq!(result(&report, id).verdict, Verdict::Inconclusive, "{id}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn client_that_panics_gets_a_finding() {
    let report = odd(true).only("auth.request").run().await.unwrap();
    let found = result(&report, "auth.request");
    assert_eq!(found.verdict, Verdict::Fail);
    assert!(found.reason.as_deref().unwrap().contains("it was too much"), "{found:?}");
}

struct Idle;

impl CreditClient for Idle {
    async fn check(&self) -> CallResult {
        Ok(Balance { remaining: Some(42.into()), ..Balance::default() })
    }
}

/// A client that makes no request never passes, whatever it says.
#[tokio::test(flavor = "multi_thread")]
async fn check_without_delivered_fault_never_passes() {
    let report = ringtrue::client("leadmagic", |_| Idle).seed(3).run().await.unwrap();
    let passed: Vec<_> =
        report.checks.iter().filter(|check| check.verdict == Verdict::Pass).map(|check| check.id.as_str()).collect();
    assert!(passed.is_empty(), "{passed:?}");
    assert_eq!(result(&report, "auth.request").verdict, Verdict::Fail);
}

#[test]
fn every_client_fault_belongs_to_a_check_and_every_check_has_one() {
    // Every reading of a name that occurs twice is right (RFC 8259, 4), and so is overlooking what is not asked for.
    let beyond = ["duplicates-accepted", "schema-ignored"];
    let checks: Vec<_> = registry().filter(|entry| entry.check.side == Side::Client).collect();
    for entry in &checks {
        assert!(!entry.check.faults.is_empty(), "{} has no fault", entry.check.id);
        for name in entry.check.faults {
            assert!(faults::named(name).is_some(), "{}: there is no fault {name}", entry.check.id);
        }
    }
    for fault in faults::all().filter(|fault| !beyond.contains(&fault.name)) {
        let claimed = checks.iter().any(|entry| entry.check.faults.contains(&fault.name));
        assert!(claimed, "the fault {} belongs to no check", fault.name);
    }
}

/// Sums of rows and differences, which no bundled contract has.
#[tokio::test(flavor = "multi_thread")]
async fn rows_and_differences_are_judged() {
    let workshop = SelftestHarness::new(&RunOptions { seed: Some(3), ..RunOptions::default() }).unwrap();
    for (name, id) in [("grants", "balance.rows"), ("metered", "balance.roles")] {
        let contract = contract(&crate::judge_client::support::file(&format!("tests/it/fixtures/{name}")));
        let entry = ringtrue::__cli::checks::find(id).unwrap();
        let conforming = workshop.judge_named(&contract, entry, None).await.unwrap();
        assert_eq!(conforming.verdict, Verdict::Pass, "{conforming:?}");
        let faults = SelftestHarness::faults(&contract, entry);
        assert!(!faults.is_empty());
        for fault in faults {
            let found = workshop.judge_named(&contract, entry, Some(fault)).await.unwrap();
            assert!(found.verdict.is_finding(), "{}: {fault}: {found:?}", entry.check.id);
        }
    }
}

/// Speed is a promise too; the bound is for a busy machine.
#[tokio::test(flavor = "multi_thread")]
async fn client_suite_is_fast() {
    let begun = tokio::time::Instant::now();
    let contract = contract("genlook");
    let open = move |config| ReferenceClient::builder(contract.clone(), config).clock(Clock::manual()).open().unwrap();
    ringtrue::client("genlook", open).seed(3).run().await.unwrap().assert_conformant();
    assert!(begun.elapsed() < Duration::from_secs(20), "{:?}", begun.elapsed());
}

#[tokio::test(flavor = "multi_thread")]
async fn client_that_drops_the_base_path_has_one_finding() {
    let promised = contract("leadmagic");
    let open = move |mut config: ringtrue::__cli::client::Config| {
        let origin = config.base_url.splitn(4, '/').take(3).collect::<Vec<_>>().join("/");
        config.base_url = origin;
        ReferenceClient::builder(promised.clone(), config).clock(Clock::manual()).open().unwrap()
    };
    let report = ringtrue::client("leadmagic", open).seed(3).run().await.unwrap();
    let found = result(&report, "auth.request");
    assert_eq!(found.verdict, Verdict::Fail);
    assert!(found.reason.as_ref().unwrap().contains("below the base URL"), "{found:?}");
    let others = report.checks.iter().filter(|check| check.id != "auth.request");
    for check in others {
        assert_eq!(check.verdict, Verdict::CouldNotRun, "{}", check.id);
        assert!(check.reason.as_ref().unwrap().contains("see auth.request"), "{check:?}");
    }
}
