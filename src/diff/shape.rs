//! What a schema allows, in terms that two schemas can be compared in: types, values, members, bounds.
//!
//! References, `allOf`, `anyOf` and `oneOf` are dissolved. What only a validator can decide (`not`, `if`) does not count.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};

/// References and combinations that are followed in one schema.
const MAX_STEPS: usize = 64;
const TYPES: [&str; 7] = ["null", "boolean", "object", "array", "number", "integer", "string"];
/// Keywords that limit from below.
pub(super) const LOWER: [&str; 5] = ["minimum", "exclusiveMinimum", "minLength", "minItems", "minProperties"];
/// Keywords that limit from above.
pub(super) const UPPER: [&str; 5] = ["maximum", "exclusiveMaximum", "maxLength", "maxItems", "maxProperties"];
/// Keywords whose values can only be compared as they are.
pub(super) const OPAQUE: [&str; 4] = ["pattern", "format", "multipleOf", "uniqueItems"];

/// What a schema allows.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Shape {
    pub(super) types: BTreeSet<&'static str>,
    /// The only values, if they are listed.
    pub(super) values: Option<Vec<Value>>,
    /// The schemas of the members.
    pub(super) members: BTreeMap<String, Value>,
    pub(super) required: BTreeSet<String>,
    /// Whether there are no other members.
    pub(super) is_closed: bool,
    /// The schema of the elements.
    pub(super) items: Option<Value>,
    /// Keywords that limit a value further.
    pub(super) limits: BTreeMap<&'static str, Value>,
}

impl Shape {
    /// The shape of a schema within a document.
    pub(super) fn of(schema: &Value, root: &Value) -> Self {
        of(schema, root, &mut 0)
    }

    fn any() -> Self {
        Self {
            types: TYPES.into_iter().filter(|name| *name != "integer").collect(),
            values: None,
            members: BTreeMap::new(),
            required: BTreeSet::new(),
            is_closed: false,
            items: None,
            limits: BTreeMap::new(),
        }
    }

    /// Whether values of a type are allowed; whole numbers are numbers.
    pub(super) fn allows(&self, name: &str) -> bool {
        self.types.contains(name) || name == "integer" && self.types.contains("number")
    }

    /// The types, for people.
    pub(super) fn shown(&self) -> String {
        if self.types.len() >= TYPES.len() - 1 {
            return "anything".to_owned();
        }
        if self.types.is_empty() {
            "nothing".to_owned()
        } else {
            self.types.iter().copied().collect::<Vec<_>>().join(" or ")
        }
    }
}

fn of(schema: &Value, root: &Value, steps: &mut usize) -> Shape {
    *steps += 1;
    let keywords = match schema {
        Value::Bool(false) => return Shape { types: BTreeSet::new(), ..Shape::any() },
        Value::Object(keywords) if *steps <= MAX_STEPS => keywords,
        _ => return Shape::any(),
    };
    let mut shape = own(keywords);
    if let Some(target) = keywords.get("$ref").and_then(Value::as_str) {
        let target = target.strip_prefix('#').and_then(|pointer| root.pointer(pointer));
        if let Some(target) = target {
            shape = both(shape, of(target, root, steps));
        }
    }
    for part in keywords.get("allOf").and_then(Value::as_array).into_iter().flatten() {
        shape = both(shape, of(part, root, steps));
    }
    for keyword in ["anyOf", "oneOf"] {
        let parts = keywords.get(keyword).and_then(Value::as_array).into_iter().flatten();
        let union = parts.map(|part| of(part, root, steps)).reduce(either);
        if let Some(union) = union {
            shape = both(shape, union);
        }
    }
    shape
}

/// What the keywords of one object say.
fn own(keywords: &Map<String, Value>) -> Shape {
    let mut shape = Shape::any();
    let known = |name: &str| TYPES.into_iter().find(|known| *known == name);
    match keywords.get("type") {
        Some(Value::String(name)) => shape.types = known(name).into_iter().collect(),
        Some(Value::Array(names)) => shape.types = names.iter().filter_map(Value::as_str).filter_map(known).collect(),
        _ => {}
    }
    let listed = keywords.get("const").map(|value| vec![value.clone()]);
    let listed = listed.or_else(|| keywords.get("enum").and_then(Value::as_array).cloned());
    if let Some(values) = listed {
        let named: BTreeSet<&'static str> = values.iter().map(type_of).collect();
        shape.types = meet(&shape.types, &named);
        shape.values = Some(values);
    }
    for (name, member) in keywords.get("properties").and_then(Value::as_object).into_iter().flatten() {
        shape.members.insert(name.clone(), member.clone());
    }
    let required = keywords.get("required").and_then(Value::as_array).into_iter().flatten();
    shape.required = required.filter_map(Value::as_str).map(ToOwned::to_owned).collect();
    let closes = |keyword: &str| keywords.get(keyword) == Some(&Value::Bool(false));
    shape.is_closed = closes("additionalProperties") || closes("unevaluatedProperties");
    shape.items = keywords.get("items").filter(|items| items.is_object()).cloned();
    for keyword in LOWER.into_iter().chain(UPPER).chain(OPAQUE) {
        if let Some(value) = keywords.get(keyword) {
            shape.limits.insert(keyword, value.clone());
        }
    }
    shape
}

fn type_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Object(_) => "object",
        Value::Array(_) => "array",
        Value::Number(number) if number.is_f64() => "number",
        Value::Number(_) => "integer",
        Value::String(_) => "string",
    }
}

