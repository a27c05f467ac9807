//! Other jobs, plans and prompts: `run`, `start`, `send`, `cancel`, `plan`, `saga`.

use std::sync::Arc;

use super::super::Checker;
use super::super::arguments::{Arguments, Callee, Given};
use super::super::program::{Callable, EffectKind, Expr};
use super::super::types::Type;
use super::super::unify::{Want, Why};
use super::{broken, make};
use crate::diagnostic::{Diagnostic, codes};
use crate::ids::{GraphId, PromptId, SignalId};
use crate::resolve::Symbol;
use crate::resolve::types::TypePlace;
use crate::span::Span;
use crate::syntax::ast::{self, Block, GraphKind, Ident};

impl Checker<'_> {
    /// `run agent(…)`, `run plan`
    pub(super) fn run(&mut self, what: &ast::Expr, span: Span) -> Expr {
        if let Some((id, given)) = self.started_agent("run", what) {
            let Some(id) = id else { return broken(span) };
            let (before, args, result, name) = self.agent_arguments(id, &given, what.span);
            let kind = EffectKind::RunAgent { graph: id, args };
            let call = self.effect(kind, result, span, &format!("run the agent `{name}`"));
            return Arguments::wrap(before, call);
        }
        let plan = self.expr(what, Want::Any);
        match self.known(&plan.ty, plan.span) {
            Type::Plan(result) => {
                self.effect(EffectKind::RunPlan(plan), (*result).clone(), span, "run a plan")
            }
            Type::Unknown | Type::Never => broken(span),
            other => {
                let message =
                    format!("`run` takes a call of an agent, or a plan, found {}", self.show(&other));
                self.error(codes::WRONG_ROLE, plan.span, message);
                broken(span)
            }
        }
    }

    /// `start agent(…)`
    pub(super) fn start(&mut self, what: &ast::Expr, span: Span) -> Expr {
        match self.started_agent("start", what) {
            Some((Some(id), given)) => {
                let (before, args, result, name) = self.agent_arguments(id, &given, what.span);
                let kind = EffectKind::StartAgent { graph: id, args };
                let ty = Type::Job(Arc::new(result));
                let call = self.effect(kind, ty, span, &format!("start the agent `{name}`"));
                Arguments::wrap(before, call)
            }
            Some((None, _)) => broken(span),
            None => {
                let value = self.expr(what, Want::Any);
                if value.ty != Type::Unknown {
                    self.error(
                        codes::WRONG_ROLE,
                        what.span,
                        "`start` takes a call of an agent: `start name(…)`",
                    );
                }
                broken(span)
            }
        }
    }

    /// The agent of `agent(…)`, and its arguments; `Some((None, _))` after an error, `None` if it is something else.
    fn started_agent<'e>(
        &mut self,
        word: &str,
        what: &'e ast::Expr,
    ) -> Option<(Option<GraphId>, Vec<Given<'e>>)> {
        let mut at = what;
        while let ast::ExprKind::Paren(inner) = &at.kind {
            at = inner;
        }
        let (name, args) = match &at.kind {
            ast::ExprKind::Call { callee, args } => match &callee.kind {
                ast::ExprKind::Name(name) => (name, Some(args)),
                _ => return None,
            },
            ast::ExprKind::Name(name) => (name, None),
            _ => return None,
        };
        if self.local(&name.name).is_some() {
            return None;
        }
        let given = args.map_or_else(Vec::new, |args| Given::all(args));
        match self.names().values.get(&name.name).copied() {
            Some((Symbol::Graph(id, GraphKind::Agent), _)) if args.is_some() => Some((Some(id), given)),
            Some((Symbol::Broken, _)) => {
                self.check_given(&given);
                Some((None, given))
            }
            Some((symbol @ (Symbol::Graph(..) | Symbol::Tool(_) | Symbol::Prompt(_)), declared)) => {
                self.check_given(&given);
                let agent = matches!(symbol, Symbol::Graph(_, GraphKind::Agent));
                let message =
                    format!("`{word}` takes a call of an agent, and `{}` is {}", name.name, symbol.noun());
                let help = if agent {
                    format!("call it: `{word} {}(…)`", name.name)
                } else {
                    format!("call it without `{word}`: `{}(…)`", name.name)
                };
                let diagnostic = Diagnostic::error(codes::WRONG_ROLE, name.span, message);
                self.report(diagnostic.label(declared, "declared here").help(help));
                Some((None, given))
            }
            _ => None,
        }
    }

    fn agent_arguments(
        &mut self,
        id: GraphId,
        given: &[Given<'_>],
        span: Span,
    ) -> (Vec<super::super::program::Stmt>, Vec<Expr>, Type, String) {
        let graph = &self.program.graphs[id.index()];
        let (name, result, declared) = (graph.name.clone(), graph.result.clone(), graph.span);
        let params = Self::parameters(&graph.params, &[]);
        let callee = Callee { name: &name, params: &params, declared: Some(declared), unmixed: false };
        let (before, args) = self.arguments(callee, given, span).split();
        (before, args, result, name)
    }

    /// A call of a prompt.
    pub(super) fn call_prompt(&mut self, id: PromptId, given: &[Given<'_>], span: Span) -> Expr {
        let prompt = &self.program.prompts[id.index()];
        let (name, result, declared) = (prompt.name.clone(), prompt.result.clone(), prompt.span);
        let params = Self::parameters(&prompt.params, &[]);
        let callee = Callee { name: &name, params: &params, declared: Some(declared), unmixed: false };
        let (before, args) = self.arguments(callee, given, span).split();
        let kind = EffectKind::Prompt { prompt: id, args };
        let call = self.effect(kind, result, span, &format!("call the prompt `{name}`"));
        Arguments::wrap(before, call)
    }

    /// `send(job, sig, value)`
    pub(super) fn send(&mut self, given: &[Given<'_>], span: Span) -> Expr {
        let Some([job, signal, value]) = self.slots("send", ["job", "signal", "value"], given, span) else {
            return broken(span);
        };
        let job = self.job_of(job);
        let Some(signal) = self.signal_named(signal) else {
            self.expr(value, Want::Any);
            return broken(span);
        };
        let ty = self.program.signals[signal.index()].ty.clone();
        let declared = self.program.signals[signal.index()].span;
        let value = self.expect(value, &ty, Why::at(declared, "what the signal carries"));
        let name = self.program.signals[signal.index()].name.clone();
        let kind = EffectKind::Send { job, signal, value };
        self.effect(kind, Type::Null, span, &format!("send the signal `{name}`"))
    }

    /// `cancel(job)`
    pub(super) fn cancel(&mut self, given: &[Given<'_>], span: Span) -> Expr {
        let Some([job]) = self.slots("cancel", ["job"], given, span) else { return broken(span) };
        let job = self.job_of(job);
        self.effect(EffectKind::Cancel { job }, Type::Null, span, "cancel a job")
    }

    /// Arguments by position or name, all of which must be given.
    fn slots<'e, const N: usize>(
        &mut self,
        callee: &str,
        names: [&str; N],
        given: &[Given<'e>],
        span: Span,
    ) -> Option<[&'e ast::Expr; N]> {
        let mut slots: [Option<&'e ast::Expr>; N] = [None; N];
        let mut next = 0;
        let mut good = given.len() == N;
        for arg in given {
            let at = match arg.name {
                Some(name) => names.iter().position(|known| *known == name.name),
                None => {
                    next += 1;
                    Some(next - 1)
                }
            };
            match at.and_then(|at| slots.get_mut(at)) {
                Some(slot) if slot.is_none() => *slot = Some(arg.value),
                _ => good = false,
            }
        }
        let found: Vec<&ast::Expr> = slots.into_iter().flatten().collect();
        match found.try_into() {
            Ok(found) if good => Some(found),
            _ => {
                self.error(codes::ARGUMENTS, span, format!("`{callee}` takes {}", names.join(", ")));
                None
            }
        }
    }

    /// A started job, or the id of a known one.
    fn job_of(&mut self, job: &ast::Expr) -> Expr {
        let job = self.expr(job, Want::Any);
        match self.known(&job.ty, job.span) {
            Type::Job(_) | Type::String | Type::Unknown | Type::Never => job,
            other => {
                let message = format!("expected a Job or the id of one, found {}", self.show(&other));
                self.error(codes::TYPE_MISMATCH, job.span, message);
                job
            }
        }
    }

    /// The signal that an expression names.
    pub(in crate::check) fn signal_named(&mut self, expr: &ast::Expr) -> Option<SignalId> {
        let ast::ExprKind::Name(name) = &expr.kind else {
            if !matches!(expr.kind, ast::ExprKind::Broken) {
                self.error(codes::WRONG_ROLE, expr.span, "a signal is named here, as it was declared");
            }
            return None;
        };
        self.signal_of(name)
    }

    /// The signal of this name.
    pub(in crate::check) fn signal_of(&mut self, name: &Ident) -> Option<SignalId> {
        self.in_role(name, "a signal is named here", |symbol| match symbol {
            Symbol::Signal(id) => Some(id),
            _ => None,
        })
    }

    /// What a name declares, where only one kind of declaration can stand: `wanted` picks it, `role` says it.
    pub(in crate::check) fn in_role<T>(
        &mut self,
        name: &Ident,
        role: &str,
        wanted: impl FnOnce(Symbol) -> Option<T>,
    ) -> Option<T> {
        let Some((symbol, declared)) = self.names().values.get(&name.name).copied() else {
            self.unknown_name(name);
            return None;
        };
        let found = wanted(symbol);
        if found.is_none() && !matches!(symbol, Symbol::Broken) {
            let message = format!("{role}, and `{}` is {}", name.name, symbol.noun());
            let diagnostic = Diagnostic::error(codes::WRONG_ROLE, name.span, message);
            self.report(diagnostic.label(declared, "declared here"));
        }
        found
    }

    /// `plan for goal using [a, b] by m -> T`
    pub(super) fn plan(&mut self, plan: &ast::Plan, span: Span) -> Expr {
        let goal = self.expect(&plan.goal, &Type::String, Why::PLAIN);
        let mut using = Vec::with_capacity(plan.using.len());
        for one in &plan.using {
            using.extend(self.callable(one, "a plan uses tools and prompts"));
        }
        let host = matches!(&plan.by.kind, ast::ExprKind::Name(name)
            if name.name == "host" && self.local("host").is_none() && !self.names().values.contains_key("host"));
        let by = (!host).then(|| self.expect(&plan.by, &Type::Model, Why::PLAIN));
        let result = self.written(&plan.result, TypePlace::Plain);
        self.require_json_form(&result, plan.result.span, "the result of a plan");
        let ty = Type::Plan(Arc::new(result.clone()));
        let kind = EffectKind::Plan { goal, using, by, result, unattended: plan.unattended };
        self.effect(kind, ty, span, "make a plan")
    }

    /// The tool or prompt that an expression names. `role` begins the sentence if it is something else.
    pub(in crate::check) fn callable(&mut self, expr: &ast::Expr, role: &str) -> Option<Callable> {
        match &expr.kind {
            ast::ExprKind::Name(name) => self.callable_named(name, role),
            ast::ExprKind::Field { base, name, safe: false } => {
                let ast::ExprKind::Name(module) = &base.kind else { return self.no_callable(expr, role) };
                if self.is_bound(module) {
                    return self.no_callable(expr, role);
                }
                match self.standard_tool(&module.name, &name.name) {
                    Some(id) => Some(Callable::Tool(id)),
                    None => self.no_callable(expr, role),
                }
            }
            ast::ExprKind::Broken => None,
            _ => self.no_callable(expr, role),
        }
    }

    /// The tool or prompt of this name, which may be that of a standard tool.
    pub(in crate::check) fn callable_named(&mut self, name: &Ident, role: &str) -> Option<Callable> {
        if let Some((module, tool)) = name.name.split_once('.') {
            if !self.names().values.contains_key(module)
                && let Some(id) = self.standard_tool(module, tool)
            {
                return Some(Callable::Tool(id));
            }
            self.error(codes::WRONG_ROLE, name.span, format!("{role}: there is no tool `{}`", name.name));
            return None;
        }
        let found = self.in_role(name, role, |symbol| match symbol {
            Symbol::Tool(id) => Some(Callable::Tool(id)),
            Symbol::Prompt(id) => Some(Callable::Prompt(id)),
            _ => None,
        });
        if let Some(Callable::Tool(id)) = found {
            self.used_tools[id.index()] = true;
        }
        found
    }

    fn no_callable(&mut self, expr: &ast::Expr, role: &str) -> Option<Callable> {
        self.error(codes::WRONG_ROLE, expr.span, format!("{role} by their names"));
        None
    }

    /// `saga { … }`
    pub(super) fn saga(&mut self, block: &Block, want: Want<'_>, span: Span) -> Expr {
        let value = self.block(block, want);
        let ty = value.ty.clone();
        self.effect(EffectKind::Saga(Box::new(value)), ty, span, "begin a `saga`")
    }

    /// `calls(tool)`, in a test.
    pub(super) fn calls(&mut self, name: &Ident, given: &[Given<'_>], span: Span) -> Expr {
        if !self.testing {
            let message = "there is no `calls` here: it counts calls in a `test`";
            self.error(codes::UNKNOWN_NAME, name.span, message);
            return broken(span);
        }
        let [Given { name: None, value }] = given else {
            self.error(codes::ARGUMENTS, span, "`calls` takes the tool or prompt whose calls are counted");
            return broken(span);
        };
        match self.callable(value, "`calls` counts calls of tools and prompts") {
            Some(callable) => {
                self.activity += 1;
                let effect = super::super::program::Effect { kind: EffectKind::Calls(callable), span };
                make(super::super::program::ExprKind::Effect(Box::new(effect)), Type::Int, span)
            }
            None => broken(span),
        }
    }
}
