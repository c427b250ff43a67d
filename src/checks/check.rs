//! The definition of a check, and what check files import.

use futures_util::future::BoxFuture;

use super::client_trial::ClientTrial;
use super::server_trial::ServerTrial;
use super::traffic::Passive;
use super::verdict::Side;
use crate::client::Capability;
use crate::contract::{Contract, Level};
use crate::mock::State;

pub(super) use super::applies::{
    any_operation, documents_credential, has_balance, has_credential, has_read, has_spend, tells_balance,
};
pub(super) use super::finding::{Judgement, Stop};

/// One judgement with a stable id.
#[derive(Debug)]
pub struct Check {
    /// `<area>.<name>`; never renamed, never reused.
    pub id: &'static str,
    /// Which side it judges.
    pub side: Side,
    /// The most binding level that it judges by.
    pub level: Level,
    /// Where its cases come from.
    pub kind: CheckKind,
    /// When it runs in a run against a server.
    pub schedule: Schedule,
    /// Whether it mostly waits, for time-outs for example. Slow checks of a selftest wait side by side.
    pub slow: bool,
    /// What the check needs in order to decide: all of it, and no more.
    pub needs: &'static [Need],
    /// The faults that it exists to catch.
    pub faults: &'static [&'static str],
    /// Whether the contract promises anything that it could judge; if not, why not.
    pub applies: fn(&Contract) -> Result<(), &'static str>,
    /// The judgement.
    pub judge: Judge,
}

/// Where the cases of a check come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum CheckKind {
    /// From people, who thought of them.
    Example,
    /// From the contract's schemas: values that conform, or break one thing. A case that fails is made smaller.
    Property,
    /// From the model: actions in any order. A sequence that fails is made shorter.
    Sequence,
}

impl std::fmt::Display for CheckKind {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Example => "example",
            Self::Property => "property",
            Self::Sequence => "sequence",
        })
    }
}

/// When a check runs in a run against a server. Checks of clients are always [`Schedule::Shared`]: each has a recording
/// server of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Schedule {
    /// Side by side with others: it changes accounts of its own, and at most moves the server's clock. The clock moves only while
    /// all checks wait for it, and for none of them by more than it asked for.
    Shared,
    /// As `Shared`, but it makes the store behind an account fail. It runs alone if the state handler can only make the store of
    /// all accounts fail.
    Outage,
    /// Alone: it changes what all accounts share, other than the clock.
    Alone,
    /// Alone and after all others, because what it sends may damage the server.
    Last,
    /// As `Last`, and a connection that the server refuses is itself the finding.
    Survival,
}

/// The function of a check, by side.
#[derive(Debug, Clone, Copy)]
pub enum Judge {
    /// Judges a server.
    Server(for<'a> fn(&'a ServerTrial<'a>) -> BoxFuture<'a, Judgement>),
    /// Judges a client.
    Client(for<'a> fn(&'a ClientTrial<'a>) -> BoxFuture<'a, Judgement>),
    /// Judges a server, and servers in recorded traffic.
    ServerOrTraffic(for<'a> fn(&'a ServerTrial<'a>) -> BoxFuture<'a, Judgement>, Passive),
    /// Judges a client, and clients in recorded traffic.
    ClientOrTraffic(for<'a> fn(&'a ClientTrial<'a>) -> BoxFuture<'a, Judgement>, Passive),
}

/// Something that a check needs in order to decide.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Need {
    /// A valid credential: from the state `account`, or given.
    Key,
    /// Valid credentials of two tenants.
    TwoKeys,
    /// A state that the handler must be able to set.
    State(State),
    /// Requests other than GET and HEAD.
    Write,
    /// Calls that spend credits.
    Spend,
    /// Bytes on a plain connection, which needs an `http://` target.
    Raw,
    /// Time: the state `clock`, or waiting.
    Clock,
    /// A capability that the client must declare.
    Capability(Capability),
    /// A capability without which the check judges less, or nothing under some contracts.
    Optional(Capability),
    /// This number of concurrent calls, which the client must take.
    AtOnce(u32),
}

impl std::fmt::Display for Need {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Key => f.write_str("key"),
            Self::TwoKeys => f.write_str("second key"),
            Self::State(state) => write!(f, "state {state}"),
            Self::Write => f.write_str("write"),
            Self::Spend => f.write_str("spend"),
            Self::Raw => f.write_str("raw connection"),
            Self::Clock => f.write_str("clock"),
            Self::Capability(name) => write!(f, "capability {name}"),
            Self::Optional(name) => write!(f, "capability {name} (optional)"),
            Self::AtOnce(calls) => write!(f, "{calls} calls at a time"),
        }
    }
}

impl Check {
    /// How many calls at a time a client must take for it.
    #[must_use]
    pub fn at_once(&self) -> u32 {
        let calls = self.needs.iter().filter_map(|need| match need {
            Need::AtOnce(calls) => Some(*calls),
            _ => None,
        });
        calls.max().unwrap_or(1)
    }

    /// How the check judges recorded traffic, if it can.
    #[must_use]
    pub fn passive(&self) -> Option<Passive> {
        match self.judge {
            Judge::Server(_) | Judge::Client(_) => None,
            Judge::ServerOrTraffic(_, passive) | Judge::ClientOrTraffic(_, passive) => Some(passive),
        }
    }

    /// The part of the id before the dot.
    #[must_use]
    pub fn area(&self) -> &'static str {
        self.id.split('.').next().unwrap_or(self.id)
    }
}
