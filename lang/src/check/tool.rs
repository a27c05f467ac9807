//! Tools: who carries them out, what recovery may do, how long and how often.

use super::Checker;
use super::colour::Colour;
use super::expr::literal::number;
use super::program::{
    Body, Class, CommandPart, Element, Expr, ExprKind, Field, Literal, Tool, ToolRetry, Via, ViaParts,
};
use super::scope::{Base, Origin, Return};
use super::types::Type;
use super::unify::{Want, Why};
use super::{make, null};
use crate::diagnostic::{Diagnostic, codes};
use crate::ids::{LocalId, ToolId};
use crate::library::prelude;
use crate::resolve::suggest::nearest;
use crate::span::Span;
use crate::syntax::ast::{self, Entry, RetryPolicy, ToolClauseKind};

/// Kinds that prove that a call did not happen, or that its author takes as a final refusal.
const PROVING: [&str; 5] = ["Unavailable", "RateLimited", "Rejected", "Denied", "NotFound"];
/// Kinds a tool is retried on if it does not say which.
const PASSING: [&str; 3] = ["Timeout", "Unavailable", "RateLimited"];

const HTTP: [&str; 5] = ["method", "url", "query", "headers", "body"];
const EXEC: [&str; 4] = ["command", "stdin", "env", "cwd"];
const MCP: [&str; 2] = ["server", "tool"];

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
            let id = frame.add("result", result, false, span, Origin::Clause);
            frame.params.push(id);
        }
    }

    fn note_used(&mut self, at: &mut At<'_>) {
        for (position, used) in at.used.iter_mut().enumerate() {
            *used |= self.is_used(LocalId::of(position));
        }
    }

    fn tool_retry(&mut self, decl: &ast::Tool, class: Class, policy: &RetryPolicy) -> Option<ToolRetry> {
        let count = self.constant_int(&policy.count, "the count of `retry`");
        let count = count.and_then(|count| match u32::try_from(count) {
            Ok(count) if count <= 1000 => Some(count),
            _ => {
                self.error(
                    codes::NUMBER_RANGE,
                    policy.count.span,
                    "a tool is retried between 0 and 1000 times",
                );
                None
            }
        });
        let on = match &policy.on {
            Some(kinds) => self.retry_kinds(decl, class, kinds),
            None => {
                let kinds: &[&str] = if class == Class::Once { &PROVING[..2] } else { &PASSING };
                kinds.iter().filter_map(|kind| kind_index(kind)).collect()
            }
        };
        let (mut backoff_ms, mut backoff_max_ms) = (500, 30_000);
        if let Some((first, last)) = &policy.backoff {
            let first_ms = self.constant_duration(first, "the first pause of `backoff`", 0);
            let last_ms = self.constant_duration(last, "the longest pause of `backoff`", 0);
            if let (Some(from), Some(to)) = (first_ms, last_ms) {
                if from > to {
                    let message = "the longest pause of `backoff` is shorter than the first one";
                    let diagnostic = Diagnostic::error(codes::NUMBER_RANGE, last.span, message);
                    self.report(diagnostic.label(first.span, "the first one"));
                }
                (backoff_ms, backoff_max_ms) = (from, to);
            }
        }
        let mut rate = 2.0;
        if let Some(given) = &policy.rate {
            match number(given, false) {
                Some((Literal::Float(value), _)) if value >= 1.0 => rate = value,
                Some((Literal::Int(value), _)) if value >= 1 => rate = value as f64,
                _ => self.error(
                    codes::NOT_CONSTANT,
                    given.span,
                    "the rate of `retry` must be a number of at least 1",
                ),
            }
        }
        let jitter = match &policy.jitter {
            Some(word) if word.name == "off" => false,
            Some(word) if word.name == "on" => true,
            Some(word) => {
                let message = format!("`jitter` is `off` or left out, not `{}`", word.name);
                self.error(codes::TOOL_CLAUSE, word.span, message);
                true
            }
            None => true,
        };
        Some(ToolRetry { count: count?, on, backoff_ms, backoff_max_ms, rate, jitter })
    }

    fn retry_kinds(&mut self, decl: &ast::Tool, class: Class, kinds: &[ast::Expr]) -> Vec<u16> {
        let mut on = Vec::new();
        for kind in kinds {
            let name = match &kind.kind {
                ast::ExprKind::Variant { name, args: None } => name,
                ast::ExprKind::Field { name, .. } => name,
                ast::ExprKind::Broken => continue,
                _ => {
                    let message = "the kinds of `retry` are written out: `on [.Unavailable, .RateLimited]`";
                    self.error(codes::NOT_CONSTANT, kind.span, message);
                    continue;
                }
            };
            let Some(index) = self.variant_of(prelude::ERROR_KIND, name) else { continue };
            if class == Class::Once && !PROVING.contains(&name.name.as_str()) {
                self.unproven_retry(decl, name);
                continue;
            }
            on.push(index);
        }
        on.sort_unstable();
        on.dedup();
        on
    }

    fn unproven_retry(&mut self, decl: &ast::Tool, kind: &ast::Ident) {
        let why = if kind.name == "Timeout" {
            "a call that timed out may have happened"
        } else {
            "that does not prove that the call did not happen"
        };
        let message =
            format!("`{}` is a once tool and cannot be retried on `.{}`: {why}", decl.name.name, kind.name);
        let once = decl.clauses.iter().find(|clause| matches!(clause.kind, ToolClauseKind::Once));
        let diagnostic = Diagnostic::error(codes::RETRY_ONCE, kind.span, message)
            .label(once.map_or(decl.name.span, |clause| clause.span), "once, unless it says otherwise")
            .help("a once tool is retried only on .Unavailable .RateLimited .Rejected .Denied .NotFound; if the receiver knows repeated calls by `call.key`, declare it `idempotent`");
        self.report(diagnostic);
    }

    fn constant_int(&mut self, expr: &ast::Expr, what: &str) -> Option<i64> {
        match number(self.constant_of(expr), false) {
            Some((Literal::Int(value), _)) => Some(value),
            _ if matches!(expr.kind, ast::ExprKind::Broken) => None,
            _ => {
                self.error(codes::NOT_CONSTANT, expr.span, format!("{what} must be an Int literal"));
                None
            }
        }
    }

    fn constant_duration(&mut self, expr: &ast::Expr, what: &str, least: i64) -> Option<i64> {
        match number(self.constant_of(expr), false) {
            Some((Literal::Duration(value), _)) if value >= least => Some(value),
            Some((Literal::Duration(_), _)) => {
                self.error(codes::NUMBER_RANGE, expr.span, format!("{what} must not be negative or zero"));
                None
            }
            _ if matches!(expr.kind, ast::ExprKind::Broken) => None,
            _ => {
                self.error(
                    codes::NOT_CONSTANT,
                    expr.span,
                    format!("{what} must be a Duration literal, as `30s`"),
                );
                None
            }
        }
    }

    /// The value of a constant whose declaration is a literal.
    fn constant_of<'e>(&self, expr: &'e ast::Expr) -> &'e ast::Expr
    where
        'a: 'e,
    {
        if let ast::ExprKind::Name(name) = &expr.kind
            && let Some(&(crate::resolve::Symbol::Const(_), _)) = self.names.values.get(&name.name)
            && let Some((_, value)) = self.literal_constants.iter().find(|(known, _)| *known == name.name)
        {
            return value;
        }
        expr
    }

    fn via(&mut self, at: &mut At<'a>, carrier: &ast::Ident, entries: &'a [Entry]) -> Option<Via> {
        let allowed: &[&str] = match carrier.name.as_str() {
            "http" => &HTTP,
            "exec" => &EXEC,
            "mcp" => &MCP,
            "host" => &[],
            other => {
                let message = format!("there is no carrier `{other}`: `http`, `exec`, `mcp` or `host`");
                let mut diagnostic = Diagnostic::error(codes::TOOL_CARRIER, carrier.span, message);
                if let Some(near) = nearest(other, ["http", "exec", "mcp", "host"]) {
                    diagnostic = diagnostic.fix(format!("rename to {near}"), carrier.span, near);
                }
                self.report(diagnostic);
                return None;
            }
        };
        self.via_entries(carrier, entries, allowed);
        let entry =
            |name: &str| entries.iter().find(|entry| entry.name.name == name).map(|entry| &entry.value);
        match carrier.name.as_str() {
            "http" => {
                self.require_entry(carrier, entries, "url");
                let parts = self
                    .via_parts(at, &HTTP, |checker, name| checker.http_part(name, entry(name), carrier.span));
                Some(Via::Http { parts })
            }
            "exec" => {
                self.require_entry(carrier, entries, "command");
                let mut command = Vec::new();
                let parts = self.via_parts(at, &EXEC, |checker, name| match (name, entry(name)) {
                    ("command", Some(value)) => checker.command(value, &mut command),
                    (name, value) => checker.exec_part(name, value, carrier.span),
                });
                Some(Via::Exec { command, parts })
            }
            "mcp" => {
                self.require_entry(carrier, entries, "server");
                let server = self.plain_text(entry("server")?)?;
                let tool = match entry("tool") {
                    Some(tool) => self.plain_text(tool)?,
                    None => at.decl.name.name.clone(),
                };
                Some(Via::Mcp { server, tool })
            }
            _ => Some(Via::Host),
        }
    }

    fn via_entries(&mut self, carrier: &ast::Ident, entries: &[Entry], allowed: &[&str]) {
        let mut seen: Vec<&ast::Ident> = Vec::new();
        for entry in entries {
            if let Some(first) = seen.iter().find(|first| first.name == entry.name.name) {
                self.duplicate(&entry.name, first.span);
            }
            seen.push(&entry.name);
            if !allowed.contains(&entry.name.name.as_str()) {
                let message = format!("`via {}` has no `{}`", carrier.name, entry.name.name);
                let mut diagnostic = Diagnostic::error(codes::TOOL_CARRIER, entry.name.span, message);
                if let Some(near) = nearest(&entry.name.name, allowed.iter().copied()) {
                    diagnostic = diagnostic.help(format!("did you mean `{near}`?")).fix(
                        format!("rename to {near}"),
                        entry.name.span,
                        near,
                    );
                } else if !allowed.is_empty() {
                    diagnostic = diagnostic.help(format!("it takes {}", allowed.join(", ")));
                }
                self.report(diagnostic);
            }
        }
    }

    fn require_entry(&mut self, carrier: &ast::Ident, entries: &[Entry], name: &str) {
        let misspelt = entries.iter().any(|entry| nearest(&entry.name.name, [name]).is_some());
        if !misspelt && !entries.iter().any(|entry| entry.name.name == name) {
            let message = format!("`via {}` needs `{name}: …`", carrier.name);
            self.error(codes::TOOL_CARRIER, carrier.span, message);
        }
    }

    fn plain_text(&mut self, expr: &ast::Expr) -> Option<String> {
        if let ast::ExprKind::Text(template) = &expr.kind
            && let [ast::TemplatePart::Text(text)] = template.parts.as_slice()
        {
            return Some(text.clone());
        }
        self.error(codes::NOT_CONSTANT, expr.span, "this must be a plain text");
        None
    }

    /// The parts of a request, all in one body.
    fn via_parts(
        &mut self,
        at: &mut At<'_>,
        names: &[&str],
        mut part: impl FnMut(&mut Self, &str) -> Expr,
    ) -> ViaParts {
        self.enter_clause(at, Sees::Key, Colour::Via);
        let mut values = Vec::with_capacity(names.len());
        for name in names {
            let mark = self.vars.len();
            values.push(part(self, name));
            self.close(mark);
        }
        self.note_used(at);
        let types: Vec<Type> = values.iter().map(|value| value.ty.clone()).collect();
        let whole = make(ExprKind::Tuple(values), Type::Tuple(types.into()), at.decl.name.span);
        let body = self.leave(whole).body;
        let values = if let ExprKind::Tuple(values) = body.value.kind { values } else { Vec::new() };
        let values = names.iter().map(|name| (*name).to_owned()).zip(values).collect();
        ViaParts { params: body.params, locals: body.locals, values }
    }

    fn http_part(&mut self, name: &str, value: Option<&ast::Expr>, span: Span) -> Expr {
        let Some(value) = value else {
            return match name {
                "method" => make(ExprKind::Literal(Literal::Text("GET".into())), Type::String, span),
                _ => null(span),
            };
        };
        match name {
            "method" => self.expect(value, &Type::String, Why::PLAIN),
            "url" => self.sealed(|checker| checker.sealed_text(value)),
            "query" | "headers" => self.sealed(|checker| checker.sealed_map(value)),
            _ => self.sealed(|checker| {
                let body = checker.expr(value, Want::Any);
                if body.ty != Type::Secret && !checker.has_json_form(&body.ty) {
                    return checker.to_json(body);
                }
                body
            }),
        }
    }

    fn exec_part(&mut self, name: &str, value: Option<&ast::Expr>, span: Span) -> Expr {
        let Some(value) = value else { return null(span) };
        match name {
            "stdin" => self.sealed(|checker| {
                let text = checker.expr(value, Want::Like(&Type::String));
                match checker.shallow(&text.ty) {
                    Type::Secret | Type::Json => text,
                    _ => checker.coerce(text, &Type::String.optional(), Why::PLAIN),
                }
            }),
            "env" => self.sealed(|checker| checker.sealed_map(value)),
            _ => self.expect(value, &Type::String.optional(), Why::PLAIN),
        }
    }

    fn sealed<T>(&mut self, run: impl FnOnce(&mut Self) -> T) -> T {
        self.frame_mut().sealed = true;
        let done = run(self);
        self.frame_mut().sealed = false;
        done
    }

    /// A text that may hold secrets.
    fn sealed_text(&mut self, value: &ast::Expr) -> Expr {
        let text = self.expr(value, Want::Like(&Type::String));
        if self.shallow(&text.ty) == Type::Secret {
            return text;
        }
        self.coerce(text, &Type::String, Why::PLAIN)
    }

    /// A map of texts that may hold secrets.
    fn sealed_map(&mut self, value: &ast::Expr) -> Expr {
        let texts = Type::map(Type::String, Type::String);
        let ast::ExprKind::Map(entries) = &value.kind else {
            return self.expect(value, &texts, Why::PLAIN);
        };
        let mut done = Vec::with_capacity(entries.len());
        for (key, value) in entries {
            let key = self.expect(key, &Type::String, Why::PLAIN);
            done.push((key, self.sealed_text(value)));
        }
        make(ExprKind::Map(done), texts, value.span)
    }

    /// A command: a list, of whose elements it is known which begin with literal text.
    fn command(&mut self, value: &ast::Expr, known: &mut Vec<CommandPart>) -> Expr {
        let texts = Type::list(Type::String);
        let ast::ExprKind::List(elements) = &value.kind else {
            let value = self.expr(value, Want::Like(&texts));
            if value.ty == Type::String {
                let message =
                    "a command is a list of arguments, never one text that a shell would take apart";
                let diagnostic = Diagnostic::error(codes::TYPE_MISMATCH, value.span, message);
                self.report(diagnostic.help("write `[\"git\", \"log\"]`"));
                return value;
            }
            known.push(CommandPart::Spread);
            let value = self.coerce(value, &texts, Why::PLAIN);
            let span = value.span;
            return make(ExprKind::List(vec![Element::Spread(value)]), texts, span);
        };
        let mut done = Vec::with_capacity(elements.len());
        for element in elements {
            match element {
                ast::Element::One(value) => {
                    known.push(command_part(value));
                    done.push(Element::One(self.expect(value, &Type::String, Why::PLAIN)));
                }
                ast::Element::Spread(value) => {
                    known.push(CommandPart::Spread);
                    done.push(Element::Spread(self.expect(value, &texts, Why::PLAIN)));
                }
            }
        }
        if elements.is_empty() {
            self.error(codes::TOOL_CARRIER, value.span, "a command needs at least the name of the program");
        }
        make(ExprKind::List(done), texts, value.span)
    }
}

fn kind_index(name: &str) -> Option<u16> {
    let at = prelude::ERROR_KINDS.iter().position(|kind| *kind == name)?;
    u16::try_from(at).ok()
}

fn command_part(value: &ast::Expr) -> CommandPart {
    let ast::ExprKind::Text(template) = &value.kind else { return CommandPart::Value };
    match template.parts.as_slice() {
        [] => CommandPart::Literal(String::new()),
        [ast::TemplatePart::Text(text)] => CommandPart::Literal(text.clone()),
        [ast::TemplatePart::Text(text), ..] => CommandPart::Prefixed(text.clone()),
        _ => CommandPart::Value,
    }
}
