//! The replaceable decisions of the reference client.
//!
//! The default is the conforming client. A fault (`super::faults`) replaces one decision or a few; with it, a check is
//! shown to detect that mistake. The hit path consults none of these decisions.

use std::sync::Mutex;
use std::sync::atomic::AtomicU32;
use std::time::Duration;

use bytes::Bytes;
use http::HeaderMap;
use rust_decimal::Decimal;

use super::balance::Balance;
use super::config::ClientAccount;
use super::credit_client::CallResult;
use super::error::{ClientError, ErrorClass};
use super::fleet::decisions::FleetDecisions;
use super::hit::Hit;
use super::message::{HttpReply, RequestTemplate};
use super::values::{self, DecodeError};
use crate::contract::{Encoding, Fields, Meaning, Operation};

/// All decisions of a reference client.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ClientBehaviour {
    /// How requests are sent.
    pub(crate) sending: Sending,
    /// How responses are decoded.
    pub(crate) reading: BalanceReading,
    /// What is cached, under which key and for how long.
    pub(crate) caching: CacheDecisions,
    /// What the processes of a fleet share.
    pub(crate) fleet: FleetDecisions,
    /// What is reported to the application.
    pub(crate) reporting: Reporting,
}

/// How requests are sent.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Sending {
    /// Edits the request just before it is sent. Conforming: no change.
    pub(crate) prepare: fn(&mut RequestTemplate, &ClientAccount),
    /// Edits every request of an operation but the first of a client. Conforming: no change.
    pub(crate) prepare_again: fn(&mut RequestTemplate, &ClientAccount),
    /// The number of identical requests sent before the real one. Conforming: 0.
    pub(crate) duplicates: u32,
    /// Whether redirects are followed, with all header fields. Conforming: no.
    pub(crate) follow_redirects: bool,
    /// Whether to retry at once, given the number of attempts and the last result. Conforming: never.
    pub(crate) retry: fn(u32, &CallResult) -> bool,
    /// What the deadline covers. Conforming: the whole exchange.
    pub(crate) deadline: Deadline,
    /// What the deadline of a paid call covers, if it differs. Conforming: it does not.
    pub(crate) deadline_of_spend: Option<Deadline>,
    /// Whether a body larger than the limit is refused. Conforming: yes.
    pub(crate) limits_body: bool,
    /// Whether a truncated body is refused. Conforming: yes.
    pub(crate) requires_whole_body: bool,
}

/// What the deadline covers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(not(feature = "harness"), expect(dead_code, reason = "only faults use the other variants"))]
pub(crate) enum Deadline {
    /// The whole exchange.
    WholeExchange,
    /// Each wait for more bytes.
    EachRead,
    /// Nothing.
    None,
}

