//! The assertion at the end of a test.

use crate::report::{Disposition, Policy, View, human};
use crate::run::{Outcome, Report};

impl Report {
    /// Asserts that every applicable must was exercised and held.
    ///
    /// # Panics
    /// With the report for people, if anything was violated, or a must could not be decided.
    #[track_caller]
    pub fn assert_conformant(&self) {
        assert!(
            Policy::default().outcome(&self.checks) == Outcome::Conformant,
            "not conformant\n\n{}",
            self.in_words()
        );
    }

    /// Asserts that nothing was violated; what could not be run or decided is let pass.
    ///
    /// # Panics
    /// With the report for people, if anything was violated, or if no check came to a verdict.
    #[track_caller]
    pub fn assert_no_violation(&self) {
        let policy = Policy::default();
        let wrong = |disposition| matches!(disposition, Disposition::Violation | Disposition::HarnessError);
        let violated = self.checks.iter().any(|check| wrong(policy.disposition(check)));
        let decided = self
            .checks
            .iter()
            .any(|check| matches!(policy.disposition(check), Disposition::Passed | Disposition::Warning));
        assert!(!violated && decided, "not conformant\n\n{}", self.in_words());
    }

    /// The report for people, without colours.
    fn in_words(&self) -> String {
        human::render(self, &View::default()).unwrap_or_else(|error| error.to_string())
    }
}
