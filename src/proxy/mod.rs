//! A proxy between real clients and a real server, which judges both by what passes.
//!
//! Messages are forwarded as the bytes that came: order and case of fields, chunks and trailers stay as they are. Only what concerns one
//! connection is replaced (RFC 9110, section 7.6.1), and `Host`, which names the server. HTTP libraries normalise too much for that.
//! Copies of the messages go to a thread that judges them; where it cannot keep up, copies are dropped, and no request waits.

mod capture;
mod connection;
mod control;
mod cors;
mod deliver;
mod error;
mod exchange;
mod framing;
mod head;
mod inject;
mod input;
mod judging;
mod pass;
mod server;
mod upstream;

pub use error::ProxyError;
pub use inject::{Injection, InjectionError};
pub use server::{Proxy, ProxyOptions};
pub use upstream::UpstreamTarget;
