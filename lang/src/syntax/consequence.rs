//! One mistake is one error: what the checker says of a broken text that only follows from what the parser has said.
//!
//! The checker sees a tree with pieces missing. A name that was declared in such a piece is unknown to it, a name that
//! was used there seems unused, a type that depends on it stays open. All that is kept from the author; once the piece
//! is mended, it comes or it does not.

use std::collections::BTreeSet;

use super::ast::{Item, ItemKind};
use super::parse::Parsed;
use crate::diagnostic::{Diagnostic, codes};
use crate::span::Span;

/// What is known of the broken pieces of one text.
pub(crate) struct Consequences<'t> {
    text: &'t str,
    /// Places that the parser has spoken of.
    said: BTreeSet<Span>,
    /// The broken pieces, in order, none touching the next.
    broken: Vec<Span>,
    /// The words in them.
    words: BTreeSet<&'t str>,
    /// Every declaration, in order.
    items: Vec<Span>,
    /// Whether the name of a type is missing, and that of something else: any unknown name may be it.
    nameless_type: bool,
    nameless_value: bool,
}

impl<'t> Consequences<'t> {
    /// Of a parsed text.
    pub(crate) fn of(parsed: &Parsed, text: &'t str) -> Self {
        let broken = joined(parsed.broken.clone());
        let pieces = broken.iter().filter_map(|span| text.get(span.range()));
        let words = pieces.flat_map(|piece| piece.split(|c: char| !(c.is_ascii_alphanumeric() || c == '_')));
        let nameless = |item: &Item| match &item.kind {
            ItemKind::Broken(broken) if broken.name.is_none() => Some(broken.keyword.clone()),
            _ => None,
        };
        let nameless: Vec<Option<String>> = parsed.file.items.iter().filter_map(nameless).collect();
        let is_type =
            |word: &str| matches!(word, "record" | "enum" | "type" | "class" | "struct" | "interface");
        Self {
            text,
            said: parsed.diagnostics.iter().map(Diagnostic::span).collect(),
            words: words.filter(|word| !word.is_empty()).collect(),
            broken,
            items: parsed.file.items.iter().map(|item| item.span).collect(),
            nameless_type: nameless.iter().any(|word| word.as_deref().is_none_or(is_type)),
            nameless_value: nameless.iter().any(|word| word.as_deref().is_none_or(|word| !is_type(word))),
        }
    }

    /// Whether a finding of the checker follows from what the parser has said.
    pub(crate) fn include(&self, found: &Diagnostic) -> bool {
        let span = found.span();
        if self.said.contains(&span) || found.code == codes::OPEN_TYPE && !self.broken.is_empty() {
            return true;
        }
        let about_a_name = matches!(
            found.code,
            codes::UNKNOWN_NAME
                | codes::UNKNOWN_TYPE
                | codes::UNKNOWN_FIELD
                | codes::UNKNOWN_METHOD
                | codes::UNKNOWN_VARIANT
                | codes::UNKNOWN_ARGUMENT
                | codes::UNKNOWN_TASK
                | codes::PATTERN_FIELDS
                | codes::UNUSED_LOCAL
                | codes::UNUSED_PARAMETER
                | codes::UNUSED_TASK
                | codes::UNUSED_TOOL
        );
        let name = self.text.get(span.range()).unwrap_or_default();
        let nameless = match found.code {
            codes::UNKNOWN_TYPE => self.nameless_type,
            codes::UNKNOWN_NAME => self.nameless_value,
            _ => false,
        };
        nameless
            || about_a_name && self.words.contains(name)
            || found.labels.iter().any(|label| self.touches(label.span))
            || found.labels[1..].iter().any(|label| self.leads_to_broken(span, label.span))
    }

    /// Whether a place lies in a broken piece, or around one.
    fn touches(&self, place: Span) -> bool {
        let from = self.broken.partition_point(|piece| piece.end <= place.start);
        self.broken.get(from).is_some_and(|piece| piece.start < place.end)
    }

    /// Whether `other` stands in another declaration than `place`, one with a broken piece.
    fn leads_to_broken(&self, place: Span, other: Span) -> bool {
        let item = |at: Span| {
            let index = self.items.partition_point(|item| item.end < at.start);
            self.items.get(index).copied()
        };
        item(place) != item(other) && item(other).is_some_and(|item| self.touches(item))
    }
}

/// Stretches in order, those that overlap as one.
fn joined(mut stretches: Vec<Span>) -> Vec<Span> {
    stretches.sort_unstable();
    let mut joined: Vec<Span> = Vec::with_capacity(stretches.len());
    for stretch in stretches {
        match joined.last_mut() {
            Some(last) if stretch.start < last.end => last.end = last.end.max(stretch.end),
            _ => joined.push(stretch),
        }
    }
    joined
}
