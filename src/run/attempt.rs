//! One check from start to verdict: every finding is repeated before it is reported.

use std::sync::Arc;
use std::time::Duration;

use futures_util::future::BoxFuture;

use super::report::{CheckResult, PromiseSource};
use super::reproduce::curl;
use super::server::reach;
use crate::checks::{
    Check, CheckEntry, CheckKind, ClientTrial, Finding, Judge, Judgement, Need, Schedule, ServerTrial, Stop,
    TrialSettings, TrialSummary, Verdict,
};
use crate::client::Capability;
use crate::contract::{Contract, Level, Promise};
use crate::exchange::{Journal, Recorded, Redactor, Transport};
use crate::subject::{ClientSubject, ServerSubject};

/// How long a check may take in all, waiting for a TTL and generated cases not counted.
const PATIENCE: Duration = Duration::from_mins(1);
/// How long a generated case may take.
const PATIENCE_PER_CASE: Duration = Duration::from_secs(2);

/// Everything that an attempt works with.
#[derive(Debug, Clone, Copy)]
pub(super) struct RunContext<'r> {
    pub contract: &'r Arc<Contract>,
    pub subject: SubjectRef<'r>,
    pub settings: &'r TrialSettings,
    pub secrets: &'r Redactor,
}

/// What is judged.
#[derive(Debug, Clone, Copy)]
pub(super) enum SubjectRef<'r> {
    /// A server, and the line to it.
    Server(&'r ServerSubject, &'r Transport),
    /// A client.
    Client(&'r ClientSubject),
}

/// A verdict with the exchanges that it refers to.
#[derive(Debug)]
pub(super) struct JudgedCheck {
    pub result: CheckResult,
    pub exchanges: Vec<Recorded>,
}

impl JudgedCheck {
    /// The verdict of a check that was not run.
    pub(super) fn not_run(entry: &CheckEntry, why: &str) -> Self {
        bare(entry.check, Verdict::CouldNotRun, why.to_owned())
    }
}

struct Attempt<'r> {
    outcome: Judgement,
    remains: TrialSummary,
    journal: Journal,
    /// What has to be closed when the trial has been repeated.
    trial: Option<ServerTrial<'r>>,
}

impl Attempt<'_> {
    /// The finding that weighs most.
    fn finding(&self) -> Option<&Finding> {
        match &self.outcome {
            Err(Stop::Violation(finding)) => Some(finding),
            // Of several that weigh the same, the first.
            _ => self.remains.notes.iter().rev().max_by_key(|finding| finding.level()),
        }
    }

    fn without(stop: Stop) -> Self {
        Self { outcome: Err(stop), remains: TrialSummary::default(), journal: Journal::default(), trial: None }
    }

    fn journal(&self) -> &Journal {
        &self.journal
    }

    async fn close(&self) {
        if let Some(trial) = &self.trial {
            trial.close().await;
        }
    }
}

impl<'r> RunContext<'r> {
    /// Runs a check, and once more if it finds anything.
    pub(super) async fn run(&self, entry: &CheckEntry) -> JudgedCheck {
        let check = entry.check;
        if let Err(why) = (check.applies)(self.contract) {
            return bare(check, Verdict::NotApplicable, why.to_owned());
        }
        let first = self.attempt(check).await;
        let untroubled = matches!(first.outcome, Ok(()) | Err(Stop::NotApplicable(_))) && first.finding().is_none();
        let verdict = if !untroubled && self.has_died().await {
            fell_over(check, self.contract, &first)
        } else if let Some(finding) = first.finding() {
            // The case that was found is enough to repeat it; where it is not, all is gone through again.
            let known = finding.case.as_ref().map(|case| self.settings.known.with(check.id, case.clone()));
            let settings =
                TrialSettings { known: known.unwrap_or_else(|| self.settings.known.clone()), ..self.settings.clone() };
            let second = RunContext { settings: &settings, ..*self }.attempt(check).await;
            let again = second.finding().is_some_and(|again| is_same(check, again, finding));
            second.close().await;
            if again { self.found(check, finding, &first) } else { not_reproducible(check, finding, &first, &second) }
        } else {
            ended(check, &first)
        };
        first.close().await;
        verdict
    }

    /// Whether nobody listens any more, which is seen once in a run: at the check that was at work then.
    async fn has_died(&self) -> bool {
        let SubjectRef::Server(subject, _) = self.subject else { return false };
        !subject.is_dead() && reach(subject, Some(Duration::from_millis(400))).await.is_err() && subject.mark_dead()
    }

