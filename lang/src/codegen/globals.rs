//! Constants and defaults: computed once at load, each after those it uses.

use crate::check::program::{Expr, ExprKind, Program};
use crate::check::types::Type;
use crate::ids::{FunctionId, GlobalId};

use super::{Generator, Pending, walk};

/// Which globals have a number.
pub(super) struct Globals {
    state: Vec<State>,
    /// What each declared function uses itself; computed when asked for.
    functions: Vec<Option<Uses>>,
}

#[derive(Clone, Copy, PartialEq)]
enum State {
    Unreached,
    /// Its number waits for those it uses.
    Open,
    Numbered(u16),
}

/// What a body uses: globals and functions in the order of first mention.
#[derive(Clone, Default)]
struct Uses {
    globals: Vec<GlobalId>,
    functions: Vec<FunctionId>,
}

impl Globals {
    pub(super) fn new(program: &Program) -> Self {
        Self {
            state: vec![State::Unreached; program.globals.len()],
            functions: vec![None; program.functions.len()],
        }
    }
}

impl Generator<'_> {
    /// The module's number of a constant or default. Those it uses are numbered first.
    pub(super) fn global(&mut self, id: GlobalId) -> u16 {
        let global = &self.program.globals[id.index()];
        match self.globals.state[id.index()] {
            State::Numbered(number) => return number,
            State::Open => {
                self.defect(global.span, &format!("the value of `{}` depends on itself", global.name));
                return 0;
            }
            State::Unreached => self.globals.state[id.index()] = State::Open,
        }
        for used in self.globals_used(&global.body.value) {
            stacker::maybe_grow(64 * 1024, 1024 * 1024, || self.global(used));
        }
        let number = self.number(self.module.globals.len(), "constants");
        let function = self.declare(Pending::body(global.name.clone(), &global.body, 0));
        self.module.globals.push(function);
        self.globals.state[id.index()] = State::Numbered(number);
        number
    }

    /// All globals that evaluating `value` could read, through functions and decoding too.
    fn globals_used(&mut self, value: &Expr) -> Vec<GlobalId> {
        let mut seen = vec![false; self.program.functions.len()];
        let mut all = Vec::new();
        let mut rest = vec![uses(self.program, value)];
        while let Some(next) = rest.pop() {
            all.extend(next.globals);
            for function in next.functions.into_iter().rev() {
                if !std::mem::replace(&mut seen[function.index()], true) {
                    let program = self.program;
                    let known = self.globals.functions[function.index()].get_or_insert_with(|| {
                        uses(program, &program.functions[function.index()].body.value)
                    });
                    rest.push(known.clone());
                }
            }
        }
        all.dedup();
        all
    }
}

fn uses(program: &Program, value: &Expr) -> Uses {
    let mut uses = Uses::default();
    walk::expressions(value, &mut |expr| match &expr.kind {
        ExprKind::Global(id) if !uses.globals.contains(id) => uses.globals.push(*id),
        ExprKind::Call { function, .. } | ExprKind::FunctionValue(function)
            if !uses.functions.contains(function) =>
        {
            uses.functions.push(*function);
        }
        ExprKind::Cast { to, .. } => defaults(program, to, &mut uses.globals),
        _ => {}
    });
    uses
}

/// The defaults that decoding a type could take.
fn defaults(program: &Program, ty: &Type, globals: &mut Vec<GlobalId>) {
    let mut records = vec![false; program.records.len()];
    let mut enums = vec![false; program.enums.len()];
    let mut rest = vec![ty];
    while let Some(ty) = rest.pop() {
        let fields = match ty {
            Type::Tuple(items) => {
                rest.extend(items.iter());
                continue;
            }
            Type::List(item) | Type::Optional(item) => {
                rest.push(item);
                continue;
            }
            Type::Map(entry) => {
                rest.extend([&entry.0, &entry.1]);
                continue;
            }
            Type::Record(id, args) if !std::mem::replace(&mut records[id.index()], true) => {
                rest.extend(args.iter());
                vec![&program.records[id.index()].fields]
            }
            Type::Enum(id, args) if !std::mem::replace(&mut enums[id.index()], true) => {
                rest.extend(args.iter());
                program.enums[id.index()].variants.iter().map(|variant| &variant.fields).collect()
            }
            _ => continue,
        };
        for field in fields.into_iter().flatten() {
            rest.push(&field.ty);
            globals.extend(field.default);
        }
    }
}
