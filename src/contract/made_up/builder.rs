//! Builds a value from a schema by the plainest choice at every step.

use serde_json::{Map, Value};

use super::scalar;

/// Levels of nesting at which a schema counts as one that contains itself.
const MAX_DEPTH: usize = 24;
/// Levels of nesting in which members that need not be there are shown.
const OPTIONAL_DEPTH: usize = 3;
/// Values in one value.
const MAX_VALUES: usize = 600;
/// Schemas that hold for one place together.
const MAX_PARTS: usize = 64;

/// What a value shows.
#[derive(Debug, Clone, Copy)]
pub(super) struct Style {
    /// Whether members are shown that need not be there.
    optional: bool,
    /// Whether the examples and defaults in the schema are used.
    shown: bool,
}

impl Style {
    /// The best first.
    pub(super) const ALL: [Self; 4] = [
        Self { optional: true, shown: true },
        Self { optional: true, shown: false },
        Self { optional: false, shown: true },
        Self { optional: false, shown: false },
    ];
}

/// Builds one value.
pub(super) struct Builder<'d> {
    document: &'d Value,
    style: Style,
    left: usize,
}

type Part<'d> = &'d Map<String, Value>;

impl<'d> Builder<'d> {
    pub(super) fn new(document: &'d Value, style: Style) -> Self {
        Self { document, style, left: MAX_VALUES }
    }

    pub(super) fn build(mut self) -> Option<Value> {
        self.value(&[self.document], 0)
    }

