//! The checker's diagnostics in the protocol's form.

use std::path::Path;

use aeth_lang::diagnostic::{Diagnostic, Severity};
use aeth_lang::source::{Source, SourceMap};
use aeth_lang::span::{FileId, Span};
use tower_lsp::ls_types::{
    Diagnostic as LspDiagnostic, DiagnosticRelatedInformation, DiagnosticSeverity, Location, NumberOrString,
    Uri,
};

use crate::files::{self, Program};
use crate::text::Text;

/// What the checker says of a document: of its own text, as part of a program with everything that it imports. `base`
/// is the folder that the editor works in; `open` gives texts that are open.
pub(crate) fn of(
    uri: &Uri,
    text: &Text,
    base: Option<&Path>,
    open: &dyn Fn(&Path) -> Option<String>,
) -> Vec<LspDiagnostic> {
    let source = |name: String| Source::new(name, text.as_str());
    let program = match uri.to_file_path() {
        Some(path) => {
            let mut program = files::load(&path, source(name(uri)), base, open);
            if let Some(main) = program.paths.first_mut() {
                *main = path.into_owned();
            }
            program
        }
        None => {
            let mut sources = SourceMap::default();
            sources.add(source(name(uri)));
            Program { sources, paths: Vec::new() }
        }
    };
    let found = aeth_lang::compile(&program.sources).diagnostics;
    // Mistakes in other files are shown where those are open.
    let own = found.iter().filter(|found| found.span().file == FileId(0));
    own.map(|found| translate(uri, text, &program, found)).collect()
}

/// What messages call the document: its file name.
fn name(uri: &Uri) -> String {
    let path = uri.to_file_path();
    path.and_then(|path| Some(path.file_name()?.to_string_lossy().into_owned()))
        .unwrap_or_else(|| uri.as_str().to_owned())
}

/// Where a label stands that is not in the document itself.
fn elsewhere(program: &Program, span: Span) -> Option<Location> {
    let uri = Uri::from_file_path(program.paths.get(usize::from(span.file.0))?)?;
    let text = Text::new(program.sources.get(span.file).text());
    Some(Location::new(uri, text.range(&span.range())))
}

fn translate(uri: &Uri, text: &Text, program: &Program, found: &Diagnostic) -> LspDiagnostic {
    let range = |span: Span| text.range(&span.range());
    let primary = &found.labels[0];
    let mut message = found.message.clone();
    if !primary.text.is_empty() {
        message = format!("{message}: {}", primary.text);
    }
    if let Some(help) = &found.help {
        message = format!("{message}\nhelp: {help}");
    }
    let related = found.labels[1..]
        .iter()
        .filter_map(|label| {
            let location = match label.span.file {
                FileId(0) => Location::new(uri.clone(), range(label.span)),
                _ => elsewhere(program, label.span)?,
            };
            Some(DiagnosticRelatedInformation { location, message: label.text.clone() })
        })
        .collect::<Vec<_>>();
    LspDiagnostic {
        range: range(primary.span),
        severity: Some(match found.severity {
            Severity::Error => DiagnosticSeverity::ERROR,
            Severity::Warning => DiagnosticSeverity::WARNING,
        }),
        code: Some(NumberOrString::String(found.code.to_string())),
        source: Some("aeth".into()),
        message,
        related_information: (!related.is_empty()).then_some(related),
        ..LspDiagnostic::default()
    }
}

#[cfg(test)]
mod tests {
    use aeth_lang::diagnostic::codes;

    use super::*;

    #[test]
    fn places_labels_and_help_reach_the_editor() {
        let uri: Uri = "file:///tmp/a.aeth".parse().expect("a URI");
        let text = Text::new("fn ä() -> Int { \"𝄞\" }\n");
        let span = |start, end| Span::new(FileId(0), start, end);
        let found = Diagnostic::error(codes::TYPE_MISMATCH, span(17, 23), "expected Int, found String")
            .at("this is a String")
            .label(span(11, 14), "expected because of this")
            .help("change one of them");
        let shown = translate(&uri, &text, &Program::default(), &found);
        assert_eq!((shown.range.start.line, shown.range.start.character), (0, 16));
        assert_eq!(shown.range.end.character, 20, "two units for the pair, two quotes");
        assert_eq!(shown.code, Some(NumberOrString::String("E0301".into())));
        assert_eq!(shown.message, "expected Int, found String: this is a String\nhelp: change one of them");
        let related = shown.related_information.expect("one");
        assert_eq!(related[0].location.range.start.character, 10);
        assert_eq!(related[0].message, "expected because of this");
        assert_eq!(name(&uri), "a.aeth");
    }
}
