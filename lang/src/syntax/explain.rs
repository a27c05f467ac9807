//! What a parse error says: the grammar's rules as a person would name them.

mod habit;

use std::ops::Range;

use pest::error::{Error, ErrorVariant, InputLocation};

use super::parse::Rule;
use super::scan::{Kind, Scan, Token};
use crate::diagnostic::{Diagnostic, codes};
use crate::span::{FileId, Span};
pub(crate) use habit::{
    CONTINUATIONS, INDENTED_BLOCK, STATEMENTS, VARIABLES, foreign_declaration, habit_of_name, habit_of_value,
};

/// The words that name nothing.
pub(crate) const RESERVED: &[&str] = &[
    "as", "assert", "await", "break", "catch", "const", "continue", "each", "else", "fail", "false", "fn",
    "for", "if", "in", "let", "match", "null", "race", "return", "saga", "true", "try", "var", "while",
    "within",
];

/// Where in its input pest stopped.
pub(crate) fn position(error: &Error<Rule>) -> usize {
    match error.location {
        InputLocation::Pos(at) => at,
        InputLocation::Span((start, _)) => start,
    }
}

/// What stands where the error is.
struct Found<'a> {
    token: Option<(usize, Token)>,
    text: &'a str,
    span: Span,
}

/// Whether pest ran out of stack, and not into a mistake.
pub(crate) fn is_limit(error: &Error<Rule>) -> bool {
    matches!(error.variant, ErrorVariant::CustomError { .. })
}

/// Whether a `)` or `]` would have gone on.
pub(crate) fn expects_bracket(error: &Error<Rule>) -> bool {
    let ErrorVariant::ParsingError { positives, .. } = &error.variant else { return false };
    positives.iter().any(|rule| matches!(rule, Rule::close_paren | Rule::close_bracket))
}

/// Whether a statement would have gone on.
pub(crate) fn expects_statement(error: &Error<Rule>) -> bool {
    let ErrorVariant::ParsingError { positives, .. } = &error.variant else { return false };
    positives.contains(&Rule::stmt)
}

/// Where a parse error stands.
pub(crate) struct Place<'a> {
    pub(crate) file: FileId,
    pub(crate) text: &'a str,
    pub(crate) scan: &'a Scan,
    /// The byte of the file.
    pub(crate) at: usize,
    /// The declaration.
    pub(crate) chunk: &'a Range<usize>,
    /// The bracket that lacks its partner, if that is the mistake.
    pub(crate) unclosed: Option<u32>,
}

/// The diagnostic for a parse error.
pub(crate) fn explain(place: &Place<'_>, error: &Error<Rule>) -> Diagnostic {
    let Place { file, text, scan, at, chunk, unclosed } = *place;
    let found = found(file, text, scan, at, chunk);
    let ErrorVariant::ParsingError { positives, .. } = &error.variant else {
        return Diagnostic::error(
            codes::NESTING_TOO_DEEP,
            found.span,
            "this is nested too deeply to be parsed",
        )
        .help("give parts of it names with `let`, or move them into functions");
    };
    let context = Context { text, scan, found: &found, expected: positives };
    if let Some(open) = unclosed.map(|open| scan.tokens[open as usize]) {
        let span = Span { file, start: open.start, end: open.end };
        let bracket = context.word(&open);
        let partner = if bracket == "(" { ")" } else { "]" };
        let error = Diagnostic::error(codes::UNBALANCED, span, format!("this `{bracket}` is never closed"));
        return error.label(found.span, format!("`{partner}` was expected here"));
    }
    if let Some(habit) = context.habit() {
        return habit;
    }
    let what = match found.token {
        Some((_, token)) if token.kind == Kind::Newline => "the end of the line".to_owned(),
        Some((_, token)) if token.kind == Kind::Text => "a string".to_owned(),
        Some(_) => format!("`{}`", found.text),
        None if at >= text.trim_end().len() => "the end of the file".to_owned(),
        None => "the end of the declaration".to_owned(),
    };
    let expected = expectation(positives);
    let message = match &expected {
        Some(expected) => format!("expected {expected}, found {what}"),
        None => format!("{what} cannot stand here"),
    };
    Diagnostic::error(codes::SYNTAX, found.span, message)
}

