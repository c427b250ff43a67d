//! The keyword that a value breaks, and where, according to the validator.

use jsonschema::error::ValidationErrorKind;
use jsonschema::{ValidationError, Validator};
use serde_json::Value;

use crate::schema::dialect::{SubschemaLocation, subschema_location};

/// One keyword that is broken in one place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Violation {
    pub(crate) keyword: String,
    pub(crate) at: String,
}

/// The maximum number of errors that are examined.
const MAX_ERRORS: usize = 64;

/// The maximum length of an array in the search for the broken keyword.
const MAX_ITEMS: usize = 64;

/// Returns the only violation of a value. `None` if the value is valid, or breaks several keywords.
pub(crate) fn single_violation(validator: &Validator, value: &Value) -> Option<Violation> {
    let mut only: Option<Violation> = None;
    for (number, error) in validator.iter_errors(value).enumerate() {
        let violation = violation(validator, value, &error);
        if number > MAX_ERRORS || only.as_ref().is_some_and(|known| *known != violation) {
            return None;
        }
        only = Some(violation);
    }
    only
}

fn violation(validator: &Validator, value: &Value, error: &ValidationError<'_>) -> Violation {
    let keyword = match error.kind() {
        ValidationErrorKind::PropertyNames { .. } => "propertyNames".to_owned(),
        // A schema that is `false` has no keyword, so the keyword that contains it is reported.
        ValidationErrorKind::FalseSchema => {
            last_keyword(error.evaluation_path().as_str()).unwrap_or_else(|| "false".to_owned())
        }
        ValidationErrorKind::Contains => contains_keyword(validator, value, error.instance_path().as_str()).to_owned(),
        // In draft 4, the exclusive keywords are flags next to the limits.
        ValidationErrorKind::ExclusiveMinimum { .. } if is_draft4(validator) => "minimum".to_owned(),
        ValidationErrorKind::ExclusiveMaximum { .. } if is_draft4(validator) => "maximum".to_owned(),
        kind => last_keyword(error.schema_path().as_str()).unwrap_or_else(|| kind.keyword().to_owned()),
    };
    Violation { keyword, at: error.instance_path().as_str().to_owned() }
}

fn is_draft4(validator: &Validator) -> bool {
    validator.draft() == jsonschema::Draft::Draft4
}

/// Returns which of `contains`, `minContains` and `maxContains` an array breaks. The validator does not distinguish them.
/// If removing items repairs the array, there were too many; if repeating items repairs it, there were too few; otherwise
/// there was none.
fn contains_keyword(validator: &Validator, value: &Value, at: &str) -> &'static str {
    let Some(Value::Array(items)) = value.pointer(at) else {
        return "contains";
    };
    let is_broken = |items: Vec<Value>| {
        let mut changed = value.clone();
        if let Some(place) = changed.pointer_mut(at) {
            *place = Value::Array(items);
        }
        let mut errors = validator.iter_errors(&changed);
        errors
            .any(|error| matches!(error.kind(), ValidationErrorKind::Contains) && error.instance_path().as_str() == at)
    };
    if (0..items.len()).any(|len| !is_broken(items[..len].to_vec())) {
        return "maxContains";
    }
    let mut more = items.clone();
    while !more.is_empty() && more.len() < MAX_ITEMS {
        more.extend(items.iter().cloned());
        if !is_broken(more.clone()) {
            return "minContains";
        }
    }
    "contains"
}

/// Returns the last segment of a schema path that is a keyword, not a name or an index below a keyword.
fn last_keyword(path: &str) -> Option<String> {
    let mut last = None;
    let mut segments = path.split('/').skip(1).peekable();
    while let Some(segment) = segments.next() {
        last = Some(segment.replace("~1", "/").replace("~0", "~"));
        match subschema_location(segment) {
            SubschemaLocation::Map => {
                segments.next();
            }
            SubschemaLocation::List => {
                segments.next_if(|next| next.bytes().all(|byte| byte.is_ascii_digit()));
            }
            SubschemaLocation::Schema | SubschemaLocation::None => {}
        }
    }
    last
}
