//! Models and prompts: whom to ask, and what.

use super::Checker;
use super::colour::Colour;
use super::declare::unchecked;
use super::program::{
    Expr, ExprKind, Field, Literal, MODEL_PARTS, Model, PROMPT_PARTS, Prompt, Provider, ViaParts,
};
use super::scope::{Base, Origin, Return};
use super::types::Type;
use super::unify::Why;
use super::{make, null};
use crate::diagnostic::{Diagnostic, codes};
use crate::ids::{ModelId, PromptId, ToolId};
use crate::library::prelude;
use crate::limits;
use crate::resolve::Symbol;
use crate::resolve::suggest::nearest;
use crate::span::Span;
use crate::syntax::ast::{self, Entry, Ident};

const MODEL_CLAUSES: [&str; 7] =
    ["provider", "name", "base_url", "key", "temperature", "max_tokens", "fallback"];
const PROMPT_CLAUSES: [&str; 6] = ["model", "history", "tools", "turns", "system", "user"];
const PROVIDERS: [(&str, Provider); 4] = [
    ("openai", Provider::OpenAi),
    ("anthropic", Provider::Anthropic),
    ("script", Provider::Script),
    ("host", Provider::Host),
];

impl<'a> Checker<'a> {
    pub(super) fn declare_model(&mut self, decl: &'a ast::Model) {
        let id = ModelId::of(self.program.models.len());
        self.program.models.push(Model {
            name: decl.name.name.clone(),
            provider: Provider::Host,
            parts: no_parts(),
            fallback: None,
            span: decl.name.span,
        });
        self.items.models.push((id, decl));
        self.bind_value(&decl.name, Symbol::Model(id));
    }

    pub(super) fn declare_prompt(&mut self, decl: &'a ast::Prompt, docs: Option<String>) {
        let id = PromptId::of(self.program.prompts.len());
        self.program.prompts.push(Prompt {
            name: decl.name.name.clone(),
            docs,
            params: Vec::new(),
            result: Type::Unknown,
            parts: no_parts(),
            tools: Vec::new(),
            retries: 0,
            span: decl.name.span,
        });
        self.items.prompts.push((id, decl));
        self.bind_outward(&decl.name, Symbol::Prompt(id));
    }

    /// What prompts take and give.
    pub(super) fn declare_agent_types(&mut self) {
        for (id, decl) in self.items.prompts.clone() {
            self.enter_file(decl.name.span);
            if decl.params.len() > limits::PARAMETERS {
                self.too_large(decl.name.span, "this has too many parameters");
            }
            self.program.prompts[id.index()].params = self.fields(&decl.params, &decl.name.name);
            if decl.result.is_none() {
                let message = format!("the prompt `{}` does not say what it gives", decl.name.name);
                let diagnostic = Diagnostic::error(codes::CLAUSE, decl.name.span, message);
                self.report(diagnostic.help("a reply is decoded into a type: `-> String` takes it as it is"));
            } else {
                let result = self.result_type(decl.result.as_ref(), "the result of a prompt");
                self.program.prompts[id.index()].result = result;
            }
        }
        self.declare_memory_types();
    }

    pub(super) fn check_models(&mut self) {
        let models = std::mem::take(&mut self.items.models);
        for (id, decl) in &models {
            self.enter_file(decl.name.span);
            self.model(*id, decl);
        }
        for (id, decl) in &models {
            self.enter_file(decl.name.span);
            self.endless_fallback(*id, decl);
        }
    }

    fn model(&mut self, id: ModelId, decl: &'a ast::Model) {
        let name = format!("the model `{}`", decl.name.name);
        self.clauses(&name, &decl.clauses, &MODEL_CLAUSES);
        let provider = match clause(&decl.clauses, "provider") {
            Some(value) => self.provider(value),
            None => {
                self.missing_clause(&name, &decl.name, "provider", "`provider openai`");
                Provider::Host
            }
        };
        if provider != Provider::Host && clause(&decl.clauses, "name").is_none() {
            self.missing_clause(
                &name,
                &decl.name,
                "name",
                "`name \"…\"`: which of its models, or the file of a script",
            );
        }
        let fallback = clause(&decl.clauses, "fallback").and_then(|value| self.fallback(value));
        let parts = self.request_parts(
            &[],
            &MODEL_PARTS,
            ("a clause of a model", decl.name.span),
            |checker, part| {
                let Some(value) = clause(&decl.clauses, part) else { return null(decl.name.span) };
                match part {
                    "temperature" => {
                        let heat = checker.expect(value, &Type::Float, Why::PLAIN);
                        checker.at_least_literal(&heat, 0, "a temperature must not be negative");
                        heat
                    }
                    "max_tokens" => {
                        let most = checker.expect(value, &Type::Int, Why::PLAIN);
                        checker.at_least_literal(&most, 1, "`max_tokens` must be at least 1");
                        most
                    }
                    _ => checker.sealed(|checker| checker.sealed_text(value)),
                }
            },
        );
        let model = &mut self.program.models[id.index()];
        (model.provider, model.fallback, model.parts) = (provider, fallback, parts);
    }

