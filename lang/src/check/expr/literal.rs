//! Literals, texts, lists, maps, tuples.

use super::super::Checker;
use super::super::program::{Element, Expr, ExprKind, Literal, SealedPart};
use super::super::types::Type;
use super::super::unify::{Want, Why};
use super::{broken, make};
use crate::diagnostic::{Diagnostic, codes};
use crate::span::Span;
use crate::syntax::ast::{self, UnaryOp};

/// The value of a number or duration literal, with a sign or not, and its natural type.
pub(in crate::check) fn number(expr: &ast::Expr, negative: bool) -> Option<(Literal, Type)> {
    Some(match &expr.kind {
        ast::ExprKind::Paren(inner) => return number(inner, negative),
        ast::ExprKind::Unary { op: UnaryOp::Neg, value } => return number(value, !negative),
        ast::ExprKind::Int(value) => {
            (Literal::Int(if negative { value.checked_neg()? } else { *value }), Type::Int)
        }
        ast::ExprKind::BigInt(digits) if negative => {
            (Literal::Int(format!("-{digits}").parse().ok()?), Type::Int)
        }
        ast::ExprKind::Float(value) => (Literal::Float(if negative { -value } else { *value }), Type::Float),
        ast::ExprKind::Decimal(digits) => {
            let digits = if negative { format!("-{digits}") } else { digits.clone() };
            (Literal::Decimal(digits), Type::Decimal)
        }
        ast::ExprKind::Duration(value) => {
            (Literal::Duration(if negative { value.checked_neg()? } else { *value }), Type::Duration)
        }
        _ => return None,
    })
}

/// Whether a literal's type depends on where it stands.
pub(super) fn is_flexible(expr: &ast::Expr) -> bool {
    match &expr.kind {
        ast::ExprKind::Int(_)
        | ast::ExprKind::BigInt(_)
        | ast::ExprKind::Null
        | ast::ExprKind::Variant { .. } => true,
        ast::ExprKind::List(items) => items.iter().all(|item| match item {
            ast::Element::One(value) => is_flexible(value),
            ast::Element::Spread(_) => false,
        }),
        ast::ExprKind::Map(items) => items.is_empty(),
        ast::ExprKind::Paren(inner) | ast::ExprKind::Unary { op: UnaryOp::Neg, value: inner } => {
            is_flexible(inner)
        }
        _ => false,
    }
}

