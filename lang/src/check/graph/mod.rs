//! Agents and flows: bodies with tasks become graphs, derived from the names used.

mod order;

use super::Checker;
use super::colour::Colour;
use super::pattern::Binding;
use super::program::{Body, Expr, ExprKind, Field, Input, Let, Stmt, StmtKind, Task};
use super::scope::{Base, Finished, GraphName, GraphScope, Origin, Return};
use super::types::Type;
use super::unify::{Want, Why};
use super::{make, null};
use crate::diagnostic::{Diagnostic, codes};
use crate::ids::{GraphId, LetId, TaskId};
use crate::limits;
use crate::resolve::mentions;
use crate::resolve::types::TypePlace;
use crate::span::Span;
use crate::syntax::ast::{self, GraphBody, GraphItem, Ident, PatternKind};

/// A task or let, before it is checked.
enum Node<'a> {
    Task(TaskId, &'a ast::Task),
    /// A let, and the name it binds if its pattern takes the value apart.
    Let {
        first: LetId,
        pattern: &'a ast::Pattern,
        ty: Option<&'a ast::Type>,
        value: &'a ast::Expr,
        names: Vec<&'a Ident>,
    },
}

impl<'a> Node<'a> {
    fn name(&self) -> (&'a str, Span) {
        match self {
            Self::Task(_, task) => (&task.name.name, task.name.span),
            Self::Let { pattern, names, .. } => {
                (names.first().map_or("_", |name| name.name.as_str()), pattern.span)
            }
        }
    }

    /// Names that must be known before it.
    fn mentions(&self, on: &mut dyn FnMut(&Ident)) {
        match self {
            Self::Task(_, task) => {
                mentions::names(&task.value, on);
                task.when.iter().for_each(|when| mentions::names(when, on));
                task.after.iter().for_each(on);
            }
            Self::Let { value, .. } => mentions::names(value, on),
        }
    }
}

impl<'a> Checker<'a> {
    pub(super) fn check_graphs(&mut self) {
        for (id, decl) in std::mem::take(&mut self.items.graphs) {
            self.enter_file(decl.name.span);
            let kind = if decl.kind == ast::GraphKind::Agent { "agent" } else { "flow" };
            self.place = format!("the {kind} `{}`", decl.name.name);
            self.graph_names(id, decl);
            self.job_clauses(id, decl);
            match &decl.body {
                GraphBody::Plain(block) => self.plain_body(id, decl, block),
                GraphBody::Tasks(items) => self.tasks(id, decl, items),
            }
            self.unused_parameters(decl);
            self.graph = None;
        }
    }

    /// Begins the scope of a graph with its parameters.
    fn graph_names(&mut self, id: GraphId, decl: &ast::Graph) {
        let mut scope = GraphScope::default();
        for (at, (param, field)) in
            decl.params.iter().zip(&self.program.graphs[id.index()].params).enumerate()
        {
            let Field { ty, span, .. } = field;
            let input = Input::Param(u16::try_from(at).unwrap_or(u16::MAX));
            let name = GraphName { input, ty: ty.clone(), span: *span, used: false };
            if param.name.name != "_" {
                scope.names.entry(param.name.name.clone()).or_insert(name);
            }
        }
        self.graph = Some(scope);
    }

    fn unused_parameters(&mut self, decl: &ast::Graph) {
        let Some(scope) = &self.graph else { return };
        let unused =
            scope.names.iter().filter(|(_, known)| matches!(known.input, Input::Param(_)) && !known.used);
        let unused: Vec<(String, Span)> = unused.map(|(name, known)| (name.clone(), known.span)).collect();
        for (name, span) in unused {
            self.unused_parameter(&name, span);
        }
        debug_assert!(self.frames.is_empty(), "a body of `{}` was left open", decl.name.name);
    }

