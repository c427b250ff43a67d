//! Clients of credit-balance APIs: the trait that a client under test implements, and the reference client.
//!
//! The hit path is synchronous, takes no lock, does not allocate and reads a coarse clock. It consists of
//! [`ReferenceClient::check_cached`], [`ReferenceClient::check_cached_by`] and [`Handle::get`].

mod balance;
pub(crate) mod behaviour;
#[cfg(feature = "bench")]
pub mod bench;
mod builder;
mod cache;
mod capability;
mod classify;
mod clock;
mod config;
mod core;
pub(crate) mod credit_client;
mod decode;
mod error;
mod failure_policy;
#[cfg(feature = "harness")]
pub(crate) mod faults;
mod fetch;
pub(crate) mod fleet;
mod handle;
mod hit;
mod http_client;
pub(crate) mod message;
mod number;
mod pointer;
mod reference;
mod request_template;
mod retry_after;
mod rotating;
pub(crate) mod values;

pub use rust_decimal::Decimal;

pub use balance::{Balance, Source};
#[cfg(feature = "harness")]
pub(crate) use behaviour::ClientBehaviour;
pub use builder::ReferenceClientBuilder;
pub use cache::Cache;
pub use capability::{Capabilities, Capability};
pub use clock::{Clock, ManualClock};
pub use config::{ClientAccount, Config, ConfigError, Secret};
#[cfg(feature = "harness")]
pub(crate) use credit_client::AnyClient;
pub use credit_client::{CallResult, CreditClient};
pub use error::{ClientError, ErrorClass};
pub use fleet::{Claim, FleetKey, FleetListener, FleetStore, Lease, StoreError, StoreFuture, StoredBalance};
#[cfg(feature = "redis")]
pub use fleet::{RedisClient, RedisOptions, RedisStore};
pub use handle::Handle;
pub use hit::Hit;
pub use reference::ReferenceClient;
pub use rotating::RotatingClient;
