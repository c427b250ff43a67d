//! How fast recordings are judged: 100 MB, once with exchanges of the API only, once with those of other hosts between them.

#![expect(clippy::unwrap_used, reason = "a benchmark that cannot go on panics")]
#![expect(clippy::disallowed_methods, reason = "a benchmark measures time, and reads how long it may take")]
#![expect(clippy::print_stdout, reason = "the time is the result")]

use std::io::Write as _;
use std::sync::Arc;
use std::time::Instant;

use ringtrue::__cli::contract::{Contract, CredentialPlace, Role, bundled};
use ringtrue::__cli::passive::{BaseUrls, TrafficJudge, TrafficOptions, judge_har};

/// Writes a recording of so many bytes in which one of `every` entries is for the API.
fn recording(contract: &Contract, bytes: usize, every: usize) -> tempfile::NamedTempFile {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    let mut out = std::io::BufWriter::new(&mut file);
    let url = format!("{}{}", contract.server_url(), contract.operation(Role::Balance).unwrap().example_path);
    let Some(CredentialPlace::Header { name }) = contract.credential.as_ref().map(|c| c.place.clone()) else {
        panic!("the first contract with a credential has it in a header field");
    };
    write!(out, r#"{{"log":{{"version":"1.2","creator":{{"name":"bench"}},"entries":["#).unwrap();
    let (mut written, mut n) = (0, 0_usize);
    let filler = "x".repeat(900);
    while written < bytes {
        let (minute, second) = (n / 60 % 60, n % 60);
        let (url, text) = if n.is_multiple_of(every) {
            (url.clone(), "{\\\"creditBalance\\\":100}".to_owned())
        } else {
            (format!("https://cdn.example/{n}.js"), filler.repeat(2))
        };
        let entry = format!(
            r#"{{"startedDateTime":"2025-11-28T{:02}:{minute:02}:{second:02}.123Z","time":20.5,"request":{{"method":"GET","url":"{url}","headers":[{{"name":"{name}","value":"gk_bench_{:032}"}},{{"name":"user-agent","value":"Mozilla/5.0 (X11; Linux x86_64)"}},{{"name":"accept","value":"*/*"}}],"cookies":[],"queryString":[],"bodySize":0}},"response":{{"status":200,"headers":[{{"name":"content-type","value":"application/json"}},{{"name":"date","value":"Fri, 28 Nov 2025 09:00:00 GMT"}}],"content":{{"mimeType":"application/json","text":"{text}"}},"bodySize":21}},"cache":{{}},"timings":{{"send":0,"wait":20,"receive":0}},"_initiator":{{"type":"script","stack":"{filler}"}}}}"#,
            n / 3600 % 24,
            n % 20,
        );
        write!(out, "{}{entry}", if n == 0 { "" } else { "," }).unwrap();
        written += entry.len();
        n += 1;
    }
    write!(out, "]}}}}").unwrap();
    out.flush().unwrap();
    drop(out);
    file
}

/// The most memory that the process has had, in MB. Known on Linux only.
fn peak_mb() -> Option<usize> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    Some(line.trim().trim_end_matches(" kB").parse::<usize>().ok()? / 1024)
}

fn main() {
    let is_trial = std::env::args().any(|arg| arg == "--test");
    let bytes = if is_trial { 100_000 } else { 100_000_000 };
    let mut contracts = bundled().into_iter().map(|name| Contract::load(&name).unwrap());
    let contract = contracts.find(|c| c.credential.is_some() && c.operation(Role::Spend).is_some()).unwrap();
    let contract = Arc::new(contract);
    let bases = BaseUrls::new(&contract, &[]).unwrap();
    for (what, every) in [("one entry of 20 for the API", 20), ("all entries for the API", 1)] {
        let file = recording(&contract, bytes, every);
        let begun = Instant::now();
        let mut judge = TrafficJudge::new(contract.clone(), &TrafficOptions::default()).unwrap();
        let summary = judge_har(&mut judge, &bases, file.path(), 1, &|| false).unwrap();
        let report = judge.report("bench", summary.notes());
        let took = begun.elapsed().as_secs_f64();
        let memory = peak_mb().map_or_else(String::new, |mb| format!(", peak memory {mb} MB"));
        let found = report.checks.iter().filter(|check| check.reason.is_some()).count();
        println!(
            "{what}: {} of {} judged in {took:.2} s{memory}; {found} checks with a remark",
            summary.judged, summary.entries
        );
    }
}
