//! Answers to habits from elsewhere: what people write who come from other languages, and what is written here.

use super::super::parse::Rule;
use super::super::recover::DECLARATIONS;
use super::super::scan::{Kind, NONE, Scan, Token};
use super::{Context, RESERVED, near};
use crate::diagnostic::{Diagnostic, codes};
use crate::span::{FileId, Span};

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
    ("import", "an import stands at the top of the file, outside of bodies"),
    ("del", "nothing is deleted by a word: `xs.remove_at(i)`, `m.delete(key)`"),
    ("delete", "nothing is deleted by a word: `xs.remove_at(i)`, `m.delete(key)`"),
    ("go", "what runs side by side are tasks of an agent, or the items of an `each`"),
    ("spawn", "what runs side by side are tasks of an agent, or the items of an `each`"),
    ("parallel", "what runs side by side are tasks of an agent, or the items of an `each`"),
    ("global", "there are no global variables: take the value as a parameter, and return it"),
    ("nonlocal", "there are no outer variables: take the value as a parameter, and return it"),
    ("with", "nothing has to be closed: files are read by `file.read(path)`"),
    ("using", "nothing has to be closed: files are read by `file.read(path)`"),
    ("defer", "effects are undone by the `undo` of their tools, in a `saga`"),
    ("yield", "nothing yields: give back a list"),
    ("begin", "a block stands in braces: `{ … }`"),
    ("except", "errors are caught with `try { … } catch e { … }`, not `except`"),
    ("rescue", "errors are caught with `try { … } catch e { … }`, not `rescue`"),
    ("finally", "there is no `finally`: what follows the `try` runs in either case, unless it fails"),
    ("ensure", "there is no `ensure`: what follows the `try` runs in either case, unless it fails"),
];

/// Of [`STATEMENTS`], those that continue the statement before them.
pub(crate) const CONTINUATIONS: &[&str] = &["except", "rescue", "finally", "ensure"];

/// Words that declare a variable elsewhere.
pub(crate) const VARIABLES: &[&str] = &["val", "mut", "auto", "local", "my", "dim", "final", "static"];

/// What is said of a block that other languages tell by its indentation.
pub(crate) const INDENTED_BLOCK: &str = "a block stands in braces: `{ … }`";

/// The error for a declaration that begins with a word of another language.
pub(crate) fn foreign_declaration(
    file: FileId,
    text: &str,
    scan: &Scan,
    chunk: &std::ops::Range<usize>,
) -> Option<Diagnostic> {
    let from = scan.tokens.partition_point(|token| (token.start as usize) < chunk.start);
    let mut words = scan.tokens[from..].iter().filter(|token| token.kind == Kind::Word).take(3);
    let token = words.find(|token| !MODIFIERS.contains(&&text[token.start as usize..token.end as usize]))?;
    let span = Span { file, start: token.start, end: token.end };
    let word = text.get(span.range()).filter(|_| (token.end as usize) <= chunk.end)?;
    let (here, form) = match word {
        "def" | "function" | "func" | "fun" => ("fn", "fn name(x: Int) -> Int { e }"),
        "class" | "struct" | "interface" => ("record", "record Name { field: Int }"),
        _ => return None,
    };
    let error = Diagnostic::error(codes::HABIT, span, format!("`.aeth` says `{here}`, not `{word}`"));
    Some(error.help(format!("write `{form}`")).fix(format!("write `{here}`"), span, here))
}

/// Words before a declaration.
const MODIFIERS: &[&str] =
    &["async", "export", "public", "pub", "private", "static", "final", "abstract", "default", "data"];

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
        "typeof" | "instanceof" | "isinstance" => {
            "types are known when the program is checked; `match` tells variants apart"
        }
        "Err" | "Error" | "Exception" => {
            "an error is raised with `fail \"message\"`; `.Err(error)` is one as a value"
        }
        "Ok" => "a result is given as it is; `.Ok(value)` is one as a value",
        "number" | "Number" => "`.to_int()` and `.to_float()` make a number of a text",
        "list" | "dict" | "set" | "tuple" | "vec" | "Array" => {
            "a list is written `[a, b]`, a map `[\"key\": value]`, a tuple `(a, b)`"
        }
        "format" | "sprintf" => "a text is made by interpolation: `\"{x}\"`",
        "sorted" => "a list is sorted by `.sort()` or `.sort_by(x => key)`",
        "reversed" => "a list is turned around by `.reverse()`",
        "enumerate" => "the index comes with the item: `for i, x in xs { … }`",
        "append" => "an item is added by `xs.push(x)`, or `[..xs, x]`",
        "abs" | "floor" | "ceil" | "pow" | "sqrt" => "functions of numbers stand in `math`: `math.abs(x)`",
        "fmt" | "System" => "an agent writes notes into its log: `note(\"text\")`",
        "os" | "process" | "environ" => {
            "environment variables are read by `env.NAME`, commands run by `exec.run`"
        }
        "datetime" | "Date" | "Instant" => "the time is read by `now()`, in an agent, flow or task",
        "requests" | "fetch" | "axios" | "urllib" => {
            "requests are sent by `http.get(url)`, `http.post(url, body)`, or a `tool` with `via http`"
        }
        "open" | "fs" => "files are read by `file.read(path)` and written by `file.write(path, text)`",
        "input" | "readline" | "prompt" => "a person is asked by `await signal ask \"…\" within d else …`",
        "super" | "base" => "nothing is inherited: records hold records",
        "subprocess" => "commands run by `exec.run([\"git\", \"log\"])`, or a `tool` with `via exec`",
        "sleep_ms" | "delay" | "setTimeout" => "an agent waits by `sleep(5s)`",
        "lambda" => "a lambda is written `x => e`, or `(a, b) => e`",
        _ => return None,
    })
}

