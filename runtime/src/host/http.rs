//! HTTP: one request, one fresh connection, to exactly the address that was checked. No redirects, retries, proxies,
//! pools, caches or transparent decompression: what is below the ledger repeats nothing.

use std::error::Error as _;
use std::net::{IpAddr, SocketAddr};
use std::sync::OnceLock;
use std::time::Duration;

use async_trait::async_trait;
use reqwest::header::{CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use reqwest::{Client, Method, Request, Response, Url};
use rustls::{ClientConfig, RootCertStore};
use tokio::time::timeout;

use super::answer::interpret;
use super::{Answer, Body, Call, CallRequest, Prepared, Reply};
use crate::event::Verdict;
use crate::grant::net::host_text;
use crate::grant::secrets::Form;
use crate::grant::{Grants, Redactor, Secrets};
use crate::value::{Error, ErrorKind};

/// Longest time for finding out an address.
const LOOKUP: Duration = Duration::from_secs(10);
/// Longest time for connecting, TLS included.
const CONNECT: Duration = Duration::from_secs(30);
/// Headers that frame or route the message: the client's business.
const OWN_HEADERS: [&str; 7] =
    ["host", "content-length", "transfer-encoding", "connection", "upgrade", "te", "trailer"];

/// Everything that may wait or fail before the first byte.
pub(super) async fn prepare(
    call: Call,
    grants: &Grants,
    secrets: &Secrets,
) -> Result<Box<dyn Prepared>, Error> {
    let CallRequest::Http { method, url, query, headers, body } = &call.request else {
        return Err(Error::new(ErrorKind::Failed, "not an HTTP call"));
    };
    let sealed = [url].into_iter().chain(query.iter().map(|(_, value)| value));
    let sealed = sealed.chain(headers.iter().map(|(_, value)| value));
    let mut named: Vec<&str> = sealed.flat_map(|text| super::secrets_in(text)).collect();
    if let Body::Text(text) | Body::Json(text) = body {
        named.extend(super::secrets_in(text));
    }
    let redactor = secrets.redactor(named);
    let clean = |error| redactor.error(error);

    let method = parse_method(method)?;
    let mut url = parse_url(&secrets.open(url, Form::Plain)?).map_err(clean)?;
    for (name, value) in query {
        url.query_pairs_mut().append_pair(name, &secrets.open(value, Form::Plain)?);
    }
    let (host, port) = host_and_port(&url)?;
    grants.host(&host, port)?;
    let mut request = Request::new(method, url);
    *request.headers_mut() = open_headers(headers, body, secrets).map_err(clean)?;
    *request.body_mut() = match body {
        Body::None => None,
        Body::Text(text) => Some(secrets.open(text, Form::Plain)?.into()),
        Body::Json(text) => Some(secrets.open(text, Form::Json)?.into()),
        Body::Bytes(bytes) => Some(bytes.clone().into()),
    };
    let place = format!("{host}:{port}");
    let found = match lookup(&host, port).await {
        Ok(found) => found,
        // Not an error of preparation: the tool's retries apply to it.
        Err(message) => {
            let error = clean(Error::new(ErrorKind::Unavailable, message));
            return Ok(Box::new(Unreachable(error)));
        }
    };
    let addresses = allowed(grants, &host, &found)?;
    let connect = CONNECT.min(call.timeout.mul_f32(0.9));
    let client = client(&host, &addresses, connect).map_err(|error| {
        Error::new(ErrorKind::Unavailable, format!("the HTTP client cannot be set up: {}", reason(&error)))
    })?;
    Ok(Box::new(PreparedHttp { client, request, place, redactor, call }))
}

fn parse_method(text: &str) -> Result<Method, Error> {
    let method = Method::from_bytes(text.as_bytes()).ok();
    let method = method.filter(|method| *method != Method::CONNECT && *method != Method::TRACE);
    method.filter(|method| method.as_str() == text.to_ascii_uppercase()).ok_or_else(|| {
        Error::new(
            ErrorKind::Rejected,
            format!("{text:?} is no method: write \"GET\", \"POST\" and the like"),
        )
    })
}

/// A URL that says exactly one thing to every reader.
fn parse_url(text: &str) -> Result<Url, Error> {
    let rejected =
        |why: &str| Error::new(ErrorKind::Rejected, format!("the URL {text:?} cannot be called: {why}"));
    if let Some(odd) = text.chars().find(|&c| c.is_whitespace() || c.is_control() || c == '\\') {
        return Err(rejected(&format!("it holds {odd:?}, which must be encoded")));
    }
    let url = Url::parse(text).map_err(|error| rejected(&error.to_string()))?;
    if !matches!(url.scheme(), "http" | "https") {
        return Err(rejected("it begins with neither http:// nor https://"));
    }
    let after_scheme = text.split_once("://").map(|(_, rest)| rest);
    if after_scheme.is_none_or(|rest| rest.starts_with('/')) {
        return Err(rejected("the host must follow `://`"));
    }
    if !url.username().is_empty() || url.password().is_some() || authority_has_user(text) {
        return Err(Error::new(
            ErrorKind::Rejected,
            "the URL holds a user or password: put them into an Authorization header",
        ));
    }
    Ok(url)
}

fn authority_has_user(text: &str) -> bool {
    let rest = text.split_once("://").map_or("", |(_, rest)| rest);
    rest.split(['/', '?', '#']).next().is_some_and(|authority| authority.contains('@'))
}

fn host_and_port(url: &Url) -> Result<(String, u16), Error> {
    url.host_str()
        .zip(url.port_or_known_default())
        .map(|(host, port)| (host.to_owned(), port))
        .ok_or_else(|| Error::new(ErrorKind::Rejected, "the URL names no host"))
}

fn open_headers(
    headers: &[(String, super::Sealed)],
    body: &Body,
    secrets: &Secrets,
) -> Result<HeaderMap, Error> {
    let mut map = HeaderMap::new();
    for (name, value) in headers {
        let rejected = |why| Error::new(ErrorKind::Rejected, format!("the header {name:?} {why}"));
        let key = HeaderName::from_bytes(name.as_bytes()).map_err(|_| rejected("has an invalid name"))?;
        if OWN_HEADERS.contains(&key.as_str()) {
            return Err(rejected("is set by the runtime"));
        }
        let mut value = HeaderValue::from_str(&secrets.open(value, Form::Plain)?)
            .map_err(|_| rejected("holds what no header may: line ends or control characters"))?;
        value.set_sensitive(true);
        map.append(key, value);
    }
    let content = match body {
        Body::Json(_) => Some("application/json"),
        Body::Text(_) => Some("text/plain; charset=utf-8"),
        Body::Bytes(_) => Some("application/octet-stream"),
        Body::None => None,
    };
    if let Some(content) = content {
        map.entry(CONTENT_TYPE).or_insert(HeaderValue::from_static(content));
    }
    Ok(map)
}

/// The addresses of a host. A sentence if there are none.
async fn lookup(host: &str, port: u16) -> Result<Vec<SocketAddr>, String> {
    let bare = host_text(host);
    if let Ok(address) = bare.parse::<IpAddr>() {
        return Ok(vec![SocketAddr::new(address, port)]);
    }
    match timeout(LOOKUP, tokio::net::lookup_host((bare.as_str(), port))).await {
        Ok(Ok(found)) => Ok(found.collect()),
        Ok(Err(error)) => Err(format!("the host `{host}` was not found: {error}")),
        Err(_) => Err(format!("the host `{host}` was not found within {LOOKUP:?}")),
    }
}

/// Those addresses that the grants let this host lead to.
fn allowed(grants: &Grants, host: &str, found: &[SocketAddr]) -> Result<Vec<SocketAddr>, Error> {
    let (mut allowed, mut refused) = (Vec::new(), None);
    for address in found {
        match grants.address(host, address.ip(), address.port()) {
            Ok(()) => allowed.push(*address),
            Err(error) => refused = refused.or(Some(error)),
        }
    }
    match refused {
        Some(error) if allowed.is_empty() => Err(error),
        _ => Ok(allowed),
    }
}

/// A client for one request to these addresses.
fn client(host: &str, addresses: &[SocketAddr], connect: Duration) -> reqwest::Result<Client> {
    Client::builder()
        .tls_backend_preconfigured(tls().clone())
        .redirect(reqwest::redirect::Policy::none())
        .retry(reqwest::retry::never())
        .referer(false)
        .no_proxy()
        .http1_only()
        .pool_max_idle_per_host(0)
        .connect_timeout(connect)
        .resolve_to_addrs(host, addresses)
        .user_agent(concat!("aeth/", env!("CARGO_PKG_VERSION")))
        .build()
}

/// The same anchors on every machine.
fn tls() -> &'static ClientConfig {
    static TLS: OnceLock<ClientConfig> = OnceLock::new();
    TLS.get_or_init(|| {
        let roots = RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
        ClientConfig::builder_with_provider(rustls::crypto::ring::default_provider().into())
            .with_safe_default_protocol_versions()
            .expect("ring speaks the default protocol versions")
            .with_root_certificates(roots)
            .with_no_client_auth()
    })
}

