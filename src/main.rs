//! The `aeth` command: compiler, runtime and language server behind one name.
//!
//! In: a command line. Out: results on standard output, everything else on standard error, and an exit code that
//! scripts rely on. Invariant: this package alone owns a terminal; what it knows of jobs it reads from the store.

#![allow(clippy::disallowed_methods, reason = "the command is where files and variables are read")]

use std::process::ExitCode;

mod args;
mod arguments;
mod command;
mod exit;
mod place;
mod program;
mod project;
mod session;
mod telemetry;
mod terminal;

/// Programs make many small values, which this one makes and frees sooner than the system's.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    command::execute()
}
