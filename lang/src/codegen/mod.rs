//! Checked program to bytecode module.
//!
//! In: a [`Program`] without errors. Out: the [`Module`] with its [`Debug`](struct@Debug) table, or what exceeds a limit.
//! Invariant: everything is numbered in the order in which it is reached from agents, flows, tools and signals
//! sorted by name, so moving, formatting and commenting declarations or renaming locals changes no byte. (An
//! `assert` without a message carries the text of its condition, and so its names.)

mod assembler;
mod condition;
mod control;
mod declarations;
mod effect;
mod expr;
mod function;
mod globals;
mod graphs;
mod needs;
mod operator;
mod pattern;
mod place;
mod tables;
mod tools;
mod types;
pub(crate) mod walk;
mod wording;

#[cfg(test)]
mod tests;

use std::collections::VecDeque;

use rustc_hash::FxHashMap;

use crate::bytecode::Module;
use crate::bytecode::module::{
    Debug, FORMAT_VERSION, Function, FunctionDebug, SEMANTICS_VERSION, Signal, Site,
};
use crate::check::program::{Body, Program};
use crate::diagnostic::{Diagnostic, codes};
use crate::graph::TaskGraph;
use crate::ids::{FunctionId, GraphId, MemoryId, ModelId, PromptId, SignalId, ToolId};
use crate::source::SourceMap;
use crate::span::Span;

use function::Builder;
use tables::Tables;
use types::Types;

/// Compiles a checked program, whose graphs have been derived (one [`TaskGraph`] per graph of the program, in its
/// order).
///
/// # Errors
/// What exceeds a limit of the compiler.
pub fn generate(
    program: &Program,
    graphs: &[TaskGraph],
    sources: &SourceMap,
) -> Result<(Module, Debug), Vec<Diagnostic>> {
    let mut generator = Generator::new(program);
    generator.prelude_types();
    generator.graphs(graphs);
    generator.tools();
    generator.signals();
    generator.models();
    generator.prompts();
    generator.memories();
    generator.schedules();
    generator.finish(sources)
}

/// The module while it is being written.
pub(crate) struct Generator<'p> {
    program: &'p Program,
    module: Module,
    debug: Debug,
    tables: Tables,
    types: Types,
    variants: FxHashMap<(u16, u16), u16>,
    functions: Vec<Option<FunctionId>>,
    lets: FxHashMap<(usize, usize), FunctionId>,
    globals: globals::Globals,
    /// Numbers by name, by the program's index.
    tool_order: Order,
    signal_order: Order,
    graph_order: Order,
    model_order: Order,
    prompt_order: Order,
    memory_order: Order,
    queue: VecDeque<(FunctionId, Pending<'p>)>,
    diagnostics: Vec<Diagnostic>,
}

/// A function that has a number, but no code yet.
pub(crate) struct Pending<'p> {
    name: String,
    source: Source<'p>,
}

