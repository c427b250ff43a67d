//! Reports in formats of others are valid by the schemas of those formats.

use jsonschema::Registry;
use ringtrue::__cli::report::{self, View};
use ringtrue::__cli::run::Report;
use serde_json::{Value, json};

use super::sample::{conformant, every_verdict};

type Outcomes = Result<(), Box<dyn std::error::Error>>;

const HAR: &[(&str, &str)] = &[
    ("afterRequest.json", include_str!("../fixtures/official/har/afterRequest.json")),
    ("beforeRequest.json", include_str!("../fixtures/official/har/beforeRequest.json")),
    ("browser.json", include_str!("../fixtures/official/har/browser.json")),
    ("cache.json", include_str!("../fixtures/official/har/cache.json")),
    ("content.json", include_str!("../fixtures/official/har/content.json")),
    ("cookie.json", include_str!("../fixtures/official/har/cookie.json")),
    ("creator.json", include_str!("../fixtures/official/har/creator.json")),
    ("entry.json", include_str!("../fixtures/official/har/entry.json")),
    ("har.json", include_str!("../fixtures/official/har/har.json")),
    ("header.json", include_str!("../fixtures/official/har/header.json")),
    ("log.json", include_str!("../fixtures/official/har/log.json")),
    ("page.json", include_str!("../fixtures/official/har/page.json")),
    ("pageTimings.json", include_str!("../fixtures/official/har/pageTimings.json")),
    ("postData.json", include_str!("../fixtures/official/har/postData.json")),
    ("query.json", include_str!("../fixtures/official/har/query.json")),
    ("request.json", include_str!("../fixtures/official/har/request.json")),
    ("response.json", include_str!("../fixtures/official/har/response.json")),
    ("timings.json", include_str!("../fixtures/official/har/timings.json")),
];

fn rendered(format: &str, report: &Report) -> Result<Value, Box<dyn std::error::Error>> {
    let format = report::format(format).ok_or("no such format")?;
    Ok(serde_json::from_str(&(format.render)(report, &View::default())?)?)
}

fn violations(validator: &jsonschema::Validator, value: &Value) -> Vec<String> {
    validator.iter_errors(value).map(|error| format!("{}: {error}", error.instance_path())).collect()
}

#[test]
fn sarif_output_is_valid_by_the_sarif_schema() -> Outcomes {
    let schema = serde_json::from_str(include_str!("../fixtures/official/sarif/sarif-2.1.0.json"))?;
    let validator = jsonschema::options().offline().should_validate_formats(true).build(&schema)?;
    for report in [every_verdict(), conformant()] {
        let found = violations(&validator, &rendered("sarif", &report)?);
        assert!(found.is_empty(), "{found:#?}");
    }
    Ok(())
}

#[test]
fn har_output_is_valid_by_the_har_schema() -> Outcomes {
    const BASE: &str = "https://example.test/har/";
    let mut registry = Registry::new();
    for (name, text) in HAR {
        registry = registry.add(format!("{BASE}{name}"), serde_json::from_str::<Value>(text)?)?;
    }
    let registry = registry.prepare()?;
    let root = json!({"$schema": "http://json-schema.org/draft-06/schema#", "$ref": format!("{BASE}har.json")});
    let options = jsonschema::options().offline().should_validate_formats(true).with_registry(&registry);
    let validator = options.build(&root)?;
    for report in [every_verdict(), conformant()] {
        let found = violations(&validator, &rendered("har", &report)?);
        assert!(found.is_empty(), "{found:#?}");
    }
    let incomplete = json!({"log": {"version": "1.2", "creator": {"name": "x"}, "entries": [{}]}});
    assert!(violations(&validator, &incomplete).len() > 1, "the schemas of the parts are not applied");
    Ok(())
}

#[test]
fn ctrf_output_is_valid_by_the_ctrf_schema_and_counts_every_check_once() -> Outcomes {
    let schema = serde_json::from_str(include_str!("../fixtures/official/ctrf/ctrf-schema-0.0.json"))?;
    let validator = jsonschema::options().offline().should_validate_formats(true).build(&schema)?;
    for report in [every_verdict(), conformant()] {
        let value = rendered("ctrf", &report)?;
        let found = violations(&validator, &value);
        assert!(found.is_empty(), "{found:#?}");
        let summary = &value["results"]["summary"];
        let count = |name: &str| summary[name].as_u64().unwrap_or_default();
        let sum: u64 = ["passed", "failed", "pending", "skipped", "other"].map(count).iter().sum();
        assert_eq!((count("tests"), sum), (report.checks.len() as u64, report.checks.len() as u64));
    }
    assert_eq!(rendered("ctrf", &every_verdict())?["results"]["summary"]["failed"], 2);
    Ok(())
}
