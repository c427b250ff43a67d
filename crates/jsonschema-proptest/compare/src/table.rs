//! Prints the results as Markdown.

use crate::speed;

/// The schemas of the suite by result.
#[derive(Default)]
pub struct Score {
    /// All values are valid, or the schema accepts no value and was refused.
    pub right: Vec<String>,
    /// At least one value is invalid.
    pub wrong: Vec<String>,
    /// An error was reported although valid values exist.
    pub refused: Vec<String>,
    /// The process ended, or took too long.
    pub no_reply: Vec<String>,
}

/// The results of one generator.
pub struct Row {
    pub generator: &'static str,
    pub score: Score,
}

pub fn print_scores(draft: &str, groups: usize, rows: &[Row]) {
    println!("Schemas of the suite ({draft}, required tests): {groups}\n");
    println!("| generator | right | wrong values | refused | no reply |");
    println!("|---|---|---|---|---|");
    for Row { generator, score } in rows {
        let share = |list: &[String]| format!("{} ({:.1} %)", list.len(), 100.0 * list.len() as f64 / groups as f64);
        println!(
            "| {generator} | {} | {} | {} | {} |",
            share(&score.right),
            share(&score.wrong),
            share(&score.refused),
            share(&score.no_reply)
        );
    }
    println!();
}

pub fn print_speeds(columns: &[(&str, Vec<Option<f64>>)]) {
    println!("Values per second (and relative to the first generator):\n");
    let names = columns.iter().map(|(generator, _)| *generator).collect::<Vec<_>>().join(" | ");
    println!("| schema | {names} |");
    println!("|---|{}", "---|".repeat(columns.len()));
    for (n, (name, _)) in speed::schemas().iter().enumerate() {
        let first = columns[0].1[n];
        let cell = |(_, speeds): &(&str, Vec<Option<f64>>)| match (speeds[n], first) {
            (Some(speed), Some(first)) => format!("{speed:.0} ({:.4})", speed / first),
            (Some(speed), None) => format!("{speed:.0}"),
            (None, _) => "failed".to_owned(),
        };
        println!("| {name} | {} |", columns.iter().map(cell).collect::<Vec<_>>().join(" | "));
    }
}
