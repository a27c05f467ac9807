//! Effects held against the place they stand in.

use super::program::{Class, Effect, EffectKind, Expr, ExprKind};
use super::types::Type;
use super::{Checker, make};
use crate::diagnostic::{Diagnostic, codes};
use crate::span::Span;

/// What a body may do.
#[derive(Clone, Debug)]
pub(super) enum Colour {
    /// Nothing but compute: says what the place is, and where that is decided.
    Pure(String, Span),
    /// Readonly tools: `lookup` and `confirm` of a tool.
    Readonly(&'static str),
    /// Environment variables only: what describes a request. Says what the place is.
    Request(&'static str),
    /// Any effect.
    Effectful,
}

impl Checker<'_> {
    /// An effect, if the place allows it. `what` continues "… cannot": `call the tool \`publish\``.
    pub(super) fn effect(&mut self, kind: EffectKind, ty: Type, span: Span, what: &str) -> Expr {
        self.activity += 1;
        let readonly = match &kind {
            EffectKind::Tool { tool, .. } => self.program.tools[tool.index()].class == Class::Readonly,
            EffectKind::Env { .. } => true,
            _ => false,
        };
        let env = matches!(kind, EffectKind::Env { .. });
        match self.frame().colour.clone() {
            Colour::Effectful => {}
            Colour::Readonly(_) if readonly => {}
            Colour::Request(_) if env => {}
            Colour::Pure(place, declared) => {
                let diagnostic =
                    Diagnostic::error(codes::IMPURE, span, format!("{place} is pure and cannot {what}"))
                        .label(declared, "pure because of this");
                self.report(diagnostic.help(
                    "effects belong into a task, or into a flow that is called from one; pass their result in",
                ));
                self.note_refused(&kind);
            }
            Colour::Readonly(clause) => {
                let message = format!("`{clause}` may only use readonly tools: it cannot {what}");
                self.error(codes::NOT_READONLY, span, message);
            }
            Colour::Request(place) => {
                let message = format!("{place} describes one request: it cannot {what}");
                self.error(codes::IMPURE, span, message);
            }
        }
        make(ExprKind::Effect(Box::new(Effect { kind, span })), ty, span)
    }

    /// Checks `run` as a pure place, whatever the body may do otherwise.
    pub(super) fn purely<T>(&mut self, place: &str, span: Span, run: impl FnOnce(&mut Self) -> T) -> T {
        let pure = match &self.frame().colour {
            pure @ Colour::Pure(..) => pure.clone(),
            _ => Colour::Pure(place.to_owned(), span),
        };
        let outer = std::mem::replace(&mut self.frame_mut().colour, pure);
        let done = run(self);
        self.frame_mut().colour = outer;
        done
    }

    /// Reports a secret outside of the places it may stand in.
    pub(super) fn misplaced_secret(&mut self, span: Span) {
        let written = self.sources.text(span);
        let allowed = "a secret may stand only in the url, query, headers, body, stdin or env of a `via` clause, and in a `model`";
        let message = match written.strip_prefix("secret.") {
            Some(name) if name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_') => {
                format!("`{written}` cannot stand here: {allowed}")
            }
            _ => allowed.to_owned(),
        };
        let diagnostic = Diagnostic::error(codes::SECRET, span, message);
        self.report(
            diagnostic.help(
                "it is resolved at the moment of the call and never recorded, printed or sent elsewhere",
            ),
        );
    }
}
