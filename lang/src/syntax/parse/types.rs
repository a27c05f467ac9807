//! Types as written.

use super::super::ast::{Ident, Type, TypeKind};
use super::super::case::Case;
use super::{Builder, Node, Rule};
use crate::span::Span;

impl Builder<'_> {
    pub(super) fn ty(&self, node: Node<'_>) -> Type {
        let span = self.span(&node);
        let broken = Type { span, kind: TypeKind::Broken };
        self.nested(1, span, || self.ty_here(node, span)).unwrap_or(broken)
    }

    fn ty_here(&self, node: Node<'_>, span: Span) -> Type {
        match node.as_rule() {
            Rule::r#type | Rule::cast_type => {
                let mut kids = self.kids(node);
                let ty = kids.ty();
                match kids.one(Rule::optional) {
                    // `T??` is `T?`.
                    Some(_) if !matches!(ty.kind, TypeKind::Optional(_)) => {
                        Type { span, kind: TypeKind::Optional(Box::new(ty)) }
                    }
                    _ => ty,
                }
            }
            Rule::type_function => {
                let mut types: Vec<Type> = self.kids(node).map(|kid| self.ty(kid)).collect();
                let result = types.pop().unwrap_or(Type { span, kind: TypeKind::Broken });
                Type { span, kind: TypeKind::Function { params: types, result: Box::new(result) } }
            }
            Rule::type_tuple => {
                let mut types: Vec<Type> = self.kids(node).map(|kid| self.ty(kid)).collect();
                match (types.len(), types.pop()) {
                    (1, Some(only)) => only,
                    (_, last) => {
                        Type { span, kind: TypeKind::Tuple(types.into_iter().chain(last).collect()) }
                    }
                }
            }
            Rule::type_named => self.ty_named(node, span),
            _ => Type { span, kind: TypeKind::Broken },
        }
    }

    fn ty_named(&self, node: Node<'_>, span: Span) -> Type {
        let mut kids = self.kids(node);
        let first = kids.ident();
        let second = kids.one(Rule::type_name).map(|node| self.ident(&node));
        let (module, name) = match second {
            Some(name) => (Some(first), name),
            None => (None, first),
        };
        let args = kids
            .one(Rule::type_args)
            .map_or_else(Vec::new, |node| self.kids(node).map(|k| self.ty(k)).collect());
        self.type_case(&name);
        Type { span, kind: TypeKind::Named { module, name, args } }
    }

    fn type_case(&self, name: &Ident) {
        let better = match name.name.as_str() {
            "string" | "str" => "String",
            "int" | "integer" | "i64" | "i32" => "Int",
            "bool" | "boolean" => "Bool",
            "float" | "double" | "f64" => "Float",
            _ => return self.named(name, Case::Pascal, "a type"),
        };
        let message = format!("the type is called `{better}`, not `{}`", name.name);
        let error = crate::diagnostic::Diagnostic::error(crate::diagnostic::codes::HABIT, name.span, message);
        self.report(error.fix(format!("write `{better}`"), name.span, better));
    }
}
