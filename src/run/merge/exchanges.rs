//! Exchanges of several reports in one, each with a number of its own.

use std::collections::HashMap;

use super::super::report::Report;
use crate::exchange::Recorded;

/// Takes the exchanges of all reports. Where two reports have given one number to different exchanges, all are numbered anew, from 1, and
/// the results refer to the new numbers.
pub(super) fn unite(reports: &mut [Report]) -> Vec<Recorded> {
    let mut taken: Vec<Vec<Recorded>> = Vec::new();
    for report in reports.iter_mut() {
        let mut exchanges = std::mem::take(&mut report.exchanges);
        exchanges.sort_by_key(|exchange| exchange.n);
        exchanges.dedup_by_key(|exchange| exchange.n);
        taken.push(exchanges);
    }
    if let Some(united) = united(reports, &taken) {
        return united;
    }
    let mut united = Vec::new();
    let mut next = 1;
    for (report, exchanges) in reports.iter_mut().zip(taken) {
        let mut numbers: HashMap<u64, u64> = HashMap::new();
        for exchange in exchanges {
            numbers.insert(exchange.n, next);
            united.push(Recorded { n: next, ..exchange });
            next += 1;
        }
        for check in &mut report.checks {
            // A reference to an exchange that is not in the report must not become one to another exchange.
            check.exchanges = check.exchanges.iter().filter_map(|n| numbers.get(n).copied()).collect();
        }
    }
    united
}

/// The exchanges of all reports by number, if no number means two different exchanges: shards that judge one recording show the same ones.
fn united(reports: &[Report], taken: &[Vec<Recorded>]) -> Option<Vec<Recorded>> {
    let mut by_number: HashMap<u64, &Recorded> = HashMap::new();
    for exchange in taken.iter().flatten() {
        if exchange.n == 0 || by_number.insert(exchange.n, exchange).is_some_and(|other| other != exchange) {
            return None;
        }
    }
    for (report, own) in reports.iter().zip(taken) {
        let mut referred = report.checks.iter().flat_map(|check| &check.exchanges);
        // What a report refers to and does not have must not be found in another report.
        let is_foreign = |n: &u64| by_number.contains_key(n) && own.binary_search_by_key(n, |own| own.n).is_err();
        if referred.any(is_foreign) {
            return None;
        }
    }
    let mut united: Vec<Recorded> = by_number.into_values().cloned().collect();
    united.sort_by_key(|exchange| exchange.n);
    Some(united)
}
