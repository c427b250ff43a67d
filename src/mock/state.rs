//! The states of the state protocol: the only list of them.

use std::fmt;
use std::str::FromStr;

/// A state that a state handler can put a server into.
///
/// The state protocol names states as text, such as `backend.down`; [`State::as_str`] and [`FromStr`] convert.
///
/// ```
/// use ringtrue::mock::State;
///
/// let state: State = "backend.down".parse().expect("a state of the protocol");
/// assert_eq!(state, State::BackendDown);
/// assert_eq!(state.to_string(), "backend.down");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum State {
    /// A new tenant with a valid credential.
    Account,
    /// The balance of an account, changed in the store and not through the API.
    Balance,
    /// A credential that was revoked.
    KeyRevoked,
    /// A credential that has expired.
    KeyExpired,
    /// A failing store behind the balance.
    BackendDown,
    /// A rate limit that is exceeded.
    RateLimited,
    /// The server's clock, moved forward.
    Clock,
    /// The jobs that paid calls have started, brought to an end.
    JobsSettled,
}

/// A state name that the protocol does not have.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("there is no state `{0}`")]
#[non_exhaustive]
pub struct UnknownState(pub String);

impl State {
    /// Every state, in the order of the documentation.
    pub const ALL: [Self; 8] = [
        Self::Account,
        Self::Balance,
        Self::KeyRevoked,
        Self::KeyExpired,
        Self::BackendDown,
        Self::RateLimited,
        Self::Clock,
        Self::JobsSettled,
    ];

    /// Whether it concerns one existing account and nothing else, so that it ends with the account.
    #[must_use]
    pub const fn is_of_account(self) -> bool {
        matches!(self, Self::Balance | Self::KeyRevoked | Self::KeyExpired | Self::JobsSettled)
    }

    /// The name in the protocol.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Account => "account",
            Self::Balance => "balance",
            Self::KeyRevoked => "key.revoked",
            Self::KeyExpired => "key.expired",
            Self::BackendDown => "backend.down",
            Self::RateLimited => "rate.limited",
            Self::Clock => "clock",
            Self::JobsSettled => "jobs.settled",
        }
    }

    /// The names of the parameters, as a sentence fragment for people.
    #[must_use]
    pub const fn params(self) -> &'static str {
        match self {
            Self::Account => "remaining, total, allowed",
            Self::Balance => "key or tenant; remaining, total, allowed",
            Self::KeyRevoked | Self::KeyExpired => "key",
            Self::BackendDown => "tenant (optional)",
            Self::RateLimited => "key or tenant (optional), retry_after_s",
            Self::Clock => "advance_ms",
            Self::JobsSettled => "key or tenant, outcome (succeeded, failed)",
        }
    }

    /// The effect, as a sentence fragment for people.
    #[must_use]
    pub const fn about(self) -> &'static str {
        match self {
            Self::Account => "a fresh, isolated tenant with a valid credential",
            Self::Balance => "changes a balance behind the API's back",
            Self::KeyRevoked | Self::KeyExpired => "the credential stops being valid",
            Self::BackendDown => "the store behind the balance fails until torn down",
            Self::RateLimited => "the next calls are over the limit until torn down",
            Self::Clock => "the server's notion of time moves forward",
            Self::JobsSettled => "the paid jobs under way of that account end, at once",
        }
    }
}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl FromStr for State {
    type Err = UnknownState;

    fn from_str(name: &str) -> Result<Self, UnknownState> {
        Self::ALL.into_iter().find(|state| state.as_str() == name).ok_or_else(|| UnknownState(name.to_owned()))
    }
}
