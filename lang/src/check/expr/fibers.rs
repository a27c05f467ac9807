//! Blocks that run in fibers of their own: `race`, `within`, `retry`.
//!
//! An arm of a race is left by its own `return`. The blocks of `within` and `retry` are not: `return`, `break` and
//! `continue` pass through them. Such a jump ends the block with a tag beside its value, and the code after the block
//! jumps on.

use super::super::Checker;
use super::super::colour::Colour;
use super::super::program::{Closure, CompareOp, EffectKind, Expr, ExprKind, Literal, Retry, Stmt, StmtKind};
use super::super::scope::{Base, Finished, Jumps, Return};
use super::super::types::Type;
use super::super::unify::{Want, Why};
use super::make;
use crate::diagnostic::{Diagnostic, codes};
use crate::library::prelude;
use crate::span::Span;
use crate::syntax::ast::{self, Block, RaceArm, RetryPolicy};

/// How a block that jumps pass through has ended.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Ended {
    /// With its value.
    Value = 0,
    /// By `return`.
    Return = 1,
    /// By `break`.
    Break = 2,
    /// By `continue`.
    Continue = 3,
}

impl Checker<'_> {
    /// `race { a => e, b => e }`
    pub(super) fn race(&mut self, arms: &[RaceArm], want: Want<'_>, span: Span) -> Expr {
        let want = self.settled(want);
        if arms.is_empty() {
            self.error(codes::RACE_ARMS, span, "a `race` needs at least one arm: `race { name => e }`");
        }
        let mut seen: Vec<&ast::Ident> = Vec::new();
        let (mut closures, mut ty) = (Vec::with_capacity(arms.len()), Type::Never);
        let mut first: Option<Span> = None;
        for arm in arms {
            if let Some(first) = seen.iter().find(|first| first.name == arm.name.name) {
                self.duplicate(&arm.name, first.span);
            }
            seen.push(&arm.name);
            self.enter_fiber(want);
            let value = self.value_of(&arm.value, want);
            let (closure, found) = self.leave_closure(value);
            let at = closure.body.value.span;
            match (want, self.join(&ty, &found)) {
                (Want::Nothing, _) => ty = Type::Null,
                (Want::Be(wanted, _), _) => ty = wanted.clone(),
                (_, Some(joined)) if self.alike(&joined, &ty, &found) => ty = joined,
                _ => {
                    let message = format!("expected {}, found {}", self.show(&ty), self.show(&found));
                    let mut diagnostic = Diagnostic::error(codes::TYPE_MISMATCH, at, message);
                    if let Some(first) = first {
                        diagnostic = diagnostic.label(first, "expected because of this arm");
                    }
                    self.report(diagnostic.help("all arms of a race must give values of one type"));
                    ty = Type::Unknown;
                }
            }
            if self.shallow(&found) != Type::Never {
                first = first.or(Some(at));
            }
            closures.push((arm.name.name.clone(), closure));
        }
        let ty = if ty == Type::Never && want.hint().is_none() { Type::Null } else { ty };
        self.effect(EffectKind::Race { arms: closures }, ty, span, "run a `race`")
    }

    /// Whether no value would have to be converted to be of the joined type.
    fn alike(&self, joined: &Type, before: &Type, found: &Type) -> bool {
        let json = |ty: &Type| matches!(self.shallow(ty), Type::Json | Type::Never);
        !json(joined) || (json(before) && json(found))
    }

    /// `within d { … } else { … }`
    pub(super) fn within(
        &mut self,
        limit: &ast::Expr,
        body: &Block,
        otherwise: Option<&Block>,
        want: Want<'_>,
        span: Span,
    ) -> Expr {
        let want = self.settled(want);
        let limit = self.expect(limit, &Type::Duration, Why::PLAIN);
        let (closure, found, jumps) = self.passable(body, want);
        let start = self.facts();
        let mut otherwise = match otherwise {
            Some(block) => self.block(block, self.like(want, &found)),
            None => self.nothing(span),
        };
        if let Want::Be(ty, why) = want {
            otherwise = self.coerce(otherwise, ty, why);
        }
        self.replace_facts(start);
        let ty = self.within_type(&closure, &found, &otherwise, want);
        let otherwise = if jumps.any() { tagged(Ended::Value, otherwise) } else { otherwise };
        let kind = EffectKind::Within { limit, body: closure, otherwise: Some(otherwise) };
        let asked = if jumps.any() { tagged_type(&ty) } else { ty.clone() };
        let effect = self.effect(kind, asked, span, "set a deadline with `within`");
        self.jump_on(effect, ty, &jumps)
    }

    fn within_type(&mut self, body: &Closure, found: &Type, otherwise: &Expr, want: Want<'_>) -> Type {
        match (want, self.join(found, &otherwise.ty)) {
            (Want::Be(ty, _), Some(joined)) if joined != Type::Never => ty.clone(),
            (Want::Nothing, Some(joined)) if joined != Type::Never => Type::Null,
            (_, Some(joined)) if self.alike(&joined, found, &otherwise.ty) => joined,
            _ if matches!(want, Want::Be(..) | Want::Nothing) => Type::Unknown,
            _ => {
                let message = format!("expected {}, found {}", self.show(found), self.show(&otherwise.ty));
                let diagnostic = Diagnostic::error(codes::TYPE_MISMATCH, otherwise.span, message)
                    .label(body.body.value.span, "expected because of this block")
                    .help("both blocks of a `within` must give values of one type");
                self.report(diagnostic);
                Type::Unknown
            }
        }
    }

    /// `retry n on […] backoff d to d { … }`
    pub(super) fn retry(&mut self, policy: &RetryPolicy, body: &Block, want: Want<'_>, span: Span) -> Expr {
        let want = self.settled(want);
        let policy = self.block_policy(policy);
        let (closure, found, jumps) = self.passable(body, want);
        let ty = match want {
            Want::Be(ty, _) if found != Type::Never => ty.clone(),
            Want::Nothing if found != Type::Never => Type::Null,
            _ => found,
        };
        let asked = if jumps.any() { tagged_type(&ty) } else { ty.clone() };
        let kind = EffectKind::Retry { policy, body: closure };
        let effect = self.effect(kind, asked, span, "run a `retry`");
        self.jump_on(effect, ty, &jumps)
    }

    fn block_policy(&mut self, policy: &RetryPolicy) -> Retry {
        let count = self.expect(&policy.count, &Type::Int, Why::PLAIN);
        if let ExprKind::Literal(Literal::Int(n)) = count.kind
            && n < 0
        {
            self.error(codes::NUMBER_RANGE, count.span, "the count of `retry` must not be negative");
        }
        let on = policy.on.as_ref().map(|kinds| self.block_kinds(kinds));
        let backoff = policy.backoff.as_ref().map(|(first, longest)| {
            let first = self.expect(first, &Type::Duration, Why::PLAIN);
            (first, self.expect(longest, &Type::Duration, Why::PLAIN))
        });
        if let Some((first, longest)) = &backoff
            && let ExprKind::Literal(Literal::Duration(from)) = first.kind
            && let ExprKind::Literal(Literal::Duration(to)) = longest.kind
            && from > to
        {
            let message = "the longest pause of `backoff` is shorter than the first one";
            let diagnostic = Diagnostic::error(codes::NUMBER_RANGE, longest.span, message);
            self.report(diagnostic.label(first.span, "the first one"));
        }
        let rate = policy.rate.as_ref().map(|rate| self.expect(rate, &Type::Float, Why::PLAIN));
        if let Some(Expr { kind: ExprKind::Literal(Literal::Float(value)), span, .. }) = &rate
            && *value < 1.0
        {
            self.error(codes::NUMBER_RANGE, *span, "the rate of `retry` must be at least 1");
        }
        let jitter = self.jitter(policy);
        Retry { count, on, backoff, rate, jitter }
    }

    fn block_kinds(&mut self, kinds: &[ast::Expr]) -> Vec<u16> {
        let mut on = Vec::with_capacity(kinds.len());
        for kind in kinds {
            let Some(name) = self.written_kind(kind) else { continue };
            on.extend(self.variant_of(prelude::ERROR_KIND, name));
        }
        on.sort_unstable();
        on.dedup();
        on
    }

    /// Begins the body of a fiber; its own `return` leaves it.
    fn enter_fiber(&mut self, want: Want<'_>) {
        let result = match want {
            Want::Be(ty, _) => Return::Be(ty.clone(), Why::PLAIN),
            _ => Return::Infer(Vec::new()),
        };
        let colour = self.fiber_colour();
        self.enter(Base::Closure, colour, result);
    }

    /// The colour of a fiber's code: where the block itself is an error, what stands inside is no second one.
    pub(super) fn fiber_colour(&self) -> Colour {
        match &self.frame().colour {
            Colour::Pure(..) | Colour::Effectful => Colour::Effectful,
            other => other.clone(),
        }
    }

    /// A block in a fiber of its own that jumps pass through: its code, the type of its value, the jumps it makes.
    fn passable(&mut self, block: &Block, want: Want<'_>) -> (Closure, Type, Jumps) {
        let colour = self.fiber_colour();
        self.enter(Base::Closure, colour, Return::Through(Jumps::default()));
        let mut value = self.block(block, want);
        if let Want::Be(ty, why) = want {
            value = self.coerce(value, ty, why);
        }
        let found = value.ty.clone();
        let jumps = match &self.frame().result {
            Return::Through(jumps) => jumps.clone(),
            _ => Jumps::default(),
        };
        if jumps.any() {
            value = tagged(Ended::Value, value);
        }
        let Finished { body, captures, .. } = self.leave(value);
        (Closure { captures, body }, found, jumps)
    }

    /// What the other block probably gives.
    fn like<'w>(&self, want: Want<'w>, found: &'w Type) -> Want<'w> {
        match want {
            Want::Any if self.shallow(found) != Type::Never => Want::Like(found),
            want => want,
        }
    }

    /// Ends the innermost block that jumps pass through with a jump, which goes on behind it.
    pub(super) fn pass(&mut self, how: Ended, value: Expr, span: Span) -> Expr {
        if let Return::Through(jumps) = &mut self.frame_mut().result {
            match how {
                Ended::Value => {}
                Ended::Return => jumps.returns = Some(value.ty.clone()),
                Ended::Break => jumps.breaks = true,
                Ended::Continue => jumps.continues = true,
            }
        }
        make(ExprKind::Return(Box::new(tagged(how, value))), Type::Never, span)
    }

    /// `break` or `continue` of a loop around the blocks at hand, if there is one that they pass to.
    pub(super) fn loop_outside(&self) -> bool {
        for frame in self.frames.iter().rev() {
            if frame.loops > 0 {
                return true;
            }
            if !matches!(frame.result, Return::Through(_)) {
                return false;
            }
        }
        false
    }

    /// The value of a block; where it ended with a jump, jumps on from here.
    fn jump_on(&mut self, effect: Expr, ty: Type, jumps: &Jumps) -> Expr {
        if !jumps.any() {
            return effect;
        }
        let span = effect.span;
        let ended = self.hidden(effect.ty.clone(), span);
        let part = |index: u16, ty: Type, pair: &Type| {
            let base = Box::new(make(ExprKind::Local(ended), pair.clone(), span));
            make(ExprKind::TupleField { base, index }, ty, span)
        };
        let pair = effect.ty.clone();
        let mut rest = part(1, ty.clone(), &pair);
        let mut onwards = Vec::new();
        if let Some(returned) = &jumps.returns {
            let value = part(1, returned.clone(), &pair);
            let leave = if matches!(self.frame().result, Return::Through(_)) {
                self.pass(Ended::Return, value, span)
            } else {
                make(ExprKind::Return(Box::new(value)), Type::Never, span)
            };
            onwards.push((Ended::Return, leave));
        }
        let loops = [(jumps.breaks, Ended::Break), (jumps.continues, Ended::Continue)];
        for (_, how) in loops.into_iter().filter(|(taken, _)| *taken) {
            let leave = if self.frame().loops == 0 {
                let nothing = self.nothing(span);
                self.pass(how, nothing, span)
            } else {
                let kind = if how == Ended::Break { ExprKind::Break } else { ExprKind::Continue };
                make(kind, Type::Never, span)
            };
            onwards.push((how, leave));
        }
        for (how, leave) in onwards {
            let left = Box::new(part(0, Type::Int, &pair));
            let right = Box::new(make(ExprKind::Literal(Literal::Int(how as i64)), Type::Int, span));
            let condition =
                Box::new(make(ExprKind::Compare { op: CompareOp::Eq, left, right }, Type::Bool, span));
            let (then, otherwise) = (Box::new(leave), Some(Box::new(rest)));
            rest = make(ExprKind::If { condition, then, otherwise }, ty.clone(), span);
        }
        let stmts = vec![Stmt { kind: StmtKind::Let(ended, effect), span }];
        make(ExprKind::Block { stmts, value: Some(Box::new(rest)) }, ty, span)
    }
}

fn tagged(how: Ended, value: Expr) -> Expr {
    let span = value.span;
    let ty = tagged_type(&value.ty);
    let tag = make(ExprKind::Literal(Literal::Int(how as i64)), Type::Int, span);
    make(ExprKind::Tuple(vec![tag, value]), ty, span)
}

fn tagged_type(ty: &Type) -> Type {
    Type::Tuple([Type::Int, ty.clone()].into())
}
