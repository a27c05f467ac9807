//! Habits from other languages: each is one error that says how it is written here, and its fix makes the program right.

use crate::analyze;
use crate::diagnostic::{Diagnostic, Severity};
use crate::source::SourceMap;

/// Whether the error carries the change that mends it.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Mends {
    /// Applying it gives a program without errors.
    Fix,
    /// The sentence has to do: what was meant is not certain, or takes more than an edit.
    Words,
}
use Mends::{Fix, Words};

/// A habit, a program that has it, part of what is said, and whether it is mended.
type Row = (&'static str, &'static str, &'static str, Mends);

#[rustfmt::skip]
const DECLARATIONS: &[Row] = &[
    ("def", "def f() -> Int { 1 }", "says `fn`, not `def`", Fix),
    ("function", "function f() -> Int { 1 }", "says `fn`, not `function`", Fix),
    ("func", "func f() -> Int { 1 }", "says `fn`, not `func`", Fix),
    ("fun", "fun f() -> Int { 1 }", "says `fn`, not `fun`", Fix),
    ("async", "async fn f() -> Int { 1 }", "no `async`", Fix),
    ("export", "export fn f() -> Int { 1 }", "no `export`", Fix),
    ("pub", "pub fn f() -> Int { 1 }", "no `pub`", Fix),
    ("public", "public fn f() -> Int { 1 }", "no `public`", Fix),
    ("private", "private fn f() -> Int { 1 }", "no `private`", Fix),
    ("static", "static fn f() -> Int { 1 }", "no `static`", Fix),
    ("class", "class P { a: Int }", "says `record`, not `class`", Fix),
    ("struct", "struct P { a: Int }", "says `record`, not `struct`", Fix),
    ("interface", "interface P { a: Int }", "says `record`, not `interface`", Fix),
    ("impl", "impl P { }", "no methods of their own", Words),
    ("use", "use std::fs", "`.aeth` writes `import`", Words),
    ("from x import y", "from x import y", "an import is written", Words),
    ("let outside", "let x = 1", "only constants", Words),
    ("result after a colon", "fn f(): Int { 1 }", "`->` comes before a result type", Fix),
    ("=> for ->", "fn f() => Int { 1 }", "`->` comes before a result type", Fix),
    ("-> ()", "fn f() -> () { }", "`Null`, not `()`", Fix),
    ("void", "fn f() -> void { }", "`Null`, not `void`", Fix),
    ("fn f() = e", "fn f() -> Int = 1", "a body stands in braces", Words),
    ("block after a colon", "fn f() -> Int:\n  1\n", "a block stands in braces", Words),
    ("; between fields", "record P { a: Int; b: Int }", "not `;`", Fix),
    ("type with fields", "type P = { a: Int }", "a type with fields is declared", Words),
    ("type of alternatives", "type P = Int | String", "no union types", Words),
    ("string", "fn f(x: string) -> String { x }", "called `String`, not `string`", Fix),
    ("int", "fn f(x: int) -> Int { x }", "called `Int`, not `int`", Fix),
    ("bool", "fn f(x: bool) -> Bool { x }", "called `Bool`, not `bool`", Fix),
    ("float", "fn f(x: float) -> Float { x }", "called `Float`, not `float`", Fix),
    ("List[T]", "fn f(x: List[Int]) -> Int { x.len() }", "`List<Int>`", Fix),
    ("Map[K, V]", "fn f(x: Map[String, Int]) -> Int { x.len() }", "`Map<String, Int>`", Fix),
    ("[T]", "fn f(x: [Int]) -> Int { x.len() }", "`List<Int>`", Fix),
    ("[K: V]", "fn f(x: [String: Int]) -> Int { x.len() }", "`Map<String, Int>`", Fix),
    ("T[]", "fn f(x: Int[]) -> Int { x.len() }", "`List<Int>`", Fix),
    ("?T", "fn f(x: ?Int) -> Int { x ?? 1 }", "the `?` follows the type", Words),
    ("T | null", "fn f(x: Int | null) -> Int { 1 }", "no union types", Words),
    ("Array<T>", "fn f(x: Array<Int>) -> Int { x.len() }", "no type `Array`", Fix),
    ("Option<T>", "fn f(x: Option<Int>) -> Int { x ?? 1 }", "no type `Option`", Words),
    ("def f(x)", "def f(x) { x }", "says `fn`, not `def`", Words),
    ("def f(x):", "def f(x):\n  return x", "says `fn`, not `def`", Words),
    ("def f(x: int) -> int:", "def f(x: int) -> int:\n  return x", "says `fn`, not `def`", Words),
    ("class with methods", "class P {\n  fn f(self) -> Int { 1 }\n}", "says `record`, not `class`", Words),
    ("struct with pub fields", "struct P { pub a: Int }", "says `record`, not `struct`", Words),
    ("x?: T", "fn f(x?: Int?) -> Int { x ?? 1 }", "an optional type", Fix),
    ("int in a list", "fn f(x: List<int>) -> Int { x.len() }", "called `Int`, not `int`", Fix),
    ("int as a result", "fn f() -> int { 1 }", "called `Int`, not `int`", Fix),
    ("int of a field", "record P { a: int }", "called `Int`, not `int`", Fix),
    ("str", "fn f(x: str) -> String { x }", "called `String`, not `str`", Fix),
    ("boolean", "fn f(x: boolean) -> Bool { x }", "called `Bool`, not `boolean`", Fix),
    ("number", "fn f(x: number) -> Int { x }", "no type `number`", Words),
    ("usize", "fn f(x: usize) -> Int { x }", "called `Int`, not `usize`", Fix),
    ("f64", "fn f(x: f64) -> Float { x }", "called `Float`, not `f64`", Fix),
    ("Vec<T>", "fn f(x: Vec<Int>) -> Int { x.len() }", "no type `Vec`", Fix),
    ("HashMap<K, V>", "fn f(x: HashMap<String, Int>) -> Int { x.len() }", "no type `HashMap`", Fix),
    ("Optional<T>", "fn f(x: Optional<Int>) -> Int { x ?? 1 }", "no type `Optional`", Words),
    ("Promise<T>", "fn f(x: Promise<Int>) -> Int { 1 }", "no type `Promise`", Words),
    ("Set<T>", "fn f(x: Set<Int>) -> Int { 1 }", "no type `Set`", Words),
    ("None for a value", "fn f() -> Int { None }", "`null`, not `None`", Words),
    ("var between tasks", "agent main() -> Int {\n  task a = 1\n  var n = 2\n  n += a\n  return n\n}", "a `var` cannot stand", Words),
    ("camelCase", "fn getName() -> Int { 1 }", "`get_name`, not `getName`", Fix),
];

/// Statements of `fn f(a: Int, b: Bool, s: String, xs: List<Int>, n: Int?) -> Int`, whose other parameters are used.
#[rustfmt::skip]
const STATEMENTS: &[Row] = &[
    (";", "let x = a;\nx", "no semicolons", Fix),
    ("and", "if b and a > 1 { 1 } else { 2 }", "`&&`, not `and`", Fix),
    ("or", "if b or a > 1 { 1 } else { 2 }", "`||`, not `or`", Fix),
    ("not", "if not b { 1 } else { 2 }", "`!`, not `not`", Fix),
    ("not in", "if a not in xs { 1 } else { 2 }", "`!(a in b)`", Words),
    ("is", "if a is 1 { 1 } else { 2 }", "`==`, not `is`", Fix),
    ("===", "if a === 1 { 1 } else { 2 }", "`==`, not `===`", Fix),
    ("!==", "if a !== 1 { 1 } else { 2 }", "`!=`, not `!==`", Fix),
    ("<>", "if a <> 1 { 1 } else { 2 }", "`!=`, not `<>`", Fix),
    ("&", "if b & b { 1 } else { 2 }", "writes `&&`", Fix),
    ("|", "if b | b { 1 } else { 2 }", "writes `||`", Fix),
    ("= in a condition", "if a = 1 { 1 } else { 2 }", "`==` compares", Fix),
    (":=", "x := 1\nx", "there is no `:=`", Words),
    ("None", "let x: Int? = None\nx ?? 1", "`null`, not `None`", Fix),
    ("nil", "let x: Int? = nil\nx ?? 1", "`null`, not `nil`", Fix),
    ("undefined", "if n == undefined { 1 } else { 2 }", "`null`, not `undefined`", Fix),
    ("NULL", "let x: Int? = NULL\nx ?? 1", "`null`, not `NULL`", Fix),
    ("True", "if True { 1 } else { 2 }", "`true`, not `True`", Fix),
    ("False", "if False { 1 } else { 2 }", "`false`, not `False`", Fix),
    ("Some", "let x: Int? = Some(a)\nx ?? 1", "no `Some`", Words),
    ("elif", "if b { 1 } elif a > 1 { 2 } else { 3 }", "`else if`, not `elif`", Fix),
    ("elsif", "if b { 1 } elsif a > 1 { 2 } else { 3 }", "`else if`, not `elsif`", Fix),
    ("elseif", "if b { 1 } elseif a > 1 { 2 } else { 3 }", "`else if`, not `elseif`", Fix),
    ("if then", "if b then 1 else 2", "a block stands in braces", Words),
    ("if with a colon", "if b: 1 else: 2", "a block stands in braces", Words),
    ("a if b else c", "let x = 1 if b else 2\nx", "a choice is written", Words),
    ("? :", "let x = b ? 1 : 2\nx", "not `? :`", Fix),
    ("switch", "switch a {\n  case 1: 2\n}\na", "not `switch`", Words),
    ("switch (x)", "switch (a) {\n  case 1: return 2\n  default: return 3\n}\na", "not `switch`", Words),
    ("case in a match", "match a { case 1 => 2, _ => 3 }", "without `case`", Fix),
    ("colon in a match", "match a {\n  1: 2\n  _ => 3\n}", "`=>` stands here, not `:`", Fix),
    ("-> in a match", "match a { 1 -> 2, _ => 3 }", "`=>` stands here, not `->`", Fix),
    ("else in a match", "match a { 1 => 2, else => 3 }", "the arm for everything else", Fix),
    ("const", "const x = a\nx", "`let`", Fix),
    ("let mut", "let mut x = a\nx += 1\nx", "`var`", Fix),
    ("i++", "var x = a\nx++\nx", "`+= 1`", Fix),
    ("i--", "var x = a\nx--\nx", "`-= 1`", Fix),
    ("++i", "var x = a\n++x\nx", "no `++`", Words),
    ("'text'", "'text'.len()", "double quotes", Fix),
    ("`text`", "`text`.len()", "double quotes", Words),
    ("f\"text\"", "f\"{a} is\".len()", "needs no `f`", Fix),
    ("$\"text\"", "$\"{a} is\".len()", "needs no `$`", Fix),
    ("throw", "throw \"no\"", "`fail`, not `throw`", Fix),
    ("throw new Error", "throw new Error(\"no\")", "`fail`, not `throw`", Fix),
    ("raise", "raise ValueError(\"no\")", "`fail`, not `raise`", Fix),
    ("panic", "panic(\"no\")\na", "no `panic`", Words),
    ("catch (e)", "try { a } catch (e) { e.message.len() }", "without parentheses", Fix),
    ("x!", "n! + 1", "by force", Words),
    ("self.", "self.a", "no `self`", Words),
    ("this.", "this.a", "no `this`", Words),
    ("new", "let x = new Thing(1)\na", "nothing is made with `new`", Words),
    ("x -> e", "xs.map(x -> x + 1).len()", "`=>` stands here, not `->`", Fix),
    ("|x| e", "xs.map(|x| x + 1).len()", "a lambda is written", Words),
    ("lambda x: e", "xs.map(lambda x: x + 1).len()", "a lambda is written", Words),
    ("fn(x) { e }", "xs.map(fn(x) { x + 1 }).len()", "a lambda is written", Words),
    ("function(x) { e }", "xs.map(function(x) { x + 1 }).len()", "a lambda is written", Words),
    ("...xs", "[1, ...xs].len()", "writes `..`, not `...`", Fix),
    ("1...5", "(1...5).len()", "`..=`, not `...`", Fix),
    ("{ \"key\": e }", "let x = { \"key\": 1 }\na", "a map is written in brackets", Words),
    ("for of", "var t = 0\nfor x of xs { t += x }\nt", "a loop is written", Words),
    ("for (x of xs)", "var t = 0\nfor (x of xs) { t += x }\nt", "a loop is written", Words),
    ("for (i = 0; …)", "var t = 0\nfor (let i = 0; i < a; i++) { t += i }\nt", "a loop is written", Words),
    ("foreach", "foreach (x in xs) { a }\na", "a loop is written", Words),
    ("int x = e", "int x = a\nx", "declared with `let`", Fix),
    ("unless", "unless b { return 1 }\na", "not `unless`", Words),
    ("loop", "loop { return 1 }", "no `loop`", Words),
    ("do while", "do { a } while b\na", "a loop is written", Words),
    ("pass", "pass\na", "no `pass`", Words),
    ("print", "print(\"x\")\na", "no `print`", Words),
    ("console.log", "console.log(\"x\")\na", "no `console`", Words),
    ("# comment", "# why\na", "comments begin with `//`", Words),
    ("/* comment */", "/* why */\na", "comments begin with `//`", Words),
    ("**", "a ** 2", "powers are", Words),
    ("len(x)", "len(xs)", "a method of that name", Words),
    ("x.length", "s.length", "no field `length`", Fix),
    ("x.len", "s.len", "is a method", Fix),
    ("x.length()", "s.length()", "no method `length`", Fix),
    ("xs.append", "var ys = xs\nys.append(1)\nys.len()", "no method `append`", Fix),
    ("xs.forEach", "xs.forEach(x => x)\na", "no method `forEach`", Words),
    ("xs.includes", "if xs.includes(1) { 1 } else { 2 }", "no method `includes`", Fix),
    ("s.toUpperCase", "s.toUpperCase().len()", "no method `toUpperCase`", Fix),
    ("a.toString()", "a.toString().len()", "no method `toString`", Fix),
    ("parseInt", "parseInt(s)", "no `parseInt`", Words),
    ("str(x)", "str(a).len()", "no `str`", Words),
    ("x = e without let", "x = 1\nx", "no `x` here", Words),
    ("const NAME", "const X = 1\nX", "inside a body it is `let`", Words),
    ("val x", "val x = 1\nx", "not with `val`", Fix),
    ("mut x", "mut x = 1\nx", "not with `mut`", Fix),
    ("auto x", "auto x = 1\nx", "not with `auto`", Fix),
    ("del", "var ys = xs\ndel ys[0]\nys.len()", "deleted by a word", Words),
    ("go", "go f(a, b, s, xs, n)\na", "side by side", Words),
    ("with open", "with open(\"f\") { a }\na", "has to be closed", Words),
    ("yield", "for x in xs { yield x }\na", "nothing yields", Words),
    ("begin end", "begin a end\na", "a block stands in braces", Words),
    ("println!", "println!(\"x\")\na", "no macros", Words),
    ("panic!", "panic!(\"x\")", "no macros", Words),
    ("vec!", "vec![1, 2].len()", "no macros", Words),
    ("try except", "try { a } except { 2 }", "not `except`", Words),
    ("try finally", "let x = try { a } catch { 2 }\ntry { x } finally { a }\nx", "no `finally`", Words),
    ("try:", "try:\n  a\nexcept:\n  2", "a block stands in braces", Words),
    ("match with a colon", "match a:\n  case 1:\n    return 1\n  case _:\n    return 2", "a block stands in braces", Words),
    ("if elif with colons", "if b:\n  1\nelif a > 1:\n  2\nelse:\n  3", "a block stands in braces", Words),
    ("for with a colon", "for x in xs:\n  return x\nreturn 2", "a loop is written", Words),
    ("while with a colon", "while b:\n  return 1\nreturn 2", "a block stands in braces", Words),
    ("several ;", "let x = a;\nlet y = x;\ny;", "no semicolons", Fix),
    ("several ->", "match a { 1 -> 2, _ -> 3 }", "`=>` stands here, not `->`", Fix),
    ("; between arms", "match a { 1 => 2; 3 => 4; _ => 5 }", "not `;`", Fix),
    ("for (…; …; …) of Go", "var t = 0\nfor i := 0; i < 3; i++ { t += i }\nt", "a loop is written", Words),
    ("if without braces", "if (b) return 1; else return 2;", "a block stands in braces", Words),
    ("range(10)", "var t = 0\nfor i in range(10) { t += i }\nt", "no `range`", Words),
    ("enumerate", "var t = 0\nfor i, x in enumerate(xs) { t += i + x }\nt", "no `enumerate`", Words),
    ("name = argument", "s.pad(50, with=\"-\").len()", "named with `:`", Fix),
    ("xs[1..2]", "xs[0..1].len()", "`.slice(0, 1)`", Fix),
    ("n || 1", "n || 1", "`||` works on Bool", Fix),
    ("n ?: 1", "n ?: 1", "`??`, not `?:`", Fix),
    ("n.unwrap()", "n.unwrap()", "may be null", Words),
    ("f<T>(x)", "s.len() + first<Int>(xs)", "never written in a call", Words),
    ("a ^ 2", "a ^ 2", "no operators on bits", Words),
    ("a << 2", "a << 2", "no operators on bits", Words),
    ("Err(x)", "return Err(\"x\")", "no `Err`", Words),
    ("Ok(x)", "Ok(a)", "no `Ok`", Words),
    ("sorted(xs)", "sorted(xs).len()", "no `sorted`", Words),
    ("sprintf", "sprintf(\"%d\", a).len()", "no `sprintf`", Words),
    ("os.environ", "os.environ[\"X\"].len()", "no `os`", Words),
    ("requests.get", "requests.get(\"x\")\na", "no `requests`", Words),
    ("xs.some", "if xs.some(x => x > 1) { 1 } else { 2 }", "no method `some`", Fix),
    ("xs.every", "if xs.every(x => x > 1) { 1 } else { 2 }", "no method `every`", Fix),
    ("xs.indexOf", "xs.indexOf(1) ?? 0", "no method `indexOf`", Words),
    ("xs.reduce", "xs.reduce((p, q) => p + q)", "no method `reduce`", Words),
    ("xs.push_back", "var ys = xs\nys.push_back(1)\nys.len()", "no method `push_back`", Fix),
    ("xs.size()", "xs.size()", "no method `size`", Fix),
    ("map.items()", "[\"a\": 1].items().len()", "no method `items`", Fix),
    ("typeof", "if isinstance(a, b) { 1 } else { 2 }", "no `isinstance`", Words),
    ("%", "let t = \"%d\" % a\nt.len()", "does not work on String", Words),
    ("{a} = r", "let {x, y} = s\na", "taken apart with its name", Words),
];

fn errors(text: &str) -> Vec<Diagnostic> {
    let diagnostics = analyze(&SourceMap::single("main.aeth", text)).diagnostics;
    diagnostics.into_iter().filter(|found| found.severity == Severity::Error).collect()
}

/// The text with every fix applied.
fn mended(text: &str, found: &[Diagnostic]) -> String {
    let mut edits: Vec<_> = found.iter().flat_map(|found| &found.fixes).flat_map(|fix| &fix.edits).collect();
    edits.sort_by_key(|edit| edit.span);
    let mut text = text.to_owned();
    for edit in edits.iter().rev() {
        text.replace_range(edit.span.range(), &edit.text);
    }
    text
}

fn hold(row: &Row, text: &str, wrong: &mut Vec<String>) {
    let &(habit, _, part, mends) = row;
    let found = errors(text);
    let said: Vec<&str> = found.iter().map(|found| found.message.as_str()).collect();
    if found.len() != 1 || !said[0].contains(part) {
        wrong.push(format!("{habit}: one error with {part:?} is expected, found {said:#?}"));
        return;
    }
    let fixed = !found[0].fixes.is_empty();
    match mends {
        Fix if fixed => {
            let text = mended(text, &found);
            let left = errors(&text);
            if !left.is_empty() {
                wrong.push(format!("{habit}: the fix leaves {left:#?} of {text}"));
            }
        }
        Fix => wrong.push(format!("{habit}: no fix")),
        Words if !fixed && found[0].help.is_none() && found[0].code.as_str() != "E0102" => {
            wrong.push(format!("{habit}: neither help nor fix: {}", said[0]));
        }
        Words => {}
    }
}

#[test]
fn habits_are_answered_once_and_mended() {
    let mut wrong = Vec::new();
    for row in DECLARATIONS {
        hold(row, &format!("{}\n", row.1), &mut wrong);
    }
    for row in STATEMENTS {
        let head = "fn f(a: Int, b: Bool, s: String, xs: List<Int>, n: Int?) -> Int {\n";
        hold(row, &format!("{head}{}\n}}\n", row.1), &mut wrong);
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn single_names_are_imported_in_braces() {
    let parsed = crate::syntax::parse(crate::span::FileId(0), "import x from \"./y.aeth\"\n");
    assert_eq!(parsed.diagnostics.len(), 1);
    assert!(parsed.diagnostics[0].message.contains("in braces"), "{:?}", parsed.diagnostics);
    assert!(mended("import x from \"./y.aeth\"\n", &parsed.diagnostics).starts_with("import { x } from"));
}
