//! What the documents show is true: every complete program in them passes the checker.

use std::path::Path;

use crate::harness::World;

/// Documents whose `aeth` blocks are programs. The reference also shows forms, which are none.
const DOCUMENTS: [&str; 2] = ["README.md", "docs/tour.md"];

/// The blocks of one language in a document, with the line each begins at.
fn blocks(document: &str, language: &str) -> Vec<(usize, String)> {
    let mut found = Vec::new();
    let mut open: Option<(usize, String)> = None;
    for (number, line) in document.lines().enumerate() {
        match (&mut open, line) {
            (Some(_), "```") => found.extend(open.take()),
            (Some((_, block)), line) => {
                block.push_str(line);
                block.push('\n');
            }
            (None, line) if line.strip_prefix("```") == Some(language) => {
                open = Some((number + 2, String::new()));
            }
            (None, _) => {}
        }
    }
    assert!(open.is_none(), "a block that never ends");
    found
}

#[test]
fn programs_in_the_documents_pass_the_checker() {
    for name in DOCUMENTS {
        let document =
            std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(name)).expect("a document");
        let programs = blocks(&document, "aeth");
        assert!(!programs.is_empty(), "{name} shows no program");
        for (line, program) in programs {
            let checked = World::with_program(&program).run(&["check", "main.aeth", "--format", "short"]);
            assert_eq!(checked.status.code(), Some(0), "{name}:{line}\n{checked}");
        }
    }
}
