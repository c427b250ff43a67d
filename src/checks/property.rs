//! Runs the generated cases of a property: cases that failed before, then new ones. A failing case is shrunk before it is
//! reported.
//!
//! Against a server, new cases are judged side by side, in batches whose sizes follow from the settings alone: the same seed
//! gives the same cases in the same company.

use std::sync::Arc;
use std::time::Duration;

use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use serde::Serialize;
use serde::de::DeserializeOwned;
use tokio::time::Instant;

use super::case_scope::{CaseScope, side_by_side};
use super::finding::{Finding, Judgement, Stop};
use super::records::Records;
use super::settings::{CASES, TrialSettings};
use super::trial_core::TrialCore;
use crate::contract::Level;
use crate::generate::Sampler;
use crate::hash::sha256;
use crate::subject::Member;

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
    core: &'t TrialCore<'t>,
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

/// The result of a case; any [`Stop`] that is not about the case alone is an error.
type CaseResult = Result<CaseOutcome, Stop>;

/// What the cases so far have shown.
#[derive(Default)]
struct Search {
    held: u32,
    inconclusive: Option<String>,
    /// A finding about a should or a may is reported only if no must is broken: a lenient server can also be a broken one.
    worst: Option<(CaseIndex, Vec<Finding>)>,
}

/// The cases that are judged side by side. Whatever they have set up becomes part of the trial when they end.
struct Batch<'t> {
    core: &'t TrialCore<'t>,
    scopes: Vec<Arc<CaseScope>>,
}

impl TrialCore<'_> {
    /// The runner of the generated cases of the check with this id, as many as the settings say.
    pub(super) fn cases(&self, id: &'static str) -> PropertyRunner<'_> {
        PropertyRunner { id, core: self, settings: &self.settings, count: self.settings.cases }
    }
}

