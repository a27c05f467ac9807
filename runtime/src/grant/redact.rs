//! Redaction: every occurrence of a secret in what the world answers becomes `[secret NAME]` before it is recorded.
//!
//! Found are the secret as it is and the forms in which receivers echo it: base64 (also inside a longer text, as in
//! basic authentication), URL-, JSON- and HTML-escaped, hexadecimal.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};

use crate::value::{Error, Key, Value};

/// Finds and replaces secrets.
#[derive(Clone, Default)]
pub struct Redactor {
    /// What to look for by first byte, longest first, with what to put there.
    needles: BTreeMap<u8, Vec<(Vec<u8>, String)>>,
}

impl Redactor {
    /// A redactor of these secrets: name and value.
    #[must_use]
    pub fn new<'a>(secrets: impl IntoIterator<Item = (&'a str, &'a str)>) -> Self {
        let mut needles: BTreeMap<u8, Vec<(Vec<u8>, String)>> = BTreeMap::new();
        for (name, value) in secrets {
            for form in forms(value) {
                if let Some(&first) = form.first() {
                    needles.entry(first).or_default().push((form, format!("[secret {name}]")));
                }
            }
        }
        for list in needles.values_mut() {
            list.sort_by(|a, b| b.0.len().cmp(&a.0.len()).then_with(|| a.cmp(b)));
            list.dedup();
        }
        Self { needles }
    }

    /// Bytes without secrets.
    #[must_use]
    pub fn bytes(&self, bytes: Vec<u8>) -> Vec<u8> {
        if self.needles.is_empty() {
            return bytes;
        }
        let (mut clean, mut at, mut kept) = (Vec::new(), 0, 0);
        while at < bytes.len() {
            let found = self
                .needles
                .get(&bytes[at])
                .and_then(|list| list.iter().find(|(needle, _)| bytes[at..].starts_with(needle)));
            match found {
                Some((needle, placeholder)) => {
                    clean.extend_from_slice(&bytes[kept..at]);
                    clean.extend_from_slice(placeholder.as_bytes());
                    at += needle.len();
                    kept = at;
                }
                None => at += 1,
            }
        }
        if kept == 0 {
            return bytes;
        }
        clean.extend_from_slice(&bytes[kept..]);
        clean
    }

    /// Text without secrets.
    #[must_use]
    pub fn text(&self, text: String) -> String {
        match String::from_utf8(self.bytes(text.into_bytes())) {
            Ok(clean) => clean,
            Err(broken) => String::from_utf8_lossy(broken.as_bytes()).into_owned(),
        }
    }

    /// An error without secrets, in its message, data and causes.
    #[must_use]
    pub fn error(&self, error: Error) -> Error {
        if self.needles.is_empty() {
            return error;
        }
        Error {
            message: self.text(error.message),
            data: self.value(error.data),
            cause: error.cause.map(|cause| Box::new(self.error(*cause))),
            ..error
        }
    }

    /// JSON data without secrets.
    fn value(&self, value: Value) -> Value {
        match value {
            Value::Text(text) => Value::Text(self.text(text.as_ref().clone()).into()),
            Value::List(items) => Value::list(items.iter().map(|item| self.value(item.clone())).collect()),
            Value::Map(map) => Value::Map(std::sync::Arc::new(
                map.iter()
                    .map(|(key, value)| match key {
                        Key::Text(text) => {
                            (Key::Text(self.text(text.as_ref().clone()).into()), self.value(value.clone()))
                        }
                        other => (other.clone(), self.value(value.clone())),
                    })
                    .collect(),
            )),
            other => other,
        }
    }
}

/// The forms in which a secret is looked for.
fn forms(secret: &str) -> Vec<Vec<u8>> {
    let mut forms = vec![secret.to_owned()];
    let hex: String = secret.bytes().map(|byte| format!("{byte:02x}")).collect();
    forms.extend([hex.to_ascii_uppercase(), hex]);
    for strict in [true, false] {
        for plus in [true, false] {
            let upper = percent(secret, strict, plus);
            forms.extend([lower_escapes(&upper), upper]);
        }
    }
    for ascii in [true, false] {
        for slash in [true, false] {
            forms.extend([false, true].map(|upper| json_escaped(secret, ascii, slash, upper)));
        }
    }
    forms.push(html_escaped(secret));
    let mut forms: Vec<Vec<u8>> = forms.into_iter().map(String::into_bytes).collect();
    forms.extend(base64_forms(secret.as_bytes()));
    forms.sort();
    forms.dedup();
    forms
}

/// The middle that base64 of any text around the secret contains, for each of the three places it can start at.
fn base64_forms(secret: &[u8]) -> Vec<Vec<u8>> {
    let mut forms = Vec::new();
    for offset in 0..3 {
        let mut padded = vec![0; offset];
        padded.extend_from_slice(secret);
        // The first characters share bits with what stands before, the last with what follows.
        let skip = [0, 2, 3][offset];
        let keep = padded.len() / 3 * 4 + [0, 1, 2][padded.len() % 3];
        for text in [STANDARD_NO_PAD.encode(&padded), URL_SAFE_NO_PAD.encode(&padded)] {
            forms.push(text.as_bytes()[skip..keep].to_vec());
        }
    }
    forms
}

