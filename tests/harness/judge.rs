//! The judge: an HTTP server in another process that counts what really arrived, and misbehaves on command.
//!
//! A request counts once its last byte was read. `GET /seen/PATH?key=K` tells whether `POST /PATH` came with the key
//! K: the `lookup` of the tools under test. Everything below `/_` is for the test itself and counts nothing.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::role::Role;
use super::wait_until;

const PORT_FILE: &str = "AETH_TEST_JUDGE_PORT_FILE";

/// How one request is answered. The last step of a script repeats.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Step {
    status: u16,
    delay_ms: u64,
    /// Closes the connection without reading the request: it does not count.
    drop_unread: bool,
    /// Closes the connection after the request was read and counted, without an answer.
    drop_unanswered: bool,
    /// Instead of the usual body.
    body: Option<String>,
    /// This many bytes of `x` after the body.
    padding: usize,
}

impl Step {
    /// 200 with a small JSON object.
    pub fn ok() -> Self {
        Self { status: 200, delay_ms: 0, drop_unread: false, drop_unanswered: false, body: None, padding: 0 }
    }

    /// Another status.
    pub fn status(status: u16) -> Self {
        Self { status, ..Self::ok() }
    }

    /// Read, counted, never answered.
    pub fn unanswered() -> Self {
        Self { drop_unanswered: true, ..Self::ok() }
    }

    /// Neither read nor counted.
    pub fn unread() -> Self {
        Self { drop_unread: true, ..Self::ok() }
    }

    /// A body of one's own.
    pub fn body(text: &str) -> Self {
        Self { body: Some(text.to_owned()), ..Self::ok() }
    }

    /// A body of this many bytes.
    pub fn large(bytes: usize) -> Self {
        Self { body: Some(String::new()), padding: bytes, ..Self::ok() }
    }

    /// Later.
    pub fn after_ms(self, delay_ms: u64) -> Self {
        Self { delay_ms, ..self }
    }
}

/// A request that arrived.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Arrival {
    /// `POST` …
    pub method: String,
    /// Without the query.
    pub path: String,
    /// The `Idempotency-Key` header, else the `key` of the query.
    pub key: String,
    /// As text.
    pub body: String,
}

/// The test's side of a judge.
pub struct Judge {
    port: u16,
    _process: Role,
    _dir: tempfile::TempDir,
}

impl Judge {
    /// Starts one and waits until it listens.
    pub fn start() -> Self {
        let dir = tempfile::tempdir().expect("a temporary folder");
        let file = dir.path().join("port");
        let process = Role::start("judge", &[(PORT_FILE, file.to_str().expect("a plain path"))]);
        let port = wait_until("the judge's port", Duration::from_secs(20), || {
            std::fs::read_to_string(&file).ok()?.parse().ok()
        });
        Self { port, _process: process, _dir: dir }
    }

    /// Where it listens, without a slash at the end.
    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// Everything that arrived on a path or below it, in order; on any path if it is empty.
    pub fn arrivals(&self, path: &str) -> Vec<Arrival> {
        let text = self.send("GET", &format!("/_arrivals{path}"), "", "");
        let body = text.split_once("\r\n\r\n").expect("an answer with a body").1;
        serde_json::from_str(body).expect("arrivals as JSON")
    }

    /// How often a path was called.
    pub fn count(&self, path: &str) -> usize {
        self.arrivals(path).len()
    }

    /// The different keys a path was called with, sorted.
    pub fn keys(&self, path: &str) -> Vec<String> {
        let mut keys: Vec<_> = self.arrivals(path).into_iter().map(|arrival| arrival.key).collect();
        keys.sort();
        keys.dedup();
        keys
    }

    /// How a path answers from now on; `*` is every path without a script of its own.
    pub fn script(&self, path: &str, steps: &[Step]) {
        let body = serde_json::to_string(&(path, steps)).expect("a script as JSON");
        assert!(self.send("POST", "/_script", "", &body).starts_with("HTTP/1.1 200"));
    }

    /// Sends one request as a tool would; the raw answer, empty if there was none.
    pub fn send(&self, method: &str, path: &str, key: &str, body: &str) -> String {
        send(self.port, method, path, key, body)
    }

    /// Where it listens.
    pub fn port(&self) -> u16 {
        self.port
    }
}

/// Sends one request to the judge at a port; the raw answer, empty if there was none.
pub fn send(port: u16, method: &str, path: &str, key: &str, body: &str) -> String {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).expect("the judge listens");
    let head = format!("{method} {path} HTTP/1.1\r\nhost: judge\r\nidempotency-key: {key}\r\n");
    let length = body.len();
    stream.write_all(format!("{head}content-length: {length}\r\n\r\n{body}").as_bytes()).expect("a request");
    let mut answer = String::new();
    let _ = stream.read_to_string(&mut answer);
    answer
}

#[derive(Default)]
struct Record {
    arrivals: Vec<Arrival>,
    scripts: BTreeMap<String, Vec<Step>>,
}

