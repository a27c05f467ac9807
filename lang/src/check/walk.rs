//! Walking the checked tree: every expression, pattern and local of a body, nested closures included.

use super::program::{
    Arm, Body, Closure, Effect, EffectKind, Element, Expr, ExprKind, JsonMember, Local, Pattern, PatternKind,
    Place, SealedPart, Step, Stmt, StmtKind,
};

/// What a walk does at each node, before its children.
pub(crate) trait Visit {
    /// An expression.
    fn expr(&mut self, _: &mut Expr) {}
    /// A pattern.
    fn pattern(&mut self, _: &mut Pattern) {}
    /// A local.
    fn local(&mut self, _: &mut Local) {}
    /// A place that is changed.
    fn place(&mut self, _: &mut Place) {}
    /// A statement.
    fn stmt(&mut self, _: &mut Stmt) {}
    /// What an effect asks for.
    fn effect(&mut self, _: &mut Effect) {}
}

/// Walks a body.
pub(crate) fn body(body: &mut Body, visit: &mut dyn Visit) {
    for local in &mut body.locals {
        visit.local(local);
    }
    expr(&mut body.value, visit);
}

fn closure(closure: &mut Closure, visit: &mut dyn Visit) {
    body(&mut closure.body, visit);
}

fn all(exprs: &mut [Expr], visit: &mut dyn Visit) {
    for inner in exprs {
        expr(inner, visit);
    }
}

fn option(inner: &mut Option<Expr>, visit: &mut dyn Visit) {
    if let Some(inner) = inner {
        expr(inner, visit);
    }
}

fn elements(elements: &mut [Element], visit: &mut dyn Visit) {
    for element in elements {
        let (Element::One(value) | Element::Spread(value)) = element;
        expr(value, visit);
    }
}

/// Walks an expression.
pub(crate) fn expr(at: &mut Expr, visit: &mut dyn Visit) {
    stacker::maybe_grow(64 * 1024, 1024 * 1024, || {
        visit.expr(at);
        children(&mut at.kind, visit);
    });
}

fn children(kind: &mut ExprKind, visit: &mut dyn Visit) {
    match kind {
        ExprKind::Literal(_)
        | ExprKind::Local(_)
        | ExprKind::Global(_)
        | ExprKind::FunctionValue(_)
        | ExprKind::Model(_)
        | ExprKind::Break
        | ExprKind::Continue => {}
        ExprKind::Template(parts) | ExprKind::Tuple(parts) => all(parts, visit),
        ExprKind::Sealed(parts) => {
            for part in parts {
                if let SealedPart::Value(value) = part {
                    expr(value, visit);
                }
            }
        }
        ExprKind::List(items) | ExprKind::JsonArray(items) => elements(items, visit),
        ExprKind::Map(entries) => {
            for (key, value) in entries {
                expr(key, visit);
                expr(value, visit);
            }
        }
        ExprKind::JsonObject(members) => {
            for member in members {
                let (JsonMember::Member(_, value) | JsonMember::Spread(value)) = member;
                expr(value, visit);
            }
        }
        ExprKind::Record { base, fields, .. } => {
            if let Some(base) = base {
                expr(base, visit);
            }
            fields.iter_mut().for_each(|(_, value)| expr(value, visit));
        }
        ExprKind::Variant { fields, .. } => fields.iter_mut().for_each(|(_, value)| expr(value, visit)),
        ExprKind::Field { base, .. }
        | ExprKind::TupleField { base, .. }
        | ExprKind::JsonField { base, .. } => {
            expr(base, visit);
        }
        ExprKind::Index { base: left, index: right }
        | ExprKind::Safe { base: left, then: right, .. }
        | ExprKind::Coalesce { value: left, otherwise: right }
        | ExprKind::And(left, right)
        | ExprKind::Or(left, right)
        | ExprKind::Arith { left, right, .. }
        | ExprKind::Compare { left, right, .. }
        | ExprKind::Range { start: left, end: right, .. }
        | ExprKind::ForList { list: left, body: right, .. }
        | ExprKind::ForMap { map: left, body: right, .. }
        | ExprKind::While { condition: left, body: right }
        | ExprKind::TryCatch { body: left, handler: right, .. } => {
            expr(left, visit);
            expr(right, visit);
        }
        ExprKind::ForRange { start, end, body, .. } => {
            expr(start, visit);
            expr(end, visit);
            expr(body, visit);
        }
        ExprKind::Not(inner)
        | ExprKind::Negate(inner)
        | ExprKind::ToJson(inner)
        | ExprKind::Cast { value: inner, .. }
        | ExprKind::Return(inner)
        | ExprKind::Fail(inner)
        | ExprKind::Try(inner) => expr(inner, visit),
        ExprKind::Call { args, .. } | ExprKind::Builtin { args, .. } => all(args, visit),
        ExprKind::CallValue { callee, args } => {
            expr(callee, visit);
            all(args, visit);
        }
        ExprKind::Lambda(inner) => closure(inner, visit),
        ExprKind::If { condition, then, otherwise } => {
            expr(condition, visit);
            expr(then, visit);
            if let Some(otherwise) = otherwise {
                expr(otherwise, visit);
            }
        }
        ExprKind::Match { value, arms, otherwise } => {
            expr(value, visit);
            for Arm { pattern: at, guard, body } in arms {
                pattern(at, visit);
                option(guard, visit);
                expr(body, visit);
            }
            if let Some(otherwise) = otherwise {
                expr(otherwise, visit);
            }
        }
        ExprKind::Block { stmts, value } => {
            stmts.iter_mut().for_each(|inner| stmt(inner, visit));
            if let Some(value) = value {
                expr(value, visit);
            }
        }
        ExprKind::Assert { condition, message, .. } => {
            expr(condition, visit);
            if let Some(message) = message {
                expr(message, visit);
            }
        }
        ExprKind::Effect(inner) => effect(inner, visit),
        ExprKind::Mutate { place: at, args, .. } => {
            place(at, visit);
            all(args, visit);
        }
    }
}