/// How responses are decoded.
#[derive(Debug, Clone, Copy)]
pub(crate) struct BalanceReading {
    /// Whether a response is a success, given whether the contract documents it as one. Conforming: that.
    pub(crate) is_success: fn(bool, &HttpReply) -> bool,
    /// Whether a successful response is decoded, given whether its media type is documented. Conforming: that.
    pub(crate) accepts: fn(bool, &HttpReply, &Operation) -> bool,
    /// The body to decode. Conforming: the received one.
    pub(crate) body: fn(&HttpReply) -> Bytes,
    /// What a marker in place of an amount means, given what the contract says. Conforming: that.
    pub(crate) marker: fn(Option<Meaning>) -> Option<Meaning>,
    /// The balance where another operation limits it too. Conforming: the lesser of both amounts.
    pub(crate) capped: fn(Balance, &Balance) -> Balance,
    /// Whether a `null` that the schema documents means that there is no value. Conforming: yes.
    pub(crate) reads_documented_null: bool,
    /// Where the amounts and the flag are. Conforming: where the contract documents them.
    pub(crate) fields: fn(&Fields) -> Fields,
    /// Decodes an amount from its JSON text; `None` for an absent field. Conforming: exact or refused.
    pub(crate) amount: fn(Option<&str>, Encoding) -> Result<Decimal, DecodeError>,
    /// Decodes a flag from its JSON text. Conforming: `true` and `false`, everything else is refused.
    pub(crate) flag: fn(Option<&str>) -> Result<bool, DecodeError>,
    /// Combines the rows of a list. Conforming: their sum.
    pub(crate) combine_rows: fn(&[Decimal]) -> Result<Decimal, DecodeError>,
    /// Handles a response that breaks the contract. Conforming: the error.
    pub(crate) on_decode_error: fn(DecodeError, &HttpReply) -> Result<Balance, DecodeError>,
    /// The class of a failure, given the conforming one. Conforming: that.
    pub(crate) classify: fn(ErrorClass, &FailedResponse<'_>) -> ErrorClass,
    /// The time to wait, given what `Retry-After` states. Conforming: that.
    pub(crate) retry_after: fn(&HeaderMap, Option<Duration>) -> Option<Duration>,
}

/// What classifies a failed response.
#[derive(Debug, Clone, Copy)]
#[cfg_attr(not(feature = "harness"), expect(dead_code, reason = "only faults read it"))]
pub(crate) struct FailedResponse<'a> {
    /// The status.
    pub(crate) status: u16,
    /// Whether the body is JSON.
    pub(crate) is_json: bool,
    /// The body.
    pub(crate) body: &'a [u8],
    /// The class that the status alone implies.
    pub(crate) by_status: ErrorClass,
}

/// What is cached, under which key and for how long.
#[expect(clippy::struct_excessive_bools, reason = "independent decisions")]
#[derive(Debug, Clone, Copy)]
pub(crate) struct CacheDecisions {
    /// The TTL, given the documented or the configured one. Conforming: that.
    pub(crate) ttl: fn(Duration) -> Duration,
    /// The account that the cache key is made of. Conforming: the tenant with the credential.
    pub(crate) key: fn(ClientAccount) -> ClientAccount,
    /// Whether the base URL is part of the key. Conforming: yes.
    pub(crate) keyed_by_base_url: bool,
    /// The balance to cache, given the result of the exchange and the result that is reported. Conforming: the balance
    /// of a successful exchange.
    pub(crate) cacheable: fn(&CallResult, &CallResult) -> Option<Balance>,
    /// Whether a cached balance is used. Conforming: always.
    pub(crate) usable: fn(&Hit) -> bool,
    /// Whether a read restarts the TTL. Conforming: no.
    pub(crate) renew_on_read: bool,
    /// Whether the cached balance is dropped for this reason, given the conforming decision. Conforming: that.
    pub(crate) invalidates: fn(bool, InvalidationReason, &Memory) -> bool,
    /// Whether the cached balance is dropped before a paid call is sent. Conforming: no, because a concurrent check
    /// would cache the old balance again.
    pub(crate) invalidate_before_spend: bool,
    /// Whether a response requested before an invalidation is cached after it. Conforming: no.
    pub(crate) cache_late_responses: bool,
    /// Whether concurrent checks share one request. Conforming: yes, unless the contract forbids caches.
    pub(crate) single_flight: bool,
    /// Whether concurrent checks of different accounts share one request, too. Conforming: no.
    pub(crate) merges_accounts: bool,
    /// Whether a check that joined a request ends when the request fails. Conforming: yes.
    pub(crate) ends_joined_failures: bool,
    /// The account whose requests a `Retry-After` delays. Conforming: the tenant with the credential.
    pub(crate) backoff_key: fn(ClientAccount) -> ClientAccount,
    /// Whether `Retry-After` is obeyed. Conforming: yes.
    pub(crate) obeys_retry_after: bool,
    /// What of the old credential is used after it was replaced. Conforming: nothing.
    pub(crate) after_rekey: AfterRekey,
}

