//! Functions, constants and defaults: pure code with a declared type.

use super::Checker;
use super::colour::Colour;
use super::program::Body;
use super::scope::{Base, Origin, Return};
use super::types::Type;
use super::unify::{Want, Why};
use crate::diagnostic::codes;
use crate::ids::{FunctionId, GlobalId};
use crate::library::{self, written};
use crate::resolve::types::{TypePlace, generic_names};
use crate::span::Span;
use crate::syntax::ast;

/// How something is called.
#[derive(Clone, Debug)]
pub(super) struct Signature {
    pub(super) name: String,
    /// Names of its type parameters, which its types speak of as `Type::Param`.
    pub(super) generics: Vec<String>,
    pub(super) params: Vec<Parameter>,
    pub(super) result: Type,
    pub(super) span: Span,
}

impl Signature {
    /// A signature whose types are resolved later.
    pub(super) fn named(name: &str, span: Span) -> Self {
        Self { name: name.to_owned(), generics: Vec::new(), params: Vec::new(), result: Type::Unknown, span }
    }
}

/// A parameter, field or payload, as a caller sees it.
#[derive(Clone, Debug)]
pub(super) struct Parameter {
    pub(super) name: String,
    pub(super) ty: Type,
    pub(super) fallback: Fallback,
}

/// What stands in for an argument that is not given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Fallback {
    /// Nothing: it must be given.
    Required,
    /// Null.
    Null,
    /// JSON null.
    JsonNull,
    /// A value computed at load.
    Global(GlobalId),
    /// A text.
    Text(String),
}

impl Parameter {
    pub(super) fn new(name: &str, ty: Type, default: Option<GlobalId>) -> Self {
        let fallback = match default {
            Some(global) => Fallback::Global(global),
            None if matches!(ty, Type::Optional(_) | Type::Null) => Fallback::Null,
            None => Fallback::Required,
        };
        Self { name: name.to_owned(), ty, fallback }
    }
}

/// Library functions that are written in the language, as far as the program uses them.
#[derive(Default)]
pub(super) struct LibraryUse {
    used: Vec<(&'static str, FunctionId)>,
    checked: usize,
}

impl<'a> Checker<'a> {
    pub(super) fn check_defaults(&mut self) {
        for pending in std::mem::take(&mut self.items.defaults) {
            let name = self.program.globals[pending.global.index()].name.clone();
            let name = name.rsplit('.').next().unwrap_or_default().to_owned();
            self.generics = pending.generics;
            self.enter_file(pending.value.span);
            self.check_global(pending.global, pending.value, format!("the default of `{name}`"));
        }
        self.generics.clear();
    }

    pub(super) fn check_constants(&mut self) {
        for pending in std::mem::take(&mut self.items.constants) {
            let name = &self.program.globals[pending.global.index()].name;
            let place = format!("the const `{name}`");
            self.enter_file(pending.value.span);
            self.check_global(pending.global, pending.value, place);
        }
    }

    fn check_global(&mut self, id: GlobalId, value: &'a ast::Expr, place: String) {
        let global = &self.program.globals[id.index()];
        let (ty, span) = (global.ty.clone(), global.span);
        self.enter(Base::Top, Colour::Pure(place, span), Return::Nowhere("a constant value"));
        let value = self.expect(value, &ty, Why::at(span, "declared here"));
        self.program.globals[id.index()].body = self.leave(value).body;
    }

    pub(super) fn check_functions(&mut self) {
        for (id, decl) in std::mem::take(&mut self.items.fns) {
            self.enter_file(decl.name.span);
            self.generics = generic_names(&decl.generics);
            self.program.functions[id.index()].body = self.function_body(id, decl);
        }
        self.generics.clear();
    }

    fn function_body(&mut self, id: FunctionId, decl: &ast::Fn) -> Body {
        let signature = self.function(id).clone();
        self.owner = Some(id);
        let why =
            Why::at(decl.result.as_ref().map_or(decl.name.span, |result| result.span), "the declared result");
        let colour = Colour::Pure(format!("the fn `{}`", signature.name), signature.span);
        self.enter(Base::Top, colour, Return::Be(signature.result.clone(), why));
        for (param, known) in decl.params.iter().zip(&signature.params) {
            self.parameter(&param.name, known.ty.clone());
        }
        let want = match &decl.result {
            Some(_) => Want::Be(&signature.result, why),
            None => Want::Nothing,
        };
        let value = self.block(&decl.body, want);
        self.owner = None;
        self.leave(value).body
    }

    /// A parameter of the body at hand.
    pub(super) fn parameter(&mut self, name: &ast::Ident, ty: Type) {
        let id = self.frame_mut().add(&name.name, ty, false, name.span, Origin::Parameter);
        self.frame_mut().params.push(id);
    }

    /// The id of a library function that is written in the language.
    pub(super) fn library_function(&mut self, name: &'static str) -> FunctionId {
        if let Some(&(_, id)) = self.library.used.iter().find(|(known, _)| *known == name) {
            return id;
        }
        let id = self.reserve_function(Signature::named(name, Span::default()));
        self.library.used.push((name, id));
        id
    }

    /// Checks the library functions that were used, and those that they use in turn.
    pub(super) fn check_library(&mut self) {
        self.in_library = true;
        while let Some(&(name, id)) = self.library.used.get(self.library.checked) {
            self.library.checked += 1;
            let Some(decl) = written::function(name) else {
                self.error(
                    codes::UNKNOWN_METHOD,
                    Span::default(),
                    format!("the library has no function `{name}`"),
                );
                continue;
            };
            self.generics = generic_names(&decl.generics);
            let mut signature = Signature::named(name, Span::default());
            signature.generics.clone_from(&self.generics);
            for param in &decl.params {
                let ty = self.written(&param.ty, TypePlace::Parameter);
                signature.params.push(Parameter::new(&param.name.name, ty, None));
            }
            if let Some(result) = &decl.result {
                signature.result = self.written(result, TypePlace::Plain);
            }
            self.program.functions[id.index()].result = signature.result.clone();
            self.functions[id.index()] = signature;
            let mut body = self.function_body(id, &decl);
            library::unplace(&mut body);
            self.program.functions[id.index()].body = body;
        }
        self.in_library = false;
        self.generics.clear();
    }
}
