//! Tools: their clauses as functions, and the request as one function that gives a tuple.

use crate::bytecode::Instr;
use crate::bytecode::module::{self, Function, FunctionDebug};
use crate::check::program::{Body, Expr, ExprKind, Literal, SealedPart, Tool, Via, ViaParts};
use crate::ids::FunctionId;
use crate::span::Span;

use super::function::Builder;
use super::{Generator, Pending, Source};

impl<'p> Generator<'p> {
    /// Writes all tools, sorted by name.
    pub(super) fn tools(&mut self) {
        for at in self.tool_order.sorted.clone() {
            let declared = &self.program.tools[at];
            let tool = self.tool(declared);
            self.module.tools.push(tool);
            self.debug.tools.push(declared.span);
            self.fill_types();
            self.drain();
        }
    }

    fn tool(&mut self, tool: &'p Tool) -> module::Tool {
        module::Tool {
            name: tool.name.clone(),
            docs: tool.docs.clone(),
            params: self.fields(&tool.params, true),
            result: self.shape(&tool.result),
            via: self.via(tool),
            class: tool.class,
            timeout: self.clause(tool, "timeout", tool.timeout.as_ref()),
            retry: tool.retry.as_ref().map(|retry| module::Retry {
                count: retry.count,
                on: retry.on.clone(),
                backoff_ms: retry.backoff_ms,
                backoff_max_ms: retry.backoff_max_ms,
                rate: retry.rate,
                jitter: retry.jitter,
            }),
            not_done: tool.not_done.clone(),
            limit: tool.limit,
            doubt_fails: tool.doubt_fails,
            lookup: self.clause(tool, "lookup", tool.lookup.as_ref()),
            settle: tool.settle,
            confirm: self.clause(tool, "confirm", tool.confirm.as_ref()),
            undo: self.clause(tool, "undo", tool.undo.as_ref()),
        }
    }

    fn via(&mut self, tool: &'p Tool) -> module::Via {
        match &tool.via {
            Via::Exec { command, parts } => {
                module::Via::Exec { request: self.request_function(tool, parts), command: command.clone() }
            }
            Via::Http { parts } => {
                let url = parts.values.iter().find(|(name, _)| name == "url");
                let url_prefix = url.map_or_else(String::new, |(_, url)| literal_prefix(url));
                module::Via::Http { request: self.request_function(tool, parts), url_prefix }
            }
            Via::File(op) => module::Via::File(*op),
            Via::Mcp { server, tool } => module::Via::Mcp { server: server.clone(), tool: tool.clone() },
            Via::Host => module::Via::Host,
        }
    }

    fn clause(&mut self, tool: &Tool, clause: &str, body: Option<&'p Body>) -> Option<FunctionId> {
        body.map(|body| self.declare(Pending::body(format!("{}.{clause}", tool.name), body, 0)))
    }

    fn request_function(&mut self, tool: &Tool, parts: &'p ViaParts) -> FunctionId {
        let source = Source::Request(parts, tool.span);
        self.declare(Pending { name: format!("{}.request", tool.name), source })
    }

    /// A tuple of the parts, in the fixed order of the carrier.
    pub(super) fn request(&mut self, parts: &'p ViaParts, span: Span) -> (Function, FunctionDebug) {
        let mut builder = Builder::new(self, &parts.locals, span);
        for &param in &parts.params {
            builder.declare(param);
        }
        let mark = builder.mark();
        let first = builder.window(parts.values.iter().map(|(_, value)| value));
        let n = super::expr::count(parts.values.len());
        let d = builder.alloc();
        builder.asm.emit(Instr::Tuple { d, first, n });
        builder.asm.emit(Instr::Return { s: d });
        builder.release(mark);
        builder.close(super::expr::count(parts.params.len()), 0)
    }
}

/// The literal text that a text begins with.
fn literal_prefix(text: &Expr) -> String {
    let first = match &text.kind {
        ExprKind::Template(parts) => parts.first(),
        ExprKind::Sealed(parts) => match parts.first() {
            Some(SealedPart::Value(value)) => Some(value),
            _ => None,
        },
        _ => Some(text),
    };
    match first.map(|first| &first.kind) {
        Some(ExprKind::Literal(Literal::Text(text))) => text.to_string(),
        _ => String::new(),
    }
}
