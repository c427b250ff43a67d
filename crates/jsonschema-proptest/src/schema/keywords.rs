//! Translates the keywords of one schema into constraints.

use std::sync::Arc;

use serde_json::{Map, Value};

use crate::constraint::types::TypeSet;
use crate::constraint::value_set::ValueSet;
use crate::constraint::{Atom, Bound, Constraint, SchemaId};
use crate::error::GenerateError;
use crate::normalize::compiler::Compiler;
use crate::number::decimal::Decimal;
use crate::schema::dialect::Dialect;

/// Not all integers from here on are doubles.
const TWO_POW_53: f64 = 9_007_199_254_740_992.0;

/// The constraints that the keywords of a schema state.
pub(crate) type Rules = Vec<Constraint>;

/// Translates the keywords of one schema.
pub(super) struct KeywordReader<'c, 'a> {
    pub(super) compiler: &'c mut Compiler<'a>,
    pub(super) schema: SchemaId,
    pub(super) keywords: &'a Map<String, Value>,
    pub(super) dialect: Dialect,
    pub(super) rules: Rules,
}

/// Translates a schema.
///
/// # Errors
///
/// Returns an error if the value of a keyword is invalid.
pub(crate) fn read(compiler: &mut Compiler<'_>, schema: SchemaId) -> Result<Rules, GenerateError> {
    let dialect = compiler.document.dialect;
    let keywords = match compiler.schema_value(schema) {
        Value::Bool(true) => return Ok(Vec::new()),
        Value::Bool(false) => return Ok(vec![Constraint::Nothing]),
        Value::Object(keywords) => keywords,
        _ => {
            return Err(compiler.invalid(schema, "a schema is an object or a boolean"));
        }
    };
    let mut reader = KeywordReader { compiler, schema, keywords, dialect, rules: Vec::new() };
    reader.read_references();
    if !(dialect.ref_hides_siblings() && keywords.contains_key("$ref")) {
        reader.read_types_and_enums();
        reader.read_numbers();
        reader.read_strings()?;
        reader.read_arrays();
        reader.read_objects()?;
        reader.read_in_place_applicators();
        reader.read_unevaluated();
    }
    Ok(reader.rules)
}

