//! Makes the operators on numbers those of JSON numbers.
//!
//! CEL keeps int, uint and double apart and refuses to add one to another; JSON has numbers only, and whether an
//! answer says `5` or `5.0` is chance. So each such operator in the parsed expression becomes a call of our own.

use cel::IdedExpr;
use cel::common::ast::{EntryExpr, Expr, operators};

/// Brackets that may stand within one another.
const MAX_BRACKETS: usize = 16;
/// Operators, brackets and dots that an expression may have.
const MAX_SIGNS: usize = 300;

/// The names under which expressions may speak about the answer.
const NAMES: [&str; 3] = ["status", "headers", "body"];

/// Refuses what would have the parser, which is recursive, use up the stack.
pub(super) fn check_text(text: &str) -> Result<(), String> {
    let mut open = 0usize;
    let mut signs = 0usize;
    for character in text.chars() {
        match character {
            '(' | '[' | '{' => {
                open += 1;
                signs += 1;
            }
            ')' | ']' | '}' => open = open.saturating_sub(1),
            '+' | '-' | '*' | '/' | '%' | '!' | '?' | '&' | '|' | '<' | '>' | '=' | '.' | ',' | ':' => signs += 1,
            _ => {}
        }
        if open > MAX_BRACKETS {
            return Err(format!("more than {MAX_BRACKETS} brackets within one another"));
        }
        if signs > MAX_SIGNS {
            return Err(format!("more than {MAX_SIGNS} operators and brackets"));
        }
    }
    Ok(())
}

/// Our name for an operator.
fn ours(operator: &str) -> Option<&'static str> {
    Some(match operator {
        operators::ADD => "@add",
        operators::SUBSTRACT => "@subtract",
        operators::MULTIPLY => "@multiply",
        operators::DIVIDE => "@divide",
        operators::NEGATE => "@negate",
        operators::EQUALS => "@equal",
        operators::NOT_EQUALS => "@unequal",
        operators::LESS => "@less",
        operators::LESS_EQUALS => "@at_most",
        operators::GREATER => "@more",
        operators::GREATER_EQUALS => "@at_least",
        _ => return None,
    })
}

/// Rewrites an expression and returns how deep its loops are nested.
pub(super) fn rewrite(expression: &mut IdedExpr) -> Result<u32, String> {
    walk(expression, &mut NAMES.iter().map(|name| (*name).to_owned()).collect())
}

fn walk(expression: &mut IdedExpr, known: &mut Vec<String>) -> Result<u32, String> {
    let mut loops = 0;
    match &mut expression.expr {
        Expr::Unspecified | Expr::Literal(_) => {}
        Expr::Ident(name) => {
            // `int`, `string` and their like are names of types.
            let is_type = matches!(
                name.as_str(),
                "int" | "uint" | "double" | "string" | "bool" | "bytes" | "list" | "map" | "null_type" | "type"
            );
            if !is_type && !known.iter().any(|known| known == name) {
                return Err(format!("there is no `{name}`: an expression speaks of status, headers and body"));
            }
        }
        Expr::Call(call) => {
            // `list + [element]` is what a loop's step is made of; the standard operator does that well.
            let appends = call.func_name == operators::ADD
                && matches!(call.args.get(1), Some(IdedExpr { expr: Expr::List(_), .. }));
            if let Some(name) = ours(&call.func_name).filter(|_| !appends) {
                name.clone_into(&mut call.func_name);
            }
            if let Some(target) = &mut call.target {
                loops = loops.max(walk(target, known)?);
            }
            for argument in &mut call.args {
                loops = loops.max(walk(argument, known)?);
            }
        }
        Expr::Select(select) => loops = walk(&mut select.operand, known)?,
        Expr::List(list) => {
            for element in &mut list.elements {
                loops = loops.max(walk(element, known)?);
            }
        }
        Expr::Map(map) => {
            for entry in &mut map.entries {
                loops = loops.max(entry_loops(&mut entry.expr, known)?);
            }
        }
        Expr::Struct(structure) => return Err(format!("there is no type `{}`", structure.type_name)),
        Expr::Comprehension(inner) => {
            loops = walk(&mut inner.iter_range, known)?.max(walk(&mut inner.accu_init, known)?);
            let before = known.len();
            known.extend([inner.iter_var.clone(), inner.accu_var.clone()]);
            known.extend(inner.iter_var2.clone());
            let mut within = 0;
            for part in [&mut inner.loop_cond, &mut inner.loop_step, &mut inner.result] {
                within = within.max(walk(part, known)?);
            }
            known.truncate(before);
            loops = loops.max(within + 1);
        }
    }
    Ok(loops)
}

fn entry_loops(entry: &mut EntryExpr, known: &mut Vec<String>) -> Result<u32, String> {
    match entry {
        EntryExpr::MapEntry(entry) => Ok(walk(&mut entry.key, known)?.max(walk(&mut entry.value, known)?)),
        EntryExpr::StructField(field) => walk(&mut field.value, known),
    }
}

/// A part of an expression that must hold.
#[cfg(feature = "harness")]
pub(super) enum Part<'e> {
    /// All of these must hold.
    All(&'e [IdedExpr]),
    /// The sides of an equation, or of an inequation that allows for equality.
    Relation(&'e IdedExpr, &'e IdedExpr),
    /// The step must hold for each element of a list, under this name.
    Each { list: &'e IdedExpr, name: &'e str, step: &'e IdedExpr },
    /// Anything else.
    Other,
}

/// What an expression states, after it was rewritten.
#[cfg(feature = "harness")]
pub(super) fn part(expression: &IdedExpr) -> Part<'_> {
    match &expression.expr {
        Expr::Call(call) => match (call.func_name.as_str(), call.args.as_slice()) {
            (operators::LOGICAL_AND, parts) => Part::All(parts),
            ("@equal" | "@at_most" | "@at_least", [left, right]) => Part::Relation(left, right),
            _ => Part::Other,
        },
        // The macro `all` joins its steps by `&&`.
        Expr::Comprehension(inner) => match &inner.loop_step.expr {
            Expr::Call(call) if call.func_name == operators::LOGICAL_AND => match call.args.as_slice() {
                [_, step] => Part::Each { list: &inner.iter_range, name: &inner.iter_var, step },
                _ => Part::Other,
            },
            _ => Part::Other,
        },
        _ => Part::Other,
    }
}
