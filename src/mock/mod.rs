//! The stand-in provider: [`Provider::answer`] is pure, driven by contract and model; thin fronts serve it.

mod admission;
mod behaviour;
pub mod faults;
mod front;
mod provider;
mod render;
mod reply;
mod respond;
mod stage;
mod state;
mod states;
mod wire;
mod wiremock;

pub use self::wiremock::mocks;
pub use admission::{Admission, Presented};
pub use behaviour::{AdmitHook, AdmitView, EditHook, EditView, ProviderBehaviour};
pub use faults::ServerFault;
pub use front::{ProviderServer, ServerOptions};
pub use provider::{Provider, ProviderError};
pub use reply::{Delivery, Reply};
pub use stage::{Endpoint, Latch, ReceivedRequest, RecordingServer, ResponseOverride};
pub use state::{State, UnknownState};
