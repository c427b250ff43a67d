//! The contracts of the guide, one for each shape: what conforms passes, and each fault is found.

use std::sync::Arc;

use ringtrue::__cli::checks::{CheckKind, Verdict, registry};
use ringtrue::__cli::contract::{Contract, lint};
use ringtrue::__cli::run::{RunOptions, selftest};

use crate::judge_client::support::file;

/// Runs every check on both sides, and expects these to have been run with their faults.
async fn holds(shape: &str, run: &[&str]) {
    let path = file(&format!("examples/contracts/shapes/{shape}.yaml"));
    let found = lint(&path);
    assert!(found.is_clean(), "{shape}: {found}");
    let contract = Arc::new(Contract::load(&path).unwrap());
    // The slow checks and generated cases do the same on the contracts of `other_contracts`.
    let quick = registry().filter(|entry| entry.check.kind == CheckKind::Example && !entry.check.slow);
    let only = quick.map(|entry| entry.check.id).chain(run.iter().copied()).map(str::to_owned).collect();
    let found = selftest(&[contract], &RunOptions { seed: Some(11), only, ..RunOptions::default() }).await.unwrap();
    let missed: Vec<_> = found.rows.iter().flat_map(|row| row.missed().map(|(fault, _)| (row.check, fault))).collect();
    assert_eq!(missed, [], "{shape}");
    let accused: Vec<_> = found.rows.iter().filter(|row| !row.passes()).map(|row| row.check).collect();
    assert_eq!(accused, [] as [&str; 0], "{shape}");
    for check in run {
        let row = found.rows.iter().find(|row| row.check == *check);
        let ran = row.is_some_and(|row| row.conforming.verdict == Verdict::Pass && !row.faulty.is_empty());
        assert!(ran, "{shape}: {check} did not run with a fault");
    }
}

macro_rules! shapes {
    ($($name:ident: $shape:literal, $run:expr;)+) => {
        $(
            #[tokio::test(flavor = "multi_thread")]
            async fn $name() {
                holds($shape, &$run).await;
            }
        )+
    };
}

shapes! {
    first_contract_of_the_guide_holds: "first", ["auth.missing-key"];
    entry_of_a_list_holds: "entry-of-a-list", ["balance.entry"];
    null_for_no_limit_holds: "unlimited", ["balance.markers"];
    marker_for_a_wrong_key_holds: "marker-for-a-wrong-key", ["auth.unknown-key"];
    failure_inside_a_200_holds: "failure-inside-200", ["auth.unknown-key", "balance.exhausted"];
    factor_holds: "factor", ["balance.exact"];
    lesser_of_two_amounts_holds: "lesser-of-two-amounts", ["balance.exact"];
    lesser_of_two_operations_holds: "lesser-of-two-operations", ["balance.lesser"];
    bare_number_holds: "bare-number", ["balance.exact"];
    answers_by_operation_and_status_hold: "answers-by-operation-and-status", ["balance.exhausted"];
    parameters_and_order_hold: "parameters-and-order", ["error.parameters", "error.precedence"];
    two_part_credential_holds: "two-part-credential", ["auth.unknown-key"];
    jobs_hold: "jobs", ["auth.job-isolation", "balance.held", "balance.failed-job"];
    reset_holds: "reset", ["balance.reset"];
}
