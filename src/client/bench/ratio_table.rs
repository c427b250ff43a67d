//! The ratios as a Markdown table.

use std::fmt;
use std::time::{Duration, Instant};

use super::contender::{Contender, Threads};

/// Look-ups per round, or as many as there are tenants, so that each comes up.
const LOOKUPS: u64 = 20_000;

/// How long rounds go on. The fastest of each contender counts: whatever else the machine does only ever adds, and at times
/// for seconds.
const BUDGET: Duration = Duration::from_secs(20);

/// As above, for a contender that takes microseconds for one read.
const SLOW_LOOKUPS: u64 = 20;

/// What contenders took, relative to the first of them.
#[derive(Debug, Clone, Default)]
pub struct RatioTable {
    rows: Vec<String>,
    columns: Vec<Column>,
}

#[derive(Debug, Clone)]
struct Column {
    title: String,
    /// Nanoseconds per look-up, by row.
    nanos: Vec<Option<f64>>,
}

impl RatioTable {
    /// An empty table.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Times all contenders in turns, so that whatever else the machine does falls on each of them alike, and adds a
    /// column. The first one is what the others are compared with.
    #[expect(clippy::disallowed_methods, reason = "a benchmark measures real time, and no verdict depends on it")]
    pub fn add(&mut self, title: &str, threads: Threads, contenders: &[Contender]) {
        let quota = |contender: &Contender| {
            let slow = (0..3).all(|_| contender.time(threads, 100) > Duration::from_micros(200));
            let lookups = if slow { SLOW_LOOKUPS } else { LOOKUPS };
            lookups.max(contender.tenants() as u64)
        };
        let quotas: Vec<u64> = contenders.iter().map(quota).collect();
        let mut best = vec![f64::INFINITY; contenders.len()];
        let start = Instant::now();
        while start.elapsed() < BUDGET {
            for ((contender, best), lookups) in contenders.iter().zip(&mut best).zip(&quotas) {
                // The others have had the processor's caches since its last turn.
                let _warm = contender.time(threads, (*lookups).min(contender.tenants() as u64));
                #[expect(clippy::cast_precision_loss, reason = "counts far below 2^52")]
                let nanos = contender.time(threads, *lookups).as_nanos() as f64 / *lookups as f64;
                *best = best.min(nanos);
            }
        }
        let mut column = Column { title: format!("{title}, {threads}"), nanos: vec![None; self.rows.len()] };
        for (contender, best) in contenders.iter().zip(best) {
            let row = self.rows.iter().position(|row| row == contender.name()).unwrap_or_else(|| {
                self.rows.push(contender.name().to_owned());
                column.nanos.push(None);
                self.rows.len() - 1
            });
            column.nanos[row] = Some(best);
        }
        self.columns.push(column);
    }

    /// Nanoseconds per look-up of a contender in a column, both counted from 0.
    #[must_use]
    pub fn nanos(&self, row: usize, column: usize) -> Option<f64> {
        self.columns.get(column)?.nanos.get(row).copied().flatten()
    }
}

impl fmt::Display for RatioTable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "| per look-up |")?;
        for column in &self.columns {
            write!(f, " {} |", column.title)?;
        }
        write!(f, "\n|---|{}", "---:|".repeat(self.columns.len()))?;
        for (row, name) in self.rows.iter().enumerate() {
            write!(f, "\n| {name} |")?;
            for column in 0..self.columns.len() {
                match (self.nanos(0, column), self.nanos(row, column)) {
                    (Some(floor), Some(_)) if row == 0 => write!(f, " 1.00 ({floor:.1} ns) |")?,
                    (Some(floor), Some(nanos)) if nanos < 100.0 * floor => write!(f, " {:.2} |", nanos / floor)?,
                    (Some(floor), Some(nanos)) => write!(f, " {:.0} |", nanos / floor)?,
                    _ => write!(f, " – |")?,
                }
            }
        }
        Ok(())
    }
}
