//! What a program asks of the world, and what the world answered: pure data, spoken by machine and driver.
//!
//! The machine emits [`Output`]s in a fixed order; the driver feeds [`Delivery`]s in one recorded order.
//! Invariant: everything here is a function of the program, its arguments and the deliveries before it.

use std::fmt;
use std::sync::Arc;

use aeth_lang::ids::{FunctionId, SignalId, SiteId, ToolId};
use serde::{Deserialize, Serialize};

use crate::value::{Error, Value};

/// The name of an effect within its job: a path of checked names and counters, as `ticket/0.3/1`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct EffectId(pub Arc<str>);

impl EffectId {
    /// The id as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for EffectId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl From<&str> for EffectId {
    fn from(text: &str) -> Self {
        Self(text.into())
    }
}

/// A place in the code: function and instruction; leads through the debug table to a span.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct CodePoint {
    /// The function.
    pub function: FunctionId,
    /// The instruction.
    pub pc: u32,
}

/// What the machine says, in order.
#[derive(Clone, Debug, PartialEq)]
pub enum Output {
    /// A fiber waits for this.
    Request(Request),
    /// The fiber that waited is cancelled: withdraw the request if nothing was sent, else settle it unheard.
    Withdraw(EffectId),
    /// Something happened inside.
    Fact(Fact),
}

/// A fiber waits for the outcome of an effect.
#[derive(Clone, Debug, PartialEq)]
pub struct Request {
    /// Its name.
    pub id: EffectId,
    /// Where the program asks; `None` for a site the runtime made.
    pub site: Option<SiteId>,
    /// What is asked.
    pub effect: Effect,
}

/// What a program can ask for. `env.NAME`, `job.id`, flow calls and `each` are answered inside the machine.
#[allow(missing_docs, reason = "the line above each variant says what its fields are")]
#[derive(Clone, Debug, PartialEq)]
pub enum Effect {
    /// A tool call, one value per parameter.
    Tool { tool: ToolId, args: Vec<Value> },
    /// Wait for a signal, or for the answer to a question.
    Await { signal: SignalId, ask: Option<Question>, within_ms: Option<i64> },
    /// A pause in milliseconds, zero or more.
    Sleep { ms: i64 },
    /// A pause until an instant, milliseconds since 1970.
    SleepUntil { at_ms: i64 },
    /// The store's clock: a Timestamp.
    Now,
    /// A Float in [0, 1).
    Random,
    /// An Int, both bounds included.
    RandomInt { low: i64, high: i64 },
    /// A fresh UUID as a String.
    Uuid,
    /// An intermediate step for the log.
    Note { text: String, data: Option<Value> },
}

/// A question to a person.
#[derive(Clone, Debug, PartialEq)]
pub struct Question {
    /// What is asked.
    pub text: String,
    /// What is shown with it, as Json.
    pub show: Option<Value>,
    /// Whom it is for.
    pub to: Option<String>,
}

/// Something that happened inside the machine; recorded so that others can follow, and compared on replay.
#[allow(missing_docs, reason = "the line above each variant says what its fields are")]
#[derive(Clone, Debug, PartialEq)]
pub enum Fact {
    /// A task's inputs are there and its `when` holds.
    TaskStarted { task: Arc<str> },
    /// A task has its value.
    TaskCompleted { task: Arc<str>, value: Value },
    /// A task failed; the code points lead from the innermost frame outwards.
    TaskFailed { task: Arc<str>, error: Error, trace: Vec<CodePoint> },
    /// Its `when` gave false.
    TaskSkipped { task: Arc<str> },
    /// A sibling failed, or the job was cancelled.
    TaskCancelled { task: Arc<str> },
    /// An item, arm or flow call began.
    FiberStarted { fiber: Arc<str> },
    /// It ended: completed, failed or cancelled.
    FiberEnded { fiber: Arc<str>, end: FiberEnd },
}

/// How a fiber ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum FiberEnd {
    /// With a value.
    Completed,
    /// With an error.
    Failed,
    /// From outside.
    Cancelled,
}

/// What is fed to the machine, one at a time; after each it runs to quiescence.
#[allow(missing_docs, reason = "the line above each variant says what its fields are")]
#[derive(Clone, Debug, PartialEq)]
pub enum Delivery {
    /// The outcome of a request.
    Outcome { id: EffectId, outcome: Outcome },
    /// The job is to be cancelled: every fiber ends with an uncatchable Cancelled error.
    Cancel,
}

/// What came of a request.
#[derive(Clone, Debug, PartialEq)]
pub enum Outcome {
    /// It has a value.
    Value(Value),
    /// It failed.
    Error(Error),
    /// The deadline of a wait passed first.
    Expired,
}
