//! Evaluates constants against atoms, for `enum`, `const` and property names. Results may be unknown.

use serde_json::Value;

use crate::constraint::types::TypeSet;
use crate::constraint::value_set::DistinctValues;
use crate::constraint::{Atom, Constraint, NameClass};
use crate::normalize::compiler::Compiler;
use crate::number::decimal::Decimal;

/// The maximum depth of evaluation. References may be circular without descending into the value.
const MAX_DEPTH: usize = 150;

impl Compiler<'_> {
    /// Returns whether a value satisfies all atoms. `None` if that is unknown.
    pub(crate) fn accepts(&mut self, atoms: &[Atom], value: &Value) -> Option<bool> {
        let mut budget = 20_000;
        self.satisfies_all(atoms, value, 0, &mut budget)
    }

    fn satisfies_all(&mut self, atoms: &[Atom], value: &Value, depth: usize, budget: &mut u32) -> Option<bool> {
        all_true(atoms.iter().map(|atom| self.satisfies(*atom, value, depth, budget)))
    }

    fn satisfies(&mut self, atom: Atom, value: &Value, depth: usize, budget: &mut u32) -> Option<bool> {
        if depth > MAX_DEPTH || *budget == 0 {
            return None;
        }
        *budget -= 1;
        if let Atom::Schema(schema, false) = atom {
            return self.satisfies(Atom::Schema(schema, true), value, depth + 1, budget).map(|valid| !valid);
        }
        let constraints = self.constraints_of(atom);
        all_true(constraints.iter().map(|rule| self.satisfies_rule(rule, value, depth + 1, budget)))
    }

    fn satisfies_rule(&mut self, rule: &Constraint, value: &Value, depth: usize, budget: &mut u32) -> Option<bool> {
        use Constraint as C;
        match rule {
            C::Nothing => return Some(false),
            C::Opaque => return None,
            C::Types(types) => return Some(types.intersects(TypeSet::of(value))),
            C::Enum(values) => return Some(values.has(value)),
            C::NotEnum(values) => return Some(!values.has(value)),
            C::Apply(atom) => return self.satisfies(*atom, value, depth, budget),
            C::AnyOf(alternatives) => {
                return any_true(alternatives.iter().map(|alternative| {
                    all_true(alternative.iter().map(|rule| self.satisfies_rule(rule, value, depth + 1, budget)))
                }));
            }
            _ => {}
        }
        match value {
            Value::Number(number) => number_satisfies(rule, number),
            Value::String(text) => Some(string_satisfies(rule, text)),
            Value::Array(items) => self.array_satisfies(rule, items, depth, budget),
            Value::Object(members) => self.object_satisfies(rule, members, depth, budget),
            _ => Some(true),
        }
    }

    fn array_satisfies(&mut self, rule: &Constraint, items: &[Value], depth: usize, budget: &mut u32) -> Option<bool> {
        let count = items.len() as u64;
        match rule {
            Constraint::Item(index, atom) => match items.get(*index) {
                Some(item) => self.satisfies(*atom, item, depth, budget),
                None => Some(true),
            },
            Constraint::ItemsFrom(from, atom) => {
                all_true(items.iter().skip(*from).map(|item| self.satisfies(*atom, item, depth, budget)))
            }
            Constraint::MinItems(min) => Some(count >= *min),
            Constraint::MaxItems(max) => Some(count <= *max),
            Constraint::UniqueItems(unique) => {
                let mut distinct = DistinctValues::default();
                let repeated = !items.iter().all(|item| distinct.insert(item.clone()));
                Some(repeated != *unique)
            }
            Constraint::Contains { item: atom, from, min, max } => {
                let mut found = 0;
                for item in items.iter().skip(*from) {
                    found += u64::from(self.satisfies(*atom, item, depth, budget)?);
                }
                Some(found >= *min && max.is_none_or(|max| found <= max))
            }
            Constraint::UnevaluatedItems(_) => None,
            _ => Some(true),
        }
    }

    fn object_satisfies(
        &mut self,
        rule: &Constraint,
        members: &serde_json::Map<String, Value>,
        depth: usize,
        budget: &mut u32,
    ) -> Option<bool> {
        let count = members.len() as u64;
        match rule {
            Constraint::Property(name, atom) => match members.get(&**name) {
                Some(value) => self.satisfies(*atom, value, depth, budget),
                None => Some(true),
            },
            Constraint::PatternProperty(pattern, atom, except) => all_true(
                members
                    .iter()
                    .filter(|(name, _)| pattern.is_match(name) && !except.contains(name))
                    .map(|(_, value)| self.satisfies(*atom, value, depth, budget)),
            ),
            Constraint::AdditionalProperties { names, patterns, value: atom } => all_true(
                members
                    .iter()
                    .filter(|(name, _)| !names.contains(name) && !patterns.iter().any(|pattern| pattern.is_match(name)))
                    .map(|(_, value)| self.satisfies(*atom, value, depth, budget)),
            ),
            Constraint::Required(name) => Some(members.contains_key(&**name)),
            Constraint::Absent(name) => Some(!members.contains_key(&**name)),
            Constraint::MinProperties(min) => Some(count >= *min),
            Constraint::MaxProperties(max) => Some(count <= *max),
            Constraint::PropertyNames(atom) => {
                all_true(members.keys().map(|name| self.satisfies(*atom, &Value::String(name.clone()), depth, budget)))
            }
            Constraint::PropertyExists(class, wanted) => any_true(members.iter().map(|(name, value)| {
                let is_in_class = self.satisfies_name_class(class, name, depth, budget)?;
                let is_wanted = wanted.map_or(Some(true), |atom| self.satisfies(atom, value, depth, budget));
                all_true([Some(is_in_class), is_wanted].into_iter())
            })),
            Constraint::DependentRequired(name, others) => {
                Some(!members.contains_key(&**name) || others.iter().all(|other| members.contains_key(&**other)))
            }
            Constraint::UnevaluatedProperties(_) => None,
            _ => Some(true),
        }
    }

    fn satisfies_name_class(&mut self, class: &NameClass, name: &str, depth: usize, budget: &mut u32) -> Option<bool> {
        let has_matching_text = class.matches.as_ref().is_none_or(|pattern| pattern.is_match(name))
            && !class.not_named.iter().any(|other| other == name)
            && !class.not_matching.iter().any(|pattern| pattern.is_match(name));
        if !has_matching_text {
            return Some(false);
        }
        self.satisfies_all(&class.satisfies, &Value::String(name.to_owned()), depth, budget)
    }

    /// Returns whether a name is of a class. `None` if that is unknown.
    pub(crate) fn is_in_class(&mut self, class: &NameClass, name: &str) -> Option<bool> {
        let mut budget = 10_000;
        self.satisfies_name_class(class, name, 0, &mut budget)
    }
}

