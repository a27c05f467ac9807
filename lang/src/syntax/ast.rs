//! The tree a source text parses to: the whole language, with a node for what is broken.
//!
//! The tree keeps what the author wrote (sugar included), so that the formatter can print it back; comments are
//! kept beside it in [`trivia`](super::trivia). Every node carries its span.

// The fields of a variant are told by the example in its comment.
#![allow(missing_docs)]

use crate::span::Span;

/// A name as written.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Ident {
    /// The letters.
    pub name: String,
    /// Where they stand.
    pub span: Span,
}

/// A `///` block, lines joined by `\n`, markers and one leading space removed.
pub type Docs = Option<String>;

/// One source text.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct File {
    /// The `//!` block.
    pub docs: Docs,
    /// Declarations in the order of the text.
    pub items: Vec<Item>,
}

/// A top-level declaration.
#[derive(Clone, Debug, PartialEq)]
pub struct Item {
    /// The `///` block before it.
    pub docs: Docs,
    /// From its first word to its last character, docs excluded.
    pub span: Span,
    /// What is declared.
    pub kind: ItemKind,
}

/// The kinds of declaration.
#[derive(Clone, Debug, PartialEq)]
pub enum ItemKind {
    /// `import …`
    Import(Import),
    /// `const NAME: T = e`
    Const(Const),
    /// `fn name(…) -> T { … }`
    Fn(Fn),
    /// `record Name { … }`
    Record(Record),
    /// `enum Name { … }`
    Enum(Enum),
    /// `type Name = T`
    Alias(Alias),
    /// `tool name(…) -> T { … }`
    Tool(Tool),
    /// `model name { … }`
    Model(Model),
    /// `prompt name(…) -> T { … }`
    Prompt(Prompt),
    /// `signal name: T`
    Signal(Signal),
    /// `memory name: T`
    Memory(Memory),
    /// `schedule name = … run agent(…)`
    Schedule(Schedule),
    /// `agent name(…) -> T { … }` and `flow name(…) -> T { … }`
    Graph(Graph),
    /// `test "…" { … }`
    Test(Test),
    /// A declaration that does not parse. Its name and kind are kept when they could be read, so that other
    /// declarations may still refer to it without a second error.
    Broken(Broken),
}

/// What could be read of a declaration that does not parse.
#[derive(Clone, Debug, PartialEq)]
pub struct Broken {
    /// Its first word (`fn`, `agent`, …), if that is a declaration word.
    pub keyword: Option<String>,
    /// Its name.
    pub name: Option<Ident>,
}

/// `import "./billing.aeth" as pay` / `import { a, B } from "./billing.aeth"`.
#[derive(Clone, Debug, PartialEq)]
pub struct Import {
    /// The path as written, and its span.
    pub path: Ident,
    /// What it binds.
    pub names: ImportNames,
}

/// What an import binds.
#[derive(Clone, Debug, PartialEq)]
pub enum ImportNames {
    /// The module under its file name, or under the alias.
    Module(Option<Ident>),
    /// Single names.
    Names(Vec<Ident>),
}

/// `const NAME: T = e`.
#[derive(Clone, Debug, PartialEq)]
pub struct Const {
    /// Its name.
    pub name: Ident,
    /// Its type.
    pub ty: Type,
    /// Its value.
    pub value: Expr,
}

/// A pure function.
#[derive(Clone, Debug, PartialEq)]
pub struct Fn {
    /// Its name.
    pub name: Ident,
    /// `<A, B>`.
    pub generics: Vec<Ident>,
    /// Its parameters.
    pub params: Vec<Param>,
    /// Its result type; a function without `->` returns Null.
    pub result: Option<Type>,
    /// Its body.
    pub body: Block,
}

/// A parameter of a declaration, or a field of a record or payload.
#[derive(Clone, Debug, PartialEq)]
pub struct Param {
    /// Its `///` block.
    pub docs: Docs,
    /// Its name.
    pub name: Ident,
    /// `as "createdAt"`: its name in JSON.
    pub foreign: Option<Ident>,
    /// Its type.
    pub ty: Type,
    /// `= e`.
    pub default: Option<Expr>,
}

