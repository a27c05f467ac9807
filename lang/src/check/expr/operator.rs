//! Operators: arithmetic, comparison, logic, `??`, `in`, `as`.

use super::super::Checker;
use super::super::program::{ArithOp, CompareOp, EffectKind, Expr, ExprKind, Literal};
use super::super::types::Type;
use super::super::unify::{Want, Why};
use super::literal::is_flexible;
use super::{broken, make};
use crate::diagnostic::{Diagnostic, codes};
use crate::library::Builtin;
use crate::resolve::types::TypePlace;
use crate::span::Span;
use crate::syntax::ast::{self, BinaryOp, UnaryOp};

/// The arithmetic operator, if it is one.
pub(in crate::check) fn arith_op(op: BinaryOp) -> Option<ArithOp> {
    Some(match op {
        BinaryOp::Add => ArithOp::Add,
        BinaryOp::Sub => ArithOp::Sub,
        BinaryOp::Mul => ArithOp::Mul,
        BinaryOp::Div => ArithOp::Div,
        BinaryOp::Rem => ArithOp::Rem,
        _ => return None,
    })
}

fn compare_op(op: BinaryOp) -> Option<CompareOp> {
    Some(match op {
        BinaryOp::Eq => CompareOp::Eq,
        BinaryOp::Ne => CompareOp::Ne,
        BinaryOp::Lt => CompareOp::Lt,
        BinaryOp::Le => CompareOp::Le,
        BinaryOp::Gt => CompareOp::Gt,
        BinaryOp::Ge => CompareOp::Ge,
        _ => return None,
    })
}

/// How an operator is written.
fn sign(op: BinaryOp) -> &'static str {
    match op {
        BinaryOp::Or => "||",
        BinaryOp::And => "&&",
        BinaryOp::Eq => "==",
        BinaryOp::Ne => "!=",
        BinaryOp::Lt => "<",
        BinaryOp::Le => "<=",
        BinaryOp::Gt => ">",
        BinaryOp::Ge => ">=",
        BinaryOp::In => "in",
        BinaryOp::Coalesce => "??",
        BinaryOp::Add => "+",
        BinaryOp::Sub => "-",
        BinaryOp::Mul => "*",
        BinaryOp::Div => "/",
        BinaryOp::Rem => "%",
    }
}

fn arith_sign(op: ArithOp) -> &'static str {
    match op {
        ArithOp::Add => "+",
        ArithOp::Sub => "-",
        ArithOp::Mul => "*",
        ArithOp::Div => "/",
        ArithOp::Rem => "%",
    }
}

