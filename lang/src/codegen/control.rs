//! Control flow: branches, loops, matches, faults. The value goes to `d` where it is wanted.

use crate::bytecode::{Instr, Reg};
use crate::check::program::{Arm, Expr, ExprKind, Literal, Stmt, StmtKind};
use crate::ids::LocalId;
use crate::library::prelude;

use super::assembler::Label;
use super::function::{Builder, Loop};
use super::wording::wording;

impl<'p> Builder<'_, 'p> {
    /// Compiles the forms that steer; `false` if the expression is another.
    pub(super) fn control(&mut self, expr: &'p Expr, d: Option<Reg>) -> bool {
        match &expr.kind {
            ExprKind::Block { stmts, value } => {
                stmts.iter().for_each(|stmt| self.statement(stmt));
                match value {
                    Some(value) => self.expr(value, d),
                    None => self.null(d),
                }
            }
            ExprKind::If { condition, then, otherwise } => {
                self.if_else(condition, then, otherwise.as_deref(), d);
            }
            ExprKind::Match { value, arms, otherwise } => self.matches(value, arms, otherwise.as_deref(), d),
            ExprKind::And(left, right) => {
                self.short_circuit(left, right, d, |a| Instr::JumpUnless { a, to: 0 });
            }
            ExprKind::Or(left, right) => self.short_circuit(left, right, d, |a| Instr::JumpIf { a, to: 0 }),
            ExprKind::Coalesce { value, otherwise } => {
                self.short_circuit(value, otherwise, d, |a| Instr::JumpUnlessNull { a, to: 0 });
            }
            ExprKind::Safe { base, bind, then } => self.safe(base, *bind, then, d),
            ExprKind::ForList { list, index, item, body } => self.for_list(list, *index, *item, body, d),
            ExprKind::ForRange { start, end, inclusive, item, body } => {
                self.for_range((start, end), *inclusive, *item, body, d);
            }
            ExprKind::ForMap { map, key, value, body } => self.for_map(map, *key, *value, body, d),
            ExprKind::While { condition, body } => self.while_loop(condition, body, d),
            ExprKind::Break => self.leave(|a_loop| a_loop.exit),
            ExprKind::Continue => self.leave(|a_loop| a_loop.step),
            ExprKind::Return(value) => {
                let s = self.operand(value);
                self.end_sagas(0);
                self.asm.emit(Instr::Return { s });
            }
            ExprKind::Fail(error) => {
                let s = self.operand(error);
                self.asm.emit(Instr::Fail { s });
            }
            ExprKind::Assert { condition, message, text } => {
                self.assert(condition, message.as_deref(), text);
                self.null(d);
            }
            ExprKind::Mutate { place, mutation, args } => self.mutate(place, *mutation, args, d),
            ExprKind::TryCatch { body, binding, handler } => self.try_catch(body, *binding, handler, d),
            ExprKind::Try(body) => self.try_result(body, d),
            _ => return false,
        }
        true
    }

    /// The end of a function: returns the value of `expr` from wherever it is computed.
    pub(super) fn tail(&mut self, expr: &'p Expr) {
        stacker::maybe_grow(64 * 1024, 1024 * 1024, || {
            let outer = std::mem::replace(&mut self.asm.span, expr.span);
            let mark = self.mark();
            match &expr.kind {
                ExprKind::Block { stmts, value: Some(value) } => {
                    stmts.iter().for_each(|stmt| self.statement(stmt));
                    self.tail(value);
                }
                ExprKind::If { condition, then, otherwise: Some(otherwise) } => {
                    let no = self.asm.label();
                    self.jump_unless(condition, no);
                    self.tail(then);
                    self.asm.bind(no);
                    self.tail(otherwise);
                }
                _ => {
                    let s = self.operand(expr);
                    self.asm.emit(Instr::Return { s });
                }
            }
            self.release(mark);
            self.asm.span = outer;
        });
    }

    pub(super) fn null(&mut self, d: Option<Reg>) {
        if let Some(d) = d {
            self.asm.emit(Instr::Null { d });
        }
    }

    /// Ends the compensation scopes opened since there were `outer`, with success.
    pub(super) fn end_sagas(&mut self, outer: usize) {
        for _ in outer..self.sagas {
            let d = self.alloc();
            self.site(crate::bytecode::module::Site::SagaEnd, d, d);
        }
    }

    pub(super) fn jump(&mut self, to: Label) {
        self.asm.branch(Instr::Jump { to: 0 }, to);
    }

    fn statement(&mut self, stmt: &'p Stmt) {
        let outer = std::mem::replace(&mut self.asm.span, stmt.span);
        match &stmt.kind {
            StmtKind::Let(local, value) => self.let_local(*local, value),
            StmtKind::LetPattern(pattern, value) => {
                let reg = self.stable(value);
                let miss = self.asm.label();
                self.pattern(pattern, reg, miss);
                if self.asm.is_used(miss) {
                    let on = self.asm.label();
                    self.jump(on);
                    self.asm.bind(miss);
                    self.unreachable();
                    self.asm.bind(on);
                }
            }
            StmtKind::Assign { place, op, value } => self.assign(place, *op, value),
            StmtKind::Expr(value) => self.discard(value),
        }
        self.asm.span = outer;
    }

    fn let_local(&mut self, local: LocalId, value: &'p Expr) {
        if let ExprKind::Local(from) = value.kind
            && !self.is_mutable(from)
            && !self.is_mutable(local)
        {
            let register = self.local(from);
            self.bind(local, register);
            return;
        }
        let register = self.alloc();
        self.value(value, register);
        self.bind(local, register);
    }

    fn if_else(&mut self, condition: &'p Expr, then: &'p Expr, otherwise: Option<&'p Expr>, d: Option<Reg>) {
        let (no, end) = (self.asm.label(), self.asm.label());
        self.jump_unless(condition, no);
        if let Some(otherwise) = otherwise {
            self.expr(then, d);
            self.jump(end);
            self.asm.bind(no);
            self.expr(otherwise, d);
            self.asm.bind(end);
        } else {
            self.discard(then);
            self.asm.bind(no);
            self.null(d);
        }
    }

    fn matches(&mut self, value: &'p Expr, arms: &'p [Arm], otherwise: Option<&'p Expr>, d: Option<Reg>) {
        let reg = self.stable(value);
        let end = self.asm.label();
        for arm in arms {
            let mark = self.mark();
            let next = self.asm.label();
            self.pattern(&arm.pattern, reg, next);
            if let Some(guard) = &arm.guard {
                self.jump_unless(guard, next);
            }
            self.expr(&arm.body, d);
            self.jump(end);
            self.release(mark);
            self.asm.bind(next);
        }
        match otherwise {
            Some(otherwise) => self.expr(otherwise, d),
            None if self.asm.is_reachable() => self.unreachable(),
            None => {}
        }
        self.asm.bind(end);
    }

    /// The first value, unless the test of it says that it needs the second.
    fn short_circuit(
        &mut self,
        first: &'p Expr,
        second: &'p Expr,
        d: Option<Reg>,
        decided: fn(Reg) -> Instr,
    ) {
        let end = self.asm.label();
        let register = d.unwrap_or_else(|| self.alloc());
        self.value(first, register);
        self.asm.branch(decided(register), end);
        self.expr(second, d);
        self.asm.bind(end);
    }

    fn safe(&mut self, base: &'p Expr, bind: LocalId, then: &'p Expr, d: Option<Reg>) {
        let (missing, end) = (self.asm.label(), self.asm.label());
        let a = self.stable(base);
        self.asm.branch(Instr::JumpIfNull { a, to: 0 }, missing);
        self.bind(bind, a);
        self.expr(then, d);
        if d.is_some() {
            self.jump(end);
        }
        self.asm.bind(missing);
        self.null(d);
        self.asm.bind(end);
    }

    fn for_list(
        &mut self,
        list: &'p Expr,
        index: Option<LocalId>,
        item: LocalId,
        body: &'p Expr,
        d: Option<Reg>,
    ) {
        let iter = self.alloc_run(2);
        self.value(list, iter);
        self.asm.emit(Instr::Int { d: iter + 1, value: 0 });
        let item = self.declare(item);
        let index = index.map(|index| self.declare(index));
        let (step, exit) = (self.asm.label(), self.asm.label());
        self.asm.bind_head(step, self.asm.is_reachable());
        self.asm.branch(Instr::NextItem { d: item, iter, to: 0 }, exit);
        if let Some(index) = index {
            self.asm.emit(Instr::AddIntImm { d: index, a: iter + 1, imm: -1 });
        }
        self.loop_body(body, Loop { exit, step, sagas: self.sagas });
        self.jump(step);
        self.asm.bind(exit);
        self.null(d);
    }

    fn for_map(&mut self, map: &'p Expr, key: LocalId, value: LocalId, body: &'p Expr, d: Option<Reg>) {
        let iter = self.alloc_run(2);
        self.value(map, iter);
        self.asm.emit(Instr::Int { d: iter + 1, value: 0 });
        let key = self.declare(key);
        self.declare(value);
        let (step, exit) = (self.asm.label(), self.asm.label());
        self.asm.bind_head(step, self.asm.is_reachable());
        self.asm.branch(Instr::NextEntry { d: key, iter, to: 0 }, exit);
        self.loop_body(body, Loop { exit, step, sagas: self.sagas });
        self.jump(step);
        self.asm.bind(exit);
        self.null(d);
    }

    fn for_range(
        &mut self,
        (start, end): (&'p Expr, &'p Expr),
        inclusive: bool,
        item: LocalId,
        body: &'p Expr,
        d: Option<Reg>,
    ) {
        let i = self.alloc();
        self.value(start, i);
        let end = self.stable(end);
        self.bind(item, i);
        let (top, step, exit) = (self.asm.label(), self.asm.label(), self.asm.label());
        let enter = if inclusive {
            Instr::JumpUnlessLeInt { a: i, b: end, to: 0 }
        } else {
            Instr::JumpUnlessLtInt { a: i, b: end, to: 0 }
        };
        self.asm.branch(enter, exit);
        self.asm.bind_head(top, self.asm.is_reachable());
        self.loop_body(body, Loop { exit, step, sagas: self.sagas });
        self.asm.bind(step);
        self.asm.branch(Instr::NextInt { i, end, to: 0 }, top);
        if inclusive {
            // One round is left: that of `end` itself, which no overflow can pass.
            self.asm.branch(Instr::JumpUnlessLtInt { a: i, b: end, to: 0 }, exit);
            self.asm.emit(Instr::AddIntImm { d: i, a: i, imm: 1 });
            self.jump(top);
        }
        self.asm.bind(exit);
        self.null(d);
    }

    fn while_loop(&mut self, condition: &'p Expr, body: &'p Expr, d: Option<Reg>) {
        let (top, step, exit) = (self.asm.label(), self.asm.label(), self.asm.label());
        let runs = self.asm.is_reachable();
        let forever = matches!(condition.kind, ExprKind::Literal(Literal::Bool(true)));
        if !forever {
            self.jump(step);
        }
        self.asm.bind_head(top, runs);
        self.loop_body(body, Loop { exit, step, sagas: self.sagas });
        self.asm.bind(step);
        let mark = self.mark();
        self.jump_if(condition, top);
        self.release(mark);
        self.asm.bind(exit);
        self.null(d);
    }

    fn loop_body(&mut self, body: &'p Expr, a_loop: Loop) {
        self.loops.push(a_loop);
        self.discard(body);
        self.loops.pop();
    }

    /// `break` or `continue`.
    fn leave(&mut self, target: fn(&Loop) -> Label) {
        let Some(innermost) = self.loops.last() else {
            self.generator.defect(self.asm.span, "`break` or `continue` outside a loop");
            return;
        };
        let (to, sagas) = (target(innermost), innermost.sagas);
        self.end_sagas(sagas);
        self.jump(to);
    }

    fn assert(&mut self, condition: &'p Expr, message: Option<&'p Expr>, text: &str) {
        let (bad, good) = (self.asm.label(), self.asm.label());
        self.jump_unless(condition, bad);
        self.jump(good);
        self.asm.bind(bad);
        let s = self.alloc();
        match message {
            Some(message) => self.value(message, s),
            None => self.literal(&Literal::Text(format!("assertion failed: {}", wording(text)).into()), s),
        }
        self.asm.emit(Instr::Error { d: s, s, kind: 1 });
        self.asm.emit(Instr::Fail { s });
        self.asm.bind(good);
    }

    fn try_catch(&mut self, body: &'p Expr, binding: LocalId, handler: &'p Expr, d: Option<Reg>) {
        let (caught, end) = (self.asm.label(), self.asm.label());
        let start = self.asm.here();
        self.expr(body, d);
        let error = self.peek();
        self.asm.guard(start, caught, error);
        self.jump(end);
        self.asm.bind(caught);
        self.declare(binding);
        self.expr(handler, d);
        self.asm.bind(end);
    }

    fn try_result(&mut self, body: &'p Expr, d: Option<Reg>) {
        let d = d.unwrap_or_else(|| self.alloc());
        let (caught, end) = (self.asm.label(), self.asm.label());
        let value = self.alloc();
        let start = self.asm.here();
        self.value(body, value);
        self.asm.guard(start, caught, value);
        let ok = self.generator.variant(prelude::RESULT, 0);
        self.asm.emit(Instr::Variant { d, first: value, v: ok });
        self.jump(end);
        self.asm.bind(caught);
        let err = self.generator.variant(prelude::RESULT, 1);
        self.asm.emit(Instr::Variant { d, first: value, v: err });
        self.asm.bind(end);
    }
}
