//! Hands the exchanges of traffic to the checks, and makes the report.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;

use super::credential::Credentials;
use super::origin::Connection;
use super::seen::Seen;
use super::tally::Tally;
use crate::checks::{Class, Known, Observed, Presented, Sent, Side, TrafficTrial, classify};
use crate::contract::{Condition, Contract, Operation, Tenant, parameters};
use crate::exchange::{Exchange, Failure, Request, Response};
use crate::mock::admission::query;
use crate::run::{
    CheckResult, Report, RunError, RunOptions, ShardIdentity, TrafficJudgement, report_time, traffic_plan,
    traffic_report, traffic_seed, traffic_shard,
};

/// Options of a judge of traffic.
#[derive(Clone, Default)]
pub struct TrafficOptions {
    /// Credentials that are known, and never shown.
    pub keys: Vec<String>,
    /// The side to judge; both if absent.
    pub side: Option<Side>,
    /// Selects checks.
    pub run: RunOptions,
}

impl std::fmt::Debug for TrafficOptions {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // Keys are secrets.
        f.debug_struct("TrafficOptions").field("side", &self.side).field("run", &self.run).finish_non_exhaustive()
    }
}

/// What a request and its response have in common.
#[derive(Debug, Clone)]
pub struct Exchanged {
    /// The number of the exchange, unique in the traffic.
    pub n: u64,
    /// The base URL, without a trailing slash.
    pub base: Arc<str>,
    /// How the request came.
    pub connection: Connection,
    /// When it was sent, in milliseconds from any origin; `None` if that is not known.
    pub at_ms: Option<u64>,
}

/// A request that was sent.
#[derive(Debug, Clone)]
pub struct Started<'t> {
    /// What is known of the exchange.
    pub exchanged: &'t Exchanged,
    /// The request, below the base URL; the body may be missing.
    pub request: &'t Request,
}

/// An exchange that has ended.
#[derive(Debug, Clone)]
pub struct Ended {
    /// What is known of the exchange.
    pub exchanged: Exchanged,
    /// The request, below the base URL.
    pub request: Request,
    /// The response of the server.
    pub result: Result<Response, Failure>,
    /// What the client received, if that is something else.
    pub altered: Option<Result<Response, Failure>>,
    /// The time from the request to the end of the response.
    pub elapsed: Duration,
    /// Which parts are known.
    pub known: Known,
}

/// Judges traffic as it comes. Its memory is bounded.
pub struct TrafficJudge {
    contract: Arc<Contract>,
    tallies: Vec<Tally>,
    seen: Seen,
    seed: u64,
    shard: Option<ShardIdentity>,
    started_at: String,
    begun: Instant,
    /// Whether the header fields with credentials may have been removed.
    removable: bool,
    exchanges: u64,
    undocumented: u64,
    gaps: u64,
}

impl TrafficJudge {
    /// Prepares the checks.
    ///
    /// # Errors
    /// If a pattern for check ids is invalid.
    pub fn new(contract: Arc<Contract>, options: &TrafficOptions) -> Result<Self, RunError> {
        let plan = traffic_plan(&contract, &options.run)?;
        let chosen = plan.into_iter().filter(|entry| options.side.is_none_or(|side| side == entry.check.side));
        let tallies = chosen.filter_map(|entry| Tally::new(entry, &contract)).collect();
        let seen = Seen::default();
        for (key, name) in options.keys.iter().zip(["RINGTRUE_KEY", "RINGTRUE_OTHER_KEY"]) {
            seen.learn(key, Some(name));
        }
        Ok(Self {
            contract,
            tallies,
            seen,
            seed: traffic_seed(&options.run),
            shard: traffic_shard(&options.run),
            started_at: report_time(),
            begun: Instant::now(),
            removable: false,
            exchanges: 0,
            undocumented: 0,
            gaps: 0,
        })
    }

    /// States that the program which recorded the traffic may have removed header fields with credentials. It holds until a
    /// credential is seen at the documented place.
    pub fn may_lack_credentials(&mut self) {
        self.removable = self.contract.credential.is_some();
    }

