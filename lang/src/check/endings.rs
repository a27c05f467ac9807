//! Types whose values can end: a record that always contains another one of itself has none.

use super::Checker;
use super::program::Variant;
use super::types::Type;
use crate::diagnostic::{Diagnostic, codes};

impl Checker<'_> {
    /// Reports records and enums of which no finite value exists.
    pub(super) fn check_endings(&mut self) {
        let mut records = vec![false; self.program.records.len()];
        let mut enums = vec![false; self.program.enums.len()];
        // Types that contain each other are one mistake: once one is told, the others may end.
        loop {
            self.find_ends(&mut records, &mut enums);
            let of_records = self.program.records.iter().zip(&mut records);
            let of_records = of_records.map(|(item, ends)| (&item.name, item.span, ends));
            let of_enums = self.program.enums.iter().zip(&mut enums);
            let of_enums = of_enums.map(|(item, ends)| (&item.name, item.span, ends));
            let endless = of_records.chain(of_enums).filter(|(.., ends)| !**ends);
            let Some((name, span, ends)) = endless.min_by_key(|(_, span, _)| *span) else { return };
            *ends = true;
            let message = format!("no value of `{name}` could ever end: it always contains another one");
            let diagnostic = Diagnostic::error(codes::ENDLESS_TYPE, span, message);
            self.report(diagnostic.help("make the inner one optional, or a list"));
        }
    }

    /// Marks what ends, as far as it follows from what is marked.
    fn find_ends(&self, records: &mut [bool], enums: &mut [bool]) {
        loop {
            let mut changed = false;
            for (at, record) in self.program.records.iter().enumerate() {
                if !records[at] && record.fields.iter().all(|field| ends(&field.ty, records, enums)) {
                    records[at] = true;
                    changed = true;
                }
            }
            for (at, item) in self.program.enums.iter().enumerate() {
                let ends =
                    |variant: &Variant| variant.fields.iter().all(|field| ends(&field.ty, records, enums));
                if !enums[at] && (item.variants.is_empty() || item.variants.iter().any(ends)) {
                    enums[at] = true;
                    changed = true;
                }
            }
            if !changed {
                break;
            }
        }
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
