//! Patterns, and literals that turn out to be patterns (the parameters of a lambda).

use super::super::ast::{Element, Expr, ExprKind, FieldPattern, Pattern, PatternKind, UnaryOp};
use super::super::case::Case;
use super::{Builder, Node, Rule};
use crate::diagnostic::{Diagnostic, codes};
use crate::span::Span;

impl Builder<'_> {
    pub(super) fn pattern(&self, node: Node<'_>) -> Pattern {
        let span = self.span(&node);
        let built = self.nested(1, span, || self.pattern_here(node, span));
        built.unwrap_or(Pattern { span, kind: PatternKind::Broken })
    }

    fn pattern_here(&self, node: Node<'_>, span: Span) -> Pattern {
        let kind = match node.as_rule() {
            Rule::pattern => {
                let mut alternatives: Vec<Pattern> = self.kids(node).map(|kid| self.pattern(kid)).collect();
                match (alternatives.len(), alternatives.pop()) {
                    (1, Some(only)) => return only,
                    (_, last) => PatternKind::Or(alternatives.into_iter().chain(last).collect()),
                }
            }
            Rule::pattern_range => self.pattern_range(node),
            Rule::pattern_variant => {
                let mut kids = self.kids(node);
                let name = kids.ident();
                let (fields, rest) = kids.next().map_or((Vec::new(), false), |args| self.pattern_args(args));
                PatternKind::Variant { path: Vec::new(), name, fields, rest }
            }
            Rule::pattern_tuple => {
                let mut items: Vec<Pattern> = self.kids(node).map(|kid| self.pattern(kid)).collect();
                match (items.len(), items.pop()) {
                    (1, Some(only)) => return only,
                    (_, last) => PatternKind::Tuple(items.into_iter().chain(last).collect()),
                }
            }
            Rule::pattern_list => self.pattern_list(node),
            Rule::pattern_path => self.pattern_path(node, span),
            _ => PatternKind::Broken,
        };
        Pattern { span, kind }
    }

    fn pattern_range(&self, node: Node<'_>) -> PatternKind {
        let mut kids = self.kids(node);
        let start = kids.next().map(|kid| self.pattern_literal(kid));
        let op = kids.next();
        let end = kids.next().map(|kid| self.pattern_literal(kid));
        match (start, op, end) {
            (Some(start), Some(op), Some(end)) => PatternKind::Range {
                start: Box::new(start),
                end: Box::new(end),
                inclusive: op.as_rule() == Rule::op_range_to,
            },
            (Some(start), ..) => PatternKind::Literal(Box::new(start)),
            (None, ..) => PatternKind::Broken,
        }
    }

    fn pattern_literal(&self, node: Node<'_>) -> Expr {
        let span = self.span(&node);
        let mut kids = self.kids(node);
        let negative = kids.one(Rule::neg).is_some();
        let Some(literal) = kids.next() else { return Expr { span, kind: ExprKind::Broken } };
        let value = self.primary(literal);
        if let ExprKind::Text(template) = &value.kind
            && !template.parts.iter().all(|part| matches!(part, super::super::ast::TemplatePart::Text(_)))
        {
            self.error(value.span, "a string in a pattern cannot interpolate: use a guard, `x if x == …`");
            return Expr { span, kind: ExprKind::Broken };
        }
        if negative {
            return Expr { span, kind: ExprKind::Unary { op: UnaryOp::Neg, value: Box::new(value) } };
        }
        value
    }

    /// The fields of `.V(…)`, and whether `..` ignores the rest.
    fn pattern_args(&self, node: Node<'_>) -> (Vec<FieldPattern>, bool) {
        let (mut fields, mut rest) = (Vec::new(), None);
        for arg in self.kids(node) {
            let mut kids = self.kids(arg);
            if let Some(node) = kids.one(Rule::rest) {
                self.one_rest(&mut rest, &node);
                continue;
            }
            let name =
                kids.one(Rule::arg_name).and_then(|node| node.into_inner().next()).map(|n| self.ident(&n));
            fields.push(FieldPattern { name, pattern: Some(kids.pattern()) });
        }
        (fields, rest.is_some())
    }

    fn one_rest(&self, rest: &mut Option<Span>, node: &Node<'_>) {
        let span = self.span(node);
        if let Some(first) = rest.replace(span) {
            let error = Diagnostic::error(codes::SYNTAX, span, "a pattern has one `..` at most");
            self.report(error.label(first, "the first one"));
        }
    }

    fn pattern_fields(&self, node: Node<'_>) -> (Vec<FieldPattern>, bool) {
        let (mut fields, mut rest) = (Vec::new(), None);
        for field in self.kids(node) {
            let mut kids = self.kids(field);
            if let Some(node) = kids.one(Rule::rest) {
                if let Some(name) = self.kids(node.clone()).next() {
                    let message = "`..` ignores the other fields of a record: it takes no name";
                    self.error(self.span(&name), message);
                }
                self.one_rest(&mut rest, &node);
                continue;
            }
            let name = kids.ident();
            let pattern = kids.next().map(|node| self.pattern(node));
            if pattern.is_none() {
                self.shorthand(&name);
            }
            fields.push(FieldPattern { name: Some(name), pattern });
        }
        (fields, rest.is_some())
    }

    fn pattern_list(&self, node: Node<'_>) -> PatternKind {
        let (mut items, mut rest, mut after) = (Vec::new(), None, None);
        let mut seen = None;
        for item in self.kids(node) {
            let mut kids = self.kids(item);
            if let Some(node) = kids.one(Rule::rest) {
                self.one_rest(&mut seen, &node);
                rest = Some(self.kids(node).next().map(|name| self.ident(&name)));
                continue;
            }
            let item = kids.pattern();
            if rest.is_some() {
                after.get_or_insert(item.span);
            }
            items.push(item);
        }
        if let (Some(after), Some(seen)) = (after, seen) {
            let error = Diagnostic::error(codes::SYNTAX, after, "`..` stands last in a list pattern");
            self.report(error.label(seen, "nothing can follow this"));
        }
        if let Some(Some(name)) = &rest {
            self.named(name, Case::Snake, "a variable");
        }
        PatternKind::List { items, rest }
    }

    /// `name`, `_`, `name @ p`, `Record { … }`, `module.Record { … }`, `Enum.Variant(…)`.
    fn pattern_path(&self, node: Node<'_>, span: Span) -> PatternKind {
        let mut kids = self.kids(node);
        let mut path = vec![kids.ident()];
        while let Some(word) = kids.one(Rule::word) {
            path.push(self.ident(&word));
        }
        let Some(name) = path.pop() else { return PatternKind::Broken };
        match kids.peek() {
            Some(Rule::pattern_fields) => {
                let (fields, rest) =
                    kids.next().map_or((Vec::new(), false), |node| self.pattern_fields(node));
                if path.len() > 1 {
                    self.error(span, "a record in a pattern is named `Name` or `module.Name`");
                }
                self.named(&name, Case::Pascal, "a record");
                PatternKind::Record { module: path.pop(), name, fields, rest }
            }
            Some(Rule::pattern_args) => {
                let (fields, rest) = kids.next().map_or((Vec::new(), false), |node| self.pattern_args(node));
                if path.is_empty() {
                    self.bare_variant(&name);
                }
                PatternKind::Variant { path, name, fields, rest }
            }
            Some(_) if path.is_empty() => PatternKind::At { name, pattern: Box::new(kids.pattern()) },
            Some(_) => {
                self.error(span, "only a plain name stands before `@`");
                PatternKind::Broken
            }
            None if !path.is_empty() => PatternKind::Variant { path, name, fields: Vec::new(), rest: false },
            None if name.name == "_" => PatternKind::Wildcard,
            None if name.name.starts_with(|c: char| c.is_ascii_uppercase()) => self.capital(name),
            None => {
                self.named(&name, Case::Snake, "a variable");
                PatternKind::Bind(name)
            }
        }
    }

    fn bare_variant(&self, name: &super::super::ast::Ident) {
        let span = Span { end: name.span.start, ..name.span };
        let message = format!("the variant `{0}` is written `.{0}` in a pattern", name.name);
        let error = Diagnostic::error(codes::SYNTAX, name.span, message);
        self.report(error.fix("write the dot", span, "."));
    }

    /// A capitalised name alone: `None` from elsewhere, else a variant without its dot.
    fn capital(&self, name: super::super::ast::Ident) -> PatternKind {
        if let Some(kind) = self.foreign_constant(&name) {
            return PatternKind::Literal(Box::new(Expr { span: name.span, kind }));
        }
        self.bare_variant(&name);
        PatternKind::Variant { path: Vec::new(), name, fields: Vec::new(), rest: false }
    }

    /// The pattern that an expression in the parentheses of a lambda means.
    pub(super) fn pattern_of(&self, expr: Expr) -> Pattern {
        let span = expr.span;
        let kind = match expr.kind {
            ExprKind::Name(name) if name.name == "_" => PatternKind::Wildcard,
            ExprKind::Name(name) => {
                self.named(&name, Case::Snake, "a parameter");
                PatternKind::Bind(name)
            }
            ExprKind::Paren(inner) => return self.pattern_of(*inner),
            ExprKind::Tuple(items) => {
                PatternKind::Tuple(items.into_iter().map(|item| self.pattern_of(item)).collect())
            }
            ExprKind::Record { module, name, base, fields } => {
                let rest = base.as_ref().is_some_and(|base| self.claim_rest(base.span));
                let field = |field: super::super::ast::FieldInit| FieldPattern {
                    name: Some(field.name),
                    pattern: field.value.map(|value| self.pattern_of(value)),
                };
                PatternKind::Record { module, name, fields: fields.into_iter().map(field).collect(), rest }
            }
            ExprKind::List(elements) => self.list_pattern_of(elements),
            ExprKind::Broken => PatternKind::Broken,
            _ => {
                self.error(span, "a parameter of a lambda is a name, a tuple or a record pattern");
                PatternKind::Broken
            }
        };
        Pattern { span, kind }
    }

    fn list_pattern_of(&self, elements: Vec<Element>) -> PatternKind {
        let (mut items, mut rest) = (Vec::new(), None);
        for element in elements {
            match element {
                Element::One(expr) => items.push(self.pattern_of(expr)),
                Element::Spread(expr) if self.claim_rest(expr.span) => rest = Some(None),
                Element::Spread(Expr { kind: ExprKind::Name(name), .. }) => rest = Some(Some(name)),
                Element::Spread(expr) => self.error(expr.span, "`..` takes a name in a pattern"),
            }
        }
        PatternKind::List { items, rest }
    }

    /// Whether a bare `..` stands at a span; it is then part of a pattern and no error.
    fn claim_rest(&self, span: Span) -> bool {
        let mut rests = self.bare_rests.borrow_mut();
        let found = rests.iter().position(|&rest| rest == span);
        found.map(|index| rests.remove(index)).is_some()
    }
}
