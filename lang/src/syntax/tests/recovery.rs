//! Texts with mistakes: what is said, and how much of the tree is left.

use super::shape;
use crate::diagnostic::Diagnostic;
use crate::source::SourceMap;
use crate::span::FileId;
use crate::syntax::ast::ItemKind;
use crate::syntax::parse::parse;

/// `line:column message [fix]` of every diagnostic.
fn errors(text: &str) -> Vec<String> {
    let sources = SourceMap::single("a", text);
    let show = |d: &Diagnostic| {
        let at = sources.get(FileId(0)).position(d.span().start);
        let fix = d.fixes.first().map_or_else(String::new, |fix| format!(" [{}]", fix.title));
        format!("{}:{} {}{fix}", at.line, at.column, d.message)
    };
    parse(FileId(0), text).diagnostics.iter().map(show).collect()
}

/// Sources with what is said about them and what is left of them, for a reader to judge.
fn report(sources: &[&str]) -> String {
    let report = |source: &&str| {
        let parsed = parse(FileId(0), source);
        let tree: Vec<String> = parsed.file.items.iter().map(shape::item).collect();
        format!("{source}\n  ! {}\n  = {}\n", errors(source).join("\n  ! "), tree.join(" "))
    };
    sources.iter().map(report).collect::<Vec<_>>().join("\n")
}

/// Compares with the report a reader has judged, named after the test.
fn judge(name: &str, report: &str) {
    let mut settings = insta::Settings::clone_current();
    settings.set_omit_expression(true);
    settings.set_prepend_module_to_snapshot(false);
    settings.bind(|| insta::assert_snapshot!(name, report));
}

#[test]
fn one_mistake_one_sentence() {
    judge(
        "one_mistake_one_sentence",
        &report(&[
            "fn f() {\n  let x = \n}",
            "fn f() {\n  let x =\n  let y = 2\n}",
            "fn f() {\n  g(1 2)\n}",
            "fn f() {\n  g(1,\n  let x = 1\n}",
            "fn f() {\n  let x = a)\n}",
            "fn f() {\n  let x = [1, 2\n  x\n}",
            "fn f(x) { x }",
            "fn f(x: Int y: Int) { x }",
            "fn f(x: ) { x }",
            "fn (x: Int) { x }",
            "fn f {}",
            "fn f() -> { 1 }",
            "fn f() {\n  if a = b { 1 }\n}",
            "fn f() {\n  if { 1 }\n}",
            "fn f() {\n  match a {\n    .A 1\n    .B => 2\n  }\n}",
            "fn f() {\n  for x xs { 1 }\n}",
            "fn f() {\n  within 1h { a }\n}",
            "fn f() {\n  a < b < c\n}",
            "fn f() {\n  \"a {} b\"\n}",
            "fn f() {\n  \"a { b\"\n}",
            "fn f() {\n  let s = \"abc\n  let t = 1\n}",
            "fn f() {\n  \"\\q\"\n}",
            "fn f() {\n  \"\"\"\n  a\n    \"\"\"\n}",
            "fn f() {\n  \"\"\"a\n  b\"\"\"\n}",
            "fn f() {\n  12abc\n}",
            "fn f() {\n  let match = 1\n}",
            "fn in() { 1 }",
            "fn f() {\n  1\n",
            "fn f() {\n  1\n}}\nfn g() { 2 }",
            "fn f() {\n  if a {\n    1\n}\nfn g() { 2 }",
            "record R {\n  a Int\n  b: Int\n}",
            "enum E { A, B(Int) }",
            "let x = 1",
            "agnet f() { 1 }",
            "agent a() {\n  task x\n  task y = 1\n}",
            "agent a() {\n  task x = f(\n  task y = 1\n  return y\n}",
            "agent a() {\n  if x {\n    task y = 1\n  }\n}",
            "tool t() { via http { url \"x\" } }",
            "tool t() { foo bar }",
            "const X = 1",
            "fn f() {\n  let ö = 1\n}",
            "fn f() {\n  ()\n}",
            "fn f() { retry 3 on foo }",
            "agent a() {\n  task x = 1\n  task in = 2\n}",
            "test \"t\" {\n  given f()\n  expect a\n}",
            "enum E { A(b Int) }",
            "fn f(x: Int { x }\nfn g() { 2 }",
            "fn f() {\n  let a = [1, 2\n  let b = (3]\n}",
            "fn f() {\n  g({ a: 1 })\n}",
            "fn f() {\n  [1, \"k\": 2]\n}",
            "fn f() {\n  R { .. }\n}",
            "fn f() {\n  f() = 1\n}",
            "fn f() {\n  x.map((1) => 2)\n}",
            "fn f() {\n  match x {\n    Feature => 1\n  }\n}",
        ]),
    );
}

#[test]
fn habits_of_other_languages() {
    judge(
        "habits_of_other_languages",
        &report(&[
            "def f() { 1 }",
            "async fn f() { 1 }",
            "function f() { 1 }",
            "export fn f() { 1 }",
            "class Foo { a: Int }",
            "import x from \"./y.aeth\"",
            "from x import y",
            "fn f(a: Int): Int { a }",
            "fn f(a: Int) => Int { a }",
            "fn f() { g(x -> x) }",
            "fn f() { let x = 1; x }",
            "fn f() { a and b or c }",
            "fn f() { if not a { 1 } }",
            "fn f() { a === b }",
            "fn f() { a !== b }",
            "fn f() { None }",
            "fn f() { True }",
            "fn f() { if a { 1 } elif b { 2 } else { 3 } }",
            "fn f() { const x = 1\n x }",
            "fn f() { let mut x = 1\n x }",
            "fn f() { let x = 'a' }",
            "fn f() { x++\n y-- }",
            "fn f() { let x = a ? b : c }",
            "fn f() { throw new Error(\"x\") }",
            "fn f() { a & b }",
            "fn f() {\n  # why\n  a\n}",
            "fn f(x: string) { x }",
            "fn f() { `a` }",
            "fn Foo() { 1 }",
            "fn f(userName: Int) { userName }",
            "record user_data { userId: Int }",
            "enum Kind { feature, HTTPError }",
            "const max: Int = 1",
        ]),
    );
}

#[test]
fn the_rest_of_a_broken_declaration_stays() {
    judge(
        "the_rest_of_a_broken_declaration_stays",
        &report(&[
            "fn f() {\n  let a = 1\n  let b = (\n  let c = 3\n}\nfn g() { 2 }",
            "fn f() {\n  g(1 2, 3)\n}",
            "fn f() {\n  if a = b {\n    c\n  }\n  d\n}",
            "agent a() {\n  task x = @\n  task y = x\n  task z when = y\n  return z\n}",
            "record R {\n  a Int\n  b: Int\n}",
            "tool t(a: Int) -> Int {\n  via foo bar\n}\nfn g() { t(1) }",
            "fn f(a: Int, b) { a }",
            "match x {\n",
            "fn f() {\n  match a {\n    .A => 1\n    .B 2\n    .C => 3\n  }\n}",
            "test \"t\" {\n  given f( returns 1\n  expect a == 1\n}",
        ]),
    );
}

#[test]
fn a_mistake_in_one_declaration_hides_nothing_of_others() {
    let text = "fn f() { let = }\nfn g() { ( }\nrecord R { a }\nfn ok() -> Int { 1 }\n";
    let parsed = parse(FileId(0), text);
    assert_eq!(errors(text).len(), 3, "{:?}", errors(text));
    assert!(matches!(&parsed.file.items[3].kind, ItemKind::Fn(f) if f.name.name == "ok"));
}
