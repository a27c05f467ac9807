//! Nothing of the language goes without an example: the registries of the compiler are walked, and each diagnostic
//! code, grammar rule, operator, library function and effect is looked for in what the pages of the suite compile.

use std::collections::BTreeSet;

use aeth_lang::diagnostic::codes::{self, Code};
use aeth_lang::source::SourceMap;
use aeth_lang::usage;

use super::page::{Page, Step};
use super::{eval, pages, program};

/// Every program of every page.
fn programs() -> Vec<SourceMap> {
    let mut programs = Vec::new();
    for path in pages() {
        let text = std::fs::read_to_string(&path).expect("a readable page");
        for step in Page::read(&text).expect("a page that can be read").steps {
            match step {
                Step::Program(one) => programs.push(program::sources(&one.files)),
                Step::Eval(block) => programs.extend(eval::programs(&block)),
            }
        }
    }
    programs
}

/// Whether the page of a code shows it raised by a program; `tests/errors.rs` holds what is shown against the compiler.
fn is_shown_by_its_page(code: Code) -> bool {
    let page = codes::REGISTRY.iter().find(|info| info.code == code).map_or("", |info| info.page);
    page.split("```text\n").skip(1).any(|shown| shown.starts_with(code.as_str()))
}

#[test]
fn every_code_has_an_example() {
    let raised: BTreeSet<Code> = programs()
        .iter()
        .flat_map(|sources| aeth_lang::compile(sources).diagnostics)
        .map(|found| found.code)
        .collect();
    let shown = |code| raised.contains(&code) || is_shown_by_its_page(code);
    // A program that raises this one is a defect: the tests of `codegen` raise it by a tree that no source gives.
    let provable = codes::REGISTRY.iter().filter(|info| info.code != codes::COMPILER_DEFECT);
    let missing: Vec<_> = provable.filter(|info| !shown(info.code)).map(|info| info.code).collect();
    assert!(missing.is_empty(), "codes without an example: {missing:?}");
}

#[test]
fn every_part_of_the_language_has_an_example() {
    let registered = usage::registered();
    let used: BTreeSet<String> = programs().iter().flat_map(usage::used).collect();
    let count = |sort: &str| registered.iter().filter(|name| name.starts_with(sort)).count();
    println!(
        "{} grammar rules, {} operators, {} functions, {} effects",
        count("rule "),
        count("operator "),
        count("function "),
        count("effect ")
    );
    for (sort, least) in [("rule ", 200), ("operator ", 50), ("function ", 90), ("effect ", 30)] {
        assert!(count(sort) >= least, "the walk finds only {} of `{sort}`", count(sort));
    }
    let missing: Vec<&String> = registered.difference(&used).collect();
    assert!(missing.is_empty(), "{} parts without an example in tests/suite: {missing:#?}", missing.len());
    let unknown: Vec<&String> = used.difference(&registered).collect();
    assert!(unknown.is_empty(), "in use and not registered: {unknown:#?}");
}
