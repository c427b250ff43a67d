//! Lists of JSON values that are searched by hash, because an `enum` may have any number of values.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::ops::Deref;

use serde_json::Value;

use crate::constraint::clause::json_equal;
use crate::constraint::types::TypeSet;
use crate::number::decimal::Decimal;

/// A list of values in their order, with an index by which values are found that are equal in JSON Schema.
#[derive(Clone, Debug, Default)]
pub(crate) struct ValueSet {
    values: Vec<Value>,
    /// The hash of each value and its position, sorted.
    index: Vec<(u64, usize)>,
    /// The types of the values.
    types: TypeSet,
}

impl ValueSet {
    /// Returns whether a value of the list is equal to this one, where 1 and 1.0 are equal.
    pub(crate) fn has(&self, value: &Value) -> bool {
        let hash = hash_of(value);
        let first = self.index.partition_point(|(other, _)| *other < hash);
        let same_hash = self.index[first..].iter().take_while(|(other, _)| *other == hash);
        same_hash.into_iter().any(|(_, position)| json_equal(&self.values[*position], value))
    }

    /// Returns the types of the values.
    pub(crate) fn types(&self) -> TypeSet {
        self.types
    }
}

impl From<Vec<Value>> for ValueSet {
    fn from(values: Vec<Value>) -> Self {
        let mut index: Vec<_> = values.iter().enumerate().map(|(position, value)| (hash_of(value), position)).collect();
        index.sort_unstable();
        let types = values.iter().map(TypeSet::of).fold(TypeSet::NONE, TypeSet::union);
        Self { values, index, types }
    }
}

impl FromIterator<Value> for ValueSet {
    fn from_iter<T: IntoIterator<Item = Value>>(values: T) -> Self {
        Self::from(values.into_iter().collect::<Vec<_>>())
    }
}

impl Deref for ValueSet {
    type Target = [Value];

    fn deref(&self) -> &[Value] {
        &self.values
    }
}

/// Values that are added one by one, and differ from each other.
#[derive(Debug, Default)]
pub(crate) struct DistinctValues(HashMap<u64, Vec<Value>>);

impl DistinctValues {
    /// Adds a value. Returns false if an equal one is there.
    pub(crate) fn insert(&mut self, value: Value) -> bool {
        let same_hash = self.0.entry(hash_of(&value)).or_default();
        let is_new = !same_hash.iter().any(|other| json_equal(other, &value));
        if is_new {
            same_hash.push(value);
        }
        is_new
    }
}

/// Returns a hash that is the same for values that are equal in JSON Schema.
fn hash_of(value: &Value) -> u64 {
    let mut hasher = DefaultHasher::new();
    TypeSet::of(value).hash(&mut hasher);
    match value {
        Value::Null => {}
        Value::Bool(flag) => flag.hash(&mut hasher),
        Value::Number(number) => match Decimal::of(number) {
            Some(decimal) => decimal.hash(&mut hasher),
            None => number.to_string().hash(&mut hasher),
        },
        Value::String(text) => text.hash(&mut hasher),
        Value::Array(items) => items.iter().for_each(|item| hash_of(item).hash(&mut hasher)),
        Value::Object(members) => {
            // The order of members does not matter.
            let members = members.iter().map(|(name, member)| {
                let mut hasher = DefaultHasher::new();
                (name, hash_of(member)).hash(&mut hasher);
                hasher.finish()
            });
            members.fold(0_u64, u64::wrapping_add).hash(&mut hasher);
        }
    }
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{DistinctValues, ValueSet};

    #[test]
    fn values_that_are_equal_in_json_schema_are_found() {
        let values = json!([1, 2.50, "a", null, [1, {"x": 1, "y": [2.0]}], {"b": 1, "a": {"c": 10}}, true]);
        let set = ValueSet::from(values.as_array().cloned().unwrap_or_default());
        let text = r#"[1.0, 2.5, "a", null, [1e0, {"y": [2], "x": 1}], {"a": {"c": 1e1}, "b": 1}, true]"#;
        let equal: Vec<Value> = serde_json::from_str(text).expect("JSON");
        for value in equal.iter().chain(values.as_array().into_iter().flatten()) {
            assert!(set.has(value), "{value}");
        }
        for value in [json!(3), json!("1"), json!(false), json!([]), json!({"b": 1}), json!([1, {"x": 1}])] {
            assert!(!set.has(&value), "{value}");
        }
    }

    #[test]
    fn distinct_values_refuse_equal_ones() {
        let mut distinct = DistinctValues::default();
        let added = [json!(1), json!(1.0), json!("1"), json!([1]), json!([1.0])].map(|value| distinct.insert(value));
        assert_eq!(added, [true, false, true, true, false]);
    }
}
