//! The `aeth` command as people and scripts meet it: results, exit codes, messages that say what to type next.
//!
//! In: command lines, at a terminal and without. Out: what stands on which stream. Invariant: every command that a
//! message prints is run by a test as it was printed.

mod export;
mod looking;
mod not_run;
mod people;
mod project;
mod results;
mod terminal;

use crate::harness::{Finished, World};

/// Waits for the answer to a question, then says what it was.
const ASKS: &str = "\
signal approval: Bool
signal name: String
agent main() -> String {
  task approved = await approval ask \"Publish these notes?\" show \"three \\u{1b}[31mnotes\" to \"ada\"
  return if approved { \"published\" } else { \"kept\" }
}
agent named() -> String {
  task who = await name ask \"Who are you?\"
  return \"Hello, {who}!\"
}
";

/// Waits for a signal.
const WAITS: &str = "\
signal level: Int
agent main() -> Int {
  task got = await level
  return got + 1
}
";

/// The commands that a message proposes: what stands behind `aeth ` on its lines.
fn proposed(finished: &Finished) -> Vec<String> {
    let lines = finished.stderr.lines().chain(finished.stdout.lines());
    lines.filter_map(|line| line.split_once("aeth ").map(|(_, command)| command.trim().to_owned())).collect()
}

/// Runs a proposed command line.
fn follow(world: &World, command: &str) -> Finished {
    let words: Vec<&str> = command.split_whitespace().collect();
    world.run(&words)
}
