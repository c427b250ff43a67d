//! Which numbers a schema allows at one place of a value: integers only or not, and within which bounds.
//!
//! A schema can say "integer" in many ways: with a list of types, below `allOf`, `anyOf` or a reference, in the elements of an
//! array, with `multipleOf: 1` or with a format. All of them are read here, so that everybody else asks one function.

use rust_decimal::Decimal;
use rust_decimal::prelude::{FromPrimitive as _, ToPrimitive as _};
use serde_json::Value;

use crate::pointer;

/// Schemas that are looked at for one place. More than that is a schema that leads back to itself.
const MAX_SCHEMAS: u32 = 512;
/// Keywords with a list of schemas of which one suffices.
const CHOICES: [&str; 2] = ["anyOf", "oneOf"];

/// The numbers that a schema allows at one place, as a strict reader of the schema understands it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct NumberRule {
    /// Whether only integers are allowed.
    pub whole: bool,
    /// The smallest number that the type of a strict reader holds.
    pub least: Option<Decimal>,
    /// The largest one.
    pub most: Option<Decimal>,
    /// The binary type that the format names, where it is not one for integers.
    float: Option<Float>,
    /// Whether a number may stand there at all.
    possible: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Float {
    Single,
    Double,
}

impl NumberRule {
    const ANY: Self = Self { whole: false, least: None, most: None, float: None, possible: true };
    const NONE: Self = Self { possible: false, ..Self::ANY };

    /// The rule for the place of a pointer in a value; `*` stands for all elements of an array.
    #[must_use]
    pub fn at(document: &Value, pointer: &str) -> Self {
        let tokens: Vec<_> = pointer::tokens(pointer).collect();
        let tokens: Vec<&str> = tokens.iter().map(AsRef::as_ref).collect();
        let mut walk = Walk { document, left: MAX_SCHEMAS };
        let rule = walk.rule(document, &tokens);
        // An integer without a format has 64 bits for most readers.
        if rule.whole { rule.and(Self::integer("int64")) } else { rule }
    }

    /// The rule that a format names, if it is one of numbers.
    fn of_format(format: &str) -> Option<Self> {
        let float = |float| Self { float: Some(float), ..Self::ANY };
        match format {
            "float" => Some(float(Float::Single)),
            "double" => Some(float(Float::Double)),
            "int8" | "int16" | "int32" | "int64" | "uint8" | "uint16" | "uint32" | "uint64" => {
                Some(Self::integer(format))
            }
            _ => None,
        }
    }

    fn integer(format: &str) -> Self {
        let bits = format.trim_start_matches(|letter: char| letter.is_ascii_alphabetic()).parse().unwrap_or(64_u32);
        let (least, most) = if format.starts_with('u') {
            (0, i128::MAX >> (127 - bits.min(64)))
        } else {
            let most = i128::MAX >> (128 - bits.min(64));
            (-most - 1, most)
        };
        Self { whole: true, least: Decimal::from_i128(least), most: Decimal::from_i128(most), ..Self::ANY }
    }

    /// What both allow.
    fn and(self, other: Self) -> Self {
        let of = |left: Option<Decimal>, right: Option<Decimal>, choose: fn(Decimal, Decimal) -> Decimal| match (
            left, right,
        ) {
            (Some(left), Some(right)) => Some(choose(left, right)),
            (one, other) => one.or(other),
        };
        Self {
            whole: self.whole || other.whole,
            least: of(self.least, other.least, Ord::max),
            most: of(self.most, other.most, Ord::min),
            float: if self.float == Some(Float::Single) { self.float } else { other.float.or(self.float) },
            possible: self.possible && other.possible,
        }
    }

    /// What one of both allows.
    fn or(self, other: Self) -> Self {
        match (self.possible, other.possible) {
            (true, false) => self,
            (false, _) => other,
            (true, true) => Self {
                whole: self.whole && other.whole,
                least: self.least.zip(other.least).map(|(left, right)| left.min(right)),
                most: self.most.zip(other.most).map(|(left, right)| left.max(right)),
                float: self.float.zip(other.float).map(
                    |(left, right)| {
                        if left == Float::Single { right } else { left }
                    },
                ),
                possible: true,
            },
        }
    }

