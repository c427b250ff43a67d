//! What went over the wire: messages, the journal, redaction, and the two transports.

mod http;
mod journal;
mod line;
mod message;
pub mod raw;
mod redact;

pub use self::http::{Http, HttpError};
pub use journal::{Journal, Recorded, RecordedRequest, RecordedResponse};
pub use line::{Blocked, Limits, SendOptions, Transport, nobody_listens};
pub use message::{Exchange, Failure, Request, Response};
pub use redact::Redactor;
