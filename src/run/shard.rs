//! Shards: a run that is split into shares of its checks, each run by itself.
//!
//! Which shard a check belongs to follows from the checks that are selected, the contract and the number of cases alone. So all
//! shards of a run agree without knowing of each other, whatever the subject is, and however many requests are in flight.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::options::RunOptions;
use crate::checks::{CASES, Check, CheckEntry, CheckKind, Schedule, Side};
use crate::contract::Contract;

/// Shard `number` of `of`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shard {
    number: u16,
    of: u16,
}

/// Why a text is not a shard.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ShardError {
    /// It has another form.
    #[error("write it as K/N, for example 2/3 for the second of three shards")]
    Form,
    /// There are no shards, or too many.
    #[error("there must be between 1 and {MAX_SHARDS} shards")]
    Count,
    /// There is no shard with that number.
    #[error("there is no shard {number} of {of}; the shards are 1/{of} to {of}/{of}")]
    Number {
        /// The number of the shard.
        number: u64,
        /// How many shards there are.
        of: u16,
    },
}

/// Which shard of a run a report is about, and which checks the whole run has.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ShardIdentity {
    /// The number of the shard, from 1.
    pub number: u16,
    /// How many shards the run has.
    pub of: u16,
    /// Globs over check ids that the whole run was limited to.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub only: Vec<String>,
    /// Globs over check ids that the whole run left out.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub skip: Vec<String>,
}

/// More shards than this are a mistake: there are not so many checks.
const MAX_SHARDS: u16 = 1000;

impl Shard {
    /// The shard with this number, from 1, of that many.
    ///
    /// # Errors
    /// If there is no such shard.
    pub fn new(number: u64, of: u64) -> Result<Self, ShardError> {
        let of = u16::try_from(of).ok().filter(|of| (1..=MAX_SHARDS).contains(of)).ok_or(ShardError::Count)?;
        match u16::try_from(number) {
            Ok(exact) if (1..=of).contains(&exact) => Ok(Self { number: exact, of }),
            _ => Err(ShardError::Number { number, of }),
        }
    }

    /// What a report of this shard says about it.
    pub(super) fn identity(self, options: &RunOptions) -> ShardIdentity {
        let Self { number, of } = self;
        ShardIdentity { number, of, only: options.only.clone(), skip: options.skip.clone() }
    }

    /// Returns the checks of this shard, in the order in which they were given.
    ///
    /// The costliest check goes to the shard that has the least to do so far, then the next (longest processing time first).
    pub(super) fn share(
        self,
        contract: &Contract,
        cases: Option<u32>,
        selected: Vec<&'static CheckEntry>,
    ) -> Vec<&'static CheckEntry> {
        let cost = |entry: &CheckEntry| expected_cost(entry.check, contract, cases.unwrap_or(CASES));
        let mut by_cost: Vec<(usize, u64)> = selected.iter().map(|entry| cost(entry)).enumerate().collect();
        by_cost.sort_by_key(|(at, cost)| (std::cmp::Reverse(*cost), *at));
        let mut loads = vec![0_u64; usize::from(self.of)];
        let mut own = vec![false; selected.len()];
        for (at, cost) in by_cost {
            // The first of several with the same load.
            let Some((shard, load)) = loads.iter_mut().enumerate().min_by_key(|(_, load)| **load) else { break };
            *load = load.saturating_add(cost);
            if let Some(own) = own.get_mut(at) {
                *own = shard + 1 == usize::from(self.number);
            }
        }
        selected.into_iter().zip(own).filter_map(|(entry, own)| own.then_some(entry)).collect()
    }
}

impl FromStr for Shard {
    type Err = ShardError;

    fn from_str(text: &str) -> Result<Self, ShardError> {
        let number = |text: &str| {
            let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
            // A number that does not fit is too large for anything.
            digits.then(|| text.parse().unwrap_or(u64::MAX)).ok_or(ShardError::Form)
        };
        let (shard, of) = text.split_once('/').ok_or(ShardError::Form)?;
        Self::new(number(shard)?, number(of)?)
    }
}

impl fmt::Display for Shard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.number, self.of)
    }
}

impl fmt::Display for ShardIdentity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.number, self.of)
    }
}

/// About how many requests the checks of a side need.
struct Requests {
    /// An example.
    example: u64,
    /// A property, for each of the cases planned. Some have several times as many cases as others.
    property: u64,
    /// A sequence, for each of the cases planned: there are three times as many sequences, of up to twenty actions each.
    sequence: u64,
}