/// The types of both.
fn meet(left: &BTreeSet<&'static str>, right: &BTreeSet<&'static str>) -> BTreeSet<&'static str> {
    let has = |types: &BTreeSet<&'static str>, name: &str| {
        types.contains(name) || name == "integer" && types.contains("number")
    };
    left.union(right).copied().filter(|name| has(left, name) && has(right, name)).collect()
}

/// What two shapes both allow.
fn both(left: Shape, right: Shape) -> Shape {
    let mut members = left.members;
    for (name, schema) in right.members {
        match members.remove(&name) {
            Some(own) => members.insert(name, json!({ "allOf": [own, schema] })),
            None => members.insert(name, schema),
        };
    }
    let values = match (left.values, right.values) {
        (Some(left), Some(right)) => Some(left.into_iter().filter(|value| right.contains(value)).collect()),
        (left, right) => left.or(right),
    };
    let items = match (left.items, right.items) {
        (Some(left), Some(right)) => Some(json!({ "allOf": [left, right] })),
        (left, right) => left.or(right),
    };
    let mut limits = left.limits;
    for (keyword, value) in right.limits {
        let tighter = limits.get(keyword).is_none_or(|own| is_tighter(keyword, &value, own));
        if tighter {
            limits.insert(keyword, value);
        }
    }
    Shape {
        types: meet(&left.types, &right.types),
        values,
        members,
        required: &left.required | &right.required,
        is_closed: left.is_closed || right.is_closed,
        items,
        limits,
    }
}

/// What at least one of two shapes allows.
fn either(left: Shape, right: Shape) -> Shape {
    if left.types.is_empty() {
        return right;
    }
    if right.types.is_empty() {
        return left;
    }
    let values = match (&left.values, &right.values) {
        (Some(own), Some(other)) => {
            Some(own.iter().chain(other.iter().filter(|value| !own.contains(value))).cloned().collect())
        }
        // Beside one value, null for instance, the other shape decides.
        _ => None,
    };
    let objects = (left.allows("object"), right.allows("object"));
    let mut members = left.members.clone();
    for (name, schema) in &right.members {
        match members.remove(name) {
            Some(own) if own == *schema => members.insert(name.clone(), own),
            Some(own) => members.insert(name.clone(), json!({ "anyOf": [own, schema] })),
            None => members.insert(name.clone(), schema.clone()),
        };
    }
    let (required, is_closed) = match objects {
        (true, true) => (&left.required & &right.required, left.is_closed && right.is_closed),
        (true, false) => (left.required.clone(), left.is_closed),
        (false, _) => (right.required.clone(), right.is_closed),
    };
    let items = match (&left.items, &right.items) {
        (Some(own), Some(other)) if own == other => Some(own.clone()),
        (Some(own), Some(other)) => Some(json!({ "anyOf": [own, other] })),
        (own, other) if left.allows("array") != right.allows("array") => own.clone().or_else(|| other.clone()),
        _ => None,
    };
    let mut limits = BTreeMap::new();
    let only_null = |shape: &Shape| shape.types.iter().all(|name| *name == "null");
    if only_null(&left) {
        limits.clone_from(&right.limits);
    } else if only_null(&right) {
        limits.clone_from(&left.limits);
    } else {
        for (keyword, own) in &left.limits {
            if let Some(other) = right.limits.get(keyword) {
                let looser = if is_tighter(keyword, own, other) { other } else { own };
                if LOWER.contains(keyword) || UPPER.contains(keyword) || own == other {
                    limits.insert(*keyword, looser.clone());
                }
            }
        }
    }
    Shape { types: &left.types | &right.types, values, members, required, is_closed, items, limits }
}

/// Whether a limit allows less than another.
pub(super) fn is_tighter(keyword: &str, value: &Value, than: &Value) -> bool {
    match (value.as_f64(), than.as_f64()) {
        (Some(value), Some(than)) if LOWER.contains(&keyword) => value > than,
        (Some(value), Some(than)) if UPPER.contains(&keyword) => value < than,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::Shape;

    #[test]
    fn combinations_are_dissolved() {
        let root = json!({"$defs": {"Amount": {"type": "number", "minimum": 0}, "Loop": {"$ref": "#/$defs/Loop"}}});
        let of = |schema: serde_json::Value| Shape::of(&schema, &root);
        assert_eq!(of(json!({"anyOf": [{"$ref": "#/$defs/Amount"}, {"type": "null"}]})).shown(), "null or number");
        assert_eq!(of(json!({"anyOf": [{"$ref": "#/$defs/Amount"}, {"type": "null"}]})).limits["minimum"], json!(0));
        assert_eq!(of(json!({"allOf": [{"type": "number"}, {"type": ["integer", "string"]}]})).shown(), "integer");
        assert_eq!(of(json!({"const": "a"})).shown(), "string");
        assert_eq!(of(json!({"enum": [1, null], "type": ["number", "null"]})).shown(), "integer or null");
        let union = of(
            json!({"oneOf": [{"type": "object", "required": ["a", "b"]}, {"type": "object", "required": ["a"], "properties": {"c": {}}}]}),
        );
        assert!(union.required.contains("a") && !union.required.contains("b") && union.members.contains_key("c"));
        assert_eq!(of(json!({"$ref": "#/$defs/Loop"})).shown(), "anything");
        assert_eq!(of(json!(false)).shown(), "nothing");
    }
}
