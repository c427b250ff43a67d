//! Compilation and evaluation.

use std::collections::BTreeMap;
use std::sync::Arc;

use cel::parser::Parser;
use cel::{Context, Env, IdedExpr};
use rust_decimal::Decimal;
use serde_json::Value;
use serde_json::value::RawValue;

use super::{Computed, Expression, ExpressionError, convert, number, rewrite};

/// Elements that one list or map in a body may have.
const MAX_ELEMENTS: usize = 10_000;
/// Differences that one search looks at.
#[cfg(feature = "harness")]
const MAX_DIFFERENCES: usize = 200;
/// The stack of the parser, in bytes.
const PARSER_STACK: usize = 16 * 1024 * 1024;
/// Rounds that the loops of one evaluation may take in all.
const MAX_ROUNDS: usize = 2_000_000;

thread_local! {
    /// What evaluations have in common, as the functions take long to register.
    static ROOT: Result<Context<'static, 'static>, String> = {
        let mut root = Context::with_env(Arc::new(Env::stdlib()));
        number::register(&mut root).map(|()| root).map_err(|error| error.to_string())
    };
}

/// Evaluates in a context with the names of an answer.
fn in_context<T>(
    status: u16,
    headers: &BTreeMap<String, String>,
    body: cel::Value,
    evaluate: impl FnOnce(&Context<'_, '_>) -> Result<T, String>,
) -> Result<T, String> {
    ROOT.with(|root| {
        let mut context = root.as_ref().map_err(Clone::clone)?.new_inner_scope();
        context.add_variable_from_value("status", i64::from(status));
        context.add_variable_from_value("headers", convert::headers(headers));
        context.add_variable_from_value("body", body);
        evaluate(&context)
    })
}

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
        match self.evaluate(&self.program.root, status, headers, body, convert::value(body)) {
            Ok(cel::Value::Bool(holds)) => Ok(holds),
            Ok(other) => Err(format!("it comes out as a {}, not as true or false", other.type_of())),
            Err(reason) => Err(reason),
        }
        .map_err(|reason| self.refuse(reason))
    }

    /// The value that the expression comes out as for the text of a body, exact to the last digit.
    ///
    /// # Errors
    /// If the text is not JSON, a name is absent, types do not fit, or it comes out as something else than a number, a
    /// boolean, a string or `null`.
    pub fn computed(&self, body: &str) -> Result<Computed, ExpressionError> {
        self.compute(&self.program.root, body).map_err(|reason| self.refuse(reason))
    }

    /// The equations that an invariant states: for each `left == right`, `left <= right` or `left >= right` that must hold,
    /// the difference of its sides for the text of a body. `None` for a part that states something else.
    #[cfg(feature = "harness")]
    #[must_use]
    pub(crate) fn differences(&self, body: &str) -> Vec<Option<Decimal>> {
        let Some(body) = serde_json::from_str::<&RawValue>(body).ok().and_then(convert::text) else {
            return Vec::new();
        };
        let found = in_context(200, &BTreeMap::new(), body, |context| {
            let mut found = Vec::new();
            differences(&self.program.root, context, &mut found);
            Ok(found)
        });
        found.unwrap_or_default()
    }

    fn refuse(&self, reason: String) -> ExpressionError {
        ExpressionError { expression: self.text.to_string(), reason }
    }

    fn compute(&self, root: &IdedExpr, body: &str) -> Result<Computed, String> {
        let value: Value = serde_json::from_str(body).map_err(|_| "the body is not JSON".to_owned())?;
        let exact = serde_json::from_str::<&RawValue>(body).ok().and_then(convert::text);
        let exact = exact.ok_or_else(|| "the body is not JSON".to_owned())?;
        let computed = self.evaluate(root, 200, &BTreeMap::new(), &value, exact)?;
        if let Some(number) = number::decimal(&computed) {
            return Ok(Computed::Number(number));
        }
        match computed {
            cel::Value::Bool(flag) => Ok(Computed::Other(flag.into())),
            cel::Value::String(text) => Ok(Computed::Other(text.as_str().into())),
            cel::Value::Null => Ok(Computed::Other(Value::Null)),
            other => Err(format!("it comes out as a {}, not as an amount", other.type_of())),
        }
    }

    fn evaluate(
        &self,
        root: &IdedExpr,
        status: u16,
        headers: &BTreeMap<String, String>,
        body: &Value,
        converted: cel::Value,
    ) -> Result<cel::Value, String> {
        let longest = convert::longest(body).max(headers.len());
        if longest > MAX_ELEMENTS {
            return Err(format!("the body holds more than {MAX_ELEMENTS} elements in one list"));
        }
        let rounds = longest.max(self.text.len()).checked_pow(self.program.loops);
        if self.program.loops > 1 && rounds.is_none_or(|rounds| rounds > MAX_ROUNDS) {
            return Err(format!("loops within loops over {longest} elements would take too long"));
        }
        in_context(status, headers, converted, |context| {
            context.resolve(root).map_err(|error| first_line(&error.to_string()))
        })
    }
}

fn first_line(text: &str) -> String {
    text.lines().next().unwrap_or_default().trim_start_matches("ERROR: ").to_owned()
}

/// Collects the differences between the sides of the relations in an expression, for every element that `all` goes through.
#[cfg(feature = "harness")]
fn differences(expression: &IdedExpr, context: &Context<'_, '_>, found: &mut Vec<Option<Decimal>>) {
    if found.len() > MAX_DIFFERENCES {
        return;
    }
    match rewrite::part(expression) {
        rewrite::Part::All(parts) => parts.iter().for_each(|part| differences(part, context, found)),
        rewrite::Part::Relation(left, right) => {
            let number = |side: &IdedExpr| number::decimal(&context.resolve(side).ok()?);
            found.push(number(left).zip(number(right)).and_then(|(left, right)| left.checked_sub(right)));
        }
        rewrite::Part::Each { list, name, step } => {
            let Ok(cel::Value::List(elements)) = context.resolve(list) else { return found.push(None) };
            for element in elements.iter() {
                let mut inner = context.new_inner_scope();
                inner.add_variable_from_value(name, element.clone());
                differences(step, &inner, found);
            }
        }
        rewrite::Part::Other => found.push(None),
    }
}
