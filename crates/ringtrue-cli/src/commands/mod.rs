//! The subcommands. A new one is a file, and a line in the list.

use super::error::CliError;
use super::exit::Exit;

/// Declares modules, subcommands and their dispatch together.
macro_rules! commands {
    ($($(#[doc = $doc:literal])+ $module:ident $variant:ident,)+) => {
        $(mod $module;)+

        #[derive(Debug, clap::Subcommand)]
        pub(crate) enum Command {
            $($(#[doc = $doc])+ $variant(Box<$module::Args>),)+
        }

        impl Command {
            pub(crate) async fn run(self) -> Result<Exit, CliError> {
                match self {
                    $(Self::$variant(args) => args.run().await,)+
                }
            }
        }
    };
}

commands! {
    /// Test the server at a URL, or the embedded mock server
    server Server,
    /// Test a client behind an adapter, or the reference client
    client Client,
    /// Serve mock providers until interrupted
    mock Mock,
    /// Stand between a real client and a real server, and judge both by what passes
    proxy Proxy,
    /// Judge recorded traffic: HAR files of browsers, mitmproxy or Charles
    judge Judge,
    /// List contracts, checks, states or faults
    list List,
    /// Explain what a check tests, and why
    explain Explain,
    /// Draft a contract from an OpenAPI document or from recorded responses
    init Init,
    /// Compare two contracts: what breaks a client of the old one
    diff Diff,
    /// Report every mistake in a contract
    lint Lint,
    /// Run every check against conforming subjects and against its faults
    selftest Selftest,
    /// Repeat the findings of a report
    replay Replay,
    /// Make one report of the reports of shards
    merge Merge,
    /// Compare two reports: which findings are new, gone, or still there
    compare Compare,
    /// Print values generated from a JSON Schema, as JSON Lines
    sample Sample,
    /// Check that a command implements the adapter protocol, message by message
    adapter Adapter,
    /// Print a completion script for a shell
    completions Completions,
    /// Print the manual page, or write one for each subcommand
    man Man,
}
