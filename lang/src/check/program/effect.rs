//! Effects: what a fiber asks for.

use super::MemoryOp;
use super::data::Closure;
use super::expr::Expr;
use crate::check::types::Type;
use crate::ids::{GraphId, MemoryId, PromptId, SignalId, ToolId};
use crate::span::Span;

/// An effect: the next number of the fiber that asks.
#[derive(Clone, Debug)]
pub struct Effect {
    /// What is asked for.
    pub kind: EffectKind,
    /// The call, for the identity thread.
    pub span: Span,
}

/// What can be asked for.
#[allow(missing_docs, reason = "the line above each variant says what its fields are")]
#[derive(Clone, Debug)]
pub enum EffectKind {
    /// A tool call: one value per parameter, in order of parameters (defaults filled in).
    Tool { tool: ToolId, args: Vec<Expr> },
    /// A flow call.
    Flow { graph: GraphId, args: Vec<Expr> },
    /// `run agent(…)`.
    RunAgent { graph: GraphId, args: Vec<Expr> },
    /// `start agent(…)`.
    StartAgent { graph: GraphId, args: Vec<Expr> },
    /// Wait for a signal.
    Await {
        signal: SignalId,
        ask: Option<Expr>,
        show: Option<Expr>,
        to: Option<Expr>,
        within: Option<Expr>,
        otherwise: Option<Expr>,
    },
    /// A call of a prompt.
    Prompt { prompt: PromptId, args: Vec<Expr> },
    /// `plan for goal using […] by m -> T`: `by` is a Model, `None` for the host.
    Plan { goal: Expr, using: Vec<Callable>, by: Option<Expr>, result: Type, unattended: bool },
    /// `run p`
    RunPlan(Expr),
    /// `mem.get(k)` and the like; arguments in order, defaults filled in.
    Memory { memory: MemoryId, op: MemoryOp, args: Vec<Expr> },
    /// Wait for a started job.
    AwaitJob { job: Expr, within: Option<Expr>, otherwise: Option<Expr> },
    /// `send(job, sig, value)`.
    Send { job: Expr, signal: SignalId, value: Expr },
    /// `cancel(job)`.
    Cancel { job: Expr },
    /// `sleep(d)`.
    Sleep(Expr),
    /// `sleep_until(t)`.
    SleepUntil(Expr),
    /// `now()`.
    Now,
    /// `random()`.
    Random,
    /// `random_int(a, b)`.
    RandomInt(Expr, Expr),
    /// `uuid()`.
    Uuid,
    /// `note("text", data?)`: both evaluated; data is Json.
    Note { text: Expr, data: Option<Expr> },
    /// `env.NAME`: a String read when the job starts; `optional` when `?? d` makes it so (type String?).
    Env { name: String, optional: bool },
    /// `job.id`.
    JobId,
    /// Bounded parallel fan-out. The closure's own parameters: `[item]`, or `[index, item]`.
    Each { list: Expr, at_most: Option<Expr>, indexed: bool, item: Closure },
    /// First success wins.
    Race { arms: Vec<(String, Closure)> },
    /// A deadline around a body.
    Within { limit: Expr, body: Closure, otherwise: Option<Expr> },
    /// Attempts of a block.
    Retry { policy: Retry, body: Closure },
    /// A compensation scope.
    Saga(Box<Expr>),
    /// `given t(p, …) returns e`, in a test. The closure's own parameters are those of what is mocked; it gives the
    /// reply where the patterns fit (an Error if it `fails`), else null.
    Given { callable: Callable, fails: bool, reply: Closure, times: Option<Expr> },
    /// `signal name e after d` and `answer name e after d`, in a test.
    Deliver { signal: SignalId, answer: bool, value: Expr, after: Option<Expr> },
    /// `expect e`, in a test. `text` is the condition as written.
    Expect { condition: Expr, text: String },
    /// `expect fails { … }`, in a test; with the kind of error, if one is named.
    ExpectFails { kind: Option<u16>, body: Expr },
    /// `calls(t)`, in a test: how often it was called.
    Calls(Callable),
}

/// What a model may be given to use, and a test may mock.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Callable {
    /// A tool.
    Tool(ToolId),
    /// A prompt.
    Prompt(PromptId),
}

/// A retry policy with its values.
#[derive(Clone, Debug)]
pub struct Retry {
    /// Further attempts.
    pub count: Expr,
    /// Variants of ErrorKind, by index; `None`: those the class allows.
    pub on: Option<Vec<u16>>,
    /// First and longest pause; default 500ms to 30s.
    pub backoff: Option<(Expr, Expr)>,
    /// Growth factor, default 2.
    pub rate: Option<Expr>,
    /// Whether the pause is drawn at random below its bound; default yes.
    pub jitter: bool,
}
