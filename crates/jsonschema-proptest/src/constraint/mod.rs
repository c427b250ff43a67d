//! Constraints on values, and their negation.

pub(crate) mod by_type;
pub(crate) mod clause;
pub(crate) mod types;
pub(crate) mod value_set;

use std::sync::Arc;

use crate::constraint::types::TypeSet;
use crate::constraint::value_set::ValueSet;
use crate::number::decimal::Decimal;
use crate::string::format::Format;
use crate::string::pattern::Pattern;

pub(crate) type SchemaId = u32;

/// An atomic proposition about a value as a whole. A goal is a conjunction of atoms.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Atom {
    /// The value is valid (or, if false, invalid) under a schema.
    Schema(SchemaId, bool),
    /// The value satisfies a mutated schema: it is invalid under the original for one reason.
    Mutated(u32),
    /// The value satisfies constraints that the generator itself introduced.
    Synthetic(u32),
}

/// A numeric bound.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Bound {
    pub(crate) at: Decimal,
    pub(crate) inclusive: bool,
}

/// A set of property names.
#[derive(Clone, Debug, Default)]
pub(crate) struct NameClass {
    /// The name matches this pattern.
    pub(crate) matches: Option<Arc<Pattern>>,
    /// The name differs from all of these.
    pub(crate) not_named: Vec<String>,
    /// The name matches none of these patterns.
    pub(crate) not_matching: Vec<Arc<Pattern>>,
    /// The name satisfies these atoms.
    pub(crate) satisfies: Vec<Atom>,
}

/// One constraint. As in JSON Schema, a constraint on one type holds for values of all other types.
#[derive(Clone, Debug)]
pub(crate) enum Constraint {
    /// No value satisfies it.
    Nothing,
    /// A constraint that is not modelled. Values have to be validated.
    Opaque,
    Types(TypeSet),
    Enum(Arc<ValueSet>),
    NotEnum(Arc<ValueSet>),
    Minimum(Bound),
    Maximum(Bound),
    MultipleOf(Decimal, bool),
    MinLength(u64),
    MaxLength(u64),
    Pattern(Arc<Pattern>, bool),
    Format(Arc<Format>, bool),
    /// A constraint on the item at an index.
    Item(usize, Atom),
    /// A constraint on all items from an index on.
    ItemsFrom(usize, Atom),
    MinItems(u64),
    MaxItems(u64),
    /// No two items are equal (or, if false, two items are).
    UniqueItems(bool),
    Contains {
        item: Atom,
        from: usize,
        min: u64,
        max: Option<u64>,
    },
    Property(Arc<str>, Atom),
    /// A constraint on all properties whose name matches, except for the listed names.
    PatternProperty(Arc<Pattern>, Atom, Vec<String>),
    /// A constraint on all properties that are neither named nor matched.
    AdditionalProperties {
        names: Vec<String>,
        patterns: Vec<Arc<Pattern>>,
        value: Atom,
    },
    Required(Arc<str>),
    Absent(Arc<str>),
    MinProperties(u64),
    MaxProperties(u64),
    PropertyNames(Atom),
    /// A property with a name of the class, and with a value that satisfies the atom, exists.
    PropertyExists(Box<NameClass>, Option<Atom>),
    /// If the first property exists, the others exist.
    DependentRequired(Arc<str>, Vec<Arc<str>>),
    Apply(Atom),
    /// A disjunction of conjunctions.
    AnyOf(Vec<Vec<Constraint>>),
    UnevaluatedItems(Atom),
    UnevaluatedProperties(Atom),
}

/// Returns the negation of an atom. `None` if it is not an atom itself.
pub(crate) fn negate(atom: Atom) -> Option<Atom> {
    match atom {
        Atom::Schema(schema, holds) => Some(Atom::Schema(schema, !holds)),
        Atom::Mutated(_) | Atom::Synthetic(_) => None,
    }
}

impl Constraint {
    /// Returns the negation as a disjunction of conjunctions. `None` if the constraint alone does not determine it.
    pub(crate) fn negated(&self) -> Option<Vec<Vec<Constraint>>> {
        use Constraint as C;
        let number = |rest| single_alternative(TypeSet::NUMBER, vec![rest]);
        let string = |rest| single_alternative(TypeSet::STRING, vec![rest]);
        Some(match self {
            C::Nothing => vec![Vec::new()],
            C::Opaque | C::UnevaluatedItems(_) | C::UnevaluatedProperties(_) => return None,
            C::Types(named) => vec![vec![C::Types(TypeSet::ALL.difference(*named))]],
            C::Enum(values) => vec![vec![C::NotEnum(Arc::clone(values))]],
            C::NotEnum(values) => vec![vec![C::Enum(Arc::clone(values))]],
            C::Minimum(bound) => number(C::Maximum(bound.complement())),
            C::Maximum(bound) => number(C::Minimum(bound.complement())),
            C::MultipleOf(of, holds) => number(C::MultipleOf(*of, !holds)),
            C::MinLength(0) | C::MinItems(0) | C::MinProperties(0) => Vec::new(),
            C::MinLength(min) => string(C::MaxLength(min - 1)),
            C::MaxLength(max) => string(C::MinLength(max.checked_add(1)?)),
            C::Pattern(pattern, holds) => string(C::Pattern(Arc::clone(pattern), !holds)),
            C::Format(format, holds) => string(C::Format(Arc::clone(format), !holds)),
            C::Apply(atom) => vec![vec![C::Apply(negate(*atom)?)]],
            C::AnyOf(alternatives) => return negate_alternatives(alternatives),
            C::Item(..)
            | C::ItemsFrom(..)
            | C::MinItems(_)
            | C::MaxItems(_)
            | C::UniqueItems(_)
            | C::Contains { .. } => {
                return self.negated_array_constraint();
            }
            _ => return self.negated_object_constraint(),
        })
    }

