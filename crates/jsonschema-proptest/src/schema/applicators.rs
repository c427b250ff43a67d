//! The keywords that apply subschemas to the same value, and the `unevaluated…` keywords.

use std::sync::Arc;

use serde_json::Value;

use crate::constraint::types::TypeSet;
use crate::constraint::{Atom, Constraint, negate};
use crate::schema::dialect::Dialect;
use crate::schema::keywords::KeywordReader;

impl KeywordReader<'_, '_> {
    pub(super) fn read_dependencies(&mut self) {
        let mut entries = Vec::new();
        if self.dialect >= Dialect::Draft201909 {
            for keyword in ["dependentRequired", "dependentSchemas"] {
                if let Some(Value::Object(map)) = self.get(keyword) {
                    entries.extend(map);
                }
            }
        }
        // The old keyword, which validators of newer drafts still support.
        if let Some(Value::Object(map)) = self.get("dependencies") {
            entries.extend(map);
        }
        for (name, wanted) in entries {
            let name: Arc<str> = Arc::from(name.as_str());
            if let Value::Array(others) = wanted {
                let others = others.iter().filter_map(Value::as_str).map(Arc::from);
                self.push(Constraint::DependentRequired(name, others.collect()));
            } else {
                let schema = self.subschema(wanted);
                self.push(Constraint::AnyOf(vec![
                    vec![Constraint::Absent(Arc::clone(&name))],
                    vec![Constraint::Types(TypeSet::OBJECT), Constraint::Required(name), Constraint::Apply(schema)],
                ]));
            }
        }
    }

    pub(super) fn read_in_place_applicators(&mut self) {
        if let Some(Value::Array(all)) = self.get("allOf") {
            for schema in all {
                let atom = self.subschema(schema);
                self.push(Constraint::Apply(atom));
            }
        }
        if let Some(Value::Array(any)) = self.get("anyOf") {
            let some = self.some_alternatives(any);
            let alternatives = some.iter().map(|schema| {
                let mut alternative = vec![Constraint::Apply(self.subschema(schema))];
                // The negation of some does not negate all, so that values have to be validated.
                alternative.extend((some.len() < any.len()).then_some(Constraint::Opaque));
                alternative
            });
            let alternatives = alternatives.collect();
            self.push(Constraint::AnyOf(alternatives));
        }
        if let Some(Value::Array(one)) = self.get("oneOf") {
            let some = self.some_alternatives(one);
            let atoms: Vec<Atom> = some.into_iter().map(|schema| self.subschema(schema)).collect();
            self.push(one_of(&atoms));
        }
        if let Some(schema) = self.get("not")
            && let Atom::Schema(id, _) = self.subschema(schema)
        {
            self.push(Constraint::Apply(Atom::Schema(id, false)));
        }
        if let Some(condition) = self.get_since(Dialect::Draft7, "if")
            && let Atom::Schema(id, _) = self.subschema(condition)
        {
            let mut then = vec![Constraint::Apply(Atom::Schema(id, true))];
            let mut otherwise = vec![Constraint::Apply(Atom::Schema(id, false))];
            for (keyword, alternative) in [("then", &mut then), ("else", &mut otherwise)] {
                if let Some(schema) = self.get(keyword) {
                    alternative.push(Constraint::Apply(self.subschema(schema)));
                }
            }
            if then.len() + otherwise.len() > 2 || self.evaluation_matters() {
                self.push(Constraint::AnyOf(vec![then, otherwise]));
            }
        }
    }

    /// Returns all alternatives, or evenly spaced ones of very many.
    fn some_alternatives<'v>(&mut self, all: &'v [Value]) -> Vec<&'v Value> {
        if all.len() > MAX_ALTERNATIVES {
            self.compiler.note_omission("some of very many alternatives");
        }
        all.iter().step_by(all.len().div_ceil(MAX_ALTERNATIVES).max(1)).collect()
    }

    /// Returns whether the properties or items that `if` evaluates can matter.
    fn evaluation_matters(&self) -> bool {
        self.compiler.has_unevaluated
    }

    pub(super) fn read_unevaluated(&mut self) {
        if let Some(schema) = self.get_since(Dialect::Draft201909, "unevaluatedItems") {
            let item = self.subschema(schema);
            self.push(Constraint::UnevaluatedItems(item));
        }
        if let Some(schema) = self.get_since(Dialect::Draft201909, "unevaluatedProperties") {
            let value = self.subschema(schema);
            self.push(Constraint::UnevaluatedProperties(value));
        }
    }
}

/// The maximum number of alternatives of one keyword that are looked at.
const MAX_ALTERNATIVES: usize = 4_096;

/// The maximum number of branches for which each branch excludes all others explicitly.
const EXCLUSIVE_BRANCHES: usize = 40;

/// Translates `oneOf`: each alternative is one branch without the others.
fn one_of(atoms: &[Atom]) -> Constraint {
    let exclude = atoms.len() <= EXCLUSIVE_BRANCHES;
    let alternatives = atoms.iter().enumerate().map(|(chosen, atom)| {
        let mut alternative = vec![Constraint::Apply(*atom)];
        if exclude {
            alternative.extend(atoms.iter().enumerate().filter_map(|(position, other)| {
                let other = negate(*other)?;
                (position != chosen).then_some(Constraint::Apply(other))
            }));
        } else {
            alternative.push(Constraint::Opaque);
        }
        alternative
    });
    Constraint::AnyOf(alternatives.collect())
}
