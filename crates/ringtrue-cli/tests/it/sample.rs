//! `ringtrue sample`: values that fit a schema, and values that break it.

use serde_json::{Value, json};

use crate::support::{Outcomes, Program};

fn lines(text: &str) -> Result<Vec<Value>, serde_json::Error> {
    text.lines().map(serde_json::from_str).collect()
}

#[test]
fn values_are_lines_and_the_same_for_the_same_seed() -> Outcomes {
    let program = Program::new()?;
    let schema = json!({"type": "object", "required": ["credits"], "properties": {"credits": {"type": "number"}}});
    program.write("s.json", &schema.to_string())?;
    let validator = jsonschema::validator_for(&schema)?;
    let ran = program.run(&["sample", "s.json", "--cases", "300", "--seed", "7"])?;
    assert_eq!(ran.code, Some(0), "{ran:?}");
    let values = lines(&ran.stdout)?;
    assert_eq!(values.len(), 300);
    assert!(values.iter().all(|line| validator.is_valid(&line["value"])));
    assert_eq!(ran.stdout, program.run(&["sample", "s.json", "--cases", "300", "--seed", "7"])?.stdout);

    let ran = program.run(&["sample", "s.json", "--breaking", "--cases", "50"])?;
    assert_eq!(ran.code, Some(0), "{ran:?}");
    for line in lines(&ran.stdout)? {
        assert!(!validator.is_valid(&line["value"]), "{line}");
        assert!(line["breaks"].is_string() && line["at"].is_string(), "{line}");
    }
    Ok(())
}

#[test]
fn a_schema_without_such_values_is_an_error() -> Outcomes {
    let program = Program::new()?;
    for (schema, args, said) in [
        (r#"{"type":"string","minLength":3,"maxLength":2}"#, &[][..], "nothing can satisfy the schema"),
        ("{}", &["--breaking"], "breaking"),
        (r#"{"type":"strin"}"#, &[], "schema"),
        ("{", &[], "s.json cannot be read"),
    ] {
        program.write("s.json", schema)?;
        let ran = program.run(&[&["sample", "s.json"], args].concat())?;
        assert_eq!(ran.code, Some(2), "{schema}: {ran:?}");
        assert!(ran.stderr.contains(said) && ran.stdout.is_empty(), "{schema}: {ran:?}");
    }
    Ok(())
}
