//! Text to tree, through the pest grammar.
//!
//! In: any text. Out: [`Parsed`]: a tree of the whole file with a node for what is broken, and one diagnostic per
//! mistake. Invariant: on a text without mistakes the tree is that of the strict entry, which takes the file as one.

mod control;
mod expr;
mod item;
mod number;
mod pattern;
mod stmt;
mod text;
mod types;

use std::cell::{Cell, RefCell};
use std::iter::Peekable;

#[cfg(test)]
use pest::Parser as _;
use pest::iterators::{Pair, Pairs};

use super::ast::{Block, Docs, Expr, ExprKind, File, Ident, Pattern, Type};
use super::case::Named;
use super::scan::{Kind, Scan, Token};
use super::trees::Trees;
use super::{case, recover, trivia};
use crate::diagnostic::{Diagnostic, codes};
use crate::limits;
use crate::span::{FileId, Span};
pub(crate) use item::broken_item;

/// What pest makes of the grammar; its rules are documented there.
mod generated {
    #![allow(missing_docs, clippy::all, clippy::semicolon_if_nothing_returned)]

    #[derive(pest_derive::Parser)]
    #[grammar = "syntax/grammar.pest"]
    pub(crate) struct Grammar;
}

pub(crate) use generated::{Grammar, Rule};

type Node<'i> = Pair<'i, Rule>;

/// What a text parses to.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Parsed {
    /// The tree, with a node for what is broken.
    pub file: File,
    /// What is wrong, in order of position.
    pub diagnostics: Vec<Diagnostic>,
    /// Every comment, in order of position.
    pub comments: Vec<trivia::Comment>,
    /// The stretches that were passed over, each with a diagnostic.
    pub broken: Vec<Span>,
}

/// Native stack that pest and the builder may use: nesting is bounded, but a level takes several frames.
const STACK_BYTES: usize = 64 * 1024 * 1024;

/// Parses a text. Never fails: what does not parse is a node of its own and a diagnostic.
#[must_use]
pub fn parse(file: FileId, text: &str) -> Parsed {
    parse_again(file, text, &mut Trees::none())
}

/// Parses a text of which `trees` may know declarations from before; what [`parse`] gives, sooner.
#[must_use]
pub fn parse_again(file: FileId, text: &str, trees: &mut Trees) -> Parsed {
    if text.len() > limits::SOURCE_BYTES {
        return Parsed {
            diagnostics: vec![crate::diagnostic::too_large(file, text.len())],
            ..Parsed::default()
        };
    }
    stacker::grow(STACK_BYTES, || recover::parse(file, text, trees))
}

/// Parses a text as one, without recovery; `None` if anything is wrong with it.
#[cfg(test)]
pub(crate) fn parse_strict(file: FileId, text: &str) -> Option<File> {
    stacker::grow(STACK_BYTES, || {
        let scan = super::scan::scan(file, text, &[]);
        let builder = Builder::new(file, text, &scan, 0);
        let pairs = Grammar::parse(Rule::file, text).ok()?;
        let items = builder.file(pairs);
        let mut names = Vec::new();
        let clean = scan.errors.is_empty() && builder.finish(&mut names).is_empty() && names.is_empty();
        clean.then(|| File { docs: trivia::module_docs(text, &scan.tokens), items })
    })
}

/// Turns pest's pairs into the tree. One per declaration that is parsed alone.
pub(crate) struct Builder<'a> {
    file: FileId,
    /// Where the parsed text begins in the file.
    base: usize,
    /// The whole file.
    source: &'a str,
    scan: &'a Scan,
    diagnostics: RefCell<Vec<Diagnostic>>,
    names: RefCell<Vec<Named>>,
    /// Bare `..` in literals: allowed only where the literal turns out to be a pattern.
    bare_rests: RefCell<Vec<Span>>,
    /// How deep the tree is above the node being built.
    depth: Cell<usize>,
    too_deep: Cell<bool>,
}

impl<'a> Builder<'a> {
    pub(crate) fn new(file: FileId, source: &'a str, scan: &'a Scan, base: usize) -> Self {
        Self {
            file,
            base,
            source,
            scan,
            diagnostics: RefCell::default(),
            names: RefCell::default(),
            bare_rests: RefCell::default(),
            depth: Cell::new(0),
            too_deep: Cell::new(false),
        }
    }

