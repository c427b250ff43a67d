//! Measures values per second for schemas of usual shapes, compiled once.

use serde_json::{Value, json};

use crate::worker::{Job, Reply, Worker};

/// Values generated from each schema.
const VALUES: u32 = 1_000;

/// The schemas, by name.
pub fn schemas() -> [(&'static str, Value); 5] {
    let row = json!({
        "type": "object",
        "required": ["id", "amount", "created_at"],
        "properties": {
            "id": { "type": "string", "format": "uuid" },
            "amount": { "type": "integer", "minimum": 0, "maximum": 2_147_483_647 },
            "created_at": { "type": "string", "format": "date-time" },
            "note": { "type": "string", "maxLength": 40 }
        }
    });
    [
        ("integer in a range", json!({ "type": "integer", "minimum": 0, "maximum": 1_000_000 })),
        ("string with a pattern", json!({ "type": "string", "pattern": "^[a-z]{2,8}-[0-9]{4}$" })),
        (
            "closed object",
            json!({
                "type": "object",
                "required": ["a", "b"],
                "properties": { "a": { "type": "number" }, "b": { "type": "boolean" }, "c": { "type": "string" } },
                "additionalProperties": false
            }),
        ),
        (
            "array of objects",
            json!({
                "type": "object",
                "required": ["total", "rows"],
                "properties": {
                    "total": { "type": "integer", "minimum": 0 },
                    "rows": { "type": "array", "items": row, "maxItems": 5 }
                }
            }),
        ),
        (
            "alternatives",
            json!({
                "oneOf": [
                    { "type": "object", "required": ["kind", "x"],
                      "properties": { "kind": { "const": "a" }, "x": { "type": "integer" } } },
                    { "type": "object", "required": ["kind", "y"],
                      "properties": { "kind": { "const": "b" }, "y": { "type": "string", "minLength": 3 } } }
                ]
            }),
        ),
    ]
}

/// Returns the values per second for each schema; `None` where the generator failed.
pub fn measure(worker: &mut Worker) -> Vec<Option<f64>> {
    let run = |worker: &mut Worker, schema: &Value| {
        let job = Job { schema: schema.clone(), count: VALUES, seed: 2 };
        match worker.run(&job) {
            Reply::Values { texts, seconds } if seconds > 0.0 => Some(texts.len() as f64 / seconds),
            _ => None,
        }
    };
    // The best of three runs, so that a busy machine disturbs less.
    let best = |(_, schema): &(&str, Value)| (0..3).filter_map(|_| run(worker, schema)).reduce(f64::max);
    schemas().iter().map(best).collect()
}
