//! JSON text to `Json` values: strict (RFC 8259), numbers as written, no member twice, nesting bounded.
//!
//! Own code because it must keep the digits of every number and name a second member of one name, which the general
//! reader can do only through a private marker that a hostile document could imitate.

use std::sync::Arc;

use crate::limits::JSON_DEPTH;
use crate::value::{Error, ErrorKind, Key, Map, Value, number};

/// Reads one JSON text.
///
/// # Errors
/// Kind Decode, with line and column.
pub fn parse(text: &str) -> Result<Value, Error> {
    let mut parser = Parser { text, at: 0 };
    parser.space();
    let value = parser.value(0)?;
    parser.space();
    match parser.peek() {
        None => Ok(value),
        Some(_) => Err(parser.error("expected the end of the text")),
    }
}

struct Parser<'a> {
    text: &'a str,
    at: usize,
}

impl Parser<'_> {
    fn value(&mut self, depth: usize) -> Result<Value, Error> {
        match self.peek() {
            Some(b'{') => self.object(depth + 1),
            Some(b'[') => self.list(depth + 1),
            Some(b'"') => Ok(Value::Text(Arc::new(self.string()?))),
            Some(b'-' | b'0'..=b'9') => self.number(),
            _ => self.word(),
        }
    }

    fn object(&mut self, depth: usize) -> Result<Value, Error> {
        self.enter(depth)?;
        let mut map = Map::default();
        if self.eat(b'}') {
            return Ok(Value::map(map));
        }
        loop {
            let start = self.at;
            if self.peek() != Some(b'"') {
                return Err(self.error("expected a member name in quotes"));
            }
            let name = self.string()?;
            self.space();
            if !self.eat(b':') {
                return Err(self.error("expected `:`"));
            }
            self.space();
            let value = self.value(depth)?;
            if map.contains_key(&Key::Text(Arc::new(name.clone()))) {
                self.at = start;
                return Err(self.error(&format!("the member {} stands twice", quoted(&name))));
            }
            map.put(name.into(), value);
            self.space();
            if self.eat(b'}') {
                return Ok(Value::map(map));
            }
            if !self.eat(b',') {
                return Err(self.error("expected `,` or `}`"));
            }
            self.space();
        }
    }

    fn list(&mut self, depth: usize) -> Result<Value, Error> {
        self.enter(depth)?;
        let mut items = Vec::new();
        if self.eat(b']') {
            return Ok(Value::list(items));
        }
        loop {
            items.push(self.value(depth)?);
            self.space();
            if self.eat(b']') {
                return Ok(Value::list(items));
            }
            if !self.eat(b',') {
                return Err(self.error("expected `,` or `]`"));
            }
            self.space();
        }
    }

    /// Steps over an opening bracket and the space after it.
    fn enter(&mut self, depth: usize) -> Result<(), Error> {
        if depth > JSON_DEPTH {
            return Err(self.error(&format!("JSON nests deeper than {JSON_DEPTH} levels")));
        }
        self.at += 1;
        self.space();
        Ok(())
    }

    fn word(&mut self) -> Result<Value, Error> {
        let rest = &self.text[self.at..];
        for (word, value) in
            [("null", Value::Null), ("true", Value::Bool(true)), ("false", Value::Bool(false))]
        {
            if rest.starts_with(word) {
                self.at += word.len();
                return Ok(value);
            }
        }
        Err(self.error(if rest.is_empty() { "the text ends too early" } else { "expected a JSON value" }))
    }

    fn number(&mut self) -> Result<Value, Error> {
        let start = self.at;
        self.eat(b'-');
        if !self.eat(b'0') {
            self.digits()?;
        }
        if self.eat(b'.') {
            self.digits()?;
        }
        if self.eat(b'e') || self.eat(b'E') {
            if !self.eat(b'+') {
                self.eat(b'-');
            }
            self.digits()?;
        }
        Ok(number::value(&self.text[start..self.at]))
    }

    fn digits(&mut self) -> Result<(), Error> {
        let rest = &self.text.as_bytes()[self.at..];
        let count = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
        self.at += count;
        if count == 0 { Err(self.error("expected a digit")) } else { Ok(()) }
    }

    fn string(&mut self) -> Result<String, Error> {
        self.at += 1;
        let mut out = String::new();
        loop {
            let rest = &self.text.as_bytes()[self.at..];
            let plain = rest.iter().take_while(|byte| !matches!(byte, b'"' | b'\\' | 0..0x20)).count();
            // `"`, `\` and control characters are single bytes, so both ends are at characters
            out.push_str(&self.text[self.at..self.at + plain]);
            self.at += plain;
            match rest.get(plain) {
                Some(b'"') => {
                    self.at += 1;
                    return Ok(out);
                }
                Some(b'\\') => out.push(self.escape()?),
                Some(_) => return Err(self.error("a control character in a string must be escaped")),
                None => return Err(self.error("the text ends within a string")),
            }
        }
    }

    fn escape(&mut self) -> Result<char, Error> {
        let escape = self.text.as_bytes().get(self.at + 1).copied();
        let char = match escape {
            Some(b'"') => '"',
            Some(b'\\') => '\\',
            Some(b'/') => '/',
            Some(b'b') => '\u{8}',
            Some(b'f') => '\u{c}',
            Some(b'n') => '\n',
            Some(b'r') => '\r',
            Some(b't') => '\t',
            Some(b'u') => return self.unicode(),
            _ => return Err(self.error("no such escape")),
        };
        self.at += 2;
        Ok(char)
    }

    fn unicode(&mut self) -> Result<char, Error> {
        let mut code = self.unit().ok_or_else(|| self.error("`\\u` needs four hexadecimal digits"))?;
        let start = self.at;
        self.at += 6;
        if (0xD800..0xDC00).contains(&code)
            && self.text[self.at..].starts_with("\\u")
            && let Some(low) = self.unit().filter(|low| (0xDC00..0xE000).contains(low))
        {
            code = 0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00);
            self.at += 6;
        }
        char::from_u32(code).ok_or_else(|| {
            self.at = start;
            self.error("half of a surrogate pair")
        })
    }

    /// The four hexadecimal digits of the `\u` at the cursor.
    fn unit(&self) -> Option<u32> {
        let digits = self.text.get(self.at + 2..self.at + 6)?;
        digits.bytes().all(|byte| byte.is_ascii_hexdigit()).then(|| u32::from_str_radix(digits, 16).ok())?
    }

    fn space(&mut self) {
        let rest = &self.text.as_bytes()[self.at..];
        self.at += rest.iter().take_while(|byte| matches!(byte, b' ' | b'\n' | b'\r' | b'\t')).count();
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn eat(&mut self, byte: u8) -> bool {
        let there = self.peek() == Some(byte);
        self.at += usize::from(there);
        there
    }

    fn error(&self, what: &str) -> Error {
        let before = &self.text[..self.at];
        let line = before.matches('\n').count() + 1;
        let column = before.rsplit('\n').next().map_or(0, |line| line.chars().count()) + 1;
        Error::new(ErrorKind::Decode, format!("invalid JSON at line {line}, column {column}: {what}"))
    }
}

