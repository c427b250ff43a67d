//! An expression of a document neither uses up the stack nor takes long, whatever it nests.

use std::collections::BTreeMap;
use std::time::Duration;

use tokio::time::Instant;

use ringtrue::__cli::contract::Expression;

/// The stack of a test, which is smaller than that of a program.
const STACK: usize = 2 * 1024 * 1024;

fn cases() -> Vec<String> {
    let nested = |open: &str, inner: &str, close: &str| {
        (1..=400)
            .filter(|n| n % 8 == 0 || *n < 20)
            .map(|n| format!("{}{inner}{}", open.repeat(n), close.repeat(n)))
            .collect::<Vec<_>>()
    };
    let all = [
        nested("(", "true", ")"),
        nested("[", "1", "]"),
        nested("{'a':", "1", "}"),
        nested("size([", "1", "])"),
        nested("!", "true", ""),
        nested("-", "1", ""),
        nested("true ? ", "true", " : false"),
        nested("true ? true : ", "true", ""),
        nested("true && ", "true", ""),
        nested("1 in ", "[1]", ""),
        nested("body.x.", "y", ""),
        nested("body[", "1", "]"),
        nested("[1].map(x, ", "x", ")"),
        nested("[1].exists(x, ", "true", ")"),
        nested("has(", "body.x", ")"),
        nested("1 + ", "1 == 1", ""),
        nested("'", "a", "'"),
        nested("\"\\u", "a", ""),
        nested("r'''", "a", "'''"),
        nested("a.b(c).", "d()", ""),
        nested(".", "a", ""),
        nested("?", ":", ""),
    ];
    let mut all = all.concat();
    // As deep as brackets may be, and within them as many operators as there may be.
    for (open, close) in [
        ("(", ")"),
        ("[1].map(x, ", ")"),
        ("true ? true : (", ")"),
        ("!(1 + ", " == 1)"),
        ("a.b(", ")"),
        ("[{'a': ", "}]"),
    ] {
        for inner in ["!", "-", "true ? true : ", "true ? ", "1 in ", "1 + ", "true && ", "a.b.", "!-"] {
            for (depth, repeated) in
                [(16, 10), (16, 60), (16, 130), (16, 200), (16, 270), (15, 100), (8, 140), (8, 280)]
            {
                let tail = if inner == "true ? " { " : true".repeat(repeated) } else { String::new() };
                all.push(format!("{}{}true{tail}{}", open.repeat(depth), inner.repeat(repeated), close.repeat(depth)));
            }
        }
    }
    all
}

#[test]
fn expression_of_any_shape_is_compiled_or_refused_within_a_small_stack() {
    let cases = cases();
    assert!(cases.len() > 500);
    let begun = Instant::now();
    let thread = std::thread::Builder::new().stack_size(STACK).spawn(move || {
        for text in cases {
            if let Ok(expression) = Expression::compile(&text) {
                // That it fails is fine.
                let _ = expression.holds(200, &BTreeMap::new(), &serde_json::json!({ "x": [1, 2] }));
            }
        }
    });
    thread.unwrap().join().unwrap();
    assert!(begun.elapsed() < Duration::from_mins(2));
}
