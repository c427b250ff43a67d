//! Reports: formats and baselines.

mod baseline;
mod formats;
mod official_schemas;
mod sample;
