//! What an answer means: the table that maps statuses and exit codes to verdicts and kinds (runtime.md L3).
//!
//! In: a [`Reply`]. Out: a verdict with a [`Raw`] value for the result type to decode, or with an error. Pure.

use std::sync::Arc;

use serde_json::json;

use super::Reply;
use crate::event::Verdict;
use crate::value::{Error, ErrorKind, Key, Value};

/// How much of a body or of error output an error message quotes, in characters.
const QUOTED: usize = 300;

/// A value on its way to the result type.
#[derive(Clone, Debug, PartialEq)]
pub enum Raw {
    /// The JSON form of the result, whatever its type: of `HttpResponse`, `ExecResult`, files and host tools.
    Json(String),
    /// A body: for `String` the text itself, for `Bytes` the bytes, for `Null` nothing, for all others JSON text.
    Body(Vec<u8>),
    /// What a child printed: as a body, but for `String` without its last line break.
    Output(Vec<u8>),
}

impl Raw {
    /// A `String` made of it.
    ///
    /// # Errors
    /// `Decode` if it is not UTF-8.
    pub fn string(self) -> Result<String, Error> {
        let Self::Output(mut bytes) = self else { return self.text() };
        if bytes.last() == Some(&b'\n') {
            bytes.pop();
            if bytes.last() == Some(&b'\r') {
                bytes.pop();
            }
        }
        Self::Output(bytes).text()
    }

    /// The body as text.
    ///
    /// # Errors
    /// `Decode` if it is not UTF-8.
    pub fn text(self) -> Result<String, Error> {
        match self {
            Self::Json(text) => Ok(text),
            Self::Body(bytes) | Self::Output(bytes) => String::from_utf8(bytes).map_err(|error| {
                let at = error.utf8_error().valid_up_to();
                Error::new(ErrorKind::Decode, format!("the answer is not UTF-8 text (byte {at})"))
            }),
        }
    }
}

/// What a reply means. `whole`: the result type is `HttpResponse` or `ExecResult`, which no status or code fails.
///
/// A failure whose status or code stands in `not_done` did not happen; a reply given whole is always done.
pub fn interpret(reply: Reply, whole: bool, not_done: &[i64]) -> (Verdict, Result<Raw, Error>) {
    match reply {
        Reply::Json(text) => (Verdict::Done, Ok(Raw::Json(text))),
        Reply::Exec { code, stdout, stderr } => interpret_exec(code, stdout, &stderr, whole, not_done),
        Reply::Http { status, headers, body } => interpret_http(status, &headers, body, whole, not_done),
    }
}

fn interpret_exec(
    code: i32,
    stdout: Vec<u8>,
    stderr: &[u8],
    whole: bool,
    not_done: &[i64],
) -> (Verdict, Result<Raw, Error>) {
    if whole {
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let json = json!({ "code": code, "stdout": text(&stdout), "stderr": text(stderr) });
        return (Verdict::Done, Ok(Raw::Json(json.to_string())));
    }
    if code == 0 {
        return (Verdict::Done, Ok(Raw::Output(stdout)));
    }
    // What it said is the message; the code, which people rarely know by heart, is data.
    let said = quote(if stderr.trim_ascii().is_empty() { &stdout } else { stderr });
    let message = if said.is_empty() { format!("exit code {code}") } else { said };
    let verdict = if not_done.contains(&i64::from(code)) { Verdict::NotDone } else { Verdict::Done };
    let data = Value::map(
        [(Key::Text(Arc::new("code".to_owned())), Value::Int(i64::from(code)))].into_iter().collect(),
    );
    (verdict, Err(Error { data, ..Error::new(ErrorKind::Failed, message) }))
}

fn interpret_http(
    status: u16,
    headers: &[(String, String)],
    body: Vec<u8>,
    whole: bool,
    not_done: &[i64],
) -> (Verdict, Result<Raw, Error>) {
    if whole {
        let headers: serde_json::Map<String, serde_json::Value> =
            headers.iter().map(|(name, value)| (name.clone(), value.clone().into())).collect();
        let body = String::from_utf8_lossy(&body);
        let json = json!({ "status": status, "headers": headers, "body": body });
        return (Verdict::Done, Ok(Raw::Json(json.to_string())));
    }
    let (verdict, kind) = status_outcome(status, says_in_progress(status, headers, &body), not_done);
    let Some(kind) = kind else { return (verdict, Ok(Raw::Body(body))) };
    let mut message = format!("the answer was {status}");
    if let Some(reason) =
        reqwest::StatusCode::from_u16(status).ok().and_then(|status| status.canonical_reason())
    {
        message.push_str(&format!(" {reason}"));
    }
    if let Some((_, to)) = headers.iter().find(|(name, _)| (300..400).contains(&status) && name == "location")
    {
        message.push_str(&format!(" to {} (redirects are not followed)", quote(to.as_bytes())));
    }
    let said = quote(&body);
    if !said.is_empty() {
        message.push_str(&format!(": {said}"));
    }
    (verdict, Err(Error::new(kind, message)))
}

