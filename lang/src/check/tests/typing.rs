//! Types that do not fit, one mistake per announced line.

use super::{expect, expect_body};

#[test]
fn mismatches() {
    expect_body(
        r#"
let a: Int = "x"                    // error: [E0301] "expected Int, found String"
let b: String = 1                   // error: [E0301] "expected String, found Int"
let c: List<Int> = [1, "b", 3]      // error: [E0301] "expected Int, found String"
let d = [1, "b"]                    // error: [E0301] "expected Int, found String"
let e = 1 + "a"                     // error: [E0307] "`+` does not work on Int and String"
let f = if true { 1 } else { "b" }  // error: [E0301] "expected Int, found String"
let g = 1.5 + 1
let h = 1 == "a"                    // error: [E0307] "`==` does not work on Int and String"
let i = [1] < [2]                   // error: [E0315] "List<Int>"
let j = -"a"                        // error: [E0307] "not on String"
let k = !3                          // error: [E0301] "expected Bool, found Int"
let l = "a"[0]                      // error: [E0307] "no elements"
let m: (Int, Int) = (1, "x")        // error: [E0301] "expected Int, found String"
let n: Float = 3
let o = 3 in "abc"                  // error: [E0301] "expected String, found Int"
if 1 { }                            // error: [E0301] "expected Bool, found Int"
assert "x"                          // error: [E0301] "expected Bool, found String"
let _ = (a, b, c, d, e, f, g, h, i, j, k, l, m, n, o)
"#,
    );
}

#[test]
fn open_types_ask_for_an_annotation() {
    expect_body(
        r#"
let a = []           // error: [E0302] "annotate"
let b = null         // error: [E0302] "annotate"
let c = [:]          // error: [E0302] "annotate"
let d = x => x       // error: [E0302] "annotate"
let e = .Red         // error: [E0302] "the enum of `.Red` is not known"
let f = [[], [1]]
let g = [null, 1]
let h: String? = null
let _ = (a, b, c, e, f, g, h)
let _ = d
"#,
    );
}

#[test]
fn values_that_may_be_null() {
    expect(
        r#"
record User { name: String, boss: User? }
fn f(x: Int?, u: User?, s: String?) -> Int {
  let a = x + 1                    // error: [E0307] "`+` does not work on Int? and Int"
  let b = u.name                   // error: [E0305] "may be null"
  let c = "{s}"                    // error: [E0305] "may be null"
  let d = s.len()                  // error: [E0305] "may be null"
  let e: Int = x                   // error: [E0305] "expected Int, found Int?"
  let g = s?.len()
  let h = u?.boss?.name
  let i = u?.boss.name             // error: [E0305] "may be null"
  let j = 3?.to_float()            // warning: [W0108] "never null"
  let k = x < 3                    // error: [E0315] "Int?"
  let l = "a" ?? "b"               // warning: [W0106] "never null"
  for _ in s { }                   // error: [E0305] "may be null"
  let _ = (a, b, c, d, e, g, h, i, j, k, l)
  x                                // error: [E0305] "expected Int, found Int?"
}
fn changed(s: String?) -> Int {
  var x: Int? = 3
  x = null
  let a = x + 1                    // error: [E0307] "does not work on Int? and Int"
  var y = s
  if y != null {
    y = null
    return y.len()                 // error: [E0305] "may be null"
  }
  var z = s
  while z != null {
    let n = z.len()
    z = null
    assert n > 0
  }
  if s != null { assert s.len() > 0 }
  a + s.len()                      // error: [E0305] "may be null"
}
fn in_loop(s: String?) -> Int {
  var x: String? = "a"
  var n = 0
  for i in 0..3 {
    n += x.len() + i               // error: [E0305] "may be null"
    x = s
  }
  n
}
"#,
    );
}

#[test]
fn calls() {
    expect(
        r#"
record P { x: Int, y: Int = 0, z: String? }
enum V { A, B(n: Int, s: String) }
fn f(a: Int, b: String = "b", c: Int? = null) -> Int { a + b.len() + (c ?? 0) }
fn g() {
  let a = f()                         // error: [E0303] "lacks `a`"
  let b = f(1, "x", 2, 3)             // error: [E0303] "takes 3 arguments, found 4"
  let c = f(1, d: 2)                  // error: [E0208] "no parameter `d`"
  let d = f(a: 1, a: 2)               // error: [E0303] "given twice"
  let e = f("x")                      // error: [E0301] "expected Int, found String"
  let h = f(c: 1, a: 2)
  let i = P { }                       // error: [E0304] "lacks `x`"
  let j = P { x: 1, w: 2 }            // error: [E0205] "no field `w`"
  let k = P { x: "a" }                // error: [E0301] "expected Int, found String"
  let l = P { x: 1, x: 2 }            // error: [E0202] "twice"
  let m = V.B(1)                      // error: [E0303] "lacks `s`"
  let n = V.B(1, s: "x")              // error: [E0303] "by position or by name, not both"
  let o = V.C                         // error: [E0207] "no variant `C`"
  let p = V.A()                       // error: [E0303] "no payload"
  let q = 3(4)                        // error: [E0306] "cannot be called"
  let r = [1].map((a, _) => a)        // error: [E0303] "function of 1 parameter"
  let s = [1].map(x => x.foo)         // error: [E0205] "no field `foo`"
  let t = [1].fold(0, (_, _) => "")     // error: [E0301] "expected Int, found String"
  let u = [P { x: 1 }].sort()         // error: [E0315] "`sort` needs"
  let v = ["a"].sum()                 // error: [E0301] "expected List<Int>, found List<String>"
  let w = [1].group_by(x => [x])      // error: [E0301] "cannot be one"
  let _ = (a, b, c, d, e, h, i, j, k, l, m, n, o, p, q, r, s, t, u, v, w)
}
"#,
    );
}

