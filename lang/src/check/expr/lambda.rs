//! Lambdas: pure closures whose parameter types come from where they are passed.

use std::sync::Arc;

use super::super::Checker;
use super::super::colour::Colour;
use super::super::pattern::Binding;
use super::super::program::{Closure, Expr, ExprKind, Stmt, StmtKind};
use super::super::scope::{Base, Finished, Origin, Return};
use super::super::types::Type;
use super::super::unify::{Want, Why};
use super::make;
use crate::diagnostic::{Diagnostic, codes};
use crate::resolve::types::{TypePlace, count};
use crate::span::Span;
use crate::syntax::ast::{self, LambdaParam, PatternKind};

impl Checker<'_> {
    pub(super) fn lambda(
        &mut self,
        params: &[LambdaParam],
        body: &ast::Expr,
        want: Want<'_>,
        span: Span,
    ) -> Expr {
        let wanted = match self.hint(want) {
            Some(Type::Function(params, result)) => Some((params, result)),
            _ => None,
        };
        if let Some((wanted, _)) = &wanted
            && let Some(pair) = self.one_tuple(params, wanted)
        {
            return self.lambda(&[pair], body, want, span);
        }
        if let Some((wanted, _)) = &wanted
            && wanted.len() != params.len()
        {
            let message = format!(
                "expected a function of {}, found one of {}",
                count(wanted.len(), "parameter"),
                params.len()
            );
            self.error(codes::ARGUMENTS, span, message);
            return super::broken(span);
        }
        let mut types = Vec::with_capacity(params.len());
        for (at, param) in params.iter().enumerate() {
            let given = wanted.as_ref().map(|(wanted, _)| wanted[at].clone());
            types.push(match (&param.ty, given) {
                (Some(ty), given) => {
                    let written = self.written(ty, TypePlace::Plain);
                    if let Some(given) = given
                        && !self.fit(&given, &written)
                    {
                        let message =
                            format!("expected {}, found {}", self.show(&given), self.show(&written));
                        self.error(codes::TYPE_MISMATCH, ty.span, message);
                    }
                    written
                }
                (None, Some(given)) => given,
                // What was wanted is wrong, or nobody knows what takes it, which has been reported.
                (None, None) if matches!(want, Want::Be(Type::Unknown, _) | Want::Like(Type::Unknown)) => {
                    Type::Unknown
                }
                (None, None) => self.open(param.pattern.span),
            });
        }
        let result = wanted.map(|(_, result)| (*result).clone());
        let known = result.clone().filter(|result| !matches!(self.shallow(result), Type::Open(_)));
        self.enter(
            Base::Closure,
            Colour::Pure("a lambda".to_owned(), span),
            known.clone().map_or(Return::Infer(Vec::new()), |ty| Return::Be(ty, Why::PLAIN)),
        );
        let patterns: Vec<&ast::Pattern> = params.iter().map(|param| &param.pattern).collect();
        let before = self.own_parameters(&patterns, &types);
        let value = match &known {
            Some(ty) => self.expect(body, ty, Why::PLAIN),
            None => self.expr(body, Want::Any),
        };
        let value = with_statements(before, value);
        let (closure, inferred) = self.leave_closure(value);
        let returned = match known {
            Some(ty) => ty,
            None => {
                if let Some(result) = result
                    && !self.fit(&inferred, &result)
                {
                    let message = format!("expected {}, found {}", self.show(&result), self.show(&inferred));
                    self.error(codes::TYPE_MISMATCH, body.span, message);
                }
                inferred
            }
        };
        let ty = Type::Function(types.into(), Arc::new(returned));
        make(ExprKind::Lambda(Box::new(closure)), ty, span)
    }

    /// `(a, b) => e` where a function of one tuple of two is wanted takes the tuple apart.
    fn one_tuple(&self, params: &[LambdaParam], wanted: &[Type]) -> Option<LambdaParam> {
        let ([first, .., last], [only]) = (params, wanted) else { return None };
        let Type::Tuple(items) = self.shallow(only) else { return None };
        if items.len() != params.len() || params.iter().any(|param| param.ty.is_some()) {
            return None;
        }
        let kind = PatternKind::Tuple(params.iter().map(|param| param.pattern.clone()).collect());
        let span = first.pattern.span.to(last.pattern.span);
        Some(LambdaParam { pattern: ast::Pattern { span, kind }, ty: None })
    }

    /// Own parameters of a closure; gives the statements that take patterns apart.
    pub(super) fn own_parameters(&mut self, patterns: &[&ast::Pattern], types: &[Type]) -> Vec<Stmt> {
        let mut apart = Vec::new();
        for (pattern, ty) in patterns.iter().zip(types) {
            let id = match &pattern.kind {
                PatternKind::Bind(name) => self.declare(name, ty.clone(), false, Origin::Bound),
                _ => self.hidden(ty.clone(), pattern.span),
            };
            self.frame_mut().params.push(id);
            if !matches!(pattern.kind, PatternKind::Bind(_) | PatternKind::Wildcard) {
                apart.push((id, *pattern, ty));
            }
        }
        let mut stmts = Vec::new();
        for (id, pattern, ty) in apart {
            let ty = self.known(ty, pattern.span);
            let checked = self.pattern(pattern, &ty, Binding { irrefutable: true, mutable: false });
            let value = make(ExprKind::Local(id), ty, pattern.span);
            stmts.push(Stmt { kind: StmtKind::LetPattern(checked, value), span: pattern.span });
        }
        stmts
    }

    /// Ends a closure with its value; gives it and the type of its result.
    pub(in crate::check) fn leave_closure(&mut self, value: Expr) -> (Closure, Type) {
        let (own, span) = (value.ty.clone(), value.span);
        let Finished { body, captures, result, .. } = self.leave(value);
        let ty = self.result_type_of(own, span, result);
        (Closure { captures, body }, ty)
    }

    /// What a body gives: its value, or what it returns early.
    pub(in crate::check) fn result_type_of(&mut self, own: Type, span: Span, result: Return) -> Type {
        let Return::Infer(returned) = result else { return own };
        let mut ty = own;
        let mut first = span;
        for (early, at) in returned {
            match self.join(&ty, &early) {
                Some(joined)
                    if self.shallow(&joined) != Type::Json || self.shallow(&ty) == self.shallow(&early) =>
                {
                    if ty == Type::Never {
                        first = at;
                    }
                    ty = joined;
                }
                _ => {
                    let message = format!("expected {}, found {}", self.show(&ty), self.show(&early));
                    let diagnostic = Diagnostic::error(codes::TYPE_MISMATCH, at, message);
                    self.report(diagnostic.label(first, "expected because of this"));
                }
            }
        }
        ty
    }
}

/// A value after statements.
pub(super) fn with_statements(stmts: Vec<Stmt>, value: Expr) -> Expr {
    if stmts.is_empty() {
        return value;
    }
    let (ty, span) = (value.ty.clone(), value.span);
    make(ExprKind::Block { stmts, value: Some(Box::new(value)) }, ty, span)
}
