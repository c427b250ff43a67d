//! `ringtrue compare`.

use crate::support::{Outcomes, Program, Running};

/// Tests a mock with these faults, and writes the report to a file.
fn judge(program: &Program, file: &str, seed: &str, faults: &[&str]) -> Outcomes {
    let mut args = vec!["mock", "genlook"];
    faults.iter().for_each(|fault| args.extend(["--fault", *fault]));
    let mock = Running::start(program.command(&args), 2)?;
    let address = |line: usize| mock.first_lines[line].split(' ').nth(1).unwrap_or_default().to_owned();
    let (url, states, report) = (address(0), address(1), format!("json={file}"));
    let only = ["--only", "balance.cost", "--only", "balance.any-order", "--report", &report, "--seed", seed];
    let ran = program.run(&[&["server", "genlook", "--url", &url, "--states", &states], &only[..]].concat())?;
    assert_eq!(ran.code, Some(i32::from(!faults.is_empty())), "{ran:?}");
    Ok(())
}

#[test]
fn compare_ends_with_1_only_if_a_finding_is_new() -> Outcomes {
    let program = Program::new()?;
    judge(&program, "sound.json", "1", &[])?;
    judge(&program, "broken.json", "2", &["charge-double"])?;
    judge(&program, "still.json", "3", &["charge-double"])?;

    let worse = program.run(&["compare", "sound.json", "broken.json"])?;
    assert_eq!(worse.code, Some(1), "{worse:?}");
    assert!(worse.stdout.contains("new\n  + balance.cost  fail (must)"), "{worse:?}");
    let better = program.run(&["compare", "broken.json", "sound.json"])?;
    assert_eq!(better.code, Some(0), "{better:?}");
    assert!(better.stdout.contains("0 new, 0 still there, 2 gone"), "{better:?}");
    // Another seed finds the same defects by other cases.
    let same = program.run(&["compare", "broken.json", "still.json", "--json"])?;
    assert_eq!(same.code, Some(0), "{same:?}");
    let value: serde_json::Value = serde_json::from_str(&same.stdout)?;
    assert_eq!(value["remaining"].as_array().map(Vec::len), Some(2), "{value}");
    let schema = serde_json::from_str(include_str!("../../../../schemas/comparison.schema.json"))?;
    assert!(jsonschema::validator_for(&schema)?.is_valid(&value), "{value}");
    Ok(())
}

#[test]
fn what_cannot_be_compared_is_said() -> Outcomes {
    let program = Program::new()?;
    judge(&program, "sound.json", "1", &[])?;
    program.write("none.json", "{")?;
    for (other, what) in [("absent.json", "absent.json cannot be read"), ("none.json", "none.json cannot be compared")]
    {
        let ran = program.run(&["compare", "sound.json", other])?;
        assert_eq!(ran.code, Some(2), "{ran:?}");
        assert!(ran.stderr.contains(what), "{ran:?}");
    }
    Ok(())
}
