//! Types whose values can end: a record that always contains another one of itself has none.

use super::Checker;
use super::program::Variant;
use super::types::Type;
use crate::diagnostic::{Diagnostic, codes};
use crate::span::Span;

impl Checker<'_> {
    /// Reports records and enums of which no finite value exists.
    pub(super) fn check_endings(&mut self) {
        let mut records = vec![false; self.program.records.len()];
        let mut enums = vec![false; self.program.enums.len()];
        loop {
            let mut changed = false;
            for (at, record) in self.program.records.iter().enumerate() {
                if !records[at] && record.fields.iter().all(|field| ends(&field.ty, &records, &enums)) {
                    records[at] = true;
                    changed = true;
                }
            }
            for (at, item) in self.program.enums.iter().enumerate() {
                let ends =
                    |variant: &Variant| variant.fields.iter().all(|field| ends(&field.ty, &records, &enums));
                if !enums[at] && (item.variants.is_empty() || item.variants.iter().any(ends)) {
                    enums[at] = true;
                    changed = true;
                }
            }
            if !changed {
                break;
            }
        }
        let endless = |name: &str, span: Span| {
            let message = format!("no value of `{name}` could ever end: it always contains another one");
            Diagnostic::error(codes::ENDLESS_TYPE, span, message)
                .help("make the inner one optional, or a list")
        };
        let of_records = self.program.records.iter().zip(&records).filter(|(_, ends)| !**ends);
        let mut found: Vec<Diagnostic> =
            of_records.map(|(record, _)| endless(&record.name, record.span)).collect();
        let of_enums = self.program.enums.iter().zip(&enums).filter(|(_, ends)| !**ends);
        found.extend(of_enums.map(|(item, _)| endless(&item.name, item.span)));
        found.into_iter().for_each(|diagnostic| self.report(diagnostic));
    }
}

fn ends(ty: &Type, records: &[bool], enums: &[bool]) -> bool {
    match ty {
        Type::Record(id, args) => records[id.index()] && args.iter().all(|arg| ends(arg, records, enums)),
        Type::Enum(id, _) => enums[id.index()],
        Type::Tuple(items) => items.iter().all(|item| ends(item, records, enums)),
        _ => true,
    }
}
