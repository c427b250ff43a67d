//! `ringtrue sample`: prints values generated from a JSON Schema, as JSON Lines.

use std::fmt::Write as _;
use std::path::PathBuf;

use ringtrue::__cli::generate::{Generator, sample_breaking};
use ringtrue::__cli::run::read_text;
use serde_json::{Value, json};

use crate::error::CliError;
use crate::exit::Exit;
use crate::output;

/// How many values are buffered before they are printed.
const CHUNK: u32 = 256;

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// JSON Schema file; 2020-12 unless `$schema` names another version
    #[arg(value_name = "SCHEMA")]
    schema: PathBuf,
    /// Print values that break exactly one keyword each, labelled with the keyword
    #[arg(long)]
    breaking: bool,
    /// Number of values
    #[arg(long, value_name = "N", default_value_t = 16)]
    cases: u32,
    /// Seed; the same seed gives the same values
    #[arg(long, value_name = "N", default_value_t = 0)]
    seed: u64,
}

impl Args {
    #[expect(clippy::unused_async, reason = "all commands have the same signature")]
    pub(crate) async fn run(self) -> Result<Exit, CliError> {
        let failed = |source| CliError::Read { path: self.schema.clone(), source };
        let text = read_text(&self.schema).map_err(failed)?;
        let schema: Value = serde_json::from_str(&text).map_err(|error| failed(error.into()))?;
        if self.breaking {
            self.print_breaking(&schema)?;
        } else {
            self.print_conforming(&schema)?;
        }
        Ok(Exit::Conformant)
    }

    fn print_conforming(&self, schema: &Value) -> Result<(), CliError> {
        let generator = Generator::compile(schema)?;
        let mut lines = String::new();
        for n in 0..self.cases {
            // Writing to a string does not fail. The text is printed as generated: 1.50 stays different from 1.5.
            let _ = writeln!(lines, r#"{{"value":{}}}"#, generator.nth(self.seed, n.into())?);
            if n % CHUNK == CHUNK - 1 && !output::print_data(&std::mem::take(&mut lines))? {
                return Ok(());
            }
        }
        output::print_data(&lines).map(drop)
    }

    fn print_breaking(&self, schema: &Value) -> Result<(), CliError> {
        let mut lines = String::new();
        for broken in sample_breaking(schema, self.cases, self.seed)? {
            let (breaks, at) = (json!(broken.breaks), json!(broken.at));
            let _ = writeln!(lines, r#"{{"value":{},"breaks":{breaks},"at":{at}}}"#, broken.sample);
        }
        output::print_data(&lines).map(drop)
    }
}