/// Percent-encoding; `strict` also encodes what browsers leave (`!'()*`), `plus` writes a blank as `+`.
fn percent(text: &str, strict: bool, plus: bool) -> String {
    let mut encoded = String::new();
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => encoded.push(byte.into()),
            b'!' | b'\'' | b'(' | b')' | b'*' if !strict => encoded.push(byte.into()),
            b' ' if plus => encoded.push('+'),
            _ => encoded.push_str(&format!("%{byte:02X}")),
        }
    }
    encoded
}

fn lower_escapes(text: &str) -> String {
    let mut left = 0;
    text.chars()
        .map(|c| {
            left = if c == '%' { 3 } else { i32::max(left - 1, 0) };
            if left > 0 { c.to_ascii_lowercase() } else { c }
        })
        .collect()
}

/// The inside of a JSON string; `ascii` escapes all beyond ASCII, `slash` writes `\/`, `upper` the digits of escapes.
fn json_escaped(text: &str, ascii: bool, slash: bool, upper: bool) -> String {
    let mut escaped = String::new();
    for c in text.chars() {
        match c {
            '"' => escaped.push_str("\\\""),
            '\\' => escaped.push_str("\\\\"),
            '\n' => escaped.push_str("\\n"),
            '\r' => escaped.push_str("\\r"),
            '\t' => escaped.push_str("\\t"),
            '\u{8}' => escaped.push_str("\\b"),
            '\u{c}' => escaped.push_str("\\f"),
            '/' if slash => escaped.push_str("\\/"),
            c if c < ' ' || (ascii && !c.is_ascii()) => {
                let mut units = [0; 2];
                for unit in c.encode_utf16(&mut units) {
                    let digits = format!("{unit:04x}");
                    escaped.push_str("\\u");
                    escaped.push_str(&if upper { digits.to_ascii_uppercase() } else { digits });
                }
            }
            c => escaped.push(c),
        }
    }
    escaped
}

fn html_escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use base64::engine::general_purpose::{STANDARD, URL_SAFE};
    use proptest::prelude::*;

    use super::*;
    use crate::value::ErrorKind;

    const SECRET: &str = "pä ss/wörd\"+~1\\";

    fn clean(text: &str) -> String {
        Redactor::new([("KEY", SECRET)]).text(text.to_owned())
    }

    #[test]
    fn every_form_is_found() {
        let json = serde_json::to_string(&format!("x {SECRET} y")).unwrap();
        assert_eq!(clean(&json), "\"x [secret KEY] y\"");
        for echoed in [
            SECRET.to_owned(),
            percent(SECRET, true, false),
            percent(SECRET, false, true),
            lower_escapes(&percent(SECRET, true, true)),
            json_escaped(SECRET, true, true, false),
            json_escaped(SECRET, true, false, true),
            html_escaped(SECRET),
            SECRET.bytes().map(|byte| format!("{byte:02X}")).collect(),
        ] {
            assert_eq!(
                clean(&format!("a {echoed}\nb {echoed}{echoed}")),
                format!("a {0}\nb {0}{0}", "[secret KEY]")
            );
        }
    }

    #[test]
    fn base64_is_found_wherever_it_starts() {
        for before in ["", "a", "ab", "user:", "user2:"] {
            for after in ["", "x", "xy", "xyz"] {
                let text = format!("{before}{SECRET}{after}");
                for echoed in [STANDARD.encode(&text), URL_SAFE.encode(&text)] {
                    assert!(clean(&echoed).contains("[secret KEY]"), "{text:?}");
                }
            }
        }
    }

    #[test]
    fn secrets_that_look_like_escapes() {
        for secret in ["\\u12\\u\\uzz", "\\\\u\\\\u", "%41%%%zz%", "&amp;&quot;"] {
            let redactor = Redactor::new([("K", secret)]);
            assert_eq!(redactor.text(format!("a{secret}b")), "a[secret K]b");
            let json = serde_json::to_string(secret).unwrap();
            assert_eq!(redactor.text(json), "\"[secret K]\"");
        }
    }

    #[test]
    fn the_longer_of_two_secrets_wins() {
        let both = Redactor::new([("SHORT", "abcdefgh"), ("LONG", "abcdefghijkl")]);
        assert_eq!(both.text("abcdefghijkl abcdefghi".into()), "[secret LONG] [secret SHORT]i");
    }

    #[test]
    fn errors_are_clean_to_the_last_cause() {
        let mut error = Error::new(ErrorKind::Failed, format!("no {SECRET}"));
        error.data = Value::list(vec![Value::text(SECRET)]);
        error.cause = Some(Box::new(Error::new(ErrorKind::Denied, SECRET)));
        let clean = Redactor::new([("KEY", SECRET)]).error(error);
        assert!(!format!("{clean:?}").contains("rd"), "{clean:?}");
    }

    proptest! {
        #[test]
        fn no_secret_survives(secret in "\\PC{8,20}", before in "\\PC{0,9}", after in "\\PC{0,9}") {
            let redactor = Redactor::new([("K", secret.as_str())]);
            let clean = redactor.text(format!("{before}{secret}{after}"));
            prop_assert!(!clean.contains(&secret) || "[secret K]".contains(&secret));
            let echoed = serde_json::to_string(&format!("{before}{secret}{after}")).unwrap();
            prop_assert!(redactor.text(echoed).contains("[secret K]"));
        }

        #[test]
        fn text_without_secrets_is_untouched(text in "\\PC{0,40}") {
            prop_assert_eq!(Redactor::new([("K", "\u{0}never\u{0}there")]).text(text.clone()), text);
        }
    }
}
