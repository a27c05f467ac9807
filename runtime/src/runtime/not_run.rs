//! What of the language this version compiles and does not run: found before a job starts, so that nothing of it is
//! met in the middle of one.
//!
//! In: a module and the agent that is to be started. Out: what its code can come to, each with its place. Invariant:
//! what an agent cannot reach does not matter to it.

use std::collections::BTreeSet;

use aeth_lang::bytecode::Instr;
use aeth_lang::bytecode::module::{Callable, Debug, Graph, Module, Site, Tool, Via};
use aeth_lang::ids::{FunctionId, GraphId, SiteId, ToolId};
use aeth_lang::span::Span;

/// Something an agent can come to that is not run yet.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct NotRun {
    /// Where it stands, as far as known.
    pub span: Option<Span>,
    /// What it is: begins a sentence.
    pub what: String,
}

/// Everything the agent can come to that is not run yet, in the order of the source.
#[must_use]
pub fn not_run(module: &Module, debug: &Debug, agent: GraphId) -> Vec<NotRun> {
    let mut search =
        Search { module, debug, found: BTreeSet::new(), seen: BTreeSet::new(), rest: Vec::new() };
    search.graph(agent);
    while let Some(function) = search.rest.pop() {
        search.function(function);
    }
    search.found.into_iter().collect()
}

/// What has been met once.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum Met {
    Function(FunctionId),
    Graph(GraphId),
    Tool(ToolId),
}

struct Search<'m> {
    module: &'m Module,
    debug: &'m Debug,
    found: BTreeSet<NotRun>,
    seen: BTreeSet<Met>,
    rest: Vec<FunctionId>,
}

impl Search<'_> {
    fn note(&mut self, span: Option<Span>, what: String) {
        self.found.insert(NotRun { span, what });
    }

    fn go(&mut self, function: FunctionId) {
        if self.seen.insert(Met::Function(function)) {
            self.rest.push(function);
        }
    }

    fn graph(&mut self, id: GraphId) {
        if !self.seen.insert(Met::Graph(id)) {
            return;
        }
        let Some(graph) = self.module.graphs.get(id.index()) else { return };
        self.job_clauses(id, graph);
        for task in &graph.tasks {
            self.go(task.body);
            task.when.iter().for_each(|(when, _)| self.go(*when));
        }
    }

    fn job_clauses(&mut self, id: GraphId, graph: &Graph) {
        let span = self.debug.graphs.get(id.index()).map(|(span, _)| *span);
        if graph.budget.is_some() {
            self.note(span, format!("the `budget` of `{}`", graph.name));
        }
        if graph.key.is_some() {
            self.note(span, format!("the `key` of `{}`", graph.name));
        }
    }

    fn function(&mut self, id: FunctionId) {
        let Some(function) = self.module.functions.get(id.index()) else { return };
        for instr in &function.code {
            match instr {
                Instr::Call { f, .. } | Instr::Closure { f, .. } => self.go(FunctionId(*f)),
                Instr::Effect { site, .. } => self.site(SiteId(*site)),
                _ => {}
            }
        }
    }

    fn site(&mut self, id: SiteId) {
        let module = self.module;
        let span = self.debug.site(id);
        let agent = |id: &GraphId| module.graphs.get(id.index()).map_or("", |graph| graph.name.as_str());
        let Some(site) = module.sites.get(id.index()) else { return };
        match site {
            Site::Tool(id) => self.tool(*id, span),
            Site::Flow(id) => self.graph(*id),
            Site::Each { item, .. } => self.go(*item),
            Site::Race(arms) => arms.iter().for_each(|(_, arm)| self.go(*arm)),
            Site::Within(body) | Site::Retry { body, .. } => self.go(*body),
            Site::RunAgent(id) => self.note(span, format!("`run {}`", agent(id))),
            Site::StartAgent(id) => self.note(span, format!("`start {}`", agent(id))),
            Site::AwaitJob { .. } => self.note(span, "`await` of a job".to_owned()),
            Site::Send(_) => self.note(span, "`send`".to_owned()),
            Site::Cancel => self.note(span, "`cancel`".to_owned()),
            Site::SagaBegin => self.note(span, "`saga`".to_owned()),
            Site::Prompt(id) => {
                let name = module.prompts.get(id.index()).map_or("", |prompt| prompt.name.as_str());
                self.note(span, format!("the prompt `{name}`"));
            }
            Site::Plan { using, .. } => {
                self.note(span, "`plan`".to_owned());
                for one in using {
                    if let Callable::Tool(id) = one {
                        self.tool(*id, span);
                    }
                }
            }
            Site::RunPlan => self.note(span, "`run` of a plan".to_owned()),
            Site::Memory { memory, .. } => {
                let name = module.memories.get(memory.index()).map_or("", |memory| memory.name.as_str());
                self.note(span, format!("the memory `{name}`"));
            }
            _ => {}
        }
    }

    fn tool(&mut self, id: ToolId, call: Option<Span>) {
        if !self.seen.insert(Met::Tool(id)) {
            return;
        }
        let Some(tool) = self.module.tools.get(id.index()) else { return };
        let Tool { name, via, limit, lookup, undo, .. } = tool;
        let span = self.debug.tools.get(id.index()).copied().or(call);
        if matches!(via, Via::Mcp { .. }) {
            self.note(span, format!("`via mcp` of the tool `{name}`"));
        }
        if undo.is_some() {
            self.note(span, format!("`undo` of the tool `{name}`"));
        }
        if limit.is_some() {
            self.note(span, format!("`limit` of the tool `{name}`"));
        }
        // `confirm` is asked before a replay trusts the record, which this version never does: a run is as it was.
        lookup.iter().for_each(|lookup| self.go(*lookup));
    }
}

