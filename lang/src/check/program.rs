//! The checked program: every name resolved, every type known, every sugar gone. What `codegen` reads.
//!
//! Bodies are trees over numbered locals. A body that becomes a function or fiber of its own (lambda, task, item,
//! arm, clause) is a [`Closure`]: it names the outer locals it captures, so nothing reaches across by accident.

use std::sync::Arc;

pub use crate::bytecode::module::{
    Budget, Class, CommandPart, Every, FileOp, JsonKind, MemoryOp, Mutation, Provider,
};
use crate::check::types::Type;
use crate::ids::{
    EnumId, FunctionId, GlobalId, GraphId, LetId, LocalId, MemoryId, ModelId, PromptId, RecordId, SignalId,
    TaskId, ToolId,
};
use crate::library::Builtin;
use crate::span::Span;
pub use crate::syntax::ast::GraphKind;

/// A program without errors.
#[derive(Clone, Debug, Default)]
pub struct Program {
    /// Records, prelude first (see `library::prelude` for the fixed ids).
    pub records: Vec<Record>,
    /// Enums, prelude first.
    pub enums: Vec<Enum>,
    /// Constants and defaults: values computed once at load, each may use those before it.
    pub globals: Vec<Global>,
    /// Declared functions and the library functions that are written in the language itself, as far as used.
    pub functions: Vec<Function>,
    /// Tools, the standard ones as far as used.
    pub tools: Vec<Tool>,
    /// How many of the last tools are used by tests alone: they are no part of the module.
    pub test_tools: usize,
    /// Signals.
    pub signals: Vec<Signal>,
    /// Models.
    pub models: Vec<Model>,
    /// Prompts.
    pub prompts: Vec<Prompt>,
    /// Memories.
    pub memories: Vec<Memory>,
    /// Agents and flows.
    pub graphs: Vec<Graph>,
    /// Schedules.
    pub schedules: Vec<Schedule>,
    /// Tests: no part of the module, so that a test more or less changes no program's hash.
    pub tests: Vec<Test>,
}

/// A record type.
#[derive(Clone, Debug)]
pub struct Record {
    /// Its name as JSON Schema and messages show it.
    pub name: String,
    /// How many type parameters it has; fields speak of them as `Type::Param(n)`.
    pub generics: usize,
    /// Its fields in order.
    pub fields: Vec<Field>,
    /// Its declaration; default for prelude types.
    pub span: Span,
    /// Its doc comment.
    pub docs: Option<String>,
}

/// A field of a record or of a variant's payload, or a parameter of a tool or graph.
#[derive(Clone, Debug)]
pub struct Field {
    /// Its name in programs.
    pub name: String,
    /// Its name in JSON, where it differs.
    pub foreign: Option<String>,
    /// Its type.
    pub ty: Type,
    /// Its default: a global. (`T?` without one defaults to null.)
    pub default: Option<GlobalId>,
    /// Its name's place.
    pub span: Span,
    /// Its doc comment.
    pub docs: Option<String>,
}

/// An enum type.
#[derive(Clone, Debug)]
pub struct Enum {
    /// Its name.
    pub name: String,
    /// How many type parameters it has.
    pub generics: usize,
    /// Its variants in order.
    pub variants: Vec<Variant>,
    /// Its declaration.
    pub span: Span,
    /// Its doc comment.
    pub docs: Option<String>,
}

/// A variant of an enum.
#[derive(Clone, Debug)]
pub struct Variant {
    /// Its name.
    pub name: String,
    /// Its payload; empty if it has none.
    pub fields: Vec<Field>,
    /// Its doc comment.
    pub docs: Option<String>,
}

/// A constant, or the default of a field or parameter.
#[derive(Clone, Debug)]
pub struct Global {
    /// `NAME`, or `Record.field` for a default: for messages.
    pub name: String,
    /// Its type.
    pub ty: Type,
    /// Its value.
    pub body: Body,
    /// Its declaration.
    pub span: Span,
}

