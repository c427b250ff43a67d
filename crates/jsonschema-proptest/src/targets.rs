//! The places where a schema can be broken: every rule of every schema that is reached.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

use crate::compile::{Break, Compiler};
use crate::constraint::{Atom, Constraint, SchemaId, opposite};
use crate::demands::Texts;
use crate::draw::Draw;
use crate::names;
use crate::pattern::Pattern;
use crate::text::TextPlan;
use crate::types::TypeSet;

/// How many targets there are at most.
const MAX_TARGETS: usize = 240;
/// How many steps below the root one is.
const MAX_STEPS: usize = 24;
/// How often one schema is visited in different places.
const VISITS: usize = 4;
/// How many branches of an `anyOf` are missed narrowly.
const BRANCHES: usize = 8;

/// With more branches than this, what fails all of them is left to chance.
const MANY_BRANCHES: usize = 40;

/// Stands for what is inside until that is known.
const INSIDE: Atom = Atom::Extra(u32::MAX);

/// From a schema to one it applies: which rule leads there, and what to demand in its place.
#[derive(Clone)]
struct Step {
    schema: SchemaId,
    rule: usize,
    demands: Vec<Constraint>,
}

#[derive(Clone)]
struct Path {
    steps: Vec<Step>,
    schema: SchemaId,
}

/// Atoms for values that fail the root for one reason each.
pub(crate) fn find(compiler: &mut Compiler<'_>, root: SchemaId) -> Vec<Atom> {
    let mut found = Vec::new();
    let mut visits: HashMap<SchemaId, usize> = HashMap::new();
    let mut open = VecDeque::from([Path { steps: Vec::new(), schema: root }]);
    while let Some(path) = open.pop_front() {
        let visit = visits.entry(path.schema).or_default();
        *visit += 1;
        if *visit > VISITS || found.len() >= MAX_TARGETS {
            continue;
        }
        let schema = path.schema;
        let rules = compiler.rules(schema);
        for (position, rule) in rules.iter().enumerate() {
            for demands in here(compiler, schema, &rules, position) {
                if found.len() < MAX_TARGETS {
                    let broken = compiler.breaking(Break { schema, instead_of: vec![position], demands });
                    found.push(wrap(compiler, &path.steps, broken));
                }
            }
            if path.steps.len() >= MAX_STEPS {
                continue;
            }
            for (inner, demands) in inside(compiler, rule) {
                let mut steps = path.steps.clone();
                steps.push(Step { schema, rule: position, demands });
                open.push_back(Path { steps, schema: inner });
            }
        }
    }
    found
}

/// Ways to fail a rule itself, where its failure shows as that of its keyword.
fn here(compiler: &mut Compiler<'_>, schema: SchemaId, rules: &[Constraint], position: usize) -> Vec<Vec<Constraint>> {
    match &rules[position] {
        // These show as failures inside.
        Constraint::Is(Atom::Schema(_, true))
        | Constraint::Property(..)
        | Constraint::Item(..)
        | Constraint::Items(..)
        | Constraint::Matching(..)
        | Constraint::Others { .. } => Vec::new(),
        Constraint::Any(ways) => {
            let mut all = Vec::new();
            if ways.len() <= MANY_BRANCHES {
                all.extend(narrow_misses(compiler, ways));
                all.extend(rules[position].negated().into_iter().flatten());
            }
            if all.is_empty() {
                // Without knowing how, the validator decides.
                all.push(vec![Constraint::Opaque]);
            }
            all
        }
        Constraint::Opaque => vec![vec![Constraint::Opaque]],
        _ => compiler.failure(schema, rules, position).unwrap_or_default(),
    }
}

/// Values that fail one branch for one reason, and all others anyhow.
fn narrow_misses(compiler: &mut Compiler<'_>, ways: &[Vec<Constraint>]) -> Vec<Vec<Constraint>> {
    let schemas: Option<Vec<SchemaId>> = ways
        .iter()
        .map(|way| match way.first() {
            Some(Constraint::Is(Atom::Schema(schema, true))) => Some(*schema),
            _ => None,
        })
        .collect();
    let Some(schemas) = schemas else {
        return Vec::new();
    };
    let mut misses = Vec::new();
    for schema in schemas.iter().take(BRANCHES) {
        let rules = compiler.rules(*schema);
        for position in 0..rules.len() {
            let failures = compiler.failure(*schema, &rules, position);
            let Some(demands) = failures.and_then(|ways| ways.into_iter().next()) else {
                continue;
            };
            let broken = compiler.breaking(Break { schema: *schema, instead_of: vec![position], demands });
            let mut miss = vec![Constraint::Is(broken)];
            let others = schemas.iter().filter(|other| *other != schema);
            miss.extend(others.map(|other| Constraint::Is(Atom::Schema(*other, false))));
            misses.push(miss);
        }
    }
    misses
}

