//! Values of the wrong kind at a place of a body that is right otherwise.

use serde_json::Value;

use super::json_edit::{pointers, replaced};
use super::sampler::Sampler;
use crate::contract::Schema;

/// Values of every kind, with neighbours that are taken for others.
const OTHERS: [&str; 12] =
    ["false", "\"5 credits\"", "{\"value\":5}", "\"yes\"", "[\"5\"]", "true", "[]", "1.5", "null", "-1", "{}", "[[]]"];
/// How many kinds there are.
const KINDS: u32 = 12;

/// Where a value is put.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MutationSite {
    /// In place of one that has others in it.
    Container,
    /// In place of one that has not.
    Scalar,
}

/// A value of the kind that is dealt.
#[must_use]
pub fn wrong_value(sampler: Sampler) -> &'static str {
    sampler.pick::<&str>(&OTHERS)
}

/// How many kinds of values there are at how many kinds of sites.
pub const TYPE_MUTATIONS: u32 = KINDS * 2;

/// A value of the kind that is dealt, and where to put it; as many cases as there are [`TYPE_MUTATIONS`] have each kind at each site.
#[must_use]
pub fn wrong_value_and_site(sampler: Sampler) -> (&'static str, MutationSite) {
    let (kind, site) = sampler.pair(KINDS, 2);
    (of(kind), if site == 0 { MutationSite::Scalar } else { MutationSite::Container })
}

fn of(kind: u32) -> &'static str {
    OTHERS[usize::try_from(kind).unwrap_or(0) % OTHERS.len()]
}

/// The body with this value in place of one of those that it breaks the schema in place of, chosen by a number; with the
/// pointer to it. Where the site has none of these, another has.
#[must_use]
pub fn mutate_type(
    schema: &Schema,
    json: &str,
    site: MutationSite,
    choice: usize,
    value: &str,
) -> Option<(String, String)> {
    let body: Value = serde_json::from_str(json).ok()?;
    let other: Value = serde_json::from_str(value).ok()?;
    let breaks = |at: &String| {
        let mut changed = body.clone();
        changed.pointer_mut(at).is_some_and(|place| {
            *place = other.clone();
            true
        }) && !schema.accepts(&changed)
    };
    let site_of = |at: &str| match body.pointer(at) {
        Some(Value::Object(_) | Value::Array(_)) => MutationSite::Container,
        _ => MutationSite::Scalar,
    };
    let all = pointers(&body).into_iter().filter(breaks);
    let (there, elsewhere): (Vec<String>, Vec<String>) = all.partition(|at| site_of(at) == site);
    let places = if there.is_empty() { elsewhere } else { there };
    let at = places.get(choice % places.len().max(1))?;
    Some((replaced(json, at, |_, _| Some(value.to_owned())), at.clone()))
}
