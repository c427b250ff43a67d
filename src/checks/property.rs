//! Generated cases: those that failed before, then new ones; one that fails is made smaller before it is told.

use std::time::Duration;

use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use sha2::{Digest, Sha256};
use tokio::time::Instant;

use super::evidence::Evidence;
use super::finding::{Finding, Judgement, Stop};
use super::settings::{CASES, TrialSettings};
use crate::contract::Level;
use crate::exchange::Redactor;
use crate::generate::Sampler;

/// For how long new cases are made: a subject that takes its time, with a handler that is a command for instance, is judged by
/// fewer.
const SEARCHING: Duration = Duration::from_secs(30);
/// How long a failing case may be tried in smaller forms. It is their number that ends it; this is for subjects so slow that
/// somebody would wait in vain, as what ends by the clock is not the same each time.
const SHRINKING: Duration = Duration::from_secs(30);
/// How often a case that decides nothing is drawn anew, of the same classes; all of a run together as often as there are cases.
const AGAIN: u32 = 3;
/// What is only worth a remark is tried in so many smaller forms.
const SHRINKS_OF_REMARKS: u32 = 40;

/// The cases of one property.
pub(super) struct PropertyRunner<'t> {
    id: &'static str,
    evidence: &'t Evidence,
    redactor: &'t Redactor,
    settings: &'t TrialSettings,
    /// How many cases are made.
    count: u32,
}

/// Which case it is, and how often it was drawn anew.
#[derive(Debug, Clone, Copy, Default)]
struct CaseIndex {
    n: u32,
    again: u32,
}

/// What came of a case.
enum CaseOutcome {
    Held,
    Undecided(String),
    /// The violation of a must, or what was noted of promises that bind less.
    Failed(Vec<Finding>),
}

impl<'t> PropertyRunner<'t> {
    /// The cases of the check with this id, as many as the settings say.
    pub(super) fn new(
        id: &'static str,
        evidence: &'t Evidence,
        redactor: &'t Redactor,
        settings: &'t TrialSettings,
    ) -> Self {
        Self { id, evidence, redactor, settings, count: settings.cases }
    }

    /// So many times as many cases: for those of which each says little.
    pub(super) fn times(mut self, times: u32) -> Self {
        self.count = self.count.saturating_mul(times);
        self
    }

    /// At least so many, if no number is given; and in proportion, if one is.
    pub(super) fn enough_for(mut self, classes: u32) -> Self {
        self.count = self.count.max(self.settings.cases.saturating_mul(classes).div_ceil(CASES));
        self
    }

    /// Judges a property by cases that a strategy makes, which is told what class of cases each is dealt. The strategy is made
    /// anew each time it is needed; a case that fails is tried in ever smaller forms, and the smallest that still fails by the
    /// same promise is told.
    ///
    /// # Errors
    /// The violation of a must; `Inconclusive` if not one case was decided; whatever else ends a trial, at once.
    pub(super) async fn check_all<S, F>(
        &self,
        strategy: impl Fn(Sampler) -> S,
        judge: impl Fn(S::Value) -> F,
    ) -> Judgement
    where
        S: Strategy,
        S::Value: Serialize + DeserializeOwned,
        F: Future<Output = Judgement>,
    {
        let ended = self.search(&strategy, &judge).await;
        self.evidence.end_cases();
        ended
    }

    async fn search<S, F>(&self, strategy: &impl Fn(Sampler) -> S, judge: &impl Fn(S::Value) -> F) -> Judgement
    where
        S: Strategy,
        S::Value: Serialize + DeserializeOwned,
        F: Future<Output = Judgement>,
    {
        let known = self.settings.known.of(self.id);
        // A case that does not read is from another version; the others stand.
        for case in known.iter().filter_map(|case| serde_json::from_value(case.clone()).ok()) {
            if let CaseOutcome::Failed(findings) = self.attempt(case, judge).await? {
                return self.report(findings);
            }
        }
        if self.settings.known.only && !known.is_empty() {
            return Ok(());
        }
        let (mut held, mut undecided) = (0, None);
        // What binds less than a must is told if nothing comes up that binds more: a lenient server may be a broken one too.
        let mut worst: Option<(CaseIndex, Vec<Finding>)> = None;
        let begun = Instant::now();
        let (mut turn, mut spare) = (CaseIndex::default(), self.settings.cases);
        while turn.n < self.count && (turn.n == 0 || begun.elapsed() <= SEARCHING) {
            let tried = match self.made(strategy, turn, &[]) {
                Some(case) => Some(self.attempt(case, judge).await?),
                None => None,
            };
            let decided = !matches!(tried, None | Some(CaseOutcome::Undecided(_)));
            match tried {
                None => {}
                Some(CaseOutcome::Held) => held += 1,
                Some(CaseOutcome::Undecided(why)) => undecided = undecided.or(Some(why)),
                Some(CaseOutcome::Failed(findings)) => {
                    let level = weight(&findings);
                    if worst.as_ref().is_none_or(|(_, before)| weight(before) < level) {
                        worst = Some((turn, findings));
                    }
                    if level == Some(Level::Must) {
                        break;
                    }
                }
            }
            // A class that came to nothing was not met.
            let again = !decided && turn.again < AGAIN && spare > 0;
            spare -= u32::from(again);
            turn =
                if again { CaseIndex { again: turn.again + 1, ..turn } } else { CaseIndex { n: turn.n + 1, again: 0 } };
        }
        if let Some((turn, findings)) = worst {
            return self.report(self.smallest(strategy, judge, turn, findings).await?);
        }
        match undecided {
            Some(why) if held == 0 => Err(Stop::Inconclusive(why)),
            _ => Ok(()),
        }
    }

