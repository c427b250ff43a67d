//! Runs one check. Every finding is repeated before it is reported.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::BoxFuture;
use tokio::time::Instant;

use super::judged_check::{JudgedCheck, bare, crashed, not_reproducible, source, without_finding};
use super::report::CheckResult;
use super::reproduce::{curl, literal};
use super::server::reach;
use crate::checks::{
    Check, CheckEntry, CheckKind, ClientTrial, Finding, Judge, Judgement, Need, Schedule, ServerTrial, Stop,
    TrialSettings, TrialSummary, Verdict,
};
use crate::client::Capability;
use crate::contract::{Contract, Level};
use crate::exchange::{Journal, Redactor, Transport, as_one};
use crate::subject::{ClientSubject, Member, ServerSubject};

/// For how long requests of a check may be in flight, without generated cases and without waiting for a TTL. Longer than
/// [`TrialSettings::search_limit`], which ends the generated cases in time.
const CHECK_TIMEOUT: Duration = Duration::from_mins(5);
/// What each generated case adds to the time limit.
const CASE_TIMEOUT: Duration = Duration::from_secs(2);

/// How often the findings of a sequence are repeated, at most. Whether concurrent calls overlap is a matter of chance, so that a
/// repetition may miss what the first run found, or find something else.
const MAX_FINDING_REPETITIONS: usize = 4;

/// The context in which checks run.
#[derive(Debug, Clone, Copy)]
pub(super) struct RunContext<'r> {
    pub contract: &'r Arc<Contract>,
    pub subject: SubjectRef<'r>,
    pub settings: &'r TrialSettings,
    pub secrets: &'r Redactor,
}

/// The subject under test.
#[derive(Debug, Clone, Copy)]
pub(super) enum SubjectRef<'r> {
    /// A server, with the transport to it.
    Server(&'r ServerSubject, &'r Transport),
    /// A client.
    Client(&'r ClientSubject),
}

/// One execution of a check.
pub(super) struct Attempt<'r> {
    pub(super) outcome: Judgement,
    pub(super) summary: TrialSummary,
    pub(super) journal: Journal,
    /// How many requests were sent, or received from the client.
    requests: u64,
    /// The trial, to be closed after the repetition.
    trial: Option<ServerTrial<'r>>,
}

impl Attempt<'_> {
    /// Returns the most severe finding.
    pub(super) fn finding(&self) -> Option<&Finding> {
        match &self.outcome {
            Err(Stop::Violation(finding)) => Some(finding),
            // The first of several with the same level.
            _ => self.summary.notes.iter().rev().max_by_key(|finding| finding.level()),
        }
    }

    /// An execution that ended before a trial was set up.
    fn without_trial(stop: Stop) -> Self {
        Self {
            outcome: Err(stop),
            summary: TrialSummary::default(),
            journal: Journal::default(),
            requests: 0,
            trial: None,
        }
    }

    /// Tears down what the trial set up.
    async fn close(&self) {
        if let Some(trial) = &self.trial {
            trial.close().await;
        }
    }
}

impl<'r> RunContext<'r> {
    /// Enters the world of the server on behalf of a check.
    pub(super) fn enter(&self) -> Option<Member> {
        match self.subject {
            SubjectRef::Server(subject, _) => Some(subject.enter()),
            SubjectRef::Client(_) => None,
        }
    }

    /// Runs a check, and repeats it if it finds anything.
    pub(super) async fn run(&self, entry: &CheckEntry) -> JudgedCheck {
        self.run_in_world(entry, self.enter()).await
    }

    /// Runs a check that has entered the world of the server already.
    pub(super) async fn run_in_world(&self, entry: &CheckEntry, keeper: Option<Member>) -> JudgedCheck {
        let begun = Instant::now();
        let mut judged = self.run_repeatedly(entry.check, keeper.as_ref()).await;
        judged.result.duration_ms = u64::try_from(begun.elapsed().as_millis()).unwrap_or(u64::MAX);
        judged
    }

    async fn run_repeatedly(&self, check: &Check, keeper: Option<&Member>) -> JudgedCheck {
        if let Err(why) = (check.applies)(self.contract) {
            return bare(check, Verdict::NotApplicable, why.to_owned());
        }
        let mut first = self.attempt(check, self.settings, keeper).await;
        let (cases, mut requests) = (first.summary.cases, first.requests);
        let uneventful = matches!(first.outcome, Ok(()) | Err(Stop::NotApplicable(_))) && first.finding().is_none();
        if !uneventful && self.has_died().await {
            let verdict = crashed(check, self.contract, &first);
            first.close().await;
            return verdict;
        }
        let repetitions = if check.kind == CheckKind::Sequence { MAX_FINDING_REPETITIONS } else { 1 };
        let mut verdict = without_finding(check, &first);
        for _ in 0..repetitions {
            let Some(finding) = first.finding() else { break };
            let second = self.repeat_attempt(check, finding, keeper).await;
            requests += second.requests;
            if second.finding().is_some_and(|second| is_same(check, second, finding)) {
                verdict = self.found(check, finding, &first);
                second.close().await;
                break;
            }
            verdict = not_reproducible(check, finding, &first, &second);
            // A repetition that finds something else is the next to be repeated.
            let other = if second.finding().is_some() { std::mem::replace(&mut first, second) } else { second };
            other.close().await;
        }
        first.close().await;
        verdict.promises = std::mem::take(&mut first.summary.promises);
        verdict.result.cases = cases;
        verdict.result.requests = requests;
        verdict
    }

