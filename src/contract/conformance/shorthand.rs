//! Writes out the short forms of the extension, so that the typed reading meets one form only.
//!
//! A promise may be its quote alone, or be left out where the document itself says what is promised. A condition may be the key
//! of its response, and `credential` stands for `credential.missing` and `credential.unknown`. A locator may be its pointer.

use serde_json::{Map, Value, json};

use crate::contract::node::Node;
use crate::contract::{Grade, Level};
use crate::pointer;

/// What a promise gets that its author left out.
#[derive(Debug, Clone)]
pub(super) struct Defaults {
    level: Option<Value>,
    grade: Option<Value>,
    document: Option<String>,
    /// The grades that the sources have.
    grades: Map<String, Value>,
    /// The name of the contract, which statements of the document itself are quoted under.
    own: String,
}

/// Keys that stand for several conditions.
const GROUPS: [(&str, &[&str]); 3] = [
    ("credential", &["credential.missing", "credential.unknown"]),
    ("credential.any", &["credential.missing", "credential.unknown", "credential.revoked", "credential.expired"]),
    ("parameter", &["parameter.missing", "parameter.invalid"]),
];

/// The short form with the places of its parts: where a part stands in the document, for each place that it is written out to.
pub(super) struct WrittenOut {
    pub(super) value: Value,
    pub(super) aliases: Vec<(String, String)>,
}

impl Defaults {
    /// Reads `defaults` and `sources` at the top of a document.
    pub(super) fn of(extension: Option<&Node<'_>>, own: &str) -> Self {
        let member = |name: &str| extension.and_then(|node| node.value.get(name));
        let given = |name: &str| member("defaults").and_then(|defaults| defaults.get(name)).cloned();
        let sources = member("sources").and_then(Value::as_object);
        let grades = sources.into_iter().flatten();
        let grades = grades.filter_map(|(name, source)| Some((name.clone(), source.get("grade")?.clone())));
        let document = given("document").and_then(|name| Some(name.as_str()?.to_owned()));
        let first = || sources.and_then(|sources| sources.keys().next().cloned());
        Self {
            level: given("level"),
            grade: given("grade"),
            document: document.or_else(first),
            grades: grades.collect(),
            own: own.to_owned(),
        }
    }

    /// Writes out the extension at the top. `scheme` is the only security scheme, if there is one alone.
    pub(super) fn document(&self, node: &Node<'_>, scheme: Option<&str>) -> WrittenOut {
        let mut out = WrittenOut { value: node.value.clone(), aliases: Vec::new() };
        if node.value.is_null() {
            out.value = json!({});
        }
        let Some(members) = out.value.as_object_mut() else { return out };
        members.entry("version").or_insert(json!(1));
        for (name, source) in members.get_mut("sources").and_then(Value::as_object_mut).into_iter().flatten() {
            if let Value::String(url) = source {
                *source = json!({ "title": name, "url": url });
            } else if let Value::Object(source) = source {
                source.entry("title").or_insert_with(|| json!(name));
            }
        }
        if let Some(credential) = members.get_mut("credential") {
            if credential.is_string() {
                *credential = json!({ "scheme": credential });
            }
            if let (Value::Object(credential), Some(scheme)) = (&mut *credential, scheme) {
                credential.entry("scheme").or_insert_with(|| json!(scheme));
            }
            self.promises_in(credential, &["required", "scheme_case_sensitive"]);
            if let Value::Object(credential) = credential {
                let said = || self.stated("The document requires the credential under `security`.");
                credential.entry("required").or_insert_with(said);
            }
        }
        for side in ["server", "client"] {
            let Some(rule) = members.get_mut("caching").and_then(|caching| caching.get_mut(side)) else { continue };
            self.promises_in(rule, &["promise", "scope"]);
            let Value::Object(rule) = rule else { continue };
            if let Some(ttl) = rule.shift_remove("ttl_ms") {
                rule.entry("min_ttl_ms").or_insert_with(|| ttl.clone());
                rule.entry("max_ttl_ms").or_insert(ttl);
                rule.entry("kind").or_insert_with(|| json!("cached"));
            }
            for (_, promise) in rule.get_mut("invalidated_by").and_then(Value::as_object_mut).into_iter().flatten() {
                self.promise(promise);
            }
        }
        if let Some(failure) = members.get_mut("failure") {
            if failure.is_string() {
                *failure = json!({ "mode": failure });
            }
            self.promises_in(failure, &["server", "client", "enforced_on_spend"]);
        }
        if let Some(precedence) = members.get_mut("precedence") {
            self.with_promise(precedence, "order", "Of several conditions, the first of this order decides.");
        }
        as_list(members, "error_code");
        for (number, invariant) in
            members.get_mut("invariants").and_then(Value::as_array_mut).into_iter().flatten().enumerate()
        {
            self.promises_in(invariant, &["promise"]);
            if let Value::Object(invariant) = invariant {
                invariant.entry("id").or_insert_with(|| json!(format!("relation-{}", number + 1)));
            }
        }
        let at = format!("{}/conditions", node.location.pointer);
        if let Some(conditions) = members.get_mut("conditions") {
            self.conditions(conditions, &at, &mut out.aliases);
        }
        out
    }

