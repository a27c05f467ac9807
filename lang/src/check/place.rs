//! Places: a `var` and a path into it, to be assigned or changed.

use super::expr::operator::arith_op;
use super::program::{Expr, ExprKind, Input, Literal, Place, Step, StmtKind};
use super::scope::Origin;
use super::types::Type;
use super::unify::{Want, Why};
use super::{Checker, make};
use crate::diagnostic::{Diagnostic, codes};
use crate::ids::LocalId;
use crate::span::Span;
use crate::syntax::ast;

/// A place with what is needed to check a change of it.
pub(super) struct Found {
    pub(super) place: Place,
    /// Its type as narrowed, for reading.
    pub(super) ty: Type,
    /// The fields up to the first index or key.
    fields: Vec<u16>,
    /// Whether it is nothing but fields.
    plain: bool,
}

impl Checker<'_> {
    /// `place = e`, `place += e`. `None` after an error.
    pub(super) fn assign(
        &mut self,
        place: &ast::Expr,
        op: Option<ast::BinaryOp>,
        value: &ast::Expr,
        span: Span,
    ) -> Option<StmtKind> {
        self.activity += 1;
        let Some(found) = self.place(place, "assigned") else {
            self.expr(value, Want::Any);
            return None;
        };
        let declared = found.place.ty.clone();
        let (value, op) = match op {
            None => (self.expect(value, &declared, Why::at(place.span, "the type of this place")), None),
            Some(op) => {
                let value = self.expr(value, Want::Like(&found.ty));
                let left = make(ExprKind::Literal(Literal::Null), found.ty.clone(), place.span);
                let op = arith_op(op)?;
                let right_span = value.span;
                let (ty, value) = self.arith_type(op, &left, value, span)?;
                if !self.fit(&ty, &declared) {
                    let message = format!("expected {}, found {}", self.show(&declared), self.show(&ty));
                    let diagnostic = Diagnostic::error(codes::TYPE_MISMATCH, right_span, message);
                    self.report(diagnostic.label(place.span, "the type of this place"));
                    return None;
                }
                (value, Some(op))
            }
        };
        self.forget(found.place.local, &found.fields);
        let given = self.resolve(&value.ty);
        if found.plain && op.is_none() {
            self.assume_assigned(found.place.local, found.fields, &declared, &given);
        }
        Some(StmtKind::Assign { place: found.place, op, value })
    }

    /// The place that an expression names. `verb` says what is to be done with it: `assigned`, `changed`.
    pub(super) fn place(&mut self, expr: &ast::Expr, verb: &str) -> Option<Found> {
        stacker::maybe_grow(64 * 1024, 1024 * 1024, || match &expr.kind {
            ast::ExprKind::Name(name) => self.root_place(name, verb),
            ast::ExprKind::Paren(inner) => self.place(inner, verb),
            ast::ExprKind::Field { base, name, safe: false } => {
                let base = self.place(base, verb)?;
                self.field_place(base, name)
            }
            ast::ExprKind::Index { base, index } => {
                let base = self.place(base, verb)?;
                self.index_place(base, index, expr.span)
            }
            ast::ExprKind::Broken => None,
            _ => {
                let message = format!("this cannot be {verb}: only a `var` and what is inside of it can");
                self.error(codes::ASSIGNMENT, expr.span, message);
                None
            }
        })
    }

    fn root_place(&mut self, name: &ast::Ident, verb: &str) -> Option<Found> {
        let Some(local) = self.local(&name.name) else {
            match self.value_named(&name.name) {
                Some((crate::resolve::Symbol::Broken, _)) => {}
                Some((symbol, declared)) => {
                    let message = format!("`{}` is {} and cannot be {verb}", name.name, symbol.noun());
                    let diagnostic = Diagnostic::error(codes::ASSIGNMENT, name.span, message);
                    self.report(diagnostic.label(declared, "declared here"));
                }
                None => {
                    self.unknown_name(name);
                    if verb == "assigned" {
                        self.propose_let(name);
                    }
                }
            }
            return None;
        };
        let known = self.frame().locals[local.index()].clone();
        let (at, name) = (name.span, &name.name);
        let of_parameter = matches!(self.input_of(local), Some(Input::Param(_)));
        let (code, message, help) = match self.origin(local) {
            Origin::Graph if of_parameter => (
                codes::ASSIGNMENT,
                format!("`{name}` is a parameter and cannot be {verb}"),
                "copy it into a `var` first",
            ),
            Origin::Captured | Origin::Graph => (
                codes::OUTER_ASSIGNMENT,
                format!("`{name}` belongs to the body outside and cannot be {verb} from in here"),
                "what is inside reads it as it was; give the new value back as the result",
            ),
            Origin::Parameter | Origin::Clause => (
                codes::ASSIGNMENT,
                format!("`{name}` is a parameter and cannot be {verb}"),
                "copy it into a `var` first",
            ),
            _ if !known.mutable => (
                codes::ASSIGNMENT,
                format!("`{name}` cannot be {verb}: it was not declared with `var`"),
                "declare it with `var`",
            ),
            _ => {
                let ty = self.fact(local, &[]).unwrap_or_else(|| known.ty.clone());
                let place = Place { local, path: Vec::new(), ty: known.ty };
                return Some(Found { place, ty, fields: Vec::new(), plain: true });
            }
        };
        let diagnostic = Diagnostic::error(code, at, message);
        self.report(diagnostic.label(known.span, "declared here").help(help));
        None
    }

    /// Of an assignment to something unknown, the rest of the body takes it for declared.
    fn propose_let(&mut self, name: &ast::Ident) {
        self.forgiven.push(name.name.clone());
        if let Some(last) =
            self.diagnostics.last_mut().filter(|last| last.span() == name.span && last.help.is_none())
        {
            last.help = Some(format!("declare it: `let {0} = …`, or `var {0} = …` if it changes", name.name));
        }
    }

    fn field_place(&mut self, base: Found, name: &ast::Ident) -> Option<Found> {
        let ty = self.known(&base.ty, name.span);
        let Found { mut place, mut fields, plain, .. } = base;
        match ty {
            Type::Json => {
                place.path.push(Step::Json(make(
                    ExprKind::Literal(Literal::Text(name.name.as_str().into())),
                    Type::String,
                    name.span,
                )));
                place.ty = Type::Json;
                Some(Found { place, ty: Type::Json, fields, plain: false })
            }
            Type::Record(id, args) => {
                let (index, ty) = self.field_of(id, &args, name)?;
                place.path.push(Step::Field(index));
                place.ty = ty.clone();
                if plain {
                    fields.push(index);
                }
                let ty = if plain { self.fact(place.local, &fields).unwrap_or(ty) } else { ty };
                Some(Found { place, ty, fields, plain })
            }
            other => {
                self.no_field(&other, name);
                None
            }
        }
    }

    fn index_place(&mut self, base: Found, index: &ast::Expr, span: Span) -> Option<Found> {
        let ty = self.known(&base.ty, span);
        let Found { mut place, fields, .. } = base;
        let (step, ty) = match ty {
            Type::List(item) => (Step::Index(self.expect(index, &Type::Int, Why::PLAIN)), (*item).clone()),
            Type::Map(entry) => (Step::Key(self.expect(index, &entry.0, Why::PLAIN)), entry.1.clone()),
            Type::Json => (Step::Json(self.json_key(index)), Type::Json),
            other => {
                self.expr(index, Want::Any);
                self.no_index(&other, span);
                return None;
            }
        };
        place.path.push(step);
        place.ty = ty.clone();
        Some(Found { place, ty, fields, plain: false })
    }

    /// A key into Json: a String or an Int.
    pub(super) fn json_key(&mut self, index: &ast::Expr) -> Expr {
        let key = self.expr(index, Want::Any);
        let ty = self.shallow(&key.ty);
        if matches!(ty, Type::String | Type::Int | Type::Unknown | Type::Never) {
            return key;
        }
        let message = format!("a Json is indexed by a String or an Int, found {}", self.show(&ty));
        self.error(codes::TYPE_MISMATCH, key.span, message);
        key
    }

    /// Whether the root of a place is a `var` of the body at hand.
    pub(super) fn forget_place(&mut self, found: &Found) -> LocalId {
        self.forget(found.place.local, &found.fields);
        found.place.local
    }
}
