//! Expressions: operators through pest's Pratt parser, then the primaries.

use std::sync::LazyLock;

use pest::pratt_parser::{Assoc, Op, PrattParser};

use super::super::ast::{
    Arg, Await, BinaryOp, Element, Expr, ExprKind, FieldInit, Ident, Json, JsonElement, JsonField,
    LambdaParam, Pattern, PatternKind, UnaryOp,
};
use super::{Builder, Node, Rule};
use crate::diagnostic::{Diagnostic, Edit, Fix, codes};
use crate::limits;
use crate::span::Span;

/// Rising precedence, as in the language reference.
static PRATT: LazyLock<PrattParser<Rule>> = LazyLock::new(|| {
    let left = |rule| Op::infix(rule, Assoc::Left);
    PrattParser::new()
        .op(left(Rule::op_pipe))
        .op(left(Rule::op_or))
        .op(left(Rule::op_and))
        .op(left(Rule::op_eq)
            | left(Rule::op_ne)
            | left(Rule::op_lt)
            | left(Rule::op_le)
            | left(Rule::op_gt)
            | left(Rule::op_ge)
            | left(Rule::op_in))
        .op(left(Rule::op_coalesce))
        .op(left(Rule::op_range) | left(Rule::op_range_to))
        .op(left(Rule::op_add) | left(Rule::op_sub))
        .op(left(Rule::op_mul) | left(Rule::op_div) | left(Rule::op_rem))
        .op(Op::prefix(Rule::neg)
            | Op::prefix(Rule::not)
            | Op::prefix(Rule::habit_not)
            | Op::prefix(Rule::habit_new)
            | Op::prefix(Rule::try_op)
            | Op::prefix(Rule::run_op)
            | Op::prefix(Rule::start_op))
        // The clauses of an `await` belong to it, and not to a `-` or `try` before it.
        .op(Op::postfix(Rule::await_ask)
            | Op::postfix(Rule::await_show)
            | Op::postfix(Rule::await_to)
            | Op::postfix(Rule::await_within)
            | Op::postfix(Rule::await_ask_head)
            | Op::postfix(Rule::await_show_head)
            | Op::postfix(Rule::await_to_head)
            | Op::postfix(Rule::await_within_head))
        .op(Op::prefix(Rule::kw_await))
        .op(Op::postfix(Rule::cast))
        .op(Op::postfix(Rule::call)
            | Op::postfix(Rule::index)
            | Op::postfix(Rule::tuple_member)
            | Op::postfix(Rule::member)
            | Op::postfix(Rule::safe_tuple_member)
            | Op::postfix(Rule::safe_member)
            | Op::postfix(Rule::qualified))
});

fn boxed(expr: Expr) -> Box<Expr> {
    Box::new(expr)
}

fn is_operator(rule: Rule) -> bool {
    (Rule::neg..=Rule::safe_member).contains(&rule)
        || matches!(rule, Rule::cast | Rule::qualified | Rule::kw_await)
        || (Rule::await_ask..=Rule::await_within_head).contains(&rule)
}

