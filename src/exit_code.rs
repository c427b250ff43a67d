//! Exit codes of the program `ringtrue`.

/// Conformant: every applicable `must` was exercised and held.
pub const CONFORMANT: u8 = 0;
/// At least one violation, or a baseline entry that does not match the report.
pub const VIOLATION: u8 = 1;
/// The run could not be made: usage, contract, adapter, state handler or harness error.
pub const UNUSABLE: u8 = 2;
/// Incomplete: no violation, but some `must` could not be run or stayed inconclusive; or no check ran.
pub const INCOMPLETE: u8 = 3;
/// Interrupted: states were torn down, and the reports contain the findings so far.
pub const INTERRUPTED: u8 = 130;
