//! Records and variants are made here.

use super::super::Checker;
use super::super::arguments::{Arguments, Callee, Given, fallback};
use super::super::function::{Fallback, Parameter};
use super::super::program::{Expr, ExprKind, Field};
use super::super::types::Type;
use super::super::unify::{Want, Why};
use super::{broken, make};
use crate::diagnostic::{Diagnostic, codes};
use crate::ids::RecordId;
use crate::library::prelude;
use crate::resolve::TypeSymbol;
use crate::resolve::types::substitute;
use crate::span::Span;
use crate::syntax::ast::{self, Arg, FieldInit, Ident};

impl Checker<'_> {
    /// Fields as what a caller gives.
    pub(in crate::check) fn parameters(fields: &[Field], args: &[Type]) -> Vec<Parameter> {
        let parameter =
            |field: &Field| Parameter::new(&field.name, substitute(&field.ty, args), field.default);
        fields.iter().map(parameter).collect()
    }

    /// `.Variant`, `.Variant(…)`: its enum comes from what is wanted.
    pub(super) fn variant_like(
        &mut self,
        name: &Ident,
        args: Option<&[Arg]>,
        want: Want<'_>,
        span: Span,
    ) -> Expr {
        match self.hint(want) {
            Some(ty @ Type::Enum(..)) => self.variant(&ty, name, args, want, span, span),
            Some(other) if other != Type::Never => {
                let message = format!("expected {}, found the variant `.{}`", self.show(&other), name.name);
                self.error(codes::TYPE_MISMATCH, span, message);
                self.check_all(args);
                broken(span)
            }
            _ => {
                self.check_all(args);
                // What is unknown may have been so because of an error; if nothing failed, this is the error.
                let unknown = matches!(want.hint().map(|hint| self.shallow(hint)), Some(Type::Unknown));
                if !unknown || self.diagnostics.is_empty() {
                    let message = format!("the enum of `.{}` is not known here", name.name);
                    let diagnostic = Diagnostic::error(codes::OPEN_TYPE, span, message);
                    self.report(diagnostic.help(format!("write it out: `Enum.{}`", name.name)));
                }
                broken(span)
            }
        }
    }

    /// Checks arguments of something broken.
    pub(super) fn check_all(&mut self, args: Option<&[Arg]>) {
        for arg in args.unwrap_or_default() {
            self.expr(&arg.value, Want::Like(&Type::Unknown));
        }
    }

    /// A variant of a known type.
    pub(super) fn variant(
        &mut self,
        ty: &Type,
        name: &Ident,
        args: Option<&[Arg]>,
        want: Want<'_>,
        owner: Span,
        span: Span,
    ) -> Expr {
        let Type::Enum(id, hinted) = ty else {
            self.check_all(args);
            if !matches!(ty, Type::Unknown) {
                let message = format!("{} is no enum and has no variants", self.show(ty));
                self.error(codes::WRONG_ROLE, owner, message);
            }
            return broken(span);
        };
        let Some(variant) = self.variant_of(*id, name) else {
            self.check_all(args);
            return broken(span);
        };
        // A wanted type settles type arguments early; whether it fits is for the caller to say.
        let open = !hinted.is_empty() && hinted.iter().all(|arg| matches!(arg, Type::Open(_)));
        let generics: Vec<Type> = match self.hint(want) {
            Some(Type::Enum(wanted, args)) if open && wanted == *id => {
                for (open, wanted) in hinted.iter().zip(args.iter()) {
                    self.fit(wanted, open);
                }
                args.to_vec()
            }
            _ => hinted.to_vec(),
        };
        let item = &self.program.enums[id.index()];
        let declared = (item.span != Span::default()).then_some(item.span);
        let fields = item.variants[variant as usize].fields.clone();
        let made = Type::Enum(*id, generics.clone().into());
        if fields.is_empty() {
            if let Some(args) = args {
                let message = format!("`.{}` has no payload", name.name);
                let diagnostic = Diagnostic::error(codes::ARGUMENTS, span, message);
                let parens = Span { start: name.span.end, end: span.end, ..span };
                self.report(diagnostic.fix("remove the parentheses", parens, ""));
                self.check_all(Some(args));
            }
            return make(ExprKind::Variant { id: *id, variant, fields: Vec::new() }, made, span);
        }
        let params = Self::parameters(&fields, &generics);
        let callee = Callee { name: &name.name, params: &params, declared, unmixed: true };
        let given = Given::all(args.unwrap_or_default());
        let (before, values) = self.arguments(callee, &given, span).split();
        let fields =
            values.into_iter().enumerate().map(|(at, value)| (u16::try_from(at).unwrap_or(u16::MAX), value));
        let kind = ExprKind::Variant { id: *id, variant, fields: fields.collect() };
        Arguments::wrap(before, make(kind, made, span))
    }

    pub(super) fn record(
        &mut self,
        module: Option<&Ident>,
        name: &Ident,
        base: Option<&ast::Expr>,
        fields: &[FieldInit],
        want: Want<'_>,
        span: Span,
    ) -> Expr {
        let Some((id, args)) = self.record_type(module, name, want, span) else {
            if let Some(base) = base {
                self.expr(base, Want::Any);
            }
            for field in fields {
                match &field.value {
                    Some(value) => self.expr(value, Want::Like(&Type::Unknown)),
                    None => self.name(&field.name),
                };
            }
            return broken(span);
        };
        let ty = Type::Record(id, args.clone().into());
        let base = base.map(|base| Box::new(self.expect(base, &ty, Why::PLAIN)));
        let params = self.record_parameters(id, &args);
        let mut seen: Vec<Option<Span>> = vec![None; params.len()];
        let mut done = Vec::with_capacity(fields.len());
        let mut failed = false;
        for field in fields {
            let Some((index, ty)) = self.field_of(id, &args, &field.name) else {
                failed = true;
                if let Some(value) = &field.value {
                    self.expr(value, Want::Like(&Type::Unknown));
                }
                continue;
            };
            if let Some(first) = seen[index as usize].replace(field.name.span) {
                let message = format!("the field `{}` is given twice", field.name.name);
                let diagnostic = Diagnostic::error(codes::DUPLICATE_NAME, field.name.span, message);
                self.report(diagnostic.label(first, "first here"));
            }
            let declared = self.program.records[id.index()].fields[index as usize].span;
            let why =
                if declared == Span::default() { Why::PLAIN } else { Why::at(declared, "declared here") };
            let value = match &field.value {
                Some(value) => self.expect(value, &ty, why),
                None => {
                    let value = self.name(&field.name);
                    self.coerce(value, &ty, why)
                }
            };
            done.push((index, value));
        }
        if base.is_none() {
            let mut missing = Vec::new();
            for (at, param) in params.iter().enumerate().filter(|(at, _)| seen[*at].is_none()) {
                if param.fallback == Fallback::Required {
                    missing.push(format!("`{}`", param.name));
                } else {
                    done.push((u16::try_from(at).unwrap_or(u16::MAX), fallback(param, span)));
                }
            }
            if !missing.is_empty() && !failed {
                let message = format!("`{}` lacks {}", name.name, missing.join(", "));
                let mut diagnostic = Diagnostic::error(codes::MISSING_FIELD, name.span, message);
                let declared = self.program.records[id.index()].span;
                if declared != Span::default() {
                    diagnostic = diagnostic.label(declared, "declared here");
                }
                self.report(diagnostic);
            }
        }
        make(ExprKind::Record { id, base, fields: done }, ty, span)
    }

    fn record_parameters(&self, id: RecordId, args: &[Type]) -> Vec<Parameter> {
        let mut params = Self::parameters(&self.program.records[id.index()].fields, args);
        if id == prelude::ERROR
            && let Some(data) = params.iter_mut().find(|param| param.name == "data")
        {
            data.fallback = Fallback::JsonNull;
        }
        params
    }

    /// The record of this name, with type arguments as far as they are known.
    fn record_type(
        &mut self,
        module: Option<&Ident>,
        name: &Ident,
        want: Want<'_>,
        span: Span,
    ) -> Option<(RecordId, Vec<Type>)> {
        let symbol = match module {
            Some(module) if module.name != "std" || self.names().values.contains_key("std") => {
                let file = self.module_named(module)?;
                Some(self.exported_type(file, name)?)
            }
            None if !self.in_library => self.type_named(&name.name),
            _ => None,
        };
        let id = match symbol {
            Some((TypeSymbol::Record(id), _)) => id,
            Some((TypeSymbol::Broken, _)) => return None,
            Some((TypeSymbol::Alias(at), _)) => {
                let args = self.open_arguments(self.aliases[at].item.generics.len(), span);
                match substitute(&self.alias(at), &args) {
                    Type::Record(id, args) => return Some((id, args.to_vec())),
                    Type::Unknown => return None,
                    other => {
                        let message =
                            format!("`{}` stands for {}, which is no record", name.name, self.show(&other));
                        self.error(codes::WRONG_ROLE, name.span, message);
                        return None;
                    }
                }
            }
            Some((TypeSymbol::Enum(_), declared)) => {
                let message = format!("`{}` is an enum, not a record", name.name);
                let diagnostic =
                    Diagnostic::error(codes::WRONG_ROLE, name.span, message).label(declared, "declared here");
                self.report(diagnostic.help(format!("name a variant: `{}.Variant(…)`", name.name)));
                return None;
            }
            None => match name.name.as_str() {
                "Error" => prelude::ERROR,
                "Entry" => prelude::ENTRY,
                "HttpResponse" => prelude::HTTP_RESPONSE,
                "ExecResult" => prelude::EXEC_RESULT,
                "Message" => prelude::MESSAGE,
                _ => {
                    self.unknown_type(name);
                    return None;
                }
            },
        };
        if let Some(Type::Record(wanted, args)) = self.hint(want)
            && wanted == id
        {
            return Some((id, args.to_vec()));
        }
        let args = self.open_arguments(self.program.records[id.index()].generics, span);
        Some((id, args.to_vec()))
    }
}
