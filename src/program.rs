//! Programs as files: read with what they import, compiled, and what the compiler says of them shown.

use std::io::Read;
use std::path::{Path, PathBuf};

use aeth_lang::Compiled;
use aeth_lang::diagnostic::json::json;
use aeth_lang::diagnostic::render::{Style, render};
use aeth_lang::diagnostic::short::short;
use aeth_lang::diagnostic::{Diagnostic, Severity, source_from_bytes, too_large};
use aeth_lang::limits::SOURCE_BYTES;
use aeth_lang::source::{Source, SourceMap};
use aeth_lang::span::FileId;
use aeth_lang::syntax::ast::ItemKind;
use aeth_lsp::files::Program;

use crate::args::Format;
use crate::exit::Failure;
use crate::terminal;

/// A file that was read and looked at by the compiler.
pub(crate) struct Checked {
    /// Its text.
    pub(crate) sources: SourceMap,
    /// Where its files stand, without links on the way.
    pub(crate) paths: Vec<PathBuf>,
    /// What the compiler says.
    pub(crate) diagnostics: Vec<Diagnostic>,
    /// The program, if there was no error.
    pub(crate) compiled: Option<Compiled>,
    /// Findings that were left out because there are too many.
    pub(crate) dropped: usize,
}

/// Compiles a file that must compile: errors are shown, and the command ends with wrong usage.
pub(crate) fn compile(path: &Path) -> Result<Compiled, Failure> {
    let checked = check(path, None)?;
    match checked.compiled {
        Some(compiled) => Ok(compiled),
        None => {
            let errors: Vec<Diagnostic> =
                checked.diagnostics.into_iter().filter(|found| found.severity == Severity::Error).collect();
            for error in &errors {
                terminal::say(&shown(error, &checked.sources, Format::Human));
            }
            let count = counted(errors.len() as u64, "error");
            Err(Failure::usage(format!("{} does not compile: {count}", path.display())))
        }
    }
}

/// Reads a file and lets the compiler look at it.
/// `base`: the folder that was named, if it was one; files in it may import each other.
pub(crate) fn check(path: &Path, base: Option<&Path>) -> Result<Checked, Failure> {
    match read(path)? {
        Text::Readable(source) => {
            let Program { sources, paths } = aeth_lsp::files::load(path, source, base, &|_| None);
            let result = aeth_lang::compile(&sources);
            Ok(Checked {
                sources,
                paths,
                diagnostics: result.diagnostics,
                compiled: result.compiled,
                dropped: result.dropped,
            })
        }
        Text::Unreadable(found, source) => {
            let mut sources = SourceMap::default();
            sources.add(source);
            Ok(Checked { sources, paths: Vec::new(), diagnostics: vec![found], compiled: None, dropped: 0 })
        }
    }
}

/// The files that a file imports itself, as far as they are there. Of one that cannot be read, none.
pub(crate) fn imports(path: &Path) -> Vec<PathBuf> {
    let Ok(Text::Readable(source)) = read(path) else { return Vec::new() };
    let folder = path.parent().unwrap_or(Path::new(""));
    let parsed = aeth_lang::syntax::parse(FileId(0), source.text());
    let written = parsed.file.items.iter().filter_map(|item| match &item.kind {
        ItemKind::Import(import) => Some(&import.path.name),
        _ => None,
    });
    written.filter_map(|written| folder.join(written).canonicalize().ok()).collect()
}

/// What a file holds.
enum Text {
    Readable(Source),
    Unreadable(Diagnostic, Source),
}

fn read(path: &Path) -> Result<Text, Failure> {
    let name = path.display().to_string();
    let cannot = |error: std::io::Error| Failure::usage(format!("{name} cannot be read: {error}"));
    let file = std::fs::File::open(path).map_err(cannot)?;
    let size = file.metadata().map_err(cannot)?.len();
    let mut bytes = Vec::new();
    // Of a file that is too large, or has no end, enough to see that it is.
    file.take(SOURCE_BYTES as u64 + 1).read_to_end(&mut bytes).map_err(cannot)?;
    if bytes.len() > SOURCE_BYTES {
        let size = usize::try_from(size).unwrap_or(usize::MAX).max(bytes.len());
        return Ok(Text::Unreadable(too_large(FileId(0), size), Source::new(name, "")));
    }
    Ok(match source_from_bytes(name, &bytes) {
        Ok(source) => Text::Readable(source),
        Err(refused) => {
            let (found, source) = *refused;
            Text::Unreadable(found, source)
        }
    })
}

/// A diagnostic in one of its forms.
pub(crate) fn shown(found: &Diagnostic, sources: &SourceMap, format: Format) -> String {
    match format {
        Format::Human => render(found, sources, style()),
        Format::Short => short(found, sources),
        Format::Json => json(found, sources),
    }
}

/// How diagnostics are drawn on standard error.
pub(crate) fn style() -> Style {
    Style { color: terminal::colours(), unicode: true, width: terminal::width() }
}

/// `1 error`, `2 errors`.
pub(crate) fn counted(count: u64, what: &str) -> String {
    format!("{count} {what}{}", if count == 1 { "" } else { "s" })
}
