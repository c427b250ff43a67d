//! What the parts do, each through its public interface.

mod report_baseline;
mod report_formats;
mod report_sample;