/// A declared function.
#[derive(Clone, Debug)]
pub struct Function {
    /// Its name.
    pub name: String,
    /// Its result type.
    pub result: Type,
    /// Its code.
    pub body: Body,
    /// Its name's place.
    pub span: Span,
}

/// Code with locals of its own.
#[derive(Clone, Debug)]
pub struct Body {
    /// The locals that hold the parameters, in order; then those that hold captures.
    pub params: Vec<LocalId>,
    /// All locals, by [`LocalId`].
    pub locals: Vec<Local>,
    /// What it computes.
    pub value: Expr,
}

/// A local variable.
#[derive(Clone, Debug)]
pub struct Local {
    /// Its name; empty for one the checker made.
    pub name: String,
    /// Its type as declared (before narrowing).
    pub ty: Type,
    /// Whether it is a `var`.
    pub mutable: bool,
    /// Where it is bound.
    pub span: Span,
}

/// A body that reads outer locals by value, as they are when it is made.
#[derive(Clone, Debug)]
pub struct Closure {
    /// Outer locals, in the order of the body's capture parameters, which follow its own parameters.
    pub captures: Vec<LocalId>,
    /// Its code. `body.params` = own parameters, then captures.
    pub body: Body,
}

/// An expression with its type.
#[derive(Clone, Debug)]
pub struct Expr {
    /// What it computes.
    pub kind: ExprKind,
    /// Its type.
    pub ty: Type,
    /// Where it stands.
    pub span: Span,
}

