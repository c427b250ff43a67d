//! A conjunction of constraints, one part for each JSON type.

use std::sync::Arc;

use serde_json::Value;

use crate::constraint::by_type::{
    AdditionalProperties, ArrayConstraints, ContainsRule, ItemsFromRule, NumberConstraints, ObjectConstraints,
    StringConstraints,
};
use crate::constraint::types::TypeSet;
use crate::constraint::value_set::ValueSet;
use crate::constraint::{Bound, Constraint};
use crate::number::decimal::Decimal;

/// A conjunction of constraints. Constraints on one type do not restrict values of other types.
#[derive(Clone, Debug)]
pub(crate) struct Clause {
    pub(crate) types: TypeSet,
    /// The only values that are permitted, if an `enum` or a `const` lists them.
    pub(crate) values: Option<Arc<Vec<Value>>>,
    /// Lists of values that are not permitted.
    pub(crate) not_values: Vec<Arc<ValueSet>>,
    pub(crate) number: NumberConstraints,
    pub(crate) string: StringConstraints,
    pub(crate) array: ArrayConstraints,
    pub(crate) object: ObjectConstraints,
    /// Whether a constraint could not be expressed, so that values have to be validated.
    pub(crate) opaque: bool,
}

impl Clause {
    pub(crate) fn anything() -> Self {
        Self {
            types: TypeSet::ALL,
            values: None,
            not_values: Vec::new(),
            number: NumberConstraints::default(),
            string: StringConstraints::default(),
            array: ArrayConstraints::default(),
            object: ObjectConstraints::default(),
            opaque: false,
        }
    }

    pub(crate) fn is_contradictory(&self) -> bool {
        self.types.is_empty() || self.values.as_ref().is_some_and(|values| values.is_empty())
    }

    fn exclude_types(&mut self, types: TypeSet) {
        self.types = self.types.difference(types);
    }

    /// Adds one constraint. `Apply`, `AnyOf` and `Unevaluated…` are resolved by the expansion before.
    pub(crate) fn add(&mut self, constraint: &Constraint) {
        use Constraint as C;
        match constraint {
            C::Nothing => self.types = TypeSet::NONE,
            C::Opaque => self.opaque = true,
            C::Types(types) => self.types = self.types.intersection(*types),
            C::Enum(values) => self.restrict_to_values(values),
            C::NotEnum(values) => {
                if let Some(kept) = &mut self.values {
                    Arc::make_mut(kept).retain(|value| !values.has(value));
                }
                self.not_values.push(Arc::clone(values));
            }
            C::Minimum(_) | C::Maximum(_) | C::MultipleOf(..) => self.add_number(constraint),
            C::MinLength(_) | C::MaxLength(_) | C::Pattern(..) | C::Format(..) => {
                self.add_string(constraint);
            }
            C::Item(..)
            | C::ItemsFrom(..)
            | C::MinItems(_)
            | C::MaxItems(_)
            | C::UniqueItems(_)
            | C::Contains { .. } => {
                self.add_array(constraint);
            }
            _ => self.add_object(constraint),
        }
    }

    fn restrict_to_values(&mut self, values: &ValueSet) {
        let refused = &self.not_values;
        let allowed = |value: &&Value| !refused.iter().any(|list| list.has(value));
        let both: Vec<Value> = match &self.values {
            None => values.iter().filter(allowed).cloned().collect(),
            Some(kept) => kept.iter().filter(|value| values.has(value)).cloned().collect(),
        };
        self.values = Some(Arc::new(both));
    }

    fn add_number(&mut self, constraint: &Constraint) {
        let number = &mut self.number;
        match constraint {
            Constraint::Minimum(bound) => {
                let tighter = |known: Bound| bound.at > known.at || (bound.at == known.at && !bound.inclusive);
                let known = number.lower.filter(|known| !tighter(*known));
                number.lower = known.or(Some(*bound));
            }
            Constraint::Maximum(bound) => {
                let tighter = |known: Bound| bound.at < known.at || (bound.at == known.at && !bound.inclusive);
                let known = number.upper.filter(|known| !tighter(*known));
                number.upper = known.or(Some(*bound));
            }
            Constraint::MultipleOf(of, true) => number.multiples.push(*of),
            Constraint::MultipleOf(of, false) => number.not_multiples.push(*of),
            _ => {}
        }
        if let (Some(lower), Some(upper)) = (number.lower, number.upper)
            && (lower.at > upper.at || (lower.at == upper.at && !(lower.inclusive && upper.inclusive)))
        {
            self.exclude_types(TypeSet::NUMBER);
        }
    }

    fn add_string(&mut self, constraint: &Constraint) {
        let string = &mut self.string;
        let mut contradicts = false;
        match constraint {
            Constraint::MinLength(min) => string.min = string.min.max(*min),
            Constraint::MaxLength(max) => string.max = Some(min_of(string.max, *max)),
            Constraint::Pattern(pattern, holds) => {
                let known = string.patterns.iter().find(|(known, _)| known.source == pattern.source);
                match known {
                    Some((_, known_holds)) => contradicts = known_holds != holds,
                    None => string.patterns.push((Arc::clone(pattern), *holds)),
                }
            }
            Constraint::Format(format, holds) => {
                let known = string.formats.iter().find(|(known, _)| known.name == format.name);
                match known {
                    Some((_, known_holds)) => contradicts = known_holds != holds,
                    None => string.formats.push((Arc::clone(format), *holds)),
                }
            }
            _ => {}
        }
        if contradicts || string.max.is_some_and(|max| max < string.min) {
            self.exclude_types(TypeSet::STRING);
        }
    }

