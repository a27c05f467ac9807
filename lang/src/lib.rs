//! The `.aeth` language: source text in, verified bytecode module out. Pure: no I/O, no clock, no randomness.
//!
//! A caller fills a [`SourceMap`] and calls [`compile`]. Each pass is one folder, named after
//! what comes out of it:
//!
//! 0. [`modules`] finds the files that the main file imports, through a door that the caller opens.
//! 1. [`syntax`] parses a text into a [`File`](syntax::ast::File). It never fails: what is broken becomes a node of
//!    its own and a [`Diagnostic`], so that the rest is still looked at.
//! 2. [`check`](mod@check) resolves names, infers types, holds effects against the colour of the code, and gives a
//!    [`Program`]: a tree in which every name is an id and every expression has a type. The functions it knows
//!    stand in [`library`].
//! 3. [`graph`] derives a [`TaskGraph`] per agent and flow from the names that tasks use.
//! 4. [`codegen`] writes a [`Module`]: register code for every body, tables for what the runtime must know. Beside it
//!    stands a [`Debug`](struct@bytecode::module::Debug) table, which leads from any instruction and effect back to its [`Span`](span::Span).
//! 5. [`bytecode`] gives the module canonical bytes and a [`ProgramHash`], and [`verify`](bytecode::verify()) proves
//!    that it cannot lead the machine astray. The compiler's own output is verified like anyone else's.
//!
//! [`usage`] tells which parts of the language a program uses: what its specification is held against.
//!
//! Everything that is said to a person, in any pass, is a [`Diagnostic`](mod@diagnostic); every limit has a name in
//! [`limits`].

pub mod bytecode;
pub mod check;
pub mod codegen;
pub mod diagnostic;
pub mod graph;
pub mod ids;
pub mod library;
pub mod limits;
pub mod modules;
pub(crate) mod resolve;
pub mod source;
pub mod span;
pub mod syntax;
pub mod usage;

use bytecode::module::Debug;
use bytecode::{Module, ProgramHash};
use check::program::Program;
use diagnostic::{Diagnostic, Severity, codes};
use graph::TaskGraph;
use source::SourceMap;
use syntax::consequence::Consequences;

/// A program that can run.
#[derive(Clone, Debug)]
pub struct Compiled {
    /// What the machine runs.
    pub module: Module,
    /// The way back from its code to the source.
    pub debug: Debug,
    /// The name of the module: a digest of its canonical bytes.
    pub hash: ProgramHash,
    /// The checked program, for tools that show it.
    pub program: Program,
    /// One graph per agent and flow of `program`, in its order.
    pub graphs: Vec<TaskGraph>,
}

/// What compiling gave.
#[derive(Clone, Debug, Default)]
pub struct Compilation {
    /// The program, if there was no error.
    pub compiled: Option<Compiled>,
    /// Errors and warnings, in order of position.
    pub diagnostics: Vec<Diagnostic>,
    /// How many further ones were left out: see [`limits::DIAGNOSTICS`].
    pub dropped: usize,
}

/// What checking without code generation gave.
#[derive(Clone, Debug, Default)]
pub struct Analysis {
    /// The checked program, if there was no error.
    pub program: Option<Program>,
    /// Errors and warnings, in order of position.
    pub diagnostics: Vec<Diagnostic>,
}

/// Compiles the program whose main file is the first of `sources`; [`modules::load`] finds the others. Always says all there is to say, never fails.
#[must_use]
pub fn compile(sources: &SourceMap) -> Compilation {
    let Analysis { program, mut diagnostics } = analyze(sources);
    let compiled = program.and_then(|program| match lower(program, sources) {
        Ok(compiled) => Some(compiled),
        Err(errors) => {
            diagnostics.extend(errors);
            None
        }
    });
    diagnostic::sort(&mut diagnostics);
    let dropped = diagnostic::cap(&mut diagnostics);
    Compilation { compiled, diagnostics, dropped }
}

/// Parses and checks: what an editor asks for at every keystroke.
#[must_use]
pub fn analyze(sources: &SourceMap) -> Analysis {
    let parsed: Vec<_> = sources.iter().map(|(file, _)| sources.parsed(file)).collect();
    let files: Vec<&syntax::ast::File> = parsed.iter().map(|parsed| &parsed.file).collect();
    let mut checked = check::check(&files, sources);
    let mut diagnostics: Vec<Diagnostic> =
        parsed.iter().flat_map(|parsed| parsed.diagnostics.iter().cloned()).collect();
    let broken = diagnostics.iter().any(|diagnostic| diagnostic.severity == Severity::Error);
    for (parsed, (file, source)) in parsed.iter().zip(sources.iter()) {
        if parsed.diagnostics.iter().any(|diagnostic| diagnostic.severity == Severity::Error) {
            let consequences = Consequences::of(parsed, source.text());
            // What uses an import may stand in what could not be read.
            let follows =
                |found: &Diagnostic| found.code == codes::UNUSED_IMPORT || consequences.include(found);
            checked.diagnostics.retain(|found| found.span().file != file || !follows(found));
        }
    }
    diagnostics.extend(checked.diagnostics);
    diagnostic::sort(&mut diagnostics);
    let items = files.iter().flat_map(|file| &file.items).map(|item| item.span);
    diagnostic::drop_consequences(&mut diagnostics, items);
    Analysis { program: checked.program.filter(|_| !broken), diagnostics }
}

/// Compiles a checked program: graphs, code, verification.
///
/// # Errors
/// What exceeds a limit of the compiler.
pub fn lower(program: Program, sources: &SourceMap) -> Result<Compiled, Vec<Diagnostic>> {
    let graphs = derive_graphs(&program)?;
    let (module, debug) = codegen::generate(&program, &graphs, sources)?;
    let bytes = bytecode::encode(&module);
    if bytes.len() > limits::MODULE_BYTES {
        let text = format!("the compiled program has more than {} MB", limits::MODULE_BYTES / (1024 * 1024));
        let error = Diagnostic::error(codes::PROGRAM_TOO_LARGE, span::Span::default(), text);
        return Err(vec![error.help("split it into several programs, or read large texts from files")]);
    }
    if let Err(error) = bytecode::verify(&module) {
        let text = format!("the compiler has a defect: it wrote code that does not verify: {error}");
        return Err(vec![Diagnostic::error(codes::COMPILER_DEFECT, span::Span::default(), text)]);
    }
    Ok(Compiled { hash: ProgramHash::of_bytes(&bytes), module, debug, program, graphs })
}

/// One [`TaskGraph`] per agent and flow, in the order of the program.
fn derive_graphs(program: &Program) -> Result<Vec<TaskGraph>, Vec<Diagnostic>> {
    let mut graphs = Vec::with_capacity(program.graphs.len());
    let mut errors = Vec::new();
    for declared in &program.graphs {
        match TaskGraph::derive(program, declared) {
            Ok(graph) => graphs.push(graph),
            Err(cycle) => {
                // The checker has reported it in its own words; this only keeps a defect from going further.
                let names: Vec<_> =
                    cycle.tasks.iter().map(|task| declared.tasks[task.index()].name.as_str()).collect();
                let text = format!("tasks of `{}` wait for each other: {}", declared.name, names.join(", "));
                errors.push(Diagnostic::error(codes::COMPILER_DEFECT, declared.span, text));
            }
        }
    }
    if errors.is_empty() { Ok(graphs) } else { Err(errors) }
}