    /// Records that a request was sent.
    pub fn started(&mut self, started: &Started<'_>) {
        let (sent, _) = self.identify(started.exchanged, started.request);
        self.tallies.iter_mut().for_each(|tally| tally.sent(&sent));
    }

    /// Judges an exchange. Exchanges come in the order in which they ended. Returns the results that have a new finding.
    pub fn ended(&mut self, ended: Ended) -> Vec<CheckResult> {
        let Ended { exchanged, request, result, altered, elapsed, known } = ended;
        self.exchanges += 1;
        let (sent, mut credentials) = self.identify(&exchanged, &request);
        if credentials.place == Presented::Unknown && self.says_missing(&sent, &result) {
            credentials = Credentials::of(&self.contract, &request, false);
        }
        let preflight = request.method == "OPTIONS";
        if sent.operation.is_none() && !preflight {
            self.undocumented += 1;
        }
        if let Some(credential) = &credentials.value {
            self.seen.learn_credential(credential);
        }
        let exchange = Arc::new(Exchange { n: exchanged.n, request, result, elapsed });
        let altered = altered.map(Arc::new);
        let received = altered.as_deref().unwrap_or(&exchange.result);
        let class = match (&sent.operation, received) {
            (Some(operation), Ok(response)) => classify(&self.contract, operation, response),
            _ => Class::Other,
        };
        let elapsed_ms = u64::try_from(elapsed.as_millis()).unwrap_or(u64::MAX);
        let observed = Observed {
            ended_ms: sent.at_ms.map(|at_ms| at_ms.saturating_add(elapsed_ms)),
            sent,
            exchange: exchange.clone(),
            altered,
            class,
            credential: credentials.value.as_deref().map(Into::into),
            presented: credentials.place,
            known,
        };
        let mut new = Vec::new();
        let secrets = credentials.secrets;
        for tally in &mut self.tallies {
            // Learning is slow, and most exchanges are never shown.
            let learn = || secrets.iter().for_each(|secret| self.seen.learn(secret, None));
            let trial = TrafficTrial::new(&self.contract, self.seen.journal().redactor(), &learn);
            let news = tally.observed(&trial, &observed);
            drop(trial);
            if news.shown.is_empty() {
                continue;
            }
            for shown in news.shown {
                self.seen.show(&self.contract, &exchanged.base, shown);
            }
            new.push(judgement(tally, &self.seen).result());
        }
        new.iter_mut().for_each(|result| self.redact(result));
        new
    }

    /// States that some exchanges are missing, or that the clock has changed: conclusions from several exchanges start anew.
    pub fn gap(&mut self, missing: u64) {
        self.gaps += missing;
        self.tallies.iter_mut().for_each(Tally::forget);
    }

    /// The seed of the run.
    #[must_use]
    pub fn seed(&self) -> u64 {
        self.seed
    }

    /// The number of exchanges so far.
    #[must_use]
    pub fn exchanges(&self) -> u64 {
        self.exchanges
    }

    /// The number of checks that have found something so far.
    #[must_use]
    pub fn findings(&self) -> usize {
        self.tallies.iter().filter(|tally| !tally.findings.is_empty()).count()
    }

    /// The report on what was seen so far.
    #[must_use]
    pub fn report(&self, target: &str, notes: Vec<String>) -> Report {
        let judgements = self.tallies.iter().map(|tally| judgement(tally, &self.seen)).collect();
        let mut all = vec![match self.exchanges {
            1 => "one exchange was judged".to_owned(),
            n => format!("{n} exchanges were judged"),
        }];
        if self.undocumented > 0 {
            all.push(format!(
                "{} of them are for paths or methods that the contract does not document",
                self.undocumented
            ));
        }
        if self.gaps > 0 {
            all.push(format!("{} more exchanges were not judged, because they came too fast", self.gaps));
        }
        all.extend(notes);
        let redactor = self.seen.journal().redactor();
        let all = all.iter().map(|note| redactor.text(note)).collect();
        let time = (self.started_at.clone(), self.begun.elapsed());
        let mut report = traffic_report(
            &self.contract,
            judgements,
            time,
            redactor.text(target),
            (self.seed, self.shard.clone()),
            all,
        );
        report.checks.iter_mut().for_each(|result| self.redact(result));
        report
    }

