//! What is under test.

mod server;
mod states;

pub use server::{ServerSubject, SubjectError};
pub use states::{ActiveState, Handler, StateError, States};
