//! Whatever the parser lets through ends in diagnostics, in reasonable time.

use super::{checked, found};

/// Checks a text and only asks that it comes to an end.
fn survive(text: &str) -> usize {
    checked(text).0.diagnostics.len()
}

#[test]
fn deep_and_long_programs() {
    let deep = 200;
    survive(&format!("fn f() -> Int {{ {}1{} }}", "(".repeat(deep), ")".repeat(deep)));
    survive(&format!("fn f() -> Int {{ {}1{} }}", "math.abs(".repeat(deep), ")".repeat(deep)));
    survive(&format!("fn f() -> Int {{ {}1{} }}", "[".repeat(deep), "]".repeat(deep)));
    survive(&format!("fn f() -> Int {{ 1{} }}", " + 1".repeat(900)));
    survive(&format!("fn f(s: String) -> String {{ s{} }}", ".trim()".repeat(900)));
    survive(&format!("fn f(a: Bool) -> Bool {{ a{} }}", " && a".repeat(900)));
    survive(&format!("fn f(x: {}Int{}) {{ }}", "List<".repeat(deep), ">".repeat(deep)));
    survive(&format!("fn f(xs: List<Int>) -> Int {{ {}1{} }}", "xs.map(x => ".repeat(80), ")".repeat(80)));
    survive(&format!("fn f(n: Int) -> Int {{ {} n }}", "if n > 0 { ".repeat(100) + &"}".repeat(100)));
}

#[test]
fn matches_that_explode_are_refused() {
    let names: Vec<String> = (0..24).map(|n| format!("f{n}: Bool")).collect();
    let arms: Vec<String> =
        (0..24).map(|at| format!("R {{ f{at}: true, f{}: false, .. }} => {at}", (at + 7) % 24)).collect();
    let text = format!(
        "record R {{ {} }}\nfn f(r: R) -> Int {{ match r {{ {}\n _ => 99 }} }}",
        names.join(", "),
        arms.join("\n")
    );
    assert!(survive(&text) < 50);
}

#[test]
fn long_files_are_checked() {
    let function = |n: usize| {
        format!(
            "fn f{n}(x: Int?, s: String) -> Int {{\n  let a = x ?? 0\n  if s.len() > a {{ return a + s.split(\",\").map(p => p.len()).sum() }}\n  var t = 0\n  for i in 0..a {{ t += i * {n} }}\n  t\n}}\n"
        )
    };
    let text: String = (0..300).map(function).collect();
    assert_eq!(survive(&text), 0);
}

#[test]
fn broken_pieces_are_passed_over() {
    for text in [
        "fn f(",
        "fn f() -> { 1 }",
        "agent main() { task x = }",
        "tool t() { via http { url: } }",
        "fn f() -> Int { let x = \n x + }",
        "record R { x: }\nfn f(r: R) -> Int { r.x }",
        "enum E { A( }\nfn f(e: E) -> Int { match e { .A => 1 } }",
        "fn f(x: Int) { match x { } }",
        "fn f(x: Int) { match x { 1 => } }",
        "const A: Int = \nfn f() -> Int { A }",
        "agent a(x: ) { }",
        "fn f() { x.y.z = 1 }",
        "fn f() { .A = 1 }",
        "fn f() { for in x { } }",
        "signal s:\nagent main() { await s }",
        "enum E { }\nfn f(e: E) -> Int { match e { } }",
        "record R { }\nfn f() -> R { R { } }",
        "fn f<T>(x: T) -> T { f(x) }",
        "fn f<T>() -> T { f() }\nfn g() { let x = f() }",
        "fn f() -> Int { f.g.h() }",
        "fn f() { json { a: b } }",
        "fn f() { std }\nfn g() { std.math }\nfn h() { math }\nfn i() { env }\nfn j() { std.x.y() }\nfn k() { secret.a.b.c() }",
        "fn f() { let (a, b) = 3  let _ = (a, b) }",
        "fn f(g: fn(Int) -> Int) -> Int { g() + g(1, 2) + g(x: 1) }",
        "agent a() { task a = a }\nagent b() { task return = 1 }",
        "tool t(x: Int) -> Int { via http { url: t(1) } lookup t(2) undo t(result) }",
        "fn f() { try { fail 3 } catch e { e.x } }",
        "fn f(x: Int) { x |> 3\n x |> y\n x |> z()\n x |> math.abs()\n x |> (y => y)() }",
    ] {
        assert!(survive(text) > 0 || checked(text).0.program.is_some(), "{text}");
    }
}

/// Asserts that a text is refused for its size.
fn too_large(text: &str) {
    assert!(found(text).iter().any(|line| line.contains("E0004")), "{:?}", found(text));
}

#[test]
fn tuples_that_double_are_refused() {
    let doubled: Vec<String> = (1..60).map(|n| format!("  let t{n} = (t{}, t{})", n - 1, n - 1)).collect();
    too_large(&format!("fn f() -> Int {{\n  let t0 = 1\n{}\n  let _ = t59\n  1\n}}", doubled.join("\n")));
}

#[test]
fn calls_that_double_are_refused() {
    let (open, close) = ("dup(".repeat(60), ")".repeat(60));
    too_large(&format!("fn dup<T>(x: T) -> (T, T) {{ (x, x) }}\nfn f() {{ let _ = {open}1{close} }}"));
}

#[test]
fn aliases_that_double_are_refused() {
    let aliases: Vec<String> = (1..30).map(|n| format!("type A{n}<T> = A{}<A{}<T>>", n - 1, n - 1)).collect();
    too_large(&format!("type A0<T> = (T, T)\n{}\nfn f(x: A29<Int>) {{ }}", aliases.join("\n")));
}

#[test]
fn lambdas_that_double_are_refused() {
    let chained = ".map(x => (x, x))".repeat(100);
    too_large(&format!("fn f() {{ let _ = [1]{chained} }}"));
}

#[test]
fn large_bodies_are_checked_in_reasonable_time() {
    let lets: String =
        (0..5_000).map(|n| format!("  let a{n} = x\n  assert a{n} != null && a{n} > {n}\n")).collect();
    assert_eq!(survive(&format!("fn f(x: Int?) {{\n{lets}}}\n")), 0);
    let arms: String = (0..1_000).map(|n| format!("    \"k{n}\" => {n}\n")).collect();
    assert_eq!(survive(&format!("fn f(s: String) -> Int {{\n  match s {{\n{arms}    _ => 0\n  }}\n}}\n")), 0);
    let arms: String = (0..1_000).map(|n| format!("    {n} => {n}\n")).collect();
    assert_eq!(survive(&format!("fn f(s: Int) -> Int {{\n  match s {{\n{arms}    _ => 0\n  }}\n}}\n")), 0);
    let unknown: String = (0..3_000).map(|n| format!("  let _ = unknown{n}\n")).collect();
    assert_eq!(survive(&format!("fn f() {{\n{unknown}}}\n")), 3_000);
    let chain: String = (0..200).map(|n| format!("if n == {n} {{ {n} }} else ")).collect();
    survive(&format!("fn f(n: Int) -> Int {{ {chain} {{ 0 }} }}"));
}

#[test]
fn keys_are_checked_after_inference() {
    let text = "fn one<K>(k: K) -> Map<K, Int> { [k: 1] }\nfn f() { let _ = one([1]) }\n";
    assert!(found(text).iter().any(|line| line.contains("cannot be the key")), "{:?}", found(text));
}
