//! HTTP against servers on loopback that behave in every way.

use std::path::Path;
use std::sync::{Arc, Mutex};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use super::super::fixture::{call, dispatch, grants, plain};
use super::*;
use crate::host::Raw;
use crate::value::SealedPart;

/// A server that answers every connection with these bytes after it has read a whole request, then closes.
struct Server {
    port: u16,
    seen: Arc<Mutex<Vec<String>>>,
}

impl Server {
    async fn start(answer: impl Into<Vec<u8>>) -> Self {
        Self::start_slow(answer, Duration::ZERO).await
    }

    async fn start_slow(answer: impl Into<Vec<u8>>, pause: Duration) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let seen = Arc::new(Mutex::new(Vec::new()));
        let (answer, log) = (answer.into(), seen.clone());
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                let (answer, log) = (answer.clone(), log.clone());
                tokio::spawn(async move {
                    let mut request = Vec::new();
                    while !complete(&request) {
                        let mut buffer = [0; 4096];
                        match stream.read(&mut buffer).await {
                            Ok(0) | Err(_) => return,
                            Ok(read) => request.extend_from_slice(&buffer[..read]),
                        }
                    }
                    log.lock().unwrap().push(String::from_utf8_lossy(&request).into_owned());
                    tokio::time::sleep(pause).await;
                    let _ = stream.write_all(&answer).await;
                });
            }
        });
        Self { port, seen }
    }

    fn url(&self, path: &str) -> String {
        format!("http://127.0.0.1:{}{path}", self.port)
    }

    fn requests(&self) -> Vec<String> {
        self.seen.lock().unwrap().clone()
    }
}

fn complete(request: &[u8]) -> bool {
    let text = String::from_utf8_lossy(request).to_lowercase();
    let Some((head, body)) = text.split_once("\r\n\r\n") else { return false };
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")?.parse::<usize>().ok());
    body.len() >= length.unwrap_or(0)
}

fn ok(body: &str) -> String {
    format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n{body}", body.len())
}

fn get(url: &str) -> CallRequest {
    request("GET", url, Body::None)
}

fn request(method: &str, url: &str, body: Body) -> CallRequest {
    CallRequest::Http { method: method.into(), url: plain(url), query: Vec::new(), headers: Vec::new(), body }
}

fn secrets() -> Secrets {
    Secrets::given([("KEY".to_owned(), "a-long-secret".to_owned())])
}

async fn send(call: Call) -> Answer {
    dispatch(
        prepare(call, &grants(Path::new("/"), "net,net=127.0.0.1,net=localhost,net=[::1]"), &secrets()).await,
    )
    .await
}

fn failed(answer: &Answer) -> (Verdict, ErrorKind, &str) {
    let error = answer.reply.as_ref().unwrap_err();
    (answer.verdict, error.kind.clone(), &error.message)
}

#[tokio::test]
async fn a_request_says_what_the_program_says() {
    let server = Server::start(ok("{\"id\":7}")).await;
    let secret = || vec![SealedPart::Text("Bearer ".into()), SealedPart::Secret("KEY".into())];
    let sent = CallRequest::Http {
        method: "POST".into(),
        url: plain(&server.url("/posts?a=1")),
        query: vec![("q".into(), plain("x &=ä")), ("q".into(), plain("2"))],
        headers: vec![("Authorization".into(), secret()), ("Idempotency-Key".into(), plain("k1"))],
        body: Body::Json(vec![
            SealedPart::Text("{\"t\":\"".into()),
            SealedPart::Secret("KEY".into()),
            SealedPart::Text("\"}".into()),
        ]),
    };
    let answer = send(call(sent)).await;
    assert_eq!(answer.verdict, Verdict::Done);
    let (verdict, raw) = interpret(answer.reply.unwrap(), false, &[]);
    assert_eq!((verdict, raw), (Verdict::Done, Ok(Raw::Body(b"{\"id\":7}".to_vec()))));
    let requests = server.requests();
    assert_eq!(requests.len(), 1);
    let (head, body) = requests[0].split_once("\r\n\r\n").unwrap();
    let mut lines: Vec<&str> = head.lines().collect();
    lines[1..].sort_unstable();
    assert_eq!(
        lines,
        [
            "POST /posts?a=1&q=x+%26%3D%C3%A4&q=2 HTTP/1.1",
            "accept: */*",
            "authorization: Bearer a-long-secret",
            "content-length: 21",
            "content-type: application/json",
            &format!("host: 127.0.0.1:{}", server.port),
            "idempotency-key: k1",
            concat!("user-agent: aeth/", env!("CARGO_PKG_VERSION")),
        ]
    );
    assert_eq!(body, "{\"t\":\"a-long-secret\"}");
}

#[tokio::test]
async fn a_header_of_the_program_wins_over_ours() {
    let server = Server::start(ok("")).await;
    let mut sent = request("PUT", &server.url("/"), Body::Text(plain("<x/>")));
    if let CallRequest::Http { headers, .. } = &mut sent {
        headers.push(("Content-Type".into(), plain("application/xml")));
    }
    send(call(sent)).await;
    let seen = server.requests().remove(0);
    assert_eq!(seen.matches("content-type").count(), 1);
    assert!(seen.contains("content-type: application/xml\r\n"));
}

