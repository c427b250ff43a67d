//! What went over the wire: messages, the journal, redaction, and the two transports.

mod journal;
mod message;
mod redact;

pub use journal::{Journal, Recorded, RecordedRequest, RecordedResponse};
pub use message::{Exchange, Failure, Request, Response};
pub use redact::Redactor;
