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
async fn money_in_strings_one_entry_per_currency() {
    holds("prepaid").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_limit_less_what_was_used_and_failing_open() {
    holds("quota").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_used_is_all_that_is_told_beside_the_limit() {
    holds("metered").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sum_of_rows_under_another_auth_scheme() {
    holds("rows").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_balance_of_which_nobody_says_where_it_stands() {
    holds("uncapped").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_in_the_query_and_digits_in_a_string() {
    holds("classic").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn refusals_with_the_status_of_a_success() {
    holds("enveloped").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_amount_within_that_clients_keep_for_a_minute() {
    holds("nested").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn cents_and_errors_under_default_alone() {
    holds("cents").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_balance_that_is_asked_for_by_post() {
    holds("posted").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_document_without_promises() {
    holds("plain").await;
}
