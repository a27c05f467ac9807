//! Names and types: the parsed files of a program in, a [`program::Program`] or diagnostics out.
//!
//! Passes, in order: [`declare`] gives every declaration a name and an id, then resolves the types they write;
//! bodies are checked one by one ([`stmt`], [`expr`], [`pattern`]) with types flowing inwards and inferred within one
//! statement ([`unify`]); optionals are narrowed on the way ([`narrow`]) and effects held against the colour of the
//! body ([`colour`]); a body with tasks becomes a graph ([`graph`]); constants are put in an order in which each can
//! be computed ([`globals`]).
//!
//! Invariant: a program without an error diagnostic holds no `Type::Open` and no `Type::Unknown`.

mod arguments;
mod colour;
mod declare;
mod endings;
mod exhaustive;
mod expr;
mod function;
mod globals;
mod graph;
mod imports;
mod memory;
mod model;
mod naming;
mod narrow;
mod path;
mod pattern;
mod place;
mod prelude;
pub mod program;
mod repeated;
mod schedule;
mod scope;
mod show;
mod standard;
mod stmt;
#[cfg(test)]
mod tests;
mod tool;
mod traits;
mod trial;
pub mod types;
mod unify;
pub(crate) mod walk;

use rustc_hash::FxHashMap;

use crate::diagnostic::{Code, Diagnostic, Severity, codes};
use crate::ids::{FunctionId, GlobalId, ToolId};
use crate::limits;
use crate::resolve::Names;
use crate::source::SourceMap;
use crate::span::{FileId, Span};
use crate::syntax::ast;
use program::Program;
use scope::{Frame, GraphScope};
use types::Type;

/// What checking gave.
#[derive(Debug, Default)]
pub struct Checked {
    /// The program, if there was no error.
    pub program: Option<Program>,
    /// Errors and warnings, in the order of the source.
    pub diagnostics: Vec<Diagnostic>,
}

/// Checks the files of a program, the main file first. Nodes that did not parse are passed over: the parser has reported them.
#[must_use]
pub fn check(files: &[&ast::File], sources: &SourceMap) -> Checked {
    let mut checker = Checker::new(sources);
    // Every declaration gets its name and id first, so that their order in the file does not matter.
    checker.declare_names(files);
    // Then imports bind names of other files.
    checker.bind_imports(files);
    // Then the types they write: fields, parameters, results.
    checker.declare_types();
    // Then everything with code in it.
    checker.check_defaults();
    checker.check_constants();
    checker.check_functions();
    checker.check_tools();
    checker.check_models();
    checker.check_prompts();
    checker.check_graphs();
    checker.check_schedules();
    checker.check_tests();
    // Library functions that are written in the language, as far as they were used.
    checker.check_library();
    checker.warn_unused();
    checker.warn_unused_imports();
    let mut checked = checker.finish();
    checked.diagnostics = repeated::join(checked.diagnostics, files);
    checked
}

/// The state of one check.
pub(crate) struct Checker<'a> {
    sources: &'a SourceMap,
    diagnostics: Vec<Diagnostic>,
    /// Names of each file.
    pub(crate) modules: Vec<Names>,
    /// The file of the code at hand: its names can be seen.
    pub(crate) file: FileId,
    /// Names that are known outside of the program, with their places: unique in all files.
    outward: FxHashMap<String, Span>,
    /// What has been checked so far; records and enums are filled in first and asked throughout.
    pub(crate) program: Program,
    /// Type aliases.
    pub(crate) aliases: Vec<declare::Alias<'a>>,
    /// Names of the type parameters of the declaration at hand.
    pub(crate) generics: Vec<String>,
    /// Whether the code at hand is the library's own: it may use hidden builtins, and sees no user's names.
    pub(crate) in_library: bool,
    items: declare::Items<'a>,
    functions: Vec<function::Signature>,
    library: function::LibraryUse,
    standard: Vec<(String, ToolId)>,
    /// Constants whose value is a literal: clauses of tools may name them.
    literal_constants: FxHashMap<GlobalId, &'a ast::Expr>,
    used_tools: Vec<bool>,
    frames: Vec<Frame>,
    graph: Option<GraphScope>,
    vars: Vec<unify::Var>,
    /// Names that are unknown for a reason that has been reported, in the declaration at hand.
    forgiven: Vec<String>,
    /// How many effects and changes have been met: tells whether an expression does anything.
    activity: usize,
    /// Steps left for proofs that matches cover every value.
    match_steps: usize,
    /// The function whose body is being checked.
    owner: Option<FunctionId>,
    /// What is being checked, as a sentence names it, where that is no function.
    place: String,
    /// Uses of declared functions, and effects in pure places: they tell the way to an effect.
    uses: Vec<path::FnUse>,
    refused: Vec<path::Refused>,
    /// Whether a test is being checked: `calls(…)` means something there.
    testing: bool,
    /// Whether diagnostics are dropped: for code that is looked at a second time.
    silent: bool,
}

