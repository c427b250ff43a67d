//! One conjunction of demands in normal form: per type, everything that is asked of it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde_json::Value;

use crate::constraint::{Atom, Bound, Constraint, NameClass};
use crate::decimal::Decimal;
use crate::demands::{Listed, Numbers, Texts};
use crate::pattern::Pattern;
use crate::types::TypeSet;

/// A number of items that have to be of a kind.
#[derive(Clone, Debug)]
pub(crate) struct Contained {
    pub(crate) item: Atom,
    pub(crate) from: usize,
    pub(crate) min: u64,
    pub(crate) max: Option<u64>,
}

/// What the items from an index on have to be, unless they are contained as something else.
#[derive(Clone, Debug)]
pub(crate) struct Onward {
    pub(crate) from: usize,
    pub(crate) item: Atom,
    pub(crate) unless: Vec<Atom>,
}

/// What arrays have to be.
#[derive(Clone, Debug, Default)]
pub(crate) struct Items {
    pub(crate) at: BTreeMap<usize, Vec<Atom>>,
    pub(crate) onward: Vec<Onward>,
    pub(crate) min: u64,
    pub(crate) max: Option<u64>,
    pub(crate) unique: bool,
    pub(crate) repeated: bool,
    pub(crate) contains: Vec<Contained>,
}

/// What all properties outside some names and patterns have to be.
#[derive(Clone, Debug)]
pub(crate) struct Others {
    pub(crate) names: Vec<String>,
    pub(crate) patterns: Vec<Arc<Pattern>>,
    pub(crate) value: Atom,
}

/// What objects have to be.
#[derive(Clone, Debug, Default)]
pub(crate) struct Members {
    /// In the order in which the schema lists them.
    pub(crate) named: Listed<Vec<Atom>>,
    pub(crate) matching: Vec<(Arc<Pattern>, Atom, Vec<String>)>,
    pub(crate) others: Vec<Others>,
    pub(crate) required: Listed<()>,
    pub(crate) absent: BTreeSet<Arc<str>>,
    pub(crate) min: u64,
    pub(crate) max: Option<u64>,
    pub(crate) names: Vec<Atom>,
    pub(crate) some: Vec<(NameClass, Option<Atom>)>,
    pub(crate) dependent: Vec<(Arc<str>, Vec<Arc<str>>)>,
}

/// A conjunction.
#[derive(Clone, Debug)]
pub(crate) struct Clause {
    pub(crate) types: TypeSet,
    pub(crate) values: Option<Vec<Value>>,
    pub(crate) not_values: Vec<Arc<Vec<Value>>>,
    pub(crate) numbers: Numbers,
    pub(crate) texts: Texts,
    pub(crate) items: Items,
    pub(crate) members: Members,
    /// Whether something in it is beyond the normal form.
    pub(crate) opaque: bool,
}

impl Clause {
    pub(crate) fn anything() -> Self {
        Self {
            types: TypeSet::ALL,
            values: None,
            not_values: Vec::new(),
            numbers: Numbers::default(),
            texts: Texts::default(),
            items: Items::default(),
            members: Members::default(),
            opaque: false,
        }
    }

    pub(crate) fn is_dead(&self) -> bool {
        self.types.is_empty() || self.values.as_ref().is_some_and(Vec::is_empty)
    }

    fn rule_out(&mut self, types: TypeSet) {
        self.types = self.types.without(types);
    }

    /// Adds one demand. Those that lead elsewhere (`Is`, `Any`, `Unevaluated…`) are not for it.
    pub(crate) fn add(&mut self, constraint: &Constraint) {
        use Constraint as C;
        match constraint {
            C::Never => self.types = TypeSet::NONE,
            C::Opaque => self.opaque = true,
            C::Types(types) => self.types = self.types.and(*types),
            C::Values(values) => self.keep_values(values),
            C::NotValues(values) => {
                if let Some(kept) = &mut self.values {
                    kept.retain(|value| !values.iter().any(|other| equal(value, other)));
                }
                self.not_values.push(Arc::clone(values));
            }
            C::Lower(_) | C::Upper(_) | C::Multiple(..) => self.add_number(constraint),
            C::MinLength(_) | C::MaxLength(_) | C::Like(..) | C::Formatted(..) => {
                self.add_text(constraint);
            }
            C::Item(..) | C::Items(..) | C::MinItems(_) | C::MaxItems(_) | C::Unique(_) | C::Contains { .. } => {
                self.add_items(constraint);
            }
            _ => self.add_members(constraint),
        }
    }

