use ringtrue::generate::sample;
#[test] fn smoke(){ for s in sample(&serde_json::json!({"type":"object","properties":{"a":{"type":"integer"}},"required":["a"]}),20,1).unwrap(){ println!("{s}"); } }
