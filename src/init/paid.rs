//! Which operation spends credits, which refreshes the balance, and which says whether the credential is valid.

use super::locate::{LEFT, Sure};
use super::members::members;
use super::outline::Outline;
use super::prose;
use super::words::{any, sentences, words};

/// An operation of a role, with what spoke for it.
#[derive(Debug, Clone)]
pub(super) struct Candidate<'a> {
    pub(super) operation: Outline<'a>,
    pub(super) score: f64,
    /// What spoke for it.
    pub(super) because: Vec<String>,
}

impl Candidate<'_> {
    pub(super) fn sure(&self) -> Sure {
        if self.score >= 9.0 {
            Sure::Certain
        } else if self.score >= 6.5 {
            Sure::Likely
        } else {
            Sure::Guess
        }
    }

    /// A line for people.
    pub(super) fn line(&self) -> String {
        let because = if self.because.is_empty() { String::new() } else { format!(": {}", self.because.join(", ")) };
        format!("{} (score {:.1}{because}; {})", self.operation.name(), self.score, self.operation.item.place())
    }
}

/// Work that is paid for.
const WORK: [&str; 38] = [
    "generate",
    "generation",
    "create",
    "send",
    "scrape",
    "crawl",
    "run",
    "search",
    "completion",
    "synthesize",
    "speech",
    "transcribe",
    "convert",
    "conversion",
    "enrich",
    "enrichment",
    "find",
    "finder",
    "lookup",
    "extract",
    "render",
    "translate",
    "translation",
    "verify",
    "validate",
    "message",
    "image",
    "video",
    "text",
    "job",
    "task",
    "listen",
    "predict",
    "inference",
    "analyze",
    "invoke",
    "execute",
    "email",
];
/// Operations that administer.
const ADMINISTRATION: [&str; 44] = [
    "webhook",
    "key",
    "user",
    "member",
    "invite",
    "team",
    "auth",
    "login",
    "token",
    "subscription",
    "payment",
    "topup",
    "purchase",
    "checkout",
    "setting",
    "config",
    "cancel",
    "delete",
    "feedback",
    "account",
    "billing",
    "plan",
    "invoice",
    "wallet",
    "customer",
    "coupon",
    "grant",
    "permission",
    "role",
    "workspace",
    "organization",
    "project",
    "secret",
    "session",
    "signature",
    "domain",
    "folder",
    "template",
    "upload",
    "archive",
    "metadata",
    "list",
    "share",
    "credit",
];

/// The operations that may spend credits, the best first.
pub(super) fn spending<'a>(operations: &[Outline<'a>], balance: &Outline<'_>) -> Vec<Candidate<'a>> {
    let others = operations.iter().filter(|operation| operation.name() != balance.name());
    best(others.filter(|operation| matches!(operation.method.as_str(), "POST" | "GET")).filter_map(spends))
}

fn best<'a>(found: impl Iterator<Item = Candidate<'a>>) -> Vec<Candidate<'a>> {
    let mut found: Vec<Candidate<'a>> = found.collect();
    found.sort_by(|left, right| right.score.total_cmp(&left.score));
    found
}

fn named(operation: &Outline<'_>) -> Vec<String> {
    let mut named = words(&operation.path.replace(['{', '}'], " "));
    named.extend(words(operation.text("operationId")));
    named.extend(words(operation.text("summary")));
    named
}

fn spends<'a>(operation: &Outline<'a>) -> Option<Candidate<'a>> {
    let named = named(operation);
    let mut score = 0.0;
    let mut because = Vec::new();
    let responses = operation.responses();
    if responses.iter().any(|(key, _)| *key == "402") {
        score += 4.0;
        because.push("documents 402".to_owned());
    }
    let refused = responses.iter().any(|(key, response)| {
        key.starts_with('4')
            && prose::is_exhausted(&format!("{} {}", response.text("description").unwrap_or_default(), shown(response)))
    });
    if refused {
        score += 3.0;
        because.push("documents a refusal for lack of credits".to_owned());
    }
    let said: Vec<String> =
        [operation.text("summary"), operation.text("description")].into_iter().flat_map(sentences).collect();
    if said.iter().any(|sentence| prose::cost(sentence).is_some()) {
        score += 4.0;
        because.push("says what it costs".to_owned());
    }
    if said.iter().any(|sentence| prose::is_free(sentence)) {
        return None;
    }
    if let Some((_, response)) = operation.success() {
        let found = members(&response);
        let charges = found.iter().any(|member| {
            any(&member.words, &["credit", "cost"])
                && any(&member.words, &["used", "charged", "consumed", "cost", "spent"])
        });
        let left = found.iter().any(|member| any(&member.words, &["credit", "balance"]) && any(&member.words, &LEFT));
        let headers = response.get("headers").map(|headers| headers.members()).unwrap_or_default();
        let header = headers.iter().any(|(name, _)| any(&words(name), &["credit", "balance"]));
        if charges || left || header {
            score += 3.0;
            because.push("its response shows credits".to_owned());
        }
    }
    if score == 0.0 {
        // Without any sign that it is paid for, a name is not enough.
        return None;
    }
    if any(&named, &WORK) {
        score += 1.5;
    }
    if any(&named, &ADMINISTRATION) {
        score -= 2.5;
    }
    // What tells a price does not ask for it.
    if any(&named, &["estimate", "propose", "quote", "price", "pricing", "preview", "simulate", "calculate", "cost"]) {
        score -= 4.0;
    }
    score += cost_of_calling(operation);
    Some(Candidate { operation: operation.clone(), score, because })
}

