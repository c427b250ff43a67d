//! How a request is sent.

/// How a request is sent.
#[derive(Debug, Clone, Copy, Default)]
pub struct SendOptions {
    /// On a connection of its own.
    pub fresh: bool,
    /// It carries a synthetic bad credential.
    pub bad_key: bool,
    /// A response that limits the rate of requests is what the check is about. Otherwise the request is repeated later.
    pub limit_is_evidence: bool,
    /// A 503 with `Retry-After` is what the check is about. Otherwise the request is repeated later.
    pub outage_is_evidence: bool,
}
