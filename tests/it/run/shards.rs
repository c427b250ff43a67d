//! The shards of a run are together exactly the whole run, and their merged report says the same.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use ringtrue::__cli::client::{AnyClient, CallResult, Capabilities, CreditClient, ReferenceClient};
use ringtrue::__cli::contract::Contract;
use ringtrue::__cli::mock::{Provider, ProviderServer, ServerOptions};
use ringtrue::__cli::report::{View, format};
use ringtrue::__cli::run::{
    self, CheckResult, ClientTarget, MergeError, Report, RunOptions, ServerTarget, Shard, ShardReport, Silent,
};
use serde_json::Value;

fn contract(name: &str) -> Arc<Contract> {
    Arc::new(Contract::load(name).unwrap())
}

fn options() -> RunOptions {
    RunOptions { seed: Some(7), cases: Some(4), ..RunOptions::default() }
}

fn shard_of(number: u64, of: u64) -> RunOptions {
    RunOptions { shard: Some(Shard::new(number, of).unwrap()), ..options() }
}

async fn server(name: &str, target: ServerTarget, options: RunOptions) -> Report {
    run::server(contract(name), target, options, &Silent, std::future::pending()).await.unwrap()
}

async fn client(name: &str, target: ClientTarget, options: RunOptions) -> Report {
    run::client(contract(name), target, options, &Silent, std::future::pending()).await.unwrap().report
}

fn json_of(report: &Report) -> String {
    (format("json").unwrap().render)(report, &View::default()).unwrap()
}

/// Reads a report as `ringtrue merge` does.
fn read(file: &str, report: &Report) -> ShardReport {
    ShardReport::read(file, json_of(report).as_bytes()).unwrap()
}

fn merged(reports: &[Report]) -> Result<Report, MergeError> {
    // The order of the files does not matter.
    run::merge(reports.iter().enumerate().rev().map(|(at, report)| read(&format!("{at}.json"), report)).collect())
}

/// What a result says, without what differs between two runs of the same subject with the same seed: times, numbers of exchanges and of
/// requests, and the steps: keys of accounts are random, and calls that are made at the same time have no order.
fn said(check: &CheckResult) -> Value {
    let mut value = serde_json::to_value(check).unwrap();
    let members = value.as_object_mut().unwrap();
    for member in ["duration_ms", "requests", "exchanges", "reproduce", "case", "steps"] {
        members.remove(member);
    }
    members.insert("has_case".to_owned(), check.case.is_some().into());
    value
}

/// Asserts that the merged report of these shards says what the report of the whole run says.
fn is_whole(whole: &Report, shards: &[Report], what: &str) {
    let mut ids = BTreeSet::new();
    for shard in shards {
        assert!(shard.checks.iter().all(|check| ids.insert(check.id.clone())), "{what}: a check is in two shards");
    }
    let all: BTreeSet<String> = whole.checks.iter().map(|check| check.id.clone()).collect();
    assert_eq!(ids, all, "{what}");
    let merged = merged(shards).unwrap();
    let by_id = |report: &Report| -> BTreeMap<String, Value> {
        report.checks.iter().map(|check| (check.id.clone(), said(check))).collect()
    };
    let (expected, found) = (by_id(whole), by_id(&merged));
    let differs: Vec<_> = expected.iter().filter(|(id, said)| found.get(*id) != Some(*said)).collect();
    let instead: Vec<_> = differs.iter().map(|(id, _)| &found[*id]).collect();
    assert!(differs.is_empty(), "{what}:\n{differs:#?}\nin the merged report:\n{instead:#?}");
    let order = |report: &Report| report.checks.iter().map(|check| check.id.clone()).collect::<Vec<_>>();
    assert_eq!(order(&merged), order(whole), "{what}");
    assert_eq!((merged.counts, merged.outcome, merged.seed), (whole.counts, whole.outcome, whole.seed), "{what}");
    assert_eq!(merged.notes, whole.notes, "{what}");
    let promises = |report: &Report| serde_json::to_value(&report.promises).unwrap();
    assert_eq!(promises(&merged), promises(whole), "{what}");
    assert_eq!(merged.duration_ms, shards.iter().map(|shard| shard.duration_ms).sum::<u64>(), "{what}");
    assert_eq!((merged.shard.is_none(), merged.shards.map(usize::from)), (true, Some(shards.len())), "{what}");
    refers_to_its_exchanges(whole, &merged, what);
}

