//! Patterns against the type of the value they are matched with.

use super::expr::literal::number;
use super::program::{JsonKind, Literal, Pattern, PatternKind};
use super::scope::Origin;
use super::types::Type;
use super::{Checker, program};
use crate::diagnostic::{Diagnostic, codes};
use crate::ids::{EnumId, LocalId};
use crate::resolve::TypeSymbol;
use crate::resolve::suggest::nearest;
use crate::resolve::types::{count, substitute};
use crate::span::Span;
use crate::syntax::ast;

/// How the names of a pattern are bound.
#[derive(Clone, Copy, Default)]
pub(super) struct Binding {
    /// `var`.
    pub(super) mutable: bool,
    /// The pattern must always fit.
    pub(super) irrefutable: bool,
}

/// The JSON kinds as patterns name them.
const JSON_KINDS: [(&str, JsonKind); 6] = [
    ("Null", JsonKind::Null),
    ("Bool", JsonKind::Bool),
    ("Number", JsonKind::Number),
    ("String", JsonKind::String),
    ("List", JsonKind::List),
    ("Object", JsonKind::Object),
];

/// What `.Kind(x)` of a Json binds.
fn json_payload(kind: JsonKind) -> Option<Type> {
    match kind {
        JsonKind::Null => None,
        JsonKind::Bool => Some(Type::Bool),
        JsonKind::Number => Some(Type::Decimal),
        JsonKind::String => Some(Type::String),
        JsonKind::List => Some(Type::list(Type::Json)),
        JsonKind::Object => Some(Type::map(Type::String, Type::Json)),
    }
}

/// Names bound so far by one pattern; alternatives bind the same ones again.
struct Names {
    binding: Binding,
    bound: Vec<(String, LocalId, Span)>,
    /// Within a later alternative: which of `bound` it has bound, out of those that the first one did.
    again: Option<Again>,
}

struct Again {
    from: usize,
    seen: Vec<String>,
}