/// The verdict of a final status, and the kind of its error if it is one. `in_progress`: the receiver says that
/// an earlier call with the same key is still at work.
#[must_use]
pub fn status_outcome(status: u16, in_progress: bool, not_done: &[i64]) -> (Verdict, Option<ErrorKind>) {
    let (verdict, kind) = match status {
        200..=299 => return (Verdict::Done, None),
        401 | 403 => (Verdict::Done, ErrorKind::Denied),
        404 | 410 => (Verdict::Done, ErrorKind::NotFound),
        408 => (Verdict::Unknown, ErrorKind::Timeout),
        409 if in_progress => (Verdict::Unknown, ErrorKind::Unavailable),
        425 => (Verdict::Unknown, ErrorKind::Unavailable),
        429 => (Verdict::Done, ErrorKind::RateLimited),
        300..=499 => (Verdict::Done, ErrorKind::Rejected),
        _ => (Verdict::Unknown, ErrorKind::Unavailable),
    };
    if not_done.contains(&i64::from(status)) {
        return (Verdict::NotDone, Some(kind));
    }
    (verdict, Some(kind))
}

/// Whether a 409 says that the call is being worked on, as receivers of idempotency keys do.
fn says_in_progress(status: u16, headers: &[(String, String)], body: &[u8]) -> bool {
    if status != 409 {
        return false;
    }
    let start = String::from_utf8_lossy(&body[..body.len().min(4096)]).to_lowercase();
    let hints = ["in progress", "in_progress", "in-progress", "being processed", "concurrent", "key_in_use"];
    headers.iter().any(|(name, _)| name == "retry-after") || hints.iter().any(|hint| start.contains(hint))
}

