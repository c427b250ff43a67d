//! One demand on a value, and its opposite.

use std::sync::Arc;

use serde_json::Value;

use crate::decimal::Decimal;
use crate::format::Format;
use crate::pattern::Pattern;
use crate::types::TypeSet;

pub(crate) type SchemaId = u32;

/// What a value can be asked to be, as a whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Atom {
    /// Valid (or, if false, invalid) under a schema.
    Schema(SchemaId, bool),
    /// Invalid under a schema for one chosen reason only.
    Broken(u32),
    /// Some constraints of the generator's own.
    Extra(u32),
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
    pub(crate) like: Option<Arc<Pattern>>,
    /// It is none of these.
    pub(crate) not_named: Vec<String>,
    /// It matches none of these.
    pub(crate) not_like: Vec<Arc<Pattern>>,
    /// It is such a string.
    pub(crate) is: Vec<Atom>,
}

/// One demand. A demand about one type holds for values of all others.
#[derive(Clone, Debug)]
pub(crate) enum Constraint {
    /// Nothing will do.
    Never,
    /// Something that is not modelled; the validator has the last word.
    Opaque,
    Types(TypeSet),
    Values(Arc<Vec<Value>>),
    NotValues(Arc<Vec<Value>>),
    Lower(Bound),
    Upper(Bound),
    Multiple(Decimal, bool),
    MinLength(u64),
    MaxLength(u64),
    Like(Arc<Pattern>, bool),
    Formatted(Arc<Format>, bool),
    /// The item at an index.
    Item(usize, Atom),
    /// All items from an index on.
    Items(usize, Atom),
    MinItems(u64),
    MaxItems(u64),
    /// No two items are equal (or, if false, some are).
    Unique(bool),
    Contains {
        item: Atom,
        from: usize,
        min: u64,
        max: Option<u64>,
    },
    Property(Arc<str>, Atom),
    /// All properties whose name matches, but for the listed names.
    Matching(Arc<Pattern>, Atom, Vec<String>),
    /// All properties that neither list names nor matches.
    Others {
        names: Vec<String>,
        patterns: Vec<Arc<Pattern>>,
        value: Atom,
    },
    Required(Arc<str>),
    Absent(Arc<str>),
    MinProperties(u64),
    MaxProperties(u64),
    Names(Atom),
    /// There is a property of such a name and value.
    Some(Box<NameClass>, Option<Atom>),
    /// Where the first is, the others are.
    Dependent(Arc<str>, Vec<Arc<str>>),
    Is(Atom),
    /// One of several lists of demands.
    Any(Vec<Vec<Constraint>>),
    UnevaluatedItems(Atom),
    UnevaluatedProperties(Atom),
}

/// The opposite atom; `None` if it has no simple one.
pub(crate) fn opposite(atom: Atom) -> Option<Atom> {
    match atom {
        Atom::Schema(schema, holds) => Some(Atom::Schema(schema, !holds)),
        Atom::Broken(_) | Atom::Extra(_) => None,
    }
}

impl Constraint {
    /// Ways in which a value can fail it, each a list of demands. `None` if that takes more than the
    /// constraint itself to say.
    pub(crate) fn negated(&self) -> Option<Vec<Vec<Constraint>>> {
        use Constraint as C;
        let number = |rest| one_way(TypeSet::NUMBER, vec![rest]);
        let string = |rest| one_way(TypeSet::STRING, vec![rest]);
        Some(match self {
            C::Never => vec![Vec::new()],
            C::Opaque | C::UnevaluatedItems(_) | C::UnevaluatedProperties(_) => return None,
            C::Types(named) => vec![vec![C::Types(TypeSet::ALL.without(*named))]],
            C::Values(values) => vec![vec![C::NotValues(Arc::clone(values))]],
            C::NotValues(values) => vec![vec![C::Values(Arc::clone(values))]],
            C::Lower(bound) => number(C::Upper(bound.flipped())),
            C::Upper(bound) => number(C::Lower(bound.flipped())),
            C::Multiple(of, holds) => number(C::Multiple(*of, !holds)),
            C::MinLength(0) | C::MinItems(0) | C::MinProperties(0) => Vec::new(),
            C::MinLength(min) => string(C::MaxLength(min - 1)),
            C::MaxLength(max) => string(C::MinLength(max.checked_add(1)?)),
            C::Like(pattern, holds) => string(C::Like(Arc::clone(pattern), !holds)),
            C::Formatted(format, holds) => string(C::Formatted(Arc::clone(format), !holds)),
            C::Is(atom) => vec![vec![C::Is(opposite(*atom)?)]],
            C::Any(ways) => return negated_any(ways),
            C::Item(..) | C::Items(..) | C::MinItems(_) | C::MaxItems(_) | C::Unique(_) | C::Contains { .. } => {
                return self.negated_on_items();
            }
            _ => return self.negated_on_members(),
        })
    }