/// The forms of an expression. Operands are evaluated left to right, in order.
#[allow(missing_docs, reason = "the line above each variant says what its fields are")]
#[derive(Clone, Debug)]
pub enum ExprKind {
    /// A literal.
    Literal(Literal),
    /// A local.
    Local(LocalId),
    /// A constant.
    Global(GlobalId),
    /// String interpolation: each part a String literal or any value that has a text form.
    Template(Vec<Expr>),
    /// Interpolation or text that holds secrets (type Secret).
    Sealed(Vec<SealedPart>),
    /// A list.
    List(Vec<Element>),
    /// A map; later keys win.
    Map(Vec<(Expr, Expr)>),
    /// A tuple.
    Tuple(Vec<Expr>),
    /// A JSON object; values are of type Json (or Secret inside `via`).
    JsonObject(Vec<JsonMember>),
    /// A JSON array.
    JsonArray(Vec<Element>),
    /// A record: one expression per field, in evaluation order, with the field's index. All fields are given;
    /// with `base`, the others are taken from it.
    Record { id: RecordId, base: Option<Box<Expr>>, fields: Vec<(u16, Expr)> },
    /// A variant: one expression per payload field, in evaluation order, with the field's index.
    Variant { id: EnumId, variant: u16, fields: Vec<(u16, Expr)> },
    /// A field of a record.
    Field { base: Box<Expr>, index: u16 },
    /// An element of a tuple.
    TupleField { base: Box<Expr>, index: u16 },
    /// `xs[i]`, `m[k]`, `j["a"]`, `j[0]`: fails with NotFound. The base's type tells which.
    Index { base: Box<Expr>, index: Box<Expr> },
    /// `j.name`: null when missing.
    JsonField { base: Box<Expr>, name: String },
    /// Null if `base` is null, else `then` with `bind` holding the value: `a?.b`.
    Safe { base: Box<Expr>, bind: LocalId, then: Box<Expr> },
    /// `a ?? b`.
    Coalesce { value: Box<Expr>, otherwise: Box<Expr> },
    /// `!e`.
    Not(Box<Expr>),
    /// `-e`: Int, Float, Decimal, Duration.
    Negate(Box<Expr>),
    /// `&&`.
    And(Box<Expr>, Box<Expr>),
    /// `||`.
    Or(Box<Expr>, Box<Expr>),
    /// Arithmetic; the types of both operands tell the instruction.
    Arith { op: ArithOp, left: Box<Expr>, right: Box<Expr> },
    /// Comparison of two values of one type (`T` and `T?` for Eq and Ne).
    Compare { op: CompareOp, left: Box<Expr>, right: Box<Expr> },
    /// `a..b` as a `List<Int>`.
    Range { start: Box<Expr>, end: Box<Expr>, inclusive: bool },
    /// `e as Json`, explicit or by fitting a Json place.
    ToJson(Box<Expr>),
    /// `e as T`: encodes and decodes; fails with Decode.
    Cast { value: Box<Expr>, to: Type },
    /// A call of a declared function.
    Call { function: FunctionId, args: Vec<Expr> },
    /// A call of a function value.
    CallValue { callee: Box<Expr>, args: Vec<Expr> },
    /// A call of the library.
    Builtin { builtin: Builtin, args: Vec<Expr> },
    /// A declared function as a value.
    FunctionValue(FunctionId),
    /// A model as a value.
    Model(ModelId),
    /// A lambda.
    Lambda(Box<Closure>),
    /// `if`; without `else` it has type Null.
    If { condition: Box<Expr>, then: Box<Expr>, otherwise: Option<Box<Expr>> },
    /// `match`, `if let`, `while let`, destructuring. Arms in order; the checker has proven that one fits,
    /// unless `otherwise` is given.
    Match { value: Box<Expr>, arms: Vec<Arm>, otherwise: Option<Box<Expr>> },
    /// Statements, then a value (Null if none).
    Block { stmts: Vec<Stmt>, value: Option<Box<Expr>> },
    /// `for x in xs`, `for i, x in xs`.
    ForList { list: Box<Expr>, index: Option<LocalId>, item: LocalId, body: Box<Expr> },
    /// `for i in a..b` without the list being made.
    ForRange { start: Box<Expr>, end: Box<Expr>, inclusive: bool, item: LocalId, body: Box<Expr> },
    /// `for k, v in map`.
    ForMap { map: Box<Expr>, key: LocalId, value: LocalId, body: Box<Expr> },
    /// `while`.
    While { condition: Box<Expr>, body: Box<Expr> },
    /// `break`.
    Break,
    /// `continue`.
    Continue,
    /// `return e` of the innermost body.
    Return(Box<Expr>),
    /// `fail e`: the operand is an Error.
    Fail(Box<Expr>),
    /// `assert`: the operand is a Bool; the message a String. `text` is the condition as written.
    Assert { condition: Box<Expr>, message: Option<Box<Expr>>, text: String },
    /// `try { … } catch e { … }`.
    TryCatch { body: Box<Expr>, binding: LocalId, handler: Box<Expr> },
    /// `try e` as a Result.
    Try(Box<Expr>),
    /// Asking for something outside this fiber.
    Effect(Box<Effect>),
    /// A value whose use changes in place: `xs.push(1)`, `m.delete(k)`: see [`Mutation`].
    Mutate { place: Place, mutation: Mutation, args: Vec<Expr> },
}

/// A literal.
#[derive(Clone, Debug, PartialEq)]
pub enum Literal {
    /// `null`
    Null,
    /// Bool
    Bool(bool),
    /// Int
    Int(i64),
    /// Float
    Float(f64),
    /// Decimal, as written.
    Decimal(String),
    /// String
    Text(Arc<str>),
    /// Duration in milliseconds.
    Duration(i64),
    /// A JSON number, as written.
    JsonNumber(String),
}

/// A piece of a text that holds secrets.
#[derive(Clone, Debug)]
pub enum SealedPart {
    /// A value with a text form, or a Secret.
    Value(Expr),
    /// `secret.NAME`
    Secret(String),
}

/// An element of a list or JSON array.
#[derive(Clone, Debug)]
pub enum Element {
    /// One value.
    One(Expr),
    /// All values of a list.
    Spread(Expr),
}

/// A member of a JSON object; later keys win.
#[derive(Clone, Debug)]
pub enum JsonMember {
    /// `key: e`
    Member(String, Expr),
    /// All members of an object.
    Spread(Expr),
}

