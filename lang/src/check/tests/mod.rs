//! Table tests: a source checks clean, or gives exactly the diagnostics its lines announce.
//!
//! A line announces with `// error: [E0301] "part of the message"` (or `warning:`); several are separated by `;;`.

mod agents;
mod clean;
mod effects;
mod graphs;
mod habits;
mod hostile;
mod missing_token;
mod names;
mod patterns;
mod taste;
mod tools;
mod typing;

use super::program::{Body, Expr, Local, Pattern, Program};
use super::types::Type;
use super::walk::{self, Visit};
use super::{Checked, check};
use crate::diagnostic::Severity;
use crate::resolve::types;
use crate::source::SourceMap;
use crate::span::FileId;
use crate::syntax::parse;

fn checked(text: &str) -> (Checked, SourceMap) {
    let sources = SourceMap::single("test.aeth", text);
    let parsed = parse(FileId(0), text);
    let mut done = check(&[&parsed.file], &sources);
    done.diagnostics.splice(0..0, parsed.diagnostics);
    (done, sources)
}

/// `line: severity [code] message`, sorted.
fn found(text: &str) -> Vec<String> {
    let (done, sources) = checked(text);
    let mut lines: Vec<(u32, String)> = Vec::new();
    for diagnostic in &done.diagnostics {
        let span = diagnostic.span();
        let severity = if diagnostic.severity == Severity::Error { "error" } else { "warning" };
        let line = sources.get(span.file).position(span.start).line;
        lines.push((line, format!("{line}: {severity}: [{}] {}", diagnostic.code, diagnostic.message)));
    }
    lines.sort();
    lines.into_iter().map(|(_, line)| line).collect()
}

/// What the lines of a text announce: line, `severity: [code]`, part of the message.
fn announced(text: &str) -> Vec<(usize, String, String)> {
    let mut all = Vec::new();
    for (at, line) in text.lines().enumerate() {
        let Some((_, marks)) = line
            .split_once("// error:")
            .map(|(_, rest)| ("", format!("error:{rest}")))
            .or_else(|| line.split_once("// warning:").map(|(_, rest)| ("", format!("warning:{rest}"))))
        else {
            continue;
        };
        for mark in marks.split(";;") {
            let (head, part) = mark.trim().split_once(" \"").expect("a mark has a quoted part");
            let part = part.strip_suffix('"').expect("the quoted part ends the mark");
            all.push((at + 1, head.trim().to_owned(), part.to_owned()));
        }
    }
    all
}

/// Asserts that a text gives exactly the diagnostics its lines announce.
fn expect(text: &str) {
    let found = found(text);
    let announced = announced(text);
    let answers = |found: &String, (line, head, part): &(usize, String, String)| {
        found.starts_with(&format!("{line}: {head}")) && found.contains(part.as_str())
    };
    let silent = announced.iter().filter(|mark| !found.iter().any(|found| answers(found, mark)));
    let silent: Vec<String> = silent.map(|(line, head, part)| format!("{line}: {head} {part}")).collect();
    let surprising: Vec<&String> =
        found.iter().filter(|found| !announced.iter().any(|mark| answers(found, mark))).collect();
    assert!(
        silent.is_empty() && surprising.is_empty() && found.len() == announced.len(),
        "announced, not found: {silent:#?}\nfound, not announced: {surprising:#?}"
    );
    if announced.iter().all(|(_, head, _)| head.starts_with("warning")) {
        let program = checked(text).0.program.expect("a program without errors");
        audit(program, text);
    }
}

/// Asserts that the statements, put into a fn, give exactly the diagnostics their lines announce.
fn expect_body(body: &str) {
    expect(&format!("fn test_body() {{\n{body}\n}}\n"));
}

/// Asserts that nothing in a program is left to guess, and that it can be compiled.
fn audit(mut program: Program, text: &str) {
    let mut seen = Vec::new();
    {
        let mut audit = Audit(&mut seen);
        let mut bodies: Vec<&mut Body> = Vec::new();
        bodies.extend(program.globals.iter_mut().map(|global| &mut global.body));
        bodies.extend(program.functions.iter_mut().map(|function| &mut function.body));
        bodies.extend(program.schedules.iter_mut().map(|schedule| &mut schedule.args));
        bodies.extend(program.tests.iter_mut().map(|test| &mut test.body));
        for graph in &mut program.graphs {
            bodies.extend(graph.key.iter_mut().map(|(_, body)| body));
            bodies.extend(graph.lets.iter_mut().map(|item| &mut item.body));
            for task in &mut graph.tasks {
                bodies.extend(task.when.iter_mut().map(|(_, body)| body));
                bodies.push(&mut task.body);
            }
        }
        for tool in &mut program.tools {
            bodies.extend(
                [&mut tool.timeout, &mut tool.lookup, &mut tool.confirm, &mut tool.undo]
                    .into_iter()
                    .flatten(),
            );
        }
        bodies.into_iter().for_each(|body| walk::body(body, &mut audit));
    }
    assert!(seen.is_empty(), "unknown types at {seen:?} in:\n{text}");
    let sources = SourceMap::single("test.aeth", text);
    let errors = crate::lower(program, &sources).err();
    assert!(errors.is_none(), "{errors:?} in:\n{text}");
}

struct Audit<'s>(&'s mut Vec<String>);

impl Audit<'_> {
    fn look(&mut self, ty: &Type, what: &dyn std::fmt::Debug) {
        types::map(ty, &mut |inner| {
            if matches!(inner, Type::Open(_) | Type::Unknown) {
                self.0.push(format!("{ty:?}: {what:?}"));
            }
            None
        });
    }
}

impl Visit for Audit<'_> {
    fn expr(&mut self, expr: &mut Expr) {
        self.look(&expr.ty.clone(), expr);
    }

    fn pattern(&mut self, pattern: &mut Pattern) {
        self.look(&pattern.ty.clone(), pattern);
    }

    fn local(&mut self, local: &mut Local) {
        self.look(&local.ty.clone(), local);
    }
}