    fn provider(&mut self, value: &ast::Expr) -> Provider {
        if let ast::ExprKind::Name(name) = &value.kind {
            if let Some((_, provider)) = PROVIDERS.iter().find(|(known, _)| *known == name.name) {
                return *provider;
            }
            let names = PROVIDERS.iter().map(|(known, _)| *known);
            let message = format!("there is no provider `{}`", name.name);
            let mut diagnostic = Diagnostic::error(codes::CLAUSE, name.span, message)
                .help("it is `openai` (any compatible base_url), `anthropic`, `script` or `host`");
            if let Some(near) = nearest(&name.name, names) {
                diagnostic = diagnostic.fix(format!("rename to {near}"), name.span, near);
            }
            self.report(diagnostic);
        } else if !matches!(value.kind, ast::ExprKind::Broken) {
            self.error(
                codes::CLAUSE,
                value.span,
                "a provider is one of the words openai, anthropic, script, host",
            );
        }
        Provider::Host
    }

    fn fallback(&mut self, value: &ast::Expr) -> Option<ModelId> {
        self.in_role(value, "a fallback is a model", |symbol| match symbol {
            Symbol::Model(id) => Some(id),
            _ => None,
        })
    }

    /// Reports a model whose fallbacks lead back to it; the rest of the circle is left alone.
    fn endless_fallback(&mut self, id: ModelId, decl: &ast::Model) {
        let mut path = vec![id];
        while let Some(next) = self.program.models[path[path.len() - 1].index()].fallback {
            if path.contains(&next) {
                break;
            }
            path.push(next);
        }
        let last = path[path.len() - 1];
        if self.program.models[last.index()].fallback != Some(id) {
            return;
        }
        let mut names: Vec<&str> =
            path.iter().map(|at| self.program.models[at.index()].name.as_str()).collect();
        names.push(&decl.name.name);
        let message = format!("the fallbacks of `{}` lead back to it: {}", decl.name.name, names.join(" → "));
        self.error(codes::CLAUSE, decl.name.span, message);
        self.program.models[last.index()].fallback = None;
    }

    pub(super) fn check_prompts(&mut self) {
        for (id, decl) in std::mem::take(&mut self.items.prompts) {
            self.enter_file(decl.name.span);
            self.prompt(id, decl);
        }
    }

    fn prompt(&mut self, id: PromptId, decl: &'a ast::Prompt) {
        let name = format!("the prompt `{}`", decl.name.name);
        self.clauses(&name, &decl.clauses, &PROMPT_CLAUSES);
        if clause(&decl.clauses, "model").is_none() {
            self.missing_clause(&name, &decl.name, "model", "`model writer`");
        }
        if clause(&decl.clauses, "user").or(clause(&decl.clauses, "history")).is_none() {
            self.missing_clause(&name, &decl.name, "user", "`user \"…\"`: what is asked");
        }
        let tools = clause(&decl.clauses, "tools").map_or_else(Vec::new, |value| self.tools_of(value));
        if let (Some(turns), None) = (clause(&decl.clauses, "turns"), clause(&decl.clauses, "tools")) {
            let message = "`turns` bounds how often tools are used: it needs `tools […]`";
            self.error(codes::CLAUSE, turns.span, message);
        }
        let params = self.program.prompts[id.index()].params.clone();
        let place = ("a clause of a prompt", decl.name.span);
        let parts = self.request_parts(&params, &PROMPT_PARTS, place, |checker, part| {
            let Some(value) = clause(&decl.clauses, part) else { return null(decl.name.span) };
            match part {
                "model" => checker.expect(value, &Type::Model, Why::PLAIN),
                "history" => {
                    let messages = Type::list(Type::Record(prelude::MESSAGE, [].into()));
                    checker.expect(value, &messages, Why::PLAIN)
                }
                "turns" => {
                    let turns = checker.expect(value, &Type::Int, Why::PLAIN);
                    checker.at_least_literal(&turns, 1, "`turns` must be at least 1");
                    turns
                }
                _ => checker.expect(value, &Type::String, Why::PLAIN),
            }
        });
        let retries = decl.retry.as_ref().map_or(0, |retry| self.prompt_retries(retry));
        let prompt = &mut self.program.prompts[id.index()];
        (prompt.tools, prompt.parts, prompt.retries) = (tools, parts, retries);
    }

    fn prompt_retries(&mut self, retry: &ast::RetryPolicy) -> u32 {
        let rest = [
            retry.on.as_ref().and_then(|kinds| kinds.first()).map(|kind| kind.span),
            retry.backoff.as_ref().map(|(first, _)| first.span),
            retry.rate.as_ref().map(|rate| rate.span),
            retry.jitter.as_ref().map(|jitter| jitter.span),
        ];
        if let Some(span) = rest.into_iter().flatten().next() {
            let message =
                "the `retry` of a prompt is a count: a reply that does not decode is sent back at once";
            self.error(codes::CLAUSE, span, message);
        }
        let count = self.constant_int(&retry.count, "the count of `retry`").unwrap_or(0);
        u32::try_from(count).ok().filter(|count| *count <= 100).unwrap_or_else(|| {
            self.error(codes::NUMBER_RANGE, retry.count.span, "a reply is sent back between 0 and 100 times");
            0
        })
    }