impl PropertyRunner<'_> {
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
        let known = self.settings.known.of(self.id);
        // A case that does not deserialize was written by another version; the others are still tried.
        for case in known.iter().filter_map(|case| serde_json::from_value(case.clone()).ok()) {
            if let CaseOutcome::Failed(findings) = self.attempt(case, &judge).await? {
                return self.report(findings);
            }
        }
        if self.settings.known.only && !known.is_empty() {
            return Ok(());
        }
        let Search { held, inconclusive, worst } = self.search(&strategy, &judge).await?;
        if let Some((index, findings)) = worst {
            return self.report(self.shrink(&strategy, &judge, index, findings).await?);
        }
        match inconclusive {
            Some(why) if held == 0 => Err(Stop::Inconclusive(why)),
            _ => Ok(()),
        }
    }

    /// Judges new cases, batch by batch, until one breaks a must. The results count in the order of the cases, in whatever order
    /// they come.
    async fn search<S, F>(
        &self,
        strategy: &impl Fn(Sampler) -> S,
        judge: &impl Fn(S::Value) -> F,
    ) -> Result<Search, Stop>
    where
        S: Strategy,
        S::Value: Serialize + DeserializeOwned,
        F: Future<Output = Judgement>,
    {
        let mut search = Search::default();
        self.core.evidence.count_cases(self.count, 0);
        let (mut next, mut redraws_left) = (0, self.settings.cases);
        let mut size = if self.core.member.is_some() { self.settings.first_batch.max(1) } else { 1 };
        while next < self.count && (next == 0 || self.core.busy() <= self.settings.search_limit) {
            let end = next.saturating_add(size).min(self.count);
            let mut batch: Vec<CaseIndex> = (next..end).map(|n| CaseIndex { n, redraw: 0 }).collect();
            while !batch.is_empty() {
                let undecided = self.judge_batch(strategy, judge, &batch, &mut search).await?;
                if search.breaks_must() {
                    return Ok(search);
                }
                // A stratum without a decided case was not covered.
                let again = undecided.into_iter().filter(|index| index.redraw < MAX_REDRAWS);
                batch = again.map(|index| CaseIndex { redraw: index.redraw + 1, ..index }).collect();
                batch.truncate(usize::try_from(redraws_left).unwrap_or(usize::MAX));
                redraws_left -= u32::try_from(batch.len()).unwrap_or(redraws_left);
            }
            next = end;
            // A slow subject gets small batches, so that the limit ends the search in time.
            if self.core.member.is_some() && self.core.busy() < self.settings.search_limit / 4 {
                size = size.saturating_mul(self.settings.batch_growth.max(1));
            }
        }
        Ok(search)
    }

    /// Judges cases side by side. Returns those that were not decided, without those after a violation of a must.
    async fn judge_batch<S, F>(
        &self,
        strategy: &impl Fn(Sampler) -> S,
        judge: &impl Fn(S::Value) -> F,
        batch: &[CaseIndex],
        search: &mut Search,
    ) -> Result<Vec<CaseIndex>, Stop>
    where
        S: Strategy,
        S::Value: Serialize,
        F: Future<Output = Judgement>,
    {
        let (mut cases, mut generated) = (Vec::new(), Vec::new());
        for index in batch {
            let case = self.generate(strategy, *index, &[]);
            generated.push(case.is_some());
            cases.extend(case);
        }
        let mut results = self.run_batch(cases, judge).await.into_iter();
        let mut undecided = Vec::new();
        for (index, generated) in batch.iter().zip(generated) {
            let outcome = if generated { results.next().transpose()? } else { None };
            self.core.evidence.count_cases(0, u32::from(index.redraw == 0));
            match outcome {
                None => undecided.push(*index),
                Some(CaseOutcome::Held) => search.held += 1,
                Some(CaseOutcome::Inconclusive(why)) => {
                    search.inconclusive.get_or_insert(why);
                    undecided.push(*index);
                }
                Some(CaseOutcome::Failed(findings)) => {
                    search.found(*index, findings);
                    if search.breaks_must() {
                        break;
                    }
                }
            }
        }
        Ok(undecided)
    }

    /// Judges cases side by side, each with evidence and accounts of its own. Returns the results in the order of the cases.
    async fn run_batch<C: Serialize, F>(&self, cases: Vec<C>, judge: &impl Fn(C) -> F) -> Vec<CaseResult>
    where
        F: Future<Output = Judgement>,
    {
        let records = |case: &C| Records::of_case(serde_json::to_value(case).unwrap_or_default());
        let scoped = |case: &C| CaseScope::new(records(case), self.core.member.as_ref().map(Member::another));
        let parts: Vec<_> = cases.into_iter().map(|case| (scoped(&case), judge(case))).collect();
        let batch = Batch { core: self.core, scopes: parts.iter().map(|(scope, _)| scope.clone()).collect() };
        let judgements = side_by_side(self.core.member.as_ref(), parts).await;
        batch.scopes.iter().zip(judgements).map(|(scope, judgement)| self.result(scope, judgement)).collect()
    }

    /// The result of a case that has ended.
    fn result(&self, scope: &CaseScope, judgement: Judgement) -> CaseResult {
        let notes = scope.take_notes();
        self.core.evidence.absorb(scope);
        match judgement {
            Ok(()) if notes.is_empty() => Ok(CaseOutcome::Held),
            Ok(()) => Ok(CaseOutcome::Failed(notes)),
            Err(Stop::Violation(finding)) => Ok(CaseOutcome::Failed(vec![*finding])),
            Err(Stop::Inconclusive(why)) => Ok(CaseOutcome::Inconclusive(why)),
            Err(stop) => Err(stop),
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

    /// Judges one case alone.
    async fn attempt<C: Serialize, F>(&self, case: C, judge: &impl Fn(C) -> F) -> CaseResult
    where
        F: Future<Output = Judgement>,
    {
        let mut results = self.run_batch(vec![case], judge).await;
        results.pop().unwrap_or_else(|| Err(Stop::Harness("a generated case has no result".to_owned())))
    }

    fn report(&self, findings: Vec<Finding>) -> Judgement {
        for finding in findings {
            if finding.level() == Level::Must {
                return Err(Stop::Violation(Box::new(finding)));
            }
            self.core.evidence.note(finding);
        }
        Ok(())
    }
}

impl Search {
    /// Remembers the first finding of the highest level.
    fn found(&mut self, index: CaseIndex, findings: Vec<Finding>) {
        if self.worst.as_ref().is_none_or(|(_, before)| highest_level(before) < highest_level(&findings)) {
            self.worst = Some((index, findings));
        }
    }

    fn breaks_must(&self) -> bool {
        self.worst.as_ref().is_some_and(|(_, findings)| highest_level(findings) == Some(Level::Must))
    }
}

impl Drop for Batch<'_> {
    fn drop(&mut self) {
        self.scopes.iter().for_each(|scope| self.core.absorb_progress(scope));
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