impl Checker<'_> {
    pub(super) fn unary(&mut self, op: UnaryOp, operand: &ast::Expr, want: Want<'_>, span: Span) -> Expr {
        match op {
            UnaryOp::Not => {
                let value = self.expect(operand, &Type::Bool, Why::PLAIN);
                make(ExprKind::Not(Box::new(value)), Type::Bool, span)
            }
            UnaryOp::Neg => {
                if let Some(literal) = self.negative_literal(operand, want, span) {
                    return literal;
                }
                let hint = self.hint(want);
                let value = match &hint {
                    Some(hint) => self.expr(operand, Want::Like(hint)),
                    None => self.expr(operand, Want::Any),
                };
                let ty = self.known(&value.ty, value.span);
                match ty {
                    Type::Int | Type::Float | Type::Decimal | Type::Duration => {
                        make(ExprKind::Negate(Box::new(value)), ty, span)
                    }
                    Type::Unknown | Type::Never => broken(span),
                    other => {
                        let message =
                            format!("`-` works on numbers and durations, not on {}", self.show(&other));
                        let mut diagnostic = Diagnostic::error(codes::OPERATOR, span, message);
                        if let ast::ExprKind::Cast { value: inner, .. } = &operand.kind {
                            let parens = format!("(-{})", self.sources.text(inner.span));
                            let at = Span { end: inner.span.end, ..span };
                            diagnostic = diagnostic.help("`as` binds closer than `-`").fix(
                                format!("write `{parens} as …`"),
                                at,
                                parens,
                            );
                        }
                        self.report(diagnostic);
                        broken(span)
                    }
                }
            }
        }
    }

    pub(super) fn binary(
        &mut self,
        op: BinaryOp,
        op_span: Span,
        left: &ast::Expr,
        right: &ast::Expr,
        want: Want<'_>,
        span: Span,
    ) -> Expr {
        match op {
            BinaryOp::And | BinaryOp::Or => self.logic(op == BinaryOp::And, op_span, left, right, span),
            BinaryOp::Coalesce => self.coalesce(left, right, want, span),
            BinaryOp::In => self.contains(left, right, span),
            _ => {
                let hint = if arith_op(op).is_some() { self.hint(want) } else { None };
                let casts = [left, right].iter().any(|side| matches!(side.kind, ast::ExprKind::Cast { .. }));
                let (left, right) = self.operands(left, right, hint.as_ref());
                if let Some(op) = arith_op(op) {
                    let errors = self.diagnostics.len();
                    match self.arith_type(op, &left, right, span) {
                        Some((ty, right)) => {
                            let kind = ExprKind::Arith { op, left: Box::new(left), right: Box::new(right) };
                            make(kind, ty, span)
                        }
                        None => {
                            if let Some(last) = self.diagnostics.get_mut(errors) {
                                last.labels[0].span = op_span;
                                if casts && last.help.is_none() {
                                    let help = "`as` binds closer than an operator: `(a + b) as T`";
                                    last.help = Some(help.to_owned());
                                }
                            }
                            broken(span)
                        }
                    }
                } else {
                    self.compare(op, op_span, left, right, span)
                }
            }
        }
    }

    /// Both operands; the one whose type is plain says what the other one, a literal, is.
    fn operands(&mut self, left: &ast::Expr, right: &ast::Expr, hint: Option<&Type>) -> (Expr, Expr) {
        let like = |hint: Option<&Type>| hint.cloned().unwrap_or(Type::Unknown);
        if is_flexible(left) && !is_flexible(right) {
            let hint = like(hint);
            let right = self.expr(right, Want::Like(&hint));
            let ty = if right.ty == Type::Null { Type::Unknown } else { right.ty.clone() };
            let left = self.expr(left, Want::Like(&ty));
            return (left, right);
        }
        let hint = like(hint);
        let left = self.expr(left, Want::Like(&hint));
        let ty = if matches!(left.ty, Type::Null | Type::Duration | Type::Timestamp) {
            Type::Unknown
        } else {
            left.ty.clone()
        };
        let right = self.expr(right, Want::Like(&ty));
        (left, right)
    }

    /// The type of `left op right`, with the right side fitted to it; `None` after an error.
    pub(in crate::check) fn arith_type(
        &mut self,
        op: ArithOp,
        left: &Expr,
        right: Expr,
        span: Span,
    ) -> Option<(Type, Expr)> {
        use ArithOp::{Add, Div, Mul, Sub};
        let a = self.known(&left.ty, left.span);
        let b = self.shallow(&right.ty);
        let ty = match (op, &a, &b) {
            (_, Type::Unknown | Type::Never, _) | (_, _, Type::Unknown | Type::Never) => {
                return Some((Type::Unknown, right));
            }
            (_, Type::Int, Type::Int) => Type::Int,
            (_, Type::Float, Type::Float) => Type::Float,
            (_, Type::Decimal, Type::Decimal) => Type::Decimal,
            (Add, Type::String, Type::String) => Type::String,
            (Add, Type::List(_), Type::List(_)) => match self.join(&a, &b) {
                Some(joined) => joined,
                None => return self.no_operator(arith_sign(op), &a, &b, span),
            },
            (Add | Sub, Type::Duration, Type::Duration) => Type::Duration,
            (Mul | Div, Type::Duration, Type::Int) => Type::Duration,
            (Add | Sub, Type::Timestamp, Type::Duration) => Type::Timestamp,
            (Sub, Type::Timestamp, Type::Timestamp) => Type::Duration,
            _ if matches!(b, Type::Open(_)) && self.fit(&b, &a) => a,
            _ => return self.no_operator(arith_sign(op), &a, &b, span),
        };
        Some((ty, right))
    }

    fn no_operator<T>(&mut self, sign: &str, a: &Type, b: &Type, span: Span) -> Option<T> {
        if matches!(a, Type::Secret) || matches!(b, Type::Secret) {
            let diagnostic =
                Diagnostic::error(codes::SECRET, span, format!("a secret cannot be used with `{sign}`"));
            self.report(diagnostic.help("interpolate it: `\"Bearer {secret.KEY}\"`"));
            return None;
        }
        let message = format!("`{sign}` does not work on {} and {}", self.show(a), self.show(b));
        let diagnostic = Diagnostic::error(codes::OPERATOR, span, message);
        let diagnostic = match (sign, a, b) {
            (_, Type::Optional(_), _) | (_, _, Type::Optional(_)) => {
                diagnostic.help("one side may be null: give another value with `??` first")
            }
            ("+" | "%" | "*", Type::String, _) | ("+", _, Type::String) => {
                diagnostic.help("a text is made by interpolation: `\"{x}\"`")
            }
            (_, Type::Int, Type::Float) | (_, Type::Float, Type::Int) => {
                diagnostic.help("convert the Int with `.to_float()`")
            }
            (_, Type::Int, Type::Decimal) | (_, Type::Decimal, Type::Int) => {
                diagnostic.help("convert the Int with `.to_decimal()`")
            }
            ("*", Type::Int, Type::Duration) => diagnostic.help("write the Duration first: `1h * n`"),
            _ => diagnostic,
        };
        self.report(diagnostic);
        None
    }

    fn compare(&mut self, op: BinaryOp, op_span: Span, left: Expr, right: Expr, span: Span) -> Expr {
        let Some(compare) = compare_op(op) else { return broken(span) };
        let (a, b) = (self.shallow(&left.ty), self.shallow(&right.ty));
        let ordered = !matches!(compare, CompareOp::Eq | CompareOp::Ne);
        let (left, right) = match (&a, &b) {
            (Type::Json, other) | (other, Type::Json) if !ordered && *other != Type::Json => {
                (self.encoded(left), self.encoded(right))
            }
            _ => (left, right),
        };
        let (a, b) = (self.shallow(&left.ty), self.shallow(&right.ty));
        let fits = self.fit(&b, &a) || self.fit(&a, &b);
        let ty = self.resolve(&a);
        let done = |left, right| {
            make(
                ExprKind::Compare { op: compare, left: Box::new(left), right: Box::new(right) },
                Type::Bool,
                span,
            )
        };
        let null = matches!(a, Type::Null) || matches!(b, Type::Null);
        if !fits && null && !ordered {
            let (plain, at) = if a == Type::Null { (&b, right.span) } else { (&a, left.span) };
            let always = if compare == CompareOp::Eq { "false" } else { "true" };
            let message = format!(
                "this is never null, it is {}: the comparison is always {always}",
                self.show_a(plain)
            );
            self.warn(codes::ALWAYS_SAME, at, message);
        } else if matches!(a, Type::Unknown) || matches!(b, Type::Unknown) {
            // What it is has been reported already.
        } else if !fits {
            self.no_operator::<()>(sign(op), &a, &b, op_span);
        } else if ordered && (!self.is_ordered(&a) || !self.is_ordered(&b)) {
            let message =
                format!("`{}` needs values that have an order, which {} has not", sign(op), self.show(&ty));
            let mut diagnostic = Diagnostic::error(codes::NOT_ORDERED, op_span, message);
            if matches!(a, Type::Optional(_)) || matches!(b, Type::Optional(_)) {
                diagnostic = diagnostic.help("one side may be null: give another value with `??` first");
            }
            self.report(diagnostic);
        } else if !ordered && [&a, &b].iter().any(|ty| !self.has_json_form(ty)) {
            let message = format!("`{}` does not work on {}", sign(op), self.show(&ty));
            self.error(codes::OPERATOR, op_span, message);
        }
        done(left, right)
    }

    fn logic(&mut self, and: bool, op_span: Span, left: &ast::Expr, right: &ast::Expr, span: Span) -> Expr {
        let left = self.expr(left, Want::Like(&Type::Bool));
        if let (false, Type::Optional(inner)) = (and, self.shallow(&left.ty))
            && self.shallow(&inner) != Type::Bool
        {
            let message = format!("`||` works on Bool, and this is a {}", self.show(&left.ty));
            let error = Diagnostic::error(codes::OPERATOR, op_span, message).label(left.span, "may be null");
            self.report(error.help("`??` gives another value instead of null").fix(
                "write `??`",
                op_span,
                "??",
            ));
            let right = self.expr(right, Want::Like(&inner));
            let (value, otherwise) = (Box::new(left), Box::new(right));
            return make(ExprKind::Coalesce { value, otherwise }, Type::Unknown, span);
        }
        let left = self.coerce(left, &Type::Bool, Why::PLAIN);
        let before = self.facts();
        let known = self.facts_if(&left, and);
        self.assume(known);
        let right = self.expect(right, &Type::Bool, Why::PLAIN);
        self.replace_facts(before);
        let (left, right) = (Box::new(left), Box::new(right));
        let kind = if and { ExprKind::And(left, right) } else { ExprKind::Or(left, right) };
        make(kind, Type::Bool, span)
    }

    fn coalesce(&mut self, left: &ast::Expr, right: &ast::Expr, want: Want<'_>, span: Span) -> Expr {
        let value = match self.optional_env(left) {
            Some(env) => env,
            None => match want.hint().map(|hint| self.shallow(hint)) {
                Some(hint) if !matches!(hint, Type::Open(_)) => self.expr(left, Want::Like(&hint)),
                _ => self.expr(left, Want::Any),
            },
        };
        let found = self.shallow(&value.ty);
        let inner = match &found {
            Type::Optional(inner) => (**inner).clone(),
            Type::Null => Type::Unknown,
            other => other.clone(),
        };
        let before = self.facts();
        let (otherwise, ty) = match (want, &inner) {
            (Want::Be(ty, why), _) if !matches!(self.shallow(ty), Type::Open(_)) => {
                let json = self.shallow(ty) == Type::Json && self.shallow(&inner) != Type::Json;
                if json {
                    let otherwise = self.expr(right, Want::Like(&inner));
                    self.joined_alternative(otherwise, &inner)
                } else {
                    (self.expect(right, ty, why), self.join_quietly(&inner, ty))
                }
            }
            _ => {
                let otherwise = self.expr(right, Want::Like(&inner));
                self.joined_alternative(otherwise, &inner)
            }
        };
        self.replace_facts(before);
        if !matches!(
            found,
            Type::Optional(_) | Type::Null | Type::Unknown | Type::Never | Type::Json | Type::Open(_)
        ) {
            let message = format!(
                "this is never null, it is {}: what follows `??` can never be reached",
                self.show_a(&found)
            );
            self.warn(codes::UNREACHABLE_CODE, value.span, message);
        }
        make(ExprKind::Coalesce { value: Box::new(value), otherwise: Box::new(otherwise) }, ty, span)
    }

    fn join_quietly(&mut self, inner: &Type, want: &Type) -> Type {
        // What stands left decides whether null is out; the whole is fitted by the caller.
        match self.shallow(want) {
            Type::Optional(_) => self.join(inner, want).unwrap_or_else(|| inner.clone()),
            _ if *inner == Type::Unknown || *inner == Type::Never => want.clone(),
            _ => inner.clone(),
        }
    }

    fn joined_alternative(&mut self, otherwise: Expr, inner: &Type) -> (Expr, Type) {
        match self.join(inner, &otherwise.ty) {
            Some(ty) => {
                let otherwise = if self.shallow(&ty) == Type::Json && *inner == Type::Json {
                    self.encoded(otherwise)
                } else {
                    otherwise
                };
                (otherwise, ty)
            }
            None => {
                let otherwise = self.coerce(otherwise, inner, Why::PLAIN);
                (otherwise, Type::Unknown)
            }
        }
    }

    /// `env.X` before `??`: an environment variable that may be missing.
    fn optional_env(&mut self, expr: &ast::Expr) -> Option<Expr> {
        let ast::ExprKind::Field { base, name, safe: false } = &expr.kind else { return None };
        let ast::ExprKind::Name(root) = &base.kind else { return None };
        if root.name != "env" || self.is_bound(root) {
            return None;
        }
        let kind = EffectKind::Env { name: name.name.clone(), optional: true };
        let what = format!("read the environment variable `{}`", name.name);
        Some(self.effect(kind, Type::String.optional(), expr.span, &what))
    }

    fn contains(&mut self, left: &ast::Expr, right: &ast::Expr, span: Span) -> Expr {
        let before = self.activity;
        if let ast::ExprKind::Unary { op: UnaryOp::Not, value } = &left.kind {
            let (errors, facts) = (self.diagnostics.len(), self.facts());
            let value = self.expr(value, Want::Any);
            self.diagnostics.truncate(errors);
            self.replace_facts(facts);
            if !matches!(self.shallow(&value.ty), Type::Bool | Type::Unknown | Type::Never) {
                self.expr(right, Want::Any);
                let whole = self.sources.text(span).get(1..).unwrap_or_default().trim_start().to_owned();
                let message =
                    "`!` binds closer than `in`: this asks for the opposite of what stands after `!`";
                let diagnostic = Diagnostic::error(codes::OPERATOR, left.span, message);
                let fixed = format!("!({whole})");
                self.report(diagnostic.fix(format!("write `{fixed}`"), span, fixed.clone()));
                return make(broken(span).kind, Type::Bool, span);
            }
        }
        let (item, list) = if is_flexible(left) {
            let list = self.expr(right, Want::Any);
            let like = match self.shallow(&list.ty) {
                Type::List(item) => (*item).clone(),
                Type::Map(entry) => entry.0.clone(),
                _ => Type::Unknown,
            };
            (self.expr(left, Want::Like(&like)), list)
        } else {
            let item = self.expr(left, Want::Any);
            let like = Type::list(item.ty.clone());
            (item, self.expr(right, Want::Like(&like)))
        };
        let (builtin, expected) = match self.known(&list.ty, list.span) {
            Type::List(inner) => (Builtin::ListContains, (*inner).clone()),
            Type::Map(entry) => (Builtin::MapHas, entry.0.clone()),
            Type::String => (Builtin::TextContains, Type::String),
            Type::Unknown | Type::Never => return make(broken(span).kind, Type::Bool, span),
            other => {
                let message =
                    format!("`in` looks into a List, Map or String, not into {}", self.show(&other));
                let diagnostic = Diagnostic::error(codes::OPERATOR, list.span, message);
                self.report(match other {
                    Type::Json => diagnostic.help("whether an object has a member: `j.has(\"name\")`"),
                    Type::Optional(_) => diagnostic.help("it may be null: give another value with `??`"),
                    _ => diagnostic,
                });
                return make(broken(span).kind, Type::Bool, span);
            }
        };
        // A list may be asked for something narrower or wider than it holds.
        let item = if builtin == Builtin::ListContains && self.fit(&expected, &item.ty) {
            item
        } else {
            self.coerce(item, &expected, Why::at(list.span, "looked for in this"))
        };
        let mut stmts = Vec::new();
        // The builtin takes the container first; effects keep the order of the text.
        let item = if self.activity == before { item } else { self.name_value(item, &mut stmts) };
        let call = make(ExprKind::Builtin { builtin, args: vec![list, item] }, Type::Bool, span);
        super::super::arguments::Arguments::wrap(stmts, call)
    }

    pub(super) fn cast(&mut self, value: &ast::Expr, ty: &ast::Type, span: Span) -> Expr {
        let to = self.written(ty, TypePlace::Plain);
        let value = self.expr(value, Want::Like(&to));
        let from = self.known(&value.ty, value.span);
        if matches!(from, Type::Unknown | Type::Never) || to == Type::Unknown {
            return make(value.kind, to, span);
        }
        if from == Type::Secret {
            self.misplaced_secret(value.span);
            return broken(span);
        }
        if to == Type::Json {
            return self.encoded(value);
        }
        if !self.has_json_form(&to) || !self.has_json_form(&from) {
            let lacking = if self.has_json_form(&to) { &from } else { &to };
            let message = format!("a cast goes through JSON, and {} has no JSON form", self.show(lacking));
            self.error(codes::NO_JSON_FORM, span, message);
            return make(value.kind, to, span);
        }
        if matches!(value.kind, ExprKind::Literal(Literal::Float(_) | Literal::Decimal(_))) && from == to {
            return value;
        }
        if !self.can_decode(&from, &to) {
            let message = format!("this cast can never succeed: {} as {}", self.show(&from), self.show(&to));
            let mut diagnostic = Diagnostic::error(codes::CAST, span, message);
            if matches!(from, Type::Decimal) && matches!(to, Type::Int | Type::Float) {
                let method = if to == Type::Int { "to_int" } else { "to_float" };
                diagnostic =
                    diagnostic.help(format!("a Decimal is a string in JSON: convert with `.{method}()`"));
            }
            if from == Type::String {
                diagnostic = diagnostic.help("a String is a JSON string, not JSON text: use `json.parse(…)`, or `.to_int()` and the like");
            }
            self.report(diagnostic);
        }
        make(ExprKind::Cast { value: Box::new(value), to: to.clone() }, to, span)
    }
}
