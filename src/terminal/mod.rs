//! What people see: standard output for results, standard error for progress and diagnostics.
//!
//! In: text, some of it made by programs, tools and strangers. Out: the same text in which nothing can steer the
//! terminal. Invariant: only this folder writes to the standard streams, and text of programs passes [`text::plain`].

pub(crate) mod event;
pub(crate) mod picture;
pub(crate) mod question;
pub(crate) mod screen;
pub(crate) mod style;
pub(crate) mod text;
pub(crate) mod tree;

use std::io::{IsTerminal, Write};

use anstream::AutoStream;

use crate::exit::{Exit, Failure};
use style::{DIM, ERROR};

/// Prints a line of a result.
pub(crate) fn print(line: &str) -> Result<(), Failure> {
    let mut out = anstream::stdout().lock();
    out.write_all(line.as_bytes())?;
    out.write_all(b"\n")?;
    Ok(out.flush()?)
}

/// Prints a JSON text on a line of its own, as it is; at a terminal, what could steer it is escaped.
pub(crate) fn print_json(json: &str) -> Result<(), Failure> {
    let json = if std::io::stdout().is_terminal() { text::json(json) } else { json.into() };
    let mut out = std::io::stdout().lock();
    writeln!(out, "{json}")?;
    Ok(out.flush()?)
}

/// Prints a String result. A file or pipe gets it as it is, a terminal without what could steer it.
pub(crate) fn print_text(result: &str) -> Result<(), Failure> {
    let shown = if std::io::stdout().is_terminal() { text::lines(result) } else { result.into() };
    let mut out = std::io::stdout().lock();
    writeln!(out, "{shown}")?;
    Ok(out.flush()?)
}

/// Says something beside the results. Nobody listening is no reason to fail.
pub(crate) fn say(line: &str) {
    let mut err = anstream::stderr().lock();
    let _ = writeln!(err, "{line}");
}

/// Says why a command failed, and gives the code to end with.
pub(crate) fn report(failure: &Failure) -> Exit {
    if !failure.message.is_empty() {
        let word = if failure.exit == Exit::Stopped { "stopped" } else { "error" };
        say(&format!("{ERROR}{word}{ERROR:#}: {}", text::lines(&failure.message)));
        for line in &failure.help {
            say(&format!("{DIM}help:{DIM:#} {}", text::lines(line)));
        }
    }
    failure.exit
}

/// Whether progress can be drawn in place: standard error is a terminal that moves its cursor.
pub(crate) fn progress_in_place() -> bool {
    std::io::stderr().is_terminal() && std::env::var_os("TERM").is_none_or(|term| term != "dumb")
}

/// Whether a person can be asked: both ends are a terminal.
pub(crate) fn can_ask() -> bool {
    std::io::stdin().is_terminal() && std::io::stderr().is_terminal()
}

/// Whether standard error shows colours.
pub(crate) fn colours() -> bool {
    AutoStream::choice(&std::io::stderr()) != anstream::ColorChoice::Never
}

/// Columns and rows of the terminal; 80 by 24 where nobody knows.
pub(crate) fn size() -> (usize, usize) {
    let size = rustix::termios::tcgetwinsize(std::io::stderr()).ok();
    let known = |n: u16, otherwise: usize| if n == 0 { otherwise } else { usize::from(n) };
    size.map_or((80, 24), |size| (known(size.ws_col, 80), known(size.ws_row, 24)))
}

/// Columns that diagnostics are wrapped at: those of the terminal, of `COLUMNS`, else 100.
pub(crate) fn width() -> usize {
    if std::io::stderr().is_terminal() {
        return size().0;
    }
    std::env::var("COLUMNS").ok().and_then(|columns| columns.parse().ok()).unwrap_or(100)
}

/// Columns that a line of a result should keep to; none where it goes to a file or pipe.
pub(crate) fn print_columns() -> Option<usize> {
    if !std::io::stdout().is_terminal() {
        return None;
    }
    let size = rustix::termios::tcgetwinsize(std::io::stdout()).ok()?;
    Some(if size.ws_col == 0 { 80 } else { usize::from(size.ws_col) })
}