    /// Whether a response says that the request had no credential, in a way that no other refusal has.
    fn says_missing(&self, sent: &Sent, result: &Result<Response, Failure>) -> bool {
        let (Some(operation), Ok(response)) = (&sent.operation, result) else { return false };
        let missing = Condition::CredentialMissing;
        let documented = operation.conditions.get(&missing).is_some_and(|documented| documented.code.is_some());
        let others = operation.conditions.iter().filter(|(condition, _)| **condition != missing);
        let code = operation.conditions.get(&missing).and_then(|documented| documented.code.clone());
        let unique = others.into_iter().all(|(_, other)| other.code != code);
        documented && unique && classify(&self.contract, operation, response) == Class::Condition(missing)
    }

    /// Replaces secrets that became known after a finding was made.
    fn redact(&self, result: &mut CheckResult) {
        let redactor = self.seen.journal().redactor();
        for text in result.reason.iter_mut().chain(&mut result.notes).chain(&mut result.steps) {
            *text = redactor.text(text);
        }
    }

    /// Finds operation, sender, account and credentials of a request.
    fn identify(&mut self, exchanged: &Exchanged, request: &Request) -> (Sent, Credentials) {
        let credentials = Credentials::of(&self.contract, request, self.removable);
        if credentials.place == Presented::InPlace {
            self.removable = false;
        }
        let operation = route(&self.contract, request);
        let account = self.account(exchanged, request, operation.as_deref(), &credentials);
        let sent = Sent {
            n: exchanged.n,
            operation,
            client: exchanged.connection.origin(request),
            account,
            at_ms: exchanged.at_ms,
        };
        (sent, credentials)
    }

    /// Whose balance a request is about.
    fn account(
        &self,
        exchanged: &Exchanged,
        request: &Request,
        operation: Option<&Operation>,
        credentials: &Credentials,
    ) -> Option<Arc<str>> {
        let key = match (&self.contract.credential, &credentials.value) {
            (Some(_), Some(key)) => key.as_str(),
            // Without its credential, it is not known whose a request is.
            (Some(_), None) if operation.is_none_or(|operation| operation.secured) => return None,
            _ => "",
        };
        let tenant = match &self.contract.tenant {
            Tenant::Credential => String::new(),
            Tenant::Query { name, .. } => {
                let named = query(&request.target).find(|(have, _)| have == name).map(|(_, value)| value.into_owned());
                // Clients name no tenant where their base URL does.
                named.unwrap_or_default()
            }
        };
        Some(format!("{} {tenant} {key}", exchanged.base).into())
    }
}

impl std::fmt::Debug for TrafficJudge {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("TrafficJudge").field("exchanges", &self.exchanges).finish_non_exhaustive()
    }
}

fn judgement<'t>(tally: &'t Tally, seen: &'t Seen) -> TrafficJudgement<'t> {
    TrafficJudgement {
        check: tally.entry.check,
        applies: tally.applies,
        judged: tally.judged,
        most_severe: tally.most_severe.as_ref(),
        findings: &tally.findings,
        journal: seen.journal(),
        error: tally.error.as_deref(),
    }
}

/// The documented operation that a request addresses. OpenAPI: concrete paths go before templates.
pub(crate) fn route(contract: &Contract, request: &Request) -> Option<Arc<Operation>> {
    let path = request.target.split('?').next().unwrap_or_default();
    let same =
        contract.operations.iter().filter(|operation| operation.method == request.method && operation.matches(path));
    same.min_by_key(|operation| parameters(&operation.path)).cloned()
}
