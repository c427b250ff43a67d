//! CEL over answers: numbers are JSON numbers, and what cannot be said is an error.

use std::collections::BTreeMap;

use ringtrue::__cli::contract::{Expression, ExpressionError};
use serde_json::{Value, json};

fn holds(text: &str, body: &Value) -> Result<bool, ExpressionError> {
    let headers = BTreeMap::from([("x-credits".to_owned(), "5.50".to_owned())]);
    Expression::compile(text)?.holds(200, &headers, body)
}

#[test]
fn numbers_compare_by_value_whatever_their_notation() {
    let body = json!({
        "whole": 5, "double": 5.0, "big": 9_007_199_254_740_993_i64, "bigger": 18_446_744_073_709_551_615_u64,
        "third": 0.3, "list": [0.1, 0.2], "text": "5.50", "none": null, "used": 2.5, "huge": 1e300
    });
    for text in [
        "body.whole == body.double",
        "body.whole == 5 && body.double == 5 && body.whole == 5.0 && body.double == 5.0",
        "body.big != 9007199254740992",
        "body.big > 9007199254740992.0",
        "body.bigger > body.big",
        "body.whole - body.used == 2.5",
        "0.1 + 0.2 == body.third",
        "sum(body.list) == body.third",
        "sum([]) == 0",
        "sum(body.list.map(x, x * 10)) == 3",
        "number(body.text) == 5.5 && number(headers['x-credits']) == number(body.text)",
        "number(body.whole) == 5",
        "body.none == null && body.whole != null",
        "-body.whole == -5.0",
        "body.whole / 2 == 2.5",
        "body.huge > body.whole && body.huge == body.huge",
        "body.list == [0.1, 0.2]",
        "5.0 in [4, 5]",
        "body.list.all(x, x < 1) && body.list.exists_one(x, x == 0.1)",
        "size(body.list) == 2 && body.list[0] == 0.1",
        "status == 200 && !('x-other' in headers) && 'x-credits' in headers",
        "!has(body.gone) || body.gone == 1",
        "body.text.startsWith('5') && body.text.matches('^[0-9.]+$')",
        "body.text + '!' == '5.50!'",
        "(body.none == null ? 1 : 2) == 1",
    ] {
        assert_eq!(holds(text, &body), Ok(true), "{text}");
    }
}

#[test]
fn invalid_expression_is_an_error() {
    let body = json!({"whole": 5, "text": "5"});
    for text in [
        "body.gone == 5",
        "headers['x-other'] == '1'",
        "body.whole == body.text",
        "body.whole < body.text",
        "body.whole + 1",
        "body.whole / 0 == 1",
        "number('five') == 5",
        "sum(body.whole) == 5",
        "nothing == 5",
        "body.whole ==",
        "nothing(body)",
        "",
    ] {
        assert!(holds(text, &body).is_err(), "{text}");
    }
}

#[test]
fn hostile_expression_terminates() {
    let mut hostile = Vec::new();
    for (open, close) in [("(", ")"), ("[", "]"), ("!(", ")"), ("-(", ")"), ("{1:", "}")] {
        for depth in [15, 1_000] {
            hostile.push(format!("{}1{}", open.repeat(depth), close.repeat(depth)));
        }
    }
    for (piece, count) in
        [("!", 290), ("-", 290), ("1+", 290), ("body.", 290), ("true?1:", 140), ("!", 1999), ("a", 1999)]
    {
        hostile.push(format!("{}1", piece.repeat(count)));
    }
    hostile.push("body.a".to_owned() + &"[0]".repeat(290));
    hostile.push("'".repeat(1999));
    hostile.push("x".repeat(1_000_000));
    let long = json!({"a": vec![1; 9_000], "b": vec![1; 10_001]});
    hostile.push("body.a.map(x, body.a.map(y, body.a.map(z, x + y + z))) == []".to_owned());
    hostile.push("body.a.map(x, x)".repeat(3));
    for text in &hostile {
        let _ = holds(text, &long);
    }
    assert!(holds("sum(body.a) == 9000", &json!({"a": vec![1; 9_000]})).unwrap());
    assert!(holds("sum(body.a) == 9000", &long).is_err());
}

/// A program that adds 0.1 and 0.2 as binary fractions writes 0.30000000000000004, and means the sum. Decimals of fewer digits
/// are compared exactly.
#[test]
fn binary_fractions_are_compared_with_the_tolerance_of_a_double() {
    let body = json!({"sum": 0.1 + 0.2, "off": 0.31, "near": 0.300_001, "rows": [0.1, 0.2], "left": 100.1 - 25.3});
    for text in ["body.sum == sum(body.rows)", "sum(body.rows) >= body.sum", "body.left == 74.8", "body.sum <= 0.3"] {
        assert_eq!(holds(text, &body), Ok(true), "{text}");
    }
    for text in
        ["body.off == sum(body.rows)", "body.near == sum(body.rows)", "body.sum > 0.3", "0.1 + 0.2 == 0.3000000001"]
    {
        assert_eq!(holds(text, &body), Ok(false), "{text}");
    }
}

#[test]
fn lesser_of_two_amounts_takes_null_as_no_limit() {
    let body = json!({"key": null, "account": 5.5, "paid": "7"});
    for text in [
        "min(body.key, body.account) == 5.5",
        "min(body.account, number(body.paid)) == 5.5",
        "max(body.account, 6) == 6",
    ] {
        assert_eq!(holds(text, &body), Ok(true), "{text}");
    }
    assert!(holds("min(body.account, body.paid) == 5.5", &body).is_err());
}
