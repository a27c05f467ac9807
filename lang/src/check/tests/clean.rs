//! Programs without a mistake, one part of the language each.

use super::expect;

#[test]
fn values_and_blocks() {
    expect(
        r#"
const LIMIT: Int = 10
const HALF: Float = LIMIT_F / 2
const LIMIT_F: Float = 20
const NAMES: List<String> = ["a", "b"]
const PRICE: Decimal = 12

fn area(w: Float, h: Float = 2) -> Float { w * h }
fn sign(x: Int) -> String {
  if x < 0 { "minus" } else if x == 0 { "zero" } else { "plus" }
}
fn total(xs: List<Int>) -> Int {
  var sum = 0
  for x in xs { sum += x }
  for i in 0..LIMIT { sum += i * 2 }
  for i, x in xs { sum = sum + i * x }
  while sum > 1_000 { sum -= 1 }
  sum
}
fn texts(name: String, n: Int, t: Duration) -> String {
  let greeting = "Hello {name}, {n} times in {t}, {n > 3} {NAMES} {[1, 2]}"
  greeting + "!"
}
fn early(x: Int?) -> Int {
  if x == null { return 0 }
  x + 1
}
fn pair() -> (Int, String) { (1, "a") }
fn use_all() -> Float {
  let (n, s) = pair()
  let t = pair()
  assert n == t.0, "same {s}"
  area(1) + area(h: 1, w: 2.5) + HALF
}
fn money(a: Decimal) -> Decimal { (a + 0.50d) * 2 - PRICE }
fn spans(t: Timestamp, d: Duration) -> Duration { (t + d) - (t - 1h30m) + d * 2 - d / 3 }
"#,
    );
}

#[test]
fn records_enums_generics() {
    expect(
        r#"
enum Shape { Dot, Circle(radius: Float), Box(w: Float, h: Float) }
record Page<T> { items: List<T>, next: String?, count: Int = 0 }
record Tree { value: Int, children: List<Tree> }
enum Chain { End, Link(value: Int, rest: Chain) }
type Ids = List<Int>
type Pages<T> = List<Page<T>>

fn area(s: Shape) -> Float {
  match s {
    .Dot => 0
    .Circle(r) => 3.14 * r * r
    .Box(w: a, h: b) => a * b
  }
}
fn first_page<T>(pages: Pages<T>) -> Page<T>? { pages.first() }
fn wrap<T>(x: T) -> Page<T> { Page { items: [x], next: null } }
fn same<T>(a: T, b: T) -> Bool { a == b }
fn show<T>(a: T) -> String { "{a}" }
fn sum(t: Tree) -> Int { t.children.fold(t.value, (acc, c) => acc + sum(c)) }
fn length(c: Chain) -> Int {
  match c {
    .End => 0
    .Link(_, rest) => 1 + length(rest)
  }
}
fn test_all(ids: Ids) -> Float {
  let p = wrap(ids.len())
  let q = Page { ..p, count: 2 }
  let shapes = [Shape.Dot, .Circle(2), .Box(h: 1, w: 2)]
  let c: Chain = .Link(1, .End)
  assert same(p.count, 1) && show(q) != "" && length(c) == 1
  let first = first_page([p])
  let next = first?.next ?? "none"
  assert next == "none" && sum(Tree { value: 1, children: [] }) == 1
  shapes.map(s => area(s)).sum()
}
fn result(x: Int) -> Result<Int> {
  let tried = try early(x)
  match tried {
    .Ok(v) if v > 3 => .Ok(v)
    .Ok(v) => Result.Ok(v + 1)
    .Err(e) => .Err(e)
  }
}
fn early(x: Int) -> Int { if x > 3 { x } else { fail "too small: {x}" } }
fn kind(e: Error) -> String {
  match e.kind {
    .Timeout | .Unavailable => "later"
    .Other(name) => name
    _ => e.kind.name()
  }
}
fn guarded() -> Int {
  try { early(1) } catch e { kind(e).len() }
}
fn refuse() -> Int { fail Error { kind: .Rejected, message: "no" } }
"#,
    );
}

