//! Options come from the command line, over the environment, over `ringtrue.toml`.

use crate::support::{Outcomes, Program};

/// A run that ends at once and reports its seed.
const RUN: &[&str] = &["server", "leadmagic", "--only", "no.such-check", "--report", "json"];

fn seed(program: &Program, args: &[&str], environment: &[(&str, &str)]) -> Result<u64, Box<dyn std::error::Error>> {
    let output = program.command(&[RUN, args].concat()).envs(environment.iter().copied()).output()?;
    let report: serde_json::Value = serde_json::from_slice(&output.stdout)
        .map_err(|error| format!("{error}: {}", String::from_utf8_lossy(&output.stderr)))?;
    Ok(report["seed"].as_u64().ok_or("no seed")?)
}

#[test]
fn the_command_line_counts_over_the_environment_and_that_over_the_file() -> Outcomes {
    let program = Program::new()?;
    program.write("ringtrue.toml", "seed = 1\n")?;
    assert_eq!(seed(&program, &[], &[])?, 1);
    assert_eq!(seed(&program, &[], &[("RINGTRUE_SEED", "2")])?, 2);
    assert_eq!(seed(&program, &["--seed", "3"], &[("RINGTRUE_SEED", "2")])?, 3);
    Ok(())
}

#[test]
fn every_kind_of_option_can_stand_in_the_file() -> Outcomes {
    let program = Program::new()?;
    let text = r#"
        seed = 7
        skip = ["a.*", "b.*"]
        report = ["junit=junit.xml", "html=report.html"]
        timeout = "500ms"
        rate = 2.5
        strict = true
        verbose = false
        allow-incomplete = "cache.*"
        key = "env:NOT_ASKED_FOR_WITHOUT_A_URL"
        listen = "127.0.0.1:0"
        color = "never"
    "#;
    program.write("ringtrue.toml", text)?;
    let ran = program.run(&["server", "leadmagic", "--only", "no.such-check"])?;
    assert_eq!(ran.code, Some(3), "{ran:?}");
    assert_eq!(ran.stdout, "", "the reports that were asked for are files");
    assert!(program.read("junit.xml")?.contains("seed\" value=\"7\""));
    assert!(program.read("report.html")?.starts_with("<!DOCTYPE html>"));
    Ok(())
}

#[test]
fn the_environment_has_flags_and_lists() -> Outcomes {
    let program = Program::new()?;
    let run = |name: &str, value: &str| {
        program.command(&["server", "leadmagic", "--only", "no.such-check"]).env(name, value).output()
    };
    assert_eq!(run("RINGTRUE_REPORT", "junit=a.xml json=b.json")?.status.code(), Some(3));
    assert!(program.read("a.xml").is_ok() && program.read("b.json").is_ok());
    let quiet = String::from_utf8(run("RINGTRUE_QUIET", "true")?.stdout)?;
    assert_eq!(quiet.lines().count(), 1, "{quiet}");
    let loud = String::from_utf8(run("RINGTRUE_QUIET", "no")?.stdout)?;
    assert!(loud.lines().count() > 1, "{loud}");
    Ok(())
}

#[test]
fn invalid_setting_is_refused_with_its_location() -> Outcomes {
    let program = Program::new()?;
    for (text, said) in [
        ("# mine\nsead = 1\n", "ringtrue.toml:2: there is no option `sead`; did you mean `seed`?"),
        ("seed = 1\ntimeout = \"soon\"\n", "ringtrue.toml:2: invalid value 'soon'"),
        ("\n\nstrict = \"very\"\n", "ringtrue.toml:3: `strict` must be true or false"),
        ("seed = [1, 2]\n", "ringtrue.toml:1: `seed` must be one value"),
        ("seed = 1\nseed = 2\n", "ringtrue.toml:2: "),
        ("[server]\nseed = 1\n", "ringtrue.toml:1: `server` must be"),
        ("live = \"api.example.com\"\n", "ringtrue.toml:1: --live is a permission"),
        ("\nallow-spend = true\n", "ringtrue.toml:2: --allow-spend is a permission"),
    ] {
        program.write("ringtrue.toml", text)?;
        let ran = program.run(RUN)?;
        assert_eq!(ran.code, Some(2), "{text}: {ran:?}");
        assert!(ran.stderr.contains(said), "{text}: {ran:?}");
    }
    std::fs::remove_file(program.folder.path().join("ringtrue.toml"))?;
    for (name, value, said) in [
        ("RINGTRUE_LIVE", "api.example.com", "RINGTRUE_LIVE: --live is a permission"),
        ("RINGTRUE_ALLOW_SPEND", "true", "RINGTRUE_ALLOW_SPEND: --allow-spend is a permission"),
        ("RINGTRUE_JOBS", "many", "RINGTRUE_JOBS: invalid value 'many'"),
        ("RINGTRUE_STRICT", "very", "RINGTRUE_STRICT: the value must be true or false"),
    ] {
        let output = program.command(RUN).env(name, value).output()?;
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{name}: {stderr}");
        assert!(stderr.contains(said), "{name}: {stderr}");
    }
    Ok(())
}

#[test]
fn colours_follow_the_option_and_no_color() -> Outcomes {
    let program = Program::new()?;
    let run = &["server", "leadmagic", "--only", "no.such-check"][..];
    let plain = program.run(run)?.stdout;
    assert!(!plain.contains('\u{1b}'), "{plain:?}");
    assert!(program.run(&[run, &["--color", "always"]].concat())?.stdout.contains('\u{1b}'));
    let output = program.command(run).env("NO_COLOR", "1").env("CLICOLOR_FORCE", "0").output()?;
    assert!(!String::from_utf8_lossy(&output.stdout).contains('\u{1b}'));
    Ok(())
}