    /// A body without tasks: one task named `return`.
    fn plain_body(&mut self, id: GraphId, decl: &ast::Graph, block: &ast::Block) {
        let result = self.program.graphs[id.index()].result.clone();
        let why =
            Why::at(decl.result.as_ref().map_or(decl.name.span, |result| result.span), "the declared result");
        self.enter(Base::Graph, Colour::Effectful, Return::Be(result.clone(), why));
        let want = if decl.result.is_some() { Want::Be(&result, why) } else { Want::Nothing };
        let value = self.block(block, want);
        let Finished { body, inputs, .. } = self.leave(value);
        self.program.graphs[id.index()].tasks.push(Task {
            name: "return".to_owned(),
            ty: result,
            after: Vec::new(),
            when: None,
            inputs,
            body,
            span: decl.body_span,
            docs: None,
        });
    }

    fn tasks(&mut self, id: GraphId, decl: &'a ast::Graph, items: &'a [GraphItem]) {
        let mut nodes = Vec::new();
        let mut returns: Vec<(Option<&'a ast::Expr>, Span)> = Vec::new();
        let (mut tasks, mut lets) = (0, 0);
        let result = Self::bare_result(decl, items);
        self.early_return(decl, items);
        self.forgiven.clear();
        let mut said: Option<Span> = None;
        for item in items {
            match item {
                GraphItem::Task(task) => {
                    nodes.push(Node::Task(TaskId::of(tasks), task));
                    tasks += 1;
                }
                GraphItem::Let { pattern, ty, value, .. } => {
                    let names = bound_names(pattern);
                    let first = LetId::of(lets);
                    // A pattern that takes the value apart: the value, then one let per name.
                    let plain = matches!(pattern.kind, PatternKind::Bind(_));
                    lets += if plain { 1 } else { 1 + names.len() };
                    nodes.push(Node::Let { first, pattern, ty: ty.as_ref(), value, names });
                }
                GraphItem::Return { value, span } => returns.push((value.as_ref(), *span)),
                GraphItem::Misplaced(stmt) if result.is_some_and(|result| result == stmt.span) => {
                    let ast::StmtKind::Expr(value) = &stmt.kind else { continue };
                    let message = format!(
                        "the result of a body with tasks, as that of `{}`, stands after `return`",
                        decl.name.name
                    );
                    let start = Span { end: stmt.span.start, ..stmt.span };
                    let diagnostic = Diagnostic::error(codes::NO_RETURN, stmt.span, message);
                    self.report(diagnostic.fix("write `return`", start, "return "));
                    returns.push((Some(value), stmt.span));
                }
                GraphItem::Misplaced(stmt) => {
                    // What falls into several statements on one line is one mistake.
                    let again = said.is_some_and(|last| self.same_line(last, stmt.span));
                    self.misplaced(decl, stmt, again);
                    said = Some(stmt.span);
                }
            }
        }
        if tasks > limits::TASKS || lets > limits::TASKS {
            let message =
                format!("`{}` has too many tasks or lets: {} is the most", decl.name.name, limits::TASKS);
            self.too_large(decl.name.span, &message);
            return;
        }
        self.declare_nodes(&nodes);
        let order = self.order(&nodes);
        let mut done_tasks: Vec<Option<Task>> = (0..tasks).map(|_| None).collect();
        let mut done_lets: Vec<Option<Let>> = (0..lets).map(|_| None).collect();
        let mut idle: Vec<&'a ast::Task> = Vec::new();
        for at in order {
            match &nodes[at] {
                Node::Task(id, task) => {
                    let (done, busy) = self.task(*id, task);
                    if !busy {
                        idle.push(task);
                    }
                    done_tasks[id.index()] = Some(done);
                }
                Node::Let { first, pattern, ty, value, names } => {
                    self.graph_let(*first, pattern, *ty, value, names, &mut done_lets);
                }
            }
        }
        let last = self.final_return(id, decl, &returns);
        self.warn_idle(&idle, &nodes);
        let graph = &mut self.program.graphs[id.index()];
        graph.tasks = done_tasks.into_iter().flatten().collect();
        graph.tasks.push(last);
        graph.lets = done_lets.into_iter().flatten().collect();
    }

    /// The value at the end of a body that has no `return`: it was meant to be its result.
    fn bare_result(decl: &ast::Graph, items: &[GraphItem]) -> Option<Span> {
        let returns = items.iter().any(|item| matches!(item, GraphItem::Return { .. }));
        match items.last() {
            Some(GraphItem::Misplaced(stmt)) if decl.result.is_some() && !returns => match &stmt.kind {
                ast::StmtKind::Expr(value) if !matches!(value.kind, ast::ExprKind::Broken) => Some(stmt.span),
                _ => None,
            },
            _ => None,
        }
    }

    /// Reports what stands after the only `return`.
    fn early_return(&mut self, decl: &ast::Graph, items: &[GraphItem]) {
        let is_return = |item: &GraphItem| matches!(item, GraphItem::Return { .. });
        let count = items.iter().filter(|item| is_return(item)).count();
        let Some(at) = items.iter().position(is_return).filter(|_| count == 1) else { return };
        let GraphItem::Return { span, .. } = items[at] else { return };
        let next = items[at + 1..].iter().find_map(|item| match item {
            GraphItem::Task(task) => Some(task.span),
            GraphItem::Let { span, .. } => Some(*span),
            _ => None,
        });
        if let Some(next) = next {
            let message =
                format!("`return` is the last thing in a body with tasks, as that of `{}`", decl.name.name);
            let diagnostic = Diagnostic::error(codes::NO_RETURN, span, message);
            self.report(diagnostic.label(next, "this stands after it").help("put it at the end"));
        }
    }

    fn same_line(&self, first: Span, second: Span) -> bool {
        let line = |at: Span| self.sources.get(at.file).position(at.start).line;
        line(first) == line(second)
    }

    fn misplaced(&mut self, decl: &ast::Graph, stmt: &ast::Stmt, again: bool) {
        // What changes a variable that should not be there follows from it.
        let follows = match &stmt.kind {
            ast::StmtKind::Assign { place, .. } => {
                matches!(&place.kind, ast::ExprKind::Name(name) if self.forgiven.contains(&name.name))
            }
            _ => false,
        };
        if let ast::StmtKind::Let { pattern, .. } = &stmt.kind {
            self.forgiven.extend(bound_names(pattern).iter().map(|name| name.name.clone()));
        }
        if let ast::StmtKind::Expr(expr) | ast::StmtKind::Assign { place: expr, .. } = &stmt.kind
            && let ast::ExprKind::Name(name) = &expr.kind
        {
            // Perhaps it was to be a task.
            self.forgiven.push(name.name.clone());
        }
        if matches!(stmt.kind, ast::StmtKind::Broken) || again || follows {
            return;
        }
        let what = match &stmt.kind {
            ast::StmtKind::Let { mutable: true, .. } => "a `var`",
            ast::StmtKind::Assign { .. } => "an assignment",
            _ => "a statement",
        };
        let message =
            format!("{what} cannot stand between the tasks of `{}`: tasks have no order", decl.name.name);
        let diagnostic = Diagnostic::error(codes::MISPLACED_STATEMENT, stmt.span, message);
        self.report(diagnostic.help(
            "only `task`, pure `let` and a final `return` can; put it into a task: `task name = { … }`",
        ));
    }

    fn declare_nodes(&mut self, nodes: &[Node<'_>]) {
        for node in nodes {
            match node {
                Node::Task(id, task) => {
                    if task.name.name == "return" {
                        self.error(codes::DUPLICATE_NAME, task.name.span, "a task cannot be named `return`");
                    }
                    self.declare_in_graph(&task.name, Input::Task(*id));
                }
                Node::Let { first, pattern, names, .. } => {
                    let plain = matches!(pattern.kind, PatternKind::Bind(_));
                    for (at, name) in names.iter().enumerate() {
                        let id = if plain { *first } else { LetId::of(first.index() + 1 + at) };
                        self.declare_in_graph(name, Input::Let(id));
                    }
                }
            }
        }
    }

    fn declare_in_graph(&mut self, name: &Ident, input: Input) {
        let Some(scope) = &mut self.graph else { return };
        if let Some(first) = scope.names.get(&name.name) {
            let first = first.span;
            self.duplicate(name, first);
        } else {
            let known = GraphName { input, ty: Type::Unknown, span: name.span, used: false };
            scope.names.insert(name.name.clone(), known);
        }
    }

    /// Checks a task; gives it, and whether it does anything besides computing its value.
    fn task(&mut self, id: TaskId, task: &'a ast::Task) -> (Task, bool) {
        let mut after = Vec::new();
        for name in &task.after {
            if let Some(before) = self.after_task(name, id)
                && !after.contains(&before)
            {
                after.push(before);
            }
        }
        let mut given = Vec::new();
        let when = task.when.as_ref().map(|when| {
            let colour = Colour::Pure(format!("the `when` of `{}`", task.name.name), when.span);
            self.enter(Base::Graph, colour, Return::Nowhere("a condition"));
            let condition = self.expect(when, &Type::Bool, Why::PLAIN);
            let facts = self.facts_if(&condition, true);
            for fact in facts {
                if let Some(input) = self.input_of(fact.root) {
                    given.push((input, fact.path, fact.ty));
                }
            }
            let Finished { body, inputs, .. } = self.leave(condition);
            (inputs, body)
        });
        let declared = task.ty.as_ref().map(|ty| (self.written(ty, TypePlace::Plain), ty.span));
        let result = match &declared {
            Some((ty, span)) => {
                // With `when`, `T?` is what others see: the value itself may be a `T`.
                Return::Be(ty.clone(), Why::at(*span, "declared here"))
            }
            None => Return::Infer(Vec::new()),
        };
        let before = self.activity;
        self.enter(Base::Graph, Colour::Effectful, result);
        self.frame_mut().given = given;
        let value = match &declared {
            Some((ty, span)) => self.expect(&task.value, ty, Why::at(*span, "declared here")),
            None => {
                self.open_null(&task.value, "task");
                self.expr(&task.value, Want::Any)
            }
        };
        let (ty, body, inputs) = self.leave_task(value, declared.map(|(ty, _)| ty), task.value.span);
        let seen = if when.is_some() { ty.clone().optional() } else { ty };
        if let Some(known) = self.graph.as_mut().and_then(|graph| graph.names.get_mut(&task.name.name)) {
            known.ty = seen.clone();
        }
        let busy = self.activity != before;
        let (name, span, docs) = (task.name.name.clone(), task.name.span, task.docs.clone());
        (Task { name, ty: seen, after, when, inputs, body, span, docs }, busy)
    }

    /// Ends the body of a task or let; its type is what it gives, or was declared to.
    fn leave_task(
        &mut self,
        mut value: Expr,
        declared: Option<Type>,
        span: Span,
    ) -> (Type, Body, Vec<Input>) {
        let result = std::mem::replace(&mut self.frame_mut().result, Return::Nowhere("a task"));
        let own = value.ty.clone();
        let inferred = self.result_type_of(own, span, result);
        let begin = self.frame().begin;
        self.close(begin);
        let inferred = self.resolve(&declared.unwrap_or(inferred));
        let ty = match inferred {
            Type::Never => Type::Null,
            Type::Function(..) | Type::Secret => {
                let message =
                    format!("{} has no JSON form and cannot be the value of a task", self.show(&inferred));
                self.error(codes::NO_JSON_FORM, span, message);
                Type::Unknown
            }
            ty => ty,
        };
        value.span = span;
        let Finished { body, inputs, .. } = self.leave(value);
        (ty, body, inputs)
    }

    fn after_task(&mut self, name: &Ident, own: TaskId) -> Option<TaskId> {
        let known = self.graph.as_mut().and_then(|graph| graph.names.get_mut(&name.name));
        match known.map(|known| (&mut known.used, known.input)) {
            Some((used, Input::Task(id))) => {
                *used = true;
                (id != own).then_some(id)
            }
            Some(_) => {
                let message = format!("`after` orders tasks, and `{}` is none", name.name);
                self.error(codes::UNKNOWN_TASK, name.span, message);
                None
            }
            None => {
                let message = format!("there is no task `{}`", name.name);
                let mut diagnostic = Diagnostic::error(codes::UNKNOWN_TASK, name.span, message);
                let tasks = self.graph.iter().flat_map(|graph| &graph.names);
                let tasks = tasks.filter(|(_, known)| matches!(known.input, Input::Task(_)));
                let tasks = tasks.map(|(name, _)| name.as_str());
                if let Some(near) = crate::resolve::suggest::nearest(&name.name, tasks) {
                    diagnostic = diagnostic.help(format!("did you mean `{near}`?")).fix(
                        format!("rename to {near}"),
                        name.span,
                        near,
                    );
                }
                self.report(diagnostic);
                None
            }
        }
    }

    fn graph_let(
        &mut self,
        first: LetId,
        pattern: &'a ast::Pattern,
        ty: Option<&'a ast::Type>,
        value: &'a ast::Expr,
        names: &[&'a Ident],
        done: &mut [Option<Let>],
    ) {
        let declared = ty.map(|ty| (self.written(ty, TypePlace::Plain), ty.span));
        let colour = Colour::Pure("a `let` between tasks".to_owned(), pattern.span);
        self.enter(Base::Graph, colour, Return::Nowhere("a `let`"));
        let checked = match &declared {
            Some((ty, span)) => self.expect(value, ty, Why::at(*span, "declared here")),
            None => {
                self.open_null(value, "let");
                self.expr(value, Want::Any)
            }
        };
        let (ty, body, inputs) = self.leave_task(checked, declared.map(|(ty, _)| ty), value.span);
        let plain = matches!(pattern.kind, PatternKind::Bind(_));
        let name = if plain { names.first().map_or("", |name| name.name.as_str()) } else { "" };
        done[first.index()] = Some(Let { name: name.to_owned(), inputs, body, span: pattern.span });
        if plain {
            self.know(name, ty);
            return;
        }
        for (at, name) in names.iter().enumerate() {
            let (ty, part) = self.graph_let_part(first, pattern, &ty, name, at > 0);
            self.know(&name.name, ty);
            done[first.index() + 1 + at] = Some(part);
        }
    }

    /// One name of a pattern, taken out of the value of the let before it.
    fn graph_let_part(
        &mut self,
        whole: LetId,
        pattern: &ast::Pattern,
        ty: &Type,
        name: &Ident,
        silent: bool,
    ) -> (Type, Let) {
        let colour = Colour::Pure("a `let` between tasks".to_owned(), pattern.span);
        // The pattern's own names stand in the graph already: nothing is hidden by them.
        self.enter(Base::Top, colour, Return::Nowhere("a `let`"));
        let value = self.frame_mut().add("", ty.clone(), false, pattern.span, Origin::Hidden);
        self.frame_mut().params.push(value);
        let before = std::mem::replace(&mut self.silent, silent);
        let checked = self.pattern(pattern, ty, Binding { mutable: false, irrefutable: true });
        self.silent = before;
        let read = make(ExprKind::Local(value), ty.clone(), pattern.span);
        let stmts = vec![Stmt { kind: StmtKind::LetPattern(checked, read), span: pattern.span }];
        for other in bound_names(pattern) {
            self.local(&other.name);
        }
        let part = match self.local(&name.name) {
            Some(local) => self.read(local, name.span),
            None => null(name.span),
        };
        let ty = part.ty.clone();
        let block = make(ExprKind::Block { stmts, value: Some(Box::new(part)) }, ty.clone(), pattern.span);
        let body = self.leave(block).body;
        (ty, Let { name: name.name.clone(), inputs: vec![Input::Let(whole)], body, span: name.span })
    }

    fn know(&mut self, name: &str, ty: Type) {
        if let Some(known) = self.graph.as_mut().and_then(|graph| graph.names.get_mut(name)) {
            known.ty = ty;
        }
    }

    /// The node named `return`.
    fn final_return(
        &mut self,
        id: GraphId,
        decl: &ast::Graph,
        returns: &[(Option<&'a ast::Expr>, Span)],
    ) -> Task {
        let result = self.program.graphs[id.index()].result.clone();
        let why =
            Why::at(decl.result.as_ref().map_or(decl.name.span, |result| result.span), "the declared result");
        if let [first, rest @ ..] = returns
            && let Some((_, second)) = rest.last()
        {
            let message =
                format!("`{}` returns twice: a body with tasks has one final `return`", decl.name.name);
            let diagnostic = Diagnostic::error(codes::NO_RETURN, *second, message);
            self.report(diagnostic.label(first.1, "the first one"));
        }
        let end = Span { start: decl.body_span.end.saturating_sub(1), ..decl.body_span };
        let span = returns.first().map_or(end, |(_, span)| *span);
        self.enter(Base::Graph, Colour::Effectful, Return::Be(result.clone(), why));
        let value = match returns.first() {
            Some((Some(value), _)) => self.expect(value, &result, why),
            Some((None, span)) => {
                let nothing = null(*span);
                self.coerce(nothing, &result, why)
            }
            None if decl.result.is_none() || result == Type::Unknown => null(end),
            None => {
                let message =
                    format!("`{}` gives {} and needs a final `return`", decl.name.name, self.show(&result));
                let diagnostic = Diagnostic::error(codes::NO_RETURN, end, message);
                self.report(diagnostic.label(why.span.unwrap_or(end), why.text));
                super::broken(end)
            }
        };
        let Finished { body, inputs, .. } = self.leave(value);
        let name = "return".to_owned();
        Task { name, ty: result, after: Vec::new(), when: None, inputs, body, span, docs: None }
    }

    fn warn_idle(&mut self, idle: &[&ast::Task], nodes: &[Node<'_>]) {
        let unused = |name: &str| {
            let known = self.graph.as_ref().and_then(|graph| graph.names.get(name));
            known.is_some_and(|known| !known.used) && !name.starts_with('_')
        };
        let tasks = idle.iter().map(|task| &task.name).filter(|name| unused(&name.name));
        let tasks = tasks.map(|name| {
            let message = format!("nobody uses the task `{}`, and it does nothing else", name.name);
            Diagnostic::warning(codes::UNUSED_TASK, name.span, message)
        });
        let lets = nodes.iter().flat_map(|node| match node {
            Node::Let { names, .. } => names.as_slice(),
            Node::Task(..) => &[],
        });
        let lets = lets.filter(|name| unused(&name.name));
        let lets = lets.map(|name| {
            Diagnostic::warning(codes::UNUSED_LOCAL, name.span, format!("nobody uses `{}`", name.name))
        });
        let found: Vec<Diagnostic> = tasks.chain(lets).collect();
        found.into_iter().for_each(|diagnostic| self.report(diagnostic));
    }
}

/// The names that a pattern binds, in order.
fn bound_names(pattern: &ast::Pattern) -> Vec<&Ident> {
    let mut names: Vec<&Ident> = Vec::new();
    let mut rest = vec![pattern];
    while let Some(pattern) = rest.pop() {
        let from = rest.len();
        match &pattern.kind {
            PatternKind::Bind(name) => names.push(name),
            PatternKind::At { name, pattern } => {
                names.push(name);
                rest.push(pattern);
            }
            PatternKind::Variant { fields, .. } | PatternKind::Record { fields, .. } => {
                for field in fields {
                    match (&field.pattern, &field.name) {
                        (Some(pattern), _) => rest.push(pattern),
                        (None, Some(name)) => names.push(name),
                        (None, None) => {}
                    }
                }
            }
            PatternKind::Tuple(items) => rest.extend(items),
            PatternKind::Or(items) => rest.extend(items.first()),
            PatternKind::List { items, rest: more } => {
                rest.extend(items);
                names.extend(more.iter().flatten());
            }
            _ => {}
        }
        rest[from..].reverse();
    }
    names.retain(|name| name.name != "_");
    names.sort_by_key(|name| name.span.start);
    names.dedup_by_key(|name| name.name.as_str());
    names
}
