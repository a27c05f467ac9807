//! From a checked graph to its order.

use std::collections::BTreeSet;

use petgraph::Direction;
use petgraph::algo::kosaraju_scc;
use petgraph::graph::{DiGraph, NodeIndex};
use petgraph::visit::EdgeRef;

use crate::bytecode::module;
use crate::check::program::{EffectKind, ExprKind, Graph, GraphKind, Program, Task};
use crate::codegen::walk;
use crate::ids::TaskId;
use crate::span::Span;

use super::Expanded;

/// Tasks and what they wait for, without cycles.
#[derive(Clone, Debug)]
pub struct TaskGraph {
    /// Agent or flow.
    pub kind: GraphKind,
    /// Its name.
    pub name: String,
    /// The names of its parameters.
    pub params: Vec<String>,
    /// Nodes in the order written; edges lead from a task to those that wait for it.
    graph: DiGraph<Node, Dependency>,
    order: Vec<TaskId>,
    levels: Vec<usize>,
}

/// A task.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Node {
    /// Its name.
    pub name: String,
    /// Whether it runs only under a condition.
    pub conditional: bool,
    /// The tools, flows, agents and waits its code mentions, each once, in order.
    pub calls: Vec<String>,
    /// Its place.
    pub span: Span,
}

/// Why a task waits for another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Dependency {
    /// It reads its value.
    Data,
    /// Its condition reads its value.
    Condition,
    /// `after`.
    Order,
}

/// Tasks that wait for each other, in a circle.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cycle {
    /// Each waits for the next, the last for the first.
    pub tasks: Vec<TaskId>,
}

impl TaskGraph {
    /// Derives a graph from the names its tasks use.
    ///
    /// # Errors
    /// The cycle, if there is one.
    pub fn derive(program: &Program, declared: &Graph) -> Result<Self, Cycle> {
        let mut graph = DiGraph::with_capacity(declared.tasks.len(), declared.tasks.len());
        for task in &declared.tasks {
            graph.add_node(node(program, task));
        }
        for (at, task) in declared.tasks.iter().enumerate() {
            for (on, why) in dependencies(declared, task) {
                graph.add_edge(NodeIndex::new(on.index()), NodeIndex::new(at), why);
            }
        }
        if let Some(cycle) = cycle(&graph) {
            return Err(cycle);
        }
        let order = order(&graph);
        let levels = levels(&graph, &order);
        let params = declared.params.iter().map(|param| param.name.clone()).collect();
        Ok(Self { kind: declared.kind, name: declared.name.clone(), params, graph, order, levels })
    }

    /// Every task after those it waits for, ties by name; the last node written (`return`) last.
    #[must_use]
    pub fn order(&self) -> &[TaskId] {
        &self.order
    }

    /// A task, by its number in the order written.
    #[must_use]
    pub fn node(&self, task: TaskId) -> &Node {
        &self.graph[NodeIndex::new(task.index())]
    }

    /// What a task waits for, each task once with its strongest reason, sorted.
    #[must_use]
    pub fn waits_for(&self, task: TaskId) -> Vec<(TaskId, Dependency)> {
        let node = NodeIndex::new(task.index());
        let mut all: Vec<_> = self
            .graph
            .edges_directed(node, Direction::Incoming)
            .map(|edge| (TaskId::of(edge.source().index()), *edge.weight()))
            .collect();
        all.sort();
        all.dedup_by_key(|(task, _)| *task);
        all
    }

    /// How many tasks stand on the longest way to this one, from 0.
    #[must_use]
    pub fn level(&self, task: TaskId) -> usize {
        self.levels[task.index()]
    }

    /// The tasks by level, each level in the order of execution.
    #[must_use]
    pub fn by_level(&self) -> Vec<Vec<TaskId>> {
        let depth = self.levels.iter().max().map_or(0, |last| last + 1);
        let mut all = vec![Vec::new(); depth];
        for &task in &self.order {
            all[self.level(task)].push(task);
        }
        all
    }

    /// The most tasks on one level: how many can run side by side if all take the same time.
    #[must_use]
    pub fn width(&self) -> usize {
        self.by_level().iter().map(Vec::len).max().unwrap_or(0)
    }

    /// A longest chain of tasks that wait for each other, first to last.
    #[must_use]
    pub fn critical_path(&self) -> Vec<TaskId> {
        let mut path = Vec::new();
        let mut next =
            self.order.iter().copied().max_by_key(|&task| (self.level(task), std::cmp::Reverse(task)));
        while let Some(task) = next {
            path.push(task);
            next = self
                .waits_for(task)
                .into_iter()
                .map(|(on, _)| on)
                .max_by_key(|&on| (self.level(on), std::cmp::Reverse(on)));
        }
        path.reverse();
        path
    }
}

