//! One demand on a value, and its opposite.

pub(crate) mod clause;
pub(crate) mod conjunction;
pub(crate) mod types;

use std::sync::Arc;

use serde_json::Value;

use crate::constraint::types::TypeSet;
use crate::number::decimal::Decimal;
use crate::string::format::Format;
use crate::string::pattern::Pattern;

pub(crate) type SchemaId = u32;

/// What a value can be asked to be, as a whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Atom {
    /// Valid (or, if false, invalid) under a schema.
    Schema(SchemaId, bool),
    /// Invalid under a schema for one chosen reason only.
    Mutated(u32),
    /// Some constraints of the generator's own.
    Synthetic(u32),
}

/// A numeric bound.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Bound {
    pub(crate) at: Decimal,
    pub(crate) inclusive: bool,
}

/// Which names a demand on some property is about.
#[derive(Clone, Debug, Default)]
pub(crate) struct NameClass {
    /// It matches this one.
    pub(crate) matches: Option<Arc<Pattern>>,
    /// It is none of these.
    pub(crate) not_named: Vec<String>,
    /// It matches none of these.
    pub(crate) not_matching: Vec<Arc<Pattern>>,
    /// It is such a string.
    pub(crate) satisfies: Vec<Atom>,
}

/// One demand. A demand about one type holds for values of all others.
#[derive(Clone, Debug)]
pub(crate) enum Constraint {
    /// Nothing will do.
    Nothing,
    /// Something that is not modelled; the validator has the last word.
    Opaque,
    Types(TypeSet),
    Enum(Arc<Vec<Value>>),
    NotEnum(Arc<Vec<Value>>),
    Minimum(Bound),
    Maximum(Bound),
    MultipleOf(Decimal, bool),
    MinLength(u64),
    MaxLength(u64),
    Pattern(Arc<Pattern>, bool),
    Format(Arc<Format>, bool),
    /// The item at an index.
    Item(usize, Atom),
    /// All items from an index on.
    ItemsFrom(usize, Atom),
    MinItems(u64),
    MaxItems(u64),
    /// No two items are equal (or, if false, some are).
    UniqueItems(bool),
    Contains {
        item: Atom,
        from: usize,
        min: u64,
        max: Option<u64>,
    },
    Property(Arc<str>, Atom),
    /// All properties whose name matches, but for the listed names.
    PatternProperty(Arc<Pattern>, Atom, Vec<String>),
    /// All properties that neither list names nor matches.
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
    /// There is a property of such a name and value.
    PropertyExists(Box<NameClass>, Option<Atom>),
    /// Where the first is, the others are.
    DependentRequired(Arc<str>, Vec<Arc<str>>),
    Apply(Atom),
    /// One of several lists of demands.
    AnyOf(Vec<Vec<Constraint>>),
    UnevaluatedItems(Atom),
    UnevaluatedProperties(Atom),
}

/// The opposite atom; `None` if it has no simple one.
pub(crate) fn negate(atom: Atom) -> Option<Atom> {
    match atom {
        Atom::Schema(schema, holds) => Some(Atom::Schema(schema, !holds)),
        Atom::Mutated(_) | Atom::Synthetic(_) => None,
    }
}

impl Constraint {
    /// Ways in which a value can fail it, each a list of demands. `None` if that takes more than the
    /// constraint itself to say.
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
        let some = |class, value| object(vec![C::PropertyExists(Box::new(class), value)]);
        Some(match self {
            C::Property(name, atom) => {
                object(vec![C::Required(Arc::clone(name)), C::Property(Arc::clone(name), negate(*atom)?)])
            }
            C::PatternProperty(pattern, atom, except) => {
                let class =
                    NameClass { matches: Some(Arc::clone(pattern)), not_named: except.clone(), ..NameClass::default() };
                some(class, Some(negate(*atom)?))
            }
            C::AdditionalProperties { names, patterns, value } => {
                let class =
                    NameClass { not_named: names.clone(), not_matching: patterns.clone(), ..NameClass::default() };
                some(class, Some(negate(*value)?))
            }
            C::Required(name) => object(vec![C::Absent(Arc::clone(name))]),
            C::Absent(name) => object(vec![C::Required(Arc::clone(name))]),
            C::MinProperties(min) => object(vec![C::MaxProperties(min.checked_sub(1)?)]),
            C::MaxProperties(max) => object(vec![C::MinProperties(max.checked_add(1)?)]),
            C::PropertyNames(atom) => {
                let class = NameClass { satisfies: vec![negate(*atom)?], ..NameClass::default() };
                some(class, None)
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

/// Every one of the ways has to fail: for each, one of the ways it can.
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
    /// The bound from the other side that leaves exactly the rest.
    fn complement(self) -> Self {
        Self { at: self.at, inclusive: !self.inclusive }
    }
}
