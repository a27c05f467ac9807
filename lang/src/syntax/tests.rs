//! The front end as a whole: the taste program, recovery, hostile input, speed.

use super::ast::{File, ItemKind};
use super::parse::{parse, parse_strict};
use crate::span::FileId;

const TASTE: &str = include_str!("tests/taste.aeth");

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