impl Checker<'_> {
    /// A pattern for a value of type `ty`; its names are declared in the scope at hand.
    pub(super) fn pattern(&mut self, pattern: &ast::Pattern, ty: &Type, binding: Binding) -> Pattern {
        let mut names = Names { binding, bound: Vec::new(), again: None };
        let checked = self.pattern_in(pattern, ty, &mut names);
        if binding.irrefutable && !matches!(ty, Type::Unknown) {
            self.require_irrefutable(&checked);
        }
        checked
    }

    fn pattern_in(&mut self, pattern: &ast::Pattern, ty: &Type, names: &mut Names) -> Pattern {
        stacker::maybe_grow(64 * 1024, 1024 * 1024, || {
            let ty = self.resolve(ty);
            let kind = self.pattern_kind(pattern, &ty, names).unwrap_or(PatternKind::Wildcard);
            Pattern { kind, ty, span: pattern.span }
        })
    }

    fn pattern_kind(&mut self, pattern: &ast::Pattern, ty: &Type, names: &mut Names) -> Option<PatternKind> {
        let span = pattern.span;
        match &pattern.kind {
            ast::PatternKind::Wildcard => return Some(PatternKind::Wildcard),
            ast::PatternKind::Broken => return None,
            ast::PatternKind::Bind(name) if name.name == "_" => return Some(PatternKind::Wildcard),
            ast::PatternKind::Bind(name) => return Some(PatternKind::Bind(self.bind(name, ty, names), None)),
            ast::PatternKind::At { name, pattern } => {
                let inner = self.pattern_in(pattern, ty, names);
                let narrowed = match (&inner.kind, ty) {
                    (PatternKind::Some(_), Type::Optional(inner)) => (**inner).clone(),
                    _ => ty.clone(),
                };
                return Some(PatternKind::Bind(self.bind(name, &narrowed, names), Some(Box::new(inner))));
            }
            ast::PatternKind::Or(alternatives) => return Some(self.alternatives(alternatives, ty, names)),
            ast::PatternKind::Literal(literal) if matches!(literal.kind, ast::ExprKind::Null) => {
                return match ty {
                    Type::Optional(_) | Type::Null | Type::Unknown => Some(PatternKind::Null),
                    Type::Json => Some(PatternKind::Json(JsonKind::Null, None)),
                    other => self.never_fits(span, "null", &other.clone()),
                };
            }
            _ => {}
        }
        match ty {
            Type::Unknown => {
                self.bind_unknown(pattern, names);
                None
            }
            Type::Optional(inner) => {
                let inner_type = (**inner).clone();
                let kind = self.pattern_kind(pattern, &inner_type, names)?;
                Some(PatternKind::Some(Box::new(Pattern { kind, ty: inner_type, span })))
            }
            Type::Json => self.json_pattern(pattern, names),
            _ => self.plain_pattern(pattern, ty, names),
        }
    }

    fn plain_pattern(&mut self, pattern: &ast::Pattern, ty: &Type, names: &mut Names) -> Option<PatternKind> {
        let span = pattern.span;
        match &pattern.kind {
            ast::PatternKind::Literal(literal) => self.literal_pattern(literal, ty).map(PatternKind::Literal),
            ast::PatternKind::Range { start, end, inclusive } => {
                let ranged =
                    matches!(ty, Type::Int | Type::Float | Type::Decimal | Type::String | Type::Duration);
                if !ranged {
                    return self.never_fits(span, "a range", ty);
                }
                let start = self.literal_pattern(start, ty)?;
                let end = self.literal_pattern(end, ty)?;
                Some(PatternKind::Range { start, end, inclusive: *inclusive })
            }
            ast::PatternKind::Variant { path, name, fields, rest } => {
                let Type::Enum(id, args) = ty else {
                    self.bind_unknown(pattern, names);
                    return self.never_fits(span, &format!("`.{}`", name.name), ty);
                };
                if let Some(owner) = path.last()
                    && !self.names_type(path, ty)?
                {
                    self.bind_unknown(pattern, names);
                    return self.never_fits(span, &format!("a variant of `{}`", owner.name), ty);
                }
                let Some(variant) = self.variant_of(*id, name) else {
                    self.bind_unknown(pattern, names);
                    return None;
                };
                let payload: Vec<(String, Type)> = self.program.enums[id.index()].variants[variant as usize]
                    .fields
                    .iter()
                    .map(|field| (field.name.clone(), substitute(&field.ty, args)))
                    .collect();
                let fields = self.field_patterns(name, &payload, fields, *rest, true, names);
                Some(PatternKind::Variant { id: *id, variant, fields })
            }
            ast::PatternKind::Record { module, name, fields, rest } => {
                let Type::Record(id, args) = ty else {
                    self.bind_unknown(pattern, names);
                    return self.never_fits(span, &format!("a `{}`", name.name), ty);
                };
                let path: Vec<ast::Ident> = module.iter().chain([name]).cloned().collect();
                let same = self.names_type(&path, ty);
                let record = &self.program.records[id.index()];
                let payload: Vec<(String, Type)> = record
                    .fields
                    .iter()
                    .map(|field| (field.name.clone(), substitute(&field.ty, args)))
                    .collect();
                let Some(same) = same else {
                    self.bind_unknown(pattern, names);
                    return None;
                };
                if !same {
                    self.bind_unknown(pattern, names);
                    return self.never_fits(span, &format!("a `{}`", name.name), ty);
                }
                let fields = self.field_patterns(name, &payload, fields, *rest, false, names);
                Some(PatternKind::Record { id: *id, fields })
            }
            ast::PatternKind::Tuple(items) => {
                let Type::Tuple(types) = ty else {
                    self.bind_unknown(pattern, names);
                    return self.never_fits(span, "a tuple", ty);
                };
                if types.len() != items.len() {
                    self.bind_unknown(pattern, names);
                    return self.never_fits(span, &format!("a tuple of {}", items.len()), ty);
                }
                let both = items.iter().zip(types.iter());
                Some(PatternKind::Tuple(both.map(|(item, ty)| self.pattern_in(item, ty, names)).collect()))
            }
            ast::PatternKind::List { items, rest } => {
                let Type::List(item) = ty else {
                    self.bind_unknown(pattern, names);
                    return self.never_fits(span, "a list", ty);
                };
                let items = items.iter().map(|inner| self.pattern_in(inner, item, names)).collect();
                let rest = rest.as_ref().map(|rest| {
                    let named = rest.as_ref().filter(|name| name.name != "_");
                    named.map(|name| self.bind(name, ty, names))
                });
                Some(PatternKind::List { items, rest })
            }
            _ => None,
        }
    }

    /// Whether `Name` or `module.Name` names the record or enum `ty`; `None` after an error.
    fn names_type(&mut self, path: &[ast::Ident], ty: &Type) -> Option<bool> {
        let symbol = match path {
            [module, name] if module.name != "std" || self.names().values.contains_key("std") => {
                let file = self.module_named(module)?;
                Some(self.exported_type(file, name)?.0)
            }
            [.., name] => {
                if self.in_library {
                    None
                } else {
                    self.type_named(&name.name).map(|known| known.0)
                }
            }
            [] => None,
        };
        let own = match ty {
            Type::Record(id, _) => self.program.records[id.index()].name.as_str(),
            Type::Enum(id, _) => self.program.enums[id.index()].name.as_str(),
            _ => return Some(false),
        };
        Some(match symbol {
            Some(TypeSymbol::Alias(at)) => match (self.alias(at), ty) {
                (Type::Record(a, _), Type::Record(b, _)) => a == *b,
                (Type::Enum(a, _), Type::Enum(b, _)) => a == *b,
                (Type::Unknown, _) => return None,
                _ => false,
            },
            Some(TypeSymbol::Record(id)) => matches!(ty, Type::Record(other, _) if id == *other),
            Some(TypeSymbol::Enum(id)) => matches!(ty, Type::Enum(other, _) if id == *other),
            Some(TypeSymbol::Broken) => return None,
            None => {
                let name = path.last()?;
                // The prelude's own has no declaration; any other would have to be imported.
                if name.name != own || !self.is_prelude(ty) {
                    self.unknown_type(name);
                    return None;
                }
                true
            }
        })
    }

    fn is_prelude(&self, ty: &Type) -> bool {
        match ty {
            Type::Record(id, _) => self.program.records[id.index()].span == Span::default(),
            Type::Enum(id, _) => self.program.enums[id.index()].span == Span::default(),
            _ => false,
        }
    }

    fn json_pattern(&mut self, pattern: &ast::Pattern, names: &mut Names) -> Option<PatternKind> {
        let span = pattern.span;
        let within = |kind: JsonKind, inner: PatternKind, ty: Type| {
            PatternKind::Json(kind, Some(Box::new(Pattern { kind: inner, ty, span })))
        };
        match &pattern.kind {
            ast::PatternKind::Literal(literal) => {
                let (kind, ty) = match &literal.kind {
                    ast::ExprKind::Bool(_) => (JsonKind::Bool, Type::Bool),
                    ast::ExprKind::Text(_) => (JsonKind::String, Type::String),
                    ast::ExprKind::Duration(_) => return self.never_fits(span, "a Duration", &Type::Json),
                    _ => (JsonKind::Number, Type::Decimal),
                };
                let inner = self.literal_pattern(literal, &ty)?;
                Some(within(kind, PatternKind::Literal(inner), ty))
            }
            ast::PatternKind::List { .. } => {
                let ty = Type::list(Type::Json);
                let inner = self.plain_pattern(pattern, &ty, names)?;
                Some(within(JsonKind::List, inner, ty))
            }
            ast::PatternKind::Variant { name, fields, rest, .. } => {
                let Some(&(_, kind)) = JSON_KINDS.iter().find(|(known, _)| *known == name.name) else {
                    self.bind_unknown(pattern, names);
                    let known: Vec<String> = JSON_KINDS.iter().map(|(name, _)| (*name).to_owned()).collect();
                    self.unknown_variant("Json", name, &known);
                    return None;
                };
                let payload: Vec<(String, Type)> =
                    json_payload(kind).map(|ty| ("value".to_owned(), ty)).into_iter().collect();
                let mut fields = self.field_patterns(name, &payload, fields, *rest, true, names);
                Some(PatternKind::Json(kind, fields.pop().map(|(_, inner)| Box::new(inner))))
            }
            _ => {
                self.bind_unknown(pattern, names);
                let message = "this can never fit a Json: its kinds are .Null .Bool(b) .Number(n) .String(s) .List(xs) .Object(m)";
                self.error(codes::PATTERN_TYPE, span, message);
                None
            }
        }
    }

    /// The value of a literal in a pattern for a value of type `ty`.
    fn literal_pattern(&mut self, literal: &ast::Expr, ty: &Type) -> Option<Literal> {
        let found = match (&literal.kind, ty) {
            (ast::ExprKind::Paren(inner), _) => return self.literal_pattern(inner, ty),
            (ast::ExprKind::Bool(value), Type::Bool) => Some(Literal::Bool(*value)),
            (ast::ExprKind::Duration(value), Type::Duration) => Some(Literal::Duration(*value)),
            (ast::ExprKind::Text(template), Type::String) => match template.parts.as_slice() {
                [] => Some(Literal::Text("".into())),
                [ast::TemplatePart::Text(text)] => Some(Literal::Text(text.as_str().into())),
                _ => {
                    self.error(
                        codes::PATTERN_TYPE,
                        literal.span,
                        "a text in a pattern cannot be interpolated",
                    );
                    return None;
                }
            },
            (_, Type::Int | Type::Float | Type::Decimal | Type::Duration) => number(literal, false)
                .filter(|(_, natural)| natural == ty || *natural == Type::Int)
                .and_then(|(value, _)| match (value, ty) {
                    (Literal::Int(value), Type::Float) => Some(Literal::Float(value as f64)),
                    (Literal::Int(value), Type::Decimal) => Some(Literal::Decimal(value.to_string())),
                    (Literal::Int(_), Type::Duration) => None,
                    (value, _) => Some(value),
                }),
            _ => None,
        };
        if found.is_none() {
            let what = match &literal.kind {
                ast::ExprKind::Text(_) => "a String",
                ast::ExprKind::Bool(_) => "a Bool",
                ast::ExprKind::Duration(_) => "a Duration",
                _ => "this literal",
            };
            self.never_fits(literal.span, what, ty);
        }
        found
    }

    fn never_fits(&mut self, span: Span, what: &str, ty: &Type) -> Option<PatternKind> {
        let message = format!("the pattern is {what}, which can never fit {}", self.show(ty));
        self.error(codes::PATTERN_TYPE, span, message);
        None
    }

    fn bind(&mut self, name: &ast::Ident, ty: &Type, names: &mut Names) -> LocalId {
        if let Some(again) = &mut names.again {
            let first = names.bound[again.from..].iter().find(|(bound, ..)| *bound == name.name).cloned();
            if let Some((bound, id, _)) = first {
                if again.seen.contains(&bound) {
                    let message = format!("`{bound}` is bound twice");
                    self.error(codes::PATTERN_BINDING, name.span, message);
                }
                again.seen.push(bound);
                let known = self.frame().locals[id.index()].ty.clone();
                if self.resolve(&known) != self.resolve(ty) {
                    let message = format!(
                        "`{}` is {} in one alternative and {} in another",
                        name.name,
                        self.show(&known),
                        self.show(ty)
                    );
                    self.error(codes::PATTERN_BINDING, name.span, message);
                }
                return id;
            }
            let message = format!("`{}` is not bound by the alternative before", name.name);
            self.error(codes::PATTERN_BINDING, name.span, message);
        } else if let Some((_, _, first)) = names.bound.iter().find(|(bound, ..)| *bound == name.name) {
            let message = format!("`{}` is bound twice", name.name);
            let diagnostic = Diagnostic::error(codes::PATTERN_BINDING, name.span, message);
            self.report(diagnostic.label(*first, "first here"));
            return self.hidden(ty.clone(), name.span);
        }
        let id = self.declare(name, ty.clone(), names.binding.mutable, Origin::Bound);
        names.bound.push((name.name.clone(), id, name.span));
        id
    }

    fn alternatives(&mut self, alternatives: &[ast::Pattern], ty: &Type, names: &mut Names) -> PatternKind {
        let from = names.bound.len();
        let mut checked = Vec::with_capacity(alternatives.len());
        for (at, alternative) in alternatives.iter().enumerate() {
            if at == 0 {
                checked.push(self.pattern_in(alternative, ty, names));
                continue;
            }
            let outer = names.again.replace(Again { from, seen: Vec::new() });
            let expected: Vec<String> = names.bound[from..].iter().map(|(name, ..)| name.clone()).collect();
            let errors = self.diagnostics.len();
            checked.push(self.pattern_in(alternative, ty, names));
            let seen = names.again.take().map(|again| again.seen).unwrap_or_default();
            names.again = outer;
            if let Some(outer) = &mut names.again {
                outer.seen.extend(seen.iter().cloned());
            }
            if let Some(lacking) = expected.iter().find(|name| !seen.contains(name))
                && self.diagnostics.len() == errors
            {
                let message = format!("this alternative does not bind `{lacking}`, as the first one does");
                self.error(codes::PATTERN_BINDING, alternative.span, message);
            }
        }
        PatternKind::Or(checked)
    }

    /// Binds the names of a pattern that failed, so that their uses are no further errors.
    fn bind_unknown(&mut self, pattern: &ast::Pattern, names: &mut Names) {
        let mut inner: Vec<&ast::Pattern> = vec![pattern];
        while let Some(pattern) = inner.pop() {
            match &pattern.kind {
                ast::PatternKind::Bind(name) => self.bind_broken(name, names),
                ast::PatternKind::At { name, pattern } => {
                    self.bind_broken(name, names);
                    inner.push(pattern);
                }
                ast::PatternKind::Variant { fields, .. } | ast::PatternKind::Record { fields, .. } => {
                    for field in fields {
                        match (&field.pattern, &field.name) {
                            (Some(pattern), _) => inner.push(pattern),
                            (None, Some(name)) => self.bind_broken(name, names),
                            (None, None) => {}
                        }
                    }
                }
                ast::PatternKind::Tuple(items) | ast::PatternKind::Or(items) => inner.extend(items),
                ast::PatternKind::List { items, rest } => {
                    inner.extend(items);
                    if let Some(Some(name)) = rest {
                        self.bind_broken(name, names);
                    }
                }
                _ => {}
            }
        }
    }

    fn bind_broken(&mut self, name: &ast::Ident, names: &mut Names) {
        if name.name != "_" && !names.bound.iter().any(|(bound, ..)| *bound == name.name) {
            let id = self.bind(name, &Type::Unknown, names);
            self.mark_used(id);
        }
    }

    fn field_patterns(
        &mut self,
        owner: &ast::Ident,
        payload: &[(String, Type)],
        fields: &[ast::FieldPattern],
        rest: bool,
        positional: bool,
        names: &mut Names,
    ) -> Vec<(u16, Pattern)> {
        let mut seen = vec![false; payload.len()];
        let mut done = Vec::new();
        let named = |field: &&ast::FieldPattern| field.name.is_some();
        let mut failed = positional && fields.iter().any(|field| field.name.is_none()) && {
            let first = fields.iter().find(named).and_then(|field| field.name.as_ref());
            if let Some(name) = first {
                let message =
                    format!("the payload of `{}` is matched by position or by name, not both", owner.name);
                self.error(codes::PATTERN_FIELDS, name.span, message);
            }
            first.is_some()
        };
        for (position, field) in fields.iter().enumerate() {
            // `.V(x)` by position; `field` alone in a record is a name and its binding.
            let by_name = match (&field.name, &field.pattern) {
                (Some(name), _) => Some(name),
                (None, Some(ast::Pattern { kind: ast::PatternKind::Bind(name), .. })) if !positional => {
                    Some(name)
                }
                _ => None,
            };
            let at = match by_name {
                Some(name) => payload.iter().position(|(known, _)| *known == name.name).or_else(|| {
                    let known: Vec<String> = payload.iter().map(|(name, _)| name.clone()).collect();
                    self.unknown_pattern_field(owner, name, &known);
                    failed = true;
                    None
                }),
                None => Some(position).filter(|&at| at < payload.len()),
            };
            let Some(at) = at else {
                if by_name.is_none() && !std::mem::replace(&mut failed, true) {
                    let message = format!("`{}` has {}", owner.name, count(payload.len(), "payload field"));
                    self.error(
                        codes::PATTERN_FIELDS,
                        field.pattern.as_ref().map_or(owner.span, |p| p.span),
                        message,
                    );
                }
                match (&field.pattern, by_name) {
                    (Some(pattern), _) => self.bind_unknown(pattern, names),
                    (None, Some(name)) => self.bind_broken(name, names),
                    _ => {}
                }
                continue;
            };
            if std::mem::replace(&mut seen[at], true) {
                let span = field.name.as_ref().map_or(owner.span, |name| name.span);
                self.error(codes::PATTERN_FIELDS, span, format!("`{}` is matched twice", payload[at].0));
                failed = true;
                continue;
            }
            let ty = &payload[at].1;
            let inner = match (&field.pattern, &field.name) {
                (Some(pattern), _) => self.pattern_in(pattern, ty, names),
                (None, Some(name)) => Pattern {
                    kind: PatternKind::Bind(self.bind(name, ty, names), None),
                    ty: self.resolve(ty),
                    span: name.span,
                },
                (None, None) => continue,
            };
            done.push((u16::try_from(at).unwrap_or(u16::MAX), inner));
        }
        if !rest && !failed && seen.contains(&false) {
            let missing = payload.iter().zip(&seen).filter(|(_, seen)| !**seen);
            let missing: Vec<String> = missing.map(|((name, _), _)| format!("`{name}`")).collect();
            let message = format!("the pattern of `{}` lacks {}", owner.name, missing.join(", "));
            let diagnostic = Diagnostic::error(codes::PATTERN_FIELDS, owner.span, message);
            self.report(diagnostic.help("write `..` to ignore the rest"));
        }
        done
    }

    fn unknown_pattern_field(&mut self, owner: &ast::Ident, name: &ast::Ident, known: &[String]) {
        let message = format!("`{}` has no field `{}`", owner.name, name.name);
        let mut diagnostic = Diagnostic::error(codes::PATTERN_FIELDS, name.span, message);
        if let Some(near) = nearest(&name.name, known.iter().map(String::as_str)) {
            diagnostic = diagnostic.help(format!("did you mean `{near}`?"));
        }
        self.report(diagnostic);
    }

    /// The index of a variant, or an error with what was meant.
    pub(super) fn variant_of(&mut self, id: EnumId, name: &ast::Ident) -> Option<u16> {
        let item: &program::Enum = &self.program.enums[id.index()];
        if let Some(at) = item.variants.iter().position(|variant| variant.name == name.name) {
            return u16::try_from(at).ok();
        }
        let owner = item.name.clone();
        let known: Vec<String> = item.variants.iter().map(|variant| variant.name.clone()).collect();
        self.unknown_variant(&owner, name, &known);
        None
    }

    fn unknown_variant(&mut self, owner: &str, name: &ast::Ident, known: &[String]) {
        let message = format!("`{owner}` has no variant `{}`", name.name);
        let mut diagnostic = Diagnostic::error(codes::UNKNOWN_VARIANT, name.span, message);
        if let Some(near) = nearest(&name.name, known.iter().map(String::as_str)) {
            diagnostic = diagnostic.help(format!("did you mean `.{near}`?")).fix(
                format!("rename to {near}"),
                name.span,
                near,
            );
        } else if !known.is_empty() && known.len() <= 16 {
            diagnostic = diagnostic.help(format!("its variants are {}", known.join(", ")));
        }
        self.report(diagnostic);
    }
}
