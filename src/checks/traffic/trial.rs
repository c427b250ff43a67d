//! The context in which one check judges traffic.

use std::sync::{Arc, Mutex};

use crate::checks::evidence::Evidence;
use crate::checks::exchange_judge::ExchangeJudge;
use crate::checks::finding::{Finding, Judgement};
use crate::contract::{Contract, Operation, Promise};
use crate::exchange::{Exchange, Redactor};
use crate::sync::lock;

/// One check, judging traffic.
pub struct TrafficTrial<'r> {
    contract: &'r Arc<Contract>,
    redactor: &'r Redactor,
    /// Makes the redactor learn the secrets of the exchange.
    learn: &'r dyn Fn(),
    evidence: Evidence,
    /// The exchanges that show the findings since the last call of [`Self::take`].
    shown: Mutex<Vec<Exchange>>,
}

/// What one step of judging came to.
#[derive(Debug, Default)]
pub struct TrafficOutcome {
    /// The number of judgements.
    pub judged: u32,
    /// The judged promise with the highest level, and the operation concerned.
    pub most_severe: Option<(Promise, Option<String>)>,
    /// Findings that are not violations of a must.
    pub notes: Vec<Finding>,
    /// The exchanges that show the findings.
    pub shown: Vec<Exchange>,
}

impl<'r> TrafficTrial<'r> {
    /// A trial without judgements. The redactor is the one that knows the secrets of the traffic; those of the present exchange it
    /// learns from `learn`, when there is something to show.
    #[must_use]
    pub fn new(contract: &'r Arc<Contract>, redactor: &'r Redactor, learn: &'r dyn Fn()) -> Self {
        Self { contract, redactor, learn, evidence: Evidence::default(), shown: Mutex::default() }
    }

    /// Takes what was judged since the last call.
    pub fn take(&self) -> TrafficOutcome {
        let summary = self.evidence.take_summary();
        let shown = std::mem::take(&mut *lock(&self.shown));
        TrafficOutcome { judged: summary.judged, most_severe: summary.most_severe, notes: summary.notes, shown }
    }
}

impl std::fmt::Debug for TrafficTrial<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("TrafficTrial").field("evidence", &self.evidence).finish_non_exhaustive()
    }
}

impl ExchangeJudge for TrafficTrial<'_> {
    fn contract(&self) -> &Arc<Contract> {
        self.contract
    }

    fn judge(
        &self,
        promise: &Promise,
        operation: Option<&Operation>,
        shown_by: &[&Exchange],
        holds: bool,
        reason: impl FnOnce() -> String,
    ) -> Judgement {
        if !holds {
            (self.learn)();
            lock(&self.shown).extend(shown_by.iter().map(|exchange| (*exchange).clone()));
        }
        let numbers = shown_by.iter().map(|exchange| exchange.n).collect();
        self.evidence.judge(self.redactor, promise, operation, numbers, holds, reason)
    }
}
