//! The mock provider: [`Provider::respond`] is pure and follows contract and model; two servers and wiremock serve it.

mod accept;
mod admission;
mod behaviour;
mod control;
mod convert;
mod delivery;
mod endpoint;
pub mod faults;
mod provider;
mod recording_server;
mod render;
mod reply;
mod response_override;
mod server;
mod state;
mod state_params;
mod state_protocol;
#[cfg(feature = "wiremock")]
mod wiremock;

#[cfg(feature = "wiremock")]
pub use self::wiremock::mocks;
pub use admission::{Admission, Presented};
pub use behaviour::{AdmitHook, AdmitView, EditHook, EditView, ProviderBehaviour};
pub use endpoint::Endpoint;
pub use faults::ServerFault;
pub use provider::{Provider, ProviderError, UnknownFault};
pub use recording_server::{ReceivedRequest, RecordingServer};
pub use reply::{Delivery, Reply};
pub use response_override::{Latch, ResponseOverride};
pub use server::{ProviderServer, ServerOptions};
pub use state::{State, UnknownState};
pub use state_params::{AccountNames, StateParams};
