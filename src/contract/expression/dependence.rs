//! Which member of a body an expression depends on.

use rust_decimal::Decimal;
use serde_json::Value;

use super::Expression;

impl Expression {
    /// The JSON Pointer of the first member of a body that the result depends on: a number, a decimal in a string or a flag.
    #[must_use]
    pub(crate) fn member_in(&self, body: &Value) -> Option<String> {
        let before = self.computed(&body.to_string()).ok()?;
        leaves(body).into_iter().find(|pointer| {
            let mut changed = body.clone();
            let Some(place) = changed.pointer_mut(pointer) else { return false };
            *place = match &*place {
                Value::Number(number) => (number.as_f64().unwrap_or_default() + 1.0).into(),
                Value::String(text) => match text.parse::<Decimal>() {
                    Ok(decimal) => (decimal + Decimal::ONE).to_string().into(),
                    Err(_) => return false,
                },
                Value::Bool(flag) => (!flag).into(),
                _ => return false,
            };
            self.computed(&changed.to_string()).is_ok_and(|after| after != before)
        })
    }
}

/// The JSON Pointers of all values in a body that are neither objects nor arrays, in the order of the document.
pub(crate) fn leaves(body: &Value) -> Vec<String> {
    let mut found = Vec::new();
    let mut open = vec![(String::new(), body)];
    while let Some((at, value)) = open.pop() {
        match value {
            Value::Object(members) => {
                let below = members.iter().map(|(name, member)| (crate::pointer::join(&at, name), member));
                open.extend(below.collect::<Vec<_>>().into_iter().rev());
            }
            Value::Array(elements) => {
                let below = elements.iter().enumerate();
                let below = below.map(|(index, element)| (crate::pointer::join(&at, &index.to_string()), element));
                open.extend(below.collect::<Vec<_>>().into_iter().rev());
            }
            _ => found.push(at),
        }
    }
    found
}
