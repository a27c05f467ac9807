//! The front end as a whole: the taste program, recovery, hostile input, speed.

mod constructs;
mod hostile;
mod recovery;
mod shape;

use super::ast::ItemKind;
use super::parse::{parse, parse_strict};
use crate::span::FileId;

const TASTE: &str = include_str!("tests/taste.aeth");

/// Where the tokens of a text begin and end, and whether they are a part of a string with interpolations.
pub(crate) fn tokens(text: &str) -> Vec<(usize, usize, bool)> {
    use super::scan::Kind;
    let tokens = super::scan::scan(FileId(0), text, &[]).tokens;
    let mut all = Vec::new();
    for (at, token) in tokens.iter().enumerate() {
        let before = at.checked_sub(1).map(|n| tokens[n]);
        let follows_text =
            before.is_some_and(|before| before.end == token.start && before.kind == Kind::Text);
        let quotes = text[token.start as usize..token.end as usize].contains('"');
        let piece = token.kind == Kind::Open && follows_text || token.kind == Kind::Text && !quotes;
        all.push((token.start as usize, token.end as usize, piece));
    }
    all
}

fn messages(text: &str) -> Vec<String> {
    parse(FileId(0), text).diagnostics.into_iter().map(|d| d.message).collect()
}

#[test]
fn the_taste_program_parses() {
    let parsed = parse(FileId(0), TASTE);
    assert_eq!(parsed.diagnostics, Vec::new());
    assert_eq!(parsed.file.items.len(), 15);
    assert!(!parsed.file.items.iter().any(|item| matches!(item.kind, ItemKind::Broken(_))));
    assert_eq!(Some(parsed.file), parse_strict(FileId(0), TASTE));
}

/// Every construct of the grammar nested in itself, from the outside in: what opens a level, and what closes it.
const NESTS: &[(&str, &str, &str, &str)] = &[
    ("parentheses", "(", "1", ")"),
    ("calls", "f(", "1", ")"),
    ("method calls", "a.f(", "1", ")"),
    ("lists", "[", "1", "]"),
    ("maps", "[\"k\": ", "1", "]"),
    ("tuples", "(1, ", "1", ")"),
    ("indices", "a[", "1", "]"),
    ("records", "R { a: ", "1", " }"),
    ("updates", "R { ..", "a", " }"),
    ("json", "json { a: ", "1", " }"),
    ("json arrays", "json [", "1", "]"),
    ("variants", ".V(", "1", ")"),
    ("blocks", "{ ", "1", " }"),
    ("block statements", "{\n let x = ", "1", "\n x\n}"),
    ("lambdas", "f(x => ", "1", ")"),
    ("lambdas of two", "f((a, b) => ", "1", ")"),
    ("typed lambdas", "f((a: Int) => { ", "1", " })"),
    ("if", "if a { ", "1", " } else { 2 }"),
    ("else", "if a { 2 } else { ", "1", " }"),
    ("if let", "if let x = a { ", "1", " }"),
    ("conditions", "if (", "a", ") { 1 }"),
    ("match", "match a { _ => ", "1", " }"),
    ("match of match", "match (", "a", ") { _ => 1 }"),
    ("arms", "match a { [x, ..y] if x > 1 => { ", "1", " }\n _ => 2 }"),
    ("for", "for x in xs { ", "1", " }"),
    ("while", "while a { ", "1", " }"),
    ("each", "each x in xs, at most 3 { ", "1", " }"),
    ("race", "race { a => ", "1", "\n b => 2 }"),
    ("within", "within 1h { ", "1", " } else { 2 }"),
    ("within else", "within 1h { 2 } else { ", "1", " }"),
    ("await", "await s ask (", "a", ") within 2d else false"),
    ("await else", "await s within (", "1h", ") else false"),
    ("await lines", "(await s\n within ", "1h", "\n else 2)"),
    ("retry", "retry 3 on [.X] backoff 1s to 2s { ", "1", " }"),
    ("saga", "saga { ", "1", " }"),
    ("try", "try { ", "1", " } catch e { 2 }"),
    ("catch", "try { 2 } catch e { ", "1", " }"),
    ("fail", "{ fail ", "\"m\"", " }"),
    ("plan", "plan for (", "\"g\"", ") using [a] by m -> T"),
    ("strings", "\"a {", "1", "} b\""),
    ("block strings", "\"\"\"a {", "1", "} b\"\"\""),
    ("string arguments", "f(\"{", "1", "}\")"),
    ("pipes", "(a |> f(", "1", "))"),
    ("casts", "(", "a", " as List<Int?>)"),
    ("ternary", "(a ? ", "1", " : 2)"),
    ("negation", "-(", "1", ")"),
    ("returns", "{ return ", "1", " }"),
];

fn nest(open: &str, core: &str, close: &str, depth: usize) -> String {
    format!("fn f() -> Int {{\n  {}{core}{}\n}}\n", open.repeat(depth), close.repeat(depth))
}

/// How deep constructs are nested to be measured. Those of several brackets a level are refused at the deepest.
const DEPTHS: [usize; 5] = [1, 25, 50, 100, 200];

// Measuring is the test here, and the table is its result; no program sees this clock.
#[allow(clippy::print_stdout)]
#[test]
fn nested_constructs_are_parsed_and_checked_in_linear_time() {
    let time = |text: &str| {
        let sources = crate::source::SourceMap::single("main.aeth", text);
        // What the processor did for this thread: what else the machine does is not the compiler's time.
        let spent = || {
            let time = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
            std::time::Duration::try_from(time).expect("a time since the thread began")
        };
        let run = || {
            let start = spent();
            std::hint::black_box(crate::analyze(&sources));
            spent().saturating_sub(start)
        };
        (0..5).map(|_| run()).min().unwrap_or_default()
    };
    println!("{:20}{}", "levels", DEPTHS.map(|depth| format!("{depth:>10}")).concat());
    for (what, open, core, close) in NESTS {
        let errors = messages(&nest(open, core, close, 80));
        assert!(errors.is_empty() || *what == "ternary", "{what}: {:?}", &errors[..1]);
        let times = DEPTHS.map(|depth| time(&nest(open, core, close, depth)));
        println!("{what:20}{}", times.map(|time| format!("{:>8} µs", time.as_micros())).concat());
        // Four times what is linear, for a machine that does other things as well.
        let most = times[1] * 32 + std::time::Duration::from_millis(5);
        assert!(times[4] < most, "{what}: {times:?} for {DEPTHS:?} levels");
    }
}
