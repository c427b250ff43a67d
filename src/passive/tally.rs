//! What one check has found so far.

use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::checks::{
    CheckEntry, Finding, Judgement, Observed, Passive, Sent, Stop, TrafficOutcome, TrafficTrial, Watch,
};
use crate::contract::{Contract, Promise};
use crate::exchange::Exchange;

/// How many distinct findings of a check are remembered.
const MAX_FINDINGS: usize = 16;

/// A check that judges traffic, with what it found.
pub(super) struct Tally {
    pub(super) entry: &'static CheckEntry,
    pub(super) applies: Result<(), &'static str>,
    passive: Passive,
    watch: Option<Box<dyn Watch>>,
    pub(super) judged: u64,
    pub(super) most_severe: Option<(Promise, Option<String>)>,
    pub(super) findings: Vec<(Finding, u64)>,
    /// How the check itself failed.
    pub(super) error: Option<String>,
}

/// What is new after an exchange.
pub(super) struct News {
    /// The exchanges that show a new finding; none if there is none.
    pub(super) shown: Vec<Exchange>,
}

impl Tally {
    /// The check, if it can judge traffic.
    pub(super) fn new(entry: &'static CheckEntry, contract: &Contract) -> Option<Self> {
        let passive = entry.check.passive()?;
        let applies = (entry.check.applies)(contract);
        let watch = match passive {
            Passive::Sequence(watch) if applies.is_ok() => Some(watch(contract)),
            _ => None,
        };
        Some(Self { entry, applies, passive, watch, judged: 0, most_severe: None, findings: Vec::new(), error: None })
    }

    fn is_active(&self) -> bool {
        self.applies.is_ok() && self.error.is_none()
    }

    pub(super) fn sent(&mut self, sent: &Sent) {
        if let Some(watch) = self.watch.as_mut().filter(|_| self.error.is_none()) {
            watch.sent(sent);
        }
    }

    pub(super) fn forget(&mut self) {
        if let Some(watch) = &mut self.watch {
            watch.forget();
        }
    }

    /// Judges an exchange. A check that panics is not asked again, and its result says so.
    pub(super) fn observed(&mut self, trial: &TrafficTrial<'_>, observed: &Observed) -> News {
        if !self.is_active() {
            return News { shown: Vec::new() };
        }
        let (passive, watch) = (self.passive, self.watch.as_mut());
        let judging = AssertUnwindSafe(|| match (passive, watch) {
            (Passive::Each(judge), _) => judge(trial, observed),
            (Passive::Sequence(_), Some(watch)) => watch.observed(trial, observed),
            (Passive::Sequence(_), None) => Ok(()),
        });
        match catch_unwind(judging) {
            Ok(judgement) => self.add(judgement, trial.take()),
            Err(_) => {
                let exchange = observed.sent.n;
                self.error = Some(format!("the check failed at exchange {exchange}; please report it"));
                drop(trial.take());
                News { shown: Vec::new() }
            }
        }
    }

    fn add(&mut self, judgement: Judgement, outcome: TrafficOutcome) -> News {
        self.judged += u64::from(outcome.judged > 0);
        if let Some((promise, operation)) = outcome.most_severe
            && self.most_severe.as_ref().is_none_or(|(have, _)| have.level < promise.level)
        {
            self.most_severe = Some((promise, operation));
        }
        let violation = match judgement {
            Err(Stop::Violation(finding)) => Some(*finding),
            _ => None,
        };
        let mut shown = Vec::new();
        for finding in outcome.notes.into_iter().chain(violation) {
            let same = |(have, _): &&mut (Finding, u64)| {
                have.promise == finding.promise
                    && have.operation == finding.operation
                    && gist(&have.reason) == gist(&finding.reason)
            };
            if let Some((_, times)) = self.findings.iter_mut().find(same) {
                *times += 1;
            } else if self.findings.len() < MAX_FINDINGS {
                let of_it = outcome.shown.iter().filter(|exchange| finding.exchanges.contains(&exchange.n));
                shown.extend(of_it.cloned());
                self.findings.push((finding, 1));
            }
        }
        News { shown }
    }
}

/// A reason without its numbers, quotes and bodies: the same defect has other amounts each time.
fn gist(reason: &str) -> String {
    let start: String = reason.chars().filter(|c| !c.is_ascii_digit()).take(60).collect();
    start
}

#[cfg(test)]
mod tests {
    use super::gist;

    #[test]
    fn same_defect_with_other_amounts_is_one_finding() {
        assert_eq!(gist("expected 12, found 7"), gist("expected 3, found 1234"));
        assert_ne!(gist("expected 12, found 7"), gist("found 7"));
    }
}
