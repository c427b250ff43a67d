//! Limits of time and size that hold for every command: nothing that a peer or a file does makes the program wait, or print, without end.

#![cfg(unix)]

use std::time::Duration;

use tokio::time::Instant;

use crate::support::{Outcomes, Program, Running};

/// More than the program needs on a busy machine, and less than the limit that it must not wait for.
const SOON: Duration = Duration::from_secs(20);

#[test]
fn interrupt_ends_the_wait_for_an_adapter() -> Outcomes {
    let program = Program::new()?;
    let command = program.command(&["client", "pollo", "--", "sh", "-c", "touch STARTED; sleep 300"]);
    let (running, begun) = (Running::start(command, 0)?, Instant::now());
    while !program.folder.path().join("STARTED").exists() && begun.elapsed() < SOON {
        std::thread::yield_now();
    }
    let begun = Instant::now();
    let ran = running.interrupt()?;
    assert_eq!(ran.code, Some(130), "{ran:?}");
    assert!(begun.elapsed() < SOON, "{:?}", begun.elapsed());
    assert!(ran.stderr.contains("interrupted before the run began"), "{ran:?}");
    Ok(())
}

#[test]
fn time_limit_of_a_run_holds_for_the_start_of_an_adapter() -> Outcomes {
    let program = Program::new()?;
    let begun = Instant::now();
    let ran = program.run(&["client", "pollo", "--max-time", "1s", "--", "sleep", "300"])?;
    assert_eq!(ran.code, Some(2), "{ran:?}");
    assert!(ran.stderr.contains("did not answer `hello`"), "{ran:?}");
    assert!(begun.elapsed() < SOON, "{:?}", begun.elapsed());
    Ok(())
}

#[test]
fn adapter_that_ended_and_left_a_process_with_its_output_is_not_awaited() -> Outcomes {
    let program = Program::new()?;
    let begun = Instant::now();
    let ran = program.run(&["client", "pollo", "--", "sh", "-c", "read hello; sleep 300 & exit 3"])?;
    assert_eq!(ran.code, Some(2), "{ran:?}");
    assert!(ran.stderr.contains("exit status: 3") && ran.stderr.contains("keeps its output open"), "{ran:?}");
    assert!(begun.elapsed() < SOON, "{:?}", begun.elapsed());
    Ok(())
}

#[test]
fn message_about_a_file_quotes_long_text_in_part() -> Outcomes {
    let program = Program::new()?;
    let long = "A".repeat(1_000_000);
    program.write("key.json", &format!("{{\"{long}\":1}}"))?;
    program.write("value.json", &format!("{{\"schema\":\"ringtrue/report/1\",\"ringtrue\":{{\"{long}\":1}}}}"))?;
    program.write("kind.json", &format!("\"{long}\""))?;
    for file in ["key.json", "value.json", "kind.json"] {
        for args in [
            vec!["replay", file],
            vec!["compare", file, file],
            vec!["merge", file],
            vec!["server", "pollo", "--only", "auth.echo", "--baseline", file],
            vec!["server", "pollo", "--only", "auth.echo", "--regressions", file],
            vec!["judge", "pollo", file],
        ] {
            let ran = program.run(&args)?;
            assert_eq!(ran.code, Some(2), "{args:?}: {:.500}", ran.stderr);
            assert!(ran.stderr.len() < 6000, "{args:?}: {} bytes: {:.500}", ran.stderr.len(), ran.stderr);
        }
    }
    Ok(())
}

#[test]
fn file_without_an_end_is_refused() -> Outcomes {
    let program = Program::new()?;
    let options: [&[&str]; 5] = [
        &["replay", "/dev/zero"],
        &["compare", "/dev/zero", "/dev/zero"],
        &["merge", "/dev/zero"],
        &["server", "pollo", "--only", "auth.echo", "--baseline", "/dev/zero"],
        &["server", "pollo", "--only", "auth.echo", "--regressions", "/dev/zero"],
    ];
    for args in options {
        let ran = program.run(args)?;
        assert_eq!(ran.code, Some(2), "{args:?}: {ran:?}");
    }
    Ok(())
}

#[test]
fn configuration_with_very_many_or_very_long_names_is_refused_soon() -> Outcomes {
    let program = Program::new()?;
    let many: String = (0..100_000).map(|n| format!("x{n} = 1\n")).collect();
    for text in [many, format!("{} = 1", "a".repeat(1_000_000))] {
        program.write("ringtrue.toml", &text)?;
        let begun = Instant::now();
        let ran = program.run(&["list", "contracts"])?;
        assert_eq!(ran.code, Some(2), "{ran:?}");
        assert!(ran.stderr.contains("ringtrue.toml:1: there is no option"), "{:.300}", ran.stderr);
        assert!(begun.elapsed() < SOON, "{:?}", begun.elapsed());
    }
    Ok(())
}
