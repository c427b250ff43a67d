//! The members of a JSON body, read from its schema.

use std::collections::BTreeSet;

use serde_json::Value;

use super::outline::{examples, json_content};
use super::words::words;
use crate::contract::Item;
use crate::pointer;

/// Levels of nesting that are read.
const MAX_DEPTH: usize = 6;
/// Members that are read of one body.
const MAX_MEMBERS: usize = 2000;

/// The kind of value that a member has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kind {
    Number,
    /// A string that holds a decimal.
    Decimal,
    Boolean,
    Text,
    Other,
}

/// A member that is no object and no list.
#[derive(Debug, Clone)]
pub(super) struct Member<'a> {
    /// JSON Pointer into the body; the first entry stands for those of a list.
    pub(super) pointer: String,
    /// The words of its name.
    pub(super) words: Vec<String>,
    /// The words of the names above it.
    pub(super) above: Vec<String>,
    pub(super) description: String,
    pub(super) kind: Kind,
    pub(super) is_nullable: bool,
    /// Whether it and all that is above it are required.
    pub(super) is_required: bool,
    /// Whether it is within a list.
    pub(super) in_list: bool,
    pub(super) item: Item<'a>,
}

impl Member<'_> {
    /// The pointer of the object that holds it.
    pub(super) fn parent(&self) -> &str {
        self.pointer.rsplit_once('/').map_or("", |(parent, _)| parent)
    }

    /// Its place in the body, and in the document, for comments.
    pub(super) fn place(&self) -> String {
        self.item.place()
    }
}

/// The members of the JSON body of a response.
pub(super) fn members<'a>(response: &Item<'a>) -> Vec<Member<'a>> {
    let Some(content) = json_content(response) else { return Vec::new() };
    let shown = examples(&content);
    let mut walk = Walk { found: Vec::new(), path: Vec::new(), shown: shown.iter().map(Item::value).collect() };
    match content.get("schema") {
        Some(schema) => walk.schema(&schema, &Spot::default(), 0),
        None => {
            if let Some(example) = shown.first() {
                walk.example(example, &Spot::default(), 0);
            }
        }
    }
    walk.found
}

#[derive(Clone)]
struct Spot {
    pointer: String,
    name: Vec<String>,
    above: Vec<String>,
    description: String,
    is_required: bool,
    is_nullable: bool,
    in_list: bool,
}

impl Default for Spot {
    fn default() -> Self {
        Self {
            pointer: String::new(),
            name: Vec::new(),
            above: Vec::new(),
            description: String::new(),
            is_required: true,
            is_nullable: false,
            in_list: false,
        }
    }
}

impl Spot {
    fn below(&self, token: &str) -> Self {
        let mut above = self.above.clone();
        above.extend(self.name.iter().cloned());
        Self { pointer: pointer::join(&self.pointer, token), name: words(token), above, ..self.clone() }
    }
}

struct Walk<'a> {
    found: Vec<Member<'a>>,
    /// The schemas on the way here, by their places, against circles.
    path: Vec<(usize, String)>,
    shown: Vec<&'a Value>,
}

impl<'a> Walk<'a> {
    fn schema(&mut self, given: &Item<'a>, spot: &Spot, depth: usize) {
        let item = given.follow();
        let key = (item.file(), item.pointer().to_owned());
        if depth > MAX_DEPTH || self.found.len() > MAX_MEMBERS || self.path.contains(&key) {
            return;
        }
        let mut spot = spot.clone();
        // What stands beside a reference describes this use of it.
        for text in [given.text("description"), item.text("description"), item.text("title")].into_iter().flatten() {
            if !spot.description.contains(text) {
                spot.description.push(' ');
                spot.description.push_str(text);
            }
        }
        let types = types(&item);
        spot.is_nullable |= types.contains("null") || item.is_true("nullable");
        self.path.push(key);
        let mut is_leaf = true;
        for part in item.get("allOf").map(|list| list.elements()).unwrap_or_default() {
            is_leaf = false;
            self.schema(&part, &spot, depth);
        }
        for keyword in ["anyOf", "oneOf"] {
            let parts = item.get(keyword).map(|list| list.elements()).unwrap_or_default();
            let is_null = |part: &Item<'_>| part.follow().text("type") == Some("null");
            spot.is_nullable |= parts.iter().any(is_null);
            let parts: Vec<Item<'a>> = parts.into_iter().filter(|part| !is_null(part)).collect();
            // Of several shapes, what one of them requires is not required.
            let alternative = Spot { is_required: spot.is_required && parts.len() < 2, ..spot.clone() };
            for part in parts {
                is_leaf = false;
                self.schema(&part, &alternative, depth);
            }
        }
        let required: BTreeSet<&str> = item
            .get("required")
            .map(|list| list.elements())
            .unwrap_or_default()
            .iter()
            .filter_map(|name| name.value().as_str())
            .collect();
        for (name, member) in item.get("properties").map(|members| members.members()).unwrap_or_default() {
            is_leaf = false;
            let below = Spot {
                is_required: spot.is_required && required.contains(name),
                is_nullable: false,
                description: String::new(),
                ..spot.below(name)
            };
            self.schema(&member, &below, depth + 1);
        }
        if let Some(items) = item.get("items") {
            is_leaf = false;
            let mut below = spot.below("0");
            (below.in_list, below.name) = (true, spot.name.clone());
            below.above.clone_from(&spot.above);
            self.schema(&items, &below, depth + 1);
        }
        if is_leaf {
            self.leaf(&item, spot, &types);
        }
        self.path.pop();
    }