#[tokio::test]
async fn secrets_do_not_come_back() {
    let answer = "HTTP/1.1 400 Bad Request\r\nx-echo: a-long-secret\r\ncontent-length: 22\r\n\r\nno to a-long-secret...";
    let server = Server::start(answer).await;
    let Reply::Http { headers, body, .. } = send(call(get(&server.url("/")))).await.reply.unwrap() else {
        panic!()
    };
    assert!(headers.contains(&("x-echo".into(), "[secret KEY]".into())));
    assert_eq!(body, b"no to [secret KEY]...");
}

#[tokio::test]
async fn statuses_are_replies_with_a_verdict() {
    let table = [
        (200, Verdict::Done),
        (404, Verdict::Done),
        (408, Verdict::Unknown),
        (503, Verdict::Unknown),
        (429, Verdict::NotDone),
    ];
    for (status, verdict) in table {
        let server = Server::start(format!("HTTP/1.1 {status} X\r\ncontent-length: 0\r\n\r\n")).await;
        let mut sent = call(get(&server.url("/")));
        sent.not_done = vec![429];
        let answer = send(sent).await;
        assert_eq!(answer.verdict, verdict, "{status}");
        assert!(matches!(answer.reply, Ok(Reply::Http { status: found, .. }) if found == status));
        assert_eq!(server.requests().len(), 1, "{status}: sent once");
    }
}

#[tokio::test]
async fn redirects_are_not_followed() {
    let target = Server::start(ok("")).await;
    for status in [301, 302, 307, 308] {
        let head =
            format!("HTTP/1.1 {status} X\r\nlocation: {}\r\ncontent-length: 0\r\n\r\n", target.url("/"));
        let server = Server::start(head).await;
        let mut sent = call(get(&server.url("/")));
        sent.readonly = true;
        assert!(matches!(send(sent).await.reply, Ok(Reply::Http { status: found, .. }) if found == status));
    }
    assert!(target.requests().is_empty());
}

#[tokio::test]
async fn nothing_left_when_there_was_no_connection() {
    let closed = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = closed.local_addr().unwrap().port();
    drop(closed);
    let refused =
        send(call(request("POST", &format!("http://127.0.0.1:{port}/"), Body::Bytes(vec![1])))).await;
    let (verdict, kind, message) = failed(&refused);
    assert_eq!((verdict, kind), (Verdict::NotDone, ErrorKind::Unavailable));
    assert_eq!(message, format!("no connection to 127.0.0.1:{port}: Connection refused (os error 111)"));

    let unknown = send(call(get("http://no-such-host.invalid/"))).await;
    let (verdict, kind, message) = failed(&unknown);
    assert_eq!((verdict, kind), (Verdict::NotDone, ErrorKind::Unavailable), "{message}");
    assert!(message.starts_with("the host `no-such-host.invalid` was not found"), "{message}");

    let plain_text = Server::start("not TLS at all\r\n\r\n").await;
    let mut tls = call(get(&plain_text.url("/").replace("http:", "https:")));
    tls.timeout = Duration::from_secs(20);
    let broken = {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("https://127.0.0.1:{}/", listener.local_addr().unwrap().port());
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                let _ = stream.write_all(b"HTTP/1.1 400 speak plainly\r\n\r\n").await;
            }
        });
        tls.request = get(&url);
        send(tls).await
    };
    let (verdict, kind, message) = failed(&broken);
    assert_eq!((verdict, kind), (Verdict::NotDone, ErrorKind::Unavailable), "{message}");
    assert!(message.starts_with("no connection to 127.0.0.1:"), "{message}");
}

#[tokio::test]
async fn lost_after_it_was_sent_is_unknown() {
    let silent = Server::start("").await;
    let answer = send(call(request("POST", &silent.url("/"), Body::Text(plain("x"))))).await;
    let (verdict, kind, message) = failed(&answer);
    assert_eq!((verdict, kind), (Verdict::Unknown, ErrorKind::Unavailable), "{message}");
    assert_eq!(silent.requests().len(), 1, "sent once, not again");

    let cut = Server::start("HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\npart").await;
    let answer = send(call(get(&cut.url("/")))).await;
    let (verdict, kind, message) = failed(&answer);
    assert_eq!((verdict, kind), (Verdict::Unknown, ErrorKind::Unavailable));
    assert!(message.contains("(200) broke off"), "{message}");

    let garbage = Server::start("SMTP ready\r\n\r\n").await;
    assert_eq!(send(call(get(&garbage.url("/")))).await.verdict, Verdict::Unknown);
}

