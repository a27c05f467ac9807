//! Tools as the runtime sees them.

use serde::{Deserialize, Serialize};

use super::types::FieldType;
use crate::ids::{FunctionId, ShapeId};

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
