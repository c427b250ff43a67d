//! Replay of findings, and stored generated cases.

use crate::support::{Outcomes, Program, Running};

const FAULT: &str = "charge-doubled-after-refusal";

fn mock(program: &Program, faults: &[&str]) -> std::io::Result<(Running, String, String)> {
    let mut args = vec!["mock", "genlook"];
    faults.iter().for_each(|fault| args.extend(["--fault", *fault]));
    let mock = Running::start(program.command(&args), 2)?;
    let address = |line: usize| mock.first_lines[line].split(' ').nth(1).unwrap_or_default().to_owned();
    let (url, states) = (address(0), address(1));
    Ok((mock, url, states))
}

#[test]
fn a_sequence_that_fails_is_told_kept_and_replayed() -> Outcomes {
    let program = Program::new()?;
    let (_broken, url, states) = mock(&program, &[FAULT])?;
    let only = "balance.any-order";
    let judge = ["server", "genlook", "--url", &url, "--states", &states, "--only", only, "--report", "json=r.json"];
    // How far a case shrinks on a busy machine is a matter of time; that a sequence shrinks to what matters is tested apart.
    let with = |more: &[&'static str]| judge.iter().copied().chain(more.iter().copied()).collect::<Vec<&str>>();
    let seeded = with(&["--seed", "3"]);
    let ran = program.run(&seeded)?;
    assert_eq!(ran.code, Some(1), "{ran:?}");
    assert!(ran.stderr.contains("ringtrue-regressions.jsonl"), "{ran:?}");

    let report: serde_json::Value = serde_json::from_str(&program.read("r.json")?)?;
    let schema = serde_json::from_str(include_str!("../../../../schemas/report.schema.json"))?;
    let validator = jsonschema::validator_for(&schema)?;
    let wrong: Vec<String> = validator.iter_errors(&report).map(|error| error.to_string()).collect();
    assert!(wrong.is_empty(), "{wrong:?}");
    let check = &report["checks"][0];
    assert_eq!(check["id"], only);
    // A refusal, credits, a paid call at the least.
    let steps = check["case"]["steps"].as_array().ok_or("the finding has no case")?;
    assert!(steps.len() >= 3, "{steps:?}");
    assert!(check["steps"].as_array().is_some_and(|steps| steps.len() >= 3), "{check}");

    // The stored case is tried first, so one case finds the fault again, and the case is not stored twice.
    let stored = program.read("ringtrue-regressions.jsonl")?;
    assert_eq!(stored.lines().count(), 1, "{stored}");
    assert_eq!(program.run(&with(&["--cases", "1", "--seed", "9"]))?.code, Some(1));
    assert_eq!(program.read("ringtrue-regressions.jsonl")?, stored);

    assert_eq!(program.run(&seeded)?.code, Some(1));
    let still = program.run(&["replay", "r.json"])?;
    assert_eq!(still.code, Some(1), "{still:?}");
    assert!(still.stdout.contains("balance.any-order still fails"), "{still:?}");
    let (_mended, url, states) = mock(&program, &[])?;
    let gone = program.run(&["replay", "r.json", only, "--url", &url, "--states", &states])?;
    assert_eq!(gone.code, Some(0), "{gone:?}");
    assert!(gone.stdout.contains("balance.any-order no longer fails"), "{gone:?}");
    Ok(())
}

#[test]
fn what_cannot_be_replayed_is_said() -> Outcomes {
    let program = Program::new()?;
    program.write("none.json", "{")?;
    program.write("later.json", r#"{"schema":"ringtrue/report/9"}"#)?;
    let complains = |args: &[&str], what: &str| -> Outcomes {
        let ran = program.run(args)?;
        assert_eq!(ran.code, Some(2), "{ran:?}");
        assert!(ran.stderr.contains(what), "{ran:?}");
        Ok(())
    };
    complains(&["replay", "absent.json"], "absent.json")?;
    complains(&["replay", "none.json"], "line 1")?;
    complains(&["replay", "later.json"], "ringtrue/report/9")?;

    let sound = program.run(&["client", "pollo", "--only", "auth.sent", "--report", "json=r.json"])?;
    assert_eq!(sound.code, Some(0), "{sound:?}");
    complains(&["replay", "r.json", "auth.sent"], "verdict is `pass`")?;
    complains(&["replay", "r.json", "auth.nothing"], "auth.nothing")?;
    let nothing = program.run(&["replay", "r.json"])?;
    assert_eq!(nothing.code, Some(0), "{nothing:?}");

    program.write("stored.jsonl", "{\"contract\":1}\n")?;
    complains(&["client", "pollo", "--regressions", "stored.jsonl"], "stored.jsonl:1")
}
