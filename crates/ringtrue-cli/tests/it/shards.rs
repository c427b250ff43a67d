//! `--shard` and `ringtrue merge`.

use serde_json::Value;

use crate::support::{Outcomes, Program, Ran, Running};

/// Runs a shard of the credential checks against the embedded mock server, and writes its report.
fn shard(program: &Program, which: &str, file: &str, args: &[&str]) -> std::io::Result<Ran> {
    let report = format!("json={file}");
    let run = ["server", "leadmagic", "--only", "auth.*", "--seed", "1", "--shard", which, "-q", "--report", &report];
    program.run(&[&run[..], args].concat())
}

fn report(program: &Program, file: &str) -> Result<Value, Box<dyn std::error::Error>> {
    let value = serde_json::from_str(&program.read(file)?)?;
    let schema = serde_json::from_str(include_str!("../../../../schemas/report.schema.json"))?;
    let validator = jsonschema::validator_for(&schema)?;
    let errors: Vec<String> = validator.iter_errors(&value).map(|error| error.to_string()).collect();
    assert!(errors.is_empty(), "{file}: {errors:#?}");
    Ok(value)
}

#[test]
fn shards_say_which_they_are_and_merge_to_a_report_in_every_format() -> Outcomes {
    let program = Program::new()?;
    for number in 1..=3 {
        let ran = shard(&program, &format!("{number}/3"), &format!("{number}.json"), &[])?;
        assert_eq!(ran.code, Some(0), "{ran:?}");
        assert!(ran.stderr.contains(&format!("seed 1 · shard {number}/3")), "{ran:?}");
        let report = report(&program, &format!("{number}.json"))?;
        assert_eq!(report["shard"], serde_json::json!({"number": number, "of": 3, "only": ["auth.*"]}));
    }
    let formats = ["json", "junit", "html", "har", "sarif", "github", "markdown", "ctrf", "badge"];
    let reports: Vec<String> = formats.iter().map(|format| format!("--report={format}=merged.{format}")).collect();
    let mut args = vec!["merge", "2.json", "3.json", "1.json", "--report", "human"];
    args.extend(reports.iter().map(String::as_str));
    let ran = program.run(&args)?;
    assert_eq!(ran.code, Some(0), "{ran:?}");
    assert!(ran.stdout.contains("· merged from 3 shards"), "{ran:?}");
    assert!(formats.iter().all(|format| program.read(format!("merged.{format}")).is_ok_and(|text| !text.is_empty())));
    let merged = report(&program, "merged.json")?;
    assert_eq!((&merged["shard"], &merged["shards"]), (&Value::Null, &3.into()));
    assert!(program.read("merged.junit")?.contains("name=\"shards\" value=\"merged from 3 shards\""));
    // What is merged can be compared, and is no shard any more.
    let compared = program.run(&["compare", "merged.json", "merged.json"])?;
    assert_eq!(compared.code, Some(0), "{compared:?}");
    let again = program.run(&["merge", "merged.json"])?;
    assert!(again.code == Some(2) && again.stderr.contains("it is the report of merged shards"), "{again:?}");
    Ok(())
}

#[test]
fn exit_code_of_a_merge_is_that_of_the_whole_run() -> Outcomes {
    let program = Program::new()?;
    let mock = Running::start(program.command(&["mock", "leadmagic", "--fault", "unknown-key-other-code"]), 2)?;
    let address = |line: usize| mock.first_lines[line].split(' ').nth(1).unwrap_or_default().to_owned();
    let (url, states) = (address(0), address(1));
    let target = ["--url", &url, "--states", &states];
    let mut codes = Vec::new();
    for number in 1..=3 {
        codes.push(shard(&program, &format!("{number}/3"), &format!("{number}.json"), &target)?.code);
    }
    assert!(codes.contains(&Some(0)) && codes.contains(&Some(1)), "a shard is judged over its own checks: {codes:?}");
    let files = ["merge", "1.json", "2.json", "3.json"];
    let merge = |args: &[&str]| program.run(&[&files[..], args].concat());
    let ran = merge(&["--write-baseline", "known.json"])?;
    assert_eq!(ran.code, Some(1), "{ran:?}");
    assert_eq!(merge(&["--baseline", "known.json", "-q"])?.code, Some(0));
    // Each shard looks at the entries of its own checks.
    for number in 1..=3 {
        let args = [&target[..], &["--baseline", "known.json"]].concat();
        let ran = shard(&program, &format!("{number}/3"), &format!("{number}.json"), &args)?;
        assert_eq!(ran.code, Some(0), "{ran:?}");
    }
    assert_eq!(merge(&["-q"])?.code, Some(0), "what a baseline of the shards lists stays known");
    let stale = r#"{"schema":"ringtrue/baseline/1","known":[{"contract":"leadmagic","check":"auth.gone"}]}"#;
    program.write("stale.json", stale)?;
    let ran = shard(&program, "1/3", "stale-1.json", &[&target[..], &["--baseline", "stale.json"]].concat())?;
    assert_eq!(ran.code, Some(1), "an entry of no check belongs to no other shard: {ran:?}");
    assert_eq!(merge(&["--baseline", "stale.json"])?.code, Some(1));
    Ok(())
}

