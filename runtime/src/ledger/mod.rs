//! The ledger: what may happen to an effect next, as a table and pure functions.
//!
//! In: the entry of an effect as the log tells it, an answer or its absence, the tool's [`Policy`]. Out: one decision.
//! Invariant: a `once` effect is called again only if every earlier attempt is proven not to have happened.

mod decide;
mod entry;
mod key;

pub use decide::{After, Recovery, Refusal, after_answer, default_kinds, recover};
pub use entry::{Entry, Ledger};
pub use key::call_key;

use aeth_lang::bytecode::module::{Class, Retry, Tool};

/// What the ledger knows of a tool.
#[derive(Clone, Debug)]
pub struct Policy {
    /// What recovery may do.
    pub class: Class,
    /// When a failed attempt is tried again.
    pub retry: Option<Retry>,
    /// Whether the world can be asked if a call happened.
    pub lookup: bool,
    /// How long to wait before asking, in milliseconds.
    pub settle_ms: i64,
    /// Whether doubt is an error rather than a question.
    pub doubt_fails: bool,
}

/// Least time before a lookup when the former holder is proven dead on this machine, in milliseconds.
const SETTLE_AT_LEAST_MS: i64 = 1_000;

impl Policy {
    /// The policy of a tool whose calls may take `timeout_ms`.
    #[must_use]
    pub fn of(tool: &Tool, timeout_ms: i64) -> Self {
        Self {
            class: tool.class,
            retry: tool.retry.clone(),
            lookup: tool.lookup.is_some(),
            settle_ms: tool.settle.unwrap_or(timeout_ms.max(SETTLE_AT_LEAST_MS)),
            doubt_fails: tool.doubt_fails,
        }
    }

    /// Whether calls of the tool need an intent.
    #[must_use]
    pub fn changes_world(&self) -> bool {
        self.class != Class::Readonly
    }
}
