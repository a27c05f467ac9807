//! The module: everything a job needs of its program, as plain ordered data.
//!
//! [`Module`] is the canonical part, which the program's hash covers: no spans, comments, file names, names of
//! functions or locals. [`Debug`](struct@Debug) is beside it: it leads from a place in the code back to the source.
//! Functions are numbered in the order in which they are reached from agents, flows, tools and signals sorted by
//! name, so that moving declarations about changes nothing.

use serde::{Deserialize, Serialize};

use super::instr::Instr;
use crate::ids::{
    FunctionId, GlobalId, GraphId, MemoryId, ModelId, PromptId, ShapeId, SignalId, SiteId, TaskId, ToolId,
};
use crate::span::Span;

/// The version of this format. A module of another version is refused clearly.
pub const FORMAT_VERSION: u16 = 1;
/// The version of what programs mean: results of builtins, error texts, step costs, Unicode, regex, time zones.
pub const SEMANTICS_VERSION: u16 = 1;

/// A compiled program.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Module {
    /// [`FORMAT_VERSION`] of the compiler that wrote it.
    pub format: u16,
    /// [`SEMANTICS_VERSION`] it was compiled for.
    pub semantics: u16,
    /// Literal values.
    pub constants: Vec<Constant>,
    /// Record types, prelude first.
    pub records: Vec<RecordType>,
    /// Enum types, prelude first.
    pub enums: Vec<EnumType>,
    /// Variants that the code makes: enum and variant index.
    pub variants: Vec<(u16, u16)>,
    /// Types written out, for decoding and schemas.
    pub shapes: Vec<Shape>,
    /// Values computed once at load, in order: functions without parameters.
    pub globals: Vec<FunctionId>,
    /// Paths of [`Instr::Change`].
    pub paths: Vec<Path>,
    /// Code.
    pub functions: Vec<Function>,
    /// Places that ask for effects.
    pub sites: Vec<Site>,
    /// Tools, sorted by name.
    pub tools: Vec<Tool>,
    /// Signals, sorted by name.
    pub signals: Vec<Signal>,
    /// Agents and flows, sorted by name.
    pub graphs: Vec<Graph>,
    /// Models, sorted by name.
    pub models: Vec<Model>,
    /// Prompts, sorted by name.
    pub prompts: Vec<Prompt>,
    /// Memories, sorted by name.
    pub memories: Vec<Memory>,
    /// Schedules, sorted by name.
    pub schedules: Vec<Schedule>,
}

/// A literal value.
#[derive(Clone, Debug, PartialEq, PartialOrd, Serialize, Deserialize)]
pub enum Constant {
    /// Int beyond 32 bits.
    Int(i64),
    /// Float; never NaN or infinite.
    Float(f64),
    /// Decimal in canonical text.
    Decimal(String),
    /// String.
    Text(String),
    /// Duration in milliseconds.
    Duration(i64),
    /// JSON number as written.
    JsonNumber(String),
    /// A payload-free enum value: index into `variants`.
    Variant(u16),
    /// A model.
    Model(ModelId),
}

/// A record type.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RecordType {
    /// Its name.
    pub name: String,
    /// Its fields in order. Shapes may be `Param(n)` for generic records.
    pub fields: Vec<FieldType>,
    /// Its doc comment where it reaches a schema.
    pub docs: Option<String>,
}

/// A field of a record or payload, or a parameter of a tool or graph.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FieldType {
    /// Its name in programs.
    pub name: String,
    /// Its name in JSON.
    pub json: String,
    /// Its type.
    pub shape: ShapeId,
    /// What it is when missing.
    pub default: Option<GlobalId>,
    /// Its doc comment where it reaches a schema.
    pub docs: Option<String>,
}

/// An enum type.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct EnumType {
    /// Its name.
    pub name: String,
    /// Its variants in order.
    pub variants: Vec<VariantType>,
    /// Its doc comment where it reaches a schema.
    pub docs: Option<String>,
}

/// A variant of an enum.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct VariantType {
    /// Its name.
    pub name: String,
    /// Its payload.
    pub fields: Vec<FieldType>,
    /// Its doc comment where it reaches a schema.
    pub docs: Option<String>,
}

/// A type, written out.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Shape {
    /// `Null`
    Null,
    /// `Bool`
    Bool,
    /// `Int`
    Int,
    /// `Float`
    Float,
    /// `Decimal`
    Decimal,
    /// `String`
    String,
    /// `Bytes`
    Bytes,
    /// `Duration`
    Duration,
    /// `Timestamp`
    Timestamp,
    /// `Json`
    Json,
    /// `(A, B)`
    Tuple(Vec<ShapeId>),
    /// `List<T>`
    List(ShapeId),
    /// `Map<K, V>`
    Map(ShapeId, ShapeId),
    /// `T?`
    Optional(ShapeId),
    /// A record with type arguments.
    Record(u16, Vec<ShapeId>),
    /// An enum with type arguments.
    Enum(u16, Vec<ShapeId>),
    /// A type parameter of the record or enum that this shape stands in.
    Param(u16),
    /// Something without JSON form (function, job, plan, model): cannot be decoded.
    Opaque,
}

