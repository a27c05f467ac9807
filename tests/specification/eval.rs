//! Tables of expressions: ```` ```aeth eval ```` blocks, a line per expression with what it comes to.
//!
//! In: declarations, `---`, then `EXPRESSION  //> JSON`, `… //> fails Kind "part"` or `… //> error: [E0301] "part"`. Out:
//! the lines that differ. Invariant: the type of each expression is inferred from it alone; its value is shown as Json.

use std::fmt::Write;

use aeth_lang::diagnostic::{Diagnostic, codes};
use aeth_lang::source::SourceMap;

use super::marks::{self, Mark};
use super::page::Block;
use super::world::{Bench, Ended};
use super::{Problem, compact, program};

/// Declarations and the expressions after them.
pub(super) struct Table {
    declarations: String,
    declared_at: usize,
    pub(super) entries: Vec<Entry>,
}

/// One expression.
pub(super) struct Entry {
    /// The line of the page on which it begins.
    line: usize,
    /// The line on which it is told what it comes to.
    last: usize,
    text: String,
    expected: Expected,
}

enum Expected {
    Json(String),
    Fails { kind: String, part: String },
    Marks(Vec<Mark>),
}

/// Reads a block.
pub(super) fn entries(block: &Block) -> Result<Table, Problem> {
    let lines: Vec<&str> = block.text.lines().collect();
    let split = lines.iter().position(|line| line.trim() == "---");
    let start = split.map_or(0, |at| at + 1);
    let declarations = lines[..split.unwrap_or(0)].join("\n");
    let mut table = Table { declarations, declared_at: block.line, entries: Vec::new() };
    let mut text = String::new();
    let mut begin = None;
    for (at, line) in lines.iter().enumerate().skip(start) {
        let number = block.line + at;
        let Some((code, told)) = line.rsplit_once("//>") else {
            if !(line.trim().is_empty() || line.trim_start().starts_with("//")) || begin.is_some() {
                begin.get_or_insert(number);
                text.push_str(line);
                text.push('\n');
            }
            continue;
        };
        text.push_str(code);
        let line = begin.take().unwrap_or(number);
        let expected = expected(told.trim(), number).map_err(|problem| (number, problem))?;
        table.entries.push(Entry { line, last: number, text: std::mem::take(&mut text), expected });
    }
    match begin {
        Some(line) => Err((line, "an expression without `//>`".to_owned())),
        None => Ok(table),
    }
}

fn expected(told: &str, line: usize) -> Result<Expected, String> {
    if told.starts_with("error:") || told.starts_with("warning:") {
        return Ok(Expected::Marks(marks::of_line(&format!("// {told}"), line)?));
    }
    let Some(failure) = told.strip_prefix("fails ") else { return Ok(Expected::Json(compact(told))) };
    let part = failure.split_once('"').and_then(|(kind, part)| Some((kind, part.strip_suffix('"')?)));
    let (kind, part) = part.ok_or("a failure is written `fails Kind \"part of its message\"`")?;
    Ok(Expected::Fails { kind: kind.trim().to_owned(), part: part.to_owned() })
}

/// A program of some entries, and the page's line of each of its lines; `None` for lines of the runner's own.
struct Text {
    source: String,
    lines: Vec<(usize, bool)>,
}

impl Table {
    fn text(&self, entries: &[&Entry]) -> Text {
        let mut text = Text { source: String::new(), lines: Vec::new() };
        for (at, line) in self.declarations.lines().enumerate() {
            text.push(line, self.declared_at + at, true);
        }
        for entry in entries {
            let head = format!("agent line_{}() -> Json {{ let it = (", entry.line);
            text.push(&head, entry.line, false);
            for (at, line) in entry.text.lines().enumerate() {
                text.push(line, entry.line + at, true);
            }
            text.push(")", entry.last, false);
            text.push("it }", entry.last, false);
        }
        text
    }
}

