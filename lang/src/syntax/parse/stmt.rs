//! Blocks and statements.

use super::super::ast::{BinaryOp, Block, Expr, ExprKind, Ident, Pattern, PatternKind, Stmt, StmtKind, Task};
use super::super::explain::{CONTINUATIONS, STATEMENTS, VARIABLES, habit_of_name};
use super::{Builder, Node, Rule, first_word};
use crate::diagnostic::{Diagnostic, codes};
use crate::span::Span;

impl Builder<'_> {
    pub(super) fn block(&self, node: Node<'_>) -> Block {
        let span = self.span(&node);
        let stmts = self.nested(1, span, || self.kids(node).map(|node| self.stmt(node)).collect());
        Block { span, stmts: self.foreign_statements(stmts.unwrap_or_default()) }
    }

    /// Statements of other languages that fall into several here, all on one line: `unless c { … }`, `int x = e`.
    pub(super) fn foreign_statements(&self, mut stmts: Vec<Stmt>) -> Vec<Stmt> {
        let mut at = 0;
        while at + 1 < stmts.len() {
            let (first, second) = (stmts[at].span, stmts[at + 1].span);
            let between = self.source.get(first.end as usize..second.start as usize);
            let together = between.is_some_and(|between| !between.contains('\n'));
            let bang = between == Some("") && self.source[second.start as usize..].starts_with('!');
            if let (true, Some(name)) = (together, uncounted(&stmts[at])) {
                let message = "`retry` says how many further attempts there are: `retry 3 { … }`";
                self.report(Diagnostic::error(codes::HABIT, name.span, message));
                let end = self.line_end(first.start);
                stmts[at].kind = match std::mem::replace(&mut stmts[at].kind, StmtKind::Broken) {
                    StmtKind::Let { mutable, pattern, ty, value } => {
                        let value = Expr { kind: ExprKind::Broken, ..value };
                        StmtKind::Let { mutable, pattern, ty, value }
                    }
                    _ => StmtKind::Broken,
                };
                let rest = stmts[at + 1..].iter().take_while(|stmt| stmt.span.start < end).count();
                stmts.drain(at + 1..=at + rest);
            } else if let (true, Some(name)) = (together, begins_foreign(&stmts[at], bang)) {
                let name = name.clone();
                match STATEMENTS.iter().find(|(word, _)| *word == name.name) {
                    Some((word, message)) => {
                        self.report(Diagnostic::error(codes::HABIT, name.span, *message));
                        let before = at > 0 && CONTINUATIONS.contains(word);
                        at -= usize::from(before && self.same_line(&stmts[at - 1], &stmts[at]));
                        self.break_line(&mut stmts, at);
                    }
                    None if bang => {
                        self.macro_call(&name);
                        self.break_line(&mut stmts, at);
                    }
                    None => self.typed_variable(&mut stmts, at, &name),
                }
            }
            at += 1;
        }
        stmts
    }

    /// Nothing is said of the rest of a line that begins with a statement of another language.
    fn break_line(&self, stmts: &mut Vec<Stmt>, at: usize) {
        let span = stmts[at].span;
        let end = self.line_end(stmts.get(at + 1).map_or(span.start, |next| next.span.start));
        let last = stmts[at..].iter().take_while(|stmt| stmt.span.start < end).count();
        stmts.splice(at..at + last, [Stmt { span, kind: StmtKind::Broken }]);
    }

    fn same_line(&self, first: &Stmt, second: &Stmt) -> bool {
        let between = self.source.get(first.span.end as usize..second.span.start as usize);
        between.is_some_and(|between| !between.contains('\n'))
    }

    /// `println!(…)`.
    fn macro_call(&self, name: &Ident) {
        let message = format!("`.aeth` has no macros: there is no `{}!`", name.name);
        let error = Diagnostic::error(codes::HABIT, name.span, message);
        self.report(match habit_of_name(&name.name) {
            Some(help) => error.help(help),
            None => error,
        });
    }

    /// `int x = e`, `val x = e`.
    fn typed_variable(&self, stmts: &mut Vec<Stmt>, at: usize, name: &Ident) {
        let StmtKind::Assign { place: Expr { kind: ExprKind::Name(_), .. }, op: None, .. } =
            &stmts[at + 1].kind
        else {
            return;
        };
        let message = match VARIABLES.contains(&name.name.as_str()) {
            true => format!("a variable is declared with `let` or `var`, not with `{}`", name.name),
            false => format!("a variable is declared with `let` or `var`, not by its type `{}`", name.name),
        };
        self.report(Diagnostic::error(codes::HABIT, name.span, message).fix("write `let`", name.span, "let"));
        let Stmt { span, kind } = stmts.remove(at + 1);
        if let StmtKind::Assign { place: Expr { kind: ExprKind::Name(name), .. }, value, .. } = kind {
            let pattern = Pattern { span: name.span, kind: PatternKind::Bind(name) };
            stmts[at] = Stmt { span, kind: StmtKind::Let { mutable: true, pattern, ty: None, value } };
        }
    }

    fn line_end(&self, from: u32) -> u32 {
        let rest = self.source.get(from as usize..).and_then(|rest| rest.find('\n'));
        rest.map_or(u32::MAX, |length| from.saturating_add(u32::try_from(length).unwrap_or(u32::MAX)))
    }

    pub(super) fn stmt(&self, node: Node<'_>) -> Stmt {
        let span = self.span(&node);
        let Some(inner) = self.kids(node).next() else { return Stmt { span, kind: StmtKind::Broken } };
        let kind = match inner.as_rule() {
            Rule::binding => self.binding(inner),
            Rule::assertion => {
                let mut kids = self.kids(inner);
                StmtKind::Assert { condition: kids.expr(), message: kids.optional_expr() }
            }
            Rule::misplaced_task => {
                let error = Diagnostic::error(
                    codes::MISPLACED_TASK,
                    span,
                    "a task stands directly in the body of an agent or flow",
                );
                self.report(error.help("tasks do not nest: use `let`, or a flow"));
                // What comes after it may name it all the same.
                let Task { name, ty, value, .. } = self.task(inner);
                let pattern = Pattern { span: name.span, kind: PatternKind::Bind(name) };
                StmtKind::Let { mutable: false, pattern, ty, value }
            }
            Rule::expr_stmt => self.expr_stmt(inner),
            _ => self.broken_stmt(span),
        };
        Stmt { span, kind }
    }

    fn binding(&self, node: Node<'_>) -> StmtKind {
        let keyword = node.clone().into_inner().next();
        let mut mutable = false;
        if let Some(keyword) = &keyword {
            mutable = keyword.as_rule() == Rule::kw_var;
            if keyword.as_rule() == Rule::kw_const {
                let span = self.span(keyword);
                let error = Diagnostic::error(
                    codes::HABIT,
                    span,
                    "inside a body it is `let`: `const` declares constants of the file",
                );
                self.report(error.fix("write `let`", span, "let"));
            }
        }
        let constant = keyword.as_ref().is_some_and(|keyword| keyword.as_rule() == Rule::kw_const);
        let mut kids = self.kids(node);
        if let (Some(habit), Some(keyword)) = (kids.one(Rule::habit_mut), &keyword) {
            let span = self.span(keyword).to(self.span(&habit));
            let error =
                Diagnostic::error(codes::HABIT, span, "a variable that changes is declared with `var`");
            self.report(error.fix("write `var`", span, "var"));
            mutable = true;
        }
        kids.peek();
        let pattern = match kids.nodes.peek() {
            // `const NAME` in a body is one mistake, its case no further one.
            Some(name) if constant && is_upper(name.as_str().trim_end()) => {
                let name = Ident { name: name.as_str().trim_end().to_owned(), span: self.span(name) };
                kids.nodes.next();
                Pattern { span: name.span, kind: PatternKind::Bind(name) }
            }
            _ => kids.pattern(),
        };
        let ty = kids.optional_ty();
        StmtKind::Let { mutable, pattern, ty, value: kids.expr() }
    }

    /// A broken statement that bound a name still binds it, so that its uses are no errors as well.
    fn broken_stmt(&self, span: Span) -> StmtKind {
        let Some((word, range)) = first_word(&self.scan.tokens, self.source, span) else {
            return StmtKind::Broken;
        };
        if !matches!(word, "let" | "var" | "const" | "task") {
            return StmtKind::Broken;
        }
        let rest = Span::new(self.file, range.end, span.end as usize);
        let Some((name, range)) = first_word(&self.scan.tokens, self.source, rest) else {
            return StmtKind::Broken;
        };
        let name = Ident { name: name.to_owned(), span: Span::new(self.file, range.start, range.end) };
        let pattern = Pattern { span: name.span, kind: PatternKind::Bind(name) };
        let value = Expr { span, kind: ExprKind::Broken };
        StmtKind::Let { mutable: word == "var", pattern, ty: None, value }
    }

    fn expr_stmt(&self, node: Node<'_>) -> StmtKind {
        let mut kids = self.kids(node);
        let place = kids.expr();
        let Some(op) = kids.next() else { return StmtKind::Expr(place) };
        let op_span = self.span(&op);
        let op = match (op.as_rule(), op.as_str()) {
            (Rule::habit_step, text) => {
                let (op, instead) =
                    if text == "++" { (BinaryOp::Add, " += 1") } else { (BinaryOp::Sub, " -= 1") };
                let error = Diagnostic::error(
                    codes::HABIT,
                    op_span,
                    format!("`.aeth` has no `{text}`: write `{}`", instead.trim()),
                );
                self.report(error.fix(format!("write `{}`", instead.trim()), op_span, instead));
                let value = Expr { span: op_span, kind: ExprKind::Int(1) };
                return StmtKind::Assign { place, op: Some(op), value };
            }
            (_, "+=") => Some(BinaryOp::Add),
            (_, "-=") => Some(BinaryOp::Sub),
            (_, "*=") => Some(BinaryOp::Mul),
            (_, "/=") => Some(BinaryOp::Div),
            (_, "%=") => Some(BinaryOp::Rem),
            _ => None,
        };
        if !is_place(&place) {
            let message = "only a variable, a field or an element can be assigned";
            self.report(
                Diagnostic::error(codes::SYNTAX, place.span, message).label(op_span, "assigned here"),
            );
        }
        StmtKind::Assign { place, op, value: kids.expr() }
    }
}