    /// Whether a strict reader of the schema takes this number.
    #[must_use]
    pub fn allows(&self, number: Decimal) -> bool {
        let bounds = self.least.is_none_or(|least| number >= least) && self.most.is_none_or(|most| number <= most);
        let exact = match self.float {
            None => true,
            Some(Float::Single) => number.to_f32().is_some_and(|float| same(&float.to_string(), number)),
            Some(Float::Double) => number.to_f64().is_some_and(|float| same(&float.to_string(), number)),
        };
        bounds && exact && (!self.whole || number.is_integer())
    }

    /// Whether a strict reader of the schema takes a number that is written so.
    #[must_use]
    pub fn allows_text(&self, text: &str) -> bool {
        if self.whole {
            return !text.contains(['.', 'e', 'E']) && text != "-0" && text.parse().is_ok_and(|n| self.allows(n));
        }
        self.float.is_none() && self.least.is_none() && self.most.is_none()
            || Decimal::from_str_exact(text).or_else(|_| Decimal::from_scientific(text)).is_ok_and(|n| self.allows(n))
    }

    /// The text of a number in the spelling that every reader of integers takes; `None` if it can stay as it is, or no
    /// spelling is right.
    #[must_use]
    pub fn plain(&self, text: &str) -> Option<String> {
        if !self.whole || !text.contains(['.', 'e', 'E']) && text != "-0" {
            return None;
        }
        let number = Decimal::from_scientific(text).or_else(|_| Decimal::from_str_exact(text)).ok()?;
        let number = number.is_integer().then(|| number.trunc().normalize())?;
        Some(if number.is_zero() { "0".to_owned() } else { number.to_string() })
    }
}

/// Whether the shortest text of a binary fraction is this number.
fn same(shortest: &str, number: Decimal) -> bool {
    shortest.parse::<Decimal>().is_ok_and(|shown| shown == number)
}

struct Walk<'d> {
    document: &'d Value,
    left: u32,
}

impl Walk<'_> {
    fn rule(&mut self, schema: &Value, tokens: &[&str]) -> NumberRule {
        let members = match schema {
            Value::Bool(false) => return NumberRule::NONE,
            Value::Object(members) if self.left > 0 => members,
            _ => return NumberRule::ANY,
        };
        self.left -= 1;
        let mut rule = match tokens.split_first() {
            None => own(schema),
            Some((token, rest)) => self.below(schema, token, rest),
        };
        let document = self.document;
        let target = members.get("$ref").and_then(Value::as_str).and_then(|at| at.strip_prefix('#'));
        if let Some(target) = target.and_then(|at| document.pointer(at)) {
            rule = rule.and(self.rule(target, tokens));
        }
        for schema in members.get("allOf").and_then(Value::as_array).into_iter().flatten() {
            rule = rule.and(self.rule(schema, tokens));
        }
        for choices in CHOICES.iter().filter_map(|keyword| members.get(*keyword)?.as_array()) {
            let any = choices.iter().map(|schema| self.rule(schema, tokens)).reduce(NumberRule::or);
            rule = rule.and(any.unwrap_or(NumberRule::ANY));
        }
        rule
    }

    /// The rule for a place below a member or an element.
    fn below(&mut self, schema: &Value, token: &str, rest: &[&str]) -> NumberRule {
        let types = schema.get("type");
        let is = |kind: &str| types.is_none_or(|types| names(types).any(|name| name == kind));
        let index = token.parse::<usize>().ok();
        let mut found = None;
        if is("object") && token != "*" {
            let property = schema.get("properties").and_then(|properties| properties.get(token));
            let others = schema.get("additionalProperties").filter(|_| schema.get("patternProperties").is_none());
            found = property.or(others).map(|schema| self.rule(schema, rest));
        }
        if found.is_none() && is("array") && (token == "*" || index.is_some()) {
            let prefix = schema.get("prefixItems").and_then(Value::as_array).map_or(&[] as &[Value], Vec::as_slice);
            let own = prefix.iter().enumerate().filter(|(n, _)| index.is_none_or(|index| index == *n));
            let general = schema.get("items").filter(|_| index.is_none_or(|index| index >= prefix.len()));
            let all: Vec<&Value> = own.map(|(_, schema)| schema).chain(general).collect();
            found = all.into_iter().map(|schema| self.rule(schema, rest)).reduce(NumberRule::or);
        }
        match found {
            Some(rule) => rule,
            None if is("object") || is("array") => NumberRule::ANY,
            None => NumberRule::NONE,
        }
    }
}

