//! Programs that do not compile, and text that attacks the compiler.

use super::{Row, agent, broken, check_rows, row};
use crate::harness::World;

#[test]
fn programs_that_do_not_compile() {
    check_rows(syntax_errors());
    check_rows(type_errors());
}

#[test]
fn text_that_attacks() {
    check_rows(hostile_text());
}

fn syntax_errors() -> Vec<Row> {
    vec![
        broken("no closing brace", "agent main() -> Int {\n  return 1\n", &["E0110", "never closed"]),
        broken("no expression", agent("let x = )\n  return 1"), &["`)`"]),
        broken("a semicolon", agent("let x = 1; return x"), &["E0102", "semicolons"]),
        broken("an unfinished string", agent("let s = \"abc\n  return 1"), &["string"]),
        broken(
            "an empty interpolation",
            agent("let s = \"a{}b\"\n  return s.len()"),
            &["E0101", "interpolation"],
        ),
        broken("a bad escape", agent("let s = \"\\q\"\n  return s.len()"), &["escape"]),
        broken("a letter after a number", agent("return 12abc"), &["12abc"]),
        broken("an integer that does not fit", agent("return 99999999999999999999"), &["64"]),
        broken("habit: def", "def main() -> Int {\n  return 1\n}\n", &["fn"]),
        broken("habit: and", agent("if true and false { return 1 }\n  return 2"), &["&&"]),
        broken("habit: None", agent("let x: Int? = None\n  return x ?? 1"), &["null"]),
        broken("a reserved word as a name", agent("let match = 1\n  return 1"), &["match_"]),
        broken("a chain of comparisons", agent("if 1 < 2 < 3 { return 1 }\n  return 2"), &["compar"]),
        broken("nothing at all", "", &["agent"]),
        broken("only a comment", "// nothing\n", &["agent"]),
    ]
}

fn type_errors() -> Vec<Row> {
    vec![
        broken("another type", agent("return \"one\""), &["Int", "String"]),
        broken("an unknown name", agent("let count = 1\n  return cuont"), &["cuont", "count"]),
        broken("an unknown function", agent("return fetsch(1)"), &["fetsch"]),
        broken("an unknown type", "agent main(x: Intt) -> Int { return 1 }\n", &["Intt", "Int"]),
        broken(
            "too few arguments",
            "fn f(a: Int, b: Int) -> Int { a + b }\nagent main() -> Int { return f(1) }\n",
            &["`b`"],
        ),
        broken(
            "too many arguments",
            "fn f(a: Int) -> Int { a }\nagent main() -> Int { return f(1, 2) }\n",
            &["f"],
        ),
        broken(
            "an unknown field",
            "record P { name: String }\nfn f(p: P) -> String { p.nmae }\nagent main() -> Int { return f(P { name: \"a\" }).len() }\n",
            &["nmae", "name"],
        ),
        broken(
            "a missing field",
            "record P { name: String, age: Int }\nfn f() -> P { P { name: \"a\" } }\nagent main() -> Int { return f().age }\n",
            &["age"],
        ),
        broken(
            "null where none may be",
            "fn f(x: Int?) -> Int { x + 1 }\nagent main() -> Int { return f(1) }\n",
            &["Int?"],
        ),
        broken(
            "a match with a hole",
            "enum K { A, B }\nfn f(k: K) -> Int { match k { .A => 1 } }\nagent main() -> Int { return f(.A) }\n",
            &["B"],
        ),
        broken("an open type", agent("let xs = []\n  return xs.len()"), &["E0302", "annotate"]),
        broken("an unused value", agent("1 + 1\n  return 1"), &["E0310", "nobody uses"]),
        broken(
            "an effect in a function",
            "tool t() -> Int { via exec { command: [\"ls\"] } }\nfn f() -> Int { t() }\nagent main() -> Int { return f() }\n",
            &["`t`", "f"],
        ),
        broken("the wrong case", "record point { x: Int }\nagent main() -> Int { return 1 }\n", &["Point"]),
        broken(
            "a name twice",
            "fn f() -> Int { 1 }\nfn f() -> Int { 2 }\nagent main() -> Int { return f() }\n",
            &["`f`"],
        ),
        broken("an assignment to a let", agent("let x = 1\n  x = 2\n  return x"), &["`x`", "var"]),
        broken(
            "a cycle of tasks",
            agent("task a = b + 1\n  task b = a + 1\n  return a"),
            &["E0601", "`a` → `b` → `a`"],
        ),
        broken("a task after nothing", agent("task a after z = 1\n  return a"), &["`z`"]),
        broken("a secret elsewhere", agent("let s = secret.KEY\n  return 1"), &["secret"]),
        broken(
            "a retry of a once tool on Timeout",
            "tool t() -> Int {\n  via exec { command: [\"ls\"] }\n  once\n  retry 2 on [.Timeout]\n}\nagent main() -> Int { return t() }\n",
            &["Timeout"],
        ),
        broken(
            "a lookup that changes the world",
            "tool s() -> Int? { via exec { command: [\"ls\"] } once }\ntool t() -> Int {\n  via exec { command: [\"ls\"] }\n  lookup s()\n}\nagent main() -> Int { return t() }\n",
            &["readonly"],
        ),
        broken("no agent to run", "fn f() -> Int { 1 }\n", &["agent"]),
        row(
            "two agents and no word which",
            "agent a() -> Int { return 1 }\nagent b() -> Int { return 2 }\n",
            &[],
            2,
            &["a", "b", "--agent"],
        ),
        row("an agent that is not there", agent("return 1"), &["--agent", "mian"], 2, &["mian", "main"]),
    ]
}

