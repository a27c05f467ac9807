//! A tree in a compact form that a person can check: spans left out, one pair of parentheses per node.

use crate::syntax::ast::*;

fn join<T>(items: &[T], show: impl std::ops::Fn(&T) -> String) -> String {
    items.iter().map(show).collect::<Vec<_>>().join(" ")
}

fn opt<T>(item: Option<&T>, before: &str, show: impl std::ops::Fn(&T) -> String) -> String {
    item.map_or_else(String::new, |item| format!(" {before}{}", show(item)))
}

fn tight<T>(item: Option<&T>, before: &str, show: impl std::ops::Fn(&T) -> String) -> String {
    item.map_or_else(String::new, |item| format!("{before}{}", show(item)))
}

pub(super) fn item(item: &Item) -> String {
    let docs = opt(item.docs.as_ref(), "", |docs| format!("{docs:?}"));
    let shape = match &item.kind {
        ItemKind::Import(i) => match &i.names {
            ImportNames::Module(alias) => {
                format!("import {:?}{}", i.path.name, opt(alias.as_ref(), "as ", id))
            }
            ImportNames::Names(names) => format!("import {:?} ({})", i.path.name, join(names, id)),
        },
        ItemKind::Const(c) => format!("const {} {} {}", c.name.name, ty(&c.ty), expr(&c.value)),
        ItemKind::Fn(f) => format!(
            "fn {}{} {}{} {}",
            f.name.name,
            generics(&f.generics),
            params(&f.params),
            opt(f.result.as_ref(), "-> ", ty),
            block(&f.body)
        ),
        ItemKind::Record(r) => {
            format!("record {}{} {}", r.name.name, generics(&r.generics), params(&r.fields))
        }
        ItemKind::Enum(e) => {
            let variant = |v: &Variant| match v.fields.is_empty() {
                true => v.name.name.clone(),
                false => format!("{}{}", v.name.name, params(&v.fields)),
            };
            format!("enum {}{} {}", e.name.name, generics(&e.generics), join(&e.variants, variant))
        }
        ItemKind::Alias(a) => format!("type {}{} {}", a.name.name, generics(&a.generics), ty(&a.ty)),
        ItemKind::Tool(t) => format!(
            "tool {} {}{} {}",
            t.name.name,
            params(&t.params),
            opt(t.result.as_ref(), "-> ", ty),
            join(&t.clauses, |clause| format!("({})", tool_clause(&clause.kind)))
        ),
        ItemKind::Model(m) => format!("model {} {}", m.name.name, join(&m.clauses, entry)),
        ItemKind::Prompt(p) => format!(
            "prompt {} {}{} {}{}",
            p.name.name,
            params(&p.params),
            opt(p.result.as_ref(), "-> ", ty),
            join(&p.clauses, entry),
            opt(p.retry.as_ref(), "retry ", policy)
        ),
        ItemKind::Signal(s) => format!("signal {} {}", s.name.name, ty(&s.ty)),
        ItemKind::Memory(m) => format!("memory {} {}", m.name.name, ty(&m.ty)),
        ItemKind::Schedule(s) => {
            format!(
                "schedule {} {}{} {}",
                s.name.name,
                expr(&s.every),
                opt(s.zone.as_ref(), "in ", expr),
                expr(&s.run)
            )
        }
        ItemKind::Graph(g) => format!(
            "{:?} {} {}{}{}{} {}",
            g.kind,
            g.name.name,
            params(&g.params),
            opt(g.result.as_ref(), "-> ", ty),
            opt(g.budget.as_ref(), "budget ", |entries| join(entries, entry)),
            opt(g.key.as_ref(), "key ", expr),
            body(&g.body)
        ),
        ItemKind::Test(t) => format!("test {:?} {}", t.title.name, join(&t.body, test_stmt)),
        ItemKind::Broken(b) => {
            format!("broken{}{}", opt(b.keyword.as_ref(), "", Clone::clone), opt(b.name.as_ref(), "", id))
        }
    };
    format!("({shape}{docs})")
}

fn id(ident: &Ident) -> String {
    ident.name.clone()
}

