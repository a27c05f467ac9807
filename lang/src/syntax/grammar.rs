//! The rules of the grammar, and which of them a text is made of.
//!
//! A rule counts for a text where it gives a node. Rules that never do are left out: silent ones (`_{`), whose parts
//! count themselves, and those that are only looked ahead for (`!rule`, `&rule`).

use std::collections::BTreeSet;

use super::parse::{Rule, parse_again};
use super::trees::Trees;
use crate::span::FileId;

const GRAMMAR: &str = include_str!("grammar.pest");

/// Every rule that gives nodes, as the grammar names it.
#[must_use]
pub(crate) fn rules() -> BTreeSet<String> {
    let silent: BTreeSet<&str> = GRAMMAR
        .lines()
        .filter_map(|line| line.split_once('=').filter(|(_, body)| body.trim_start().starts_with("_{")))
        .map(|(name, _)| name.trim())
        .collect();
    let all = Rule::all_rules().iter().filter(|rule| **rule != Rule::EOI).map(|rule| name(*rule));
    all.filter(|name| !silent.contains(name.as_str()) && !is_only_looked_ahead(name)).collect()
}

/// The name of a rule in the grammar.
fn name(rule: Rule) -> String {
    format!("{rule:?}").trim_start_matches("r#").to_owned()
}

/// Whether a rule is used, and stands behind `!` or `&` wherever it is.
fn is_only_looked_ahead(rule: &str) -> bool {
    let part_of_word = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let mut uses = GRAMMAR.match_indices(rule).filter_map(|(at, _)| {
        let (before, after) = (&GRAMMAR[..at], &GRAMMAR[at + rule.len()..]);
        let whole = !before.ends_with(part_of_word) && !after.starts_with(part_of_word);
        let declared = before.ends_with('\n') || before.is_empty();
        let comment = before.rsplit('\n').next().is_some_and(|line| line.contains("//"));
        (whole && !declared && !comment).then_some(before)
    });
    let first = uses.next();
    first.into_iter().chain(uses).all(|before| before.ends_with(['!', '&'])) && first.is_some()
}

/// The rules that a text is made of, as far as it parses.
#[must_use]
pub(crate) fn rules_of(file: FileId, text: &str) -> BTreeSet<String> {
    let mut rules = BTreeSet::new();
    let mut trees = Trees::up_to(2 * text.len());
    let _ = parse_again(file, text, &mut trees);
    for tree in trees.iter() {
        let found = tree.pairs().flatten().map(|pair| pair.as_rule());
        rules.extend(found.filter(|rule| *rule != Rule::EOI).map(name));
    }
    rules
}
