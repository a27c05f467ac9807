//! Memories: durable maps and indexes, and what can be done with them.

use std::sync::Arc;

use super::Checker;
use super::arguments::{Arguments, Callee, Given};
use super::broken;
use super::function::{Fallback, Parameter};
use super::naming::Naming;
use super::program::{EffectKind, Expr, Memory, MemoryKind, MemoryOp};
use super::types::Type;
use crate::diagnostic::{Diagnostic, codes};
use crate::ids::MemoryId;
use crate::resolve::suggest::nearest;
use crate::resolve::types::TypePlace;
use crate::resolve::{Names, Symbol};
use crate::span::Span;
use crate::syntax::ast::{self, Ident};

const OF_MAP: [(&str, MemoryOp); 5] = [
    ("get", MemoryOp::Get),
    ("put", MemoryOp::Put),
    ("delete", MemoryOp::Delete),
    ("keys", MemoryOp::Keys),
    ("update", MemoryOp::Update),
];
const OF_INDEX: [(&str, MemoryOp); 3] =
    [("add", MemoryOp::Add), ("remove", MemoryOp::Remove), ("search", MemoryOp::Search)];

impl<'a> Checker<'a> {
    pub(super) fn declare_memory(&mut self, decl: &'a ast::Memory) {
        let id = MemoryId::of(self.program.memories.len());
        let (name, span) = (decl.name.name.clone(), decl.name.span);
        self.program.memories.push(Memory { name, kind: MemoryKind::Index(Type::Unknown), span });
        self.items.memories.push((id, decl));
        self.bind_outward(&decl.name, Symbol::Memory(id));
    }

    pub(super) fn declare_memory_types(&mut self) {
        for (id, decl) in std::mem::take(&mut self.items.memories) {
            self.enter_file(decl.name.span);
            self.program.memories[id.index()].kind = self.memory_kind(&decl.ty);
        }
    }

    fn memory_kind(&mut self, ty: &'a ast::Type) -> MemoryKind {
        if let ast::TypeKind::Named { module: None, name, args } = &ty.kind
            && name.name == "Index"
            && !self.names().types.contains_key("Index")
            && let [value] = args.as_slice()
        {
            let value_ty = self.written(value, TypePlace::Plain);
            self.require_json_form(&value_ty, value.span, "what a memory holds");
            return MemoryKind::Index(value_ty);
        }
        match self.written(ty, TypePlace::Plain) {
            Type::Map(entry) => {
                self.require_json_form(&entry.1, ty.span, "what a memory holds");
                MemoryKind::Map(entry.0.clone(), entry.1.clone())
            }
            Type::Unknown => MemoryKind::Map(Type::Unknown, Type::Unknown),
            other => {
                let message =
                    format!("a memory is a `Map<K, V>` or an `Index<T>`, found {}", self.show(&other));
                self.error(codes::MISPLACED_TYPE, ty.span, message);
                MemoryKind::Map(Type::Unknown, Type::Unknown)
            }
        }
    }

    /// The memory that stands before a `.`, if it is one.
    pub(super) fn memory_named(&mut self, base: &ast::Expr) -> Option<MemoryId> {
        if self.in_library || !self.is_memory(base) {
            return None;
        }
        match self.naming(base) {
            Naming::Declared(Symbol::Memory(id), ..) => Some(id),
            _ => None,
        }
    }

    /// Whether an expression names a memory that this file may use; says nothing if it does not.
    fn is_memory(&mut self, base: &ast::Expr) -> bool {
        let memory = |names: &Names, name: &Ident| {
            matches!(names.values.get(&name.name), Some((Symbol::Memory(_), _)))
        };
        match &base.kind {
            ast::ExprKind::Name(name) => memory(self.names(), name) && self.local(&name.name).is_none(),
            ast::ExprKind::Field { base, name, safe: false } => {
                let ast::ExprKind::Name(module) = &base.kind else { return false };
                let Some((Symbol::Module(file), _)) = self.names().values.get(&module.name) else {
                    return false;
                };
                let names = &self.modules[usize::from(file.0)];
                memory(names, name)
                    && !names.imported.contains(&name.name)
                    && !name.name.starts_with('_')
                    && self.local(&module.name).is_none()
            }
            _ => false,
        }
    }

    /// `mem.get(k)` and the like.
    pub(super) fn memory_call(
        &mut self,
        id: MemoryId,
        method: &Ident,
        given: &[Given<'_>],
        span: Span,
    ) -> Expr {
        let Memory { name, kind, span: declared } = self.program.memories[id.index()].clone();
        let known: &[(&str, MemoryOp)] =
            if matches!(kind, MemoryKind::Map(..)) { &OF_MAP } else { &OF_INDEX };
        let Some(&(_, op)) = known.iter().find(|(known, _)| *known == method.name) else {
            self.check_given(given);
            let message = format!("the memory `{name}` has no method `{}`", method.name);
            let names: Vec<&str> = known.iter().map(|(name, _)| *name).collect();
            let mut diagnostic = Diagnostic::error(codes::UNKNOWN_METHOD, method.span, message)
                .label(declared, "declared here")
                .help(format!("it has {}", names.join(", ")));
            if let Some(near) = nearest(&method.name, names) {
                diagnostic = diagnostic.fix(format!("rename to {near}"), method.span, near);
            }
            self.report(diagnostic);
            return broken(span);
        };
        let (params, result) = signature(op, &kind);
        let called = format!("{name}.{}", method.name);
        let callee = Callee { name: &called, params: &params, declared: Some(declared), unmixed: false };
        let (before, args) = self.arguments(callee, given, span).split();
        let reads = matches!(op, MemoryOp::Get | MemoryOp::Keys | MemoryOp::Search);
        let what = format!("{} the memory `{name}`", if reads { "read" } else { "write" });
        let call = self.effect(EffectKind::Memory { memory: id, op, args }, result, span, &what);
        Arguments::wrap(before, call)
    }
}

fn signature(op: MemoryOp, kind: &MemoryKind) -> (Vec<Parameter>, Type) {
    let needed = |name: &str, ty: &Type| Parameter {
        name: name.to_owned(),
        ty: ty.clone(),
        fallback: Fallback::Required,
    };
    let (key, value) = match kind {
        MemoryKind::Map(key, value) => (key, value),
        MemoryKind::Index(value) => (&Type::String, value),
    };
    let maybe = value.clone().optional();
    match op {
        MemoryOp::Get => (vec![needed("key", key)], maybe),
        MemoryOp::Put => (vec![needed("key", key), needed("value", value)], Type::Null),
        MemoryOp::Delete => (vec![needed("key", key)], maybe),
        MemoryOp::Keys => (Vec::new(), Type::list(key.clone())),
        MemoryOp::Update => {
            let change = Type::Function([maybe].into(), Arc::new(value.clone()));
            (vec![needed("key", key), needed("change", &change)], value.clone())
        }
        MemoryOp::Add => (vec![needed("id", key), needed("value", value)], Type::Null),
        MemoryOp::Remove => (vec![needed("id", key)], Type::Null),
        MemoryOp::Search => {
            let limit =
                Parameter { name: "limit".to_owned(), ty: Type::Int.optional(), fallback: Fallback::Null };
            (vec![needed("words", key), limit], Type::list(value.clone()))
        }
    }
}
