//! The server that is meant, and the credentials for it.

use ringtrue::run::ServerTarget;

use super::error::CliError;
use super::output;
use super::values::Secret;

/// The options that name a server.
#[derive(Debug, clap::Args)]
pub(crate) struct Target {
    /// Where the server is, in place of the contract's server URL; without it the embedded stand-in is judged
    #[arg(long, value_name = "URL")]
    url: Option<String>,
    /// A valid credential: a literal, `env:NAME` or `file:PATH`
    #[arg(long, value_name = "SECRET")]
    key: Option<Secret>,
    /// A valid credential of another tenant
    #[arg(long, value_name = "SECRET")]
    other_key: Option<Secret>,
    /// Who puts the server into states: `http://…` or `cmd:COMMAND LINE`
    #[arg(long, value_name = "HANDLER")]
    states: Option<String>,
}

impl Target {
    /// The server that the options name, or else the one that is known.
    pub(crate) fn or(&self, known: ServerTarget) -> Result<ServerTarget, CliError> {
        if self.url.as_deref().is_some_and(has_userinfo) {
            // Refused here, as whoever refuses it later would quote it.
            let message = "credentials do not belong into a URL; use --key".to_owned();
            return Err(CliError::Option { option: "url", message });
        }
        let reveal = |secret: &Option<Secret>, option| secret.as_ref().map(|secret| secret.reveal(option)).transpose();
        let Some(url) = self.url.clone().or(known.url) else {
            if self.key.is_some() || self.other_key.is_some() || self.states.is_some() {
                output::warn(
                    "there is no --url, so the embedded stand-in is judged, and keys and states given are not used",
                );
            }
            return Ok(ServerTarget::default());
        };
        Ok(ServerTarget {
            url: Some(url),
            key: reveal(&self.key, "key")?,
            other_key: reveal(&self.other_key, "other-key")?,
            states: self.states.clone().or(known.states),
        })
    }
}

/// Whether there is something before an `@` in the authority of a URL.
fn has_userinfo(url: &str) -> bool {
    let authority = url.split_once("://").map_or(url, |(_, rest)| rest);
    authority.split(['/', '?', '#']).next().is_some_and(|authority| authority.contains('@'))
}
