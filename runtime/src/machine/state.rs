//! The one walk over a machine's state, in the order of the tree of fibers, without anything that only this process
//! knows: numbers of fibers, addresses, capacities. A snapshot and a digest are this, with their values in a table
//! or hashed.
//!
//! Flat lists, each fiber and group behind the one it belongs to: what nests cannot overflow a stack on the way back.

use serde::{Deserialize, Serialize};

use super::fiber::Fiber;
use super::group::{Awaiting, FiberId, Group, GroupId, Kind};
use super::{Failure, Machine, Root, TaskState};
use crate::effect::{CodePoint, EffectId};
use crate::value::table::Ref;
use crate::value::{Error, ErrorKind, Value};

mod restore;

pub(crate) use restore::restore;

/// The state. `N` stands for values that are not small.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct State<'a, N> {
    #[serde(borrow)]
    groups: Vec<GroupState<'a, N>>,
    fibers: Vec<FiberState<'a, N>>,
    done: Option<Result<Ref<N>, FaultState<'a, N>>>,
}

#[derive(Debug, Serialize, Deserialize)]
struct GroupState<'a, N> {
    path: &'a str,
    /// The fiber that waits for it.
    parent: Option<u32>,
    /// An effect of its own.
    request: Option<&'a str>,
    #[serde(borrow)]
    kind: KindState<'a, N>,
}

#[derive(Debug, Serialize, Deserialize)]
struct FiberState<'a, N> {
    path: &'a str,
    counter: u32,
    /// Its group, and which of its children it is.
    parent: Option<(u32, u32)>,
    /// Function, register of the result, next instruction, where its window begins.
    frames: Vec<(u16, u16, u32, u32)>,
    /// Without the nulls at the end.
    stack: Vec<Ref<N>>,
    #[serde(borrow)]
    awaiting: AwaitingState<'a>,
}

#[derive(Debug, Serialize, Deserialize)]
enum AwaitingState<'a> {
    Nothing,
    Effect { id: &'a str, dest: u16, awaited: bool },
    Group { dest: u16 },
}

#[derive(Debug, Serialize, Deserialize)]
enum KindState<'a, N> {
    Graph {
        graph: u16,
        args: Vec<Ref<N>>,
        tasks: Vec<(TaskState, Ref<N>)>,
    },
    Each {
        function: u16,
        indexed: bool,
        items: Ref<N>,
        captures: Vec<Ref<N>>,
        bound: u64,
        next: u64,
        results: Vec<Ref<N>>,
    },
    Race {
        #[serde(borrow)]
        arms: Vec<(&'a str, u16, Vec<Ref<N>>)>,
        next: u64,
        failed: Option<FaultState<'a, N>>,
    },
    Within {
        function: u16,
        captures: Vec<Ref<N>>,
        ms: i64,
        begun: super::fanout::Begun,
    },
    Retry {
        function: u16,
        captures: Vec<Ref<N>>,
        on: Option<Vec<u16>>,
        count: i64,
        pause_ms: (i64, i64),
        rate: u64,
        jitter: bool,
        attempt: u32,
        step: super::fanout::RetryStep,
    },
}

/// An error with the way it came.
#[derive(Debug, Serialize, Deserialize)]
struct FaultState<'a, N> {
    /// The error, then its causes.
    #[serde(borrow)]
    errors: Vec<ErrorState<'a, N>>,
    catchable: bool,
    trace: Vec<CodePoint>,
}

/// An error: number of the kind, name of a kind of the program's own, message, data, task.
type ErrorState<'a, N> = (u16, Option<&'a str>, &'a str, Ref<N>, Option<&'a str>);

/// Walks over a machine; `take` takes its values in.
pub(crate) fn of<'a, N>(machine: &'a Machine, take: &mut dyn FnMut(&'a Value) -> Ref<N>) -> State<'a, N> {
    let state = State { groups: Vec::new(), fibers: Vec::new(), done: None };
    let mut walk = Walk { machine, take, state };
    match &machine.root {
        Root::Graph(id) => walk.group(*id, None),
        Root::Function(id) => walk.fiber(*id, None),
        Root::Ended(group) => walk.inner(group, None),
        Root::Gone => {}
    }
    walk.state.done = machine.done.as_ref().map(|done| match done {
        Ok(value) => Ok((walk.take)(value)),
        Err(Failure { error, trace }) => Err(walk.fault(error, false, trace)),
    });
    walk.state
}

struct Walk<'a, 't, N> {
    machine: &'a Machine,
    take: &'t mut dyn FnMut(&'a Value) -> Ref<N>,
    state: State<'a, N>,
}

