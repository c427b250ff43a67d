//! A JSON Schema with its validator, compiled once.

mod bundle;
mod cycles;
mod dialect;
mod keyword;
mod null;
#[cfg(feature = "harness")]
mod number_rule;

#[cfg(feature = "harness")]
use std::sync::LazyLock;
use std::sync::{Arc, OnceLock};

#[cfg(feature = "harness")]
use jsonschema::{PatternCache, PatternOptions, ValidationOptions, Validator};
use serde_json::Value;

pub(super) use bundle::Bundle;
pub(super) use dialect::Dialect;
#[cfg(feature = "harness")]
pub use number_rule::NumberRule;

use super::diagnostics::Diagnostics;
use super::document_set::{DocumentSet, Location};

/// Steps back that matching one regular expression may take.
#[cfg(feature = "harness")]
const BACKTRACK_LIMIT: usize = 200_000;
/// Bytes that one compiled regular expression may have.
#[cfg(feature = "harness")]
const PATTERN_SIZE: usize = 4 << 20;
/// Levels of nesting that a schema may have.
#[cfg(feature = "harness")]
const MAX_DEPTH: usize = 128;

/// Expressions are the same in many schemas, and in the document and each schema cut out of it.
#[cfg(feature = "harness")]
static PATTERNS: LazyLock<PatternCache> = LazyLock::new(PatternCache::new);

/// A JSON Schema (2020-12, after normalisation) with its validator.
///
/// Both are made when they are first asked for; clones share them. Formats are annotations, as 2020-12 and `OpenAPI`
/// have it: they are not asserted.
#[derive(Debug, Clone)]
pub struct Schema {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    origin: Option<(Arc<DocumentSet>, Location)>,
    document: OnceLock<Value>,
    #[cfg(feature = "harness")]
    validator: OnceLock<Result<Validator, String>>,
}

/// Why a value does not fit a schema: data first, text last.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ValidationError {
    /// JSON Pointer into the value.
    pub at: String,
    /// JSON Pointer into the schema.
    pub schema_at: String,
    /// The keyword that does not hold.
    pub keyword: String,
    /// What is wrong, in words; the value itself is masked.
    pub message: String,
}

/// A value that is no usable JSON Schema.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("compile the schema: {reason}")]
pub struct SchemaError {
    /// What is wrong with it.
    pub reason: String,
}

impl Schema {
    /// Compiles a schema that stands for itself: draft 2020-12 unless its `$schema` says otherwise.
    ///
    /// The validator follows the schema as it is given, `$dynamicRef` included; [`Schema::document`] is the same in
    /// 2020-12 terms, where a dynamic reference leads to the outermost anchor only.
    ///
    /// # Errors
    /// If the schema does not follow its draft, refers to anything outside of itself, or never comes to an end.
    #[cfg(feature = "harness")]
    pub fn compile(schema: &Value) -> Result<Self, SchemaError> {
        let refuse = |reason: String| SchemaError { reason };
        if too_deep(schema) {
            return Err(refuse(format!("nested more than {MAX_DEPTH} levels deep")));
        }
        let documents = DocumentSet::of(schema.clone());
        let mut diagnostics = Diagnostics::default();
        let root = Location { file: 0, pointer: String::new() };
        let document = Bundle::new(&documents, &mut diagnostics).document(&root);
        if let Some(diagnostic) = diagnostics.into_sorted(&documents).first() {
            return Err(refuse(format!("{} (at #{})", diagnostic.message, diagnostic.pointer)));
        }
        let validator = options().build(schema).map_err(|error| refuse(error.to_string()))?;
        let inner = Inner { origin: None, document: document.into(), validator: Ok(validator).into() };
        Ok(Self { inner: Arc::new(inner) })
    }

    /// The schema at a place of a contract's files.
    pub(super) fn at(documents: Arc<DocumentSet>, location: Location) -> Self {
        let origin = Some((documents, location));
        let inner = Inner {
            origin,
            document: OnceLock::new(),
            #[cfg(feature = "harness")]
            validator: OnceLock::new(),
        };
        Self { inner: Arc::new(inner) }
    }

    /// The schema as a self-contained 2020-12 document: every reference in it is local to it (`#` or `#/$defs/…`), and
    /// every definition is reachable. Descriptions and extensions are left out.
    #[must_use]
    pub fn document(&self) -> &Value {
        self.inner.document.get_or_init(|| match &self.inner.origin {
            Some((documents, location)) => Bundle::new(documents, &mut Diagnostics::default()).document(location),
            None => Value::Bool(true),
        })
    }

    /// Whether the value fits.
    #[cfg(feature = "harness")]
    #[must_use]
    pub fn accepts(&self, value: &Value) -> bool {
        self.validator().is_ok_and(|validator| validator.is_valid(value))
    }

    /// Every way in which the value does not fit.
    #[cfg(feature = "harness")]
    #[must_use]
    pub fn errors(&self, value: &Value) -> Vec<ValidationError> {
        match self.validator() {
            Ok(validator) => validator.iter_errors(value).map(|error| ValidationError::of(&error)).collect(),
            // Loading refuses what does not compile, so this is a last resort; silence would pass for consent.
            Err(reason) => vec![ValidationError {
                at: String::new(),
                schema_at: String::new(),
                keyword: "$schema".to_owned(),
                message: format!("the schema does not compile: {reason}"),
            }],
        }
    }

    #[cfg(feature = "harness")]
    fn validator(&self) -> Result<&Validator, &str> {
        let built = self.inner.validator.get_or_init(|| build(self.document()));
        built.as_ref().map_err(String::as_str)
    }
}

#[cfg(feature = "harness")]
impl ValidationError {
    pub(super) fn of(error: &jsonschema::ValidationError<'_>) -> Self {
        Self {
            at: error.instance_path().to_string(),
            schema_at: error.schema_path().to_string(),
            keyword: error.kind().keyword().to_owned(),
            message: error.masked().to_string(),
        }
    }
}

/// Builds the validator of a 2020-12 document.
#[cfg(feature = "harness")]
pub(super) fn build(document: &Value) -> Result<Validator, String> {
    options().with_draft(jsonschema::Draft::Draft202012).build(document).map_err(|error| error.to_string())
}

#[cfg(feature = "harness")]
fn options() -> ValidationOptions<'static> {
    let patterns = PatternOptions::fancy_regex().backtrack_limit(BACKTRACK_LIMIT).size_limit(PATTERN_SIZE);
    jsonschema::options()
        .offline()
        .should_validate_formats(false)
        .with_pattern_options(patterns)
        .with_pattern_cache(PATTERNS.clone())
}

/// Why a text is no regular expression.
#[cfg(feature = "harness")]
fn pattern_fault(pattern: &str) -> Option<String> {
    build(&serde_json::json!({ "pattern": pattern })).err()
}

/// Without the harness, nothing matches patterns, and so none is compiled.
#[cfg(not(feature = "harness"))]
fn pattern_fault(_: &str) -> Option<String> {
    None
}

#[cfg(feature = "harness")]
fn too_deep(value: &Value) -> bool {
    let mut level = vec![value];
    for _ in 0..=MAX_DEPTH {
        let below = level.iter().flat_map(|value| match value {
            Value::Object(members) => members.values().collect::<Vec<_>>(),
            Value::Array(elements) => elements.iter().collect(),
            _ => Vec::new(),
        });
        level = below.collect();
        if level.is_empty() {
            return false;
        }
    }
    true
}
