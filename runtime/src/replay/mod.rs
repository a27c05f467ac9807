//! The log, fed to the machine again: resume begins with it, `aeth replay` is nothing else (runtime.md R1, R2).
//!
//! In: a program and its events. Out: a machine in the state the log leaves it in, or the first place at which the
//! two disagree. Invariant: nothing here reaches a host.

mod cursor;
mod place;
mod report;

pub(crate) use cursor::{Cursor, Origin, fact_event, plan};
pub(crate) use report::Replay;
pub use report::{ReplayReport, replay};

/// The program and its log disagree: a defect, or a damaged store.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("event {seq}: {what}")]
pub struct Divergence {
    /// The event.
    pub seq: u64,
    /// Both sides, in words.
    pub what: String,
    /// Where the program asks, as `file:line:column`.
    pub place: Option<String>,
}
