//! Examples for responses that a document shows none of.

use serde_json::{Value, json};

use super::locate::Located;
use super::members::Kind;
use super::outline::{examples, json_content};
use crate::contract::{Content, Item, Schema};
use crate::pointer;

/// An example of a response that shows the amounts or the flag, or why there is none. `None` if the document's own will do.
pub(super) fn of_balance(response: &Item<'_>, located: &[&Located<'_>]) -> Option<Result<Value, String>> {
    let content = json_content(response)?;
    let mut places: Vec<(&str, Kind, i64)> = Vec::new();
    for (index, found) in located.iter().enumerate() {
        places.push((&found.member.pointer, found.member.kind, if index == 0 { 80 } else { 100 }));
        if let Some(minus) = &found.minus {
            // A limit of 100 of which 20 are used.
            if let Some(last) = places.last_mut() {
                last.2 = 100;
            }
            places.push((&minus.pointer, minus.kind, 20));
        }
    }
    let documented = examples(&content);
    let schema = content.get("schema").map(|schema| schema.schema());
    // The stand-in shows the first example.
    if let Some(first) = documented.first() {
        let fits = schema.as_ref().is_none_or(|schema| schema.accepts(first.value()));
        if fits && places.iter().all(|(place, _, _)| first.value().pointer(place).is_some_and(|value| !value.is_null()))
        {
            return None;
        }
    }
    let Some(schema) = schema else {
        return Some(Err("the response has no schema, and no example that shows the amount".to_owned()));
    };
    let made = [true, false].into_iter().find_map(|with_values| made_up(schema.document(), &places, with_values));
    Some(made.ok_or_else(|| "no example could be made up that shows the amount".to_owned()))
}

/// A value of a schema that has something at each of the places.
fn made_up(document: &Value, places: &[(&str, Kind, i64)], with_values: bool) -> Option<Value> {
    let mut document = document.clone();
    let demands = places.iter().map(|(place, kind, amount)| {
        let leaf = match (kind, with_values) {
            (Kind::Number, true) => json!({ "const": amount }),
            (Kind::Number, false) => json!({ "type": "number" }),
            (Kind::Boolean, _) => json!({ "const": true }),
            (_, true) => json!({ "const": amount.to_string() }),
            (_, false) => json!({ "type": "string" }),
        };
        let tokens: Vec<_> = pointer::tokens(place).collect();
        tokens.into_iter().rev().fold(leaf, |below, token| match token.parse::<usize>() {
            Ok(_) => json!({ "type": "array", "minItems": 1, "items": below }),
            Err(_) => json!({ "type": "object", "required": [&*token], "properties": { &*token: below } }),
        })
    });
    let demands: Vec<Value> = demands.collect();
    let members = document.as_object_mut()?;
    let all = members.entry("allOf").or_insert_with(|| json!([]));
    all.as_array_mut()?.extend(demands);
    let schema = Schema::compile(&document).ok()?;
    let content = Content::new("application/json", Some(schema), Vec::new());
    let made = content.example()?;
    places.iter().all(|(place, _, _)| made.pointer(place).is_some()).then(|| made.clone())
}

/// An example for each media type of a response that shows none, or none that conforms, by media type.
pub(super) fn of_response(response: &Item<'_>) -> Vec<(String, Value)> {
    let contents = response.get("content").map(|content| content.follow().members()).unwrap_or_default();
    let mut made = Vec::new();
    for (media_type, content) in contents {
        let content = content.follow();
        let schema = content.get("schema").map(|schema| schema.schema());
        let fits = |example: &Item<'_>| schema.as_ref().is_none_or(|schema| schema.accepts(example.value()));
        if media_type.starts_with("x-") || examples(&content).iter().any(fits) {
            continue;
        }
        let is_json = media_type.contains("json") || media_type == "*/*";
        let shown = Content::new(media_type, schema, Vec::new()).example().cloned();
        made.push((media_type.to_owned(), shown.unwrap_or_else(|| if is_json { json!({}) } else { json!("") })));
    }
    made
}

/// An example for the JSON body of a request that shows none that conforms: as few members as the schema allows.
pub(super) fn of_request(request: &Item<'_>) -> Option<(String, Value)> {
    let contents = request.get("content").map(|content| content.follow().members()).unwrap_or_default();
    let (media_type, content) = contents.into_iter().find(|(name, _)| name.contains("json"))?;
    let content = content.follow();
    let schema = content.get("schema").map(|schema| schema.schema())?;
    if examples(&content).iter().any(|example| schema.accepts(example.value())) {
        return None;
    }
    let mut shown = Content::new(media_type, Some(schema.clone()), Vec::new()).example().cloned()?;
    let names: Vec<String> = shown.as_object().map(|members| members.keys().cloned().collect()).unwrap_or_default();
    for name in names {
        let mut smaller = shown.clone();
        smaller.as_object_mut()?.shift_remove(&name);
        if schema.accepts(&smaller) {
            shown = smaller;
        }
    }
    Some((media_type.to_owned(), shown))
}
