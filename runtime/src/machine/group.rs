//! Groups: what starts fibers and gathers what comes of them: a graph, `each`, `race`, `within`, `retry`.
//!
//! A group never runs anything itself. It says what to start next, is told how each child ended, and says when it
//! is finished. Invariant: its children start in order of their index, each only when everything before it waits.

use std::collections::BTreeMap;
use std::sync::Arc;

use aeth_lang::ids::FunctionId;

use super::fanout::{Each, Race, Retry, Within};
use super::fault::Fault;
use super::graph::Graph;
use super::program::Program;
use crate::effect::{Effect, EffectId, Outcome, Output};
use crate::limits::Limits;
use crate::value::Value;

/// A fiber of one machine, numbered as they start.
pub(crate) type FiberId = u64;
/// A group of one machine, numbered as they start.
pub(crate) type GroupId = u64;

/// Whose child a fiber is.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Parent {
    /// The group.
    pub group: GroupId,
    /// Which of its children.
    pub index: u32,
}

/// What a fiber waits for.
#[derive(Clone, Debug)]
pub(crate) enum Awaiting {
    /// The outcome of an effect.
    Effect {
        /// Which.
        id: EffectId,
        /// Where the value goes.
        dest: u16,
        /// Whether the value is a tuple that tells a signal from a deadline.
        awaited: bool,
    },
    /// The end of a group.
    Group {
        /// Which.
        id: GroupId,
        /// Where the value goes.
        dest: u16,
    },
}

/// What starts fibers and gathers what comes of them.
#[derive(Debug)]
pub(crate) struct Group {
    /// The name below which its children live; empty for the job's own graph.
    pub path: Arc<str>,
    /// The fiber that waits for it; `None` for the job's own graph.
    pub parent: Option<FiberId>,
    /// How many fibers it stands within.
    pub depth: u32,
    /// Children that have started and not ended.
    pub live: BTreeMap<u32, FiberId>,
    /// An effect of its own that it waits for.
    pub request: Option<EffectId>,
    /// What it is.
    pub kind: Kind,
}

/// The kinds of groups.
#[derive(Debug)]
pub(crate) enum Kind {
    /// An agent's or flow's tasks.
    Graph(Graph),
    /// `each`
    Each(Each),
    /// `race`
    Race(Race),
    /// `within`
    Within(Within),
    /// `retry`
    Retry(Retry),
}

/// A child to start.
pub(crate) struct Start {
    /// Its index.
    pub index: u32,
    /// Its name below the group.
    pub name: String,
    /// Its code.
    pub function: FunctionId,
    /// Its arguments, captures last.
    pub args: Vec<Value>,
}

/// What a group wants next.
pub(crate) enum Next {
    /// To start a child, and to be asked again.
    Start(Start),
    /// To ask for an effect of its own, by its name below the group.
    Request(String, Effect),
    /// To wait.
    Wait,
    /// To end with a value; children that live are cancelled.
    Finish(Value),
    /// To fail; children that live are cancelled.
    Fail(Box<Fault>),
}

/// What a group needs to decide.
pub(crate) struct Scene<'a> {
    /// The program.
    pub program: &'a Program,
    /// The job's limits.
    pub limits: &'a Limits,
    /// The group's path.
    pub path: &'a str,
    /// How many children live.
    pub live: usize,
    /// What the machine says.
    pub outputs: &'a mut Vec<Output>,
}

impl Group {
    /// What it wants next.
    pub(crate) fn next(&mut self, program: &Program, limits: &Limits, outputs: &mut Vec<Output>) -> Next {
        let mut scene = Scene { program, limits, path: &self.path, live: self.live.len(), outputs };
        match &mut self.kind {
            Kind::Graph(graph) => graph.next(&mut scene),
            Kind::Each(each) => each.next(&mut scene),
            Kind::Race(race) => race.next(&mut scene),
            Kind::Within(within) => within.next(),
            Kind::Retry(retry) => retry.next(),
        }
    }

    /// A child ended.
    pub(crate) fn ended(
        &mut self,
        index: u32,
        result: Result<Value, Box<Fault>>,
        program: &Program,
        limits: &Limits,
        outputs: &mut Vec<Output>,
    ) -> Next {
        let mut scene = Scene { program, limits, path: &self.path, live: self.live.len(), outputs };
        match &mut self.kind {
            Kind::Graph(graph) => graph.ended(index, result, &mut scene),
            Kind::Each(each) => each.ended(index, result),
            Kind::Race(race) => race.ended(result),
            Kind::Within(_) => result
                .map_or_else(Next::Fail, |value| Next::Finish(Value::tuple(vec![Value::Bool(true), value]))),
            Kind::Retry(retry) => retry.ended(result),
        }
    }

    /// The group's own effect has an outcome.
    pub(crate) fn outcome(&mut self, outcome: &Outcome) -> Next {
        if let Outcome::Error(error) = outcome {
            return Next::Fail(Fault::outcome(error.clone()));
        }
        match &mut self.kind {
            Kind::Within(_) => Next::Finish(Value::tuple(vec![Value::Bool(false), Value::Null])),
            Kind::Retry(retry) => {
                retry.outcome(outcome);
                Next::Wait
            }
            _ => Next::Wait,
        }
    }

    /// The path of a child.
    pub(crate) fn child(&self, name: &str) -> Arc<str> {
        if self.path.is_empty() { name.into() } else { format!("{}.{name}", self.path).into() }
    }

    /// Whether its children are tasks.
    pub(crate) fn is_graph(&self) -> bool {
        matches!(self.kind, Kind::Graph(_))
    }

    /// Every value it holds.
    pub(crate) fn values(&self) -> Vec<&Value> {
        match &self.kind {
            Kind::Graph(graph) => {
                graph.args.iter().chain(graph.tasks.iter().map(|task| &task.value)).collect()
            }
            Kind::Each(each) => {
                std::iter::once(&each.items).chain(&each.captures).chain(&each.results).collect()
            }
            Kind::Race(race) => race.arms.iter().flat_map(|arm| &arm.captures).collect(),
            Kind::Within(within) => within.captures.iter().collect(),
            Kind::Retry(retry) => retry.captures.iter().collect(),
        }
    }
}