fn hostile_text() -> Vec<Row> {
    let deep = |open: &str, close: &str| {
        agent(&format!("return {}1{}", open.repeat(100_000), close.repeat(100_000)))
    };
    vec![
        broken("100,000 nested parentheses", deep("(", ")"), &["E0003"]),
        broken("100,000 nested lists", deep("[", "]"), &["E0003"]),
        broken("100,000 open parentheses", agent(&"(".repeat(100_000)), &["E0003"]),
        broken("100,000 nested blocks", deep("{", "}"), &["E0003"]),
        broken("100,000 minus signs", deep("-", ""), &["E0003"]),
        broken("100,000 operators", agent(&format!("return 1{}", " + 1".repeat(100_000))), &["E0003"]),
        broken(
            "100,000 nested types",
            format!(
                "agent main(x: {}Int{}) -> Int {{ return 1 }}\n",
                "List<".repeat(100_000),
                ">".repeat(100_000)
            ),
            &["E0003"],
        ),
        broken("a 50 MB string", agent(&format!("return \"{}\".len()", "x".repeat(50_000_000))), &["E0002"]),
        broken("NUL bytes", "agent main() -> Int {\0 return 1 }\n", &["E0109", "U+0000"]),
    ]
}

#[test]
fn several_mistakes_are_reported_in_one_run() {
    let source = "fn a() -> Int { \"x\" }\nfn b() -> Int { nowhere }\nfn c( -> Int { 1 }\nfn d() -> String { 1 }\nagent main() -> Int { return 1 }\n";
    let world = World::with_program(source);
    let checked = world.run(&["check", "main.aeth", "--json"]).exits(1);
    let found: Vec<serde_json::Value> =
        checked.stdout.lines().map(|line| serde_json::from_str(line).expect("an object per line")).collect();
    let mut lines: Vec<_> = found.iter().map(|one| one["line"].as_u64().expect("a line")).collect();
    lines.sort_unstable();
    assert_eq!(lines, [1, 2, 3, 4], "one mistake, one error: {checked}");
    for one in &found {
        for field in
            ["code", "severity", "message", "file", "line", "column", "end_line", "end_column", "labels"]
        {
            assert!(!one[field].is_null(), "{field} is missing: {one}");
        }
    }
}

#[test]
fn a_file_that_is_not_utf8_and_one_that_is_not_there() {
    let world = World::new();
    world.write("main.aeth", b"agent main() -> Int { return 1 } // \xff\xfe\n");
    world.run(&["run", "main.aeth"]).exits(2).says("E0001").says("UTF-8");
    world.run(&["run", "nowhere.aeth"]).exits(2).says("nowhere.aeth");
    std::fs::create_dir(world.path().join("folder.aeth")).expect("a folder");
    world.run(&["run", "folder.aeth"]).exits(2).says("folder.aeth");
}
