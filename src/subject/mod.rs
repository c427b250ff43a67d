//! What is under test.

pub mod adapter;
mod client;
mod patience;
mod server;
mod session;
mod states;

pub use adapter::{Adapter, AdapterError, Command};
pub use client::{ClientSubject, Factory};
pub use server::{ServerSubject, SubjectError};
pub use session::{Function, Said, Session, SessionError, Sessions};
pub use states::{ActiveState, Handler, StateError, States};
