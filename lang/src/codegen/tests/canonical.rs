//! What a program's hash does not see, and what it does.

use super::compiled;
use crate::bytecode::ProgramHash;
use crate::modules::{self, Files, Unreadable};
use crate::source::Source;

fn hash(text: &str) -> ProgramHash {
    compiled("program.aeth", text).hash
}

const PROGRAM: &str = r#"
enum Kind { Small, Large }

record Item {
  name: String
  kind: Kind = .Small
}

const LIMIT: Int = 3

fn size(items: List<Item>) -> Int {
  var total = 0
  for item in items { total += item.name.len() }
  total
}

fn describe(n: Int) -> String {
  let kind: Kind = if n > LIMIT { .Large } else { .Small }
  match kind {
    .Small => "small"
    .Large => "large {n}"
  }
}

tool read(path: String) -> String {
  via exec { command: ["cat", "--", path] }
  readonly
}

agent main(path: String) -> String {
  task text = read(path)
  task items = text.lines().map(line => Item { name: line })
  return describe(size(items))
}
"#;

fn without(text: &str, part: &str) -> String {
    assert!(text.contains(part), "{part}");
    text.replace(part, "")
}

fn with(from: &str, to: &str) -> String {
    assert!(PROGRAM.contains(from), "{from}");
    PROGRAM.replace(from, to)
}

/// Top-level declarations in reverse order.
fn reversed(text: &str) -> String {
    let mut parts: Vec<&str> = text.trim().split("\n\n").collect();
    parts.reverse();
    parts.join("\n\n")
}

#[test]
fn the_order_of_declarations_changes_nothing() {
    assert_eq!(hash(&reversed(PROGRAM)), hash(PROGRAM));
}

#[test]
fn formatting_and_comments_change_nothing() {
    let spaced = PROGRAM.replace("\n  ", "\n      ").replace('\n', "\n\n");
    assert_eq!(hash(&spaced), hash(PROGRAM));
    let commented = PROGRAM.replace("\n  let", "\n  // a comment\n  let").replace("\nfn", "\n// another\nfn");
    assert_eq!(hash(&commented), hash(PROGRAM));
    let documented = with("fn size", "/// Docs of a function reach no schema.\nfn size");
    assert_eq!(hash(&documented), hash(PROGRAM));
}

#[test]
fn names_of_locals_and_functions_change_nothing() {
    assert_eq!(hash(&PROGRAM.replace("total", "sum")), hash(PROGRAM));
    assert_eq!(hash(&PROGRAM.replace("describe", "tell")), hash(PROGRAM));
    assert_eq!(hash(&PROGRAM.replace("LIMIT", "MOST")), hash(PROGRAM));
    assert_eq!(hash(&PROGRAM.replace("line", "row").replace("rows()", "lines()")), hash(PROGRAM));
}

#[test]
fn what_nobody_uses_changes_nothing() {
    let more = format!(
        "{PROGRAM}\nfn spare(n: Int) -> Int {{ n + 1 }}\nrecord Spare {{ n: Int }}\nconst SPARE: Int = 7\n"
    );
    assert_eq!(hash(&more), hash(PROGRAM));
}

#[test]
fn order_of_tasks_changes_nothing() {
    let tasks = "agent main() -> Int {\n  task a = 1\n  task b = a + 1\n  task c = 3\n  return b + c\n}";
    let moved = "agent main() -> Int {\n  task c = 3\n  task b = a + 1\n  task a = 1\n  return b + c\n}";
    assert_eq!(hash(tasks), hash(moved));
}

#[test]
fn what_means_something_else_has_another_hash() {
    let base = hash(PROGRAM);
    for changed in [
        with("LIMIT: Int = 3", "LIMIT: Int = 4"),
        with("\"small\"", "\"tiny\""),
        with("total += item", "total -= item"),
        with("readonly", "once"),
        with("\"cat\"", "\"tac\""),
        with("task text", "task words").replace("text.lines", "words.lines"),
        with("agent main", "agent start_here"),
        with("kind: Kind = .Small", "kind: Kind = .Large"),
        with("tool read", "/// What a model sees.\ntool read"),
        with("main(path: String)", "main(\n  /// What a person sees.\n  path: String,\n)"),
        without(PROGRAM, " {n}"),
    ] {
        assert_ne!(hash(&changed), base, "{changed}");
    }
}

