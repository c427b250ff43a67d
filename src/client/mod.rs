//! Clients of credit-balance APIs: the trait that a client under test implements, and the reference client.
//!
//! The hit path is synchronous, takes no lock, does not allocate and reads a coarse clock. It consists of
//! [`ReferenceClient::check_cached`], [`ReferenceClient::check_cached_by`] and [`Handle::get`].

mod balance;
mod behaviour;
#[cfg(feature = "bench")]
pub mod bench;
mod cache;
mod capability;
mod classify;
mod clock;
mod config;
mod core;
mod credit_client;
mod decode;
mod error;
mod failure_policy;
#[cfg(feature = "harness")]
pub mod faults;
mod fetch;
mod handle;
mod hit;
mod http_client;
mod message;
mod number;
mod pointer;
mod reference;
mod request_template;
mod retry_after;
mod values;

pub use rust_decimal::Decimal;

pub use balance::{Balance, Source};
pub use behaviour::{
    BalanceReading, CacheDecisions, ClientBehaviour, Deadline, FailedResponse, InvalidationReason, Memory,
    ReportContext, Reporting, Sending,
};
pub use cache::Cache;
pub use capability::{Capabilities, Capability};
pub use clock::{Clock, ManualClock};
pub use config::{ClientAccount, Config, ConfigError, Secret};
pub use credit_client::{AnyClient, CallResult, CreditClient};
pub use error::{ClientError, ErrorClass};
pub use handle::Handle;
pub use hit::Hit;
pub use message::{HttpReply, RequestTemplate};
pub use reference::{ReferenceClient, ReferenceClientBuilder};
pub use values::DecodeError;
