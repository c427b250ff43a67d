//! What a verdict means for the run. Outcome, exit code and test status all follow from this module.

use globset::GlobMatcher;

use super::report::{CheckResult, Outcome};
use crate::checks::Verdict;
use crate::contract::Level;

/// Decides what verdicts mean for the run.
#[derive(Debug, Clone, Default)]
pub struct Policy {
    /// Whether a `warn` counts as a violation.
    pub strict: bool,
    /// Ids of checks that may stay undecided.
    pub allow_incomplete: Vec<GlobMatcher>,
}

/// What one result means for the run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Disposition {
    /// The promise holds.
    Passed,
    /// A finding that does not fail the run.
    Warning,
    /// A promise that must hold does not.
    Violation,
    /// A violation that the baseline lists.
    Baselined,
    /// A `must` that was not decided.
    UndecidedMust,
    /// A `should` or `may` that was not decided, or a `must` that is allowed to stay undecided.
    Undecided,
    /// The contract contains no such promise.
    NotApplicable,
    /// The harness itself failed.
    HarnessError,
}

impl Policy {
    /// Returns what a result means for the run.
    #[must_use]
    pub fn disposition(&self, check: &CheckResult) -> Disposition {
        match check.verdict {
            Verdict::Pass => Disposition::Passed,
            Verdict::Fail | Verdict::Warn if check.baselined => Disposition::Baselined,
            Verdict::Fail => Disposition::Violation,
            Verdict::Warn if self.strict => Disposition::Violation,
            Verdict::Warn | Verdict::Info => Disposition::Warning,
            Verdict::NotApplicable => Disposition::NotApplicable,
            Verdict::CouldNotRun | Verdict::Inconclusive if check.level == Level::Must && !self.allows(&check.id) => {
                Disposition::UndecidedMust
            }
            Verdict::CouldNotRun | Verdict::Inconclusive => Disposition::Undecided,
            Verdict::Error => Disposition::HarnessError,
        }
    }

    /// Returns the outcome of the run. A violation takes precedence over a harness error, and that over an undecided `must`.
    #[must_use]
    pub fn outcome(&self, checks: &[CheckResult]) -> Outcome {
        let any = |wanted| checks.iter().any(|check| self.disposition(check) == wanted);
        if any(Disposition::Violation) {
            Outcome::NonConformant
        } else if any(Disposition::HarnessError) {
            Outcome::Error
        } else if any(Disposition::UndecidedMust) || !any_decided(checks) {
            Outcome::Incomplete
        } else {
            Outcome::Conformant
        }
    }

    fn allows(&self, id: &str) -> bool {
        self.allow_incomplete.iter().any(|glob| glob.is_match(id))
    }
}

/// Whether at least one check came to a decision about the subject.
fn any_decided(checks: &[CheckResult]) -> bool {
    let decided = [Verdict::Pass, Verdict::Fail, Verdict::Warn, Verdict::Info];
    checks.iter().any(|check| decided.contains(&check.verdict))
}
