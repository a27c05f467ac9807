//! Which names a piece of the tree mentions and assigns, before anything is known of it.
//!
//! Locals may not hide tasks, so a task's dependencies are exactly the task names mentioned in it.

use crate::limits;
use crate::syntax::ast::{
    Arg, Block, Condition, Element, Expr, ExprKind, Ident, Json, JsonElement, JsonField, Stmt, StmtKind,
    TemplatePart,
};

/// Calls `on` with every name that `expr` reads.
pub(crate) fn names(expr: &Expr, on: &mut dyn FnMut(&Ident)) {
    visit(expr, &mut |node| match node {
        Node::Name(name) => on(name),
        Node::Assign(_) => {}
    });
}

/// The names of the variables that `block` assigns or changes in place.
pub(crate) fn assigned(block: &Block) -> Vec<String> {
    let mut found = Vec::new();
    let mut on = |node: Node<'_>| {
        if let Node::Assign(place) = node
            && let Some(root) = root(place)
        {
            found.push(root.name.clone());
        }
    };
    for stmt in &block.stmts {
        visit_stmt(stmt, &mut on);
    }
    found
}

/// Whether `block` contains a `break` of the loop it is the body of.
pub(crate) fn breaks(block: &Block) -> bool {
    fn in_expr(expr: &Expr) -> bool {
        match &expr.kind {
            ExprKind::Break => true,
            ExprKind::For { .. } | ExprKind::While { .. } | ExprKind::Lambda { .. } | ExprKind::Each(_) => {
                false
            }
            _ => {
                let mut found = false;
                children(expr, &mut |child| {
                    found = found || stacker::maybe_grow(64 * 1024, 1024 * 1024, || in_child(&child));
                });
                found
            }
        }
    }
    fn in_child(child: &Child<'_>) -> bool {
        match child {
            Child::Expr(expr) => in_expr(expr),
            Child::Stmt(stmt) => in_stmt(stmt),
            Child::Name(_) => false,
        }
    }
    fn in_stmt(stmt: &Stmt) -> bool {
        let mut found = false;
        stmt_children(stmt, &mut |child| found = found || in_child(&child));
        found
    }
    block.stmts.iter().any(in_stmt)
}

/// The name at the root of `a.b[c].d`.
pub(crate) fn root(expr: &Expr) -> Option<&Ident> {
    let mut at = expr;
    for _ in 0..=limits::CHAIN + limits::NESTING {
        match &at.kind {
            ExprKind::Name(name) => return Some(name),
            ExprKind::Field { base, .. }
            | ExprKind::TupleField { base, .. }
            | ExprKind::Index { base, .. }
            | ExprKind::Paren(base) => at = base,
            _ => return None,
        }
    }
    None
}

