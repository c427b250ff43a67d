//! The functions that treat JSON numbers as what they are: decimals.

use std::cmp::Ordering;
use std::str::FromStr as _;

use std::sync::Arc;

use cel::objects::Opaque;
use cel::{Context, ExecutionError, Value};
use rust_decimal::Decimal;

type Outcome = Result<Value, ExecutionError>;

/// A number, exactly where 28 digits suffice.
#[derive(Debug, Clone, Copy)]
enum Number {
    Exact(Decimal),
    Rough(f64),
}

/// A decimal that no number of CEL holds exactly.
#[derive(Debug, PartialEq, Eq)]
struct Exactly(Decimal);

impl Opaque for Exactly {
    fn runtime_type_name(&self) -> &'static str {
        "decimal"
    }
}

/// A JSON number by its text.
pub(super) fn from_text(text: &str) -> Value {
    let decimal = Decimal::from_str_exact(text).or_else(|_| Decimal::from_scientific(text));
    decimal
        .map_or_else(|_| Value::Float(text.parse().unwrap_or(f64::NAN)), |decimal| Number::Exact(decimal).into_value())
}

/// The decimal that a result of an expression is; `None` if it is no number.
pub(super) fn decimal(value: &Value) -> Option<Decimal> {
    match Number::of(value)? {
        Number::Exact(decimal) => Some(decimal),
        Number::Rough(double) => Decimal::from_scientific(&format!("{double:e}")).ok(),
    }
}

/// A JSON number as CEL has it: whole ones are ints.
pub(super) fn from_json(number: &serde_json::Number) -> Value {
    if let Some(whole) = number.as_i64() {
        return Value::Int(whole);
    }
    if let Some(whole) = number.as_u64() {
        return Value::UInt(whole);
    }
    Number::of_double(number.as_f64().unwrap_or(f64::NAN)).into_value()
}

pub(super) fn register(context: &mut Context<'_, '_>) -> Result<(), cel::DeclarationError> {
    context.add_function("@add", |left: Value, right: Value| match (&left, &right) {
        (Value::String(left), Value::String(right)) => Ok(format!("{left}{right}").into()),
        (Value::List(left), Value::List(right)) => {
            Ok(Value::List(std::sync::Arc::new(left.iter().chain(right.iter()).cloned().collect())))
        }
        _ => arithmetic("+", &left, &right, Decimal::checked_add, |left, right| left + right),
    })?;
    context.add_function("@subtract", |left: Value, right: Value| {
        arithmetic("-", &left, &right, Decimal::checked_sub, |left, right| left - right)
    })?;
    context.add_function("@multiply", |left: Value, right: Value| {
        arithmetic("*", &left, &right, Decimal::checked_mul, |left, right| left * right)
    })?;
    context.add_function("@divide", |left: Value, right: Value| {
        if Number::of(&right).is_some_and(Number::is_zero) {
            return Err(ExecutionError::DivisionByZero(left));
        }
        arithmetic("/", &left, &right, Decimal::checked_div, |left, right| left / right)
    })?;
    context.add_function("@negate", |value: Value| {
        arithmetic("-", &Value::Int(0), &value, Decimal::checked_sub, |left, right| left - right)
    })?;
    context.add_function("@equal", |left: Value, right: Value| equal(&left, &right).map(Value::Bool))?;
    context
        .add_function("@unequal", |left: Value, right: Value| equal(&left, &right).map(|equal| Value::Bool(!equal)))?;
    context.add_function("@less", |left: Value, right: Value| ordered("<", &left, &right, Ordering::is_lt))?;
    context.add_function("@at_most", |left: Value, right: Value| ordered("<=", &left, &right, Ordering::is_le))?;
    context.add_function("@more", |left: Value, right: Value| ordered(">", &left, &right, Ordering::is_gt))?;
    context.add_function("@at_least", |left: Value, right: Value| ordered(">=", &left, &right, Ordering::is_ge))?;
    context.add_function("sum", |list: Value| sum(&list))?;
    context.add_function("number", |value: Value| number(&value))?;
    context.add_function("min", |left: Value, right: Value| extreme(left, right, Ordering::is_le))?;
    context.add_function("max", |left: Value, right: Value| extreme(left, right, Ordering::is_ge))?;
    Ok(())
}

