//! What went over the wire: messages, the journal, redaction, and the two transports.

mod addresses;
mod bounds;
mod busy;
mod coding;
mod flight;
mod http;
mod journal;
mod kept;
mod limits;
mod message;
mod pace;
mod rate_limit;
pub mod raw;
mod redact;
mod selective;
mod send_options;
mod stalls;
mod transport;

pub use addresses::Addresses;
pub(crate) use bounds::MAX_FIELDS;

pub use self::http::{Http, HttpError};
pub use busy::BusyClock;
pub use flight::{Flight, Permit, as_one};
pub use journal::{Journal, Recorded, RecordedRequest, RecordedResponse, RedactedRequest};
pub use kept::KeptConnection;
pub use limits::{Blocked, LimitMeaning, Limits};
pub use message::{Exchange, Failure, Request, Response};
pub use redact::{Redacted, Redactor, Segment, quote, quote_message};
pub use send_options::SendOptions;
pub use transport::{DEFAULT_JOBS, Transport};
