//! Which operation reads the balance.

use super::locate::{Locators, Sure, locate};
use super::members::members;
use super::outline::Outline;
use super::words::{any, words};

/// Words of paths and names that mean a balance.
const STRONG: [&str; 7] = ["credit", "balance", "quota", "wallet", "allowance", "remaining", "fund"];
/// Words that often stand beside one.
const WEAK: [&str; 8] = ["usage", "limit", "subscription", "billing", "account", "entitlement", "plan", "user"];
/// Words of operations that are about something else, although they have one of the others.
const ELSEWHERE: [&str; 43] = [
    "transaction",
    "history",
    "historical",
    "invoice",
    "payment",
    "ledger",
    "card",
    "note",
    "purchase",
    "topup",
    "top",
    "checkout",
    "webhook",
    "log",
    "event",
    "transfer",
    "refund",
    "stat",
    "analytic",
    "report",
    "export",
    "alert",
    "metadata",
    "estimate",
    "price",
    "pricing",
    "calculate",
    "search",
    "coupon",
    "activity",
    "cost",
    "breakdown",
    "projected",
    "past",
    "overdue",
    "auto",
    "recharge",
    "setting",
    "subuser",
    "consumption",
    "funding",
    "character-stat",
    "rate",
];
/// Below this, an operation is not taken for the one that reads the balance.
const ENOUGH: f64 = 8.0;
/// The same for an operation whose response is not described: its names alone say that it reads a balance.
const ENOUGH_BY_NAME: f64 = 2.5;

/// An operation with how much it looks like the one that reads the balance.
#[derive(Debug, Clone)]
pub(super) struct Candidate<'a> {
    pub(super) operation: Outline<'a>,
    pub(super) locators: Locators<'a>,
    pub(super) score: f64,
}

impl Candidate<'_> {
    pub(super) fn is_enough(&self) -> bool {
        let is_undescribed = || self.operation.success().is_some_and(|(_, response)| members(&response).is_empty());
        self.score >= ENOUGH || self.score >= ENOUGH_BY_NAME && is_undescribed()
    }

    pub(super) fn sure(&self) -> Sure {
        if self.score >= 16.0 {
            Sure::Certain
        } else if self.score >= 12.0 {
            Sure::Likely
        } else {
            Sure::Guess
        }
    }

    /// A line for people: the operation, and what in it spoke for it.
    pub(super) fn line(&self) -> String {
        let located = match &self.locators.remaining {
            Some(found) => match &found.minus {
                Some(minus) => format!("{} - {}", found.member.pointer, minus.pointer),
                None => found.member.pointer.clone(),
            },
            None => match &self.locators.allowed {
                Some(found) => found.member.pointer.clone(),
                None => "no amount".to_owned(),
            },
        };
        format!("{} (score {:.1}; {located}; {})", self.operation.name(), self.score, self.operation.item.place())
    }
}

/// The operations that may read the balance, the best first.
pub(super) fn candidates<'a>(operations: &[Outline<'a>]) -> Vec<Candidate<'a>> {
    let mut found: Vec<Candidate<'a>> = operations.iter().filter_map(candidate).collect();
    // Of equal ones, the first of the document.
    found.sort_by(|left, right| right.score.total_cmp(&left.score));
    found
}

/// Judges one operation, whatever its score; for the one that a user names.
pub(super) fn of<'a>(operation: &Outline<'a>) -> Candidate<'a> {
    let about = about(operation);
    let response = operation.success();
    let found = response.map(|(_, response)| members(&response)).unwrap_or_default();
    let locators = locate(&found, &about);
    let score = score(operation, &locators);
    Candidate { operation: operation.clone(), locators, score }
}

fn about(operation: &Outline<'_>) -> Vec<String> {
    let mut about = words(&operation.path);
    about.extend(words(operation.text("operationId")));
    about.extend(words(operation.text("summary")));
    about
}

fn candidate<'a>(operation: &Outline<'a>) -> Option<Candidate<'a>> {
    let about = about(operation);
    // A balance is read by GET, with few exceptions that say so.
    let reads = operation.method == "GET"
        || operation.method == "POST" && any(&about, &["balance"]) && any(&about, &["get", "check", "read", "query"]);
    if !reads || !(any(&about, &STRONG) || any(&about, &WEAK) || any(&words(operation.text("description")), &STRONG)) {
        return None;
    }
    let candidate = of(operation);
    (candidate.score > 0.0).then_some(candidate)
}

fn score(operation: &Outline<'_>, locators: &Locators<'_>) -> f64 {
    let path = words(&operation.path.replace(['{', '}'], " "));
    let path: Vec<String> = path.into_iter().filter(|word| !is_version(word)).collect();
    let last = words(
        operation.path.rsplit('/').find(|segment| !segment.is_empty() && !segment.starts_with('{')).unwrap_or_default(),
    );
    let mut named = words(operation.text("operationId"));
    named.extend(words(operation.text("summary")));
    let mut said = words(operation.text("description"));
    operation.tags().into_iter().for_each(|tag| said.extend(words(tag)));
    let mut score = 0.0;
    let count = |words: &[String], list: &[&str]| -> f64 {
        let found = list.iter().filter(|wanted| words.iter().any(|word| word == *wanted)).count();
        f64::from(u32::try_from(found).unwrap_or(u32::MAX))
    };
    score += 2.5 * count(&path, &STRONG).min(2.0) + 1.5 * count(&last, &STRONG).min(1.0);
    score += 1.0 * count(&path, &WEAK).min(2.0);
    score += 2.0 * count(&named, &STRONG).min(2.0) + 0.5 * count(&named, &WEAK).min(2.0);
    score += 0.7 * count(&said, &STRONG).min(2.0);
    score -= 4.0 * count(&path, &ELSEWHERE).min(2.0) + 2.0 * count(&named, &ELSEWHERE).min(2.0);
    // A part of one thing among many, and lists of things, are not the balance of the caller.
    let parameters = operation.parameters();
    let needed = parameters.iter().filter(|parameter| parameter.required && parameter.place != "header").count();
    score -= 1.2 * f64::from(u32::try_from(needed).unwrap_or(u32::MAX));
    let is_list = parameters.iter().any(|parameter| {
        matches!(
            parameter.name,
            "page" | "limit" | "offset" | "cursor" | "per_page" | "page_size" | "pageSize" | "after"
        )
    });
    // One of many is named by an id that has to come from elsewhere.
    if operation.path.ends_with('}') {
        score -= 2.5;
    }
    if is_list {
        score -= 3.0;
    }
    if operation.item.is_true("deprecated") {
        score -= 3.0;
    }
    if operation.method != "GET" {
        score -= 2.0;
    }
    let located = locators.score();
    if located < 4.0 {
        // Without anything that is left, words alone do not make a balance.
        return score - 4.0;
    }
    // A flag beside the amount: whether use is allowed.
    let has_both = locators.remaining.is_some() && locators.allowed.is_some();
    score + located + if has_both { 1.5 } else { 0.0 }
}

fn is_version(word: &str) -> bool {
    word.strip_prefix('v').is_some_and(|digits| !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit()))
}
