//! Writes what was found as a contract: the only place of the draft that knows the words of `x-conformance`.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use super::draft::{Caching, Found, Operation};
use super::example;
use super::extract::{Extract, Part};
use super::locate::Located;
use super::members::Kind;
use super::outline::Outline;
use super::promise::{Basis, Stated, Strength};
use super::yaml::Comments;
use crate::contract::{Condition, Item, Role};
use crate::pointer;

/// The short name of the document that promises are quoted from.
const SOURCE: &str = "document";
/// Where the extension stands.
const EXTENSION: &str = "/x-conformance";

/// A contract as a value, with its comments.
pub(super) struct Written {
    pub(super) value: Value,
    pub(super) comments: Comments,
    /// What was left out because no example shows it.
    pub(super) left_out: Vec<String>,
    /// The media types that were given an example.
    shown: BTreeSet<String>,
}

/// Writes the contract.
pub(super) fn write(found: &Found<'_>, root: &Item<'_>) -> Written {
    let parameters = found.credential.as_ref().map(|credential| credential.parameters.clone()).unwrap_or_default();
    let operations: Vec<&Outline<'_>> = found.operations.iter().map(|operation| &operation.outline).collect();
    let Part { paths, mut components } = Extract::new(parameters).part(&operations);
    let mut written =
        Written { value: json!({}), comments: Comments::default(), left_out: Vec::new(), shown: BTreeSet::new() };
    let mut value = Map::new();
    value.insert("openapi".to_owned(), version(root));
    value.insert("info".to_owned(), json!({ "title": found.title, "version": info_version(root) }));
    if let Some(servers) = servers(root, found.operations.first().map(|operation| &operation.outline)) {
        value.insert("servers".to_owned(), servers);
    }
    let security = found.credential.as_ref().map_or_else(|| json!([]), |credential| credential.security.clone());
    value.insert("security".to_owned(), security);
    value.insert("x-conformance".to_owned(), global(found, &mut written.comments));
    value.insert("paths".to_owned(), Value::Object(paths));
    if let Some(credential) = &found.credential {
        components.insert("securitySchemes".to_owned(), credential.schemes.iter().cloned().collect());
    }
    if !components.is_empty() {
        value.insert("components".to_owned(), Value::Object(components));
    }
    written.value = Value::Object(value);
    head(found, &mut written.comments);
    for operation in &found.operations {
        self::operation(operation, &mut written);
    }
    written
}

fn version(root: &Item<'_>) -> Value {
    match root.value().get("openapi") {
        Some(Value::String(version)) => json!(version),
        Some(other) => json!(other.to_string()),
        None => json!("3.1.0"),
    }
}

fn info_version(root: &Item<'_>) -> String {
    let version = root.get("info").and_then(|info| info.get("version"));
    version.map_or_else(
        || "1".to_owned(),
        |version| match version.value() {
            Value::String(text) => text.clone(),
            other => other.to_string(),
        },
    )
}

/// The servers of the operation, of its path, or of the document.
fn servers(root: &Item<'_>, operation: Option<&Outline<'_>>) -> Option<Value> {
    let own =
        operation.and_then(|operation| operation.item.get("servers").or_else(|| operation.path_item.get("servers")));
    let servers = own.or_else(|| root.get("servers"))?;
    let copied: Vec<Value> = servers
        .elements()
        .iter()
        .filter_map(|server| {
            let url = server.text("url")?;
            let mut copied = Map::from_iter([("url".to_owned(), json!(url))]);
            if let Some(variables) = server.get("variables").filter(|variables| !variables.members().is_empty()) {
                copied.insert("variables".to_owned(), variables.value().clone());
            }
            Some(Value::Object(copied))
        })
        .collect();
    (!copied.is_empty()).then_some(Value::Array(copied))
}

