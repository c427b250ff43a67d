//! Runs the generated cases of a property: cases that failed before, then new ones. A failing case is shrunk before it is
//! reported.

use std::time::Duration;

use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use serde::Serialize;
use serde::de::DeserializeOwned;
use tokio::time::Instant;

use super::evidence::Evidence;
use super::finding::{Finding, Judgement, Stop};
use super::settings::{CASES, TrialSettings};
use crate::contract::Level;
use crate::generate::Sampler;
use crate::hash::sha256;

/// How long a failing case is shrunk. Normally the number of attempts ends it. This limit is only for very slow subjects,
/// because a time limit is not reproducible.
const SHRINK_LIMIT: Duration = Duration::from_secs(30);
/// How often an inconclusive case is redrawn from the same stratum. In total, there are at most as many redraws as cases.
const MAX_REDRAWS: u32 = 3;
/// How many smaller forms of a case are tried if the promise is only a may.
const MAX_SHRINKS_OF_MAY: u32 = 40;

/// The generated cases of one check.
pub(super) struct PropertyRunner<'t> {
    id: &'static str,
    evidence: &'t Evidence,
    settings: &'t TrialSettings,
    /// How many cases are generated.
    count: u32,
}

/// The number of a case, and how often it was redrawn.
#[derive(Debug, Clone, Copy, Default)]
struct CaseIndex {
    n: u32,
    redraw: u32,
}

enum CaseOutcome {
    Held,
    Inconclusive(String),
    /// The violation of a must, or the notes about a should or a may.
    Failed(Vec<Finding>),
}

impl<'t> PropertyRunner<'t> {
    /// The cases of the check with this id, as many as the settings say.
    pub(super) fn new(id: &'static str, evidence: &'t Evidence, settings: &'t TrialSettings) -> Self {
        Self { id, evidence, settings, count: settings.cases }
    }

    /// Multiplies the number of cases, for cases that are cheap and show little each.
    pub(super) fn times(mut self, times: u32) -> Self {
        self.count = self.count.saturating_mul(times);
        self
    }

    /// Raises the number of cases to the number of classes, and in proportion to `--cases`.
    pub(super) fn enough_for(mut self, classes: u32) -> Self {
        self.count = self.count.max(self.settings.cases.saturating_mul(classes).div_ceil(CASES));
        self
    }

