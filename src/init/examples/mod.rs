//! Drafts a contract from recorded traffic: HTTP archives, and saved responses.
//!
//! A document is made of the exchanges, with schemas inferred from the bodies, and read like one of a provider. What is drafted from
//! it was seen and not promised: it is never a violation.

mod document;
mod exchange;
mod har;
mod infer;
mod mask;
mod paths;
mod saved;

use std::path::{Path, PathBuf};

use serde_json::Value;

use super::error::InitError;
use super::{Draft, InitOptions, balance, of_documents, outline};
use crate::contract::Documents;
use document::Recorded;
pub(super) use document::Seen;
use exchange::Exchange;

/// Bytes that one file may have.
const MAX_BYTES: u64 = 64 << 20;
/// Servers that are looked at, the most used first: pages load from many.
const MAX_SERVERS: usize = 40;

/// Drafts a contract from recorded traffic: HTTP archives (HAR 1.2), responses saved with their header fields, and JSON bodies.
///
/// # Errors
/// If a file cannot be read or holds nothing of this kind, no operation reads a balance, or an operation of the options does not
/// exist.
pub fn init_examples(paths: &[PathBuf], options: &InitOptions) -> Result<Draft, InitError> {
    let mut exchanges = Vec::new();
    for path in paths {
        exchanges.extend(read(path)?);
    }
    let label = paths.iter().map(|path| path.display().to_string()).collect::<Vec<_>>().join(", ");
    mask::mask(&mut exchanges);
    let mut drafted: Option<(f64, Documents, Recorded)> = None;
    for server in servers(&exchanges) {
        let own = exchanges.iter().filter(|exchange| exchange.server == server).collect::<Vec<_>>();
        let recorded = document::document(server.as_deref(), &own, &label);
        let documents = Documents::recorded(&recorded.name, &recorded.value, recorded.origins.clone())?;
        let score = score(&documents, options);
        if drafted.as_ref().is_none_or(|(best, _, _)| score > *best) {
            drafted = Some((score, documents, recorded));
        }
    }
    let Some((_, documents, recorded)) = drafted else {
        let message = "no exchange with a JSON response is in it".to_owned();
        return Err(InitError::Examples { path: paths.first().cloned().unwrap_or_default(), message });
    };
    of_documents(&documents, options, Some(&recorded.seen))
}

/// How much the best operation of a server looks like the one that reads the balance; the one that a user names goes before all.
fn score(documents: &Documents, options: &InitOptions) -> f64 {
    let operations = outline::operations(&documents.root());
    if let Some(wanted) = &options.balance
        && operations.iter().any(|operation| operation.is_called(wanted))
    {
        return f64::INFINITY;
    }
    balance::candidates(&operations).first().map_or(0.0, |best| best.score)
}

/// The servers of the exchanges, the most used first.
fn servers(exchanges: &[Exchange]) -> Vec<Option<String>> {
    let mut counted: Vec<(Option<String>, usize)> = Vec::new();
    for exchange in exchanges {
        match counted.iter_mut().find(|(server, _)| *server == exchange.server) {
            Some((_, count)) => *count += 1,
            None => counted.push((exchange.server.clone(), 1)),
        }
    }
    counted.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    counted.into_iter().map(|(server, _)| server).take(MAX_SERVERS).collect()
}

/// The exchanges of a file.
fn read(path: &Path) -> Result<Vec<Exchange>, InitError> {
    let unreadable = |source| InitError::Read { path: path.to_owned(), source };
    let refuse = |message: String| InitError::Examples { path: path.to_owned(), message };
    let metadata = std::fs::metadata(path).map_err(unreadable)?;
    if !metadata.is_file() {
        return Err(refuse("not a regular file".to_owned()));
    }
    if metadata.len() > MAX_BYTES {
        return Err(refuse(format!("the file is larger than {} MiB", MAX_BYTES >> 20)));
    }
    let bytes = std::fs::read(path).map_err(unreadable)?;
    let text = String::from_utf8(bytes).map_err(|_| refuse("the file is not UTF-8 text".to_owned()))?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(&text);
    let name = path.display().to_string();
    if saved::is_message(text) {
        return saved::message(path, &name, text).map_err(refuse);
    }
    let value: Value = serde_json::from_str(text).map_err(|error| {
        refuse(format!(
            "neither an HTTP archive, nor a saved response that begins with `HTTP/`, nor a JSON body: {error}"
        ))
    })?;
    if value.get("openapi").is_some() || value.get("swagger").is_some() {
        return Err(refuse("an OpenAPI document: give it without --examples".to_owned()));
    }
    match value.get("log").and_then(|log| log.get("entries")) {
        Some(entries) => har::exchanges(&name, entries).map_err(refuse),
        None => Ok(vec![saved::body(path, &name, value)]),
    }
}
