//! Whole runs: reports, baseline, exit codes, interrupt.

#[cfg(unix)]
use std::net::TcpListener;

use crate::support::{Outcomes, Program, Running};

#[test]
fn mock_serves_until_interrupted() -> Outcomes {
    let program = Program::new()?;
    let mock = Running::start(program.command(&["mock", "leadmagic", "pollo", "--key", "k_cli_test"]), 3)?;
    let lines = &mock.first_lines;
    assert!(lines[0].starts_with("leadmagic http://127.0.0.1:"), "{lines:?}");
    assert!(lines[0].ends_with("/leadmagic") && lines[1].ends_with("/pollo"), "{lines:?}");
    assert!(lines[2].starts_with("states http://127.0.0.1:"), "{lines:?}");
    #[cfg(unix)]
    assert_eq!(mock.interrupt()?.code, Some(0));
    Ok(())
}

#[test]
fn run_against_a_url_writes_every_report() -> Outcomes {
    let program = Program::new()?;
    let mock = Running::start(program.command(&["mock", "leadmagic", "--key", "k_cli_secret"]), 2)?;
    let address = |line: usize| mock.first_lines[line].split(' ').nth(1).unwrap_or_default().to_owned();
    let (url, states) = (address(0), address(1));
    let formats = ["human", "json", "junit", "html", "har", "sarif", "github"];
    let reports: Vec<String> = formats.iter().map(|format| format!("--report={format}=out.{format}")).collect();
    let mut args = vec!["server", "leadmagic", "--url", &url, "--states", &states, "--key", "k_cli_secret"];
    args.extend(reports.iter().map(String::as_str));
    let ran = program.run(&args)?;
    assert_ne!(ran.code, Some(2), "{ran:?}");
    assert!(ran.stderr.contains("seed"), "the last line goes to standard error: {ran:?}");
    for format in formats {
        let text = program.read(format!("out.{format}"))?;
        assert!(!text.is_empty() && !text.contains("k_cli_secret"), "{format}");
    }
    let report: serde_json::Value = serde_json::from_str(&program.read("out.json")?)?;
    let schema = serde_json::from_str(include_str!("../../../../schemas/report.schema.json"))?;
    let validator = jsonschema::validator_for(&schema)?;
    let errors: Vec<String> =
        validator.iter_errors(&report).map(|error| format!("{}: {error}", error.instance_path())).collect();
    assert!(errors.is_empty(), "{errors:#?}");
    Ok(())
}

#[test]
fn what_is_known_does_not_fail_a_run_and_what_is_gone_does() -> Outcomes {
    let program = Program::new()?;
    let run = |args: &[&str]| program.run(&[&["server", "leadmagic", "--allow-incomplete", "-q"], args].concat());
    run(&["--write-baseline", "known.json"])?;
    let text = program.read("known.json")?;
    assert!(text.contains("ringtrue/baseline/1"), "{text}");
    let stale = r#"{"schema":"ringtrue/baseline/1","known":[{"contract":"leadmagic","check":"shape.gone"}]}"#;
    program.write("known.json", stale)?;
    let ran = run(&["--baseline", "known.json"])?;
    assert_eq!(ran.code, Some(1), "{ran:?}");
    assert!(ran.stderr.contains("known.json: entry 1 (shape.gone): no check with that id ran"), "{ran:?}");
    let ran = run(&["--baseline", "known.json", "--skip", "shape.gone"])?;
    assert_ne!(ran.code, Some(1), "what was left out is left in peace: {ran:?}");
    program.write("known.json", "{}")?;
    assert_eq!(run(&["--baseline", "known.json"])?.code, Some(2));
    Ok(())
}

#[test]
fn nothing_that_ran_is_not_conformant() -> Outcomes {
    let ran = Program::new()?.run(&["server", "leadmagic", "--only", "shape.bdy", "--allow-incomplete"])?;
    assert_eq!(ran.code, Some(3), "{ran:?}");
    assert!(ran.stderr.contains("ringtrue list checks"), "{ran:?}");
    Ok(())
}

#[test]
fn a_report_can_go_to_what_is_no_file() -> Outcomes {
    if cfg!(unix) {
        let ran = Program::new()?.run(&["server", "leadmagic", "--only", "no.such", "--report", "json=/dev/null"])?;
        assert_eq!(ran.code, Some(3), "{ran:?}");
        assert!(!std::fs::metadata("/dev/null")?.is_file());
    }
    Ok(())
}

/// A connection that comes within a while.
#[cfg(unix)]
fn accepted(listener: &TcpListener) -> std::io::Result<std::net::TcpStream> {
    listener.set_nonblocking(true)?;
    for _ in 0..1000 {
        match listener.accept() {
            Ok((stream, _)) => return Ok(stream),
            Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => {
                std::thread::sleep(std::time::Duration::from_millis(10));
            }
            Err(error) => return Err(error),
        }
    }
    Err(std::io::ErrorKind::TimedOut.into())
}

#[cfg(unix)]
#[test]
fn an_interrupted_run_reports_what_it_found_so_far() -> Outcomes {
    // It accepts connections, and says nothing.
    let silent = TcpListener::bind("127.0.0.1:0")?;
    let url = format!("http://{}", silent.local_addr()?);
    let program = Program::new()?;
    let args = ["server", "leadmagic", "--url", &url, "--key", "k_1234", "--timeout", "60s", "--report", "json=r.json"];
    let run = Running::start(program.command(&args), 0)?;
    // The first connection is the knock at the door, the second a check's.
    let held = [accepted(&silent)?, accepted(&silent)?];
    let ran = run.interrupt()?;
    drop(held);
    assert_eq!(ran.code, Some(130), "{ran:?}");
    let report: serde_json::Value = serde_json::from_str(&program.read("r.json")?)?;
    assert_eq!(report["schema"], "ringtrue/report/1");
    Ok(())
}

#[test]
fn the_harness_tests_itself() -> Outcomes {
    let ran = Program::new()?.run(&["selftest", "leadmagic", "--only", "shape.*"])?;
    assert!(ran.stdout.contains("leadmagic") && ran.stdout.contains("shape.body"), "{ran:?}");
    assert_ne!(ran.code, Some(2), "{ran:?}");
    Ok(())
}

#[test]
fn bundled_contracts_have_no_mistakes() -> Outcomes {
    let program = Program::new()?;
    for name in ringtrue::__cli::contract::bundled() {
        let ran = program.run(&["lint", &name])?;
        assert_eq!(ran.code, Some(0), "{ran:?}");
    }
    Ok(())
}
