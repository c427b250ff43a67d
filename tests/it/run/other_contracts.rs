//! Contracts by data alone, each of a shape that no bundled one has: what conforms passes, and each fault is found.

use std::sync::Arc;

use ringtrue::__cli::contract::Contract;
use ringtrue::__cli::run::{RunOptions, selftest};

use crate::judge_client::support::file;

async fn holds(shape: &str) {
    let contract = Arc::new(Contract::load(&file(&format!("tests/it/fixtures/{shape}"))).unwrap());
    let found = selftest(&[contract], &RunOptions { seed: Some(11), ..RunOptions::default() }).await.unwrap();
    let missed: Vec<_> = found.rows.iter().flat_map(|row| row.missed().map(|(fault, _)| (row.check, fault))).collect();
    assert_eq!(missed, [], "{shape}");
    let accused: Vec<_> = found.rows.iter().filter(|row| !row.passes()).map(|row| row.check).collect();
    assert_eq!(accused, [] as [&str; 0], "{shape}");
    assert!(found.holds(), "{shape}");
}

#[tokio::test(flavor = "multi_thread")]
async fn money_in_strings_with_one_entry_per_currency_holds() {
    holds("prepaid").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn limit_minus_usage_with_fail_open_holds() {
    holds("quota").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn usage_beside_a_limit_holds() {
    holds("metered").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn sum_of_rows_with_another_auth_scheme_holds() {
    holds("rows").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn balance_without_locators_holds() {
    holds("uncapped").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn key_in_the_query_and_amount_in_a_string_hold() {
    holds("classic").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn refusals_with_status_200_hold() {
    holds("enveloped").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nested_amount_cached_for_a_minute_holds() {
    holds("nested").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn amount_below_members_that_json_pointer_escapes_holds() {
    holds("escaped").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn cents_and_errors_under_default_hold() {
    holds("cents").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn balance_by_post_holds() {
    holds("posted").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn document_without_promises_holds() {
    holds("plain").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn jobs_whose_states_are_numbers_hold() {
    holds("numbered").await;
}

/// Nothing is found, and nothing left undecided, of what conforms.
async fn conforms(shape: &str) {
    let path = file(&format!("tests/it/fixtures/{shape}"));
    let server = ringtrue::server(&path).seed(1).run().await.unwrap();
    server.assert_conformant();
    let contract = Arc::new(Contract::load(&path).unwrap());
    let found = selftest(&[contract], &RunOptions { seed: Some(5), ..RunOptions::default() }).await.unwrap();
    let rows = found.rows;
    let accused: Vec<_> = rows.iter().filter(|row| !row.passes()).map(|row| row.check).collect();
    assert_eq!(accused, [] as [&str; 0], "{shape}");
}

#[tokio::test(flavor = "multi_thread")]
async fn relation_in_strings_with_the_balance_in_a_header_conforms() {
    conforms("reserve").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn flag_that_follows_the_amount_with_resets_conforms() {
    conforms("daily").await;
}
