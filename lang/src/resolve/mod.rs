//! Names: which declaration a name means, which type a written type is, what was meant by a misspelt one.
//!
//! In: declarations of a parsed file. Out: symbol tables that the checker asks. Invariant: a name that stands for
//! something broken resolves to `Broken`, never to "unknown", so that one mistake yields one error.

pub(crate) mod mentions;
pub(crate) mod suggest;
pub(crate) mod types;

use std::collections::BTreeSet;

use indexmap::IndexMap;

use crate::ids::{
    EnumId, FunctionId, GlobalId, GraphId, MemoryId, ModelId, PromptId, RecordId, SignalId, ToolId,
};
use crate::span::{FileId, Span};
use crate::syntax::ast::GraphKind;

/// What a name of a value means at the top of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Symbol {
    /// `fn`
    Fn(FunctionId),
    /// `const`
    Const(GlobalId),
    /// `tool`
    Tool(ToolId),
    /// `signal`
    Signal(SignalId),
    /// `agent`, `flow`
    Graph(GraphId, GraphKind),
    /// `model`
    Model(ModelId),
    /// `prompt`
    Prompt(PromptId),
    /// `memory`
    Memory(MemoryId),
    /// `schedule`
    Schedule,
    /// Another file of the program, bound by an import.
    Module(FileId),
    /// Something that does not parse or cannot be compiled yet; the error is reported elsewhere.
    Broken,
}

impl Symbol {
    /// What to call it in a sentence.
    pub(crate) fn noun(self) -> &'static str {
        match self {
            Self::Fn(_) => "a fn",
            Self::Const(_) => "a const",
            Self::Tool(_) => "a tool",
            Self::Signal(_) => "a signal",
            Self::Graph(_, GraphKind::Agent) => "an agent",
            Self::Graph(_, GraphKind::Flow) => "a flow",
            Self::Model(_) => "a model",
            Self::Prompt(_) => "a prompt",
            Self::Memory(_) => "a memory",
            Self::Schedule => "a schedule",
            Self::Module(_) => "a module",
            Self::Broken => "a declaration",
        }
    }
}

/// What a name of a type means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TypeSymbol {
    /// `record`
    Record(RecordId),
    /// `enum`
    Enum(EnumId),
    /// `type`, by index into the aliases
    Alias(usize),
    /// Something that does not parse.
    Broken,
}

/// The names that a file declares and imports. Insertion order makes suggestions deterministic.
#[derive(Clone, Default)]
pub(crate) struct Names {
    /// Values: functions, constants, tools, signals, agents, flows.
    pub(crate) values: IndexMap<String, (Symbol, Span)>,
    /// Types.
    pub(crate) types: IndexMap<String, (TypeSymbol, Span)>,
    /// Those of them that come from other files: other files do not get them from here.
    pub(crate) imported: BTreeSet<String>,
    /// Those of the imported that something in the file uses.
    pub(crate) used: BTreeSet<String>,
}

/// Modules of the standard library, which have no declaration.
pub(crate) const MODULES: [&str; 9] =
    ["math", "json", "time", "hash", "base64", "url", "file", "http", "exec"];

/// Effects that are called like functions and need no declaration.
pub(crate) const EFFECTS: [&str; 9] =
    ["sleep", "sleep_until", "now", "random", "random_int", "uuid", "note", "send", "cancel"];

/// Names that mean something before a `.` when nothing else bears them.
pub(crate) const ROOTS: [&str; 5] = ["env", "secret", "call", "job", "std"];
