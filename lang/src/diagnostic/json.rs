//! Diagnostics for programs: one JSON object per line.
//!
//! Lines and columns are 1-based; columns count Unicode scalar values; the end is exclusive.

use serde::Serialize;

use super::{Diagnostic, Severity};
use crate::source::SourceMap;
use crate::span::Span;

#[derive(Serialize)]
struct Place<'a> {
    file: &'a str,
    line: u32,
    column: u32,
    end_line: u32,
    end_column: u32,
}

#[derive(Serialize)]
struct Label<'a> {
    #[serde(flatten)]
    place: Place<'a>,
    message: &'a str,
}

#[derive(Serialize)]
struct Edit<'a> {
    #[serde(flatten)]
    place: Place<'a>,
    text: &'a str,
}

#[derive(Serialize)]
struct Fix<'a> {
    title: &'a str,
    applicable: bool,
    edits: Vec<Edit<'a>>,
}

#[derive(Serialize)]
struct Line<'a> {
    code: &'a str,
    severity: &'a str,
    message: &'a str,
    #[serde(flatten)]
    place: Place<'a>,
    /// The primary place first.
    labels: Vec<Label<'a>>,
    help: Option<&'a str>,
    fixes: Vec<Fix<'a>>,
}

/// One diagnostic as one line of JSON, without the line break.
#[must_use]
pub fn json(diagnostic: &Diagnostic, sources: &SourceMap) -> String {
    let label = |label: &'_ super::Label| (place(label.span, sources), label.span);
    let labels = diagnostic.labels.iter().map(|l| Label { place: label(l).0, message: &l.text }).collect();
    let edit = |edit: &'_ super::Edit| place(edit.span, sources);
    let fixes = diagnostic.fixes.iter().map(|fix| Fix {
        title: &fix.title,
        applicable: fix.applicable,
        edits: fix.edits.iter().map(|e| Edit { place: edit(e), text: &e.text }).collect(),
    });
    let line = Line {
        code: diagnostic.code.as_str(),
        severity: match diagnostic.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
        },
        message: &diagnostic.message,
        place: place(diagnostic.span(), sources),
        labels,
        help: diagnostic.help.as_deref(),
        fixes: fixes.collect(),
    };
    // Strings and numbers always have a JSON form.
    serde_json::to_string(&line).unwrap_or_default()
}

fn place(span: Span, sources: &SourceMap) -> Place<'_> {
    let source = sources.get(span.file);
    let (start, end) = (source.position(span.start), source.position(span.end));
    Place {
        file: source.name(),
        line: start.line,
        column: start.column,
        end_line: end.line,
        end_column: end.column,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnostic::codes;
    use crate::span::FileId;

    #[test]
    fn one_line_with_columns_in_scalar_values() {
        let sources = SourceMap::single("a.aeth", "let ä = \"😀\" ;\n");
        let at = |start, end| Span::new(FileId(0), start, end);
        let diagnostic = Diagnostic::error(codes::HABIT, at(16, 17), "no\nsemicolons")
            .label(at(4, 6), "here")
            .fix("remove it", at(16, 17), "");
        let line = json(&diagnostic, &sources);
        assert!(!line.contains('\n'));
        assert_eq!(
            line,
            "{\"code\":\"E0102\",\"severity\":\"error\",\"message\":\"no\\nsemicolons\",\"file\":\"a.aeth\",\"line\":1,\
             \"column\":13,\"end_line\":1,\"end_column\":14,\"labels\":[{\"file\":\"a.aeth\",\"line\":1,\"column\":13,\
             \"end_line\":1,\"end_column\":14,\"message\":\"\"},{\"file\":\"a.aeth\",\"line\":1,\"column\":5,\
             \"end_line\":1,\"end_column\":6,\"message\":\"here\"}],\"help\":null,\"fixes\":[{\"title\":\"remove it\",\
             \"applicable\":true,\"edits\":[{\"file\":\"a.aeth\",\"line\":1,\"column\":13,\"end_line\":1,\
             \"end_column\":14,\"text\":\"\"}]}]}"
        );
    }
}
