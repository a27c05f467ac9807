//! Bad input: tables with a row per case, its exit code and the words a person gets. Never a panic, never a hang.
//!
//! In: what is in the folder and what is typed. Out: all rows that are wrong, at once. Invariant: every row names
//! the exit code of the contract and the user's own words.

mod program;
mod running;
mod store;

use crate::harness::{Finished, World};

/// One case: what is in the folder, what is typed, what comes back.
struct Row {
    name: &'static str,
    source: String,
    /// After `run main.aeth`.
    args: Vec<String>,
    exit: i32,
    says: &'static [&'static str],
}

fn row(
    name: &'static str,
    source: impl Into<String>,
    args: &[&str],
    exit: i32,
    says: &'static [&'static str],
) -> Row {
    Row { name, source: source.into(), args: args.iter().map(ToString::to_string).collect(), exit, says }
}

/// A program that does not compile: exit 2 from `run`, 1 from `check`, with these words.
fn broken(name: &'static str, source: impl Into<String>, says: &'static [&'static str]) -> Row {
    row(name, source, &[], 2, says)
}

/// An agent with this body.
fn agent(body: &str) -> String {
    format!("agent main() -> Int {{\n  {body}\n}}\n")
}

/// Runs every row and reports all that are wrong at once.
fn check_rows(rows: Vec<Row>) {
    let mut wrong = Vec::new();
    for row in rows {
        let world = World::with_program(&row.source).env("COLUMNS", "200");
        let args = ["run", "main.aeth"].into_iter().chain(row.args.iter().map(String::as_str));
        let finished = world.aeth(args).finish();
        wrong.extend(judge_row(row.name, row.exit, row.says, &finished));
        if row.exit == 2 && row.args.is_empty() && !row.source.is_empty() && row.source.contains("fn ") {
            let checked = world.run(&["check", "main.aeth"]);
            if !matches!(checked.status.code(), Some(0 | 1)) {
                wrong.push(format!("{}: check ends with {checked}", row.name));
            }
        }
    }
    assert!(wrong.is_empty(), "{} rows are wrong\n\n{}", wrong.len(), wrong.join("\n\n"));
}

fn judge_row(name: &str, exit: i32, says: &[&str], finished: &Finished) -> Option<String> {
    let told = format!("{}{}", finished.stdout, finished.stderr);
    // Wrapped lines and the marks beside them are the terminal's business.
    let flat: String = told
        .split_whitespace()
        .filter(|word| !matches!(*word, "│" | "|" | "×"))
        .collect::<Vec<_>>()
        .join(" ");
    let missing: Vec<_> = says.iter().filter(|words| !flat.contains(*words)).collect();
    let panicked = told.contains("panicked at") || told.contains("RUST_BACKTRACE");
    let right = finished.status.code() == Some(exit) && missing.is_empty() && !panicked;
    let shown: String = told.chars().take(1_500).collect();
    (!right).then(|| {
        format!("== {name}: {}, expected exit {exit}; not said: {missing:?}\n{shown}", finished.status)
    })
}
