//! Whether reports are those of all shards of one run, each once.

use std::collections::HashMap;

use super::super::plan::checks_of_run;
use super::super::report::{Invocation, Report};
use super::error::{Difference, MergeError};
use super::limits::short;
use super::read::ShardReport;

/// How many missing shards a message names.
const MAX_NAMED: usize = 10;

/// Examines the reports of the shards of a run.
///
/// # Errors
/// The first thing that shows that they are not.
pub(super) fn examine(shards: &[ShardReport]) -> Result<(), MergeError> {
    let [first, others @ ..] = shards else { return Err(MergeError::Nothing) };
    for other in others {
        same_run(first, other)?;
    }
    each_once(first, shards)?;
    all_checks(first, shards)
}

/// What must be the same in all reports of a run.
struct Shared {
    /// What it is.
    what: &'static str,
    /// What a report has.
    of: fn(&ShardReport) -> String,
    /// What the user can do if it differs.
    advice: &'static str,
}

const SHARED: &[Shared] = &[
    Shared {
        what: "the number of shards",
        of: |shard| shard.shard.of.to_string(),
        advice: "merge the shards of one run",
    },
    Shared {
        what: "the contract",
        of: |shard| shard.report.contract.name.clone(),
        advice: "merge the shards of one run",
    },
    Shared {
        what: "the content of the contract",
        of: |shard| shard.report.contract.digest.clone(),
        advice: "use the same files of the contract in each shard",
    },
    Shared {
        what: "the side under test",
        of: |shard| shard.report.subject.kind.clone(),
        advice: "merge servers and clients each by themselves",
    },
    Shared {
        what: "the subject",
        of: |shard| shard.report.subject.target.clone(),
        advice: "give the subject the same address or name in each shard",
    },
    Shared {
        what: "the seed",
        of: |shard| shard.report.seed.to_string(),
        advice: "give the same --seed to each shard",
    },
    Shared { what: "--only", of: |shard| globs(&shard.shard.only), advice: "give the same --only to each shard" },
    Shared { what: "--skip", of: |shard| globs(&shard.shard.skip), advice: "give the same --skip to each shard" },
    Shared {
        what: "--cases",
        of: |shard| number(shard, |repeat| Some(repeat.cases.into())),
        advice: "give the same --cases to each shard",
    },
    Shared {
        what: "--timeout",
        of: |shard| number(shard, |repeat| repeat.timeout_ms),
        advice: "give the same --timeout to each shard",
    },
    Shared {
        what: "--max-wait",
        of: |shard| number(shard, |repeat| repeat.max_wait_ms),
        advice: "give the same --max-wait to each shard",
    },
    Shared {
        what: "the list of promises",
        of: |shard| promises(&shard.report),
        advice: "use reports as the program wrote them",
    },
];

fn globs(globs: &[String]) -> String {
    if globs.is_empty() { "none".to_owned() } else { globs.join(" ") }
}

fn number(shard: &ShardReport, of: fn(&Invocation) -> Option<u64>) -> String {
    shard.report.repeat.as_ref().and_then(of).map_or_else(|| "none".to_owned(), |number| number.to_string())
}

/// The promises without the checks that judged them.
fn promises(report: &Report) -> String {
    let about = report.promises.iter().map(|promise| {
        format!(
            "{} {}: {} ({})",
            promise.level,
            promise.about.join(", "),
            promise.source.quote,
            promise.source.document
        )
    });
    about.collect::<Vec<_>>().join("; ")
}

/// The reports come from the same run.
fn same_run(first: &ShardReport, second: &ShardReport) -> Result<(), MergeError> {
    for Shared { what, of, advice } in SHARED {
        let (one, other) = (of(first), of(second));
        if one != other {
            let (first, second) = (first.file.clone(), second.file.clone());
            let difference = Box::new(Difference { what, one: short(&one), other: short(&other), advice });
            return Err(MergeError::Different { first, second, difference });
        }
    }
    Ok(())
}

/// Each shard is there once.
fn each_once(first: &ShardReport, shards: &[ShardReport]) -> Result<(), MergeError> {
    let mut files: HashMap<u16, &str> = HashMap::new();
    for ShardReport { file, shard, .. } in shards {
        if let Some(first) = files.insert(shard.number, file) {
            let (first, second) = (first.to_owned(), file.clone());
            return Err(MergeError::Duplicate { first, second, shard: shard.to_string() });
        }
    }
    let of = first.shard.of;
    let missing: Vec<u16> = (1..=of).filter(|number| !files.contains_key(number)).collect();
    if missing.is_empty() {
        return Ok(());
    }
    let mut named: Vec<String> = missing.iter().take(MAX_NAMED).map(|number| format!("{number}/{of}")).collect();
    if missing.len() > MAX_NAMED {
        named.push(format!("{} more", missing.len() - MAX_NAMED));
    }
    Err(MergeError::Missing { of, missing: named.join(", "), several: missing.len() > 1 })
}

/// The reports have exactly the checks of the run, each once.
fn all_checks(first: &ShardReport, shards: &[ShardReport]) -> Result<(), MergeError> {
    let invalid = |file: &str, reason: String| MergeError::Invalid { file: file.to_owned(), reason };
    let kind = first.report.subject.kind.as_str();
    let of_run = checks_of_run(&first.shard, kind);
    let mut files: HashMap<&str, &str> = HashMap::new();
    for ShardReport { file, report, .. } in shards {
        for check in &report.checks {
            if !of_run.contains(&check.id.as_str()) {
                let reason = format!("it has a result of `{}`, which is no check of this run", short(&check.id));
                return Err(invalid(file, reason));
            }
            match files.insert(&check.id, file) {
                Some(first) if first == file => {
                    return Err(invalid(file, format!("it has two results of `{}`", check.id)));
                }
                Some(first) => {
                    let (first, second, id) = (first.to_owned(), file.clone(), check.id.clone());
                    return Err(MergeError::SameCheck { first, second, id });
                }
                None => {}
            }
        }
    }
    match of_run.into_iter().find(|id| !files.contains_key(id)) {
        Some(id) => Err(MergeError::NoResult { id: id.to_owned() }),
        None => Ok(()),
    }
}
