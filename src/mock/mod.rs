//! The stand-in provider: [`Provider::answer`] is pure, driven by contract and model; thin fronts serve it.

mod admission;
mod behaviour;
pub mod faults;
mod server;
mod provider;
mod render;
mod reply;
mod convert;
mod recording_server;
mod state;
mod states;
mod delivery;
mod wiremock;

pub use self::wiremock::mocks;
pub use admission::{Admission, Presented};
pub use behaviour::{AdmitHook, AdmitView, EditHook, EditView, ProviderBehaviour};
pub use faults::ServerFault;
pub use server::{ProviderServer, ServerOptions};
pub use provider::{Provider, ProviderError};
pub use reply::{Delivery, Reply};
pub use recording_server::{Endpoint, Latch, ReceivedRequest, RecordingServer, ResponseOverride};
pub use state::{State, UnknownState};
