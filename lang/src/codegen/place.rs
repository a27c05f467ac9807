//! Assignments and methods that change a `var` in place.

use crate::bytecode::module::{Action, Path, PathStep};
use crate::bytecode::{Instr, Reg};
use crate::check::program::{ArithOp, Expr, ExprKind, Mutation, Place, Step};
use crate::check::types::Type;
use crate::ids::LocalId;
use crate::library::Builtin;

use super::function::{Builder, is_quiet};
use super::operator::small_step;

impl<'p> Builder<'_, 'p> {
    /// `place = value`, or `place op= value`.
    pub(super) fn assign(&mut self, place: &'p Place, op: Option<ArithOp>, value: &'p Expr) {
        let mark = self.mark();
        if place.path.is_empty() {
            self.assign_local(place.local, &place.ty, op, value);
        } else {
            self.assign_part(place, op, value);
        }
        self.release(mark);
    }

    fn assign_local(&mut self, local: LocalId, ty: &'p Type, op: Option<ArithOp>, value: &'p Expr) {
        let root = self.local(local);
        if let Some((ty, right)) = grows(local, ty, op, value)
            && is_quiet(right)
        {
            return self.grow(root, ty, right);
        }
        let ty = present(ty);
        let Some(op) = op else {
            if writes_last(value) {
                self.value(value, root);
            } else {
                let s = self.fresh(value);
                self.asm.emit(Instr::Take { d: root, s });
            }
            return;
        };
        if let Some(imm) = small_step(op, ty, value) {
            return self.asm.emit(Instr::AddIntImm { d: root, a: root, imm });
        }
        let a = if is_quiet(value) {
            root
        } else {
            let copy = self.alloc();
            self.asm.emit(Instr::Copy { d: copy, s: root });
            copy
        };
        let b = self.operand(value);
        self.arith_registers(op, (ty, &value.ty), root, a, b);
    }

    /// `xs += more`: the old value is given away, so that it can grow in place.
    fn grow(&mut self, root: Reg, ty: &Type, right: &'p Expr) {
        let first = self.alloc_run(2);
        self.value(right, first + 1);
        self.asm.emit(Instr::Take { d: first, s: root });
        if *ty == Type::String {
            self.asm.emit(Instr::Concat { d: root, first, n: 2 });
        } else {
            self.asm.emit(Instr::Builtin { d: root, f: Builtin::ListConcat, first });
        }
    }

    fn assign_part(&mut self, place: &'p Place, op: Option<ArithOp>, value: &'p Expr) {
        let root = self.local(place.local);
        if let ([Step::Index(index)], Type::Int | Type::Float | Type::Bool) =
            (place.path.as_slice(), &value.ty)
        {
            return self.set_item(root, index, op, (&place.ty, value));
        }
        let first = self.peek();
        let steps = self.keys(&place.path);
        let argument = self.alloc();
        match op {
            None => self.value(value, argument),
            Some(op) => {
                let current = self.alloc();
                self.read(&place.path, root, first, current);
                let b = self.operand(value);
                self.arith_registers(op, (present(&place.ty), &value.ty), argument, current, b);
            }
        }
        let path = self.generator.tables.path(Path { steps, action: Action::Set });
        self.asm.emit(Instr::Change { root, path, first });
    }

    /// `xs[index] = value` of a type that needs no window: it is not shared by standing in a register too.
    fn set_item(&mut self, d: Reg, index: &'p Expr, op: Option<ArithOp>, (ty, value): (&Type, &'p Expr)) {
        let i = self.operand_before(index, value);
        let s = match op {
            None => self.operand(value),
            Some(op) => {
                let current = self.alloc();
                self.asm.emit(Instr::Item { d: current, a: d, b: i });
                match small_step(op, present(ty), value) {
                    Some(imm) => self.asm.emit(Instr::AddIntImm { d: current, a: current, imm }),
                    None => {
                        let b = self.operand(value);
                        self.arith_registers(op, (present(ty), &value.ty), current, current, b);
                    }
                }
                current
            }
        };
        self.asm.emit(Instr::SetItem { d, i, s });
    }

    /// A method that changes its receiver; its result goes to `d` if it is wanted.
    pub(super) fn mutate(&mut self, place: &'p Place, mutation: Mutation, args: &'p [Expr], d: Option<Reg>) {
        let root = self.local(place.local);
        let first = self.peek();
        let steps = self.keys(&place.path);
        self.window(args);
        if self.peek() == first {
            self.alloc();
        }
        let path = self.generator.tables.path(Path { steps, action: Action::Mutate(mutation) });
        self.asm.emit(Instr::Change { root, path, first });
        if let Some(d) = d {
            self.asm.emit(Instr::Take { d, s: first });
        }
    }

    /// Evaluates the keys of a path into consecutive registers.
    fn keys(&mut self, path: &'p [Step]) -> Vec<PathStep> {
        path.iter()
            .map(|step| {
                let (step, key) = match step {
                    Step::Field(n) => return PathStep::Field(*n),
                    Step::Index(key) => (PathStep::Index, key),
                    Step::Key(key) => (PathStep::Key, key),
                    Step::Json(key) => (PathStep::Json, key),
                };
                self.fresh(key);
                step
            })
            .collect()
    }

    /// Leaves in `d` what stands at a path whose keys stand from `key`.
    fn read(&mut self, path: &[Step], root: Reg, mut key: Reg, d: Reg) {
        let mut a = root;
        for step in path {
            let b = key;
            self.asm.emit(match step {
                Step::Field(n) => Instr::Field { d, a, n: *n },
                Step::Index(_) => Instr::Item { d, a, b },
                Step::Key(_) => Instr::Entry { d, a, b },
                Step::Json(_) => Instr::JsonIndex { d, a, b },
            });
            key += u16::from(!matches!(step, Step::Field(_)));
            a = d;
        }
    }
}

