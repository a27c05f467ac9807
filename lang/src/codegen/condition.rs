//! Branches on a Bool: tests are fused with the jumps where there are instructions for it.

use crate::bytecode::{Instr, Reg};
use crate::check::program::{CompareOp, Expr, ExprKind, Literal};
use crate::check::types::Type;

use super::assembler::Label;
use super::function::Builder;
use super::operator::both;

impl<'p> Builder<'_, 'p> {
    /// Goes on at `target` if the condition is false.
    pub(super) fn jump_unless(&mut self, condition: &'p Expr, target: Label) {
        self.branch(condition, target, false);
    }

    /// Goes on at `target` if the condition is true.
    pub(super) fn jump_if(&mut self, condition: &'p Expr, target: Label) {
        self.branch(condition, target, true);
    }

    /// Goes on at `target` if the condition is `when`.
    fn branch(&mut self, condition: &'p Expr, target: Label, when: bool) {
        stacker::maybe_grow(64 * 1024, 1024 * 1024, || {
            let outer = std::mem::replace(&mut self.asm.span, condition.span);
            let mark = self.mark();
            self.branch_on(condition, target, when);
            self.release(mark);
            self.asm.span = outer;
        });
    }

    fn branch_on(&mut self, condition: &'p Expr, target: Label, when: bool) {
        match &condition.kind {
            ExprKind::Literal(Literal::Bool(value)) => {
                if *value == when {
                    self.jump(target);
                }
            }
            ExprKind::Not(value) => self.branch(value, target, !when),
            ExprKind::And(left, right) => self.both_or_either(left, right, target, when, false),
            ExprKind::Or(left, right) => self.both_or_either(left, right, target, when, true),
            ExprKind::Compare { op, left, right } => self.branch_compare(*op, left, right, target, when),
            _ => {
                let a = self.operand(condition);
                self.branch_register(a, target, when);
            }
        }
    }

    fn branch_register(&mut self, a: Reg, target: Label, when: bool) {
        let jump = if when { Instr::JumpIf { a, to: 0 } } else { Instr::JumpUnless { a, to: 0 } };
        self.asm.branch(jump, target);
    }

    /// `&&` is decided by a false side, `||` by a true one.
    fn both_or_either(&mut self, left: &'p Expr, right: &'p Expr, target: Label, when: bool, decided: bool) {
        if when == decided {
            self.branch(left, target, when);
            self.branch(right, target, when);
        } else {
            let on = self.asm.label();
            self.branch(left, on, decided);
            self.branch(right, target, when);
            self.asm.bind(on);
        }
    }

    fn branch_compare(&mut self, op: CompareOp, left: &'p Expr, right: &'p Expr, target: Label, when: bool) {
        use CompareOp::{Eq, Ge, Gt, Le, Lt, Ne};
        if matches!(op, Eq | Ne)
            && let Some(value) = beside_null(left, right)
        {
            let a = self.operand(value);
            let null = (op == Eq) == when;
            let jump = if null { Instr::JumpIfNull { a, to: 0 } } else { Instr::JumpUnlessNull { a, to: 0 } };
            self.asm.branch(jump, target);
            return;
        }
        if !both(left, right, &Type::Int) || (op == Eq && when) || (op == Ne && !when) {
            let d = self.alloc();
            // The opposite of `!=` is one instruction shorter.
            let (op, when) = if op == Ne { (Eq, !when) } else { (op, when) };
            self.compare(op, left, right, d);
            self.branch_register(d, target, when);
            return;
        }
        let a = self.operand_before(left, right);
        let b = self.operand(right);
        let jump = match (op, when) {
            (Eq, _) | (Ne, _) => Instr::JumpUnlessEqInt { a, b, to: 0 },
            (Lt, false) | (Ge, true) => Instr::JumpUnlessLtInt { a, b, to: 0 },
            (Le, false) | (Gt, true) => Instr::JumpUnlessLeInt { a, b, to: 0 },
            (Gt, false) | (Le, true) => Instr::JumpUnlessLtInt { a: b, b: a, to: 0 },
            (Ge, false) | (Lt, true) => Instr::JumpUnlessLeInt { a: b, b: a, to: 0 },
        };
        self.asm.branch(jump, target);
    }
}

/// The other side of a comparison with `null`.
fn beside_null<'p>(left: &'p Expr, right: &'p Expr) -> Option<&'p Expr> {
    let is_null = |expr: &Expr| matches!(expr.kind, ExprKind::Literal(Literal::Null));
    match (is_null(left), is_null(right)) {
        (false, true) => Some(left),
        (true, false) => Some(right),
        _ => None,
    }
}
