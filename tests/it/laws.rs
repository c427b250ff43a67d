//! The laws of the registry, for every check and every bundled contract.

use std::sync::Arc;

use ringtrue::contract::{self, Contract};
use ringtrue::run::{self, Options};

#[tokio::test(flavor = "multi_thread")]
async fn every_check_passes_on_the_conforming_stand_in_and_fails_on_its_faults() {
    let contracts: Vec<Arc<Contract>> =
        contract::bundled().iter().map(|name| Arc::new(Contract::load(name).unwrap())).collect();
    let options = Options { only: std::env::var("RT_ONLY").ok().into_iter().collect(), ..Options::default() };
    let selftest = run::selftest(&contracts, &options).await.unwrap();
    let mut broken = Vec::new();
    for row in &selftest.rows {
        if !row.passes() {
            broken.push(format!(
                "{} {}: {:?} on the conforming stand-in: {:?}",
                row.contract, row.check, row.conforming.verdict, row.conforming.reason
            ));
        }
        for (fault, found) in row.missed() {
            broken.push(format!(
                "{} {}: misses {fault}: {:?} {:?}",
                row.contract, row.check, found.verdict, found.reason
            ));
        }
        if std::env::var("RT_SHOW").is_ok() {
            println!("{} {} {:?} {:?}", row.contract, row.check, row.conforming.verdict, row.conforming.reason);
            for (fault, found) in &row.faulty {
                println!("    {fault}: {:?} {}", found.verdict, found.reason.clone().unwrap_or_default());
            }
        }
    }
    assert!(broken.is_empty(), "\n{}", broken.join("\n"));
}
