//! The text of an assertion's condition in one fixed spacing, so that formatting and comments change no program.

/// `text` on one line, spaced the same however it was written.
pub(super) fn wording(text: &str) -> String {
    let mut out = String::new();
    let mut before = "";
    let mut tokens = tokens(text).into_iter().peekable();
    while let Some(token) = tokens.next() {
        let closes = tokens.peek().is_none_or(|next| matches!(*next, ")" | "]" | "}"));
        if token == "," && closes {
            continue;
        }
        let unary = matches!(token, "-" | "!") && !ends_value(before);
        if !out.is_empty() && apart(before, token) && !out.ends_with(GLUE) {
            out.push(' ');
        }
        if out.ends_with(GLUE) {
            out.pop();
        }
        out.push_str(token);
        if unary {
            out.push(GLUE);
        }
        before = token;
    }
    out
}

/// Stands behind a unary operator until the next token: no space follows it. Never part of a token, since the
/// source has no control characters outside strings, and a string ends in a quote.
const GLUE: char = '\u{1}';

const BINARY: [&str; 17] =
    ["==", "!=", "<=", ">=", "&&", "||", "??", "|>", "=>", "<", ">", "+", "-", "*", "/", "%", "="];
const LONG: [&str; 10] = ["..=", "==", "!=", "<=", ">=", "&&", "||", "??", "|>", "=>"];
const WORDS: [&str; 9] = ["in", "as", "if", "else", "match", "try", "await", "return", "fail"];

fn is_word(token: &str) -> bool {
    token.chars().next().is_some_and(|c| c.is_alphanumeric() || c == '_' || c == '"')
}

/// Whether an operator after this token stands between two values.
fn ends_value(token: &str) -> bool {
    matches!(token, ")" | "]" | "}" | "?") || (is_word(token) && !WORDS.contains(&token))
}

fn apart(before: &str, token: &str) -> bool {
    if matches!(before, "," | ":") || BINARY.contains(&before) || BINARY.contains(&token) || token == "!" {
        return !matches!(before, "(" | "[" | "!");
    }
    match (before, token) {
        ("{", "}") => false,
        ("{", _) | (_, "{" | "}") => true,
        _ => is_word(token) && (is_word(before) || before == ")" || before == "}") || WORDS.contains(&before),
    }
}

/// Words, strings, operators; comments and blanks left out.
fn tokens(text: &str) -> Vec<&str> {
    let mut tokens = Vec::new();
    let mut rest = text.trim_start();
    while let Some(first) = rest.chars().next() {
        let length = if rest.starts_with("//") {
            rest = rest.split_once('\n').map_or("", |(_, rest)| rest).trim_start();
            continue;
        } else if rest.starts_with('"') || rest.starts_with("r\"") {
            string(rest)
        } else if first.is_alphanumeric() || first == '_' {
            rest.find(|c: char| !(c.is_alphanumeric() || c == '_')).unwrap_or(rest.len())
        } else {
            LONG.iter().find(|long| rest.starts_with(**long)).map_or(first.len_utf8(), |long| long.len())
        };
        let (token, tail) = rest.split_at(length);
        tokens.push(token);
        rest = tail.trim_start();
    }
    tokens
}

/// The length of the string that a text begins with. What it interpolates is kept as it is.
fn string(text: &str) -> usize {
    let raw = text.starts_with('r');
    let open = usize::from(raw);
    let quote = if text[open..].starts_with("\"\"\"") { "\"\"\"" } else { "\"" };
    let mut at = open + quote.len();
    let mut depth = 0usize;
    while let Some(c) = text[at..].chars().next() {
        if depth == 0 && text[at..].starts_with(quote) {
            return at + quote.len();
        }
        match c {
            '\\' if !raw => at += text[at + 1..].chars().next().map_or(0, char::len_utf8),
            '{' if !raw => depth += 1,
            '}' if !raw => depth = depth.saturating_sub(1),
            '"' if depth > 0 => {
                at += string(&text[at..]);
                continue;
            }
            _ => {}
        }
        at += c.len_utf8();
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use super::wording;

    #[test]
    fn spacing_is_fixed() {
        for (written, fixed) in [
            ("a&&b", "a && b"),
            ("a\n  && b // why\n  || c", "a && b || c"),
            ("x==-1", "x == -1"),
            ("! done", "!done"),
            ("!(a<b)", "!(a < b)"),
            ("x - 1>  y", "x - 1 > y"),
            ("f( a ,b )", "f(a, b)"),
            ("f(\n  a,\n  b,\n)", "f(a, b)"),
            ("xs . len ( )>0", "xs.len() > 0"),
            ("x in[1,2]", "x in [1, 2]"),
            ("name==\"a  {f(\"}\")}  b\"", "name == \"a  {f(\"}\")}  b\""),
            ("p.x==P{x:1}.x", "p.x == P { x: 1 }.x"),
            ("kind==.Fix", "kind == .Fix"),
            ("a?.b ?? false", "a?.b ?? false"),
            ("xs.all(x=>x>0)", "xs.all(x => x > 0)"),
        ] {
            assert_eq!(wording(written), fixed);
            assert_eq!(wording(fixed), fixed, "stays as it is");
        }
    }

    #[test]
    fn odd_texts_do_no_harm() {
        for text in ["", "\"", "\"\\", "\"{", "r\"", "}", "\"\"\"", "é\u{0}", "\"{\"{\"{"] {
            wording(text);
        }
    }
}