/// A nominal product type.
#[derive(Clone, Debug, PartialEq)]
pub struct Record {
    /// Its name.
    pub name: Ident,
    /// `<A, B>`.
    pub generics: Vec<Ident>,
    /// Its fields in order.
    pub fields: Vec<Param>,
}

/// A nominal sum type.
#[derive(Clone, Debug, PartialEq)]
pub struct Enum {
    /// Its name.
    pub name: Ident,
    /// `<A, B>`.
    pub generics: Vec<Ident>,
    /// Its variants in order.
    pub variants: Vec<Variant>,
}

/// One variant of an enum.
#[derive(Clone, Debug, PartialEq)]
pub struct Variant {
    /// Its `///` block.
    pub docs: Docs,
    /// Its name.
    pub name: Ident,
    /// Named payload fields; empty for a payload-free variant.
    pub fields: Vec<Param>,
}

/// `type Name<A> = T`.
#[derive(Clone, Debug, PartialEq)]
pub struct Alias {
    /// Its name.
    pub name: Ident,
    /// `<A, B>`.
    pub generics: Vec<Ident>,
    /// What it stands for.
    pub ty: Type,
}

/// A type as written.
#[derive(Clone, Debug, PartialEq)]
pub struct Type {
    /// Where it stands.
    pub span: Span,
    /// What it is.
    pub kind: TypeKind,
}

/// The forms of a type.
#[derive(Clone, Debug, PartialEq)]
pub enum TypeKind {
    /// `Name`, `module.Name`, `Name<A, B>`.
    Named { module: Option<Ident>, name: Ident, args: Vec<Type> },
    /// `T?`
    Optional(Box<Type>),
    /// `(A, B)`
    Tuple(Vec<Type>),
    /// `fn(A) -> B`
    Function { params: Vec<Type>, result: Box<Type> },
    /// Something that does not parse.
    Broken,
}

/// A tool: how the outside is reached.
#[derive(Clone, Debug, PartialEq)]
pub struct Tool {
    /// Its name, unique in a program.
    pub name: Ident,
    /// Its parameters.
    pub params: Vec<Param>,
    /// Its result type.
    pub result: Option<Type>,
    /// Its clauses in the order written; the checker refuses doubles.
    pub clauses: Vec<ToolClause>,
}

/// A clause of a tool.
#[derive(Clone, Debug, PartialEq)]
pub struct ToolClause {
    /// The whole clause.
    pub span: Span,
    /// What it says.
    pub kind: ToolClauseKind,
}

/// The clauses of a tool.
#[derive(Clone, Debug, PartialEq)]
pub enum ToolClauseKind {
    /// `via http { method: …, … }`; `via host` has no entries.
    Via { carrier: Ident, entries: Vec<Entry> },
    /// `readonly`
    Readonly,
    /// `idempotent`, `idempotent for 24h`, `idempotent always`
    Idempotent(Horizon),
    /// `once`
    Once,
    /// `timeout e`
    Timeout(Expr),
    /// `retry n …`
    Retry(RetryPolicy),
    /// `not_done on [429, 503]`
    NotDone(Vec<Expr>),
    /// `limit 10 per 1m`
    Limit { count: Expr, per: Expr },
    /// `in_doubt park` / `in_doubt fail`
    InDoubt(Ident),
    /// `lookup e settle d`
    Lookup { ask: Expr, settle: Option<Expr> },
    /// `confirm e`
    Confirm(Expr),
    /// `undo e`
    Undo(Expr),
}

/// How long a receiver remembers an idempotency key.
#[derive(Clone, Debug, PartialEq)]
pub enum Horizon {
    /// Not said: 24 hours.
    Default,
    /// `for d`
    For(Expr),
    /// `always`
    Always,
}

/// `retry n on [.Kind] backoff a to b rate r jitter off`, of a tool, a prompt or a block.
#[derive(Clone, Debug, PartialEq)]
pub struct RetryPolicy {
    /// Further attempts.
    pub count: Box<Expr>,
    /// `on […]`: variants of ErrorKind.
    pub on: Option<Vec<Expr>>,
    /// `backoff a to b`.
    pub backoff: Option<(Box<Expr>, Box<Expr>)>,
    /// `rate r`.
    pub rate: Option<Box<Expr>>,
    /// `jitter off`: the word after `jitter`.
    pub jitter: Option<Ident>,
}