fn number_satisfies(rule: &Constraint, number: &serde_json::Number) -> Option<bool> {
    if !matches!(rule, Constraint::Minimum(_) | Constraint::Maximum(_) | Constraint::MultipleOf(..)) {
        return Some(true);
    }
    let number = Decimal::of(number)?;
    match rule {
        Constraint::Minimum(bound) => Some(number > bound.at || (bound.inclusive && number == bound.at)),
        Constraint::Maximum(bound) => Some(number < bound.at || (bound.inclusive && number == bound.at)),
        Constraint::MultipleOf(of, wanted) => Some(number.is_multiple_of(*of)? == *wanted),
        _ => Some(true),
    }
}

/// Returns whether a string satisfies a constraint.
pub(crate) fn string_satisfies(rule: &Constraint, text: &str) -> bool {
    let length = || text.chars().count() as u64;
    match rule {
        Constraint::MinLength(min) => length() >= *min,
        Constraint::MaxLength(max) => length() <= *max,
        Constraint::Pattern(pattern, wanted) => pattern.is_match(text) == *wanted,
        Constraint::Format(format, wanted) => format.is_match(text) == *wanted,
        _ => true,
    }
}

/// Returns whether all results are true (conjunction of three-valued logic).
fn all_true(results: impl Iterator<Item = Option<bool>>) -> Option<bool> {
    let mut known = true;
    for result in results {
        match result {
            Some(true) => {}
            Some(false) => return Some(false),
            None => known = false,
        }
    }
    known.then_some(true)
}

/// Returns whether any result is true (disjunction of three-valued logic).
fn any_true(results: impl Iterator<Item = Option<bool>>) -> Option<bool> {
    all_true(results.map(|result| result.map(|holds| !holds))).map(|none| !none)
}