/// The beginning of what was said, on one line.
fn quote(said: &[u8]) -> String {
    let text = String::from_utf8_lossy(&said[..said.len().min(8 * QUOTED)]);
    let mut words = String::new();
    for word in text.split_whitespace() {
        if !words.is_empty() {
            words.push(' ');
        }
        words.push_str(word);
    }
    let cut: String = words.chars().take(QUOTED).collect();
    if cut.len() < words.len() { format!("{cut}…") } else { cut }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ErrorKind::{Denied, NotFound, RateLimited, Rejected, Timeout, Unavailable};
    use Verdict::{Done, NotDone, Unknown};

    #[test]
    fn every_status_has_its_place() {
        let table = [
            (200, false, Done, None),
            (204, false, Done, None),
            (299, true, Done, None),
            (301, false, Done, Some(Rejected)),
            (304, false, Done, Some(Rejected)),
            (400, false, Done, Some(Rejected)),
            (401, false, Done, Some(Denied)),
            (403, false, Done, Some(Denied)),
            (404, false, Done, Some(NotFound)),
            (405, false, Done, Some(Rejected)),
            (408, false, Unknown, Some(Timeout)),
            (409, false, Done, Some(Rejected)),
            (409, true, Unknown, Some(Unavailable)),
            (410, false, Done, Some(NotFound)),
            (422, false, Done, Some(Rejected)),
            (425, false, Unknown, Some(Unavailable)),
            (429, false, Done, Some(RateLimited)),
            (500, false, Unknown, Some(Unavailable)),
            (503, false, Unknown, Some(Unavailable)),
            (599, false, Unknown, Some(Unavailable)),
            (600, false, Unknown, Some(Unavailable)),
            (999, false, Unknown, Some(Unavailable)),
        ];
        for (status, in_progress, verdict, kind) in table {
            assert_eq!(status_outcome(status, in_progress, &[]), (verdict, kind.clone()), "{status}");
            let listed = status_outcome(status, in_progress, &[7, i64::from(status)]);
            let expected = if kind.is_none() { Done } else { NotDone };
            assert_eq!(listed, (expected, kind), "{status} in not_done");
        }
    }

    /// The rows of the reference that begin with statuses, and the kind and verdict they give.
    fn documented() -> Vec<(String, String, Verdict)> {
        let page = include_str!("../../../docs/language/tools.md");
        let rows = page.lines().filter_map(|line| {
            let cells: Vec<&str> = line.split('|').map(str::trim).collect();
            let verdict = match *cells.get(3)? {
                "done" => Done,
                "not done" => NotDone,
                "unknown" => Unknown,
                _ => return None,
            };
            Some((cells[1].to_owned(), cells[2].to_owned(), verdict))
        });
        rows.collect()
    }

    #[test]
    fn the_reference_tells_what_each_status_means() {
        let rows = documented();
        let lists = |row: &str, status: u16| {
            row.split([',', ' ']).any(|word| word == status.to_string()) && !row.contains("when")
        };
        let row = |status: u16| {
            let exact = rows.iter().find(|(row, ..)| lists(row, status));
            let rest = if status < 500 { "other 3xx and 4xx" } else { "5xx" };
            exact.or_else(|| rows.iter().find(|(row, ..)| row.starts_with(rest))).expect("a row")
        };
        for status in 300..600 {
            let (_, kind, verdict) = row(status);
            let (found, error) = status_outcome(status, false, &[]);
            assert_eq!(
                (found, error.map(|kind| kind.name().to_owned())),
                (*verdict, Some(kind.clone())),
                "{status}"
            );
        }
        let (_, kind, verdict) = rows.iter().find(|(row, ..)| row.contains("409 when")).expect("a row");
        assert_eq!(status_outcome(409, true, &[]), (*verdict, Some(Unavailable)), "{kind}");
        let (_, kind, verdict) = rows.iter().find(|(row, ..)| row.starts_with("exit code")).expect("a row");
        let failed = interpret(Reply::Exec { code: 1, stdout: Vec::new(), stderr: Vec::new() }, false, &[]);
        assert_eq!((failed.0, kind.starts_with(failed.1.unwrap_err().kind.name())), (*verdict, true));
    }

    fn http(status: u16, headers: &[(&str, &str)], body: &str) -> Reply {
        let headers = headers.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect();
        Reply::Http { status, headers, body: body.into() }
    }

    fn message(reply: Reply) -> (Verdict, String) {
        let (verdict, result) = interpret(reply, false, &[]);
        (verdict, result.unwrap_err().message)
    }

    #[test]
    fn bodies_and_messages() {
        assert_eq!(interpret(http(201, &[], "{}"), false, &[]), (Done, Ok(Raw::Body(b"{}".to_vec()))));
        assert_eq!(
            message(http(422, &[], "no\n  such\ttag ")),
            (Done, "the answer was 422 Unprocessable Entity: no such tag".into())
        );
        assert_eq!(message(http(500, &[], "")), (Unknown, "the answer was 500 Internal Server Error".into()));
        assert_eq!(
            message(http(302, &[("location", "http://x/")], "")),
            (Done, "the answer was 302 Found to http://x/ (redirects are not followed)".into())
        );
        let (_, long) = message(http(400, &[], &"ä".repeat(100_000)));
        assert_eq!(long.chars().filter(|&c| c == 'ä').count(), QUOTED);
        assert!(long.ends_with('…'));
        assert_eq!(message(http(409, &[], r#"{"error":"idempotency_key_in_use"}"#)).0, Unknown);
        assert_eq!(message(http(409, &[("retry-after", "1")], "")).0, Unknown);
        assert_eq!(message(http(409, &[], "duplicate name")).0, Done);
    }

    #[test]
    fn given_whole_nothing_fails() {
        let (verdict, raw) = interpret(http(503, &[("a", "b")], "x"), true, &[503]);
        assert_eq!(verdict, Done);
        let expected = json!({ "status": 503, "headers": { "a": "b" }, "body": "x" });
        let text = raw.unwrap().text().unwrap();
        assert_eq!(serde_json::from_str::<serde_json::Value>(&text).unwrap(), expected);
        let child = Reply::Exec { code: 3, stdout: b"a\n".to_vec(), stderr: b"\xff".to_vec() };
        let text = interpret(child, true, &[]).1.unwrap().text().unwrap();
        let expected = json!({ "code": 3, "stdout": "a\n", "stderr": "\u{fffd}" });
        assert_eq!(serde_json::from_str::<serde_json::Value>(&text).unwrap(), expected);
    }

    #[test]
    fn of_children() {
        let exec = |code, stdout: &str, stderr: &str| Reply::Exec {
            code,
            stdout: stdout.into(),
            stderr: stderr.into(),
        };
        assert_eq!(interpret(exec(0, "a\n\n", "w"), false, &[]), (Done, Ok(Raw::Output(b"a\n\n".to_vec()))));
        let text = |stdout: &str| Raw::Output(stdout.into()).string().unwrap();
        assert_eq!([text("a\n\n"), text("a\r\n"), text("a"), text("")], ["a\n", "a", "a", ""]);
        assert_eq!(message(exec(2, "out", " bad\n")), (Done, "bad".into()));
        assert_eq!(message(exec(2, "out", "\n")), (Done, "out".into()));
        let (_, failed) = interpret(exec(2, "", "bad"), false, &[]);
        let code =
            Value::map([(Key::Text(Arc::new("code".to_owned())), Value::Int(2))].into_iter().collect());
        assert_eq!(failed.unwrap_err().data, code);
        assert_eq!(message(exec(1, "", "")), (Done, "exit code 1".into()));
        assert_eq!(interpret(exec(75, "", ""), false, &[75]).0, NotDone);
        assert_eq!(interpret(exec(0, "", ""), false, &[0]).0, Done);
    }

    #[test]
    fn broken_text_is_a_decode_error() {
        let error = Raw::Body(b"ab\xff".to_vec()).text().unwrap_err();
        assert_eq!(error, Error::new(ErrorKind::Decode, "the answer is not UTF-8 text (byte 2)"));
    }
}