/// A host that has no address now.
struct Unreachable(Error);

#[async_trait]
impl Prepared for Unreachable {
    async fn dispatch(self: Box<Self>) -> Answer {
        Answer { verdict: Verdict::NotDone, reply: Err(self.0) }
    }
}

/// A request that is ready to be sent.
struct PreparedHttp {
    client: Client,
    request: Request,
    place: String,
    redactor: Redactor,
    call: Call,
}

#[async_trait]
impl Prepared for PreparedHttp {
    async fn dispatch(self: Box<Self>) -> Answer {
        let Self { client, request, place, redactor, call } = *self;
        let exchange = async {
            match client.execute(request).await {
                Ok(response) => receive(response, call.answer_bytes, &call.not_done, &place).await,
                Err(error) => failed(&error, &place),
            }
        };
        let answer = timeout(call.timeout, exchange).await.unwrap_or_else(|_| {
            let message = format!("{place} did not answer within {:?}", call.timeout);
            Answer { verdict: Verdict::Unknown, reply: Err(Error::new(ErrorKind::Timeout, message)) }
        });
        redact(answer, &redactor)
    }
}

/// Nothing left this machine if there was no connection; else nobody can tell.
fn failed(error: &reqwest::Error, place: &str) -> Answer {
    let (verdict, message) = if error.is_connect() || error.is_builder() {
        (Verdict::NotDone, format!("no connection to {place}: {}", reason(error)))
    } else {
        (Verdict::Unknown, format!("the connection to {place} was lost: {}", reason(error)))
    };
    Answer { verdict, reply: Err(Error::new(ErrorKind::Unavailable, message)) }
}

