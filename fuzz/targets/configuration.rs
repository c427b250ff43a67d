#![no_main]

#[path = "../../crates/ringtrue-cli/src/settings.rs"]
#[allow(dead_code, reason = "the fuzzer reads no setting")]
mod settings;

libfuzzer_sys::fuzz_target!(|data: &[u8]| settings::holds(data));
