//! Arguments matched with parameters: by position, by name, by default.

use super::expr::literal::number;
use super::function::{Fallback, Parameter};
use super::program::{Expr, ExprKind, Literal, Stmt, StmtKind};
use super::types::Type;
use super::unify::{Want, Why};
use super::{Checker, broken, make, null};
use crate::diagnostic::{Diagnostic, codes};
use crate::resolve::suggest::nearest;
use crate::resolve::types::count;
use crate::span::Span;
use crate::syntax::ast::{self, Ident};

/// An argument as written.
#[derive(Clone, Copy)]
pub(super) struct Given<'e> {
    pub(super) name: Option<&'e Ident>,
    pub(super) value: &'e ast::Expr,
}

impl<'e> Given<'e> {
    /// The arguments of a call.
    pub(super) fn all(args: &'e [ast::Arg]) -> Vec<Self> {
        args.iter().map(|arg| Self { name: arg.name.as_ref(), value: &arg.value }).collect()
    }
}

/// Who is called.
#[derive(Clone, Copy)]
pub(super) struct Callee<'c> {
    /// Its name, for messages.
    pub(super) name: &'c str,
    /// Its parameters, their types as far as known.
    pub(super) params: &'c [Parameter],
    /// Where it is declared.
    pub(super) declared: Option<Span>,
    /// Whether arguments go all by position or all by name.
    pub(super) unmixed: bool,
}

/// In which order arguments are checked.
#[derive(Clone, Copy, PartialEq)]
enum Turn {
    First,
    Second,
    Last,
}

/// Arguments in the order of the parameters. What must be computed earlier to keep the order of the text stands in
/// `before`.
pub(super) struct Arguments {
    before: Vec<Stmt>,
    pub(super) values: Vec<Expr>,
}

impl Arguments {
    /// `call`, after what must be computed before it.
    pub(super) fn wrap(before: Vec<Stmt>, call: Expr) -> Expr {
        if before.is_empty() {
            return call;
        }
        let (ty, span) = (call.ty.clone(), call.span);
        make(ExprKind::Block { stmts: before, value: Some(Box::new(call)) }, ty, span)
    }

    /// The parts.
    pub(super) fn split(self) -> (Vec<Stmt>, Vec<Expr>) {
        (self.before, self.values)
    }
}