#[tokio::test]
async fn no_answer_in_time_is_unknown() {
    let slow = Server::start_slow(ok("late"), Duration::from_secs(60)).await;
    let answer = send(call(get(&slow.url("/")))).await;
    let message = format!("127.0.0.1:{} did not answer within 500ms", slow.port);
    assert_eq!(failed(&answer), (Verdict::Unknown, ErrorKind::Timeout, message.as_str()));
    assert_eq!(slow.requests().len(), 1);
}

#[tokio::test]
async fn too_long_an_answer_is_an_answer() {
    let long = Server::start(ok(&"x".repeat(100_001))).await;
    let answer = send(call(get(&long.url("/")))).await;
    let message = format!("the answer of 127.0.0.1:{} (200) has more than 100000 bytes", long.port);
    assert_eq!(failed(&answer), (Verdict::Done, ErrorKind::Limit, message.as_str()));
    let full = Server::start(ok(&"x".repeat(100_000))).await;
    assert!(send(call(get(&full.url("/")))).await.reply.is_ok());
    let endless = Server::start(format!("HTTP/1.1 500 X\r\n\r\n{}", "x".repeat(200_000))).await;
    let answer = send(call(get(&endless.url("/")))).await;
    assert_eq!((answer.verdict, failed(&answer).1), (Verdict::Unknown, ErrorKind::Limit));
}

#[tokio::test]
async fn malformed_requests_are_refused() {
    let urls = [
        "ftp://127.0.0.1/",
        "file:///etc/passwd",
        "127.0.0.1/x",
        "",
        "http:/127.0.0.1/",
        "http:127.0.0.1/",
        "http:///127.0.0.1/",
        "http://",
        "http://user:pass@127.0.0.1/",
        "http://@127.0.0.1/",
        "http://127.0.0.1@evil.com/",
        "http://127.0.0.1\\@evil.com/",
        "http://127.0.0.1/a b",
        "http://127.0.0.1/\r\nx: y",
        "http://127.0.0.1\t/",
        " http://127.0.0.1/",
        "http://127.0.0.1:99999/",
        "http://[::1/",
    ];
    for url in urls {
        let answer = send(call(get(url))).await;
        let (verdict, kind, message) = failed(&answer);
        assert_eq!((verdict, kind), (Verdict::NotDone, ErrorKind::Rejected), "{url:?}: {message}");
    }
    for method in ["", "G T", "get", "CONNECT", "TRACE", "GET\r\n"] {
        let answer = send(call(request(method, "http://127.0.0.1/", Body::None))).await;
        assert_eq!(failed(&answer).1, ErrorKind::Rejected, "{method:?}");
    }
    for (name, value) in [
        ("a b", "x"),
        ("", "x"),
        ("x", "a\r\nb: c"),
        ("x", "\0"),
        ("Host", "evil"),
        ("content-length", "3"),
        ("Transfer-Encoding", "chunked"),
    ] {
        let mut sent = get("http://127.0.0.1/");
        if let CallRequest::Http { headers, .. } = &mut sent {
            headers.push((name.into(), plain(value)));
        }
        assert_eq!(failed(&send(call(sent)).await).1, ErrorKind::Rejected, "{name:?}: {value:?}");
    }
}

#[tokio::test]
async fn disguised_addresses_need_their_grant() {
    let server = Server::start(ok("inside")).await;
    let port = server.port;
    let disguises = [
        format!("http://127.0.0.1:{port}/"),
        format!("http://2130706433:{port}/"),
        format!("http://0x7f000001:{port}/"),
        format!("http://0177.0.0.1:{port}/"),
        format!("http://127.1:{port}/"),
        format!("http://[::ffff:127.0.0.1]:{port}/"),
        format!("http://localhost:{port}/"),
        format!("http://LOCALHOST.:{port}/"),
        format!("http://0.0.0.0:{port}/"),
        format!("http://[::]:{port}/"),
        "http://169.254.169.254/latest/meta-data/".into(),
    ];
    for list in ["net", "net=api.example.com", "net=*.example.com"] {
        for url in &disguises {
            let prepared = prepare(call(get(url)), &grants(Path::new("/"), list), &secrets()).await;
            assert_eq!(prepared.err().map(|error| error.kind), Some(ErrorKind::Denied), "{list}: {url}");
        }
    }
    assert!(server.requests().is_empty());
    for (list, url) in
        [("net=localhost", &disguises[6]), ("net=127.0.0.1", &disguises[1]), ("net=localhost", &disguises[7])]
    {
        let answer = dispatch(prepare(call(get(url)), &grants(Path::new("/"), list), &secrets()).await).await;
        assert!(answer.reply.is_ok(), "{list}: {url}: {answer:?}");
    }
}

#[tokio::test]
async fn a_missing_secret_names_what_to_set() {
    let mut sent = get("http://127.0.0.1/");
    if let CallRequest::Http { headers, .. } = &mut sent {
        headers.push(("x".into(), vec![SealedPart::Secret("NONE".into())]));
    }
    let answer = send(call(sent)).await;
    assert_eq!(
        failed(&answer),
        (
            Verdict::NotDone,
            ErrorKind::Denied,
            "the secret `NONE` is missing: set the environment variable NONE"
        )
    );
}
