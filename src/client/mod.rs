//! Clients of credit-balance APIs: what any of them can be asked, and the reference client for every contract.
//!
//! The hit path, [`Client::check_cached`], [`Client::check_cached_by`] and [`Handle::get`], is synchronous, takes no
//! lock, does not allocate and reads a coarse clock.

mod api;
mod behaviour;
#[cfg(feature = "bench")]
pub mod bench;
mod cache;
mod classify;
mod clock;
mod config;
mod decode;
pub mod faults;
mod fetch;
mod handle;
mod hit;
mod message;
mod number;
mod pointer;
mod policy;
mod reference;
mod request;
mod retry_after;
mod wire;

pub use api::{AnyClient, Balance, Capabilities, ClientError, CreditClient, ErrorClass, Outcome, Source};
pub use behaviour::{Behaviour, Caching, Deadline, Evidence, Memory, Occasion, Reading, Sending, Telling, Told};
pub use cache::Cache;
pub use clock::{Clock, ManualClock};
pub use config::{Account, Config, ConfigError, Secret};
pub use decode::Flaw;
pub use handle::Handle;
pub use hit::Hit;
pub use message::{Draft, Reply};
pub use reference::{Builder, Client};