    /// Writes out the extension of an operation.
    pub(super) fn operation(&self, node: &Node<'_>, said: &str) -> WrittenOut {
        let mut out = WrittenOut { value: node.value.clone(), aliases: Vec::new() };
        if out.value.is_string() {
            out.value = json!({ "role": node.value });
        }
        self.promises_in(&mut out.value, &["promise", "free", "unlimited"]);
        let Some(members) = out.value.as_object_mut() else { return out };
        if let Some(capped) = members.get_mut("capped_by") {
            self.with_promise(capped, "operation", said);
        }
        if let Some(cost) = members.get_mut("cost") {
            if cost.is_string() || cost.is_number() {
                *cost = json!({ "amount": cost });
            }
            if let Some(amount) = cost.get_mut("amount").filter(|amount| amount.is_number()) {
                *amount = json!(amount.to_string());
            }
            self.promises_in(cost, &["promise"]);
            if let Value::Object(cost) = cost {
                cost.entry("promise").or_insert_with(|| self.stated(said));
                cost.get_mut("charged").into_iter().for_each(locator);
                if let Some(Value::Object(jobs)) = cost.get_mut("jobs") {
                    as_list(jobs, "succeeded");
                    as_list(jobs, "failed");
                }
            }
        }
        as_list(members, "error_code");
        if let Some(fields) = members.get_mut("fields").and_then(Value::as_object_mut) {
            for name in ["remaining", "total", "allowed"] {
                fields.get_mut(name).into_iter().for_each(locator);
            }
            for name in ["remaining_repeated", "remaining_again"] {
                for repeated in fields.get_mut(name).and_then(Value::as_array_mut).into_iter().flatten() {
                    self.with_promise(repeated, "at", said);
                    repeated.get_mut("at").into_iter().for_each(locator);
                }
            }
            if let Some(held) = fields.get_mut("held") {
                self.with_promise(held, "at", said);
                held.get_mut("at").into_iter().for_each(locator);
            }
            if let Some(resets) = fields.get_mut("resets") {
                self.with_promise(resets, "at", said);
            }
        }
        for (number, invariant) in
            members.get_mut("invariants").and_then(Value::as_array_mut).into_iter().flatten().enumerate()
        {
            if invariant.is_string() {
                *invariant = json!({ "expression": invariant });
            }
            self.promises_in(invariant, &["promise"]);
            if let Value::Object(invariant) = invariant {
                invariant.entry("id").or_insert_with(|| json!(format!("relation-{}", number + 1)));
                invariant.entry("promise").or_insert_with(|| self.stated(said));
            }
        }
        let at = format!("{}/conditions", node.location.pointer);
        if let Some(conditions) = members.get_mut("conditions") {
            self.conditions(conditions, &at, &mut out.aliases);
        }
        out
    }

    /// Writes out the extension of a response.
    pub(super) fn response(&self, node: &Node<'_>) -> WrittenOut {
        let mut value = node.value.clone();
        self.promises_in(&mut value, &["promise"]);
        WrittenOut { value, aliases: Vec::new() }
    }

    /// A promise that the document itself makes, in its own words.
    pub(super) fn stated(&self, said: &str) -> Value {
        let said: String = said.split_whitespace().collect::<Vec<_>>().join(" ").chars().take(160).collect();
        let mut promise = json!({ "document": self.own, "quote": said });
        self.promise(&mut promise);
        promise
    }

    /// Writes out a part that has one member and a promise, and may be that member alone.
    fn with_promise(&self, part: &mut Value, member: &str, said: &str) {
        if !part.is_object() || !part.as_object().is_some_and(|members| members.contains_key(member)) {
            *part = json!({ member: part });
        }
        self.promises_in(part, &["promise"]);
        if let Value::Object(members) = part {
            members.entry("promise").or_insert_with(|| self.stated(said));
        }
    }

