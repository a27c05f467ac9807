//! Inference: open types, what fits where, what two branches have in common.
//!
//! An open type stands for something the statement at hand has not said yet. It is solved at most once, and every
//! one is solved when its statement ends, or that is an error.

use super::program::{Expr, ExprKind, Literal};
use super::types::Type;
use super::{Checker, make};
use crate::diagnostic::{Diagnostic, Severity, codes};
use crate::limits;
use crate::resolve::types as written;
use crate::span::Span;

/// An open type.
pub(super) struct Var {
    solution: Option<Type>,
    span: Span,
}

/// What was there when a statement began.
#[derive(Clone, Copy)]
pub(super) struct Mark {
    vars: usize,
    pub(super) errors: usize,
}

/// Why a type is expected: the second label of a mismatch.
#[derive(Clone, Copy, Default)]
pub(super) struct Why {
    /// The place that demands it.
    pub(super) span: Option<Span>,
    /// What to say there.
    pub(super) text: &'static str,
}

impl Why {
    /// Expected because of what stands at `span`.
    pub(super) fn at(span: Span, text: &'static str) -> Self {
        Self { span: Some(span), text }
    }

    /// Expected for a reason that needs no second label.
    pub(super) const PLAIN: Self = Self { span: None, text: "" };
}

/// What the surroundings want of an expression.
#[derive(Clone, Copy)]
pub(super) enum Want<'t> {
    /// Anything.
    Any,
    /// Probably this type: settles what would be open otherwise.
    Like(&'t Type),
    /// This type, else an error.
    Be(&'t Type, Why),
    /// Nothing: the value is dropped.
    Nothing,
}

impl<'t> Want<'t> {
    /// The type that is hinted at.
    pub(super) fn hint(self) -> Option<&'t Type> {
        match self {
            Self::Like(ty) | Self::Be(ty, _) => Some(ty),
            Self::Any | Self::Nothing => None,
        }
    }
}

