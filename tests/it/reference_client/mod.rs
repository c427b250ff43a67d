//! The reference client: requests, responses, cache, failure policy.

mod bundled_contracts;
mod cache;
mod faults;
mod fleet;
mod hit_path;
mod responses;
mod support;