#[test]
fn narrowing() {
    expect(
        r#"
record User { name: String, boss: User?, age: Int? }

fn a(x: Int?) -> Int { if x != null && x > 3 { x } else { 0 } }
fn b(x: Int?) -> Int { if x == null || x < 3 { 0 } else { x } }
fn c(u: User) -> String {
  if u.boss != null { return u.boss.name }
  u.name
}
fn d(u: User?) -> Int {
  if u?.age == null { return 0 }
  u.age + 1
}
fn e(x: Int?) -> Int {
  assert x != null
  x + 1
}
fn f(x: String?) -> Int {
  var at = x
  var n = 0
  while at != null {
    n += at.len()
    at = if n > 10 { null } else { "more" }
  }
  n
}
fn g(x: Int?) -> Int {
  if let y = x { y + 1 } else { 0 }
}
fn h(x: Int?) -> Int {
  match x {
    null => 0
    y => y + 1
  }
}
fn i(x: Int?) -> List<Int> {
  if x == null { return [] }
  [1, 2].map(n => n + x)
}
fn j(x: Int?, y: Int?) -> Int {
  let z = x ?? y ?? fail "none"
  z + (x ?? 0)
}
fn k(x: Int?) -> Int {
  if !(x == null) { x } else { 1 }
}
fn l(x: Int?) -> Int {
  var v: Int? = null
  if x != null { v = x } else { v = 3 }
  v + 1
}
fn m(x: String?) -> Bool { x == "a" && x.len() == 1 }
fn n(x: Int?) -> Int {
  match x {
    v if v != null && v > 3 => v
    null => 0
    1 => 1
    v => v + 1
  }
}
"#,
    );
}

#[test]
fn json() {
    expect(
        r#"
record P { a: Int, b: String? }
fn build(p: P, xs: List<Int>) -> Json {
  let name = "n"
  json { name, "other-key": p, nested: [1, null, { deep: xs }], ..json { z: 1 }, all: [..xs, 2], e: 1 + 2 }
}
fn read(j: Json) -> String {
  let a = j.a.b
  let c = j["c"][0]
  var k = j
  k.x.y = 3
  k["z"] = "text"
  k.list = [1, 2]
  let s = (j.name ?? "x") as String
  let n = match j {
    .Null => "null"
    .Bool(true) => "yes"
    .Bool(b) => "{b}"
    .Number(n) => "{n + 1}"
    .String(t) => t
    .List(xs) => "{xs.len()}"
    .Object(m) => m.keys().join(",")
  }
  let m = match j { "a" => 1, 12 => 2, null => 3, [x, ..] => if x == 1 { 1 } else { 2 }, _ => 4 }
  let p = j as P
  let xs = j as List<Int>
  let ok = j.has("a") && a == c && j.name == "x" && k != null
  "{s}{n}{m}{p.a}{xs}{ok}{json.parse("[1]")}"
}
fn mixed() -> List<Json> { [1, "a", null, json { a: 1 }] }
fn any() -> Json { [1, 2] }
fn opt(x: Int?) -> Json { x }
"#,
    );
}

