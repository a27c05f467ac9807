//! Expressions that begin with a word: control flow and effects.

use super::super::ast::{Arm, Condition, Each, Expr, ExprKind, Pattern, PatternKind, Plan, RaceArm};
use super::super::case::Case;
use super::{Builder, Kids, Node, Rule};
use crate::diagnostic::{Diagnostic, Edit, Fix, codes};
use crate::limits;
use crate::span::Span;

impl Builder<'_> {
    pub(super) fn control(&self, node: Node<'_>, span: Span) -> ExprKind {
        let rule = node.as_rule();
        if rule == Rule::block {
            return ExprKind::Block(self.block(node));
        }
        let node_span = span;
        let throw = (rule == Rule::habit_throw).then(|| node.clone().into_inner().next()).flatten();
        let mut kids = self.kids(node);
        match rule {
            Rule::if_ => self.if_chain(kids, span),
            Rule::match_ => {
                let value = kids.boxed();
                let arms = self.nested(1, span, || kids.map(|node| self.arm(node)).collect());
                ExprKind::Match { value, arms: arms.unwrap_or_default() }
            }
            Rule::for_ => {
                let patterns = self.patterns(&mut kids);
                ExprKind::For { patterns, iterable: kids.boxed(), body: kids.block() }
            }
            Rule::while_ => {
                ExprKind::While { condition: Box::new(self.condition(&mut kids)), body: kids.block() }
            }
            Rule::each => {
                let patterns = self.patterns(&mut kids);
                let iterable = kids.expr();
                let at_most = kids.one(Rule::at_most).map(|node| self.kids(node).expr());
                ExprKind::Each(Box::new(Each { patterns, iterable, at_most, body: kids.block() }))
            }
            Rule::race => ExprKind::Race(kids.map(|node| self.race_arm(node)).collect()),
            Rule::within_ => {
                let (limit, body) = (kids.boxed(), kids.block());
                let otherwise = kids.next().map(|node| self.kids(node).block());
                ExprKind::Within { limit, body, otherwise }
            }
            Rule::saga => ExprKind::Saga(kids.block()),
            Rule::retry_block => match kids.next() {
                Some(policy) => ExprKind::Retry { policy: self.retry_policy(policy), body: kids.block() },
                None => ExprKind::Broken,
            },
            Rule::try_block => self.try_block(kids),
            Rule::fail | Rule::fail_head => ExprKind::Fail(kids.boxed()),
            Rule::habit_throw => {
                if let Some(word) = throw {
                    let place = self.span(&word);
                    let written = word.as_str().split_whitespace().next().unwrap_or("throw");
                    let error = Diagnostic::error(
                        codes::HABIT,
                        place,
                        format!("`.aeth` writes `fail`, not `{written}`"),
                    );
                    kids.next();
                    let value = kids.expr();
                    return ExprKind::Fail(Box::new(self.thrown(error, place, value)));
                }
                ExprKind::Fail(kids.boxed())
            }
            Rule::return_ | Rule::return_head => ExprKind::Return(kids.optional_expr().map(Box::new)),
            Rule::break_ => ExprKind::Break,
            Rule::continue_ => ExprKind::Continue,
            Rule::plan => self.plan(kids, node_span),
            _ => ExprKind::Broken,
        }
    }

    /// `throw new Error("m")` is `fail "m"`: what is thrown is the message.
    fn thrown(&self, error: Diagnostic, place: Span, value: Expr) -> Expr {
        let edit =
            |start, end, text: &str| Edit { span: Span { start, end, ..place }, text: text.to_owned() };
        let (mut edits, whole) = (vec![edit(place.start, value.span.start, "fail ")], value.span);
        let value = match value.kind {
            ExprKind::Call { callee, mut args } if is_exception(&callee) && args.len() == 1 => {
                match args.pop() {
                    Some(message) => {
                        edits[0].span.end = message.value.span.start;
                        edits.push(edit(message.value.span.end, whole.end, ""));
                        message.value
                    }
                    None => Expr { span: whole, kind: ExprKind::Broken },
                }
            }
            kind => Expr { kind, ..value },
        };
        let fix = Fix { title: "write `fail`".to_owned(), edits, applicable: true };
        self.report(Diagnostic { fixes: vec![fix], ..error });
        value
    }

    fn patterns(&self, kids: &mut Kids<'_, '_, '_>) -> Vec<Pattern> {
        let mut patterns = Vec::new();
        while let Some(node) = kids.one(Rule::pattern) {
            patterns.push(self.pattern(node));
        }
        patterns
    }

    fn condition(&self, kids: &mut Kids<'_, '_, '_>) -> Condition {
        match kids.one(Rule::let_condition) {
            Some(node) => {
                let mut kids = self.kids(node);
                Condition::Let { pattern: kids.pattern(), value: kids.expr() }
            }
            None => Condition::Expr(kids.expr()),
        }
    }

    /// `if … else if … else`: flat in the grammar, nested in the tree.
    fn if_chain(&self, mut kids: Kids<'_, '_, '_>, span: Span) -> ExprKind {
        let first = (self.condition(&mut kids), kids.block());
        let mut links = Vec::new();
        let mut last = None;
        let depth = self.depth.get();
        for node in kids {
            // Each link is one level deeper than the one before it.
            if self.depth.get() >= limits::CHAIN {
                self.nested(limits::CHAIN, span, || ());
                break;
            }
            self.depth.set(self.depth.get() + 1);
            let start = node.as_span().start();
            if let Some(habit) = node.clone().into_inner().find(|node| node.as_rule() == Rule::habit_elif) {
                let place = self.span(&habit);
                let error = Diagnostic::error(
                    codes::HABIT,
                    place,
                    format!("`.aeth` writes `else if`, not `{}`", habit.as_str()),
                );
                self.report(error.fix("write `else if`", place, "else if"));
            }
            // The span of the nested `if` begins at its word, after `else`.
            let word =
                node.clone().into_inner().find(|n| matches!(n.as_rule(), Rule::kw_if | Rule::habit_elif));
            let start = word.map_or(self.base + start, |word| self.base + word.as_span().start());
            let else_if = node.as_rule() == Rule::else_if;
            let mut kids = self.kids(node);
            kids.one(Rule::habit_elif);
            if else_if {
                links.push((start, self.condition(&mut kids), kids.block()));
            } else {
                let block = kids.block();
                last = Some(Box::new(Expr { span: block.span, kind: ExprKind::Block(block) }));
            }
        }
        self.depth.set(depth);
        let mut otherwise = last;
        for (start, condition, then) in links.into_iter().rev() {
            let span = Span { start: u32::try_from(start).unwrap_or(u32::MAX), ..span };
            let kind = ExprKind::If { condition: Box::new(condition), then, otherwise };
            otherwise = Some(Box::new(Expr { span, kind }));
        }
        ExprKind::If { condition: Box::new(first.0), then: first.1, otherwise }
    }

    fn arm(&self, node: Node<'_>) -> Arm {
        let span = self.span(&node);
        let mut kids = self.kids(node);
        if kids.one(Rule::broken).is_some() {
            let pattern = Pattern { span, kind: PatternKind::Broken };
            return Arm { span, pattern, guard: None, body: Expr { span, kind: ExprKind::Broken } };
        }
        let pattern = kids.pattern();
        let guard = kids.one(Rule::arm_guard).map(|node| self.kids(node).expr());
        Arm { span, pattern, guard, body: kids.expr() }
    }

    fn race_arm(&self, node: Node<'_>) -> RaceArm {
        let span = self.span(&node);
        let mut kids = self.kids(node);
        if kids.one(Rule::broken).is_some() {
            let name = super::super::ast::Ident { name: "_".to_owned(), span };
            return RaceArm { name, value: Expr { span, kind: ExprKind::Broken } };
        }
        let name = kids.ident();
        self.named(&name, Case::Snake, "an arm");
        RaceArm { name, value: kids.expr() }
    }

    fn try_block(&self, mut kids: Kids<'_, '_, '_>) -> ExprKind {
        let body = kids.block();
        let Some(catch) = kids.one(Rule::catch) else {
            let block = Expr { span: body.span, kind: ExprKind::Block(body) };
            return ExprKind::Try(Box::new(block));
        };
        let mut kids = self.kids(catch);
        let habit = kids.one(Rule::habit_catch).map(|node| {
            let span = self.span(&node);
            let name = self.kids(node).ident();
            let message =
                format!("what `catch` binds stands without parentheses: `catch {} {{ … }}`", name.name);
            let error = Diagnostic::error(codes::HABIT, span, message);
            self.report(error.fix("remove the parentheses", span, name.name.clone()));
            name
        });
        let binding = habit.or_else(|| kids.one(Rule::name).map(|node| self.ident(&node)));
        ExprKind::TryCatch { body, binding, handler: kids.block() }
    }

    fn plan(&self, mut kids: Kids<'_, '_, '_>, span: Span) -> ExprKind {
        let goal = kids.expr();
        let using = kids.next().map(|node| self.primary(node)).map(|list| list.kind);
        let using = match using {
            Some(ExprKind::List(elements)) => elements
                .into_iter()
                .filter_map(|element| match element {
                    super::super::ast::Element::One(expr) => Some(expr),
                    super::super::ast::Element::Spread(expr) => {
                        self.error(expr.span, "the tools of a plan are written out: no `..`");
                        None
                    }
                })
                .collect(),
            _ => {
                self.error(span, "`using` takes a list of tools: `using [search, summarise]`");
                Vec::new()
            }
        };
        let by = kids.expr();
        let result = kids.ty();
        let unattended = kids.one(Rule::unattended).is_some();
        ExprKind::Plan(Box::new(Plan { goal, using, by, result, unattended }))
    }
}

/// Whether what is called is the constructor of an error, as other languages name them.
fn is_exception(callee: &Expr) -> bool {
    matches!(&callee.kind, ExprKind::Name(name) if name.name.ends_with("Error") || name.name.ends_with("Exception"))
}
