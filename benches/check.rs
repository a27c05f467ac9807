//! What checking costs: a cold `aeth check`, the checker alone at growing sizes, and again after an edit. The programs
//! are the examples over and over, every declaration under a name of its own.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;

use aeth_lang::limits;
use aeth_lang::source::SourceMap;
use aeth_lang::span::FileId;
use aeth_lang::syntax::Trees;

use crate::{ROUNDS, median, timed};

/// What declares a name at the beginning of a line.
const DECLARES: [&str; 6] = ["agent ", "enum ", "fn ", "record ", "signal ", "tool "];

/// A program of at least `lines` lines made of whole examples.
fn program(lines: usize) -> String {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples");
    let mut examples: Vec<_> = std::fs::read_dir(folder)
        .expect("the examples")
        .filter_map(|entry| std::fs::read_to_string(entry.ok()?.path().join("main.aeth")).ok())
        .map(|text| {
            text.lines().filter(|line| !line.starts_with("//!")).map(|line| format!("{line}\n")).collect()
        })
        .collect::<Vec<String>>();
    examples.sort();
    let mut text = String::new();
    let mut written = 0;
    for copy in 0.. {
        for example in &examples {
            if written >= lines {
                return text;
            }
            written += example.lines().count();
            rename(example, copy, &mut text);
        }
    }
    unreachable!("the copies never end")
}

/// Appends an example with a number at the end of every name that it declares.
fn rename(example: &str, copy: usize, to: &mut String) {
    let is_word = |c: char| c.is_alphanumeric() || c == '_';
    let declared: BTreeSet<&str> = example
        .lines()
        .filter_map(|line| DECLARES.iter().find_map(|word| line.strip_prefix(word)))
        .filter_map(|rest| rest.split(|c| !is_word(c)).next())
        .collect();
    let mut rest = example;
    while !rest.is_empty() {
        let word = rest.split(|c| !is_word(c)).next().unwrap_or_default();
        to.push_str(word);
        if declared.contains(word) {
            to.push_str(&copy.to_string());
        }
        rest = &rest[word.len()..];
        let gap = rest.find(is_word).unwrap_or(rest.len());
        to.push_str(&rest[..gap]);
        rest = &rest[gap..];
    }
}

/// The command from its start to its end, on a file of 2,000 lines.
pub(crate) fn cold() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let file = folder.path().join("main.aeth");
    let text = program(2_000);
    std::fs::write(&file, &text).expect("a file");
    let times = (0..ROUNDS * 4)
        .map(|_| {
            let mut command = Command::new(env!("CARGO_BIN_EXE_aeth"));
            command.arg("check").arg(&file);
            let (time, output) = timed(|| command.output().expect("aeth starts"));
            assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
            time
        })
        .collect();
    println!(
        "check: {:.1} ms for a cold `aeth check` of {} lines",
        median(times).as_secs_f64() * 1e3,
        text.lines().count()
    );
}

/// The compiler alone: time for each line should not grow with the file.
pub(crate) fn by_size() {
    let mut first = None;
    for lines in [2_000, 10_000, 100_000] {
        let text = program(lines);
        let lines = text.lines().count();
        let times = (0..ROUNDS)
            .map(|_| {
                let sources = SourceMap::single("main.aeth", &*text);
                let (time, compilation) = timed(|| aeth_lang::compile(&sources));
                assert!(compilation.compiled.is_some(), "{:?}", compilation.diagnostics);
                time
            })
            .collect();
        let each = median(times).as_secs_f64() * 1e6 / lines as f64;
        let ratio = each / *first.get_or_insert(each);
        println!(
            "compile: {lines} lines in {:.1} ms, {each:.2} µs a line; ratio {ratio:.2}",
            each * lines as f64 / 1e3
        );
    }
}

/// What an editor waits for: a digit more in one declaration in the middle of 2,000 lines, everything checked again.
pub(crate) fn after_an_edit() {
    let mut text = program(2_000);
    let at = text[text.len() / 2..].find("20s").expect("a number") + text.len() / 2;
    let mut trees = Trees::up_to(limits::KEPT_TREES_BYTES);
    let mut check = |text: &str| {
        timed(|| {
            let mut sources = SourceMap::single("main.aeth", text);
            sources.parse(FileId(0), &mut trees);
            let compilation = aeth_lang::compile(&sources);
            assert!(compilation.compiled.is_some(), "{:?}", compilation.diagnostics);
        })
        .0
    };
    let whole = check(&text);
    let times = (0..ROUNDS * 4)
        .map(|round| {
            text.replace_range(at..at + 2, &(10 + round).to_string());
            check(&text)
        })
        .collect();
    println!(
        "edit: {:.1} ms after an edit in {} lines; {:.1} ms when nothing was known",
        median(times).as_secs_f64() * 1e3,
        text.lines().count(),
        whole.as_secs_f64() * 1e3
    );
}
