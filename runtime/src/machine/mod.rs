//! The machine: executes a program, one job at a time, as a pure function of its arguments and deliveries.
//!
//! In: a [`Program`], arguments, then [`Delivery`]s in one recorded order. Out: [`Output`]s in a fixed order (effect
//! requests, facts), at last a value or a failure. It runs until every fiber is done, waits or has faulted. No clock,
//! randomness, I/O, async or threads: run, resume, replay and test are one machine fed from different places.
//!
//! Fibers ([`fiber`]) execute code ([`exec`]); groups ([`group`]) start them and gather what comes of them. What is
//! ready runs depth first: a child runs before its next sibling starts, and an ended group's parent goes on at once.
//! Invariant: the state after each delivery is a function of program, arguments, context and the deliveries so far.

mod builtins;
mod change;
mod data;
mod digest;
mod exec;
mod fanout;
mod fault;
mod fiber;
mod graph;
mod group;
mod meter;
pub mod program;
mod site;
pub mod snapshot;
mod state;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::sync::Arc;

use aeth_lang::ids::{FunctionId, GraphId};

use crate::effect::{CodePoint, Delivery, EffectId, Fact, FiberEnd, Outcome, Output, Request};
use crate::event::StateDigest;
use crate::limits::Limits;
use crate::value::{Error, Value, measure};
use builtins::Patterns;
use exec::{Library, Stop, execute};
use fault::Fault;
use fiber::Fiber;
use graph::Graph;
use group::{Awaiting, FiberId, Group, GroupId, Kind, Next, Parent, Start};
use meter::{Meter, Pause};
use site::Asked;

pub use graph::TaskState;
pub use program::{LoadError, Program};

/// What a job knows of itself.
#[derive(Clone, Debug, PartialEq)]
pub struct Context {
    /// Its id: `job.id`.
    pub job: String,
    /// Environment variables as they were when it started.
    pub env: BTreeMap<String, String>,
    /// Its limits.
    pub limits: Limits,
}

/// Why the machine stopped.
#[derive(Clone, Debug, PartialEq)]
pub enum Halt {
    /// Every fiber waits: it goes on with a delivery.
    Blocked,
    /// The slice is used up: it goes on with another.
    OutOfFuel,
    /// It has ended.
    Done(Result<Value, Failure>),
}

/// An error that ended a job.
#[derive(Clone, Debug, PartialEq)]
pub struct Failure {
    /// What failed.
    pub error: Error,
    /// Where, from the innermost frame outwards, through flow calls and items.
    pub trace: Vec<CodePoint>,
}

/// What became of a delivery.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Delivered {
    /// Something waited for it.
    Accepted,
    /// Nothing waits for it: its fiber is cancelled, or the job has ended.
    NotWaiting,
}

/// A task as people see it.
#[derive(Clone, Debug, PartialEq)]
pub struct TaskView {
    /// Its fiber path.
    pub path: Arc<str>,
    /// How far it is.
    pub state: TaskState,
    /// Its value, if it is done.
    pub value: Option<Value>,
}

/// A job that runs.
#[derive(Debug)]
pub struct Machine {
    program: Arc<Program>,
    context: Context,
    fibers: BTreeMap<FiberId, Fiber>,
    groups: BTreeMap<GroupId, Group>,
    next_id: u64,
    /// What can run, the next one last.
    ready: Vec<Ready>,
    /// Who waits for which effect.
    blocked: BTreeMap<EffectId, Waiter>,
    root: Root,
    done: Option<Result<Value, Failure>>,
    outputs: Vec<Output>,
    meter: Meter,
    patterns: Patterns,
    /// Bytes that the last digest took, less the steps since: the next is due at zero.
    undigested: u64,
}