/// Reads the answer within its bound.
async fn receive(mut response: Response, limit: u64, not_done: &[i64], place: &str) -> Answer {
    let status = response.status().as_u16();
    let headers = reply_headers(response.headers());
    let mut body = Vec::new();
    loop {
        match response.chunk().await {
            Ok(Some(chunk)) if body.len() as u64 + chunk.len() as u64 > limit => {
                let (verdict, _) =
                    interpret(Reply::Http { status, headers, body: Vec::new() }, false, not_done);
                let message = format!("the answer of {place} ({status}) has more than {limit} bytes");
                return Answer { verdict, reply: Err(Error::new(ErrorKind::Limit, message)) };
            }
            Ok(Some(chunk)) => body.extend_from_slice(&chunk),
            Ok(None) => break,
            Err(error) => {
                let message = format!("the answer of {place} ({status}) broke off: {}", reason(&error));
                let error = Error::new(ErrorKind::Unavailable, message);
                return Answer { verdict: Verdict::Unknown, reply: Err(error) };
            }
        }
    }
    let reply = Reply::Http { status, headers, body };
    let (verdict, _) = interpret(reply.clone(), false, not_done);
    Answer { verdict, reply: Ok(reply) }
}

fn reply_headers(headers: &HeaderMap) -> Vec<(String, String)> {
    let text = |value: &HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
    headers
        .keys()
        .map(|name| {
            let values: Vec<String> = headers.get_all(name).iter().map(text).collect();
            (name.as_str().to_owned(), values.join(", "))
        })
        .collect()
}

fn redact(answer: Answer, redactor: &Redactor) -> Answer {
    let reply = match answer.reply {
        Ok(Reply::Http { status, headers, body }) => Ok(Reply::Http {
            status,
            headers: headers.into_iter().map(|(name, value)| (name, redactor.text(value))).collect(),
            body: redactor.bytes(body),
        }),
        Ok(other) => Ok(other),
        Err(error) => Err(redactor.error(error)),
    };
    Answer { reply, ..answer }
}

/// The innermost reason: the layers above it only say that something failed, and name the URL.
fn reason(error: &reqwest::Error) -> String {
    let mut source = error.source();
    let mut innermost = None;
    while let Some(inner) = source {
        innermost = Some(inner.to_string());
        source = inner.source();
    }
    innermost.unwrap_or_else(|| "it could not be sent".to_owned())
}

#[cfg(test)]
mod tests;
