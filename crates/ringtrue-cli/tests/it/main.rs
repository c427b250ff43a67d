//! Tests of the program as a process, in one binary so that it links once.

mod compare;
mod diff;
mod docs;
mod hostile;
mod init;
mod judge;
mod layers;
mod limits;
mod proxy;
mod replay;
mod runs;
mod sample;
mod shards;
mod shell;
mod support;
mod usage;
