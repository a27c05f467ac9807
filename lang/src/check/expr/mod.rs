//! Expressions: a tree as written and what the surroundings want in, a typed tree out.

mod access;
mod branch;
mod call;
mod effect;
mod failure;
mod fibers;
mod jobs;
mod json;
mod lambda;
pub(super) mod literal;
mod loops;
mod make;
mod method;
pub(super) mod operator;

use super::program::{Expr, ExprKind};
use super::types::Type;
use super::unify::{Want, Why};
use super::{Checker, broken, make};
use crate::diagnostic::Severity;
use crate::diagnostic::codes;
use crate::syntax::ast;
use fibers::Ended;

impl Checker<'_> {
    /// An expression that must have this type.
    pub(super) fn expect(&mut self, expr: &ast::Expr, ty: &Type, why: Why) -> Expr {
        let before = self.diagnostics.len();
        let done = self.expr(expr, Want::Be(ty, why));
        // Where an effect may stand says nothing of types.
        let about_types = |code| !matches!(code, codes::IMPURE | codes::NOT_READONLY);
        let mut new = self.diagnostics[before..].iter();
        let failed = new.any(|found| found.severity == Severity::Error && about_types(found.code));
        if failed && !has_branches(expr) {
            // What type it has may follow from what is wrong inside of it.
            let ty = if self.fit(&done.ty, ty) { done.ty.clone() } else { Type::Unknown };
            return Expr { ty, ..done };
        }
        self.coerce(done, ty, why)
    }

    /// An expression. With [`Want::Be`] branches are fitted already; the whole is for the caller to fit.
    pub(super) fn expr(&mut self, expr: &ast::Expr, want: Want<'_>) -> Expr {
        stacker::maybe_grow(96 * 1024, 2 * 1024 * 1024, || self.expr_kind(expr, want))
    }

    fn expr_kind(&mut self, expr: &ast::Expr, want: Want<'_>) -> Expr {
        let span = expr.span;
        match &expr.kind {
            ast::ExprKind::Null
            | ast::ExprKind::Bool(_)
            | ast::ExprKind::Int(_)
            | ast::ExprKind::BigInt(_)
            | ast::ExprKind::Float(_)
            | ast::ExprKind::Decimal(_)
            | ast::ExprKind::Duration(_) => self.literal(expr, want),
            ast::ExprKind::Text(template) => self.template(template, span),
            ast::ExprKind::Name(name) => self.name(name),
            ast::ExprKind::Variant { name, args } => self.variant_like(name, args.as_deref(), want, span),
            ast::ExprKind::List(elements) => self.list(elements, want, span),
            ast::ExprKind::Map(entries) => self.map(entries, want, span),
            ast::ExprKind::Json(json) => self.json(json, span),
            ast::ExprKind::Tuple(items) => self.tuple(items, want, span),
            ast::ExprKind::Paren(inner) => self.value_of_paren(inner, want),
            ast::ExprKind::Record { module, name, base, fields } => {
                self.record(module.as_ref(), name, base.as_deref(), fields, want, span)
            }
            ast::ExprKind::Unary { op, value } => self.unary(*op, value, want, span),
            ast::ExprKind::Binary { op, op_span, left, right } => {
                self.binary(*op, *op_span, left, right, want, span)
            }
            ast::ExprKind::Pipe { left, right } => self.pipe(left, right, want, span),
            ast::ExprKind::Range { start, end, inclusive } => {
                let start = self.expect(start, &Type::Int, Why::PLAIN);
                let end = self.expect(end, &Type::Int, Why::PLAIN);
                let broken = [&start, &end].iter().any(|bound| bound.ty == Type::Unknown);
                let ty = if broken { Type::Unknown } else { Type::list(Type::Int) };
                let kind =
                    ExprKind::Range { start: Box::new(start), end: Box::new(end), inclusive: *inclusive };
                make(kind, ty, span)
            }
            ast::ExprKind::Cast { value, ty } => self.cast(value, ty, span),
            ast::ExprKind::Call { callee, args } => self.call(callee, args, want, span),
            ast::ExprKind::Field { base, name, safe } => self.field(base, name, *safe, want, span),
            ast::ExprKind::TupleField { base, index, index_span, safe } => {
                let part = |checker: &mut Self, value| checker.tuple_field(value, *index, *index_span, span);
                if *safe {
                    let base = self.expr(base, Want::Any);
                    return self.safely(base, span, part);
                }
                self.link(base, span, part)
            }
            ast::ExprKind::Index { base, index } => self.index(base, index, span),
            ast::ExprKind::If { condition, then, otherwise } => {
                self.if_expr(condition, then, otherwise.as_deref(), want, span)
            }
            ast::ExprKind::Match { value, arms } => self.match_expr(value, arms, want, span),
            ast::ExprKind::For { patterns, iterable, body } => self.for_expr(patterns, iterable, body, span),
            ast::ExprKind::While { condition, body } => self.while_expr(condition, body, span),
            ast::ExprKind::Block(block) => self.block(block, want),
            ast::ExprKind::Lambda { params, body } => self.lambda(params, body, want, span),
            ast::ExprKind::TryCatch { body, binding, handler } => {
                self.try_catch(body, binding.as_ref(), handler, want, span)
            }
            ast::ExprKind::Try(value) => self.try_value(value, want, span),
            ast::ExprKind::Fail(value) => self.fail(value, span),
            ast::ExprKind::Return(value) => self.return_expr(value.as_deref(), span),
            ast::ExprKind::Break => self.jump(Ended::Break, "break", span),
            ast::ExprKind::Continue => self.jump(Ended::Continue, "continue", span),
            ast::ExprKind::Await(wait) => self.await_expr(wait, want, span),
            ast::ExprKind::Each(each) => self.each(each, want, span),
            ast::ExprKind::Race(arms) => self.race(arms, want, span),
            ast::ExprKind::Within { limit, body, otherwise } => {
                self.within(limit, body, otherwise.as_ref(), want, span)
            }
            ast::ExprKind::Retry { policy, body } => self.retry(policy, body, want, span),
            ast::ExprKind::Saga(block) => self.saga(block, want, span),
            ast::ExprKind::Run(what) => self.run(what, span),
            ast::ExprKind::Start(what) => self.start(what, span),
            ast::ExprKind::Plan(plan) => self.plan(plan, span),
            ast::ExprKind::Broken => broken(span),
        }
    }

    fn value_of_paren(&mut self, inner: &ast::Expr, want: Want<'_>) -> Expr {
        self.value_of(inner, want)
    }

    fn jump(&mut self, how: Ended, word: &str, span: crate::span::Span) -> Expr {
        if !self.loop_outside() {
            self.error(
                codes::MISPLACED_JUMP,
                span,
                format!("there is no loop here that `{word}` could act on"),
            );
        } else if self.frame().loops == 0 {
            let nothing = self.nothing(span);
            return self.pass(how, nothing, span);
        }
        make(if how == Ended::Break { ExprKind::Break } else { ExprKind::Continue }, Type::Never, span)
    }
}

/// Whether an expression has parts whose values are its own: a mistake in one says nothing of the others.
fn has_branches(expr: &ast::Expr) -> bool {
    use ast::ExprKind::{Block, Each, For, If, Match, Race, Retry, Saga, TryCatch, While, Within};
    matches!(
        expr.kind,
        Block(_)
            | Each(_)
            | For { .. }
            | If { .. }
            | Match { .. }
            | Race(_)
            | Retry { .. }
            | Saga(_)
            | TryCatch { .. }
            | While { .. }
            | Within { .. }
    )
}
