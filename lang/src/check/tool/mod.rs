//! Tools: who carries them out, what recovery may do, how long and how often.

mod retry;
mod via;

use super::Checker;
use super::colour::Colour;
use super::expr::literal::number;
use super::program::{Body, Expr, Field, Literal, Tool, Via};
use super::scope::{Base, Origin, Return};
use super::types::Type;
use super::unify::{Want, Why};
use crate::diagnostic::{Diagnostic, codes};
use crate::ids::{LocalId, ToolId};
use crate::span::Span;
use crate::syntax::ast::{self, ToolClauseKind};

/// What a clause sees besides the parameters.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Sees {
    /// Nothing.
    Params,
    /// `call.key`
    Key,
    /// `call.key` and `result`
    Result,
}

/// A tool whose clauses are being checked.
struct At<'d> {
    id: ToolId,
    decl: &'d ast::Tool,
    /// Per parameter, whether some clause has read it.
    used: Vec<bool>,
}

impl<'a> Checker<'a> {
    pub(super) fn check_tools(&mut self) {
        for (id, decl) in self.items.tools.clone() {
            self.enter_file(decl.name.span);
            self.place = format!("the tool `{}`", decl.name.name);
            let mut at = At { id, decl, used: vec![false; decl.params.len()] };
            self.tool(&mut at);
        }
    }

    fn tool(&mut self, at: &mut At<'a>) {
        self.single_clauses(at.decl);
        let mut via = None;
        for clause in &at.decl.clauses {
            match &clause.kind {
                ToolClauseKind::Via { carrier, entries } => via = self.via(at, carrier, entries),
                kind => self.clause(at, kind),
            }
        }
        let whole = matches!(via, Some(Via::Host | Via::Mcp { .. }));
        if let Some(via) = via {
            self.program.tools[at.id.index()].via = via;
        }
        let has_via = at.decl.clauses.iter().any(|clause| matches!(clause.kind, ToolClauseKind::Via { .. }));
        if !has_via {
            let name = &at.decl.name;
            let message = format!("the tool `{}` does not say who carries it out", name.name);
            let diagnostic = Diagnostic::error(codes::TOOL_CARRIER, name.span, message);
            self.report(diagnostic.help("add `via http { … }`, `via exec { … }` or `via host`"));
        } else if !whole {
            for (param, _) in at.decl.params.iter().zip(&at.used).filter(|(_, used)| !**used) {
                self.unused_parameter(&param.name.name, param.name.span);
            }
        }
    }

    /// Reports clauses that stand twice or contradict each other.
    fn single_clauses(&mut self, decl: &ast::Tool) {
        let mut seen: Vec<(&str, Span)> = Vec::new();
        for clause in &decl.clauses {
            let word = match &clause.kind {
                ToolClauseKind::Via { .. } => "via",
                ToolClauseKind::Readonly | ToolClauseKind::Idempotent(_) | ToolClauseKind::Once => "class",
                ToolClauseKind::Timeout(_) => "timeout",
                ToolClauseKind::Retry(_) => "retry",
                ToolClauseKind::NotDone(_) => "not_done",
                ToolClauseKind::Limit { .. } => "limit",
                ToolClauseKind::InDoubt(_) => "in_doubt",
                ToolClauseKind::Lookup { .. } => "lookup",
                ToolClauseKind::Confirm(_) => "confirm",
                ToolClauseKind::Undo(_) => "undo",
            };
            if let Some((_, first)) = seen.iter().find(|(known, _)| *known == word) {
                let message = match word {
                    "class" => {
                        format!("`{}` is readonly, idempotent or once: only one of them", decl.name.name)
                    }
                    word => format!("`{}` has two clauses `{word}`", decl.name.name),
                };
                let diagnostic = Diagnostic::error(codes::TOOL_CLAUSE, clause.span, message);
                self.report(diagnostic.label(*first, "the first one"));
            } else {
                seen.push((word, clause.span));
            }
        }
    }

