//! CEL expressions over an answer, compiled once.

mod convert;
mod number;
mod rewrite;

use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock};

use cel::parser::Parser;
use cel::{Context, Env, IdedExpr};
use serde_json::Value;

/// Characters that an expression may have.
const MAX_TEXT: usize = 2_000;
/// Elements that one list or map in a body may have.
const MAX_ELEMENTS: usize = 10_000;
/// Rounds that the loops of one evaluation may take in all.
const MAX_ROUNDS: usize = 2_000_000;

static ENVIRONMENT: LazyLock<Arc<Env>> = LazyLock::new(|| Arc::new(Env::stdlib()));

/// A compiled CEL expression with its text.
///
/// It speaks about an answer by three names: `status` (int), `headers` (map from lower-case name to string; a header
/// that is absent is no key of it, so ask `'x-name' in headers`) and `body` (the JSON value). Beside the standard
/// functions there are `sum(list)`, which is 0 for an empty list, and `number(x)`, which makes a number of one or of a
/// decimal in a string.
///
/// Numbers are JSON numbers: `5`, `5.0` and `5u` are the same, arithmetic is decimal and exact where 28 digits
/// suffice (`0.1 + 0.2 == 0.3`), `/` does not round, and int and double mix freely. A number held against a string
/// is an error, not `false`: convert it with `number`. So is a name that is absent: ask `has(body.x)` first.
#[derive(Debug, Clone)]
pub struct Expression {
    text: Arc<str>,
    program: Arc<Program>,
}

#[derive(Debug)]
struct Program {
    root: IdedExpr,
    /// How deep its loops are nested.
    loops: u32,
}

/// An expression that does not parse, or does not come out as a boolean.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("evaluate `{expression}`: {reason}")]
pub struct ExpressionError {
    /// The expression's text.
    pub expression: String,
    /// What is wrong with it.
    pub reason: String,
}

impl Expression {
    /// Compiles an expression.
    ///
    /// # Errors
    /// If the text is not CEL, is too long or too deeply nested, or uses a name that there is none of.
    pub fn compile(text: &str) -> Result<Self, ExpressionError> {
        let refuse = |reason: String| ExpressionError { expression: text.to_owned(), reason };
        if text.len() > MAX_TEXT {
            return Err(refuse(format!("longer than {MAX_TEXT} characters")));
        }
        rewrite::check_text(text).map_err(refuse)?;
        let mut root = Parser::new().parse(text).map_err(|error| refuse(first_line(&error.to_string())))?;
        let loops = rewrite::rewrite(&mut root).map_err(refuse)?;
        Ok(Self { text: text.into(), program: Arc::new(Program { root, loops }) })
    }

    /// The expression's text.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Whether the expression holds for an answer; `headers` by lower-case name.
    ///
    /// # Errors
    /// If a name it uses is absent, types do not fit, the body is too large for its loops, or it comes out as anything
    /// but a boolean.
    pub fn holds(
        &self,
        status: u16,
        headers: &BTreeMap<String, String>,
        body: &Value,
    ) -> Result<bool, ExpressionError> {
        self.evaluate(status, headers, body)
            .map_err(|reason| ExpressionError { expression: self.text.to_string(), reason })
    }

    fn evaluate(&self, status: u16, headers: &BTreeMap<String, String>, body: &Value) -> Result<bool, String> {
        let longest = convert::longest(body).max(headers.len());
        if longest > MAX_ELEMENTS {
            return Err(format!("the body holds more than {MAX_ELEMENTS} elements in one list"));
        }
        let rounds = longest.max(self.text.len()).checked_pow(self.program.loops);
        if self.program.loops > 1 && rounds.is_none_or(|rounds| rounds > MAX_ROUNDS) {
            return Err(format!("loops within loops over {longest} elements would take too long"));
        }
        let mut context = Context::with_env(Arc::clone(&ENVIRONMENT));
        number::register(&mut context).map_err(|error| error.to_string())?;
        context.add_variable_from_value("status", i64::from(status));
        context.add_variable_from_value("headers", convert::headers(headers));
        context.add_variable_from_value("body", convert::value(body));
        match context.resolve(&self.program.root) {
            Ok(cel::Value::Bool(holds)) => Ok(holds),
            Ok(other) => Err(format!("it comes out as a {}, not as true or false", other.type_of())),
            Err(error) => Err(first_line(&error.to_string())),
        }
    }
}

fn first_line(text: &str) -> String {
    text.lines().next().unwrap_or_default().trim_start_matches("ERROR: ").to_owned()
}
