//! The types that every program has, at their fixed ids.

use std::sync::Arc;

use super::Checker;
use super::declare::field;
use super::program::{Enum, Field, Record, Variant};
use super::types::Type;
use crate::library::prelude;
use crate::span::Span;

impl Checker<'_> {
    /// Fills in the types that every program has, at their fixed ids.
    pub(super) fn declare_prelude(&mut self) {
        let error = || Type::Record(prelude::ERROR, Arc::from([]));
        let kind = Type::Enum(prelude::ERROR_KIND, Arc::from([]));
        let texts = Type::map(Type::String, Type::String);
        let records = [
            (
                "Error",
                0,
                vec![
                    field("kind", kind),
                    field("message", Type::String),
                    field("data", Type::Json),
                    field("task", Type::String.optional()),
                    field("cause", error().optional()),
                ],
            ),
            ("Entry", 2, vec![field("key", Type::Param(0)), field("value", Type::Param(1))]),
            (
                "HttpResponse",
                0,
                vec![field("status", Type::Int), field("headers", texts), field("body", Type::String)],
            ),
            (
                "ExecResult",
                0,
                vec![field("code", Type::Int), field("stdout", Type::String), field("stderr", Type::String)],
            ),
            ("Message", 0, vec![field("role", Type::String), field("content", Type::String)]),
        ];
        for (name, generics, fields) in records {
            let record =
                Record { name: name.to_owned(), generics, fields, span: Span::default(), docs: None };
            self.program.records.push(record);
        }
        let variant = |name: &str, fields: Vec<Field>| Variant { name: name.to_owned(), fields, docs: None };
        let payload =
            |name: &str| if name == "Other" { vec![field("name", Type::String)] } else { Vec::new() };
        let kinds = prelude::ERROR_KINDS.iter().map(|name| variant(name, payload(name))).collect();
        let results = vec![
            variant("Ok", vec![field("value", Type::Param(0))]),
            variant("Err", vec![field("error", error())]),
        ];
        for (name, generics, variants) in [("ErrorKind", 0, kinds), ("Result", 1, results)] {
            self.program.enums.push(Enum {
                name: name.to_owned(),
                generics,
                variants,
                span: Span::default(),
                docs: None,
            });
        }
    }
}
