//! Statements and blocks.

use super::narrow::Fact;
use super::pattern::Binding;
use super::program::{Expr, ExprKind, Stmt, StmtKind};
use super::scope::Origin;
use super::types::Type;
use super::unify::{Want, Why};
use super::{Checker, make, null};
use crate::diagnostic::{Diagnostic, codes};
use crate::limits;
use crate::resolve::types::TypePlace;
use crate::span::Span;
use crate::syntax::ast;

impl Checker<'_> {
    /// A block in a scope of its own.
    pub(super) fn block(&mut self, block: &ast::Block, want: Want<'_>) -> Expr {
        self.push_scope();
        let done = self.block_here(block, want, Vec::new());
        self.pop_scope();
        done
    }

    /// A block in the scope at hand, after statements that the checker has made.
    pub(super) fn block_here(&mut self, block: &ast::Block, want: Want<'_>, before: Vec<Stmt>) -> Expr {
        let mut stmts = before;
        let mut value = None;
        let mut left = false;
        let mut warned = false;
        let mut told = self.diagnostics.len();
        let mut line = self.mark();
        let mut astray = false;
        for (at, stmt) in block.stmts.iter().enumerate() {
            told = self.diagnostics.len();
            // What falls into several statements on one line is one mistake.
            let together = at > 0 && self.on_one_line(block.stmts[at - 1].span, stmt.span);
            if !together {
                line = self.mark();
            }
            astray = together && !self.silent && self.failed_since(line);
            self.silent |= astray;
            if left && !std::mem::replace(&mut warned, true) {
                self.warn(codes::UNREACHABLE_CODE, stmt.span, "this can never be reached");
            }
            let last = at + 1 == block.stmts.len();
            if let (ast::StmtKind::Expr(expr), true) = (&stmt.kind, last)
                && (has_value(expr) || !matches!(want, Want::Be(..)))
            {
                let done = self.value_of(expr, want);
                left |= done.ty == Type::Never;
                value = Some(done);
            } else if let Some(done) = self.statement(stmt) {
                if let StmtKind::Expr(expr) | StmtKind::Let(_, expr) | StmtKind::LetPattern(_, expr) =
                    &done.kind
                {
                    left |= expr.ty == Type::Never;
                }
                stmts.push(done);
            }
            self.silent &= !astray;
        }
        let nothing = matches!(want, Want::Nothing);
        let ty = match &value {
            _ if left => Type::Never,
            _ if nothing => Type::Null,
            Some(value) => value.ty.clone(),
            None if astray => Type::Unknown,
            None => self.missing_value(block, want, told),
        };
        if let Some(done) = value.take() {
            if nothing && done.ty != Type::Null && !left {
                let span = done.span;
                stmts.push(Stmt { kind: StmtKind::Expr(done), span });
            } else {
                value = Some(done);
            }
        }
        make(ExprKind::Block { stmts, value: value.map(Box::new) }, ty, block.span)
    }

    /// Whether no line ends between two places.
    fn on_one_line(&self, first: Span, second: Span) -> bool {
        let between = Span { start: first.end, end: second.start, ..first };
        first.file == second.file && first.end <= second.start && !self.sources.text(between).contains('\n')
    }

    /// What a block without a value at its end is worth. `told`: what was reported before its last statement.
    fn missing_value(&mut self, block: &ast::Block, want: Want<'_>, told: usize) -> Type {
        let Want::Be(ty, why) = want else { return Type::Null };
        if matches!(block.stmts.last().map(|stmt| &stmt.kind), Some(ast::StmtKind::Broken)) {
            return Type::Unknown;
        }
        if self.shallow(ty) == Type::Json || !self.fit(&Type::Null, ty) {
            let end = Span { start: block.span.end.saturating_sub(1).max(block.span.start), ..block.span };
            let message = format!("this block ends without a value: expected {}", self.show(ty));
            let mut diagnostic = Diagnostic::error(codes::TYPE_MISMATCH, end, message);
            if let Some(ast::StmtKind::Expr(ast::Expr { kind: ast::ExprKind::If { .. }, span, .. })) =
                block.stmts.last().map(|stmt| &stmt.kind)
            {
                // What stands in its branches was meant as the value: one mistake, not two.
                let later = self.diagnostics.split_off(told);
                self.diagnostics.extend(later.into_iter().filter(|found| found.code != codes::UNUSED_VALUE));
                diagnostic.labels[0].span = *span;
                diagnostic = diagnostic.help("an `if` without `else` has no value: add `else { … }`");
            }
            if let Some(span) = why.span {
                diagnostic = diagnostic.label(span, why.text);
            }
            self.report(diagnostic);
            return Type::Unknown;
        }
        Type::Null
    }

    /// An expression as the surroundings want it: fitted, or dropped.
    pub(super) fn value_of(&mut self, expr: &ast::Expr, want: Want<'_>) -> Expr {
        match want {
            Want::Be(ty, why) => self.expect(expr, ty, why),
            Want::Nothing => self.dropped(expr),
            want => self.expr(expr, want),
        }
    }

    /// An expression whose value nobody uses: it must do something.
    fn dropped(&mut self, expr: &ast::Expr) -> Expr {
        let (before, errors) = (self.activity, self.diagnostics.len());
        let done = self.expr(expr, Want::Nothing);
        // A comparison or sum says nothing to anybody, whatever its operands do.
        let computed = matches!(
            done.kind,
            super::program::ExprKind::Compare { .. } | super::program::ExprKind::Arith { .. }
        );
        let idle = (self.activity == before || computed) && self.diagnostics.len() == errors;
        let ty = self.shallow(&done.ty);
        if idle && !matches!(ty, Type::Null | Type::Never | Type::Unknown) {
            let message = format!("nobody uses this value of type {}", self.show(&ty));
            let diagnostic = Diagnostic::error(codes::UNUSED_VALUE, done.span, message);
            let help = if self.sources.text(done.span).starts_with('-') {
                "to subtract it from what stands before, put the `-` at the end of that line"
            } else {
                "remove it, or bind it: `let _ = …`"
            };
            self.report(diagnostic.help(help));
        }
        done
    }

    /// A statement that is not the value of its block.
    pub(super) fn statement(&mut self, stmt: &ast::Stmt) -> Option<Stmt> {
        let mark = self.mark();
        let kind = match &stmt.kind {
            ast::StmtKind::Let { mutable, pattern, ty, value } => {
                self.let_stmt(*mutable, pattern, ty.as_ref(), value)
            }
            ast::StmtKind::Assign { place, op, value } => self.assign(place, *op, value, stmt.span)?,
            ast::StmtKind::Assert { condition, message } => {
                self.assert(condition, message.as_ref(), stmt.span)
            }
            ast::StmtKind::Expr(expr) => StmtKind::Expr(self.dropped(expr)),
            ast::StmtKind::Broken => return None,
        };
        self.close(mark);
        Some(Stmt { kind, span: stmt.span })
    }

    /// Reports a value that is null and nothing else, where no type is written; `word` declares it.
    pub(super) fn open_null(&mut self, value: &ast::Expr, word: &str) {
        if is_bare_null(value) {
            let message = format!(
                "the type of this cannot be told from here: annotate it, as in `{word} x: String? = null`"
            );
            self.error(codes::OPEN_TYPE, value.span, message);
        }
    }

    fn let_stmt(
        &mut self,
        mutable: bool,
        pattern: &ast::Pattern,
        ty: Option<&ast::Type>,
        value: &ast::Expr,
    ) -> StmtKind {
        let declared = ty.map(|ty| (self.written(ty, TypePlace::Plain), ty.span));
        let mark = self.mark();
        let done = match &declared {
            Some((ty, span)) => self.expect(value, ty, Why::at(*span, "declared here")),
            None => self.expr(value, Want::Any),
        };
        if declared.is_none() {
            self.open_null(value, "let");
        }
        self.close(mark);
        let found = if self.known_size(&done.ty) >= limits::TYPE_SIZE {
            self.type_too_large(done.span);
            Type::Unknown
        } else {
            self.resolve(&done.ty)
        };
        let ty = declared.map_or_else(|| found.clone(), |(ty, _)| ty);
        if found == Type::Secret {
            self.misplaced_secret(done.span);
        }
        if let ast::PatternKind::Bind(name) = &pattern.kind {
            let id = self.declare(name, ty.clone(), mutable, Origin::Bound);
            self.assume_assigned(id, Vec::new(), &ty, &found);
            return StmtKind::Let(id, done);
        }
        let binding = Binding { mutable, irrefutable: true };
        let pattern = self.pattern(pattern, &ty, binding);
        StmtKind::LetPattern(pattern, done)
    }

    /// What follows from a value of type `found` standing where `declared` is allowed.
    pub(super) fn assume_assigned(
        &mut self,
        root: crate::ids::LocalId,
        path: Vec<u16>,
        declared: &Type,
        found: &Type,
    ) {
        if let Type::Optional(inner) = declared
            && !matches!(found, Type::Optional(_) | Type::Null | Type::Unknown | Type::Never | Type::Open(_))
        {
            self.assume(vec![Fact { root, path, ty: (**inner).clone() }]);
        }
    }

    fn assert(&mut self, condition: &ast::Expr, message: Option<&ast::Expr>, span: Span) -> StmtKind {
        let text = self.sources.text(condition.span).to_owned();
        let condition = self.expect(condition, &Type::Bool, Why::PLAIN);
        let before = self.facts();
        let otherwise = self.facts_if(&condition, false);
        self.assume(otherwise);
        let message = message.map(|message| Box::new(self.expect(message, &Type::String, Why::PLAIN)));
        self.replace_facts(before);
        let holds = self.facts_if(&condition, true);
        self.assume(holds);
        let kind = ExprKind::Assert { condition: Box::new(condition), message, text };
        StmtKind::Expr(make(kind, Type::Null, span))
    }

    /// Null for a place that needs a value but has none.
    pub(super) fn nothing(&self, span: Span) -> Expr {
        null(span)
    }
}

/// Whether a value is null, or holds nothing but nulls: nothing says what may stand there besides.
pub(super) fn is_bare_null(value: &ast::Expr) -> bool {
    let element = |element: &ast::Element| matches!(element, ast::Element::One(value) if is_bare_null(value));
    match &value.kind {
        ast::ExprKind::Null => true,
        ast::ExprKind::Paren(inner) => is_bare_null(inner),
        ast::ExprKind::List(items) => !items.is_empty() && items.iter().all(element),
        ast::ExprKind::Map(entries) => {
            !entries.is_empty() && entries.iter().all(|(_, value)| is_bare_null(value))
        }
        _ => false,
    }
}

/// Whether an expression at the end of a block was meant as its value: loops and an `if` without `else` were not.
fn has_value(expr: &ast::Expr) -> bool {
    match &expr.kind {
        ast::ExprKind::For { .. } | ast::ExprKind::If { otherwise: None, .. } => false,
        // An endless loop is left by `return` alone, and fits any type.
        ast::ExprKind::While { condition, .. } => {
            matches!(&**condition, ast::Condition::Expr(ast::Expr { kind: ast::ExprKind::Bool(true), .. }))
        }
        _ => true,
    }
}
