//! What the program says of itself, and how it ends when asked for what cannot be.

use crate::support::{Outcomes, Program, snapshot};

#[test]
fn help_goes_to_standard_output() -> Outcomes {
    let program = Program::new()?;
    for args in [&["--help"][..], &["server", "--help"], &["mock", "--help"]] {
        let ran = program.run(args)?;
        assert_eq!(ran.code, Some(0), "{ran:?}");
        snapshot(&args.join("_").replace("--", ""), &ran.stdout);
    }
    assert_eq!(program.run(&["--version"])?.stdout, concat!("ringtrue ", env!("CARGO_PKG_VERSION"), "\n"));
    Ok(())
}

#[test]
fn invalid_usage_ends_with_2_and_names_the_cause() -> Outcomes {
    let program = Program::new()?;
    for (args, said) in [
        (&[][..], "Usage: ringtrue"),
        (&["sever"], "a similar subcommand exists: 'server'"),
        (&["server"], "<CONTRACT>"),
        (&["server", "no-such-contract"], "no-such-contract"),
        (&["server", "leadmagic", "--timeout", "5"], "write it as 500ms, 30s, 2m or 1h 30m"),
        (&["server", "leadmagic", "--cases", "0"], "0 is not in"),
        (&["server", "leadmagic", "--only", "a["], "a["),
        (&["server", "leadmagic", "--report", "jsn"], "did you mean json?"),
        (
            &["server", "leadmagic", "--report", "json", "--report", "junit"],
            "only one report can go to standard output",
        ),
        (&["server", "leadmagic", "--report", "json=no/such/folder.json"], "there is no folder no/such"),
        (&["server", "leadmagic", "--report", "json=."], "it is a folder"),
        (&["server", "leadmagic", "--baseline", "absent.json"], "absent.json cannot be read"),
        (&["server", "leadmagic", "--url", "http://127.0.0.1:1", "--key", "env:RT_ABSENT"], "RT_ABSENT is not set"),
        (&["server", "leadmagic", "--url", "http://127.0.0.1:1", "--key", "file:absent"], "cannot read absent"),
        (&["server", "leadmagic", "--url", "http://api.example.com"], "--live api.example.com"),
        (&["mock", "leadmagic", "leadmagic"], "two contracts have the name `leadmagic`"),
        (&["mock", "leadmagic", "--fault", "no-such-fault"], "there is no fault `no-such-fault`"),
        (&["explain", "shape.bdy"], "did you mean shape.body"),
        (&["lint", "absent.yaml"], "absent.yaml"),
    ] {
        let ran = program.run(args)?;
        assert_eq!(ran.code, Some(2), "{args:?}: {ran:?}");
        assert!((ran.stdout.clone() + &ran.stderr).contains(said), "{args:?} does not say {said:?}: {ran:?}");
    }
    Ok(())
}

#[test]
fn error_never_quotes_a_secret() -> Outcomes {
    let program = Program::new()?;
    let ran = program.run(&["server", "leadmagic", "--url", "http://me:sk_live_secret@127.0.0.1:1"])?;
    assert!(ran.code == Some(2) && !ran.stderr.contains("sk_live"), "{ran:?}");
    program.write("secret.txt", "sk_live_\nsecret\n")?;
    for key in ["sk_live_\u{7}secret", "file:secret.txt"] {
        let ran = program.run(&["server", "leadmagic", "--url", "http://127.0.0.1:1", "--key", key])?;
        assert_eq!(ran.code, Some(2));
        assert!(ran.stderr.contains("--key"), "{ran:?}");
        assert!(!ran.stderr.contains("sk_live"), "{ran:?}");
    }
    Ok(())
}

#[test]
fn list_prints_a_table_or_json() -> Outcomes {
    let program = Program::new()?;
    snapshot("list_states", &program.run(&["list", "states"])?.stdout);
    snapshot("list_contracts", &program.run(&["list", "contracts"])?.stdout);
    for what in ["contracts", "checks", "states", "faults"] {
        let ran = program.run(&["list", what, "--json"])?;
        assert_eq!(ran.code, Some(0), "{ran:?}");
        let rows: Vec<serde_json::Map<String, serde_json::Value>> = serde_json::from_str(&ran.stdout)?;
        assert!(!rows.is_empty(), "no {what}");
    }
    Ok(())
}

#[test]
fn listed_states_equal_the_states_of_the_mock() -> Outcomes {
    let contract = std::sync::Arc::new(ringtrue::__cli::contract::Contract::load("leadmagic")?);
    let answer =
        ringtrue::__cli::mock::Provider::new(contract).handle_state_message(&serde_json::json!({"action": "describe"}));
    let listed: Vec<serde_json::Value> =
        serde_json::from_str(&Program::new()?.run(&["list", "states", "--json"])?.stdout)?;
    let names: Vec<_> = listed.iter().map(|row| row["state"].clone()).collect();
    assert_eq!(answer["values"]["states"], serde_json::Value::Array(names));
    Ok(())
}

#[test]
fn explain_describes_every_check() -> Outcomes {
    let program = Program::new()?;
    snapshot("explain_shape.body", &program.run(&["explain", "shape.body"])?.stdout);
    for entry in ringtrue::__cli::checks::registry() {
        let ran = program.run(&["explain", entry.check.id])?;
        assert_eq!(ran.code, Some(0));
        assert!(ran.stdout.starts_with("# ") && ran.stdout.contains(entry.check.id), "{ran:?}");
    }
    Ok(())
}

#[test]
fn closed_output_is_not_an_error() -> Outcomes {
    let program = Program::new()?;
    for args in [&["list", "checks"][..], &["--help"], &["lint", "absent"], &["server", "leadmagic", "-v"]] {
        let mut child =
            program.command(args).stdout(std::process::Stdio::piped()).stderr(std::process::Stdio::piped()).spawn()?;
        drop(child.stdout.take());
        let output = child.wait_with_output()?;
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert!(!stderr.contains("panicked") && output.status.code() != Some(101), "{args:?}: {stderr}");
    }
    Ok(())
}