    async fn attempt(&self, check: &Check) -> Attempt<'r> {
        let mut attempt = match (check.judge, self.subject) {
            (Judge::Server(judge), SubjectRef::Server(subject, line)) => self.on_server(judge, subject, line).await,
            (Judge::Client(judge), SubjectRef::Client(subject)) => self.on_client(check, judge, subject).await,
            _ => Attempt::without(Stop::NotApplicable("it judges the other side".to_owned())),
        };
        // A check that could not exercise what it judges never says pass.
        if attempt.outcome.is_ok() && attempt.remains.judged == 0 {
            attempt.outcome = Err(Stop::Inconclusive("nothing came up that could be judged".to_owned()));
        }
        if let (Err(Stop::Violation(finding)), SubjectRef::Server(..)) = (&attempt.outcome, self.subject)
            && check.schedule != Schedule::Survival
            && gone(&attempt.journal, finding)
        {
            attempt.outcome = Err(Stop::Inconclusive("the server no longer accepts connections".to_owned()));
        }
        attempt
    }

    /// The verdict of a finding that came back.
    fn found(&self, check: &Check, finding: &Finding, attempt: &Attempt<'_>) -> JudgedCheck {
        let verdict = match finding.level() {
            Level::Must => Verdict::Fail,
            Level::Should => Verdict::Warn,
            Level::May => Verdict::Info,
        };
        let exchanges = attempt.journal().select(&finding.exchanges);
        let mut verdicted = bare(check, verdict, finding.reason.clone());
        let others = attempt.remains.notes.iter().filter(|note| !std::ptr::eq(*note, finding));
        verdicted.result = CheckResult {
            level: finding.level(),
            operation: finding.operation.clone(),
            source: Some(source(&finding.promise)),
            time_basis: attempt.remains.basis,
            steps: finding.story.clone(),
            exchanges: finding.exchanges.clone(),
            reproduce: self.repeat(check, &exchanges),
            case: finding.case.clone(),
            notes: others.map(|note| note.reason.clone()).collect(),
            ..verdicted.result
        };
        verdicted.exchanges = exchanges;
        verdicted
    }

    /// A command line that shows the finding again: a request to a server can be repeated by hand; what a client did can
    /// only be had from the client.
    fn repeat(&self, check: &Check, exchanges: &[Recorded]) -> Option<String> {
        let SubjectRef::Client(subject) = self.subject else {
            // No single request shows what it takes a sequence for.
            let replayed = check.kind == CheckKind::Sequence;
            return if replayed {
                Some(format!("ringtrue replay REPORT {}", check.id))
            } else {
                exchanges.last().and_then(curl)
            };
        };
        let behind = subject.command_line()?;
        let (name, seed) = (&self.contract.name, self.settings.seed);
        Some(format!("ringtrue client {name} --only {} --seed {seed}{behind}", check.id))
    }

    async fn on_server(
        &self,
        judge: for<'a> fn(&'a ServerTrial<'a>) -> BoxFuture<'a, Judgement>,
        subject: &'r ServerSubject,
        line: &'r Transport,
    ) -> Attempt<'r> {
        let journal = Journal::new(self.secrets.clone());
        let mut trial = ServerTrial::new(self.contract, subject, self.settings, line, journal);
        let outcome = self.patiently(judge(&trial)).await;
        let remains = trial.finish().await;
        let journal = std::mem::take(&mut trial.journal);
        Attempt { outcome, remains, journal, trial: Some(trial) }
    }

    async fn on_client(
        &self,
        check: &Check,
        judge: for<'a> fn(&'a ClientTrial<'a>) -> BoxFuture<'a, Judgement>,
        subject: &'r ClientSubject,
    ) -> Attempt<'r> {
        if let Some(absent) = absent(check, subject) {
            return Attempt::without(Stop::NotApplicable(format!(
                "the client does not declare the capability `{absent}`"
            )));
        }
        let calls = check.at_once().min(subject.parallel().max(2));
        let Some(_room) = subject.acquire(calls).await else {
            let parallel = subject.parallel();
            let why = format!("it takes {calls} calls at a time, and the client takes {parallel}");
            // Where one call waits for the other, nothing happens at the same time.
            return Attempt::without(Stop::NotApplicable(why));
        };
        let trial = match ClientTrial::start(self.contract, subject, self.settings, self.secrets.clone()).await {
            Ok(trial) => trial,
            Err(stop) => return Attempt::without(stop),
        };
        let outcome = self.patiently(judge(&trial)).await;
        let (remains, journal) = trial.finish(&outcome);
        Attempt { outcome, remains, journal, trial: None }
    }

    async fn patiently(&self, judging: impl Future<Output = Judgement>) -> Judgement {
        let patience = PATIENCE + PATIENCE_PER_CASE * self.settings.cases + self.settings.max_wait * 4;
        let judged = tokio::time::timeout(patience, judging).await;
        judged.unwrap_or_else(|_| {
            Err(Stop::Inconclusive(format!("it did not come to an end within {} s", patience.as_secs())))
        })
    }
}

/// Whether a finding is that of before. A sequence may come to break another promise when it is played again, if what is
/// wrong depends on what everybody else did: it breaks the model all the same.
fn is_same(check: &Check, again: &Finding, before: &Finding) -> bool {
    again.promise == before.promise || check.kind == CheckKind::Sequence && again.level() == before.level()
}

