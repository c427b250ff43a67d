//! `ringtrue init`.

use crate::support::{Outcomes, Program};

const DOCUMENT: &str = include_str!("../../../../examples/documents/paper-plane.yaml");

#[test]
fn draft_is_written_to_a_folder_and_works_at_once() -> Outcomes {
    let program = Program::new()?;
    program.write("document.yaml", DOCUMENT)?;
    let ran = program.run(&["init", "document.yaml"])?;
    assert_eq!(ran.code, Some(0), "{ran:?}");
    for line in [
        "paper-plane-api/openapi.yaml",
        "balance     GET /credits ",
        "credential  header X-Plane-Key",
        "marked FILL IN",
    ] {
        assert!(ran.stdout.contains(line), "{line}: {ran:?}");
    }
    assert!(ran.stderr.contains("not taken for balance: GET /credits/history"), "{ran:?}");
    assert!(program.read("paper-plane-api/openapi.yaml")?.contains("role: balance"));
    let lint = program.run(&["lint", "paper-plane-api"])?;
    assert_eq!(lint.code, Some(0), "{lint:?}");
    let server = program.run(&["server", "paper-plane-api", "--only", "balance.exact", "--only", "shape.body"])?;
    assert_eq!(server.code, Some(0), "{server:?}");
    let mut mock = crate::support::Running::start(program.command(&["mock", "paper-plane-api"]), 2)?;
    assert!(mock.first_lines.remove(0).starts_with("paper-plane-api http://"), "{:?}", mock.first_lines);
    Ok(())
}

#[test]
fn contract_that_is_there_is_replaced_only_by_force() -> Outcomes {
    let program = Program::new()?;
    program.write("document.yaml", DOCUMENT)?;
    let args = ["init", "document.yaml", "--out", "plane"];
    assert_eq!(program.run(&args)?.code, Some(0));
    program.write("plane/openapi.yaml", "mine")?;
    let ran = program.run(&args)?;
    assert_eq!(ran.code, Some(2), "{ran:?}");
    assert!(ran.stderr.contains("plane/openapi.yaml exists") && ran.stderr.contains("--force"), "{ran:?}");
    assert_eq!(program.read("plane/openapi.yaml")?, "mine");
    assert_eq!(program.run(&[&args[..], &["--force"]].concat())?.code, Some(0));
    assert_ne!(program.read("plane/openapi.yaml")?, "mine");
    Ok(())
}

#[test]
fn options_name_operations() -> Outcomes {
    let program = Program::new()?;
    program.write("document.yaml", DOCUMENT)?;
    let ran = program.run(&[
        "init",
        "document.yaml",
        "--out",
        "a",
        "--spend",
        "none",
        "--balance",
        "/credits/history",
        "--health",
        "none",
    ])?;
    assert_eq!(ran.code, Some(0), "{ran:?}");
    assert!(ran.stdout.contains("balance     GET /credits/history") && !ran.stdout.contains("\nspend "), "{ran:?}");
    let wrong = program.run(&["init", "document.yaml", "--out", "b", "--spend", "fold"])?;
    assert_eq!(wrong.code, Some(2), "{wrong:?}");
    assert!(
        wrong.stderr.contains("--spend: no operation is called `fold`") && wrong.stderr.contains("POST /folds"),
        "{wrong:?}"
    );
    assert!(program.read("b/openapi.yaml").is_err(), "nothing is written");
    Ok(())
}

#[test]
fn recorded_traffic_is_taken_instead_of_a_document() -> Outcomes {
    let program = Program::new()?;
    program.write("credits.json", r#"{"remaining": 12}"#)?;
    program.write("credits.401.json", r#"{"error": "no"}"#)?;
    let ran = program.run(&["init", "--examples", "credits.json", "credits.401.json", "--out", "r"])?;
    assert_eq!(ran.code, Some(0), "{ran:?}");
    assert!(ran.stdout.contains("balance") && ran.stdout.contains("credits.json"), "{ran:?}");
    assert_eq!(program.run(&["lint", "r"])?.code, Some(0));
    for (args, said) in [
        (&["init"][..], "required"),
        (&["init", "a.yaml", "--examples", "b.har"], "cannot be used with"),
        (&["init", "--examples", "absent.har"], "absent.har cannot be read"),
    ] {
        let ran = program.run(args)?;
        assert_eq!(ran.code, Some(2), "{ran:?}");
        assert!(ran.stderr.contains(said), "{said}: {ran:?}");
    }
    Ok(())
}

#[test]
fn what_is_no_document_ends_with_2_and_writes_nothing() -> Outcomes {
    let program = Program::new()?;
    for (text, said) in [
        ("", "empty"),
        ("\u{1b}[31mwords", "document.yaml"),
        ("swagger: '2.0'\ninfo: {title: T, version: '1'}\npaths: {}\n", "2.0"),
        ("openapi: 3.1.0\ninfo: {title: T, version: '1'}\npaths: {}\n", "reads a balance"),
    ] {
        program.write("document.yaml", text)?;
        let ran = program.run(&["init", "document.yaml", "--out", "none"])?;
        assert_eq!(ran.code, Some(2), "{text}: {ran:?}");
        assert!(
            ran.stderr.contains(said) && !ran.stderr.contains('\u{1b}') && ran.stdout.is_empty(),
            "{text}: {ran:?}"
        );
    }
    assert!(!program.folder.path().join("none").exists());
    Ok(())
}
