//! Library functions that are written in the language itself: found in `prelude.aeth` by name, parsed one by one
//! when a program uses them.

use crate::check::program::{Body, Effect, Expr, Local, Pattern, Stmt};
use crate::check::walk::{self, Visit};
use crate::span::{FileId, Span};
use crate::syntax::ast::{Fn, ItemKind};
use crate::syntax::parse;

const SOURCE: &str = include_str!("prelude.aeth");

/// The function of this name.
pub(crate) fn function(name: &str) -> Option<Fn> {
    let heads = [format!("\nfn {name}<"), format!("\nfn {name}(")];
    let start = heads.iter().find_map(|head| SOURCE.find(head))? + 1;
    let end = SOURCE[start..].find("\n}\n").map(|end| start + end + 2)?;
    let parsed = parse(FileId::default(), &SOURCE[start..end]);
    debug_assert!(parsed.diagnostics.is_empty(), "{name}: {:?}", parsed.diagnostics);
    parsed.file.items.into_iter().find_map(|item| match item.kind {
        ItemKind::Fn(function) if parsed.diagnostics.is_empty() => Some(function),
        _ => None,
    })
}

/// Takes the places out of a body.
pub(crate) fn unplace_body(body: &mut Body) {
    walk::body(body, &mut Unplace);
}

struct Unplace;

impl Visit for Unplace {
    fn expr(&mut self, expr: &mut Expr) {
        expr.span = Span::default();
    }

    fn pattern(&mut self, pattern: &mut Pattern) {
        pattern.span = Span::default();
    }

    fn local(&mut self, local: &mut Local) {
        local.span = Span::default();
    }

    fn stmt(&mut self, stmt: &mut Stmt) {
        stmt.span = Span::default();
    }

    fn effect(&mut self, effect: &mut Effect) {
        effect.span = Span::default();
    }
}
