//! Recorded paid calls that are sent again right after they failed.

use std::sync::Arc;

use crate::checks::exchange_judge::ExchangeJudge;
use crate::checks::finding::Judgement;
use crate::checks::standards::no_repeated_post;
use crate::checks::traffic::{ClientOrigin, Observed, Retained, TrafficTrial, Watch, by_evidence, evidence_remark};
use crate::contract::{Contract, Role};
use crate::exchange::Exchange;

/// A person needs longer to try again, in milliseconds.
const AUTOMATIC_MS: u64 = 1000;

/// A client and an account.
type Key = (Arc<str>, Option<Arc<str>>);
/// When a paid call failed, who sent it, and the exchange.
type Failed = (u64, ClientOrigin, Arc<Exchange>);

/// Watches the paid calls of each client.
pub(in crate::checks) struct RepeatedPayments {
    failed: Retained<Key, Failed>,
}

impl RepeatedPayments {
    pub(in crate::checks) fn watch(_: &Contract) -> Box<dyn Watch> {
        Box::new(Self { failed: Retained::default() })
    }
}

impl Watch for RepeatedPayments {
    fn observed(&mut self, trial: &TrafficTrial<'_>, observed: &Observed) -> Judgement {
        let (Some(operation), Some((started_ms, ended_ms))) = (observed.operation_with(Role::Spend), observed.span())
        else {
            return Ok(());
        };
        if observed.request().method != "POST" || !observed.known.request_body {
            return Ok(());
        }
        let client = &observed.sent.client;
        let key = (client.id.clone(), observed.sent.account.clone());
        // With such a key, servers recognise a repetition.
        let safe = observed.request().header_value("idempotency-key").is_some();
        let before = self.failed.remove(&key).filter(|(failed_ms, ..)| started_ms >= *failed_ms && !safe);
        let answer = observed.received().as_ref().ok();
        // A server that asks to come back has not executed the call.
        let asks_to_wait = answer.is_some_and(|response| response.header("retry-after").is_some());
        if observed.failed() && !asks_to_wait {
            self.failed.insert(key, (ended_ms, client.clone(), observed.exchange.clone()));
        }
        let Some((failed_ms, sender, first)) = before else { return Ok(()) };
        let same = first.request.target == observed.request().target && first.request.body == observed.request().body;
        let repeated = same && started_ms - failed_ms < AUTOMATIC_MS;
        let one_instance = sender.is_same_instance(client);
        let promise = by_evidence(&no_repeated_post(), one_instance);
        trial.judge(&promise, Some(operation), &[&first, &observed.exchange], !repeated, || {
            format!(
                "a paid call failed: expected it not to be repeated, found the same call {} ms later{}",
                started_ms - failed_ms,
                evidence_remark(one_instance)
            )
        })
    }

    fn forget(&mut self) {
        self.failed.clear();
    }
}
