//! Texts: the parser, the checker, the code generator and everything that shows what they say.

use std::sync::atomic::{AtomicUsize, Ordering};

use aeth_lang::diagnostic::json::json;
use aeth_lang::diagnostic::render::{Style, render};
use aeth_lang::diagnostic::short::short;
use aeth_lang::diagnostic::{codes, source_from_bytes};
use aeth_lang::source::SourceMap;

use super::{Dice, Watch, bases, campaign, files};

/// Compiles a text and shows all that is said of it. Answers whether it compiled.
fn survive(text: &str) -> bool {
    let watch = Watch::start();
    let sources = SourceMap::single("main.aeth", text);
    let compilation = aeth_lang::compile(&sources);
    let style = Style { color: true, unicode: true, width: 80 };
    for found in &compilation.diagnostics {
        assert!(found.code != codes::COMPILER_DEFECT, "{}", found.message);
        assert!(!render(found, &sources, style).is_empty());
        for fix in &found.fixes {
            for edit in &fix.edits {
                let range = edit.span.range();
                assert!(text.get(range.clone()).is_some(), "{range:?} cuts a character of {}", fix.title);
            }
        }
        assert!(!short(found, &sources).contains('\n') && !json(found, &sources).contains('\n'));
    }
    watch.within_patience("one input");
    compilation.compiled.is_some()
}

/// Words, signs and oddities that programs are made of.
const PIECES: &[&str] = &[
    "agent ",
    "fn ",
    "flow ",
    "tool ",
    "record ",
    "enum ",
    "type ",
    "const ",
    "signal ",
    "test \"t\" ",
    "task ",
    "let ",
    "var ",
    "return ",
    "if ",
    "else ",
    "match ",
    "for ",
    "in ",
    "while ",
    "each ",
    "race ",
    "within ",
    "retry ",
    "saga ",
    "await ",
    "try ",
    "catch ",
    "fail ",
    "assert ",
    "given ",
    "expect ",
    "import ",
    "prompt ",
    "model ",
    "plan for ",
    "json ",
    "run ",
    "start ",
    "a",
    "b",
    "x",
    "List<",
    "Int",
    "String",
    "T",
    "?",
    "(",
    ")",
    "[",
    "]",
    "{",
    "}",
    "<",
    ">",
    ",",
    ":",
    "=",
    "==",
    "=>",
    "->",
    ".",
    "?.",
    "..",
    "..=",
    "...",
    "??",
    "|>",
    "||",
    "&&",
    "+",
    "-",
    "*",
    "/",
    "!",
    "|",
    "@",
    ";",
    "#",
    "'",
    "\"",
    "\"\"\"",
    "r\"",
    "f\"",
    "\\",
    "\\u{d800}",
    "{}",
    "\n",
    "\r\n",
    "\t",
    " ",
    "\0",
    "\u{202e}",
    "\u{feff}",
    "ä",
    "😀",
    "0",
    "1",
    "2d",
    "1.5",
    "1e9",
    "0xff",
    "9223372036854775808",
    "12.50d",
    "1_",
    "5min",
    "//",
    "/// ",
    "//! ",
    "true",
    "null",
    "_",
    "as ",
    "..rest",
];

/// A text of pieces, or of the bytes themselves where they are no decisions.
fn scribbled(dice: &mut Dice<'_>) -> Vec<u8> {
    let mut text = Vec::new();
    while !dice.is_empty() {
        match dice.byte() {
            // Most stay UTF-8, or the checker would see few of them.
            0 => {
                text.push(
                    u8::try_from(dice.byte()).unwrap_or(0) & if dice.byte() == 0 { 0xff } else { 0x7f },
                );
            }
            byte => text.extend(PIECES[(byte + dice.byte()) % PIECES.len()].as_bytes()),
        }
    }
    text
}

/// Where the tokens of a text are, roughly: words, single signs, line breaks.
fn tokens(text: &str) -> Vec<std::ops::Range<usize>> {
    let mut tokens: Vec<std::ops::Range<usize>> = Vec::new();
    let mut word = false;
    for (at, letter) in text.char_indices() {
        let end = at + letter.len_utf8();
        let letters = letter.is_alphanumeric() || letter == '_';
        match tokens.last_mut() {
            Some(last) if letters && word => last.end = end,
            _ if letter == ' ' => {}
            _ => tokens.push(at..end),
        }
        word = letters;
    }
    tokens
}