/// `+ - * / %`. `+` also joins Strings and Lists.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ArithOp {
    /// `+`
    Add,
    /// `-`
    Sub,
    /// `*`
    Mul,
    /// `/`
    Div,
    /// `%`
    Rem,
}

/// Comparison operators. `in` is a builtin.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum CompareOp {
    /// `==`
    Eq,
    /// `!=`
    Ne,
    /// `<`
    Lt,
    /// `<=`
    Le,
    /// `>`
    Gt,
    /// `>=`
    Ge,
}

/// An arm of a match.
#[derive(Clone, Debug)]
pub struct Arm {
    /// What fits.
    pub pattern: Pattern,
    /// The guard, which sees the bindings.
    pub guard: Option<Expr>,
    /// The value.
    pub body: Expr,
}

/// A pattern over a value of known type.
#[derive(Clone, Debug)]
pub struct Pattern {
    /// What fits.
    pub kind: PatternKind,
    /// The type of the value it is matched against.
    pub ty: Type,
    /// Where it stands.
    pub span: Span,
}

/// The forms of a pattern.
#[allow(missing_docs, reason = "the line above each variant says what its fields are")]
#[derive(Clone, Debug)]
pub enum PatternKind {
    /// Anything.
    Wildcard,
    /// Anything, bound to a local, if the inner pattern fits.
    Bind(LocalId, Option<Box<Pattern>>),
    /// Null.
    Null,
    /// Not null, and the inner pattern (of the type without `?`) fits.
    Some(Box<Pattern>),
    /// Equal to a literal.
    Literal(Literal),
    /// Within a range (Int, Float, Decimal, String, Duration); the bounds are literals.
    Range { start: Literal, end: Literal, inclusive: bool },
    /// This variant, with payload patterns by index.
    Variant { id: EnumId, variant: u16, fields: Vec<(u16, Pattern)> },
    /// A record with field patterns by index.
    Record { id: RecordId, fields: Vec<(u16, Pattern)> },
    /// A tuple.
    Tuple(Vec<Pattern>),
    /// A list of exactly these, or of at least these with the rest bound.
    List { items: Vec<Pattern>, rest: Option<Option<LocalId>> },
    /// A JSON kind, with the payload (bool, number, text, list, object) bound by the inner pattern.
    Json(JsonKind, Option<Box<Pattern>>),
    /// The first that fits; all bind the same locals.
    Or(Vec<Pattern>),
}

/// A statement.
#[derive(Clone, Debug)]
pub struct Stmt {
    /// What it does.
    pub kind: StmtKind,
    /// Where it stands.
    pub span: Span,
}

/// The forms of a statement.
#[allow(missing_docs, reason = "the line above each variant says what its fields are")]
#[derive(Clone, Debug)]
pub enum StmtKind {
    /// Binds a local.
    Let(LocalId, Expr),
    /// Destructures with a pattern that always fits.
    LetPattern(Pattern, Expr),
    /// `place = e`; with an operator, the place is read first, then `e`.
    Assign { place: Place, op: Option<ArithOp>, value: Expr },
    /// Evaluates and drops.
    Expr(Expr),
}

/// Something that can be changed: a `var` and a path into it.
#[derive(Clone, Debug)]
pub struct Place {
    /// The `var`.
    pub local: LocalId,
    /// From the outside inwards; keys are evaluated in order.
    pub path: Vec<Step>,
    /// The type of what stands there.
    pub ty: Type,
}

/// A step of a [`Place`].
#[derive(Clone, Debug)]
pub enum Step {
    /// A record field.
    Field(u16),
    /// A list index: must exist.
    Index(Expr),
    /// A map key: the last step may add it, earlier ones must exist.
    Key(Expr),
    /// A member of a JSON object: made when missing.
    Json(Expr),
}

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

/// A signal.
#[derive(Clone, Debug)]
pub struct Signal {
    /// Its name.
    pub name: String,
    /// What it carries.
    pub ty: Type,
    /// Its declaration.
    pub span: Span,
}