    /// Runs a check again to see whether a finding returns. The generated case comes first; without a case, the check is repeated
    /// as it was.
    async fn repeat_attempt(&self, check: &Check, finding: &Finding, keeper: Option<&Member>) -> Attempt<'r> {
        let known = match &finding.case {
            Some(case) => self.settings.known.with(check.id, case.clone()),
            None => self.settings.known.clone(),
        };
        let settings = TrialSettings { known, ..self.settings.clone() };
        self.attempt(check, &settings, keeper).await
    }

    /// Returns whether the server no longer accepts connections. True once per run, for the check that was running.
    async fn has_died(&self) -> bool {
        let SubjectRef::Server(subject, transport) = self.subject else { return false };
        let reached = async || reach(subject, transport.addresses(), Some(Duration::from_millis(400))).await;
        !subject.is_dead() && reached().await.is_err() && subject.mark_dead()
    }

    /// Executes a check once.
    async fn attempt(&self, check: &Check, settings: &TrialSettings, keeper: Option<&Member>) -> Attempt<'r> {
        let mut attempt = match (check.judge, self.subject) {
            (Judge::Server(judge) | Judge::ServerOrTraffic(judge, _), SubjectRef::Server(subject, transport)) => {
                self.on_server(judge, subject, transport, settings, keeper).await
            }
            (Judge::Client(judge) | Judge::ClientOrTraffic(judge, _), SubjectRef::Client(subject)) => {
                self.on_client(check, judge, subject, settings).await
            }
            _ => Attempt::without_trial(Stop::NotApplicable("the check judges the other side".to_owned())),
        };
        // A check that could not exercise what it judges never passes.
        if attempt.outcome.is_ok() && attempt.summary.judged == 0 {
            attempt.outcome = Err(Stop::Inconclusive("no exchange occurred that the check could judge".to_owned()));
        }
        if let (Err(Stop::Violation(finding)), SubjectRef::Server(..)) = (&attempt.outcome, self.subject)
            && let Some(why) = undecided_by(check, &attempt.journal, finding)
        {
            attempt.outcome = Err(Stop::Inconclusive(why));
        }
        attempt
    }

    /// The result for a finding that was repeated.
    fn found(&self, check: &Check, finding: &Finding, attempt: &Attempt<'_>) -> JudgedCheck {
        let verdict = match finding.level() {
            Level::Must => Verdict::Fail,
            Level::Should => Verdict::Warn,
            Level::May => Verdict::Info,
        };
        let exchanges = attempt.journal.select(&finding.exchanges);
        let mut judged = bare(check, verdict, finding.reason.clone());
        // One note for each reason: the same one may come from many responses.
        let mut reported = HashSet::from([finding.reason.as_str()]);
        let others = attempt.summary.notes.iter().map(|note| note.reason.as_str());
        let others = others.filter(|reason| reported.insert(*reason)).map(str::to_owned).collect();
        judged.result = CheckResult {
            level: finding.level(),
            operation: finding.operation.clone(),
            source: Some(source(&finding.promise)),
            time_basis: attempt.summary.basis,
            steps: finding.steps.clone(),
            exchanges: finding.exchanges.clone(),
            reproduce: self.reproduce(check, attempt, &finding.exchanges),
            case: finding.case.clone(),
            notes: others,
            ..judged.result
        };
        judged.exchanges = exchanges;
        judged
    }

    /// Returns a command line that shows the finding again: the request to the server, or a run of the client.
    fn reproduce(&self, check: &Check, attempt: &Attempt<'_>, exchanges: &[u64]) -> Option<String> {
        let SubjectRef::Client(subject) = self.subject else {
            // No single request shows the finding of a sequence.
            let shown = exchanges.iter().max().filter(|_| check.kind != CheckKind::Sequence);
            let request = shown.and_then(|n| attempt.journal.request(*n));
            let replay = || {
                request
                    .as_ref()
                    .is_none_or(|request| request.method.to_string() != "RAW")
                    .then(|| format!("ringtrue replay REPORT {}", check.id))
            };
            return request.as_ref().and_then(curl).or_else(replay);
        };
        let command: String =
            subject.command_line()?.iter().map(|word| Some(format!(" {}", literal(word)?))).collect::<Option<_>>()?;
        let command = if command.is_empty() { command } else { format!(" --{command}") };
        let (name, seed) = (literal(&self.contract.name)?, self.settings.seed);
        Some(format!("ringtrue client {name} --only {} --seed {seed}{command}", check.id))
    }

    async fn on_server(
        &self,
        judge: for<'a> fn(&'a ServerTrial<'a>) -> BoxFuture<'a, Judgement>,
        subject: &'r ServerSubject,
        transport: &'r Transport,
        settings: &TrialSettings,
        keeper: Option<&Member>,
    ) -> Attempt<'r> {
        let journal = Journal::new(self.secrets.fork());
        let mut trial = ServerTrial::new(self.contract, subject, settings, transport, journal);
        // The trial takes the place of the check in the world of the server.
        let pause = keeper.map(Member::pause);
        let busy = trial.journal.busy().clone();
        let outcome = self.with_timeout(as_one(judge(&trial)), || busy.total()).await;
        drop(pause);
        let summary = trial.finish().await;
        let journal = std::mem::take(&mut trial.journal);
        let requests = journal.count();
        Attempt { outcome, summary, journal, requests, trial: Some(trial) }
    }

    async fn on_client(
        &self,
        check: &Check,
        judge: for<'a> fn(&'a ClientTrial<'a>) -> BoxFuture<'a, Judgement>,
        subject: &'r ClientSubject,
        settings: &TrialSettings,
    ) -> Attempt<'r> {
        if let Some(missing) = missing_capability(check, subject) {
            return Attempt::without_trial(Stop::NotApplicable(format!(
                "the client does not declare the capability `{missing}`"
            )));
        }
        let calls = check.at_once().min(subject.parallel().max(2));
        let Some(_permit) = subject.acquire(calls).await else {
            let parallel = subject.parallel();
            let why = format!("the check makes {calls} calls concurrently, and the client supports {parallel}");
            return Attempt::without_trial(Stop::NotApplicable(why));
        };
        let trial = match ClientTrial::start(self.contract, subject, settings, self.secrets.fork()) {
            Ok(trial) => trial,
            Err(stop) => return Attempt::without_trial(stop),
        };
        let begun = Instant::now();
        let outcome = self.with_timeout(judge(&trial), || begun.elapsed()).await;
        let (summary, journal, requests) = trial.finish(&outcome);
        Attempt { outcome, summary, journal, requests, trial: None }
    }

    /// Stops a check for which the subject takes longer than the time limit. Time for which its requests wait for their turn, or
    /// for other checks, does not count.
    async fn with_timeout(&self, judging: impl Future<Output = Judgement>, taken: impl Fn() -> Duration) -> Judgement {
        if self.settings.search_limit == Duration::MAX {
            // The selftest judges subjects that are known to respond. On a busy machine they take their time.
            return judging.await;
        }
        let limit = CHECK_TIMEOUT + CASE_TIMEOUT * self.settings.cases + self.settings.max_wait * 4;
        let mut judging = std::pin::pin!(judging);
        loop {
            let left = limit.saturating_sub(taken());
            if left.is_zero() {
                return Err(Stop::Inconclusive(format!("the check did not finish within {} s", limit.as_secs())));
            }
            if let Ok(judgement) = tokio::time::timeout(left, &mut judging).await {
                return judgement;
            }
        }
    }
}

/// Returns whether the repetition shows the same finding. A repeated sequence may break another promise of the same level,
/// because the fault may depend on other accounts.
fn is_same(check: &Check, second: &Finding, first: &Finding) -> bool {
    second.promise == first.promise || check.kind == CheckKind::Sequence && second.level() == first.level()
}

/// Returns the first capability that the check needs and the client does not declare.
fn missing_capability(check: &Check, subject: &ClientSubject) -> Option<Capability> {
    check.needs.iter().find_map(|need| match need {
        Need::Capability(capability) if !subject.capabilities.has(*capability) => Some(*capability),
        _ => None,
    })
}

/// Returns why a finding decides nothing: the server no longer accepts connections, or the content cannot be decoded here.
fn undecided_by(check: &Check, journal: &Journal, finding: &Finding) -> Option<String> {
    let shown = journal.select(&finding.exchanges);
    let mut failures = shown.into_iter().filter_map(|entry| entry.failure);
    failures.find_map(|failure| {
        let no_connection = failure.starts_with("no connection") && check.schedule != Schedule::Survival;
        let no_decoder = failure.starts_with("the content coding `");
        if no_connection {
            Some("the server no longer accepts connections".to_owned())
        } else {
            no_decoder.then_some(failure)
        }
    })
}
