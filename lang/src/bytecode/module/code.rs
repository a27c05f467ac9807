//! Literal values, code, and the paths of changes in place.

use serde::{Deserialize, Serialize};

use crate::bytecode::instr::Instr;
use crate::ids::ModelId;

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
