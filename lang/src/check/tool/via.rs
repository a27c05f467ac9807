//! Who carries a tool out: the request as a body over the parameters.

use super::super::program::{CommandPart, Element, Expr, ExprKind, Literal, Via, ViaParts};
use super::super::types::Type;
use super::super::unify::{Want, Why};
use super::super::{Checker, colour::Colour, make, null};
use super::{At, Sees};
use crate::diagnostic::{Diagnostic, codes};
use crate::resolve::suggest::nearest;
use crate::span::Span;
use crate::syntax::ast::{self, Entry};

const HTTP: [&str; 5] = ["method", "url", "query", "headers", "body"];
const EXEC: [&str; 4] = ["command", "stdin", "env", "cwd"];
const MCP: [&str; 2] = ["server", "tool"];

impl<'a> Checker<'a> {
    pub(super) fn via(&mut self, at: &mut At<'a>, carrier: &ast::Ident, entries: &'a [Entry]) -> Option<Via> {
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
                let server = self.plain_text(entry("server")?, "the server of `via mcp`")?;
                let tool = match entry("tool") {
                    Some(tool) => self.plain_text(tool, "the tool of `via mcp`")?,
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
        let known: &[&str] = match carrier.name.as_str() {
            "http" => &HTTP,
            "exec" => &EXEC,
            _ => &MCP,
        };
        // An entry of another name is probably what was to be this one.
        let misnamed = entries.iter().any(|entry| !known.contains(&entry.name.name.as_str()));
        if !misnamed && !entries.iter().any(|entry| entry.name.name == name) {
            let message = format!("`via {}` needs `{name}: …`", carrier.name);
            self.error(codes::TOOL_CARRIER, carrier.span, message);
        }
    }

    /// A text without interpolation; `what` begins the sentence if it is something else.
    pub(in crate::check) fn plain_text(&mut self, expr: &ast::Expr, what: &str) -> Option<String> {
        if let ast::ExprKind::Text(template) = &expr.kind
            && let [ast::TemplatePart::Text(text)] = template.parts.as_slice()
        {
            return Some(text.clone());
        }
        let message = format!("{what} must be a plain text in quotes, without `{{…}}`");
        self.error(codes::NOT_CONSTANT, expr.span, message);
        None
    }

    /// The parts of a request, all in one body.
    fn via_parts(
        &mut self,
        at: &mut At<'_>,
        names: &[&str],
        mut part: impl FnMut(&mut Self, &str) -> Expr,
    ) -> ViaParts {
        self.enter_clause(at, Sees::Key, Colour::Request("a `via` clause"));
        let mut values = Vec::with_capacity(names.len());
        for name in names {
            let mark = self.mark();
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
                if matches!(value.kind, ast::ExprKind::List(_) | ast::ExprKind::Map(_)) {
                    return checker.expect(value, &Type::Json, Why::PLAIN);
                }
                let body = checker.expr(value, Want::Any);
                if body.ty != Type::Secret && !checker.has_json_form(&body.ty) {
                    return checker.encoded(body);
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

    pub(in crate::check) fn sealed<T>(&mut self, run: impl FnOnce(&mut Self) -> T) -> T {
        self.frame_mut().sealed = true;
        let done = run(self);
        self.frame_mut().sealed = false;
        done
    }

    /// A text that may hold secrets.
    pub(in crate::check) fn sealed_text(&mut self, value: &ast::Expr) -> Expr {
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

fn command_part(value: &ast::Expr) -> CommandPart {
    let ast::ExprKind::Text(template) = &value.kind else { return CommandPart::Value };
    match template.parts.as_slice() {
        [] => CommandPart::Literal(String::new()),
        [ast::TemplatePart::Text(text)] => CommandPart::Literal(text.clone()),
        [ast::TemplatePart::Text(text), ..] => CommandPart::Prefixed(text.clone()),
        _ => CommandPart::Value,
    }
}
