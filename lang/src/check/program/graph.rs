//! Agents and flows as the checker leaves them: nodes, and what each reads.

use super::data::{Body, Field};
use super::{Budget, GraphKind};
use crate::check::types::Type;
use crate::ids::{LetId, TaskId};
use crate::span::Span;

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
