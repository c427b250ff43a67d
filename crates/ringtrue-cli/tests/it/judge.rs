//! `ringtrue judge`.

use serde_json::{Value, json};

use crate::support::{Outcomes, Program};

const KEY: &str = "lm_live_0123456789abcdef";

/// An entry with this body, so many seconds after the start.
fn entry(seconds: u64, url: &str, body: &str) -> Value {
    json!({
        "startedDateTime": format!("2025-11-28T09:{:02}:{:02}Z", seconds / 60, seconds % 60),
        "time": 20,
        "request": {"method": "GET", "url": url, "headers": [{"name": "X-API-Key", "value": KEY}], "bodySize": 0},
        "response": {
            "status": 200,
            "headers": [
                {"name": "Content-Type", "value": "application/json"}, {"name": "X-Credits-Remaining", "value": "5"},
            ],
            "content": {"text": body, "size": body.len()},
        },
    })
}

fn recording(entries: &[Value]) -> String {
    json!({"log": {"version": "1.2", "entries": entries}}).to_string()
}

#[test]
fn recording_is_judged_and_what_was_left_out_is_counted() -> Outcomes {
    let program = Program::new()?;
    let url = "https://api.leadmagic.io/v1/credits";
    let good = entry(0, url, r#"{"credits":5}"#);
    let bad = entry(100, &format!("{url}?api_key={KEY}"), r#"{"credits":"5"}"#);
    let other = entry(101, "https://cdn.example/x", "x");
    program.write("good.har", &recording(std::slice::from_ref(&good)))?;
    std::fs::create_dir(program.folder.path().join("more"))?;
    program.write("more/bad.har", &recording(&[good, other, json!({"request": 7}), bad]))?;
    program.write("more/broken.har", "{}")?;

    let ran = program.run(&["judge", "leadmagic", "good.har", "--allow-incomplete", "--seed", "1"])?;
    assert_eq!(ran.code, Some(0), "{ran:?}");
    assert_eq!(program.run(&["judge", "leadmagic", "good.har"])?.code, Some(3));

    let ran = program.run(&[
        "judge",
        "leadmagic",
        "good.har",
        "more",
        "-v",
        "--report",
        "human",
        "--report",
        "json=r.json",
    ])?;
    assert_eq!(ran.code, Some(1), "{ran:?}");
    let report: Value = serde_json::from_str(&program.read("r.json")?)?;
    let schema = serde_json::from_str(include_str!("../../../../schemas/report.schema.json"))?;
    let errors: Vec<String> =
        jsonschema::validator_for(&schema)?.iter_errors(&report).map(|error| error.to_string()).collect();
    assert!(errors.is_empty(), "{errors:?}");
    for said in [
        "shape.body  fail",
        "auth.only-documented-place  warn",
        "1 entry is for other hosts or paths",
        "more/bad.har: entry 3 cannot be read",
        "more/broken.har is not a HAR file",
        "#5 GET",
    ] {
        assert!(ran.stdout.contains(said), "{said}: {ran:?}");
    }
    let everything = format!("{}{}{report}", ran.stdout, ran.stderr);
    assert!(!everything.contains(KEY));
    Ok(())
}

#[test]
fn base_url_of_the_recording_can_be_given() -> Outcomes {
    let program = Program::new()?;
    program.write("a.har", &recording(&[entry(0, "http://127.0.0.1:3000/api/v1/credits", r#"{"credits":"5"}"#)]))?;
    let ran = program.run(&["judge", "leadmagic", "a.har"])?;
    assert!(ran.code == Some(3) && ran.stdout.contains("http://127.0.0.1:3000"), "{ran:?}");
    let ran = program.run(&["judge", "leadmagic", "a.har", "--url", "http://127.0.0.1:3000/api"])?;
    assert!(ran.code == Some(1) && ran.stdout.contains("shape.body"), "{ran:?}");
    Ok(())
}

#[test]
fn recording_that_cannot_be_read_ends_with_2() -> Outcomes {
    let program = Program::new()?;
    program.write("none.har", r#"{"log":{}}"#)?;
    program.write("empty.har", "")?;
    std::fs::create_dir(program.folder.path().join("folder"))?;
    for (args, said) in [
        (&["judge", "leadmagic"][..], "<HAR>"),
        (&["judge", "leadmagic", "absent.har"], "absent.har cannot be read"),
        (&["judge", "leadmagic", "none.har"], "none.har is not a HAR file"),
        (&["judge", "leadmagic", "empty.har"], "empty.har is not a HAR file"),
        (&["judge", "leadmagic", "folder"], "folder contains no file with the extension .har"),
        (&["judge", "leadmagic", "none.har", "--url", "x"], "--url is invalid"),
        (&["judge", "leadmagic", "none.har", "--url", "http://me:sk_live_secret@x:y"], "--url is invalid"),
    ] {
        let ran = program.run(args)?;
        assert_eq!(ran.code, Some(2), "{args:?}: {ran:?}");
        assert!(ran.stderr.contains(said) && !ran.stderr.contains("sk_live"), "{args:?}: {ran:?}");
    }
    Ok(())
}