    fn keep_values(&mut self, values: &[Value]) {
        let refused = &self.not_values;
        let allowed = |value: &&Value| !refused.iter().any(|list| list.iter().any(|other| equal(value, other)));
        self.values = Some(match &self.values {
            None => values.iter().filter(allowed).cloned().collect(),
            Some(kept) => {
                let both = kept.iter().filter(|value| values.iter().any(|other| equal(value, other)));
                both.cloned().collect()
            }
        });
    }

    fn add_number(&mut self, constraint: &Constraint) {
        let numbers = &mut self.numbers;
        match constraint {
            Constraint::Lower(bound) => {
                let tighter = |known: Bound| bound.at > known.at || (bound.at == known.at && !bound.inclusive);
                let known = numbers.lower.filter(|known| !tighter(*known));
                numbers.lower = known.or(Some(*bound));
            }
            Constraint::Upper(bound) => {
                let tighter = |known: Bound| bound.at < known.at || (bound.at == known.at && !bound.inclusive);
                let known = numbers.upper.filter(|known| !tighter(*known));
                numbers.upper = known.or(Some(*bound));
            }
            Constraint::Multiple(of, true) => numbers.multiples.push(*of),
            Constraint::Multiple(of, false) => numbers.not_multiples.push(*of),
            _ => {}
        }
        if let (Some(lower), Some(upper)) = (numbers.lower, numbers.upper)
            && (lower.at > upper.at || (lower.at == upper.at && !(lower.inclusive && upper.inclusive)))
        {
            self.rule_out(TypeSet::NUMBER);
        }
    }

    fn add_text(&mut self, constraint: &Constraint) {
        let texts = &mut self.texts;
        let mut contradicts = false;
        match constraint {
            Constraint::MinLength(min) => texts.min = texts.min.max(*min),
            Constraint::MaxLength(max) => texts.max = Some(least(texts.max, *max)),
            Constraint::Like(pattern, holds) => {
                let known = texts.patterns.iter().find(|(known, _)| known.source == pattern.source);
                match known {
                    Some((_, as_before)) => contradicts = as_before != holds,
                    None => texts.patterns.push((Arc::clone(pattern), *holds)),
                }
            }
            Constraint::Formatted(format, holds) => {
                let known = texts.formats.iter().find(|(known, _)| known.name == format.name);
                match known {
                    Some((_, as_before)) => contradicts = as_before != holds,
                    None => texts.formats.push((Arc::clone(format), *holds)),
                }
            }
            _ => {}
        }
        if contradicts || texts.max.is_some_and(|max| max < texts.min) {
            self.rule_out(TypeSet::STRING);
        }
    }

    fn add_items(&mut self, constraint: &Constraint) {
        let items = &mut self.items;
        match constraint {
            Constraint::Item(index, atom) => {
                let atoms = items.at.entry(*index).or_default();
                if !atoms.contains(atom) {
                    atoms.push(*atom);
                }
            }
            Constraint::Items(from, atom) => items.onward.push(Onward { from: *from, item: *atom, unless: Vec::new() }),
            Constraint::MinItems(min) => items.min = items.min.max(*min),
            Constraint::MaxItems(max) => items.max = Some(least(items.max, *max)),
            Constraint::Unique(true) => items.unique = true,
            Constraint::Unique(false) => {
                items.repeated = true;
                items.min = items.min.max(2);
            }
            Constraint::Contains { item, from, min, max } => {
                items.min = items.min.max(min.saturating_add(if *min > 0 { *from as u64 } else { 0 }));
                let known = items.contains.iter_mut().find(|known| known.item == *item && known.from == *from);
                if let Some(known) = known {
                    known.min = known.min.max(*min);
                    known.max = max.map(|max| least(known.max, max)).or(known.max);
                } else {
                    items.contains.push(Contained { item: *item, from: *from, min: *min, max: *max });
                }
            }
            _ => {}
        }
        let starved = items.contains.iter().any(|contained| contained.max.is_some_and(|max| max < contained.min));
        if starved || items.max.is_some_and(|max| max < items.min) || (items.unique && items.repeated) {
            self.rule_out(TypeSet::ARRAY);
        }
    }

