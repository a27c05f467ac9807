//! A graph that runs: its tasks in topological order, each started when those it comes after have ended.

use std::sync::Arc;

use aeth_lang::bytecode::module::Input;
use aeth_lang::ids::GraphId;
use serde::{Deserialize, Serialize};

use super::fault::Fault;
use super::group::{Next, Scene, Start};
use crate::effect::{Fact, Output};
use crate::limits::JSON_DEPTH;
use crate::value::Value;
use crate::value::measure::{Excess, payload};

/// An agent or flow that runs.
#[derive(Debug)]
pub(crate) struct Graph {
    /// Which.
    pub graph: GraphId,
    /// Its arguments.
    pub args: Vec<Value>,
    /// Its tasks.
    pub tasks: Vec<Task>,
}

/// A task of a graph that runs.
#[derive(Clone, Debug)]
pub(crate) struct Task {
    /// How far it is.
    pub state: TaskState,
    /// Its value; null until it is done.
    pub value: Value,
}

/// How far a task is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum TaskState {
    /// What it comes after has not ended.
    Pending,
    /// Its `when` is being computed.
    Deciding,
    /// Its `when` gave true.
    Decided,
    /// It runs.
    Running,
    /// It has its value.
    Done,
    /// Its `when` gave false.
    Skipped,
    /// It failed.
    Failed,
    /// Another failed, or the job was cancelled.
    Cancelled,
}

impl Graph {
    /// A graph whose tasks have not started.
    pub(crate) fn new(graph: GraphId, args: Vec<Value>, tasks: usize) -> Self {
        let task = Task { state: TaskState::Pending, value: Value::Null };
        Self { graph, args, tasks: vec![task; tasks] }
    }

    fn path(scene: &Scene<'_>, name: &str) -> Arc<str> {
        if scene.path.is_empty() { name.into() } else { format!("{}.{name}", scene.path).into() }
    }

    /// Starts the first task that can start; finishes when every task has ended.
    pub(crate) fn next(&mut self, scene: &mut Scene<'_>) -> Next {
        let graph = &scene.program.module.graphs[self.graph.index()];
        for (at, task) in graph.tasks.iter().enumerate() {
            let deciding = match self.tasks[at].state {
                TaskState::Decided => None,
                TaskState::Pending if task.after.iter().all(|id| self.ended_task(id.index())) => {
                    task.when.as_ref()
                }
                _ => continue,
            };
            let (function, inputs) = match deciding {
                Some((function, inputs)) => {
                    self.tasks[at].state = TaskState::Deciding;
                    (*function, inputs)
                }
                None => {
                    self.tasks[at].state = TaskState::Running;
                    let fact = Fact::TaskStarted { task: Self::path(scene, &task.name) };
                    scene.outputs.push(Output::Fact(fact));
                    (task.body, &task.inputs)
                }
            };
            let args = inputs.iter().map(|input| self.input(*input)).collect();
            return Next::Start(Start { index: at as u32, name: task.name.clone(), function, args });
        }
        if (0..self.tasks.len()).all(|at| self.ended_task(at)) {
            return Next::Finish(self.tasks.last().map_or(Value::Null, |task| task.value.clone()));
        }
        Next::Wait
    }

    fn ended_task(&self, at: usize) -> bool {
        matches!(self.tasks[at].state, TaskState::Done | TaskState::Skipped)
    }

    fn input(&self, input: Input) -> Value {
        let found = match input {
            Input::Param(at) => self.args.get(at as usize),
            Input::Task(id) => self.tasks.get(id.index()).map(|task| &task.value),
        };
        found.cloned().unwrap_or_default()
    }

    /// A task's `when` or code ended.
    pub(crate) fn ended(
        &mut self,
        index: u32,
        result: Result<Value, Box<Fault>>,
        scene: &mut Scene<'_>,
    ) -> Next {
        let graph = &scene.program.module.graphs[self.graph.index()];
        let path = Self::path(scene, &graph.tasks[index as usize].name);
        let task = &mut self.tasks[index as usize];
        let result = result
            .and_then(|value| leaves(&value, scene, || format!("the value of `{path}`")).map(|()| value));
        let fact = match (task.state, result) {
            (_, Err(mut fault)) => {
                task.state = TaskState::Failed;
                fault.error.task.get_or_insert_with(|| path.to_string());
                let (error, trace) = (fault.error.clone(), fault.trace.clone());
                scene.outputs.push(Output::Fact(Fact::TaskFailed { task: path, error, trace }));
                return Next::Fail(fault);
            }
            (TaskState::Deciding, Ok(Value::Bool(true))) => {
                task.state = TaskState::Decided;
                return Next::Wait;
            }
            (TaskState::Deciding, Ok(_)) => {
                task.state = TaskState::Skipped;
                Fact::TaskSkipped { task: path }
            }
            (_, Ok(value)) => {
                task.state = TaskState::Done;
                task.value = value.clone();
                Fact::TaskCompleted { task: path, value }
            }
        };
        scene.outputs.push(Output::Fact(fact));
        Next::Wait
    }
}

/// Checks that a value may leave the machine.
pub(crate) fn leaves(value: &Value, scene: &Scene<'_>, what: impl Fn() -> String) -> Result<(), Box<Fault>> {
    match payload(value, scene.limits.payload, JSON_DEPTH) {
        Ok(()) => Ok(()),
        Err(excess) => Err(too_large(excess, scene.limits.payload, &what())),
    }
}

/// The fault of a value that may not leave the machine.
pub(crate) fn too_large(excess: Excess, limit: u64, what: &str) -> Box<Fault> {
    match excess {
        Excess::Size => Fault::limit("payload", limit, &format!("{what} is larger than that many bytes")),
        Excess::Depth => {
            Fault::limit("nesting", JSON_DEPTH as u64, &format!("{what} nests deeper than that"))
        }
    }
}