/// `name: e` in a clause with braces, or a clause line `word e` of a model.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// Its name.
    pub name: Ident,
    /// Its value.
    pub value: Expr,
}

/// `model name { … }`.
#[derive(Clone, Debug, PartialEq)]
pub struct Model {
    /// Its name.
    pub name: Ident,
    /// `provider openai`, `temperature 0.2`, …; `provider` and `fallback` are names.
    pub clauses: Vec<Entry>,
}

/// `prompt name(…) -> T { … }`.
#[derive(Clone, Debug, PartialEq)]
pub struct Prompt {
    /// Its name.
    pub name: Ident,
    /// Its parameters.
    pub params: Vec<Param>,
    /// The type a reply is decoded into.
    pub result: Option<Type>,
    /// `model e`, `history e`, `tools […]`, `turns n`, `system e`, `user e`.
    pub clauses: Vec<Entry>,
    /// `retry n`.
    pub retry: Option<RetryPolicy>,
}

/// `signal name: T`.
#[derive(Clone, Debug, PartialEq)]
pub struct Signal {
    /// Its name.
    pub name: Ident,
    /// What it carries.
    pub ty: Type,
}

/// `memory name: T`.
#[derive(Clone, Debug, PartialEq)]
pub struct Memory {
    /// Its name.
    pub name: Ident,
    /// `Map<K, V>` or `Index<T>`.
    pub ty: Type,
}

/// `schedule name = every "…" in "…" run agent(args)`.
#[derive(Clone, Debug, PartialEq)]
pub struct Schedule {
    /// Its name.
    pub name: Ident,
    /// A cron text or a duration.
    pub every: Expr,
    /// The time zone.
    pub zone: Option<Expr>,
    /// The agent call.
    pub run: Expr,
}

/// Agent or flow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GraphKind {
    /// An entry point: one run of it is a job.
    Agent,
    /// A subgraph, called like a function.
    Flow,
}

/// An agent or a flow.
#[derive(Clone, Debug, PartialEq)]
pub struct Graph {
    /// Which of the two.
    pub kind: GraphKind,
    /// Its name.
    pub name: Ident,
    /// Its parameters.
    pub params: Vec<Param>,
    /// Its result type.
    pub result: Option<Type>,
    /// `budget { tokens 50_000 … }`.
    pub budget: Option<Vec<Entry>>,
    /// `key e`.
    pub key: Option<Expr>,
    /// Its body.
    pub body: GraphBody,
    /// The braces of the body.
    pub body_span: Span,
}

/// The two forms of an effectful body.
#[derive(Clone, Debug, PartialEq)]
pub enum GraphBody {
    /// Tasks, pure lets and one final `return`.
    Tasks(Vec<GraphItem>),
    /// A plain block: one task named `return`.
    Plain(Block),
}

/// What stands in a body with tasks.
#[derive(Clone, Debug, PartialEq)]
pub enum GraphItem {
    /// `task name …`
    Task(Task),
    /// `let name = e`
    Let { pattern: Pattern, ty: Option<Type>, value: Expr, span: Span },
    /// `return e`
    Return { value: Option<Expr>, span: Span },
    /// Anything else: the checker says why it cannot stand here.
    Misplaced(Stmt),
}

/// `task name: T after a, b when cond = e`.
#[derive(Clone, Debug, PartialEq)]
pub struct Task {
    /// The whole line or lines.
    pub span: Span,
    /// Its `///` block.
    pub docs: Docs,
    /// Its name.
    pub name: Ident,
    /// Its declared type.
    pub ty: Option<Type>,
    /// Tasks that must have ended.
    pub after: Vec<Ident>,
    /// Runs only if this holds.
    pub when: Option<Expr>,
    /// What it computes.
    pub value: Expr,
}

/// `test "…" { … }`.
#[derive(Clone, Debug, PartialEq)]
pub struct Test {
    /// Its title.
    pub title: Ident,
    /// Its statements: test statements and ordinary ones.
    pub body: Vec<TestStmt>,
}