fn node(program: &Program, task: &Task) -> Node {
    let mut calls: Vec<String> = Vec::new();
    walk::expressions(&task.body.value, &mut |expr| {
        let ExprKind::Effect(effect) = &expr.kind else { return };
        let call = match &effect.kind {
            EffectKind::Tool { tool, .. } => program.tools[tool.index()].name.clone(),
            EffectKind::Flow { graph, .. } => program.graphs[graph.index()].name.clone(),
            EffectKind::RunAgent { graph, .. } => format!("run {}", program.graphs[graph.index()].name),
            EffectKind::StartAgent { graph, .. } => format!("start {}", program.graphs[graph.index()].name),
            EffectKind::Await { signal, .. } => format!("await {}", program.signals[signal.index()].name),
            EffectKind::AwaitJob { .. } => "await job".to_owned(),
            EffectKind::Send { signal, .. } => format!("send {}", program.signals[signal.index()].name),
            EffectKind::Sleep(_) | EffectKind::SleepUntil(_) => "sleep".to_owned(),
            EffectKind::Each { .. } => "each".to_owned(),
            EffectKind::Race { .. } => "race".to_owned(),
            EffectKind::Within { .. } => "within".to_owned(),
            EffectKind::Retry { .. } => "retry".to_owned(),
            EffectKind::Saga(_) => "saga".to_owned(),
            EffectKind::Prompt { prompt, .. } => program.prompts[prompt.index()].name.clone(),
            EffectKind::Plan { .. } => "plan".to_owned(),
            EffectKind::RunPlan(_) => "run plan".to_owned(),
            EffectKind::Cancel { .. } => "cancel".to_owned(),
            EffectKind::Memory { memory, .. } => format!("memory {}", program.memories[memory.index()].name),
            _ => return,
        };
        if !calls.contains(&call) {
            calls.push(call);
        }
    });
    Node { name: task.name.clone(), conditional: task.when.is_some(), calls, span: task.span }
}

/// What a task waits for, each task once with its strongest reason.
fn dependencies(graph: &Graph, task: &Task) -> Vec<(TaskId, Dependency)> {
    let read = |inputs| {
        Expanded::of(graph, inputs).inputs.into_iter().filter_map(|input| match input {
            module::Input::Task(task) => Some(task),
            module::Input::Param(_) => None,
        })
    };
    let mut all: Vec<(TaskId, Dependency)> = read(&task.inputs).map(|on| (on, Dependency::Data)).collect();
    if let Some((inputs, _)) = &task.when {
        all.extend(read(inputs).map(|on| (on, Dependency::Condition)));
    }
    all.extend(task.after.iter().map(|&on| (on, Dependency::Order)));
    all.sort();
    all.dedup_by_key(|(on, _)| *on);
    all
}

/// Kahn's algorithm with the free tasks sorted by name.
fn order(graph: &DiGraph<Node, Dependency>) -> Vec<TaskId> {
    let last = graph.node_count().saturating_sub(1);
    let key = |at: NodeIndex| (at.index() == last, graph[at].name.as_str(), at);
    let mut waiting: Vec<usize> =
        graph.node_indices().map(|at| graph.edges_directed(at, Direction::Incoming).count()).collect();
    let mut free: BTreeSet<_> = graph.node_indices().filter(|at| waiting[at.index()] == 0).map(key).collect();
    let mut order = Vec::with_capacity(graph.node_count());
    while let Some((_, _, at)) = free.pop_first() {
        order.push(TaskId::of(at.index()));
        for edge in graph.edges_directed(at, Direction::Outgoing) {
            let next = edge.target();
            waiting[next.index()] -= 1;
            if waiting[next.index()] == 0 {
                free.insert(key(next));
            }
        }
    }
    order
}

fn levels(graph: &DiGraph<Node, Dependency>, order: &[TaskId]) -> Vec<usize> {
    let mut levels = vec![0; graph.node_count()];
    for task in order {
        let at = NodeIndex::new(task.index());
        let before = graph.neighbors_directed(at, Direction::Incoming).map(|on| levels[on.index()] + 1).max();
        levels[task.index()] = before.unwrap_or(0);
    }
    levels
}

/// A cycle, if there is one: a walk within a strongly connected component until a task comes again.
fn cycle(graph: &DiGraph<Node, Dependency>) -> Option<Cycle> {
    let component = kosaraju_scc(graph).into_iter().find(|component| match component.as_slice() {
        [one] => graph.contains_edge(*one, *one),
        many => many.len() > 1,
    })?;
    let members: BTreeSet<NodeIndex> = component.into_iter().collect();
    let mut path = vec![*members.first()?];
    loop {
        let from = *path.last()?;
        let next =
            graph.neighbors_directed(from, Direction::Incoming).filter(|on| members.contains(on)).min()?;
        if let Some(at) = path.iter().position(|&seen| seen == next) {
            let tasks = path[at..].iter().map(|at| TaskId::of(at.index())).collect();
            return Some(Cycle { tasks });
        }
        path.push(next);
    }
}
