//! Names, fields, elements.

use super::super::Checker;
use super::super::narrow::path;
use super::super::program::{self, EffectKind, Expr, ExprKind, SealedPart};
use super::super::types::Type;
use super::super::unify::{Want, Why};
use super::{broken, make};
use crate::diagnostic::{Diagnostic, codes};
use crate::ids::{LocalId, RecordId};
use crate::library;
use crate::resolve::suggest::nearest;
use crate::resolve::types::substitute;
use crate::resolve::{EFFECTS, MODULES, ROOTS, Symbol, TypeSymbol};
use crate::span::{FileId, Span};
use crate::syntax::ast::{self, Ident};
use crate::syntax::{habit_of_name, habit_of_value};

/// What stands before a `.` without being a value.
pub(super) enum Root {
    /// `env`, `secret`, `call`, `job`
    Word(&'static str),
    /// `math`, `file`, …
    Module(&'static str),
    /// `std`
    Std,
    /// Another file of the program.
    File(FileId),
    /// An enum.
    Type(Type),
    /// Something broken.
    Broken,
}

impl Checker<'_> {
    /// Whether the name is a local or a declaration.
    pub(super) fn is_bound(&mut self, name: &Ident) -> bool {
        self.local(&name.name).is_some() || (!self.in_library && self.names().values.contains_key(&name.name))
    }

    /// What an expression before a `.` means, if it is no value.
    pub(super) fn root(&mut self, base: &ast::Expr) -> Option<Root> {
        match &base.kind {
            ast::ExprKind::Name(name) => {
                if self.local(&name.name).is_some() {
                    return None;
                }
                if !self.in_library
                    && let Some((symbol, _)) = self.value_named(&name.name)
                {
                    return match symbol {
                        Symbol::Broken => Some(Root::Broken),
                        Symbol::Module(file) => Some(Root::File(file)),
                        _ => None,
                    };
                }
                if !self.in_library
                    && let Some((symbol, _)) = self.type_named(&name.name)
                {
                    return Some(self.type_root(symbol, base.span));
                }
                self.prelude_root(&name.name, base.span)
            }
            ast::ExprKind::Field { base: std, name, safe: false } => match self.root(std)? {
                Root::Std => self.prelude_root(&name.name, base.span),
                Root::Broken => Some(Root::Broken),
                Root::File(file) => {
                    let names = &self.modules[usize::from(file.0)];
                    if !names.types.contains_key(&name.name) || names.values.contains_key(&name.name) {
                        return None;
                    }
                    let found = self.exported_type(file, name);
                    Some(found.map_or(Root::Broken, |(symbol, _)| self.type_root(symbol, base.span)))
                }
                _ => None,
            },
            _ => None,
        }
    }

    fn type_root(&mut self, symbol: TypeSymbol, span: Span) -> Root {
        Root::Type(match symbol {
            TypeSymbol::Broken => return Root::Broken,
            TypeSymbol::Record(id) => {
                Type::Record(id, self.open_arguments(self.program.records[id.index()].generics, span))
            }
            TypeSymbol::Enum(id) => {
                Type::Enum(id, self.open_arguments(self.program.enums[id.index()].generics, span))
            }
            TypeSymbol::Alias(at) => {
                let args = self.open_arguments(self.aliases[at].item.generics.len(), span);
                substitute(&self.alias(at), &args)
            }
        })
    }

    fn prelude_root(&mut self, name: &str, span: Span) -> Option<Root> {
        if name == "std" {
            return Some(Root::Std);
        }
        if let Some(word) = ROOTS.iter().find(|word| **word == name) {
            return Some(Root::Word(word));
        }
        if let Some(module) = MODULES.iter().find(|module| **module == name) {
            return Some(Root::Module(module));
        }
        match name {
            "ErrorKind" => Some(Root::Type(Type::Enum(library::prelude::ERROR_KIND, [].into()))),
            "Result" => Some(Root::Type(Type::Enum(library::prelude::RESULT, self.open_arguments(1, span)))),
            _ => None,
        }
    }

    pub(super) fn open_arguments(&mut self, count: usize, span: Span) -> std::sync::Arc<[Type]> {
        (0..count).map(|_| self.open(span)).collect()
    }

    /// The value of a name.
    pub(super) fn name(&mut self, name: &Ident) -> Expr {
        if let Some(local) = self.local(&name.name) {
            return self.read(local, name.span);
        }
        let symbol = if self.in_library { None } else { self.value_named(&name.name) };
        match symbol {
            Some((symbol, declared)) => self.symbol_value(symbol, declared, name),
            None => {
                self.unknown_name(name);
                broken(name.span)
            }
        }
    }

    /// The value of a declaration.
    fn symbol_value(&mut self, symbol: Symbol, declared: Span, name: &Ident) -> Expr {
        match symbol {
            Symbol::Const(id) => {
                let ty = self.program.globals[id.index()].ty.clone();
                make(ExprKind::Global(id), ty, name.span)
            }
            Symbol::Fn(id) => {
                self.note_use(id, name.span);
                let signature = self.function(id).clone();
                let args = self.open_arguments(signature.generics.len(), name.span);
                let params = signature.params.iter().map(|param| substitute(&param.ty, &args)).collect();
                let result = substitute(&signature.result, &args);
                let ty = Type::Function(params, std::sync::Arc::new(result));
                make(ExprKind::FunctionValue(id), ty, name.span)
            }
            Symbol::Model(id) => make(ExprKind::Model(id), Type::Model, name.span),
            Symbol::Broken => broken(name.span),
            symbol => {
                let message = format!("`{}` is {}, not a value", name.name, symbol.noun());
                let mut diagnostic =
                    Diagnostic::error(codes::WRONG_ROLE, name.span, message).label(declared, "declared here");
                diagnostic = match symbol {
                    Symbol::Memory(_) => diagnostic.help(format!("read it: `{}.get(…)`", name.name)),
                    Symbol::Graph(_, ast::GraphKind::Agent) => {
                        diagnostic.help(format!("an agent is a job of its own: `run {}(…)`", name.name))
                    }
                    Symbol::Tool(_) | Symbol::Graph(..) | Symbol::Prompt(_) => {
                        diagnostic.help(format!("call it: `{}(…)`", name.name))
                    }
                    Symbol::Signal(_) => diagnostic.help(format!("wait for it: `await {}`", name.name)),
                    Symbol::Module(_) => diagnostic.help(format!("name what is in it: `{}.name`", name.name)),
                    _ => diagnostic,
                };
                self.report(diagnostic);
                broken(name.span)
            }
        }
    }

    /// A read of a local, with what is known of it.
    pub(in crate::check) fn read(&mut self, local: LocalId, span: Span) -> Expr {
        let ty = self.fact(local, &[]).unwrap_or_else(|| self.frame().locals[local.index()].ty.clone());
        make(ExprKind::Local(local), ty, span)
    }

    /// The name of the enum that alone has a variant of this name, unless a type is called so.
    fn enum_with(&self, variant: &str) -> Option<String> {
        if !variant.starts_with(|c: char| c.is_ascii_uppercase()) || self.names().types.contains_key(variant)
        {
            return None;
        }
        let has = |item: &&program::Enum| item.variants.iter().any(|known| known.name == variant);
        let mut owners = self.program.enums.iter().filter(has);
        let owner = owners.next()?;
        owners.next().is_none().then(|| owner.name.clone())
    }

    /// Reports a name that is not in scope.
    pub(crate) fn unknown_name(&mut self, name: &Ident) {
        if self.forgiven.contains(&name.name) {
            return;
        }
        let mut known = if self.may_suggest() { self.local_names() } else { Vec::new() };
        if self.may_suggest() {
            known.extend(self.names().values.keys().cloned());
        }
        known.extend(
            EFFECTS.iter().chain(&MODULES).chain(&["null", "true", "false"]).map(|name| (*name).to_owned()),
        );
        let message = format!("there is no `{}` here", name.name);
        let mut diagnostic = Diagnostic::error(codes::UNKNOWN_NAME, name.span, message);
        if let Some(here) = habit_of_value(&name.name) {
            let message = format!("`.aeth` writes `{here}`, not `{}`", name.name);
            let error = Diagnostic::error(codes::HABIT, name.span, message);
            diagnostic = error.fix(format!("write `{here}`"), name.span, here);
        } else if name.name == "_" {
            diagnostic = diagnostic.help("`_` stands for a name that nobody needs, so it has no value");
        } else if let Some(owner) = self.enum_with(&name.name) {
            diagnostic = diagnostic
                .help(format!("did you mean the variant `.{}` of `{owner}`?", name.name))
                .fix(format!("write `.{}`", name.name), name.span, format!(".{}", name.name));
        } else if let Some((_, declared)) = self.type_named(&name.name) {
            diagnostic = Diagnostic::error(
                codes::WRONG_ROLE,
                name.span,
                format!("`{}` is a type, not a value", name.name),
            )
            .label(declared, "declared here");
        } else if let Some(help) = habit_of_name(&name.name) {
            diagnostic = diagnostic.help(help);
        } else if self.may_suggest()
            && let Some(near) = nearest(&name.name, known.iter().map(String::as_str))
        {
            // It was meant, so it is used.
            self.local(near);
            diagnostic = diagnostic.help(format!("did you mean `{near}`?")).fix(
                format!("rename to {near}"),
                name.span,
                near,
            );
        }
        self.report(diagnostic);
    }

    pub(super) fn field(
        &mut self,
        base: &ast::Expr,
        name: &Ident,
        safe: bool,
        want: Want<'_>,
        span: Span,
    ) -> Expr {
        if !safe && let Some(root) = self.root(base) {
            return self.rooted(&root, base, name, want, span);
        }
        if safe {
            let base = self.expr(base, Want::Any);
            return self.safely(base, span, |checker, value| checker.field_value(value, name, span));
        }
        self.link(base, span, |checker, value| checker.field_value(value, name, span))
    }

    fn rooted(&mut self, root: &Root, base: &ast::Expr, name: &Ident, _: Want<'_>, span: Span) -> Expr {
        match root {
            Root::Broken => broken(span),
            Root::Word("env") => {
                let kind = EffectKind::Env { name: name.name.clone(), optional: false };
                self.effect(
                    kind,
                    Type::String,
                    span,
                    &format!("read the environment variable `{}`", name.name),
                )
            }
            Root::Word("secret") => {
                if !self.frame().sealed {
                    self.misplaced_secret(span);
                    return broken(span);
                }
                self.activity += 1;
                make(ExprKind::Sealed(vec![SealedPart::Secret(name.name.clone())]), Type::Secret, span)
            }
            Root::Word("call") if name.name == "key" => match self.frame().call_key {
                Some(local) => self.read(local, span),
                None => {
                    let message =
                        "`call.key` exists only in the clauses of a tool: `via`, `lookup`, `confirm`, `undo`";
                    self.error(codes::CALL_KEY, span, message);
                    broken(span)
                }
            },
            Root::Word("job") if name.name == "id" => {
                self.effect(EffectKind::JobId, Type::String, span, "read the id of the job")
            }
            Root::Word(word) => {
                let only = if *word == "job" { "id" } else { "key" };
                let message = format!("`{word}` has no field `{}`", name.name);
                let diagnostic = Diagnostic::error(codes::UNKNOWN_FIELD, name.span, message);
                self.report(diagnostic.help(format!("it has only `{word}.{only}`")));
                broken(span)
            }
            Root::Std => match self.prelude_root(&name.name, span) {
                Some(_) => {
                    self.error(
                        codes::WRONG_ROLE,
                        span,
                        format!("`std.{}` is a module, not a value", name.name),
                    );
                    broken(span)
                }
                None => {
                    self.unknown_name(name);
                    broken(span)
                }
            },
            Root::Module(module) => {
                if library::functions_of(module).any(|known| known == name.name) {
                    let message = format!("`{module}.{}` is a function: call it", name.name);
                    self.error(codes::WRONG_ROLE, span, message);
                } else {
                    self.unknown_member(module, name);
                }
                broken(span)
            }
            Root::File(file) => match self.exported_value(*file, name) {
                Some((symbol, declared)) => {
                    let value = self.symbol_value(symbol, declared, name);
                    Expr { span, ..value }
                }
                None => broken(span),
            },
            Root::Type(ty) => self.variant(ty, name, None, Want::Any, base.span, span),
        }
    }

    /// Reports a function that a module of the library does not have.
    pub(super) fn unknown_member(&mut self, module: &str, name: &Ident) {
        let message = format!("`{module}` has no function `{}`", name.name);
        let mut diagnostic = Diagnostic::error(codes::UNKNOWN_METHOD, name.span, message);
        if let Some(near) = nearest(&name.name, library::functions_of(module)) {
            diagnostic = diagnostic.help(format!("did you mean `{near}`?")).fix(
                format!("rename to {near}"),
                name.span,
                near,
            );
        }
        self.report(diagnostic);
    }

    /// A further link of a chain: after `x?.a`, `.b` belongs to what is skipped where `x` is null. Parentheses end a
    /// chain.
    pub(super) fn link(
        &mut self,
        base: &ast::Expr,
        span: Span,
        then: impl FnOnce(&mut Self, Expr) -> Expr,
    ) -> Expr {
        use ast::ExprKind::{Call, Field, Index, TupleField};
        let value = self.expr(base, Want::Any);
        match value.kind {
            ExprKind::Safe { base: first, bind, then: so_far }
                if matches!(base.kind, Call { .. } | Field { .. } | Index { .. } | TupleField { .. }) =>
            {
                let then = then(self, *so_far);
                let ty = self.shallow(&then.ty).optional();
                make(ExprKind::Safe { base: first, bind, then: Box::new(then) }, ty, span)
            }
            kind => then(self, Expr { kind, ..value }),
        }
    }

    /// `base?.…`: null if `base` is null, else what `then` makes of it.
    pub(super) fn safely(
        &mut self,
        base: Expr,
        span: Span,
        then: impl FnOnce(&mut Self, Expr) -> Expr,
    ) -> Expr {
        let inner = match self.known(&base.ty, base.span) {
            Type::Optional(inner) => (*inner).clone(),
            Type::Unknown | Type::Never => Type::Unknown,
            other => {
                let message =
                    format!("this is never null, it is {}: use `.` instead of `?.`", self.show_a(&other));
                let at = Span { start: base.span.end, end: base.span.end + 2, ..base.span };
                let mut diagnostic = Diagnostic::warning(codes::ALWAYS_SAME, base.span, message);
                if self.sources.text(at) == "?." {
                    diagnostic = diagnostic.fix("use `.`", at, ".");
                }
                self.report(diagnostic);
                return then(self, base);
            }
        };
        let bind = self.hidden(inner.clone(), base.span);
        let value = make(ExprKind::Local(bind), inner, base.span);
        // The value has the facts of the path it came from.
        if let Some((root, fields)) = path(&base) {
            let facts = self.frame().facts.iter().filter(|fact| {
                fact.root == root && fact.path.len() > fields.len() && fact.path.starts_with(&fields)
            });
            let facts: Vec<_> = facts
                .map(|fact| super::super::narrow::Fact {
                    root: bind,
                    path: fact.path[fields.len()..].to_vec(),
                    ty: fact.ty.clone(),
                })
                .collect();
            self.assume(facts);
        }
        let then = then(self, value);
        let ty = self.shallow(&then.ty).optional();
        make(ExprKind::Safe { base: Box::new(base), bind, then: Box::new(then) }, ty, span)
    }

    fn field_value(&mut self, base: Expr, name: &Ident, span: Span) -> Expr {
        match self.known(&base.ty, base.span) {
            Type::Unknown | Type::Never => broken(span),
            Type::Record(id, args) => {
                let Some((index, declared)) = self.field_of(id, &args, name) else { return broken(span) };
                let read = make(ExprKind::Field { base: Box::new(base), index }, declared, span);
                match path(&read).and_then(|(root, fields)| self.fact(root, &fields)) {
                    Some(ty) => Expr { ty, ..read },
                    None => read,
                }
            }
            Type::Json => {
                make(ExprKind::JsonField { base: Box::new(base), name: name.name.clone() }, Type::Json, span)
            }
            other => {
                self.no_field(&other, name);
                broken(span)
            }
        }
    }

    /// Index and type of a field of a record, or an error with what was meant.
    pub(in crate::check) fn field_of(
        &mut self,
        id: RecordId,
        args: &[Type],
        name: &Ident,
    ) -> Option<(u16, Type)> {
        let record = &self.program.records[id.index()];
        if let Some(at) = record.fields.iter().position(|field| field.name == name.name) {
            return Some((u16::try_from(at).ok()?, substitute(&record.fields[at].ty, args)));
        }
        let message = format!("`{}` has no field `{}`", record.name, name.name);
        let mut diagnostic = Diagnostic::error(codes::UNKNOWN_FIELD, name.span, message);
        if record.span != Span::default() {
            diagnostic = diagnostic.label(record.span, "declared here");
        }
        if let Some(near) = nearest(&name.name, record.fields.iter().map(|field| field.name.as_str())) {
            diagnostic = diagnostic.help(format!("did you mean `{near}`?")).fix(
                format!("rename to {near}"),
                name.span,
                near,
            );
        } else if !record.fields.is_empty() && record.fields.len() <= 12 {
            let names: Vec<&str> = record.fields.iter().map(|field| field.name.as_str()).collect();
            diagnostic = diagnostic.help(format!("its fields are {}", names.join(", ")));
        }
        self.report(diagnostic);
        None
    }

    /// Reports a field of something that has none.
    pub(in crate::check) fn no_field(&mut self, ty: &Type, name: &Ident) {
        let a_shown = self.show_a(ty);
        let diagnostic = match ty {
            Type::Unknown | Type::Never => return,
            Type::Secret => return self.misplaced_secret(name.span),
            Type::Optional(_) => {
                let message = format!("this may be null: `{}` of {a_shown}", name.name);
                let diagnostic = Diagnostic::error(codes::MAYBE_NULL, name.span, message);
                let dot =
                    Span { start: name.span.start.saturating_sub(1), end: name.span.start, ..name.span };
                let diagnostic = diagnostic.help("use `?.`, or look first: `if let x = …`, `if … != null`");
                if self.sources.text(dot) == "." { diagnostic.fix("use `?.`", dot, "?.") } else { diagnostic }
            }
            _ if library::methods_of(ty).any(|known| known == name.name) => {
                let message = format!("`{}` of {a_shown} is a method: call it", name.name);
                let end = Span { start: name.span.end, ..name.span };
                Diagnostic::error(codes::UNKNOWN_FIELD, name.span, message).fix("call it", end, "()")
            }
            _ => {
                let message = format!("{a_shown} has no field `{}`", name.name);
                let diagnostic = Diagnostic::error(codes::UNKNOWN_FIELD, name.span, message);
                match ty {
                    Type::Enum(..) => diagnostic.help("look into a variant with `match`"),
                    Type::Map(_) => diagnostic.help("look up a key with `m[\"key\"]` or `m.get(\"key\")`"),
                    Type::Tuple(_) => diagnostic.help("the parts of a tuple are `.0`, `.1` …"),
                    Type::List(_) | Type::String
                        if matches!(name.name.as_str(), "length" | "size" | "count") =>
                    {
                        diagnostic.help("its length is `.len()`").fix("write `len()`", name.span, "len()")
                    }
                    _ => diagnostic,
                }
            }
        };
        self.report(diagnostic);
    }

    pub(super) fn tuple_field(&mut self, base: Expr, index: u32, index_span: Span, span: Span) -> Expr {
        match self.known(&base.ty, base.span) {
            Type::Tuple(items) => match (items.get(index as usize), u16::try_from(index)) {
                (Some(ty), Ok(index)) => {
                    let read = make(ExprKind::TupleField { base: Box::new(base), index }, ty.clone(), span);
                    match path(&read).and_then(|(root, parts)| self.fact(root, &parts)) {
                        Some(ty) => Expr { ty, ..read },
                        None => read,
                    }
                }
                _ => {
                    let message = format!(
                        "this tuple has {} parts, counted from 0: there is no `.{index}`",
                        items.len()
                    );
                    self.error(codes::UNKNOWN_FIELD, index_span, message);
                    broken(span)
                }
            },
            Type::Unknown | Type::Never => broken(span),
            other => {
                let message = format!("only a tuple has numbered parts, found {}", self.show(&other));
                self.error(codes::UNKNOWN_FIELD, index_span, message);
                broken(span)
            }
        }
    }

    pub(super) fn index(&mut self, base: &ast::Expr, index: &ast::Expr, span: Span) -> Expr {
        self.link(base, span, |checker, value| checker.element(value, index, span))
    }

    fn element(&mut self, base: Expr, index: &ast::Expr, span: Span) -> Expr {
        if let (ast::ExprKind::Range { start, end, inclusive: false }, Type::List(_) | Type::String) =
            (&index.kind, self.shallow(&base.ty))
        {
            let part = |expr: &ast::Expr| self.sources.text(expr.span).to_owned();
            let instead = format!(".slice({}, {})", part(start), part(end));
            let place = Span { start: base.span.end, ..span };
            let message = format!("a part is taken with `{instead}`");
            self.report(Diagnostic::error(codes::HABIT, place, message).fix(
                format!("write `{instead}`"),
                place,
                instead,
            ));
            return broken(span);
        }
        let (index, ty) = match self.known(&base.ty, base.span) {
            Type::List(item) => (self.expect(index, &Type::Int, Why::PLAIN), (*item).clone()),
            Type::Map(entry) => (self.expect(index, &entry.0, Why::PLAIN), entry.1.clone()),
            Type::Json => (self.json_key(index), Type::Json),
            other => {
                self.expr(index, Want::Any);
                self.no_index(&other, base.span);
                return broken(span);
            }
        };
        make(ExprKind::Index { base: Box::new(base), index: Box::new(index) }, ty, span)
    }

    /// Reports an index into something that has no elements.
    pub(in crate::check) fn no_index(&mut self, ty: &Type, span: Span) {
        let a_shown = self.show_a(ty);
        let diagnostic = match ty {
            Type::Unknown | Type::Never => return,
            Type::Secret => return self.misplaced_secret(span),
            Type::Optional(_) => Diagnostic::error(
                codes::MAYBE_NULL,
                span,
                format!("this may be null: an element of {a_shown}"),
            )
            .help("look first: `if let x = …`, or give another value with `??`"),
            _ => {
                let message = format!("{a_shown} has no elements to index");
                let diagnostic = Diagnostic::error(codes::OPERATOR, span, message);
                match ty {
                    Type::String => diagnostic.help("use `.slice(from, to)` or `.chars()`"),
                    Type::Tuple(_) => diagnostic.help("the parts of a tuple are `.0`, `.1` …"),
                    _ => diagnostic,
                }
            }
        };
        self.report(diagnostic);
    }
}
