//! The order in which constants and defaults are computed: each after those it uses, directly or through functions.

use super::Checker;
use super::program::{Body, Expr, ExprKind, Field};
use super::walk::{self, Visit};
use crate::diagnostic::{Diagnostic, codes};
use crate::ids::{FunctionId, GlobalId};

/// What a body uses.
#[derive(Clone, Default)]
struct Uses {
    globals: Vec<GlobalId>,
    functions: Vec<FunctionId>,
}

impl Visit for Uses {
    fn expr(&mut self, expr: &mut Expr) {
        match &expr.kind {
            ExprKind::Global(id) => self.globals.push(*id),
            ExprKind::Call { function, .. } | ExprKind::FunctionValue(function) => {
                self.functions.push(*function);
            }
            _ => {}
        }
    }
}

fn uses(body: &mut Body) -> Uses {
    let mut uses = Uses::default();
    walk::body(body, &mut uses);
    uses
}

/// Renumbers globals.
struct Renumber<'n>(&'n [GlobalId]);

impl Visit for Renumber<'_> {
    fn expr(&mut self, expr: &mut Expr) {
        if let ExprKind::Global(id) = &mut expr.kind {
            *id = self.0[id.index()];
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Mark {
    New,
    Open,
    Done,
}

/// A depth-first search over globals and functions; functions stand behind the globals.
struct Search {
    uses: Vec<Vec<usize>>,
    marks: Vec<Mark>,
    order: Vec<usize>,
    path: Vec<usize>,
    globals: usize,
}

impl Search {
    /// Orders what `at` needs before it; gives a cycle that a global takes part in.
    fn visit(&mut self, at: usize) -> Option<Vec<usize>> {
        match self.marks[at] {
            Mark::Done => return None,
            Mark::Open => {
                let from = self.path.iter().position(|&on| on == at).unwrap_or(0);
                let cycle = self.path[from..].to_vec();
                return cycle.iter().any(|&on| on < self.globals).then_some(cycle);
            }
            Mark::New => {}
        }
        self.marks[at] = Mark::Open;
        self.path.push(at);
        for next in self.uses[at].clone() {
            let cycle = stacker::maybe_grow(64 * 1024, 1024 * 1024, || self.visit(next));
            if cycle.is_some() {
                return cycle;
            }
        }
        self.path.pop();
        self.marks[at] = Mark::Done;
        self.order.push(at);
        None
    }
}

impl Checker<'_> {
    /// Puts the globals into an order in which each can be computed; false, after an error, if there is none.
    pub(super) fn order_globals(&mut self) -> bool {
        let globals = self.program.globals.len();
        if globals == 0 {
            return true;
        }
        let all = self.program.globals.iter_mut().map(|global| uses(&mut global.body));
        let all: Vec<Uses> =
            all.chain(self.program.functions.iter_mut().map(|function| uses(&mut function.body))).collect();
        let edges = all.iter().map(|uses| {
            let functions = uses.functions.iter().map(|id| globals + id.index());
            uses.globals.iter().map(|id| id.index()).chain(functions).collect()
        });
        let mut search = Search {
            uses: edges.collect(),
            marks: vec![Mark::New; all.len()],
            order: Vec::new(),
            path: Vec::new(),
            globals,
        };
        for at in 0..globals {
            if let Some(cycle) = search.visit(at) {
                self.global_cycle(&cycle);
                return false;
            }
        }
        let order: Vec<usize> = search.order.into_iter().filter(|&at| at < globals).collect();
        if !order.is_sorted() {
            self.renumber_globals(&order);
        }
        true
    }

    fn global_cycle(&mut self, cycle: &[usize]) {
        let first = cycle.iter().copied().find(|&at| at < self.program.globals.len()).unwrap_or(0);
        let global = &self.program.globals[first];
        let message = format!("`{}` is defined by itself", global.name);
        let mut diagnostic = Diagnostic::error(codes::CONST_CYCLE, global.span, message);
        for &at in cycle {
            let place = match at.checked_sub(self.program.globals.len()) {
                None if at != first => self.program.globals[at].span,
                None => continue,
                Some(function) => self.program.functions[function].span,
            };
            diagnostic = diagnostic.label(place, "by way of this");
        }
        self.report(diagnostic);
    }

    fn renumber_globals(&mut self, order: &[usize]) {
        let mut new = vec![GlobalId(0); order.len()];
        for (at, &old) in order.iter().enumerate() {
            new[old] = GlobalId::of(at);
        }
        let program = &mut self.program;
        let mut slots: Vec<_> = std::mem::take(&mut program.globals).into_iter().map(Some).collect();
        program.globals = order.iter().filter_map(|&old| slots[old].take()).collect();
        let mut bodies: Vec<&mut Body> = Vec::new();
        bodies.extend(program.globals.iter_mut().map(|global| &mut global.body));
        bodies.extend(program.functions.iter_mut().map(|function| &mut function.body));
        for tool in &mut program.tools {
            let clauses = [&mut tool.timeout, &mut tool.lookup, &mut tool.confirm, &mut tool.undo];
            bodies.extend(clauses.into_iter().flatten());
        }
        bodies.extend(program.schedules.iter_mut().map(|schedule| &mut schedule.args));
        bodies.extend(program.tests.iter_mut().map(|test| &mut test.body));
        for graph in &mut program.graphs {
            bodies.extend(graph.key.iter_mut().map(|(_, body)| body));
            bodies.extend(graph.lets.iter_mut().map(|item| &mut item.body));
            for task in &mut graph.tasks {
                bodies.extend(task.when.iter_mut().map(|(_, body)| body));
                bodies.push(&mut task.body);
            }
        }
        let mut renumber = Renumber(&new);
        bodies.into_iter().for_each(|body| walk::body(body, &mut renumber));
        for tool in &mut program.tools {
            if let super::program::Via::Exec { parts, .. } | super::program::Via::Http { parts } =
                &mut tool.via
            {
                parts.values.iter_mut().for_each(|(_, value)| walk::expr(value, &mut renumber));
            }
        }
        let models = program.models.iter_mut().map(|model| &mut model.parts);
        for parts in models.chain(program.prompts.iter_mut().map(|prompt| &mut prompt.parts)) {
            parts.values.iter_mut().for_each(|(_, value)| walk::expr(value, &mut renumber));
        }
        let renumber = |field: &mut Field| {
            if let Some(id) = &mut field.default {
                *id = new[id.index()];
            }
        };
        program.records.iter_mut().flat_map(|record| &mut record.fields).for_each(renumber);
        let variants = program.enums.iter_mut().flat_map(|item| &mut item.variants);
        variants.flat_map(|variant| &mut variant.fields).for_each(renumber);
        program.tools.iter_mut().flat_map(|tool| &mut tool.params).for_each(renumber);
        program.prompts.iter_mut().flat_map(|prompt| &mut prompt.params).for_each(renumber);
        program.graphs.iter_mut().flat_map(|graph| &mut graph.params).for_each(renumber);
    }
}
