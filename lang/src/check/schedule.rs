//! Schedules, and the clauses of agents that concern their jobs: `budget`, `key`.

use super::Checker;
use super::arguments::{Arguments, Callee, Given};
use super::colour::Colour;
use super::expr::literal::number;
use super::make;
use super::program::{Budget, Every, ExprKind, Literal, Schedule};
use super::scope::{Base, Finished, Return};
use super::types::Type;
use super::unify::Want;
use crate::bytecode::{cron, zones};
use crate::diagnostic::{Diagnostic, codes};
use crate::ids::GraphId;
use crate::resolve::Symbol;
use crate::span::Span;
use crate::syntax::ast::{self, Entry, GraphKind};

const BUDGET: [&str; 4] = ["tokens", "cost", "calls", "time"];

impl<'a> Checker<'a> {
    pub(super) fn check_schedules(&mut self) {
        for decl in std::mem::take(&mut self.items.schedules) {
            self.enter_file(decl.name.span);
            self.schedule(decl);
        }
    }

    fn schedule(&mut self, decl: &'a ast::Schedule) {
        let every = self.every(&decl.every);
        let zone = decl.zone.as_ref().and_then(|zone| {
            let name = self.plain_text(zone, "the time zone of a schedule")?;
            if !zones::is_known(&name) {
                self.unknown_zone(&name, zone.span);
            } else if matches!(every, Some(Every::Interval(_))) {
                self.error(
                    codes::CLAUSE,
                    zone.span,
                    "an interval is the same in every time zone: leave `in` out",
                );
            }
            Some(name)
        });
        let mut run = &decl.run;
        while let ast::ExprKind::Paren(inner) = &run.kind {
            run = inner;
        }
        let Some((agent, given)) = self.agent_call(run) else { return };
        let graph = &self.program.graphs[agent.index()];
        let (name, declared, params) = (graph.name.clone(), graph.span, Self::parameters(&graph.params, &[]));
        let place = format!("the schedule `{}`", decl.name.name);
        self.enter(Base::Top, Colour::Pure(place, decl.name.span), Return::Nowhere("a schedule"));
        let callee = Callee { name: &name, params: &params, declared: Some(declared), unmixed: false };
        let (before, args) = self.arguments(callee, &given, run.span).split();
        let types: Vec<Type> = args.iter().map(|arg| arg.ty.clone()).collect();
        let whole = make(ExprKind::Tuple(args), Type::Tuple(types.into()), run.span);
        let args = self.leave(Arguments::wrap(before, whole)).body;
        let Some(every) = every else { return };
        self.program.schedules.push(Schedule {
            name: decl.name.name.clone(),
            every,
            zone,
            agent,
            args,
            span: decl.name.span,
        });
    }

    fn unknown_zone(&mut self, name: &str, span: Span) {
        let message = format!("there is no time zone \"{name}\"");
        let diagnostic = Diagnostic::error(codes::CLAUSE, span, message);
        self.report(match zones::near(name) {
            Some(near) => {
                let title = format!("write \"{near}\"");
                diagnostic.help(format!("did you mean \"{near}\"?")).fix(title, span, format!("\"{near}\""))
            }
            None => diagnostic.help("a zone is named as in the IANA database: \"Europe/Berlin\", \"UTC\""),
        });
    }

    fn every(&mut self, expr: &'a ast::Expr) -> Option<Every> {
        match &expr.kind {
            ast::ExprKind::Text(_) => {
                let text = self.plain_text(expr, "the cron text of a schedule")?;
                if let Some(problem) = cron::problem(&text) {
                    let message = format!("the cron text {problem}");
                    let diagnostic = Diagnostic::error(codes::CLAUSE, expr.span, message);
                    self.report(diagnostic.help("`every \"0 2 * * *\"` is two o'clock every night"));
                    return None;
                }
                Some(Every::Cron(text))
            }
            ast::ExprKind::Broken => None,
            _ => match number(self.constant_of(expr), false) {
                Some((Literal::Duration(ms), _)) if ms >= 1_000 => Some(Every::Interval(ms)),
                Some((Literal::Duration(_), _)) => {
                    self.error(codes::NUMBER_RANGE, expr.span, "an interval is at least a second");
                    None
                }
                _ => {
                    let message = "a schedule fires `every 1h` or `every \"0 2 * * *\"`";
                    self.error(codes::NOT_CONSTANT, expr.span, message);
                    None
                }
            },
        }
    }

