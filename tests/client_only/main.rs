//! What a build with the feature `client` alone can do, and what it refuses.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on panics")]

mod contracts;
mod reference_client;
mod server;
