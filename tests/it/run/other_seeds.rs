//! What is generated finds what it is made for with other seeds, too.

use std::sync::Arc;

use ringtrue::__cli::checks::{CheckKind, registry};
use ringtrue::__cli::contract::Contract;
use ringtrue::__cli::run::{RunOptions, selftest};

#[tokio::test(flavor = "multi_thread")]
async fn every_fault_is_found_with_every_seed() {
    let generated = registry().filter(|entry| entry.check.kind != CheckKind::Example);
    let only: Vec<String> = generated.map(|entry| entry.check.id.to_owned()).collect();
    // A seed for each contract: that is as many as there is time for.
    for (seed, name) in (101..).zip(crate::with_paid_calls()) {
        let contract = Arc::new(Contract::load(&name).unwrap());
        let options = RunOptions { only: only.clone(), seed: Some(seed), ..RunOptions::default() };
        let found = selftest(&[contract], &options).await.unwrap();
        let missed: Vec<_> =
            found.rows.iter().flat_map(|row| row.missed().map(|(fault, _)| (row.check, fault))).collect();
        assert_eq!(missed, [], "{name} with seed {seed}");
        assert!(found.holds(), "{name}: what conforms is accused with seed {seed}");
    }
}
