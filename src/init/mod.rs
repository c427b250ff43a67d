//! Drafts a contract from an `OpenAPI` document, or from recorded responses.
//!
//! General words decide, and no names of providers: of paths, operations, schemas, members and descriptions. Every conclusion has
//! the place that it comes from and how sure it is. What the document does not say is left to the author, in a comment.

mod balance;
mod conditions;
mod credential;
mod draft;
mod error;
mod example;
mod examples;
mod extract;
mod find;
mod locate;
mod members;
mod observed;
mod outline;
mod paid;
mod promise;
mod prose;
mod repair;
mod words;
mod writer;
mod yaml;

pub use error::InitError;
pub use examples::init_examples;

use crate::contract::Documents;
use draft::Found;

/// What a user decides, where the words of the document would decide otherwise.
///
/// An operation is named by its `operationId`, as `METHOD /path`, or by its path.
#[derive(Debug, Clone, Default)]
pub struct InitOptions {
    /// The operation that reads the balance.
    pub balance: Option<String>,
    /// The operation that spends credits; `none` for none.
    pub spend: Option<String>,
    /// The operation that refreshes the balance; `none` for none.
    pub refresh: Option<String>,
    /// The operation that says whether a credential is valid; `none` for none.
    pub health: Option<String>,
}

/// A draft of a contract.
#[derive(Debug, Clone)]
pub struct Draft {
    /// A short name for a folder.
    pub name: String,
    /// The document `openapi.yaml`.
    pub text: String,
    /// What was found, one line each: what, value, how sure, and where.
    pub found: Vec<FoundLine>,
    /// Candidates that were not taken.
    pub rejected: Vec<String>,
    /// What was left out of the document, because a contract with it cannot be read.
    pub left_out: Vec<String>,
    /// Lines of the document that ask the author for something.
    pub to_fill_in: usize,
}

/// Something that was found.
#[derive(Debug, Clone)]
pub struct FoundLine {
    /// What it is: `balance`, `credential`, `remaining`.
    pub what: &'static str,
    /// The value.
    pub value: String,
    /// How sure it is.
    pub sure: &'static str,
    /// Where it was taken from.
    pub place: String,
}

/// Drafts a contract from an `OpenAPI` document.
///
/// # Errors
/// If the document cannot be read, no operation reads a balance, an operation of the options does not exist, or the part that is
/// needed of the document is too broken.
pub fn init(path: &str, options: &InitOptions) -> Result<Draft, InitError> {
    let documents = Documents::open(path)?;
    of_documents(&documents, options, None)
}

fn of_documents(
    documents: &Documents,
    options: &InitOptions,
    seen: Option<&examples::Seen>,
) -> Result<Draft, InitError> {
    let root = documents.root();
    if root.get("x-conformance").is_some() {
        return Err(InitError::IsContract { name: documents.label().to_owned() });
    }
    let mut found = find::find(documents, options)?;
    if let Some(seen) = seen {
        observed::observed(&mut found, seen);
    }
    let written = writer::write(&found, &root);
    let (text, mut left_out) = repair::repaired(written.value, written.comments)
        .map_err(|repair::Unrepaired(mistakes)| InitError::Broken { mistakes })?;
    left_out.extend(written.left_out);
    let to_fill_in = text.lines().filter(|line| line.trim_start().starts_with("# FILL IN")).count();
    let rejected = found.rejected.iter().map(|(what, line)| format!("{what}: {line}")).collect();
    Ok(Draft { name: found.name.clone(), text, found: lines(&found), rejected, left_out, to_fill_in })
}

/// What was found, for people.
fn lines(found: &Found<'_>) -> Vec<FoundLine> {
    let mut lines = Vec::new();
    for operation in &found.operations {
        let (value, sure) = (operation.outline.name(), operation.sure.as_str());
        lines.push(FoundLine { what: operation.role.as_str(), value, sure, place: operation.outline.item.place() });
        let fields = [
            ("remaining", &operation.locators.remaining),
            ("total", &operation.locators.total),
            ("allowed", &operation.locators.allowed),
        ];
        for (what, located) in fields {
            // What is only suggested in a comment is not found.
            let is_main = what == "remaining" || what == "allowed" && operation.locators.remaining.is_none();
            if let Some(located) =
                located.as_ref().filter(|located| is_main || what == "total" && located.is_certain_enough())
            {
                let (value, sure) = (located.shown(), located.sure.as_str());
                lines.push(FoundLine { what, value, sure, place: located.member.place() });
            }
        }
        for condition in &operation.conditions {
            let (value, sure) = (format!("{} {}", condition.key, condition.condition), condition.promise.sure.as_str());
            lines.push(FoundLine { what: "condition", value, sure, place: condition.promise.place.clone() });
        }
        if let Some((amount, stated)) = &operation.cost {
            let value = amount.clone().unwrap_or_else(|| "varies".to_owned());
            lines.push(FoundLine { what: "cost", value, sure: stated.sure.as_str(), place: stated.place.clone() });
        }
    }
    if let Some(credential) = &found.credential {
        let (value, sure) = (credential.place.clone(), credential.required.sure.as_str());
        lines.push(FoundLine { what: "credential", value, sure, place: credential.required.place.clone() });
    }
    for caching in &found.caching {
        let side = if caching.is_client { "client" } else { "server" };
        let value = format!("{side}, up to {} ms", caching.max_ttl_ms);
        lines.push(FoundLine {
            what: "caching",
            value,
            sure: caching.promise.sure.as_str(),
            place: caching.promise.place.clone(),
        });
    }
    lines
}
