//! Visits every expression of a checked body, outside in, in the order of evaluation.
//!
//! Closures, places and clauses of effects are walked too; patterns hold no expressions. The stack grows on demand.

use crate::check::program::{
    Effect, EffectKind, Element, Expr, ExprKind, JsonMember, SealedPart, Step, Stmt, StmtKind,
};

/// Calls `visit` for `expr` and everything inside it.
pub(crate) fn expressions<'p>(expr: &'p Expr, visit: &mut dyn FnMut(&'p Expr)) {
    stacker::maybe_grow(64 * 1024, 1024 * 1024, || {
        visit(expr);
        children(expr, &mut |child| expressions(child, visit));
    });
}

fn children<'p>(expr: &'p Expr, each: &mut dyn FnMut(&'p Expr)) {
    match &expr.kind {
        ExprKind::Literal(_)
        | ExprKind::Local(_)
        | ExprKind::Global(_)
        | ExprKind::FunctionValue(_)
        | ExprKind::Model(_)
        | ExprKind::Break
        | ExprKind::Continue => {}
        ExprKind::Template(parts) | ExprKind::Tuple(parts) => parts.iter().for_each(each),
        ExprKind::Sealed(parts) => {
            for part in parts {
                if let SealedPart::Value(value) = part {
                    each(value);
                }
            }
        }
        ExprKind::List(items) | ExprKind::JsonArray(items) => {
            for item in items {
                let (Element::One(item) | Element::Spread(item)) = item;
                each(item);
            }
        }
        ExprKind::Map(entries) => {
            for (key, value) in entries {
                each(key);
                each(value);
            }
        }
        ExprKind::JsonObject(members) => {
            for member in members {
                let (JsonMember::Member(_, value) | JsonMember::Spread(value)) = member;
                each(value);
            }
        }
        ExprKind::Record { base, fields, .. } => {
            base.iter().for_each(|base| each(base));
            fields.iter().for_each(|(_, value)| each(value));
        }
        ExprKind::Variant { fields, .. } => fields.iter().for_each(|(_, value)| each(value)),
        ExprKind::Field { base, .. }
        | ExprKind::TupleField { base, .. }
        | ExprKind::JsonField { base, .. } => {
            each(base);
        }
        ExprKind::Not(value)
        | ExprKind::Negate(value)
        | ExprKind::ToJson(value)
        | ExprKind::Cast { value, .. }
        | ExprKind::Return(value)
        | ExprKind::Fail(value)
        | ExprKind::Try(value) => each(value),
        ExprKind::Index { base: first, index: second }
        | ExprKind::Safe { base: first, then: second, .. }
        | ExprKind::Coalesce { value: first, otherwise: second }
        | ExprKind::And(first, second)
        | ExprKind::Or(first, second)
        | ExprKind::Arith { left: first, right: second, .. }
        | ExprKind::Compare { left: first, right: second, .. }
        | ExprKind::Range { start: first, end: second, .. }
        | ExprKind::ForList { list: first, body: second, .. }
        | ExprKind::ForMap { map: first, body: second, .. }
        | ExprKind::While { condition: first, body: second }
        | ExprKind::TryCatch { body: first, handler: second, .. } => {
            each(first);
            each(second);
        }
        ExprKind::Call { args, .. } | ExprKind::Builtin { args, .. } => args.iter().for_each(each),
        ExprKind::CallValue { callee, args } => {
            each(callee);
            args.iter().for_each(each);
        }
        ExprKind::Lambda(closure) => each(&closure.body.value),
        ExprKind::If { condition, then, otherwise } => {
            each(condition);
            each(then);
            otherwise.iter().for_each(|value| each(value));
        }
        ExprKind::Match { value, arms, otherwise } => {
            each(value);
            for arm in arms {
                arm.guard.iter().for_each(&mut *each);
                each(&arm.body);
            }
            otherwise.iter().for_each(|value| each(value));
        }
        ExprKind::Block { stmts, value } => {
            stmts.iter().for_each(|stmt| statement(stmt, each));
            value.iter().for_each(|value| each(value));
        }
        ExprKind::ForRange { start, end, body, .. } => {
            each(start);
            each(end);
            each(body);
        }
        ExprKind::Assert { condition, message, .. } => {
            each(condition);
            message.iter().for_each(|message| each(message));
        }
        ExprKind::Effect(asked) => effect(asked, each),
        ExprKind::Mutate { place, args, .. } => {
            place.path.iter().for_each(|step| key(step, each));
            args.iter().for_each(each);
        }
    }
}

