//! What a parse error says: the grammar's rules as a person would name them, and answers to habits from elsewhere.

use std::ops::Range;

use pest::error::{Error, ErrorVariant, InputLocation};

use super::parse::Rule;
use super::recover::DECLARATIONS;
use super::scan::{Kind, NONE, Scan, Token};
use crate::diagnostic::{Diagnostic, codes};
use crate::span::{FileId, Span};

/// The words that name nothing.
pub(crate) const RESERVED: &[&str] = &[
    "as", "assert", "await", "break", "catch", "const", "continue", "each", "else", "fail", "false", "fn",
    "for", "if", "in", "let", "match", "null", "race", "return", "saga", "true", "try", "var", "while",
    "within",
];

/// Words that begin statements elsewhere, and what is written here.
pub(crate) const STATEMENTS: &[(&str, &str)] = &[
    ("switch", "`.aeth` writes `match value { pattern => … }`, not `switch`"),
    ("select", "`.aeth` writes `race { name => … }`, not `select`"),
    ("for", "a loop is written `for x in xs { … }`"),
    ("foreach", "a loop is written `for x in xs { … }`"),
    ("unless", "`.aeth` writes `if !condition { … }`, not `unless`"),
    ("until", "`.aeth` writes `while !condition { … }`, not `until`"),
    ("do", "a loop is written `while condition { … }`"),
    ("def", "functions are declared outside of bodies; a lambda is written `x => e`"),
    ("function", "functions are declared outside of bodies; a lambda is written `x => e`"),
    ("lambda", "a lambda is written `x => e`, or `(a, b) => e`"),
];

/// A value of another language under the name it has there, for a name that is not in scope.
pub(crate) fn habit_of_value(name: &str) -> Option<&'static str> {
    Some(match name {
        "None" | "nil" | "none" | "undefined" | "NULL" | "Nil" | "nullptr" => "null",
        "True" | "TRUE" => "true",
        "False" | "FALSE" => "false",
        _ => return None,
    })
}

/// What is done here instead of what a name does in other languages, for a name that is not in scope.
pub(crate) fn habit_of_name(name: &str) -> Option<&'static str> {
    Some(match name {
        "this" | "self" => "there are no methods of your own: take the value as a parameter",
        "print" | "println" | "printf" | "console" | "log" | "puts" | "echo" => {
            "an agent writes notes into its log: `note(\"text\")`"
        }
        "throw" | "raise" | "panic" | "error" => "an error is raised with `fail \"message\"`",
        "switch" | "case" | "when" => "`match value { pattern => … }` chooses by a value",
        "loop" | "forever" => "a loop without end is `while true { … }`",
        "pass" | "noop" => "a block may be empty: `{ }`",
        "Some" | "Just" => "a value fits a `T?` as it is, without `Some`",
        "str" | "String" | "toString" => "`\"{x}\"` makes a text of any value",
        "int" | "parseInt" | "Int" => "`.to_int()` makes an Int of a text or number",
        "float" | "Float" => "`.to_float()` makes a Float of a text or number",
        "range" => "a range is written `from..to`, or `from..=to`",
        "finally" | "defer" => "an agent's effects are undone by the `undo` of their tools, in a `saga`",
        "new" => "a record is made by its name and fields: `Name { field: value }`",
        "typeof" | "instanceof" => {
            "types are known when the program is checked; `match` tells variants apart"
        }
        "lambda" => "a lambda is written `x => e`, or `(a, b) => e`",
        _ => return None,
    })
}

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