impl Builder<'_> {
    /// `expr`, `guard`, `head` or `operand`.
    pub(super) fn expr(&self, node: Node<'_>) -> Expr {
        if !matches!(node.as_rule(), Rule::expr | Rule::guard | Rule::head | Rule::operand) {
            return self.primary(node);
        }
        let span = self.span(&node);
        let mut nodes = node.into_inner();
        let many = nodes.len() > 1;
        let operators =
            if many { nodes.clone().filter(|node| is_operator(node.as_rule())).count() } else { 0 };
        let built = self.nested(1 + operators, span, || {
            if !many {
                return nodes.next().map(|node| self.primary(node));
            }
            let ternary = nodes.clone().next_back().filter(|node| node.as_rule() == Rule::habit_ternary);
            if ternary.is_some() {
                nodes.next_back();
            }
            let expr = self.operators(nodes, span);
            Some(match ternary {
                Some(node) => self.ternary(expr, node, span),
                None => expr,
            })
        });
        built.flatten().unwrap_or(Expr { span, kind: ExprKind::Broken })
    }

    fn operators(&self, nodes: pest::iterators::Pairs<'_, Rule>, span: Span) -> Expr {
        let prefixes =
            nodes.clone().filter(|node| (Rule::neg..=Rule::habit_new).contains(&node.as_rule())).count();
        if prefixes > limits::NESTING {
            return self
                .nested(limits::CHAIN, span, || None)
                .flatten()
                .unwrap_or(Expr { span, kind: ExprKind::Broken });
        }
        PRATT
            .map_primary(|node| self.primary(node))
            .map_prefix(|op, value| self.prefix(&op, value))
            .map_postfix(|base, op| self.postfix(base, op))
            .map_infix(|left, op, right| self.infix(left, &op, right))
            .parse(nodes)
    }

    fn prefix(&self, op: &Node<'_>, value: Expr) -> Expr {
        let start = self.span(op);
        let span = start.to(value.span);
        let kind = match op.as_rule() {
            Rule::neg => ExprKind::Unary { op: UnaryOp::Neg, value: boxed(value) },
            Rule::not => ExprKind::Unary { op: UnaryOp::Not, value: boxed(value) },
            Rule::habit_not => {
                let place = Span { end: value.span.start, ..start };
                let error = Diagnostic::error(codes::HABIT, start, "`.aeth` writes `!`, not `not`");
                self.report(error.fix("write `!`", place, "!"));
                ExprKind::Unary { op: UnaryOp::Not, value: boxed(value) }
            }
            Rule::habit_new => {
                let error = Diagnostic::error(
                    codes::HABIT,
                    Span { end: start.start + 3, ..start },
                    "nothing is made with `new`",
                );
                self.report(error.help("a record is made by its name and fields: `Name { field: value }`"));
                ExprKind::Broken
            }
            Rule::try_op => ExprKind::Try(boxed(value)),
            Rule::run_op => ExprKind::Run(boxed(value)),
            Rule::start_op => ExprKind::Start(boxed(value)),
            _ => {
                let (ask, show, to, within, otherwise) = (None, None, None, None, None);
                ExprKind::Await(Box::new(Await { target: value, ask, show, to, within, otherwise }))
            }
        };
        Expr { span, kind }
    }

    fn infix(&self, left: Expr, op: &Node<'_>, right: Expr) -> Expr {
        let span = left.span.to(right.span);
        let op_span = self.span(op);
        let (rule, written) = (op.as_rule(), op.as_str().trim_end());
        self.leading(&left, rule, op_span);
        if let Some((_, instead)) = HABITS.iter().find(|(habit, _)| *habit == written) {
            let error = Diagnostic::error(
                codes::HABIT,
                op_span,
                format!("`.aeth` writes `{instead}`, not `{written}`"),
            );
            self.report(error.fix(format!("write `{instead}`"), op_span, *instead));
        }
        let op = match rule {
            Rule::op_pipe => {
                let kind = ExprKind::Pipe { left: boxed(left), right: boxed(right) };
                return Expr { span, kind };
            }
            Rule::op_range | Rule::op_range_to => {
                let inclusive = rule == Rule::op_range_to;
                let kind = ExprKind::Range { start: boxed(left), end: boxed(right), inclusive };
                return Expr { span, kind };
            }
            Rule::op_or => BinaryOp::Or,
            Rule::op_and => BinaryOp::And,
            Rule::op_eq => BinaryOp::Eq,
            Rule::op_ne => BinaryOp::Ne,
            Rule::op_lt => BinaryOp::Lt,
            Rule::op_le => BinaryOp::Le,
            Rule::op_gt => BinaryOp::Gt,
            Rule::op_ge => BinaryOp::Ge,
            Rule::op_in => BinaryOp::In,
            Rule::op_coalesce => BinaryOp::Coalesce,
            Rule::op_sub => BinaryOp::Sub,
            Rule::op_mul => BinaryOp::Mul,
            Rule::op_div => BinaryOp::Div,
            Rule::op_rem => BinaryOp::Rem,
            _ => BinaryOp::Add,
        };
        if let ExprKind::Binary { op: first, op_span: first_span, .. } = &left.kind
            && compares(*first)
            && compares(op)
        {
            if let Some(error) = self.type_arguments(*first, op, &left, *first_span, op_span) {
                self.report(error);
                return Expr { span, kind: ExprKind::Broken };
            }
            let error = Diagnostic::error(codes::SYNTAX, op_span, "comparisons do not chain");
            let error = error.label(*first_span, "the first comparison");
            self.report(error.help("join two comparisons with `&&`, or use parentheses"));
            // What it means is open: nothing more can be said of it.
            return Expr { span, kind: ExprKind::Broken };
        }
        Expr { span, kind: ExprKind::Binary { op, op_span, left: boxed(left), right: boxed(right) } }
    }

    /// Reports an operator that begins a line, but for those that may.
    fn leading(&self, left: &Expr, rule: Rule, op: Span) {
        let between = self.source.get(left.span.end as usize..op.start as usize).unwrap_or_default();
        if matches!(rule, Rule::op_pipe | Rule::op_or | Rule::op_and | Rule::op_coalesce)
            || !between.contains('\n')
        {
            return;
        }
        let sign = self.source.get(op.start as usize..op.end as usize).unwrap_or_default().trim_end();
        let message = format!("a line cannot begin with `{sign}`: the line before would end without it");
        let mut error = Diagnostic::error(codes::SYNTAX, op, message);
        let at = |start, end, text: String| Edit { span: Span { start, end, ..op }, text };
        let edits =
            vec![at(left.span.end, left.span.end, format!(" {sign}")), at(op.start, op.end, String::new())];
        let title = format!("move `{sign}` to the end of the line before");
        error.fixes.push(Fix { title, edits, applicable: true });
        self.report(error.label(left.span, "this goes on"));
    }

    fn postfix(&self, base: Expr, op: Node<'_>) -> Expr {
        let span = base.span.to(self.span(&op));
        let rule = op.as_rule();
        if let (Rule::qualified, ExprKind::Name(module)) = (rule, &base.kind) {
            let module = module.clone();
            let mut kids = self.kids(op);
            let name = kids.ident();
            let Some(body) = kids.next() else { return Expr { span, kind: ExprKind::Broken } };
            return Expr { span, kind: self.record(Some(module), name, body) };
        }
        if rule == Rule::call {
            let args = self.args(op);
            return Expr { span, kind: ExprKind::Call { callee: boxed(base), args } };
        }
        let mut kids = self.kids(op);
        let kind = match rule {
            Rule::index => ExprKind::Index { base: boxed(base), index: kids.boxed() },
            Rule::member | Rule::safe_member => {
                ExprKind::Field { base: boxed(base), name: kids.ident(), safe: rule == Rule::safe_member }
            }
            Rule::tuple_member | Rule::safe_tuple_member => {
                let index = kids.ident();
                let number = index.name.parse().unwrap_or(u32::MAX);
                let safe = rule == Rule::safe_tuple_member;
                ExprKind::TupleField { base: boxed(base), index: number, index_span: index.span, safe }
            }
            Rule::cast => ExprKind::Cast { value: boxed(base), ty: kids.ty() },
            Rule::qualified => {
                self.error(span, "a record is named `Name` or `module.Name`");
                ExprKind::Broken
            }
            _ => return self.await_clause(base, rule, kids, span),
        };
        Expr { span, kind }
    }

    fn await_clause(&self, base: Expr, rule: Rule, mut kids: super::Kids<'_, '_, '_>, span: Span) -> Expr {
        let Expr { kind: ExprKind::Await(mut node), .. } = base else { return base };
        let value = kids.expr();
        let place = value.span;
        let slot = match rule {
            Rule::await_ask | Rule::await_ask_head => &mut node.ask,
            Rule::await_show | Rule::await_show_head => &mut node.show,
            Rule::await_to | Rule::await_to_head => &mut node.to,
            _ => {
                node.otherwise = kids.next().map(|clause| self.kids(clause).expr());
                &mut node.within
            }
        };
        if slot.replace(value).is_some() {
            self.error(place, "this clause of `await` stands here twice");
        }
        Expr { span, kind: ExprKind::Await(node) }
    }

    fn ternary(&self, condition: Expr, node: Node<'_>, span: Span) -> Expr {
        let start = self.span(&node).start;
        let colon =
            node.clone().into_inner().find(|node| node.as_rule() == Rule::colon).map(|node| self.span(&node));
        let mut kids = self.kids(node);
        let (then, otherwise) = (kids.expr(), kids.expr());
        let question = Span { start, end: start + 1, ..span };
        let mut error =
            Diagnostic::error(codes::HABIT, question, "`.aeth` writes `if … { … } else { … }`, not `? :`");
        let edit = |start, end, text: &str| Edit { span: Span { start, end, ..span }, text: text.to_owned() };
        let mut edits = vec![edit(span.start, span.start, "if "), edit(question.start, question.end, "{")];
        edits.extend(colon.map(|colon| edit(colon.start, colon.end, "} else {")));
        edits.push(edit(otherwise.span.end, otherwise.span.end, " }"));
        error.fixes.push(Fix { title: "write `if … else`".to_owned(), edits, applicable: true });
        self.report(error);
        let block = |expr: Expr| super::super::ast::Block {
            span: expr.span,
            stmts: vec![super::super::ast::Stmt {
                span: expr.span,
                kind: super::super::ast::StmtKind::Expr(expr),
            }],
        };
        let otherwise_span = otherwise.span;
        let kind = ExprKind::If {
            condition: Box::new(super::super::ast::Condition::Expr(condition)),
            then: block(then),
            otherwise: Some(boxed(Expr { span: otherwise_span, kind: ExprKind::Block(block(otherwise)) })),
        };
        Expr { span, kind }
    }

    fn args(&self, node: Node<'_>) -> Vec<Arg> {
        let arg = |node: Node<'_>| {
            let mut kids = self.kids(node);
            let name =
                kids.one(Rule::arg_name).and_then(|node| node.into_inner().next()).map(|n| self.ident(&n));
            Arg { name, value: kids.expr() }
        };
        self.kids(node).map(arg).collect()
    }

    /// An expression without operators at its top.
    pub(super) fn primary(&self, node: Node<'_>) -> Expr {
        let span = self.span(&node);
        let kind = match node.as_rule() {
            Rule::number => self.number(node.as_str(), span),
            Rule::plain
            | Rule::text_block
            | Rule::raw
            | Rule::raw_block
            | Rule::habit_quoted
            | Rule::habit_prefixed => self.text_expr(node),
            Rule::null => ExprKind::Null,
            Rule::true_ => ExprKind::Bool(true),
            Rule::false_ => ExprKind::Bool(false),
            Rule::plain_name => self.plain_name(self.kids(node).ident()),
            Rule::head_record => {
                let mut kids = self.kids(node);
                let name = kids.ident();
                let message =
                    format!("a `{}` made here needs parentheses, because `{{` begins the block", name.name);
                let mut error = Diagnostic::error(codes::HABIT, span, message);
                let at = |at: u32| Span { start: at, end: at, ..span };
                let edit = |at, text: &str| crate::diagnostic::Edit { span: at, text: text.to_owned() };
                error.fixes.push(crate::diagnostic::Fix {
                    title: "put it into parentheses".to_owned(),
                    edits: vec![edit(at(span.start), "("), edit(at(span.end), ")")],
                    applicable: true,
                });
                self.report(error);
                kids.next().map_or(ExprKind::Broken, |body| self.record(None, name, body))
            }
            Rule::typed | Rule::typed_lambda => {
                let mut kids = self.kids(node);
                let name = kids.ident();
                let end = kids.one(Rule::record_body);
                let head = match end {
                    Some(body) => self.record(None, name.clone(), body),
                    None => self.plain_name(name.clone()),
                };
                match kids.optional_expr() {
                    Some(body) => self.lambda_of_record(Expr { span: name.span, kind: head }, body),
                    None => head,
                }
            }
            Rule::named => {
                let mut kids = self.kids(node);
                let name = kids.ident();
                match kids.optional_expr() {
                    Some(body) => self.lambda_of_name(name, body),
                    None => self.plain_name(name),
                }
            }
            Rule::group | Rule::group_head => self.group(node, span),
            Rule::list => self.list(node, span),
            Rule::variant_value => {
                let mut kids = self.kids(node);
                let name = kids.ident();
                let args = kids.one(Rule::call).map(|node| self.args(node));
                ExprKind::Variant { name, args }
            }
            Rule::json => {
                let value = self.kids(node).next().map(|node| self.json(node));
                value.map_or(ExprKind::Broken, ExprKind::Json)
            }
            _ => self.control(node, span),
        };
        Expr { span, kind }
    }

    fn plain_name(&self, name: Ident) -> ExprKind {
        self.foreign_constant(&name).unwrap_or(ExprKind::Name(name))
    }

    /// `None`, `True`, `False`: no type or variant stands alone under these names.
    pub(super) fn foreign_constant(&self, name: &Ident) -> Option<ExprKind> {
        let (kind, instead) = match name.name.as_str() {
            "None" => (ExprKind::Null, "null"),
            "True" => (ExprKind::Bool(true), "true"),
            "False" => (ExprKind::Bool(false), "false"),
            _ => return None,
        };
        let error = Diagnostic::error(
            codes::HABIT,
            name.span,
            format!("`.aeth` writes `{instead}`, not `{}`", name.name),
        );
        self.report(error.fix(format!("write `{instead}`"), name.span, instead));
        Some(kind)
    }

    fn lambda_of_name(&self, name: Ident, body: Expr) -> ExprKind {
        self.named(&name, super::super::case::Case::Snake, "a parameter");
        let span = name.span;
        let kind = if name.name == "_" { PatternKind::Wildcard } else { PatternKind::Bind(name) };
        let params = vec![LambdaParam { pattern: Pattern { span, kind }, ty: None }];
        ExprKind::Lambda { params, body: boxed(body) }
    }

    /// `R { field, .. } => e`.
    fn lambda_of_record(&self, param: Expr, body: Expr) -> ExprKind {
        let params = vec![LambdaParam { pattern: self.pattern_of(param), ty: None }];
        ExprKind::Lambda { params, body: boxed(body) }
    }

    /// `(e)`, `(a, b)`, `(a, b: T) => e`: which of them it is shows only after the closing parenthesis.
    fn group(&self, node: Node<'_>, span: Span) -> ExprKind {
        let mut kids = self.kids(node);
        let mut items = Vec::new();
        while let Some(item) = kids.one(Rule::group_item) {
            let mut item = self.kids(item);
            items.push((item.expr(), item.optional_ty()));
        }
        if let Some(body) = kids.optional_expr() {
            let param = |(expr, ty)| LambdaParam { pattern: self.pattern_of(expr), ty };
            return ExprKind::Lambda { params: items.into_iter().map(param).collect(), body: boxed(body) };
        }
        for (_, ty) in &items {
            if let Some(ty) = ty {
                self.error(
                    ty.span,
                    "a type stands in parentheses only for the parameter of a lambda, before `=>`",
                );
            }
        }
        let mut values: Vec<Expr> = items.into_iter().map(|(expr, _)| expr).collect();
        match (values.len(), values.pop()) {
            (1, Some(only)) => ExprKind::Paren(boxed(only)),
            (_, Some(last)) => {
                values.push(last);
                ExprKind::Tuple(values)
            }
            (_, None) => {
                let error = Diagnostic::error(codes::SYNTAX, span, "`()` is no value");
                self.report(
                    error.help("`null` is the value of nothing; `() => e` is a lambda without parameters"),
                );
                ExprKind::Broken
            }
        }
    }

    /// `[a, ..b]`, `["k": v]`, `[:]`.
    fn list(&self, node: Node<'_>, span: Span) -> ExprKind {
        let mut kids = self.kids(node);
        if kids.one(Rule::empty_map).is_some() {
            return ExprKind::Map(Vec::new());
        }
        let (mut elements, mut entries) = (Vec::new(), Vec::new());
        for element in kids {
            let mut kids = self.kids(element);
            if let Some(spread) = kids.one(Rule::spread) {
                elements.push(Element::Spread(self.spread(spread)));
                continue;
            }
            let first = kids.expr();
            match kids.optional_expr() {
                Some(value) => entries.push((first, value)),
                None => elements.push(Element::One(first)),
            }
        }
        if entries.is_empty() {
            return ExprKind::List(elements);
        }
        if let Some(Element::One(element) | Element::Spread(element)) = elements.first() {
            let error = Diagnostic::error(
                codes::SYNTAX,
                element.span,
                "this element has no key, but others in these brackets have",
            );
            self.report(
                error.label(entries[0].0.span, "a key of a map").label(span, "a list or a map, not both"),
            );
        }
        ExprKind::Map(entries)
    }

    /// The value after `..`; a bare `..` is noted, and an error unless the literal becomes a pattern.
    fn spread(&self, node: Node<'_>) -> Expr {
        let span = self.span(&node);
        if let Some(value) = self.kids(node).optional_expr() {
            return value;
        }
        self.bare_rests.borrow_mut().push(span);
        Expr { span, kind: ExprKind::Broken }
    }

    fn record(&self, module: Option<Ident>, name: Ident, body: Node<'_>) -> ExprKind {
        let (mut base, mut fields) = (None, Vec::new());
        for item in self.kids(body) {
            let mut kids = self.kids(item);
            match kids.peek() {
                Some(Rule::spread) => {
                    let Some(value) = kids.next().map(|node| self.spread(node)) else { continue };
                    let span = value.span;
                    if !fields.is_empty() && !matches!(value.kind, ExprKind::Broken) {
                        self.error(span, "what is updated comes first: `Name { ..old, field: new }`");
                    }
                    if base.replace(boxed(value)).is_some() {
                        self.error(span, format!("a `{}` is updated from one record only", name.name));
                    }
                }
                Some(Rule::word) => {
                    let name = kids.ident();
                    let value = kids.optional_expr();
                    if value.is_none() {
                        self.shorthand(&name);
                    }
                    fields.push(FieldInit { name, value });
                }
                // A broken field: nothing is known of the literal but its type.
                _ => base = Some(boxed(Expr { span: kids.span, kind: ExprKind::Broken })),
            }
        }
        ExprKind::Record { module, name, base, fields }
    }

    /// A shorthand is also the name of a variable, which no reserved word can be.
    pub(super) fn shorthand(&self, name: &Ident) {
        if super::super::explain::RESERVED.contains(&name.name.as_str()) {
            let message =
                format!("`{0}` is a reserved word: no variable has this name, write `{0}: …`", name.name);
            self.report(Diagnostic::error(codes::RESERVED_WORD, name.span, message));
        }
    }

    fn json(&self, node: Node<'_>) -> Json {
        let span = self.span(&node);
        match node.as_rule() {
            Rule::json_object => {
                let fields = self
                    .nested(1, span, || self.kids(node).filter_map(|node| self.json_member(node)).collect());
                Json::Object(fields.unwrap_or_default())
            }
            Rule::json_array => {
                let element = |node: Node<'_>| {
                    let inner = self.kids(node).next()?;
                    if inner.as_rule() == Rule::spread {
                        return Some(JsonElement::Spread(self.spread(inner)));
                    }
                    Some(JsonElement::One(self.json(inner)))
                };
                let elements = self.nested(1, span, || self.kids(node).filter_map(element).collect());
                Json::Array(elements.unwrap_or_default())
            }
            _ => Json::Expr(boxed(self.expr(node))),
        }
    }

    fn json_member(&self, node: Node<'_>) -> Option<JsonField> {
        let mut kids = self.kids(node);
        let key = kids.next()?;
        let (quoted, key) = match key.as_rule() {
            Rule::broken => return None,
            Rule::spread => return Some(JsonField::Spread(self.spread(key))),
            Rule::word => (false, self.ident(&key)),
            _ => (true, self.plain_text(key, "a JSON key")),
        };
        let value = kids.next().map(|node| self.json(node));
        match (&value, quoted) {
            (None, true) => self.error(key.span, "a quoted key needs its value: `\"key\": e`"),
            (None, false) => self.shorthand(&key),
            _ => {}
        }
        Some(JsonField::Member { key, value })
    }
}

/// Operators of other languages.
const HABITS: [(&str, &str); 5] = [("and", "&&"), ("or", "||"), ("===", "=="), ("!==", "!="), ("...", "..=")];

fn compares(op: BinaryOp) -> bool {
    use BinaryOp::{Eq, Ge, Gt, In, Le, Lt, Ne};
    matches!(op, Eq | Ne | Lt | Le | Gt | Ge | In)
}
