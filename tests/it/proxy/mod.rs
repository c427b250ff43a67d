//! The proxy: what passes, and what is judged of it.

mod forwarding;
mod injection;
mod judging;
mod peers;
