//! Recorded traffic in HAR 1.2, as browsers, mitmproxy and Charles write it.
//!
//! A file is read twice. The first time only the time and the URL of each entry are read, and its place is remembered. The second
//! time the entries for the API are read in the order in which they happened. The memory is bounded: a few numbers for each entry of
//! the API, and the entries whose exchanges overlap.

mod convert;
mod entry;
mod error;
mod files;
mod order;
mod recording;
mod split;
mod summary;

pub use error::HarError;
pub use files::har_files;
pub use recording::judge_har;
pub use summary::HarSummary;