/// The type without `?`: what a narrowed `var` of type `T?` holds when it is calculated with.
fn present(ty: &Type) -> &Type {
    match ty {
        Type::Optional(inner) => inner,
        other => other,
    }
}

/// What `x += right` or `x = x + right` adds to a String or List, and the type.
fn grows<'p>(
    local: LocalId,
    ty: &'p Type,
    op: Option<ArithOp>,
    value: &'p Expr,
) -> Option<(&'p Type, &'p Expr)> {
    let (ty, right) = match (op, &value.kind) {
        (Some(ArithOp::Add), _) => (present(ty), value),
        (None, ExprKind::Arith { op: ArithOp::Add, left, right }) if matches!(left.kind, ExprKind::Local(of) if of == local) => {
            (&left.ty, &**right)
        }
        _ => return None,
    };
    (right.ty == *ty && matches!(ty, Type::String | Type::List(_))).then_some((ty, right))
}

/// Whether the value's register is written by its last instruction only, after everything is read.
fn writes_last(value: &Expr) -> bool {
    let leaf =
        |expr: &Expr| matches!(expr.kind, ExprKind::Local(_) | ExprKind::Literal(_) | ExprKind::Global(_));
    match &value.kind {
        ExprKind::Literal(_)
        | ExprKind::Local(_)
        | ExprKind::Global(_)
        | ExprKind::Call { .. }
        | ExprKind::CallValue { .. }
        | ExprKind::Tuple(_)
        | ExprKind::Lambda(_)
        | ExprKind::FunctionValue(_)
        | ExprKind::Model(_)
        | ExprKind::Record { base: None, .. }
        | ExprKind::Variant { .. } => true,
        ExprKind::Arith { left, .. } => matches!(left.kind, ExprKind::Local(_)),
        ExprKind::Compare { op, .. } => *op != crate::check::program::CompareOp::Ne,
        ExprKind::Index { base, .. } => matches!(base.kind, ExprKind::Local(_)),
        ExprKind::Field { base, .. } | ExprKind::TupleField { base, .. } => leaf(base),
        ExprKind::Not(value) | ExprKind::Negate(value) => leaf(value),
        _ => false,
    }
}
