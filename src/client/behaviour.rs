//! The small decisions of the reference client, each replaceable.
//!
//! The default is the conforming client. A fault ([`super::faults`]) replaces one decision or a few, which is how a
//! check is shown to notice. None of them is asked on the hit path.

use std::sync::Mutex;
use std::sync::atomic::AtomicU32;
use std::time::Duration;

use bytes::Bytes;
use http::HeaderMap;
use rust_decimal::Decimal;

use super::api::{Balance, CallResult, ClientError, ErrorClass};
use super::config::ClientAccount;
use super::decode::{self, DecodeError};
use super::hit::Hit;
use super::message::{HttpReply, RequestTemplate};
use crate::contract::{Encoding, Fields, Operation};

/// The decisions of a reference client.
#[derive(Debug, Clone, Copy)]
pub struct ClientBehaviour {
    /// How a request is sent.
    pub sending: Sending,
    /// How an answer is read.
    pub reading: BalanceReading,
    /// What is kept, for whom and how long.
    pub caching: Caching,
    /// What an application is told.
    pub telling: Reporting,
}

/// How a request is sent.
#[derive(Debug, Clone, Copy)]
pub struct Sending {
    /// The last touch on a request. Conforming: none.
    pub prepare: fn(&mut RequestTemplate, &ClientAccount),
    /// How many equal requests are sent ahead of the real one. Conforming: none.
    pub probes: u32,
    /// Whether redirects are followed with everything the request carried. Conforming: no.
    pub follow_redirects: bool,
    /// Whether to try again at once after so many attempts with that outcome. Conforming: never.
    pub again: fn(u32, &CallResult) -> bool,
    /// What the deadline spans. Conforming: the whole exchange.
    pub deadline: Deadline,
    /// Whether a body that exceeds the size limit is refused. Conforming: yes.
    pub bounded: bool,
    /// Whether a body that was cut short is refused. Conforming: yes.
    pub whole: bool,
}

/// What the deadline spans.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Deadline {
    /// The whole exchange.
    Whole,
    /// Each wait for more bytes.
    PerRead,
    /// Nothing.
    None,
}

/// How an answer is read.
#[derive(Debug, Clone, Copy)]
pub struct BalanceReading {
    /// Whether an answer is taken for a success, given whether the contract documents it as one. Conforming: just so.
    pub success: fn(bool, &HttpReply) -> bool,
    /// Whether a success is read at all, given whether its media type will do. Conforming: just so.
    pub admits: fn(bool, &HttpReply, &Operation) -> bool,
    /// The body that is decoded. Conforming: the one that came.
    pub body: fn(&HttpReply) -> Bytes,
    /// Whether the body must fit the documented schema. Conforming: yes.
    pub validates: bool,
    /// Where the amounts and the flag stand. Conforming: where the contract says.
    pub fields: fn(&Fields) -> Fields,
    /// An amount out of its JSON text, `None` where nothing stands. Conforming: exact or refused.
    pub amount: fn(Option<&str>, Encoding) -> Result<Decimal, DecodeError>,
    /// A flag out of its JSON text. Conforming: `true` and `false`, or refused.
    pub flag: fn(Option<&str>) -> Result<bool, DecodeError>,
    /// What rows come to. Conforming: their sum.
    pub rows: fn(&[Decimal]) -> Result<Decimal, DecodeError>,
    /// What becomes of an answer that breaks the contract. Conforming: an error.
    pub flawed: fn(DecodeError, &HttpReply) -> Result<Balance, DecodeError>,
    /// The class of a failure, given the conforming one. Conforming: that.
    pub classify: fn(ErrorClass, &Evidence<'_>) -> ErrorClass,
    /// How long to wait, given what the answer asks for. Conforming: that.
    pub retry_after: fn(&HeaderMap, Option<Duration>) -> Option<Duration>,
}

/// What a failure is classified by.
#[derive(Debug, Clone, Copy)]
pub struct Evidence<'a> {
    /// The status.
    pub status: u16,
    /// The code in the body.
    pub code: Option<&'a str>,
    /// Whether the body is JSON at all.
    pub json: bool,
    /// The body.
    pub body: &'a [u8],
    /// The class that the status alone stands for.
    pub by_status: ErrorClass,
}