/// Names of the standard tools of a module of the library.
pub(crate) fn standard_tools(module: &str) -> impl Iterator<Item = &'static str> + use<'_> {
    standard::names_of(module)
}

impl<'a> Checker<'a> {
    fn new(sources: &'a SourceMap) -> Self {
        let mut checker = Self {
            sources,
            diagnostics: Vec::new(),
            modules: vec![Names::default()],
            file: FileId::default(),
            outward: FxHashMap::default(),
            program: Program::default(),
            aliases: Vec::new(),
            generics: Vec::new(),
            in_library: false,
            items: declare::Items::default(),
            functions: Vec::new(),
            library: function::LibraryUse::default(),
            standard: Vec::new(),
            literal_constants: FxHashMap::default(),
            used_tools: Vec::new(),
            frames: Vec::new(),
            graph: None,
            vars: Vec::new(),
            forgiven: Vec::new(),
            activity: 0,
            match_steps: limits::MATCH_STEPS,
            owner: None,
            place: String::new(),
            uses: Vec::new(),
            refused: Vec::new(),
            testing: false,
            silent: false,
        };
        checker.declare_prelude();
        checker
    }

    /// The names that the code at hand can see.
    pub(crate) fn names(&self) -> &Names {
        self.modules.get(usize::from(self.file.0)).unwrap_or(&self.modules[0])
    }

    /// Goes on with code of the file that this stands in.
    pub(crate) fn enter_file(&mut self, span: Span) {
        self.file = span.file;
    }

    /// Adds a diagnostic.
    pub(crate) fn report(&mut self, diagnostic: Diagnostic) {
        if !self.silent {
            self.diagnostics.push(diagnostic);
        }
    }

    /// Adds an error with one place.
    pub(crate) fn error(&mut self, code: Code, span: Span, message: impl Into<String>) {
        self.report(Diagnostic::error(code, span, message));
    }

    /// Adds an error about a limit of the compiler.
    fn too_large(&mut self, span: Span, what: &str) {
        let diagnostic = Diagnostic::error(codes::PROGRAM_TOO_LARGE, span, what);
        self.report(diagnostic.help("split it up"));
    }

    /// Whether it is worth looking for what was meant: not in a file that is wrong all over.
    pub(crate) fn may_suggest(&self) -> bool {
        self.diagnostics.len() < limits::DIAGNOSTICS
    }

    fn warn(&mut self, code: Code, span: Span, message: impl Into<String>) {
        self.report(Diagnostic::warning(code, span, message));
    }

    fn finish(mut self) -> Checked {
        self.explain_refused();
        let program = &self.program;
        let tables =
            [program.records.len(), program.enums.len(), program.globals.len(), program.functions.len()];
        let more = [program.tools.len(), program.signals.len(), program.graphs.len(), program.models.len()];
        let last = [program.prompts.len(), program.memories.len(), program.schedules.len()];
        if tables.iter().chain(&more).chain(&last).any(|count| *count > limits::DECLARATIONS) {
            self.too_large(Span::default(), "this program has too many declarations");
        }
        let ordered = self.order_globals();
        let failed = self.diagnostics.iter().any(|diagnostic| diagnostic.severity == Severity::Error);
        let program = (ordered && !failed).then(|| std::mem::take(&mut self.program));
        let mut diagnostics = self.diagnostics;
        diagnostics.sort_by_key(|diagnostic| (diagnostic.span().file, diagnostic.span().start));
        diagnostics.dedup();
        Checked { program, diagnostics }
    }

    fn function(&self, id: FunctionId) -> &function::Signature {
        &self.functions[id.index()]
    }
}

/// An expression of the checked program.
fn make(kind: program::ExprKind, ty: Type, span: Span) -> program::Expr {
    program::Expr { kind, ty, span }
}

/// The null literal.
fn null(span: Span) -> program::Expr {
    make(program::ExprKind::Literal(program::Literal::Null), Type::Null, span)
}

/// What stands in for an expression with an error: it fits everything.
fn broken(span: Span) -> program::Expr {
    make(program::ExprKind::Literal(program::Literal::Null), Type::Unknown, span)
}
