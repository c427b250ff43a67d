//! ringtrue

pub mod generate;
