//! The ratios as a Markdown table.

use std::fmt;
use std::time::Duration;

use super::contender::{Contender, Threads};

/// Look-ups per round: enough to pass every one of 100,000 tenants.
const LOOKUPS: u64 = 200_000;

/// Rounds; the median counts.
const ROUNDS: usize = 15;

/// What contenders took, relative to the first of them.
#[derive(Debug, Clone, Default)]
pub struct Table {
    rows: Vec<String>,
    columns: Vec<Column>,
}

#[derive(Debug, Clone)]
struct Column {
    title: String,
    /// Nanoseconds per look-up, by row.
    nanos: Vec<Option<f64>>,
}

impl Table {
    /// An empty table.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Times all contenders in turns, so that whatever else the machine does falls on each of them alike, and adds a
    /// column. The first one is what the others are compared with. Those that take microseconds are asked less often.
    pub fn add(&mut self, title: &str, threads: Threads, contenders: &[Contender]) {
        let mut times = vec![Vec::with_capacity(ROUNDS); contenders.len()];
        let quota: Vec<u64> = contenders
            .iter()
            .map(|contender| {
                let trial = contender.time(threads, 100) / 100;
                if trial > Duration::from_micros(2) { LOOKUPS / 100 } else { LOOKUPS }
            })
            .collect();
        for _ in 0..ROUNDS {
            for ((contender, times), lookups) in contenders.iter().zip(&mut times).zip(&quota) {
                #[expect(clippy::cast_precision_loss, reason = "counts far below 2^52")]
                times.push(contender.time(threads, *lookups).as_nanos() as f64 / *lookups as f64);
            }
        }
        let mut column = Column { title: format!("{title}, {threads}"), nanos: vec![None; self.rows.len()] };
        for (contender, mut times) in contenders.iter().zip(times) {
            times.sort_by(f64::total_cmp);
            let row = self.rows.iter().position(|row| row == contender.name()).unwrap_or_else(|| {
                self.rows.push(contender.name().to_owned());
                column.nanos.push(None);
                self.rows.len() - 1
            });
            column.nanos[row] = times.get(ROUNDS / 2).copied();
        }
        self.columns.push(column);
    }

    /// Nanoseconds per look-up of a contender in a column, both counted from 0.
    #[must_use]
    pub fn nanos(&self, row: usize, column: usize) -> Option<f64> {
        self.columns.get(column)?.nanos.get(row).copied().flatten()
    }
}

impl fmt::Display for Table {
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
