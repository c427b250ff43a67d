//! The targets of the fuzzers, over their seeds and over generated input.

use std::time::Duration;

use tokio::time::Instant;

use proptest::prelude::*;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};

use super::targets::TARGETS;

/// What inputs are made of, beside single bytes.
const PIECES: &[&str] = &[
    "{",
    "}",
    "[",
    "]",
    "\"",
    "'",
    ":",
    ",",
    "\\",
    "\\u00",
    "%",
    "%25",
    "&#",
    "&#x",
    ";",
    "::error::",
    "##[",
    "##",
    "#",
    "$(",
    "${",
    "`",
    "${RINGTRUE_KEY}",
    "Kq7Zw2Xv9Rt4Lm8Np3Hs",
    "Kq7Zw2Xv9Rt4",
    "S3E3WncyWHY5UnQ0TG04TnAzSHM=",
    "\n",
    "\r\n",
    "\0",
    "\u{1b}",
    "\u{202e}",
    "\u{fdd0}",
    "\u{fdd1}",
    "\u{fdd2}",
    "HTTP/1.1 200 OK\r\n",
    "Content-Length: 5\r\n",
    "Transfer-Encoding: chunked\r\n",
    "\r\n\r\n",
    "5\r\n",
    "1e999",
    "true",
    "null",
    "\"type\":",
    "\"enum\":",
    "\"$ref\":\"#\"",
    "\"id\":1",
    "\"ok\":{}",
    "body",
    "[1].map(x, ",
    "size(",
    "openapi: 3.1.0\n",
    "- ",
    "&a ",
    "*a",
    "<<: ",
    "é",
    "😀",
];

fn input() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop_oneof![
        4 => prop::sample::select(PIECES).prop_map(|piece| piece.as_bytes().to_vec()),
        1 => any::<u8>().prop_map(|byte| vec![byte]),
        1 => "[ -~]{0,12}".prop_map(String::into_bytes),
    ];
    prop::collection::vec(piece, 0..40).prop_map(|pieces| pieces.concat())
}

#[test]
fn every_target_holds_for_its_seeds_and_for_generated_input() {
    let seeds = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/seeds");
    for (name, target) in TARGETS {
        for seed in std::fs::read_dir(seeds.join(name)).into_iter().flatten() {
            target(&std::fs::read(seed.unwrap().path()).unwrap());
        }
        let config = Config { cases: 200, failure_persistence: None, ..Config::default() };
        let rng = TestRng::deterministic_rng(RngAlgorithm::ChaCha);
        let begun = Instant::now();
        let run = TestRunner::new_with_rng(config, rng).run(&input(), |data| {
            target(&data);
            Ok(())
        });
        assert!(run.is_ok(), "{name}: {run:?}");
        assert!(begun.elapsed() < Duration::from_mins(1), "{name}: {:?}", begun.elapsed());
    }
}