impl Text {
    fn push(&mut self, line: &str, number: usize, of_page: bool) {
        let _ = writeln!(self.source, "{line}");
        self.lines.push((number, of_page));
    }

    fn sources(&self) -> SourceMap {
        SourceMap::single("main.aeth", self.source.as_str())
    }

    fn line(&self, found: &Diagnostic, sources: &SourceMap) -> (usize, bool) {
        self.lines
            .get(marks::line_in_file(found, sources) - 1)
            .or(self.lines.last())
            .copied()
            .unwrap_or((1, true))
    }
}

/// Compiles the expressions that are right together, and each that is wrong alone; runs the right ones.
pub(super) async fn run(block: &Block) -> Vec<Problem> {
    let table = match entries(block) {
        Ok(table) => table,
        Err(problem) => return vec![problem],
    };
    let mut problems = Vec::new();
    let mut right = Vec::new();
    for entry in &table.entries {
        match &entry.expected {
            Expected::Marks(marks) => {
                // Where in the expression it is does not matter here.
                let marks = marks.iter().cloned().map(|mark| mark.on(entry.last));
                let (found, _) = table.compile(&[entry]);
                let found: Vec<Diagnostic> = found.into_iter().map(|(found, _)| found).collect();
                problems.extend(marks::compare(&marks.collect::<Vec<_>>(), &found, |_| entry.last));
            }
            _ => right.push(entry),
        }
    }
    if right.is_empty() {
        return problems;
    }
    let (found, compiled) = table.compile(&right);
    problems.extend(found.iter().map(|(found, line)| (*line, format!("unexpected {}", marks::shown(found)))));
    let Some(compiled) = compiled else { return problems };
    problems.extend(program::stored(&compiled, block.line));
    let mut bench = match Bench::open(&compiled, None).await {
        Ok(bench) => bench,
        Err(problem) => return vec![problem],
    };
    for entry in right {
        let ended = bench.run(&compiled, &format!("line_{}", entry.line), "{}").await;
        let ended = ended.unwrap_or_else(Ended::Defect);
        if let Some(problem) = differs(&entry.expected, &ended) {
            problems.push((entry.last, problem));
        }
    }
    problems
}

impl Table {
    /// What the compiler says of these entries, but for what it says of the runner's own lines.
    fn compile(&self, entries: &[&Entry]) -> (Vec<(Diagnostic, usize)>, Option<aeth_lang::Compiled>) {
        let text = self.text(entries);
        let sources = text.sources();
        let compilation = aeth_lang::compile(&sources);
        let found = compilation.diagnostics.into_iter().filter_map(|found| {
            let (line, of_page) = text.line(&found, &sources);
            (of_page || found.code != codes::UNREACHABLE_CODE).then_some((found, line))
        });
        (found.collect(), compilation.compiled)
    }
}

/// The programs that a block stands for: its right expressions together, each wrong one alone.
pub(super) fn programs(block: &Block) -> Vec<SourceMap> {
    let Ok(table) = entries(block) else { return Vec::new() };
    let (wrong, right): (Vec<&Entry>, Vec<&Entry>) =
        table.entries.iter().partition(|entry| matches!(entry.expected, Expected::Marks(_)));
    let alone = wrong.iter().map(|entry| table.text(&[*entry]).sources());
    alone.chain([table.text(&right).sources()]).collect()
}

fn differs(expected: &Expected, ended: &Ended) -> Option<String> {
    match (expected, ended) {
        (Expected::Json(wanted), Ended::Completed(result)) if wanted == result => None,
        (Expected::Json(wanted), _) => Some(format!("expected {wanted}, found {ended}")),
        (Expected::Fails { kind, part }, Ended::Failed { kind: found, message })
            if kind == found && message.contains(part) =>
        {
            None
        }
        (Expected::Fails { kind, part }, _) => Some(format!("expected {kind} \"{part}\", found {ended}")),
        (Expected::Marks(_), _) => None,
    }
}
