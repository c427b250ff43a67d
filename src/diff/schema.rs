//! Schemas: what may come that did not come before, and what may not be sent any more.

use std::collections::{HashSet, VecDeque};

use serde_json::Value;

use super::change::{Changes, Effect};
use super::shape::{LOWER, OPAQUE, Shape, UPPER, is_tighter};
use crate::contract::{Level, Schema};
use crate::pointer;

/// Levels of nesting that are compared.
const MAX_DEPTH: usize = 24;
/// Pairs of schemas that are compared for one body.
const MAX_PAIRS: usize = 20_000;

/// Compares the schemas of a response: what is allowed now and was not before breaks a client.
pub(super) fn response(about: &str, old: Option<&Schema>, new: Option<&Schema>, level: Level, changes: &mut Changes) {
    match (old, new) {
        (Some(old), Some(new)) => compare(about, old, new, false, level, changes),
        (Some(_), None) => changes.add(
            "schema.withdrawn",
            Effect::Check.at(level),
            about,
            "described",
            "not described",
            "the body is no longer described",
        ),
        _ => {}
    }
}

/// Compares the schemas of a request: what was allowed and is not any more breaks a client.
pub(super) fn request(about: &str, old: Option<&Schema>, new: Option<&Schema>, changes: &mut Changes) {
    match (old, new) {
        (Some(old), Some(new)) => compare(about, old, new, true, Level::Must, changes),
        (None, Some(_)) => changes.add(
            "schema.added",
            Effect::Check,
            about,
            "not described",
            "described",
            "a body that a client sends may be refused",
        ),
        _ => {}
    }
}

fn compare(about: &str, old: &Schema, new: &Schema, is_request: bool, level: Level, changes: &mut Changes) {
    let (old, new) = (old.document(), new.document());
    if old == new {
        return;
    }
    let mut walk = Walk { old, new, about, is_request, level, changes, met: HashSet::new(), waiting: VecDeque::new() };
    walk.waiting.push_back((old.clone(), new.clone(), String::new()));
    // Of several places of one schema, the one nearest to the top is named.
    while let Some((old, new, at)) = walk.waiting.pop_front() {
        walk.pair(&old, &new, &at);
    }
}

/// The schema that a bare reference leads to.
fn target<'a>(schema: &'a Value, root: &'a Value) -> &'a Value {
    let mut found = schema;
    for _ in 0..MAX_DEPTH {
        let reference = found
            .as_object()
            .filter(|keywords| keywords.len() == 1)
            .and_then(|keywords| keywords.get("$ref")?.as_str());
        match reference.and_then(|text| root.pointer(text.strip_prefix('#')?)) {
            Some(next) => found = next,
            None => break,
        }
    }
    found
}

struct Walk<'a> {
    old: &'a Value,
    new: &'a Value,
    about: &'a str,
    is_request: bool,
    level: Level,
    changes: &'a mut Changes,
    /// Pairs that were compared, against circles.
    met: HashSet<(String, String)>,
    /// Pairs that are still to be compared, with their places.
    waiting: VecDeque<(Value, Value, String)>,
}

