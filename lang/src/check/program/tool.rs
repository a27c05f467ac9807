//! Tools: who carries a call out, what recovery may do with it, when it is tried again.

use super::data::{Body, Field, Local};
use super::expr::Expr;
use super::{Class, CommandPart, FileOp};
use crate::check::types::Type;
use crate::ids::LocalId;
use crate::span::Span;

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
