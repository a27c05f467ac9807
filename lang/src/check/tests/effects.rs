//! Effects and where they may stand.

use super::expect;

const TOOLS: &str = r#"
flow keep() { post(read(1)) }
tool read(x: Int) -> String { via host  readonly }
tool post(x: String) -> Null { via host }
signal approval: Bool
"#;

fn expect_with_tools(text: &str) {
    expect(&format!("{text}{TOOLS}"));
}

#[test]
fn effects_stand_anywhere_in_effectful_code() {
    expect_with_tools(
        r#"
flow helper(n: Int) -> String {
  if n > 3 { return read(n) }
  var out = ""
  for i in 0..n { out += read(i) }
  while random() < 0.5 { sleep(1s) }
  let t = try post(out)
  match t {
    .Ok(_) => note("fine")
    .Err(e) => note("failed", json { e })
  }
  let r = try { read(1) } catch e { e.message }
  out + r + helper(n - 1)
}
agent main(urls: List<Int>) -> List<String> {
  let started = now()
  let pages = each i, u in urls, at most 2 + 1 {
    if u == 3 { return "three" }
    let page = read(u)
    "{i}: {page} {started}"
  }
  let results = each u in urls { try read(u) }
  let good = results.filter(r => match r { .Ok(_) => true, _ => false })
  let ok = await approval ask "Sure?" show pages to "ann" within 1h else false
  let wait = await approval
  if ok && wait { post(helper(good.len())) }
  sleep_until(now() + 1h)
  let id = uuid() + job.id
  let n = random_int(1, 6)
  let home = env.HOME ?? "none"
  let all = file.list("x").map(f => f.trim())
  file.write("a", file.read("b") + id + home + env.PATH)
  let got = http.get("http://x/{n}")
  let ran = exec.run(["git", "log"], stdin: null)
  assert got.status == 200 && ran.code == 0 && all.len() > 0
  each u in urls { post("{u}") }
  pages
}
"#,
    );
}

#[test]
fn pure_places_refuse_effects() {
    expect_with_tools(
        r#"
const A: String = read(1)                 // error: [E0401] "the const `A` is pure and cannot call the tool `read`"
fn f(x: Int) -> String { read(x) }        // error: [E0401] "the fn `f` is pure and cannot call the tool `read`"
fn g(x: Int = helper()) -> Int { x }      // error: [E0401] "the default of `x` is pure and cannot run the flow `helper`"
flow helper() -> Int {
  let xs = [1].map(x => read(x))          // error: [E0401] "a lambda is pure"
  match xs {
    ys if read(1) == "" => ys.len()       // error: [E0401] "the guard is pure"
    _ => 1
  }
}
agent main() -> Int? {
  task b when random() > 0.5 = helper()   // error: [E0401] "the `when` of `b` is pure and cannot draw a random number"
  let c = now()                           // error: [E0401] "cannot read the clock"
  task d = "{c} {b ?? 1}"
  task e = fn_value(d)
  return e
}
fn fn_value(x: String) -> Int { [x].map(_ => env.HOME).len() }  // error: [E0401] "read the environment variable `HOME`"
"#,
    );
}

#[test]
fn awaits() {
    expect_with_tools(
        r#"
agent main(n: Int) -> Int {
  let c = await approval show n               // error: [E0404] "belong to a question"
  let d = await read                          // error: [E0209] "`read` is a tool"
  let e = await aproval                       // error: [E0201] "no `aproval`"
  let f = await approval within 1h else null
  let g = await approval within 1h else "x"   // error: [E0301] "expected Bool, found String"
  let h = await approval within 1h else fail "late"
  let i = await approval within 5 else false  // error: [E0301] "expected Duration, found Int"
  let _ = (c, d, e, f ?? false, g, h, i)
  let x = approval                            // error: [E0209] "is a signal, not a value"
  post                                        // error: [E0209] "is a tool, not a value"
  main(1)                                     // error: [E0306] "is an agent and cannot be called"
  let _ = x
  n
}
"#,
    );
}

#[test]
fn fan_out_may_not_write_outside() {
    expect_with_tools(
        r#"
flow f(xs: List<Int>) -> Int {
  var n = 0
  each x in xs { n += x }                  // error: [E0403] "belongs to the body outside"
  each x in xs, at most 0 { post("{x}") }  // error: [E0313] "at least 1"
  each x in 5 { post("{x}") }              // error: [E0308] "expected a List, found Int"
  n
}
"#,
    );
}
