//! Control flow: branches, loops, errors, ways out.

use super::super::Checker;
use super::super::narrow::Fact;
use super::super::pattern::Binding;
use super::super::program::{Arm, Expr, ExprKind, Literal, Pattern, PatternKind, Stmt, StmtKind};
use super::super::scope::{Origin, Return};
use super::super::types::Type;
use super::super::unify::{Want, Why};
use super::{broken, make};
use crate::diagnostic::{Diagnostic, codes};
use crate::ids::LocalId;
use crate::library::prelude;
use crate::resolve::mentions;
use crate::span::Span;
use crate::syntax::ast::{self, Block, Condition, Ident};

impl Checker<'_> {
    /// An open type says nothing about branches: they are joined instead.
    fn settled<'w>(&self, want: Want<'w>) -> Want<'w> {
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
        for branch in branches.iter() {
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
                **branch = self.to_json(value);
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
    fn bound_branch(
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
                    let message = format!("this pattern always fits: the value is a {}", self.show(&ty));
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
        if ty != Type::Unknown && !broken_arms {
            self.check_arms(&ty, &done, head);
        }
        let mut bodies: Vec<&mut Expr> = done.iter_mut().map(|arm| &mut arm.body).collect();
        let result = self.join_branches(&mut bodies, want);
        make(ExprKind::Match { value: Box::new(value), arms: done, otherwise: None }, result, span)
    }

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

    pub(super) fn try_catch(
        &mut self,
        body: &Block,
        binding: Option<&Ident>,
        handler: &Block,
        want: Want<'_>,
        span: Span,
    ) -> Expr {
        self.activity += 1;
        let want = self.settled(want);
        let start = self.facts();
        let mut value = self.block(body, want);
        let value_facts = self.replace_facts(start);
        self.forget_names(&mentions::assigned(body));
        self.push_scope();
        let error = Type::Record(prelude::ERROR, [].into());
        let local = match binding {
            Some(name) if name.name != "_" => self.declare(name, error, false, Origin::Bound),
            _ => self.hidden(error, span),
        };
        let mut handled = self.block(handler, want);
        self.pop_scope();
        let mut ends = Vec::new();
        if value.ty != Type::Never {
            ends.push(value_facts);
        }
        if handled.ty != Type::Never {
            ends.push(self.facts());
        }
        self.meet(ends);
        let ty = self.join_branches(&mut [&mut value, &mut handled], want);
        let kind = ExprKind::TryCatch { body: Box::new(value), binding: local, handler: Box::new(handled) };
        make(kind, ty, span)
    }

    pub(super) fn try_value(&mut self, value: &ast::Expr, want: Want<'_>, span: Span) -> Expr {
        let start = self.facts();
        let hint = match self.hint(want) {
            Some(Type::Enum(prelude::RESULT, args)) => args.first().cloned(),
            _ => None,
        };
        let value = match (hint, want) {
            (Some(ty), Want::Be(_, why)) => self.expect(value, &ty, why),
            (Some(ty), _) => self.expr(value, Want::Like(&ty)),
            (None, _) => self.expr(value, Want::Any),
        };
        self.replace_facts(start);
        let inner = if value.ty == Type::Never { Type::Null } else { value.ty.clone() };
        make(ExprKind::Try(Box::new(value)), Type::Enum(prelude::RESULT, [inner].into()), span)
    }

    pub(super) fn fail(&mut self, value: &ast::Expr, span: Span) -> Expr {
        let value = self.expr(value, Want::Any);
        let error = match self.known(&value.ty, value.span) {
            Type::Record(prelude::ERROR, _) | Type::Unknown | Type::Never => value,
            Type::String => self.error_of(value),
            Type::Secret => {
                self.misplaced_secret(value.span);
                value
            }
            other => {
                let message = format!("`fail` takes a String or an Error, found {}", self.show(&other));
                self.error(codes::TYPE_MISMATCH, value.span, message);
                value
            }
        };
        make(ExprKind::Fail(Box::new(error)), Type::Never, span)
    }

    /// An Error of kind `Failed` with this message.
    fn error_of(&self, message: Expr) -> Expr {
        let span = message.span;
        let failed = prelude::ERROR_KINDS.iter().position(|kind| *kind == "Failed").unwrap_or_default();
        let kind = make(
            ExprKind::Variant {
                id: prelude::ERROR_KIND,
                variant: u16::try_from(failed).unwrap_or(u16::MAX),
                fields: Vec::new(),
            },
            Type::Enum(prelude::ERROR_KIND, [].into()),
            span,
        );
        let data = make(ExprKind::ToJson(Box::new(self.nothing(span))), Type::Json, span);
        let fields =
            vec![(0, kind), (1, message), (2, data), (3, self.nothing(span)), (4, self.nothing(span))];
        let kind = ExprKind::Record { id: prelude::ERROR, base: None, fields };
        make(kind, Type::Record(prelude::ERROR, [].into()), span)
    }

    pub(super) fn return_expr(&mut self, value: Option<&ast::Expr>, span: Span) -> Expr {
        let done = match self.frame().result.clone() {
            Return::Be(ty, why) => match value {
                Some(value) => self.expect(value, &ty, why),
                None => {
                    let nothing = self.nothing(span);
                    self.coerce(nothing, &ty, why)
                }
            },
            Return::Infer(before) => {
                let done = match (value, before.first()) {
                    (Some(value), Some((ty, _))) => self.expr(value, Want::Like(ty)),
                    (Some(value), None) => self.expr(value, Want::Any),
                    (None, _) => self.nothing(span),
                };
                if let Return::Infer(returned) = &mut self.frame_mut().result {
                    returned.push((done.ty.clone(), span));
                }
                done
            }
            Return::Nowhere(place) => {
                self.error(
                    codes::MISPLACED_JUMP,
                    span,
                    format!("`return` has nothing to leave: this is {place}"),
                );
                match value {
                    Some(value) => self.expr(value, Want::Any),
                    None => self.nothing(span),
                }
            }
        };
        make(ExprKind::Return(Box::new(done)), Type::Never, span)
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