/// A real program with up to six tokens removed, doubled, swapped, moved, or replaced by those of another.
fn mutilated(dice: &mut Dice<'_>) -> String {
    let bases = bases();
    let mut text = bases[dice.below(bases.len())].clone();
    for _ in 0..=dice.byte() % 6 {
        let found = tokens(&text);
        if found.is_empty() {
            break;
        }
        let one = found[dice.below(found.len())].clone();
        let other = found[dice.below(found.len())].clone();
        let (first, second) = if one.start <= other.start { (one, other) } else { (other, one) };
        match dice.byte() % 8 {
            0 => text.replace_range(first, ""),
            1 => {
                let copy = text[first.clone()].to_owned();
                text.insert_str(first.end, &copy);
            }
            2 => {
                let (a, b) = (text[first.clone()].to_owned(), text[second.clone()].to_owned());
                text.replace_range(second, &a);
                text.replace_range(first, &b);
            }
            3 => {
                let copy = text[first].to_owned();
                text.insert_str(second.end, &copy);
            }
            4 => text.replace_range(first, PIECES[dice.below(PIECES.len())]),
            5 => text.insert_str(first.start, PIECES[dice.below(PIECES.len())]),
            6 => {
                let donor = &bases[dice.below(bases.len())];
                let tokens = tokens(donor);
                let from = dice.below(tokens.len());
                let to = (from + dice.byte() % 20).min(tokens.len().saturating_sub(1));
                if let (Some(from), Some(to)) = (tokens.get(from), tokens.get(to)) {
                    text.insert_str(first.start, &donor[from.start..to.end]);
                }
            }
            _ => {
                let end = second.end.min(text.floor_char_boundary(first.start + 200)).max(first.end);
                text.replace_range(first.start..end, "");
            }
        }
        text.truncate(text.floor_char_boundary(20_000));
    }
    text
}

#[test]
fn what_was_found_before_stays_mended() {
    for path in files("tests/fuzz/corpus", ".aeth") {
        survive(&std::fs::read_to_string(&path).expect("a text"));
    }
}

#[test]
fn any_bytes_are_read() {
    let read = AtomicUsize::new(0);
    let count = campaign("bytes", 2_000, |bytes| {
        let text = scribbled(&mut Dice::new(bytes));
        if let Ok(source) = source_from_bytes("main.aeth", &text) {
            read.fetch_add(1, Ordering::Relaxed);
            survive(source.text());
        }
    });
    println!("{count} texts of pieces and bytes, {read:?} of them UTF-8");
}

#[test]
fn mutilated_programs_are_judged() {
    let right = AtomicUsize::new(0);
    let count = campaign("programs", 200, |bytes| {
        if survive(&mutilated(&mut Dice::new(bytes))) {
            right.fetch_add(1, Ordering::Relaxed);
        }
    });
    println!("{count} mutilated programs, {right:?} of them compiled all the same");
}

/// Texts with a mistake on each of very many lines, and one that is too long: bounded time, bounded words.
#[test]
fn very_many_mistakes_are_few_words() {
    let lines = |line: &str| format!("fn f() -> Int {{\n{}}}\n", line.repeat(20_000));
    let texts = [
        ("unknown names", lines("  y\n")),
        ("broken statements", lines("  ) +\n")),
        ("habits", lines("  x;\n")),
        ("open strings", lines("  let a = \"abc\n")),
        ("open braces", "fn f() -> Int {\n".repeat(20_000)),
        ("words outside", "x\n".repeat(50_000)),
        ("braces", "}".repeat(200_000)),
        ("a long text", "x\n".repeat(10_000_000)),
    ];
    for (what, text) in texts {
        let watch = Watch::start();
        let compilation = aeth_lang::compile(&SourceMap::single("main.aeth", text.as_str()));
        let count = compilation.diagnostics.len();
        println!("{what}: {count} diagnostics, {} left out", compilation.dropped);
        assert!(
            compilation.compiled.is_none() && (1..=aeth_lang::limits::DIAGNOSTICS).contains(&count),
            "{what}"
        );
        watch.within_patience(what);
    }
}