fn found<'a>(file: FileId, text: &'a str, scan: &Scan, at: usize, chunk: &Range<usize>) -> Found<'a> {
    let index = scan.tokens.partition_point(|token| (token.end as usize) <= at);
    let token = scan.tokens.get(index).copied().filter(|token| (token.start as usize) < chunk.end);
    let token = token.map(|mut token| {
        if token.kind == Kind::Comment {
            token.kind = Kind::Newline;
        }
        token
    });
    match token {
        Some(token) if token.kind != Kind::Newline => {
            let mut end = token.end as usize;
            // Operators of several characters are one thing to a reader.
            let operator = |n: usize| {
                matches!(text.as_bytes().get(n), Some(b'=' | b'>' | b'|' | b'&' | b'?' | b'.' | b'*'))
            };
            while token.kind == Kind::Punct && operator(end) && operator(end - 1) {
                end += 1;
            }
            let start = (token.start as usize).max(at.min(end));
            let shown = text.get(start..end).unwrap_or("");
            let shown = shown.char_indices().nth(40).map_or(shown, |(cut, _)| &shown[..cut]);
            let start = if shown.is_empty() { token.start as usize } else { start };
            Found { token: Some((index, token)), text: shown, span: Span::new(file, start, end) }
        }
        other => {
            // Nothing more on the line: the place is right after what stands there.
            let before = scan.tokens[..index].iter().rev();
            let before = before
                .map(|t| (t.kind, t.end))
                .find(|(kind, _)| !matches!(kind, Kind::Newline | Kind::Comment));
            let end = before.map_or(at, |(_, end)| end as usize).max(chunk.start);
            Found { token: other.map(|token| (index, token)), text: "", span: Span::new(file, end, end) }
        }
    }
}

struct Context<'a> {
    text: &'a str,
    scan: &'a Scan,
    found: &'a Found<'a>,
    expected: &'a [Rule],
}

/// Whether two words differ by one letter: changed, missing, added, or two swapped.
pub(crate) fn near(a: &str, b: &str) -> bool {
    let (a, b) = (a.as_bytes(), b.as_bytes());
    if a.len().abs_diff(b.len()) > 1 || a.len().min(b.len()) < 2 {
        return false;
    }
    let prefix = a.iter().zip(b).take_while(|(x, y)| x == y).count();
    let (a, b) = (&a[prefix..], &b[prefix..]);
    let suffix = a.iter().rev().zip(b.iter().rev()).take_while(|(x, y)| x == y).count();
    let (a, b) = (&a[..a.len() - suffix], &b[..b.len() - suffix]);
    a.len() <= 1 && b.len() <= 1 || a.len() == 2 && b.len() == 2 && a[0] == b[1] && a[1] == b[0]
}

