#![no_main]

#[path = "../../tests/it/hostile/targets.rs"]
#[allow(dead_code, reason = "each fuzzer calls one target")]
mod targets;

libfuzzer_sys::fuzz_target!(|data: &[u8]| targets::shell(data));
