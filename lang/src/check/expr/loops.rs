//! `for` and `while`.

use super::super::Checker;
use super::super::pattern::Binding;
use super::super::program::{Arm, Expr, ExprKind, Literal, Stmt, StmtKind};
use super::super::scope::Origin;
use super::super::types::Type;
use super::super::unify::{Want, Why};
use super::{broken, make};
use crate::diagnostic::{Diagnostic, codes};
use crate::ids::LocalId;
use crate::resolve::mentions;
use crate::span::Span;
use crate::syntax::ast::{self, Block, Condition};

impl Checker<'_> {
    pub(super) fn for_expr(
        &mut self,
        patterns: &[ast::Pattern],
        iterable: &ast::Expr,
        body: &Block,
        span: Span,
    ) -> Expr {
        let mut source = iterable;
        while let ast::ExprKind::Paren(inner) = &source.kind {
            source = inner;
        }
        if let (ast::ExprKind::Range { start, end, inclusive }, [pattern]) = (&source.kind, patterns)
            && matches!(pattern.kind, ast::PatternKind::Bind(_) | ast::PatternKind::Wildcard)
        {
            let start = Box::new(self.expect(start, &Type::Int, Why::PLAIN));
            let end = Box::new(self.expect(end, &Type::Int, Why::PLAIN));
            let (locals, body) = self.loop_body(&[(pattern, Type::Int)], body);
            let kind = ExprKind::ForRange {
                start,
                end,
                inclusive: *inclusive,
                item: locals[0],
                body: Box::new(body),
            };
            return make(kind, Type::Null, span);
        }
        let value = self.expr(iterable, Want::Any);
        let ty = self.known(&value.ty, value.span);
        match (&ty, patterns) {
            (Type::List(item), [pattern]) => {
                let (locals, body) = self.loop_body(&[(pattern, (**item).clone())], body);
                let kind = ExprKind::ForList {
                    list: Box::new(value),
                    index: None,
                    item: locals[0],
                    body: Box::new(body),
                };
                make(kind, Type::Null, span)
            }
            (Type::List(item), [index, pattern]) => {
                let (locals, body) = self.loop_body(&[(index, Type::Int), (pattern, (**item).clone())], body);
                let (index, item) = (Some(locals[0]), locals[1]);
                make(
                    ExprKind::ForList { list: Box::new(value), index, item, body: Box::new(body) },
                    Type::Null,
                    span,
                )
            }
            (Type::Map(entry), [key, pattern]) => {
                let (locals, body) =
                    self.loop_body(&[(key, entry.0.clone()), (pattern, entry.1.clone())], body);
                let (key, value_local) = (locals[0], locals[1]);
                let kind =
                    ExprKind::ForMap { map: Box::new(value), key, value: value_local, body: Box::new(body) };
                make(kind, Type::Null, span)
            }
            _ => {
                self.not_iterable(&ty, value.span);
                let unknown: Vec<(&ast::Pattern, Type)> =
                    patterns.iter().map(|pattern| (pattern, Type::Unknown)).collect();
                self.loop_body(&unknown, body);
                make(broken(span).kind, Type::Null, span)
            }
        }
    }

    pub(super) fn not_iterable(&mut self, ty: &Type, span: Span) {
        let shown = self.show(ty);
        let diagnostic = match ty {
            Type::Unknown | Type::Never => return,
            Type::Map(_) => {
                Diagnostic::error(codes::NOT_ITERABLE, span, "a Map is gone through with two names")
                    .help("write `for key, value in …`")
            }
            Type::Optional(_) => {
                Diagnostic::error(codes::MAYBE_NULL, span, format!("this may be null: found {shown}"))
                    .help("give another list with `?? []`")
            }
            _ => {
                let diagnostic =
                    Diagnostic::error(codes::NOT_ITERABLE, span, format!("expected a List, found {shown}"));
                match ty {
                    Type::String => diagnostic.help("go through `.chars()` or `.lines()`"),
                    Type::Int => diagnostic.help("go through a range: `0..n`"),
                    Type::Json => diagnostic.help("decode it: `… as List<Json>`"),
                    _ => diagnostic,
                }
            }
        };
        self.report(diagnostic);
    }

    /// The body of a loop with what each turn binds.
    fn loop_body(&mut self, bound: &[(&ast::Pattern, Type)], body: &Block) -> (Vec<LocalId>, Expr) {
        self.forget_names(&mentions::assigned(body));
        let start = self.facts();
        self.push_scope();
        let mut locals = Vec::with_capacity(bound.len());
        for (pattern, ty) in bound {
            locals.push(match &pattern.kind {
                ast::PatternKind::Bind(name) => self.declare(name, ty.clone(), false, Origin::Bound),
                _ => self.hidden(ty.clone(), pattern.span),
            });
        }
        let mut before = Vec::new();
        for ((pattern, ty), local) in bound.iter().zip(&locals) {
            if !matches!(pattern.kind, ast::PatternKind::Bind(_) | ast::PatternKind::Wildcard) {
                let checked = self.pattern(pattern, ty, Binding { irrefutable: true, mutable: false });
                let value = make(ExprKind::Local(*local), ty.clone(), pattern.span);
                before.push(Stmt { kind: StmtKind::LetPattern(checked, value), span: pattern.span });
            }
        }
        self.frame_mut().loops += 1;
        let body = self.block_here(body, Want::Nothing, before);
        self.frame_mut().loops -= 1;
        self.pop_scope();
        self.replace_facts(start);
        (locals, body)
    }

    pub(super) fn while_expr(&mut self, condition: &Condition, body: &Block, span: Span) -> Expr {
        self.forget_names(&mentions::assigned(body));
        self.frame_mut().loops += 1;
        let done = match condition {
            Condition::Expr(condition) => {
                let endless = matches!(condition.kind, ast::ExprKind::Bool(true)) && !mentions::breaks(body);
                let condition = self.expect(condition, &Type::Bool, Why::PLAIN);
                let start = self.facts();
                let holds = self.facts_if(&condition, true);
                self.assume(holds);
                let inner = self.block(body, Want::Nothing);
                self.replace_facts(start);
                if !mentions::breaks(body) {
                    let fails = self.facts_if(&condition, false);
                    self.assume(fails);
                }
                let ty = if endless { Type::Never } else { Type::Null };
                make(ExprKind::While { condition: Box::new(condition), body: Box::new(inner) }, ty, span)
            }
            Condition::Let { pattern, value } => {
                let (value, bound, then, _) =
                    self.bound_branch(pattern, value, |checker| checker.block(body, Want::Nothing));
                let leave = make(ExprKind::Break, Type::Never, span);
                let arms = vec![Arm { pattern: bound, guard: None, body: then }];
                let kind = ExprKind::Match { value: Box::new(value), arms, otherwise: Some(Box::new(leave)) };
                let inner = make(kind, Type::Null, span);
                let forever = make(ExprKind::Literal(Literal::Bool(true)), Type::Bool, span);
                make(
                    ExprKind::While { condition: Box::new(forever), body: Box::new(inner) },
                    Type::Null,
                    span,
                )
            }
        };
        self.frame_mut().loops -= 1;
        done
    }
}
