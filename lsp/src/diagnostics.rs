//! The checker's diagnostics in the protocol's form.

use aeth_lang::diagnostic::{Diagnostic, Severity};
use aeth_lang::source::SourceMap;
use aeth_lang::span::Span;
use tower_lsp::ls_types::{
    Diagnostic as LspDiagnostic, DiagnosticRelatedInformation, DiagnosticSeverity, Location, NumberOrString,
    Uri,
};

use crate::text::Text;

/// What the checker says of a text.
pub(crate) fn of(uri: &Uri, text: &Text) -> Vec<LspDiagnostic> {
    let sources = SourceMap::single(name(uri), text.as_str());
    aeth_lang::compile(&sources).diagnostics.iter().map(|found| translate(uri, text, found)).collect()
}

/// What messages call the document: its file name.
fn name(uri: &Uri) -> String {
    let path = uri.to_file_path();
    path.and_then(|path| Some(path.file_name()?.to_string_lossy().into_owned()))
        .unwrap_or_else(|| uri.as_str().to_owned())
}

fn translate(uri: &Uri, text: &Text, found: &Diagnostic) -> LspDiagnostic {
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
        .map(|label| DiagnosticRelatedInformation {
            location: Location::new(uri.clone(), range(label.span)),
            message: label.text.clone(),
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
    use aeth_lang::span::FileId;

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
        let shown = translate(&uri, &text, &found);
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