enum Source<'p> {
    /// A body whose last parameters are captures.
    Body { body: &'p Body, captures: u16 },
    /// A body of a graph, which reads parameters, tasks and lets.
    Inside(graphs::Inside<'p>),
    /// The parts of a `via` clause.
    Request(&'p crate::check::program::ViaParts, Span),
}

impl<'p> Pending<'p> {
    fn body(name: String, body: &'p Body, captures: usize) -> Self {
        Self { name, source: Source::Body { body, captures: expr::count(captures) } }
    }
}

/// Declarations sorted by name.
struct Order {
    /// Program indices, sorted.
    sorted: Vec<usize>,
    /// The place of each program index.
    place: Vec<usize>,
}

impl Order {
    fn by_name<'a>(names: impl Iterator<Item = &'a str>) -> Self {
        let names: Vec<&str> = names.collect();
        let mut sorted: Vec<usize> = (0..names.len()).collect();
        sorted.sort_by_key(|&at| names[at]);
        let mut place = vec![0; names.len()];
        for (number, &at) in sorted.iter().enumerate() {
            place[at] = number;
        }
        Self { sorted, place }
    }
}

impl<'p> Generator<'p> {
    fn new(program: &'p Program) -> Self {
        Self {
            program,
            module: Module { format: FORMAT_VERSION, semantics: SEMANTICS_VERSION, ..Module::default() },
            debug: Debug::default(),
            tables: Tables::default(),
            types: Types::new(program),
            variants: FxHashMap::default(),
            functions: vec![None; program.functions.len()],
            lets: FxHashMap::default(),
            globals: globals::Globals::new(program),
            tool_order: Order::by_name(
                program
                    .tools
                    .iter()
                    .take(program.tools.len() - program.test_tools)
                    .map(|tool| tool.name.as_str()),
            ),
            signal_order: Order::by_name(program.signals.iter().map(|signal| signal.name.as_str())),
            graph_order: Order::by_name(program.graphs.iter().map(|graph| graph.name.as_str())),
            model_order: Order::by_name(program.models.iter().map(|model| model.name.as_str())),
            prompt_order: Order::by_name(program.prompts.iter().map(|prompt| prompt.name.as_str())),
            memory_order: Order::by_name(program.memories.iter().map(|memory| memory.name.as_str())),
            queue: VecDeque::new(),
            diagnostics: Vec::new(),
        }
    }

    fn signals(&mut self) {
        let program = self.program;
        for at in self.signal_order.sorted.clone() {
            let signal = &program.signals[at];
            let shape = self.shape(&signal.ty);
            self.module.signals.push(Signal { name: signal.name.clone(), shape });
        }
        self.fill_types();
        self.drain();
    }

    fn finish(mut self, sources: &SourceMap) -> Result<(Module, Debug), Vec<Diagnostic>> {
        self.module.constants = self.tables.constants;
        self.module.paths = self.tables.paths;
        self.module.shapes = self.tables.shapes;
        for (_, source) in sources.iter() {
            self.debug.files.push(source.name().to_owned());
            self.debug.sources.push(source.text().to_owned());
        }
        if self.diagnostics.is_empty() { Ok((self.module, self.debug)) } else { Err(self.diagnostics) }
    }

    /// The module's number of a declared function.
    fn function(&mut self, id: crate::ids::FunctionId) -> FunctionId {
        if let Some(known) = self.functions[id.index()] {
            return known;
        }
        let declared = &self.program.functions[id.index()];
        let number = self.declare(Pending::body(declared.name.clone(), &declared.body, 0));
        self.functions[id.index()] = Some(number);
        number
    }

    /// Gives a function its number; its code is written by [`drain`](Self::drain).
    fn declare(&mut self, pending: Pending<'p>) -> FunctionId {
        let id = FunctionId(self.number(self.module.functions.len(), "functions"));
        self.module.functions.push(Function::default());
        self.debug.functions.push(FunctionDebug::default());
        self.queue.push_back((id, pending));
        id
    }

    /// Writes the code of every function that has only a number, and of those they reach.
    fn drain(&mut self) {
        while let Some((id, pending)) = self.queue.pop_front() {
            if !self.diagnostics.is_empty() {
                continue;
            }
            let (function, mut debug) = match pending.source {
                Source::Body { body, captures } => {
                    Builder::new(self, &body.locals, body.value.span).body(body, captures)
                }
                Source::Inside(inside) => self.inside(&inside),
                Source::Request(parts, span) => self.request(parts, span),
            };
            debug.name = pending.name;
            self.module.functions[id.index()] = function;
            self.debug.functions[id.index()] = debug;
            self.fill_types();
        }
    }

    /// Adds a place that asks for an effect.
    fn site(&mut self, site: Site, span: Span) -> u16 {
        let number = self.number(self.module.sites.len(), "effect calls");
        self.module.sites.push(site);
        self.debug.sites.push(span);
        number
    }

    fn tool_id(&self, id: ToolId) -> ToolId {
        ToolId::of(self.tool_order.place[id.index()])
    }

    fn signal_id(&self, id: SignalId) -> SignalId {
        SignalId::of(self.signal_order.place[id.index()])
    }

    fn graph_id(&self, id: GraphId) -> GraphId {
        GraphId::of(self.graph_order.place[id.index()])
    }

    fn model_id(&self, id: ModelId) -> ModelId {
        ModelId::of(self.model_order.place[id.index()])
    }

    fn prompt_id(&self, id: PromptId) -> PromptId {
        PromptId::of(self.prompt_order.place[id.index()])
    }

    fn memory_id(&self, id: MemoryId) -> MemoryId {
        MemoryId::of(self.memory_order.place[id.index()])
    }

    /// An index as the 16-bit number of a table's entry.
    fn number(&mut self, index: usize, what: &str) -> u16 {
        u16::try_from(index).unwrap_or_else(|_| {
            let text = format!("the program has more than {} {what}", u32::from(u16::MAX) + 1);
            if !self.diagnostics.iter().any(|known| known.message == text) {
                self.too_large(Span::default(), text, "split it into several programs");
            }
            u16::MAX
        })
    }

    fn too_large(&mut self, span: Span, text: String, help: &str) {
        self.diagnostics.push(Diagnostic::error(codes::PROGRAM_TOO_LARGE, span, text).help(help));
    }

    /// Something that a checked program cannot contain.
    fn defect(&mut self, span: Span, text: &str) {
        let text = format!("the compiler has a defect: {text}");
        self.diagnostics.push(Diagnostic::error(codes::COMPILER_DEFECT, span, text));
    }
}
