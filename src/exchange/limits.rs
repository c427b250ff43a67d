//! The limits that the harness keeps, and the limits of subjects as the harness takes them.

/// The limits that the harness keeps when it sends requests.
#[derive(Debug, Clone, Copy, Default)]
pub struct Limits {
    /// Only GET and HEAD, and the first 429 ends everything.
    pub live: bool,
    /// How many requests in all.
    pub max_requests: Option<u64>,
    /// How many requests a second.
    pub rate: Option<f64>,
    /// How many requests with synthetic bad credentials.
    pub max_bad_keys: Option<u64>,
}

/// Why a request was not sent.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Blocked {
    /// A live target gets reads only.
    #[error("a live target gets GET and HEAD only")]
    Write,
    /// The number of requests is used up.
    #[error("the {0} requests permitted are used up; --max-requests raises the limit")]
    Requests(u64),
    /// The number of synthetic bad credentials is used up.
    #[error("a live target gets at most {0} requests with a bad credential")]
    BadKeys(u64),
    /// The live target answered 429.
    #[error("the live target answered 429, and the run stops at the first one")]
    Limited,
    /// The subject limits the rate of requests, and asks to wait for very long.
    #[error("the server limits the rate of requests, and asks to wait {0} s; run again later, with a smaller --rate")]
    LongWait(u64),
    /// The subject limits the rate of requests, however slowly they are sent.
    #[error("the server limits the rate of requests, and still did after repeated waits; give a smaller --rate")]
    LimitedThroughout,
    /// The subject limits the rate of requests to an operation that has no limit by the contract.
    #[error(
        "the server limits the rate of requests to an operation that the contract calls unlimited (error.unlimited)"
    )]
    LimitedAlthoughUnlimited,
}

/// What a response that looks like a limit on the rate of requests means by the contract.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LimitMeaning {
    /// What it looks like.
    Limit,
    /// Something else, such as a 429 for an account without credits.
    OtherRefusal,
    /// A limit on an operation that is documented as unlimited.
    Contradiction,
    /// A limit on requests that are not documented, such as those to unknown paths.
    Undocumented,
}