    fn clause(&mut self, at: &mut At<'a>, kind: &'a ToolClauseKind) {
        let tool = &self.program.tools[at.id.index()];
        let (class, result) = (tool.class, tool.result.clone());
        match kind {
            ToolClauseKind::Via { .. } | ToolClauseKind::Readonly | ToolClauseKind::Once => {}
            ToolClauseKind::Idempotent(ast::Horizon::For(horizon)) => {
                self.constant_duration(horizon, "the horizon of `idempotent`", 1);
            }
            ToolClauseKind::Idempotent(_) => {}
            ToolClauseKind::Timeout(limit) => {
                if let Some((Literal::Duration(millis), _)) = number(limit, false)
                    && millis <= 0
                {
                    self.error(codes::NUMBER_RANGE, limit.span, "a timeout must be longer than 0");
                }
                let colour = Colour::Pure("a timeout".to_owned(), limit.span);
                let body = self.clause_body(at, Sees::Params, colour, |checker| {
                    checker.expect(limit, &Type::Duration, Why::PLAIN)
                });
                self.edit(at).timeout = Some(body);
            }
            ToolClauseKind::Retry(policy) => {
                let retry = self.tool_retry(at.decl, class, policy);
                self.edit(at).retry = retry;
            }
            ToolClauseKind::NotDone(statuses) => {
                let statuses =
                    statuses.iter().filter_map(|status| self.constant_int(status, "a status of `not_done`"));
                let statuses = statuses.collect();
                self.edit(at).not_done = statuses;
            }
            ToolClauseKind::Limit { count, per } => {
                let calls = self.constant_int(count, "the count of `limit`");
                if calls.is_some_and(|calls| calls < 1) {
                    self.error(codes::NUMBER_RANGE, count.span, "a limit must allow at least 1 call");
                }
                let per = self.constant_duration(per, "the time of `limit`", 1);
                self.edit(at).limit = calls.zip(per);
            }
            ToolClauseKind::InDoubt(word) => match word.name.as_str() {
                "park" => {}
                "fail" => self.edit(at).doubt_fails = true,
                other => {
                    let message = format!("`in_doubt` is `park` or `fail`, not `{other}`");
                    self.error(codes::TOOL_CLAUSE, word.span, message);
                }
            },
            ToolClauseKind::Lookup { ask, settle } => self.lookup(at, ask, settle.as_ref(), &result),
            ToolClauseKind::Confirm(ask) => {
                let body = self.clause_body(at, Sees::Result, Colour::Readonly("confirm"), |checker| {
                    checker.expect(ask, &Type::Bool, Why::PLAIN)
                });
                self.edit(at).confirm = Some(body);
            }
            ToolClauseKind::Undo(undo) => {
                let body = self.clause_body(at, Sees::Result, Colour::Effectful, |checker| {
                    checker.value_of(undo, Want::Nothing)
                });
                self.edit(at).undo = Some(body);
            }
        }
    }

    fn edit(&mut self, at: &At<'_>) -> &mut Tool {
        &mut self.program.tools[at.id.index()]
    }

    fn lookup(&mut self, at: &mut At<'a>, ask: &'a ast::Expr, settle: Option<&ast::Expr>, result: &Type) {
        let name = &at.decl.name.name;
        let wanted = match result {
            Type::Null => Type::Bool,
            Type::Optional(_) => {
                let message = format!("`lookup` cannot tell a null of `{name}` from \"it did not happen\"");
                let diagnostic = Diagnostic::error(codes::LOOKUP, ask.span, message);
                let declared = at.decl.result.as_ref().map_or(at.decl.name.span, |result| result.span);
                self.report(
                    diagnostic.label(declared, "may be null").help("let the tool return a record instead"),
                );
                Type::Unknown
            }
            other => other.clone().optional(),
        };
        let body = self.clause_body(at, Sees::Key, Colour::Readonly("lookup"), |checker| {
            checker.expect(ask, &wanted, Why::PLAIN)
        });
        self.edit(at).lookup = Some(body);
        let settle = settle.and_then(|settle| self.constant_duration(settle, "`settle`", 0));
        self.edit(at).settle = settle;
    }

    /// A clause as a body over the parameters.
    fn clause_body(
        &mut self,
        at: &mut At<'_>,
        sees: Sees,
        colour: Colour,
        value: impl FnOnce(&mut Self) -> Expr,
    ) -> Body {
        self.enter_clause(at, sees, colour);
        let value = value(self);
        self.note_used(at);
        self.leave(value).body
    }

    fn enter_clause(&mut self, at: &At<'_>, sees: Sees, colour: Colour) {
        self.enter(Base::Top, colour, Return::Nowhere("a clause of a tool"));
        let tool = &self.program.tools[at.id.index()];
        let params: Vec<Field> = tool.params.clone();
        let (result, span) = (tool.result.clone(), tool.span);
        let frame = self.frame_mut();
        for field in params {
            let id = frame.add(&field.name, field.ty, false, field.span, Origin::Clause);
            frame.params.push(id);
        }
        if sees != Sees::Params {
            let key = frame.add("", Type::String, false, span, Origin::Hidden);
            frame.params.push(key);
            frame.call_key = Some(key);
        }
        if sees == Sees::Result {
            if let Some(param) = at.decl.params.iter().find(|param| param.name.name == "result") {
                let message = "`result` is what the tool gave in this clause, and would hide the parameter of that name";
                let diagnostic = Diagnostic::error(codes::HIDDEN_NAME, param.name.span, message);
                self.report(diagnostic.help("give the parameter another name"));
            }
            let frame = self.frame_mut();
            let id = frame.add("result", result, false, span, Origin::Clause);
            frame.params.push(id);
        }
    }

    fn note_used(&mut self, at: &mut At<'_>) {
        for (position, used) in at.used.iter_mut().enumerate() {
            *used |= self.is_used(LocalId::of(position));
        }
    }
}
