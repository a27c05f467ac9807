//! Patterns and what they cover.

use super::expect;

#[test]
fn covered() {
    expect(
        r#"
enum Op { Add(a: Int, b: Int), Neg(x: Op), Nop }
record P { x: Int, y: Bool, z: String? }
fn ints(n: Int) -> String { match n { 0 => "zero", 1..=9 => "digit", -5 | -6 => "odd", m @ 10..100 => "{m}", _ => "more" } } 
fn bools(a: Bool, b: Bool?) -> Int {
  match (a, b) {
    (true, true) => 1
    (true, false) => 2
    (true, null) => 3
    (false, null) => 4
    (false, x) => if x ?? true { 5 } else { 6 }
  }
}
fn lists(xs: List<Int>) -> Int { match xs { [] => 0, [x] => x, [x, y] => x + y, [x, .., ] => x } } 
fn rest(xs: List<String>) -> Int { match xs { [first, ..rest] => first.len() + rest.len(), [] => 0 } } 
fn ops(o: Op) -> Int {
  match o {
    .Add(a, b) if a > b => a
    .Add(b: 3, a: x) => x
    .Add(..) => 1
    .Neg(.Nop | .Neg(_)) => 2
    .Neg(.Add(a, _)) => a
    .Nop => 3
  }
}
fn recs(p: P) -> Int {
  let P { x, .. } = p
  match p {
    P { y: true, z: null, .. } => x
    P { y: true, z: text, x: _ } => (text ?? "").len()
    P { y: false, .. } => 2
  }
}
fn strings(s: String) -> Int { match s { "a" | "b" => 1, "c" => 2, other => other.len() } } 
fn all_ints(n: Int) -> Int { match n { 0..=9223372036854775807 => 1, -9223372036854775808..0 => 2 } } 
fn lets(o: Op, m: Map<String, Int>) -> Int {
  if let .Add(a, b) = o { return a + b }
  if let x = m.get("a") { return x }
  while let .Neg(inner) = o { assert inner != .Nop  break }
  let [first, ..] = [1, 2] else_missing()
  0
}
"#
        .replace("  let [first, ..] = [1, 2] else_missing()\n", "")
        .replace("[x, .., ] => x", "[x, ..] => x")
        .as_str(),
    );
}

#[test]
fn not_covered() {
    expect(
        r#"
enum Op { Add(a: Int, b: Bool), Nop }
fn a(o: Op) -> Int { match o { .Add(..) => 1 } }                  // error: [E0701] "does not cover `.Nop`"
fn b(o: Op) -> Int { match o { .Add(_, true) => 1, .Nop => 2 } }   // error: [E0701] "does not cover `.Add(_, false)`"
fn c(n: Int) -> Int { match n { 0 => 1, m if m > 3 => 2 } }       // error: [E0701] "does not cover"
fn d(x: Int?) -> Int { match x { 1 => 1, null => 2 } }            // error: [E0701] "does not cover"
fn e(xs: List<Int>) -> Int { match xs { [] => 0, [_, _, ..] => 2 } }   // error: [E0701] "does not cover `[_]`"
fn f(p: (Bool, Bool)) -> Int { match p { (true, _) => 1, (_, true) => 2 } }   // error: [E0701] "does not cover `(false, false)`"
fn g(s: String) -> Int { match s { "a" => 1 } }                   // error: [E0701] "does not cover"
fn h(n: Int) -> Int { match n { 1..=5 => 1, 3 => 2, _ => 3, 4 => 4 } }   // warning: [W0102] "no value reaches" ;; warning: [W0102] "no value reaches"
fn i(j: Json) -> Int { match j { .Null => 1, .Bool(_) => 2, .Number(_) => 3, .String(_) => 4, .List(_) => 5 } }   // error: [E0701] "does not cover `.Object(_)`"
fn j() -> Int {
  let [x, y] = [1, 2]       // error: [E0703] "does not fit `[]`"
  if let z = 3 { return z } // warning: [W0107] "always fits"
  x + y
}
"#,
    );
}

#[test]
fn patterns_that_cannot_fit() {
    expect(
        r#"
enum Op { Add(a: Int, b: Bool), Nop }
record P { x: Int }
fn a(o: Op, n: Int, p: P) -> Int {
  let b = match o { .Ad(x) => x, _ => 1 }                 // error: [E0207] "no variant `Ad`"
  let c = match o { .Add(x) => x, _ => 1 }                // error: [E0705] "lacks `b`"
  let d = match o { .Add(x, y, z) => x, _ => 1 }          // error: [E0705] "has 2 payload fields" ;; warning: [W0101] "`y`"
  let e = match n { "a" => 1, _ => 2 }                    // error: [E0702] "can never fit Int"
  let f = match n { null => 1, _ => 2 }                   // error: [E0702] "null, which can never fit Int"
  let g = match n { .Add(..) => 1, _ => 2 }               // error: [E0702] "can never fit Int"
  let h = match p { P { y, .. } => y, _ => 2 }            // error: [E0705] "no field `y`"
  let i = match n { x | 3 => 1, _ => 2 }                  // error: [E0704] "does not bind `x`" ;; warning: [W0101] "`x`" ;; warning: [W0102] "no value reaches"
  let j = match (n, n) { (x, x) => x }                    // error: [E0704] "bound twice"
  b + c + d + e + f + g + h + i + j
}
"#,
    );
}