/// A text in quotes, cut where it is long, for a message.
pub(super) fn quoted(text: &str) -> String {
    let mut out = String::new();
    match text.char_indices().nth(40) {
        Some((at, _)) => {
            super::encode::quote(&text[..at], &mut out);
            out.truncate(out.len() - 1);
            out.push_str("…\"");
        }
        None => super::encode::quote(text, &mut out),
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value::json::encode;
    use aeth_lang::bytecode::Module;

    #[test]
    fn texts_read_back() {
        let module = Module::default();
        for text in [
            "null",
            "true",
            "false",
            "0",
            "-1",
            "1.50",
            "1e400",
            "-0",
            "\"\"",
            "\"a\\n\\\"b\\\\ \\u0001ä😀\"",
            "[]",
            "{}",
            "[1,[2,{\"a\":null}]]",
            "{\"b\":1,\"a\":[true]}",
            "123456789012345678901234567890",
            "{\"$serde_json::private::Number\":\"1\"}",
        ] {
            assert_eq!(parse(text).map(|value| encode(&value, &module)), Ok(text.to_owned()));
        }
        assert_eq!(
            parse(" [ 1 , \"\\ud83d\\ude00\\/\" ] \n"),
            Ok(Value::list(vec![Value::Int(1), Value::text("😀/")]))
        );
    }

    #[test]
    fn what_is_wrong_is_named_with_its_place() {
        for (text, expected) in [
            ("", "line 1, column 1: the text ends too early"),
            ("{\"a\":1,\n \"a\":2}", "line 2, column 2: the member \"a\" stands twice"),
            ("[1,]", "line 1, column 4: expected a JSON value"),
            ("[1 2]", "column 4: expected `,` or `]`"),
            ("{a:1}", "column 2: expected a member name in quotes"),
            ("{\"a\" 1}", "expected `:`"),
            ("01", "column 2: expected the end of the text"),
            ("1.", "expected a digit"),
            ("-", "expected a digit"),
            ("+1", "expected a JSON value"),
            ("NaN", "expected a JSON value"),
            ("\"a", "the text ends within a string"),
            ("\"\t\"", "a control character"),
            ("\"\\x\"", "no such escape"),
            ("\"\\ud800\"", "half of a surrogate pair"),
            ("\"\\ud800\\u0041\"", "half of a surrogate pair"),
            ("\"\\u12\"", "four hexadecimal digits"),
            ("\"\\u+123\"", "four hexadecimal digits"),
            ("null x", "the end of the text"),
        ] {
            let error = parse(text).unwrap_err();
            assert_eq!(error.kind, ErrorKind::Decode);
            assert!(error.message.contains(expected), "{text}: {}", error.message);
        }
    }

    #[test]
    fn nesting_is_bounded() {
        let nested = |depth: usize| "[".repeat(depth) + &"]".repeat(depth);
        assert!(parse(&nested(JSON_DEPTH)).is_ok());
        assert!(parse(&nested(JSON_DEPTH + 1)).unwrap_err().message.contains("deeper than"));
        assert!(parse(&"[".repeat(1_000_000)).is_err());
    }
}
