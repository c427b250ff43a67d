//! The mock provider: [`Provider::respond`] is pure and follows contract and model; two servers and wiremock serve it.

mod accept;
pub(crate) mod admission;
pub(crate) mod behaviour;
mod control;
mod convert;
pub(crate) mod delivery;
pub(crate) mod endpoint;
pub(crate) mod faults;
mod jobs;
mod order;
mod provider;
mod receive;
pub(crate) mod recording_server;
mod render;
mod reply;
mod resets;
pub(crate) mod response_override;
mod server;
mod state;
pub(crate) mod state_access;
mod state_params;
mod state_protocol;
#[cfg(feature = "wiremock")]
mod wiremock;

#[cfg(feature = "wiremock")]
pub use self::wiremock::mocks;
pub(crate) use behaviour::ProviderBehaviour;
pub(crate) use endpoint::Endpoint;
pub(crate) use faults::ServerFault;
pub use provider::{Provider, ProviderError, UnknownFault};
pub(crate) use recording_server::{ReceivedRequest, RecordingServer};
pub(crate) use render::documented;
pub use reply::{Delivery, Reply};
pub(crate) use response_override::{Latch, ResponseOverride};
pub use server::{ProviderServer, ServerOptions};
pub use state::{State, UnknownState};
pub use state_params::{AccountNames, JobOutcome, StateParams};

pub use crate::exchange::Request;
pub use crate::model::{BalanceValues, CredentialState};