impl Number {
    fn of(value: &Value) -> Option<Self> {
        match value {
            Value::Int(whole) => Some(Self::Exact(Decimal::from(*whole))),
            Value::UInt(whole) => Some(Self::Exact(Decimal::from(*whole))),
            Value::Float(double) => Some(Self::of_double(*double)),
            Value::Opaque(other) => other.downcast_ref::<Exactly>().map(|exactly| Self::Exact(exactly.0)),
            _ => None,
        }
    }

    /// The decimal that the shortest text of the double says, which is what the JSON said.
    fn of_double(double: f64) -> Self {
        let text = format!("{double}");
        match Decimal::from_str_exact(&text) {
            Ok(decimal) => Self::Exact(decimal),
            Err(_) => Self::Rough(double),
        }
    }

    fn double(self) -> f64 {
        match self {
            // Over the text, so that the nearest double is met.
            Self::Exact(decimal) => f64::from_str(&decimal.to_string()).unwrap_or(f64::NAN),
            Self::Rough(double) => double,
        }
    }

    fn is_zero(self) -> bool {
        match self {
            Self::Exact(decimal) => decimal.is_zero(),
            Self::Rough(double) => double == 0.0,
        }
    }

    fn into_value(self) -> Value {
        if let Self::Exact(decimal) = self
            && decimal.fract().is_zero()
        {
            let text = decimal.trunc().normalize().to_string();
            if let Ok(whole) = text.parse() {
                return Value::Int(whole);
            }
            if let Ok(whole) = text.parse() {
                return Value::UInt(whole);
            }
        }
        match (self, Self::of_double(self.double())) {
            // A double that says another decimal would lose digits.
            (Self::Exact(decimal), Self::Exact(nearest)) if decimal != nearest => {
                Value::Opaque(Arc::new(Exactly(decimal)))
            }
            (Self::Exact(decimal), Self::Rough(_)) => Value::Opaque(Arc::new(Exactly(decimal))),
            _ => Value::Float(self.double()),
        }
    }

    /// The order of two numbers. What binary fractions make of a decimal is as good as the decimal: 0.30000000000000004 is 0.3.
    fn compare(self, other: Self) -> Option<Ordering> {
        match (self, other) {
            (Self::Exact(left), Self::Exact(right)) if is_same_double(left, right) => Some(Ordering::Equal),
            (Self::Exact(left), Self::Exact(right)) => Some(left.cmp(&right)),
            (left, right) => left.double().partial_cmp(&right.double()),
        }
    }
}

/// Digits that every binary fraction of 64 bits keeps.
const DOUBLE_DIGITS: usize = 15;

/// Whether two decimals are the same to a program that computes in binary fractions of 64 bits: one of them has more digits than such
/// a fraction keeps, and they differ in the last ones.
fn is_same_double(left: Decimal, right: Decimal) -> bool {
    let is_fraction = |number: Decimal| {
        let number = number.normalize();
        number.scale() > 0 && number.mantissa().unsigned_abs().to_string().len() > DOUBLE_DIGITS
    };
    if !is_fraction(left) && !is_fraction(right) {
        return false;
    }
    let size = left.abs().max(right.abs()).max(Decimal::ONE);
    let tolerance = size.checked_mul(Decimal::new(1, 12)).unwrap_or_default();
    left.checked_sub(right).is_some_and(|difference| difference.abs() <= tolerance)
}

