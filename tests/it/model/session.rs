//! What one session of a client may tell.

use ringtrue::__cli::contract::Fields;
use ringtrue::__cli::model::{BalanceValues, Observed, SessionExpectations, Violation};
use rust_decimal::Decimal;

const TTL_MS: u64 = 120_000;

fn balance(remaining: u32) -> BalanceValues {
    BalanceValues { remaining: Some(Decimal::from(remaining)), ..BalanceValues::of(Decimal::ONE, &Fields::default()) }
}

fn remaining_is(reported: u32) -> impl Fn(&BalanceValues) -> bool {
    move |balance| balance.remaining == Some(Decimal::from(reported))
}

/// A session that has reported 5.
fn filled() -> SessionExpectations {
    let mut session = SessionExpectations::opened(TTL_MS, TTL_MS);
    assert_eq!(session.checked(Observed::Balance(balance(5)), remaining_is(5), false), Ok(()));
    session
}

#[test]
fn check_within_the_ttl_reports_the_cached_balance_without_a_request() {
    let mut session = filled();
    session.advanced(TTL_MS - 2_000);
    assert!(session.must_keep());
    assert_eq!(session.checked(Observed::Nothing, remaining_is(5), false), Ok(()));
    assert_eq!(session.clone().checked(Observed::Nothing, remaining_is(7), false), Err(Violation::NotCached));
    assert_eq!(
        session.checked(Observed::Balance(balance(7)), remaining_is(7), false),
        Err(Violation::UnexpectedRequest)
    );
}

#[test]
fn balance_after_the_ttl_needs_a_request() {
    let mut session = filled();
    // Reading does not renew.
    for _ in 0..3 {
        session.advanced(TTL_MS / 3 + 1_000);
        if session.must_keep() {
            assert_eq!(session.checked(Observed::Nothing, remaining_is(5), false), Ok(()));
        }
    }
    assert_eq!(session.clone().checked(Observed::Nothing, remaining_is(5), false), Err(Violation::NotCached));
    assert_eq!(
        session.clone().checked(Observed::Balance(balance(7)), remaining_is(5), false),
        Err(Violation::WrongBalance)
    );
    assert_eq!(session.checked(Observed::Balance(balance(7)), remaining_is(7), false), Ok(()));
}

#[test]
fn invalidated_balance_needs_a_request_and_a_possibly_invalidated_one_does_not() {
    let mut dropped = filled();
    dropped.dropped();
    assert_eq!(dropped.checked(Observed::Nothing, remaining_is(5), false), Err(Violation::NotCached));
    let mut open = filled();
    open.maybe_dropped(balance(4));
    assert!(!open.must_keep());
    assert_eq!(open.clone().checked(Observed::Nothing, remaining_is(4), false), Ok(()));
    assert_eq!(open.clone().checked(Observed::Nothing, remaining_is(5), false), Ok(()));
    assert_eq!(open.checked(Observed::Balance(balance(4)), remaining_is(4), false), Ok(()));
}

#[test]
fn failure_is_reported_as_failure_and_not_forever() {
    let mut session = SessionExpectations::opened(TTL_MS, TTL_MS);
    assert_eq!(session.clone().checked(Observed::Failure, remaining_is(5), false), Err(Violation::InventedBalance));
    assert_eq!(session.clone().checked(Observed::Nothing, remaining_is(5), true), Err(Violation::InventedFailure));
    assert_eq!(session.checked(Observed::Failure, remaining_is(5), true), Ok(()));
    // A client may back off before it asks again.
    assert_eq!(session.checked(Observed::Nothing, remaining_is(5), true), Ok(()));
    session.advanced(2 * 60 * 60 * 1000);
    assert_eq!(session.checked(Observed::Nothing, remaining_is(5), true), Err(Violation::InventedFailure));
}

#[test]
fn real_time_never_makes_a_request_mandatory() {
    let mut session = filled();
    session.elapsed(TTL_MS);
    assert!(!session.must_keep());
    assert_eq!(session.clone().checked(Observed::Nothing, remaining_is(5), false), Ok(()));
    assert_eq!(session.checked(Observed::Balance(balance(7)), remaining_is(7), false), Ok(()));
}

#[test]
fn report_that_a_failure_explains_says_nothing_about_the_cache() {
    let mut session = filled();
    session.dropped();
    assert_eq!(session.checked(Observed::Failure, remaining_is(5), true), Ok(()));
    session.maybe_dropped(balance(5));
    // The failure reported again, or the balance in the paid call: both are allowed.
    assert_eq!(session.checked(Observed::Nothing, remaining_is(5), true), Ok(()));
    assert!(!session.must_keep());
    assert_eq!(session.clone().checked(Observed::Balance(balance(4)), remaining_is(4), false), Ok(()));
    // A client that reports a cached balance is judged by that.
    assert_eq!(session.checked(Observed::Nothing, remaining_is(5), false), Ok(()));
    assert!(session.must_keep());
}
