//! Declarations.

use super::super::ast::{
    Alias, Block, Broken, Const, Entry, Enum, Expr, ExprKind, Fn, Graph, GraphBody, GraphItem, GraphKind,
    Horizon, Ident, Import, ImportNames, Item, ItemKind, Memory, Model, Param, Pattern, PatternKind, Prompt,
    Record, Reply, RetryPolicy, Schedule, Signal, Stmt, StmtKind, Task, Test, TestStmt, Tool, ToolClause,
    ToolClauseKind, Type, TypeKind, Variant,
};
use super::super::case::Case;
use super::{Builder, Kids, Node, Rule, first_word};
use crate::diagnostic::{Diagnostic, codes};
use crate::span::Span;

/// What becomes of a declaration: a part of it that nothing can stand in for makes the whole of it broken.
type Built = Result<ItemKind, ()>;

impl Builder<'_> {
    /// The declarations of a `file` node.
    pub(crate) fn file(&self, mut pairs: pest::iterators::Pairs<'_, Rule>) -> Vec<Item> {
        let Some(file) = pairs.next() else { return Vec::new() };
        self.kids(file)
            .filter(|node| node.as_rule() == Rule::item)
            .filter_map(|node| self.item(node))
            .collect()
    }

    fn item(&self, node: Node<'_>) -> Option<Item> {
        let span = self.span(&node);
        let inner = self.kids(node).next()?;
        let span = Span { start: self.span(&inner).start, ..span };
        let docs = self.docs(span);
        let kind = self.item_kind(inner).unwrap_or_else(|()| ItemKind::Broken(self.broken_item(span)));
        Some(Item { docs, span, kind })
    }

    fn item_kind(&self, node: Node<'_>) -> Built {
        let span = self.span(&node);
        let rule = node.as_rule();
        if let Some(kind) = self.foreign_keyword(&node) {
            let (word, instead) = kind;
            let place = Span { end: span.start + u32::try_from(word.len()).unwrap_or(0), ..span };
            let message = format!("`.aeth` says `{instead}`, not `{word}`");
            let error = Diagnostic::error(codes::HABIT, place, message);
            self.report(error.fix(format!("write `{instead}`"), place, instead));
        }
        let kind = if rule == Rule::graph { self.graph_kind(&node) } else { GraphKind::Agent };
        let mut kids = self.kids(node);
        match rule {
            Rule::import => self.import(kids),
            Rule::constant => {
                let name = kids.ident();
                self.named(&name, Case::UpperSnake, "a constant");
                Ok(ItemKind::Const(Const { name, ty: kids.ty(), value: kids.expr() }))
            }
            Rule::function => {
                let name = kids.ident();
                self.named(&name, Case::Snake, "a function");
                let generics = self.generics(&mut kids);
                let params = self.params(&mut kids)?;
                Ok(ItemKind::Fn(Fn {
                    name,
                    generics,
                    params,
                    result: self.result(&mut kids),
                    body: kids.block(),
                }))
            }
            Rule::record => {
                let name = kids.ident();
                self.named(&name, Case::Pascal, "a record");
                let generics = self.generics(&mut kids);
                Ok(ItemKind::Record(Record { name, generics, fields: self.fields(kids)? }))
            }
            Rule::enumeration => {
                let name = kids.ident();
                self.named(&name, Case::Pascal, "an enum");
                let generics = self.generics(&mut kids);
                let variants = kids.map(|node| self.variant(node)).collect::<Result<_, ()>>()?;
                Ok(ItemKind::Enum(Enum { name, generics, variants }))
            }
            Rule::alias => {
                let name = kids.ident();
                self.named(&name, Case::Pascal, "a type");
                let generics = self.generics(&mut kids);
                Ok(ItemKind::Alias(Alias { name, generics, ty: kids.ty() }))
            }
            Rule::tool => self.tool(kids),
            Rule::model => {
                let name = kids.ident();
                self.named(&name, Case::Snake, "a model");
                let clauses = kids.map(|node| self.clause(node)).collect::<Result<_, ()>>()?;
                Ok(ItemKind::Model(Model { name, clauses }))
            }
            Rule::prompt => self.prompt(kids),
            Rule::signal => {
                let name = kids.ident();
                self.named(&name, Case::Snake, "a signal");
                Ok(ItemKind::Signal(Signal { name, ty: kids.ty() }))
            }
            Rule::memory => {
                let name = kids.ident();
                self.named(&name, Case::Snake, "a memory");
                Ok(ItemKind::Memory(Memory { name, ty: kids.ty() }))
            }
            Rule::schedule => self.schedule(kids),
            Rule::graph => self.graph(kids, kind),
            Rule::test => self.test(kids),
            _ => Err(()),
        }
    }

    /// `def`, `class` and the like in the place of the declaration word.
    fn foreign_keyword<'i>(&self, node: &Node<'i>) -> Option<(&'i str, &'static str)> {
        let first = node.clone().into_inner().next()?;
        let instead = match first.as_rule() {
            Rule::habit_fn => "fn",
            Rule::habit_record => "record",
            _ => return None,
        };
        Some((first.as_str().trim_end(), instead))
    }

    fn graph_kind(&self, node: &Node<'_>) -> GraphKind {
        match node.clone().into_inner().next().map(|first| first.as_rule()) {
            Some(Rule::kw_flow) => GraphKind::Flow,
            _ => GraphKind::Agent,
        }
    }

    /// What can be read of a declaration that does not parse.
    pub(crate) fn broken_item(&self, span: Span) -> Broken {
        broken_item(self.scan, self.source, span)
    }

    fn import(&self, mut kids: Kids<'_, '_, '_>) -> Built {
        if let Some(names) = kids.one(Rule::import_names) {
            let names = self.kids(names).map(|node| self.ident(&node)).collect();
            let path = self.path(&mut kids)?;
            return Ok(ItemKind::Import(Import { path, names: ImportNames::Names(names) }));
        }
        if let Some(name) = kids.one(Rule::habit_import) {
            let name = self.ident(&name);
            let path = self.path(&mut kids)?;
            let message =
                format!("single names are imported in braces: `import {{ {0} }} from …`", name.name);
            let braced = format!("{{ {} }}", name.name);
            let error = Diagnostic::error(codes::HABIT, name.span, message);
            self.report(error.fix(format!("write `{braced}`"), name.span, braced));
            return Ok(ItemKind::Import(Import { path, names: ImportNames::Names(vec![name]) }));
        }
        let path = self.path(&mut kids)?;
        let alias = kids.one(Rule::name).map(|node| self.ident(&node));
        if let Some(alias) = &alias {
            self.named(alias, Case::Snake, "a module");
        }
        Ok(ItemKind::Import(Import { path, names: ImportNames::Module(alias) }))
    }

    fn path(&self, kids: &mut Kids<'_, '_, '_>) -> Result<Ident, ()> {
        kids.next().map(|node| self.plain_text(node, "the path of an import")).ok_or(())
    }

    fn generics(&self, kids: &mut Kids<'_, '_, '_>) -> Vec<Ident> {
        let Some(node) = kids.one(Rule::generics) else { return Vec::new() };
        let names: Vec<Ident> = self.kids(node).map(|node| self.ident(&node)).collect();
        names.iter().for_each(|name| self.named(name, Case::Pascal, "a type parameter"));
        names
    }

    fn params(&self, kids: &mut Kids<'_, '_, '_>) -> Result<Vec<Param>, ()> {
        let Some(node) = kids.one(Rule::params) else { return Ok(Vec::new()) };
        self.kids(node).map(|node| self.param(node, "a parameter")).collect()
    }

    fn fields(&self, kids: Kids<'_, '_, '_>) -> Result<Vec<Param>, ()> {
        kids.map(|node| self.param(node, "a field")).collect()
    }

    fn param(&self, node: Node<'_>, what: &'static str) -> Result<Param, ()> {
        let span = self.span(&node);
        let docs = self.docs(span);
        let mut kids = self.kids(node);
        if kids.one(Rule::broken).is_some() {
            // Its name keeps calls and literals from being wrong as well.
            let (word, range) = first_word(&self.scan.tokens, self.source, span).ok_or(())?;
            let name = Ident { name: word.to_owned(), span: Span::new(self.file, range.start, range.end) };
            return Ok(Param {
                docs,
                name,
                foreign: None,
                ty: Type { span, kind: TypeKind::Broken },
                default: None,
            });
        }
        let name = kids.ident();
        self.named(&name, Case::Snake, what);
        let foreign = kids.one(Rule::foreign).and_then(|node| self.kids(node).next());
        let foreign = foreign.map(|node| self.plain_text(node, "a foreign name"));
        let ty = kids.ty();
        let default = kids.one(Rule::default).map(|node| self.kids(node).expr());
        Ok(Param { docs, name, foreign, ty, default })
    }

    fn variant(&self, node: Node<'_>) -> Result<Variant, ()> {
        let span = self.span(&node);
        let docs = self.docs(span);
        let mut kids = self.kids(node);
        if kids.one(Rule::broken).is_some() {
            return Err(());
        }
        let name = kids.ident();
        self.named(&name, Case::Pascal, "a variant");
        let fields = kids.one(Rule::payload).map_or(Ok(Vec::new()), |node| self.fields(self.kids(node)))?;
        Ok(Variant { docs, name, fields })
    }

    fn result(&self, kids: &mut Kids<'_, '_, '_>) -> Option<Type> {
        kids.one(Rule::result).map(|node| self.kids(node).ty())
    }

    fn tool(&self, mut kids: Kids<'_, '_, '_>) -> Built {
        let name = kids.ident();
        self.named(&name, Case::Snake, "a tool");
        let params = self.params(&mut kids)?;
        let result = self.result(&mut kids);
        let clauses = kids.map(|node| self.tool_clause(node)).collect::<Result<_, ()>>()?;
        Ok(ItemKind::Tool(Tool { name, params, result, clauses }))
    }

    fn tool_clause(&self, node: Node<'_>) -> Result<ToolClause, ()> {
        let span = self.span(&node);
        // The bare words carry nothing but themselves, so the clause is read before its keywords are skipped.
        let inner = node.into_inner().next().ok_or(())?;
        let rule = inner.as_rule();
        let always = inner.clone().into_inner().any(|node| node.as_rule() == Rule::kw_always);
        let mut kids = self.kids(inner);
        let kind = match rule {
            Rule::kw_readonly => ToolClauseKind::Readonly,
            Rule::kw_once => ToolClauseKind::Once,
            Rule::via => {
                let carrier = kids.ident();
                let entries = kids.one(Rule::via_entries);
                let entries = entries
                    .map_or(Ok(Vec::new()), |node| self.kids(node).map(|n| self.clause(n)).collect())?;
                ToolClauseKind::Via { carrier, entries }
            }
            Rule::idempotent if always => ToolClauseKind::Idempotent(Horizon::Always),
            Rule::idempotent => {
                ToolClauseKind::Idempotent(kids.optional_expr().map_or(Horizon::Default, Horizon::For))
            }
            Rule::timeout => ToolClauseKind::Timeout(kids.expr()),
            Rule::retry_clause => ToolClauseKind::Retry(self.retry_policy(kids.next().ok_or(())?)),
            Rule::not_done => ToolClauseKind::NotDone(self.elements(kids.expr())),
            Rule::limit => ToolClauseKind::Limit { count: kids.expr(), per: kids.expr() },
            Rule::in_doubt => ToolClauseKind::InDoubt(kids.ident()),
            Rule::lookup => {
                let ask = kids.expr();
                let settle = kids.one(Rule::settle).map(|node| self.kids(node).expr());
                ToolClauseKind::Lookup { ask, settle }
            }
            Rule::confirm => ToolClauseKind::Confirm(kids.expr()),
            Rule::undo => ToolClauseKind::Undo(kids.expr()),
            _ => return Err(()),
        };
        Ok(ToolClause { span, kind })
    }

    /// `name: e` or `name e`.
    fn clause(&self, node: Node<'_>) -> Result<Entry, ()> {
        let mut kids = self.kids(node);
        if kids.one(Rule::broken).is_some() {
            return Err(());
        }
        Ok(Entry { name: kids.ident(), value: kids.expr() })
    }

    /// The elements of a list that stands in a clause: `on [a, b]`.
    fn elements(&self, list: Expr) -> Vec<Expr> {
        use super::super::ast::Element;
        let span = list.span;
        let ExprKind::List(elements) = list.kind else {
            if !matches!(list.kind, ExprKind::Broken) {
                self.error(span, "`on` takes a list in brackets: `on […]`");
            }
            return Vec::new();
        };
        let mut values = Vec::new();
        for element in elements {
            match element {
                Element::One(value) => values.push(value),
                Element::Spread(value) => {
                    self.error(value.span, "the list after `on` is written out: no `..`");
                }
            }
        }
        values
    }

    /// `n on [.Kind] backoff a to b rate r jitter off`.
    pub(super) fn retry_policy(&self, node: Node<'_>) -> RetryPolicy {
        let mut kids = self.kids(node);
        let count = kids.boxed();
        let on = kids.one(Rule::retry_on).map(|node| self.elements(self.kids(node).expr()));
        let backoff = kids.one(Rule::backoff).map(|node| {
            let mut kids = self.kids(node);
            (kids.boxed(), kids.boxed())
        });
        let rate = kids.one(Rule::rate).map(|node| self.kids(node).boxed());
        let jitter = kids.one(Rule::jitter).map(|node| self.kids(node).ident());
        RetryPolicy { count, on, backoff, rate, jitter }
    }

    fn prompt(&self, mut kids: Kids<'_, '_, '_>) -> Built {
        let name = kids.ident();
        self.named(&name, Case::Snake, "a prompt");
        let params = self.params(&mut kids)?;
        let result = self.result(&mut kids);
        let (mut clauses, mut retry) = (Vec::new(), None);
        for node in kids {
            if node.as_rule() != Rule::retry_clause {
                clauses.push(self.clause(node)?);
                continue;
            }
            let span = self.span(&node);
            let policy = self.kids(node).next().map(|node| self.retry_policy(node));
            if retry.is_some() {
                self.error(span, "a prompt has one `retry` at most");
            }
            retry = policy;
        }
        Ok(ItemKind::Prompt(Prompt { name, params, result, clauses, retry }))
    }

    fn schedule(&self, mut kids: Kids<'_, '_, '_>) -> Built {
        let name = kids.ident();
        self.named(&name, Case::Snake, "a schedule");
        let every = kids.expr();
        let zone = kids.one(Rule::zone).map(|node| self.kids(node).expr());
        Ok(ItemKind::Schedule(Schedule { name, every, zone, run: kids.expr() }))
    }

    fn graph(&self, mut kids: Kids<'_, '_, '_>, kind: GraphKind) -> Built {
        let name = kids.ident();
        self.named(&name, Case::Snake, if kind == GraphKind::Agent { "an agent" } else { "a flow" });
        let params = self.params(&mut kids)?;
        let result = self.result(&mut kids);
        let node = kids.next().ok_or(())?;
        let body_span = self.span(&node);
        let (mut budget, mut key, mut items) = (None, None, Vec::new());
        for node in self.kids(node) {
            let span = self.span(&node);
            match node.as_rule() {
                Rule::budget => {
                    let entries =
                        self.kids(node).map(|node| self.clause(node)).collect::<Result<Vec<_>, ()>>()?;
                    self.only_one(budget.replace(entries).is_some(), span, "budget");
                }
                Rule::key => self.only_one(key.replace(self.kids(node).expr()).is_some(), span, "key"),
                Rule::task => items.push(GraphItem::Task(self.task(node))),
                _ => items.push(self.graph_stmt(node)),
            }
        }
        let body = self.graph_body(items, body_span);
        Ok(ItemKind::Graph(Graph { kind, name, params, result, budget, key, body, body_span }))
    }

    /// A statement in the body of an agent or flow; a broken task is still a task to those that name it.
    fn graph_stmt(&self, node: Node<'_>) -> GraphItem {
        let stmt = self.stmt(node);
        let word = first_word(&self.scan.tokens, self.source, stmt.span).map(|(word, _)| word);
        match stmt {
            Stmt { span, kind: StmtKind::Let { pattern, value, .. } } if word == Some("task") => {
                let PatternKind::Bind(name) = pattern.kind else {
                    return GraphItem::Misplaced(Stmt { span, kind: StmtKind::Broken });
                };
                GraphItem::Task(Task {
                    span,
                    docs: self.docs(span),
                    name,
                    ty: None,
                    after: Vec::new(),
                    when: None,
                    value,
                })
            }
            stmt => GraphItem::Misplaced(stmt),
        }
    }

    /// A body with at least one task is a body with tasks; any other is a plain block.
    fn graph_body(&self, items: Vec<GraphItem>, span: Span) -> GraphBody {
        let tasks = items.iter().any(|item| matches!(item, GraphItem::Task(_)));
        let sort = |item: GraphItem| match item {
            GraphItem::Misplaced(Stmt {
                span,
                kind: StmtKind::Let { mutable: false, pattern, ty, value },
            }) => GraphItem::Let { pattern, ty, value, span },
            GraphItem::Misplaced(Stmt {
                span,
                kind: StmtKind::Expr(Expr { kind: ExprKind::Return(value), .. }),
            }) => GraphItem::Return { value: value.map(|value| *value), span },
            other => other,
        };
        if tasks {
            // A statement around a task is wrong because of it: that has been said.
            let said = self.diagnostics.borrow();
            let said: Vec<Span> =
                said.iter().filter(|said| said.code == codes::MISPLACED_TASK).map(Diagnostic::span).collect();
            let holds = |span: &Span| said.iter().any(|task| span.start < task.start && task.end <= span.end);
            let items = items.into_iter().map(|item| match item {
                GraphItem::Misplaced(Stmt { span, kind: StmtKind::Expr(_) }) if holds(&span) => {
                    GraphItem::Misplaced(Stmt { span, kind: StmtKind::Broken })
                }
                item => sort(item),
            });
            return GraphBody::Tasks(items.collect());
        }
        let stmt = |item| if let GraphItem::Misplaced(stmt) = item { Some(stmt) } else { None };
        let stmts = items.into_iter().filter_map(stmt).collect();
        GraphBody::Plain(Block { span, stmts: self.foreign_statements(stmts) })
    }

    fn only_one(&self, again: bool, span: Span, clause: &str) {
        if again {
            self.error(span, format!("there is one `{clause}` at most"));
        }
    }

    pub(super) fn task(&self, node: Node<'_>) -> Task {
        let span = self.span(&node);
        let docs = self.docs(span);
        let mut kids = self.kids(node);
        let name = kids.ident();
        self.named(&name, Case::Snake, "a task");
        let ty = kids.optional_ty();
        let after = kids.one(Rule::task_after);
        let after =
            after.map_or_else(Vec::new, |node| self.kids(node).map(|node| self.ident(&node)).collect());
        let when = kids.one(Rule::task_when).map(|node| self.kids(node).expr());
        Task { span, docs, name, ty, after, when, value: kids.expr() }
    }

    fn test(&self, mut kids: Kids<'_, '_, '_>) -> Built {
        let title = kids.next().map(|node| self.plain_text(node, "the title of a test")).ok_or(())?;
        let body = kids.map(|node| self.test_stmt(node)).collect();
        Ok(ItemKind::Test(Test { title, body: self.stray_words(body) }))
    }

    /// A line of a test that falls into several statements lacks the word it should begin with.
    fn stray_words(&self, mut body: Vec<TestStmt>) -> Vec<TestStmt> {
        let place = |stmt: &TestStmt| match stmt {
            TestStmt::Stmt(Stmt { span, kind: StmtKind::Expr(_) }) => Some(*span),
            _ => None,
        };
        let mut at = 0;
        while at < body.len() {
            let name = matches!(
                &body[at],
                TestStmt::Stmt(Stmt { kind: StmtKind::Expr(Expr { kind: ExprKind::Name(_), .. }), .. })
            );
            if let Some(first) = place(&body[at]).filter(|_| name) {
                let rest = self.source.get(first.start as usize..).unwrap_or_default();
                let line = first.start as usize + rest.find('\n').unwrap_or(rest.len());
                let same = |stmt: &&TestStmt| place(stmt).is_some_and(|span| (span.start as usize) < line);
                let count = body[at..].iter().take_while(same).count();
                if count > 1 {
                    let message = "a line of a test begins with `given`, `signal`, `answer` or `expect`, or is one statement";
                    self.error(first, message);
                    let broken = Stmt { span: first, kind: StmtKind::Broken };
                    body.splice(at..at + count, [TestStmt::Stmt(broken)]);
                }
            }
            at += 1;
        }
        body
    }

    fn test_stmt(&self, node: Node<'_>) -> TestStmt {
        let span = self.span(&node);
        let rule = node.as_rule();
        if rule == Rule::stmt {
            return TestStmt::Stmt(self.stmt(node));
        }
        let mut kids = self.kids(node);
        match rule {
            Rule::given => self.given(kids, span),
            Rule::test_signal | Rule::answer => {
                let (name, value) = (kids.ident(), kids.expr());
                let after = kids.one(Rule::delay).map(|node| self.kids(node).expr());
                if rule == Rule::answer {
                    return TestStmt::Answer { span, name, value, after };
                }
                TestStmt::Signal { span, name, value, after }
            }
            _ => match kids.one(Rule::expect_fails) {
                Some(node) => {
                    let mut kids = self.kids(node);
                    TestStmt::ExpectFails { span, kind: kids.optional_expr(), body: kids.block() }
                }
                None => TestStmt::Expect { span, condition: kids.expr() },
            },
        }
    }

    fn given(&self, mut kids: Kids<'_, '_, '_>, span: Span) -> TestStmt {
        let tool = kids.ident();
        let args = kids.one(Rule::given_args);
        let args: Vec<Pattern> =
            args.map_or_else(Vec::new, |node| self.kids(node).map(|n| self.pattern(n)).collect());
        let reply = match kids.next() {
            Some(node) if node.as_rule() == Rule::fails => Reply::Fails(self.kids(node).expr()),
            Some(node) => Reply::Returns(self.kids(node).expr()),
            None => Reply::Returns(Expr { span, kind: ExprKind::Broken }),
        };
        let times = kids.one(Rule::times).map(|node| self.kids(node).expr());
        TestStmt::Given { span, tool, args, reply, times }
    }
}

/// The keyword and the name of a declaration that does not parse, if they can be read.
pub(crate) fn broken_item(scan: &super::Scan, source: &str, span: Span) -> Broken {
    use super::super::scan::Kind;
    let from = scan.tokens.partition_point(|token| token.start < span.start);
    let mut tokens = scan.tokens[from..].iter().take_while(|token| token.end <= span.end);
    let mut word = || {
        let token = tokens.next().filter(|token| token.kind == Kind::Word)?;
        Some(Ident {
            name: source[token.start as usize..token.end as usize].to_owned(),
            span: Span { start: token.start, end: token.end, ..span },
        })
    };
    let keyword = word().filter(|word| super::super::recover::DECLARATIONS.contains(&word.name.as_str()));
    let name = keyword.as_ref().filter(|word| word.name != "import").and_then(|_| word());
    Broken { keyword: keyword.map(|word| word.name), name }
}