    /// Judges a property by generated cases. `strategy` gets the sampler of each case, which chooses the classes of its
    /// parts. A failing case is shrunk; the smallest case that still breaks the same promise is reported.
    ///
    /// # Errors
    /// The violation of a must; `Inconclusive` if no case was decided; any other [`Stop`] at once.
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
        let result = self.search(&strategy, &judge).await;
        self.evidence.end_cases();
        result
    }

    async fn search<S, F>(&self, strategy: &impl Fn(Sampler) -> S, judge: &impl Fn(S::Value) -> F) -> Judgement
    where
        S: Strategy,
        S::Value: Serialize + DeserializeOwned,
        F: Future<Output = Judgement>,
    {
        let known = self.settings.known.of(self.id);
        // A case that does not deserialize was written by another version; the others are still tried.
        for case in known.iter().filter_map(|case| serde_json::from_value(case.clone()).ok()) {
            if let CaseOutcome::Failed(findings) = self.attempt(case, judge).await? {
                return self.report(findings);
            }
        }
        if self.settings.known.only && !known.is_empty() {
            return Ok(());
        }
        let (mut held, mut inconclusive) = (0, None);
        // A finding about a should or a may is reported only if no must is broken: a lenient server can also be a broken one.
        let mut worst: Option<(CaseIndex, Vec<Finding>)> = None;
        let begun = Instant::now();
        self.evidence.count_cases(self.count, 0);
        let (mut index, mut redraws_left) = (CaseIndex::default(), self.settings.cases);
        while index.n < self.count && (index.n == 0 || begun.elapsed() <= self.settings.search_limit) {
            let outcome = match self.generate(strategy, index, &[]) {
                Some(case) => Some(self.attempt(case, judge).await?),
                None => None,
            };
            self.evidence.count_cases(0, u32::from(index.redraw == 0));
            let decided = !matches!(outcome, None | Some(CaseOutcome::Inconclusive(_)));
            match outcome {
                None => {}
                Some(CaseOutcome::Held) => held += 1,
                Some(CaseOutcome::Inconclusive(why)) => inconclusive = inconclusive.or(Some(why)),
                Some(CaseOutcome::Failed(findings)) => {
                    let level = highest_level(&findings);
                    if worst.as_ref().is_none_or(|(_, before)| highest_level(before) < level) {
                        worst = Some((index, findings));
                    }
                    if level == Some(Level::Must) {
                        break;
                    }
                }
            }
            // A stratum without a decided case was not covered.
            let redraw = !decided && index.redraw < MAX_REDRAWS && redraws_left > 0;
            redraws_left -= u32::from(redraw);
            index = if redraw {
                CaseIndex { redraw: index.redraw + 1, ..index }
            } else {
                CaseIndex { n: index.n + 1, redraw: 0 }
            };
        }
        if let Some((index, findings)) = worst {
            return self.report(self.shrink(strategy, judge, index, findings).await?);
        }
        match inconclusive {
            Some(why) if held == 0 => Err(Stop::Inconclusive(why)),
            _ => Ok(()),
        }
    }

    /// The findings of the smallest form of a case that breaks the same promise.
    async fn shrink<S, F>(
        &self,
        strategy: &impl Fn(Sampler) -> S,
        judge: &impl Fn(S::Value) -> F,
        index: CaseIndex,
        findings: Vec<Finding>,
    ) -> Result<Vec<Finding>, Stop>
    where
        S: Strategy,
        S::Value: Serialize,
        F: Future<Output = Judgement>,
    {
        let mut smallest = findings;
        // Whether each form so far failed: the path through the value tree to the next form.
        let mut path = vec![true];
        let begun = Instant::now();
        let binding = highest_level(&smallest) > Some(Level::May);
        let attempts = if binding { self.settings.shrinks } else { self.settings.shrinks.min(MAX_SHRINKS_OF_MAY) };
        for _ in 0..attempts {
            if begun.elapsed() > SHRINK_LIMIT {
                break;
            }
            let Some(case) = self.generate(strategy, index, &path) else { break };
            let fails = match self.attempt(case, judge).await {
                Ok(CaseOutcome::Failed(findings)) if breaks_same_promise(&findings, &smallest) => {
                    smallest = findings;
                    true
                }
                Ok(_) => false,
                // The finding remains valid even if shrinking cannot go on.
                Err(_) => break,
            };
            path.push(fails);
        }
        Ok(smallest)
    }

    /// Generates a case. `path` says for each form so far whether it failed: the value tree is simplified after a failure,
    /// and complicated after a success.
    fn generate<S: Strategy>(
        &self,
        strategy: &impl Fn(Sampler) -> S,
        index: CaseIndex,
        path: &[bool],
    ) -> Option<S::Value> {
        let CaseIndex { n, redraw } = index;
        let strategy = strategy(Sampler::new(self.settings.seed, n).stream(self.id));
        let seed = sha256(format!("{} {} {n} {redraw}", self.settings.seed, self.id).as_bytes());
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
        let notes_before = self.evidence.note_count();
        self.evidence.start_case(serde_json::to_value(&case).unwrap_or_default());
        match judge(case).await {
            Ok(()) => {
                let notes = self.evidence.notes_since(notes_before);
                // The notes of the case that is reported are added again later.
                self.evidence.drop_notes_since(notes_before);
                Ok(if notes.is_empty() { CaseOutcome::Held } else { CaseOutcome::Failed(notes) })
            }
            Err(Stop::Violation(finding)) => {
                self.evidence.drop_notes_since(notes_before);
                Ok(CaseOutcome::Failed(vec![*finding]))
            }
            Err(Stop::Inconclusive(why)) => {
                self.evidence.drop_notes_since(notes_before);
                Ok(CaseOutcome::Inconclusive(why))
            }
            Err(stop) => Err(stop),
        }
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

fn highest_level(findings: &[Finding]) -> Option<Level> {
    findings.iter().map(Finding::level).max()
}

/// Whether the findings with the highest level are about the same promise.
fn breaks_same_promise(found: &[Finding], before: &[Finding]) -> bool {
    let promise = |findings: &[Finding]| {
        let severe = findings.iter().find(|finding| Some(finding.level()) == highest_level(findings));
        severe.map(|finding| finding.promise.clone())
    };
    promise(found) == promise(before)
}
