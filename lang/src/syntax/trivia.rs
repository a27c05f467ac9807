//! Comments: kept beside the tree for the formatter, and read for documentation.
//!
//! A `///` block documents the declaration, field, variant, parameter or task that follows it; `//!` at the top
//! documents the module.

use super::ast::Docs;
use super::scan::{Kind, Token};
use crate::span::{FileId, Span};

/// One comment, from its slashes to the end of its line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Comment {
    /// Where it stands.
    pub span: Span,
    /// Whether it has its line for itself.
    pub own_line: bool,
}

/// Every comment of a text, in order of position.
pub(crate) fn comments(file: FileId, text: &str, tokens: &[Token]) -> Vec<Comment> {
    let mut comments = Vec::new();
    for (index, token) in tokens.iter().enumerate() {
        if token.kind == Kind::Comment {
            let end = token.start as usize + line(text, token).len();
            let span = Span::new(file, token.start as usize, end);
            comments.push(Comment { span, own_line: own_line(tokens, index) });
        }
    }
    comments
}

fn own_line(tokens: &[Token], index: usize) -> bool {
    index == 0 || tokens[index - 1].kind == Kind::Newline
}

fn line<'a>(text: &'a str, token: &Token) -> &'a str {
    text[token.start as usize..token.end as usize].trim_end()
}

/// The `///` block before the node that begins at `start`.
pub(crate) fn docs_before(text: &str, tokens: &[Token], start: u32) -> Docs {
    let before = tokens.partition_point(|token| token.start < start);
    let mut lines = Vec::new();
    for index in (0..before).rev() {
        let token = &tokens[index];
        match token.kind {
            Kind::Newline => {}
            Kind::Comment if own_line(tokens, index) => {
                let comment = line(text, token);
                if let Some(doc) = comment.strip_prefix("///").filter(|doc| !doc.starts_with('/')) {
                    lines.push(doc.strip_prefix(' ').unwrap_or(doc));
                }
            }
            _ => break,
        }
    }
    lines.reverse();
    (!lines.is_empty()).then(|| lines.join("\n"))
}

/// The `//!` block at the top.
pub(crate) fn module_docs(text: &str, tokens: &[Token]) -> Docs {
    let lines: Vec<&str> = tokens
        .iter()
        .take_while(|token| matches!(token.kind, Kind::Newline | Kind::Comment))
        .filter(|token| token.kind == Kind::Comment)
        .filter_map(|token| line(text, token).strip_prefix("//!"))
        .map(|doc| doc.strip_prefix(' ').unwrap_or(doc))
        .collect();
    (!lines.is_empty()).then(|| lines.join("\n"))
}
