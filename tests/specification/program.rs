//! Programs: compiled, their diagnostics compared; run, their results, failures, waits and calls compared.

use aeth_lang::Compiled;
use aeth_lang::bytecode;
use aeth_lang::modules::{self, Files, Unreadable};
use aeth_lang::source::{Source, SourceMap};

use super::marks;
use super::page::{Block, File, Outcome, Program, Run};
use super::world::{Bench, Ended};
use super::{Problem, compact, fits};

/// Compiles a program and makes its runs.
pub(super) async fn run(program: &Program) -> Vec<Problem> {
    let (compiled, mut problems) = compile(&program.files);
    let Some(compiled) = compiled else {
        if let (Some(run), true) = (program.runs.first(), problems.is_empty()) {
            problems.push((first_line(run), "a program with errors does not run".to_owned()));
        }
        return problems;
    };
    problems.extend(stored(&compiled, program.files[0].block.line));
    for run in &program.runs {
        problems.extend(execute(&compiled, run).await);
    }
    problems
}

fn first_line(run: &Run) -> usize {
    let outcome = run.outcome.as_ref().map(|outcome| match outcome {
        Outcome::Json(block) | Outcome::Fails(block) | Outcome::Waits(block) => block,
    });
    [run.args.as_ref(), run.world.as_ref(), outcome]
        .into_iter()
        .flatten()
        .next()
        .map_or(1, |block| block.line)
}

/// The files that a page shows.
struct Shown<'f>(&'f [File]);

impl Files for Shown<'_> {
    fn read(&mut self, path: &str) -> Result<Source, Unreadable> {
        if let Some(file) = self.0.iter().find(|file| file.path == path) {
            return Ok(Source::new(path, file.block.text.as_str()));
        }
        let folder = format!("{path}/");
        if self.0.iter().any(|file| file.path.starts_with(&folder)) {
            return Err(Unreadable::Folder);
        }
        let alike = self.0.iter().find(|file| file.path.eq_ignore_ascii_case(path));
        let last = |path: &str| path.rsplit('/').next().unwrap_or_default().to_owned();
        Err(alike.map_or(Unreadable::Missing(None), |file| Unreadable::Case(last(&file.path))))
    }
}

/// The texts of a program, its main file first.
pub(super) fn sources(files: &[File]) -> SourceMap {
    let main = &files[0];
    let source = Source::new(main.path.as_str(), main.block.text.as_str());
    modules::load(&main.path, source, &mut Shown(files))
}

fn compile(files: &[File]) -> (Option<Compiled>, Vec<Problem>) {
    let mut marks = Vec::new();
    for file in files {
        match marks::read(&file.block.text, file.block.line) {
            Ok(found) => marks.extend(found),
            Err(problem) => return (None, vec![problem]),
        }
    }
    let sources = sources(files);
    let compilation = aeth_lang::compile(&sources);
    let problems = marks::compare(&marks, &compilation.diagnostics, |found| {
        let name = sources.get(found.span().file).name();
        let file = files.iter().find(|file| file.path == name).unwrap_or(&files[0]);
        file.block.line + marks::line_in_file(found, &sources) - 1
    });
    if compilation.compiled.is_none() && problems.is_empty() && !marks.iter().any(marks::Mark::is_error) {
        return (None, vec![(files[0].block.line, "it does not compile, and nobody says why".to_owned())]);
    }
    (compilation.compiled, problems)
}

/// What is stored of a program is the program.
pub(super) fn stored(compiled: &Compiled, line: usize) -> Option<Problem> {
    let again = bytecode::decode(&bytecode::encode(&compiled.module));
    (again.as_ref() != Ok(&compiled.module))
        .then(|| (line, "its module does not survive being stored".to_owned()))
}

async fn execute(compiled: &Compiled, run: &Run) -> Vec<Problem> {
    let line = first_line(run);
    let mut bench = match Bench::open(compiled, run.world.as_ref()).await {
        Ok(bench) => bench,
        Err(problem) => return vec![problem],
    };
    let agents: Vec<&str> =
        compiled.module.graphs.iter().filter(|graph| graph.agent).map(|graph| graph.name.as_str()).collect();
    let agent = match agents.as_slice() {
        [only] => only,
        _ if agents.contains(&"main") => "main",
        _ => return vec![(line, "which agent is to run? Call it `main`".to_owned())],
    };
    let args = run.args.as_ref().map_or("{}", |block| block.text.as_str());
    let ended = match bench.run(compiled, agent, args).await {
        Ok(ended) => ended,
        Err(problem) => return vec![(line, problem)],
    };
    let mut problems = bench.problems(run.world.as_ref().map_or(line, |world| world.line));
    if let Some(problem) = run.outcome.as_ref().and_then(|outcome| differs(outcome, &ended)) {
        problems.push(problem);
    }
    if let Some(block) = &run.calls {
        problems.extend(compare_calls(block, &bench.calls()));
    }
    problems
}

fn differs(outcome: &Outcome, ended: &Ended) -> Option<Problem> {
    match outcome {
        Outcome::Json(block) => {
            let wanted = compact(&block.text);
            let same = matches!(ended, Ended::Completed(result) if *result == wanted);
            (!same).then(|| (block.line, format!("expected {wanted}, found {ended}")))
        }
        Outcome::Fails(block) => {
            let wanted = block.text.trim_end();
            let same = matches!(ended, Ended::Failed { kind, message } if fits(wanted, &format!("{kind}: {message}")));
            (!same).then(|| (block.line, format!("expected a failure `{wanted}`, found {ended}")))
        }
        Outcome::Waits(block) => {
            let wanted: Vec<&str> =
                block.text.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
            let same = matches!(ended, Ended::Waits(waits) if waits.iter().map(String::as_str).eq(wanted.iter().copied()));
            (!same)
                .then(|| (block.line, format!("expected to wait for {}, found {ended}", wanted.join(", "))))
        }
    }
}

fn compare_calls(block: &Block, calls: &[String]) -> Option<Problem> {
    let wanted: Vec<String> = block.text.lines().map(compact_call).filter(|line| !line.is_empty()).collect();
    (wanted != calls).then(|| {
        let found =
            if calls.is_empty() { "none".to_owned() } else { format!("\n    {}", calls.join("\n    ")) };
        (block.line, format!("expected these calls, found {found}"))
    })
}

/// `tool {"a": 1}` as the world writes it down.
fn compact_call(line: &str) -> String {
    match line.trim().split_once(' ') {
        Some((tool, args)) => format!("{tool} {}", compact(args)),
        None => line.trim().to_owned(),
    }
}