impl<'a> KeywordReader<'_, 'a> {
    pub(super) fn get(&self, keyword: &str) -> Option<&'a Value> {
        self.keywords.get(keyword)
    }

    pub(super) fn get_since(&self, dialect: Dialect, keyword: &str) -> Option<&'a Value> {
        self.get(keyword).filter(|_| self.dialect >= dialect)
    }

    fn count(&self, keyword: &str) -> Option<u64> {
        let value = self.get(keyword)?;
        if let Some(count) = value.as_u64() {
            return Some(count);
        }
        let count = Decimal::of(value.as_number()?)?;
        if count < Decimal::ZERO {
            return None;
        }
        // Integers may be written with a fraction or an exponent. All beyond u64 have the same effect.
        Some(count.scaled(0).and_then(|count| u64::try_from(count).ok()).unwrap_or(u64::MAX))
    }

    fn decimal(&mut self, keyword: &str) -> Option<Decimal> {
        let number = self.get(keyword)?.as_number()?;
        let is_large = number.as_f64().is_some_and(|double| double.abs() >= TWO_POW_53);
        self.compiler.rounds_numbers |= is_large && (number.is_f64() || keyword == "multipleOf");
        Decimal::of(number)
    }

    pub(super) fn subschema(&mut self, schema: &'a Value) -> Atom {
        Atom::Schema(self.compiler.subschema(self.schema, schema), true)
    }

    pub(super) fn push(&mut self, rule: Constraint) {
        self.rules.push(rule);
    }

    fn read_references(&mut self) {
        let schema = self.schema;
        for keyword in ["$ref", "$dynamicRef", "$recursiveRef"] {
            let is_supported = match keyword {
                "$ref" => true,
                "$dynamicRef" => self.dialect == Dialect::Draft202012,
                _ => self.dialect == Dialect::Draft201909,
            };
            if let (true, Some(Value::String(reference))) = (is_supported, self.get(keyword)) {
                let rule = match self.compiler.resolve_reference(schema, keyword, reference) {
                    Some(target) => Constraint::Apply(Atom::Schema(target, true)),
                    // A reference to another document. The validator resolves the built-in ones.
                    None => Constraint::Opaque,
                };
                self.push(rule);
            }
        }
    }

    fn read_types_and_enums(&mut self) {
        let types = match self.get("type") {
            Some(Value::String(name)) => TypeSet::named(name),
            Some(Value::Array(names)) => {
                Some(names.iter().filter_map(|name| TypeSet::named(name.as_str()?)).fold(TypeSet::NONE, TypeSet::union))
            }
            _ => None,
        };
        self.rules.extend(types.map(Constraint::Types));
        if let Some(Value::Array(values)) = self.get("enum") {
            self.push(Constraint::Enum(Arc::new(ValueSet::from(values.clone()))));
        }
        if let Some(value) = self.get_since(Dialect::Draft6, "const") {
            self.push(Constraint::Enum(Arc::new(ValueSet::from(vec![value.clone()]))));
        }
    }

    fn read_numbers(&mut self) {
        let minimum = self.decimal("minimum");
        let maximum = self.decimal("maximum");
        // For each bound, whether it is inclusive, and whether it is the lower one.
        let mut bounds = Vec::new();
        if self.dialect == Dialect::Draft4 {
            let is_true = |keyword| self.get(keyword) == Some(&Value::Bool(true));
            bounds.push((minimum, !is_true("exclusiveMinimum"), true));
            bounds.push((maximum, !is_true("exclusiveMaximum"), false));
        } else {
            bounds.push((minimum, true, true));
            bounds.push((maximum, true, false));
            bounds.push((self.decimal("exclusiveMinimum"), false, true));
            bounds.push((self.decimal("exclusiveMaximum"), false, false));
        }
        for (at, inclusive, is_lower) in bounds {
            let Some(at) = at else { continue };
            let bound = Bound { at, inclusive };
            self.push(if is_lower { Constraint::Minimum(bound) } else { Constraint::Maximum(bound) });
        }
        if let Some(of) = self.decimal("multipleOf") {
            self.push(Constraint::MultipleOf(of, true));
        }
    }

    fn read_strings(&mut self) -> Result<(), GenerateError> {
        let (min, max) = (self.count("minLength"), self.count("maxLength"));
        self.rules.extend(min.map(Constraint::MinLength));
        self.rules.extend(max.map(Constraint::MaxLength));
        if let Some(Value::String(pattern)) = self.get("pattern") {
            let pattern = self.compiler.pattern(self.schema, pattern)?;
            self.push(Constraint::Pattern(pattern, true));
        }
        if let Some(Value::String(name)) = self.get("format")
            && let Some(format) = self.compiler.format(name)
        {
            self.push(Constraint::Format(format, true));
        }
        // Drafts 6 and 7 permit validators to assert these keywords, and `jsonschema` does.
        let has_content = self.get("contentMediaType").is_some() || self.get("contentEncoding").is_some();
        if has_content && matches!(self.dialect, Dialect::Draft6 | Dialect::Draft7) {
            let format = self.compiler.content(self.get("contentMediaType"), self.get("contentEncoding"));
            self.rules.extend(format.map(|format| Constraint::Format(format, true)));
        }
        Ok(())
    }

    fn read_arrays(&mut self) {
        let (list, rest) = if self.dialect == Dialect::Draft202012 {
            (self.get("prefixItems"), self.get("items"))
        } else if let Some(list @ Value::Array(_)) = self.get("items") {
            (Some(list), self.get("additionalItems"))
        } else {
            (None, self.get("items"))
        };
        let mut length = 0;
        if let Some(Value::Array(list)) = list {
            length = list.len();
            for (position, schema) in list.iter().enumerate() {
                let item = self.subschema(schema);
                self.push(Constraint::Item(position, item));
            }
        }
        if let Some(schema) = rest {
            let item = self.subschema(schema);
            self.push(Constraint::ItemsFrom(length, item));
        }
        let (min, max) = (self.count("minItems"), self.count("maxItems"));
        self.rules.extend(min.map(Constraint::MinItems));
        self.rules.extend(max.map(Constraint::MaxItems));
        if self.get("uniqueItems") == Some(&Value::Bool(true)) {
            self.push(Constraint::UniqueItems(true));
        }
        if let Some(schema) = self.get_since(Dialect::Draft6, "contains") {
            let has_limits = self.dialect >= Dialect::Draft201909;
            let item = self.subschema(schema);
            let min = self.count("minContains").filter(|_| has_limits).unwrap_or(1);
            let max = self.count("maxContains").filter(|_| has_limits);
            self.push(Constraint::Contains { item, from: 0, min, max });
        }
    }

    fn read_objects(&mut self) -> Result<(), GenerateError> {
        let mut names = Vec::new();
        let mut patterns = Vec::new();
        if let Some(Value::Object(properties)) = self.get("properties") {
            for (name, schema) in properties {
                let value = self.subschema(schema);
                names.push(name.clone());
                self.push(Constraint::Property(Arc::from(name.as_str()), value));
            }
        }
        if let Some(Value::Object(properties)) = self.get("patternProperties") {
            for (source, schema) in properties {
                let pattern = self.compiler.pattern(self.schema, source)?;
                let value = self.subschema(schema);
                patterns.push(Arc::clone(&pattern));
                self.push(Constraint::PatternProperty(pattern, value, Vec::new()));
            }
        }
        if let Some(schema) = self.get("additionalProperties") {
            let value = self.subschema(schema);
            self.push(Constraint::AdditionalProperties { names, patterns, value });
        }
        if let Some(Value::Array(required)) = self.get("required") {
            for name in required.iter().filter_map(Value::as_str) {
                self.push(Constraint::Required(Arc::from(name)));
            }
        }
        let (min, max) = (self.count("minProperties"), self.count("maxProperties"));
        self.rules.extend(min.map(Constraint::MinProperties));
        self.rules.extend(max.map(Constraint::MaxProperties));
        if let Some(schema) = self.get_since(Dialect::Draft6, "propertyNames") {
            let name = self.subschema(schema);
            self.push(Constraint::PropertyNames(name));
        }
        self.read_dependencies();
        Ok(())
    }
}
