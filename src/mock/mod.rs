//! The stand-in provider: [`Provider::answer`] is pure, driven by contract and model; thin fronts serve it.

mod admission;
mod behaviour;
mod convert;
mod delivery;
pub mod faults;
mod provider;
mod recording_server;
mod render;
mod reply;
mod server;
mod state;
mod states;
#[cfg(feature = "wiremock")]
mod wiremock;

#[cfg(feature = "wiremock")]
pub use self::wiremock::mocks;
pub use admission::{Admission, Presented};
pub use behaviour::{AdmitHook, AdmitView, EditHook, EditView, ProviderBehaviour};
pub use faults::ServerFault;
pub use provider::{Provider, ProviderError};
pub use recording_server::{Endpoint, Latch, ReceivedRequest, RecordingServer, ResponseOverride};
pub use reply::{Delivery, Reply};
pub use server::{ProviderServer, ServerOptions};
pub use state::{State, UnknownState};