#[test]
fn value_that_is_no_shard_is_refused_in_every_layer() -> Outcomes {
    let program = Program::new()?;
    for (value, said) in [
        ("0/0", "there must be between 1 and 1000 shards"),
        ("4/3", "there is no shard 4 of 3; the shards are 1/3 to 3/3"),
        ("0/3", "there is no shard 0 of 3"),
        ("2", "write it as K/N"),
        ("a/b", "write it as K/N"),
        ("", "write it as K/N"),
        ("1/9999999999999999999999", "there must be between 1 and 1000 shards"),
    ] {
        let argument = format!("--shard={value}");
        let ran = program.run(&["server", "leadmagic", &argument])?;
        assert!(ran.code == Some(2) && ran.stderr.contains(said), "{value}: {ran:?}");
        let output = program.command(&["client", "leadmagic"]).env("RINGTRUE_SHARD", value).output()?;
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert!(stderr.contains("RINGTRUE_SHARD: invalid value") && stderr.contains(said), "{value}: {stderr}");
    }
    program.write("ringtrue.toml", "seed = 1\nshard = \"5/4\"\n")?;
    let ran = program.run(&["server", "leadmagic"])?;
    assert!(ran.code == Some(2) && ran.stderr.contains("ringtrue.toml:2: invalid value '5/4'"), "{ran:?}");
    program.write("ringtrue.toml", "seed = 1\nshard = \"1/2\"\nonly = \"shape.body\"\nreport = \"json=r.json\"\n")?;
    let ran = program.run(&["server", "leadmagic"])?;
    assert_eq!(ran.code, Some(0), "{ran:?}");
    assert_eq!(report(&program, "r.json")?["shard"]["of"], 2);
    Ok(())
}

#[test]
fn shard_without_a_check_is_incomplete_and_says_why() -> Outcomes {
    let program = Program::new()?;
    let run = |which: &str, file: &str| {
        let report = format!("json={file}");
        program.run(&["server", "leadmagic", "--only", "shape.body", "--seed=1", "--shard", which, "--report", &report])
    };
    assert_eq!(run("1/2", "1.json")?.code, Some(0));
    let ran = run("2/2", "2.json")?;
    assert_eq!(ran.code, Some(3), "{ran:?}");
    assert!(
        ran.stderr.contains("shard 2/2 is empty, because the whole run has one check; make fewer shards"),
        "{ran:?}"
    );
    assert_eq!(program.run(&["merge", "1.json", "2.json"])?.code, Some(0));
    Ok(())
}

#[test]
fn what_cannot_be_merged_is_said() -> Outcomes {
    let program = Program::new()?;
    shard(&program, "1/2", "1.json", &[])?;
    let random =
        program.run(&["server", "leadmagic", "--only=auth.*", "--shard=2/2", "-q", "--report=json=random.json"])?;
    assert!(random.stderr.contains("without --seed, each shard has a seed of its own"), "{random:?}");
    program.write("cut.json", &program.read("1.json")?[..500])?;
    program.write("page.html", "<!DOCTYPE html>")?;
    for (files, said) in [
        (&["1.json", "random.json"][..], "1.json and random.json cannot be merged: the seed differs: 1 and "),
        (&["1.json"], "of 2 shards, 2/2 is missing"),
        (&["1.json", "1.json"], "1.json and 1.json cannot be merged: both are the report of shard 1/2"),
        (&["1.json", "absent.json"], "absent.json cannot be read"),
        (&["1.json", "."], ". cannot be read"),
        (&["1.json", "cut.json"], "cut.json cannot be merged: the file ends in the middle of the report"),
        (&["page.html"], "page.html cannot be merged: it is no report in JSON"),
        (&[], "required arguments were not provided"),
    ] {
        let ran = program.run(&[&["merge"], files].concat())?;
        assert!(ran.code == Some(2) && ran.stderr.contains(said), "{files:?}: {ran:?}");
    }
    Ok(())
}

#[test]
fn live_target_is_not_tested_in_shards() -> Outcomes {
    let program = Program::new()?;
    let args = ["server", "leadmagic", "--url=http://192.0.2.1:9", "--live=192.0.2.1:9", "--shard=1/2", "--seed=1"];
    let ran = program.run(&args)?;
    assert!(ran.code == Some(2) && ran.stderr.contains("a live target cannot be tested in shards"), "{ran:?}");
    Ok(())
}
