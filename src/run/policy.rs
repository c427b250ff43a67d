//! What verdicts mean for the run, in one place: outcome, exit code and the colour of a testcase follow from it.

use globset::GlobMatcher;

use super::report::{CheckResult, Outcome};
use crate::checks::Verdict;
use crate::contract::Level;

/// What verdicts mean for the run.
#[derive(Debug, Clone, Default)]
pub struct Policy {
    /// A `warn` counts as a violation.
    pub strict: bool,
    /// Ids of checks that may stay undecided.
    pub allow_incomplete: Vec<GlobMatcher>,
}

/// What one result means for the run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// It held.
    Held,
    /// Worth a remark, and no more.
    Remark,
    /// It does not hold, and must.
    Violation,
    /// It does not hold, and the baseline says that this is known.
    Known,
    /// It is a must, and was not decided.
    Gap,
    /// It was not decided, and need not be.
    Open,
    /// The contract promises nothing of the kind.
    Aside,
    /// The harness itself failed.
    Broken,
}

impl Policy {
    /// What a result means for the run.
    #[must_use]
    pub fn standing(&self, check: &CheckResult) -> Standing {
        match check.verdict {
            Verdict::Pass => Standing::Held,
            Verdict::Fail | Verdict::Warn if check.baselined => Standing::Known,
            Verdict::Fail => Standing::Violation,
            Verdict::Warn if self.strict => Standing::Violation,
            Verdict::Warn | Verdict::Info => Standing::Remark,
            Verdict::NotApplicable => Standing::Aside,
            Verdict::CouldNotRun | Verdict::Inconclusive if check.level == Level::Must && !self.allows(&check.id) => {
                Standing::Gap
            }
            Verdict::CouldNotRun | Verdict::Inconclusive => Standing::Open,
            Verdict::Error => Standing::Broken,
        }
    }

    /// All results in one word. A violation outweighs an error of the harness, and that a gap.
    #[must_use]
    pub fn outcome(&self, checks: &[CheckResult]) -> Outcome {
        let any = |wanted| checks.iter().any(|check| self.standing(check) == wanted);
        if any(Standing::Violation) {
            Outcome::NonConformant
        } else if any(Standing::Broken) {
            Outcome::Error
        } else if any(Standing::Gap) || !ran(checks) {
            Outcome::Incomplete
        } else {
            Outcome::Conformant
        }
    }

    fn allows(&self, id: &str) -> bool {
        self.allow_incomplete.iter().any(|glob| glob.is_match(id))
    }
}

/// Whether at least one check said something about the subject.
fn ran(checks: &[CheckResult]) -> bool {
    let said = [Verdict::Pass, Verdict::Fail, Verdict::Warn, Verdict::Info];
    checks.iter().any(|check| said.contains(&check.verdict))
}
