//! One mistake is one error: a name that is missing is reported once, with every place that misses it.

use std::collections::BTreeMap;

use crate::diagnostic::{Code, Diagnostic, codes};
use crate::span::{FileId, Span};
use crate::syntax::ast::File;

/// Most places that one diagnostic points at.
const PLACES: usize = 8;

/// What makes two findings the same mistake: the same words, about values within one declaration.
type Key = (Code, FileId, usize, String);

/// Makes one diagnostic of those about the same unknown name, which are in order.
pub(super) fn join(diagnostics: Vec<Diagnostic>, files: &[&File]) -> Vec<Diagnostic> {
    let declaration = |span: Span| {
        let items = files.get(usize::from(span.file.0)).map_or(&[][..], |file| &file.items);
        items.partition_point(|item| item.span.end < span.start)
    };
    let mut first: BTreeMap<Key, usize> = BTreeMap::new();
    let mut joined: Vec<Diagnostic> = Vec::with_capacity(diagnostics.len());
    for found in diagnostics {
        let within = match found.code {
            codes::UNKNOWN_NAME => declaration(found.span()),
            codes::UNKNOWN_TYPE => usize::MAX,
            _ => {
                joined.push(found);
                continue;
            }
        };
        let key = (found.code, found.span().file, within, found.message.clone());
        match first.get(&key) {
            Some(&at) => add(&mut joined[at], &found),
            None => {
                first.insert(key, joined.len());
                joined.push(found);
            }
        }
    }
    joined
}

/// Adds a further place; the fix then mends it there as well.
fn add(first: &mut Diagnostic, again: &Diagnostic) {
    if first.labels.len() < PLACES {
        first.labels.push(crate::diagnostic::Label { span: again.span(), text: "and here".to_owned() });
    }
    if let ([fix], [more]) = (first.fixes.as_mut_slice(), again.fixes.as_slice())
        && fix.title == more.title
    {
        fix.edits.extend(more.edits.iter().cloned());
    }
}
