//! The model: what a contract allows, for servers and for sessions of clients.

mod expectations;
mod session;
