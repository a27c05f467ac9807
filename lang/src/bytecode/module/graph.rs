//! Agents and flows, their nodes, and what a job of them may spend.

use serde::{Deserialize, Serialize};

use super::types::FieldType;
use crate::ids::{FunctionId, ModelId, ShapeId, TaskId, ToolId};

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
