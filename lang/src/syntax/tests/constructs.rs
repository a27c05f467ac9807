//! Each construct of the grammar at least once: source and the shape of its tree.

use super::shape;
use crate::span::FileId;
use crate::syntax::ast::ItemKind;
use crate::syntax::parse::{parse, parse_strict};

/// The shapes of the declarations of a text that must be without mistakes, through both entries.
fn items(text: &str) -> Vec<String> {
    let parsed = parse(FileId(0), text);
    let messages: Vec<_> = parsed.diagnostics.iter().map(|d| (&d.message, d.span())).collect();
    assert!(messages.is_empty(), "{text}\n{messages:?}");
    assert_eq!(parse_strict(FileId(0), text).as_ref(), Some(&parsed.file), "{text}");
    parsed.file.items.iter().map(shape::item).collect()
}

/// The shape of statements.
fn body(text: &str) -> String {
    let source = format!("fn f() {{\n{text}\n}}\n");
    let parsed = parse(FileId(0), &source);
    items(&source);
    match &parsed.file.items[0].kind {
        ItemKind::Fn(function) => {
            let shape = shape::block(&function.body);
            shape[1..shape.len() - 1].to_owned()
        }
        _ => "no function".to_owned(),
    }
}

fn check(table: &[(&str, &str)], shape: impl std::ops::Fn(&str) -> String) {
    let wrong: Vec<String> = table
        .iter()
        .map(|(source, expected)| (source, *expected, shape(source)))
        .filter(|(_, expected, found)| expected != found)
        .map(|(source, expected, found)| format!("{source}\n  expected {expected}\n  found    {found}\n"))
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn operators() {
    let table = [
        ("a + b * c - d", "(Sub (Add a (Mul b c)) d)"),
        ("a || b && c == d ?? e", "(Or a (And b (Eq c (Coalesce d e))))"),
        ("a ?? b..c + 1", "(Coalesce a (.. b (Add c 1)))"),
        ("1..=n", "(..= 1 n)"),
        ("a in 1..5", "(In a (.. 1 5))"),
        ("-a as Int", "(Neg (as a Int))"),
        ("!a.b && -c * d", "(And (Not a.b) (Mul (Neg c) d))"),
        ("xs |> f(1) |> billing.g", "(|> (|> xs (call f 1)) billing.g)"),
        ("a % b / c", "(Div (Rem a b) c)"),
        ("a as T? ?? b", "(Coalesce (as a T?) b)"),
        ("a as T ?? b", "(Coalesce (as a T) b)"),
        ("a as T?.b", "(as a T)?.b"),
        ("a as List<Int> < b", "(Lt (as a List<Int>) b)"),
        ("a < b && c > d", "(And (Lt a b) (Gt c d))"),
        ("a <= b || c >= d || e != f", "(Or (Or (Le a b) (Ge c d)) (Ne e f))"),
        ("try f() ?? x", "(Coalesce (try (call f)) x)"),
        ("run f(1) == null", "(Eq (run (call f 1)) null)"),
        ("let j = start f(1)", "let j = (start (call f 1))"),
        ("- - a", "(Neg (Neg a))"),
        ("a.b?.c.0.1[2](3)", "(call a.b?.c.0.1[2] 3)"),
        ("-9223372036854775808", "(Neg big9223372036854775808)"),
    ];
    check(&table, body);
}

#[test]
fn lines() {
    let table = [
        ("a +\n b", "(Add a b)"),
        ("a\n-b", "a; (Neg b)"),
        ("a\n  .b()\n\n  // why\n  ?.c", "(call a.b)?.c"),
        ("a\n.Variant", "a; .Variant"),
        ("a\n|> f()\n?? b\n&& c\n|| d", "(|> a (Or (And (Coalesce (call f) b) c) d))"),
        ("f\n(a)", "f; (paren a)"),
        ("f (a)", "(call f a)"),
        ("xs\n[1]", "xs; [1]"),
        ("var xs = [1]  xs.push(2)", "var xs = [1]; (call xs.push 2)"),
        ("let x =\n  1", "let x = 1"),
        ("if a {\n 1\n}\nelse {\n 2\n}", "(if a {1} else {2})"),
        ("try {\n a\n}\ncatch e {\n b\n}", "(try {a} catch e {b})"),
        ("await s\n  ask \"q\"\n  within 1h\n  else 2", "(await s ask \"q\" within 3600000ms else 2)"),
        ("await s\nask(1)", "(await s); (call ask 1)"),
        ("await s\nwithin 1h { a } else { b }", "(await s); (within 3600000ms {a} else {b})"),
        ("f(\n a\n b,\n\n c,\n)", "(call f a b c)"),
        ("[\n 1\n 2, 3\n]", "[1 2 3]"),
        ("return\na", "(return); a"),
        ("return a", "(return a)"),
        ("a // b\r\nc", "a; c"),
    ];
    check(&table, body);
}

#[test]
fn literals() {
    let table = [
        ("[1_000, 0xff, 0b1, 1.5, 1e-3, 12.50d]", "[1000 255 1 1.5 0.001 12.50d]"),
        ("[500ms, 1h30m, 2d]", "[500ms 5400000ms 172800000ms]"),
        ("[true, false, null]", "[true false null]"),
        (r#""a {b} c""#, r#"(text "a " b " c")"#),
        (r#""{a}{b}""#, "(text a b)"),
        (r#""}""#, r#""}""#),
        (r#""\n\t\r\"\\\{ \u{1F600}""#, r#""\n\t\r\"\\{ 😀""#),
        (r#""x {"y {z}"}""#, r#"(text "x " (text "y " z))"#),
        (r#""{f("a", {b})}""#, r#"(text (call f "a" {b}))"#),
        (r#"r"a\n{b}""#, r#""a\\n{b}""#),
        ("\"\"\"\n    a\n      b {c}\n\n    d\n    \"\"\"", r#"(text "a\n  b " c "\n\nd")"#),
        ("\"\"\"one \"quoted\" line\"\"\"", r#""one \"quoted\" line""#),
        ("\"\"\"\n  \"\"\"", r#""""#),
        ("\"\"\"\r\n  a\r\n  b\r\n  \"\"\"", r#""a\nb""#),
        ("r\"\"\"\n  a{\\n\n  \"\"\"", r#""a{\\n""#),
        ("\"\"", "\"\""),
        ("[]", "[]"),
        ("[:]", "(map )"),
        ("[a, ..b, c]", "[a ..b c]"),
        ("[\"k\": v, 2: w]", "(map \"k\":v 2:w)"),
        ("(a, b)", "(tuple a b)"),
        ("(a)", "(paren a)"),
    ];
    check(&table, body);
}

#[test]
fn compound_values() {
    let table = [
        ("Change { hash: \"a\", kind, title: t }", "(Change{hash= \"a\", kind, title= t})"),
        ("Change { ..old\n title: \"n\" }", "(Change{..old title= \"n\"})"),
        ("billing.Rec { a: 1 }", "(billing.Rec{a= 1})"),
        ("billing.Kind.Fix", "billing.Kind.Fix"),
        ("R { if: 1, in: 2 }", "(R{if= 1, in= 2})"),
        (".Revise(\"x\")", ".Revise(\"x\")"),
        (".Accept", ".Accept"),
        (".V()", ".V()"),
        ("f(a, within: b)", "(call f a within:b)"),
        (
            "json { key: e, \"other-key\": 1, nested: [1, null], shorthand, ..spread }",
            "(json {key e, other-key 1, nested [1 null], shorthand, ..spread})",
        ),
        ("json [{ a: { b: 1 } }, x.y + 1]", "(json [{a {b 1}} (Add x.y 1)])"),
        ("let json = 1", "let json = 1"),
        ("x => x + 1", "(fn [x] (Add x 1))"),
        ("(a, b) => { a }", "(fn [a b] {a})"),
        ("() => 1", "(fn [] 1)"),
        ("(x: Int, (a, _)) => x", "(fn [x:Int (a _)] x)"),
        ("(Change { title, hash: h, .. }) => title", "(fn [Change{title hash:h ..}] title)"),
        ("([a, ..rest]) => a", "(fn [[a ..rest]] a)"),
        ("a => b => c", "(fn [a] (fn [b] c))"),
        ("{ let a = 1\n a }", "{let a = 1; a}"),
    ];
    check(&table, body);
}

#[test]
fn statements() {
    let table = [
        ("let x: Int = 1", "let x: Int = 1"),
        ("let Change { title, .. } = c", "let Change{title ..} = c"),
        ("let (a, b) = t", "let (a b) = t"),
        ("var (a, b) = t", "var (a b) = t"),
        ("let _ = f()", "let _ = (call f)"),
        (
            "x = 1  x += 1  x -= 1  x *= 2  x /= 2  x %= 2",
            "x = 1; x Add= 1; x Sub= 1; x Mul= 2; x Div= 2; x Rem= 2",
        ),
        ("xs[0] = e\nm.a.b = e", "xs[0] = e; m.a.b = e"),
        ("assert a == b, \"message\"", "assert (Eq a b) \"message\""),
        ("assert a", "assert a"),
        ("if a { 1 } else if b { 2 } else { 3 }", "(if a {1} else (if b {2} else {3}))"),
        ("if let .Some(x) = a { x }", "(if (let .Some(x) a) {x})"),
        ("while a < b { break }", "(while (Lt a b) {break})"),
        ("while let x = next() { continue }", "(while (let x (call next)) {continue})"),
        ("for x in xs { x }", "(for x xs {x})"),
        ("for i, x in xs { x }", "(for i x xs {x})"),
        ("for (a, b) in pairs.map(p => p) { a }", "(for (a b) (call pairs.map (fn [p] p)) {a})"),
        ("fail \"m\"", "(fail \"m\")"),
        ("fail Error { kind: .Rejected, message: \"m\" }", "(fail (Error{kind= .Rejected, message= \"m\"}))"),
        ("let x = a ?? return b", "let x = (Coalesce a (return b))"),
        (
            "match m.get(k) ?? fail \"no\" { _ => 1 }",
            "(match (Coalesce (call m.get k) (fail \"no\")) (_ => 1))",
        ),
        ("if (R { a: 1 }) == r { 1 }", "(if (Eq (paren (R{a= 1})) r) {1})"),
        ("try { a } catch { b }", "(try {a} catch {b})"),
        ("try { a }", "(try {a})"),
    ];
    check(&table, body);
}

#[test]
fn patterns() {
    let table = [
        (
            "match x { 1 => a, -1 => b, 1.5 => c, \"t\" => d, null => e, true => f, _ => g }",
            "(match x (=1 => a) (=(Neg 1) => b) (=1.5 => c) (=\"t\" => d) (=null => e) (=true => f) (_ => g))",
        ),
        ("match x { 1..9 => a\n 10..=19 => b\n y => y }", "(match x (1..9 => a) (10..=19 => b) (y => y))"),
        (
            "match x { .A | .B => 1\n .C(n, ..) => n\n .D(reason: r) => r\n .E(..) => 2 }",
            "(match x (.A|.B => 1) (.C(n ..) => n) (.D(reason:r) => r) (.E( ..) => 2))",
        ),
        (
            "match x { Kind.Fix => 1, billing.Kind.Fix(y) => y }",
            "(match x (Kind.Fix => 1) (billing.Kind.Fix(y) => y))",
        ),
        ("match x { R { a, b: (p, q), .. } => p }", "(match x (R{a b:(p q) ..} => p))"),
        (
            "match x { [] => 0\n [a] => a\n [a, ..] => a\n [a, b, ..rest] => b }",
            "(match x ([] => 0) ([a] => a) ([a ..] => a) ([a b ..rest] => b))",
        ),
        ("match x { y @ .A(_) => y }", "(match x (y@.A(_) => y))"),
        (
            "match x { l if l.contains(\"feat\") => .Feature\n _ => .Other }",
            "(match x (l if (call l.contains \"feat\") => .Feature) (_ => .Other))",
        ),
        ("match x { c if c == R { a: 1 } => c }", "(match x (c if (Eq c (R{a= 1})) => c))"),
        ("match x { 5m => 1, 2.0d => 2 }", "(match x (=300000ms => 1) (=2.0d => 2))"),
        ("match x { .A => { y = 1 }\n .B => z }", "(match x (.A => {y = 1}) (.B => z))"),
    ];
    check(&table, body);
}

#[test]
fn effects() {
    let table = [
        ("await job", "(await job)"),
        (
            "await s ask \"q {x}\" show draft to \"who\" within 2d else false",
            "(await s ask (text \"q \" x) show draft to \"who\" within 172800000ms else false)",
        ),
        ("if await s within 1h else false { 1 }", "(if (await s within 3600000ms else false) {1})"),
        ("-await s ask \"q\" + 1", "(Neg (await s ask (Add \"q\" 1)))"),
        ("try await j.b", "(try (await j.b))"),
        ("each i, x in xs, at most n + 1 { f(x) }", "(each i x xs at-most (Add n 1) {(call f x)})"),
        ("each c in cs { c }", "(each c cs {c})"),
        ("race { a => f()\n b => sleep(1h) }", "(race a=>(call f) b=>(call sleep 3600000ms))"),
        ("within 1h { a } else { b }", "(within 3600000ms {a} else {b})"),
        (
            "retry 3 on [.Timeout, .Unavailable] backoff 1s to 1m rate 1.5 jitter off { f() }",
            "(retry 3 on [.Timeout .Unavailable] backoff 1000ms 60000ms rate 1.5 jitter off {(call f)})",
        ),
        ("retry n { f() }", "(retry n {(call f)})"),
        ("retry(1)\nlet retry = 2\nretry = 3", "(call retry 1); let retry = 2; retry = 3"),
        ("run = 1\nstart.x\nplan + task", "run = 1; start.x; (Add plan task)"),
        ("saga { a }", "(saga {a})"),
        (
            "plan for \"g {x}\" using [search, a.b] by m -> List<T> unattended",
            "(plan (text \"g \" x) using [search a.b] by m -> List<T> unattended)",
        ),
        ("run p", "(run p)"),
    ];
    check(&table, body);
}

#[test]
fn declarations() {
    let table = [
        ("import \"./billing.aeth\"", "(import \"./billing.aeth\")"),
        ("import \"./billing.aeth\" as pay", "(import \"./billing.aeth\" as pay)"),
        ("import { charge, Receipt } from \"./b.aeth\"", "(import \"./b.aeth\" (charge Receipt))"),
        ("const MAX: Int = 3", "(const MAX Int 3)"),
        (
            "/// Adds.\n/// Well.\nfn add<A, B>(a: A, /// The other.\n /// Second.\n b: B = 1) -> A { a }",
            "(fn add<A B> [a:A, b:B = 1 \"Second.\"] -> A {a} \"Adds.\\nWell.\")",
        ),
        (
            "fn f(g: fn(Int, A) -> B?, t: (A, B), x: billing.T?) { g }",
            "(fn f [g:fn(Int A) -> B?, t:(A B), x:billing.T?] {g})",
        ),
        ("fn f(m: Map<String, List<Int?>>, n: Int??) { m }", "(fn f [m:Map<String List<Int?>>, n:Int?] {m})"),
        (
            "record R<T> {\n  a: T\n  created_at as \"createdAt\": Timestamp = x\n /// D.\n if: Int, b: Int }",
            "(record R<T> [a:T, created_at as \"createdAt\":Timestamp = x, if:Int \"D.\", b:Int])",
        ),
        (
            "enum Verdict { Accept, Revise(reason: String)\n Other }",
            "(enum Verdict Accept Revise[reason:String] Other)",
        ),
        ("type Ids = List<Int>", "(type Ids List<Int>)"),
        ("signal approval: Result<Bool>", "(signal approval Result<Bool>)"),
        ("memory seen: Map<String, Timestamp>", "(memory seen Map<String Timestamp>)"),
        (
            "schedule nightly = every \"0 2 * * *\" in \"Europe/Berlin\" run digest(\"rust\")",
            "(schedule nightly \"0 2 * * *\" in \"Europe/Berlin\" (call digest \"rust\"))",
        ),
        ("schedule s = every 1h run d()", "(schedule s 3600000ms (call d))"),
        (
            "tool t(a: A) -> B {\n via http { method: \"POST\", headers: [\"a\": b]\n body: json { a } }\n idempotent for 24h timeout 20s\n retry 5 on [.Unavailable] backoff 500ms to 30s rate 1.5 jitter off\n not_done on [429, 503]\n limit 10 per 1m\n in_doubt fail\n lookup find(call.key) settle 1m\n confirm a == b\n undo d(result.id)\n}",
            "(tool t [a:A] -> B (via http (method \"POST\") (headers (map \"a\":b)) (body (json {a}))) (idempotent for 86400000ms) (timeout 20000ms) (retry 5 on [.Unavailable] backoff 500ms 30000ms rate 1.5 jitter off) (not_done 429 503) (limit 10 60000ms) (in_doubt fail) (lookup (call find call.key) settle 60000ms) (confirm (Eq a b)) (undo (call d result.id)))",
        ),
        (
            "tool t() { via host  once }\ntool u() { via host readonly }\ntool v() { via host idempotent }\ntool w() { via host idempotent always }",
            "(tool t [] (via host ) (once)) (tool u [] (via host ) (readonly)) (tool v [] (via host ) (idempotent)) (tool w [] (via host ) (idempotent always))",
        ),
        (
            "model writer {\n provider openai\n name \"gpt\"\n base_url env.URL   key secret.KEY\n temperature 0.2   max_tokens 2000\n}",
            "(model writer (provider openai) (name \"gpt\") (base_url env.URL) (key secret.KEY) (temperature 0.2) (max_tokens 2000))",
        ),
        (
            "prompt p(a: A) -> B {\n model writer\n history m\n tools [x, y]   turns 8\n system \"s\"\n user \"u\"\n retry 2\n}",
            "(prompt p [a:A] -> B (model writer) (history m) (tools [x y]) (turns 8) (system \"s\") (user \"u\") retry 2)",
        ),
        (
            "agent a(x: Int) -> Int? {\n budget { tokens 50_000  cost 2.00d  calls 200  time 1h }\n key x\n /// First.\n task a = f(x)\n task b: Int after a, c when a == 1 = g(a)\n let y = 1\n return b\n}",
            "(Agent a [x:Int] -> Int? budget (tokens 50000) (cost 2.00d) (calls 200) (time 3600000ms) key x (task a (call f x) \"First.\") (task b: Int after a c when (Eq a 1) (call g a)) (let y 1) (return b))",
        ),
        ("flow f() -> Int { let x = g()\n x + 1 }", "(Flow f [] -> Int {let x = (call g); (Add x 1)})"),
        ("agent a() { key = 1  task = 2 }", "(Agent a [] {key = 1; task = 2})"),
        (
            "test \"t\" {\n given git(_, .A) returns \"x\" times 2\n given file.read(\"p\") fails .NotFound\n signal s true after 1h\n answer s .Ok(1)\n expect run a(\"r\") == null\n expect (a || b) == c\n expect fails { run b() }\n expect fails .Timeout { run b() }\n let x = calls(git)\n}",
            "(test \"t\" (given git [_ .A] returns \"x\" times 2) (given file.read [=\"p\"] fails .NotFound) (signal s true after 3600000ms) (answer s .Ok(1)) (expect (Eq (run (call a \"r\")) null)) (expect (Eq (paren (Or a b)) c)) (expect-fails {(run (call b))}) (expect-fails .Timeout {(run (call b))}) let x = (call calls git))",
        ),
        ("//! Module.\n//! Docs.\n\nconst A: Int = 1 const B: Int = 2", "(const A Int 1) (const B Int 2)"),
    ];
    check(&table, |text| items(text).join(" "));
}

#[test]
fn module_docs_and_comments() {
    let parsed = parse(FileId(0), "//! One.\n//! Two.\n\n// plain\nconst A: Int = 1 // end\n");
    assert_eq!(parsed.file.docs.as_deref(), Some("One.\nTwo."));
    let own: Vec<bool> = parsed.comments.iter().map(|comment| comment.own_line).collect();
    assert_eq!(own, [true, true, true, false]);
    assert_eq!(parsed.comments[3].span.range(), 45..51);
}

#[test]
fn spans_end_with_the_last_character() {
    let text = "fn f() {\n  let x = a.b // why\n\n  x\n}\n\n// end\n";
    let parsed = parse(FileId(0), text);
    let item = &parsed.file.items[0];
    assert_eq!(&text[item.span.range()], "fn f() {\n  let x = a.b // why\n\n  x\n}");
    let ItemKind::Fn(function) = &item.kind else { panic!("no function") };
    assert_eq!(&text[function.body.stmts[0].span.range()], "let x = a.b");
}
