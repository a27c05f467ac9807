//! Methods and functions of the library.

use std::sync::Arc;

use super::super::Checker;
use super::super::arguments::{Arguments, Callee, Given};
use super::super::function::{Fallback, Parameter};
use super::super::program::{Expr, ExprKind};
use super::super::types::Type;
use super::super::unify::{Want, Why};
use super::{broken, make};
use crate::diagnostic::{Diagnostic, codes};
use crate::library::{self, Bound, Known, Run};
use crate::resolve::suggest::nearest;
use crate::resolve::types::substitute;
use crate::span::Span;
use crate::syntax::ast::{self, Ident};

impl Checker<'_> {
    /// `base.name(…)`: only the library has methods.
    pub(super) fn method(
        &mut self,
        base: &ast::Expr,
        name: &Ident,
        safe: bool,
        given: &[Given<'_>],
        want: Want<'_>,
        span: Span,
    ) -> Expr {
        if !safe && library::is_mutation(&name.name) {
            return self.mutation(base, name, given, span);
        }
        let call = |checker: &mut Self, value| checker.method_of(value, name, given, want, span);
        if safe {
            let value = self.expr(base, Want::Any);
            return self.safely(value, span, call);
        }
        self.link(base, span, call)
    }

    fn method_of(
        &mut self,
        value: Expr,
        name: &Ident,
        given: &[Given<'_>],
        want: Want<'_>,
        span: Span,
    ) -> Expr {
        let ty = self.known(&value.ty, value.span);
        if matches!(ty, Type::Unknown | Type::Never) {
            self.check_given(given);
            return broken(span);
        }
        let candidates = self.candidates(&ty, &name.name, given.len());
        let Some(known) = self.choose(&candidates, &ty) else {
            self.check_given(given);
            self.no_method(&ty, name, span);
            return broken(span);
        };
        self.library_call(known, Some(value), None, given, want, span)
    }

    /// The methods of this name, those that take as many arguments if there are any.
    fn candidates(&self, ty: &Type, name: &str, given: usize) -> Vec<&'static Known> {
        let visible = |known: &&Known| self.in_library || !known.name.starts_with('_');
        let all: Vec<&'static Known> = library::methods(ty, name).filter(visible).collect();
        let fitting: Vec<_> = all.iter().copied().filter(|known| known.takes(given)).collect();
        if fitting.is_empty() { all } else { fitting }
    }

    /// The candidate whose receiver this is.
    fn choose(&mut self, candidates: &[&'static Known], ty: &Type) -> Option<&'static Known> {
        if let [only] = candidates {
            return Some(only);
        }
        let resolved = self.resolve(ty);
        candidates
            .iter()
            .copied()
            .find(|known| known.receiver.as_ref().is_some_and(|receiver| matches_type(&resolved, receiver)))
            .or_else(|| candidates.first().copied())
    }

    pub(super) fn module_call(
        &mut self,
        module: &str,
        name: &Ident,
        given: &[Given<'_>],
        want: Want<'_>,
        span: Span,
    ) -> Expr {
        if let Some(id) = self.standard_tool(module, &name.name) {
            return self.call_tool(id, given, span);
        }
        let candidates: Vec<&'static Known> = library::functions(module, &name.name).collect();
        let Some(&first) = candidates.first() else {
            self.check_given(given);
            self.unknown_member(module, name);
            return broken(span);
        };
        // Overloads differ in their first parameter: its type decides.
        let mut checked = None;
        let chosen = match (candidates.as_slice(), given.first()) {
            ([_], _) | (_, None) => first,
            (all, Some(arg)) => {
                let mut value = self.expr(arg.value, Want::Any);
                let ty = self.resolve(&value.ty);
                let takes = |known: &&&'static Known| {
                    known.params.first().is_some_and(|param| matches_type(&ty, &param.ty))
                };
                let chosen = all.iter().find(takes).copied().unwrap_or(first);
                // An integer literal is a number of the kind that is taken.
                if let Some(param) = chosen.params.first() {
                    self.literal_as(&mut value, &param.ty);
                }
                checked = Some(value);
                chosen
            }
        };
        self.library_call(chosen, None, checked, given, want, span)
    }

    fn library_call(
        &mut self,
        known: &'static Known,
        receiver: Option<Expr>,
        first: Option<Expr>,
        given: &[Given<'_>],
        want: Want<'_>,
        span: Span,
    ) -> Expr {
        let generics: Arc<[Type]> = self.open_arguments(known.generics.len(), span);
        let mut values = Vec::with_capacity(known.params.len() + 1);
        if let (Some(value), Some(expected)) = (receiver, &known.receiver) {
            let expected = substitute(expected, &generics);
            // A method of everything is one of what has a JSON form.
            if matches!(expected, Type::Open(_)) && !self.has_json_form(&value.ty) {
                values.push(self.encoded(value));
                self.fit(&Type::Unknown, &expected);
            } else if matches!(expected, Type::Open(_)) {
                self.fit(&value.ty, &expected);
                values.push(value);
            } else {
                values.push(self.coerce(value, &expected, Why::PLAIN));
            }
        }
        let result = substitute(&known.result, &generics);
        if !generics.is_empty() {
            self.settle_result(&result, want);
        }
        let params: Vec<Parameter> = known.params.iter().map(|param| parameter(param, &generics)).collect();
        let callee = Callee { name: known.name, params: &params, declared: None, unmixed: false };
        let (before, args) = self.arguments_after(callee, first, given, span).split();
        values.extend(args);
        self.check_bounds(known, &generics, span);
        let kind = match known.run {
            Run::Builtin(builtin) => ExprKind::Builtin { builtin, args: values },
            Run::Written(function) => {
                ExprKind::Call { function: self.library_function(function), args: values }
            }
            Run::Mutation(_) => return broken(span),
        };
        Arguments::wrap(before, make(kind, result, span))
    }

    fn check_bounds(&mut self, known: &Known, generics: &[Type], span: Span) {
        for (at, bound) in &known.bounds {
            let ty = self.resolve(&generics[*at as usize]);
            match bound {
                Bound::Ordered if !self.is_ordered(&ty) => {
                    if self.in_library && matches!(ty, Type::Param(_)) {
                        continue;
                    }
                    let message = format!(
                        "`{}` needs values that have an order, which {} has not",
                        known.name,
                        self.show(&ty)
                    );
                    self.error(codes::NOT_ORDERED, span, message);
                }
                Bound::Key if !self.is_key(&ty) && ty != Type::Never => {
                    let message = format!(
                        "`{}` makes keys of a Map, and {} cannot be one: String, Int, Bool or an enum without payload can",
                        known.name,
                        self.show(&ty)
                    );
                    self.error(codes::TYPE_MISMATCH, span, message);
                }
                _ => {}
            }
        }
    }

    fn mutation(&mut self, base: &ast::Expr, name: &Ident, given: &[Given<'_>], span: Span) -> Expr {
        self.activity += 1;
        let Some(found) = self.place(base, "changed") else {
            self.check_given(given);
            return broken(span);
        };
        let ty = self.known(&found.ty, base.span);
        let known = library::methods(&ty, &name.name).find(|known| matches!(known.run, Run::Mutation(_)));
        let (Some(known), false) = (known, matches!(ty, Type::Unknown | Type::Never)) else {
            self.check_given(given);
            self.no_method(&ty, name, span);
            return broken(span);
        };
        self.mark_used(found.place.local);
        let generics = self.open_arguments(known.generics.len(), span);
        if let Some(receiver) = &known.receiver {
            let receiver = substitute(receiver, &generics);
            self.fit(&ty, &receiver);
        }
        let params: Vec<Parameter> = known.params.iter().map(|param| parameter(param, &generics)).collect();
        let callee = Callee { name: known.name, params: &params, declared: None, unmixed: false };
        let (before, args) = self.arguments(callee, given, span).split();
        self.forget_place(&found);
        let result = substitute(&known.result, &generics);
        let Run::Mutation(mutation) = known.run else { return self.no_value(span) };
        let change = make(ExprKind::Mutate { place: found.place, mutation, args }, result, span);
        Arguments::wrap(before, change)
    }

    /// Reports a method that a type does not have.
    fn no_method(&mut self, ty: &Type, name: &Ident, span: Span) {
        let a_shown = self.show_a(ty);
        if matches!(ty, Type::Unknown | Type::Never) {
            return;
        }
        if *ty == Type::Secret {
            return self.misplaced_secret(span);
        }
        if let Type::Optional(inner) = ty {
            let message = format!("this may be null: `.{}()` of {a_shown}", name.name);
            let mut diagnostic = Diagnostic::error(codes::MAYBE_NULL, name.span, message);
            diagnostic = diagnostic.help(match name.name.as_str() {
                "unwrap" | "expect" => {
                    "nothing is unwrapped: give another value, `x ?? 0`, or fail, `x ?? fail \"…\"`"
                }
                "unwrap_or" | "or_else" | "unwrap_or_default" => "give another value with `x ?? 0`",
                _ => "use `?.`, or look first: `if let x = …`, `if … != null`",
            });
            let dot = Span { start: name.span.start.saturating_sub(1), end: name.span.start, ..name.span };
            if library::methods(inner, &name.name).next().is_some() && self.sources.text(dot) == "." {
                diagnostic = diagnostic.fix("use `?.`", dot, "?.");
            }
            return self.report(diagnostic);
        }
        let message = format!("{a_shown} has no method `{}`", name.name);
        let mut diagnostic = Diagnostic::error(codes::UNKNOWN_METHOD, name.span, message);
        let function = self.names().values.get(&name.name).map(|(symbol, _)| *symbol);
        let habit = habit(&name.name, ty);
        if let Some(here) = habit {
            diagnostic = diagnostic.help(format!("it is `{here}` here"));
            // The same arguments: only the name differs.
            let method =
                here.strip_prefix('.').and_then(|here| here.strip_suffix("()").or(here.strip_suffix("(x)")));
            if let Some(method) = method {
                diagnostic = diagnostic.fix(format!("rename to {method}"), name.span, method);
            }
        } else if matches!(function, Some(crate::resolve::Symbol::Fn(_) | crate::resolve::Symbol::Tool(_))) {
            diagnostic =
                diagnostic.help(format!("call the function: `{0}(x, …)` or `x |> {0}(…)`", name.name));
        } else if let Some(near) = nearest(&name.name, library::methods_of(ty)) {
            diagnostic = diagnostic.help(format!("did you mean `{near}`?")).fix(
                format!("rename to {near}"),
                name.span,
                near,
            );
        }
        self.report(diagnostic);
    }
}

/// What methods of other languages are called here.
fn habit(name: &str, ty: &Type) -> Option<&'static str> {
    Some(match (name, ty) {
        ("length" | "lenght" | "size" | "count", Type::List(_) | Type::String | Type::Map(_)) => ".len()",
        ("append" | "add" | "push_back", Type::List(_)) => ".push(x)",
        ("includes" | "has", Type::List(_) | Type::String) => ".contains(x)",
        ("indexOf" | "index_of" | "index" | "findIndex", Type::List(_)) => ".position(x => …)",
        ("some" | "exists", Type::List(_)) => ".any(x)",
        ("every", Type::List(_)) => ".all(x)",
        ("concat" | "extend", Type::List(_)) => "xs + ys",
        ("head" | "front", Type::List(_)) => ".first()",
        ("back" | "tail_item", Type::List(_)) => ".last()",
        ("shift", Type::List(_)) => ".remove_at(0)",
        ("iter" | "into_iter" | "collect", Type::List(_)) => "the list itself",
        ("items", Type::Map(_)) => ".entries()",
        ("replaceAll" | "replace_all", Type::String) => ".replace(a, b)",
        ("parse", Type::String) => ".to_int()",
        ("contains" | "includes" | "containsKey" | "contains_key", Type::Map(_)) => ".has(x)",
        ("toUpperCase" | "to_upper" | "to_uppercase" | "uppercase", Type::String) => ".upper()",
        ("toLowerCase" | "to_lower" | "to_lowercase" | "lowercase", Type::String) => ".lower()",
        ("strip", Type::String) => ".trim()",
        ("startsWith", Type::String) => ".starts_with(x)",
        ("endsWith", Type::String) => ".ends_with(x)",
        ("parseInt" | "toInt", Type::String) => ".to_int()",
        ("substring" | "substr", Type::String) => ".slice(from, to)",
        ("format", Type::String) => "\"text {value}\"",
        ("forEach" | "for_each" | "each", Type::List(_)) => "for x in xs { … }",
        ("reduce", Type::List(_)) => ".fold(start, (a, x) => …)",
        ("toString" | "to_string" | "str", _) => ".to_text()",
        ("unwrap_or", _) => "?? other",
        _ => return None,
    })
}

fn parameter(param: &library::Param, generics: &[Type]) -> Parameter {
    let fallback = match &param.default {
        Some(library::Default::Null) => Fallback::Null,
        Some(library::Default::Text(text)) => Fallback::Text(text.clone()),
        None => Fallback::Required,
    };
    Parameter { name: param.name.clone(), ty: substitute(&param.ty, generics), fallback }
}

/// Whether a type is an instance of a library type, whose parameters stand for anything.
fn matches_type(ty: &Type, pattern: &Type) -> bool {
    match (ty, pattern) {
        (_, Type::Param(_)) => true,
        (Type::List(a), Type::List(b)) => matches_type(a, b),
        (Type::Map(a), Type::Map(b)) => matches_type(&a.0, &b.0) && matches_type(&a.1, &b.1),
        _ => ty == pattern,
    }
}
