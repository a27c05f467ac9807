//! Texts that mean harm, and texts with pieces missing: never a panic, never a hang, few words.

use std::time::{Duration, Instant};

use proptest::prelude::*;

use super::{NESTS, TASTE, messages, nest};
use crate::diagnostic::{codes, source_from_bytes};
use crate::limits;
use crate::span::FileId;
use crate::syntax::parse::{parse, parse_strict};
use crate::syntax::scan;

/// Parses in a thread with a small stack, drops the tree there, and answers codes and messages; within a time.
// A hang is what is looked for here; no program sees this clock.
#[allow(clippy::disallowed_methods)]
fn small_stack(text: &str) -> Vec<(&'static str, String)> {
    let start = Instant::now();
    let found = std::thread::scope(|scope| {
        let parse = || {
            let diagnostics = parse(FileId(0), text).diagnostics;
            diagnostics.into_iter().map(|d| (d.code.as_str(), d.message)).collect()
        };
        let thread = std::thread::Builder::new().stack_size(2 * 1024 * 1024).spawn_scoped(scope, parse);
        thread.unwrap().join().unwrap()
    });
    let shown: String = text.chars().take(60).collect();
    assert!(start.elapsed() < Duration::from_secs(10), "{shown}: {:?}", start.elapsed());
    found
}

#[test]
fn deep_nesting_is_one_error() {
    for (what, open, core, close) in NESTS {
        let found = small_stack(&nest(open, core, close, 50_000));
        assert_eq!(found.len(), 1, "{what}: {:?}", &found[..found.len().min(3)]);
        assert_eq!(found[0].0, codes::NESTING_TOO_DEEP.as_str(), "{what}");
    }
}

#[test]
fn nesting_within_the_limit_fits_a_small_stack() {
    for (what, open, core, close) in NESTS {
        let brackets = open.matches(['(', '[', '{']).count().max(1);
        let depth = ((limits::NESTING - 2) / brackets).min(150);
        let found = small_stack(&nest(open, core, close, depth));
        assert!(found.iter().all(|(code, _)| *code == codes::HABIT.as_str()), "{what}: {:?}", found.first());
    }
}

#[test]
fn nesting_without_brackets_is_bounded_too() {
    let chains = [
        ("lambdas", "fn f() { x ", "=> x ", "", "", "}"),
        ("negation", "fn f() { x ", "+ - - - - x ", "", "", "}"),
        ("prefixes", "fn f() { ", "-", "", "", "x }"),
        ("not", "fn f() { ", "!", "", "", "x }"),
        ("try", "fn f() { ", "try ", "", "", "x }"),
        ("sums", "fn f() { x ", "+ x ", "", "", "}"),
        ("members", "fn f() { x", ".x", "", "", "}"),
        ("calls", "fn f() { x", "()", "", "", "}"),
        ("pipes", "fn f() { x ", "\n|> f() ", "", "", "}"),
        ("casts", "fn f() { x ", "as T ", "", "", "}"),
        ("else if", "fn f() { if a { 1 } ", "else if a { 1 } ", "", "", "}"),
        ("if heads", "fn f() { ", "if a == ", "b", " { 1 }", "}"),
        ("matches", "fn f() { ", "match ", "a", " { _ => 1 }", "}"),
        ("returns", "fn f() { ", "return ", "", "", "1 }"),
        ("fails", "fn f() { ", "fail ", "", "", "1 }"),
        ("ternary", "fn f() { a ", "? b : a ", "", "", "}"),
        ("awaits", "fn f() { ", "await x within 1h else ", "", "", "1 }"),
        ("function types", "type T = ", "fn() -> ", "", "", "Int"),
        ("bindings", "fn f() { match x { ", "x @ ", "", "", "1 => 2 } }"),
    ];
    for (what, start, link, core, tail, end) in chains {
        for count in [200, 5_000, 50_000] {
            let text = format!("{start}{}{core}{}{end}", link.repeat(count), tail.repeat(count));
            let found = small_stack(&text);
            let habit = what == "ternary";
            let deep = found.iter().filter(|(code, _)| *code == codes::NESTING_TOO_DEEP.as_str()).count();
            let known = count == 200 && (deep == 0 || what == "negation");
            assert!(found.len() <= limits::DIAGNOSTICS + 1 || habit, "{what} {count}: {}", found.len());
            assert!(known || deep == 1, "{what} {count}: {:?}", &found[..found.len().min(3)]);
        }
    }
    let optional = format!("type T = Int{}", "?".repeat(100_000));
    assert_eq!(small_stack(&optional), []);
}