/// A model.
#[derive(Clone, Debug)]
pub struct Model {
    /// Its name.
    pub name: String,
    /// Who answers.
    pub provider: Provider,
    /// Its settings as one body without parameters: see [`MODEL_PARTS`].
    pub parts: ViaParts,
    /// Which model is asked when this one cannot be.
    pub fallback: Option<ModelId>,
    /// Its name's place.
    pub span: Span,
}

/// What a model's settings are, in order: `name`, `base_url`, `key` (text, may hold secrets), `temperature` (Float),
/// `max_tokens` (Int). A missing one is a null literal.
pub const MODEL_PARTS: [&str; 5] = ["name", "base_url", "key", "temperature", "max_tokens"];

/// A prompt.
#[derive(Clone, Debug)]
pub struct Prompt {
    /// Its name.
    pub name: String,
    /// Its doc comment.
    pub docs: Option<String>,
    /// Its parameters.
    pub params: Vec<Field>,
    /// What a reply is decoded into.
    pub result: Type,
    /// Its clauses as one body over the parameters: see [`PROMPT_PARTS`].
    pub parts: ViaParts,
    /// Tools the model may call.
    pub tools: Vec<ToolId>,
    /// How often a reply that does not decode is sent back.
    pub retries: u32,
    /// Its name's place.
    pub span: Span,
}

/// What a prompt's clauses are, in order: `model` (Model), `history` (`List<Message>`), `turns` (Int), `system` and
/// `user` (String). A missing one is a null literal.
pub const PROMPT_PARTS: [&str; 5] = ["model", "history", "turns", "system", "user"];

/// A memory.
#[derive(Clone, Debug)]
pub struct Memory {
    /// Its name.
    pub name: String,
    /// What it holds.
    pub kind: MemoryKind,
    /// Its name's place.
    pub span: Span,
}

/// What a memory holds.
#[derive(Clone, Debug, PartialEq)]
pub enum MemoryKind {
    /// `Map<K, V>`
    Map(Type, Type),
    /// `Index<T>`
    Index(Type),
}

/// A schedule.
#[derive(Clone, Debug)]
pub struct Schedule {
    /// Its name.
    pub name: String,
    /// When it fires.
    pub every: Every,
    /// The time zone of a cron text; UTC if not said.
    pub zone: Option<String>,
    /// The agent it starts.
    pub agent: GraphId,
    /// Its arguments as a tuple: a pure body without parameters.
    pub args: Body,
    /// Its name's place.
    pub span: Span,
}

/// A test.
#[derive(Clone, Debug)]
pub struct Test {
    /// Its title.
    pub title: String,
    /// Its steps, in order.
    pub body: Body,
    /// Its title's place.
    pub span: Span,
}

/// A tool. Clause expressions see the parameters; those that may also see `call.key` or `result` say so.
#[derive(Clone, Debug)]
pub struct Tool {
    /// Its name; `file.read` and the like for the standard ones.
    pub name: String,
    /// Its doc comment.
    pub docs: Option<String>,
    /// Its parameters.
    pub params: Vec<Field>,
    /// Its result type.
    pub result: Type,
    /// Who carries it out.
    pub via: Via,
    /// What recovery may do.
    pub class: Class,
    /// A body over the parameters that gives a Duration; default 60 s.
    pub timeout: Option<Body>,
    /// When a failed attempt is tried again. Its expressions are literals of their types.
    pub retry: Option<ToolRetry>,
    /// Statuses or exit codes that prove that nothing happened.
    pub not_done: Vec<i64>,
    /// `limit n per d` in calls and milliseconds.
    pub limit: Option<(i64, i64)>,
    /// Whether doubt is an error (`in_doubt fail`) rather than a question.
    pub doubt_fails: bool,
    /// Did it happen? Effectful body; parameters: the tool's, then `call.key`. Gives `T?` (Bool for Null).
    pub lookup: Option<Body>,
    /// `settle d` in milliseconds.
    pub settle: Option<i64>,
    /// Is it still so? Effectful body; parameters: the tool's, then `call.key`, then `result`. Gives Bool.
    pub confirm: Option<Body>,
    /// Compensation. Effectful body; parameters as for `confirm`.
    pub undo: Option<Body>,
    /// Its name's place.
    pub span: Span,
}

