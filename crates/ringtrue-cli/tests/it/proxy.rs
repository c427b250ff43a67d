//! `ringtrue proxy`.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;

use crate::support::{Outcomes, Program, Running};

/// The value behind a name in the first lines.
fn url(running: &Running, name: &str) -> String {
    let line = running.first_lines.iter().find_map(|line| line.strip_prefix(&format!("{name} ")));
    line.unwrap_or_default().to_owned()
}

/// Sends a request, and returns the response.
fn get(base: &str, path: &str, fields: &str) -> std::io::Result<String> {
    let address = base.trim_start_matches("http://").split('/').next().unwrap_or_default();
    let mut stream = TcpStream::connect(address)?;
    write!(stream, "GET {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n{fields}\r\n")?;
    let mut text = String::new();
    stream.read_to_string(&mut text)?;
    Ok(text)
}

#[cfg(unix)]
#[test]
fn proxy_reports_findings_as_they_come_and_in_the_end() -> Outcomes {
    let program = Program::new()?;
    let args = ["proxy", "leadmagic", "--upstream", "mock", "--key", "lm_test_0123456789", "--report", "json=r.json"];
    let running = Running::start(program.command(&args), 3)?;
    let base = url(&running, "leadmagic");
    let whole = get(&base, "/v1/credits", "X-API-Key: lm_test_0123456789\r\n")?;
    assert!(whole.starts_with("HTTP/1.1 200 ") && whole.ends_with("{\"credits\":100}"), "{whole}");
    get(&base, "/v1/credits?key=lm_test_0123456789", "X-API-Key: lm_test_0123456789\r\n")?;
    get(&base, "/v1/credits", "")?;
    let report = url(&running, "report");
    let path = report.rsplit_once("/-/").map(|(_, path)| format!("/-/{path}")).unwrap_or_default();
    assert!(get(&report, &path, "")?.contains("\"auth.sent\""));
    let ran = running.interrupt()?;
    // An interrupt is the normal end of a proxy, and the findings decide.
    assert_eq!(ran.code, Some(1), "{ran:?}");
    assert!(ran.stderr.contains("fail: auth.sent  GET /v1/credits"), "{ran:?}");
    assert!(ran.stderr.contains("warn: auth.only-documented-place"), "{ran:?}");
    let written = program.read("r.json")?;
    assert!(written.contains("\"kind\":\"traffic\"") || written.contains("\"kind\": \"traffic\""), "{written}");
    assert!(!format!("{ran:?}{written}").contains("lm_test_0123456789"));
    Ok(())
}

#[test]
fn proxy_that_cannot_be_started_ends_with_2() -> Outcomes {
    let program = Program::new()?;
    for (args, said) in [
        (&["proxy", "leadmagic"][..], "--upstream <URL>"),
        (&["proxy", "leadmagic", "--upstream", "https://192.0.2.1"], "--live 192.0.2.1 permits it"),
        (&["proxy", "leadmagic", "--upstream", "ftp://127.0.0.1"], "neither http:// nor https://"),
        (&["proxy", "leadmagic", "--upstream", "http://me:sk_live_1@127.0.0.1"], "it contains credentials"),
        (&["proxy", "leadmagic", "--upstream", "mock", "--inject", "no-such"], "there is no fault `no-such`"),
        (&["proxy", "leadmagic", "--upstream", "mock", "--inject", "status-202@2"], "not a number above 0"),
        (&["proxy", "leadmagic", "--upstream", "http://127.0.0.1:1", "--inject", "charge-double"], "--upstream mock"),
        (&["proxy", "leadmagic", "--upstream", "mock", "--listen", "127.0.0.1"], "--listen"),
    ] {
        let ran = program.run(args)?;
        assert_eq!(ran.code, Some(2), "{args:?}: {ran:?}");
        assert!(ran.stderr.contains(said) && !ran.stderr.contains("sk_live_1"), "{args:?}: {ran:?}");
    }
    Ok(())
}

#[test]
fn list_says_which_checks_judge_traffic() -> Outcomes {
    let program = Program::new()?;
    let ran = program.run(&["list", "checks", "--json"])?;
    let checks: serde_json::Value = serde_json::from_str(&ran.stdout)?;
    let passive = |id: &str| {
        checks
            .as_array()
            .and_then(|all| all.iter().find(|check| check["id"] == id))
            .map(|check| check["passive"] == true)
    };
    assert_eq!((passive("shape.body"), passive("balance.any-order")), (Some(true), Some(false)));
    let table = program.run(&["list", "checks"])?.stdout;
    let line = |id: &str| table.lines().find(|line| line.starts_with(id)).unwrap_or_default().to_owned();
    assert!(line("shape.body ").contains("passive") && !line("balance.any-order").contains("passive"), "{table}");
    Ok(())
}