/// The other side: serves until the process is ended, or the test binary that started it is gone.
pub fn serve() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let file = std::env::var(PORT_FILE).expect("a file for the port");
    let port = listener.local_addr().expect("a bound address").port();
    std::fs::write(format!("{file}.new"), port.to_string()).expect("the port is written");
    std::fs::rename(format!("{file}.new"), &file).expect("the port is published");
    let owner = rustix::process::getppid();
    std::thread::spawn(move || {
        while rustix::process::getppid() == owner {
            std::thread::sleep(Duration::from_millis(500));
        }
        std::process::exit(0);
    });
    let record = Arc::new(Mutex::new(Record::default()));
    for stream in listener.incoming().flatten() {
        let record = Arc::clone(&record);
        std::thread::spawn(move || {
            let _ = answer(&stream, &record);
        });
    }
}

fn answer(stream: &TcpStream, record: &Mutex<Record>) -> std::io::Result<()> {
    let mut reader = BufReader::new(stream);
    let Some((method, target, headers)) = read_head(&mut reader)? else { return Ok(()) };
    let (path, query) = target.split_once('?').unwrap_or((&target, ""));
    let mut body = vec![0; headers.get("content-length").and_then(|n| n.parse().ok()).unwrap_or(0)];
    if let Some(wanted) = path.strip_prefix("/_arrivals") {
        let record = record.lock().expect("no panic");
        let below = |path: &str| {
            path.strip_prefix(wanted).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        let found: Vec<_> = record.arrivals.iter().filter(|arrival| below(&arrival.path)).collect();
        let text = serde_json::to_string(&found)?;
        return reply(stream, 200, &text, 0);
    }
    if path == "/_script" {
        reader.read_exact(&mut body)?;
        let (path, mut steps): (String, Vec<Step>) = serde_json::from_slice(&body)?;
        steps.reverse();
        record.lock().expect("no panic").scripts.insert(path, steps);
        return reply(stream, 200, "null", 0);
    }
    let step = next_step(&mut record.lock().expect("no panic"), path);
    if step.drop_unread {
        return Ok(());
    }
    reader.read_exact(&mut body)?;
    let key = headers.get("idempotency-key").cloned().or_else(|| query_key(query)).unwrap_or_default();
    let arrival = Arrival {
        method,
        path: path.to_owned(),
        key: key.clone(),
        body: String::from_utf8_lossy(&body).into_owned(),
    };
    let seen = {
        let mut record = record.lock().expect("no panic");
        record.arrivals.push(arrival);
        let looked_up = path.strip_prefix("/seen");
        looked_up.map(|path| record.arrivals.iter().any(|one| one.path == path && one.key == key))
    };
    std::thread::sleep(Duration::from_millis(step.delay_ms));
    if step.drop_unanswered {
        return Ok(());
    }
    let usual = match seen {
        Some(false) => "null".to_owned(),
        _ => serde_json::json!({ "key": key }).to_string(),
    };
    reply(stream, step.status, &step.body.unwrap_or(usual), step.padding)
}

fn next_step(record: &mut Record, path: &str) -> Step {
    let key = if record.scripts.contains_key(path) { path } else { "*" };
    match record.scripts.get_mut(key) {
        Some(steps) if steps.len() > 1 => steps.pop().expect("more than one"),
        Some(steps) => steps.last().cloned().unwrap_or_else(Step::ok),
        None => Step::ok(),
    }
}

type Head = (String, String, BTreeMap<String, String>);

fn read_head(reader: &mut impl BufRead) -> std::io::Result<Option<Head>> {
    let mut line = String::new();
    if reader.read_line(&mut line)? == 0 {
        return Ok(None);
    }
    let mut words = line.split_whitespace().map(str::to_owned);
    let (Some(method), Some(target)) = (words.next(), words.next()) else { return Ok(None) };
    let mut headers = BTreeMap::new();
    loop {
        let mut line = String::new();
        reader.read_line(&mut line)?;
        match line.trim_end().split_once(':') {
            Some((name, value)) => headers.insert(name.to_ascii_lowercase(), value.trim().to_owned()),
            None => return Ok(Some((method, target, headers))),
        };
    }
}

fn query_key(query: &str) -> Option<String> {
    query.split('&').find_map(|pair| pair.strip_prefix("key=")).map(str::to_owned)
}

fn reply(mut stream: &TcpStream, status: u16, body: &str, padding: usize) -> std::io::Result<()> {
    let length = body.len() + padding;
    let head = format!("HTTP/1.1 {status} Judged\r\ncontent-type: application/json\r\nconnection: close\r\n");
    stream.write_all(format!("{head}content-length: {length}\r\n\r\n{body}").as_bytes())?;
    let block = [b'x'; 65536];
    let mut left = padding;
    while left > 0 {
        let part = left.min(block.len());
        stream.write_all(&block[..part])?;
        left -= part;
    }
    stream.flush()
}
