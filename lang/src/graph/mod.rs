//! The TaskGraph: which task waits for which, derived from the names they use.
//!
//! In: a checked graph. Out: its order, cycles, width and critical path, and drawings of it. Invariant: a
//! [`TaskGraph`] has no cycle, and its order is a function of names and dependencies alone.

mod derive;
pub mod draw;
mod expand;

pub use derive::{Cycle, Dependency, Node, TaskGraph};
pub use expand::Expanded;
