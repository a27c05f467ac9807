//! Other jobs, plans and prompts: `run`, `start`, `send`, `cancel`, `plan`, `saga`.

use std::sync::Arc;

use super::super::Checker;
use super::super::arguments::{Arguments, Callee, Given};
use super::super::naming::Naming;
use super::super::program::{Callable, EffectKind, Expr};
use super::super::types::Type;
use super::super::unify::{Want, Why};
use super::access::Root;
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
        let (callee, args) = match &at.kind {
            ast::ExprKind::Call { callee, args } => (&**callee, Some(args)),
            ast::ExprKind::Name(_) | ast::ExprKind::Field { .. } => (at, None),
            _ => return None,
        };
        if !self.may_start(callee) {
            return None;
        }
        let given = args.map_or_else(Vec::new, |args| Given::all(args));
        let (symbol, declared, name) = match self.naming(callee) {
            Naming::Declared(Symbol::Graph(id, GraphKind::Agent), ..) if args.is_some() => {
                return Some((Some(id), given));
            }
            Naming::Declared(symbol, declared, name) => (symbol, declared, name),
            _ => {
                self.check_given(&given);
                return Some((None, given));
            }
        };
        self.check_given(&given);
        let written = self.sources.text(callee.span);
        let diagnostic = if matches!(symbol, Symbol::Graph(_, GraphKind::Agent)) {
            let message = format!("`{word}` takes a call of `{}`: its arguments are missing", name.name);
            let end = Span { start: callee.span.end, ..callee.span };
            let diagnostic = Diagnostic::error(codes::WRONG_ROLE, name.span, message);
            diagnostic.help(format!("write `{word} {written}(…)`")).fix("call it", end, "()")
        } else {
            let message =
                format!("`{word}` takes a call of an agent, and `{}` is {}", name.name, symbol.noun());
            let diagnostic = Diagnostic::error(codes::WRONG_ROLE, name.span, message);
            diagnostic.help(format!("call it without `{word}`: `{written}(…)`"))
        };
        self.report(diagnostic.label(declared, "declared here"));
        Some((None, given))
    }

    /// Whether what follows `run` or `start` names something that is called, rather than being a value (a plan).
    fn may_start(&mut self, callee: &ast::Expr) -> bool {
        let names = match &callee.kind {
            ast::ExprKind::Name(name) if self.local(&name.name).is_none() => {
                self.names().values.get(&name.name)
            }
            ast::ExprKind::Field { base, name, safe: false } => match &base.kind {
                ast::ExprKind::Name(module) if self.local(&module.name).is_none() => {
                    match self.names().values.get(&module.name) {
                        Some((Symbol::Module(file), _)) => {
                            self.modules[usize::from(file.0)].values.get(&name.name)
                        }
                        _ => None,
                    }
                }
                _ => None,
            },
            _ => None,
        };
        matches!(names, Some((Symbol::Graph(..) | Symbol::Tool(_) | Symbol::Prompt(_) | Symbol::Broken, _)))
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
        self.in_role(expr, "a signal is named here", |symbol| match symbol {
            Symbol::Signal(id) => Some(id),
            _ => None,
        })
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
        if let ast::ExprKind::Field { base, name, safe: false } = &expr.kind
            && let Some(Root::Module(module)) = self.root(base)
        {
            let found = self.standard_tool(module, &name.name).map(Callable::Tool);
            if found.is_none() {
                let message = format!("{role}: there is no tool `{module}.{}`", name.name);
                self.error(codes::WRONG_ROLE, expr.span, message);
            }
            return found;
        }
        let found = self.in_role(expr, role, |symbol| match symbol {
            Symbol::Tool(id) => Some(Callable::Tool(id)),
            Symbol::Prompt(id) => Some(Callable::Prompt(id)),
            _ => None,
        });
        if let Some(Callable::Tool(id)) = found {
            self.used_tools[id.index()] = true;
        }
        found
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
