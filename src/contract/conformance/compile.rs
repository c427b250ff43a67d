//! Compiles the expressions of a contract, and refuses those that a build without the feature `expressions` cannot do without.

use crate::contract::Expression;
use crate::contract::document_set::Location;
use crate::contract::openapi::Reader;

/// What evaluates an expression or a `JSONPath` of a contract.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum EvaluatedBy {
    /// A client as well, to know the balance or the outcome of a call.
    Client,
    /// Only checks and the mock. They belong to the feature `harness`, which includes `expressions`.
    Harness,
}

/// Compiles an expression. Reports one that is not CEL, or that a client of this build could not evaluate.
///
/// The latter is returned nevertheless, so that what depends on it is not reported as missing.
pub(super) fn expression(
    reader: &mut Reader<'_>,
    location: &Location,
    text: &str,
    by: EvaluatedBy,
) -> Option<Expression> {
    require_evaluation(reader, location, "CEL expression", by);
    match Expression::compile(text) {
        Ok(expression) => Some(expression),
        Err(error) => {
            reader.diagnostics.fatal(location, format!("no CEL: {}", error.reason));
            None
        }
    }
}

/// Reports what a client would have to evaluate, if this build evaluates nothing.
pub(super) fn require_evaluation(reader: &mut Reader<'_>, location: &Location, what: &str, by: EvaluatedBy) {
    if !Expression::EVALUATED && by == EvaluatedBy::Client {
        let message = format!(
            "clients evaluate this {what}, which needs the feature `expressions` of the crate `ringtrue`: add it in Cargo.toml"
        );
        reader.diagnostics.fatal(location, message);
    }
}
