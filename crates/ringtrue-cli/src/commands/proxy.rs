//! `ringtrue proxy`: judges the traffic between a real client and a real server.

use std::net::SocketAddr;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use ringtrue::__cli::passive::TrafficOptions;
use ringtrue::__cli::proxy::{Injection, Proxy, ProxyOptions, UpstreamTarget};
use ringtrue::__cli::report::{Verbosity, printable};
use ringtrue::__cli::run::CheckResult;

use crate::conclusion::Conclusion;
use crate::error::CliError;
use crate::exit::Exit;
use crate::interrupt::Interrupt;
use crate::load;
use crate::options::Common;
use crate::output;
use crate::values::Secret;

/// How often the status line is written.
const STATUS: Duration = Duration::from_millis(250);

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Name of a bundled contract, or path of a contract folder or of an OpenAPI document
    #[arg(value_name = "CONTRACT")]
    contract: String,
    /// Base URL of the API behind the proxy, or `mock` for the mock of the contract
    #[arg(long, value_name = "URL")]
    upstream: UpstreamTarget,
    /// Address to listen on; port 0 selects a free port
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:0")]
    listen: SocketAddr,
    /// Put a fault into responses, or into a share of them (`FAULT@0.2`), see `ringtrue list faults`; repeatable
    #[arg(long, value_name = "FAULT[@SHARE]", value_parser = injection)]
    inject: Vec<Injection>,
    /// Permit pages of other origins on this machine to use the proxy
    #[arg(long)]
    cors: bool,
    /// A credential that clients use, so that reports call it by this name: a literal, `env:NAME` or `file:PATH`. The mock
    /// has an account with it
    #[arg(long, value_name = "SECRET")]
    key: Option<Secret>,
    /// Another credential that clients use
    #[arg(long, value_name = "SECRET")]
    other_key: Option<Secret>,
    #[command(flatten)]
    common: Common,
}

fn injection(text: &str) -> Result<Injection, String> {
    text.parse().map_err(|error: ringtrue::__cli::proxy::InjectionError| error.to_string())
}

impl Args {
    pub(crate) async fn run(self) -> Result<Exit, CliError> {
        let conclusion = Conclusion::prepare(&self.common)?;
        let interrupt = Interrupt::watch();
        let contract = load::contract(&self.contract, &interrupt, self.common.options().max_time).await?;
        let name = contract.name.clone();
        let run = self.common.options();
        let keys = [(&self.key, "key"), (&self.other_key, "other-key")];
        let keys = keys.into_iter().filter_map(|(key, name)| Some(key.as_ref()?.reveal(name)));
        let keys = keys.collect::<Result<Vec<_>, _>>()?;
        let (live, max_time) = (run.live.clone(), run.max_time);
        let options = ProxyOptions {
            listen: self.listen,
            upstream: self.upstream.clone(),
            live,
            inject: self.inject.clone(),
            cors: self.cors,
            traffic: TrafficOptions { keys, side: None, run },
        };
        let status = Status::new(self.common.reporting.verbosity());
        let shown = status.clone();
        let proxy = Proxy::start(contract, options, Box::new(move |result| shown.finding(result))).await?;
        if !self.listen.ip().is_loopback() {
            output::warn(&format!("{} can be reached from other machines", self.listen));
        }
        let mut text = format!("{name} {}\nreport {}\n", proxy.url(), proxy.report_url());
        if let Some(states) = proxy.states_url() {
            text.push_str(&format!("states {states}\n"));
        }
        output::print(&printable(&text))?;
        Interrupt::limit(max_time);
        tokio::select! {
            () = interrupt.wait() => {}
            () = sleep(max_time) => {}
            () = status.follow(&proxy) => {}
        }
        status.finish();
        let report = proxy.finish().await.ok_or_else(|| CliError::Argument("the judge has ended".to_owned()))?;
        // An interrupt is the normal end of a proxy.
        conclusion.conclude(report.of_contract(&self.contract), &Interrupt::absent())
    }
}

async fn sleep(max_time: Option<Duration>) {
    match max_time {
        Some(max_time) => tokio::time::sleep(max_time).await,
        None => std::future::pending().await,
    }
}

/// The status line on a terminal, and the findings above it.
#[derive(Debug, Clone)]
struct Status {
    bar: ProgressBar,
    quiet: bool,
}

impl Status {
    /// The line is hidden without a terminal or with `--quiet`.
    fn new(verbosity: Verbosity) -> Self {
        let quiet = verbosity == Verbosity::Quiet;
        let shown = !quiet && output::stderr_shows_progress();
        let target = if shown { ProgressDrawTarget::stderr() } else { ProgressDrawTarget::hidden() };
        let bar = ProgressBar::with_draw_target(None, target);
        if let Ok(style) = ProgressStyle::with_template("{spinner} {msg}") {
            bar.set_style(style);
        }
        Self { bar, quiet }
    }

    /// Prints a new finding.
    fn finding(&self, result: &CheckResult) {
        if self.quiet {
            return;
        }
        let operation = result.operation.as_deref().map(|operation| format!("  {operation}")).unwrap_or_default();
        let reason = result.reason.as_deref().unwrap_or_default();
        self.bar.suspend(|| output::finding(result.verdict, &format!("{}{operation}  {reason}", result.id)));
    }

    /// Keeps the line up to date.
    async fn follow(&self, proxy: &Proxy) {
        loop {
            let (exchanges, findings) = proxy.counts();
            self.bar.set_message(format!("{exchanges} exchanges, {findings} checks with findings"));
            self.bar.tick();
            tokio::time::sleep(STATUS).await;
        }
    }

    fn finish(&self) {
        self.bar.finish_and_clear();
    }
}
