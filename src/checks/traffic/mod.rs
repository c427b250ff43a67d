//! Recorded traffic between a client and a server that are not under control: what passed, when, and who sent it.
//!
//! A check that can judge such traffic names a [`Passive`] in its definition. It says only what the exchanges prove: a tenant, a
//! time or a body that is not known decides nothing.

mod client;
mod observed;
mod passive;
mod retained;
mod trial;

pub use client::ClientOrigin;
pub(super) use client::{by_evidence, evidence_remark};
pub use observed::{Known, Observed, Presented, Sent};
pub use passive::{Passive, Watch};
pub(super) use retained::Retained;
pub use trial::{TrafficOutcome, TrafficTrial};
