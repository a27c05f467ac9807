//! Agents and flows: tasks in topological order, each with a function of exactly what it reads.

use std::collections::BTreeMap;

use crate::bytecode::module::{self, Function, FunctionDebug};
use crate::bytecode::{Instr, Reg};
use crate::check::program::{Body, Graph, GraphKind, Input};
use crate::graph::{Expanded, TaskGraph};
use crate::ids::{FunctionId, GraphId, LetId, TaskId};
use crate::limits;

use super::function::Builder;
use super::needs::Needs;
use super::{Generator, Pending, Source};

/// A body of a graph: parameters and tasks come in, lets are computed on the way.
pub(super) struct Inside<'p> {
    graph: usize,
    body: &'p Body,
    inputs: &'p [Input],
    expanded: Expanded,
}

impl<'p> Generator<'p> {
    /// Writes all agents and flows, sorted by name.
    pub(super) fn graphs(&mut self, derived: &[TaskGraph]) {
        let needs = Needs::of(self.program);
        for at in self.graph_order.sorted.clone() {
            let graph = self.graph(at, &derived[at], &needs);
            self.module.graphs.push(graph);
        }
    }

    fn graph(&mut self, at: usize, derived: &TaskGraph, needs: &Needs) -> module::Graph {
        let declared = &self.program.graphs[at];
        let agent = declared.kind == GraphKind::Agent;
        if declared.tasks.len() > limits::TASKS {
            let text = format!("`{}` has more than {} tasks", declared.name, limits::TASKS);
            self.too_large(declared.span, text, "move some of them into a flow");
        }
        let params = self.fields(&declared.params, agent);
        let result = self.shape(&declared.result);
        self.fill_types();
        self.drain();
        let order = derived.order();
        let mut place = vec![TaskId(0); declared.tasks.len()];
        for (number, task) in order.iter().enumerate() {
            place[task.index()] = TaskId::of(number);
        }
        let tasks = order.iter().map(|&task| self.task(at, task, derived, &place)).collect();
        let spans = order.iter().map(|task| declared.tasks[task.index()].span).collect();
        self.debug.graphs.push((declared.span, spans));
        let needed = needs.reachable(GraphId::of(at));
        let mut tools: Vec<_> = needed.tools.iter().map(|&tool| self.tool_id(tool)).collect();
        tools.sort();
        let mut models: Vec<_> = needed.models.iter().map(|&model| self.model_id(model)).collect();
        models.sort();
        let key = declared
            .key
            .as_ref()
            .map(|(inputs, body)| self.inside_graph(at, format!("{}.key", declared.name), body, inputs));
        self.drain();
        module::Graph {
            name: declared.name.clone(),
            agent,
            docs: declared.docs.clone().filter(|_| agent),
            params,
            result,
            tasks,
            env: needed.env.into_iter().collect(),
            secrets: needed.secrets.into_iter().collect(),
            tools,
            models,
            budget: declared.budget.clone().map(|budget| module::Budget {
                cost: budget.cost.as_deref().map(super::expr::canonical_decimal),
                ..budget
            }),
            key,
        }
    }

    fn task(&mut self, graph: usize, id: TaskId, derived: &TaskGraph, place: &[TaskId]) -> module::Task {
        let declared = &self.program.graphs[graph];
        let task = &declared.tasks[id.index()];
        let placed = |input: module::Input| match input {
            module::Input::Param(n) => module::Input::Param(n),
            module::Input::Task(task) => module::Input::Task(place[task.index()]),
        };
        let name = format!("{}.{}", declared.name, task.name);
        let when = task.when.as_ref().map(|(inputs, body)| {
            let (function, inputs) = self.inside_graph(graph, format!("{name}.when"), body, inputs);
            (function, inputs.into_iter().map(placed).collect())
        });
        let (body, inputs) = self.inside_graph(graph, name, &task.body, &task.inputs);
        self.drain();
        let mut after: Vec<TaskId> =
            derived.waits_for(id).into_iter().map(|(on, _)| place[on.index()]).collect();
        after.sort();
        module::Task {
            name: task.name.clone(),
            after,
            when,
            body,
            inputs: inputs.into_iter().map(placed).collect(),
        }
    }

    /// A function for a body of a graph, and what it reads.
    fn inside_graph(
        &mut self,
        graph: usize,
        name: String,
        body: &'p Body,
        inputs: &'p [Input],
    ) -> (FunctionId, Vec<module::Input>) {
        let expanded = Expanded::of(&self.program.graphs[graph], inputs);
        let read = expanded.inputs.clone();
        let inside = Inside { graph, body, inputs, expanded };
        (self.declare(Pending { name, source: Source::Inside(inside) }), read)
    }

    /// The code of a body of a graph: lets first, each by a call of its function.
    pub(super) fn inside(&mut self, inside: &Inside<'p>) -> (Function, FunctionDebug) {
        let graph: &'p Graph = &self.program.graphs[inside.graph];
        let mut builder = Builder::new(self, &inside.body.locals, inside.body.value.span);
        let mut places = Places::default();
        for &input in &inside.expanded.inputs {
            let register = builder.alloc();
            places.note(input, register);
        }
        for &id in &inside.expanded.lets {
            let declared = &graph.lets[id.index()];
            let f = builder.generator.let_function(inside.graph, id);
            builder.asm.span = declared.span;
            let d = builder.alloc();
            let mark = builder.mark();
            let first = builder.peek();
            for input in &declared.inputs {
                let (s, d) = (places.of(*input), builder.alloc());
                builder.asm.emit(Instr::Copy { d, s });
            }
            builder.asm.emit(Instr::Call { d, f: f.0, first });
            builder.release(mark);
            places.lets.insert(id, d);
        }
        builder.asm.span = inside.body.value.span;
        for (&param, &input) in inside.body.params.iter().zip(inside.inputs) {
            builder.bind(param, places.of(input));
        }
        let params = super::expr::count(inside.expanded.inputs.len());
        builder.finish(&inside.body.value, params, 0)
    }

    fn let_function(&mut self, graph: usize, id: LetId) -> FunctionId {
        if let Some(&known) = self.lets.get(&(graph, id.index())) {
            return known;
        }
        let declared = &self.program.graphs[graph];
        let body = &declared.lets[id.index()];
        let name = format!("{}.{}", declared.name, body.name);
        let function = self.declare(Pending::body(name, &body.body, 0));
        self.lets.insert((graph, id.index()), function);
        function
    }
}

/// Where the inputs of a body stand.
#[derive(Default)]
struct Places {
    params: BTreeMap<u16, Reg>,
    tasks: BTreeMap<TaskId, Reg>,
    lets: BTreeMap<LetId, Reg>,
}

impl Places {
    fn note(&mut self, input: module::Input, register: Reg) {
        match input {
            module::Input::Param(n) => self.params.insert(n, register),
            module::Input::Task(task) => self.tasks.insert(task, register),
        };
    }

    /// The register of an input; [`Expanded`] has listed all of them.
    fn of(&self, input: Input) -> Reg {
        let register = match input {
            Input::Param(n) => self.params.get(&n),
            Input::Task(task) => self.tasks.get(&task),
            Input::Let(id) => self.lets.get(&id),
        };
        register.copied().unwrap_or_default()
    }
}
