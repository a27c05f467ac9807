//! The module: everything a job needs of its program, as plain ordered data.
//!
//! [`Module`] is the canonical part, which the program's hash covers: no spans, comments, file names, names of
//! functions or locals. [`Debug`](struct@Debug) is beside it: it leads from a place in the code back to the source.
//! Functions are numbered in the order in which they are reached from agents, flows, tools and signals sorted by
//! name, so that moving declarations about changes nothing.

mod code;
mod debug;
mod graph;
mod outward;
mod site;
mod tool;
mod types;

use serde::{Deserialize, Serialize};

use crate::ids::{FunctionId, GraphId, ShapeId};
pub use code::{Action, Constant, Function, Handler, JsonKind, Mutation, Path, PathStep};
pub use debug::{Debug, FunctionDebug};
pub use graph::{Budget, Graph, Input, Task};
pub use outward::{Every, Memory, MemoryKind, Model, Prompt, Provider, Schedule, Signal};
pub use site::{Callable, MemoryOp, Site};
pub use tool::{Class, CommandPart, FileOp, Retry, Tool, Via};
pub use types::{EnumType, FieldType, RecordType, Shape, VariantType};

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
    /// Paths of [`Instr::Change`](crate::bytecode::instr::Instr::Change).
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