/// The schemas that a rule applies, with what to demand for one of them to be broken.
fn inside(compiler: &mut Compiler<'_>, rule: &Constraint) -> Vec<(SchemaId, Vec<Constraint>)> {
    use Constraint as C;
    let object = C::Types(TypeSet::OBJECT);
    let array = C::Types(TypeSet::ARRAY);
    match rule {
        C::Is(Atom::Schema(inner, true)) => vec![(*inner, vec![C::Is(INSIDE)])],
        C::Property(name, Atom::Schema(inner, true)) => {
            vec![(*inner, vec![object, C::Required(Arc::clone(name)), C::Property(Arc::clone(name), INSIDE)])]
        }
        C::Item(index, Atom::Schema(inner, true)) => {
            vec![(*inner, vec![array, C::MinItems(*index as u64 + 1), C::Item(*index, INSIDE)])]
        }
        C::Items(from, item @ Atom::Schema(inner, true)) => {
            let ways = [0, 1].map(|further| {
                let broken = from + further;
                let mut demands = vec![array.clone(), C::MinItems(broken as u64 + 1)];
                demands.extend((*from..broken).map(|index| C::Item(index, *item)));
                demands.push(C::Item(broken, INSIDE));
                demands.push(C::Items(broken + 1, *item));
                (*inner, demands)
            });
            ways.to_vec()
        }
        C::Matching(pattern, value @ Atom::Schema(inner, true), except) => {
            let Some(name) = matching_name(pattern) else {
                return Vec::new();
            };
            let mut except = except.clone();
            except.push(name.clone());
            let name: Arc<str> = Arc::from(name.as_str());
            vec![(
                *inner,
                vec![
                    object,
                    C::Required(Arc::clone(&name)),
                    C::Property(name, INSIDE),
                    C::Matching(Arc::clone(pattern), *value, except),
                ],
            )]
        }
        C::Others { names: listed, patterns, value: value @ Atom::Schema(inner, true) } => {
            let known: Vec<Arc<str>> = listed.iter().map(|name| Arc::from(name.as_str())).collect();
            let strange = names::alike(&known)
                .into_iter()
                .filter(|name| !listed.contains(name) && !patterns.iter().any(|like| like.is_match(name)));
            let ways = strange.take(6).map(|name| {
                let mut listed = listed.clone();
                listed.push(name.clone());
                let name: Arc<str> = Arc::from(name.as_str());
                let demands = vec![
                    object.clone(),
                    C::Required(Arc::clone(&name)),
                    C::Property(name, INSIDE),
                    C::Others { names: listed, patterns: patterns.clone(), value: *value },
                ];
                (*inner, demands)
            });
            ways.collect()
        }
        C::Any(ways) => conditional(compiler, ways),
        _ => Vec::new(),
    }
}

/// `then`, `else` and dependent schemas fail as themselves, unlike the branches of `anyOf`.
fn conditional(_: &mut Compiler<'_>, ways: &[Vec<Constraint>]) -> Vec<(SchemaId, Vec<Constraint>)> {
    let exclusive = match ways {
        [first, second] => match (first.first(), second.first()) {
            (Some(Constraint::Is(one)), Some(Constraint::Is(other))) => opposite(*one) == Some(*other),
            (Some(Constraint::Absent(_)), _) => true,
            _ => false,
        },
        _ => false,
    };
    if !exclusive {
        return Vec::new();
    }
    let mut found = Vec::new();
    for way in ways {
        for position in 1..way.len() {
            if let Constraint::Is(Atom::Schema(inner, true)) = way[position] {
                let mut demands = way.clone();
                demands[position] = Constraint::Is(INSIDE);
                found.push((inner, demands));
            }
        }
    }
    found
}

fn matching_name(pattern: &Arc<Pattern>) -> Option<String> {
    let texts = Texts { patterns: vec![(Arc::clone(pattern), true)], ..Texts::default() };
    let plan = TextPlan::build(&texts, Vec::new()).ok()?;
    let mut out = String::new();
    plan.draw(&mut Draw::seeded(7), &mut out).ok()?;
    serde_json::from_str(&out).ok()
}

/// Puts the way from the root around what is broken.
fn wrap(compiler: &mut Compiler<'_>, steps: &[Step], broken: Atom) -> Atom {
    steps.iter().rev().fold(broken, |inside, step| {
        let demands = step.demands.iter().map(|demand| match demand {
            Constraint::Is(INSIDE) => Constraint::Is(inside),
            Constraint::Property(name, INSIDE) => Constraint::Property(Arc::clone(name), inside),
            Constraint::Item(index, INSIDE) => Constraint::Item(*index, inside),
            other => other.clone(),
        });
        let demands = demands.collect();
        compiler.breaking(Break { schema: step.schema, instead_of: vec![step.rule], demands })
    })
}
