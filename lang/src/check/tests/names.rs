//! Names: unknown, misspelt, twice, hidden.

use super::{checked, expect};

#[test]
fn unknown_and_misspelt() {
    expect(
        r#"
enum Kind { Feature, Fix }
record Change { title: String }
fn classify(line: String) -> Kind { if line == "" { .Feture } else { .Fix } }   // error: [E0207] "no variant `Feture`"
fn f(c: Change) -> Int {
  let a = clasify("x")      // error: [E0201] "no `clasify`"
  let b = c.titel           // error: [E0205] "no field `titel`"
  let d = "x".lenght()      // error: [E0206] "no method `lenght`"
  let e = math.flor(1.0)    // error: [E0206] "`math` has no function `flor`"
  let g = Chang { title: "" }  // error: [E0204] "no type `Chang`"
  let h = c2                // error: [E0201] "no `c2`"
  let i = Change            // error: [E0209] "is a type, not a value"
  let j = len("x")          // error: [E0201] "but a method"
  let k = f
  let l = "x".classify()    // error: [E0206] "no method `classify`"
  let m = "x".len           // error: [E0205] "is a method"
  print("x")                // error: [E0201] "no `print`"
  let _ = (a, b, d, e, g, h, i, j, l, m)
  k                         // error: [E0301] "expected Int, found fn(Change) -> Int"
}
"#,
    );
}

#[test]
fn twice_and_hidden() {
    expect(
        r#"
fn a() { }
fn a() { }                      // error: [E0202] "`a` is declared twice"
record R { x: Int, x: Int }     // error: [E0202] "`x` is declared twice"
enum E { A, A }                 // error: [E0202] "`A` is declared twice"
fn f(x: Int, y: Int) -> Int {   // warning: [W0103] "parameter `x`"
  let x = 2                     // error: [E0203] "`x` would hide"
  let zs = [1].map(y => y)      // error: [E0203] "`y` would hide"
  if y > 0 { let q = 1  assert q > 0 }
  if y > 1 { let q = 2  assert q > 0 }
  let a = 3
  x + y + a + zs.len()
}
"#,
    );
}

#[test]
fn suggestions_and_fixes() {
    let (done, _) = checked("fn f() -> Int { let count = 1  cuont + count }\n");
    let error = &done.diagnostics[0];
    assert_eq!(error.help.as_deref(), Some("did you mean `count`?"));
    assert_eq!(error.fixes[0].edits[0].text, "count");
    let (done, sources) = checked("record U { n: String }\nfn f(u: U?) -> String { u.n ?? \"\" }\n");
    let fix = &done.diagnostics[0].fixes[0];
    assert_eq!((sources.text(fix.edits[0].span), fix.edits[0].text.as_str()), (".", "?."));
}

#[test]
fn parts_that_cannot_be_compiled_yet_say_so_once() {
    expect(
        r#"
import "./billing.aeth"                  // error: [E0210] "was not looked for"
flow f(a: Int) -> Int {
  let c = billing.charge(a)
  a + c
}
"#,
    );
}