    /// What the builder itself found wrong. Names of the wrong case go to `names`.
    pub(crate) fn finish(self, names: &mut Vec<Named>) -> Vec<Diagnostic> {
        let mut diagnostics = self.diagnostics.into_inner();
        for span in self.bare_rests.into_inner() {
            let error = Diagnostic::error(codes::SYNTAX, span, "`..` needs the value whose parts it takes");
            diagnostics.push(error.at("expected an expression after it"));
        }
        names.extend(self.names.into_inner());
        diagnostics
    }

    fn report(&self, diagnostic: Diagnostic) {
        self.diagnostics.borrow_mut().push(diagnostic);
    }

    fn error(&self, span: Span, message: impl Into<String>) {
        self.report(Diagnostic::error(codes::SYNTAX, span, message));
    }

    /// The place of a node, without the spaces, line breaks and comments that pest leaves at its end.
    fn span(&self, node: &Node<'_>) -> Span {
        let span = node.as_span();
        let (start, mut end) = (self.base + span.start(), self.base + span.end());
        let tokens = &self.scan.tokens;
        let after = tokens.partition_point(|token| (token.start as usize) < end);
        let last = tokens[..after].iter().rev().find(|t| !matches!(t.kind, Kind::Newline | Kind::Comment));
        if let Some(last) = last {
            end = end.min((last.end as usize).max(start));
        }
        Span::new(self.file, start, end)
    }

    fn ident(&self, node: &Node<'_>) -> Ident {
        let at = node.as_span();
        let span = Span::new(self.file, self.base + at.start(), self.base + at.end());
        Ident { name: node.as_str().to_owned(), span }
    }

    fn docs(&self, span: Span) -> Docs {
        trivia::docs_before(self.source, &self.scan.tokens, span.start)
    }

    /// Notes a declared name, so that its case is checked.
    fn named(&self, ident: &Ident, case: case::Case, what: &'static str) {
        if !case.fits(&ident.name) {
            self.names.borrow_mut().push(Named { ident: ident.clone(), case, what });
        }
    }

    /// Builds something `cost` levels deep, or nothing if the tree would get too deep.
    fn nested<T>(&self, cost: usize, span: Span, build: impl FnOnce() -> T) -> Option<T> {
        let depth = self.depth.get() + cost;
        if depth > limits::CHAIN {
            if !self.too_deep.replace(true) {
                self.report(
                    Diagnostic::error(
                        codes::NESTING_TOO_DEEP,
                        span,
                        "this is nested too deeply to be compiled",
                    )
                    .help("give parts of it names with `let`, or move them into functions"),
                );
            }
            return None;
        }
        self.depth.set(depth);
        let built = stacker::maybe_grow(256 * 1024, 4 * 1024 * 1024, build);
        self.depth.set(depth - cost);
        Some(built)
    }

    /// The children of a node that carry something; reports habits of other languages on the way.
    fn kids<'b, 'i>(&'b self, node: Node<'i>) -> Kids<'b, 'a, 'i> {
        Kids { builder: self, span: self.span(&node), nodes: node.into_inner().peekable() }
    }

    /// Whether a node carries something beyond its place.
    fn carries(&self, node: &Node<'_>) -> bool {
        let rule = node.as_rule();
        match rule {
            Rule::EOI => false,
            Rule::fat_arrow if node.as_str() != "=>" => self.habit(node, "`=>` stands here, not `->`", "=>"),
            Rule::thin_arrow if node.as_str() != "->" => {
                let message = format!("`->` comes before a result type, not `{}`", node.as_str());
                self.habit(node, message, "->")
            }
            Rule::habit_sep => self.habit(node, "`,` or a new line separates, not `;`", ","),
            Rule::habit_colon => self.habit(node, "`=>` stands here, not `:`", "=>"),
            Rule::habit_dots => self.habit(node, "`.aeth` writes `..`, not `...`", ".."),
            Rule::habit_case => {
                let span = Span { end: self.span(node).start + 5, ..self.span(node) };
                let error =
                    Diagnostic::error(codes::HABIT, span, "an arm begins with its pattern, without `case`");
                self.report(error.fix("remove `case`", span, ""));
                false
            }
            Rule::semi => self.habit(node, "`.aeth` has no semicolons: a statement ends with its line", ""),
            Rule::habit_modifier => self.modifier(node),
            Rule::fat_arrow | Rule::thin_arrow | Rule::habit_fn | Rule::habit_record => false,
            _ => !(Rule::kw_as..=Rule::eq).contains(&rule),
        }
    }

    /// Reports what is written otherwise here, with the certain fix; always false, for [`carries`](Self::carries).
    fn habit(&self, node: &Node<'_>, message: impl Into<String>, instead: &str) -> bool {
        let span = self.span(node);
        let title = if instead.is_empty() { "remove it".to_owned() } else { format!("write `{instead}`") };
        self.report(Diagnostic::error(codes::HABIT, span, message).fix(title, span, instead));
        false
    }

    fn modifier(&self, node: &Node<'_>) -> bool {
        let word = node.as_str().trim_end();
        let span = Span::new(self.file, self.base + node.as_span().start(), self.base + node.as_span().end());
        let message = match word {
            "async" => "`.aeth` has no `async`: effects may stand anywhere in effectful code".to_owned(),
            _ => format!("`.aeth` has no `{word}`: names are public unless they start with `_`"),
        };
        self.report(Diagnostic::error(codes::HABIT, span, message).fix(format!("remove `{word}`"), span, ""));
        false
    }
}

