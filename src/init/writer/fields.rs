//! The locators of a balance.

use serde_json::{Map, Value, json};

use super::{Comments, Operation, Written, examples};
use crate::init::example;
use crate::init::locate::Located;
use crate::init::members::Kind;

/// Writes `fields`, and the example of the balance that it needs.
pub(super) fn locators(operation: &Operation<'_>, at: &str, base: &str, written: &mut Written) -> Map<String, Value> {
    let locators = &operation.locators;
    let mut fields = Map::new();
    let mut taken: Vec<(&str, &Located<'_>)> = Vec::new();
    if let Some(found) = &locators.remaining {
        taken.push(("remaining", found));
        if let Some(total) = &locators.total {
            if total.is_certain_enough() {
                taken.push(("total", total));
            } else {
                suggest(&mut written.comments, at, "total", total);
            }
        }
        if let Some(allowed) = &locators.allowed {
            suggest(&mut written.comments, at, "allowed", allowed);
        }
    } else if let Some(found) = &locators.allowed {
        taken.push(("allowed", found));
    }
    let Some((key, response)) = operation.outline.success().filter(|_| !taken.is_empty()) else {
        written.comments.behind(at, "FILL IN: `fields`: where the response says what is left");
        return fields;
    };
    let located: Vec<&Located<'_>> = taken.iter().map(|(_, found)| *found).collect();
    match example::of_balance(&response, &located) {
        Some(Err(reason)) => {
            for (name, found) in taken {
                suggest(&mut written.comments, at, name, found);
            }
            written.left_out.push(format!("the locators: {reason}"));
            written.comments.behind(at, format!("FILL IN: an example of the response, and then `fields`: {reason}"));
            return fields;
        }
        Some(Ok(value)) => {
            let content = examples::media_type(&written.value, base, key);
            if let Some(content) = content {
                examples::show(written, &content, value);
            }
        }
        None => {}
    }
    for (name, found) in taken {
        let at = format!("{at}/fields/{name}");
        written.comments.before(&at, format!("{}: {}; {}", found.sure.as_str(), found.shown(), found.member.place()));
        if !found.member.description.is_empty() {
            written.comments.before(&at, format!("\"{}\"", crate::init::promise::shortened(&found.member.description)));
        }
        if found.member.in_list {
            written.comments.before(&at, "FILL IN: which entry of the list is meant; this is the first one");
        }
        if found.member.is_nullable || found.minus.as_ref().is_some_and(|minus| minus.is_nullable) {
            written.comments.before(&at, "FILL IN: what `null` means; the schema allows it");
        }
        fields.insert(name.to_owned(), locator(found));
    }
    for rejected in &locators.rejected {
        written
            .comments
            .behind(at, format!("not taken for `remaining`: {} (score {:.1})", rejected.shown(), rejected.score));
    }
    fields
}

fn locator(found: &Located<'_>) -> Value {
    let mut locator = Map::from_iter([("pointer".to_owned(), json!(found.member.pointer))]);
    if let Some(minus) = &found.minus {
        locator.insert("minus".to_owned(), json!(minus.pointer));
    }
    if matches!(found.member.kind, Kind::Decimal | Kind::Text) {
        locator.insert("encoding".to_owned(), json!("string"));
    }
    Value::Object(locator)
}

fn suggest(comments: &mut Comments, at: &str, name: &str, found: &Located<'_>) {
    let null = if found.member.is_nullable { "; it may be null" } else { "" };
    comments.behind(at, format!("perhaps `{name}` under `fields`: {} ({}{null})", found.shown(), found.member.place()));
}