fn generics(names: &[Ident]) -> String {
    if names.is_empty() { String::new() } else { format!("<{}>", join(names, id)) }
}

fn params(params: &[Param]) -> String {
    let param = |p: &Param| {
        format!(
            "{}{}:{}{}{}",
            p.name.name,
            opt(p.foreign.as_ref(), "as ", |name| format!("{:?}", name.name)),
            ty(&p.ty),
            opt(p.default.as_ref(), "= ", expr),
            opt(p.docs.as_ref(), "", |docs| format!("{docs:?}"))
        )
    };
    format!("[{}]", params.iter().map(param).collect::<Vec<_>>().join(", "))
}

fn entry(entry: &Entry) -> String {
    format!("({} {})", entry.name.name, expr(&entry.value))
}

fn tool_clause(kind: &ToolClauseKind) -> String {
    match kind {
        ToolClauseKind::Via { carrier, entries } => format!("via {} {}", carrier.name, join(entries, entry)),
        ToolClauseKind::Readonly => "readonly".to_owned(),
        ToolClauseKind::Idempotent(Horizon::Default) => "idempotent".to_owned(),
        ToolClauseKind::Idempotent(Horizon::For(d)) => format!("idempotent for {}", expr(d)),
        ToolClauseKind::Idempotent(Horizon::Always) => "idempotent always".to_owned(),
        ToolClauseKind::Once => "once".to_owned(),
        ToolClauseKind::Timeout(e) => format!("timeout {}", expr(e)),
        ToolClauseKind::Retry(p) => format!("retry {}", policy(p)),
        ToolClauseKind::NotDone(es) => format!("not_done {}", join(es, expr)),
        ToolClauseKind::Limit { count, per } => format!("limit {} {}", expr(count), expr(per)),
        ToolClauseKind::InDoubt(word) => format!("in_doubt {}", word.name),
        ToolClauseKind::Lookup { ask, settle } => {
            format!("lookup {}{}", expr(ask), opt(settle.as_ref(), "settle ", expr))
        }
        ToolClauseKind::Confirm(e) => format!("confirm {}", expr(e)),
        ToolClauseKind::Undo(e) => format!("undo {}", expr(e)),
    }
}

fn policy(p: &RetryPolicy) -> String {
    format!(
        "{}{}{}{}{}",
        expr(&p.count),
        opt(p.on.as_ref(), "on ", |kinds| format!("[{}]", join(kinds, expr))),
        opt(p.backoff.as_ref(), "backoff ", |(from, to)| format!("{} {}", expr(from), expr(to))),
        opt(p.rate.as_ref(), "rate ", |rate| expr(rate)),
        opt(p.jitter.as_ref(), "jitter ", id)
    )
}

fn body(body: &GraphBody) -> String {
    let graph_item = |item: &GraphItem| match item {
        GraphItem::Task(t) => format!(
            "(task {}{}{}{} {}{})",
            t.name.name,
            tight(t.ty.as_ref(), ": ", ty),
            opt((!t.after.is_empty()).then_some(&t.after), "after ", |names| join(names, id)),
            opt(t.when.as_ref(), "when ", expr),
            expr(&t.value),
            opt(t.docs.as_ref(), "", |docs| format!("{docs:?}"))
        ),
        GraphItem::Let { pattern: p, ty: t, value, .. } => {
            format!("(let {}{} {})", pattern(p), tight(t.as_ref(), ": ", ty), expr(value))
        }
        GraphItem::Return { value, .. } => format!("(return{})", opt(value.as_ref(), "", expr)),
        GraphItem::Misplaced(s) => format!("(misplaced {})", stmt(s)),
    };
    match body {
        GraphBody::Tasks(items) => join(items, graph_item),
        GraphBody::Plain(plain) => block(plain),
    }
}

