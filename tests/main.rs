//! The one integration test binary: the real `aeth` command, real processes, a real store, and a judge in a process of
//! its own. What each suite proves and may cost stands in `docs/testing.md`.
#![allow(
    clippy::disallowed_methods,
    reason = "tests watch the real world: processes, files, sockets, clocks"
)]
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "campaigns print what they measured")]
#![allow(unreachable_pub, reason = "a test binary has no outside")]

mod bad_input;
mod campaign;
mod command;
mod docs;
mod errors;
mod examples;
mod fatal;
mod fuzz;
mod harness;
mod library;
mod lsp;
mod mutations;
mod specification;
mod tidy;
mod transcripts;
