//! Diagnostics as one line each, and text made safe for terminals.

use std::fmt::Write as _;

use super::{Diagnostic, Severity};
use crate::source::SourceMap;

/// `file:line:column: error[E0101]: message`.
#[must_use]
pub fn short(diagnostic: &Diagnostic, sources: &SourceMap) -> String {
    let span = diagnostic.span();
    let source = sources.get(span.file);
    let at = source.position(span.start);
    let severity = match diagnostic.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
    };
    let (name, message) = (escape(source.name()), escape(&diagnostic.message));
    format!("{name}:{}:{}: {severity}[{}]: {message}", at.line, at.column, diagnostic.code)
}

/// Whether a character would act on a terminal, or reorder the text around it, instead of showing itself.
pub(super) fn is_hostile(character: char) -> bool {
    character.is_control()
        || matches!(
            character,
            '\u{061c}'
                | '\u{200b}'..='\u{200f}'
                | '\u{2028}'..='\u{202e}'
                | '\u{2060}'..='\u{206f}'
                | '\u{feff}'
                | '\u{e0000}'..='\u{e007f}'
        )
}

/// A text with hostile characters written as `\u{…}`; line breaks too.
#[must_use]
pub fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        push_escaped(&mut out, character);
    }
    out
}

/// Appends a character, written as `\u{…}` if it is hostile.
pub(super) fn push_escaped(out: &mut String, character: char) {
    if is_hostile(character) {
        // Writing to a String cannot fail.
        let _ = write!(out, "\\u{{{:x}}}", u32::from(character));
    } else {
        out.push(character);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnostic::codes;
    use crate::span::{FileId, Span};

    #[test]
    fn one_line_whatever_the_message() {
        let sources = SourceMap::single("a\u{1b}[2J.aeth", "x\n yy");
        let error = Diagnostic::error(codes::SYNTAX, Span::new(FileId(0), 3, 5), "bad \u{202e}\nname");
        assert_eq!(short(&error, &sources), "a\\u{1b}[2J.aeth:2:2: error[E0101]: bad \\u{202e}\\u{a}name");
    }
}