fn test_stmt(test: &TestStmt) -> String {
    match test {
        TestStmt::Given { tool, args, reply, times, .. } => {
            let reply = match reply {
                Reply::Returns(e) => format!("returns {}", expr(e)),
                Reply::Fails(e) => format!("fails {}", expr(e)),
            };
            format!(
                "(given {} [{}] {reply}{})",
                tool.name,
                join(args, pattern),
                opt(times.as_ref(), "times ", expr)
            )
        }
        TestStmt::Signal { name, value, after, .. } => {
            format!("(signal {} {}{})", name.name, expr(value), opt(after.as_ref(), "after ", expr))
        }
        TestStmt::Answer { name, value, after, .. } => {
            format!("(answer {} {}{})", name.name, expr(value), opt(after.as_ref(), "after ", expr))
        }
        TestStmt::Expect { condition, .. } => format!("(expect {})", expr(condition)),
        TestStmt::ExpectFails { kind, body, .. } => {
            format!("(expect-fails{} {})", opt(kind.as_ref(), "", expr), block(body))
        }
        TestStmt::Stmt(s) => stmt(s),
    }
}

pub(super) fn block(block: &Block) -> String {
    format!("{{{}}}", block.stmts.iter().map(stmt).collect::<Vec<_>>().join("; "))
}

fn stmt(s: &Stmt) -> String {
    match &s.kind {
        StmtKind::Let { mutable, pattern: p, ty: t, value } => {
            let word = if *mutable { "var" } else { "let" };
            format!("{word} {}{} = {}", pattern(p), tight(t.as_ref(), ": ", ty), expr(value))
        }
        StmtKind::Assign { place, op, value } => {
            format!(
                "{} {}= {}",
                expr(place),
                op.map_or_else(String::new, |op| format!("{op:?}")),
                expr(value)
            )
        }
        StmtKind::Assert { condition, message } => {
            format!("assert {}{}", expr(condition), opt(message.as_ref(), "", expr))
        }
        StmtKind::Expr(e) => expr(e),
        StmtKind::Broken => "BROKEN".to_owned(),
    }
}

fn args(args: &[Arg]) -> String {
    join(args, |arg| {
        arg.name.as_ref().map_or_else(String::new, |name| format!("{}:", name.name)) + &expr(&arg.value)
    })
}

fn template(template: &Template) -> String {
    let part = |part: &TemplatePart| match part {
        TemplatePart::Text(text) => format!("{text:?}"),
        TemplatePart::Expr(e) => expr(e),
    };
    match template.parts.as_slice() {
        [] => "\"\"".to_owned(),
        [TemplatePart::Text(text)] => format!("{text:?}"),
        parts => format!("(text {})", join(parts, part)),
    }
}

fn condition(c: &Condition) -> String {
    match c {
        Condition::Expr(e) => expr(e),
        Condition::Let { pattern: p, value } => format!("(let {} {})", pattern(p), expr(value)),
    }
}

fn arm(arm: &Arm) -> String {
    format!("({}{} => {})", pattern(&arm.pattern), opt(arm.guard.as_ref(), "if ", expr), expr(&arm.body))
}

fn json(value: &Json) -> String {
    match value {
        Json::Object(fields) => {
            let field = |field: &JsonField| match field {
                JsonField::Member { key, value } => format!("{}{}", key.name, opt(value.as_ref(), "", json)),
                JsonField::Spread(e) => format!("..{}", expr(e)),
            };
            format!("{{{}}}", fields.iter().map(field).collect::<Vec<_>>().join(", "))
        }
        Json::Array(elements) => {
            let element = |element: &JsonElement| match element {
                JsonElement::One(value) => json(value),
                JsonElement::Spread(e) => format!("..{}", expr(e)),
            };
            format!("[{}]", join(elements, element))
        }
        Json::Expr(e) => expr(e),
    }
}

