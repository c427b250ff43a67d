//! Measures conforming values per second for common shapes of schemas, compiled once.

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use jsonschema_proptest::Generator;
use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::TestRunner;
use serde_json::{Value, json};

fn schemas() -> [(&'static str, Value); 5] {
    let row = json!({
        "type": "object",
        "required": ["id", "amount", "expires_at", "type"],
        "properties": {
            "id": { "type": "string", "format": "uuid" },
            "amount": { "type": "integer", "minimum": 0, "maximum": 2_147_483_647 },
            "expires_at": { "type": "string", "format": "date-time" },
            "type": {
                "type": "object",
                "required": ["id", "name", "amount", "description"],
                "properties": {
                    "id": { "type": "string", "format": "uuid" },
                    "name": { "type": "string" },
                    "amount": { "type": "integer", "minimum": 0, "maximum": 2_147_483_647 },
                    "description": { "type": "string" }
                }
            }
        }
    });
    [
        (
            "integer",
            json!({
                "type": "object",
                "required": ["itemCount"],
                "properties": { "itemCount": { "type": "integer" } }
            }),
        ),
        (
            "boolean",
            json!({
                "type": "object",
                "required": ["allowed"],
                "properties": { "allowed": { "type": "boolean" } }
            }),
        ),
        (
            "two closed numbers",
            json!({
                "type": "object",
                "required": ["available", "total"],
                "properties": {
                    "available": { "type": "number" },
                    "total": { "type": "number" }
                },
                "additionalProperties": false
            }),
        ),
        (
            "rows",
            json!({
                "type": "object",
                "required": ["total", "rows"],
                "properties": {
                    "total": {
                        "type": "integer", "minimum": 0, "maximum": 2_147_483_647
                    },
                    "rows": { "type": "array", "items": row }
                }
            }),
        ),
        (
            "open number",
            json!({
                "type": "object",
                "required": ["rows"],
                "properties": { "rows": { "type": "number" } }
            }),
        ),
    ]
}

fn conforming(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("conforming");
    group.throughput(Throughput::Elements(1));
    for (name, schema) in schemas() {
        let generator = Generator::compile(&schema).expect("the schema is satisfiable");
        let mut runner = TestRunner::deterministic();
        let values = generator.conforming();
        group.bench_function(name, |bencher| {
            bencher.iter(|| {
                let tree = values.new_tree(&mut runner).expect("a value is generated");
                tree.current()
            });
        });
    }
    group.finish();

    let mut group = criterion.benchmark_group("conforming, all five");
    group.throughput(Throughput::Elements(5));
    let strategies =
        schemas().map(|(_, schema)| Generator::compile(&schema).expect("the schema is satisfiable").conforming());
    let mut runner = TestRunner::deterministic();
    group.bench_function("one of each", |bencher| {
        bencher.iter(|| {
            for values in &strategies {
                let tree = values.new_tree(&mut runner).expect("a value is generated");
                std::hint::black_box(tree.current());
            }
        });
    });
    group.finish();
}

criterion_group!(benches, conforming);
criterion_main!(benches);
