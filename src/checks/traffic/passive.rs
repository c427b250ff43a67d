//! How a check judges traffic.

use super::observed::{Observed, Sent};
use super::trial::TrafficTrial;
use crate::checks::finding::Judgement;
use crate::contract::Contract;

/// How a check judges recorded traffic.
#[derive(Debug, Clone, Copy)]
pub enum Passive {
    /// Each exchange by itself.
    Each(fn(&TrafficTrial<'_>, &Observed) -> Judgement),
    /// Exchanges by those before them.
    Sequence(fn(&Contract) -> Box<dyn Watch>),
}

/// Judges exchanges by those before them. Its memory is bounded.
pub trait Watch: Send {
    /// Records that a request was sent. The exchange follows when it has ended.
    fn sent(&mut self, _sent: &Sent) {}

    /// Judges an exchange. Exchanges come in the order in which they ended.
    ///
    /// # Errors
    /// The violation of a must.
    fn observed(&mut self, trial: &TrafficTrial<'_>, observed: &Observed) -> Judgement;

    /// Forgets all exchanges so far: some are missing after them, or their times are on another clock.
    fn forget(&mut self);
}
