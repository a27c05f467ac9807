//! Every token of real programs left out in turn: at least one error, three at most, nearly always one; and what is
//! declared elsewhere in the file is still there.

use std::collections::BTreeMap;

use crate::analyze;
use crate::diagnostic::{Diagnostic, Severity};
use crate::source::SourceMap;
use crate::span::FileId;
use crate::syntax::ast::{File, ItemKind};
use crate::syntax::parse;

const PROGRAMS: &[(&str, &str)] = &[
    ("the taste program", include_str!("../../syntax/tests/taste.aeth")),
    ("hello", include_str!("../../../../examples/hello/main.aeth")),
    ("release_notes", include_str!("../../../../examples/release_notes/main.aeth")),
    ("site_check", include_str!("../../../../examples/site_check/main.aeth")),
];

/// The errors of a text.
fn errors(text: &str) -> Vec<Diagnostic> {
    let diagnostics = analyze(&SourceMap::single("main.aeth", text)).diagnostics;
    diagnostics.into_iter().filter(|found| found.severity == Severity::Error).collect()
}

/// Kind and name of each declaration.
fn declarations(file: &File) -> Vec<String> {
    let name = |kind: &ItemKind| match kind {
        ItemKind::Import(item) => item.path.name.clone(),
        ItemKind::Const(item) => item.name.name.clone(),
        ItemKind::Fn(item) => item.name.name.clone(),
        ItemKind::Record(item) => item.name.name.clone(),
        ItemKind::Enum(item) => item.name.name.clone(),
        ItemKind::Alias(item) => item.name.name.clone(),
        ItemKind::Tool(item) => item.name.name.clone(),
        ItemKind::Model(item) => item.name.name.clone(),
        ItemKind::Prompt(item) => item.name.name.clone(),
        ItemKind::Signal(item) => item.name.name.clone(),
        ItemKind::Memory(item) => item.name.name.clone(),
        ItemKind::Schedule(item) => item.name.name.clone(),
        ItemKind::Graph(item) => item.name.name.clone(),
        ItemKind::Test(item) => item.title.name.clone(),
        ItemKind::Broken(item) => item.name.as_ref().map_or_else(String::new, |name| name.name.clone()),
    };
    file.items.iter().map(|item| name(&item.kind)).collect()
}

/// Why a program may be right without a token, if it may: what stands before it (spaces apart), the token, the reason.
const NEEDLESS: &[(&str, &str, &str)] = &[
    ("-> String", "?", "a type that is never null fits as well"),
    ("body:", "json", "a block with a text is a body as well"),
    ("body: json {", "text", "an empty object is a value as well"),
    ("provider script", ",", "clauses need no comma"),
    ("at most 4 {", "find_ticket", "a value in parentheses is that value"),
    ("slice(0,", "7", "the end of `slice` may be left out"),
    ("Your name has {", "letters", "a value in parentheses is that value"),
    ("let features =", "section", "a tuple is a value as well, and every value can be interpolated"),
    ("let fixes =", "section", "a tuple is a value as well, and every value can be interpolated"),
    ("let others =", "section", "a tuple is a value as well, and every value can be interpolated"),
];

fn needless(text: &str, (start, end, interpolation): (usize, usize, bool)) -> Option<&'static str> {
    let token = &text[start..end];
    let next = text[end..].trim_start_matches([' ', '\t']);
    let before = text[..start].trim_end();
    if let Some((.., reason)) =
        NEEDLESS.iter().find(|(head, word, _)| *word == token && before.ends_with(head))
    {
        return Some(reason);
    }
    Some(match token {
        "," if next.starts_with(['\n', '}', ')', ']']) => "a line break or a bracket separates as well",
        "readonly" | "once" => "a tool of no class is `once`",
        "always" => "an `idempotent` tool is so always unless it says for how long",
        "{" if interpolation => "without its `{`, an interpolation is text",
        _ if interpolation => "a piece of text",
        _ => return None,
    })
}

/// Everything but spaces, comments and line breaks.
fn tokens(text: &str) -> Vec<(usize, usize, bool)> {
    let tokens = crate::syntax::tests::tokens(text);
    let significant = |&(start, end, _): &(usize, usize, bool)| {
        !text[start..end].trim().is_empty() && !text[start..end].starts_with("//")
    };
    tokens.into_iter().filter(significant).collect()
}

// The histogram is the result.
#[allow(clippy::print_stdout)]
#[test]
fn a_missing_token_is_one_error_and_hides_nothing() {
    let mut complaints = Vec::new();
    let mut all = [0_usize; 5];
    for (what, text) in PROGRAMS {
        let said: Vec<String> = errors(text).into_iter().map(|found| found.message).collect();
        let declared = parse(FileId(0), text).file;
        let names = declarations(&declared);
        let (mut counts, mut valid) = ([0_usize; 5], BTreeMap::new());
        for (start, end, interpolation) in tokens(text) {
            let token = &text[start..end];
            let line = text[..start].matches('\n').count() + 1;
            let left = format!("{}{}", &text[..start], &text[end..]);
            // What the whole program lacks already is not the token's fault.
            let found: Vec<Diagnostic> =
                errors(&left).into_iter().filter(|found| !said.contains(&found.message)).collect();
            let messages: Vec<&str> = found.iter().map(|found| found.message.as_str()).collect();
            let own = declared
                .items
                .iter()
                .position(|item| (item.span.end as usize) > start)
                .unwrap_or(names.len());
            let listed = declarations(&parse(FileId(0), &left).file);
            let mut rest = listed.iter();
            let hidden =
                names.iter().enumerate().find(|&(at, name)| at != own && !rest.any(|other| other == name));
            if let Some((_, name)) = hidden {
                complaints
                    .push(format!("{what}:{line}: without `{token}`, `{name}` is not listed: {messages:?}"));
            }
            counts[found.len().min(4)] += 1;
            match found.len() {
                0 => match needless(text, (start, end, interpolation)) {
                    Some(reason) => *valid.entry(reason).or_insert(0) += 1,
                    // It may be right or wrong: nobody looks yet.
                    None if !said.is_empty() => {
                        *valid.entry("a part that cannot be compiled yet").or_insert(0) += 1;
                    }
                    None => complaints.push(format!("{what}:{line}: without `{token}`, nothing is said")),
                },
                1 => {}
                n if n > 3 => {
                    complaints.push(format!("{what}:{line}: without `{token}`, {n} errors: {messages:#?}"));
                }
                _ => {}
            }
        }
        println!("{what}: errors without one token: {counts:?} (0, 1, 2, 3, more); none because {valid:?}");
        for (sum, count) in all.iter_mut().zip(counts) {
            *sum += count;
        }
    }
    let wrong: usize = all[1..].iter().sum();
    println!("of {wrong} mistakes {} are one error, {} two, {} three", all[1], all[2], all[3]);
    assert!(complaints.is_empty(), "{}", complaints.join("\n"));
    assert!(all[1] * 10 >= wrong * 9, "{all:?}");
}
