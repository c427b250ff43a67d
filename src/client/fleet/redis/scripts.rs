//! The operations as Lua scripts, each of which the server runs as a whole.

use std::time::Duration;

use ::redis::aio::MultiplexedConnection;
use ::redis::{FromRedisValue, RedisResult, Script};
use futures_util::FutureExt;
use futures_util::future::BoxFuture;

use super::record;
use crate::client::balance::Balance;
use crate::client::fleet::key::FleetKey;
use crate::client::fleet::store::{Claim, Lease, StoreError, StoredBalance};

/// Keys: balance, lease. Arguments: token, milliseconds of the lease.
const CLAIM: &str = "
local balance = redis.call('GET', KEYS[1])
if balance then return {0, balance, redis.call('PTTL', KEYS[1])} end
if redis.call('SET', KEYS[2], ARGV[1], 'NX', 'PX', ARGV[2]) then return {1, '', 0} end
return {2, redis.call('GET', KEYS[2]), 0}";

/// Keys: balance, lease. Arguments: token, balance, its milliseconds.
const FILL: &str = "
if redis.call('GET', KEYS[2]) ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3])
redis.call('DEL', KEYS[2])
return 1";

/// Key: lease. Argument: token.
const RELEASE: &str = "
if redis.call('GET', KEYS[1]) == ARGV[1] then redis.call('DEL', KEYS[1]) end
return 0";

/// Keys: balance, lease. Arguments: channel, message.
const INVALIDATE: &str = "
redis.call('DEL', KEYS[1], KEYS[2])
redis.call('PUBLISH', ARGV[1], ARGV[2])
return 0";

/// Runs a script on a connection.
pub(super) type Operation<'s, T> = Box<dyn FnOnce(MultiplexedConnection) -> BoxFuture<'s, RedisResult<T>> + Send + 's>;

/// What [`CLAIM`] returns: 0, 1 or 2, the balance or the token, and the milliseconds left.
pub(super) type RawClaim = (u8, Vec<u8>, i64);

pub(super) struct Scripts {
    claim: Script,
    fill: Script,
    release: Script,
    invalidate: Script,
    prefix: String,
    channel: String,
}

impl Scripts {
    pub(super) fn new(namespace: &str) -> Self {
        Self {
            claim: Script::new(CLAIM),
            fill: Script::new(FILL),
            release: Script::new(RELEASE),
            invalidate: Script::new(INVALIDATE),
            prefix: format!("{namespace}:fleet:1:"),
            channel: format!("{namespace}:fleet:1:invalidated"),
        }
    }

    /// The channel of notifications.
    pub(super) fn channel(&self) -> &str {
        &self.channel
    }

    /// The keys of the balance and of the lease. The braces keep both on one node of a cluster.
    fn keys(&self, key: &FleetKey) -> [String; 2] {
        ["balance", "lease"].map(|what| format!("{}{{{key}}}:{what}", self.prefix))
    }

    pub(super) fn claim<'s>(&'s self, key: &FleetKey, token: &str, lease: Duration) -> Operation<'s, RawClaim> {
        let [balance, held] = self.keys(key);
        let mut script = self.claim.prepare_invoke();
        script.key(balance).key(held).arg(token).arg(millis(lease));
        run(script)
    }

    pub(super) fn fill<'s>(
        &'s self,
        key: &FleetKey,
        lease: &Lease,
        balance: &Balance,
        lifetime: Duration,
    ) -> Operation<'s, bool> {
        let [stored, held] = self.keys(key);
        let mut script = self.fill.prepare_invoke();
        script.key(stored).key(held).arg(lease.token()).arg(record::write(balance)).arg(millis(lifetime));
        run(script)
    }

    pub(super) fn release<'s>(&'s self, key: &FleetKey, lease: &Lease) -> Operation<'s, ()> {
        let [_, held] = self.keys(key);
        let mut script = self.release.prepare_invoke();
        script.key(held).arg(lease.token());
        run(script)
    }

    pub(super) fn invalidate<'s>(&'s self, key: &FleetKey) -> Operation<'s, ()> {
        let [balance, held] = self.keys(key);
        let mut script = self.invalidate.prepare_invoke();
        script.key(balance).key(held).arg(&self.channel).arg(key.as_bytes().as_slice());
        run(script)
    }
}

fn run<'s, T: FromRedisValue + Send + 's>(script: ::redis::ScriptInvocation<'s>) -> Operation<'s, T> {
    Box::new(move |mut connection| async move { script.invoke_async(&mut connection).await }.boxed())
}

/// Reads what [`CLAIM`] returned for a token.
pub(super) fn claimed(token: String) -> impl FnOnce(RawClaim) -> Result<Claim, StoreError> {
    move |(outcome, content, left)| match (outcome, u64::try_from(left)) {
        // Without a time to live, or with none left, it must not be used.
        (0, Ok(left @ 1..)) => record::read(&content)
            .map(|balance| Claim::Stored(StoredBalance { balance, left: Duration::from_millis(left) }))
            .ok_or_else(|| StoreError::new("it contains something else than a balance")),
        (0, _) => Err(StoreError::new("it contains a balance without a time to live")),
        (1, _) => Ok(Claim::Granted(Lease::new(token))),
        _ => Ok(Claim::Held(Lease::new(String::from_utf8_lossy(&content)))),
    }
}

/// At least 1: the server refuses an expiry of 0.
fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX).clamp(1, MAX_MILLIS)
}

/// The longest expiry: a hundred years. The server refuses what it cannot add to the time of day.
const MAX_MILLIS: u64 = 100 * 365 * 24 * 3_600_000;
