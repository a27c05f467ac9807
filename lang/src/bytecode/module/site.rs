//! Places that ask for effects.

use serde::{Deserialize, Serialize};

use super::Module;
use crate::ids::{FunctionId, GraphId, MemoryId, PromptId, ShapeId, SignalId, ToolId};

/// A place that asks for an effect. Arguments stand in consecutive registers in the order given here.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Site {
    /// A tool call; one argument per parameter.
    Tool(ToolId),
    /// A flow call; one argument per parameter.
    Flow(GraphId),
    /// `run agent(…)`; one argument per parameter.
    RunAgent(GraphId),
    /// `start agent(…)`; one argument per parameter.
    StartAgent(GraphId),
    /// Arguments: question, shown value (as Json), addressee, deadline (Duration); null where not given.
    /// The result is a tuple `(true, value)`, or `(false, null)` when the deadline passed first: the code goes on
    /// with `else`. Without `within` it is always the former.
    Await {
        /// The signal.
        signal: SignalId,
        /// Whether `ask` was given: then only an answer to this question ends the wait.
        ask: bool,
        /// Whether `within` was given.
        within: bool,
    },
    /// Arguments: job, deadline or null. The result is a tuple as for `Await`.
    AwaitJob {
        /// Whether `within` was given.
        within: bool,
    },
    /// Arguments: job, value.
    Send(SignalId),
    /// Arguments: job.
    Cancel,
    /// Arguments: Duration.
    Sleep,
    /// Arguments: Timestamp.
    SleepUntil,
    /// No arguments.
    Now,
    /// No arguments.
    Random,
    /// Arguments: lowest, highest.
    RandomInt,
    /// No arguments.
    Uuid,
    /// Arguments: text, data (Json or null).
    Note,
    /// No arguments: an environment variable recorded at the job's start. Answered by the machine itself without a
    /// number of the fiber, so it and `JobId` may stand in `request` and `timeout` functions too.
    Env {
        /// Its name.
        name: String,
        /// Null when missing, rather than a start that is refused.
        optional: bool,
    },
    /// No arguments.
    JobId,
    /// Arguments: list, bound (Int or null), then the captures of `item`.
    Each {
        /// Runs per item; parameters: the item, or index and item.
        item: FunctionId,
        /// Whether it takes the index.
        indexed: bool,
    },
    /// Arguments: the captures of all arms, one arm after the other.
    Race(Vec<(String, FunctionId)>),
    /// Arguments: Duration, then the captures of `body`. The result is a tuple as for `Await`.
    Within(FunctionId),
    /// Arguments: count, shortest and longest pause (Duration or null), rate (Float or null), then the captures.
    Retry {
        /// The block.
        body: FunctionId,
        /// Kinds that are tried again; `None`: all.
        on: Option<Vec<u16>>,
        /// Whether pauses are drawn at random.
        jitter: bool,
    },
    /// No arguments. Begins a compensation scope of this fiber.
    SagaBegin,
    /// No arguments. Ends the innermost scope with success: what it did belongs to the outer one.
    SagaEnd,
    /// No arguments. Undoes what the innermost scope did and ends it; the code then faults with the error it caught.
    SagaUndo,
    /// A call of a prompt; one argument per parameter.
    Prompt(PromptId),
    /// Arguments: goal, the Model that plans (null for the host). Gives a plan.
    Plan {
        /// What the plan may use, sorted.
        using: Vec<Callable>,
        /// What running it gives.
        result: ShapeId,
        /// Whether the host plans.
        host: bool,
        /// Whether `once` tools in it need no approval.
        unattended: bool,
    },
    /// Arguments: plan.
    RunPlan,
    /// Arguments: those of the operation.
    Memory {
        /// Which.
        memory: MemoryId,
        /// What is done.
        op: MemoryOp,
    },
}

/// What a plan may use.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Callable {
    /// A tool.
    Tool(ToolId),
    /// A prompt.
    Prompt(PromptId),
}

/// What can be done with a memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum MemoryOp {
    /// `get(key)`: `V?`
    Get,
    /// `put(key, value)`
    Put,
    /// `delete(key)`: `V?`
    Delete,
    /// `keys()`: `List<K>`
    Keys,
    /// `update(key, change)`: the function takes `V?` and gives `V`
    Update,
    /// `add(id, value)`
    Add,
    /// `remove(id)`
    Remove,
    /// `search(words, limit)`: `List<T>`; the limit is an Int or null
    Search,
}

impl MemoryOp {
    /// How many arguments it takes.
    #[must_use]
    pub fn arguments(self) -> u16 {
        match self {
            Self::Keys => 0,
            Self::Get | Self::Delete | Self::Remove => 1,
            Self::Put | Self::Update | Self::Add | Self::Search => 2,
        }
    }

    /// Whether it belongs to an index rather than a map.
    #[must_use]
    pub fn of_index(self) -> bool {
        matches!(self, Self::Add | Self::Remove | Self::Search)
    }
}

impl Site {
    /// How many registers from `first` it reads: its arguments, then the captures of the functions it starts.
    /// `None` if it names something the module does not have.
    #[must_use]
    pub fn arguments(&self, module: &Module) -> Option<u16> {
        let captures = |id: &FunctionId| Some(module.functions.get(id.index())?.captures);
        let params = |count: usize| u16::try_from(count).ok();
        match self {
            Self::Tool(id) => params(module.tools.get(id.index())?.params.len()),
            Self::Flow(id) | Self::RunAgent(id) | Self::StartAgent(id) => {
                params(module.graphs.get(id.index())?.params.len())
            }
            Self::Await { .. } => Some(4),
            Self::AwaitJob { .. } | Self::Send(_) | Self::RandomInt | Self::Note => Some(2),
            Self::Prompt(id) => params(module.prompts.get(id.index())?.params.len()),
            Self::Plan { .. } => Some(2),
            Self::Memory { op, .. } => Some(op.arguments()),
            Self::Cancel | Self::Sleep | Self::SleepUntil | Self::RunPlan => Some(1),
            Self::Now | Self::Random | Self::Uuid | Self::Env { .. } | Self::JobId => Some(0),
            Self::SagaBegin | Self::SagaEnd | Self::SagaUndo => Some(0),
            Self::Each { item, .. } => captures(item)?.checked_add(2),
            Self::Race(arms) => arms.iter().try_fold(0u16, |sum, (_, arm)| sum.checked_add(captures(arm)?)),
            Self::Within(body) => captures(body)?.checked_add(1),
            Self::Retry { body, .. } => captures(body)?.checked_add(4),
        }
    }
}
