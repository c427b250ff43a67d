//! `ringtrue diff`.

use crate::support::{Outcomes, Program};

const OLD: &str = include_str!("../../../../examples/contracts/acme/openapi.yaml");

#[test]
fn diff_ends_with_1_only_if_a_client_or_a_server_of_the_old_contract_breaks() -> Outcomes {
    let program = Program::new()?;
    program.write("old.yaml", OLD)?;
    program.write("worse.yaml", &OLD.replace("max_ttl_ms: 30000", "max_ttl_ms: 90000"))?;
    program.write("better.yaml", &OLD.replace("max_ttl_ms: 30000", "max_ttl_ms: 9000"))?;
    program.write("to-check.yaml", &OLD.replace("prefix: ak_", "prefix: bk_"))?;
    let worse = program.run(&["diff", "old.yaml", "worse.yaml"])?;
    assert_eq!(worse.code, Some(1), "{worse:?}");
    assert!(
        worse.stdout.contains("caching.server.longer")
            && worse.stdout.contains("permitted, up to 30 s → permitted, up to 90 s"),
        "{worse:?}"
    );
    assert!(worse.stdout.contains("old → worse: 1 breaking, 0 to check, 0 compatible"), "{worse:?}");
    let better = program.run(&["diff", "old.yaml", "better.yaml"])?;
    assert_eq!(better.code, Some(1), "{better:?}");
    assert!(better.stdout.starts_with("breaks a server\n"), "{better:?}");
    program.write("described.yaml", &OLD.replace("description: Limit and usage.", "description: What is left."))?;
    assert_eq!(program.run(&["diff", "old.yaml", "described.yaml"])?.code, Some(0));
    let check = program.run(&["diff", "old.yaml", "to-check.yaml"])?;
    assert_eq!(check.code, Some(0), "{check:?}");
    assert!(check.stdout.contains("depends on the client or the server"), "{check:?}");
    let same = program.run(&["diff", "old.yaml", "old.yaml"])?;
    assert_eq!((same.code, same.stdout.as_str()), (Some(0), "old → old: no promise has changed\n"));
    Ok(())
}

#[test]
fn json_is_as_its_schema_says() -> Outcomes {
    let program = Program::new()?;
    let ran = program.run(&["diff", "leadmagic", "pollo", "--json"])?;
    assert_eq!(ran.code, Some(1), "{ran:?}");
    let value: serde_json::Value = serde_json::from_str(&ran.stdout)?;
    let schema = serde_json::from_str(include_str!("../../../../schemas/difference.schema.json"))?;
    assert!(jsonschema::validator_for(&schema)?.is_valid(&value), "{value}");
    assert_eq!(value["breaks"], true);
    Ok(())
}

#[test]
fn plain_documents_are_compared_too() -> Outcomes {
    let program = Program::new()?;
    let document = |schema: &str| {
        format!(
            "openapi: 3.1.0\ninfo: {{title: T, version: '1'}}\npaths:\n  /c:\n    get:\n      responses:\n        '200':\n          \
             description: ok\n          content: {{application/json: {{schema: {schema}}}}}\n"
        )
    };
    program.write(
        "old.yaml",
        &document("{type: object, required: [state], properties: {state: {enum: [active, closed]}}}"),
    )?;
    program.write(
        "new.yaml",
        &document("{type: object, required: [state], properties: {state: {enum: [active, closed, paused]}}}"),
    )?;
    let ran = program.run(&["diff", "old.yaml", "new.yaml"])?;
    assert_eq!(ran.code, Some(1), "{ran:?}");
    assert!(ran.stdout.contains("enum.value-added") && ran.stdout.contains("\"paused\""), "{ran:?}");
    Ok(())
}

#[test]
fn what_cannot_be_read_ends_with_2() -> Outcomes {
    let program = Program::new()?;
    program.write("none.yaml", "")?;
    for other in ["absent.yaml", "none.yaml"] {
        for args in [["diff", "leadmagic", other], ["diff", other, "leadmagic"]] {
            let ran = program.run(&args)?;
            assert_eq!(ran.code, Some(2), "{ran:?}");
            assert!(ran.stderr.contains(other) && ran.stdout.is_empty(), "{ran:?}");
        }
    }
    Ok(())
}