/// A statement of a test.
#[derive(Clone, Debug, PartialEq)]
pub enum TestStmt {
    /// `given tool(pattern…) returns e | fails .Kind [times n]`
    Given { span: Span, tool: Ident, args: Vec<Pattern>, reply: Reply, times: Option<Expr> },
    /// `signal name e [after d]`
    Signal { span: Span, name: Ident, value: Expr, after: Option<Expr> },
    /// `answer name e [after d]`
    Answer { span: Span, name: Ident, value: Expr, after: Option<Expr> },
    /// `expect cond`
    Expect { span: Span, condition: Expr },
    /// `expect fails { … }`
    ExpectFails { span: Span, kind: Option<Expr>, body: Block },
    /// Anything else.
    Stmt(Stmt),
}

/// What a mock answers.
#[derive(Clone, Debug, PartialEq)]
pub enum Reply {
    /// `returns e`
    Returns(Expr),
    /// `fails .Kind`
    Fails(Expr),
}

/// `{ … }`: statements, the last of which may be the block's value.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Block {
    /// From `{` to `}`.
    pub span: Span,
    /// Its statements. The block's value is the last one if that is an expression, else null.
    pub stmts: Vec<Stmt>,
}

/// A statement.
#[derive(Clone, Debug, PartialEq)]
pub struct Stmt {
    /// Where it stands.
    pub span: Span,
    /// What it is.
    pub kind: StmtKind,
}

/// The forms of a statement.
#[derive(Clone, Debug, PartialEq)]
pub enum StmtKind {
    /// `let p: T = e` and `var p: T = e`.
    Let { mutable: bool, pattern: Pattern, ty: Option<Type>, value: Expr },
    /// `place = e`, `place += e` ….
    Assign { place: Expr, op: Option<BinaryOp>, value: Expr },
    /// `assert cond, "message"`.
    Assert { condition: Expr, message: Option<Expr> },
    /// An expression.
    Expr(Expr),
    /// Something that does not parse.
    Broken,
}

/// An expression.
#[derive(Clone, Debug, PartialEq)]
pub struct Expr {
    /// Where it stands.
    pub span: Span,
    /// What it is.
    pub kind: ExprKind,
}

/// The forms of an expression.
#[derive(Clone, Debug, PartialEq)]
pub enum ExprKind {
    /// `null`
    Null,
    /// `true`, `false`
    Bool(bool),
    /// `1_000`, `0xff`
    Int(i64),
    /// An integer literal beyond 64 bits, kept for a precise error. (`-9223372036854775808` is `Neg` of this.)
    BigInt(String),
    /// `1.5`, `1e-3`
    Float(f64),
    /// `12.50d`: the digits without `d` and `_`.
    Decimal(String),
    /// `1h30m`, in milliseconds.
    Duration(i64),
    /// Every kind of string literal.
    Text(Template),
    /// `name`
    Name(Ident),
    /// `.Variant`, `.Variant(…)`: payload `None` when there are no parentheses.
    Variant { name: Ident, args: Option<Vec<Arg>> },
    /// `[a, ..b]`
    List(Vec<Element>),
    /// `["k": v]`, `[:]`
    Map(Vec<(Expr, Expr)>),
    /// `json { … }`, `json [ … ]`
    Json(Json),
    /// `(a, b)`
    Tuple(Vec<Expr>),
    /// `(e)`: kept, because a parenthesised record literal may stand in a head.
    Paren(Box<Expr>),
    /// `Change { ..old, hash: "a", kind }`. The path is `Name`, or `module.Name`.
    Record { module: Option<Ident>, name: Ident, base: Option<Box<Expr>>, fields: Vec<FieldInit> },
    /// `-e`, `!e`
    Unary { op: UnaryOp, value: Box<Expr> },
    /// `a + b` …
    Binary { op: BinaryOp, op_span: Span, left: Box<Expr>, right: Box<Expr> },
    /// `x |> f(y)`
    Pipe { left: Box<Expr>, right: Box<Expr> },
    /// `a..b`, `a..=b`
    Range { start: Box<Expr>, end: Box<Expr>, inclusive: bool },
    /// `e as T`
    Cast { value: Box<Expr>, ty: Type },
    /// `f(a, name: b)`; a method call is a call of a `Field`.
    Call { callee: Box<Expr>, args: Vec<Arg> },
    /// `a.b`, `a?.b`
    Field { base: Box<Expr>, name: Ident, safe: bool },
    /// `t.0`
    TupleField {
        /// The tuple.
        base: Box<Expr>,
        /// Which part.
        index: u32,
        /// Where that is written.
        index_span: Span,
        /// `?.`.
        safe: bool,
    },
    /// `xs[i]`
    Index { base: Box<Expr>, index: Box<Expr> },
    /// `if c { … } else { … }`
    If { condition: Box<Condition>, then: Block, otherwise: Option<Box<Expr>> },
    /// `match e { … }`
    Match { value: Box<Expr>, arms: Vec<Arm> },
    /// `for i, x in xs { … }`; one or two patterns.
    For { patterns: Vec<Pattern>, iterable: Box<Expr>, body: Block },
    /// `while c { … }`
    While { condition: Box<Condition>, body: Block },
    /// `{ … }`
    Block(Block),
    /// `(a, b) => e`
    Lambda { params: Vec<LambdaParam>, body: Box<Expr> },
    /// `try { … } catch e { … }`
    TryCatch { body: Block, binding: Option<Ident>, handler: Block },
    /// `try e`
    Try(Box<Expr>),
    /// `fail e`
    Fail(Box<Expr>),
    /// `return e`
    Return(Option<Box<Expr>>),
    /// `break`
    Break,
    /// `continue`
    Continue,
    /// `await sig ask "…" show e to "who" within d else e`; `await job`
    Await(Box<Await>),
    /// `each i, x in xs, at most n { … }`
    Each(Box<Each>),
    /// `race { a => e, b => e }`
    Race(Vec<RaceArm>),
    /// `within d { … } else { … }`
    Within { limit: Box<Expr>, body: Block, otherwise: Option<Block> },
    /// `retry n on […] backoff a to b { … }`
    Retry { policy: RetryPolicy, body: Block },
    /// `saga { … }`
    Saga(Block),
    /// `run agent(…)`, `run p`
    Run(Box<Expr>),
    /// `start agent(…)`
    Start(Box<Expr>),
    /// `plan for "…" using [a, b] by m -> T unattended`
    Plan(Box<Plan>),
    /// Something that does not parse.
    Broken,
}

