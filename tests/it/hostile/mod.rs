//! Hostile servers, handlers, documents, reports and addresses: nothing that they send is executed, nothing grows without bound, and no
//! secret gets out.

mod documents;
mod expressions;
mod handlers;
mod peer;
mod properties;
mod secret_matrix;
mod servers;
mod state_endpoint;
mod targets;