fn statement<'p>(stmt: &'p Stmt, each: &mut dyn FnMut(&'p Expr)) {
    match &stmt.kind {
        StmtKind::Let(_, value) | StmtKind::LetPattern(_, value) | StmtKind::Expr(value) => each(value),
        StmtKind::Assign { place, value, .. } => {
            place.path.iter().for_each(|step| key(step, each));
            each(value);
        }
    }
}

fn key<'p>(step: &'p Step, each: &mut dyn FnMut(&'p Expr)) {
    match step {
        Step::Field(_) => {}
        Step::Index(key) | Step::Key(key) | Step::Json(key) => each(key),
    }
}

fn effect<'p>(effect: &'p Effect, each: &mut dyn FnMut(&'p Expr)) {
    match &effect.kind {
        EffectKind::Tool { args, .. }
        | EffectKind::Prompt { args, .. }
        | EffectKind::Memory { args, .. }
        | EffectKind::Flow { args, .. }
        | EffectKind::RunAgent { args, .. }
        | EffectKind::StartAgent { args, .. } => args.iter().for_each(each),
        EffectKind::Await { ask, show, to, within, otherwise, .. } => {
            [ask, show, to, within, otherwise].into_iter().flatten().for_each(each);
        }
        EffectKind::AwaitJob { job, within, otherwise } => {
            each(job);
            [within, otherwise].into_iter().flatten().for_each(each);
        }
        EffectKind::Send { job, value, .. } => {
            each(job);
            each(value);
        }
        EffectKind::Plan { goal, by, .. } => {
            each(goal);
            by.iter().for_each(each);
        }
        EffectKind::Given { reply, times, .. } => {
            each(&reply.body.value);
            times.iter().for_each(each);
        }
        EffectKind::Deliver { value, after, .. } => {
            each(value);
            after.iter().for_each(each);
        }
        EffectKind::RunPlan(value)
        | EffectKind::Expect { condition: value, .. }
        | EffectKind::ExpectFails { body: value, .. } => each(value),
        EffectKind::Cancel { job: value } | EffectKind::Sleep(value) | EffectKind::SleepUntil(value) => {
            each(value);
        }
        EffectKind::Saga(value) => each(value),
        EffectKind::Now
        | EffectKind::Random
        | EffectKind::Uuid
        | EffectKind::Env { .. }
        | EffectKind::JobId
        | EffectKind::Calls(_) => {}
        EffectKind::RandomInt(low, high) => {
            each(low);
            each(high);
        }
        EffectKind::Note { text, data } => {
            each(text);
            data.iter().for_each(each);
        }
        EffectKind::Each { list, at_most, item, .. } => {
            each(list);
            at_most.iter().for_each(&mut *each);
            each(&item.body.value);
        }
        EffectKind::Race { arms } => arms.iter().for_each(|(_, arm)| each(&arm.body.value)),
        EffectKind::Within { limit, body, otherwise } => {
            each(limit);
            each(&body.body.value);
            otherwise.iter().for_each(each);
        }
        EffectKind::Retry { policy, body } => {
            each(&policy.count);
            if let Some((least, most)) = &policy.backoff {
                each(least);
                each(most);
            }
            policy.rate.iter().for_each(&mut *each);
            each(&body.body.value);
        }
    }
}
