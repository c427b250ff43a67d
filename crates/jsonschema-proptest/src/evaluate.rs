//! Judges a value against atoms, for the values that a schema lists by itself.

use serde_json::Value;

use crate::clause::equal;
use crate::compile::Compiler;
use crate::constraint::{Atom, Constraint, NameClass};
use crate::decimal::Decimal;
use crate::types::TypeSet;

/// References may lead in circles without descending into the value.
const MAX_DEPTH: usize = 150;

impl Compiler<'_> {
    /// Whether a value meets all atoms; `None` if that cannot be said.
    pub(crate) fn admits(&mut self, atoms: &[Atom], value: &Value) -> Option<bool> {
        let mut fuel = 20_000;
        self.meets_all(atoms, value, 0, &mut fuel)
    }

    fn meets_all(&mut self, atoms: &[Atom], value: &Value, depth: usize, fuel: &mut u32) -> Option<bool> {
        all(atoms.iter().map(|atom| self.meets(*atom, value, depth, fuel)))
    }

    fn meets(&mut self, atom: Atom, value: &Value, depth: usize, fuel: &mut u32) -> Option<bool> {
        if depth > MAX_DEPTH || *fuel == 0 {
            return None;
        }
        *fuel -= 1;
        if let Atom::Schema(schema, false) = atom {
            return self.meets(Atom::Schema(schema, true), value, depth + 1, fuel).map(|valid| !valid);
        }
        let demands = self.demands(atom);
        all(demands.iter().map(|rule| self.holds(rule, value, depth + 1, fuel)))
    }

    fn holds(&mut self, rule: &Constraint, value: &Value, depth: usize, fuel: &mut u32) -> Option<bool> {
        use Constraint as C;
        match rule {
            C::Never => return Some(false),
            C::Opaque => return None,
            C::Types(types) => return Some(types.meets(TypeSet::of(value))),
            C::Values(values) => return Some(values.iter().any(|other| equal(value, other))),
            C::NotValues(values) => return Some(!values.iter().any(|other| equal(value, other))),
            C::Is(atom) => return self.meets(*atom, value, depth, fuel),
            C::Any(ways) => {
                return any(ways
                    .iter()
                    .map(|way| all(way.iter().map(|rule| self.holds(rule, value, depth + 1, fuel)))));
            }
            _ => {}
        }
        match value {
            Value::Number(number) => number_holds(rule, number),
            Value::String(text) => Some(text_holds(rule, text)),
            Value::Array(items) => self.items_hold(rule, items, depth, fuel),
            Value::Object(members) => self.members_hold(rule, members, depth, fuel),
            _ => Some(true),
        }
    }

    fn items_hold(&mut self, rule: &Constraint, items: &[Value], depth: usize, fuel: &mut u32) -> Option<bool> {
        let count = items.len() as u64;
        match rule {
            Constraint::Item(index, atom) => match items.get(*index) {
                Some(item) => self.meets(*atom, item, depth, fuel),
                None => Some(true),
            },
            Constraint::Items(from, atom) => {
                all(items.iter().skip(*from).map(|item| self.meets(*atom, item, depth, fuel)))
            }
            Constraint::MinItems(min) => Some(count >= *min),
            Constraint::MaxItems(max) => Some(count <= *max),
            Constraint::Unique(unique) => {
                let repeated =
                    items.iter().enumerate().any(|(at, item)| items[..at].iter().any(|earlier| equal(item, earlier)));
                Some(repeated != *unique)
            }
            Constraint::Contains { item: atom, from, min, max } => {
                let mut found = 0;
                for item in items.iter().skip(*from) {
                    found += u64::from(self.meets(*atom, item, depth, fuel)?);
                }
                Some(found >= *min && max.is_none_or(|max| found <= max))
            }
            Constraint::UnevaluatedItems(_) => None,
            _ => Some(true),
        }
    }

    fn members_hold(
        &mut self,
        rule: &Constraint,
        members: &serde_json::Map<String, Value>,
        depth: usize,
        fuel: &mut u32,
    ) -> Option<bool> {
        let count = members.len() as u64;
        match rule {
            Constraint::Property(name, atom) => match members.get(&**name) {
                Some(value) => self.meets(*atom, value, depth, fuel),
                None => Some(true),
            },
            Constraint::Matching(pattern, atom, except) => all(members
                .iter()
                .filter(|(name, _)| pattern.is_match(name) && !except.contains(name))
                .map(|(_, value)| self.meets(*atom, value, depth, fuel))),
            Constraint::Others { names, patterns, value: atom } => all(members
                .iter()
                .filter(|(name, _)| !names.contains(name) && !patterns.iter().any(|like| like.is_match(name)))
                .map(|(_, value)| self.meets(*atom, value, depth, fuel))),
            Constraint::Required(name) => Some(members.contains_key(&**name)),
            Constraint::Absent(name) => Some(!members.contains_key(&**name)),
            Constraint::MinProperties(min) => Some(count >= *min),
            Constraint::MaxProperties(max) => Some(count <= *max),
            Constraint::Names(atom) => {
                all(members.keys().map(|name| self.meets(*atom, &Value::String(name.clone()), depth, fuel)))
            }
            Constraint::Some(class, wanted) => any(members.iter().map(|(name, value)| {
                let named = self.is_named(class, name, depth, fuel)?;
                let meets = wanted.map_or(Some(true), |atom| self.meets(atom, value, depth, fuel));
                all([Some(named), meets].into_iter())
            })),
            Constraint::Dependent(name, others) => {
                Some(!members.contains_key(&**name) || others.iter().all(|other| members.contains_key(&**other)))
            }
            Constraint::UnevaluatedProperties(_) => None,
            _ => Some(true),
        }
    }

    fn is_named(&mut self, class: &NameClass, name: &str, depth: usize, fuel: &mut u32) -> Option<bool> {
        let in_class = class.like.as_ref().is_none_or(|like| like.is_match(name))
            && !class.not_named.iter().any(|other| other == name)
            && !class.not_like.iter().any(|like| like.is_match(name));
        if !in_class {
            return Some(false);
        }
        self.meets_all(&class.is, &Value::String(name.to_owned()), depth, fuel)
    }

    /// Whether a name is of a class.
    pub(crate) fn in_class(&mut self, class: &NameClass, name: &str) -> Option<bool> {
        let mut fuel = 10_000;
        self.is_named(class, name, 0, &mut fuel)
    }
}