#[derive(Clone, Copy)]
enum Node<'t> {
    Name(&'t Ident),
    Assign(&'t Expr),
}

#[derive(Clone, Copy)]
enum Child<'t> {
    Expr(&'t Expr),
    Stmt(&'t Stmt),
    Name(&'t Ident),
}

fn visit<'t>(expr: &'t Expr, on: &mut dyn FnMut(Node<'t>)) {
    stacker::maybe_grow(64 * 1024, 1024 * 1024, || {
        if let ExprKind::Name(name) = &expr.kind {
            on(Node::Name(name));
        }
        // A method call may change its receiver in place.
        if let ExprKind::Call { callee, .. } = &expr.kind
            && let ExprKind::Field { base, .. } = &callee.kind
        {
            on(Node::Assign(base));
        }
        children(expr, &mut |child| visit_child(child, on));
    });
}

fn visit_child<'t>(child: Child<'t>, on: &mut dyn FnMut(Node<'t>)) {
    match child {
        Child::Expr(expr) => visit(expr, on),
        Child::Stmt(stmt) => visit_stmt(stmt, on),
        Child::Name(name) => on(Node::Name(name)),
    }
}

fn visit_stmt<'t>(stmt: &'t Stmt, on: &mut dyn FnMut(Node<'t>)) {
    if let StmtKind::Assign { place, .. } = &stmt.kind {
        on(Node::Assign(place));
    }
    stmt_children(stmt, &mut |child| visit_child(child, on));
}

fn stmt_children<'t>(stmt: &'t Stmt, on: &mut dyn FnMut(Child<'t>)) {
    match &stmt.kind {
        StmtKind::Let { value, .. } | StmtKind::Expr(value) => on(Child::Expr(value)),
        StmtKind::Assign { place, value, .. } => {
            on(Child::Expr(place));
            on(Child::Expr(value));
        }
        StmtKind::Assert { condition, message } => {
            on(Child::Expr(condition));
            if let Some(message) = message {
                on(Child::Expr(message));
            }
        }
        StmtKind::Broken => {}
    }
}

fn block_children<'t>(block: &'t Block, on: &mut dyn FnMut(Child<'t>)) {
    for stmt in &block.stmts {
        on(Child::Stmt(stmt));
    }
}

fn condition_children<'t>(condition: &'t Condition, on: &mut dyn FnMut(Child<'t>)) {
    let (Condition::Expr(value) | Condition::Let { value, .. }) = condition;
    on(Child::Expr(value));
}

fn arg_children<'t>(args: &'t [Arg], on: &mut dyn FnMut(Child<'t>)) {
    for arg in args {
        on(Child::Expr(&arg.value));
    }
}

fn json_children<'t>(json: &'t Json, on: &mut dyn FnMut(Child<'t>)) {
    match json {
        Json::Object(fields) => {
            for field in fields {
                match field {
                    JsonField::Member { key, value: None } => on(Child::Name(key)),
                    JsonField::Member { value: Some(value), .. } => json_children(value, on),
                    JsonField::Spread(value) => on(Child::Expr(value)),
                }
            }
        }
        Json::Array(elements) => {
            for element in elements {
                match element {
                    JsonElement::One(value) => json_children(value, on),
                    JsonElement::Spread(value) => on(Child::Expr(value)),
                }
            }
        }
        Json::Expr(value) => on(Child::Expr(value)),
    }
}

fn children<'t>(expr: &'t Expr, on: &mut dyn FnMut(Child<'t>)) {
    let mut each = |exprs: &mut dyn Iterator<Item = &'t Expr>| exprs.for_each(|expr| on(Child::Expr(expr)));
    match &expr.kind {
        ExprKind::Null
        | ExprKind::Bool(_)
        | ExprKind::Int(_)
        | ExprKind::BigInt(_)
        | ExprKind::Float(_)
        | ExprKind::Decimal(_)
        | ExprKind::Duration(_)
        | ExprKind::Name(_)
        | ExprKind::Break
        | ExprKind::Continue
        | ExprKind::Broken => {}
        ExprKind::Text(template) => each(&mut template.parts.iter().filter_map(|part| match part {
            TemplatePart::Text(_) => None,
            TemplatePart::Expr(expr) => Some(expr),
        })),
        ExprKind::Variant { args, .. } => arg_children(args.as_deref().unwrap_or_default(), on),
        ExprKind::List(elements) => each(&mut elements.iter().map(|element| match element {
            Element::One(value) | Element::Spread(value) => value,
        })),
        ExprKind::Map(entries) => each(&mut entries.iter().flat_map(|(key, value)| [key, value])),
        ExprKind::Json(json) => json_children(json, on),
        ExprKind::Tuple(items) => each(&mut items.iter()),
        ExprKind::Record { base, fields, .. } => {
            each(&mut base.as_deref().into_iter());
            for field in fields {
                match &field.value {
                    Some(value) => on(Child::Expr(value)),
                    None => on(Child::Name(&field.name)),
                }
            }
        }
        ExprKind::Paren(value)
        | ExprKind::Unary { value, .. }
        | ExprKind::Cast { value, .. }
        | ExprKind::Try(value)
        | ExprKind::Fail(value)
        | ExprKind::Run(value)
        | ExprKind::Start(value) => on(Child::Expr(value)),
        ExprKind::Field { base, .. } | ExprKind::TupleField { base, .. } => on(Child::Expr(base)),
        ExprKind::Binary { left, right, .. } | ExprKind::Pipe { left, right } => {
            each(&mut [&**left, right].into_iter());
        }
        ExprKind::Range { start, end, .. } => each(&mut [&**start, end].into_iter()),
        ExprKind::Index { base, index } => each(&mut [&**base, index].into_iter()),
        ExprKind::Call { callee, args } => {
            on(Child::Expr(callee));
            arg_children(args, on);
        }
        ExprKind::If { condition, then, otherwise } => {
            condition_children(condition, on);
            block_children(then, on);
            if let Some(otherwise) = otherwise {
                on(Child::Expr(otherwise));
            }
        }
        ExprKind::Match { value, arms } => {
            on(Child::Expr(value));
            for arm in arms {
                if let Some(guard) = &arm.guard {
                    on(Child::Expr(guard));
                }
                on(Child::Expr(&arm.body));
            }
        }
        ExprKind::For { iterable, body, .. } => {
            on(Child::Expr(iterable));
            block_children(body, on);
        }
        ExprKind::While { condition, body } => {
            condition_children(condition, on);
            block_children(body, on);
        }
        ExprKind::Block(body) | ExprKind::Saga(body) => block_children(body, on),
        ExprKind::Lambda { body, .. } => on(Child::Expr(body)),
        ExprKind::TryCatch { body, handler, .. } => {
            block_children(body, on);
            block_children(handler, on);
        }
        ExprKind::Return(value) => each(&mut value.as_deref().into_iter()),
        ExprKind::Await(wait) => {
            on(Child::Expr(&wait.target));
            for part in [&wait.ask, &wait.show, &wait.to, &wait.within, &wait.otherwise].into_iter().flatten()
            {
                on(Child::Expr(part));
            }
        }
        ExprKind::Each(each) => {
            on(Child::Expr(&each.iterable));
            if let Some(bound) = &each.at_most {
                on(Child::Expr(bound));
            }
            block_children(&each.body, on);
        }
        ExprKind::Race(arms) => each(&mut arms.iter().map(|arm| &arm.value)),
        ExprKind::Within { limit, body, otherwise } => {
            on(Child::Expr(limit));
            block_children(body, on);
            if let Some(otherwise) = otherwise {
                block_children(otherwise, on);
            }
        }
        ExprKind::Retry { policy, body } => {
            on(Child::Expr(&policy.count));
            for kind in policy.on.iter().flatten() {
                on(Child::Expr(kind));
            }
            if let Some((first, longest)) = &policy.backoff {
                on(Child::Expr(first));
                on(Child::Expr(longest));
            }
            policy.rate.iter().for_each(|rate| on(Child::Expr(rate)));
            block_children(body, on);
        }
        ExprKind::Plan(plan) => {
            on(Child::Expr(&plan.goal));
            plan.using.iter().for_each(|tool| on(Child::Expr(tool)));
            on(Child::Expr(&plan.by));
        }
    }
}
