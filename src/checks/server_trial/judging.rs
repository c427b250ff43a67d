//! Judges promises by exchanges.

use std::sync::Arc;

use super::{BalanceRead, ServerTrial};
use crate::checks::account::TestAccount;
use crate::checks::class::{Class, classify, header_map};
use crate::checks::exchange_judge::ExchangeJudge;
use crate::checks::finding::{Judgement, Stop};
use crate::contract::{Condition, Contract, Operation, Promise};
use crate::exchange::{Exchange, Failure, Response};

impl ServerTrial<'_> {
    /// Adds a step that is about one account.
    pub fn add_step_for(&self, account: &TestAccount, step: String) {
        self.evidence.add_step(Some(account.n), step);
    }

    /// Judges a promise by exchanges. A promise that does not hold ends the trial if it is a must, and is noted
    /// otherwise.
    ///
    /// # Errors
    /// The violation of a must.
    pub fn judge(
        &self,
        promise: &Promise,
        operation: Option<&Operation>,
        shown_by: &[&Exchange],
        holds: bool,
        reason: impl FnOnce() -> String,
    ) -> Judgement {
        let numbers = shown_by.iter().map(|exchange| exchange.n).collect();
        self.judge_exchanges(promise, operation, numbers, holds, reason)
    }

    /// Judges a balance read by the responses that the model allows now.
    ///
    /// # Errors
    /// The violation of a must.
    pub fn judge_balance_read(&self, promise: &Promise, reading: &BalanceRead) -> Judgement {
        let operation = self.balance_operation()?;
        reading.in_time()?;
        let allowed = &reading.allowed;
        let failed = || matches!(&reading.exchange.result, Ok(response) if operation.documents_failure(response));
        // A successful response that cannot be decoded is judged by the checks of its shape.
        if let (Err(why), Ok(response)) = (&reading.balance, &reading.exchange.result)
            && classify(self.contract, operation, response) == Class::Success
            && !(allowed.failure && allowed.balances.is_empty())
        {
            return Err(Stop::Inconclusive(format!("the balance cannot be read: {why}")));
        }
        let holds = match &reading.balance {
            Ok(balance) => allowed.permits(balance),
            Err(_) => allowed.failure && failed(),
        };
        self.judge(promise, Some(operation), &[&reading.exchange], holds, || {
            let found = reading.balance.as_ref().map_or_else(Clone::clone, ToString::to_string);
            format!("expected {}, found {found}", allowed.describe())
        })
    }
}

impl ExchangeJudge for ServerTrial<'_> {
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
        ServerTrial::judge(self, promise, operation, shown_by, holds, reason)
    }
}

impl BalanceRead {
    /// # Errors
    /// `Inconclusive` if no response came in time: it says nothing about the balance, and on a busy machine nothing about the
    /// server. The time itself is judged by the checks about deadlines and shapes.
    pub fn in_time(&self) -> Judgement {
        match &self.exchange.result {
            Err(failure @ Failure::Timeout(_)) => {
                Err(Stop::Inconclusive(format!("the balance cannot be read: {failure}")))
            }
            _ => Ok(()),
        }
    }
}

impl Operation {
    /// Whether a response is the documented one for a failing store. Where none is documented, every server error is right, and
    /// so is whatever the contract does not take for a success.
    #[must_use]
    pub fn documents_failure(&self, response: &Response) -> bool {
        let Some(documented) = self.conditions.get(&Condition::BackendDown) else {
            let told = || self.is_success(response.status, &header_map(response), response.json().as_ref());
            return response.status >= 500 || response.is_success() && !told();
        };
        let same_status = documented.each().any(|each| each.takes(response.status));
        documented.is(response) || !response.is_success() && same_status
    }
}
