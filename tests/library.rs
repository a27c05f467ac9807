//! The standard library is what its registry says: every example of every function and operator runs through the
//! compiler and the machine, and the reference page is the one made of them.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;
use std::sync::Arc;

use aeth_lang::bytecode::module::SEMANTICS_VERSION;
use aeth_lang::ids::FunctionId;
use aeth_lang::library::operators::OPERATORS;
use aeth_lang::library::{Example, Outcome, entries, reference};
use aeth_lang::source::SourceMap;
use aeth_runtime::limits::Limits;
use aeth_runtime::machine::{Context, Machine, Program};

/// What evaluating comes to: compact JSON, or kind and message.
type Came = Result<String, (String, String)>;

/// A program whose agent has one block.
struct Block {
    program: Arc<Program>,
    body: FunctionId,
}

impl Block {
    fn of(lines: &str) -> Result<Self, String> {
        let source = format!("agent main() -> Json {{\n  let shown = {{\n{lines}\n}}\n  return shown\n}}\n");
        let compilation = aeth_lang::compile(&SourceMap::single("example.aeth", &source));
        let Some(compiled) = compilation.compiled.filter(|_| compilation.diagnostics.is_empty()) else {
            let said: Vec<_> = compilation.diagnostics.iter().map(|one| one.message.as_str()).collect();
            return Err(said.join("; "));
        };
        let body = compiled.module.graphs[0].tasks[0].body;
        let program = Program::load(compiled.module, compiled.debug).expect("the compiler's own module");
        Ok(Self { program, body })
    }

    fn run(&self, limits: Limits) -> Came {
        let context = Context { job: "job".to_owned(), env: BTreeMap::new(), limits };
        match Machine::evaluate(&self.program, self.body, Vec::new(), &context) {
            Ok(value) => Ok(self.program.encode(&value)),
            Err(error) => Err((error.kind.name().to_owned(), error.message)),
        }
    }

    /// The least limit under which it comes to the same as without: what it is charged.
    fn least(&self, limits: impl Fn(u64) -> Limits) -> u64 {
        let whole = self.run(Limits::default());
        let enough = |limit: u64| self.run(limits(limit)) == whole;
        let mut high = 1;
        while !enough(high) {
            high *= 2;
        }
        let mut low = high / 2;
        while low + 1 < high {
            let middle = low + (high - low) / 2;
            if enough(middle) { high = middle } else { low = middle }
        }
        high
    }

    fn steps(&self) -> u64 {
        self.least(|steps| Limits { steps, ..Limits::default() })
    }

    fn heap(&self) -> u64 {
        self.least(|heap| Limits { heap, ..Limits::default() })
    }
}

fn run(example: &Example) -> Came {
    let block = Block::of(&example.lines());
    let block = block.map_err(|said| ("does not compile without a word".to_owned(), said))?;
    block.run(Limits::default())
}

/// Every example of the library, with what it is an example of.
fn examples() -> impl Iterator<Item = (String, &'static Example)> {
    let functions = entries()
        .flat_map(|entry| entry.examples.iter().map(move |example| (entry.signature.to_string(), example)));
    let operators = OPERATORS.iter().flat_map(|(_, all)| *all);
    let operators =
        operators.flat_map(|one| one.examples.iter().map(|example| (one.form.to_string(), example)));
    functions.chain(operators)
}

#[test]
fn what_is_charged_is_pinned_by_the_semantics_version() {
    let mut table = format!(
        "Steps and units of heap that the examples of the library are charged, under semantics {SEMANTICS_VERSION}.\n\
         A line that changes means that limits strike elsewhere in running jobs: docs/language/stability.md.\n\n"
    );
    for (name, example) in examples() {
        let Ok(block) = Block::of(&example.lines()) else { continue };
        // What ends by a limit of its own would need another limit to end otherwise.
        if matches!(&block.run(Limits::default()), Err((kind, message)) if kind == "Limit" && message.contains("the job's"))
        {
            continue;
        }
        let source = example.source.replace('\n', " ; ");
        let _ = writeln!(table, "{:>7} {:>7}  {name}  {source}", block.steps(), block.heap());
    }
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/costs.txt");
    if std::env::var_os("AETH_BLESS").is_some() {
        std::fs::write(&path, &table).expect("a writable table");
    }
    let golden = std::fs::read_to_string(&path).unwrap_or_default();
    let differing: Vec<_> =
        table.lines().filter(|line| !golden.lines().any(|known| known == *line)).collect();
    assert!(
        table == golden,
        "tests/costs.txt has other lines; raise SEMANTICS_VERSION, then AETH_BLESS=1 writes it:\n{}",
        differing.join("\n")
    );
}

