//! Compilation and evaluation.

use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock};

use cel::parser::Parser;
use cel::{Context, Env, IdedExpr};
use serde_json::Value;

use super::{Expression, ExpressionError, convert, number, rewrite};

/// Elements that one list or map in a body may have.
const MAX_ELEMENTS: usize = 10_000;
/// The stack of the parser, in bytes.
const PARSER_STACK: usize = 16 * 1024 * 1024;
/// Rounds that the loops of one evaluation may take in all.
const MAX_ROUNDS: usize = 2_000_000;

static ENVIRONMENT: LazyLock<Arc<Env>> = LazyLock::new(|| Arc::new(Env::stdlib()));

#[derive(Debug)]
pub(super) struct Program {
    root: IdedExpr,
    /// How deep its loops are nested.
    loops: u32,
}

impl Program {
    pub(super) fn compile(text: &str) -> Result<Self, String> {
        rewrite::check_text(text)?;
        let owned = text.to_owned();
        // The parser is recursive, and needs much stack where it is not optimised. A panic of it is a refusal.
        let parser = std::thread::Builder::new().stack_size(PARSER_STACK).spawn(move || {
            let mut root = Parser::new().parse(&owned).map_err(|error| first_line(&error.to_string()))?;
            let loops = rewrite::rewrite(&mut root)?;
            Ok(Self { root, loops })
        });
        let parsed = parser.map_err(|error| error.to_string())?.join();
        parsed.unwrap_or_else(|_| Err("the parser fails".to_owned()))
    }
}

impl Expression {
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