/// The condition of `if` and `while`.
#[derive(Clone, Debug, PartialEq)]
pub enum Condition {
    /// A Bool.
    Expr(Expr),
    /// `let p = e`
    Let { pattern: Pattern, value: Expr },
}

/// Prefix operators.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum UnaryOp {
    /// `-`
    Neg,
    /// `!`
    Not,
}

/// Infix operators with two values.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum BinaryOp {
    /// `||`
    Or,
    /// `&&`
    And,
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
    /// `in`
    In,
    /// `??`
    Coalesce,
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

/// A string literal: text and interpolated expressions in turn.
#[derive(Clone, Debug, PartialEq)]
pub struct Template {
    /// Which quotes it had: the formatter keeps them.
    pub form: TextForm,
    /// Its pieces, escapes resolved and blocks dedented; no two texts in a row, no empty text.
    pub parts: Vec<TemplatePart>,
}

/// The four kinds of string literal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TextForm {
    /// `"…"`
    Plain,
    /// `"""…"""`
    Block,
    /// `r"…"`
    Raw,
    /// `r"""…"""`
    RawBlock,
}

/// A piece of a string literal.
#[derive(Clone, Debug, PartialEq)]
pub enum TemplatePart {
    /// Literal text.
    Text(String),
    /// `{e}`
    Expr(Expr),
}

/// An argument, named or not.
#[derive(Clone, Debug, PartialEq)]
pub struct Arg {
    /// `name:`
    pub name: Option<Ident>,
    /// The value.
    pub value: Expr,
}

/// An element of a list literal.
#[derive(Clone, Debug, PartialEq)]
pub enum Element {
    /// One value.
    One(Expr),
    /// `..more`
    Spread(Expr),
}

/// `name: e`, or `name` alone.
#[derive(Clone, Debug, PartialEq)]
pub struct FieldInit {
    /// The field.
    pub name: Ident,
    /// Its value; `None` for the shorthand.
    pub value: Option<Expr>,
}

/// What stands inside `json`.
#[derive(Clone, Debug, PartialEq)]
pub enum Json {
    /// `{ key: e, "other": e, shorthand, ..spread }`
    Object(Vec<JsonField>),
    /// `[ e, ..e ]`
    Array(Vec<JsonElement>),
    /// Any expression; below `json`, `{` and `[` are JSON.
    Expr(Box<Expr>),
}

