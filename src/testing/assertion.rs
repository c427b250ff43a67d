//! Assertions over reports, and their output in other formats.

use super::error::Error;
use crate::report::{self, Disposition, Policy, View};
use crate::run::{Outcome, Report};

impl Report {
    /// Asserts that every applicable `must` was exercised and held.
    ///
    /// ```no_run
    /// # async fn example() -> Result<(), ringtrue::Error> {
    /// ringtrue::server("contracts/acme").url("http://127.0.0.1:8080").run().await?.assert_conformant();
    /// # Ok(()) }
    /// ```
    ///
    /// # Panics
    /// If there is a violation, or if a `must` could not be decided. The message is the report.
    #[track_caller]
    pub fn assert_conformant(&self) {
        assert!(Policy::default().outcome(&self.checks) == Outcome::Conformant, "not conformant\n\n{}", self.text());
    }

    /// Asserts that there is no violation. Checks that could not run or decide are accepted.
    ///
    /// ```no_run
    /// # async fn example() -> Result<(), ringtrue::Error> {
    /// ringtrue::server("contracts/acme").url("http://127.0.0.1:8080").run().await?.assert_no_violation();
    /// # Ok(()) }
    /// ```
    ///
    /// # Panics
    /// If there is a violation, or if no check came to a decision. The message is the report.
    #[track_caller]
    pub fn assert_no_violation(&self) {
        let policy = Policy::default();
        let wrong = |disposition| matches!(disposition, Disposition::Violation | Disposition::HarnessError);
        let violated = self.checks.iter().any(|check| wrong(policy.disposition(check)));
        let decided = self
            .checks
            .iter()
            .any(|check| matches!(policy.disposition(check), Disposition::Passed | Disposition::Warning));
        assert!(!violated && decided, "not conformant\n\n{}", self.text());
    }

    /// Renders the report in a format of `--report`: `human`, `json`, `har`, `sarif` or `github`; `junit` and `html` with the
    /// cargo features of those names.
    ///
    /// ```no_run
    /// # async fn example() -> Result<(), Box<dyn std::error::Error>> {
    /// let report = ringtrue::server("contracts/acme").url("http://127.0.0.1:8080").run().await?;
    /// std::fs::write("report.json", report.render("json")?)?;
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// If there is no format of that name, or its feature is off.
    pub fn render(&self, format: &str) -> Result<String, Error> {
        let format = report::format(format).ok_or_else(|| Error::unknown_format(format))?;
        Ok((format.render)(self, &View::default())?)
    }

    /// The report for people, without colours.
    fn text(&self) -> String {
        self.render("human").unwrap_or_else(|error| error.to_string())
    }
}
