//! The bundled contracts, which are data: all lint clean, and those without a paid call are selftested here. The others have every
//! check with every fault in `tests/suite.rs`.

use std::sync::Arc;

use ringtrue::__cli::checks::{CheckKind, registry};
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
async fn example_checks_pass_on_conforming_subjects_and_find_their_faults() {
    let only = registry().filter(|entry| entry.check.kind == CheckKind::Example && !entry.check.slow);
    let only: Vec<String> = only.map(|entry| entry.check.id.to_owned()).collect();
    let options = RunOptions { seed: Some(5), only, ..RunOptions::default() };
    let (mut found, mut wrong) = (0, Vec::new());
    // Every third, for the sake of time: the contracts differ in data alone. At once, so that waiting overlaps.
    let contracts: Vec<_> = without_paid_calls().into_iter().step_by(3).collect();
    let selftest = selftest(&contracts, &options).await.unwrap();
    for row in &selftest.rows {
        let place = format!("{}, {}", row.contract, row.check);
        if !row.passes() {
            wrong.push(format!("{place}: {:?} {:?}", row.conforming.verdict, row.conforming.reason));
        }
        wrong.extend(row.missed().map(|(fault, result)| format!("{place}: {fault}: {:?}", result.reason)));
        found += row.faulty.len();
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
    assert!(found > 300, "{found}");
}