pub(super) fn expr(e: &Expr) -> String {
    let path = |module: &Option<Ident>, name: &Ident| {
        module.as_ref().map_or_else(String::new, |module| format!("{}.", module.name)) + &name.name
    };
    match &e.kind {
        ExprKind::Null => "null".to_owned(),
        ExprKind::Bool(value) => value.to_string(),
        ExprKind::Int(value) => value.to_string(),
        ExprKind::BigInt(digits) => format!("big{digits}"),
        ExprKind::Float(value) => format!("{value:?}"),
        ExprKind::Decimal(digits) => format!("{digits}d"),
        ExprKind::Duration(millis) => format!("{millis}ms"),
        ExprKind::Text(text) => template(text),
        ExprKind::Name(name) => name.name.clone(),
        ExprKind::Variant { name, args: None } => format!(".{}", name.name),
        ExprKind::Variant { name, args: Some(list) } => format!(".{}({})", name.name, args(list)),
        ExprKind::List(elements) => {
            let element = |element: &Element| match element {
                Element::One(e) => expr(e),
                Element::Spread(e) => format!("..{}", expr(e)),
            };
            format!("[{}]", join(elements, element))
        }
        ExprKind::Map(entries) => {
            format!("(map {})", join(entries, |(k, v)| format!("{}:{}", expr(k), expr(v))))
        }
        ExprKind::Json(value) => format!("(json {})", json(value)),
        ExprKind::Tuple(items) => format!("(tuple {})", join(items, expr)),
        ExprKind::Paren(inner) => format!("(paren {})", expr(inner)),
        ExprKind::Record { module, name, base, fields } => {
            let field = |f: &FieldInit| format!("{}{}", f.name.name, tight(f.value.as_ref(), "= ", expr));
            let fields = fields.iter().map(field).collect::<Vec<_>>().join(", ");
            format!(
                "({}{{{}{fields}}})",
                path(module, name),
                base.as_ref().map_or_else(String::new, |b| format!("..{} ", expr(b)))
            )
        }
        ExprKind::Unary { op, value } => format!("({op:?} {})", expr(value)),
        ExprKind::Binary { op, left, right, .. } => format!("({op:?} {} {})", expr(left), expr(right)),
        ExprKind::Pipe { left, right } => format!("(|> {} {})", expr(left), expr(right)),
        ExprKind::Range { start, end, inclusive } => {
            format!("({} {} {})", if *inclusive { "..=" } else { ".." }, expr(start), expr(end))
        }
        ExprKind::Cast { value, ty: t } => format!("(as {} {})", expr(value), ty(t)),
        ExprKind::Call { callee, args: list } => {
            format!("(call {} {})", expr(callee), args(list)).replace(" )", ")")
        }
        ExprKind::Field { base, name, safe } => {
            format!("{}{}{}", expr(base), if *safe { "?." } else { "." }, name.name)
        }
        ExprKind::TupleField { base, index, safe, .. } => {
            format!("{}{}.{index}", expr(base), if *safe { "?" } else { "" })
        }
        ExprKind::Index { base, index } => format!("{}[{}]", expr(base), expr(index)),
        ExprKind::If { condition: c, then, otherwise } => {
            format!("(if {} {}{})", condition(c), block(then), opt(otherwise.as_ref(), "else ", |e| expr(e)))
        }
        ExprKind::Match { value, arms } => format!("(match {} {})", expr(value), join(arms, arm)),
        ExprKind::For { patterns, iterable, body } => {
            format!("(for {} {} {})", join(patterns, pattern), expr(iterable), block(body))
        }
        ExprKind::While { condition: c, body } => format!("(while {} {})", condition(c), block(body)),
        ExprKind::Block(b) => block(b),
        ExprKind::Lambda { params, body } => {
            let param = |p: &LambdaParam| {
                pattern(&p.pattern) + &p.ty.as_ref().map_or_else(String::new, |t| format!(":{}", ty(t)))
            };
            format!("(fn [{}] {})", join(params, param), expr(body))
        }
        ExprKind::TryCatch { body, binding, handler } => {
            format!("(try {} catch{} {})", block(body), opt(binding.as_ref(), "", id), block(handler))
        }
        ExprKind::Try(inner) => format!("(try {})", expr(inner)),
        ExprKind::Fail(inner) => format!("(fail {})", expr(inner)),
        ExprKind::Return(value) => format!("(return{})", opt(value.as_ref(), "", |e| expr(e))),
        ExprKind::Break => "break".to_owned(),
        ExprKind::Continue => "continue".to_owned(),
        ExprKind::Await(a) => format!(
            "(await {}{}{}{}{}{})",
            expr(&a.target),
            opt(a.ask.as_ref(), "ask ", expr),
            opt(a.show.as_ref(), "show ", expr),
            opt(a.to.as_ref(), "to ", expr),
            opt(a.within.as_ref(), "within ", expr),
            opt(a.otherwise.as_ref(), "else ", expr)
        ),
        ExprKind::Each(each) => format!(
            "(each {} {}{} {})",
            join(&each.patterns, pattern),
            expr(&each.iterable),
            opt(each.at_most.as_ref(), "at-most ", expr),
            block(&each.body)
        ),
        ExprKind::Race(arms) => {
            format!("(race {})", join(arms, |arm| format!("{}=>{}", arm.name.name, expr(&arm.value))))
        }
        ExprKind::Within { limit, body, otherwise } => {
            format!("(within {} {}{})", expr(limit), block(body), opt(otherwise.as_ref(), "else ", block))
        }
        ExprKind::Retry { policy: p, body } => format!("(retry {} {})", policy(p), block(body)),
        ExprKind::Saga(body) => format!("(saga {})", block(body)),
        ExprKind::Run(inner) => format!("(run {})", expr(inner)),
        ExprKind::Start(inner) => format!("(start {})", expr(inner)),
        ExprKind::Plan(plan) => format!(
            "(plan {} using [{}] by {} -> {}{})",
            expr(&plan.goal),
            join(&plan.using, expr),
            expr(&plan.by),
            ty(&plan.result),
            if plan.unattended { " unattended" } else { "" }
        ),
        ExprKind::Broken => "BROKEN".to_owned(),
    }
}

