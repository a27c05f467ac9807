//! Digests, encodings, bytes, kinds of error.

use super::Run::Builtin;
use super::{Builtin as B, Entry, entry, fails, gives, total};

pub(super) const ENTRIES: &[Entry] = &[
    total(
        "Bytes.len() -> Int",
        "How many bytes it has.",
        &[gives(r#""ä".to_bytes().len()"#, "2"), gives(r#""".to_bytes().len()"#, "0")],
        Builtin(B::BytesLen),
    ),
    entry(
        "Bytes.to_text() -> String",
        r#"The text that UTF-8 bytes mean. `"{bytes}"` shows Base64 instead, which is their JSON form."#,
        &[
            gives(r#""ä".to_bytes().to_text()"#, r#""ä""#),
            gives(r#"let b = "ä".to_bytes()  "{b}""#, r#""w6Q=""#),
            fails(
                r#"base64.decode("YfA=").to_text()"#,
                "Decode",
                "the bytes are not UTF-8: byte 1 begins no character",
            ),
        ],
        Builtin(B::BytesToText),
    ),
    total(
        "hash.sha256(text: String) -> String",
        "The SHA-256 digest of the UTF-8 bytes, in lower hex.",
        &[
            gives(
                r#"hash.sha256("abc")"#,
                r#""ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad""#,
            ),
            gives(
                r#"hash.sha256("")"#,
                r#""e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855""#,
            ),
        ],
        Builtin(B::HashSha256),
    ),
    total(
        "hash.sha256(bytes: Bytes) -> String",
        "The SHA-256 digest, in lower hex.",
        &[
            gives(r#"hash.sha256("abc".to_bytes()).slice(0, 8)"#, r#""ba7816bf""#),
            gives(r#"hash.sha256("".to_bytes()).slice(0, 8)"#, r#""e3b0c442""#),
        ],
        Builtin(B::HashSha256),
    ),
    total(
        "base64.encode(text: String) -> String",
        "The UTF-8 bytes in Base64, with padding.",
        &[gives(r#"base64.encode("abcd")"#, r#""YWJjZA==""#), gives(r#"base64.encode("")"#, r#""""#)],
        Builtin(B::Base64Encode),
    ),
    total(
        "base64.encode(bytes: Bytes) -> String",
        "The bytes in Base64, with padding.",
        &[
            gives(r#"base64.encode("abc".to_bytes())"#, r#""YWJj""#),
            gives(r#"base64.encode(base64.decode("+/8="))"#, r#""+/8=""#),
        ],
        Builtin(B::Base64Encode),
    ),
    entry(
        "base64.decode(text: String) -> Bytes",
        "The bytes that a Base64 text means; the padding must be there.",
        &[
            gives(r#"base64.decode("YWJjZA==").to_text()"#, r#""abcd""#),
            gives(r#"base64.decode("").len()"#, "0"),
            fails(
                r#"base64.decode("a!")"#,
                "Decode",
                "\"a!\" is not Base64: the character at 1 does not belong there",
            ),
            fails(r#"base64.decode("YQ")"#, "Decode", "\"YQ\" is not Base64: it ends too early"),
        ],
        Builtin(B::Base64Decode),
    ),
    total(
        "url.encode(text: String) -> String",
        "As a component of a URL: all but letters, digits and `-._~` percent-encoded as UTF-8.",
        &[gives(r#"url.encode("a b/c")"#, r#""a%20b%2Fc""#), gives(r#"url.encode("ä~")"#, r#""%C3%A4~""#)],
        Builtin(B::UrlEncode),
    ),
    total(
        "ErrorKind.name() -> String",
        "The name of the kind; that of `Other` is the one it was given.",
        &[
            gives("ErrorKind.Timeout.name()", r#""Timeout""#),
            gives(r#"ErrorKind.Other("Quota").name()"#, r#""Quota""#),
        ],
        Builtin(B::ErrorKindName),
    ),
];
