//! Types as written to types as known.

use std::sync::Arc;

use super::{TypeSymbol, suggest::nearest};
use crate::check::Checker;
use crate::check::types::Type;
use crate::diagnostic::{Diagnostic, codes};
use crate::library::prelude;
use crate::limits;
use crate::span::Span;
use crate::syntax::ast;

/// Where a type is written; not every type may stand everywhere.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum TypePlace {
    /// A parameter of a fn: functions too.
    Parameter,
    /// Any other place.
    Plain,
}

/// Type names that every program knows, with the number of their arguments.
const BUILTIN: [(&str, usize); 23] = [
    ("Null", 0),
    ("Bool", 0),
    ("Int", 0),
    ("Float", 0),
    ("Decimal", 0),
    ("String", 0),
    ("Bytes", 0),
    ("Duration", 0),
    ("Timestamp", 0),
    ("Json", 0),
    ("Error", 0),
    ("ErrorKind", 0),
    ("List", 1),
    ("Map", 2),
    ("Result", 1),
    ("Job", 1),
    ("Plan", 1),
    ("Model", 0),
    ("Message", 0),
    ("HttpResponse", 0),
    ("ExecResult", 0),
    ("Entry", 2),
    ("Index", 1),
];

/// Names of types in other languages, and what they are called here.
const FOREIGN: &[(&str, &str)] = &[
    ("string", "String"),
    ("str", "String"),
    ("Str", "String"),
    ("Text", "String"),
    ("int", "Int"),
    ("Integer", "Int"),
    ("i64", "Int"),
    ("i32", "Int"),
    ("number", "Int` or `Float"),
    ("Number", "Int` or `Float"),
    ("float", "Float"),
    ("Double", "Float"),
    ("double", "Float"),
    ("f64", "Float"),
    ("bool", "Bool"),
    ("Boolean", "Bool"),
    ("boolean", "Bool"),
    ("Array", "List"),
    ("Vec", "List"),
    ("Dict", "Map"),
    ("HashMap", "Map"),
    ("Dictionary", "Map"),
    ("Record", "Map"),
    ("DateTime", "Timestamp"),
    ("Date", "Timestamp"),
    ("Instant", "Timestamp"),
    ("TimeDelta", "Duration"),
    ("Any", "Json"),
    ("None", "Null"),
    ("Unit", "Null"),
    ("Exception", "Error"),
    ("void", "Null"),
    ("Object", "Json"),
];