/// The findings of the merged report refer to exchanges with the same requests and statuses as in the whole run.
fn refers_to_its_exchanges(whole: &Report, merged: &Report, what: &str) {
    let mut numbers = BTreeSet::new();
    assert!(merged.exchanges.iter().all(|exchange| numbers.insert(exchange.n)), "{what}: a number occurs twice");
    let shown = |report: &Report, check: &CheckResult| -> Vec<(String, Option<u16>)> {
        let exchange = |n: &u64| report.exchanges.iter().find(|exchange| exchange.n == *n).unwrap().clone();
        // The address of a client's session is another one each time, and the path below it the same.
        let last = |url: &str| url.rsplit('/').next().unwrap_or_default().to_owned();
        let shown = check.exchanges.iter().map(exchange).map(|one| {
            let status = one.response.map(|response| response.status);
            (format!("{} {}", one.request.method, last(&one.request.url)), status)
        });
        shown.collect()
    };
    for (one, other) in whole.checks.iter().zip(&merged.checks) {
        let mut sides = [shown(whole, one), shown(merged, other)];
        sides.iter_mut().for_each(|side| side.sort());
        if one.verdict.is_finding() {
            assert_eq!(sides[0], sides[1], "{what} {}", one.id);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn shards_of_a_run_against_a_server_are_together_the_whole_run() {
    for name in ["genlook", "leadmagic", "genlook-storefront"] {
        let whole = server(name, ServerTarget::default(), options()).await;
        for of in [2, 3, 5] {
            let mut shards = Vec::new();
            for number in 1..=of {
                shards.push(server(name, ServerTarget::default(), shard_of(number, of)).await);
            }
            is_whole(&whole, &shards, &format!("{name} in {of} shards"));
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn shards_of_a_run_against_a_faulty_server_are_together_the_whole_run() {
    for (name, faults) in [
        ("genlook", &["charge-double"][..]),
        ("pollo", &["balance-never-changes"]),
        ("leadmagic", &["body-null-at-zero"]),
    ] {
        let provider = Arc::new(Provider::with_faults(contract(name), faults).unwrap());
        let stand_in = ProviderServer::start(vec![provider], ServerOptions::default()).await.unwrap();
        let target = || ServerTarget {
            url: Some(stand_in.url(name)),
            states: Some(stand_in.states_url()),
            ..ServerTarget::default()
        };
        let whole = server(name, target(), options()).await;
        assert!(whole.counts.fail > 0, "{name}: {:?}", whole.counts);
        for of in [2, 5] {
            let mut shards = Vec::new();
            for number in 1..=of {
                shards.push(server(name, target(), shard_of(number, of)).await);
            }
            is_whole(&whole, &shards, &format!("{name} {faults:?} in {of} shards"));
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn shards_of_a_run_against_a_client_are_together_the_whole_run() {
    for name in ["genlook", "leadmagic"] {
        let whole = client(name, ClientTarget::Embedded, options()).await;
        for of in [2, 3, 5] {
            let mut shards = Vec::new();
            for number in 1..=of {
                shards.push(client(name, ClientTarget::Embedded, shard_of(number, of)).await);
            }
            is_whole(&whole, &shards, &format!("{name} in {of} shards"));
        }
    }
}

/// A client that says that it caches, and keeps its first result for good.
struct Forgetful {
    inner: ReferenceClient,
    kept: tokio::sync::OnceCell<CallResult>,
}

impl CreditClient for Forgetful {
    fn capabilities(&self) -> Capabilities {
        Capabilities { cache: true, virtual_clock: true, ..Capabilities::default() }
    }

    async fn check(&self) -> CallResult {
        self.kept.get_or_init(|| async { self.inner.check().await }).await.clone()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn shards_of_a_run_against_a_faulty_client_are_together_the_whole_run() {
    let name = "leadmagic";
    let target = || {
        let promised = contract(name);
        ClientTarget::Rust(Arc::new(move |config| {
            let inner = ReferenceClient::new(promised.clone(), config).unwrap();
            Arc::new(Forgetful { inner, kept: tokio::sync::OnceCell::new() }) as Arc<dyn AnyClient>
        }))
    };
    let whole = client(name, target(), options()).await;
    assert!(whole.counts.fail + whole.counts.warn > 0, "{:?}", whole.counts);
    for of in [2, 3] {
        let mut shards = Vec::new();
        for number in 1..=of {
            shards.push(client(name, target(), shard_of(number, of)).await);
        }
        is_whole(&whole, &shards, &format!("{name} in {of} shards"));
    }
}
