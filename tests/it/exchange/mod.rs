//! The journal of exchanges, redaction, and limits on the rate of requests.

mod journal;
mod rate_limit;
mod redactor;
