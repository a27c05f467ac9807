//! Who may ask for effects, and which constants may use which.
//!
//! Effects are asked for by the bottom frame of a fiber only: by the bodies of tasks, items, arms, attempts and the
//! clauses `lookup`, `confirm`, `undo`. Whatever is called or kept as a function value is pure; `env.NAME` and
//! `job.id` are known when a job starts and count as pure, but not in a constant, which belongs to no job.

use petgraph::algo::kosaraju_scc;
use petgraph::graph::{DiGraph, NodeIndex};

use super::{Verdict, at, ensure};
use crate::bytecode::Module;
use crate::bytecode::instr::Instr;
use crate::bytecode::module::{FieldType, Function, Shape, Site, Via};
use crate::ids::FunctionId;

/// What a function, and all it calls, may do.
#[derive(Clone, Copy, Default)]
struct Reach {
    /// Asks for an effect proper.
    asks: bool,
    /// Reads what is fixed when a job starts.
    reads: bool,
    /// One more than the last constant it uses.
    globals: usize,
}

impl Reach {
    fn with(self, other: Self) -> Self {
        Self {
            asks: self.asks || other.asks,
            reads: self.reads || other.reads,
            globals: self.globals.max(other.globals),
        }
    }
}

pub(super) fn purity(module: &Module) -> Verdict {
    let reach = reachable(module);
    let pure = |id: FunctionId| {
        ensure(!reach[id.index()].asks, || {
            at(format!("function {}", id.0), "a pure function asks for an effect")
        })
    };
    for instr in module.functions.iter().flat_map(|function| &function.code) {
        if let Instr::Call { f, .. } | Instr::Closure { f, .. } = instr {
            pure(FunctionId(*f))?;
        }
    }
    for tool in &module.tools {
        if let Via::Exec { request, .. } | Via::Http { request, .. } = tool.via {
            pure(request)?;
        }
        tool.timeout.map_or(Ok(()), pure)?;
    }
    module.models.iter().map(|model| model.request).try_for_each(pure)?;
    module.prompts.iter().map(|prompt| prompt.request).try_for_each(pure)?;
    for id in module.schedules.iter().map(|schedule| schedule.args) {
        let reads = reach[id.index()].reads;
        pure(id)?;
        ensure(!reads, || at(format!("function {}", id.0), "a schedule reads what only a job has"))?;
    }
    module.graphs.iter().filter_map(|graph| graph.key.as_ref()).try_for_each(|(key, _)| pure(*key))?;
    for (when, _) in module.graphs.iter().flat_map(|graph| &graph.tasks).filter_map(|task| task.when.as_ref())
    {
        pure(*when)?;
    }
    for (n, &id) in module.globals.iter().enumerate() {
        let place = || format!("global {n}");
        let function = module.functions.get(id.index());
        let plain = function.is_some_and(|function| function.params == 0 && function.captures == 0);
        ensure(plain, || at(place(), "its function takes parameters"))?;
        let reach = reach[id.index()];
        ensure(!reach.asks && !reach.reads, || at(place(), "it is not constant"))?;
        ensure(reach.globals <= n, || at(place(), "it uses a later constant"))?;
    }
    Ok(())
}

/// Per function, what it and everything it calls may do.
fn reachable(module: &Module) -> Vec<Reach> {
    let defaults = Defaults::of(module);
    let mut graph = DiGraph::<(), (), usize>::default();
    for _ in &module.functions {
        graph.add_node(());
    }
    let mut reach = vec![Reach::default(); module.functions.len()];
    for (n, function) in module.functions.iter().enumerate() {
        for callee in callees(function) {
            graph.add_edge(NodeIndex::new(n), NodeIndex::new(callee.into()), ());
        }
        reach[n] = own(module, function, &defaults);
    }
    // Callees come before their callers; what call each other reach the same.
    for component in kosaraju_scc(&graph) {
        let mut all = Reach::default();
        for &at in &component {
            all = all.with(reach[at.index()]);
            all = graph.neighbors(at).fold(all, |all, callee| all.with(reach[callee.index()]));
        }
        for at in component {
            reach[at.index()] = all;
        }
    }
    reach
}

fn callees(function: &Function) -> Vec<u16> {
    let called = function.code.iter().filter_map(|instr| match instr {
        Instr::Call { f, .. } | Instr::Closure { f, .. } => Some(*f),
        _ => None,
    });
    let mut called: Vec<u16> = called.collect();
    called.sort_unstable();
    called.dedup();
    called
}

fn own(module: &Module, function: &Function, defaults: &Defaults) -> Reach {
    let mut reach = Reach::default();
    for instr in &function.code {
        match instr {
            Instr::Global { g, .. } => reach.globals = reach.globals.max(usize::from(*g) + 1),
            Instr::Decode { shape, .. } => {
                reach.globals = reach.globals.max(defaults.shapes[usize::from(*shape)]);
            }
            Instr::Effect { site, .. } => match module.sites[usize::from(*site)] {
                Site::Env { .. } | Site::JobId => reach.reads = true,
                _ => reach.asks = true,
            },
            _ => {}
        }
    }
    reach
}

/// Per shape, one more than the last default that decoding it could take.
struct Defaults {
    shapes: Vec<usize>,
}

impl Defaults {
    fn of(module: &Module) -> Self {
        // Nodes: shapes, then records, then enums; edges lead to what is decoded with them.
        let (shapes, records) = (module.shapes.len(), module.records.len());
        let mut graph = DiGraph::<(), (), usize>::default();
        let mut most = vec![0; shapes + records + module.enums.len()];
        for _ in &most {
            graph.add_node(());
        }
        let mut edge = |from: usize, to: usize| {
            graph.add_edge(NodeIndex::new(from), NodeIndex::new(to), ());
        };
        for (n, shape) in module.shapes.iter().enumerate() {
            match shape {
                Shape::Tuple(parts) => parts.iter().for_each(|part| edge(n, part.index())),
                Shape::List(part) | Shape::Optional(part) => edge(n, part.index()),
                Shape::Map(key, value) => {
                    edge(n, key.index());
                    edge(n, value.index());
                }
                Shape::Record(id, args) => {
                    args.iter().for_each(|arg| edge(n, arg.index()));
                    edge(n, shapes + usize::from(*id));
                }
                Shape::Enum(id, args) => {
                    args.iter().for_each(|arg| edge(n, arg.index()));
                    edge(n, shapes + records + usize::from(*id));
                }
                _ => {}
            }
        }
        let mut fields = |from: usize, fields: &[FieldType]| {
            for field in fields {
                edge(from, field.shape.index());
                let default = field.default.map_or(0, |default| default.index() + 1);
                most[from] = most[from].max(default);
            }
        };
        for (n, record) in module.records.iter().enumerate() {
            fields(shapes + n, &record.fields);
        }
        for (n, declared) in module.enums.iter().enumerate() {
            declared.variants.iter().for_each(|variant| fields(shapes + records + n, &variant.fields));
        }
        for component in kosaraju_scc(&graph) {
            let reached = component.iter().flat_map(|&at| graph.neighbors(at).chain([at]));
            let all = reached.map(|at| most[at.index()]).max().unwrap_or(0);
            component.into_iter().for_each(|at| most[at.index()] = all);
        }
        most.truncate(shapes);
        Self { shapes: most }
    }
}
