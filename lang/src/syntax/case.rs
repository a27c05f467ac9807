//! The case of declared names: `snake_case` for values, `PascalCase` for types and variants, `UPPER_SNAKE` for
//! constants. Needs no types, so the parser asks for it.

use super::ast::Ident;
use super::scan::{Kind, Token};
use crate::diagnostic::{Diagnostic, Edit, Fix, codes};
use crate::span::{FileId, Span};

/// How a name is to be written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Case {
    Snake,
    Pascal,
    UpperSnake,
}

/// A declared name that is written otherwise.
#[derive(Clone, Debug)]
pub(crate) struct Named {
    pub(crate) ident: Ident,
    pub(crate) case: Case,
    /// What it names: `a function`.
    pub(crate) what: &'static str,
}

impl Case {
    /// Whether a name is written this way. A leading `_` marks private names; digits fit anywhere.
    pub(crate) fn fits(self, name: &str) -> bool {
        let body = name.trim_start_matches('_');
        let first = body.as_bytes().first();
        match self {
            Self::Snake => !body.bytes().any(|b| b.is_ascii_uppercase()),
            Self::Pascal => {
                first.is_none_or(u8::is_ascii_uppercase) && !body.contains('_') && !body.is_empty()
            }
            Self::UpperSnake => !body.bytes().any(|b| b.is_ascii_lowercase()),
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Snake => "snake_case",
            Self::Pascal => "PascalCase",
            Self::UpperSnake => "UPPER_SNAKE_CASE",
        }
    }

    /// The name in this case: `userName`, `UserName`, `user_name`, `USER_NAME` are all the same words.
    pub(crate) fn apply(self, name: &str) -> String {
        let body = name.trim_start_matches('_');
        let private = &name[..name.len() - body.len()];
        let words = words(body);
        let joined = match self {
            Self::Snake => words.join("_"),
            Self::UpperSnake => words.join("_").to_ascii_uppercase(),
            Self::Pascal => words.iter().map(|word| capitalise(word)).collect(),
        };
        format!("{private}{joined}")
    }
}

fn capitalise(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().map_or_else(String::new, |first| first.to_ascii_uppercase().to_string() + letters.as_str())
}

/// The words of a name in lower case: split at `_` and before a capital that follows a small letter or begins a word.
fn words(name: &str) -> Vec<String> {
    let letters: Vec<char> = name.chars().collect();
    let mut words = vec![String::new()];
    for (n, &letter) in letters.iter().enumerate() {
        let after_small = n > 0 && !letters[n - 1].is_ascii_uppercase();
        let before_small = n > 0 && letters.get(n + 1).is_some_and(char::is_ascii_lowercase);
        if letter == '_' || letter.is_ascii_uppercase() && (after_small || before_small) {
            words.push(String::new());
        }
        if letter != '_' {
            let last = words.len() - 1;
            words[last].push(letter.to_ascii_lowercase());
        }
    }
    words.retain(|word| !word.is_empty());
    words
}

/// The errors for names of the wrong case: one per name, with a fix that renames it everywhere in the file.
pub(crate) fn report(file: FileId, text: &str, tokens: &[Token], names: &[Named]) -> Vec<Diagnostic> {
    let mut seen = std::collections::BTreeSet::new();
    let mut diagnostics = Vec::new();
    for Named { ident, case, what } in names {
        if !seen.insert(&ident.name) {
            continue;
        }
        let better = case.apply(&ident.name);
        let message = format!("{what} is written in {}: `{better}`, not `{}`", case.name(), ident.name);
        let mut error = Diagnostic::error(codes::NAME_CASE, ident.span, message);
        let edits = occurrences(file, text, tokens, &ident.name, &better);
        error.fixes.push(Fix { title: format!("rename to `{better}`"), edits, applicable: true });
        diagnostics.push(error);
    }
    diagnostics
}

fn occurrences(file: FileId, text: &str, tokens: &[Token], name: &str, better: &str) -> Vec<Edit> {
    let words = tokens.iter().filter(|token| token.kind == Kind::Word);
    words
        .map(|token| Span::new(file, token.start as usize, token.end as usize))
        .filter(|span| &text[span.range()] == name)
        .map(|span| Edit { span, text: better.to_owned() })
        .collect()
}