    /// The tools that a clause lists.
    fn tools_of(&mut self, value: &ast::Expr) -> Vec<ToolId> {
        let ast::ExprKind::List(elements) = &value.kind else {
            if !matches!(value.kind, ast::ExprKind::Broken) {
                self.error(
                    codes::CLAUSE,
                    value.span,
                    "the tools of a prompt are written out: `tools [search]`",
                );
            }
            return Vec::new();
        };
        let mut tools = Vec::new();
        for element in elements {
            let (ast::Element::One(tool) | ast::Element::Spread(tool)) = element;
            match self.callable(tool, "a prompt uses tools") {
                Some(super::program::Callable::Tool(id)) => tools.push(id),
                Some(super::program::Callable::Prompt(_)) => {
                    self.error(codes::WRONG_ROLE, tool.span, "a prompt uses tools, and this is a prompt");
                }
                None => {}
            }
        }
        tools
    }

    /// The parts of a request, all in one body over the parameters.
    fn request_parts(
        &mut self,
        params: &[Field],
        names: &[&str],
        (place, span): (&'static str, Span),
        mut part: impl FnMut(&mut Self, &str) -> Expr,
    ) -> ViaParts {
        self.enter(Base::Top, Colour::Request(place), Return::Nowhere(place));
        for field in params {
            let frame = self.frame_mut();
            let id = frame.add(&field.name, field.ty.clone(), false, field.span, Origin::Parameter);
            frame.params.push(id);
        }
        let mut values = Vec::with_capacity(names.len());
        for name in names {
            let mark = self.mark();
            values.push(part(self, name));
            self.close(mark);
        }
        let types: Vec<Type> = values.iter().map(|value| value.ty.clone()).collect();
        let whole = make(ExprKind::Tuple(values), Type::Tuple(types.into()), span);
        let body = self.leave(whole).body;
        let values = if let ExprKind::Tuple(values) = body.value.kind { values } else { Vec::new() };
        let values = names.iter().map(|name| (*name).to_owned()).zip(values).collect();
        ViaParts { params: body.params, locals: body.locals, values }
    }

    /// Reports clauses that are unknown or stand twice. `name` begins the sentence: `the model \`m\``.
    pub(super) fn clauses(&mut self, name: &str, entries: &[Entry], allowed: &[&str]) {
        let mut seen: Vec<&Ident> = Vec::new();
        for entry in entries {
            if let Some(first) = seen.iter().find(|first| first.name == entry.name.name) {
                let message = format!("{name} has two clauses `{}`", entry.name.name);
                let diagnostic = Diagnostic::error(codes::CLAUSE, entry.name.span, message);
                self.report(diagnostic.label(first.span, "the first one"));
            }
            seen.push(&entry.name);
            if !allowed.contains(&entry.name.name.as_str()) {
                let message = format!("{name} has no clause `{}`", entry.name.name);
                let mut diagnostic = Diagnostic::error(codes::CLAUSE, entry.name.span, message);
                diagnostic = match nearest(&entry.name.name, allowed.iter().copied()) {
                    Some(near) => diagnostic.help(format!("did you mean `{near}`?")).fix(
                        format!("rename to {near}"),
                        entry.name.span,
                        near,
                    ),
                    None => diagnostic.help(format!("it takes {}", allowed.join(", "))),
                };
                self.report(diagnostic);
            }
        }
    }

    fn missing_clause(&mut self, name: &str, at: &Ident, clause: &str, write: &str) {
        let message = format!("{name} needs a clause `{clause}`");
        self.report(Diagnostic::error(codes::CLAUSE, at.span, message).help(format!("write {write}")));
    }

    pub(super) fn at_least_literal(&mut self, value: &Expr, least: i64, message: &str) {
        let low = match &value.kind {
            ExprKind::Literal(Literal::Int(n)) => *n < least,
            #[allow(clippy::cast_precision_loss, reason = "bounds are small")]
            ExprKind::Literal(Literal::Float(x)) => *x < least as f64,
            _ => false,
        };
        if low {
            self.error(codes::NUMBER_RANGE, value.span, message);
        }
    }
}

/// The value of a clause; of two, the first.
fn clause<'e>(entries: &'e [Entry], name: &str) -> Option<&'e ast::Expr> {
    entries.iter().find(|entry| entry.name.name == name).map(|entry| &entry.value)
}

fn no_parts() -> ViaParts {
    let body = unchecked(Span::default());
    ViaParts { params: body.params, locals: body.locals, values: Vec::new() }
}
