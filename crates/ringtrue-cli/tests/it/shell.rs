//! Completion scripts and manual pages.

use crate::support::{Outcomes, Program};

#[test]
fn completion_scripts_know_subcommands_and_options() -> Outcomes {
    let program = Program::new()?;
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let ran = program.run(&["completions", shell])?;
        assert_eq!(ran.code, Some(0), "{shell}: {ran:?}");
        for word in ["selftest", "allow-incomplete"] {
            assert!(ran.stdout.contains(word), "{shell}: no `{word}`");
        }
    }
    assert_eq!(program.run(&["completions", "tcsh"])?.code, Some(2));
    Ok(())
}

#[test]
fn manual_pages_exist_for_the_program_and_each_subcommand() -> Outcomes {
    let program = Program::new()?;
    let ran = program.run(&["man"])?;
    assert_eq!(ran.code, Some(0), "{ran:?}");
    assert!(ran.stdout.contains(".TH ringtrue 1") && ran.stdout.contains("interrupted"), "{ran:?}");
    let ran = program.run(&["man", "pages/man1"])?;
    assert_eq!((ran.code, ran.stdout.as_str()), (Some(0), ""), "{ran:?}");
    assert!(program.read("pages/man1/ringtrue.1")?.contains("ringtrue\\-server(1)"));
    assert!(program.read("pages/man1/ringtrue-server.1")?.contains("states"));
    Ok(())
}
