//! The extension at the top.

use serde_json::{Map, Value, json};

use super::promise::{self, SOURCE, explain};
use super::{Comments, Found};
use crate::init::draft::Caching;

/// Where the extension stands.
const EXTENSION: &str = "/x-conformance";

/// Writes the extension, with its comments.
pub(super) fn extension(found: &Found<'_>, comments: &mut Comments) -> Value {
    let mut global = Map::from_iter([("version".to_owned(), json!(1))]);
    let title = if found.is_recorded { format!("Recorded responses of {}", found.title) } else { found.title.clone() };
    global.insert("sources".to_owned(), json!({ SOURCE: { "title": title } }));
    comments.before(
        &format!("{EXTENSION}/sources"),
        "FILL IN: the address of each source (`url`), and the pages that the promises come from",
    );
    if let Some(credential) = &found.credential {
        let at = format!("{EXTENSION}/credential");
        explain(comments, &at, &format!("{} ({})", credential.place, credential.scheme), &credential.required);
        credential.remarks.iter().for_each(|remark| comments.before(&at, remark));
        comments.before(&at, "FILL IN: `prefix`, if credentials begin in a certain way");
        global.insert(
            "credential".to_owned(),
            json!({ "scheme": credential.scheme, "required": promise::value(&credential.required) }),
        );
    }
    if let Some((pointer, place)) = &found.error_code {
        comments.before(&format!("{EXTENSION}/error_code"), format!("likely: {place}"));
        global.insert("error_code".to_owned(), json!(pointer));
    }
    let mut caching = Map::new();
    for rule in &found.caching {
        let side = if rule.is_client { "client" } else { "server" };
        let at = format!("{EXTENSION}/caching/{side}");
        explain(comments, &at, "how old a balance may be", &rule.promise);
        caching.entry(side.to_owned()).or_insert_with(|| cache(rule));
    }
    if caching.is_empty() {
        comments.behind(EXTENSION, "FILL IN: `caching`, if a source says how long a balance is cached");
    } else {
        global.insert("caching".to_owned(), Value::Object(caching));
    }
    for limit in &found.rate_limits {
        comments.behind(EXTENSION, format!("rate limit, {}: {}", limit.place, limit.quote));
    }
    comments.behind(EXTENSION, "FILL IN: `failure`, if a source says what happens when the balance cannot be read");
    Value::Object(global)
}

fn cache(rule: &Caching) -> Value {
    json!({ "kind": "permitted", "max_ttl_ms": rule.max_ttl_ms, "promise": promise::value(&rule.promise) })
}
