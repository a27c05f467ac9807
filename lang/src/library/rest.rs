//! Digests, encodings, bytes, kinds of error.

use super::Run::Builtin;
use super::{Builtin as B, Entry, entry};

pub(super) const ENTRIES: &[Entry] = &[
    entry(
        "hash.sha256(text: String) -> String",
        "The SHA-256 digest of the UTF-8 bytes, in lower hex.",
        r#"hash.sha256("").starts_with("e3b0c442")"#,
        Builtin(B::HashSha256),
    ),
    entry(
        "hash.sha256(bytes: Bytes) -> String",
        "The SHA-256 digest, in lower hex.",
        r#"hash.sha256("".to_bytes()).starts_with("e3b0c442")"#,
        Builtin(B::HashSha256),
    ),
    entry(
        "base64.encode(text: String) -> String",
        "The UTF-8 bytes in Base64.",
        r#"base64.encode("a") == "YQ==""#,
        Builtin(B::Base64Encode),
    ),
    entry(
        "base64.encode(bytes: Bytes) -> String",
        "The bytes in Base64.",
        r#"base64.encode("a".to_bytes()) == "YQ==""#,
        Builtin(B::Base64Encode),
    ),
    entry(
        "base64.decode(text: String) -> Bytes",
        "The bytes that a Base64 text means; fails with Decode.",
        r#"base64.decode("YQ==").to_text() == "a""#,
        Builtin(B::Base64Decode),
    ),
    entry(
        "url.encode(text: String) -> String",
        "As a component of a URL, percent-encoded.",
        r#"url.encode("a b") == "a%20b""#,
        Builtin(B::UrlEncode),
    ),
    entry(
        "Bytes.len() -> Int",
        "How many bytes it has.",
        r#""a".to_bytes().len() == 1"#,
        Builtin(B::BytesLen),
    ),
    entry(
        "Bytes.to_text() -> String",
        "The text that UTF-8 bytes mean; fails with Decode.",
        r#""a".to_bytes().to_text() == "a""#,
        Builtin(B::BytesToText),
    ),
    entry(
        "ErrorKind.name() -> String",
        "The name of the kind; that of `Other` is the one it was given.",
        r#"ErrorKind.Timeout.name() == "Timeout""#,
        Builtin(B::ErrorKindName),
    ),
];
