//! The command line program `ringtrue`.

mod cli;

fn main() -> std::process::ExitCode {
    cli::main().into()
}
