//! Nothing of the language goes without an example: every diagnostic code, operator, effect and declaration stands
//! on a page of the suite, or in a list here with the reason why not.

use aeth_lang::diagnostic::codes;

use super::pages;

/// Codes that no page of this suite can show, and why.
const CODES_ELSEWHERE: &[(&str, &str)] = &[
    ("E0001", "a page is valid UTF-8: `tests/bad_input`"),
    ("E0002", "a page is no file of 8 MB: `tests/bad_input`"),
    ("E0003", "nesting is written by a program: the hostile texts beside the parser"),
    ("E0004", "limits are reached by programs that write programs: the tests beside the checker"),
    ("E0099", "shows only where the compiler is wrong"),
];

/// Codes whose pages are still to be written, and what they will be about.
const CODES_TO_COME: &[(&str, &str)] = &[
    ("E0110", "brackets without their partner"),
    ("E0111", "tasks inside of blocks"),
    ("E0309", "values without a JSON form"),
    ("E0318", "values that have no text"),
    ("E0507", "literal values of clauses"),
    ("E0706", "the limit of a match"),
    ("E0902", "what is not run yet"),
    ("W0104", "unused tasks"),
];

/// How every operator is written.
const OPERATORS: &[&str] = &[
    "|>", "||", "&&", "==", "!=", "<", "<=", ">", ">=", "in", "??", "+", "-", "*", "/", "%", "as", "+=",
    "-=", "*=",
];

/// The text of all pages.
fn text() -> String {
    pages().iter().map(|page| std::fs::read_to_string(page).expect("a readable page")).collect()
}

#[test]
fn every_code_has_an_example_or_a_reason() {
    let text = text();
    let mut wrong = Vec::new();
    for info in codes::REGISTRY {
        let code = info.code.as_str();
        let shown = text.contains(&format!("[{code}]"));
        let excused = CODES_ELSEWHERE.iter().chain(CODES_TO_COME).any(|(excused, why)| {
            assert!(!why.is_empty(), "{excused} is excused without a reason");
            *excused == code
        });
        match (shown, excused) {
            (false, false) => wrong.push(format!("{code} ({}) has no example", info.title)),
            (true, true) => wrong.push(format!("{code} has an example now: take it off the list")),
            _ => {}
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_operator_has_an_example() {
    let text = text();
    let missing: Vec<_> = OPERATORS.iter().filter(|sign| !text.contains(&format!(" {sign} "))).collect();
    assert!(missing.is_empty(), "operators without an example: {missing:?}");
}

#[test]
fn every_declaration_has_an_example() {
    let text = text();
    let words = ["agent", "const", "enum", "fn", "flow", "import", "record", "signal", "tool", "type"];
    let missing: Vec<&str> = words
        .into_iter()
        .filter(|word| !text.lines().any(|line| line.starts_with(&format!("{word} "))))
        .collect();
    assert!(missing.is_empty(), "declarations without an example: {missing:?}");
}