/// The comment at the top of the file.
fn head(found: &Found<'_>, comments: &mut Comments) {
    let at = "/openapi";
    comments.before(at, format!("A draft of a contract, made by `ringtrue init` from {}.", found.origin));
    if found.is_recorded {
        comments.before(at, "It was made of recorded traffic: every line is an observation (`observed`, `may`), never a violation. Where a source");
        comments.before(at, "promises it, quote the source, and raise the level. Credentials and addresses were replaced; look for other private data.");
    }
    comments.before(at, "Each line under x-conformance has a comment: how sure it is, and where it was taken from. Read them all: names");
    comments
        .before(at, "are no promises. Descriptions are shortened. What is marked FILL IN the document does not say.");
    if !found.missing.is_empty() {
        comments.before(at, "");
        found.missing.iter().for_each(|missing| comments.before(at, format!("FILL IN: {missing}")));
    }
    if !found.rejected.is_empty() {
        comments.before(at, "");
        comments.before(at, "Candidates that were not taken:");
        found.rejected.iter().for_each(|(what, line)| comments.before(at, format!("  {what}: {line}")));
    }
}

/// The extension at the top.
fn global(found: &Found<'_>, comments: &mut Comments) -> Value {
    let mut global = Map::from_iter([("version".to_owned(), json!(1))]);
    let title = if found.is_recorded { format!("Recorded responses of {}", found.title) } else { found.title.clone() };
    global.insert("sources".to_owned(), json!({ SOURCE: { "title": title } }));
    comments.before(
        &format!("{EXTENSION}/sources"),
        "FILL IN: the address of each source (`url`), and the pages that the promises come from",
    );
    if let Some(credential) = &found.credential {
        let at = format!("{EXTENSION}/credential");
        explain(comments, &at, &format!("{} ({})", credential.place, credential.scheme), &credential.required);
        credential.remarks.iter().for_each(|remark| comments.before(&at, remark));
        comments.before(&at, "FILL IN: `prefix`, if credentials begin in a certain way");
        global.insert(
            "credential".to_owned(),
            json!({ "scheme": credential.scheme, "required": promise(&credential.required) }),
        );
    }
    if let Some((pointer, place)) = &found.error_code {
        comments.before(&format!("{EXTENSION}/error_code"), format!("likely: {place}"));
        global.insert("error_code".to_owned(), json!(pointer));
    }
    let mut caching = Map::new();
    for rule in &found.caching {
        let side = if rule.is_client { "client" } else { "server" };
        let at = format!("{EXTENSION}/caching/{side}");
        explain(comments, &at, "how old a balance may be", &rule.promise);
        caching.entry(side.to_owned()).or_insert_with(|| cache(rule));
    }
    if caching.is_empty() {
        comments.behind(EXTENSION, "FILL IN: `caching`, if a source says how long a balance is cached");
    } else {
        global.insert("caching".to_owned(), Value::Object(caching));
    }
    for limit in &found.rate_limits {
        comments.behind(EXTENSION, format!("rate limit, {}: {}", limit.place, limit.quote));
    }
    comments.behind(EXTENSION, "FILL IN: `failure`, if a source says what happens when the balance cannot be read");
    Value::Object(global)
}

fn cache(rule: &Caching) -> Value {
    json!({ "kind": "permitted", "max_ttl_ms": rule.max_ttl_ms, "promise": promise(&rule.promise) })
}

/// The comment of a conclusion: what it is, how sure, and where it was taken from.
fn explain(comments: &mut Comments, at: &str, what: &str, promise: &Stated) {
    comments.before(at, format!("{}: {what}; {}", promise.sure.as_str(), promise.place));
}