#[test]
fn spacing_of_an_assertion_changes_nothing() {
    let tight = "agent main(n: Int) -> Int {\n  assert n>0&&n<9\n  n\n}";
    let loose = "agent main(n: Int) -> Int {\n  assert n > 0 // why\n    && n < 9\n  n\n}";
    assert_eq!(hash(tight), hash(loose));
}

const AGENTS: &str = r#"
record Note {
  /// One line.
  text: String
}

model writer { provider openai, name "a", temperature 0.5 }

prompt write(topic: String) -> Note {
  model writer
  user "Write about {topic}"
}

memory seen: Map<String, Int>

agent main(topic: String) -> String {
  budget { calls 3 }
  seen.put(topic, 1)
  return write(topic).text
}

schedule nightly = every "0 2 * * *" run main("owls")
"#;

#[test]
fn tests_are_no_part_of_a_program() {
    let tested = format!(
        "{AGENTS}\ntest \"t\" {{\n  given write(_) returns Note {{ text: \"x\" }}\n  given http.get(_) fails .Timeout\n  expect run main(\"a\") == \"x\"\n}}\n"
    );
    assert_eq!(hash(&tested), hash(AGENTS));
    assert_eq!(hash(&reversed(&tested)), hash(AGENTS));
}

#[test]
fn what_a_model_is_asked_is_part_of_a_program() {
    for (from, to) in [
        ("temperature 0.5", "temperature 0.6"),
        ("Write about", "Tell of"),
        ("/// One line.", "/// Two lines."),
        ("calls 3", "calls 4"),
        ("0 2 * * *", "0 3 * * *"),
        ("run main(\"owls\")", "run main(\"bats\")"),
        ("Map<String, Int>", "Map<String, Int?>"),
    ] {
        assert!(AGENTS.contains(from), "{from}");
        assert_ne!(hash(&AGENTS.replace(from, to)), hash(AGENTS), "{to}");
    }
}

/// Files in memory.
struct Shelf(&'static [(&'static str, &'static str)]);

impl Files for Shelf {
    fn read(&mut self, path: &str) -> Result<Source, Unreadable> {
        let found = self.0.iter().find(|(name, _)| *name == path);
        found.map(|(name, text)| Source::new(*name, *text)).ok_or(Unreadable::Missing(None))
    }
}

#[test]
fn where_files_stand_and_what_they_are_called_changes_nothing() {
    const BILLING: &str = "/// Money.\nrecord Receipt { id: String }\n\ntool charge(cents: Int) -> Receipt {\n  via exec { command: [\"charge\", \"{cents}\"] }\n}\n\nfn twice(n: Int) -> Int { n * 2 }\n";
    let program = |path: &str, main: &str, others| {
        let sources = modules::load(path, Source::new(path, main), &mut Shelf(others));
        let compilation = crate::compile(&sources);
        compilation.compiled.unwrap_or_else(|| panic!("{:?}", compilation.diagnostics)).hash
    };
    let main = |path: &str| {
        format!(
            "import \"{path}\" as billing\n\nagent main() -> billing.Receipt {{ return billing.charge(billing.twice(2)) }}\n"
        )
    };
    let beside = program("main.aeth", &main("./billing.aeth"), &[("billing.aeth", BILLING)]);
    let below = program("app/start.aeth", &main("../lib/money/pay.aeth"), &[("lib/money/pay.aeth", BILLING)]);
    assert_eq!(beside, below);
    let names = "import { Receipt, charge, twice } from \"./billing.aeth\"\n\nagent main() -> Receipt { return charge(twice(2)) }\n";
    assert_eq!(beside, program("main.aeth", names, &[("billing.aeth", BILLING)]));
    let one = format!("{BILLING}\nagent main() -> Receipt {{ return charge(twice(2)) }}\n");
    assert_eq!(beside, hash(&one), "in one file as in several");
}
