//! Durations and timestamps. Both count milliseconds.

use super::Run::Builtin;
use super::{Builtin as B, Entry, entry, fails, gives, total};

pub(super) const ENTRIES: &[Entry] = &[
    total(
        "Duration.to_millis() -> Int",
        "Its length in milliseconds.",
        &[gives("(1m30s).to_millis()", "90000"), gives("(0s - 1ms).to_millis()", "-1")],
        Builtin(B::DurationToMillis),
    ),
    total(
        "Timestamp.to_millis() -> Int",
        "Milliseconds since the beginning of 1970 in UTC.",
        &[
            gives(r#"time.parse("1970-01-01T00:00:01Z").to_millis()"#, "1000"),
            gives(r#"time.parse("1969-12-31T23:59:59.999Z").to_millis()"#, "-1"),
        ],
        Builtin(B::TimestampToMillis),
    ),
    entry(
        r#"Timestamp.format(pattern: String, zone: String = "UTC") -> String"#,
        "As text by a pattern of `strftime` (`%Y %m %d %H %M %S %z %Z %A %B …`, in English), in a time zone of the IANA \
         database. The zones come with the language, not with the host.",
        &[
            gives(r#"time.parse("2026-01-02T03:04:05Z").format("%Y-%m-%d %H:%M")"#, r#""2026-01-02 03:04""#),
            gives(
                r#"time.parse("2026-07-01T12:00:00Z").format("%H:%M %Z", zone: "Europe/Berlin")"#,
                r#""14:00 CEST""#,
            ),
            fails(
                r#"time.parse("2026-01-02T03:04:05Z").format("%Y", zone: "Mars/Base")"#,
                "Decode",
                "there is no time zone \"Mars/Base\"",
            ),
        ],
        Builtin(B::TimestampFormat),
    ),
    entry(
        "time.parse(text: String) -> Timestamp",
        "The instant that an RFC 3339 text means, in the years 0 to 9999. What is finer than milliseconds is cut off.",
        &[
            gives(r#"time.parse("2026-01-02T03:04:05Z")"#, r#""2026-01-02T03:04:05Z""#),
            gives(r#"time.parse("2026-01-02T03:04:05.1239+01:30")"#, r#""2026-01-02T01:34:05.123Z""#),
            fails(
                r#"time.parse("2026-02-29T00:00:00Z")"#,
                "Decode",
                "\"2026-02-29T00:00:00Z\" is no RFC 3339 time, as \"2026-01-31T12:00:00Z\"",
            ),
        ],
        Builtin(B::TimeParse),
    ),
];