    fn add_array(&mut self, constraint: &Constraint) {
        let array = &mut self.array;
        match constraint {
            Constraint::Item(index, atom) => {
                let atoms = array.at.entry(*index).or_default();
                if !atoms.contains(atom) {
                    atoms.push(*atom);
                }
            }
            Constraint::ItemsFrom(from, atom) => {
                array.items_from.push(ItemsFromRule { from: *from, item: *atom, unless: Vec::new() });
            }
            Constraint::MinItems(min) => array.min = array.min.max(*min),
            Constraint::MaxItems(max) => array.max = Some(min_of(array.max, *max)),
            Constraint::UniqueItems(true) => array.unique = true,
            Constraint::UniqueItems(false) => {
                array.has_duplicates = true;
                array.min = array.min.max(2);
            }
            Constraint::Contains { item, from, min, max } => {
                array.min = array.min.max(min.saturating_add(if *min > 0 { *from as u64 } else { 0 }));
                let known = array.contains.iter_mut().find(|known| known.item == *item && known.from == *from);
                if let Some(known) = known {
                    known.min = known.min.max(*min);
                    known.max = max.map(|max| min_of(known.max, max)).or(known.max);
                } else {
                    array.contains.push(ContainsRule { item: *item, from: *from, min: *min, max: *max });
                }
            }
            _ => {}
        }
        let is_contradictory = array.contains.iter().any(|rule| rule.max.is_some_and(|max| max < rule.min));
        if is_contradictory || array.max.is_some_and(|max| max < array.min) || (array.unique && array.has_duplicates) {
            self.exclude_types(TypeSet::ARRAY);
        }
    }

    fn add_object(&mut self, constraint: &Constraint) {
        let object = &mut self.object;
        match constraint {
            Constraint::Property(name, atom) => {
                let atoms = object.properties.entry(name);
                if !atoms.contains(atom) {
                    atoms.push(*atom);
                }
            }
            Constraint::PatternProperty(pattern, atom, except) => {
                object.pattern_properties.push((Arc::clone(pattern), *atom, except.clone()));
            }
            Constraint::AdditionalProperties { names, patterns, value } => {
                object.additional.push(AdditionalProperties {
                    names: names.clone(),
                    patterns: patterns.clone(),
                    value: *value,
                });
            }
            Constraint::Required(name) => {
                object.required.entry(name);
            }
            Constraint::Absent(name) => {
                object.absent.insert(Arc::clone(name));
            }
            Constraint::MinProperties(min) => object.min = object.min.max(*min),
            Constraint::MaxProperties(max) => object.max = Some(min_of(object.max, *max)),
            Constraint::PropertyNames(atom) => object.property_names.push(*atom),
            Constraint::PropertyExists(class, value) => object.exists.push(((**class).clone(), *value)),
            Constraint::DependentRequired(name, additional) => {
                object.dependent_required.push((Arc::clone(name), additional.clone()));
            }
            _ => {}
        }
        let lower = object.min.max(object.required.len() as u64);
        if object.max.is_some_and(|max| max < lower) || object.absent.iter().any(|name| object.required.contains(name))
        {
            self.exclude_types(TypeSet::OBJECT);
        }
    }

    /// Returns whether a value other than an array or an object satisfies the clause.
    pub(crate) fn accepts_scalar(&self, value: &Value) -> bool {
        let refused = self.not_values.iter().any(|list| list.has(value));
        if refused || !self.types.intersects(TypeSet::of(value)) {
            return false;
        }
        match value {
            Value::Number(number) => Decimal::of(number).is_none_or(|number| self.number.accepts(number)),
            Value::String(text) => self.string.accepts(text),
            _ => true,
        }
    }

    /// Returns whether the clause is known to imply the constraint.
    pub(crate) fn implies(&self, constraint: &Constraint) -> bool {
        match constraint {
            Constraint::Types(types) => self.types.is_subset_of(*types),
            Constraint::Required(name) => self.object.required.contains(name),
            Constraint::Absent(name) => self.object.absent.contains(name),
            Constraint::MinLength(min) => self.string.min >= *min,
            Constraint::MaxLength(max) => self.string.max.is_some_and(|known| known <= *max),
            Constraint::MinItems(min) => self.array.min >= *min,
            Constraint::MaxItems(max) => self.array.max.is_some_and(|known| known <= *max),
            Constraint::MinProperties(min) => self.object.min >= *min,
            Constraint::MaxProperties(max) => self.object.max.is_some_and(|known| known <= *max),
            _ => false,
        }
    }

    /// Returns whether the clause is known to contradict the constraint.
    pub(crate) fn contradicts(&self, constraint: &Constraint) -> bool {
        let objects_only = self.types.is_subset_of(TypeSet::OBJECT);
        match constraint {
            Constraint::Nothing => true,
            Constraint::Types(types) => !self.types.intersects(*types),
            Constraint::Required(name) => objects_only && self.object.absent.contains(name),
            Constraint::Absent(name) => objects_only && self.object.required.contains(name),
            _ => false,
        }
    }
}

fn min_of(known: Option<u64>, other: u64) -> u64 {
    known.map_or(other, |known| known.min(other))
}

/// Returns whether two JSON values are equal, where 1 and 1.0 are equal.
pub(crate) fn json_equal(left: &Value, right: &Value) -> bool {
    match (left, right) {
        (Value::Number(left), Value::Number(right)) => {
            left == right
                || match (Decimal::of(left), Decimal::of(right)) {
                    (Some(left), Some(right)) => left == right,
                    _ => false,
                }
        }
        (Value::Array(left), Value::Array(right)) => {
            left.len() == right.len() && left.iter().zip(right).all(|(left, right)| json_equal(left, right))
        }
        (Value::Object(left), Value::Object(right)) => {
            left.len() == right.len()
                && left.iter().all(|(name, left)| right.get(name).is_some_and(|right| json_equal(left, right)))
        }
        _ => left == right,
    }
}
