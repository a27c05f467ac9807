//! The executable specification: every page of `tests/suite` is compiled and run, in this process, in memory.
//!
//! In: Markdown pages; their format stands in `docs/testing.md`. Out: every place where the implementation differs from
//! a page, as `page:line: expected …, found …`. Invariant: whatever a page does not expect, fails it, and a block
//! that the runner does not understand fails its page too.
//!
//! `AETH_PAGE=numbers` looks only at pages whose name contains that; `AETH_SUITE=folder` at the pages of another folder.

mod eval;
mod marks;
mod page;
mod program;
mod registry;
mod world;

use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use page::{Page, Step};

/// What running a page came to.
#[derive(Default)]
struct Findings {
    problems: Vec<String>,
    /// Programs compiled and expressions evaluated.
    examples: usize,
}

/// The folder of the pages, or another one for pages that are being written.
fn folder() -> PathBuf {
    std::env::var_os("AETH_SUITE")
        .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/suite"), PathBuf::from)
}

/// Every page, sorted by name.
pub fn pages() -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder()).expect("tests/suite");
    let mut pages: Vec<PathBuf> = entries
        .map(|entry| entry.expect("a readable entry").path())
        .filter(|path| {
            path.extension().is_some_and(|extension| extension == "md") && !path.ends_with("README.md")
        })
        .collect();
    pages.sort();
    pages
}

#[test]
fn the_language_is_what_its_specification_says() {
    let wanted = std::env::var("AETH_PAGE").unwrap_or_default();
    let mut pages = pages();
    pages.retain(|page| page.file_name().is_some_and(|name| name.to_string_lossy().contains(&wanted)));
    assert!(!pages.is_empty(), "no page is called like `{wanted}`");
    let started = Instant::now();
    let (next, found) = (AtomicUsize::new(0), Mutex::new(Findings::default()));
    let threads = std::thread::available_parallelism().map_or(1, usize::from).min(pages.len());
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                while let Some(page) = pages.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let of_page = std::panic::catch_unwind(|| run_page(page)).unwrap_or_else(|_| Findings {
                        problems: vec![format!("{}: the compiler or the machine panicked", page.display())],
                        examples: 0,
                    });
                    let mut found = found.lock().expect("no page panics while it holds this");
                    found.problems.extend(of_page.problems);
                    found.examples += of_page.examples;
                }
            });
        }
    });
    let Findings { mut problems, examples } = found.into_inner().expect("no page panics while it holds this");
    println!("{} pages, {examples} examples, {} ms", pages.len(), started.elapsed().as_millis());
    problems.sort();
    assert!(problems.is_empty(), "{} places differ\n\n{}\n", problems.len(), problems.join("\n"));
}

fn run_page(path: &Path) -> Findings {
    let text = std::fs::read_to_string(path).expect("a readable page");
    let name = path.strip_prefix(env!("CARGO_MANIFEST_DIR")).unwrap_or(path).display().to_string();
    let mut findings = Findings::default();
    let page = match Page::read(&text) {
        Ok(page) => page,
        Err((line, problem)) => {
            findings.problems.push(format!("{name}:{line}: {problem}"));
            return findings;
        }
    };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a reactor");
    for step in &page.steps {
        let problems = match step {
            Step::Program(program) => runtime.block_on(program::run(program)),
            Step::Eval(block) => runtime.block_on(eval::run(block)),
        };
        findings.examples += match step {
            Step::Program(_) => 1,
            Step::Eval(block) => eval::entries(block).map_or(0, |table| table.entries.len()),
        };
        findings
            .problems
            .extend(problems.into_iter().map(|(line, problem)| format!("{name}:{line}: {problem}")));
    }
    findings
}

/// A line of the page, and what is wrong there.
type Problem = (usize, String);

/// Whether `text` is what `pattern` says; `…` stands for anything.
fn fits(pattern: &str, text: &str) -> bool {
    let mut parts = pattern.split('…');
    let first = parts.next().unwrap_or_default();
    let Some(mut rest) = text.strip_prefix(first) else { return false };
    let parts: Vec<&str> = parts.collect();
    let Some((last, middle)) = parts.split_last() else { return rest.is_empty() };
    for part in middle {
        let Some(at) = rest.find(part) else { return false };
        rest = &rest[at + part.len()..];
    }
    rest.len() >= last.len() && rest.ends_with(last)
}

/// JSON text without the white space between its tokens: what the runtime writes.
fn compact(json: &str) -> String {
    let (mut text, mut quoted, mut escaped) = (String::new(), false, false);
    for c in json.chars() {
        if quoted || !c.is_whitespace() {
            text.push(c);
        }
        match c {
            _ if escaped => escaped = false,
            '\\' if quoted => escaped = true,
            '"' => quoted = !quoted,
            _ => {}
        }
    }
    text
}

#[test]
fn the_runner_tells_right_from_wrong() {
    let wrong = [
        ("a value", "```aeth\nagent main() -> Int { 1 }\n```\n\n```json\n2\n```\n", "expected 2"),
        ("an error nobody marked", "```aeth\nagent main() -> Int { x }\n```\n", "unexpected error [E0201]"),
        (
            "a mark without error",
            "```aeth\nfn f() -> Int { 1 } // error: [E0301] \"x\"\n```\n",
            "expected error",
        ),
        (
            "the text of a mark",
            "```aeth\nfn f() -> Int { x } // error: [E0201] \"zzz\"\n```\n",
            "expected error",
        ),
        (
            "a failure",
            "```aeth\nagent main() -> Int { 1 }\n```\n```fails\nFailed: x\n```\n",
            "expected a failure",
        ),
        ("an expression", "```aeth eval\n1 + 1 //> 3\n```\n", ":2: expected 3, found 2"),
        ("a failing expression", "```aeth eval\n1 / 0 //> fails Limit \"x\"\n```\n", "found Arithmetic"),
        ("a block without a program", "```json\n2\n```\n", "no program"),
        ("an unknown block", "```jason\n2\n```\n", "jason"),
        ("an open block", "```aeth\n", "never ends"),
    ];
    let folder = tempfile::tempdir().expect("a folder");
    for (what, page, says) in wrong {
        let path = folder.path().join("page.md");
        std::fs::write(&path, page).expect("a page");
        let problems = run_page(&path).problems;
        assert!(problems.len() == 1 && problems[0].contains(says), "{what}: {problems:#?}");
    }
    assert!(
        fits("a…c…", "abcd") && fits("…", "") && fits("x", "x") && !fits("a…c", "ab") && !fits("ab…b", "ab")
    );
    assert_eq!(compact(" { \"a \\\" b\" : [ 1 ] } "), r#"{"a \" b":[1]}"#);
}