/// A member of a JSON object literal.
#[derive(Clone, Debug, PartialEq)]
pub enum JsonField {
    /// `key: e`, `"key": e`; `None` for the shorthand.
    Member { key: Ident, value: Option<Json> },
    /// `..e`
    Spread(Expr),
}

/// An element of a JSON array literal.
#[derive(Clone, Debug, PartialEq)]
pub enum JsonElement {
    /// One value.
    One(Json),
    /// `..e`
    Spread(Expr),
}

/// An arm of `match`.
#[derive(Clone, Debug, PartialEq)]
pub struct Arm {
    /// The whole arm.
    pub span: Span,
    /// What it matches.
    pub pattern: Pattern,
    /// `if e`
    pub guard: Option<Expr>,
    /// Its value.
    pub body: Expr,
}

/// A parameter of a lambda.
#[derive(Clone, Debug, PartialEq)]
pub struct LambdaParam {
    /// A name, or a destructuring.
    pub pattern: Pattern,
    /// `: T`
    pub ty: Option<Type>,
}

/// `await …`.
#[derive(Clone, Debug, PartialEq)]
pub struct Await {
    /// The signal, or an expression of type `Job<T>`.
    pub target: Expr,
    /// `ask e`
    pub ask: Option<Expr>,
    /// `show e`
    pub show: Option<Expr>,
    /// `to e`
    pub to: Option<Expr>,
    /// `within d`
    pub within: Option<Expr>,
    /// `else e`
    pub otherwise: Option<Expr>,
}

/// `each i, x in xs, at most n { … }`.
#[derive(Clone, Debug, PartialEq)]
pub struct Each {
    /// One or two patterns.
    pub patterns: Vec<Pattern>,
    /// The list.
    pub iterable: Expr,
    /// `at most n`
    pub at_most: Option<Expr>,
    /// One item.
    pub body: Block,
}

/// `name => e` of a race.
#[derive(Clone, Debug, PartialEq)]
pub struct RaceArm {
    /// The arm's name.
    pub name: Ident,
    /// What it does.
    pub value: Expr,
}

/// `plan for "goal" using [a, b] by m -> T`.
#[derive(Clone, Debug, PartialEq)]
pub struct Plan {
    /// The goal.
    pub goal: Expr,
    /// The tools it may use.
    pub using: Vec<Expr>,
    /// Who plans.
    pub by: Expr,
    /// What running it gives.
    pub result: Type,
    /// Whether `once` tools in it need no approval.
    pub unattended: bool,
}

/// A pattern.
#[derive(Clone, Debug, PartialEq)]
pub struct Pattern {
    /// Where it stands.
    pub span: Span,
    /// What it is.
    pub kind: PatternKind,
}

/// The forms of a pattern.
#[derive(Clone, Debug, PartialEq)]
pub enum PatternKind {
    /// `_`
    Wildcard,
    /// `name`
    Bind(Ident),
    /// `null`, `true`, `-1`, `1.5`, `12.50d`, `"text"`, `5m`
    Literal(Box<Expr>),
    /// `1..9`, `1..=9`
    Range { start: Box<Expr>, end: Box<Expr>, inclusive: bool },
    /// `.V`, `.V(p, …)`, `.V(name: p)`, `.V(..)`; also `Enum.V(…)`.
    Variant { path: Vec<Ident>, name: Ident, fields: Vec<FieldPattern>, rest: bool },
    /// `R { field, other: p, .. }`
    Record { module: Option<Ident>, name: Ident, fields: Vec<FieldPattern>, rest: bool },
    /// `(p, q)`
    Tuple(Vec<Pattern>),
    /// `[p, q, ..rest]`: `Some(None)` for a bare `..`.
    List { items: Vec<Pattern>, rest: Option<Option<Ident>> },
    /// `p | q`
    Or(Vec<Pattern>),
    /// `x @ p`
    At { name: Ident, pattern: Box<Pattern> },
    /// Something that does not parse.
    Broken,
}

/// A field of a record or variant pattern.
#[derive(Clone, Debug, PartialEq)]
pub struct FieldPattern {
    /// `name:`; `None` by position.
    pub name: Option<Ident>,
    /// `None` for the shorthand `field`, which binds the field's name.
    pub pattern: Option<Pattern>,
}