#[test]
fn results_of_bodies() {
    expect(
        r#"
fn a() -> Int { }                   // error: [E0301] "ends without a value: expected Int"
fn b() -> Int { "x" }               // error: [E0301] "expected Int, found String"
fn c(x: Int) -> Int {
  if x > 0 { return "a" }           // error: [E0301] "expected Int, found String"
  1
}
fn d(x: Int) -> Int {
  if x > 0 { return 1 } else { return 2 }
}
fn e(x: Int) -> Int { while true { if x > 3 { return x } } }
fn f() { return 3 }                 // error: [E0301] "expected Null, found Int"
fn g(x: Int) -> Int {
  return x
  let y = 3                         // warning: [W0106] "never be reached"
  y
}
fn h(x: Int) -> Int? { if x > 0 { x } else { null } }
fn i(x: Int) -> Int {
  for y in [x] { if y > 0 { return y } }
}                                   // error: [E0301] "ends without a value"
"#,
    );
}

#[test]
fn unused_and_idle() {
    expect(
        r#"
fn f(a: Int, b: Int) -> Int {   // warning: [W0103] "parameter `b`"
  let c = 1                     // warning: [W0101] "`c`"
  let _d = 2
  a + 1                         // error: [E0310] "nobody uses this value of type Int"
  [1].map(x => x)               // error: [E0310] "of type List<Int>"
  var xs = [1]
  xs.push(2)
  if a > 0 { a }                // error: [E0310] "of type Int"
  a
}
"#,
    );
}

#[test]
fn assignments() {
    expect(
        r#"
record R { a: Int, m: Map<String, List<Int>> }
const C: Int = 1
fn f(p: Int, r: R) {
  let a = 1
  a = 2                        // error: [E0314] "not declared with `var`"
  p = 3                        // error: [E0314] "is a parameter"
  C = 3                        // error: [E0314] "is a const"
  q = 3                        // error: [E0201] "no `q`"
  var b = 1
  b = "x"                      // error: [E0301] "expected Int, found String"
  b += 1.5                     // error: [E0307] "`+` does not work on Int and Float"
  var s = r
  s.a = 2
  s.m["k"][0] = 3
  s.m["k"].push(4)
  s.b = 1                      // error: [E0205] "no field `b`"
  r.a = 2                      // error: [E0314] "is a parameter"
  let xs = [1]
  xs.push(1)                   // error: [E0314] "cannot be changed"
  [1].push(2)                  // error: [E0314] "cannot be changed"
  var n = 0
  let ys = [1].map(x => { n += x  x })  // error: [E0403] "belongs to the body outside"
  let _ = (a, b, ys)
}
"#,
    );
}

#[test]
fn casts() {
    expect(
        r#"
record P { a: Int }
fn f(j: Json, s: String, n: Int) {
  let a = j as P
  let b = s as Int              // error: [E0311] "can never succeed: String as Int"
  let c = n as String           // error: [E0311] "can never succeed"
  let d = n as Json
  let e = P { a: 1 } as Map<String, Int>
  let g = [1] as P              // error: [E0311] "can never succeed"
  let _ = (a, b, c, d, e, g)
}
"#,
    );
}

#[test]
fn jumps_out_of_nowhere() {
    expect(
        r#"
const A: Int = return 3        // error: [E0317] "`return` has nothing to leave"
fn f() {
  break                        // error: [E0317] "no loop"
}
fn g(xs: List<Int>) {
  for x in xs {
    let ys = xs.map(y => { if y > x { continue }  y })  // error: [E0317] "no loop"
    let _ = ys
  }
}
"#,
    );
}

#[test]
fn declared_types() {
    expect(
        r#"
record A { b: B, f: fn(Int) -> Int }     // error: [E0316] "no value of `A` could ever end" ;; error: [E0319] "function type"
record B { a: A }
enum C { D(c: C) }                       // error: [E0316] "no value of `C` could ever end"
record E { next: E?, all: List<E>, m: Map<Int, E> }
type F = List<F>                         // error: [E0316] "`F` stands for itself"
type G = Map<List<Int>, Int>             // error: [E0319] "cannot be the key"
type H = List<Int, Int>                  // error: [E0312] "takes 1 type argument, found 2"
fn i(x: Strng) -> Int { x }              // error: [E0204] "no type `Strng`"
fn j<T>(x: T) -> T { x + x }             // error: [E0307] "does not work on T and T"
signal s: Job<Int>                       // error: [E0309] "must have a JSON form"
const K: Int = L                         // error: [E0320] "defined by itself"
const L: Int = m()
fn m() -> Int { K }
"#,
    );
}

#[test]
fn numbers_beyond_their_type() {
    expect_body(
        r#"
let a = 9223372036854775807
let b = -9223372036854775808
let c = 9223372036854775808            // error: [E0313] "does not fit an Int"
let d: Decimal = 9223372036854775808
let _ = (a, b, c, d)
"#,
    );
}

#[test]
fn comparisons_with_null_that_say_nothing() {
    expect(
        r#"
fn f(x: Int?, y: Int) -> Bool {
  if x == null { return true }
  let a = x != null       // warning: [W0108] "it is an Int: the comparison is always true"
  let b = null == y       // warning: [W0108] "always false"
  a || b
}
"#,
    );
}