impl Checker<'_> {
    /// A new open type, introduced at `span`.
    pub(super) fn open(&mut self, span: Span) -> Type {
        self.vars.push(Var { solution: None, span });
        Type::Open(u32::try_from(self.vars.len() - 1).unwrap_or(u32::MAX))
    }

    /// The type with its outermost layer known, as far as it is.
    pub(super) fn shallow(&self, ty: &Type) -> Type {
        let mut at = ty;
        while let Type::Open(var) = at {
            match &self.vars[*var as usize].solution {
                Some(solution) => at = solution,
                None => break,
            }
        }
        match at {
            Type::Optional(inner) if matches!(**inner, Type::Open(_)) => self.shallow(inner).optional(),
            other => other.clone(),
        }
    }

    /// The type with everything in it that is known.
    pub(super) fn resolve(&self, ty: &Type) -> Type {
        written::map(ty, &mut |inner| match inner {
            Type::Open(_) => {
                let known = self.shallow(inner);
                Some(if matches!(known, Type::Open(_)) { known } else { self.resolve(&known) })
            }
            _ => None,
        })
    }

    /// The type, which must be known by now to go on: else an error.
    pub(super) fn known(&mut self, ty: &Type, span: Span) -> Type {
        let known = self.shallow(ty);
        if let Type::Open(var) = known {
            self.vars[var as usize].solution = Some(Type::Unknown);
            self.error(
                codes::OPEN_TYPE,
                span,
                "the type of this is not known here: annotate where it comes from",
            );
            return Type::Unknown;
        }
        known
    }

    fn solve(&mut self, var: u32, ty: &Type) -> bool {
        if self.known_size(ty) >= limits::TYPE_SIZE {
            let span = self.vars[var as usize].span;
            self.type_too_large(span);
            self.vars[var as usize].solution = Some(Type::Unknown);
            return true;
        }
        let ty = self.resolve(ty);
        if ty == Type::Open(var) {
            return true;
        }
        let mut occurs = false;
        written::map(&ty, &mut |inner| {
            occurs |= *inner == Type::Open(var);
            None
        });
        if occurs {
            return false;
        }
        // The younger points to the older, so that a statement's end sees whether outer ones still decide.
        let (var, ty) = match ty {
            Type::Open(other) if other > var => (other, Type::Open(var)),
            ty => (var, ty),
        };
        self.vars[var as usize].solution = Some(ty);
        true
    }

    /// How many types it is made of, as far as known; stops at the limit, because sharing can make it endless.
    pub(crate) fn known_size(&self, ty: &Type) -> usize {
        self.survey(ty).0
    }

    /// Whether everything in it is known.
    pub(super) fn is_closed(&self, ty: &Type) -> bool {
        self.survey(ty).1
    }

    /// Size up to the limit, and whether nothing open was met.
    fn survey(&self, ty: &Type) -> (usize, bool) {
        let (mut count, mut closed) = (0, true);
        let mut rest = vec![ty.clone()];
        while let Some(ty) = rest.pop() {
            count += 1;
            if count >= limits::TYPE_SIZE {
                break;
            }
            match self.shallow(&ty) {
                Type::Open(_) => closed = false,
                Type::Tuple(items) | Type::Record(_, items) | Type::Enum(_, items) => {
                    rest.extend(items.iter().cloned());
                }
                Type::List(inner) | Type::Optional(inner) => rest.push((*inner).clone()),
                Type::Map(entry) => rest.extend([entry.0.clone(), entry.1.clone()]),
                Type::Function(params, result) => {
                    rest.extend(params.iter().cloned());
                    rest.push((*result).clone());
                }
                _ => {}
            }
        }
        (count, closed)
    }

    /// Reports a type that is too large to go on with.
    pub(crate) fn type_too_large(&mut self, span: Span) {
        let message = format!("the type of this is made of more than {} others", limits::TYPE_SIZE);
        let diagnostic = Diagnostic::error(codes::PROGRAM_TOO_LARGE, span, message);
        self.report(diagnostic.help("give its parts names: use records instead of tuples of tuples"));
    }

    /// Whether a value of type `found` can stand where `want` is expected, without any conversion. Solves open
    /// types on both sides.
    pub(super) fn fit(&mut self, found: &Type, want: &Type) -> bool {
        let (found, want) = (self.shallow(found), self.shallow(want));
        match (&found, &want) {
            (Type::Unknown, Type::Open(b)) => self.solve(*b, &Type::Unknown),
            (Type::Unknown | Type::Never, _) | (_, Type::Unknown) => true,
            (Type::Open(a), _) => self.solve(*a, &want),
            (Type::Secret | Type::Function(..), Type::Open(_)) => false,
            (_, Type::Open(b)) => self.solve(*b, &found),
            (Type::Null, Type::Optional(_)) => true,
            (Type::Optional(a), Type::Optional(b)) => self.fit(a, b),
            (_, Type::Optional(b)) => self.fit(&found, b),
            (Type::List(a), Type::List(b))
            | (Type::Job(a), Type::Job(b))
            | (Type::Plan(a), Type::Plan(b)) => self.fit(a, b),
            (Type::Map(a), Type::Map(b)) => self.fit(&a.0, &b.0) && self.fit(&a.1, &b.1),
            (Type::Tuple(a), Type::Tuple(b)) => self.fit_all(a, b),
            (Type::Record(a, x), Type::Record(b, y)) => a == b && self.fit_all(x, y),
            (Type::Enum(a, x), Type::Enum(b, y)) => a == b && self.fit_all(x, y),
            (Type::Function(a, x), Type::Function(b, y)) => self.fit_all(b, a) && self.fit(x, y),
            _ => found == want,
        }
    }

    fn fit_all(&mut self, found: &[Type], want: &[Type]) -> bool {
        found.len() == want.len() && found.iter().zip(want).all(|(found, want)| self.fit(found, want))
    }

    /// The type that has the values of both, if there is one.
    pub(super) fn join(&mut self, a: &Type, b: &Type) -> Option<Type> {
        let (a, b) = (self.shallow(a), self.shallow(b));
        match (&a, &b) {
            (Type::Never, _) | (_, Type::Unknown) => Some(b),
            (_, Type::Never) | (Type::Unknown, _) => Some(a),
            (Type::Null, Type::Null) => Some(a),
            // A text beside a secret is as well guarded as the secret.
            (Type::Secret, Type::String) | (Type::String, Type::Secret) if self.frame().sealed => {
                Some(Type::Secret)
            }
            (Type::Null, other) | (other, Type::Null) => Some(other.clone().optional()),
            (Type::Optional(x), y) | (y, Type::Optional(x)) => {
                let y = if let Type::Optional(inner) = y { (**inner).clone() } else { y.clone() };
                self.join(x, &y).map(Type::optional)
            }
            (Type::Json, other) | (other, Type::Json) if self.has_json_form(other) => Some(Type::Json),
            (Type::List(x), Type::List(y))
                if !matches!((self.shallow(x), self.shallow(y)), (Type::Json, _) | (_, Type::Json)) =>
            {
                self.join(x, y).map(Type::list)
            }
            _ if self.fit(&a, &b) => Some(b),
            _ if self.fit(&b, &a) => Some(a),
            _ => None,
        }
    }

    /// `expr` where `want` is expected: converted to Json if that is what is missing, else an error.
    pub(super) fn coerce(&mut self, expr: Expr, want: &Type, why: Why) -> Expr {
        let want = self.shallow(want);
        let found = self.shallow(&expr.ty);
        if matches!(found, Type::Unknown | Type::Never) || want == Type::Unknown {
            return expr;
        }
        let json = match &want {
            Type::Json => !matches!(found, Type::Json | Type::Open(_)),
            Type::Optional(inner) if self.shallow(inner) == Type::Json => match &found {
                Type::Null | Type::Json | Type::Open(_) => false,
                Type::Optional(inner) => self.shallow(inner) != Type::Json,
                _ => true,
            },
            _ => false,
        };
        if json {
            return self.encoded(expr);
        }
        if let (Type::Open(_), ExprKind::Literal(Literal::Null)) = (&want, &expr.kind) {
            // A null alone says that there may be one, and leaves open of what.
            let inner = self.open(expr.span);
            self.fit(&inner.optional(), &want);
            return expr;
        }
        if self.fit(&found, &want) {
            return expr;
        }
        self.mismatch(&expr, &want, why);
        if let Type::Open(var) = want {
            self.vars[var as usize].solution = Some(Type::Unknown);
        }
        Expr { ty: Type::Unknown, ..expr }
    }

    /// `expr as Json`.
    pub(super) fn encoded(&mut self, expr: Expr) -> Expr {
        let found = self.resolve(&expr.ty);
        match &found {
            Type::Json | Type::Unknown | Type::Never => expr,
            Type::Secret if self.frame().sealed => expr,
            Type::Secret => {
                self.misplaced_secret(expr.span);
                Expr { ty: Type::Unknown, ..expr }
            }
            _ if self.has_json_form(&found) => {
                let span = expr.span;
                make(ExprKind::ToJson(Box::new(expr)), Type::Json, span)
            }
            _ => {
                let message = format!("{} has no JSON form", self.show(&found));
                self.error(codes::NO_JSON_FORM, expr.span, message);
                Expr { ty: Type::Unknown, ..expr }
            }
        }
    }

    fn mismatch(&mut self, expr: &Expr, want: &Type, why: Why) {
        let found = self.resolve(&expr.ty);
        if found == Type::Secret {
            self.misplaced_secret(expr.span);
            return;
        }
        let (shown_want, shown) = (self.show(want), self.show(&found));
        let mut diagnostic = match &found {
            Type::Optional(inner) if self.fit(inner, want) => Diagnostic::error(
                codes::MAYBE_NULL,
                expr.span,
                format!("this may be null: expected {shown_want}, found {shown}"),
            )
            .help("give another value with `??`, or look first: `if let x = …`, `if … != null`"),
            Type::Function(..) if matches!(self.shallow(want), Type::Open(_)) => Diagnostic::error(
                codes::TYPE_MISMATCH,
                expr.span,
                "a function can be passed only where a parameter has a function type",
            ),
            _ => Diagnostic::error(
                codes::TYPE_MISMATCH,
                expr.span,
                format!("expected {shown_want}, found {shown}"),
            ),
        };
        diagnostic = match (&found, self.shallow(want)) {
            (Type::Int, Type::String) | (Type::Float | Type::Decimal | Type::Bool, Type::String) => {
                diagnostic.help("a text is made by interpolation: `\"{x}\"`")
            }
            (Type::Int, Type::Float) => diagnostic.help("convert with `.to_float()`"),
            (Type::Int, Type::Decimal) => diagnostic.help("convert with `.to_decimal()`"),
            (Type::Json, other) => {
                let help = format!("decode it: `… as {}`", self.show(&other));
                diagnostic.help(help)
            }
            _ => diagnostic,
        };
        if let Some(span) = why.span.filter(|span| *span != expr.span) {
            diagnostic = diagnostic.label(span, why.text);
        }
        self.report(diagnostic);
    }

    /// Whether an error was reported since.
    pub(super) fn failed_since(&self, mark: Mark) -> bool {
        self.diagnostics.iter().skip(mark.errors).any(|found| found.severity == Severity::Error)
    }

    /// The beginning of a statement, for [`close`](Self::close).
    pub(super) fn mark(&self) -> Mark {
        Mark { vars: self.vars.len(), errors: self.diagnostics.len() }
    }

    /// Ends a statement: open types introduced since `mark` must be solved by now. Where something else has failed,
    /// they may be open because of that.
    pub(super) fn close(&mut self, mark: Mark) {
        let mut told = self.failed_since(mark);
        let mark = mark.vars;
        for at in mark..self.vars.len() {
            let var = Type::Open(u32::try_from(at).unwrap_or(u32::MAX));
            let Type::Open(root) = self.shallow(&var) else { continue };
            if (root as usize) < mark {
                continue;
            }
            self.vars[root as usize].solution = Some(Type::Unknown);
            if !std::mem::replace(&mut told, true) {
                let span = self.vars[root as usize].span;
                let message = "the type of this cannot be told from here: annotate it, as in `let x: List<String> = []`";
                self.error(codes::OPEN_TYPE, span, message);
            }
        }
    }
}
