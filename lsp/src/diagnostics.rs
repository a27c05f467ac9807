//! The checker's diagnostics in the protocol's form.

use std::collections::BTreeMap;
use std::path::Path;

use aeth_lang::diagnostic::{Diagnostic, Severity};
use aeth_lang::modules;
use aeth_lang::source::{Source, SourceMap};
use aeth_lang::span::{FileId, Span};
use aeth_lang::syntax::Trees;
use tower_lsp::ls_types::{
    Diagnostic as LspDiagnostic, DiagnosticRelatedInformation, DiagnosticSeverity, Location, NumberOrString,
    Uri,
};

use crate::documents::Documents;
use crate::files::{self, Program};
use crate::text::Text;

/// Most errors of another file that are pointed at.
const RELATED: usize = 8;

/// What the checker says of a document: of its own text, as part of a program with everything that it imports. `base`
/// is the folder that the editor works in; texts of `documents` go before those on disk; `trees`
/// knows declarations from before.
pub(crate) fn of(
    uri: &Uri,
    text: &Text,
    base: Option<&Path>,
    documents: &Documents,
    trees: &mut Trees,
) -> Vec<LspDiagnostic> {
    let source = |name: String| Source::new(name, text.as_str());
    let program = match uri.to_file_path() {
        Some(path) => {
            let mut program =
                files::load_again(&path, source(name(uri)), base, &|path| documents.text_at(path), trees);
            if let Some(main) = program.paths.first_mut() {
                *main = path.into_owned();
            }
            program
        }
        None => {
            let mut sources = SourceMap::default();
            let file = sources.add(source(name(uri)));
            sources.parse(file, trees);
            Program { sources, paths: Vec::new() }
        }
    };
    let found = aeth_lang::compile(&program.sources).diagnostics;
    let place = |span: Span| elsewhere(&program, span, documents);
    let own = found.iter().filter(|found| found.span().file == FileId(0));
    let mut shown: Vec<LspDiagnostic> = own.map(|found| translate(uri, text, found, &place)).collect();
    // Mistakes in other files are shown where those are open; here it is shown what they are in the way of.
    let mut others: BTreeMap<FileId, Vec<&Diagnostic>> = BTreeMap::new();
    for found in found.iter().filter(|found| found.severity == Severity::Error) {
        others.entry(found.span().file).or_default().push(found);
    }
    others.remove(&FileId(0));
    for (file, errors) in others {
        shown.extend(imported(text, &program, file, &errors, &place));
    }
    shown
}

/// The errors of another file, as one at the import that leads to it.
fn imported(
    text: &Text,
    program: &Program,
    file: FileId,
    errors: &[&Diagnostic],
    place: &dyn Fn(Span) -> Option<Location>,
) -> Option<LspDiagnostic> {
    let import = modules::way_to(&program.sources, file)?;
    let name = program.sources.get(file).name();
    let count = if errors.len() == 1 { "an error".to_owned() } else { format!("{} errors", errors.len()) };
    let related = errors.iter().take(RELATED).filter_map(|error| {
        let message = format!("{}: {}", error.code, error.message);
        Some(DiagnosticRelatedInformation { location: place(error.span())?, message })
    });
    Some(LspDiagnostic {
        range: text.range(&import.range()),
        severity: Some(DiagnosticSeverity::ERROR),
        code: Some(NumberOrString::String(errors[0].code.to_string())),
        source: Some("aeth".into()),
        message: format!("there is {count} in `{name}`: {}", errors[0].message),
        related_information: Some(related.collect()),
        ..LspDiagnostic::default()
    })
}

/// What messages call the document: its file name.
fn name(uri: &Uri) -> String {
    let path = uri.to_file_path();
    path.and_then(|path| Some(path.file_name()?.to_string_lossy().into_owned()))
        .unwrap_or_else(|| uri.as_str().to_owned())
}

/// Where a label stands that is not in the document itself.
fn elsewhere(program: &Program, span: Span, documents: &Documents) -> Option<Location> {
    let path = program.paths.get(usize::from(span.file.0))?;
    let open = documents.at(path).map(|document| document.uri);
    let uri = open.or_else(|| Uri::from_file_path(path))?;
    let text = Text::new(program.sources.get(span.file).text());
    Some(Location::new(uri, text.range(&span.range())))
}

fn translate(
    uri: &Uri,
    text: &Text,
    found: &Diagnostic,
    place: &dyn Fn(Span) -> Option<Location>,
) -> LspDiagnostic {
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
                _ => place(label.span)?,
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
        let shown = translate(&uri, &text, &found, &|_| None);
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
