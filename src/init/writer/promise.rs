//! A promise, and the comment that says where it was taken from.

use serde_json::{Value, json};

use super::Comments;
use crate::init::promise::{Basis, Stated, Strength};

/// The short name of the document that promises are quoted from.
pub(super) const SOURCE: &str = "document";

/// The comment of a conclusion: what it is, how sure, and where it was taken from.
pub(super) fn explain(comments: &mut Comments, at: &str, what: &str, promise: &Stated) {
    comments.before(at, format!("{}: {what}; {}", promise.sure.as_str(), promise.place));
}

/// The promise as it is written.
pub(super) fn value(stated: &Stated) -> Value {
    let level = match stated.strength {
        Strength::Must => "must",
        Strength::Should => "should",
        Strength::May => "may",
    };
    let grade = match stated.basis {
        Basis::Stated => "documentation",
        Basis::Concluded => "inferred",
        Basis::Observed => "observed",
    };
    json!({ "level": level, "grade": grade, "document": SOURCE, "quote": stated.quote })
}