    fn promises_in(&self, owner: &mut Value, names: &[&str]) {
        let Value::Object(members) = owner else { return };
        for name in names {
            members.get_mut(*name).into_iter().for_each(|promise| self.promise(promise));
        }
    }

    fn promise(&self, promise: &mut Value) {
        if promise.is_string() {
            *promise = json!({ "quote": promise });
        }
        let Value::Object(members) = promise else { return };
        if let Some(document) = &self.document {
            members.entry("document").or_insert_with(|| json!(document));
        }
        members.entry("document").or_insert_with(|| json!(self.own));
        let of_source = members.get("document").and_then(Value::as_str).and_then(|name| self.grades.get(name));
        let first = || self.document.as_ref().and_then(|name| self.grades.get(name)).cloned();
        let grade = of_source.cloned().or_else(|| self.grade.clone()).or_else(first);
        let grade = members.entry("grade").or_insert_with(|| grade.unwrap_or_else(|| json!("documentation"))).clone();
        let highest = serde_json::from_value::<Grade>(grade).map_or(Level::Must, Grade::max_level);
        members.entry("level").or_insert_with(|| {
            let level = self.level.as_ref().and_then(|level| serde_json::from_value::<Level>(level.clone()).ok());
            json!(level.unwrap_or(Level::Must).min(highest))
        });
    }

    fn conditions(&self, conditions: &mut Value, at: &str, aliases: &mut Vec<(String, String)>) {
        let Value::Object(members) = conditions else { return };
        // One promise for all conditions of the block that have none of their own.
        let common = members.shift_remove("promise");
        for (group, names) in GROUPS {
            let Some(rule) = members.get(group).cloned() else { continue };
            members.shift_remove(group);
            for name in names {
                if !members.contains_key(*name) {
                    members.insert((*name).to_owned(), rule.clone());
                    aliases.push((pointer::join(at, name), pointer::join(at, group)));
                }
            }
        }
        for (name, rule) in members.iter_mut() {
            if let Value::Array(rules) = rule {
                let mut rules = std::mem::take(rules).into_iter();
                let mut first = rules.next().unwrap_or(Value::Null);
                self.rule(&mut first, common.as_ref());
                let mut others: Vec<Value> = rules.collect();
                others.iter_mut().for_each(|rule| self.rule(rule, common.as_ref()));
                if let Value::Object(first) = &mut first {
                    let here = pointer::join(at, name);
                    for number in 0..others.len() {
                        let written = format!("{here}/alternatives/{number}");
                        aliases.push((written, format!("{here}/{}", number + 1)));
                    }
                    first.insert("alternatives".to_owned(), Value::Array(others));
                }
                *rule = first;
            } else {
                self.rule(rule, common.as_ref());
            }
        }
    }

    fn rule(&self, rule: &mut Value, common: Option<&Value>) {
        if rule.is_string() || rule.is_number() {
            *rule = json!({ "response": rule });
        }
        let Value::Object(members) = rule else { return };
        if let Some(response) = members.get_mut("response").filter(|response| response.is_number()) {
            *response = json!(response.to_string());
        }
        // Quoted like the key of the response beside it.
        let quoted = members.get("status").and_then(Value::as_str).and_then(|status| status.parse::<u16>().ok());
        if let Some(status) = quoted {
            members.insert("status".to_owned(), json!(status));
        }
        as_list(members, "error_code");
        if let Some(promise) = common {
            members.entry("promise").or_insert_with(|| promise.clone());
        }
        self.promises_in(rule, &["promise"]);
    }
}

/// A locator in its long form.
fn locator(locator: &mut Value) {
    match locator {
        Value::String(text) if text.starts_with('$') => *locator = json!({ "path": text }),
        Value::String(_) => *locator = json!({ "pointer": locator }),
        _ => {}
    }
    let Value::Object(members) = locator else { return };
    for name in ["unlimited", "zero", "unknown"] {
        as_list(members, name);
    }
    if let Some(factor) = members.get_mut("factor").filter(|factor| factor.is_number()) {
        *factor = json!(factor.to_string());
    }
}

/// Makes a list of a single value.
fn as_list(members: &mut Map<String, Value>, name: &str) {
    if let Some(value) = members.get_mut(name).filter(|value| !value.is_array()) {
        *value = Value::Array(vec![value.take()]);
    }
}
