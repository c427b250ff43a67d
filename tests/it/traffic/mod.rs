//! Judging traffic between a client and a server that are not under control.

mod client_side;
mod har;
mod server_side;
mod session;