#[test]
fn unbalanced_and_endless_texts() {
    let many = |piece: &str| piece.repeat(100_000);
    let texts = [
        ("opening", many("("), 1),
        ("closing", many(")"), 3),
        ("closing braces", many("}"), 100_000),
        ("opening in a body", format!("fn f() {{ {}", many("[")), 1),
        ("quotes", many("\""), 3),
        ("words", many("a "), 3),
        ("operators", format!("fn f() {{ {} }}", many("+ ")), 3),
        ("commas", format!("fn f() {{ g({}) }}", many(",")), 3),
        ("newlines", format!("fn f() {{ x {} }}", many("\n")), 0),
        ("comments", format!("fn f() {{ x {} }}", many("// x\n")), 0),
        ("string of 7 MB", format!("const A: String = \"{}\"", "x".repeat(7 << 20)), 0),
        ("open string of 7 MB", format!("const A: String = \"{}", "x".repeat(7 << 20)), 1),
        ("open block of 7 MB", format!("const A: String = \"\"\"{}", "{x}\n".repeat(1 << 20)), 1),
        ("string of 50 MB", format!("const A: String = \"{}\"", "x".repeat(50 << 20)), 1),
        ("NULs", format!("const A{}: Int = 1", many("\0")), 1),
        ("NUL in a string", "const A: String = \"a\0b\"".to_owned(), 1),
        ("only NULs", many("\0"), 1),
        ("broken lines", format!("fn f() {{\n{}}}", "let = (\n".repeat(20_000)), 200),
        ("broken declarations", "fn = \n".repeat(20_000), 20_000),
        ("byte order mark", "\u{feff}const A: Int = 1".to_owned(), 0),
        ("bidi", "const A: Int = \u{202e}1".to_owned(), 1),
    ];
    for (what, text, most) in texts {
        let found = small_stack(&text);
        assert!(found.len() <= most, "{what}: {} {:?}", found.len(), &found[..found.len().min(3)]);
        assert!(most == 0 || !found.is_empty(), "{what}");
    }
}

#[test]
fn bytes_that_are_no_text() {
    let (error, source) = *source_from_bytes("a.aeth", b"fn f() {\n \xff }").unwrap_err();
    assert_eq!(error.code, codes::INVALID_UTF8);
    assert_eq!(error.message, "`a.aeth` is not valid UTF-8: byte 10, on line 2, is 0xff");
    assert_eq!(source.position(error.span().start).line, 2);
    let (error, _) = *source_from_bytes("a.aeth", &vec![b' '; limits::SOURCE_BYTES + 1]).unwrap_err();
    assert_eq!(error.code, codes::SOURCE_TOO_LARGE);
    assert_eq!(source_from_bytes("a.aeth", "ä".as_bytes()).unwrap().text(), "ä");
}

/// Leaves out each token of the taste program in turn.
#[test]
fn a_missing_token_is_one_error_mostly() {
    let tokens = scan::scan(FileId(0), TASTE, &[]).tokens;
    let mut counts = [0_usize; 4];
    let mut worst = Vec::new();
    for token in &tokens {
        let (start, end) = (token.start as usize, token.end as usize);
        let text = format!("{}{}", &TASTE[..start], &TASTE[end..]);
        let found = messages(&text);
        counts[found.len().min(3)] += 1;
        if found.len() > 2 {
            let line = TASTE[..start].matches('\n').count() + 1;
            worst.push(format!("without `{}` on line {line}: {found:#?}", &TASTE[start..end]));
        }
        assert!(found.len() <= 3, "{}", worst.join("\n"));
    }
    assert!(counts[1] > 4 * (counts[2] + counts[3]), "{counts:?}");
}

/// Doubles each token of the taste program in turn.
#[test]
fn a_doubled_token_is_few_errors() {
    for token in &scan::scan(FileId(0), TASTE, &[]).tokens {
        let end = token.end as usize;
        let text = format!("{} {}{}", &TASTE[..end], &TASTE[token.start as usize..end], &TASTE[end..]);
        let found = messages(&text);
        assert!(found.len() <= 4, "{}\n{found:#?}", &TASTE[token.start as usize..end]);
    }
}

/// Pieces that texts of the language are made of.
fn piece() -> impl Strategy<Value = &'static str> {
    let words: Vec<&'static str> = "fn agent task let var if else match for in while each race within retry await try catch \
         fail return json plan run start key budget record enum tool via http import const test given expect a b Foo \
         .Bar 1 2d 1.5 ( ) [ ] { } \" \"\"\" r\" ' , : = == => -> . ?. .. ..= + - * / ! ?? ? |> || && | @ ; # \\ \n \n\n // /// \
         \u{0} ä \u{202e} \r\n null true"
        .split(' ')
        .collect();
    prop::sample::select(words)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_text_parses(pieces in prop::collection::vec(piece(), 0..60), glue in prop::sample::select(vec!["", " "])) {
        let text = pieces.join(glue);
        let parsed = parse(FileId(0), &text);
        for diagnostic in &parsed.diagnostics {
            for label in &diagnostic.labels {
                prop_assert!(label.span.start <= label.span.end && label.span.end as usize <= text.len());
                prop_assert!(text.is_char_boundary(label.span.start as usize));
                prop_assert!(text.is_char_boundary(label.span.end as usize));
            }
        }
        // Without a mistake both entries give the same tree, and with one the strict entry gives none.
        let strict = parse_strict(FileId(0), &text);
        prop_assert!(parsed.diagnostics.is_empty().then_some(parsed.file) == strict, "{text:?} {:?}", parsed.diagnostics);
    }

    #[test]
    fn mutilated_programs_parse(from in 0..TASTE.len(), length in 0..200_usize, other in 0..TASTE.len()) {
        let cut = |at: usize| (at..=TASTE.len()).find(|&n| TASTE.is_char_boundary(n)).unwrap_or(TASTE.len());
        let (start, end, at) = (cut(from), cut((from + length).min(TASTE.len())), cut(other));
        let moved = format!("{}{}{}", &TASTE[..at], &TASTE[start..end], &TASTE[at..]);
        let removed = format!("{}{}", &TASTE[..start], &TASTE[end..]);
        for text in [moved, removed] {
            let parsed = parse(FileId(0), &text);
            let strict = parse_strict(FileId(0), &text);
            prop_assert!(parsed.diagnostics.is_empty().then_some(parsed.file) == strict, "{text} {:?}", parsed.diagnostics);
        }
    }
}