    fn leaf(&mut self, item: &Item<'a>, spot: Spot, types: &BTreeSet<String>) {
        let shown = self.shown.iter().find_map(|shown| shown.pointer(&spot.pointer));
        let own = item.get("example").or_else(|| item.get("examples")?.elements().into_iter().next());
        let shown = own.as_ref().map(Item::value).or(shown);
        let kind = if types.contains("integer") || types.contains("number") {
            Kind::Number
        } else if types.contains("boolean") {
            Kind::Boolean
        } else if types.contains("string") {
            if is_decimal(item, shown) { Kind::Decimal } else { Kind::Text }
        } else {
            shown.map_or(Kind::Other, kind_of)
        };
        self.push(item, spot, kind);
    }

    fn example(&mut self, item: &Item<'a>, spot: &Spot, depth: usize) {
        if depth > MAX_DEPTH || self.found.len() > MAX_MEMBERS {
            return;
        }
        match item.value() {
            Value::Object(_) => {
                for (name, member) in item.members() {
                    self.example(&member, &spot.below(name), depth + 1);
                }
            }
            Value::Array(_) => {
                if let Some(first) = item.elements().first() {
                    let mut below = spot.below("0");
                    (below.in_list, below.name) = (true, spot.name.clone());
                    self.example(first, &below, depth + 1);
                }
            }
            value => self.push(item, spot.clone(), kind_of(value)),
        }
    }

    fn push(&mut self, item: &Item<'a>, spot: Spot, kind: Kind) {
        if self.found.iter().any(|known| known.pointer == spot.pointer) {
            return;
        }
        self.found.push(Member {
            pointer: spot.pointer,
            words: spot.name,
            above: spot.above,
            description: spot.description.trim().to_owned(),
            kind,
            is_nullable: spot.is_nullable,
            is_required: spot.is_required,
            in_list: spot.in_list,
            item: item.clone(),
        });
    }
}

fn types(item: &Item<'_>) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    match item.value().get("type") {
        Some(Value::String(name)) => {
            found.insert(name.clone());
        }
        Some(Value::Array(names)) => found.extend(names.iter().filter_map(Value::as_str).map(ToOwned::to_owned)),
        _ => {
            let named = item.value().get("enum").and_then(Value::as_array).into_iter().flatten();
            for value in named.chain(item.value().get("const")) {
                found.insert(match value {
                    Value::Bool(_) => "boolean".to_owned(),
                    Value::Number(_) => "number".to_owned(),
                    Value::String(_) => "string".to_owned(),
                    _ => "null".to_owned(),
                });
            }
        }
    }
    found
}

/// Whether a string holds a decimal: by its format, its pattern or its example.
fn is_decimal(item: &Item<'_>, shown: Option<&Value>) -> bool {
    if matches!(item.text("format"), Some("decimal" | "numeric" | "number" | "money")) {
        return true;
    }
    let pattern = item.text("pattern").unwrap_or_default();
    if pattern.contains("\\d") || pattern.contains("[0-9]") {
        return !pattern.contains(['T', ':']) && !pattern.contains("a-") && !pattern.contains("A-");
    }
    shown.and_then(Value::as_str).is_some_and(is_number)
}

/// Whether a text is a decimal.
pub(super) fn is_number(text: &str) -> bool {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, "0"));
    let all = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    all(whole) && all(fraction)
}

fn kind_of(value: &Value) -> Kind {
    match value {
        Value::Number(_) => Kind::Number,
        Value::Bool(_) => Kind::Boolean,
        Value::String(text) if is_number(text) => Kind::Decimal,
        Value::String(_) => Kind::Text,
        _ => Kind::Other,
    }
}