    fn negated_on_items(&self) -> Option<Vec<Vec<Constraint>>> {
        use Constraint as C;
        let array = |rest| one_way(TypeSet::ARRAY, rest);
        Some(match self {
            C::Item(index, atom) => array(vec![C::MinItems(*index as u64 + 1), C::Item(*index, opposite(*atom)?)]),
            C::Items(from, atom) => array(vec![C::Contains { item: opposite(*atom)?, from: *from, min: 1, max: None }]),
            C::MinItems(min) => array(vec![C::MaxItems(min.checked_sub(1)?)]),
            C::MaxItems(max) => array(vec![C::MinItems(max.checked_add(1)?)]),
            C::Unique(unique) => array(vec![C::Unique(!unique)]),
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

    fn negated_on_members(&self) -> Option<Vec<Vec<Constraint>>> {
        use Constraint as C;
        let object = |rest| one_way(TypeSet::OBJECT, rest);
        let some = |class, value| object(vec![C::Some(Box::new(class), value)]);
        Some(match self {
            C::Property(name, atom) => {
                object(vec![C::Required(Arc::clone(name)), C::Property(Arc::clone(name), opposite(*atom)?)])
            }
            C::Matching(pattern, atom, except) => {
                let class =
                    NameClass { like: Some(Arc::clone(pattern)), not_named: except.clone(), ..NameClass::default() };
                some(class, Some(opposite(*atom)?))
            }
            C::Others { names, patterns, value } => {
                let class = NameClass { not_named: names.clone(), not_like: patterns.clone(), ..NameClass::default() };
                some(class, Some(opposite(*value)?))
            }
            C::Required(name) => object(vec![C::Absent(Arc::clone(name))]),
            C::Absent(name) => object(vec![C::Required(Arc::clone(name))]),
            C::MinProperties(min) => object(vec![C::MaxProperties(min.checked_sub(1)?)]),
            C::MaxProperties(max) => object(vec![C::MinProperties(max.checked_add(1)?)]),
            C::Names(atom) => {
                let class = NameClass { is: vec![opposite(*atom)?], ..NameClass::default() };
                some(class, None)
            }
            C::Dependent(name, others) => {
                let without =
                    |other: &Arc<str>| object(vec![C::Required(Arc::clone(name)), C::Absent(Arc::clone(other))]);
                others.iter().flat_map(without).collect()
            }
            _ => return None,
        })
    }
}

fn one_way(types: TypeSet, rest: Vec<Constraint>) -> Vec<Vec<Constraint>> {
    let mut way = vec![Constraint::Types(types)];
    way.extend(rest);
    vec![way]
}

/// Every one of the ways has to fail: for each, one of the ways it can.
fn negated_any(ways: &[Vec<Constraint>]) -> Option<Vec<Vec<Constraint>>> {
    let mut all = Vec::with_capacity(ways.len());
    for way in ways {
        let mut failures = Vec::new();
        for constraint in way {
            failures.extend(constraint.negated()?);
        }
        match failures.len() {
            1 => all.extend(failures.into_iter().flatten()),
            _ => all.push(Constraint::Any(failures)),
        }
    }
    Some(vec![all])
}

impl Bound {
    /// The bound from the other side that leaves exactly the rest.
    fn flipped(self) -> Self {
        Self { at: self.at, inclusive: !self.inclusive }
    }
}
