//! Subjects under test: servers with their states, and clients with their sessions.

pub mod adapter;
mod client;
mod process_group;
mod server;
mod session;
mod state_handler;
mod states;
mod timeout;
mod waits;
mod world;

pub use adapter::{Adapter, AdapterCommand, AdapterError};
pub use client::{ClientSubject, Factory};
pub use process_group::kill_all;
pub use server::{ProvenStates, ServerSubject, SubjectError};
pub use session::{ClientReply, FleetMember, Function, Session, SessionError, Sessions};
pub use state_handler::{Handler, StateError};
pub use states::{ActiveState, States};
pub(crate) use timeout::step;
pub use waits::Waits;
pub use world::{Member, Passed, Pause, Sleep, World, rounding_ms};
