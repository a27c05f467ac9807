//! String literals: escapes, interpolation, the dedenting of blocks.

use super::super::ast::{Expr, ExprKind, Template, TemplatePart, TextForm};
use super::{Builder, Node, Rule};
use crate::diagnostic::{Diagnostic, codes};
use crate::span::Span;

/// A piece of a literal before escapes are resolved: source text with its offset in the file, or an expression.
enum Piece<'a> {
    Source { text: &'a str, at: usize },
    Expr(Expr),
}

impl Builder<'_> {
    /// Any string literal.
    pub(super) fn text(&self, node: Node<'_>) -> Template {
        let rule = node.as_rule();
        let start = self.base + node.as_span().start();
        let whole = node.as_str();
        let inside = |open: usize, close: usize| Piece::Source {
            text: &whole[open..whole.len() - close],
            at: start + open,
        };
        match rule {
            Rule::raw => {
                template(TextForm::Raw, vec![TemplatePart::Text(whole[2..whole.len() - 1].to_owned())])
            }
            Rule::raw_block => {
                let pieces = self.dedent(vec![inside(4, 3)], start);
                template(
                    TextForm::RawBlock,
                    pieces.into_iter().map(|piece| self.part(piece, false)).collect(),
                )
            }
            Rule::text_block => {
                let pieces = self.dedent(self.pieces(node, start + 3), start);
                template(TextForm::Block, pieces.into_iter().map(|piece| self.part(piece, true)).collect())
            }
            Rule::habit_prefixed => {
                let quote = whole.find('"').unwrap_or(0);
                let span = Span::new(self.file, start, start + quote);
                let prefix = &whole[..quote];
                let message =
                    format!("a string needs no `{prefix}` before it: `\"…\"` interpolates `{{…}}` as it is");
                let error = Diagnostic::error(codes::HABIT, span, message);
                self.report(error.fix(format!("remove `{prefix}`"), span, ""));
                let inner = node.into_inner().find(|node| node.as_rule() != Rule::habit_prefix);
                inner.map_or_else(|| template(TextForm::Plain, Vec::new()), |inner| self.text(inner))
            }
            Rule::habit_quoted => {
                let span = Span::new(self.file, start, start + whole.len());
                let body = &whole[1..whole.len() - 1];
                let quoted = format!("\"{}\"", body.replace('"', "\\\"").replace('{', "\\{"));
                let error = Diagnostic::error(codes::HABIT, span, "strings stand in double quotes");
                self.report(error.fix("use double quotes", span, quoted));
                template(TextForm::Plain, vec![TemplatePart::Text(body.to_owned())])
            }
            _ => {
                let pieces = self.pieces(node, start + 1);
                template(TextForm::Plain, pieces.into_iter().map(|piece| self.part(piece, true)).collect())
            }
        }
    }

    /// The text of a literal that may not interpolate: paths, titles, JSON keys.
    pub(super) fn plain_text(&self, node: Node<'_>, what: &str) -> super::super::ast::Ident {
        let span = self.span(&node);
        let mut name = String::new();
        for part in self.text(node).parts {
            match part {
                TemplatePart::Text(text) => name.push_str(&text),
                TemplatePart::Expr(expr) => {
                    self.error(expr.span, format!("{what} cannot interpolate: write `\\{{` for a brace"));
                }
            }
        }
        super::super::ast::Ident { name, span }
    }

    /// The pieces of a literal in turn; there is always a (possibly empty) text between and around expressions, so
    /// that dedenting knows what stands next to the quotes.
    fn pieces<'i>(&self, node: Node<'i>, mut at: usize) -> Vec<Piece<'i>> {
        let mut pieces = Vec::new();
        let mut text_last = false;
        for piece in node.into_inner() {
            let span = piece.as_span();
            if piece.as_rule() == Rule::hole {
                if !text_last {
                    pieces.push(Piece::Source { text: "", at });
                }
                pieces.push(Piece::Expr(self.kids(piece).expr()));
                text_last = false;
            } else {
                pieces.push(Piece::Source { text: piece.as_str(), at: self.base + span.start() });
                text_last = true;
            }
            at = self.base + span.end();
        }
        if !text_last {
            pieces.push(Piece::Source { text: "", at });
        }
        pieces
    }

    fn part(&self, piece: Piece<'_>, escapes: bool) -> TemplatePart {
        match piece {
            Piece::Expr(expr) => TemplatePart::Expr(expr),
            Piece::Source { text, at } if escapes => TemplatePart::Text(self.unescape(text, at)),
            Piece::Source { text, .. } => TemplatePart::Text(text.replace("\r\n", "\n")),
        }
    }

    fn unescape(&self, text: &str, at: usize) -> String {
        let mut out = String::with_capacity(text.len());
        let mut rest = text;
        while let Some(index) = rest.find(['\\', '\r']) {
            out.push_str(&rest[..index]);
            rest = &rest[index..];
            if rest.starts_with('\r') {
                // CRLF counts as LF, in strings as everywhere.
                if !rest.starts_with("\r\n") {
                    out.push('\r');
                }
                rest = &rest[1..];
                continue;
            }
            let escape = escape_of(rest);
            match resolve(escape) {
                Ok(character) => out.push(character),
                Err(message) => {
                    let start = at + text.len() - rest.len();
                    let span = Span::new(self.file, start, start + escape.len());
                    let error = Diagnostic::error(codes::ESCAPE, span, message);
                    self.report(
                        error.help("escapes are \\n \\t \\r \\\" \\\\ \\{ \\u{1F600}; `r\"…\"` has none"),
                    );
                }
            }
            rest = &rest[escape.len()..];
        }
        out.push_str(rest);
        out
    }

    /// Removes the line breaks next to the quotes, and from every line the indent of the closing quotes.
    fn dedent<'i>(&self, mut pieces: Vec<Piece<'i>>, start: usize) -> Vec<Piece<'i>> {
        let lines = |piece: &Piece<'_>| matches!(piece, Piece::Source { text, .. } if text.contains('\n'));
        if !pieces.iter().any(lines) {
            return pieces;
        }
        let Some(Piece::Source { text, .. }) = pieces.last_mut() else { return pieces };
        let line_break = text.rfind('\n');
        let indent = &text[line_break.map_or(0, |n| n + 1)..];
        if line_break.is_none() || !is_blank(indent) {
            let span = Span::new(self.file, start, start + 3);
            let message =
                "the closing quotes of a block string of several lines stand on a line of their own";
            self.report(Diagnostic::error(codes::BLOCK_INDENT, span, message));
            return pieces;
        }
        let content = &text[..line_break.unwrap_or(0)];
        *text = content.strip_suffix('\r').unwrap_or(content);
        let last = pieces.len() - 1;
        let mut out = Vec::with_capacity(pieces.len());
        let mut reported = false;
        for (n, piece) in pieces.into_iter().enumerate() {
            let Piece::Source { text, at } = piece else {
                out.push(piece);
                continue;
            };
            let mut line_at = at;
            for (k, line) in text.split_inclusive('\n').enumerate() {
                let (line_start, opening) = (line_at, k == 0 && n == 0);
                line_at += line.len();
                if opening && line.ends_with('\n') && is_blank(line) {
                    continue;
                }
                if k == 0 {
                    out.push(Piece::Source { text: line, at: line_start });
                    continue;
                }
                let ends = line.ends_with('\n') || n == last;
                let stripped = match line.strip_prefix(indent) {
                    Some(stripped) => stripped,
                    None if ends && is_blank(line) => line.trim_start_matches([' ', '\t']),
                    None => {
                        if !std::mem::replace(&mut reported, true) {
                            self.indent_error(line, line_start, start);
                        }
                        line.trim_start_matches([' ', '\t'])
                    }
                };
                out.push(Piece::Source { text: stripped, at: line_at - stripped.len() });
            }
        }
        out
    }

    fn indent_error(&self, line: &str, at: usize, start: usize) {
        let end = at + line.trim_end().len();
        let message = "this line is indented less than the closing quotes of its block string";
        let error = Diagnostic::error(codes::BLOCK_INDENT, Span::new(self.file, at, end), message);
        self.report(error.label(Span::new(self.file, start, start + 3), "the block string begins here"));
    }

    pub(super) fn text_expr(&self, node: Node<'_>) -> ExprKind {
        ExprKind::Text(self.text(node))
    }
}

