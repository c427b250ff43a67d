//! Options that describe the server under test.

use ringtrue::__cli::run::ServerTarget;

use super::error::CliError;
use super::output;
use super::values::Secret;

/// Options that describe the server under test.
#[derive(Debug, clap::Args)]
pub(crate) struct Target {
    /// URL of the server, in place of the contract's server URL; without it the embedded mock server is tested
    #[arg(long, value_name = "URL")]
    url: Option<String>,
    /// Valid credential: a literal, `env:NAME` or `file:PATH`
    #[arg(long, value_name = "SECRET")]
    key: Option<Secret>,
    /// Valid credential of another tenant
    #[arg(long, value_name = "SECRET")]
    other_key: Option<Secret>,
    /// State handler: `http://…` or `cmd:COMMAND LINE`
    #[arg(long, value_name = "HANDLER")]
    states: Option<String>,
}

impl Target {
    /// Returns the state handler that was given.
    pub(crate) fn states(&self) -> Option<&str> {
        self.states.as_deref()
    }

    /// Returns the server that the options describe, or else the default.
    pub(crate) fn or(&self, default: ServerTarget) -> Result<ServerTarget, CliError> {
        if self.url.as_deref().is_some_and(has_userinfo) {
            // Refused here, because later messages would quote the URL.
            let message = "it contains credentials; use --key".to_owned();
            return Err(CliError::Option { option: "url", message });
        }
        let reveal = |secret: &Option<Secret>, option| secret.as_ref().map(|secret| secret.reveal(option)).transpose();
        let Some(url) = self.url.clone().or(default.url) else {
            if self.key.is_some() || self.other_key.is_some() || self.states.is_some() {
                output::warn(
                    "there is no --url, so the embedded mock server is tested; --key, --other-key and --states are ignored",
                );
            }
            return Ok(ServerTarget::default());
        };
        Ok(ServerTarget {
            url: Some(url),
            key: reveal(&self.key, "key")?,
            other_key: reveal(&self.other_key, "other-key")?,
            states: self.states.clone().or(default.states),
        })
    }
}

/// Returns whether a URL contains user information (RFC 3986, 3.2.1).
fn has_userinfo(url: &str) -> bool {
    let authority = url.split_once("://").map_or(url, |(_, rest)| rest);
    authority.split(['/', '?', '#']).next().is_some_and(|authority| authority.contains('@'))
}