/// Copying a list or map is charged by its length, so a copy in each turn would show as a square.
#[test]
fn what_is_unshared_is_changed_in_place() {
    let declared = [
        ("push", "var x: List<Int> = []", "x.push(i)"),
        (
            "field push",
            "var x = (ExecResult { code: 0, stdout: \"\", stderr: \"\" }, 1)\nvar y = [[0], [1]]",
            "y[1].push(i)",
        ),
        ("index", "var x = 0..COUNT", "x[i] = x[i] + 1"),
        ("compound index", "var x = 0..COUNT", "x[i] += 1"),
        ("key", "var x: Map<Int, Int> = [:]", "x[i] = i"),
        ("value of a key", "var x: Map<String, List<Int>> = [\"k\": []]", "x[\"k\"].push(i)"),
        (
            "map in a field",
            "var x = HttpResponse { status: 1, headers: [:], body: \"\" }",
            "x.headers[\"{i}\"] = \"v\"",
        ),
        ("field", "var x = HttpResponse { status: 1, headers: [\"a\": \"b\"], body: \"\" }", "x.status += i"),
        ("json member", "var x = json {}", "x[\"{i}\"] = i"),
        ("json in depth", "var x = json { a: { list: [] } }", "x.a.b = i"),
        ("pop", "var x = 0..COUNT", "x.pop()"),
        ("list of lists", "var x = (0..COUNT).map(n => [n])", "x[i].push(i)"),
        ("append", "var x: List<Int> = []", "x += [i]"),
        ("get", "var x = 0..COUNT", "x[i] = (x.get(i) ?? 0) + x.len() + (x.first() ?? 0) + (x.last() ?? 0)"),
        ("text", "var x = \"\"", "x += \"ab\""),
    ];
    let mut wrong = Vec::new();
    for (name, before, change) in declared {
        let steps = |count: u64| {
            let before = before.replace("COUNT", &count.to_string());
            let last = if before.contains("var y") { "y.len() + x.1" } else { "x" };
            let lines =
                format!("{before}\nfor i in 0..{count} {{ let _ = i  {change} }}\n({last}).to_json().len()");
            Block::of(&lines).unwrap_or_else(|said| panic!("{name}: {said}")).steps()
        };
        let (once, twice) = (steps(1_000), steps(2_000));
        if twice * 10 > once * 23 {
            wrong.push(format!("{name}: 1,000 changes take {once} steps, 2,000 take {twice}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_example_gives_what_it_says() {
    let mut wrong = Vec::new();
    let mut count = 0;
    for (name, example) in examples() {
        count += 1;
        let expected = match example.outcome {
            Outcome::Value(json) => Ok(json.to_owned()),
            Outcome::Failure { kind, message } => Err((kind.to_owned(), message.to_owned())),
        };
        let found = run(example);
        if found != expected {
            wrong
                .push(format!("{name}\n  {}\n  expected {expected:?}\n  found    {found:?}", example.source));
        }
    }
    assert!(wrong.is_empty(), "{} of {count} examples:\n{}", wrong.len(), wrong.join("\n"));
    assert!(count > 400, "only {count} examples");
}

#[test]
fn the_reference_page_is_the_one_of_the_registry() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/language/library.md");
    let page = reference();
    if std::env::var_os("AETH_BLESS").is_some() {
        std::fs::write(&path, &page).expect("the page is written");
    }
    let found = std::fs::read_to_string(&path).expect("the page");
    assert!(
        found == page,
        "docs/language/library.md is stale: `AETH_BLESS=1 cargo test --test main library` writes it again"
    );
}
