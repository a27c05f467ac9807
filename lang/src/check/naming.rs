//! Names of declarations, where only a declaration can stand: `search`, `billing.search`; and which imports are used.

use super::Checker;
use crate::diagnostic::{Diagnostic, codes};
use crate::resolve::{Symbol, TypeSymbol};
use crate::span::Span;
use crate::syntax::ast::{self, Ident};

/// What an expression names.
pub(super) enum Naming<'e> {
    /// A declaration of this file or another one, with its place.
    Declared(Symbol, Span, &'e Ident),
    /// A name that nothing bears.
    Unknown(&'e Ident),
    /// Nothing: that has been reported.
    Broken,
    /// A local, or an expression that is no name.
    Value,
}

impl Checker<'_> {
    /// What a name means at the top of the file at hand. Whatever asks uses it: an import is no longer unused.
    pub(crate) fn value_named(&mut self, name: &str) -> Option<(Symbol, Span)> {
        let found = self.names().values.get(name).copied();
        self.note_import(name, found.is_some());
        found
    }

    /// What a name of a type means at the top of the file at hand.
    pub(crate) fn type_named(&mut self, name: &str) -> Option<(TypeSymbol, Span)> {
        let found = self.names().types.get(name).copied();
        self.note_import(name, found.is_some());
        found
    }

    fn note_import(&mut self, name: &str, known: bool) {
        if known && self.names().imported.contains(name) {
            let file = usize::from(self.file.0);
            self.modules[file].used.insert(name.to_owned());
        }
    }

    /// The declaration that `name` or `module.name` stands for.
    pub(super) fn naming<'e>(&mut self, expr: &'e ast::Expr) -> Naming<'e> {
        match &expr.kind {
            ast::ExprKind::Paren(inner) => self.naming(inner),
            ast::ExprKind::Broken => Naming::Broken,
            ast::ExprKind::Name(name) if self.local(&name.name).is_some() => Naming::Value,
            ast::ExprKind::Name(name) => match self.value_named(&name.name) {
                Some((Symbol::Broken, _)) => Naming::Broken,
                Some((symbol, declared)) => Naming::Declared(symbol, declared, name),
                None => Naming::Unknown(name),
            },
            ast::ExprKind::Field { base, name, safe: false } => match self.naming_module(base) {
                Some(Symbol::Module(file)) => match self.exported_value(file, name) {
                    Some((symbol, declared)) => Naming::Declared(symbol, declared, name),
                    None => Naming::Broken,
                },
                Some(Symbol::Broken) => Naming::Broken,
                _ => Naming::Value,
            },
            _ => Naming::Value,
        }
    }

    /// What the name before a `.` declares.
    fn naming_module(&mut self, base: &ast::Expr) -> Option<Symbol> {
        let ast::ExprKind::Name(module) = &base.kind else { return None };
        if self.local(&module.name).is_some() {
            return None;
        }
        self.value_named(&module.name).map(|(symbol, _)| symbol)
    }

    /// What an expression names, where only one kind of declaration can stand: `wanted` picks it, `role` says it.
    pub(super) fn in_role<T>(
        &mut self,
        expr: &ast::Expr,
        role: &str,
        wanted: impl FnOnce(Symbol) -> Option<T>,
    ) -> Option<T> {
        match self.naming(expr) {
            Naming::Declared(symbol, declared, name) => {
                let found = wanted(symbol);
                if found.is_none() {
                    let message = format!("{role}, and `{}` is {}", name.name, symbol.noun());
                    let diagnostic = Diagnostic::error(codes::WRONG_ROLE, name.span, message);
                    self.report(diagnostic.label(declared, "declared here"));
                }
                return found;
            }
            Naming::Unknown(name) => self.unknown_name(name),
            Naming::Broken => {}
            Naming::Value => {
                let message = match &expr.kind {
                    ast::ExprKind::Name(local) => format!("{role}, and `{}` is a local", local.name),
                    _ => format!("{role}: only a name can stand here"),
                };
                self.error(codes::WRONG_ROLE, expr.span, message);
            }
        }
        None
    }

    /// Warns of imports that nothing in their file uses.
    pub(super) fn warn_unused_imports(&mut self) {
        for names in self.modules.clone() {
            for name in names.imported.difference(&names.used) {
                let value = names.values.get(name).map(|known| (known.0, known.1));
                let (broken, span) = match (value, names.types.get(name)) {
                    (Some((symbol, span)), _) => (symbol == Symbol::Broken, span),
                    (None, Some((symbol, span))) => (*symbol == TypeSymbol::Broken, *span),
                    (None, None) => continue,
                };
                if !broken {
                    self.warn(codes::UNUSED_IMPORT, span, format!("nobody uses `{name}` of this import"));
                }
            }
        }
    }
}

/// The expression that a name with points in it stands for: `billing.search`, as clauses of a test write it.
pub(super) fn dotted(name: &Ident) -> ast::Expr {
    let mut start = name.span.start;
    let mut whole: Option<ast::Expr> = None;
    for part in name.name.split('.') {
        let end = start + u32::try_from(part.len()).unwrap_or(0);
        let ident = Ident { name: part.to_owned(), span: Span { start, end, ..name.span } };
        start = end + 1;
        whole = Some(match whole {
            None => ast::Expr { span: ident.span, kind: ast::ExprKind::Name(ident) },
            Some(base) => ast::Expr {
                span: Span { end, ..name.span },
                kind: ast::ExprKind::Field { base: Box::new(base), name: ident, safe: false },
            },
        });
    }
    whole.unwrap_or(ast::Expr { span: name.span, kind: ast::ExprKind::Broken })
}
