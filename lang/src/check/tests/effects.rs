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

#[test]
fn races_deadlines_and_retries() {
    expect_with_tools(
        r#"
flow f(n: Int) -> String {
  let first = race { a => read(1), b => { sleep(1s)  "late" } }
  let maybe = race { a => read(1), b => { await approval  null } }
  race { a => post("x"), b => sleep(1s) }
  let timed = within 5s { read(2) } else { "none" }
  let number: Int? = within 1m { n } else { null }
  within 1s { post("y") } else { note("late") }
  let pause = 500ms
  let again = retry n { read(3) }
  let on_kinds = retry 2 on [.Unavailable, ErrorKind.Timeout, .Other] backoff pause to 30s rate 1.5 jitter off {
    let text = read(4)
    if text == "" { fail "empty" }
    text.len()
  }
  let nested = within 1h { retry 1 { race { a => read(5), b => read(6) } } } else { fail "late" }
  first + (maybe ?? "") + timed + again + nested + "{number ?? 0} {on_kinds}"
}
flow jumps(xs: List<Int>) -> Int {
  var sum = 0
  for x in xs {
    let got = within 1s {
      if x == 1 { continue }
      if x == 2 { break }
      retry 1 { if x == 3 { return 7 }  x }
    } else { return -1 }
    sum += got
  }
  while true {
    retry 1 { if sum > 3 { break }  post("z") }
    sum += 1
  }
  sum
}
flow early() -> Int { race { a => { if random() < 0.5 { return 1 }  2 }, b => { return 3 } } }
"#,
    );
}

#[test]
fn mistakes_in_races_deadlines_and_retries() {
    expect_with_tools(
        r#"
flow f(n: Int) -> Int {
  race { }                                    // error: [E0405] "at least one arm"
  let a = race { x => 1, x => 2 }             // error: [E0202] "`x` is declared twice"
  let b = race { x => 1, y => "two" }         // error: [E0301] "expected Int, found String"
  let c = within 5 { 1 } else { 2 }           // error: [E0301] "expected Duration, found Int"
  let d = within 5s { 1 } else { "x" }        // error: [E0301] "expected Int, found String"
  let e = "2"
  let g = retry 2 on [.Slow] { read(1) }      // error: [E0207] "Slow"
  let h = retry 2 backoff 5s to 1s { read(1) }   // error: [E0313] "shorter than the first one"
  let i = retry e { read(1) }                 // error: [E0301] "expected Int, found String"
  let j = retry 2 jitter some { read(1) }     // error: [E0501] "`jitter` is `off` or left out"
  let k = retry 2 rate 0.5 { read(1) }        // error: [E0313] "at least 1"
  var outer = 0
  retry 1 { outer += 1 }                      // error: [E0403] "belongs to the body outside"
  within 1s { outer = 2 } else { outer = 3 }  // error: [E0403] "belongs to the body outside"
  race { x => { outer = 1  post("a") }, y => post("b") }   // error: [E0403] "belongs to the body outside"
  race { x => { break } }                     // error: [E0317] "no loop here"
  for _ in [1] { race { x => { continue } } } // error: [E0317] "no loop here"
  let _ = (a, b, c, d, e, g, h, i, j, k)
  n + outer
}
fn pure(n: Int) -> Int { within 1s { n } else { 0 } }   // error: [E0401] "set a deadline with `within`"
fn also(n: Int) -> Int { retry 1 { n } }                // error: [E0401] "run a `retry`"
fn third(n: Int) -> Int { race { a => n } }             // error: [E0401] "run a `race`"
"#,
    );
}

#[test]
fn the_way_to_an_effect_is_named() {
    expect_with_tools(
        r#"
const LIMIT: Int = first(1)
fn first(x: Int) -> Int { second(x) + 1 }
fn second(x: Int) -> Int { [x].map(y => third(y)).len() }
fn third(x: Int) -> Int { read(x).len() }    // error: [E0401] "the fn `third` is pure and cannot call the tool `read`; the way to it: the const `LIMIT` → `first` → `second` → `third` → `read`"
fn by_flow() { outer() }                     // error: [E0401] "cannot run the flow `outer`; the way to it: `by_flow` → `outer` → `keep` → `post`"
flow outer() { keep() }
fn alone() -> Timestamp { now() }            // error: [E0401] "the fn `alone` is pure and cannot read the clock"
fn circle(n: Int) -> Float { if n > 0 { circle(n - 1) } else { random() } }   // error: [E0401] "the way to it: the agent `main` → `circle` → `random`"
agent main() -> Float { return circle(LIMIT) }
"#,
    );
}
