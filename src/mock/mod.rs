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
mod states;
mod wire;
mod wiremock;

pub use self::wiremock::mocks;
pub use admission::{Admission, Presented};
pub use behaviour::{AdmitHook, AdmitView, Behaviour, EditHook, EditView};
pub use faults::Fault;
pub use front::{Server, ServerOptions};
pub use provider::{Provider, ProviderError};
pub use reply::{Delivery, Reply};
pub use stage::{Arrival, Cue, Gate, Place, Stage};