fn stmt(at: &mut Stmt, visit: &mut dyn Visit) {
    visit.stmt(at);
    match &mut at.kind {
        StmtKind::Let(_, value) | StmtKind::Expr(value) => expr(value, visit),
        StmtKind::LetPattern(inner, value) => {
            pattern(inner, visit);
            expr(value, visit);
        }
        StmtKind::Assign { place: inner, value, .. } => {
            place(inner, visit);
            expr(value, visit);
        }
    }
}

fn place(at: &mut Place, visit: &mut dyn Visit) {
    visit.place(at);
    for step in &mut at.path {
        match step {
            Step::Field(_) => {}
            Step::Index(key) | Step::Key(key) | Step::Json(key) => expr(key, visit),
        }
    }
}

/// Walks a pattern.
pub(crate) fn pattern(at: &mut Pattern, visit: &mut dyn Visit) {
    visit.pattern(at);
    match &mut at.kind {
        PatternKind::Wildcard | PatternKind::Null | PatternKind::Literal(_) | PatternKind::Range { .. } => {}
        PatternKind::Bind(_, inner) | PatternKind::Json(_, inner) => {
            if let Some(inner) = inner {
                pattern(inner, visit);
            }
        }
        PatternKind::Some(inner) => pattern(inner, visit),
        PatternKind::Variant { fields, .. } | PatternKind::Record { fields, .. } => {
            fields.iter_mut().for_each(|(_, inner)| pattern(inner, visit));
        }
        PatternKind::Tuple(items) | PatternKind::Or(items) | PatternKind::List { items, .. } => {
            items.iter_mut().for_each(|inner| pattern(inner, visit));
        }
    }
}

fn effect(at: &mut Effect, visit: &mut dyn Visit) {
    visit.effect(at);
    match &mut at.kind {
        EffectKind::Tool { args, .. }
        | EffectKind::Prompt { args, .. }
        | EffectKind::Memory { args, .. }
        | EffectKind::Flow { args, .. }
        | EffectKind::RunAgent { args, .. }
        | EffectKind::StartAgent { args, .. } => all(args, visit),
        EffectKind::Await { ask, show, to, within, otherwise, .. } => {
            for part in [ask, show, to, within, otherwise] {
                option(part, visit);
            }
        }
        EffectKind::AwaitJob { job, within, otherwise } => {
            expr(job, visit);
            option(within, visit);
            option(otherwise, visit);
        }
        EffectKind::Send { job, value, .. } => {
            expr(job, visit);
            expr(value, visit);
        }
        EffectKind::Plan { goal, by, .. } => {
            expr(goal, visit);
            option(by, visit);
        }
        EffectKind::Given { reply, times, .. } => {
            closure(reply, visit);
            option(times, visit);
        }
        EffectKind::Deliver { value, after, .. } => {
            expr(value, visit);
            option(after, visit);
        }
        EffectKind::RunPlan(inner)
        | EffectKind::Expect { condition: inner, .. }
        | EffectKind::ExpectFails { body: inner, .. }
        | EffectKind::Cancel { job: inner }
        | EffectKind::Sleep(inner)
        | EffectKind::SleepUntil(inner) => {
            expr(inner, visit);
        }
        EffectKind::RandomInt(low, high) => {
            expr(low, visit);
            expr(high, visit);
        }
        EffectKind::Note { text, data } => {
            expr(text, visit);
            option(data, visit);
        }
        EffectKind::Now
        | EffectKind::Random
        | EffectKind::Uuid
        | EffectKind::Env { .. }
        | EffectKind::JobId
        | EffectKind::Calls(_) => {}
        EffectKind::Each { list, at_most, item, .. } => {
            expr(list, visit);
            option(at_most, visit);
            closure(item, visit);
        }
        EffectKind::Race { arms } => arms.iter_mut().for_each(|(_, arm)| closure(arm, visit)),
        EffectKind::Within { limit, body, otherwise } => {
            expr(limit, visit);
            closure(body, visit);
            option(otherwise, visit);
        }
        EffectKind::Retry { policy, body } => {
            expr(&mut policy.count, visit);
            if let Some((first, last)) = &mut policy.backoff {
                expr(first, visit);
                expr(last, visit);
            }
            option(&mut policy.rate, visit);
            closure(body, visit);
        }
        EffectKind::Saga(inner) => expr(inner, visit),
    }
}