impl Checker<'_> {
    /// The type that is written, or `Unknown` after an error.
    pub(crate) fn written(&mut self, ty: &ast::Type, place: TypePlace) -> Type {
        stacker::maybe_grow(64 * 1024, 1024 * 1024, || match &ty.kind {
            ast::TypeKind::Broken => Type::Unknown,
            ast::TypeKind::Optional(inner) => {
                let inner = self.written(inner, TypePlace::Plain);
                inner.optional()
            }
            ast::TypeKind::Tuple(items) => {
                Type::Tuple(items.iter().map(|item| self.written(item, TypePlace::Plain)).collect())
            }
            ast::TypeKind::Function { params, result } => {
                if place == TypePlace::Plain {
                    let message = "a function type can only be the type of a parameter of a fn";
                    self.error(codes::MISPLACED_TYPE, ty.span, message);
                    return Type::Unknown;
                }
                let params = params.iter().map(|param| self.written(param, TypePlace::Plain)).collect();
                let result = self.written(result, TypePlace::Plain);
                Type::Function(params, Arc::new(result))
            }
            ast::TypeKind::Named { module, name, args } => {
                self.named_type(module.as_ref(), name, args, ty.span)
            }
        })
    }

    fn named_type(
        &mut self,
        module: Option<&ast::Ident>,
        name: &ast::Ident,
        args: &[ast::Type],
        span: Span,
    ) -> Type {
        if let Some(module) = module
            && (module.name != "std" || self.names().values.contains_key("std"))
        {
            let found = self.module_named(module).and_then(|file| self.exported_type(file, name));
            let args: Vec<Type> = args.iter().map(|arg| self.written(arg, TypePlace::Plain)).collect();
            return match found {
                Some((symbol, declared)) => self.declared_type(symbol, name, args, declared),
                None => Type::Unknown,
            };
        }
        if module.is_none()
            && let Some(at) = self.generics.iter().position(|param| *param == name.name)
        {
            self.type_arguments(name, 0, args, None);
            return Type::Param(u16::try_from(at).unwrap_or(u16::MAX));
        }
        if module.is_none()
            && !self.in_library
            && let Some((symbol, declared)) = self.type_named(&name.name)
        {
            let args: Vec<Type> = args.iter().map(|arg| self.written(arg, TypePlace::Plain)).collect();
            return self.declared_type(symbol, name, args, declared);
        }
        self.prelude_type(name, args, span)
    }

    fn declared_type(
        &mut self,
        symbol: TypeSymbol,
        name: &ast::Ident,
        args: Vec<Type>,
        declared: Span,
    ) -> Type {
        let expected = match symbol {
            TypeSymbol::Record(id) => self.program.records[id.index()].generics,
            TypeSymbol::Enum(id) => self.program.enums[id.index()].generics,
            TypeSymbol::Alias(at) => self.aliases[at].item.generics.len(),
            TypeSymbol::Broken => return Type::Unknown,
        };
        if args.len() != expected {
            let message =
                format!("`{}` takes {}, found {}", name.name, count(expected, "type argument"), args.len());
            self.report(
                Diagnostic::error(codes::TYPE_ARGUMENTS, name.span, message).label(declared, "declared here"),
            );
            return Type::Unknown;
        }
        match symbol {
            TypeSymbol::Record(id) => Type::Record(id, args.into()),
            TypeSymbol::Enum(id) => Type::Enum(id, args.into()),
            TypeSymbol::Alias(at) => {
                let stands_for = self.alias(at);
                let largest = args.iter().map(|arg| self.known_size(arg)).max().unwrap_or(1);
                if self.known_size(&stands_for) * largest >= limits::TYPE_SIZE {
                    self.type_too_large(name.span);
                    return Type::Unknown;
                }
                substitute(&stands_for, &args)
            }
            TypeSymbol::Broken => Type::Unknown,
        }
    }

    /// What an alias stands for, resolving it when it is first asked for.
    pub(crate) fn alias(&mut self, at: usize) -> Type {
        if let Some(ty) = &self.aliases[at].ty {
            return ty.clone();
        }
        let item = self.aliases[at].item;
        if std::mem::replace(&mut self.aliases[at].busy, true) {
            let message = format!("the type `{}` stands for itself", item.name.name);
            self.error(codes::ENDLESS_TYPE, item.name.span, message);
            self.aliases[at].ty = Some(Type::Unknown);
            return Type::Unknown;
        }
        let outer = std::mem::replace(&mut self.generics, generic_names(&item.generics));
        let from = std::mem::replace(&mut self.file, item.name.span.file);
        let ty = self.written(&item.ty, TypePlace::Plain);
        self.generics = outer;
        self.file = from;
        let known = self.aliases[at].ty.get_or_insert(ty);
        known.clone()
    }

    fn prelude_type(&mut self, name: &ast::Ident, args: &[ast::Type], span: Span) -> Type {
        let Some(&(_, expected)) = BUILTIN.iter().find(|(known, _)| *known == name.name) else {
            self.unknown_type(name);
            return Type::Unknown;
        };
        let Some(args) = self.type_arguments(name, expected, args, Some(span)) else {
            return Type::Unknown;
        };
        let arg = |at: usize| args[at].clone();
        match name.name.as_str() {
            "Null" => Type::Null,
            "Bool" => Type::Bool,
            "Int" => Type::Int,
            "Float" => Type::Float,
            "Decimal" => Type::Decimal,
            "String" => Type::String,
            "Bytes" => Type::Bytes,
            "Duration" => Type::Duration,
            "Timestamp" => Type::Timestamp,
            "Json" => Type::Json,
            "Model" => Type::Model,
            "Error" => Type::Record(prelude::ERROR, Arc::from([])),
            "ErrorKind" => Type::Enum(prelude::ERROR_KIND, Arc::from([])),
            "Message" => Type::Record(prelude::MESSAGE, Arc::from([])),
            "HttpResponse" => Type::Record(prelude::HTTP_RESPONSE, Arc::from([])),
            "ExecResult" => Type::Record(prelude::EXEC_RESULT, Arc::from([])),
            "List" => Type::list(arg(0)),
            "Map" => {
                let key = arg(0);
                if !self.is_key(&key) {
                    self.bad_key(&key, span);
                    return Type::Unknown;
                }
                Type::map(key, arg(1))
            }
            "Result" => Type::Enum(prelude::RESULT, args.into()),
            "Entry" => Type::Record(prelude::ENTRY, args.into()),
            "Job" => Type::Job(Arc::new(arg(0))),
            "Plan" => Type::Plan(Arc::new(arg(0))),
            _ => {
                self.error(codes::MISPLACED_TYPE, span, "`Index` can only be the type of a memory");
                Type::Unknown
            }
        }
    }

    fn type_arguments(
        &mut self,
        name: &ast::Ident,
        expected: usize,
        args: &[ast::Type],
        span: Option<Span>,
    ) -> Option<Vec<Type>> {
        let found: Vec<Type> = args.iter().map(|arg| self.written(arg, TypePlace::Plain)).collect();
        if found.len() != expected {
            let message =
                format!("`{}` takes {}, found {}", name.name, count(expected, "type argument"), found.len());
            self.error(codes::TYPE_ARGUMENTS, span.unwrap_or(name.span), message);
            return None;
        }
        Some(found)
    }

    /// Reports a type that is not in scope.
    pub(crate) fn unknown_type(&mut self, name: &ast::Ident) {
        // A name in the wrong case has been reported where it was parsed.
        if name.name.trim_start_matches('_').starts_with(|first: char| first.is_ascii_lowercase()) {
            return;
        }
        let mut diagnostic =
            Diagnostic::error(codes::UNKNOWN_TYPE, name.span, format!("there is no type `{}`", name.name));
        if matches!(name.name.as_str(), "Option" | "Optional" | "Maybe") {
            diagnostic = diagnostic.help("a `T` that may be null is written `T?`");
        } else if matches!(name.name.as_str(), "Promise" | "Future" | "Awaitable" | "Task") {
            diagnostic = diagnostic.help("nothing is awaited twice: write the type itself");
        } else if matches!(name.name.as_str(), "Set" | "HashSet") {
            diagnostic =
                diagnostic.help("there are no sets: use a List and `.unique()`, or a `Map<K, Bool>`");
        } else if let Some((_, here)) = FOREIGN.iter().find(|(foreign, _)| *foreign == name.name) {
            diagnostic = diagnostic.help(format!("it is called `{here}` here"));
            if !here.contains('`') {
                diagnostic = diagnostic.fix(format!("write {here}"), name.span, *here);
            }
        } else if self.may_suggest() {
            let known = self.names().types.keys().map(String::as_str);
            let known = known.chain(self.generics.iter().map(String::as_str));
            let near = nearest(&name.name, known.chain(BUILTIN.iter().map(|(name, _)| *name)));
            if let Some(near) = near.map(str::to_owned) {
                diagnostic = diagnostic.help(format!("did you mean `{near}`?")).fix(
                    format!("rename to {near}"),
                    name.span,
                    near,
                );
            }
        }
        self.report(diagnostic);
    }

    /// Reports a type that cannot be the key of a map.
    pub(crate) fn bad_key(&mut self, key: &Type, span: Span) {
        let shown = self.show(key);
        let message =
            format!("{shown} cannot be the key of a Map: String, Int, Bool or an enum without payload can");
        self.error(codes::MISPLACED_TYPE, span, message);
    }

    /// Whether values of this type can be keys of a map.
    pub(crate) fn is_key(&self, ty: &Type) -> bool {
        match ty {
            Type::String | Type::Int | Type::Bool | Type::Unknown | Type::Param(_) | Type::Open(_) => true,
            Type::Enum(id, _) => {
                *id != prelude::ERROR_KIND
                    && self.program.enums[id.index()].variants.iter().all(|variant| variant.fields.is_empty())
            }
            _ => false,
        }
    }
}