/// The retry clause of a tool, in plain numbers.
#[derive(Clone, Debug, PartialEq)]
pub struct ToolRetry {
    /// Further attempts.
    pub count: u32,
    /// Variants of ErrorKind, by index, that are tried again.
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

/// Who carries a call out. Bodies' parameters: the tool's, then `call.key`.
#[allow(missing_docs, reason = "the line above each variant says what its fields are")]
#[derive(Clone, Debug)]
pub enum Via {
    /// A child process.
    Exec {
        /// The command: each element with whether it begins with literal text (then a leading `-` is the author's).
        command: Vec<CommandPart>,
        /// All parts as one body that gives a tuple `(command: List<…>, stdin, env, cwd)`: see codegen.
        parts: ViaParts,
    },
    /// An HTTP request.
    Http {
        /// Method, URL, query, headers, body: see [`ViaParts`].
        parts: ViaParts,
    },
    /// A file operation of the standard tools.
    File(FileOp),
    /// An MCP server.
    Mcp { server: String, tool: String },
    /// The embedding program.
    Host,
}

/// The named parts of a `via` clause. All are expressions of one body over the tool's parameters and `call.key`.
#[derive(Clone, Debug)]
pub struct ViaParts {
    /// Parameters and locals that the expressions below share.
    pub params: Vec<LocalId>,
    /// All locals.
    pub locals: Vec<Local>,
    /// Names and values in the fixed order of the carrier: http `method url query headers body`,
    /// exec `command stdin env cwd`. A missing one is a null literal. `query`, `headers`, `env` are maps to
    /// String or Secret; `url`, header values, `stdin` may be String or Secret; `body` is any value.
    pub values: Vec<(String, Expr)>,
}

/// An agent or flow.
#[derive(Clone, Debug)]
pub struct Graph {
    /// Which of the two.
    pub kind: GraphKind,
    /// Its name.
    pub name: String,
    /// Its doc comment.
    pub docs: Option<String>,
    /// Its parameters.
    pub params: Vec<Field>,
    /// Its result type.
    pub result: Type,
    /// What a job of it may spend.
    pub budget: Option<Budget>,
    /// Of the jobs with one key, one runs at a time.
    pub key: Option<(Vec<Input>, Body)>,
    /// Pure names.
    pub lets: Vec<Let>,
    /// Its nodes in the order written; the last is `return`. For a plain body it is the only one.
    pub tasks: Vec<Task>,
    /// Its name's place.
    pub span: Span,
}

/// What the body of a task or let reads from its graph; the order is that of the body's parameters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Input {
    /// A parameter of the graph, by index.
    Param(u16),
    /// The value of a task: null if it was skipped.
    Task(TaskId),
    /// A pure name.
    Let(LetId),
}

/// `let name = e` of a graph: computed wherever it is used.
#[derive(Clone, Debug)]
pub struct Let {
    /// Its name.
    pub name: String,
    /// What it reads.
    pub inputs: Vec<Input>,
    /// Its value; parameters are the inputs.
    pub body: Body,
    /// Its name's place.
    pub span: Span,
}

/// A node of a graph.
#[derive(Clone, Debug)]
pub struct Task {
    /// Its name; `return` for the last node.
    pub name: String,
    /// Its type for those who use it (`T?` with `when`).
    pub ty: Type,
    /// Tasks that must have ended, apart from those it reads.
    pub after: Vec<TaskId>,
    /// Runs only if this pure body gives true.
    pub when: Option<(Vec<Input>, Body)>,
    /// What it reads.
    pub inputs: Vec<Input>,
    /// Its code; parameters are the inputs.
    pub body: Body,
    /// Its name's place (of a plain body: its braces).
    pub span: Span,
    /// Its doc comment.
    pub docs: Option<String>,
}
