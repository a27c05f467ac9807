//! Json literals.

use super::super::Checker;
use super::super::program::{Element, Expr, ExprKind, JsonMember};
use super::super::types::Type;
use super::super::unify::{Want, Why};
use super::make;
use crate::diagnostic::codes;
use crate::span::Span;
use crate::syntax::ast::{self, Json, JsonElement, JsonField};

impl Checker<'_> {
    pub(super) fn json(&mut self, json: &Json, span: Span) -> Expr {
        stacker::maybe_grow(64 * 1024, 1024 * 1024, || match json {
            Json::Object(fields) => {
                let members = fields.iter().map(|field| self.json_member(field, span)).collect();
                make(ExprKind::JsonObject(members), Type::Json, span)
            }
            Json::Array(elements) => {
                let items = elements.iter().map(|element| match element {
                    JsonElement::One(value) => Element::One(self.json(value, span)),
                    JsonElement::Spread(list) => Element::Spread(self.json_list(list)),
                });
                let items = items.collect();
                make(ExprKind::JsonArray(items), Type::Json, span)
            }
            Json::Expr(value) => self.expect(value, &Type::Json, Why::PLAIN),
        })
    }

    fn json_member(&mut self, field: &JsonField, span: Span) -> JsonMember {
        match field {
            JsonField::Member { key, value: Some(value) } => {
                JsonMember::Member(key.name.clone(), self.json(value, span))
            }
            JsonField::Member { key, value: None } => {
                let value = self.name(key);
                JsonMember::Member(key.name.clone(), self.coerce(value, &Type::Json, Why::PLAIN))
            }
            JsonField::Spread(value) => {
                let value = self.expr(value, Want::Any);
                let ty = self.known(&value.ty, value.span);
                if matches!(ty, Type::Json | Type::Record(..) | Type::Map(_) | Type::Unknown | Type::Never) {
                    return JsonMember::Spread(self.encoded(value));
                }
                let message =
                    format!("only an object can be spread into an object, found {}", self.show(&ty));
                self.error(codes::TYPE_MISMATCH, value.span, message);
                JsonMember::Spread(value)
            }
        }
    }

    fn json_list(&mut self, list: &ast::Expr) -> Expr {
        let value = self.expr(list, Want::Any);
        match self.known(&value.ty, value.span) {
            Type::List(_) | Type::Unknown | Type::Never => value,
            Type::Json => {
                let (to, span) = (Type::list(Type::Json), value.span);
                make(ExprKind::Cast { value: Box::new(value), to: to.clone() }, to, span)
            }
            other => {
                let message = format!("only a list can be spread into a list, found {}", self.show(&other));
                self.error(codes::TYPE_MISMATCH, value.span, message);
                value
            }
        }
    }
}