/// What a delivery costs at least, in steps: a durable write lies beside it.
const DELIVERY_WORTH: u64 = 16_384;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Ready {
    Fiber(FiberId),
    Group(GroupId),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Waiter {
    Fiber(FiberId),
    Group(GroupId),
}

/// What the machine began with.
#[derive(Debug)]
enum Root {
    Graph(GroupId),
    Function(FiberId),
    /// The job's graph as it was when it ended.
    Ended(Box<Group>),
    Gone,
}

/// A wait of a fiber that is over.
type Over = Option<(FiberId, Result<Value, Box<Fault>>)>;

impl Machine {
    fn empty(program: Arc<Program>, context: Context) -> Self {
        Self {
            program,
            meter: Meter::new(&context.limits),
            context,
            fibers: BTreeMap::new(),
            groups: BTreeMap::new(),
            next_id: 0,
            ready: Vec::new(),
            blocked: BTreeMap::new(),
            root: Root::Gone,
            done: None,
            outputs: Vec::new(),
            patterns: Patterns::default(),
            undigested: 0,
        }
    }

    /// A job of an agent.
    #[must_use]
    pub fn start(program: Arc<Program>, graph: GraphId, args: Vec<Value>, context: Context) -> Self {
        let tasks = program.module.graphs[graph.index()].tasks.len();
        let mut machine = Self::empty(program, context);
        let group = Group {
            path: "".into(),
            parent: None,
            depth: 0,
            live: BTreeMap::new(),
            request: None,
            kind: Kind::Graph(Graph::new(graph, args, tasks)),
        };
        let id = machine.id();
        machine.groups.insert(id, group);
        machine.root = Root::Graph(id);
        machine.ready.push(Ready::Group(id));
        machine
    }

    /// A machine for one function (lookup, confirm, undo): a single fiber whose path is `path`.
    #[must_use]
    pub fn function(
        program: Arc<Program>,
        function: FunctionId,
        args: Vec<Value>,
        context: Context,
        path: &str,
    ) -> Self {
        let mut machine = Self::empty(program, context);
        let mut fiber = Fiber::new(path.into(), None, 0);
        fiber.enter(&machine.program, function, args);
        let id = machine.id();
        machine.fibers.insert(id, fiber);
        machine.root = Root::Function(id);
        machine.ready.push(Ready::Fiber(id));
        machine
    }

    /// Calls a pure function (a tool's request or time limit); environment and job id are known to it.
    ///
    /// # Errors
    /// What it failed with.
    pub fn evaluate(
        program: &Arc<Program>,
        function: FunctionId,
        args: Vec<Value>,
        context: &Context,
    ) -> Result<Value, Error> {
        let (mut meter, mut patterns) = (Meter::new(&context.limits), Patterns::default());
        let mut library = Library { program, meter: &mut meter, patterns: &mut patterns };
        program::pure(function, args, &mut library, |site, _| site::answer(site, context))
            .map_err(|fault| fault.error)
    }

    /// Runs until everything waits, the slice is used up, or the job has ended.
    pub fn run(&mut self, fuel: u64) -> Halt {
        self.meter.slice(fuel);
        loop {
            if let Some(done) = &self.done {
                return Halt::Done(done.clone());
            }
            match self.ready.pop() {
                None => return Halt::Blocked,
                Some(Ready::Group(id)) => self.advance_group(id),
                Some(Ready::Fiber(id)) => {
                    if !self.advance_fiber(id) {
                        return Halt::OutOfFuel;
                    }
                }
            }
        }
    }

    /// What the machine has said since it was last asked, in order.
    pub fn outputs(&mut self) -> Vec<Output> {
        std::mem::take(&mut self.outputs)
    }

    /// Feeds it what came of a request, or that the job is cancelled. Then [`run`](Self::run) it.
    pub fn deliver(&mut self, delivery: &Delivery) -> Delivered {
        if self.done.is_some() {
            return Delivered::NotWaiting;
        }
        match delivery {
            Delivery::Cancel => {
                self.meter.delivered();
                match self.root {
                    Root::Graph(id) => self.close(id, Err(Fault::cancelled())),
                    Root::Function(id) => {
                        self.cancel_fiber(id);
                        self.finish(Err(Fault::cancelled()));
                        None
                    }
                    Root::Ended(_) | Root::Gone => None,
                };
            }
            Delivery::Outcome { id, outcome } => {
                let Some(waiter) = self.blocked.remove(id) else { return Delivered::NotWaiting };
                self.meter.delivered();
                match waiter {
                    Waiter::Fiber(id) => self.resume(id, outcome),
                    Waiter::Group(id) => {
                        let Some(group) = self.groups.get_mut(&id) else { return Delivered::NotWaiting };
                        group.request = None;
                        let next = group.outcome(outcome);
                        let over = self.follow(id, next);
                        self.settle(over);
                    }
                }
            }
        }
        Delivered::Accepted
    }

    /// The ids of the effects that something waits for, in order.
    #[must_use]
    pub fn waiting(&self) -> Vec<EffectId> {
        self.blocked.keys().cloned().collect()
    }

    /// The tasks of the job's graph and of flows that run, each flow's behind the task it runs in.
    #[must_use]
    pub fn tasks(&self) -> Vec<TaskView> {
        let mut views = Vec::new();
        match &self.root {
            Root::Graph(id) => self.view(*id, &mut views),
            Root::Ended(group) => self.view_group(group, &mut views),
            Root::Function(_) | Root::Gone => {}
        }
        views
    }

    fn view(&self, id: GroupId, views: &mut Vec<TaskView>) {
        if let Some(group) = self.groups.get(&id) {
            self.view_group(group, views);
        }
    }

    fn view_group(&self, group: &Group, views: &mut Vec<TaskView>) {
        let inner = |index: u32, views: &mut Vec<TaskView>| {
            let fiber = group.live.get(&index).and_then(|id| self.fibers.get(id));
            if let Some(Awaiting::Group { id, .. }) = fiber.and_then(|fiber| fiber.awaiting.as_ref()) {
                self.view(*id, views);
            }
        };
        let Kind::Graph(graph) = &group.kind else {
            group.live.keys().for_each(|index| inner(*index, views));
            return;
        };
        let names = self.program.module.graphs[graph.graph.index()].tasks.iter().map(|task| &task.name);
        for (at, (task, name)) in graph.tasks.iter().zip(names).enumerate() {
            let value = (task.state == TaskState::Done).then(|| task.value.clone());
            views.push(TaskView { path: group.child(name), state: task.state, value });
            inner(at as u32, views);
        }
    }

    /// BLAKE3 over the whole state: equal after equal deliveries, on every platform.
    #[must_use]
    pub fn digest(&self) -> [u8; 32] {
        digest::digest(self).0
    }

    /// The beginning of the digest, to be recorded with what is delivered next; `None` while it would cost more than
    /// what ran since the last one, so that a large state does not make every effect dear.
    pub fn state_digest(&mut self) -> Option<StateDigest> {
        debug_assert!(self.ready.is_empty() || self.done.is_some(), "a delivery comes at quiescence only");
        let worth = DELIVERY_WORTH.saturating_add(self.meter.used());
        self.undigested = self.undigested.saturating_sub(worth);
        if self.undigested > 0 {
            return None;
        }
        let (digest, hashed) = digest::digest(self);
        self.undigested = hashed;
        digest.first_chunk().copied()
    }

    /// Steps it has taken so far, about.
    pub(crate) fn steps(&self) -> u64 {
        self.meter.total()
    }

    /// The program it runs.
    #[must_use]
    pub fn program(&self) -> &Arc<Program> {
        &self.program
    }

    fn id(&mut self) -> u64 {
        self.next_id += 1;
        self.next_id
    }

    /// Runs a fiber until it stops; false if the slice is used up.
    fn advance_fiber(&mut self, id: FiberId) -> bool {
        loop {
            let Some(fiber) = self.fibers.get_mut(&id) else { return true };
            let mut library =
                Library { program: &self.program, meter: &mut self.meter, patterns: &mut self.patterns };
            match execute(fiber, &mut library) {
                Stop::Done(value) => {
                    let over = self.end_fiber(id, Ok(value));
                    self.settle(over);
                    return true;
                }
                Stop::Failed(fault) => {
                    let over = self.end_fiber(id, Err(fault));
                    self.settle(over);
                    return true;
                }
                Stop::Effect { site, dest, first } => {
                    let asked = site::ask(site, first, id, fiber, &self.program, &self.context);
                    match asked {
                        Ok(Asked::Answer(value)) => fiber.set(dest, value),
                        Ok(Asked::Request { id: effect, effect: asked, awaited }) => {
                            fiber.trim(&self.program);
                            fiber.awaiting = Some(Awaiting::Effect { id: effect.clone(), dest, awaited });
                            self.blocked.insert(effect.clone(), Waiter::Fiber(id));
                            let request = Request { id: effect, site: Some(site), effect: asked };
                            self.outputs.push(Output::Request(request));
                            return true;
                        }
                        Ok(Asked::Group(group)) => {
                            self.begin(id, dest, *group);
                            return true;
                        }
                        Err(fault) => {
                            if let Err(fault) = fiber.unwind(&self.program, fault) {
                                let over = self.end_fiber(id, Err(fault));
                                self.settle(over);
                                return true;
                            }
                        }
                    }
                }
                Stop::Paused => {
                    let fault = match self.meter.pause() {
                        Pause::None => continue,
                        Pause::Slice => {
                            self.ready.push(Ready::Fiber(id));
                            return false;
                        }
                        Pause::Steps => self.meter.step_limit(),
                        Pause::Heap => match self.count_heap() {
                            Ok(()) => continue,
                            Err(fault) => fault,
                        },
                    };
                    let over = self.fault(id, fault);
                    self.settle(over);
                    return true;
                }
            }
        }
    }

    /// Counts live values; a fault if they are too many.
    fn count_heap(&mut self) -> Result<(), Box<Fault>> {
        let mut heap = measure::Heap::default();
        for fiber in self.fibers.values() {
            heap.add(&fiber.stack);
        }
        for group in self.groups.values() {
            heap.add(group.values());
        }
        if heap.units() > self.meter.limits().heap {
            return Err(self.meter.heap_limit());
        }
        self.meter.counted(heap.units());
        Ok(())
    }

    /// A fiber starts to wait for a group of its own.
    fn begin(&mut self, fiber: FiberId, dest: u16, group: Group) {
        let id = self.id();
        if group.is_graph() {
            self.outputs.push(Output::Fact(Fact::FiberStarted { fiber: Arc::clone(&group.path) }));
        }
        self.groups.insert(id, group);
        if let Some(fiber) = self.fibers.get_mut(&fiber) {
            fiber.trim(&self.program);
            fiber.awaiting = Some(Awaiting::Group { id, dest });
        }
        self.ready.push(Ready::Group(id));
    }

    /// Asks a group what it wants next, and does it.
    fn advance_group(&mut self, id: GroupId) {
        let Some(group) = self.groups.get_mut(&id) else { return };
        let over = match group.next(&self.program, &self.context.limits, &mut self.outputs) {
            Next::Wait => None,
            next => self.follow(id, next),
        };
        self.settle(over);
    }

    /// Does what a group wants.
    fn follow(&mut self, id: GroupId, next: Next) -> Over {
        match next {
            Next::Finish(value) => self.close(id, Ok(value)),
            Next::Fail(fault) => self.close(id, Err(fault)),
            Next::Wait => {
                self.ready.push(Ready::Group(id));
                None
            }
            Next::Request(name, effect) => {
                let group = self.groups.get_mut(&id)?;
                let effect_id = EffectId(group.child(&name));
                group.request = Some(effect_id.clone());
                self.blocked.insert(effect_id.clone(), Waiter::Group(id));
                self.outputs.push(Output::Request(Request { id: effect_id, site: None, effect }));
                self.ready.push(Ready::Group(id));
                None
            }
            Next::Start(start) => {
                self.ready.push(Ready::Group(id));
                self.spawn(id, start)
            }
        }
    }

    fn spawn(&mut self, id: GroupId, start: Start) -> Over {
        let most = self.context.limits.fibers;
        if self.fibers.len() >= most as usize {
            let fault = Fault::limit("fibers", u64::from(most), "too many tasks, items and arms are at work");
            return self.close(id, Err(fault));
        }
        let child = self.id();
        let group = self.groups.get_mut(&id)?;
        let path = group.child(&start.name);
        group.live.insert(start.index, child);
        if !group.is_graph() {
            self.outputs.push(Output::Fact(Fact::FiberStarted { fiber: Arc::clone(&path) }));
        }
        let mut fiber = Fiber::new(path, Some(Parent { group: id, index: start.index }), group.depth);
        fiber.enter(&self.program, start.function, start.args);
        self.fibers.insert(child, fiber);
        self.ready.push(Ready::Fiber(child));
        None
    }

    /// A fiber ended: its group is told.
    fn end_fiber(&mut self, id: FiberId, result: Result<Value, Box<Fault>>) -> Over {
        let fiber = self.fibers.remove(&id)?;
        let Some(Parent { group: parent, index }) = fiber.parent else {
            self.finish(result);
            return None;
        };
        let group = self.groups.get_mut(&parent)?;
        group.live.remove(&index);
        if !group.is_graph() {
            let end = if result.is_ok() { FiberEnd::Completed } else { FiberEnd::Failed };
            self.outputs.push(Output::Fact(Fact::FiberEnded { fiber: fiber.path, end }));
        }
        let next = group.ended(index, result, &self.program, &self.context.limits, &mut self.outputs);
        match next {
            // it is asked again once, whether or not it stands in line already
            Next::Wait if self.ready.contains(&Ready::Group(parent)) => None,
            next => self.follow(parent, next),
        }
    }

    /// A group ended: what lives in it is cancelled, and its parent's wait is over.
    fn close(&mut self, id: GroupId, result: Result<Value, Box<Fault>>) -> Over {
        self.cancel_children(id);
        let group = self.groups.remove(&id)?;
        let Some(parent) = group.parent else {
            self.root = Root::Ended(Box::new(group));
            self.finish(result);
            return None;
        };
        if group.is_graph() {
            let end = if result.is_ok() { FiberEnd::Completed } else { FiberEnd::Failed };
            self.outputs.push(Output::Fact(Fact::FiberEnded { fiber: group.path, end }));
        }
        Some((parent, result))
    }

    /// Goes on with fibers whose wait is over, outwards as long as they fail.
    fn settle(&mut self, mut over: Over) {
        while let Some((id, result)) = over {
            let Some(fiber) = self.fibers.get_mut(&id) else { return };
            let dest = match fiber.awaiting.take() {
                Some(Awaiting::Effect { dest, .. } | Awaiting::Group { dest, .. }) => dest,
                None => 0,
            };
            over = match result {
                Ok(value) => {
                    fiber.set(dest, value);
                    self.ready.push(Ready::Fiber(id));
                    None
                }
                Err(fault) => self.fault(id, fault),
            };
        }
    }

    /// A fault strikes a fiber: it goes on where it is caught, or ends.
    fn fault(&mut self, id: FiberId, fault: Box<Fault>) -> Over {
        let fiber = self.fibers.get_mut(&id)?;
        match fiber.unwind(&self.program, fault) {
            Ok(()) => {
                self.ready.push(Ready::Fiber(id));
                None
            }
            Err(fault) => self.end_fiber(id, Err(fault)),
        }
    }

    /// A fiber's effect has an outcome.
    fn resume(&mut self, id: FiberId, outcome: &Outcome) {
        let Some(fiber) = self.fibers.get_mut(&id) else { return };
        let awaited = matches!(fiber.awaiting, Some(Awaiting::Effect { awaited: true, .. }));
        let result = match outcome {
            Outcome::Value(value) if awaited => Ok(Value::tuple(vec![Value::Bool(true), value.clone()])),
            Outcome::Expired if awaited => Ok(Value::tuple(vec![Value::Bool(false), Value::Null])),
            Outcome::Value(value) => Ok(value.clone()),
            Outcome::Expired => Ok(Value::Null),
            Outcome::Error(error) => Err(Fault::outcome(error.clone())),
        };
        self.settle(Some((id, result)));
    }

    /// Cancels what lives in a group, in order.
    fn cancel_children(&mut self, id: GroupId) {
        let Some(group) = self.groups.get_mut(&id) else { return };
        if let Some(request) = group.request.take() {
            self.blocked.remove(&request);
            self.outputs.push(Output::Withdraw(request));
        }
        for (index, child) in std::mem::take(&mut group.live) {
            let Some(path) = self.cancel_fiber(child) else { continue };
            let fact = match self.groups.get_mut(&id).map(|group| &mut group.kind) {
                Some(Kind::Graph(graph)) => {
                    graph.tasks[index as usize].state = TaskState::Cancelled;
                    Fact::TaskCancelled { task: path }
                }
                _ => Fact::FiberEnded { fiber: path, end: FiberEnd::Cancelled },
            };
            self.outputs.push(Output::Fact(fact));
        }
    }

    /// Cancels a fiber and what it waits for; its path.
    fn cancel_fiber(&mut self, id: FiberId) -> Option<Arc<str>> {
        let fiber = self.fibers.remove(&id)?;
        match fiber.awaiting {
            Some(Awaiting::Effect { id, .. }) => {
                self.blocked.remove(&id);
                self.outputs.push(Output::Withdraw(id));
            }
            Some(Awaiting::Group { id, .. }) => {
                self.cancel_children(id);
                if let Some(group) = self.groups.remove(&id).filter(Group::is_graph) {
                    let fact = Fact::FiberEnded { fiber: group.path, end: FiberEnd::Cancelled };
                    self.outputs.push(Output::Fact(fact));
                }
            }
            None => {}
        }
        Some(fiber.path)
    }

    /// The job has ended.
    fn finish(&mut self, result: Result<Value, Box<Fault>>) {
        self.done = Some(result.map_err(|fault| Failure { error: fault.error, trace: fault.trace }));
        self.ready.clear();
        self.fibers.clear();
        self.groups.clear();
        self.blocked.clear();
    }
}
