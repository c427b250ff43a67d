//! Compares JSON Schema generators on the official test suite: how many schemas each handles, and how fast it is.
//!
//! ```sh
//! cargo run --release --manifest-path crates/jsonschema-proptest/compare/Cargo.toml -- JSON-Schema-Test-Suite [python3]
//! ```
//!
//! The first argument is a checkout of <https://github.com/json-schema-org/JSON-Schema-Test-Suite>, the second a Python
//! with `hypothesis-jsonschema`. Each generator runs in a process of its own, with a time limit for each schema.

mod judge;
mod speed;
mod suite;
mod table;
mod worker;

use std::path::Path;
use std::process::ExitCode;

use table::{Row, Score};
use worker::{Job, Reply, Worker};

/// The generators, by the name of their worker.
const GENERATORS: [&str; 3] = ["jsonschema-proptest", "json_schema_fuzz", "hypothesis-jsonschema"];

/// The drafts, by folder of the suite, with the value of `$schema`.
const DRAFTS: [(&str, &str); 2] = [
    ("draft2020-12", "https://json-schema.org/draft/2020-12/schema"),
    ("draft7", "http://json-schema.org/draft-07/schema#"),
];

/// Values generated from each schema of the suite.
const VALUES: u32 = 100;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        ["worker", generator] => worker::serve(generator),
        [suite] => compare(Path::new(suite), "python3"),
        [suite, python] => compare(Path::new(suite), python),
        _ => {
            eprintln!("usage: compare <JSON-Schema-Test-Suite> [<python>]");
            return ExitCode::from(2);
        }
    }
    ExitCode::SUCCESS
}

fn compare(suite: &Path, python: &str) {
    let mut workers = GENERATORS.map(|generator| Worker::new(generator, python));
    for (draft, uri) in DRAFTS {
        compare_draft(suite, draft, uri, &mut workers);
    }
    let speeds: Vec<_> = workers.iter_mut().map(|worker| (worker.generator, speed::measure(worker))).collect();
    table::print_speeds(&speeds);
}

fn compare_draft(suite: &Path, draft: &str, uri: &str, workers: &mut [Worker]) {
    let groups = suite::load(suite, draft, uri);
    let mut rows = Vec::new();
    for worker in workers {
        let generator = worker.generator;
        let mut score = Score::default();
        for group in &groups {
            let judge = judge::Judge::new(&group.schema, suite);
            let job = Job { schema: group.schema.clone(), count: VALUES, seed: 1 };
            let (list, detail) = match worker.run(&job) {
                Reply::Values { texts, .. } => match texts.iter().find(|text| !judge.accepts(text)) {
                    Some(wrong) => (&mut score.wrong, format!("invalid value {wrong}")),
                    None => (&mut score.right, String::new()),
                },
                // No value exists, so a refusal is the right result.
                Reply::Refused(_) if !group.satisfiable => (&mut score.right, String::new()),
                Reply::Refused(reason) => (&mut score.refused, reason),
                Reply::TimedOut => (&mut score.no_reply, "time limit".to_owned()),
                Reply::Crashed => (&mut score.no_reply, "the process ended".to_owned()),
            };
            list.push(group.name.clone());
            if !detail.is_empty() {
                let detail: String = detail.chars().take(160).collect();
                eprintln!("{generator}: {draft}: {}: {}", group.name, detail.replace('\n', " "));
            }
        }
        rows.push(Row { generator, score });
    }
    table::print_scores(draft, groups.len(), &rows);
}