/// Where a change happens inside a `var`, and what it is.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Path {
    /// From the outside inwards.
    pub steps: Vec<PathStep>,
    /// What is done there. Its result is null for `Set`, `push`, `insert`, `clear`.
    pub action: Action,
}

/// A step of a path; all but `Field` take the next register as their key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum PathStep {
    /// A record field.
    Field(u16),
    /// A list index: must exist, else NotFound.
    Index,
    /// A map key: must exist, except as the last step of `Set`, else NotFound.
    Key,
    /// A member of a JSON object (String) or array (Int, must exist); objects are made on the way.
    Json,
}

/// What [`Instr::Change`] does at the end of its path.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Action {
    /// Sets it to the argument.
    Set,
    /// A library method that changes its receiver.
    Mutate(Mutation),
}

impl Path {
    /// How many registers a change reads or writes from `first`: its keys and arguments, at least its result.
    #[must_use]
    pub fn registers(&self) -> usize {
        let keys = self.steps.iter().filter(|step| !matches!(step, PathStep::Field(_))).count();
        (keys + self.action.arguments()).max(1)
    }
}

impl Action {
    /// How many arguments it takes.
    #[must_use]
    pub fn arguments(self) -> usize {
        match self {
            Self::Set => 1,
            Self::Mutate(Mutation::ListInsert) => 2,
            Self::Mutate(Mutation::ListPush | Mutation::ListRemoveAt | Mutation::MapDelete) => 1,
            Self::Mutate(Mutation::ListPop | Mutation::ListClear | Mutation::MapClear) => 0,
        }
    }
}

impl FileOp {
    /// How many parameters its tool has.
    #[must_use]
    pub fn arity(self) -> usize {
        match self {
            Self::Read | Self::List | Self::Exists | Self::Delete => 1,
            Self::Write | Self::Append => 2,
        }
    }
}

/// Code of one function.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Function {
    /// Own parameters, in the first registers.
    pub params: u16,
    /// Captured values, in the registers after them.
    pub captures: u16,
    /// Size of its window.
    pub registers: u16,
    /// Its instructions; the last one is Return, Fail or Jump.
    pub code: Vec<Instr>,
    /// Ranges in which a fault is caught, innermost first.
    pub handlers: Vec<Handler>,
}

/// A `try`: faults of instructions in `start..end` go on at `target` with the Error in `register`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Handler {
    /// First instruction covered.
    pub start: u32,
    /// One past the last.
    pub end: u32,
    /// Where to go on.
    pub target: u32,
    /// Where the Error is put.
    pub register: u16,
}

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

/// A tool as the runtime sees it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Tool {
    /// Its name.
    pub name: String,
    /// Its doc comment, which reaches models.
    pub docs: Option<String>,
    /// Its parameters.
    pub params: Vec<FieldType>,
    /// What its answer is decoded into.
    pub result: ShapeId,
    /// Who carries it out.
    pub via: Via,
    /// What recovery may do.
    pub class: Class,
    /// Computes its time limit from the parameters; default 60 s.
    pub timeout: Option<FunctionId>,
    /// When a failed attempt is tried again.
    pub retry: Option<Retry>,
    /// Statuses or exit codes that prove that nothing happened.
    pub not_done: Vec<i64>,
    /// Calls per milliseconds, across all workers.
    pub limit: Option<(i64, i64)>,
    /// Whether doubt is an error rather than a question.
    pub doubt_fails: bool,
    /// Parameters: the tool's, `call.key`. Gives `T?` (Bool for Null). May ask for readonly effects.
    pub lookup: Option<FunctionId>,
    /// How long to wait before `lookup`, in milliseconds.
    pub settle: Option<i64>,
    /// Parameters: the tool's, `call.key`, the result. Gives Bool. May ask for readonly effects.
    pub confirm: Option<FunctionId>,
    /// Parameters: the tool's, `call.key`, the result. Effectful.
    pub undo: Option<FunctionId>,
}

/// A model.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Model {
    /// Its name.
    pub name: String,
    /// Who answers.
    pub provider: Provider,
    /// A function without parameters that gives the tuple `(name, base_url, key, temperature, max_tokens)`: text or
    /// null (it may be sealed), Float or null, Int or null.
    pub request: FunctionId,
    /// Which model is asked when this one cannot be.
    pub fallback: Option<ModelId>,
}

