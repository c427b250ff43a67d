//! What a check declares to need is enough for it to decide.

use std::sync::Arc;

use ringtrue::__cli::checks::{CheckEntry, registry};
use ringtrue::__cli::run::{RunOptions, SelftestHarness};
use ringtrue::{Contract, Verdict};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

/// How many checks run at a time, so that none runs into a deadline on a busy machine.
const CONCURRENCY: usize = 8;

#[tokio::test(flavor = "multi_thread")]
async fn check_with_exactly_its_declared_needs_passes_wherever_it_passes_with_everything() {
    let harness = Arc::new(SelftestHarness::new(&RunOptions { seed: Some(7), ..RunOptions::default() }).unwrap());
    let permits = Arc::new(Semaphore::new(CONCURRENCY));
    let mut passed = 0;
    let mut undecided = Vec::new();
    for name in crate::with_paid_calls() {
        let contract = Arc::new(Contract::load(&name).unwrap());
        let mut running = JoinSet::new();
        for entry in registry().filter(|entry| (entry.check.applies)(&contract).is_ok()) {
            let (harness, contract, permits) = (harness.clone(), contract.clone(), permits.clone());
            running.spawn(async move {
                let _permit = permits.acquire_owned().await.unwrap();
                judge_twice(&harness, &contract, entry).await
            });
        }
        for (both_pass, found) in running.join_all().await.into_iter().flatten() {
            passed += usize::from(both_pass);
            undecided.extend(found);
        }
    }
    assert!(undecided.is_empty(), "checks that need more than they declare:\n{}", undecided.join("\n"));
    assert!(passed > registry().count(), "only {passed} checks were compared");
}

/// Whether the check passes both ways, and a description if it passes with everything alone. `None` if it does not pass at all.
async fn judge_twice(
    harness: &SelftestHarness,
    contract: &Arc<Contract>,
    entry: &'static CheckEntry,
) -> Option<(bool, Option<String>)> {
    let full = harness.judge_named(contract, entry, None).await.unwrap();
    if full.verdict != Verdict::Pass {
        return None;
    }
    let exact = harness.judge_with_declared_needs(contract, entry).await.unwrap();
    let both_pass = exact.verdict == Verdict::Pass;
    let found = format!("{} ({}): {:?}: {:?}", entry.check.id, contract.name, exact.verdict, exact.reason);
    Some((both_pass, (!both_pass).then_some(found)))
}