impl Context<'_> {
    fn expects(&self, rules: &[Rule]) -> bool {
        self.expected.iter().any(|rule| rules.contains(rule))
    }

    fn before(&self) -> Option<&Token> {
        let index = self.scan.tokens.partition_point(|token| token.start < self.found.span.start);
        self.scan.tokens[..index].iter().rev().find(|t| !matches!(t.kind, Kind::Newline | Kind::Comment))
    }

    pub(super) fn word(&self, token: &Token) -> &str {
        &self.text[token.start as usize..token.end as usize]
    }

    /// What people write who come from elsewhere, and what is written here.
    pub(super) fn habit(&self) -> Option<Diagnostic> {
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
            b'=' if self.found.text == "=" && self.names_argument(&token) => {
                let name = self.before().map_or("", |token| self.word(token));
                let error = habit(&format!("an argument is named with `:`, as in `{name}: value`"));
                Some(error.fix("write `:`", span, ":"))
            }
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
                Some(habit(INDENTED_BLOCK))
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
            b'?' if self.expects(&[Rule::colon]) && self.expects(&[Rule::foreign, Rule::kw_as]) => Some(
                habit("what may be left out has an optional type: `name: T?`").fix("remove it", span, ""),
            ),
            b'?' if next == Some(&b':') && self.after_operand() => {
                let both = Span { end: span.start + 2, ..span };
                let error = Diagnostic::error(codes::HABIT, both, "`.aeth` writes `??`, not `?:`");
                Some(error.fix("write `??`", both, "??"))
            }
            b':' if self.before_is("?") => {
                let both = Span { start: span.start - 1, ..span };
                let error = Diagnostic::error(codes::HABIT, both, "`.aeth` writes `??`, not `?:`");
                Some(error.fix("write `??`", both, "??"))
            }
            b'.' if !self.after_operand()
                && self
                    .before()
                    .is_some_and(|t| t.kind == Kind::Close && matches!(self.word(t), "]" | "}")) =>
            {
                let message = "inside `json`, `[…]` and `{…}` are JSON, which has no methods";
                let error = Diagnostic::error(codes::SYNTAX, span, message);
                Some(error.help("put a list in parentheses, `([1, 2]).map(…)`, or in a `let` before"))
            }
            b'^' | b'~' => Some(habit("there are no operators on bits; powers are `math.pow(a, b)`")),
            b'<' if self.before_is("<") => {
                Some(habit("there are no operators on bits; powers are `math.pow(a, b)`"))
            }
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
            b'*' if self.in_import(span) => {
                Some(habit("a module is imported as a whole: `import \"./file.aeth\" as name`"))
            }
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

    /// Whether a `=` follows a name that begins an argument.
    fn names_argument(&self, sign: &Token) -> bool {
        let index = self.scan.tokens.partition_point(|token| token.start < sign.start);
        let Some([before, name]) = index.checked_sub(2).and_then(|from| self.scan.tokens.get(from..index))
        else {
            return false;
        };
        let in_call = sign.parent != NONE && self.word(&self.scan.tokens[sign.parent as usize]) == "(";
        in_call && name.kind == Kind::Word && matches!(self.word(before), "(" | ",") && self.after_operand()
    }

    /// Whether an operator could have stood here.
    /// Whether this stands in an import.
    fn in_import(&self, span: Span) -> bool {
        let line = self.text[..span.start as usize].rsplit('\n').next().unwrap_or_default();
        line.trim_start().starts_with("import ")
    }

    /// Whether the head of an `each` stands before on this line, and its block is expected.
    fn in_each(&self, span: Span) -> bool {
        let line = self.text[..span.start as usize].rsplit('\n').next().unwrap_or_default();
        self.expects(&[Rule::open_brace, Rule::block])
            && line.split(|c: char| !c.is_ascii_alphanumeric() && c != '_').any(|word| word == "each")
    }

    fn after_operand(&self) -> bool {
        self.expects(&[Rule::call, Rule::member, Rule::op_add])
    }

    /// Whether `function (…)` stands before, without a name.
    fn after_anonymous(&self) -> bool {
        let open = self.before().filter(|t| t.kind == Kind::Close && t.mate != NONE).map(|t| t.mate as usize);
        let word = open.and_then(|open| open.checked_sub(1)).map(|n| self.word(&self.scan.tokens[n]));
        matches!(word, Some("function" | "func" | "def" | "fn"))
    }

    /// Whether this sign stands directly before.
    fn before_is(&self, sign: &str) -> bool {
        self.before().is_some_and(|token| self.word(token) == sign && token.end == self.found.span.start)
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
            "as" if self.in_import(span) => habit(
                "names are imported as they are called; `import \"./file.aeth\" as name` renames a module",
            ),
            "after" if self.expects(&[Rule::eq]) => {
                habit("`after` comes before `when`: `task b after a when c = e`")
            }
            "at" | "max" | "most" if self.in_each(span) => {
                habit("the bound of an `each` follows a comma: `each x in xs, at most 4 { … }`")
            }
            "not" if self.after_operand() => habit("`a not in b` is written `!(a in b)`"),
            "return" | "break" | "continue" | "fail" if block => {
                habit("a block stands in braces, as in `if c { return }`")
            }
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
        let near = DECLARATIONS.iter().find(|declaration| near(word, declaration));
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