impl Checker<'_> {
    /// The type that is wanted, without `?`.
    pub(super) fn hint(&self, want: Want<'_>) -> Option<Type> {
        match self.shallow(want.hint()?) {
            Type::Optional(inner) => Some(self.shallow(&inner)),
            Type::Open(_) | Type::Unknown => None,
            other => Some(other),
        }
    }

    pub(super) fn literal(&mut self, expr: &ast::Expr, want: Want<'_>) -> Expr {
        let span = expr.span;
        let (literal, ty) = match &expr.kind {
            ast::ExprKind::Null => (Literal::Null, Type::Null),
            ast::ExprKind::Bool(value) => (Literal::Bool(*value), Type::Bool),
            ast::ExprKind::BigInt(digits) => return self.big_number(digits, false, want, span),
            _ => match number(expr, false) {
                Some((literal, ty)) => self.fitted_at(literal, ty, want, span),
                None => return broken(span),
            },
        };
        make(ExprKind::Literal(literal), ty, span)
    }

    /// A negative literal, if `value` is one.
    pub(super) fn negative_literal(&mut self, value: &ast::Expr, want: Want<'_>, span: Span) -> Option<Expr> {
        if let ast::ExprKind::BigInt(digits) = &value.kind {
            return Some(self.big_number(digits, true, want, span));
        }
        let (literal, ty) = number(value, true)?;
        let (literal, ty) = self.fitted_at(literal, ty, want, span);
        Some(make(ExprKind::Literal(literal), ty, span))
    }

    /// The same, where an Int that no Float equals is an error.
    fn fitted_at(&mut self, literal: Literal, ty: Type, want: Want<'_>, span: Span) -> (Literal, Type) {
        if let (Literal::Int(value), Some(Type::Float)) = (&literal, self.hint(want)) {
            let nearest = *value as f64;
            if nearest as i128 != i128::from(*value) {
                let message = format!("{value} is no Float: the nearest one is {nearest:.1}");
                let error = Diagnostic::error(codes::NUMBER_RANGE, span, message);
                let fix = format!("{nearest:.1}");
                self.report(error.help("a Float has 53 bits").fix(format!("write {fix}"), span, fix));
            }
        }
        self.fitted(literal, ty, want)
    }

    /// An integer literal as the number type that is wanted; other literals are what they are.
    fn fitted(&self, literal: Literal, ty: Type, want: Want<'_>) -> (Literal, Type) {
        match (literal, self.hint(want)) {
            (Literal::Int(value), Some(Type::Float)) => (Literal::Float(value as f64), Type::Float),
            (Literal::Int(value), Some(Type::Decimal)) => {
                (Literal::Decimal(value.to_string()), Type::Decimal)
            }
            (literal, _) => (literal, ty),
        }
    }

    /// An integer literal beyond 64 bits.
    fn big_number(&mut self, digits: &str, negative: bool, want: Want<'_>, span: Span) -> Expr {
        let signed = if negative { format!("-{digits}") } else { digits.to_owned() };
        let (literal, ty) = match self.hint(want) {
            Some(Type::Decimal) if digits.len() <= 28 => (Literal::Decimal(signed), Type::Decimal),
            Some(Type::Json) => (Literal::JsonNumber(signed), Type::Json),
            _ => match signed.parse() {
                Ok(value) => (Literal::Int(value), Type::Int),
                Err(_) => {
                    let message = format!("{signed} does not fit an Int, which has 64 bits");
                    self.error(codes::NUMBER_RANGE, span, message);
                    return broken(span);
                }
            },
        };
        make(ExprKind::Literal(literal), ty, span)
    }

    pub(super) fn template(&mut self, template: &ast::Template, span: Span) -> Expr {
        let mut parts = Vec::with_capacity(template.parts.len());
        let mut secret = false;
        for part in &template.parts {
            parts.push(match part {
                ast::TemplatePart::Text(text) => {
                    make(ExprKind::Literal(Literal::Text(text.as_str().into())), Type::String, span)
                }
                ast::TemplatePart::Expr(expr) => {
                    let value = self.expr(expr, Want::Any);
                    secret |= value.ty == Type::Secret;
                    self.require_text_form(&value);
                    self.warn_of_dollar(expr.span);
                    value
                }
            });
        }
        if secret {
            let sealed = parts.into_iter().map(|part| match part.kind {
                ExprKind::Sealed(mut inner) if inner.len() == 1 => inner.remove(0),
                _ => SealedPart::Value(part),
            });
            return make(ExprKind::Sealed(sealed.collect()), Type::Secret, span);
        }
        let kind = match parts.as_mut_slice() {
            [] => ExprKind::Literal(Literal::Text("".into())),
            [Expr { kind: ExprKind::Literal(Literal::Text(text)), .. }] => {
                ExprKind::Literal(Literal::Text(text.clone()))
            }
            _ => ExprKind::Template(parts),
        };
        make(kind, Type::String, span)
    }

    /// `"${x}"` prints a dollar sign.
    fn warn_of_dollar(&mut self, value: Span) {
        if self.in_library {
            return;
        }
        let text = self.sources.get(value.file).text().get(..value.start as usize).unwrap_or_default();
        let before =
            text.trim_end_matches([' ', '(']).strip_suffix('{').and_then(|text| text.strip_suffix('$'));
        let Some(at) = before.map(str::len) else { return };
        let span = Span::new(value.file, at, at + 1);
        let shown = self.sources.text(value);
        let shown = if shown.len() > 30 || shown.contains('\n') { "…" } else { shown };
        let message = format!("the `$` is printed: `{{{shown}}}` alone is replaced by its value");
        let warning = Diagnostic::warning(codes::DOLLAR, span, message);
        self.report(warning.help("where a dollar sign is meant, write it as `\\u{24}`").fix(
            "remove the `$`",
            span,
            "",
        ));
    }

    fn require_text_form(&mut self, value: &Expr) {
        let ty = self.shallow(&value.ty);
        let diagnostic = match &ty {
            Type::Optional(_) | Type::Null => {
                let message = format!("this may be null and has no text then: found {}", self.show(&ty));
                Diagnostic::error(codes::MAYBE_NULL, value.span, message)
                    .help("say what stands there instead: `{x ?? \"-\"}`")
            }
            Type::Secret => return,
            _ if self.has_json_form(&ty) => return,
            _ => {
                let message = format!("{} cannot be shown in a text", self.show(&ty));
                Diagnostic::error(codes::NO_TEXT_FORM, value.span, message)
            }
        };
        self.report(diagnostic);
    }

    pub(super) fn list(&mut self, elements: &[ast::Element], want: Want<'_>, span: Span) -> Expr {
        let hint = match self.hint(want) {
            Some(Type::List(item)) => Some((*item).clone()),
            // where JSON is expected, so it is of each element: they need nothing else in common
            Some(Type::Json) if elements.iter().all(|element| matches!(element, ast::Element::One(_))) => {
                Some(Type::Json)
            }
            _ => None,
        };
        let fixed = hint.clone().filter(|item| !matches!(self.shallow(item), Type::Open(_)));
        let must = matches!(want, Want::Be(..));
        let mut done: Vec<Element> = Vec::with_capacity(elements.len());
        let mut item = fixed.clone();
        let mut first = None;
        for element in elements {
            let (ast::Element::One(expr) | ast::Element::Spread(expr)) = element;
            let spread = matches!(element, ast::Element::Spread(_));
            let list = |item: &Type| if spread { Type::list(item.clone()) } else { item.clone() };
            let value = match (&fixed, &item) {
                (Some(item), _) if must => self.expect(expr, &list(item), Why::PLAIN),
                (_, Some(item)) => self.expr(expr, Want::Like(&list(item))),
                _ => self.expr(expr, Want::Any),
            };
            if !(must && fixed.is_some()) {
                let found = if spread { self.spread_item(&value) } else { value.ty.clone() };
                item = Some(match &item {
                    None => found,
                    Some(item) => match self.join(item, &found) {
                        Some(joined) => joined,
                        None if done.iter_mut().all(|known| self.element_as(known, &found)) => found,
                        None => {
                            self.mixed(&value, &found, item, first.unwrap_or(span));
                            item.clone()
                        }
                    },
                });
                first = first.or(Some(value.span));
            }
            done.push(if spread { Element::Spread(value) } else { Element::One(value) });
        }
        let item = match item {
            Some(item) => item,
            None => hint.unwrap_or_else(|| self.open(span)),
        };
        if self.shallow(&item) == Type::Json && !must {
            done = done.into_iter().map(|element| self.json_element(element)).collect();
        }
        make(ExprKind::List(done), Type::list(item), span)
    }

    /// Turns an element that is an integer literal into one of the number type `ty`.
    fn element_as(&mut self, element: &mut Element, ty: &Type) -> bool {
        match element {
            Element::One(value) => self.literal_as(value, ty),
            Element::Spread(_) => false,
        }
    }

    /// Turns an expression whose value is an integer literal into one of the number type `ty`, for a neighbour that has
    /// it; null fits beside it.
    pub(super) fn literal_as(&mut self, value: &mut Expr, ty: &Type) -> bool {
        let number = match self.shallow(ty) {
            Type::Optional(inner) => self.shallow(&inner),
            plain => plain,
        };
        if !matches!(number, Type::Float | Type::Decimal) {
            return false;
        }
        let done = match &mut value.kind {
            ExprKind::Literal(Literal::Null) => return true,
            ExprKind::Literal(Literal::Int(int)) => {
                let (literal, _) = self.fitted(Literal::Int(*int), Type::Int, Want::Like(&number));
                value.kind = ExprKind::Literal(literal);
                true
            }
            ExprKind::Literal(Literal::Float(_) | Literal::Decimal(_)) => return value.ty == number,
            ExprKind::Block { value: Some(inner), .. } => self.literal_as(inner, ty),
            ExprKind::If { then, otherwise: Some(otherwise), .. } => {
                self.literal_as(then, ty) && self.literal_as(otherwise, ty)
            }
            _ => matches!(self.shallow(&value.ty), Type::Never),
        };
        if done && value.ty == Type::Int {
            value.ty = number;
        }
        done
    }

    fn json_element(&mut self, element: Element) -> Element {
        match element {
            Element::One(value) => Element::One(self.encoded(value)),
            Element::Spread(value) => Element::Spread(value),
        }
    }

    fn mixed(&mut self, value: &Expr, found: &Type, item: &Type, first: Span) {
        if *found == Type::Secret {
            return self.misplaced_secret(value.span);
        }
        let message = format!("expected {}, found {}", self.show(item), self.show(found));
        let diagnostic = Diagnostic::error(codes::TYPE_MISMATCH, value.span, message);
        self.report(diagnostic.label(first, "expected because of this element"));
    }

    fn spread_item(&mut self, value: &Expr) -> Type {
        match self.known(&value.ty, value.span) {
            Type::List(item) => (*item).clone(),
            Type::Unknown | Type::Never => Type::Unknown,
            other => {
                let message = format!("only a list can be spread into a list, found {}", self.show(&other));
                self.error(codes::TYPE_MISMATCH, value.span, message);
                Type::Unknown
            }
        }
    }

    pub(super) fn map(&mut self, entries: &[(ast::Expr, ast::Expr)], want: Want<'_>, span: Span) -> Expr {
        let hint = match self.hint(want) {
            Some(Type::Map(entry)) => Some((entry.0.clone(), entry.1.clone())),
            Some(Type::Json) if !entries.is_empty() => Some((self.open(span), Type::Json)),
            _ => None,
        };
        let (key, value) = match &hint {
            Some(entry) => entry.clone(),
            None => (self.open(span), self.open(span)),
        };
        let mut done = Vec::with_capacity(entries.len());
        let mut joined: Option<Type> = None;
        let open = hint.is_none();
        for (at_key, at_value) in entries {
            let new_key = self.expect(at_key, &key, Why::PLAIN);
            let new_value = if open {
                let like = joined.clone().unwrap_or(Type::Unknown);
                let new = self.expr(at_value, Want::Like(&like));
                joined = Some(match &joined {
                    None => new.ty.clone(),
                    Some(before) => match self.join(before, &new.ty) {
                        Some(both) => both,
                        None if done.iter_mut().all(|(_, known)| self.literal_as(known, &new.ty)) => {
                            new.ty.clone()
                        }
                        None => {
                            let (found, before) = (new.ty.clone(), before.clone());
                            self.mixed(&new, &found, &before, entries[0].1.span);
                            before
                        }
                    },
                });
                new
            } else {
                self.expect(at_value, &value, Why::PLAIN)
            };
            done.push((new_key, new_value));
        }
        if let Some(joined) = joined {
            if self.shallow(&joined) == Type::Json {
                done = done.into_iter().map(|(key, value)| (key, self.encoded(value))).collect();
            }
            self.fit(&joined, &value);
        }
        make(ExprKind::Map(done), Type::map(key, value), span)
    }

    pub(super) fn tuple(&mut self, items: &[ast::Expr], want: Want<'_>, span: Span) -> Expr {
        let hint = match self.hint(want) {
            Some(Type::Tuple(types)) if types.len() == items.len() => Some(types),
            _ => None,
        };
        let mut done = Vec::with_capacity(items.len());
        for (at, item) in items.iter().enumerate() {
            done.push(match (&hint, want) {
                (Some(types), Want::Be(..)) => self.expect(item, &types[at], Why::PLAIN),
                (Some(types), _) => self.expr(item, Want::Like(&types[at])),
                _ => self.expr(item, Want::Any),
            });
        }
        let ty = Type::Tuple(done.iter().map(|item| item.ty.clone()).collect());
        make(ExprKind::Tuple(done), ty, span)
    }
}