#[test]
fn library_of_lists_strings_maps() {
    expect(
        r#"
enum Color { Red, Green }
fn lists(xs: List<Int>, ys: List<String>) -> Int {
  let a = xs.map(x => x * 2).filter(x => x > 2).take(3).drop(1).reverse().sort()
  let b = xs.flat_map(x => [x, x]).unique().slice(1, 2)
  let c = ys.sort_by(y => y.len()).sort_with((p, q) => p.len() - q.len()).join(", ")
  let d = ys.group_by(y => y.slice(0, 1)).keys()
  let e = xs.zip(ys).map(((x, y)) => "{x}{y}")
  let f = xs.each_with_index((i, x) => i + x).sum()
  let g = xs.any(x => x == 1) || xs.all(x => x == 1) || xs.contains(3) || 3 in xs
  let h = xs.find(x => x > 1) ?? xs.position(x => x > 2) ?? xs.min() ?? xs.max() ?? 0
  let i = xs.chunk(2).map(part => part.sum())
  let j = xs.first() ?? xs.last() ?? xs.get(3) ?? 1
  let k = ys.fold("", (acc, y) => acc + y).len()
  let l = xs + [1, 2] + [..xs, 3]
  var m: List<Int> = []
  m.push(1)
  m.insert(0, 3)
  let n = m.pop()
  let o = m.remove_at(0)
  m.clear()
  let p = xs |> map(x => x + 1) |> double()
  let even = xs.map(is_even)
  a.len() + b.len() + c.len() + d.len() + e.len() + f + h + i.len() + j + k + l.len() + (n ?? 0) + o + p.len() + even.len() + (if g { 1 } else { 0 })
}
fn double(xs: List<Int>) -> List<Int> { xs + xs }
fn is_even(x: Int) -> Bool { x % 2 == 0 }
fn strings(s: String) -> Int {
  let a = s.lines().len() + s.chars().len() + s.split(",").len() + s.len()
  let b = s.trim().upper().lower().replace("a", "b").drop_prefix("x").drop_suffix("y").repeat(2).pad(5).pad(5, with: "0")
  let c = s.starts_with("a") || s.ends_with("b") || s.contains("c") || "d" in s || s.matches(r"^\d+$")
  let d = s.to_int() ?? 0
  let e = s.captures("(a)(b)")
  if let groups = e { assert (groups[1] ?? "") == "a" }
  a + b.len() + d + (if c { 1 } else { 0 })
}
fn maps(m: Map<String, Int>) -> Int {
  var n = m
  n["a"] = 1
  n["a"] += 2
  let gone = n.delete("b")
  var sum = 0
  for k, v in m { sum += v + k.len() }
  let colors: Map<Color, List<Int>> = [.Red: [1], .Green: []]
  let inverted = ["x": 1].merge(m).put("y", 2).remove("x")
  for entry in m.entries() { sum += entry.value }
  sum + n.len() + (gone ?? 0) + (m.get("x") ?? 0) + m["x"] + colors.len() + inverted.values().sum() + (if "a" in m && m.has("b") { 1 } else { 0 })
}
fn numbers(a: Int, f: Float, d: Decimal) -> Float {
  let x = math.abs(a) + math.min(a, 3) + math.pow(2, a) + (f.to_int() ?? 0) + (d.to_int() ?? 0)
  let y = math.abs(-1.5) + math.floor(f) + math.sqrt(f) + math.pow(f, 2) + math.max(f, 1) + a.to_float()
  let z = math.abs(d) + d.round(2) + a.to_decimal()
  y + x.to_float() + z.to_float()
}
fn times(t: Timestamp) -> String {
  let u = time.parse("2026-01-01T00:00:00Z")
  assert t > u && (t - u).to_millis() > 0 && 1h > 30m
  t.format("%Y-%m-%d") + t.format("%H", zone: "Europe/Berlin") + std.hash.sha256("a") + base64.encode("a") + url.encode("b") + (12).to_text() + [1].to_json()
}
"#,
    );
}

#[test]
fn closures_capture_and_nest() {
    expect(
        r#"
fn f(xs: List<List<Int>>, k: Int?) -> List<List<Int>> {
  let offset = 3
  if k == null { return xs }
  xs.map(row => row.filter(x => x > offset).map(x => x + k + offset))
}
fn apply(f: fn(Int, Int) -> Int, a: Int) -> Int { f(a, 2) }
fn g() -> Int { apply((a, b) => { let c = a + b  c * 2 }, 3) + apply(plus, 1) }
fn plus(a: Int, b: Int) -> Int { a + b }
fn nested(xs: List<(String, Int)>) -> Map<String, Int> {
  var out: Map<String, Int> = [:]
  for (name, n) in xs { out[name] = n }
  let unused_names = xs.map(((_, n)) => n).sum()
  out["sum"] = unused_names
  out
}
fn empty() -> List<String> { let xs: List<String> = []  xs }
fn early_lambda(xs: List<Int>) -> List<String> {
  xs.map(x => {
    if x > 3 { return "big" }
    "small"
  })
}
"#,
    );
}