    /// The findings of the smallest case that fails by the same promise as the one of that turn.
    async fn smallest<S, F>(
        &self,
        strategy: &impl Fn(Sampler) -> S,
        judge: &impl Fn(S::Value) -> F,
        turn: CaseIndex,
        findings: Vec<Finding>,
    ) -> Result<Vec<Finding>, Stop>
    where
        S: Strategy,
        S::Value: Serialize,
        F: Future<Output = Judgement>,
    {
        let mut smallest = findings;
        // What became of each form so far, which is the way to the next one.
        let mut path = vec![true];
        let begun = Instant::now();
        let binds = weight(&smallest) > Some(Level::May);
        let shrinks = if binds { self.settings.shrinks } else { self.settings.shrinks.min(SHRINKS_OF_REMARKS) };
        for _ in 0..shrinks {
            if begun.elapsed() > SHRINKING {
                break;
            }
            let Some(case) = self.made(strategy, turn, &path) else { break };
            let fails = match self.attempt(case, judge).await {
                Ok(CaseOutcome::Failed(findings)) if same(&findings, &smallest) => {
                    smallest = findings;
                    true
                }
                // What was found stands, whatever happens on the way to less of it.
                Ok(_) => false,
                Err(_) => break,
            };
            path.push(fails);
        }
        Ok(smallest)
    }

    /// The case of that turn, made smaller where the form before failed, and larger again where it did not.
    fn made<S: Strategy>(&self, strategy: &impl Fn(Sampler) -> S, turn: CaseIndex, path: &[bool]) -> Option<S::Value> {
        let CaseIndex { n, again } = turn;
        let strategy = strategy(Sampler::new(self.settings.seed, n).at(self.id));
        let seed = Sha256::digest(format!("{} {} {n} {again}", self.settings.seed, self.id));
        let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &seed);
        let config = Config { failure_persistence: None, ..Config::default() };
        let mut tree = strategy.new_tree(&mut TestRunner::new_with_rng(config, rng)).ok()?;
        for failed in path {
            if !(if *failed { tree.simplify() } else { tree.complicate() }) {
                return None;
            }
        }
        Some(tree.current())
    }

    async fn attempt<C: Serialize, F>(&self, case: C, judge: &impl Fn(C) -> F) -> Result<CaseOutcome, Stop>
    where
        F: Future<Output = Judgement>,
    {
        let noted = self.evidence.noted();
        self.evidence.begin_case(self.shown(&case));
        match judge(case).await {
            Ok(()) => {
                let notes = self.evidence.notes_since(noted);
                // Those of the case that is told come back with it.
                self.evidence.forget_notes(noted);
                Ok(if notes.is_empty() { CaseOutcome::Held } else { CaseOutcome::Failed(notes) })
            }
            Err(Stop::Violation(finding)) => {
                self.evidence.forget_notes(noted);
                Ok(CaseOutcome::Failed(vec![*finding]))
            }
            Err(Stop::Inconclusive(why)) => {
                self.evidence.forget_notes(noted);
                Ok(CaseOutcome::Undecided(why))
            }
            Err(stop) => Err(stop),
        }
    }

    /// The case as reports may show it.
    fn shown(&self, case: &impl Serialize) -> Value {
        let text = serde_json::to_string(case).unwrap_or_default();
        serde_json::from_str(&self.redactor.text(&text)).unwrap_or_default()
    }

    fn report(&self, findings: Vec<Finding>) -> Judgement {
        for finding in findings {
            if finding.level() == Level::Must {
                return Err(Stop::Violation(Box::new(finding)));
            }
            self.evidence.note(finding);
        }
        Ok(())
    }
}

/// The most binding level that was found wanting.
fn weight(findings: &[Finding]) -> Option<Level> {
    findings.iter().map(Finding::level).max()
}

/// Whether the findings are of the same kind: the one that weighs most is about the same promise.
fn same(found: &[Finding], before: &[Finding]) -> bool {
    let promise = |findings: &[Finding]| {
        let heaviest = findings.iter().find(|finding| Some(finding.level()) == weight(findings));
        heaviest.map(|finding| finding.promise.clone())
    };
    promise(found) == promise(before)
}
