//! When a tool is tried again, and the plain numbers that clauses take.

use super::super::Checker;
use super::super::expr::literal::number;
use super::super::naming::Naming;
use super::super::program::{Class, Literal, ToolRetry};
use crate::diagnostic::{Diagnostic, codes};
use crate::library::prelude;
use crate::resolve::Symbol;
use crate::syntax::ast::{self, RetryPolicy, ToolClauseKind};

/// Kinds that prove that a call did not happen, or that its author takes as a final refusal.
const PROVING: [&str; 5] = ["Unavailable", "RateLimited", "Rejected", "Denied", "NotFound"];
/// Kinds a tool is retried on if it does not say which.
const PASSING: [&str; 3] = ["Timeout", "Unavailable", "RateLimited"];

impl<'a> Checker<'a> {
    pub(super) fn tool_retry(
        &mut self,
        decl: &ast::Tool,
        class: Class,
        policy: &RetryPolicy,
    ) -> Option<ToolRetry> {
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
        let jitter = self.jitter(policy);
        Some(ToolRetry { count: count?, on, backoff_ms, backoff_max_ms, rate, jitter })
    }

    fn retry_kinds(&mut self, decl: &ast::Tool, class: Class, kinds: &[ast::Expr]) -> Vec<u16> {
        let mut on = Vec::new();
        for kind in kinds {
            let Some(name) = self.written_kind(kind) else { continue };
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

    /// The kind of error that stands in `on […]`.
    pub(in crate::check) fn written_kind<'e>(&mut self, kind: &'e ast::Expr) -> Option<&'e ast::Ident> {
        match &kind.kind {
            ast::ExprKind::Variant { name, args: None } => Some(name),
            ast::ExprKind::Field { base, name, safe: false } if is_error_kind(base) => Some(name),
            ast::ExprKind::Broken => None,
            _ => {
                let message = "a kind of error is written out here, as `.Unavailable` or `.RateLimited`";
                self.error(codes::NOT_CONSTANT, kind.span, message);
                None
            }
        }
    }

    /// Whether pauses are drawn at random.
    pub(in crate::check) fn jitter(&mut self, policy: &RetryPolicy) -> bool {
        match &policy.jitter {
            Some(word) if word.name == "off" => false,
            Some(word) if word.name != "on" => {
                let message = format!("`jitter` is `off` or left out, not `{}`", word.name);
                self.error(codes::TOOL_CLAUSE, word.span, message);
                true
            }
            _ => true,
        }
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

    pub(in crate::check) fn constant_int(&mut self, expr: &ast::Expr, what: &str) -> Option<i64> {
        match number(self.constant_of(expr), false) {
            Some((Literal::Int(value), _)) => Some(value),
            _ if matches!(expr.kind, ast::ExprKind::Broken) => None,
            _ => {
                self.error(codes::NOT_CONSTANT, expr.span, format!("{what} must be an Int literal"));
                None
            }
        }
    }

    pub(in crate::check) fn constant_duration(
        &mut self,
        expr: &ast::Expr,
        what: &str,
        least: i64,
    ) -> Option<i64> {
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
    pub(in crate::check) fn constant_of<'e>(&mut self, expr: &'e ast::Expr) -> &'e ast::Expr
    where
        'a: 'e,
    {
        if matches!(expr.kind, ast::ExprKind::Name(_) | ast::ExprKind::Field { .. })
            && let Naming::Declared(Symbol::Const(id), ..) = self.naming(expr)
            && let Some(value) = self.literal_constants.get(&id)
        {
            return value;
        }
        expr
    }
}

/// `ErrorKind`, or `std.ErrorKind`.
fn is_error_kind(base: &ast::Expr) -> bool {
    match &base.kind {
        ast::ExprKind::Name(name) => name.name == "ErrorKind",
        ast::ExprKind::Field { base, name, .. } => {
            name.name == "ErrorKind" && matches!(&base.kind, ast::ExprKind::Name(std) if std.name == "std")
        }
        _ => false,
    }
}

fn kind_index(name: &str) -> Option<u16> {
    let at = prelude::ERROR_KINDS.iter().position(|kind| *kind == name)?;
    u16::try_from(at).ok()
}
