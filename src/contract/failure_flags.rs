//! Members that mean failure: flags with one and the same value in all documented errors.

use std::collections::BTreeMap;

use serde_json::Value;

use super::Contract;

impl Contract {
    /// The names of boolean members that all documented errors have with one and the same value, with that value. Members
    /// that a documented success has with this value too are left out.
    #[must_use]
    pub(crate) fn failure_flags(&self) -> Vec<(String, bool)> {
        let responses = self.operations.iter().flat_map(|operation| &operation.responses);
        let (successes, errors): (Vec<_>, Vec<_>) = responses.partition(|response| response.status.contains(200));
        let examples = |of: Vec<&std::sync::Arc<super::Response>>| -> Vec<Value> {
            let contents = of.into_iter().flat_map(|response| &response.content);
            contents.flat_map(|content| content.examples.iter().map(|(_, example)| example.clone())).collect()
        };
        let (successes, errors) = (examples(successes), examples(errors));
        let mut flags: BTreeMap<String, bool> = BTreeMap::new();
        if let Some(members) = errors.first().and_then(Value::as_object) {
            flags = members.iter().filter_map(|(name, value)| Some((name.clone(), value.as_bool()?))).collect();
        }
        flags.retain(|name, flag| {
            let same = |example: &Value| example.get(name.as_str()) == Some(&Value::Bool(*flag));
            errors.iter().all(same) && !successes.iter().any(same)
        });
        flags.into_iter().collect()
    }
}