    /// A value by all of these schemas.
    fn value(&mut self, schemas: &[&'d Value], depth: usize) -> Option<Value> {
        if depth > MAX_DEPTH || self.left == 0 {
            return None;
        }
        self.left -= 1;
        let mut parts = Vec::new();
        for schema in schemas {
            self.collect(schema, &mut parts)?;
        }
        self.by_choices(&parts, 0, depth)
    }

    /// The schemas that hold together: references and `allOf` are followed. `None` if nothing conforms.
    fn collect(&self, schema: &'d Value, parts: &mut Vec<Part<'d>>) -> Option<()> {
        let part = match schema {
            Value::Bool(holds) => return holds.then_some(()),
            Value::Object(part) => part,
            _ => return Some(()),
        };
        if parts.len() >= MAX_PARTS || parts.iter().any(|known| std::ptr::eq(*known, part)) {
            return Some(());
        }
        parts.push(part);
        let target = part.get("$ref").and_then(Value::as_str).and_then(|at| at.strip_prefix('#'));
        if let Some(target) = target.and_then(|at| self.document.pointer(at)) {
            self.collect(target, parts)?;
        }
        let all = part.get("allOf").and_then(Value::as_array);
        all.into_iter().flatten().try_for_each(|schema| self.collect(schema, parts))
    }

    /// Takes the first branch with a value of every `anyOf` and `oneOf`; one that takes `null` alone comes last.
    fn by_choices(&mut self, parts: &[Part<'d>], from: usize, depth: usize) -> Option<Value> {
        let choices = |part: Part<'d>| ["anyOf", "oneOf"].map(|keyword| part.get(keyword).and_then(Value::as_array));
        let all: Vec<&'d Vec<Value>> = parts.iter().flat_map(|part| choices(part)).flatten().collect();
        let Some(branches) = all.get(from) else { return self.by_type(parts, depth) };
        let is_null = |schema: &Value| schema.get("type").is_some_and(|kind| kind == "null");
        let (last, first): (Vec<&Value>, Vec<&Value>) = branches.iter().partition(|schema| is_null(schema));
        // Branches of branches stand behind those that are there, and are taken in their turn.
        first.into_iter().chain(last).find_map(|branch| {
            let mut more = parts.to_vec();
            self.collect(branch, &mut more)?;
            self.by_choices(&more, from + 1, depth)
        })
    }

    fn by_type(&mut self, parts: &[Part<'d>], depth: usize) -> Option<Value> {
        let of = |keyword: &str| parts.iter().find_map(|part| part.get(keyword));
        if let Some(value) = of("const") {
            return Some(value.clone());
        }
        if let Some(values) = of("enum").and_then(Value::as_array) {
            return values.iter().find(|value| !value.is_null()).or_else(|| values.first()).cloned();
        }
        let types = types(parts);
        if self.style.shown {
            let shown = of("examples").and_then(|values| values.as_array()?.first()).or_else(|| of("default"));
            if let Some(value) = shown.filter(|value| types.is_empty() || types.iter().any(|kind| is_a(value, kind))) {
                return Some(value.clone());
            }
        }
        let has = |keywords: &[&str]| keywords.iter().any(|keyword| of(keyword).is_some());
        let guess = || match () {
            () if has(&["properties", "required", "additionalProperties", "minProperties"]) => "object",
            () if has(&["items", "prefixItems", "minItems"]) => "array",
            () if has(&["minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"]) => "number",
            () => "string",
        };
        if parts.iter().any(|part| part.contains_key("type")) && types.is_empty() {
            return None;
        }
        let kind = types.iter().find(|kind| **kind != "null").copied();
        match kind.or_else(|| types.first().copied()).unwrap_or_else(guess) {
            "object" => self.object(parts, depth),
            "array" => self.array(parts, depth),
            "boolean" => Some(Value::Bool(true)),
            "null" => Some(Value::Null),
            kind @ ("integer" | "number") => scalar::number(parts, kind == "integer"),
            _ => scalar::text(parts),
        }
    }

    fn object(&mut self, parts: &[Part<'d>], depth: usize) -> Option<Value> {
        let mut members = Map::new();
        let required = |name: &str| {
            let lists = parts.iter().filter_map(|part| part.get("required")?.as_array());
            lists.flatten().any(|required| required == name)
        };
        let declared = parts.iter().filter_map(|part| part.get("properties")?.as_object()).flat_map(Map::keys);
        let named =
            parts.iter().filter_map(|part| part.get("required")?.as_array()).flatten().filter_map(Value::as_str);
        let names: Vec<&str> = declared.map(String::as_str).chain(named).collect();
        for name in names {
            if members.contains_key(name) || !required(name) && (!self.style.optional || depth >= OPTIONAL_DEPTH) {
                continue;
            }
            let mut schemas: Vec<&'d Value> = Vec::new();
            for part in parts {
                let property = part.get("properties").and_then(|properties| properties.get(name));
                schemas.extend(property.or_else(|| part.get("additionalProperties")));
            }
            match self.value(&schemas, depth + 1) {
                Some(value) => drop(members.insert(name.to_owned(), value)),
                None if required(name) => return None,
                None => {}
            }
        }
        Some(Value::Object(members))
    }

    fn array(&mut self, parts: &[Part<'d>], depth: usize) -> Option<Value> {
        let count = |keyword: &str| {
            parts.iter().filter_map(|part| usize::try_from(part.get(keyword)?.as_u64()?).ok()).collect::<Vec<_>>()
        };
        let least = count("minItems").into_iter().max().unwrap_or(0);
        let most = count("maxItems").into_iter().min().unwrap_or(usize::MAX);
        let wanted = if self.style.optional && depth < OPTIONAL_DEPTH { least.max(1).min(most) } else { least };
        let mut elements = Vec::new();
        for n in 0..wanted.min(MAX_VALUES) {
            let mut schemas: Vec<&'d Value> = Vec::new();
            for part in parts {
                let own = part.get("prefixItems").and_then(|prefix| prefix.get(n));
                schemas.extend(own.or_else(|| part.get("items")));
            }
            match self.value(&schemas, depth + 1) {
                Some(element) => elements.push(element),
                None if n < least => return None,
                None => break,
            }
        }
        Some(Value::Array(elements))
    }
}

/// The types that all parts allow, in the order of the first part that names any.
fn types<'d>(parts: &[Part<'d>]) -> Vec<&'d str> {
    let named = |part: Part<'d>| match part.get("type") {
        Some(Value::String(kind)) => Some(vec![kind.as_str()]),
        Some(Value::Array(kinds)) => Some(kinds.iter().filter_map(Value::as_str).collect()),
        _ => None,
    };
    let within = |kinds: &[&str], kind: &str| kinds.contains(&kind) || kind == "integer" && kinds.contains(&"number");
    let all = parts.iter().filter_map(|part| named(part));
    let common = all.reduce(|known: Vec<&str>, kinds| {
        let (left, right) = (known.iter().filter(|kind| within(&kinds, kind)), kinds.iter());
        let both = left.chain(right.filter(|kind| within(&known, kind) && !known.contains(kind)));
        both.copied().collect()
    });
    common.unwrap_or_default()
}

fn is_a(value: &Value, kind: &str) -> bool {
    match value {
        Value::Null => kind == "null",
        Value::Bool(_) => kind == "boolean",
        Value::Number(number) => kind == "number" || kind == "integer" && !number.to_string().contains('.'),
        Value::String(_) => kind == "string",
        Value::Array(_) => kind == "array",
        Value::Object(_) => kind == "object",
    }
}
