//! Whole runs.

mod example_server;
mod jobs;
mod merge;
mod other_contracts;
mod other_seeds;
mod plain_documents;
mod providers;
mod server;
mod shapes;
mod shards;
