//! What is reviewed like code: the verdicts of each contract, the matrix of checks and faults.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::Arc;

use futures_util::StreamExt;
use futures_util::stream;
use ringtrue::__cli::checks::{CheckKind, Side, registry};
use ringtrue::__cli::client::faults as client_faults;
use ringtrue::__cli::contract::Contract;
use ringtrue::__cli::mock::faults::{self, ServerFault};
use ringtrue::__cli::run::{FaultCoverage, RunOptions, SelftestHarness};

fn kept(name: &str, contents: &str) {
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path("../../snapshots");
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| insta::assert_snapshot!(name, contents));
}

fn contracts() -> Vec<Arc<Contract>> {
    crate::with_paid_calls().iter().map(|name| Arc::new(Contract::load(name).unwrap())).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn verdicts_of_each_contract() {
    for contract in contracts() {
        let report = ringtrue::server(contract.name.clone()).seed(1).run().await.unwrap();
        let mut lines = String::new();
        for check in &report.checks {
            let level = serde_json::to_value(check.level).unwrap();
            let verdict = serde_json::to_value(check.verdict).unwrap();
            let why = check.source.as_ref().map(|source| format!("{}: {}", source.document, source.quote));
            let why = why.or_else(|| check.reason.clone()).unwrap_or_default();
            writeln!(lines, "{} {} {} | {why}", check.id, verdict.as_str().unwrap(), level.as_str().unwrap()).unwrap();
        }
        kept(&format!("verdicts_{}", contract.name), &lines);
    }
}

/// The contract under which a fault is tried: the first one under which it makes a difference.
fn home<'c>(contracts: &'c [Arc<Contract>], fault: &ServerFault) -> Option<&'c Arc<Contract>> {
    contracts.iter().find(|contract| {
        let own = registry().filter(|entry| entry.check.faults.contains(&fault.name));
        (fault.applies)(contract) && own.into_iter().any(|entry| (entry.check.applies)(contract).is_ok())
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn matrix_of_checks_and_faults() {
    let contracts = contracts();
    let workshop = Arc::new(SelftestHarness::new(&RunOptions { seed: Some(1), ..RunOptions::default() }).unwrap());
    let pairs =
        faults::all().filter_map(|fault| Some((fault, home(&contracts, fault)?))).flat_map(|(fault, contract)| {
            // What is generated is tried where it is made for the fault: whether it comes up elsewhere is chance.
            let checks = registry().filter(|entry| {
                let check = entry.check;
                check.side == Side::Server && (check.kind == CheckKind::Example || check.faults.contains(&fault.name))
            });
            checks.map(move |entry| (fault, contract, entry))
        });
    let mut rows: BTreeMap<&str, (String, Vec<&str>)> = BTreeMap::new();
    let mut running = stream::iter(pairs)
        .map(|(fault, contract, entry)| {
            let (workshop, under) = (workshop.clone(), contract.clone());
            // A task each, so that all cores work; much of it is waiting, for deadlines and for answers that never end.
            let judged = tokio::spawn(async move { workshop.judge(&under, entry, &[fault]).await.unwrap() });
            async move { (fault, contract, entry, judged.await.unwrap()) }
        })
        .buffer_unordered(32);
    while let Some((fault, contract, entry, result)) = running.next().await {
        let row = rows.entry(fault.name).or_insert_with(|| (contract.name.clone(), Vec::new()));
        if result.verdict.is_finding() {
            row.1.push(entry.check.id);
        }
    }
    let mut table = String::new();
    let order: Vec<&str> = registry().map(|entry| entry.check.id).collect();
    for (fault, (contract, mut checks)) in rows {
        checks.sort_by_key(|id| order.iter().position(|have| have == id));
        writeln!(table, "{fault} ({contract}): {}", checks.join(", ")).unwrap();
    }
    kept("matrix", &table);
}

/// What examples say of the faults of clients that properties and sequences exist to catch: those that none of them notices
/// are what the others are for.
#[tokio::test(flavor = "multi_thread")]
async fn subtle_faults_of_clients() {
    let contracts = contracts();
    let workshop = Arc::new(SelftestHarness::new(&RunOptions { seed: Some(1), ..RunOptions::default() }).unwrap());
    let faults = FaultCoverage::all().into_iter().filter_map(|subtle| client_faults::named(subtle.fault));
    let pairs = faults.filter_map(|fault| {
        let home = contracts.iter().find(|contract| {
            let own = registry().filter(|entry| entry.check.faults.contains(&fault.name));
            fault.applies_to(contract) && own.into_iter().any(|entry| (entry.check.applies)(contract).is_ok())
        });
        home.map(|contract| (fault, contract))
    });
    let pairs = pairs.flat_map(|(fault, contract)| {
        let checks = registry().filter(|entry| {
            let check = entry.check;
            check.side == Side::Client && (check.kind == CheckKind::Example || check.faults.contains(&fault.name))
        });
        checks.map(move |entry| (fault, contract, entry))
    });
    let mut rows: BTreeMap<&str, (String, Vec<&str>)> = BTreeMap::new();
    let mut running = stream::iter(pairs)
        .map(|(fault, contract, entry)| {
            let (workshop, under) = (workshop.clone(), contract.clone());
            let judged = tokio::spawn(async move { workshop.judge_client(&under, entry, Some(fault)).await });
            async move { (fault, contract, entry, judged.await.unwrap()) }
        })
        .buffer_unordered(16);
    while let Some((fault, contract, entry, result)) = running.next().await {
        let row = rows.entry(fault.name).or_insert_with(|| (contract.name.clone(), Vec::new()));
        if result.verdict.is_finding() {
            row.1.push(entry.check.id);
        }
    }
    let order: Vec<&str> = registry().map(|entry| entry.check.id).collect();
    let mut table = String::new();
    for (fault, (contract, mut checks)) in rows {
        checks.sort_by_key(|id| order.iter().position(|have| have == id));
        writeln!(table, "{fault} ({contract}): {}", checks.join(", ")).unwrap();
    }
    kept("matrix_subtle_clients", &table);
}