impl<'a, N> Walk<'a, '_, N> {
    fn values(&mut self, values: impl IntoIterator<Item = &'a Value>) -> Vec<Ref<N>> {
        values.into_iter().map(|value| (self.take)(value)).collect()
    }

    fn group(&mut self, id: GroupId, parent: Option<u32>) {
        if let Some(group) = self.machine.groups.get(&id) {
            self.inner(group, parent);
        }
    }

    fn inner(&mut self, group: &'a Group, parent: Option<u32>) {
        let kind = self.kind(&group.kind);
        let number = self.state.groups.len() as u32;
        let request = group.request.as_ref().map(EffectId::as_str);
        self.state.groups.push(GroupState { path: &group.path, parent, request, kind });
        for (index, child) in &group.live {
            self.fiber(*child, Some((number, *index)));
        }
    }

    fn kind(&mut self, kind: &'a Kind) -> KindState<'a, N> {
        match kind {
            Kind::Graph(graph) => KindState::Graph {
                graph: graph.graph.0,
                args: self.values(&graph.args),
                tasks: graph.tasks.iter().map(|task| (task.state, (self.take)(&task.value))).collect(),
            },
            Kind::Each(each) => KindState::Each {
                function: each.function.0,
                indexed: each.indexed,
                items: (self.take)(&each.items),
                captures: self.values(&each.captures),
                bound: each.bound as u64,
                next: each.next as u64,
                results: self.values(&each.results),
            },
            Kind::Race(race) => KindState::Race {
                arms: race
                    .arms
                    .iter()
                    .map(|arm| (arm.name.as_str(), arm.function.0, self.values(&arm.captures)))
                    .collect(),
                next: race.next as u64,
                failed: race
                    .failed
                    .as_ref()
                    .map(|fault| self.fault(&fault.error, fault.catchable, &fault.trace)),
            },
            Kind::Within(within) => KindState::Within {
                function: within.function.0,
                captures: self.values(&within.captures),
                ms: within.ms,
                begun: within.begun,
            },
            Kind::Retry(retry) => KindState::Retry {
                function: retry.function.0,
                captures: self.values(&retry.captures),
                on: retry.on.clone(),
                count: retry.count,
                pause_ms: retry.pause_ms,
                rate: retry.rate.to_bits(),
                jitter: retry.jitter,
                attempt: retry.attempt,
                step: retry.step,
            },
        }
    }

    fn fiber(&mut self, id: FiberId, parent: Option<(u32, u32)>) {
        let Some(fiber) = self.machine.fibers.get(&id) else { return };
        let Fiber { path, counter, awaiting, stack, frames, .. } = fiber;
        let used = stack.iter().rposition(|value| !matches!(value, Value::Null)).map_or(0, |last| last + 1);
        let stack = self.values(&stack[..used]);
        let number = self.state.fibers.len() as u32;
        self.state.fibers.push(FiberState {
            path,
            counter: *counter,
            parent,
            frames: frames.iter().map(|f| (f.function, f.dest, f.pc, f.base)).collect(),
            stack,
            awaiting: match awaiting {
                None => AwaitingState::Nothing,
                Some(Awaiting::Effect { id, dest, awaited }) => {
                    AwaitingState::Effect { id: id.as_str(), dest: *dest, awaited: *awaited }
                }
                Some(Awaiting::Group { dest, .. }) => AwaitingState::Group { dest: *dest },
            },
        });
        if let Some(Awaiting::Group { id, .. }) = awaiting {
            self.group(*id, Some(number));
        }
    }

    fn fault(&mut self, error: &'a Error, catchable: bool, trace: &[CodePoint]) -> FaultState<'a, N> {
        let mut errors = Vec::new();
        let mut next = Some(error);
        while let Some(error) = next {
            let name = if let ErrorKind::Other(name) = &error.kind { Some(name.as_str()) } else { None };
            let (data, task) = ((self.take)(&error.data), error.task.as_deref());
            errors.push((error.kind.index(), name, error.message.as_str(), data, task));
            next = error.cause.as_deref();
        }
        FaultState { errors, catchable, trace: trace.to_vec() }
    }
}
