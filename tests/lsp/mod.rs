//! The language server as an editor meets it: `aeth lsp` over its standard streams.
//!
//! In: messages of the protocol. Out: diagnostics, with positions in UTF-16 units and the version they are about.

use std::collections::VecDeque;
use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

/// Longest wait for a message that must come.
const PATIENCE: Duration = Duration::from_secs(30);
/// How long nothing must come for a test to believe that nothing comes.
const SILENCE: Duration = Duration::from_millis(400);

const GOOD: &str = "agent main() -> Int { return 1 }\n";
const BAD: &str = "agent main() -> Int { return \"𝄞\" + 1 }\n";

/// An editor and its server.
struct Editor {
    child: Child,
    stdin: Option<ChildStdin>,
    messages: Receiver<Value>,
    waiting: VecDeque<Value>,
    requests: i64,
}

impl Editor {
    /// A server that has been initialized.
    fn start() -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_aeth"))
            .args(["lsp", "--stdio"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("aeth starts");
        let (sender, messages) = mpsc::channel();
        let mut stdout = BufReader::new(child.stdout.take().expect("piped"));
        std::thread::spawn(move || {
            while let Some(message) = read(&mut stdout) {
                if sender.send(message).is_err() {
                    return;
                }
            }
        });
        let stdin = child.stdin.take();
        let mut editor = Self { child, stdin, messages, waiting: VecDeque::new(), requests: 0 };
        let answer = editor.request("initialize", &json!({"capabilities": {}}));
        let sync = &answer["capabilities"]["textDocumentSync"];
        assert_eq!((&sync["openClose"], &sync["change"]), (&json!(true), &json!(2)), "{answer}");
        editor.notify("initialized", &json!({}));
        editor
    }

    fn send(&mut self, message: &Value) {
        let text = message.to_string();
        let stdin = self.stdin.as_mut().expect("open");
        write!(stdin, "Content-Length: {}\r\n\r\n{text}", text.len()).expect("it reads");
        stdin.flush().expect("it reads");
    }

    fn notify(&mut self, method: &str, params: &Value) {
        self.send(&json!({"jsonrpc": "2.0", "method": method, "params": params}));
    }

    fn request(&mut self, method: &str, params: &Value) -> Value {
        self.requests += 1;
        let id = self.requests;
        let mut message = json!({"jsonrpc": "2.0", "id": id, "method": method});
        if !params.is_null() {
            message["params"] = params.clone();
        }
        self.send(&message);
        self.wait(|message| message["id"] == id)["result"].clone()
    }

    /// The next message of a kind; others are kept.
    fn wait(&mut self, wanted: impl Fn(&Value) -> bool) -> Value {
        if let Some(at) = self.waiting.iter().position(&wanted) {
            return self.waiting.remove(at).expect("there");
        }
        let end = Instant::now() + PATIENCE;
        loop {
            let left = end.saturating_duration_since(Instant::now());
            let message = self.messages.recv_timeout(left).expect("a message in time");
            if wanted(&message) {
                return message;
            }
            self.waiting.push_back(message);
        }
    }

    fn open(&mut self, uri: &str, version: i32, text: &str) {
        let document = json!({"uri": uri, "languageId": "aeth", "version": version, "text": text});
        self.notify("textDocument/didOpen", &json!({"textDocument": document}));
    }

    fn change(&mut self, uri: &str, version: i32, changes: &Value) {
        let document = json!({"uri": uri, "version": version});
        self.notify("textDocument/didChange", &json!({"textDocument": document, "contentChanges": changes}));
    }

    fn close(&mut self, uri: &str) {
        self.notify("textDocument/didClose", &json!({"textDocument": {"uri": uri}}));
    }

    /// The diagnostics of a document at a version.
    fn diagnostics(&mut self, uri: &str, version: Option<i32>) -> Vec<Value> {
        let found = self.wait(|message| {
            message["method"] == "textDocument/publishDiagnostics"
                && message["params"]["uri"] == uri
                && message["params"]["version"] == json!(version)
        });
        found["params"]["diagnostics"].as_array().expect("a list").clone()
    }

    /// What else is published of a document before the server falls silent.
    fn rest(&mut self, uri: &str) -> Vec<Value> {
        let mut all: Vec<Value> = self.waiting.drain(..).collect();
        while let Ok(message) = self.messages.recv_timeout(SILENCE) {
            all.push(message);
        }
        all.retain(|message| message["params"]["uri"] == uri);
        all
    }

    /// The exit code, which must come soon.
    fn exit_code(&mut self) -> Option<i32> {
        let end = Instant::now() + PATIENCE;
        while Instant::now() < end {
            if let Some(status) = self.child.try_wait().expect("a child of ours") {
                return status.code();
            }
            std::thread::sleep(Duration::from_millis(5));
        }
        panic!("the server did not end");
    }
}

impl Drop for Editor {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn read(from: &mut impl BufRead) -> Option<Value> {
    let mut length = 0;
    loop {
        let mut line = String::new();
        if from.read_line(&mut line).ok()? == 0 {
            return None;
        }
        match line.trim_end() {
            "" => break,
            header => {
                if let Some(value) = header.strip_prefix("Content-Length: ") {
                    length = value.parse().ok()?;
                }
            }
        }
    }
    let mut body = vec![0; length];
    from.read_exact(&mut body).ok()?;
    serde_json::from_slice(&body).ok()
}

const URI: &str = "file:///tmp/main.aeth";

#[test]
fn diagnostics_come_on_open_and_change_and_go_on_close() {
    let mut editor = Editor::start();
    editor.open(URI, 1, BAD);
    let found = editor.diagnostics(URI, Some(1));
    assert_eq!(found.len(), 1, "one mistake, one error: {found:?}");
    assert_eq!((&found[0]["severity"], &found[0]["source"]), (&json!(1), &json!("aeth")));
    assert!(found[0]["code"].as_str().is_some_and(|code| code.starts_with('E')), "{found:?}");
    editor.change(URI, 2, &json!([{"text": GOOD}]));
    assert_eq!(editor.diagnostics(URI, Some(2)), Vec::<Value>::new());
    editor.change(URI, 3, &json!([{"text": BAD}]));
    assert_eq!(editor.diagnostics(URI, Some(3)).len(), 1);
    editor.close(URI);
    assert_eq!(editor.diagnostics(URI, None), Vec::<Value>::new());
    assert_eq!(editor.rest(URI), Vec::<Value>::new(), "a closed document has no diagnostics");
}

#[test]
fn positions_count_utf16_units() {
    let mut editor = Editor::start();
    // The unknown name stands behind a letter of two units (four bytes) and one of one unit (two bytes).
    let text = "agent main() -> Int {\n  let s = \"𝄞ä\"; \n  return s.len()\n}\n".replace("; ", " ");
    let text = text.replace("s.len()", "{ let t = \"𝄞ä\".len() + nowhere  t }");
    editor.open(URI, 1, &text);
    let found = editor.diagnostics(URI, Some(1));
    let line = text.lines().nth(2).expect("three lines");
    let before = &line[..line.find("nowhere").expect("there")];
    let column = before.encode_utf16().count();
    let range =
        &found.iter().find(|one| one["message"].to_string().contains("nowhere")).expect("found")["range"];
    assert_eq!(range["start"], json!({"line": 2, "character": column}), "{found:?}");
    assert_eq!(range["end"], json!({"line": 2, "character": column + "nowhere".len()}));
}

#[test]
fn edits_apply_where_the_editor_says() {
    let mut editor = Editor::start();
    editor.open(URI, 1, "// 𝄞𝄞\nagent main() -> Int { return nowhere }\n");
    assert!(!editor.diagnostics(URI, Some(1)).is_empty());
    let range = json!({"start": {"line": 1, "character": 29}, "end": {"line": 1, "character": 36}});
    let comment = json!({"start": {"line": 0, "character": 5}, "end": {"line": 0, "character": 7}});
    editor.change(URI, 2, &json!([{"range": comment, "text": ""}, {"range": range, "text": "1"}]));
    assert_eq!(editor.diagnostics(URI, Some(2)), Vec::<Value>::new());
}

#[test]
fn what_is_stale_is_not_published() {
    let mut editor = Editor::start();
    editor.open(URI, 1, BAD);
    for version in 2..=200 {
        let text = if version == 200 { GOOD } else { BAD };
        editor.change(URI, version, &json!([{"text": text}]));
    }
    assert_eq!(editor.diagnostics(URI, Some(200)), Vec::<Value>::new());
    let later = editor.rest(URI);
    let versions: Vec<i64> =
        later.iter().filter_map(|message| message["params"]["version"].as_i64()).collect();
    assert!(versions.windows(2).all(|pair| pair[0] < pair[1]), "in order: {versions:?}");
    assert!(versions.iter().all(|&version| version < 200), "nothing after the newest: {versions:?}");
    editor.change(URI, 150, &json!([{"text": BAD}]));
    assert_eq!(editor.rest(URI), Vec::<Value>::new(), "an older version changes nothing");
}

#[test]
fn what_attacks_the_checker_does_not_end_the_server() {
    let mut editor = Editor::start();
    let deep = format!("agent main() -> Int {{ return {}1{} }}\n", "(".repeat(100_000), ")".repeat(100_000));
    for (version, text) in (1..).zip([deep.as_str(), "\0\u{1}", "\"", "agent", ""]) {
        editor.open(URI, version, text);
        assert!(!editor.diagnostics(URI, Some(version)).is_empty() || text.is_empty(), "{text:.20}");
    }
    // Positions that no text has.
    let far = json!({"start": {"line": 9999, "character": 9999}, "end": {"line": 0, "character": 9999}});
    editor.change(URI, 90, &json!([{"range": far, "text": GOOD}]));
    editor.diagnostics(URI, Some(90));
    editor.change("file:///never/opened.aeth", 1, &json!([{"text": GOOD}]));
    editor.close("file:///never/opened.aeth");
    editor.change(URI, 91, &json!([{"text": GOOD}]));
    assert_eq!(editor.diagnostics(URI, Some(91)), Vec::<Value>::new());
}

#[test]
fn a_program_of_several_files_is_checked_as_one() {
    let folder = tempfile::tempdir().expect("a folder");
    let real = folder.path().join("real");
    std::fs::create_dir(&real).expect("a folder");
    // The editor comes by a link: it means the same files.
    let link = folder.path().join("link");
    std::os::unix::fs::symlink(&real, &link).expect("a link");
    let main = "import \"./billing.aeth\"\nagent main() -> Int { billing.charge(1) }\n";
    let billing = "fn charge(n: Int) -> Int { n }\n";
    std::fs::write(real.join("billing.aeth"), billing).expect("a file");
    let uri = |name: &str| format!("file://{}", link.join(name).display());
    let (main_uri, billing_uri) = (uri("main.aeth"), uri("billing.aeth"));
    let mut editor = Editor::start();
    editor.open(&main_uri, 1, main);
    assert_eq!(editor.diagnostics(&main_uri, Some(1)), Vec::<Value>::new());

    // What is open goes before what is on disk, and a change of it refreshes who imports it.
    editor.open(&billing_uri, 1, &billing.replace("charge", "refund"));
    assert_eq!(editor.diagnostics(&billing_uri, Some(1)), Vec::<Value>::new());
    let found = editor.diagnostics(&main_uri, Some(1));
    assert!(
        found.len() == 1 && found[0]["message"].to_string().contains("declares no `charge`"),
        "{found:?}"
    );
    editor.change(&billing_uri, 2, &json!([{"text": billing}]));
    assert_eq!(editor.diagnostics(&main_uri, Some(1)), Vec::<Value>::new());

    // A mistake in an imported file is shown in that file, and at the import that leads to it.
    editor.change(&billing_uri, 3, &json!([{"text": billing.replace("{ n }", "{ \"x\" }")}]));
    assert_eq!(editor.diagnostics(&billing_uri, Some(3)).len(), 1);
    let found = editor.diagnostics(&main_uri, Some(1));
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!(found[0]["range"]["start"], json!({"line": 0, "character": 7}));
    let place = &found[0]["relatedInformation"][0]["location"];
    assert_eq!(
        (&place["uri"], &place["range"]["start"]["line"]),
        (&json!(billing_uri), &json!(0)),
        "{found:?}"
    );

    // Closed, it is what is on disk again; and that may change too.
    editor.close(&billing_uri);
    assert_eq!(editor.diagnostics(&main_uri, Some(1)), Vec::<Value>::new());
    std::fs::remove_file(real.join("billing.aeth")).expect("there");
    let event = json!({"uri": billing_uri, "type": 3});
    editor.notify("workspace/didChangeWatchedFiles", &json!({"changes": [event]}));
    let found = editor.diagnostics(&main_uri, Some(1));
    assert!(found.len() == 1 && found[0]["message"].to_string().contains("there is no file"), "{found:?}");
}

#[test]
fn it_ends_when_told_with_its_input_still_open() {
    let mut editor = Editor::start();
    assert_eq!(editor.request("shutdown", &Value::Null), Value::Null);
    editor.notify("exit", &Value::Null);
    assert_eq!(editor.exit_code(), Some(0));
    assert!(editor.stdin.is_some(), "nobody closed it");

    let mut editor = Editor::start();
    editor.notify("exit", &Value::Null);
    assert_eq!(editor.exit_code(), Some(1), "without `shutdown`");

    let mut editor = Editor::start();
    editor.stdin = None;
    assert!(editor.exit_code().is_some(), "the editor is gone");
}
