//! Registers and scopes of one function while its body is compiled.
//!
//! Registers are a stack: locals and temporaries take the next one and give it back at the end of their scope, so
//! the window of a call always begins above everything alive.

use crate::bytecode::Reg;
use crate::bytecode::module::{Function, FunctionDebug};
use crate::check::program::{Body, Element, Expr, ExprKind, Local};
use crate::ids::LocalId;
use crate::limits;
use crate::span::Span;

use super::Generator;
use super::assembler::{Assembler, Label};

/// A function being compiled.
pub(super) struct Builder<'g, 'p> {
    pub(super) generator: &'g mut Generator<'p>,
    pub(super) asm: Assembler,
    declared: &'p [Local],
    registers: Vec<Option<Reg>>,
    open: Vec<(LocalId, Reg, u32)>,
    next: usize,
    most: usize,
    pub(super) loops: Vec<Loop>,
    /// Compensation scopes that are open here.
    pub(super) sagas: usize,
}

/// Where `break` and `continue` of a loop lead.
pub(super) struct Loop {
    pub(super) exit: Label,
    pub(super) step: Label,
    pub(super) sagas: usize,
}

/// A point to which the register stack is unwound.
#[derive(Clone, Copy)]
pub(super) struct Mark {
    next: usize,
    open: usize,
}

impl<'g, 'p> Builder<'g, 'p> {
    pub(super) fn new(generator: &'g mut Generator<'p>, declared: &'p [Local], span: Span) -> Self {
        Self {
            generator,
            asm: Assembler::new(span),
            declared,
            registers: vec![None; declared.len()],
            open: Vec::new(),
            next: 0,
            most: 0,
            loops: Vec::new(),
            sagas: 0,
        }
    }

    /// A body whose parameters and captures stand in the first registers.
    pub(super) fn body(mut self, body: &'p Body, captures: u16) -> (Function, FunctionDebug) {
        for &param in &body.params {
            let register = self.alloc();
            self.bind(param, register);
        }
        let params = u16::try_from(body.params.len()).unwrap_or(u16::MAX).saturating_sub(captures);
        self.finish(&body.value, params, captures)
    }

    /// Returns the value of `expr` and lays the code out.
    pub(super) fn finish(mut self, expr: &'p Expr, params: u16, captures: u16) -> (Function, FunctionDebug) {
        self.tail(expr);
        self.release(Mark { next: 0, open: 0 });
        self.close(params, captures)
    }

    /// Lays out code whose terminator has been written.
    pub(super) fn close(self, params: u16, captures: u16) -> (Function, FunctionDebug) {
        let span = self.asm.span;
        if self.most > limits::REGISTERS {
            let text = format!("this body needs more than {} registers at once", limits::REGISTERS);
            self.generator.too_large(
                span,
                text,
                "split it into functions, or its large literals into constants",
            );
        }
        if self.asm.here() as usize > limits::INSTRUCTIONS {
            let text = format!("this body compiles to more than {} instructions", limits::INSTRUCTIONS);
            self.generator.too_large(span, text, "split it into functions");
        }
        let assembled = self.asm.finish();
        let registers = u16::try_from(self.most).unwrap_or(u16::MAX);
        let name_of =
            |local: LocalId| self.declared.get(local.index()).map_or("", |local| local.name.as_str());
        let locals = assembled
            .lifetimes
            .iter()
            .filter(|lifetime| !name_of(lifetime.local).is_empty())
            .map(|lifetime| {
                (lifetime.register, lifetime.from, lifetime.to, name_of(lifetime.local).to_owned())
            })
            .collect();
        let (code, handlers) = (assembled.code, assembled.handlers);
        let function = Function { params, captures, registers, code, handlers };
        (function, FunctionDebug { name: String::new(), spans: assembled.spans, locals })
    }

    /// The next register. Beyond the limit the last one is given again; [`close`](Self::close) reports it.
    pub(super) fn alloc(&mut self) -> Reg {
        let register = self.next.min(limits::REGISTERS);
        self.next += 1;
        self.most = self.most.max(self.next);
        Reg::try_from(register).unwrap_or(Reg::MAX)
    }

    /// A run of registers.
    pub(super) fn alloc_run(&mut self, count: usize) -> Reg {
        let first = self.peek();
        for _ in 0..count {
            self.alloc();
        }
        first
    }

    /// The register that `alloc` would give: where a window begins.
    pub(super) fn peek(&self) -> Reg {
        Reg::try_from(self.next.min(limits::REGISTERS)).unwrap_or(Reg::MAX)
    }

    pub(super) fn mark(&self) -> Mark {
        Mark { next: self.next, open: self.open.len() }
    }