    fn negated_array_constraint(&self) -> Option<Vec<Vec<Constraint>>> {
        use Constraint as C;
        let array = |rest| single_alternative(TypeSet::ARRAY, rest);
        Some(match self {
            C::Item(index, atom) => array(vec![C::MinItems(*index as u64 + 1), C::Item(*index, negate(*atom)?)]),
            C::ItemsFrom(from, atom) => {
                array(vec![C::Contains { item: negate(*atom)?, from: *from, min: 1, max: None }])
            }
            C::MinItems(min) => array(vec![C::MaxItems(min.checked_sub(1)?)]),
            C::MaxItems(max) => array(vec![C::MinItems(max.checked_add(1)?)]),
            C::UniqueItems(unique) => array(vec![C::UniqueItems(!unique)]),
            C::Contains { item, from, min, max } => {
                let counted = |min, max| array(vec![C::Contains { item: *item, from: *from, min, max }]);
                let fewer = min.checked_sub(1).map(|most| counted(0, Some(most)));
                let more = max.and_then(|max| max.checked_add(1));
                let more = more.map(|least| counted(least, None));
                fewer.into_iter().chain(more).flatten().collect()
            }
            _ => return None,
        })
    }

    fn negated_object_constraint(&self) -> Option<Vec<Vec<Constraint>>> {
        use Constraint as C;
        let object = |rest| single_alternative(TypeSet::OBJECT, rest);
        let exists = |class, value| object(vec![C::PropertyExists(Box::new(class), value)]);
        Some(match self {
            C::Property(name, atom) => {
                object(vec![C::Required(Arc::clone(name)), C::Property(Arc::clone(name), negate(*atom)?)])
            }
            C::PatternProperty(pattern, atom, except) => {
                let class =
                    NameClass { matches: Some(Arc::clone(pattern)), not_named: except.clone(), ..NameClass::default() };
                exists(class, Some(negate(*atom)?))
            }
            C::AdditionalProperties { names, patterns, value } => {
                let class =
                    NameClass { not_named: names.clone(), not_matching: patterns.clone(), ..NameClass::default() };
                exists(class, Some(negate(*value)?))
            }
            C::Required(name) => object(vec![C::Absent(Arc::clone(name))]),
            C::Absent(name) => object(vec![C::Required(Arc::clone(name))]),
            C::MinProperties(min) => object(vec![C::MaxProperties(min.checked_sub(1)?)]),
            C::MaxProperties(max) => object(vec![C::MinProperties(max.checked_add(1)?)]),
            C::PropertyNames(atom) => {
                let class = NameClass { satisfies: vec![negate(*atom)?], ..NameClass::default() };
                exists(class, None)
            }
            C::DependentRequired(name, others) => {
                let without =
                    |other: &Arc<str>| object(vec![C::Required(Arc::clone(name)), C::Absent(Arc::clone(other))]);
                others.iter().flat_map(without).collect()
            }
            _ => return None,
        })
    }
}

fn single_alternative(types: TypeSet, rest: Vec<Constraint>) -> Vec<Vec<Constraint>> {
    let mut alternative = vec![Constraint::Types(types)];
    alternative.extend(rest);
    vec![alternative]
}

/// Negates a disjunction: no alternative holds, and each for one of its possible reasons.
fn negate_alternatives(alternatives: &[Vec<Constraint>]) -> Option<Vec<Vec<Constraint>>> {
    let mut all = Vec::with_capacity(alternatives.len());
    for alternative in alternatives {
        let mut negations = Vec::new();
        for constraint in alternative {
            negations.extend(constraint.negated()?);
        }
        match negations.len() {
            1 => all.extend(negations.into_iter().flatten()),
            _ => all.push(Constraint::AnyOf(negations)),
        }
    }
    Some(vec![all])
}

impl Bound {
    /// Returns whether a number is excluded although it is at the bound.
    pub(crate) fn excludes(self, number: Decimal) -> bool {
        !self.inclusive && number == self.at
    }

    /// Returns the opposite bound, which admits exactly the numbers that this one excludes.
    fn complement(self) -> Self {
        Self { at: self.at, inclusive: !self.inclusive }
    }
}