/// What the keywords of a schema itself say about a number.
fn own(schema: &Value) -> NumberRule {
    let mut rule = NumberRule::ANY;
    if let Some(types) = schema.get("type") {
        let has = |kind: &str| names(types).any(|name| name == kind);
        rule.possible = has("integer") || has("number");
        rule.whole = has("integer") && !has("number");
    }
    let decimal = |value: &Value| value.as_number().and_then(|number| number.to_string().parse::<Decimal>().ok());
    rule.whole |= schema.get("multipleOf").and_then(decimal).is_some_and(|step| step.is_integer());
    if let Some(format) = schema.get("format").and_then(Value::as_str).and_then(NumberRule::of_format) {
        rule = rule.and(format);
    }
    rule
}

fn names(types: &Value) -> impl Iterator<Item = &str> {
    let list = types.as_array().map_or(&[] as &[Value], Vec::as_slice);
    types.as_str().into_iter().chain(list.iter().filter_map(Value::as_str))
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::NumberRule;

    #[test]
    fn integer_is_recognised_in_every_spelling() {
        let leaves = [
            json!({"type": "integer"}),
            json!({"type": ["integer", "null"]}),
            json!({"anyOf": [{"type": "integer"}, {"type": "null"}]}),
            json!({"oneOf": [{"type": "null"}, {"type": "integer"}, {"type": "string"}]}),
            json!({"allOf": [{"$ref": "#/$defs/n"}, {"minimum": 0}]}),
            json!({"$ref": "#/$defs/n"}),
            json!({"type": "number", "multipleOf": 1}),
            json!({"type": "number", "multipleOf": 100}),
            json!({"type": "number", "format": "int32"}),
        ];
        for leaf in leaves {
            let places: [(&str, Value); 6] = [
                ("", leaf.clone()),
                ("/a", json!({"properties": {"a": leaf}})),
                ("/a", json!({"allOf": [{"properties": {"a": leaf}}, {"required": ["a"]}]})),
                ("/0/a", json!({"items": {"properties": {"a": leaf}}})),
                ("/a/*", json!({"properties": {"a": {"type": "array", "items": leaf}}})),
                ("/x/0", json!({"additionalProperties": {"prefixItems": [leaf], "items": {"type": "string"}}})),
            ];
            for (pointer, mut document) in places {
                document["$defs"] = json!({"n": {"type": "integer"}});
                let rule = NumberRule::at(&document, pointer);
                assert!(rule.whole, "{document} at {pointer}");
                assert!(rule.allows_text("5") && !rule.allows_text("1e3") && !rule.allows_text("5.0"));
                assert!(!rule.allows("12345678901234567.89".parse().unwrap()));
                assert_eq!(rule.plain("1e3").as_deref(), Some("1000"));
                assert!(!rule.allows_text("9223372036854775808"));
            }
        }
    }

    #[test]
    fn place_that_takes_other_numbers_is_not_an_integer() {
        for leaf in [
            json!({"type": "number"}),
            json!({"type": ["integer", "number"]}),
            json!({"anyOf": [{"type": "integer"}, {"type": "number"}]}),
            json!({"type": "number", "multipleOf": 0.5}),
            json!(true),
        ] {
            let rule = NumberRule::at(&json!({"properties": {"a": leaf}}), "/a");
            assert!(!rule.whole && rule.allows_text("1e3") && rule.plain("1e3").is_none(), "{leaf}");
        }
    }

    #[test]
    fn format_bounds_a_number() {
        let rule = |format: &str| NumberRule::at(&json!({"type": "integer", "format": format}), "");
        assert!(rule("int32").allows_text("-2147483648") && !rule("int32").allows_text("2147483648"));
        assert!(rule("uint32").allows_text("4294967295") && !rule("uint32").allows_text("-1"));
        assert!(rule("uint8").allows_text("255") && !rule("uint8").allows_text("256"));
        let float = NumberRule::at(&json!({"type": "number", "format": "float"}), "");
        assert!(float.allows_text("15432.5") && !float.allows_text("16777217"));
        let double = NumberRule::at(&json!({"type": "number", "format": "double"}), "");
        assert!(double.allows_text("0.1") && !double.allows_text("9007199254740993"));
    }

    #[test]
    fn schema_that_refers_to_itself_ends() {
        let document =
            json!({"$ref": "#/$defs/a", "$defs": {"a": {"anyOf": [{"$ref": "#/$defs/a"}, {"$ref": "#/$defs/a"}]}}});
        assert!(!NumberRule::at(&document, "/a").whole);
    }
}