/// What is kept, for whom and how long.
#[expect(clippy::struct_excessive_bools, reason = "each is one independent decision")]
#[derive(Debug, Clone, Copy)]
pub struct Caching {
    /// The TTL, given the contract's or the configured one. Conforming: that.
    pub ttl: fn(Duration) -> Duration,
    /// Whose answer it is, for the cache. Conforming: this tenant's with this credential.
    pub key: fn(ClientAccount) -> ClientAccount,
    /// Whether the base URL is part of the key. Conforming: yes.
    pub by_base_url: bool,
    /// What is kept, given what the exchange came to and what the application is told. Conforming: balances only.
    pub keep: fn(&CallResult, &CallResult) -> Option<Balance>,
    /// Whether a kept answer is given out. Conforming: always.
    pub serve: fn(&Hit) -> bool,
    /// Whether giving one out makes it young again. Conforming: no.
    pub renew: bool,
    /// Whether an occasion drops what is kept, given the conforming decision. Conforming: just so.
    pub drop: fn(bool, InvalidationReason, &Memory) -> bool,
    /// Whether what is kept is dropped before a paid call is sent. Conforming: no, as a check meanwhile would bring it back.
    pub early: bool,
    /// Whether an answer asked for before an invalidation fills the cache after it. Conforming: no.
    pub late: bool,
    /// Whether checks at the same time share one request. Conforming: yes, unless the contract forbids caches.
    pub single_flight: bool,
    /// Whom a `Retry-After` holds back. Conforming: this tenant with this credential.
    pub held: fn(ClientAccount) -> ClientAccount,
    /// Whether a `Retry-After` is waited for. Conforming: yes.
    pub waits: bool,
}

/// Why something kept may have to be dropped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum InvalidationReason {
    /// A paid call succeeded.
    Spent,
    /// A paid call was refused for certain.
    Refused,
    /// A paid call ended such that nobody knows whether it was charged.
    Unsure,
    /// The application asked for it.
    Asked,
}

/// What an application is told.
#[derive(Debug, Clone, Copy)]
pub struct Reporting {
    /// An answer before anything is asked. Conforming: none.
    pub before: fn(&Memory) -> Option<CallResult>,
    /// Whether a failure means that use is allowed, given the conforming decision. Conforming: just so.
    pub opens: fn(bool, &ClientError) -> bool,
    /// The last touch on the outcome of a check. Conforming: none.
    pub after: fn(CallResult, &ReportContext<'_>) -> CallResult,
    /// The last touch on the outcome of a paid call. Conforming: none.
    pub spent: fn(CallResult, &ReportContext<'_>) -> CallResult,
}

/// What the last touch may look at.
#[derive(Debug, Clone, Copy)]
pub struct ReportContext<'a> {
    /// Whose balance was asked for.
    pub account: &'a ClientAccount,
    /// What this client remembers.
    pub memory: &'a Memory,
}

/// What a faulty client remembers from call to call.
#[derive(Debug, Default)]
pub struct Memory {
    /// How many checks were made.
    pub checks: AtomicU32,
    /// How many paid calls ended.
    pub spends: AtomicU32,
    /// How many checks failed.
    pub failures: AtomicU32,
    /// The last balance that was told.
    pub last: Mutex<Option<Balance>>,
}

impl Default for ClientBehaviour {
    fn default() -> Self {
        Self {
            sending: Sending {
                prepare: |_, _| (),
                probes: 0,
                follow_redirects: false,
                again: |_, _| false,
                deadline: Deadline::Whole,
                bounded: true,
                whole: true,
            },
            reading: BalanceReading {
                success: |documented, _| documented,
                admits: |fits, _, _| fits,
                body: |reply| reply.body.clone(),
                validates: true,
                fields: Fields::clone,
                amount: decode::amount,
                flag: decode::flag,
                rows: decode::sum,
                flawed: |flaw, _| Err(flaw),
                classify: |class, _| class,
                retry_after: |_, asked| asked,
            },
            caching: Caching {
                ttl: |ttl| ttl,
                key: |account| account,
                by_base_url: true,
                keep: |came, _| came.as_ref().ok().copied(),
                serve: |_| true,
                renew: false,
                drop: |drop, _, _| drop,
                early: false,
                late: false,
                single_flight: true,
                held: |account| account,
                waits: true,
            },
            telling: Reporting {
                before: |_| None,
                opens: |opens, _| opens,
                after: |outcome, _| outcome,
                spent: |outcome, _| outcome,
            },
        }
    }
}
