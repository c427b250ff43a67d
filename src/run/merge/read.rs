//! Reads the report of a shard. The author of the file is unknown, so everything in it is checked.

use std::fs::File;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use super::super::report::{Report, SCHEMA};
use super::super::shard::{Shard, ShardIdentity};
use super::error::MergeError;
use super::limits;

/// How large a report may be, in bytes. A report of all checks with the exchanges of many findings has some megabytes.
const MAX_BYTES: u64 = 64_000_000;
/// How large all reports may be together, in bytes.
const MAX_BYTES_TOGETHER: u64 = 512_000_000;

/// The report of a shard, and the file that it comes from.
#[derive(Debug, Clone)]
pub struct ShardReport {
    /// The file, for messages.
    pub(super) file: String,
    /// The shard.
    pub(super) shard: ShardIdentity,
    /// The report.
    pub(super) report: Report,
}

impl ShardReport {
    /// Reads files.
    ///
    /// # Errors
    /// If a file cannot be read, is too large, or is not the report of a shard.
    pub fn load(paths: &[PathBuf]) -> Result<Vec<Self>, MergeError> {
        let mut left = MAX_BYTES_TOGETHER;
        let shards = paths.iter().map(|path| {
            let file = path.display().to_string();
            let bytes =
                bytes(path, left.min(MAX_BYTES)).map_err(|source| MergeError::Read { file: file.clone(), source })?;
            match bytes {
                Some(bytes) => {
                    left -= u64::try_from(bytes.len()).unwrap_or(left).min(left);
                    Self::read(&file, &bytes)
                }
                None if left < MAX_BYTES => Err(MergeError::TooLargeTogether { limit: MAX_BYTES_TOGETHER }),
                None => Err(MergeError::TooLarge { file, limit: MAX_BYTES }),
            }
        });
        shards.collect()
    }

    /// The shard that the report is about.
    #[must_use]
    pub fn shard(&self) -> &ShardIdentity {
        &self.shard
    }

    /// Reads the text of a report. `file` is its name, for messages.
    ///
    /// # Errors
    /// If the text is not the report of a shard.
    pub fn read(file: &str, text: &[u8]) -> Result<Self, MergeError> {
        let file = file.to_owned();
        let unreadable = |source: serde_json::Error| match source.classify() {
            serde_json::error::Category::Eof => MergeError::CutOff { file: file.clone() },
            _ => MergeError::NoReport { file: file.clone(), reason: limits::short(&source.to_string()) },
        };
        // The format first: a report of a later version may have other members.
        let format: Format = serde_json::from_slice(text).map_err(unreadable)?;
        if format.schema != SCHEMA {
            return Err(MergeError::Schema { file, schema: limits::short(&format.schema) });
        }
        let mut report: Report = serde_json::from_slice(text).map_err(unreadable)?;
        if report.ringtrue != env!("CARGO_PKG_VERSION") {
            return Err(MergeError::Version { file, version: limits::short(&report.ringtrue) });
        }
        let Some(shard) = report.shard.clone() else {
            let what = if report.shards.is_some() { "merged shards" } else { "a whole run" };
            return Err(MergeError::NoShard { file, what });
        };
        if let Err(error) = Shard::new(shard.number.into(), shard.of.into()) {
            return Err(MergeError::Invalid { file, reason: error.to_string() });
        }
        let invalid = |reason: &str| MergeError::Invalid { file: file.clone(), reason: reason.to_owned() };
        let started_at: Result<jiff::Timestamp, _> = report.started_at.parse();
        report.started_at = started_at.map_err(|_| invalid("its `started_at` is not a time"))?.to_string();
        if !is_digest(&report.contract.digest) {
            return Err(invalid("the digest of its contract is not a SHA-256 digest"));
        }
        if !["server", "client", "traffic"].contains(&report.subject.kind.as_str()) {
            return Err(invalid("its subject is neither a server nor a client nor traffic"));
        }
        limits::apply(&mut report);
        Ok(Self { file, shard, report })
    }
}

/// The member by which the format of a report is known.
#[derive(serde::Deserialize)]
struct Format {
    schema: String,
}

fn is_digest(text: &str) -> bool {
    text.strip_prefix("sha256:").is_some_and(|hex| hex.len() == 64 && hex.bytes().all(|byte| byte.is_ascii_hexdigit()))
}

/// Reads a file; `None` if it has more bytes than that.
fn bytes(path: &Path, limit: u64) -> io::Result<Option<Vec<u8>>> {
    let mut bytes = Vec::new();
    File::open(path)?.take(limit + 1).read_to_end(&mut bytes)?;
    Ok(u64::try_from(bytes.len()).is_ok_and(|length| length <= limit).then_some(bytes))
}