impl Checker<'_> {
    /// Matches and checks arguments. Errors leave broken values, so that the call keeps its type.
    pub(super) fn arguments(&mut self, callee: Callee<'_>, given: &[Given<'_>], span: Span) -> Arguments {
        self.arguments_after(callee, None, given, span)
    }

    /// The same, where the first argument had to be checked before the callee was known.
    pub(super) fn arguments_after(
        &mut self,
        callee: Callee<'_>,
        mut first: Option<Expr>,
        given: &[Given<'_>],
        span: Span,
    ) -> Arguments {
        let targets = self.targets(callee, given, span);
        // Lambdas last: by then the other arguments have said what their parameters are. Integer literals before them,
        // because what they are is for the others to say where a type parameter leaves it open.
        let mut checked: Vec<Option<Expr>> = given.iter().map(|_| None).collect();
        let turns: Vec<Turn> = given
            .iter()
            .zip(&targets)
            .map(|(arg, target)| {
                let open =
                    target.is_some_and(|at| matches!(self.shallow(&callee.params[at].ty), Type::Open(_)));
                match arg.value.kind {
                    ast::ExprKind::Lambda { .. } => Turn::Last,
                    _ if open && number(arg.value, false).is_some_and(|(_, ty)| ty == Type::Int) => {
                        Turn::Second
                    }
                    _ => Turn::First,
                }
            })
            .collect();
        for turn in [Turn::First, Turn::Second, Turn::Last] {
            for (at, arg) in given.iter().enumerate() {
                if turns[at] == turn {
                    checked[at] = Some(match targets[at] {
                        Some(param) => {
                            let why = callee.declared.map_or(Why::PLAIN, |at| Why::at(at, "declared here"));
                            let ty = &callee.params[param].ty;
                            match first.take_if(|_| at == 0) {
                                Some(done) => self.coerce(done, ty, why),
                                None => self.expect(arg.value, ty, why),
                            }
                        }
                        None => first.take_if(|_| at == 0).unwrap_or_else(|| self.expr(arg.value, Want::Any)),
                    });
                }
            }
        }
        self.arrange(callee, &targets, checked, span)
    }

    /// Which parameter each argument is for.
    fn targets(&mut self, callee: Callee<'_>, given: &[Given<'_>], span: Span) -> Vec<Option<usize>> {
        let mut taken: Vec<Option<Span>> = vec![None; callee.params.len()];
        let mut targets = Vec::with_capacity(given.len());
        let mut next = 0;
        let mut failed = false;
        let (mut positional, mut named) = (false, false);
        for arg in given {
            let target = if let Some(name) = arg.name {
                named = true;
                let at = callee.params.iter().position(|param| param.name == name.name);
                if at.is_none() {
                    self.unknown_argument(callee, name);
                    failed = true;
                }
                at
            } else {
                positional = true;
                if named && !callee.unmixed && !std::mem::replace(&mut failed, true) {
                    let message = format!(
                        "an argument by position stands after one by name in the call of `{}`",
                        callee.name
                    );
                    self.argument_error(callee, arg.value.span, message);
                }
                next += 1;
                if next > callee.params.len() && !std::mem::replace(&mut failed, true) {
                    let message = format!(
                        "`{}` takes {}, found {}",
                        callee.name,
                        count(callee.params.len(), "argument"),
                        given.len()
                    );
                    self.argument_error(callee, arg.value.span, message);
                }
                (next <= callee.params.len()).then(|| next - 1)
            };
            let target = target.filter(|&at| {
                let Some(first) = taken[at].replace(arg.value.span) else { return true };
                let message =
                    format!("the argument `{}` of `{}` is given twice", callee.params[at].name, callee.name);
                self.report(
                    Diagnostic::error(codes::ARGUMENTS, arg.value.span, message).label(first, "first here"),
                );
                failed = true;
                false
            });
            targets.push(target);
        }
        if callee.unmixed && positional && named && !failed {
            let message =
                format!("the payload of `{}` is given by position or by name, not both", callee.name);
            self.error(codes::ARGUMENTS, span, message);
            failed = true;
        }
        let required = |param: &Parameter| param.fallback == Fallback::Required;
        let missing =
            callee.params.iter().zip(&taken).filter(|(param, taken)| taken.is_none() && required(param));
        let missing: Vec<String> = missing.map(|(param, _)| format!("`{}`", param.name)).collect();
        if !missing.is_empty() && !failed {
            let message = format!("the call of `{}` lacks {}", callee.name, missing.join(", "));
            self.argument_error(callee, span, message);
        }
        targets
    }

    fn argument_error(&mut self, callee: Callee<'_>, span: Span, message: String) {
        let mut diagnostic = Diagnostic::error(codes::ARGUMENTS, span, message);
        if let Some(declared) = callee.declared {
            diagnostic = diagnostic.label(declared, "declared here");
        }
        self.report(diagnostic);
    }

    fn unknown_argument(&mut self, callee: Callee<'_>, name: &Ident) {
        let message = format!("`{}` has no parameter `{}`", callee.name, name.name);
        let mut diagnostic = Diagnostic::error(codes::UNKNOWN_ARGUMENT, name.span, message);
        if let Some(declared) = callee.declared {
            diagnostic = diagnostic.label(declared, "declared here");
        }
        if let Some(near) = nearest(&name.name, callee.params.iter().map(|param| param.name.as_str())) {
            diagnostic = diagnostic.help(format!("did you mean `{near}`?")).fix(
                format!("rename to {near}"),
                name.span,
                near,
            );
        }
        self.report(diagnostic);
    }

    fn arrange(
        &mut self,
        callee: Callee<'_>,
        targets: &[Option<usize>],
        checked: Vec<Option<Expr>>,
        span: Span,
    ) -> Arguments {
        let mut before = Vec::new();
        let mut slots: Vec<Option<Expr>> = callee.params.iter().map(|_| None).collect();
        let in_order = targets.iter().flatten().is_sorted();
        for (target, value) in targets.iter().zip(checked) {
            let (Some(target), Some(value)) = (*target, value) else { continue };
            slots[target] = Some(if in_order || matches!(value.kind, ExprKind::Literal(_)) {
                value
            } else {
                self.name_value(value, &mut before)
            });
        }
        let fill = |(param, slot): (&Parameter, Option<Expr>)| slot.unwrap_or_else(|| fallback(param, span));
        Arguments { before, values: callee.params.iter().zip(slots).map(fill).collect() }
    }

    /// Computes a value now, under a hidden name, and reads it later.
    pub(super) fn name_value(&mut self, value: Expr, before: &mut Vec<Stmt>) -> Expr {
        let (ty, span) = (value.ty.clone(), value.span);
        let id = self.hidden(ty.clone(), span);
        before.push(Stmt { kind: StmtKind::Let(id, value), span });
        make(ExprKind::Local(id), ty, span)
    }
}

/// What stands in for an argument that was not given.
pub(super) fn fallback(param: &Parameter, span: Span) -> Expr {
    match &param.fallback {
        Fallback::Required => broken(span),
        Fallback::Null => null(span),
        Fallback::JsonNull => make(ExprKind::ToJson(Box::new(null(span))), Type::Json, span),
        Fallback::Global(id) => make(ExprKind::Global(*id), param.ty.clone(), span),
        Fallback::Text(text) => {
            make(ExprKind::Literal(Literal::Text(text.as_str().into())), Type::String, span)
        }
    }
}
