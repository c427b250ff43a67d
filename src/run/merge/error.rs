//! Why reports cannot be merged.

use super::super::report::SCHEMA;

/// What differs between two reports that should be of one run.
#[derive(Debug)]
#[non_exhaustive]
pub struct Difference {
    /// What it is.
    pub what: &'static str,
    /// What the first report has.
    pub one: String,
    /// What the second report has.
    pub other: String,
    /// What the user can do.
    pub advice: &'static str,
}

impl std::fmt::Display for Difference {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { what, one, other, advice } = self;
        write!(f, "{what} differs: {one} and {other}; {advice}")
    }
}

/// Why reports cannot be merged.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum MergeError {
    /// No report was given.
    #[error("there is no report to merge")]
    Nothing,
    /// A file cannot be read.
    #[error("{file} cannot be read")]
    Read {
        /// The file.
        file: String,
        /// What happened instead.
        source: std::io::Error,
    },
    /// A file is too large.
    #[error("{file} cannot be merged: it has more than {} MB, which no report of a shard has", limit / 1_000_000)]
    TooLarge {
        /// The file.
        file: String,
        /// The largest size, in bytes.
        limit: u64,
    },
    /// The files are too large together.
    #[error("the reports cannot be merged: they have more than {} MB together", limit / 1_000_000)]
    TooLargeTogether {
        /// The largest size of all, in bytes.
        limit: u64,
    },
    /// A file ends too early.
    #[error(
        "{file} cannot be merged: the file ends in the middle of the report, so it was not written or copied whole"
    )]
    CutOff {
        /// The file.
        file: String,
    },
    /// A file is not a report in JSON.
    #[error("{file} cannot be merged: it is no report in JSON, as `--report json=PATH` writes it: {reason}")]
    NoReport {
        /// The file.
        file: String,
        /// What is wrong with it.
        reason: String,
    },
    /// A report has another format, or a later version.
    #[error("{file} cannot be merged: its `schema` is `{schema}`, and only `{SCHEMA}` is supported")]
    Schema {
        /// The file.
        file: String,
        /// The name of its format.
        schema: String,
    },
    /// A report is not about a shard.
    #[error("{file} cannot be merged: it is the report of {what}, and not of a shard, which `--shard K/N` makes")]
    NoShard {
        /// The file.
        file: String,
        /// What it is about.
        what: &'static str,
    },
    /// A report contradicts itself, so that this program has not written it as it is.
    #[error("{file} cannot be merged: {reason}")]
    Invalid {
        /// The file.
        file: String,
        /// What is wrong with it.
        reason: String,
    },
    /// A report was made by another version of the program, which may have other checks.
    #[error("{file} cannot be merged: ringtrue {version} made it, and this is ringtrue {}; use the same version", env!("CARGO_PKG_VERSION"))]
    Version {
        /// The file.
        file: String,
        /// The version that made it.
        version: String,
    },
    /// Two reports are not of one run.
    #[error("{first} and {second} cannot be merged: {difference}")]
    Different {
        /// The first file.
        first: String,
        /// The second file.
        second: String,
        /// What differs.
        difference: Box<Difference>,
    },
    /// Two reports are about the same shard.
    #[error("{first} and {second} cannot be merged: both are the report of shard {shard}; give each shard once")]
    Duplicate {
        /// The first file.
        first: String,
        /// The second file.
        second: String,
        /// The shard.
        shard: String,
    },
    /// Some shards are missing.
    #[error("the reports cannot be merged: of {of} shards, {missing} {}; give the reports of all shards", if *.several { "are missing" } else { "is missing" })]
    Missing {
        /// How many shards the run has.
        of: u16,
        /// The missing shards, for the reader.
        missing: String,
        /// Whether several are missing.
        several: bool,
    },
    /// A check is in two reports.
    #[error("{first} and {second} cannot be merged: both have a result of `{id}`, which belongs to one shard")]
    SameCheck {
        /// The first file.
        first: String,
        /// The second file.
        second: String,
        /// The id of the check.
        id: String,
    },
    /// A check is in no report.
    #[error("the reports cannot be merged: none of them has a result of `{id}`, so they are not all checks of one run")]
    NoResult {
        /// The id of the check.
        id: String,
    },
}
