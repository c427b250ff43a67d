//! From every dialect to 2020-12, keyword by keyword.

use serde_json::{Map, Value};

use super::Bundle;
use crate::contract::document_set::Location;
use crate::contract::schema::dialect::Dialect;
use crate::contract::schema::keyword::{Form, are_names, count, form};
use crate::contract::schema::pattern_fault;

impl Bundle<'_> {
    /// Recursion is bounded by the depth of documents: references are put in line instead of being entered.
    pub(super) fn convert(&mut self, location: &Location, value: &Value, dialect: Dialect) -> Value {
        let members = match value {
            Value::Bool(_) => return value.clone(),
            Value::Object(members) => members,
            _ => {
                self.diagnostics.warn(location, "a schema is an object, `true` or `false`");
                return Value::Bool(true);
            }
        };
        let own = members.get("$schema").and_then(Value::as_str).and_then(Dialect::of_schema);
        let dialect = own.unwrap_or(dialect);
        let mut out = Map::new();
        if dialect.ignores_siblings() && members.get("$ref").is_some_and(Value::is_string) {
            self.keyword(location, "$ref", members, dialect, &mut out);
            return Value::Object(out);
        }
        for keyword in members.keys() {
            self.keyword(location, keyword, members, dialect, &mut out);
        }
        if members.get("nullable") == Some(&Value::Bool(true)) && dialect != Dialect::Legacy {
            if dialect == Dialect::Modern {
                let message = "`nullable` is of OpenAPI 3.0: write `type: [string, \"null\"]`";
                self.diagnostics.warn(&location.join("nullable"), message);
            }
            out = nullable(out);
        }
        if self.examples.is_some() {
            self.show(location, members, dialect, &out);
        }
        Value::Object(out)
    }

    fn keyword(
        &mut self,
        location: &Location,
        keyword: &str,
        members: &Map<String, Value>,
        dialect: Dialect,
        out: &mut Map<String, Value>,
    ) {
        let Some(value) = members.get(keyword) else { return };
        let here = || location.join(keyword);
        match keyword {
            "$ref" | "$dynamicRef" | "$recursiveRef" => {
                if let Some(target) = self.reference(location, keyword, value) {
                    out.insert("$ref".to_owned(), Value::String(target));
                }
            }
            "items" | "additionalItems" => self.items(location, keyword, members, dialect, out),
            "exclusiveMinimum" | "exclusiveMaximum" if value.is_boolean() => {
                if dialect == Dialect::Modern {
                    let message = format!("`{keyword}` is the bound itself, a number, since draft 6 and OpenAPI 3.1");
                    self.diagnostics.warn(&here(), message);
                }
                let bound = if keyword == "exclusiveMinimum" { "minimum" } else { "maximum" };
                if let (Value::Bool(true), Some(limit @ Value::Number(_))) = (value, members.get(bound)) {
                    out.shift_remove(bound);
                    out.insert(keyword.to_owned(), limit.clone());
                }
            }
            "minimum" | "maximum" => {
                let exclusive = if keyword == "minimum" { "exclusiveMinimum" } else { "exclusiveMaximum" };
                if members.get(exclusive) != Some(&Value::Bool(true)) {
                    self.formed(&here(), keyword, Form::Number, value, dialect, out);
                }
            }
            "example" if dialect == Dialect::OpenApi30 => {
                out.insert("examples".to_owned(), Value::Array(vec![value.clone()]));
            }
            "examples" => {
                if value.is_array() {
                    out.insert(keyword.to_owned(), value.clone());
                } else if dialect == Dialect::Modern {
                    self.diagnostics.warn(&here(), "`examples` of a schema takes a list of values");
                }
            }
            "dependencies" => self.dependencies(&here(), value, dialect, out),
            // Files to upload and download: any bytes.
            "type" if dialect == Dialect::OpenApi30 && value == "file" => {}
            _ => {
                if let Some(form) = form(keyword) {
                    self.formed(&here(), keyword, form, value, dialect, out);
                }
            }
        }
    }

    /// Carries a keyword over if its value has the form that it must have; else it counts for nothing.
    fn formed(
        &mut self,
        location: &Location,
        keyword: &str,
        form: Form,
        value: &Value,
        dialect: Dialect,
        out: &mut Map<String, Value>,
    ) {
        if let Some(message) = form.error(keyword, value) {
            self.diagnostics.warn(location, message);
            return;
        }
        let converted = match (form, value) {
            (Form::Schema, _) => self.convert(location, value, dialect),
            (Form::Schemas, Value::Array(elements)) => Value::Array(self.each(location, elements, dialect)),
            (Form::Named, Value::Object(named)) => {
                let mut schemas = Map::with_capacity(named.len());
                for (name, schema) in named {
                    if keyword == "patternProperties" && !self.pattern(location, name) {
                        continue;
                    }
                    schemas.insert(name.clone(), self.convert(&location.join(name), schema, dialect));
                }
                Value::Object(schemas)
            }
            (Form::NamesByName, Value::Object(named)) => {
                let mut kept = Map::new();
                for (name, names) in named {
                    if are_names(names) {
                        kept.insert(name.clone(), names.clone());
                    } else {
                        let message = format!("`{keyword}` takes lists of property names, each once");
                        self.diagnostics.warn(&location.join(name), message);
                    }
                }
                Value::Object(kept)
            }
            (Form::Count, _) => count(value).map_or_else(|| value.clone(), Value::from),
            (Form::Pattern, Value::String(pattern)) => {
                if !self.pattern(location, pattern) {
                    return;
                }
                value.clone()
            }
            _ => value.clone(),
        };
        out.insert(keyword.to_owned(), converted);
    }

    fn pattern(&mut self, location: &Location, pattern: &str) -> bool {
        if self.patterns.contains_key(pattern) {
            return true;
        }
        match pattern_fault(pattern) {
            None => {
                self.patterns.insert(pattern.to_owned(), location.clone());
                true
            }
            Some(reason) => {
                self.diagnostics.warn(location, format!("`{pattern}` is no regular expression: {reason}"));
                false
            }
        }
    }

    fn each(&mut self, location: &Location, elements: &[Value], dialect: Dialect) -> Vec<Value> {
        let converted = elements.iter().enumerate();
        converted.map(|(index, element)| self.convert(&location.join(&index.to_string()), element, dialect)).collect()
    }

    fn items(
        &mut self,
        location: &Location,
        keyword: &str,
        members: &Map<String, Value>,
        dialect: Dialect,
        out: &mut Map<String, Value>,
    ) {
        let Some(value) = members.get(keyword) else { return };
        let here = location.join(keyword);
        let tuple = members.get("items").is_some_and(Value::is_array);
        match (keyword, value) {
            ("items", Value::Array(elements)) => {
                if !elements.is_empty() {
                    let converted = self.each(&here, elements, dialect);
                    out.insert("prefixItems".to_owned(), Value::Array(converted));
                }
            }
            // Beside a tuple it speaks of what follows; else it says nothing.
            ("additionalItems", _) if !tuple => {}
            _ => {
                let converted = self.convert(&here, value, dialect);
                out.insert("items".to_owned(), converted);
            }
        }
    }

    fn dependencies(&mut self, location: &Location, value: &Value, dialect: Dialect, out: &mut Map<String, Value>) {
        let Value::Object(named) = value else {
            self.diagnostics
                .warn(location, "`dependencies` takes schemas or lists of property names, by property name");
            return;
        };
        for (name, dependency) in named {
            let below = location.join(name);
            let (keyword, converted) = if dependency.is_array() {
                if !are_names(dependency) {
                    self.diagnostics.warn(&below, "a list of property names, each once, is needed here");
                    continue;
                }
                ("dependentRequired", dependency.clone())
            } else {
                ("dependentSchemas", self.convert(&below, dependency, dialect))
            };
            let entry = out.entry(keyword).or_insert_with(|| Value::Object(Map::new()));
            if let Value::Object(entries) = entry {
                entries.insert(name.clone(), converted);
            }
        }
    }
}

/// The schema that takes `null` as well, which is what authors of `nullable: true` mean beside `allOf` too.
fn nullable(mut schema: Map<String, Value>) -> Map<String, Value> {
    if let Some(Value::Array(values)) = schema.get_mut("enum")
        && !values.contains(&Value::Null)
    {
        values.push(Value::Null);
    }
    let composed =
        ["$ref", "allOf", "anyOf", "oneOf", "not", "const", "if"].iter().any(|keyword| schema.contains_key(*keyword));
    match schema.get_mut("type") {
        Some(kind @ Value::String(_)) if !composed => {
            if kind != "null" {
                *kind = Value::Array(vec![kind.take(), "null".into()]);
            }
        }
        Some(Value::Array(kinds)) if !composed => {
            if !kinds.contains(&"null".into()) {
                kinds.push("null".into());
            }
        }
        None if !composed => {}
        _ => {
            let mut outer = Map::new();
            let null = Value::Object(Map::from_iter([("type".to_owned(), Value::from("null"))]));
            outer.insert("anyOf".to_owned(), Value::Array(vec![Value::Object(schema), null]));
            return outer;
        }
    }
    schema
}
