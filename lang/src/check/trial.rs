//! Tests: `given`, `signal`, `answer`, `expect` and the statements between them.
//!
//! A test is checked like the body of a flow; it is no part of the compiled program.

use super::Checker;
use super::colour::Colour;
use super::make;
use super::naming::dotted;
use super::pattern::Binding;
use super::program::{
    Arm, Callable, EffectKind, Element, Expr, ExprKind, Field, Pattern, PatternKind, Stmt, StmtKind, Test,
};
use super::scope::{Base, Return};
use super::types::Type;
use super::unify::{Want, Why};
use crate::diagnostic::{Diagnostic, codes};
use crate::library::prelude;
use crate::resolve::types::count;
use crate::span::Span;
use crate::syntax::ast::{self, Ident, Reply, TestStmt};

impl<'a> Checker<'a> {
    pub(super) fn check_tests(&mut self) {
        self.testing = true;
        let tools = self.program.tools.len();
        let mut seen: Vec<&Ident> = Vec::new();
        for test in std::mem::take(&mut self.items.tests) {
            self.enter_file(test.title.span);
            if let Some(first) = seen.iter().find(|first| first.name == test.title.name) {
                let message = format!("there are two tests \"{}\"", test.title.name);
                let diagnostic = Diagnostic::error(codes::DUPLICATE_NAME, test.title.span, message);
                self.report(diagnostic.label(first.span, "the first one"));
            }
            seen.push(&test.title);
            self.place = format!("the test \"{}\"", test.title.name);
            self.test(test);
        }
        self.testing = false;
        self.program.test_tools = self.program.tools.len() - tools;
    }

    fn test(&mut self, test: &'a ast::Test) {
        self.enter(Base::Top, Colour::Effectful, Return::Be(Type::Null, Why::PLAIN));
        let mut stmts = Vec::with_capacity(test.body.len());
        for stmt in &test.body {
            let mark = self.mark();
            stmts.extend(self.test_stmt(stmt));
            self.close(mark);
        }
        let body = self.leave(make(ExprKind::Block { stmts, value: None }, Type::Null, test.title.span)).body;
        self.program.tests.push(Test { title: test.title.name.clone(), body, span: test.title.span });
    }

    fn test_stmt(&mut self, stmt: &'a TestStmt) -> Option<Stmt> {
        let (kind, span) = match stmt {
            TestStmt::Given { span, tool, args, reply, times } => {
                (self.given(tool, args, reply, times.as_ref(), *span)?, *span)
            }
            TestStmt::Signal { span, name, value, after } => {
                (self.deliver(name, value, after.as_ref(), false)?, *span)
            }
            TestStmt::Answer { span, name, value, after } => {
                (self.deliver(name, value, after.as_ref(), true)?, *span)
            }
            TestStmt::Expect { span, condition } => {
                let text = self.sources.text(condition.span).to_owned();
                let condition = self.expect(condition, &Type::Bool, Why::PLAIN);
                let holds = self.facts_if(&condition, true);
                self.assume(holds);
                (EffectKind::Expect { condition, text }, *span)
            }
            TestStmt::ExpectFails { span, kind, body } => {
                let kind = kind.as_ref().and_then(|kind| self.kind_named(kind));
                let body = self.block(body, Want::Nothing);
                (EffectKind::ExpectFails { kind, body }, *span)
            }
            TestStmt::Stmt(stmt) => return self.statement(stmt),
        };
        let step = self.effect(kind, Type::Null, span, "take a step of a test");
        Some(Stmt { kind: StmtKind::Expr(step), span })
    }

    fn kind_named(&mut self, kind: &ast::Expr) -> Option<u16> {
        let name = self.written_kind(kind)?;
        self.variant_of(prelude::ERROR_KIND, name)
    }

