//! Limits of size for text of reports. What this program writes is far below them, and passes unchanged.
//!
//! Secrets were replaced when the exchanges were recorded; renderers escape what they show.

use super::super::promises::is_web_address;
use super::super::report::{CheckResult, Invocation, PromiseSource, Report};
use crate::exchange::{Recorded, RecordedResponse};

/// The longest text, in bytes. Bodies are the longest that a report has, with at most 16 KiB of a body, in which secrets are replaced by
/// longer names.
const MAX_TEXT: usize = 128 * 1024;
/// The longest text in a message, in bytes.
const MAX_SHORT: usize = 200;
/// The longest generated case, in bytes.
const MAX_CASE: usize = 4 * 1024 * 1024;
/// The longest address of a document, in bytes.
const MAX_URL: usize = 2000;
/// How many texts a list has, at most.
const MAX_TEXTS: usize = 1000;
/// How many exchanges a result refers to, at most.
const MAX_EXCHANGES: usize = 10_000;

/// Cuts a text for a message.
pub(super) fn short(text: &str) -> String {
    let mut text = text.to_owned();
    cut_to(&mut text, MAX_SHORT);
    text
}

/// Cuts all text of a report that is too long.
pub(super) fn apply(report: &mut Report) {
    list(&mut report.notes);
    let Report { contract, subject, promises, checks, exchanges, repeat, .. } = report;
    [&mut contract.name, &mut subject.target].into_iter().for_each(cut);
    if let Some(Invocation { contract, url, states, command, .. }) = repeat {
        cut(contract);
        [url, states].into_iter().flatten().for_each(cut);
        command.iter_mut().for_each(list);
    }
    promises.truncate(MAX_TEXTS);
    promises.iter_mut().for_each(|promise| {
        list(&mut promise.about);
        list(&mut promise.held_in);
        source(&mut promise.source);
    });
    checks.iter_mut().for_each(result);
    exchanges.iter_mut().for_each(exchange);
}

fn result(check: &mut CheckResult) {
    let CheckResult { operation, reason, steps, exchanges, reproduce, notes, cause, defect, case, .. } = check;
    [operation, reason, reproduce, cause, defect].into_iter().flatten().for_each(cut);
    check.source.iter_mut().for_each(source);
    list(steps);
    list(notes);
    exchanges.truncate(MAX_EXCHANGES);
    // A case that is too long is left out as a whole, because a part of it cannot be repeated.
    if case.as_ref().is_some_and(|case| case.to_string().len() > MAX_CASE) {
        *case = None;
    }
}

fn source(source: &mut PromiseSource) {
    cut(&mut source.quote);
    cut(&mut source.document);
    source.url = source.url.take().filter(|url| url.len() <= MAX_URL && is_web_address(url));
}

fn exchange(recorded: &mut Recorded) {
    let Recorded { request, response, failure, .. } = recorded;
    cut(&mut request.method);
    cut(&mut request.url);
    fields(&mut request.headers);
    request.body.iter_mut().for_each(cut);
    failure.iter_mut().for_each(cut);
    if let Some(RecordedResponse { headers, body, .. }) = response {
        fields(headers);
        cut(body);
    }
}

fn fields(fields: &mut Vec<(String, String)>) {
    fields.truncate(MAX_TEXTS);
    for (name, value) in fields {
        cut(name);
        cut(value);
    }
}

fn list(texts: &mut Vec<String>) {
    texts.truncate(MAX_TEXTS);
    texts.iter_mut().for_each(cut);
}

fn cut(text: &mut String) {
    cut_to(text, MAX_TEXT);
}

/// Cuts a text at a character, and says how much is missing.
fn cut_to(text: &mut String, limit: usize) {
    if text.len() <= limit {
        return;
    }
    let end = text.floor_char_boundary(limit);
    let rest = text.len() - end;
    text.truncate(end);
    text.push_str(&format!("… ({rest} more bytes)"));
}

#[cfg(test)]
mod tests {
    use super::{MAX_TEXT, cut, short};

    #[test]
    fn text_is_cut_at_a_character() {
        assert_eq!(short("é"), "é");
        let long = short(&"é".repeat(101));
        assert_eq!(long, format!("{}… (2 more bytes)", "é".repeat(100)));
        let mut whole = "x".repeat(MAX_TEXT);
        cut(&mut whole);
        assert_eq!(whole.len(), MAX_TEXT);
    }
}