/// What of the old credential is used after it was replaced.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(not(feature = "harness"), expect(dead_code, reason = "only faults use the other variants"))]
pub(crate) enum AfterRekey {
    /// Nothing: the new credential has an entry of its own.
    Nothing,
    /// Everything: the credential is not replaced.
    Everything,
    /// The requests of paid calls.
    PaidCalls,
    /// The cached balance.
    Balance,
    /// The request in flight: its response fills the entry.
    LateResponse,
    /// The request in flight: checks join it.
    Flight,
}

/// Why a cached balance may have to be dropped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum InvalidationReason {
    /// A paid call succeeded.
    Spent,
    /// A paid call was refused, so that it cannot have been charged.
    Refused,
    /// A paid call ended in a way that leaves open whether it was charged.
    Uncertain,
    /// The application requested it.
    Requested,
}

/// What is reported to the application.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Reporting {
    /// A result reported before the cache is read. Conforming: none.
    pub(crate) before_check: fn(&Memory) -> Option<CallResult>,
    /// Whether a failure means that use is allowed, given the conforming decision. Conforming: that.
    pub(crate) fails_open: fn(bool, &ClientError) -> bool,
    /// Edits the result of a check. Conforming: no change.
    pub(crate) after_check: fn(CallResult, &ReportContext<'_>) -> CallResult,
    /// Edits the result of a paid call. Conforming: no change.
    pub(crate) after_spend: fn(CallResult, &ReportContext<'_>) -> CallResult,
}

/// What an edit of a result can use.
#[derive(Debug, Clone, Copy)]
#[cfg_attr(not(feature = "harness"), expect(dead_code, reason = "only faults read it"))]
pub(crate) struct ReportContext<'a> {
    /// The account whose balance was requested.
    pub(crate) account: &'a ClientAccount,
    /// What this client remembers.
    pub(crate) memory: &'a Memory,
}

/// What a faulty client remembers between calls.
#[derive(Debug, Default)]
#[cfg_attr(not(feature = "harness"), expect(dead_code, reason = "only faults use it"))]
pub(crate) struct Memory {
    /// The number of checks.
    pub(crate) checks: AtomicU32,
    /// The number of paid calls that ended.
    pub(crate) spends: AtomicU32,
    /// The number of failed checks.
    pub(crate) failures: AtomicU32,
    /// The last reported balance.
    pub(crate) last_balance: Mutex<Option<Balance>>,
}

impl Default for ClientBehaviour {
    fn default() -> Self {
        Self {
            sending: Sending {
                prepare: |_, _| (),
                prepare_again: |_, _| (),
                duplicates: 0,
                follow_redirects: false,
                retry: |_, _| false,
                deadline: Deadline::WholeExchange,
                deadline_of_spend: None,
                limits_body: true,
                requires_whole_body: true,
            },
            reading: BalanceReading {
                is_success: |documented, _| documented,
                accepts: |documented, _, _| documented,
                body: |reply| reply.body.clone(),
                marker: |meaning| meaning,
                capped: values::lesser,
                reads_documented_null: true,
                fields: Fields::clone,
                amount: values::amount,
                flag: values::flag,
                combine_rows: values::sum,
                on_decode_error: |error, _| Err(error),
                classify: |class, _| class,
                retry_after: |_, requested| requested,
            },
            caching: CacheDecisions {
                ttl: |ttl| ttl,
                key: |account| account,
                keyed_by_base_url: true,
                cacheable: |result, _| result.as_ref().ok().copied(),
                usable: |_| true,
                renew_on_read: false,
                invalidates: |conforming, _, _| conforming,
                invalidate_before_spend: false,
                cache_late_responses: false,
                single_flight: true,
                merges_accounts: false,
                ends_joined_failures: true,
                backoff_key: |account| account,
                obeys_retry_after: true,
                after_rekey: AfterRekey::Nothing,
            },
            fleet: FleetDecisions::default(),
            reporting: Reporting {
                before_check: |_| None,
                fails_open: |conforming, _| conforming,
                after_check: |result, _| result,
                after_spend: |result, _| result,
            },
        }
    }
}
