//! Recorded requests before the end of the wait that a `Retry-After` asked for.
//!
//! One early request may come from a person. From the second on, the client does not wait.

use std::sync::Arc;
use std::time::Duration;

use crate::checks::exchange_judge::ExchangeJudge;
use crate::checks::finding::Judgement;
use crate::checks::standards::retry_after;
use crate::checks::traffic::{ClientOrigin, Observed, Retained, TrafficTrial, Watch, by_evidence, evidence_remark};
use crate::contract::{Contract, Level};
use crate::exchange::{Exchange, Response};

/// How many early requests are a finding.
const EARLY: usize = 2;
/// By how much a request may be early: clocks tick in seconds, and waits are rounded.
const TOLERANCE_MS: u64 = 1000;

/// A client, an account and an operation.
type Key = (Arc<str>, Option<Arc<str>>, String);

/// Watches the requests of each client to each operation.
pub(in crate::checks) struct EarlyRequests {
    waits: Retained<Key, Wait>,
}

/// A wait that a server asked for.
struct Wait {
    client: ClientOrigin,
    /// Whether all requests so far come from one instance of the client.
    one_instance: bool,
    from_ms: u64,
    until_ms: u64,
    /// The refusal, and the early requests.
    exchanges: Vec<Arc<Exchange>>,
}

impl EarlyRequests {
    pub(in crate::checks) fn watch(_: &Contract) -> Box<dyn Watch> {
        Box::new(Self { waits: Retained::default() })
    }
}

impl Watch for EarlyRequests {
    fn observed(&mut self, trial: &TrafficTrial<'_>, observed: &Observed) -> Judgement {
        let (Some(operation), Some((started_ms, ended_ms))) = (&observed.sent.operation, observed.span()) else {
            return Ok(());
        };
        let client = &observed.sent.client;
        let key = (client.id.clone(), observed.sent.account.clone(), operation.id.clone());
        let promise = retry_after(Level::Should);
        if let Some(wait) = self.waits.get_mut(&key)
            && started_ms >= wait.from_ms
        {
            if started_ms + TOLERANCE_MS < wait.until_ms {
                if wait.exchanges.len() > EARLY {
                    return Ok(());
                }
                wait.exchanges.push(observed.exchange.clone());
                wait.one_instance &= wait.client.is_same_instance(client);
                if wait.exchanges.len() <= EARLY {
                    return Ok(());
                }
                let all: Vec<&Exchange> = wait.exchanges.iter().map(AsRef::as_ref).collect();
                let asked = Duration::from_millis(wait.until_ms - wait.from_ms).as_secs();
                let promise = by_evidence(&promise, wait.one_instance);
                return trial.judge(&promise, Some(operation), &all, false, || {
                    format!(
                        "the server asked to wait {asked} s: expected no request before that time, found {EARLY}{}",
                        evidence_remark(wait.one_instance)
                    )
                });
            }
            if let Some(wait) = self.waits.remove(&key).filter(|wait| wait.exchanges.len() == 1) {
                let all: Vec<&Exchange> = wait.exchanges.iter().map(AsRef::as_ref).collect();
                trial.judge(&promise, Some(operation), &all, true, String::new)?;
            }
        }
        if let Ok(response) = observed.received()
            && let Some(wait) = requested_wait(response)
            && self.waits.get_mut(&key).is_none()
        {
            let wait_ms = u64::try_from(wait.as_millis()).unwrap_or(u64::MAX);
            let (from_ms, until_ms) = (ended_ms, ended_ms.saturating_add(wait_ms));
            let (client, exchanges) = (client.clone(), vec![observed.exchange.clone()]);
            self.waits.insert(key, Wait { client, one_instance: true, from_ms, until_ms, exchanges });
        }
        Ok(())
    }

    fn forget(&mut self) {
        self.waits.clear();
    }
}

/// The wait that a 429 or a 503 asks for: seconds, or a date, which counts from `Date`.
fn requested_wait(response: &Response) -> Option<Duration> {
    let value = response.header("retry-after").filter(|_| matches!(response.status, 429 | 503))?;
    let value = value.trim();
    if !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_digit()) {
        return value.parse().ok().map(Duration::from_secs);
    }
    let until = httpdate::parse_http_date(value).ok()?;
    until.duration_since(httpdate::parse_http_date(response.header("date")?.trim()).ok()?).ok()
}