fn promise(stated: &Stated) -> Value {
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

/// The extension of an operation, with the examples that it needs.
fn operation(operation: &Operation<'_>, written: &mut Written) {
    let outline = &operation.outline;
    let base = pointer::join(&pointer::join("/paths", &outline.path), &outline.method.to_ascii_lowercase());
    let at = pointer::join(&base, "x-conformance");
    let role = format!("{at}/role");
    written
        .comments
        .before(&role, format!("{}: {}; {}", operation.sure.as_str(), operation.because, outline.item.place()));
    let mut extension = Map::from_iter([("role".to_owned(), json!(operation.role.as_str()))]);
    if let Some(promised) = &operation.promise {
        explain(&mut written.comments, &format!("{at}/promise"), "the shape of its responses", promised);
        extension.insert("promise".to_owned(), promise(promised));
    }
    for (name, stated) in [("free", &operation.free), ("unlimited", &operation.unlimited)] {
        if let Some(stated) = stated {
            explain(&mut written.comments, &format!("{at}/{name}"), name, stated);
            extension.insert(name.to_owned(), promise(stated));
        }
    }
    if let Some((amount, stated)) = &operation.cost {
        let mut cost = Map::new();
        if let Some(amount) = amount {
            cost.insert("amount".to_owned(), json!(amount));
        }
        cost.insert("promise".to_owned(), promise(stated));
        explain(&mut written.comments, &format!("{at}/cost"), "what a call costs", stated);
        extension.insert("cost".to_owned(), Value::Object(cost));
    } else if operation.role == Role::Spend {
        written.comments.behind(&at, "FILL IN: `cost`, if a source says what a call costs");
    }
    if operation.role == Role::Balance {
        let fields = fields(operation, &at, &base, written);
        if !fields.is_empty() {
            extension.insert("fields".to_owned(), Value::Object(fields));
        }
    }
    let conditions = conditions(operation, &at, &mut written.comments);
    if !conditions.is_empty() {
        extension.insert("conditions".to_owned(), Value::Object(conditions));
    }
    operation.remarks.iter().for_each(|remark| written.comments.behind(&at, remark));
    made_up_examples(operation, &base, written);
    if let Some(Value::Object(members)) = written.value.pointer_mut(&base) {
        // Behind the names, before the long parts.
        let names = members
            .iter()
            .take_while(|(name, _)| matches!(name.as_str(), "operationId" | "summary" | "description"))
            .count();
        members.shift_insert(names, "x-conformance".to_owned(), Value::Object(extension));
    }
}

/// The locators of a balance.
fn fields(operation: &Operation<'_>, at: &str, base: &str, written: &mut Written) -> Map<String, Value> {
    let locators = &operation.locators;
    let mut fields = Map::new();
    let mut taken: Vec<(&str, &Located<'_>)> = Vec::new();
    if let Some(found) = &locators.remaining {
        taken.push(("remaining", found));
        if let Some(total) = &locators.total {
            if total.is_certain_enough() {
                taken.push(("total", total));
            } else {
                suggest(&mut written.comments, at, "total", total);
            }
        }
        if let Some(allowed) = &locators.allowed {
            suggest(&mut written.comments, at, "allowed", allowed);
        }
    } else if let Some(found) = &locators.allowed {
        taken.push(("allowed", found));
    }
    let Some((key, response)) = operation.outline.success().filter(|_| !taken.is_empty()) else {
        written.comments.behind(at, "FILL IN: `fields`: where the response says what is left");
        return fields;
    };
    let located: Vec<&Located<'_>> = taken.iter().map(|(_, found)| *found).collect();
    match example::of_balance(&response, &located) {
        Some(Err(reason)) => {
            for (name, found) in taken {
                suggest(&mut written.comments, at, name, found);
            }
            written.left_out.push(format!("the locators: {reason}"));
            written.comments.behind(at, format!("FILL IN: an example of the response, and then `fields`: {reason}"));
            return fields;
        }
        Some(Ok(value)) => {
            let content = media_type(&written.value, base, key);
            if let Some(content) = content {
                show(written, &content, value);
            }
        }
        None => {}
    }
    for (name, found) in taken {
        let at = format!("{at}/fields/{name}");
        written.comments.before(&at, format!("{}: {}; {}", found.sure.as_str(), found.shown(), found.member.place()));
        if !found.member.description.is_empty() {
            written.comments.before(&at, format!("\"{}\"", super::promise::shortened(&found.member.description)));
        }
        if found.member.in_list {
            written.comments.before(&at, "FILL IN: which entry of the list is meant; this is the first one");
        }
        if found.member.is_nullable || found.minus.as_ref().is_some_and(|minus| minus.is_nullable) {
            written.comments.before(&at, "FILL IN: what `null` means; the schema allows it");
        }
        fields.insert(name.to_owned(), locator(found));
    }
    for rejected in &locators.rejected {
        written
            .comments
            .behind(at, format!("not taken for `remaining`: {} (score {:.1})", rejected.shown(), rejected.score));
    }
    fields
}

fn locator(found: &Located<'_>) -> Value {
    let mut locator = Map::from_iter([("pointer".to_owned(), json!(found.member.pointer))]);
    if let Some(minus) = &found.minus {
        locator.insert("minus".to_owned(), json!(minus.pointer));
    }
    if matches!(found.member.kind, Kind::Decimal | Kind::Text) {
        locator.insert("encoding".to_owned(), json!("string"));
    }
    Value::Object(locator)
}

fn suggest(comments: &mut Comments, at: &str, name: &str, found: &Located<'_>) {
    let null = if found.member.is_nullable { "; it may be null" } else { "" };
    comments.behind(at, format!("perhaps `{name}` under `fields`: {} ({}{null})", found.shown(), found.member.place()));
}

fn conditions(operation: &Operation<'_>, at: &str, comments: &mut Comments) -> Map<String, Value> {
    let mut conditions = Map::new();
    for found in &operation.conditions {
        let at = format!("{at}/conditions/{}", pointer_token(found.condition.as_str()));
        explain(comments, &at, &format!("{} for {}", found.key, meaning(found.condition)), &found.promise);
        let mut condition = Map::from_iter([("response".to_owned(), json!(found.key))]);
        if let Some(code) = &found.code {
            condition.insert("code".to_owned(), json!(code));
        } else if let Some(code) = &found.shown_code {
            comments.before(&at, format!("add `code: {code}` if a source promises it; an example shows it"));
        }
        condition.insert("promise".to_owned(), promise(&found.promise));
        conditions.insert(found.condition.as_str().to_owned(), Value::Object(condition));
    }
    if operation.role == Role::Spend
        && !operation.conditions.iter().any(|found| found.condition == Condition::Exhausted)
    {
        comments.behind(
            at,
            "FILL IN: the condition `exhausted`: how a paid call is refused when the credits do not suffice",
        );
    }
    conditions
}

pub(super) fn meaning(condition: Condition) -> &'static str {
    match condition {
        Condition::CredentialMissing => "a missing credential",
        Condition::CredentialUnknown => "a credential that is not valid",
        Condition::Exhausted => "credits that do not suffice",
        Condition::RateLimited => "too many requests",
        Condition::BackendDown => "a store that fails",
        Condition::RequestInvalid => "a request body that breaks its schema",
        _ => "this condition",
    }
}

fn pointer_token(token: &str) -> String {
    pointer::join("", token).trim_start_matches('/').to_owned()
}

/// Gives every response that a condition shows an example, and the request that is sent.
fn made_up_examples(operation: &Operation<'_>, base: &str, written: &mut Written) {
    if let Some((media_type, value)) = operation.outline.request().and_then(|request| example::of_request(&request)) {
        let at = follow(&written.value, &format!("{base}/requestBody"));
        let at = pointer::join(&format!("{at}/content"), &media_type);
        if written.shown.insert(at.clone()) {
            show(written, &at, value);
        }
    }
    let keys: BTreeSet<&str> = operation.conditions.iter().map(|found| found.key.as_str()).collect();
    for key in keys {
        let Some(response) = operation.outline.response(key) else { continue };
        for (media_type, value) in example::of_response(&response) {
            let at = follow(&written.value, &pointer::join(&format!("{base}/responses"), key));
            let at = pointer::join(&format!("{at}/content"), &media_type);
            // Of a response that several operations have, once.
            if written.shown.insert(at.clone()) {
                show(written, &at, value);
            }
        }
    }
}

/// Puts a made-up example at a media type.
fn show(written: &mut Written, content: &str, value: Value) {
    let at = format!("{content}/example");
    let Some(Value::Object(members)) = written.value.pointer_mut(content) else { return };
    if members.shift_remove("examples").is_some() || members.contains_key("example") {
        written.comments.before(&at, "in place of the documented example, which does not show what is needed");
    }
    members.insert("example".to_owned(), value);
    written.comments.before(&at, "FILL IN: a real example; this one is made up from the schema");
}

/// The pointer of the JSON media type of a response in the contract.
fn media_type(value: &Value, base: &str, key: &str) -> Option<String> {
    let at = follow(value, &pointer::join(&format!("{base}/responses"), key));
    let content = value.pointer(&format!("{at}/content"))?.as_object()?;
    let name = content.keys().find(|name| name.contains("json") || *name == "*/*")?;
    Some(pointer::join(&format!("{at}/content"), name))
}

/// Where a pointer leads once the references of the contract are followed.
fn follow(value: &Value, at: &str) -> String {
    let mut at = at.to_owned();
    for _ in 0..16 {
        let target = value.pointer(&at).and_then(|value| value.get("$ref")).and_then(Value::as_str);
        let Some(target) = target.and_then(|target| target.strip_prefix('#')) else { break };
        at = target.to_owned();
    }
    at
}
