//! Clients of credit-balance APIs: what any of them can be asked, and the reference client for every contract.
//!
//! The hit path, [`Client::check_cached`], [`Client::check_cached_by`] and [`Handle::get`], is synchronous, takes no
//! lock, does not allocate and reads a coarse clock.

mod api;
mod behaviour;
#[cfg(feature = "bench")]
pub mod bench;
mod cache;
mod capability;
mod classify;
mod clock;
mod config;
mod decode;
#[cfg(feature = "harness")]
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

pub use api::{AnyClient, Balance, CallResult, Capabilities, ClientError, CreditClient, ErrorClass, Source};
pub use behaviour::{
    BalanceReading, Caching, ClientBehaviour, Deadline, Evidence, InvalidationReason, Memory, ReportContext, Reporting,
    Sending,
};
pub use cache::Cache;
pub use capability::Capability;
pub use clock::{Clock, ManualClock};
pub use config::{ClientAccount, Config, ConfigError, Secret};
pub use decode::DecodeError;
pub use handle::Handle;
pub use hit::Hit;
pub use message::{HttpReply, RequestTemplate};
pub use reference::{Builder, Client};
