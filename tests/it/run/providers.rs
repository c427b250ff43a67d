//! The bundled contracts, which are data: all lint clean, and those without a paid call are selftested here. The others have every
//! check with every fault in `tests/suite.rs`.

use std::sync::Arc;

use ringtrue::__cli::checks::{CheckKind, registry};
use ringtrue::__cli::contract::{Contract, Grade, Level, Role, bundled, lint};
use ringtrue::__cli::run::{RunOptions, promises, selftest};

/// Few, so that all contracts together take no longer than one of those in the suite. Generated cases are searched there.
const CASES: u32 = 6;

fn without_paid_calls() -> Vec<Arc<Contract>> {
    let contracts = bundled().into_iter().map(|name| Arc::new(Contract::load(&name).unwrap()));
    contracts.filter(|contract| contract.operation(Role::Spend).is_none()).collect()
}

#[test]
fn bundled_contracts_lint_clean() {
    assert!(bundled().len() >= 25, "{:?}", bundled());
    for name in bundled() {
        let found = lint(&name);
        assert!(found.is_clean(), "{name}: {found}");
    }
}

#[test]
fn promises_of_contracts_without_a_page_of_the_provider_accuse_nobody() {
    let mut remarks = 0;
    for contract in without_paid_calls() {
        let documented = contract.sources.values().any(|source| source.grade == Some(Grade::Documentation));
        for promise in promises(&contract).iter().filter(|_| !documented) {
            assert_eq!(promise.level, Level::May, "{}: {promise:?}", contract.name);
            remarks += 1;
        }
    }
    assert!(remarks > 30, "{remarks}");
}

#[tokio::test(flavor = "multi_thread")]
async fn checks_pass_on_conforming_subjects_and_examples_find_their_faults() {
    let slow = registry().filter(|entry| entry.check.slow).map(|entry| entry.check.id.to_owned());
    let options = RunOptions { seed: Some(5), cases: Some(CASES), skip: slow.collect(), ..RunOptions::default() };
    let kind = |id: &str| registry().find(|entry| entry.check.id == id).unwrap().check.kind;
    let mut found = 0;
    for contract in without_paid_calls() {
        let selftest = selftest(&[contract], &options).await.unwrap();
        for row in &selftest.rows {
            assert!(row.passes(), "{}, {}: {:?}", row.contract, row.check, row.conforming);
            if kind(row.check) == CheckKind::Example {
                let missed: Vec<_> = row.missed().map(|(fault, result)| (fault, &result.reason)).collect();
                assert!(missed.is_empty(), "{}, {}: {missed:?}", row.contract, row.check);
                found += row.faulty.len();
            }
        }
    }
    assert!(found > 1000, "{found}");
}