fn ty(t: &Type) -> String {
    match &t.kind {
        TypeKind::Named { module, name, args } => {
            let module = module.as_ref().map_or_else(String::new, |module| format!("{}.", module.name));
            let args = if args.is_empty() { String::new() } else { format!("<{}>", join(args, ty)) };
            format!("{module}{}{args}", name.name)
        }
        TypeKind::Optional(inner) => format!("{}?", ty(inner)),
        TypeKind::Tuple(items) => format!("({})", join(items, ty)),
        TypeKind::Function { params, result } => format!("fn({}) -> {}", join(params, ty), ty(result)),
        TypeKind::Broken => "BROKEN".to_owned(),
    }
}

fn field_patterns(fields: &[FieldPattern], rest: bool) -> String {
    let field = |field: &FieldPattern| {
        let name = field.name.as_ref().map_or_else(String::new, |name| name.name.clone());
        match &field.pattern {
            Some(p) if name.is_empty() => pattern(p),
            Some(p) => format!("{name}:{}", pattern(p)),
            None => name,
        }
    };
    let rest = if rest { " .." } else { "" };
    format!("{}{rest}", join(fields, field))
}

pub(super) fn pattern(p: &Pattern) -> String {
    match &p.kind {
        PatternKind::Wildcard => "_".to_owned(),
        PatternKind::Bind(name) => name.name.clone(),
        PatternKind::Literal(e) => format!("={}", expr(e)),
        PatternKind::Range { start, end, inclusive } => {
            format!("{}{}{}", expr(start), if *inclusive { "..=" } else { ".." }, expr(end))
        }
        PatternKind::Variant { path, name, fields, rest } => {
            let path: String = path.iter().map(|part| part.name.clone()).collect::<Vec<_>>().join(".");
            let fields = field_patterns(fields, *rest);
            format!("{path}.{}{}", name.name, if fields.is_empty() { fields } else { format!("({fields})") })
        }
        PatternKind::Record { module, name, fields, rest } => {
            let module = module.as_ref().map_or_else(String::new, |module| format!("{}.", module.name));
            format!("{module}{}{{{}}}", name.name, field_patterns(fields, *rest))
        }
        PatternKind::Tuple(items) => format!("({})", join(items, pattern)),
        PatternKind::List { items, rest } => {
            let rest = rest.as_ref().map_or_else(String::new, |rest| {
                format!(" ..{}", rest.as_ref().map_or("", |name| &name.name))
            });
            format!("[{}{rest}]", join(items, pattern))
        }
        PatternKind::Or(items) => items.iter().map(pattern).collect::<Vec<_>>().join("|"),
        PatternKind::At { name, pattern: inner } => format!("{}@{}", name.name, pattern(inner)),
        PatternKind::Broken => "BROKEN".to_owned(),
    }
}