/// The first capability that the check needs and the client does not declare.
fn absent(check: &Check, subject: &ClientSubject) -> Option<Capability> {
    check.needs.iter().find_map(|need| match need {
        Need::Capability(capability) if !subject.capabilities.has(*capability) => Some(*capability),
        _ => None,
    })
}

/// Whether a finding is only that nobody listens any more.
fn gone(journal: &Journal, finding: &Finding) -> bool {
    let shown = journal.select(&finding.exchanges);
    shown.iter().any(|entry| entry.failure.as_ref().is_some_and(|failure| failure.starts_with("no connection")))
}

fn bare(check: &Check, verdict: Verdict, reason: String) -> JudgedCheck {
    let result = CheckResult {
        id: check.id.to_owned(),
        level: check.level,
        verdict,
        operation: None,
        source: None,
        time_basis: crate::checks::TimeBasis::None,
        reason: Some(reason),
        steps: Vec::new(),
        exchanges: Vec::new(),
        reproduce: None,
        case: None,
        baselined: false,
        notes: Vec::new(),
    };
    JudgedCheck { result, exchanges: Vec::new() }
}

/// The verdict of an attempt without a finding.
fn ended(check: &Check, attempt: &Attempt<'_>) -> JudgedCheck {
    let (verdict, reason) = match &attempt.outcome {
        Ok(()) => (Verdict::Pass, None),
        Err(Stop::CouldNotRun(why)) => (Verdict::CouldNotRun, Some(why)),
        Err(Stop::NotApplicable(why)) => (Verdict::NotApplicable, Some(why)),
        Err(Stop::Inconclusive(why)) => (Verdict::Inconclusive, Some(why)),
        Err(Stop::Harness(why)) => (Verdict::Error, Some(why)),
        Err(Stop::Violation(finding)) => (Verdict::Fail, Some(&finding.reason)),
    };
    let redactor = attempt.journal().redactor();
    let mut verdicted = bare(check, verdict, String::new());
    verdicted.result.reason = reason.map(|reason| redactor.text(reason));
    verdicted.result.time_basis = attempt.remains.basis;
    if let Some((promise, operation)) = &attempt.remains.weightiest {
        verdicted.result.source = Some(source(promise));
        verdicted.result.operation.clone_from(operation);
        if verdict == Verdict::Pass {
            verdicted.result.level = promise.level;
        }
    }
    if matches!(verdict, Verdict::Inconclusive | Verdict::Error) {
        let last: Vec<u64> = attempt.journal().numbers().into_iter().rev().take(2).rev().collect();
        verdicted.exchanges = attempt.journal().select(&last);
        verdicted.result.exchanges = last;
    }
    verdicted
}

/// The verdict of a check after which nobody listens any more.
fn fell_over(check: &Check, contract: &Contract, attempt: &Attempt<'_>) -> JudgedCheck {
    let finding = attempt.finding();
    let mut verdicted = ended(check, attempt);
    let seen = finding.map_or_else(String::new, |finding| format!("; the first sign of it: {}", finding.reason));
    let reason = format!("the server stopped accepting connections while this check was at work{seen}");
    verdicted.result.verdict = Verdict::Fail;
    verdicted.result.level = Level::Must;
    verdicted.result.reason = Some(reason);
    let mut shown = finding.map(|finding| finding.exchanges.clone()).unwrap_or_default();
    if shown.is_empty() {
        shown = attempt.journal().numbers().into_iter().rev().take(3).rev().collect();
    }
    verdicted.exchanges = attempt.journal().select(&shown);
    verdicted.result.reproduce = verdicted.exchanges.last().and_then(curl);
    verdicted.result.exchanges = shown;
    if let Some(operation) = contract.operations.first() {
        verdicted.result.source.get_or_insert_with(|| source(&operation.promise));
    }
    verdicted
}

fn not_reproducible(check: &Check, finding: &Finding, first: &Attempt<'_>, second: &Attempt<'_>) -> JudgedCheck {
    // Nothing that binds was seen; a note that does not come back is no reason to doubt the rest.
    if finding.level() == Level::May && first.outcome.is_ok() {
        return ended(check, first);
    }
    let mut exchanges = first.journal().select(&finding.exchanges);
    let last: Vec<u64> = second.journal().numbers().into_iter().rev().take(1).collect();
    exchanges.extend(second.journal().select(&last));
    let mut verdicted = bare(check, Verdict::Inconclusive, format!("not reproducible: {}", finding.reason));
    verdicted.result.level = finding.level();
    verdicted.result.operation.clone_from(&finding.operation);
    verdicted.result.source = Some(source(&finding.promise));
    verdicted.result.time_basis = first.remains.basis;
    verdicted.result.steps.clone_from(&finding.story);
    verdicted.result.exchanges = exchanges.iter().map(|entry| entry.n).collect();
    verdicted.exchanges = exchanges;
    verdicted
}

fn source(promise: &Promise) -> PromiseSource {
    PromiseSource { document: promise.document.clone(), quote: promise.quote.clone(), grade: promise.grade }
}
