//! `aeth explain`: what a code of a diagnostic means, from the same page as the documentation.

use aeth_lang::diagnostic::codes::{self, CodeInfo, REGISTRY};
use serde::Serialize;

use crate::args::Explain;
use crate::exit::{Exit, Failure, Outcome};
use crate::terminal;
use crate::terminal::style::BOLD;

pub(crate) fn run(args: &Explain) -> Outcome {
    let Some(text) = &args.code else { return list(args.json) };
    let info = codes::find(text).map_err(|near| unknown(text, near))?;
    if args.json {
        terminal::print_json(&json(info, Some(info.page)))?;
    } else {
        terminal::print(in_terminal(info.page, terminal::width()).trim_end())?;
    }
    Ok(Exit::Done)
}

fn list(as_json: bool) -> Outcome {
    for info in REGISTRY {
        if as_json {
            terminal::print_json(&json(info, None))?;
        } else {
            terminal::print(&format!("{BOLD}{}{BOLD:#}  {}", info.code, info.title))?;
        }
    }
    Ok(Exit::Done)
}

fn unknown(text: &str, near: Option<&CodeInfo>) -> Failure {
    let failure = Failure::usage(format!("there is no code `{text}`"));
    match near {
        Some(near) => failure.help(format!("did you mean {}, {}?", near.code, near.title)),
        None => failure.help("`aeth explain` lists the codes"),
    }
}

#[derive(Serialize)]
struct Entry<'a> {
    code: &'a str,
    severity: &'a str,
    title: &'a str,
    /// Markdown.
    #[serde(skip_serializing_if = "Option::is_none")]
    page: Option<&'a str>,
}

fn json(info: &CodeInfo, page: Option<&str>) -> String {
    let code = info.code.as_str();
    let severity = if code.starts_with('W') { "warning" } else { "error" };
    // Strings always have a JSON form.
    serde_json::to_string(&Entry { code, severity, title: info.title, page }).unwrap_or_default()
}

/// Markdown as a terminal shows it: headings stand out, code is indented, links are their text, and paragraphs are
/// wrapped at `width` columns.
fn in_terminal(page: &str, width: usize) -> String {
    let mut shown = String::with_capacity(page.len());
    let mut code = false;
    let mut column = 0;
    for line in page.lines() {
        let text = !code && !line.is_empty() && !line.starts_with(['#', '`', '|']);
        if !text && column > 0 {
            shown.push('\n');
            column = 0;
        }
        if text {
            if line.starts_with("- ") && column > 0 {
                shown.push('\n');
                column = 0;
            }
            let mut plain = String::new();
            without_links(line, &mut plain);
            for word in plain.split_whitespace() {
                let wide = unicode_width::UnicodeWidthStr::width(word);
                if column > 0 && column + 1 + wide > width {
                    shown.push('\n');
                    column = 0;
                }
                if column > 0 {
                    shown.push(' ');
                    column += 1;
                }
                shown.push_str(word);
                column += wide;
            }
            continue;
        }
        if line.starts_with("```") {
            code = !code;
            continue;
        }
        let heading = line.trim_start_matches('#').trim_start();
        match (code, line) {
            (_, "") => {}
            (true, line) => {
                shown.push_str("    ");
                shown.push_str(line);
            }
            (false, _) if line.starts_with('#') => shown.push_str(&format!("{BOLD}{heading}{BOLD:#}")),
            (false, line) => without_links(line, &mut shown),
        }
        shown.push('\n');
    }
    if column > 0 {
        shown.push('\n');
    }
    shown
}

/// `[text](target)` becomes `text`.
fn without_links(line: &str, shown: &mut String) {
    let mut rest = line;
    while let Some((before, text, after)) = link(rest) {
        shown.push_str(before);
        shown.push_str(text);
        rest = after;
    }
    shown.push_str(rest);
}

fn link(line: &str) -> Option<(&str, &str, &str)> {
    let middle = line.find("](")?;
    let start = line[..middle].rfind('[')?;
    let end = middle + line[middle..].find(')')?;
    Some((&line[..start], &line[start + 1..middle], &line[end + 1..]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markdown_becomes_plain() {
        let page = "# E1: a\n\nSee [the page](a.md) and `[a]`.\n\n## Refused\n\n```aeth\nlet x = 1\n```\n";
        let plain = format!("{}", anstream::adapter::strip_str(&in_terminal(page, 80)));
        assert_eq!(plain, "E1: a\n\nSee the page and `[a]`.\n\nRefused\n\n    let x = 1\n");
    }

    #[test]
    fn paragraphs_are_wrapped_and_code_is_not() {
        let page = "one two\nthree four\n\n```aeth\nlet long = \"as it stands\"\n```\n";
        let plain = format!("{}", anstream::adapter::strip_str(&in_terminal(page, 13)));
        assert_eq!(plain, "one two three\nfour\n\n    let long = \"as it stands\"\n");
    }
}
