//! Effects of the language itself: waiting, sleeping, the clock, fan-out.

use super::super::Checker;
use super::super::arguments::{Arguments, Callee, Given};
use super::super::function::{Fallback, Parameter};
use super::super::naming::Naming;
use super::super::program::{EffectKind, Expr, ExprKind, Literal};
use super::super::scope::{Base, Return};
use super::super::types::Type;
use super::super::unify::{Want, Why};
use super::lambda::with_statements;
use super::{broken, make};
use crate::diagnostic::{Diagnostic, codes};
use crate::resolve::Symbol;
use crate::span::Span;
use crate::syntax::ast::{self, Await, Each};

fn parameter(name: &str, ty: Type, fallback: Fallback) -> Parameter {
    Parameter { name: name.to_owned(), ty, fallback }
}

impl Checker<'_> {
    /// A call of one of the effects that need no declaration.
    pub(super) fn effect_call(&mut self, name: &str, given: &[Given<'_>], span: Span) -> Expr {
        let needed = |name: &str, ty: Type| parameter(name, ty, Fallback::Required);
        let (params, ty, what) = match name {
            "sleep" => (vec![needed("duration", Type::Duration)], Type::Null, "sleep"),
            "sleep_until" => (vec![needed("time", Type::Timestamp)], Type::Null, "sleep"),
            "now" => (vec![], Type::Timestamp, "read the clock"),
            "random" => (vec![], Type::Float, "draw a random number"),
            "random_int" => {
                (vec![needed("low", Type::Int), needed("high", Type::Int)], Type::Int, "draw a random number")
            }
            "uuid" => (vec![], Type::String, "make a random id"),
            "note" => {
                let data = parameter("data", Type::Json.optional(), Fallback::Null);
                (vec![needed("text", Type::String), data], Type::Null, "write a note")
            }
            "send" => return self.send(given, span),
            _ => return self.cancel(given, span),
        };
        let callee = Callee { name, params: &params, declared: None, unmixed: false };
        let (before, values) = self.arguments(callee, given, span).split();
        let mut values = values.into_iter();
        let mut next = || values.next().unwrap_or_else(|| broken(span));
        let kind = match name {
            "sleep" => EffectKind::Sleep(next()),
            "sleep_until" => EffectKind::SleepUntil(next()),
            "now" => EffectKind::Now,
            "random" => EffectKind::Random,
            "random_int" => EffectKind::RandomInt(next(), next()),
            "uuid" => EffectKind::Uuid,
            _ => {
                let text = next();
                let data = next();
                let missing = matches!(data.kind, ExprKind::Literal(Literal::Null));
                EffectKind::Note { text, data: (!missing).then_some(data) }
            }
        };
        let call = self.effect(kind, ty, span, what);
        Arguments::wrap(before, call)
    }

    pub(super) fn await_expr(&mut self, wait: &Await, want: Want<'_>, span: Span) -> Expr {
        let target = &wait.target;
        let signal = match self.naming(target) {
            Naming::Declared(Symbol::Signal(id), _, name) => Some((id, name)),
            Naming::Declared(symbol, declared, name) => {
                let message = format!("`await` waits for a signal, and `{}` is {}", name.name, symbol.noun());
                let diagnostic = Diagnostic::error(codes::WRONG_ROLE, name.span, message);
                self.report(diagnostic.label(declared, "declared here"));
                None
            }
            Naming::Unknown(name) => {
                self.unknown_name(name);
                None
            }
            Naming::Broken => None,
            Naming::Value => {
                let value = self.expr(target, Want::Any);
                match self.known(&value.ty, value.span) {
                    Type::Job(result) => return self.await_job(wait, value, &result, want, span),
                    Type::Unknown | Type::Never => {}
                    other => {
                        let message = format!(
                            "`await` waits for a signal or a started job, found {}",
                            self.show(&other)
                        );
                        self.error(codes::WRONG_ROLE, value.span, message);
                    }
                }
                None
            }
        };
        let ty = signal.map_or(Type::Unknown, |(id, _)| self.program.signals[id.index()].ty.clone());
        let option = |part: &Option<ast::Expr>, ty: &Type, checker: &mut Self| {
            part.as_ref().map(|part| checker.expect(part, ty, Why::PLAIN))
        };
        let ask = option(&wait.ask, &Type::String, self);
        let show = option(&wait.show, &Type::Json, self);
        let to = option(&wait.to, &Type::String, self);
        let within = option(&wait.within, &Type::Duration, self);
        let otherwise = self.await_else(wait, &ty, want);
        self.await_clauses(wait, span);
        let Some((signal, name)) = signal else { return broken(span) };
        let result = match &otherwise {
            None => ty,
            Some(otherwise) => match self.join(&ty, &otherwise.ty) {
                Some(joined) => joined,
                None => {
                    let message = format!("expected {}, found {}", self.show(&ty), self.show(&otherwise.ty));
                    let declared = self.program.signals[signal.index()].span;
                    let diagnostic = Diagnostic::error(codes::TYPE_MISMATCH, otherwise.span, message);
                    self.report(diagnostic.label(declared, "what the signal carries"));
                    Type::Unknown
                }
            },
        };
        let kind = EffectKind::Await { signal, ask, show, to, within, otherwise };
        self.effect(kind, result, span, &format!("wait for the signal `{}`", name.name))
    }

    /// `await job within d else e`
    fn await_job(&mut self, wait: &Await, job: Expr, result: &Type, want: Want<'_>, span: Span) -> Expr {
        if let Some(clause) = [&wait.ask, &wait.show, &wait.to].into_iter().flatten().next() {
            let message = "`ask`, `show` and `to` make a question of a signal: this waits for a job";
            self.error(codes::AWAIT_CLAUSES, clause.span, message);
        }
        let within = wait.within.as_ref().map(|within| self.expect(within, &Type::Duration, Why::PLAIN));
        let otherwise = self.await_else(wait, result, want);
        if wait.ask.is_none() {
            self.await_clauses(wait, span);
        }
        let ty = match &otherwise {
            None => result.clone(),
            Some(otherwise) => self.join(result, &otherwise.ty).unwrap_or_else(|| {
                let message = format!("expected {}, found {}", self.show(result), self.show(&otherwise.ty));
                let diagnostic = Diagnostic::error(codes::TYPE_MISMATCH, otherwise.span, message);
                self.report(diagnostic.label(job.span, "what the job gives"));
                Type::Unknown
            }),
        };
        self.effect(EffectKind::AwaitJob { job, within, otherwise }, ty, span, "wait for a job")
    }

    fn await_else(&mut self, wait: &Await, ty: &Type, want: Want<'_>) -> Option<Expr> {
        let start = self.facts();
        let otherwise = wait.otherwise.as_ref().map(|otherwise| match want {
            Want::Be(wanted, why) if !matches!(self.shallow(wanted), Type::Open(_) | Type::Json) => {
                self.expect(otherwise, wanted, why)
            }
            _ => self.expr(otherwise, Want::Like(ty)),
        });
        self.replace_facts(start);
        otherwise
    }

    fn await_clauses(&mut self, wait: &Await, span: Span) {
        if let (Some(clause), None) = (wait.show.as_ref().or(wait.to.as_ref()), &wait.ask) {
            let message = "`show` and `to` belong to a question: `await … ask \"…\"`";
            self.error(codes::AWAIT_CLAUSES, clause.span, message);
        }
        match (&wait.within, &wait.otherwise) {
            (Some(within), None) => {
                let message = "`within` needs an `else`: what is the value when the time is up?";
                let diagnostic = Diagnostic::error(codes::AWAIT_CLAUSES, within.span, message);
                self.report(diagnostic.help("write `within 2d else e`; `else fail \"…\"` gives up"));
            }
            (None, Some(_)) => {
                self.error(
                    codes::AWAIT_CLAUSES,
                    span,
                    "`else` needs a `within`: without one the wait has no end",
                );
            }
            _ => {}
        }
    }

    pub(super) fn each(&mut self, each: &Each, want: Want<'_>, span: Span) -> Expr {
        let list = self.expr(&each.iterable, Want::Any);
        let item = match self.known(&list.ty, list.span) {
            Type::List(item) => (*item).clone(),
            Type::Unknown | Type::Never => Type::Unknown,
            Type::Map(_) => {
                let message = "`each` runs for the elements of a List, and this is a Map";
                let diagnostic = Diagnostic::error(codes::NOT_ITERABLE, list.span, message);
                self.report(
                    diagnostic.help("go through `.entries()`, whose elements have a `key` and a `value`"),
                );
                Type::Unknown
            }
            other => {
                self.not_iterable(&other, list.span);
                Type::Unknown
            }
        };
        let at_most = each.at_most.as_ref().map(|bound| self.expect(bound, &Type::Int, Why::PLAIN));
        if let Some(Expr { kind: ExprKind::Literal(Literal::Int(count)), span, .. }) = &at_most
            && *count < 1
        {
            self.error(
                codes::NUMBER_RANGE,
                *span,
                format!("`at most {count}` would never run anything: at least 1"),
            );
        }
        let wanted = match (want, self.hint(want)) {
            (Want::Be(..), Some(Type::List(inner))) => Some((*inner).clone()),
            _ => None,
        };
        let wanted = wanted.filter(|ty| !matches!(self.shallow(ty), Type::Open(_)));
        let indexed = each.patterns.len() == 2;
        let mut types = vec![item];
        if indexed {
            types.insert(0, Type::Int);
        }
        let colour = self.fiber_colour();
        let result = wanted.clone().map_or(Return::Infer(Vec::new()), |ty| Return::Be(ty, Why::PLAIN));
        self.enter(Base::Closure, colour, result);
        let patterns: Vec<&ast::Pattern> = each.patterns.iter().collect();
        let before = self.own_parameters(&patterns, &types);
        let value = match &wanted {
            Some(ty) => {
                let block = self.block(&each.body, Want::Be(ty, Why::PLAIN));
                self.coerce(block, ty, Why::PLAIN)
            }
            None if matches!(want, Want::Nothing) => self.block(&each.body, Want::Nothing),
            None => self.block(&each.body, Want::Any),
        };
        let value = with_statements(before, value);
        let (closure, inferred) = self.leave_closure(value);
        let item_type = match wanted.unwrap_or(inferred) {
            Type::Never => Type::Null,
            ty => ty,
        };
        let kind = EffectKind::Each { list, at_most, indexed, item: closure };
        self.effect(kind, Type::list(item_type), span, "run `each`")
    }

    /// A value that must not stay open, made null after an error.
    pub(super) fn no_value(&self, span: Span) -> Expr {
        make(ExprKind::Literal(Literal::Null), Type::Unknown, span)
    }
}
