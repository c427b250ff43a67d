//! The integration tests, in one binary.

mod client_answers;
mod client_cache;
mod client_faults;
mod client_hit_path;
mod client_world;