/// Joins neighbouring texts and drops empty ones.
fn template(form: TextForm, parts: Vec<TemplatePart>) -> Template {
    let mut joined: Vec<TemplatePart> = Vec::new();
    for part in parts {
        match (joined.last_mut(), part) {
            (_, TemplatePart::Text(text)) if text.is_empty() => {}
            (Some(TemplatePart::Text(last)), TemplatePart::Text(text)) => last.push_str(&text),
            (_, part) => joined.push(part),
        }
    }
    Template { form, parts: joined }
}

fn is_blank(line: &str) -> bool {
    line.bytes().all(|b| matches!(b, b' ' | b'\t' | b'\r' | b'\n'))
}

/// The escape at the start of a text that begins with a backslash.
fn escape_of(text: &str) -> &str {
    if text.starts_with("\\u{") {
        let end = text.find('}').map_or(text.len(), |n| n + 1);
        return &text[..end];
    }
    let length = text.chars().nth(1).map_or(1, |c| 1 + c.len_utf8());
    &text[..length]
}

fn resolve(escape: &str) -> Result<char, String> {
    Ok(match escape {
        "\\n" => '\n',
        "\\t" => '\t',
        "\\r" => '\r',
        "\\\"" => '"',
        "\\\\" => '\\',
        "\\{" => '{',
        _ => {
            let Some(digits) = escape.strip_prefix("\\u{").and_then(|e| e.strip_suffix('}')) else {
                return Err(format!(
                    "`{}` is not an escape",
                    escape.escape_debug().to_string().replace("\\\\", "\\")
                ));
            };
            let code = u32::from_str_radix(digits, 16).ok().filter(|_| digits.len() <= 6);
            return code
                .and_then(char::from_u32)
                .ok_or_else(|| format!("`{escape}` names no Unicode character"));
        }
    })
}
