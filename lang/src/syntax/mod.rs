//! Text to tree: grammar, parser, recovery.
//!
//! In: the text of one file. Out: [`parse::Parsed`]: its tree, its comments, and a diagnostic per mistake. Invariant:
//! parsing never fails and never panics, whatever the text; every mistake is a diagnostic, and every diagnostic a
//! mistake.

pub mod ast;
mod case;
pub(crate) mod consequence;
mod explain;
pub(crate) mod grammar;
pub mod parse;
mod recover;
mod scan;
mod trees;
pub mod trivia;

pub(crate) use explain::{habit_of_name, habit_of_value};
pub use parse::{Parsed, parse, parse_again};
pub(crate) use scan::is_name;
pub use trees::Trees;

#[cfg(test)]
pub(crate) mod tests;
