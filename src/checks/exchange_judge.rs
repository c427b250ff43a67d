//! What judging code needs that works on single exchanges: a trial of a server has it, and so has recorded traffic.

use std::sync::Arc;

use super::finding::Judgement;
use crate::contract::{Contract, Operation, Promise};
use crate::exchange::Exchange;

/// Judges promises of a contract by exchanges, made by the harness or by others.
pub(super) trait ExchangeJudge {
    /// The contract.
    fn contract(&self) -> &Arc<Contract>;

    /// Judges a promise by exchanges. A promise that does not hold ends the judgement if it is a must, and is noted otherwise.
    ///
    /// # Errors
    /// The violation of a must.
    fn judge(
        &self,
        promise: &Promise,
        operation: Option<&Operation>,
        shown_by: &[&Exchange],
        holds: bool,
        reason: impl FnOnce() -> String,
    ) -> Judgement;
}