    /// The agent and the arguments of `agent(…)`.
    fn agent_call<'e>(&mut self, run: &'e ast::Expr) -> Option<(GraphId, Vec<Given<'e>>)> {
        let ast::ExprKind::Call { callee, args } = &run.kind else {
            if !matches!(run.kind, ast::ExprKind::Broken) {
                self.error(codes::CLAUSE, run.span, "a schedule starts an agent: `run name(…)`");
            }
            return None;
        };
        let agent = self.in_role(callee, "a schedule starts an agent", |symbol| match symbol {
            Symbol::Graph(id, GraphKind::Agent) => Some(id),
            _ => None,
        })?;
        Some((agent, Given::all(args)))
    }

    /// `budget { … }` and `key e` of a graph, whose parameters are in scope.
    pub(super) fn job_clauses(&mut self, id: GraphId, decl: &'a ast::Graph) {
        let name = &decl.name.name;
        let first = decl.budget.as_ref().and_then(|budget| budget.first()).map(|entry| entry.name.span);
        let clause = first.map(|span| ("budget", span)).or(decl.key.as_ref().map(|key| ("key", key.span)));
        if let (GraphKind::Flow, Some((word, span))) = (decl.kind, clause) {
            let message =
                format!("`{name}` is a flow and has no `{word}`: a flow is part of its caller's job");
            self.error(codes::CLAUSE, span, message);
            return;
        }
        if let Some(entries) = &decl.budget {
            self.clauses(&format!("the budget of `{name}`"), entries, &BUDGET);
            self.program.graphs[id.index()].budget = Some(self.budget(entries));
        }
        if let Some(key) = &decl.key {
            let colour = Colour::Pure(format!("the `key` of `{name}`"), key.span);
            self.enter(Base::Graph, colour, Return::Nowhere("a key"));
            let value = self.expr(key, Want::Any);
            let ty = self.known(&value.ty, value.span);
            if !self.is_key(&ty) && ty != Type::Never {
                let message = format!(
                    "a key is a String, an Int, a Bool or an enum without payload, found {}",
                    self.show(&ty)
                );
                self.error(codes::TYPE_MISMATCH, value.span, message);
            }
            let Finished { body, inputs, .. } = self.leave(value);
            self.program.graphs[id.index()].key = Some((inputs, body));
        }
    }

    fn budget(&mut self, entries: &'a [Entry]) -> Budget {
        let mut budget = Budget::default();
        for entry in entries {
            let value = &entry.value;
            match entry.name.name.as_str() {
                "tokens" => budget.tokens = self.bound(value, "the tokens of a budget"),
                "calls" => budget.calls = self.bound(value, "the calls of a budget"),
                "time" => budget.time_ms = self.constant_duration(value, "the time of a budget", 1),
                "cost" => match number(self.constant_of(value), false) {
                    Some((Literal::Decimal(digits), _)) if !digits.starts_with('-') => {
                        budget.cost = Some(digits);
                    }
                    Some((Literal::Int(whole), _)) if whole >= 0 => budget.cost = Some(whole.to_string()),
                    Some((Literal::Decimal(_) | Literal::Int(_), _)) => {
                        self.error(
                            codes::NUMBER_RANGE,
                            value.span,
                            "the cost of a budget must not be negative",
                        );
                    }
                    _ if matches!(value.kind, ast::ExprKind::Broken) => {}
                    _ => {
                        let message = "the cost of a budget must be a Decimal literal, as `2.00d`";
                        self.error(codes::NOT_CONSTANT, value.span, message);
                    }
                },
                _ => {}
            }
        }
        budget
    }

    fn bound(&mut self, value: &'a ast::Expr, what: &str) -> Option<i64> {
        let bound = self.constant_int(value, what)?;
        if bound < 0 {
            self.error(codes::NUMBER_RANGE, value.span, format!("{what} must not be negative"));
            return None;
        }
        Some(bound)
    }
}