fn number_holds(rule: &Constraint, number: &serde_json::Number) -> Option<bool> {
    if !matches!(rule, Constraint::Lower(_) | Constraint::Upper(_) | Constraint::Multiple(..)) {
        return Some(true);
    }
    let number = Decimal::of(number)?;
    match rule {
        Constraint::Lower(bound) => Some(number > bound.at || (bound.inclusive && number == bound.at)),
        Constraint::Upper(bound) => Some(number < bound.at || (bound.inclusive && number == bound.at)),
        Constraint::Multiple(of, wanted) => Some(number.is_multiple_of(*of)? == *wanted),
        _ => Some(true),
    }
}

/// Whether a demand on strings holds.
pub(crate) fn text_holds(rule: &Constraint, text: &str) -> bool {
    let length = || text.chars().count() as u64;
    match rule {
        Constraint::MinLength(min) => length() >= *min,
        Constraint::MaxLength(max) => length() <= *max,
        Constraint::Like(pattern, wanted) => pattern.is_match(text) == *wanted,
        Constraint::Formatted(format, wanted) => format.is_match(text) == *wanted,
        _ => true,
    }
}

/// Three-valued conjunction.
fn all(judgements: impl Iterator<Item = Option<bool>>) -> Option<bool> {
    let mut known = true;
    for judgement in judgements {
        match judgement {
            Some(true) => {}
            Some(false) => return Some(false),
            None => known = false,
        }
    }
    known.then_some(true)
}

/// Three-valued disjunction.
fn any(judgements: impl Iterator<Item = Option<bool>>) -> Option<bool> {
    all(judgements.map(|judgement| judgement.map(|holds| !holds))).map(|none| !none)
}