/// The children of a node, read in order. What the grammar guarantees is there; should it not be, a broken node
/// stands in for it, so that a slip in the grammar never becomes a panic.
struct Kids<'b, 'a, 'i> {
    builder: &'b Builder<'a>,
    span: Span,
    nodes: Peekable<Pairs<'i, Rule>>,
}

impl<'i> Iterator for Kids<'_, '_, 'i> {
    type Item = Node<'i>;

    fn next(&mut self) -> Option<Node<'i>> {
        self.nodes.by_ref().find(|node| self.builder.carries(node))
    }
}

impl<'i> Kids<'_, '_, 'i> {
    fn peek(&mut self) -> Option<Rule> {
        while let Some(node) = self.nodes.peek() {
            if self.builder.carries(node) {
                return Some(node.as_rule());
            }
            self.nodes.next();
        }
        None
    }

    /// The next child, if it is of this rule.
    fn one(&mut self, rule: Rule) -> Option<Node<'i>> {
        if self.peek() == Some(rule) { self.nodes.next() } else { None }
    }

    fn ident(&mut self) -> Ident {
        let node = self.next();
        node.map_or_else(|| Ident { name: String::new(), span: self.span }, |node| self.builder.ident(&node))
    }

    fn expr(&mut self) -> Expr {
        match self.next() {
            Some(node) => self.builder.expr(node),
            None => Expr { span: self.span, kind: ExprKind::Broken },
        }
    }

    /// The next child as an expression, if it is one of `expr`, `guard`, `head`.
    fn optional_expr(&mut self) -> Option<Expr> {
        let rule = self.peek()?;
        matches!(rule, Rule::expr | Rule::guard | Rule::head).then(|| self.expr())
    }

    fn boxed(&mut self) -> Box<Expr> {
        Box::new(self.expr())
    }

    fn pattern(&mut self) -> Pattern {
        match self.next() {
            Some(node) => self.builder.pattern(node),
            None => Pattern { span: self.span, kind: super::ast::PatternKind::Broken },
        }
    }

    fn ty(&mut self) -> Type {
        match self.next() {
            Some(node) => self.builder.ty(node),
            None => Type { span: self.span, kind: super::ast::TypeKind::Broken },
        }
    }

    fn optional_ty(&mut self) -> Option<Type> {
        self.one(Rule::r#type).map(|node| self.builder.ty(node))
    }

    fn block(&mut self) -> Block {
        match self.next() {
            Some(node) => self.builder.block(node),
            None => Block { span: self.span, stmts: Vec::new() },
        }
    }
}

/// The author's first words of a broken stretch: enough to keep a name for the rest of the program.
fn first_word<'a>(
    tokens: &[Token],
    source: &'a str,
    span: Span,
) -> Option<(&'a str, std::ops::Range<usize>)> {
    let from = tokens.partition_point(|token| token.start < span.start);
    let token = tokens.get(from).filter(|token| token.kind == Kind::Word && token.end <= span.end)?;
    let range = token.start as usize..token.end as usize;
    Some((&source[range.clone()], range))
}
