//! Recorded runs of the same request that fails again and again.
//!
//! Retries with the usual back-off become slower, and three are usual. A client that is busy anyway sends as often as before the
//! failure, which is no retry.

use std::collections::VecDeque;
use std::sync::Arc;

use crate::checks::exchange_judge::ExchangeJudge;
use crate::checks::finding::Judgement;
use crate::checks::standards::{client_error, no_retries};
use crate::checks::traffic::{ClientOrigin, Observed, Retained, TrafficTrial, Watch, by_evidence, evidence_remark};
use crate::contract::{Contract, Level, Promise};
use crate::exchange::Exchange;

/// How many requests in a row are a finding.
const RUN: usize = 5;
/// The pause after which a request counts as one of its own, in milliseconds.
const PAUSE_MS: u64 = 1000;
/// The number of earlier requests that show how often a client sends them without a failure.
const HISTORY: usize = 32;

/// A client, an account and an operation.
type Key = (Arc<str>, Option<Arc<str>>, String);

/// Watches the requests of each client to each operation.
pub(in crate::checks) struct RetryRuns {
    clients: Retained<Key, Run>,
}

/// The failures in a row, and what was before them.
#[derive(Default)]
struct Run {
    failures: Vec<(u64, u64, Arc<Exchange>)>,
    /// The sender of the first of them; `None` if others come from elsewhere.
    client: Option<ClientOrigin>,
    /// When the requests before them were sent.
    before_ms: VecDeque<u64>,
}

impl RetryRuns {
    pub(in crate::checks) fn watch(_: &Contract) -> Box<dyn Watch> {
        Box::new(Self { clients: Retained::default() })
    }
}

impl Run {
    fn end(&mut self) {
        for (started_ms, ..) in self.failures.drain(..) {
            self.before_ms.push_back(started_ms);
        }
        while self.before_ms.len() > HISTORY {
            self.before_ms.pop_front();
        }
    }

    /// Whether the client was seen to send the request less often before the first failure.
    fn is_faster_than_before(&self) -> bool {
        let (Some((first, ..)), Some((last, ..))) = (self.failures.first(), self.failures.last()) else { return false };
        let window = last.saturating_sub(*first).max(PAUSE_MS);
        let usual = self.before_ms.iter().filter(|at| first.saturating_sub(**at) <= window).count();
        !self.before_ms.is_empty() && usual * 3 <= self.failures.len()
    }
}

impl Watch for RetryRuns {
    fn observed(&mut self, trial: &TrafficTrial<'_>, observed: &Observed) -> Judgement {
        let (Some(operation), Some((started_ms, ended_ms))) = (&observed.sent.operation, observed.span()) else {
            return Ok(());
        };
        let client = &observed.sent.client;
        let run = self.clients.entry((client.id.clone(), observed.sent.account.clone(), operation.id.clone()));
        let status = observed.received().as_ref().map_or(0, |response| response.status);
        let follows = run.failures.last().is_none_or(|(_, last_ended_ms, last)| {
            started_ms >= *last_ended_ms
                && started_ms - last_ended_ms < PAUSE_MS
                && last.request.target == observed.request().target
                && last.request.body == observed.request().body
        });
        let failed = status == 0 || status >= 400;
        if !failed || !follows {
            // Requests at the same time are no retries of each other.
            let alone = run.failures.len() == 1;
            run.end();
            if !failed {
                run.before_ms.push_back(started_ms);
            }
            if alone {
                trial.judge(&no_retries(), Some(operation), &[&observed.exchange], true, String::new)?;
            }
        }
        if !failed {
            return Ok(());
        }
        if run.failures.is_empty() {
            run.client = Some(client.clone());
        }
        run.client = run.client.take().filter(|first| first.is_same_instance(client));
        // What comes after a finding is the same run.
        if run.failures.len() < RUN + 1 {
            run.failures.push((started_ms, ended_ms, observed.exchange.clone()));
        } else if let Some(last) = run.failures.last_mut() {
            *last = (started_ms, ended_ms, observed.exchange.clone());
        }
        if run.failures.len() != RUN {
            return Ok(());
        }
        let promise = if (400..500).contains(&status) { client_error() } else { no_retries() };
        let one_instance = run.client.is_some();
        let level = if run.is_faster_than_before() { promise.level } else { Level::May };
        let promise = by_evidence(&Promise { level, ..promise }, one_instance);
        let all: Vec<&Exchange> = run.failures.iter().map(|(.., exchange)| exchange.as_ref()).collect();
        let took_ms = started_ms.saturating_sub(run.failures.first().map_or(0, |(first_ms, ..)| *first_ms));
        trial.judge(&promise, Some(operation), &all, false, || {
            let found = if status == 0 { "without a response".to_owned() } else { format!("with status {status}") };
            format!(
                "the same request fails {found}: expected it to be repeated with pauses, found {RUN} within {took_ms} ms{}",
                evidence_remark(one_instance)
            )
        })
    }

    fn forget(&mut self) {
        self.clients.clear();
    }
}