/// Who answers for a model.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Provider {
    /// Anything that speaks this protocol.
    OpenAi,
    /// Anything that speaks this protocol.
    Anthropic,
    /// Replies read from a file.
    Script,
    /// The embedding program.
    Host,
}

/// A prompt.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Prompt {
    /// Its name.
    pub name: String,
    /// Its doc comment.
    pub docs: Option<String>,
    /// Its parameters.
    pub params: Vec<FieldType>,
    /// What a reply is decoded into.
    pub result: ShapeId,
    /// A pure function over the parameters that gives the tuple `(model, history, turns, system, user)`: Model; list
    /// of Message or null; Int or null; text or null; text or null.
    pub request: FunctionId,
    /// Tools the model may call, sorted.
    pub tools: Vec<ToolId>,
    /// How often a reply that does not decode is sent back.
    pub retries: u32,
}

/// A memory.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Memory {
    /// Its name.
    pub name: String,
    /// What it holds.
    pub kind: MemoryKind,
}

/// What a memory holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum MemoryKind {
    /// Values by key.
    Map(ShapeId, ShapeId),
    /// Values that can be searched for by words.
    Index(ShapeId),
}

/// A schedule.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Schedule {
    /// Its name.
    pub name: String,
    /// When it fires.
    pub every: Every,
    /// The time zone of a cron text; UTC if not said.
    pub zone: Option<String>,
    /// The agent it starts.
    pub agent: GraphId,
    /// A pure function without parameters that gives the tuple of the arguments.
    pub args: FunctionId,
}

/// When a schedule fires.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Every {
    /// A cron text of five fields.
    Cron(String),
    /// Milliseconds.
    Interval(i64),
}

/// What a job may spend; `None`: no bound.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Budget {
    /// Tokens of models.
    pub tokens: Option<i64>,
    /// What models cost, as a Decimal in canonical text.
    pub cost: Option<String>,
    /// Calls of tools and models.
    pub calls: Option<i64>,
    /// Milliseconds.
    pub time_ms: Option<i64>,
}

/// When a failed attempt of a tool is tried again.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Retry {
    /// Further attempts.
    pub count: u32,
    /// Variants of ErrorKind, by index.
    pub on: Vec<u16>,
    /// First pause.
    pub backoff_ms: i64,
    /// Longest pause.
    pub backoff_max_ms: i64,
    /// Growth factor.
    pub rate: f64,
    /// Whether the pause is drawn at random below its bound.
    pub jitter: bool,
}

/// Who carries a call out. `request` functions are pure; parameters: the tool's, then `call.key`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Via {
    /// A child process. `request` gives the tuple `(command, stdin, env, cwd)`: a list of text; text, Json or null;
    /// a map of text; text or null. Text may be sealed except in `command`.
    Exec {
        /// Computes the request.
        request: FunctionId,
        /// What is known of the command's elements.
        command: Vec<CommandPart>,
    },
    /// An HTTP request. `request` gives the tuple `(method, url, query, headers, body)`: text; text; map or null;
    /// map or null; any value or null. Text may be sealed except in `method`.
    Http {
        /// Computes the request.
        request: FunctionId,
        /// Literal text the URL begins with, as far as it is known: tells scheme and host before anything runs.
        url_prefix: String,
    },
    /// A file operation: arguments are the tool's parameters.
    File(FileOp),
    /// `http.get`, `http.post`, `exec.run` are ordinary `Http` and `Exec` tools. This is an MCP server's tool.
    Mcp {
        /// Name of the server in `aeth.toml`.
        server: String,
        /// Name of the tool there.
        tool: String,
    },
    /// The embedding program.
    Host,
}

/// Library methods that change their receiver in place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Mutation {
    /// `xs.push(x)`
    ListPush,
    /// `xs.pop()`: `T?`
    ListPop,
    /// `xs.insert(i, x)`
    ListInsert,
    /// `xs.remove_at(i)`: `T`
    ListRemoveAt,
    /// `xs.clear()`
    ListClear,
    /// `m.delete(k)`: `V?`
    MapDelete,
    /// `m.clear()`
    MapClear,
}

/// What recovery may do with an attempt that has no outcome.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Class {
    /// Changes nothing: asked again.
    Readonly,
    /// The receiver knows the key: called again with the same key, within the horizon in milliseconds
    /// (`None`: always).
    Idempotent(Option<i64>),
    /// Never called again without proof.
    Once,
}

/// What is known of one element of a command before it runs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum CommandPart {
    /// All literal: `"git"`.
    Literal(String),
    /// Begins with literal text: `"--since={x}"`.
    Prefixed(String),
    /// Begins with a value: a leading `-` is refused unless `--` stands before it.
    Value,
    /// `..list`: each element as `Value`.
    Spread,
}