/// What was expected, as a person would say it.
fn expectation(rules: &[Rule]) -> Option<String> {
    let after_operand = rules.iter().any(|rule| matches!(rule, Rule::call | Rule::member | Rule::op_add));
    let mut phrases: Vec<String> = Vec::new();
    for &rule in rules {
        let noise = after_operand
            && matches!(rule, Rule::fat_arrow | Rule::expr_stmt | Rule::assign_op | Rule::kw_as);
        if let (false, Some(phrase)) = (noise, phrase(rule))
            && !phrases.contains(&phrase)
        {
            phrases.push(phrase);
        }
    }
    let closer = |phrase: &str| matches!(phrase, "`}`" | "`)`" | "`]`" | "`>`");
    let starts = rules
        .iter()
        .any(|rule| matches!(rule, Rule::expr | Rule::head | Rule::guard | Rule::stmt | Rule::item));
    if starts {
        // Words a statement or expression may begin with say no more than `a statement` does.
        let whole = match () {
            () if rules.contains(&Rule::item) => "a declaration",
            () if rules.contains(&Rule::stmt) => "a statement",
            () => "an expression",
        };
        phrases.retain(|phrase| phrase == whole || closer(phrase));
    } else if phrases.iter().any(|phrase| matches!(phrase.as_str(), "`)`" | "`]`"))
        && (after_operand || optional(rules))
    {
        phrases.retain(|phrase| closer(phrase));
        phrases.insert(0, "`,`".to_owned());
    } else {
        // Of words that may stand here and something that must, the latter is what is missing.
        let words = |phrase: &String| {
            phrase.starts_with('`') && phrase[1..].starts_with(|c: char| c.is_ascii_lowercase())
        };
        if phrases.iter().any(|phrase| !words(phrase)) {
            phrases.retain(|phrase| !words(phrase));
        } else if phrases.len() > 1 {
            phrases.retain(|phrase| !matches!(phrase.as_str(), "`else`" | "`catch`"));
        }
    }
    phrases.sort_by_key(|phrase| closer(phrase));
    match phrases.as_slice() {
        [] => None,
        [only] => Some(only.clone()),
        [first, second] => Some(format!("{first} or {second}")),
        [first, second, third] => Some(format!("{first}, {second} or {third}")),
        [first, second, third, ..] => Some(format!("{first}, {second}, {third} or the like")),
    }
}

/// Whether something optional could still have followed, so that a list could have gone on as well.
fn optional(rules: &[Rule]) -> bool {
    rules.iter().any(|rule| {
        matches!(rule, Rule::default | Rule::optional | Rule::type_args | Rule::op_range | Rule::payload)
    })
}

fn phrase(rule: Rule) -> Option<String> {
    let phrase = match rule {
        Rule::expr
        | Rule::head
        | Rule::guard
        | Rule::operand
        | Rule::arg
        | Rule::group_item
        | Rule::element
        | Rule::json_element
        | Rule::retry_policy
        | Rule::number => "an expression",
        Rule::stmt => "a statement",
        Rule::item | Rule::file => "a declaration",
        Rule::r#type | Rule::cast_type | Rule::type_named | Rule::type_function | Rule::type_tuple => {
            "a type"
        }
        Rule::pattern
        | Rule::pattern_path
        | Rule::pattern_range
        | Rule::pattern_literal
        | Rule::pattern_arg
        | Rule::pattern_item => "a pattern",
        Rule::name | Rule::word | Rule::type_name | Rule::dotted => "a name",
        Rule::plain | Rule::text_block | Rule::raw | Rule::raw_block => "a string",
        Rule::param => "a parameter",
        Rule::field | Rule::record_item | Rule::json_member | Rule::pattern_field => "a field",
        Rule::variant => "a variant",
        Rule::arm => "an arm",
        Rule::race_arm => "an arm `name => …`",
        Rule::entry => "`name: value`",
        Rule::tool_clause | Rule::clause | Rule::retry_clause => "a clause",
        Rule::open_brace | Rule::block | Rule::graph_body => "`{`",
        Rule::open_paren | Rule::params | Rule::given_args => "`(`",
        Rule::close_brace => "`}`",
        Rule::close_paren => "`)`",
        Rule::close_bracket => "`]`",
        Rule::close_angle => "`>`",
        Rule::colon => "`:`",
        Rule::eq | Rule::default => "`=`",
        Rule::fat_arrow => "`=>`",
        Rule::thin_arrow | Rule::result => "`->`",
        Rule::else_ | Rule::await_else | Rule::await_else_head => "`else`",
        Rule::returns => "`returns`",
        Rule::fails => "`fails`",
        _ => {
            let name = format!("{rule:?}");
            let word = name.strip_prefix("kw_")?;
            return Some(format!("`{word}`"));
        }
    };
    Some(phrase.to_owned())
}
