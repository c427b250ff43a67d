//! The bundled contracts, which are data: all lint clean, and those without a paid call are selftested here. The others have every
//! check with every fault in `tests/suite.rs`.

use std::sync::Arc;

use ringtrue::__cli::contract::{Contract, Grade, Level, Role, bundled, lint};
use ringtrue::__cli::run::{RunOptions, promises, selftest};

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
fn promises_of_contracts_without_a_page_of_the_provider_are_remarks() {
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
async fn every_check_passes_on_conforming_subjects_and_finds_its_faults() {
    // With the options of the command `ringtrue selftest`.
    let options = RunOptions { seed: Some(0), ..RunOptions::default() };
    let (mut found, mut wrong) = (0, Vec::new());
    // All at once, so that waiting overlaps.
    let selftest = selftest(&without_paid_calls(), &options).await.unwrap();
    for row in &selftest.rows {
        let place = format!("{}, {}", row.contract, row.check);
        if !row.passes() {
            wrong.push(format!("{place}: {:?} {:?}", row.conforming.verdict, row.conforming.reason));
        }
        wrong.extend(row.missed().map(|(fault, result)| format!("{place}: {fault}: {:?}", result.reason)));
        found += row.faulty.len();
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
    assert!(found > 3000, "{found}");
}
