//! Reports: formats and baselines.

mod baseline;
mod comparison;
mod formats;
mod official_schemas;
mod sample;
