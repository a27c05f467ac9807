//! The checked program: every name resolved, every type known, every sugar gone. What `codegen` reads.
//!
//! Bodies are trees over numbered locals. A body that becomes a function or fiber of its own (lambda, task, item,
//! arm, clause) is a [`Closure`]: it names the outer locals it captures, so nothing reaches across by accident.

mod data;
mod effect;
mod expr;
mod graph;
mod outward;
mod pattern;
mod tool;

pub use crate::bytecode::module::{
    Budget, Class, CommandPart, Every, FileOp, JsonKind, MemoryOp, Mutation, Provider,
};
pub use crate::syntax::ast::GraphKind;
pub use data::{Body, Closure, Enum, Field, Function, Global, Local, Record, Variant};
pub use effect::{Callable, Effect, EffectKind, Retry};
pub use expr::{
    ArithOp, CompareOp, Element, Expr, ExprKind, JsonMember, Literal, Place, SealedPart, Step, Stmt, StmtKind,
};
pub use graph::{Graph, Input, Let, Task};
pub use outward::{MODEL_PARTS, Memory, MemoryKind, Model, PROMPT_PARTS, Prompt, Schedule, Signal, Test};
pub use pattern::{Arm, Pattern, PatternKind};
pub use tool::{Tool, ToolRetry, Via, ViaParts};

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