    /// Gives back every register taken since the mark and closes the locals bound since.
    pub(super) fn release(&mut self, mark: Mark) {
        for (local, register, from) in self.open.drain(mark.open..) {
            self.asm.lived(local, register, from);
        }
        self.next = mark.next;
    }

    /// From here on the local lives in this register.
    pub(super) fn bind(&mut self, local: LocalId, register: Reg) {
        if let Some(slot) = self.registers.get_mut(local.index()) {
            *slot = Some(register);
        }
        self.open.push((local, register, self.asm.here()));
    }

    /// Takes a register for a local.
    pub(super) fn declare(&mut self, local: LocalId) -> Reg {
        let register = self.alloc();
        self.bind(local, register);
        register
    }

    /// Where a local lives. The checker has proven that it is bound.
    pub(super) fn local(&mut self, local: LocalId) -> Reg {
        if let Some(Some(register)) = self.registers.get(local.index()) {
            return *register;
        }
        let name = self.declared.get(local.index()).map_or("?", |local| local.name.as_str());
        self.generator.defect(self.asm.span, &format!("`{name}` has no register"));
        0
    }

    pub(super) fn is_mutable(&self, local: LocalId) -> bool {
        self.declared.get(local.index()).is_none_or(|local| local.mutable)
    }

    /// The register of a value: that of a local itself, or of a new temporary.
    pub(super) fn operand(&mut self, expr: &'p Expr) -> Reg {
        if let ExprKind::Local(local) = expr.kind {
            return self.local(local);
        }
        self.fresh(expr)
    }

    /// A new temporary with the value.
    pub(super) fn fresh(&mut self, expr: &'p Expr) -> Reg {
        let register = self.alloc();
        self.value(expr, register);
        register
    }

    /// The register of a value that no later assignment changes.
    pub(super) fn stable(&mut self, expr: &'p Expr) -> Reg {
        match expr.kind {
            ExprKind::Local(local) if !self.is_mutable(local) => self.local(local),
            _ => self.fresh(expr),
        }
    }

    /// The register of a value that is read after `later` has been evaluated.
    pub(super) fn operand_before(&mut self, expr: &'p Expr, later: &'p Expr) -> Reg {
        match expr.kind {
            ExprKind::Local(local) if self.is_mutable(local) && !is_quiet(later) => self.fresh(expr),
            _ => self.operand(expr),
        }
    }

    /// Values in consecutive registers above everything alive.
    pub(super) fn window(&mut self, values: impl IntoIterator<Item = &'p Expr>) -> Reg {
        let first = self.peek();
        for value in values {
            self.fresh(value);
        }
        first
    }
}

/// Whether evaluating it certainly assigns nothing: looked at only so far, so that long chains cost nothing.
pub(super) fn is_quiet(expr: &Expr) -> bool {
    fn quiet(expr: &Expr, budget: &mut u32) -> bool {
        if *budget == 0 {
            return false;
        }
        *budget -= 1;
        let mut all = |exprs: &[&Expr]| exprs.iter().all(|expr| quiet(expr, budget));
        match &expr.kind {
            ExprKind::Literal(_)
            | ExprKind::Local(_)
            | ExprKind::Global(_)
            | ExprKind::FunctionValue(_)
            | ExprKind::Model(_)
            | ExprKind::Lambda(_) => true,
            ExprKind::Field { base, .. }
            | ExprKind::TupleField { base, .. }
            | ExprKind::JsonField { base, .. } => all(&[base]),
            ExprKind::Not(value) | ExprKind::Negate(value) | ExprKind::ToJson(value) => all(&[value]),
            ExprKind::Cast { value, .. } => all(&[value]),
            ExprKind::Index { base: left, index: right }
            | ExprKind::And(left, right)
            | ExprKind::Or(left, right)
            | ExprKind::Arith { left, right, .. }
            | ExprKind::Compare { left, right, .. } => all(&[left, right]),
            ExprKind::Template(parts) | ExprKind::Tuple(parts) => {
                parts.iter().all(|part| quiet(part, budget))
            }
            ExprKind::List(items) => items.iter().all(|item| {
                let (Element::One(item) | Element::Spread(item)) = item;
                quiet(item, budget)
            }),
            ExprKind::Record { base: None, fields, .. } | ExprKind::Variant { fields, .. } => {
                fields.iter().all(|(_, value)| quiet(value, budget))
            }
            ExprKind::Call { args, .. } | ExprKind::Builtin { args, .. } => {
                args.iter().all(|arg| quiet(arg, budget))
            }
            _ => false,
        }
    }
    quiet(expr, &mut 32)
}