impl Context<'_> {
    fn expects(&self, rules: &[Rule]) -> bool {
        self.expected.iter().any(|rule| rules.contains(rule))
    }

    fn before(&self) -> Option<&Token> {
        let index = self.scan.tokens.partition_point(|token| token.start < self.found.span.start);
        self.scan.tokens[..index].iter().rev().find(|t| !matches!(t.kind, Kind::Newline | Kind::Comment))
    }

    fn word(&self, token: &Token) -> &str {
        &self.text[token.start as usize..token.end as usize]
    }

    /// What people write who come from elsewhere, and what is written here.
    fn habit(&self) -> Option<Diagnostic> {
        let span = self.found.span;
        let (_, token) = self.found.token?;
        let habit = |message: &str| Diagnostic::error(codes::HABIT, span, message);
        if let Some(found) = self.statement_habit() {
            return Some(found);
        }
        if token.kind == Kind::Word {
            return self.word_habit(span).or_else(|| self.reserved(span)).or_else(|| self.declaration(span));
        }
        let next = self.text.as_bytes().get(span.start as usize + 1);
        if let Some(bang) = self.before().filter(|t| self.word(t) == "!" && self.touches_operand(t)) {
            let place = Span { start: bang.start, end: bang.end, ..span };
            return Some(forced(place));
        }
        match self.text.as_bytes()[span.start as usize] {
            b'=' if self.found.text == "=" && self.expects(&[Rule::open_brace, Rule::block]) => {
                Some(match token.parent == NONE {
                    true => habit("a body stands in braces: `{ e }`"),
                    false => habit("`==` compares, `=` assigns").fix("write `==`", span, "=="),
                })
            }
            b':' if next == Some(&b'=') => {
                Some(habit("`let x = e` declares, `x = e` assigns: there is no `:=`"))
            }
            b':' if self.expects(&[Rule::open_brace, Rule::block, Rule::graph_body]) => {
                Some(habit("a block stands in braces: `{ … }`"))
            }
            b':' if self.in_braces(&token) && !self.expects(&[Rule::expr, Rule::r#type]) => Some(habit(
                "a map is written in brackets, `[\"key\": value]`, and JSON as `json { key: value }`",
            )),
            b'>' if self.before().is_some_and(|t| self.word(t) == "<" && t.end == span.start) => {
                let both = Span { start: span.start - 1, end: span.start + 1, ..span };
                Some(Diagnostic::error(codes::HABIT, both, "`.aeth` writes `!=`, not `<>`").fix(
                    "write `!=`",
                    both,
                    "!=",
                ))
            }
            b'!' if next != Some(&b'=') && self.after_operand() => Some(forced(span)),
            b'+' | b'-' if next == Some(&self.text.as_bytes()[span.start as usize]) => {
                let sign = char::from(self.text.as_bytes()[span.start as usize]);
                Some(habit(&format!("`.aeth` has no `{sign}{sign}`: write `x {sign}= 1`")))
            }
            b'?' if self.expects(&[Rule::r#type]) => Some(habit("the `?` follows the type: `T?`")),
            b'{' if self.expects(&[Rule::r#type])
                && self.before().is_some_and(|t| matches!(self.word(t), ":" | "=")) =>
            {
                Some(habit("a type with fields is declared: `record Name { field: T }`"))
            }
            b'{' if self.after_anonymous() => {
                Some(habit("a lambda is written `x => e`, or `(a, b) => { … }`"))
            }
            b'{' if self.expects(&[Rule::pattern]) => {
                Some(habit("a record is taken apart with its name: `let Name { field, .. } = e`"))
            }
            b'#' => Some(habit("comments begin with `//`").fix("write `//`", span, "//")),
            b'/' if next == Some(&b'*') => Some(habit("comments begin with `//` and end with their line")),
            b'*' if self.before().is_some_and(|t| self.word(t) == "*") => {
                Some(habit("powers are `math.pow(a, b)`"))
            }
            b'`' | b'\'' => Some(habit("strings stand in double quotes, `\"text {value}\"`")),
            b'&' if next != Some(&b'&') => Some(habit("`.aeth` writes `&&`").fix("write `&&`", span, "&&")),
            b'|' if self.expects(&[Rule::expr, Rule::arg, Rule::group_item]) => {
                Some(habit("a lambda is written `x => e`, or `(a, b) => e`"))
            }
            b'|' if self.after_type() => {
                Some(habit("there are no union types: `T?` may be null, an `enum` is one of several"))
            }
            b'|' if next.is_none_or(|b| !b"|>".contains(b)) => {
                Some(habit("`.aeth` writes `||`").fix("write `||`", span, "||"))
            }
            b'}' if self.before().is_some_and(|t| t.kind == Kind::Open && self.in_string(t)) => {
                let place = Span { start: span.start - 1, ..span };
                let error = Diagnostic::error(
                    codes::SYNTAX,
                    place,
                    "an interpolation needs an expression between its braces",
                );
                Some(error.help("write `\\{` for a brace in a string"))
            }
            b')' | b']' if token.kind == Kind::Close && token.mate == NONE => {
                let message = format!("this `{}` closes nothing", self.found.text);
                Some(Diagnostic::error(codes::UNBALANCED, span, message).fix("remove it", span, ""))
            }
            b')' | b',' if self.expects(&[Rule::colon]) && self.expects(&[Rule::foreign, Rule::kw_as]) => {
                let name = self.before().map_or("", |token| self.word(token));
                let message = match name.starts_with(|c: char| c.is_ascii_uppercase()) {
                    true => format!("a field of type `{name}` needs a name: `name: {name}`"),
                    false => format!("`{name}` needs its type: `{name}: T`"),
                };
                Some(Diagnostic::error(codes::SYNTAX, span, message))
            }
            _ => None,
        }
    }

    /// Whether a token follows a value without a space.
    fn touches_operand(&self, token: &Token) -> bool {
        let index = self.scan.tokens.partition_point(|other| other.start < token.start);
        let before = index.checked_sub(1).map(|n| self.scan.tokens[n]);
        before
            .is_some_and(|t| t.end == token.start && matches!(t.kind, Kind::Word | Kind::Close | Kind::Text))
    }

    /// Whether an operator could have stood here.
    fn after_operand(&self) -> bool {
        self.expects(&[Rule::call, Rule::member, Rule::op_add])
    }

    /// Whether `function (…)` stands before, without a name.
    fn after_anonymous(&self) -> bool {
        let open = self.before().filter(|t| t.kind == Kind::Close && t.mate != NONE).map(|t| t.mate as usize);
        let word = open.and_then(|open| open.checked_sub(1)).map(|n| self.word(&self.scan.tokens[n]));
        matches!(word, Some("function" | "func" | "def" | "fn"))
    }

    /// Whether what stands before is a type.
    fn after_type(&self) -> bool {
        self.expects(&[Rule::optional, Rule::type_args]) && !self.after_operand()
    }

    /// Whether a token stands directly in braces.
    fn in_braces(&self, token: &Token) -> bool {
        token.parent != NONE && self.word(&self.scan.tokens[token.parent as usize]) == "{"
    }

    /// A word that begins the statement here, or one around it, as it begins statements elsewhere.
    fn statement_habit(&self) -> Option<Diagnostic> {
        let (found, token) = self.found.token?;
        let before =
            self.scan.tokens[..found].iter().rposition(|t| !matches!(t.kind, Kind::Newline | Kind::Comment));
        let before = before.filter(|_| !matches!(token.kind, Kind::Close));
        self.habit_around(found).or_else(|| self.habit_around(before?))
    }

    fn habit_around(&self, mut at: usize) -> Option<Diagnostic> {
        let tokens = &self.scan.tokens;
        for _ in 0..3 {
            let parent = tokens[at].parent;
            let ends = |&n: &usize| tokens[n].kind == Kind::Newline || n as u32 == parent;
            // On a line longer than this nobody reads where it began.
            let line = (at.saturating_sub(200)..at).rev().find(ends);
            let first = tokens.get(line.map_or(0, |line| line + 1))?;
            if first.kind == Kind::Word
                && first.start < self.found.span.start
                && first.parent != NONE
                && let Some((word, message)) = STATEMENTS.iter().find(|(word, _)| *word == self.word(first))
                && (*word != "for" || self.is_foreign_loop(first))
            {
                let span = Span { start: first.start, end: first.end, ..self.found.span };
                return Some(Diagnostic::error(codes::HABIT, span, *message));
            }
            at = tokens[at].parent as usize;
            if at == NONE as usize {
                return None;
            }
        }
        None
    }

    /// Whether a `for` is written as in other languages: `for (…)`, `for x: xs`.
    fn is_foreign_loop(&self, word: &Token) -> bool {
        let after = self.scan.tokens.partition_point(|token| token.start <= word.start);
        let paren = self.scan.tokens.get(after).is_some_and(|token| self.word(token) == "(");
        paren || matches!(self.found.text, ":" | ";")
    }

    /// A word of another language in the middle of an expression or before a block.
    fn word_habit(&self, span: Span) -> Option<Diagnostic> {
        let habit = |message: &str| Diagnostic::error(codes::HABIT, span, message);
        let block = self.expects(&[Rule::open_brace, Rule::block]);
        Some(match self.found.text {
            _ if self.before().is_some_and(|t| self.word(t) == "lambda") => {
                habit("a lambda is written `x => e`, or `(a, b) => e`")
            }
            "is" if self.after_operand() => {
                habit("`.aeth` writes `==`, not `is`").fix("write `==`", span, "==")
            }
            "not" if self.after_operand() => habit("`a not in b` is written `!(a in b)`"),
            "then" if block => habit("a block stands in braces: `if c { a } else { b }`"),
            "else" if block => habit("a choice is written `if c { a } else { b }`"),
            "else" if self.expects(&[Rule::arm, Rule::pattern]) => {
                habit("the arm for everything else is `_ => …`").fix("write `_`", span, "_")
            }
            "of" if self.expects(&[Rule::kw_in]) => {
                habit("a loop is written `for x in xs { … }`").fix("write `in`", span, "in")
            }
            "fn" if self.expects(&[Rule::expr, Rule::arg, Rule::stmt]) => {
                habit("functions are declared outside of bodies; a lambda is written `x => e`")
            }
            _ => return None,
        })
    }

    fn in_string(&self, brace: &Token) -> bool {
        let index = self.scan.tokens.partition_point(|token| token.start < brace.start);
        let before = index.checked_sub(1).map(|n| self.scan.tokens[n]);
        before.is_some_and(|before| before.kind == Kind::Text && before.end == brace.start)
    }

    fn reserved(&self, span: Span) -> Option<Diagnostic> {
        let word = self.found.text;
        let names =
            [Rule::name, Rule::type_name, Rule::dotted, Rule::param, Rule::import_names, Rule::kw_task];
        let pattern =
            self.expects(&[Rule::pattern, Rule::pattern_path]) && !matches!(word, "null" | "true" | "false");
        if !RESERVED.contains(&word)
            || !(self.expects(&names) || pattern)
            || self.expects(&[Rule::expr, Rule::stmt])
        {
            return None;
        }
        let message = format!("`{word}` is a reserved word and names nothing");
        let mut error = Diagnostic::error(codes::RESERVED_WORD, span, message);
        let edits = vec![crate::diagnostic::Edit { span, text: format!("{word}_") }];
        error.fixes.push(crate::diagnostic::Fix {
            title: format!("call it `{word}_`"),
            edits,
            applicable: false,
        });
        Some(error)
    }

    /// A word where a declaration is expected.
    fn declaration(&self, span: Span) -> Option<Diagnostic> {
        if !self.expects(&[Rule::item, Rule::file]) {
            return None;
        }
        let word = self.found.text;
        let message = match word {
            "let" | "var" => {
                let error = Diagnostic::error(
                    codes::HABIT,
                    span,
                    format!("outside of bodies only constants are declared, not `{word}`"),
                );
                return Some(error.help("write `const NAME: T = e`"));
            }
            "use" | "using" | "require" | "include" => {
                let error =
                    Diagnostic::error(codes::HABIT, span, format!("`.aeth` writes `import`, not `{word}`"));
                return Some(
                    error.help("`import \"./file.aeth\"`, or `import { name } from \"./file.aeth\"`"),
                );
            }
            "impl" | "trait" | "extension" => {
                let message = format!("there is no `{word}`: types have no methods of their own");
                let error = Diagnostic::error(codes::HABIT, span, message);
                return Some(error.help("declare a `fn` and pipe into it: `x |> f(y)`"));
            }
            "from" => "an import is written `import { name } from \"./file.aeth\"`".to_owned(),
            "task" => "a task stands in the body of an agent or flow".to_owned(),
            _ => format!("expected a declaration, found `{word}`"),
        };
        let error = Diagnostic::error(codes::SYNTAX, span, message);
        let near = DECLARATIONS.iter().find(|declaration| crate::syntax::explain::near(word, declaration));
        Some(match near {
            Some(near) if *near != word => error.fix(format!("write `{near}`"), span, *near),
            _ => error.help("declarations are agent, const, enum, fn, flow, import, memory, model, prompt, record, schedule, signal, test, tool, type"),
        })
    }
}

/// The answer to `x!`.
fn forced(place: Span) -> Diagnostic {
    let error = Diagnostic::error(codes::HABIT, place, "nothing turns a `T?` into a `T` by force");
    error.help("give another value with `??`, or look first: `if let x = …`, `if … != null`")
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