fn arithmetic(
    sign: &str,
    left: &Value,
    right: &Value,
    exact: fn(Decimal, Decimal) -> Option<Decimal>,
    rough: fn(f64, f64) -> f64,
) -> Outcome {
    let (Some(left_number), Some(right_number)) = (Number::of(left), Number::of(right)) else {
        return Err(unfit(sign, left, right));
    };
    let outcome = match (left_number, right_number) {
        (Number::Exact(left), Number::Exact(right)) => exact(left, right).map(Number::Exact),
        _ => None,
    };
    Ok(outcome.unwrap_or_else(|| Number::Rough(rough(left_number.double(), right_number.double()))).into_value())
}

/// Different kinds are unequal, as in CEL; but a number beside a string is a diagnostic of the expression's author.
fn equal(left: &Value, right: &Value) -> Result<bool, ExecutionError> {
    if let (Some(left), Some(right)) = (Number::of(left), Number::of(right)) {
        return Ok(left.compare(right) == Some(Ordering::Equal));
    }
    match (left, right) {
        (Value::List(left), Value::List(right)) => {
            if left.len() != right.len() {
                return Ok(false);
            }
            for (left, right) in left.iter().zip(right.iter()) {
                if !equal(left, right)? {
                    return Ok(false);
                }
            }
            Ok(true)
        }
        (Value::Map(left), Value::Map(right)) => {
            if left.map.len() != right.map.len() {
                return Ok(false);
            }
            for (key, value) in left.map.iter() {
                let Some(other) = right.get(key) else { return Ok(false) };
                if !equal(value, other)? {
                    return Ok(false);
                }
            }
            Ok(true)
        }
        (Value::String(_), other) | (other, Value::String(_)) if Number::of(other).is_some() => {
            Err(unfit("==", left, right))
        }
        _ => Ok(left == right),
    }
}

fn ordered(sign: &str, left: &Value, right: &Value, holds: fn(Ordering) -> bool) -> Outcome {
    let ordering = match (Number::of(left), Number::of(right)) {
        (Some(left), Some(right)) => left.compare(right),
        _ => match (left, right) {
            (Value::String(left), Value::String(right)) => Some(left.cmp(right)),
            _ => None,
        },
    };
    ordering.map(|ordering| Value::Bool(holds(ordering))).ok_or_else(|| unfit(sign, left, right))
}

fn sum(list: &Value) -> Outcome {
    let Value::List(elements) = list else {
        return Err(ExecutionError::function_error("sum", format!("it takes a list, not a {}", list.type_of())));
    };
    elements.iter().try_fold(Value::Int(0), |total, element| {
        arithmetic("+", &total, element, Decimal::checked_add, |left, right| left + right)
    })
}

/// The lesser or the greater of two numbers. `null` stands for no limit: the other one counts.
fn extreme(left: Value, right: Value, wins: fn(Ordering) -> bool) -> Outcome {
    match (Number::of(&left), Number::of(&right)) {
        (Some(first), Some(second)) => Ok(if first.compare(second).is_some_and(wins) { left } else { right }),
        (None, _) if left == Value::Null => Ok(right),
        (_, None) if right == Value::Null => Ok(left),
        _ => Err(unfit("min", &left, &right)),
    }
}

fn number(value: &Value) -> Outcome {
    if let Some(number) = Number::of(value) {
        return Ok(number.into_value());
    }
    if let Value::String(text) = value {
        let decimal = Decimal::from_str_exact(text).or_else(|_| Decimal::from_scientific(text));
        if let Ok(decimal) = decimal {
            return Ok(Number::Exact(decimal).into_value());
        }
        if let Some(double) = f64::from_str(text).ok().filter(|double| double.is_finite()) {
            return Ok(Value::Float(double));
        }
        return Err(ExecutionError::function_error("number", format!("`{text}` is no decimal")));
    }
    Err(ExecutionError::function_error("number", format!("a {} is no number", value.type_of())))
}

fn unfit(sign: &str, left: &Value, right: &Value) -> ExecutionError {
    let message = format!("`{sign}` does not go between a {} and a {}; see number(…)", left.type_of(), right.type_of());
    ExecutionError::function_error(sign, message)
}
