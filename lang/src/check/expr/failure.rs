//! Errors and early ways out: `try`, `fail`, `return`.

use super::super::Checker;
use super::super::program::{Expr, ExprKind, Literal};
use super::super::scope::{Origin, Return};
use super::super::types::Type;
use super::super::unify::Want;
use super::fibers::Ended;
use super::make;
use crate::diagnostic::{Diagnostic, codes};
use crate::library::prelude;
use crate::resolve::mentions;
use crate::span::Span;
use crate::syntax::ast::{self, Block, Ident};

impl Checker<'_> {
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
        if let ast::ExprKind::Variant { name, args: None } = &value.kind
            && prelude::ERROR_KINDS.contains(&name.name.as_str())
        {
            let message = format!("`fail` takes a String or an Error, found the kind `.{}`", name.name);
            let diagnostic = Diagnostic::error(codes::TYPE_MISMATCH, value.span, message);
            let whole = format!("Error {{ kind: .{}, message: \"…\" }}", name.name);
            self.report(diagnostic.help(format!("say what happened: `fail {whole}`")));
            return make(ExprKind::Fail(Box::new(super::broken(value.span))), Type::Never, span);
        }
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

    /// An Error of this kind, whose message says nothing.
    pub(in crate::check) fn error_of_kind(&self, kind: Expr) -> Expr {
        let span = kind.span;
        let text = ExprKind::Literal(Literal::Text("failed".into()));
        self.error_from(kind, make(text, Type::String, span))
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
        self.error_from(kind, message)
    }

    fn error_from(&self, kind: Expr, message: Expr) -> Expr {
        let span = message.span;
        let data = make(ExprKind::ToJson(Box::new(self.nothing(span))), Type::Json, span);
        let fields =
            vec![(0, kind), (1, message), (2, data), (3, self.nothing(span)), (4, self.nothing(span))];
        let kind = ExprKind::Record { id: prelude::ERROR, base: None, fields };
        make(kind, Type::Record(prelude::ERROR, [].into()), span)
    }

    pub(super) fn return_expr(&mut self, value: Option<&ast::Expr>, span: Span) -> Expr {
        // The blocks of `within` and `retry` are passed through: `return` leaves the body around them.
        let owner = self.returning();
        let through = owner + 1 < self.frames.len();
        let done = match self.frames[owner].result.clone() {
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
                if let Return::Infer(returned) = &mut self.frames[owner].result {
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
            Return::Through(_) => self.nothing(span),
        };
        if through {
            return self.pass(Ended::Return, done, span);
        }
        make(ExprKind::Return(Box::new(done)), Type::Never, span)
    }

    /// The body that `return` leaves.
    fn returning(&self) -> usize {
        let through = |frame: &&super::super::scope::Frame| matches!(frame.result, Return::Through(_));
        self.frames.len() - 1 - self.frames.iter().rev().take_while(through).count()
    }
}