/// `1 argument`, `2 arguments`, `no arguments`.
pub(crate) fn count(n: usize, noun: &str) -> String {
    match n {
        0 => format!("no {noun}s"),
        1 => format!("1 {noun}"),
        n => format!("{n} {noun}s"),
    }
}

/// The names of type parameters.
pub(crate) fn generic_names(generics: &[ast::Ident]) -> Vec<String> {
    generics.iter().map(|param| param.name.clone()).collect()
}

/// The type with `args` for its type parameters.
pub(crate) fn substitute(ty: &Type, args: &[Type]) -> Type {
    if args.is_empty() {
        return ty.clone();
    }
    map(ty, &mut |inner| match inner {
        Type::Param(at) => Some(args.get(*at as usize).cloned().unwrap_or(Type::Unknown)),
        _ => None,
    })
}

/// The type with every part for which `replace` has an answer replaced by it; optionals collapse again.
pub(crate) fn map(ty: &Type, replace: &mut dyn FnMut(&Type) -> Option<Type>) -> Type {
    if let Some(new) = replace(ty) {
        return new;
    }
    let mut all = |types: &[Type]| types.iter().map(|inner| map(inner, replace)).collect::<Arc<[Type]>>();
    match ty {
        Type::Tuple(items) => Type::Tuple(all(items)),
        Type::Record(id, args) if !args.is_empty() => Type::Record(*id, all(args)),
        Type::Enum(id, args) if !args.is_empty() => Type::Enum(*id, all(args)),
        Type::Function(params, result) => Type::Function(all(params), Arc::new(map(result, replace))),
        Type::List(item) => Type::list(map(item, replace)),
        Type::Map(entry) => Type::map(map(&entry.0, replace), map(&entry.1, replace)),
        Type::Optional(inner) => map(inner, replace).optional(),
        Type::Job(inner) => Type::Job(Arc::new(map(inner, replace))),
        Type::Plan(inner) => Type::Plan(Arc::new(map(inner, replace))),
        other => other.clone(),
    }
}
