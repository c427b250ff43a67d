//! The journal of exchanges, and redaction.

mod journal;
mod redactor;