const OF_SERVERS: Requests = Requests { example: 16, property: 4, sequence: 60 };
const OF_CLIENTS: Requests = Requests { example: 10, property: 2, sequence: 45 };
/// What waiting for deadlines adds, in requests that could be made meanwhile.
const WAITING: u64 = 24;
/// How much longer the same requests take if no other check runs meanwhile.
const ALONE: u64 = 3;
/// How much longer the requests of sequences against a server take: they wait for each other wherever the clock moves or the store fails.
const IN_SEQUENCE: u64 = 4;

/// About how many requests a check needs. Everything counts that is known without the subject.
pub(super) fn expected_requests(check: &Check, contract: &Contract, cases: u32) -> u64 {
    if (check.applies)(contract).is_err() {
        return 0;
    }
    let Requests { example, property, sequence } = match check.side {
        Side::Server => OF_SERVERS,
        Side::Client => OF_CLIENTS,
    };
    let cases = u64::from(cases);
    match check.kind {
        CheckKind::Example => example,
        CheckKind::Property => cases.saturating_mul(property),
        CheckKind::Sequence => cases.saturating_mul(sequence),
    }
}

/// About how long a check takes, in requests that are made side by side with others.
///
/// A check that does not apply costs next to nothing, but not nothing, so that such checks are spread too.
fn expected_cost(check: &Check, contract: &Contract, cases: u32) -> u64 {
    let requests = expected_requests(check, contract, cases);
    if requests == 0 {
        return 1;
    }
    let cost = requests.saturating_add(if check.slow { WAITING } else { 0 });
    match (check.schedule, check.kind, check.side) {
        (Schedule::Alone | Schedule::Last | Schedule::Survival, ..) => cost.saturating_mul(ALONE),
        (_, CheckKind::Sequence, Side::Server) => cost.saturating_mul(IN_SEQUENCE),
        _ => cost,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checks::registry;
    use crate::contract::bundled;

    #[test]
    fn text_that_is_no_shard_is_refused_with_the_reason() {
        for text in ["", "/", "1", "1/", "/2", "a/b", "1/2/3", "-1/2", "+1/2", "1 / 2", "1.5/2", "٢/٣", "1/2\n"] {
            assert_eq!(text.parse::<Shard>(), Err(ShardError::Form), "{text:?}");
        }
        for text in ["0/0", "1/0", "1/1001", "1/99999999999999999999999"] {
            assert_eq!(text.parse::<Shard>(), Err(ShardError::Count), "{text:?}");
        }
        for text in ["0/3", "4/3", "99999999999999999999999/3"] {
            assert!(matches!(text.parse::<Shard>(), Err(ShardError::Number { of: 3, .. })), "{text:?}");
        }
        for text in ["1/1", "3/3", "01/03", "1000/1000"] {
            assert!(text.parse::<Shard>().is_ok(), "{text:?}");
        }
    }

    #[test]
    fn each_check_is_in_exactly_one_shard() {
        for name in bundled() {
            let contract = Contract::load(&name).unwrap();
            for side in [Side::Server, Side::Client] {
                let all: Vec<_> = registry().filter(|entry| entry.check.side == side).collect();
                for of in [1, 2, 3, 5, 200] {
                    let shares = (1..=of).map(|number| Shard::new(number, of).unwrap());
                    let mut ids: Vec<&str> = shares
                        .flat_map(|shard| shard.share(&contract, None, all.clone()))
                        .map(|entry| entry.check.id)
                        .collect();
                    ids.sort_unstable();
                    let mut expected: Vec<&str> = all.iter().map(|entry| entry.check.id).collect();
                    expected.sort_unstable();
                    assert_eq!(ids, expected, "{name} {side}, {of} shards");
                }
            }
        }
    }

    #[test]
    fn no_shard_has_much_more_to_do_than_the_others() {
        for name in bundled() {
            let contract = Contract::load(&name).unwrap();
            for side in [Side::Server, Side::Client] {
                let all: Vec<_> = registry().filter(|entry| entry.check.side == side).collect();
                let cost = |entries: &[&CheckEntry]| -> u64 {
                    entries.iter().map(|entry| expected_cost(entry.check, &contract, CASES)).sum()
                };
                let largest = all.iter().map(|entry| cost(&[*entry])).max().unwrap();
                for of in [2, 3, 5] {
                    let costs = (1..=of)
                        .map(|number| cost(&Shard::new(number, of).unwrap().share(&contract, None, all.clone())));
                    let fair = (cost(&all) / of).max(largest);
                    // A check cannot be split, so that the longest one may take longer than a fair share.
                    assert!(costs.max().unwrap() <= fair + fair / 4, "{name} {side}, {of} shards");
                }
            }
        }
    }
}