/// How hard it is to call: a body that is no JSON, ids that come from elsewhere, many members that are required.
fn cost_of_calling(operation: &Outline<'_>) -> f64 {
    let mut cost = 0.0;
    let parameters = operation.parameters();
    let needed = parameters.iter().filter(|parameter| parameter.required && parameter.place == "path").count();
    cost -= 1.5 * f64::from(u32::try_from(needed).unwrap_or(u32::MAX));
    if operation.method == "GET" {
        cost -= 1.0;
    }
    match operation.request() {
        Some(body) => match super::outline::json_content(&body) {
            Some(content) => {
                let schema = content.get("schema").map(|schema| schema.follow());
                let required = schema.and_then(|schema| schema.get("required")).map_or(0, |list| list.elements().len());
                cost += 1.0 - 0.1 * f64::from(u32::try_from(required.min(10)).unwrap_or(10));
            }
            None => cost -= 3.0,
        },
        None => cost -= 0.5,
    }
    if operation.item.is_true("deprecated") {
        cost -= 3.0;
    }
    if operation.path.contains("batch") || operation.path.contains("bulk") {
        cost -= 1.0;
    }
    cost
}

/// The examples of a response as text, for the words in them.
fn shown(response: &crate::contract::Item<'_>) -> String {
    let content = super::outline::json_content(response);
    let examples = content.map(|content| super::outline::examples(&content)).unwrap_or_default();
    examples.iter().map(|example| example.value().to_string()).collect::<Vec<_>>().join(" ")
}

/// The operations that may make the next balance a fresh one.
pub(super) fn refreshing<'a>(operations: &[Outline<'a>]) -> Vec<Candidate<'a>> {
    best(operations.iter().filter(|operation| matches!(operation.method.as_str(), "POST" | "PUT")).filter_map(
        |operation| {
            let named = named(operation);
            let refreshes = any(&named, &["refresh", "recalculate", "resync", "sync"]);
            let of_balance = any(&named, &["credit", "balance", "quota", "wallet"]);
            if !(refreshes && of_balance) || any(&named, &["token", "auto", "recharge", "session"]) {
                return None;
            }
            let score = 7.0 + cost_of_calling(operation);
            Some(Candidate { operation: operation.clone(), score, because: vec!["its name says so".to_owned()] })
        },
    ))
}

/// The operations that may say whether the credential is valid.
pub(super) fn checking<'a>(operations: &[Outline<'a>], balance: &Outline<'_>) -> Vec<Candidate<'a>> {
    let others = operations.iter().filter(|operation| operation.method == "GET" && operation.name() != balance.name());
    best(others.filter_map(|operation| {
        let named = named(operation);
        let of_key = any(&named, &["key", "token", "auth", "credential", "authentication"]);
        let checks =
            any(&named, &["validate", "verify", "check", "whoami", "current", "status", "health", "ping", "test"]);
        let said = words(operation.text("description"));
        let about_key = any(&said, &["key", "token", "credential"])
            && any(&said, &["valid", "validate", "validity", "verify", "check"]);
        let is_one_of_many =
            operation.parameters().iter().any(|parameter| parameter.required && parameter.place == "path");
        let score = if any(&named, &["whoami"]) || of_key && checks {
            7.0
        } else if about_key {
            6.0
        } else {
            return None;
        };
        let score = score - if is_one_of_many { 5.0 } else { 0.0 } + cost_of_calling(operation).min(0.0);
        Some(Candidate {
            operation: operation.clone(),
            score,
            because: vec!["its words say that it checks a credential".to_owned()],
        })
    }))
}