    fn add_members(&mut self, constraint: &Constraint) {
        let members = &mut self.members;
        match constraint {
            Constraint::Property(name, atom) => {
                let atoms = members.named.entry(name);
                if !atoms.contains(atom) {
                    atoms.push(*atom);
                }
            }
            Constraint::Matching(pattern, atom, except) => {
                members.matching.push((Arc::clone(pattern), *atom, except.clone()));
            }
            Constraint::Others { names, patterns, value } => {
                members.others.push(Others { names: names.clone(), patterns: patterns.clone(), value: *value });
            }
            Constraint::Required(name) => {
                members.required.entry(name);
            }
            Constraint::Absent(name) => {
                members.absent.insert(Arc::clone(name));
            }
            Constraint::MinProperties(min) => members.min = members.min.max(*min),
            Constraint::MaxProperties(max) => members.max = Some(least(members.max, *max)),
            Constraint::Names(atom) => members.names.push(*atom),
            Constraint::Some(class, value) => members.some.push(((**class).clone(), *value)),
            Constraint::Dependent(name, others) => {
                members.dependent.push((Arc::clone(name), others.clone()));
            }
            _ => {}
        }
        let lower = members.min.max(members.required.len() as u64);
        if members.max.is_some_and(|max| max < lower)
            || members.absent.iter().any(|name| members.required.contains(name))
        {
            self.rule_out(TypeSet::OBJECT);
        }
    }

    /// Whether a value that is no array or object meets everything.
    pub(crate) fn admits_simple(&self, value: &Value) -> bool {
        let refused = self.not_values.iter().any(|list| list.iter().any(|other| equal(value, other)));
        if refused || !self.types.meets(TypeSet::of(value)) {
            return false;
        }
        match value {
            Value::Number(number) => Decimal::of(number).is_none_or(|number| self.numbers.admit(number)),
            Value::String(text) => self.texts.admit(text),
            _ => true,
        }
    }

    /// Whether the clause already says so.
    pub(crate) fn implies(&self, constraint: &Constraint) -> bool {
        match constraint {
            Constraint::Types(types) => self.types.within(*types),
            Constraint::Required(name) => self.members.required.contains(name),
            Constraint::Absent(name) => self.members.absent.contains(name),
            Constraint::MinLength(min) => self.texts.min >= *min,
            Constraint::MaxLength(max) => self.texts.max.is_some_and(|known| known <= *max),
            Constraint::MinItems(min) => self.items.min >= *min,
            Constraint::MaxItems(max) => self.items.max.is_some_and(|known| known <= *max),
            Constraint::MinProperties(min) => self.members.min >= *min,
            Constraint::MaxProperties(max) => self.members.max.is_some_and(|known| known <= *max),
            _ => false,
        }
    }

    /// Whether the clause already rules it out.
    pub(crate) fn contradicts(&self, constraint: &Constraint) -> bool {
        let objects_only = self.types.within(TypeSet::OBJECT);
        match constraint {
            Constraint::Never => true,
            Constraint::Types(types) => !self.types.meets(*types),
            Constraint::Required(name) => objects_only && self.members.absent.contains(name),
            Constraint::Absent(name) => objects_only && self.members.required.contains(name),
            _ => false,
        }
    }
}

fn least(known: Option<u64>, other: u64) -> u64 {
    known.map_or(other, |known| known.min(other))
}

/// Equality of JSON values, where 1 and 1.0 are the same.
pub(crate) fn equal(left: &Value, right: &Value) -> bool {
    match (left, right) {
        (Value::Number(left), Value::Number(right)) => {
            left == right
                || match (Decimal::of(left), Decimal::of(right)) {
                    (Some(left), Some(right)) => left == right,
                    _ => false,
                }
        }
        (Value::Array(left), Value::Array(right)) => {
            left.len() == right.len() && left.iter().zip(right).all(|(left, right)| equal(left, right))
        }
        (Value::Object(left), Value::Object(right)) => {
            left.len() == right.len()
                && left.iter().all(|(name, left)| right.get(name).is_some_and(|right| equal(left, right)))
        }
        _ => left == right,
    }
}
