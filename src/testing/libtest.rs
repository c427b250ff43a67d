//! Shows each check as a test, for a test target with `harness = false`.

use std::process::ExitCode;
use std::sync::Arc;

use libtest_mimic::{Arguments, Failed, Trial};

use super::client::ClientTest;
use super::error::Error;
use super::server::ServerTest;
use crate::exit_code;
use crate::report::escape::block;
use crate::report::{Disposition, Policy};
use crate::run::{CheckResult, Suite, chain};

/// A test of a server or of a client, for [`tests`](crate::tests).
#[derive(Debug)]
#[non_exhaustive]
pub enum Subject {
    /// A test of a server.
    Server(Box<ServerTest>),
    /// A test of a client.
    Client(Box<ClientTest>),
}

impl From<ServerTest> for Subject {
    fn from(server: ServerTest) -> Self {
        Self::Server(Box::new(server))
    }
}

impl From<ClientTest> for Subject {
    fn from(client: ClientTest) -> Self {
        Self::Client(Box::new(client))
    }
}

impl Subject {
    async fn start(self) -> Result<Suite, Error> {
        Ok(match self {
            Self::Server(server) => Suite::start(server.load()?, server.target, server.options).await?,
            Self::Client(client) => Suite::start_client(client.load()?, client.target, client.options).await?,
        })
    }
}

/// Runs each check as a test; the usual arguments of a test binary work.
///
/// ```no_run
/// // tests/conformance.rs, with `[[test]] name = "conformance"`, `harness = false` in Cargo.toml
/// fn main() -> std::process::ExitCode {
///     ringtrue::tests([ringtrue::server("contracts/acme").url("http://127.0.0.1:8080").key("…")])
/// }
/// ```
pub fn tests<S: Into<Subject>>(subjects: impl IntoIterator<Item = S>) -> ExitCode {
    let arguments = Arguments::from_args();
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => Arc::new(runtime),
        Err(error) => return refuse(&error),
    };
    let mut trials = Vec::new();
    let mut suites = Vec::new();
    for subject in subjects {
        let suite = match runtime.block_on(subject.into().start()) {
            Ok(suite) => Arc::new(suite),
            Err(error) => return refuse(&error),
        };
        trials.extend(suite.ids().map(|id| trial(&suite, &runtime, id)));
        suites.push(suite);
    }
    let conclusion = libtest_mimic::run(&arguments, trials);
    for suite in suites {
        runtime.block_on(suite.tear_down());
    }
    conclusion.exit_code()
}

fn trial(suite: &Arc<Suite>, runtime: &Arc<tokio::runtime::Runtime>, id: &'static str) -> Trial {
    let name = format!("{}::{id}", suite.contract().name);
    let ignored = !suite.applies(id);
    let (suite, runtime) = (suite.clone(), runtime.clone());
    let judge = move || match runtime.block_on(suite.judge(id)) {
        Some(result) => outcome(&result),
        None => Err(Failed::from("the check is not selected")),
    };
    Trial::test(name, judge).with_ignored_flag(ignored)
}

fn outcome(result: &CheckResult) -> Result<(), Failed> {
    match Policy::default().disposition(result) {
        Disposition::Passed
        | Disposition::Warning
        | Disposition::NotApplicable
        | Disposition::Baselined
        | Disposition::Undecided => Ok(()),
        Disposition::Violation | Disposition::UndecidedMust | Disposition::HarnessError => {
            Err(Failed::from(text(result)))
        }
    }
}

/// The message of a test that failed.
fn text(result: &CheckResult) -> String {
    let mut text = format!("{:?}: {}", result.verdict, result.reason.as_deref().unwrap_or_default());
    if let Some(source) = &result.source {
        text.push_str(&format!("\npromised by {}: {}", source.document, source.quote));
    }
    for (n, step) in result.steps.iter().enumerate() {
        text.push_str(&format!("\n  {}. {step}", n + 1));
    }
    if let Some(line) = &result.reproduce {
        text.push_str(&format!("\nreproduce: {line}"));
    }
    // It quotes the subject, and is printed as it is.
    block(&text)
}

#[expect(clippy::print_stderr, reason = "a test binary reports its errors on standard error")]
/// Reports an error that prevents the tests.
fn refuse(error: &dyn std::error::Error) -> ExitCode {
    eprintln!("error: {}", chain(error));
    ExitCode::from(exit_code::UNUSABLE)
}
