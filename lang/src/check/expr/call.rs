//! Calls of functions, tools, flows, library functions and function values.

use std::sync::Arc;

use super::super::Checker;
use super::super::arguments::{Arguments, Callee, Given};
use super::super::function::{Fallback, Parameter};
use super::super::program::{EffectKind, Expr, ExprKind};
use super::super::types::Type;
use super::super::unify::Want;
use super::access::Root;
use super::{broken, make};
use crate::diagnostic::{Diagnostic, codes};
use crate::ids::{FunctionId, GraphId, LocalId, ToolId};
use crate::library;
use crate::resolve::types::{count, substitute};
use crate::resolve::{EFFECTS, Symbol};
use crate::span::{FileId, Span};
use crate::syntax::ast::{self, Arg, GraphKind, Ident};

impl Checker<'_> {
    pub(super) fn call(&mut self, callee: &ast::Expr, args: &[Arg], want: Want<'_>, span: Span) -> Expr {
        let given = Given::all(args);
        match &callee.kind {
            ast::ExprKind::Name(name) => self.call_name(name, &given, want, span),
            ast::ExprKind::Field { base, name, safe } => {
                if !safe && let Some(memory) = self.memory_named(base) {
                    return self.memory_call(memory, name, &given, span);
                }
                if !safe && let Some(root) = self.root(base) {
                    return self.call_rooted(&root, base, name, args, want, span);
                }
                self.method(base, name, *safe, &given, want, span)
            }
            ast::ExprKind::Broken => {
                self.check_all(Some(args));
                broken(span)
            }
            _ => {
                let callee = self.expr(callee, Want::Any);
                self.call_value(callee, "this function", &given, span)
            }
        }
    }

    /// `x |> f(y)` is `f(x, y)`; where no `f` is in scope, `x.f(y)`.
    pub(super) fn pipe(&mut self, left: &ast::Expr, right: &ast::Expr, want: Want<'_>, span: Span) -> Expr {
        let ast::ExprKind::Call { callee, args } = &right.kind else {
            self.expr(left, Want::Any);
            if !matches!(right.kind, ast::ExprKind::Broken) {
                let message = "the right side of `|>` is one call: `x |> f(y)`";
                self.error(codes::NOT_CALLABLE, right.span, message);
            }
            return broken(span);
        };
        let mut given = vec![Given { name: None, value: left }];
        given.extend(Given::all(args));
        match &callee.kind {
            ast::ExprKind::Name(name) => {
                if self.is_bound(name) || EFFECTS.contains(&name.name.as_str()) {
                    return self.call_name(name, &given, want, span);
                }
                self.method(left, name, false, &given[1..], want, span)
            }
            ast::ExprKind::Field { base, name, safe: false } => match self.root(base) {
                Some(Root::Module(module)) => self.module_call(module, name, &given, want, span),
                Some(Root::File(file)) => self.call_exported(file, name, &given, want, span),
                Some(Root::Broken) => {
                    given.iter().for_each(|arg| drop(self.expr(arg.value, Want::Like(&Type::Unknown))));
                    broken(span)
                }
                _ => {
                    self.expr(left, Want::Any);
                    let message = "the right side of `|>` is one call of a function by its name: `x |> f(y)`";
                    self.error(codes::NOT_CALLABLE, callee.span, message);
                    broken(span)
                }
            },
            _ => {
                let function = self.expr(callee, Want::Any);
                self.call_value(function, "this function", &given, span)
            }
        }
    }

    fn call_rooted(
        &mut self,
        root: &Root,
        base: &ast::Expr,
        name: &Ident,
        args: &[Arg],
        want: Want<'_>,
        span: Span,
    ) -> Expr {
        match root {
            Root::Module(module) => self.module_call(module, name, &Given::all(args), want, span),
            Root::File(file) => self.call_exported(*file, name, &Given::all(args), want, span),
            Root::Type(ty) => self.variant(ty, name, Some(args), want, base.span, span),
            // Whatever hides it here.
            Root::Std if EFFECTS.contains(&name.name.as_str()) => {
                self.effect_call(&name.name, &Given::all(args), span)
            }
            Root::Std => {
                let given = Given::all(args);
                self.check_given(&given);
                self.unknown_function(name, &given);
                broken(span)
            }
            Root::Broken => {
                self.check_all(Some(args));
                broken(span)
            }
            Root::Word("env" | "secret") => {
                // A method of the text: `env.NAME.trim()` comes here as a field of `env.NAME`, so this is a call of it.
                self.check_all(Some(args));
                let message = format!("`{}` is a text, not a function", name.name);
                self.error(codes::NOT_CALLABLE, name.span, message);
                broken(span)
            }
            Root::Word(word) => {
                self.check_all(Some(args));
                let message = format!("`{word}` has no function `{}`", name.name);
                self.error(codes::UNKNOWN_METHOD, name.span, message);
                broken(span)
            }
        }
    }

    fn call_name(&mut self, name: &Ident, given: &[Given<'_>], want: Want<'_>, span: Span) -> Expr {
        if let Some(local) = self.local(&name.name) {
            return self.call_local(local, name, given, span);
        }
        let symbol = if self.in_library { None } else { self.value_named(&name.name) };
        match symbol {
            Some((symbol, declared)) => self.call_symbol(symbol, declared, name, given, want, span),
            None if name.name == "calls" => self.calls(name, given, span),
            None if EFFECTS.contains(&name.name.as_str()) => self.effect_call(&name.name, given, span),
            None => {
                self.check_given(given);
                self.unknown_function(name, given);
                broken(span)
            }
        }
    }

    /// A call of something that another file declares.
    fn call_exported(
        &mut self,
        file: FileId,
        name: &Ident,
        given: &[Given<'_>],
        want: Want<'_>,
        span: Span,
    ) -> Expr {
        match self.exported_value(file, name) {
            Some((symbol, declared)) => self.call_symbol(symbol, declared, name, given, want, span),
            None => {
                self.check_given(given);
                broken(span)
            }
        }
    }

    /// A call of a declaration.
    fn call_symbol(
        &mut self,
        symbol: Symbol,
        declared: Span,
        name: &Ident,
        given: &[Given<'_>],
        want: Want<'_>,
        span: Span,
    ) -> Expr {
        match symbol {
            Symbol::Fn(id) => self.call_function(id, given, want, span),
            Symbol::Tool(id) => self.call_tool(id, given, span),
            Symbol::Graph(id, GraphKind::Flow) => self.call_flow(id, given, span),
            Symbol::Prompt(id) => self.call_prompt(id, given, span),
            Symbol::Broken => {
                self.check_given(given);
                broken(span)
            }
            symbol => {
                self.check_given(given);
                let message = format!("`{}` is {} and cannot be called", name.name, symbol.noun());
                let mut diagnostic = Diagnostic::error(codes::NOT_CALLABLE, name.span, message)
                    .label(declared, "declared here");
                if let Symbol::Graph(..) = symbol {
                    diagnostic = diagnostic
                        .help("an agent is a job of its own: `run agent(…)`; to call it, make it a flow");
                } else if let Symbol::Signal(_) = symbol {
                    diagnostic = diagnostic.help(format!("wait for it: `await {}`", name.name));
                }
                self.report(diagnostic);
                broken(span)
            }
        }
    }

    fn unknown_function(&mut self, name: &Ident, given: &[Given<'_>]) {
        if let Some((_, declared)) = self.type_named(&name.name) {
            let message = format!("`{}` is a type and cannot be called", name.name);
            let diagnostic =
                Diagnostic::error(codes::NOT_CALLABLE, name.span, message).label(declared, "declared here");
            self.report(diagnostic.help(format!("a record is made with braces: `{} {{ … }}`", name.name)));
            return;
        }
        if library::is_method(&name.name) && !given.is_empty() {
            let message = format!("there is no function `{}`, but a method of that name", name.name);
            let diagnostic = Diagnostic::error(codes::UNKNOWN_NAME, name.span, message);
            self.report(diagnostic.help(format!("write `x.{}(…)`", name.name)));
            return;
        }
        self.unknown_name(name);
    }

    /// Checks arguments of something broken.
    pub(in crate::check) fn check_given(&mut self, given: &[Given<'_>]) {
        for arg in given {
            self.expr(arg.value, Want::Like(&Type::Unknown));
        }
    }

    fn call_local(&mut self, local: LocalId, name: &Ident, given: &[Given<'_>], span: Span) -> Expr {
        let callee = self.read(local, name.span);
        self.call_value(callee, &name.name, given, span)
    }

    fn call_value(&mut self, callee: Expr, name: &str, given: &[Given<'_>], span: Span) -> Expr {
        match self.known(&callee.ty, callee.span) {
            Type::Function(params, result) => {
                let parameter = |ty: &Type| Parameter {
                    name: String::new(),
                    ty: ty.clone(),
                    fallback: Fallback::Required,
                };
                let params: Vec<Parameter> = params.iter().map(parameter).collect();
                if given.len() < params.len() {
                    self.check_given(given);
                    let message =
                        format!("`{name}` takes {}, found {}", count(params.len(), "argument"), given.len());
                    self.error(codes::ARGUMENTS, span, message);
                    return make(broken(span).kind, (*result).clone(), span);
                }
                let shape = Callee { name, params: &params, declared: None, unmixed: false };
                let (before, args) = self.arguments(shape, given, span).split();
                let call =
                    make(ExprKind::CallValue { callee: Box::new(callee), args }, (*result).clone(), span);
                Arguments::wrap(before, call)
            }
            Type::Unknown | Type::Never => {
                self.check_given(given);
                broken(span)
            }
            other => {
                self.check_given(given);
                let message = format!("this is {} and cannot be called", self.show_a(&other));
                self.error(codes::NOT_CALLABLE, callee.span, message);
                broken(span)
            }
        }
    }

    /// Lets what is wanted of the result settle type parameters before the arguments are looked at.
    pub(super) fn settle_result(&mut self, result: &Type, want: Want<'_>) {
        let Want::Be(wanted, _) = want else { return };
        // What is open itself settles nothing, and would tie types into knots that double at each call.
        if !self.is_closed(wanted) {
            return;
        }
        let wanted = self.shallow(wanted);
        let plain = matches!(self.shallow(result), Type::Open(_));
        if wanted != Type::Json && !(plain && matches!(wanted, Type::Optional(_))) {
            self.fit(result, &wanted);
        }
    }

    fn call_function(&mut self, id: FunctionId, given: &[Given<'_>], want: Want<'_>, span: Span) -> Expr {
        self.note_use(id, span);
        let signature = self.function(id).clone();
        let generics: Arc<[Type]> = self.open_arguments(signature.generics.len(), span);
        let parameter =
            |param: &Parameter| Parameter { ty: substitute(&param.ty, &generics), ..param.clone() };
        let params: Vec<Parameter> = signature.params.iter().map(parameter).collect();
        let result = substitute(&signature.result, &generics);
        if !generics.is_empty() {
            self.settle_result(&result, want);
        }
        let declared = (signature.span != Span::default()).then_some(signature.span);
        let callee = Callee { name: &signature.name, params: &params, declared, unmixed: false };
        let (before, args) = self.arguments(callee, given, span).split();
        Arguments::wrap(before, make(ExprKind::Call { function: id, args }, result, span))
    }

    /// A call of a tool, which is an effect.
    pub(super) fn call_tool(&mut self, id: ToolId, given: &[Given<'_>], span: Span) -> Expr {
        self.used_tools[id.index()] = true;
        let tool = &self.program.tools[id.index()];
        let (name, result) = (tool.name.clone(), tool.result.clone());
        let declared = (tool.span != Span::default()).then_some(tool.span);
        let params = Self::parameters(&tool.params, &[]);
        let callee = Callee { name: &name, params: &params, declared, unmixed: false };
        let (before, args) = self.arguments(callee, given, span).split();
        let kind = EffectKind::Tool { tool: id, args };
        let call = self.effect(kind, result, span, &format!("call the tool `{name}`"));
        Arguments::wrap(before, call)
    }

    fn call_flow(&mut self, id: GraphId, given: &[Given<'_>], span: Span) -> Expr {
        let graph = &self.program.graphs[id.index()];
        let (name, result, declared) = (graph.name.clone(), graph.result.clone(), graph.span);
        let params = Self::parameters(&graph.params, &[]);
        let callee = Callee { name: &name, params: &params, declared: Some(declared), unmixed: false };
        let (before, args) = self.arguments(callee, given, span).split();
        let kind = EffectKind::Flow { graph: id, args };
        let call = self.effect(kind, result, span, &format!("run the flow `{name}`"));
        Arguments::wrap(before, call)
    }
}
