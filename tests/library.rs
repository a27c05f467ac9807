//! The standard library is what its registry says: every example of every function and operator runs through the
//! compiler and the machine, and the reference page is the one made of them.

use std::collections::BTreeMap;
use std::path::Path;

use aeth_lang::library::operators::OPERATORS;
use aeth_lang::library::{Example, Outcome, entries, reference};
use aeth_lang::source::SourceMap;
use aeth_runtime::limits::Limits;
use aeth_runtime::machine::{Context, Machine, Program};

/// What comes of an example: compact JSON, or kind and message.
fn run(example: &Example) -> Result<String, (String, String)> {
    let program =
        format!("agent main() -> Json {{\n  let shown = {{\n{}\n}}\n  return shown\n}}\n", example.lines());
    let compilation = aeth_lang::compile(&SourceMap::single("example.aeth", &program));
    let Some(compiled) = compilation.compiled.filter(|_| compilation.diagnostics.is_empty()) else {
        let said: Vec<_> = compilation.diagnostics.iter().map(|one| one.message.as_str()).collect();
        return Err(("does not compile without a word".to_owned(), said.join("; ")));
    };
    let body = compiled.module.graphs[0].tasks[0].body;
    let program = Program::load(compiled.module, compiled.debug).expect("the compiler's own module");
    let context = Context { job: "job".to_owned(), env: BTreeMap::new(), limits: Limits::default() };
    match Machine::evaluate(&program, body, Vec::new(), &context) {
        Ok(value) => Ok(program.encode(&value)),
        Err(error) => Err((error.kind.name().to_owned(), error.message)),
    }
}

#[test]
fn every_example_gives_what_it_says() {
    let functions = entries().map(|entry| (entry.signature, entry.examples));
    let operators = OPERATORS.iter().flat_map(|(_, all)| *all).map(|one| (one.form, one.examples));
    let mut wrong = Vec::new();
    let mut count = 0;
    for (name, examples) in functions.chain(operators) {
        for example in examples {
            count += 1;
            let expected = match example.outcome {
                Outcome::Value(json) => Ok(json.to_owned()),
                Outcome::Failure { kind, message } => Err((kind.to_owned(), message.to_owned())),
            };
            let found = run(example);
            if found != expected {
                wrong.push(format!(
                    "{name}\n  {}\n  expected {expected:?}\n  found    {found:?}",
                    example.source
                ));
            }
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
