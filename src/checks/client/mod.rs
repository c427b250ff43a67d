//! Checks that judge clients.

mod bodies;
mod failures;
mod generated;
mod keeping;
mod play;
mod promises;
mod till;
mod told;
mod verdicts;

use super::registry::checks;

checks! {
    auth_sent,
    auth_nowhere_else,
    auth_redirect,
    auth_not_told,
    auth_request,
    shape_decoded,
    shape_any_balance,
    shape_lenient,
    shape_delivery,
    shape_broken,
    shape_any_broken,
    shape_not_json,
    shape_cut_short,
    shape_any_cut,
    error_classes,
    error_any_failure,
    error_not_a_balance,
    error_detail,
    error_retry_after,
    error_no_storm,
    error_spend_once,
    cache_keeps,
    cache_keeps_empty,
    cache_ends,
    cache_boundary,
    cache_counts_from_fill,
    cache_own,
    cache_after_spend,
    cache_invalidate,
    cache_race,
    cache_no_errors,
    cache_no_fail_open,
    cache_no_stale,
    cache_single_flight,
    cache_shared,
    cache_source,
    fail_open_allows,
    fail_open_no_stays_no,
    fail_open_surfaces,
    balance_told_exhausted,
    balance_roles,
    balance_rows,
    balance_told_any_order,
    robust_gives_up,
    robust_recovers,
    robust_hostile,
    robust_bounded,
}