    fn deliver(
        &mut self,
        name: &Ident,
        value: &ast::Expr,
        after: Option<&ast::Expr>,
        answer: bool,
    ) -> Option<EffectKind> {
        let signal = self.signal_named(&dotted(name));
        let value = match signal {
            Some(signal) => {
                let known = &self.program.signals[signal.index()];
                let (ty, declared) = (known.ty.clone(), known.span);
                self.expect(value, &ty, Why::at(declared, "what the signal carries"))
            }
            None => self.expr(value, Want::Any),
        };
        let after = after.map(|after| self.expect(after, &Type::Duration, Why::PLAIN));
        Some(EffectKind::Deliver { signal: signal?, answer, value, after })
    }

    fn given(
        &mut self,
        tool: &Ident,
        args: &[ast::Pattern],
        reply: &Reply,
        times: Option<&ast::Expr>,
        span: Span,
    ) -> Option<EffectKind> {
        let times = times.map(|times| {
            let times = self.expect(times, &Type::Int, Why::PLAIN);
            self.at_least_literal(&times, 1, "a reply is given at least once");
            times
        });
        let callable = self.callable(&dotted(tool), "`given` says what tools and prompts answer")?;
        let (params, result): (Vec<Field>, Type) = match callable {
            Callable::Tool(id) => {
                let tool = &self.program.tools[id.index()];
                (tool.params.clone(), tool.result.clone())
            }
            Callable::Prompt(id) => {
                let prompt = &self.program.prompts[id.index()];
                (prompt.params.clone(), prompt.result.clone())
            }
        };
        if args.len() != params.len() {
            let message = format!(
                "`{}` has {}, found {}",
                tool.name,
                count(params.len(), "parameter"),
                count(args.len(), "pattern")
            );
            let diagnostic = Diagnostic::error(codes::ARGUMENTS, tool.span, message);
            self.report(diagnostic.help("`_` stands for any argument"));
            return None;
        }
        let colour = Colour::Pure("the reply of `given`".to_owned(), span);
        self.enter(Base::Closure, colour, Return::Nowhere("a reply"));
        let mut values = Vec::with_capacity(params.len());
        for field in &params {
            let id = self.hidden(field.ty.clone(), field.span);
            self.frame_mut().params.push(id);
            values.push(make(ExprKind::Local(id), field.ty.clone(), field.span));
        }
        let mut patterns = Vec::with_capacity(args.len());
        for (pattern, field) in args.iter().zip(&params) {
            patterns.push(self.pattern(pattern, &field.ty, Binding::default()));
        }
        let (fails, value) = match reply {
            Reply::Returns(value) => (false, self.expect(value, &result, Why::PLAIN)),
            Reply::Fails(error) => (true, self.failure(error)),
        };
        let types: Vec<Type> = params.iter().map(|field| field.ty.clone()).collect();
        let all = Type::Tuple(types.into());
        let pattern = Pattern { kind: PatternKind::Tuple(patterns), ty: all.clone(), span };
        let list = Type::list(value.ty.clone());
        // A list tells a reply that is null from arguments that do not fit.
        let reply = make(ExprKind::List(vec![Element::One(value)]), list.clone(), span);
        let none = make(ExprKind::List(Vec::new()), list.clone(), span);
        let kind = ExprKind::Match {
            value: Box::new(make(ExprKind::Tuple(values), all, span)),
            arms: vec![Arm { pattern, guard: None, body: reply }],
            otherwise: Some(Box::new(none)),
        };
        let (reply, _) = self.leave_closure(make(kind, list, span));
        Some(EffectKind::Given { callable, fails, reply, times })
    }

    /// What a mocked call fails with: an Error, made from a kind if only that is given.
    fn failure(&mut self, error: &ast::Expr) -> Expr {
        let kind = Type::Enum(prelude::ERROR_KIND, [].into());
        let value = self.expr(error, Want::Like(&kind));
        match self.known(&value.ty, value.span) {
            Type::Record(prelude::ERROR, _) | Type::Unknown | Type::Never => value,
            Type::Enum(prelude::ERROR_KIND, _) => self.error_of_kind(value),
            other => {
                let message =
                    format!("`fails` takes a kind of error or an Error, found {}", self.show(&other));
                self.error(codes::TYPE_MISMATCH, value.span, message);
                value
            }
        }
    }
}
