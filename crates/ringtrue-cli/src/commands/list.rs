//! `ringtrue list`: lists contracts, checks, states or faults.

use std::fmt::Write as _;

use ringtrue::__cli::checks::{Side, registry};
use ringtrue::__cli::client;
use ringtrue::__cli::contract::{self, Condition, Contract, Grade, Level, Role};
use ringtrue::__cli::mock::{State, faults};
use ringtrue::__cli::run::{self, ContractPromise};
use serde_json::{Map, Value, json};

use crate::error::CliError;
use crate::exit::Exit;
use crate::output;

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// What to list
    what: What,
    /// Print JSON: one array of objects
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Clone, Copy, clap::ValueEnum)]
enum What {
    Contracts,
    Checks,
    States,
    Faults,
}

impl Args {
    #[expect(clippy::unused_async, reason = "all commands have the same signature")]
    pub(crate) async fn run(self) -> Result<Exit, CliError> {
        let rows = match self.what {
            What::Contracts => contracts()?,
            What::Checks => checks(),
            What::States => states(),
            What::Faults => all_faults(),
        };
        output::print(&if self.json { as_json(&rows)? } else { as_table(&rows) })?;
        Ok(Exit::Conformant)
    }
}

/// The fields of a row in order; every row has the same names.
type Row = Vec<(&'static str, Value)>;

fn contracts() -> Result<Vec<Row>, CliError> {
    let row = |name: String| {
        let contract = Contract::load(&name)?;
        let promises = run::promises(&contract);
        let count = |counted: &str, is_counted: &dyn Fn(&ContractPromise) -> bool| {
            let number = promises.iter().filter(|promise| is_counted(promise)).count();
            (number > 0).then(|| (counted.to_owned(), json!(number)))
        };
        let levels: Map<String, Value> =
            Level::ALL.iter().rev().filter_map(|level| count(level.as_str(), &|have| have.level == *level)).collect();
        let grades: Map<String, Value> =
            Grade::ALL.iter().filter_map(|grade| count(grade.as_str(), &|have| have.source.grade == *grade)).collect();
        Ok(vec![
            ("name", json!(name)),
            ("title", json!(contract.title)),
            ("server", json!(contract.server_url)),
            ("judges", json!(judged(&contract))),
            ("levels", json!(levels)),
            ("grades", json!(grades)),
        ])
    };
    contract::bundled().into_iter().map(row).collect()
}

/// What a contract promises something about.
fn judged(contract: &Contract) -> Vec<&'static str> {
    let operations = || contract.operations.iter();
    let has_condition = |wanted: fn(Condition) -> bool| {
        operations().any(|operation| operation.conditions.keys().any(|condition| wanted(*condition)))
    };
    let amounts = operations().any(|operation| {
        let fields = &operation.fields;
        fields.remaining.is_some() || fields.allowed.is_some() || !fields.remaining_repeated.is_empty()
    });
    let errors = |condition| {
        use Condition::{CredentialExpired, CredentialMissing, CredentialRevoked, CredentialUnknown, Exhausted};
        ![CredentialExpired, CredentialMissing, CredentialRevoked, CredentialUnknown, Exhausted].contains(&condition)
    };
    let topics = [
        ("amounts", amounts),
        ("credential", contract.credential.is_some()),
        ("paid calls", contract.operation(Role::Spend).is_some()),
        ("no credits", has_condition(|condition| condition == Condition::Exhausted)),
        ("errors", has_condition(errors) || !contract.conditions.is_empty()),
        ("caching", contract.caching.server.is_some() || contract.caching.client.is_some()),
        ("failure", contract.failure.is_some()),
    ];
    topics.into_iter().filter_map(|(topic, is_judged)| is_judged.then_some(topic)).collect()
}

fn checks() -> Vec<Row> {
    let row = |entry: &ringtrue::__cli::checks::CheckEntry| {
        let check = entry.check;
        let needs: Vec<String> = check.needs.iter().map(ToString::to_string).collect();
        vec![
            ("id", json!(check.id)),
            ("side", json!(check.side)),
            ("title", json!(entry.title())),
            ("needs", json!(needs)),
            ("passive", json!(check.passive().is_some())),
            ("faults", json!(check.faults)),
        ]
    };
    registry().map(row).collect()
}

fn states() -> Vec<Row> {
    let row = |state: State| {
        vec![("state", json!(state.as_str())), ("params", json!(state.params())), ("effect", json!(state.about()))]
    };
    State::ALL.into_iter().map(row).collect()
}

fn all_faults() -> Vec<Row> {
    let row = |side: Side, name: &str, about: &str| {
        vec![("name", json!(name)), ("side", json!(side)), ("about", json!(about))]
    };
    let servers = faults::all().map(|fault| row(Side::Server, fault.name, fault.about));
    servers.chain(client::faults::all().map(|fault| row(Side::Client, fault.name, fault.about))).collect()
}

fn as_json(rows: &[Row]) -> Result<String, CliError> {
    let objects: Vec<serde_json::Map<String, Value>> =
        rows.iter().map(|row| row.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect()).collect();
    let mut text = serde_json::to_string_pretty(&objects).map_err(ringtrue::__cli::report::RenderError::Json)?;
    text.push('\n');
    Ok(text)
}

fn as_table(rows: &[Row]) -> String {
    let cells: Vec<Vec<String>> =
        rows.iter().map(|row| row.iter().map(|(name, value)| cell(name, value)).collect()).collect();
    let columns = cells.first().map_or(0, Vec::len);
    let widths: Vec<usize> =
        (0..columns).map(|at| cells.iter().map(|row| row[at].chars().count()).max().unwrap_or(0)).collect();
    let mut text = String::new();
    for row in &cells {
        let line: Vec<String> = row.iter().zip(&widths).map(|(cell, width)| format!("{cell:width$}")).collect();
        // Writing to a string does not fail.
        let _ = writeln!(text, "{}", line.join("  ").trim_end());
    }
    text
}

/// A value in a table. What is true is shown by its name.
fn cell(name: &str, value: &Value) -> String {
    match value {
        Value::Bool(holds) => if *holds { name } else { "" }.to_owned(),
        Value::String(text) if text.is_empty() => "–".to_owned(),
        Value::String(text) => text.clone(),
        Value::Array(items) => items.iter().map(|item| cell(name, item)).collect::<Vec<_>>().join(", "),
        Value::Object(counts) => {
            counts.iter().map(|(what, count)| format!("{} {what}", cell(what, count))).collect::<Vec<_>>().join(", ")
        }
        other => other.to_string(),
    }
}