/// File operations of the standard tools.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum FileOp {
    /// `file.read(path)`
    Read,
    /// `file.write(path, text)`
    Write,
    /// `file.append(path, text)`
    Append,
    /// `file.list(path)`
    List,
    /// `file.exists(path)`
    Exists,
    /// `file.delete(path)`
    Delete,
}

/// The kinds of a JSON value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum JsonKind {
    /// `.Null`
    Null,
    /// `.Bool(b)`
    Bool,
    /// `.Number(n)`
    Number,
    /// `.String(s)`
    String,
    /// `.List(xs)`
    List,
    /// `.Object(m)`
    Object,
}

/// A signal.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Signal {
    /// Its name.
    pub name: String,
    /// What it carries.
    pub shape: ShapeId,
}

/// An agent or flow.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Graph {
    /// Its name.
    pub name: String,
    /// Whether it is an entry point.
    pub agent: bool,
    /// Its doc comment.
    pub docs: Option<String>,
    /// Its parameters.
    pub params: Vec<FieldType>,
    /// Its result type.
    pub result: ShapeId,
    /// Its nodes; the last is `return`. Each depends only on earlier ones: topological order, ties by name.
    pub tasks: Vec<Task>,
    /// Environment variables and secrets it may read, sorted; whether each must be there.
    pub env: Vec<(String, bool)>,
    /// Secrets it may use, sorted.
    pub secrets: Vec<String>,
    /// Tools it may call, directly or through flows and prompts, sorted.
    pub tools: Vec<ToolId>,
    /// Models it may ask, sorted.
    pub models: Vec<ModelId>,
    /// What a job of it may spend.
    pub budget: Option<Budget>,
    /// Pure, parameters as its inputs, which are parameters of the graph. Of the jobs with one key, one runs at a time.
    pub key: Option<(FunctionId, Vec<Input>)>,
}

/// A node of a graph.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Task {
    /// Its name, which is its fiber's path.
    pub name: String,
    /// Tasks that must have ended (done or skipped): data and order together, sorted.
    pub after: Vec<TaskId>,
    /// Pure, parameters as `when_inputs`: runs only if true.
    pub when: Option<(FunctionId, Vec<Input>)>,
    /// Its code; parameters as `inputs`. The function has no captures.
    pub body: FunctionId,
    /// What it reads.
    pub inputs: Vec<Input>,
}

/// What a task reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Input {
    /// A parameter of the graph.
    Param(u16),
    /// A task's value; null if it was skipped.
    Task(TaskId),
}

/// The way back from code to source. Not part of the program's hash.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Debug {
    /// Names of the source files, by `FileId`.
    pub files: Vec<String>,
    /// The sources themselves, so that a failing job can underline them years later.
    pub sources: Vec<String>,
    /// Per function: its name and, sorted by instruction, where each run of instructions comes from.
    pub functions: Vec<FunctionDebug>,
    /// Per site: the call's place.
    pub sites: Vec<Span>,
    /// Per graph: its name's place and, per task, the task's.
    pub graphs: Vec<(Span, Vec<Span>)>,
    /// Per tool: its name's place.
    pub tools: Vec<Span>,
}

/// Debug table of one function.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct FunctionDebug {
    /// Its name; empty for a lambda.
    pub name: String,
    /// `(first instruction, span)`, ascending.
    pub spans: Vec<(u32, Span)>,
    /// Names of locals and the registers they live in: `(register, from, to, name)`.
    pub locals: Vec<(u16, u32, u32, String)>,
}

impl Module {
    /// The graph of this name, if it is an agent.
    #[must_use]
    pub fn agent(&self, name: &str) -> Option<(GraphId, &Graph)> {
        let at = self.graphs.iter().position(|graph| graph.agent && graph.name == name)?;
        Some((GraphId::of(at), &self.graphs[at]))
    }

    /// A shape by its id.
    #[must_use]
    pub fn shape(&self, id: ShapeId) -> &Shape {
        &self.shapes[id.index()]
    }
}

impl Debug {
    /// Where the instruction `pc` of a function comes from.
    #[must_use]
    pub fn span(&self, function: FunctionId, pc: u32) -> Option<Span> {
        let spans = &self.functions.get(function.index())?.spans;
        let after = spans.partition_point(|&(first, _)| first <= pc);
        after.checked_sub(1).map(|at| spans[at].1)
    }

    /// Where a site's call stands.
    #[must_use]
    pub fn site(&self, site: SiteId) -> Option<Span> {
        self.sites.get(site.index()).copied()
    }
}