impl Walk<'_> {
    fn add(
        &mut self,
        id: &'static str,
        effect: Effect,
        at: &str,
        old: impl Into<String>,
        new: impl Into<String>,
        meaning: &str,
    ) {
        let place = if at.is_empty() { "the whole body" } else { at };
        let about = format!("{} {place}", self.about);
        let meaning = if effect == Effect::Compatible { "" } else { meaning };
        self.changes.add(id, effect.at(self.level), about, old, new, meaning);
    }

    fn pair(&mut self, old: &Value, new: &Value, at: &str) {
        let (old, new) = (target(old, self.old), target(new, self.new));
        let is_deep = at.matches('/').count() > MAX_DEPTH;
        if is_deep || self.met.len() > MAX_PAIRS || !self.met.insert((old.to_string(), new.to_string())) {
            return;
        }
        let (before, after) = (Shape::of(old, self.old), Shape::of(new, self.new));
        let goes_on = self.types(&before, &after, at);
        if !goes_on {
            return;
        }
        self.values(&before, &after, at);
        self.limits(&before, &after, at);
        if before.allows("object") && after.allows("object") {
            self.members(&before, &after, at);
        }
        if let (Some(before), Some(after)) = (&before.items, &after.items) {
            self.waiting.push_back((before.clone(), after.clone(), format!("{at}/*")));
        }
    }

    /// Compares the types; returns whether they have one in common.
    fn types(&mut self, before: &Shape, after: &Shape, at: &str) -> bool {
        let more = after.types.iter().any(|name| !before.allows(name));
        let fewer = before.types.iter().any(|name| !after.allows(name));
        let common =
            before.types.iter().any(|name| after.allows(name)) || after.types.iter().any(|name| before.allows(name));
        let (old, new) = (before.shown(), after.shown());
        let breaking = if self.is_request { fewer } else { more };
        let only_null =
            more && !fewer && after.types.iter().filter(|name| !before.allows(name)).all(|name| *name == "null");
        if breaking {
            let (id, meaning) = match (more, fewer) {
                (true, true) => ("type.changed", "a client expects another type"),
                (true, false) if only_null => ("type.nullable", "a client may meet null"),
                (true, false) => ("type.widened", "a client may meet a type that it does not expect"),
                _ => ("type.narrowed", "what a client sends may be refused"),
            };
            self.add(id, Effect::Breaking, at, old, new, meaning);
        } else if more || fewer {
            self.add(if more { "type.widened" } else { "type.narrowed" }, Effect::Compatible, at, old, new, "");
        }
        common
    }

    fn values(&mut self, before: &Shape, after: &Shape, at: &str) {
        let list = |values: &[&Value]| values.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
        let all = |values: &Option<Vec<Value>>| {
            values.as_ref().map_or_else(|| "any".to_owned(), |values| list(&values.iter().collect::<Vec<_>>()))
        };
        match (&before.values, &after.values) {
            (Some(old), Some(new)) => {
                let added: Vec<&Value> = new.iter().filter(|value| !old.contains(value)).collect();
                let removed: Vec<&Value> = old.iter().filter(|value| !new.contains(value)).collect();
                if !added.is_empty() {
                    let effect = if self.is_request { Effect::Compatible } else { Effect::Breaking };
                    self.add(
                        "enum.value-added",
                        effect,
                        at,
                        "",
                        list(&added),
                        "a client may meet a value that it does not know",
                    );
                }
                if !removed.is_empty() {
                    let effect = if self.is_request { Effect::Breaking } else { Effect::Compatible };
                    self.add(
                        "enum.value-removed",
                        effect,
                        at,
                        list(&removed),
                        "",
                        "a client may send a value that is refused",
                    );
                }
            }
            (Some(_), None) => {
                let effect = if self.is_request { Effect::Compatible } else { Effect::Breaking };
                self.add(
                    "enum.opened",
                    effect,
                    at,
                    all(&before.values),
                    "any",
                    "a client may meet a value that it does not know",
                );
            }
            (None, Some(_)) => {
                let effect = if self.is_request { Effect::Breaking } else { Effect::Compatible };
                self.add(
                    "enum.closed",
                    effect,
                    at,
                    "any",
                    all(&after.values),
                    "a client may send a value that is refused",
                );
            }
            (None, None) => {}
        }
    }

    fn limits(&mut self, before: &Shape, after: &Shape, at: &str) {
        for keyword in LOWER.into_iter().chain(UPPER) {
            let (old, new) = (before.limits.get(keyword), after.limits.get(keyword));
            let (widened, narrowed) = match (old, new) {
                (Some(old), Some(new)) => (is_tighter(keyword, old, new), is_tighter(keyword, new, old)),
                (Some(_), None) => (true, false),
                (None, Some(_)) => (false, true),
                (None, None) => continue,
            };
            // Clients choose number types by the range of a number, and read the first element of a list that has one.
            let is_relied_on =
                matches!(keyword, "minimum" | "exclusiveMinimum" | "maximum" | "exclusiveMaximum" | "minItems");
            let (id, effect, meaning) = match (self.is_request, widened, narrowed) {
                (_, false, false) => continue,
                (false, true, _) if is_relied_on => {
                    ("limit.widened", Effect::Breaking, "a client may meet a value out of the range that it expects")
                }
                (false, true, _) => {
                    ("limit.widened", Effect::Check, "a client may meet a value of another length than it expects")
                }
                (false, ..) => ("limit.narrowed", Effect::Compatible, ""),
                (true, _, true) => ("limit.narrowed", Effect::Breaking, "a client may send what is refused"),
                (true, ..) => ("limit.widened", Effect::Compatible, ""),
            };
            let shown = |value: Option<&Value>| {
                value.map_or_else(|| format!("no {keyword}"), |value| format!("{keyword} {value}"))
            };
            self.add(id, effect, at, shown(old), shown(new), meaning);
        }
        for keyword in OPAQUE {
            let (old, new) = (before.limits.get(keyword), after.limits.get(keyword));
            if old == new {
                continue;
            }
            let effect = match (self.is_request, old, new) {
                (true, Some(_), None) | (false, None, Some(_)) => Effect::Compatible,
                _ => Effect::Check,
            };
            let shown = |value: Option<&Value>| {
                value.map_or_else(|| format!("no {keyword}"), |value| format!("{keyword} {value}"))
            };
            self.add("limit.changed", effect, at, shown(old), shown(new), "other values are allowed than before");
        }
    }

    fn members(&mut self, before: &Shape, after: &Shape, at: &str) {
        for (name, old) in &before.members {
            let place = pointer::join(at, name);
            let was_required = before.required.contains(name);
            let is_required = after.required.contains(name);
            let Some(new) = after.members.get(name) else {
                let stated = if was_required { "required" } else { "optional" };
                let (effect, meaning) = match (self.is_request, after.is_closed, was_required) {
                    (true, true, _) => (Effect::Breaking, "a client that sends it is refused"),
                    (true, false, _) => (Effect::Check, "what a client sends there may be ignored"),
                    // It may still come, but nothing says so.
                    (false, _, true) => (Effect::Breaking, "a client that reads it may not find it"),
                    (false, _, false) => (Effect::Check, "a client that reads it never finds it"),
                };
                self.add("member.removed", effect, &place, stated, "", meaning);
                continue;
            };
            match (was_required, is_required) {
                (true, false) => {
                    let effect = if self.is_request { Effect::Compatible } else { Effect::Breaking };
                    self.add(
                        "member.optional",
                        effect,
                        &place,
                        "required",
                        "optional",
                        "a client that reads it may not find it",
                    );
                }
                (false, true) => {
                    let effect = if self.is_request { Effect::Breaking } else { Effect::Compatible };
                    self.add(
                        "member.required",
                        effect,
                        &place,
                        "optional",
                        "required",
                        "a client that does not send it is refused",
                    );
                }
                _ => {}
            }
            self.waiting.push_back((old.clone(), new.clone(), place));
        }
        let added: Vec<&String> = after.members.keys().filter(|name| !before.members.contains_key(*name)).collect();
        for name in added {
            let place = pointer::join(at, name);
            let is_required = after.required.contains(name);
            let (effect, meaning) = match (self.is_request, is_required, before.is_closed) {
                (true, true, _) => (Effect::Breaking, "a client that does not send it is refused"),
                (false, _, true) => {
                    (Effect::Check, "a client that refuses members that it does not know refuses the response")
                }
                _ => (Effect::Compatible, ""),
            };
            self.add("member.added", effect, &place, "", if is_required { "required" } else { "optional" }, meaning);
        }
        // A member may be required and described nowhere.
        let undescribed = |name: &&String| !before.members.contains_key(*name) && !after.members.contains_key(*name);
        for name in after.required.difference(&before.required).filter(undescribed) {
            let effect = if self.is_request { Effect::Breaking } else { Effect::Compatible };
            self.add(
                "member.required",
                effect,
                &pointer::join(at, name),
                "",
                "required",
                "a client that does not send it is refused",
            );
        }
        for name in before.required.difference(&after.required).filter(undescribed) {
            let effect = if self.is_request { Effect::Compatible } else { Effect::Breaking };
            self.add(
                "member.optional",
                effect,
                &pointer::join(at, name),
                "required",
                "",
                "a client that reads it may not find it",
            );
        }
        if before.is_closed != after.is_closed {
            let shown = |is_closed: bool| if is_closed { "no further members" } else { "further members" };
            let (effect, meaning) = match (self.is_request, after.is_closed) {
                (true, true) => (Effect::Breaking, "a client that sends further members is refused"),
                (false, false) => {
                    (Effect::Check, "a client that refuses members that it does not know may refuse the response")
                }
                _ => (Effect::Compatible, ""),
            };
            self.add("members.changed", effect, at, shown(before.is_closed), shown(after.is_closed), meaning);
        }
    }
}