#[cfg(test)]
mod tests {
    use aeth_lang::source::SourceMap;

    use super::*;

    /// What the agent `main` of a program can come to.
    fn of_main(text: &str) -> Vec<String> {
        let compilation = aeth_lang::compile(&SourceMap::single("test.aeth", text));
        let Some(compiled) = compilation.compiled else { panic!("{:#?}", compilation.diagnostics) };
        let (agent, _) = compiled.module.agent("main").expect("a main");
        let found = not_run(&compiled.module, &compiled.debug, agent);
        assert!(found.iter().all(|one| one.span.is_some()), "{found:?}");
        found.into_iter().map(|one| one.what).collect()
    }

    const REST: &str = r#"
signal go: Int
model m { provider script  name "r.json" }
prompt p(x: Int) -> Int { model m  user "{x}" }
memory seen: Map<String, Int>
tool far(x: Int) -> Int { via mcp { server: "s" } }
tool undone(x: Int) -> Int { via host  undo look(x) }
tool slow(x: Int) -> Int { via host  limit 3 per 1s }
tool look(x: Int) -> Int { via host  readonly }
tool sure(x: Int) -> Int { via host  confirm look(x) == result }
agent other(x: Int) -> Int { return x }
agent bounded() -> Int {
  budget { calls 3 }
  key "k"
  return 1
}
flow deep(x: Int) -> Int { retry 1 { within 1s { race { a => each_of([x]).len() } } else { 0 } } }
flow each_of(xs: List<Int>) -> List<Int> { each x in xs { p(x) } }
schedule nightly = every 1h run other(1)
test "t" { given p(_) returns 1 }
"#;

    fn body(body: &str) -> Vec<String> {
        of_main(&format!("agent main() -> Int {{\n{body}\n}}\n{REST}"))
    }

    #[test]
    fn each_part_is_named() {
        for (code, what) in [
            ("p(1)", "the prompt `p`"),
            ("deep(1)", "the prompt `p`"),
            ("seen.get(\"x\") ?? 1", "the memory `seen`"),
            ("far(1)", "`via mcp` of the tool `far`"),
            ("undone(1)", "`undo` of the tool `undone`"),
            ("slow(1)", "`limit` of the tool `slow`"),
            ("run other(1)", "`run other`"),
            ("send(job.id, go, 1)  1", "`send`"),
            ("cancel(job.id)  1", "`cancel`"),
            ("saga { 1 }", "`saga`"),
        ] {
            assert_eq!(body(code), [what], "{code}");
        }
        assert_eq!(body("await (start other(1))"), ["`await` of a job", "`start other`"]);
        let planned = "let p = plan for \"x\" using [look] by m -> Int\nrun p";
        assert_eq!(body(planned), ["`plan`", "`run` of a plan"]);
        let bounded = REST.replace("agent bounded", "agent main");
        assert_eq!(of_main(&bounded), ["the `budget` of `main`", "the `key` of `main`"]);
    }

    #[test]
    fn what_is_not_reached_does_not_matter() {
        assert!(body("look(1) + sure(2)").is_empty());
    }
}
