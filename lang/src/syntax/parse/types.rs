//! Types as written.

use super::super::ast::{BinaryOp, Expr, ExprKind, Ident, Type, TypeKind};
use super::super::case::Case;
use super::{Builder, Node, Rule};
use crate::diagnostic::{Diagnostic, codes};
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
                match kids.next().map(|suffix| suffix.as_rule()) {
                    None => ty,
                    Some(Rule::habit_array) => self.brackets(ty, span),
                    // `T??` is `T?`.
                    Some(_) if matches!(ty.kind, TypeKind::Optional(_)) => ty,
                    Some(_) => Type { span, kind: TypeKind::Optional(Box::new(ty)) },
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
            Rule::habit_unit => {
                let error = Diagnostic::error(codes::HABIT, span, "the type of nothing is `Null`, not `()`");
                self.report(error.fix("write `Null`", span, "Null"));
                named("Null", span, Vec::new())
            }
            Rule::habit_list => {
                let text = node.as_str();
                let types: Vec<Type> = self.kids(node).map(|kid| self.ty(kid)).collect();
                let name = if types.len() > 1 { "Map" } else { "List" };
                let better =
                    format!("{name}<{}>", text[1..text.len() - 1].replacen(':', ",", types.len() - 1));
                let message = format!("the type is written `{better}`, not `{text}`");
                let error = Diagnostic::error(codes::HABIT, span, message);
                self.report(error.fix(format!("write `{better}`"), span, better));
                named(name, span, types)
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
        let args = kids.one(Rule::type_args).map_or_else(Vec::new, |node| self.type_args(&name, node));
        let name = self.type_case(name);
        Type { span, kind: TypeKind::Named { module, name, args } }
    }

    fn type_args(&self, name: &Ident, node: Node<'_>) -> Vec<Type> {
        let mut kids = self.kids(node);
        let Some(habit) = kids.one(Rule::habit_args) else { return kids.map(|kid| self.ty(kid)).collect() };
        let (span, text) = (self.span(&habit), habit.as_str());
        let better = format!("<{}>", &text[1..text.len() - 1]);
        let message = format!("type arguments stand in `<…>`: `{}{better}`", name.name);
        let error = Diagnostic::error(codes::HABIT, span, message);
        self.report(error.fix(format!("write `{better}`"), span, better));
        self.kids(habit).map(|kid| self.ty(kid)).collect()
    }

    /// `T[]`.
    fn brackets(&self, item: Type, span: Span) -> Type {
        let text = &self.source[item.span.range()];
        let message = format!("a list is written `List<{text}>`, not `{text}[]`");
        let error = Diagnostic::error(codes::HABIT, span, message);
        self.report(error.fix(format!("write `List<{text}>`"), span, format!("List<{text}>")));
        named("List", span, vec![item])
    }

    /// `first<Int>(xs)`: what was meant, if a type stands between the two comparisons.
    pub(super) fn type_arguments(
        &self,
        first: BinaryOp,
        second: BinaryOp,
        left: &Expr,
        open: Span,
        close: Span,
    ) -> Option<Diagnostic> {
        let ExprKind::Binary { right, .. } = &left.kind else { return None };
        let is_type = self.source[right.span.range()].starts_with(|c: char| c.is_ascii_uppercase());
        let place = open.to(close);
        (first == BinaryOp::Lt && second == BinaryOp::Gt && is_type).then(|| {
            let message = "type arguments are never written in a call: they are inferred";
            Diagnostic::error(codes::HABIT, place, message).fix("remove them", place, "")
        })
    }

    /// Reports a type name that is written otherwise here, and goes on with what was meant.
    fn type_case(&self, name: Ident) -> Ident {
        let Some((_, better)) = HABITS.iter().find(|(habit, _)| *habit == name.name) else {
            self.named(&name, Case::Pascal, "a type");
            return name;
        };
        let error = match name.name.as_str() {
            // Which of the two is meant, only the author knows.
            "number" => Diagnostic::error(codes::HABIT, name.span, "there is no type `number`")
                .help("whole numbers are `Int`, others `Float`, money is `Decimal`"),
            other => Diagnostic::error(
                codes::HABIT,
                name.span,
                format!("the type is called `{better}`, not `{other}`"),
            )
            .fix(format!("write `{better}`"), name.span, *better),
        };
        self.report(error);
        Ident { name: (*better).to_owned(), span: name.span }
    }
}

/// A type of the language.
fn named(name: &str, span: Span, args: Vec<Type>) -> Type {
    let name = Ident { name: name.to_owned(), span };
    Type { span, kind: TypeKind::Named { module: None, name, args } }
}

/// Whether a type has this name in other languages, and none here.
pub(super) fn is_foreign(name: &str) -> bool {
    HABITS.iter().any(|(habit, _)| *habit == name)
}

/// Names of types in other languages that begin with a small letter, as no type here does.
const HABITS: &[(&str, &str)] = &[
    ("string", "String"),
    ("str", "String"),
    ("int", "Int"),
    ("integer", "Int"),
    ("i64", "Int"),
    ("i32", "Int"),
    ("long", "Int"),
    ("short", "Int"),
    ("byte", "Int"),
    ("int64", "Int"),
    ("int32", "Int"),
    ("uint", "Int"),
    ("i8", "Int"),
    ("i16", "Int"),
    ("u8", "Int"),
    ("u16", "Int"),
    ("u32", "Int"),
    ("u64", "Int"),
    ("usize", "Int"),
    ("isize", "Int"),
    ("number", "Int"),
    ("f32", "Float"),
    ("char", "String"),
    ("text", "String"),
    ("unknown", "Json"),
    ("none", "Null"),
    ("undefined", "Null"),
    ("datetime", "Timestamp"),
    ("date", "Timestamp"),
    ("timedelta", "Duration"),
    ("bool", "Bool"),
    ("boolean", "Bool"),
    ("float", "Float"),
    ("double", "Float"),
    ("f64", "Float"),
    ("decimal", "Decimal"),
    ("bytes", "Bytes"),
    ("void", "Null"),
    ("unit", "Null"),
    ("null", "Null"),
    ("any", "Json"),
    ("object", "Json"),
    ("json", "Json"),
    ("list", "List"),
    ("array", "List"),
    ("dict", "Map"),
    ("map", "Map"),
];
