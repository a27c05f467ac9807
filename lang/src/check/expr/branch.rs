//! `if`, `if let`, `match`: branches, and what is known where they meet.

use super::super::Checker;
use super::super::narrow::Fact;
use super::super::pattern::Binding;
use super::super::program::{Arm, Expr, ExprKind, Pattern, PatternKind};
use super::super::types::Type;
use super::super::unify::{Want, Why};
use super::{broken, make};
use crate::diagnostic::{Diagnostic, codes};
use crate::span::Span;
use crate::syntax::ast::{self, Block, Condition};

impl Checker<'_> {
    /// An open type says nothing about branches: they are joined instead.
    pub(super) fn settled<'w>(&self, want: Want<'w>) -> Want<'w> {
        match want {
            Want::Be(ty, _) | Want::Like(ty) if matches!(self.shallow(ty), Type::Open(_) | Type::Unknown) => {
                Want::Any
            }
            want => want,
        }
    }

    /// The type of the whole from its branches, which are made alike where that takes a conversion.
    pub(super) fn join_branches(&mut self, branches: &mut [&mut Expr], want: Want<'_>) -> Type {
        let mut joined = Type::Never;
        let mut first = None;
        for at in 0..branches.len() {
            let (earlier, rest) = branches.split_at_mut(at);
            let branch = &mut *rest[0];
            if self.join(&joined, &branch.ty).is_none() && matches!(want, Want::Any | Want::Like(_)) {
                let found = branch.ty.clone();
                if earlier.iter_mut().all(|known| self.literal_as(known, &found)) {
                    joined = found;
                } else if self.literal_as(branch, &joined) {
                    continue;
                }
            }
            if self.shallow(&branch.ty) != Type::Never {
                first = first.or(Some(branch.span));
            }
            match (want, self.join(&joined, &branch.ty)) {
                (Want::Nothing, _) if self.shallow(&branch.ty) != Type::Never => joined = Type::Null,
                (_, Some(ty)) => joined = ty,
                (Want::Be(..) | Want::Nothing, None) => {}
                (_, None) => {
                    let (code, help) = (codes::TYPE_MISMATCH, "all branches must give values of one type");
                    let message = format!("expected {}, found {}", self.show(&joined), self.show(&branch.ty));
                    let mut diagnostic = Diagnostic::error(code, branch.span, message).help(help);
                    if let Some(first) = first {
                        diagnostic = diagnostic.label(first, "expected because of this branch");
                    }
                    self.report(diagnostic);
                    joined = Type::Unknown;
                }
            }
        }
        match want {
            Want::Be(ty, _) if joined != Type::Never => return ty.clone(),
            Want::Nothing => return joined,
            _ => {}
        }
        if self.shallow(&joined) == Type::Json {
            for branch in branches.iter_mut() {
                let span = branch.span;
                let value = std::mem::replace(&mut **branch, broken(span));
                **branch = self.encoded(value);
            }
        }
        joined
    }

    pub(super) fn if_expr(
        &mut self,
        condition: &Condition,
        then: &Block,
        otherwise: Option<&ast::Expr>,
        want: Want<'_>,
        span: Span,
    ) -> Expr {
        let want = if otherwise.is_none() { Want::Nothing } else { self.settled(want) };
        match condition {
            Condition::Expr(condition) => {
                let condition = self.expect(condition, &Type::Bool, Why::PLAIN);
                let start = self.facts();
                let holds = self.facts_if(&condition, true);
                self.assume(holds);
                let mut then = self.block(then, want);
                let then_facts = self.replace_facts(start);
                let fails = self.facts_if(&condition, false);
                self.assume(fails);
                let mut otherwise = otherwise.map(|otherwise| self.value_of(otherwise, want));
                let ty = self.join_if(&mut then, otherwise.as_mut(), then_facts, want);
                let (condition, then) = (Box::new(condition), Box::new(then));
                make(ExprKind::If { condition, then, otherwise: otherwise.map(Box::new) }, ty, span)
            }
            Condition::Let { pattern, value } => {
                let (value, bound, mut then, then_facts) =
                    self.bound_branch(pattern, value, |checker| checker.block(then, want));
                let mut otherwise = otherwise.map(|otherwise| self.value_of(otherwise, want));
                let ty = self.join_if(&mut then, otherwise.as_mut(), then_facts, want);
                let otherwise = otherwise.unwrap_or_else(|| self.nothing(span));
                let arms = vec![Arm { pattern: bound, guard: None, body: then }];
                let kind =
                    ExprKind::Match { value: Box::new(value), arms, otherwise: Some(Box::new(otherwise)) };
                make(kind, ty, span)
            }
        }
    }

    fn join_if(
        &mut self,
        then: &mut Expr,
        otherwise: Option<&mut Expr>,
        then_facts: Vec<Fact>,
        want: Want<'_>,
    ) -> Type {
        let mut ends = Vec::new();
        if then.ty != Type::Never {
            ends.push(then_facts);
        }
        if otherwise.as_ref().is_none_or(|otherwise| otherwise.ty != Type::Never) {
            ends.push(self.facts());
        }
        self.meet(ends);
        match otherwise {
            Some(otherwise) => self.join_branches(&mut [then, otherwise], want),
            None => Type::Null,
        }
    }

    /// `let p = value` as a condition, and what runs where it fits. Goes on with what was known before.
    pub(super) fn bound_branch(
        &mut self,
        pattern: &ast::Pattern,
        value: &ast::Expr,
        then: impl FnOnce(&mut Self) -> Expr,
    ) -> (Expr, Pattern, Expr, Vec<Fact>) {
        let value = self.expr(value, Want::Any);
        let ty = self.known(&value.ty, value.span);
        let start = self.facts();
        self.push_scope();
        let bound = match (&pattern.kind, &ty) {
            (ast::PatternKind::Bind(_) | ast::PatternKind::Wildcard, Type::Optional(inner)) => {
                let found = self.pattern(pattern, inner, Binding::default());
                Pattern { kind: PatternKind::Some(Box::new(found)), ty: ty.clone(), span: pattern.span }
            }
            _ => {
                let found = self.pattern(pattern, &ty, Binding::default());
                if self.always_fits(&found) && ty != Type::Unknown {
                    let message = format!("this pattern always fits: the value is {}", self.show_a(&ty));
                    self.warn(codes::ALWAYS_FITS, pattern.span, message);
                }
                found
            }
        };
        if !matches!(bound.kind, PatternKind::Null | PatternKind::Wildcard | PatternKind::Bind(..)) {
            let present = self.facts_not_null(&value);
            self.assume(present);
        }
        let then = then(self);
        self.pop_scope();
        let then_facts = self.replace_facts(start);
        (value, bound, then, then_facts)
    }

    pub(super) fn match_expr(
        &mut self,
        value: &ast::Expr,
        arms: &[ast::Arm],
        want: Want<'_>,
        span: Span,
    ) -> Expr {
        let want = self.settled(want);
        let head = value.span;
        let value = self.expr(value, Want::Any);
        let mut ty = self.known(&value.ty, value.span);
        if ty == Type::Secret {
            self.misplaced_secret(value.span);
            ty = Type::Unknown;
        }
        let ty = self.resolve(&ty);
        let mut ends = Vec::new();
        let mut done: Vec<Arm> = Vec::with_capacity(arms.len());
        let errors = self.diagnostics.len();
        let mut not_null = false;
        for arm in arms {
            let start = self.facts();
            self.push_scope();
            let narrowed = match (&ty, &arm.pattern.kind) {
                (Type::Optional(inner), ast::PatternKind::Bind(_)) if not_null => {
                    let inner_pattern = self.pattern(&arm.pattern, inner, Binding::default());
                    let kind = PatternKind::Some(Box::new(inner_pattern));
                    Some(Pattern { kind, ty: ty.clone(), span: arm.pattern.span })
                }
                _ => None,
            };
            let pattern = match narrowed {
                Some(pattern) => pattern,
                None => self.pattern(&arm.pattern, &ty, Binding::default()),
            };
            if not_null || excludes_null(&pattern) {
                let present = self.facts_not_null(&value);
                self.assume(present);
            }
            let guard = arm.guard.as_ref().map(|guard| {
                let guard = self.purely("the guard", guard.span, |checker| {
                    checker.expect(guard, &Type::Bool, Why::PLAIN)
                });
                let holds = self.facts_if(&guard, true);
                self.assume(holds);
                guard
            });
            let body = self.value_of(&arm.body, want);
            self.pop_scope();
            not_null |= guard.is_none() && covers_null(&pattern);
            let end = self.replace_facts(start);
            if body.ty != Type::Never {
                ends.push(end);
            }
            done.push(Arm { pattern, guard, body });
        }
        self.meet(ends);
        let broken_arms = self.diagnostics[errors..].iter().any(|found| {
            found.code == codes::PATTERN_TYPE
                || found.code == codes::UNKNOWN_VARIANT
                || found.code == codes::PATTERN_FIELDS
        });
        // An arm that does not parse may have covered anything.
        let unparsed = |arm: &ast::Arm| {
            matches!(arm.body.kind, ast::ExprKind::Broken)
                || matches!(arm.pattern.kind, ast::PatternKind::Broken)
        };
        if ty != Type::Unknown && !broken_arms && !arms.iter().any(unparsed) {
            self.check_arms(&ty, &done, head);
        }
        let mut bodies: Vec<&mut Expr> = done.iter_mut().map(|arm| &mut arm.body).collect();
        let result = self.join_branches(&mut bodies, want);
        make(ExprKind::Match { value: Box::new(value), arms: done, otherwise: None }, result, span)
    }
}

/// Whether null fits the pattern.
fn covers_null(pattern: &Pattern) -> bool {
    match &pattern.kind {
        PatternKind::Null | PatternKind::Wildcard | PatternKind::Bind(_, None) => true,
        PatternKind::Bind(_, Some(inner)) => covers_null(inner),
        PatternKind::Or(alternatives) => alternatives.iter().any(covers_null),
        _ => false,
    }
}

/// Whether the pattern fits only what is not null.
fn excludes_null(pattern: &Pattern) -> bool {
    match &pattern.kind {
        PatternKind::Some(_) => true,
        PatternKind::Bind(_, Some(inner)) => excludes_null(inner),
        PatternKind::Or(alternatives) => !alternatives.is_empty() && alternatives.iter().all(excludes_null),
        _ => false,
    }
}