/// The word a statement begins with, if statements of other languages begin with it and none here.
fn begins_foreign(stmt: &Stmt, bang: bool) -> Option<&Ident> {
    let StmtKind::Expr(expr) = &stmt.kind else { return None };
    let name = match &expr.kind {
        ExprKind::Name(name) => name,
        ExprKind::Call { callee, .. } => match &callee.kind {
            ExprKind::Name(name) if STATEMENTS.iter().any(|(word, _)| *word == name.name) => name,
            _ => return None,
        },
        _ => return None,
    };
    let ty = name.name.starts_with(|c: char| c.is_ascii_uppercase()) || super::types::is_foreign(&name.name);
    let ty = ty || bang || VARIABLES.contains(&name.name.as_str());
    (ty || STATEMENTS.iter().any(|(word, _)| *word == name.name)).then_some(name)
}

/// The word of a `retry` without a count, which ends a statement before its block.
fn uncounted(stmt: &Stmt) -> Option<&Ident> {
    let (StmtKind::Expr(value) | StmtKind::Let { value, .. } | StmtKind::Assign { value, .. }) = &stmt.kind
    else {
        return None;
    };
    let value = if let ExprKind::Return(Some(inner)) = &value.kind { inner } else { value };
    let value = if let ExprKind::Call { callee, .. } = &value.kind { callee } else { value };
    match &value.kind {
        ExprKind::Name(name) if name.name == "retry" => Some(name),
        _ => None,
    }
}

fn is_place(expr: &Expr) -> bool {
    let mut expr = expr;
    loop {
        expr = match &expr.kind {
            ExprKind::Name(_) | ExprKind::Broken => return true,
            ExprKind::Field { base, safe: false, .. } | ExprKind::Index { base, .. } => base,
            _ => return false,
        };
    }
}

/// Whether a text is a name as constants have them.
fn is_upper(text: &str) -> bool {
    let letters = |c: char| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_';
    text.starts_with(|c: char| c.is_ascii_uppercase()) && text.chars().all(letters)
}
