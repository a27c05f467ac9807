//! Durations and timestamps.

use super::Run::Builtin;
use super::{Builtin as B, Entry, entry};

pub(super) const ENTRIES: &[Entry] = &[
    entry(
        "Duration.to_millis() -> Int",
        "Its length in milliseconds.",
        "(2s).to_millis() == 2000",
        Builtin(B::DurationToMillis),
    ),
    entry(
        "Timestamp.to_millis() -> Int",
        "Milliseconds since the beginning of 1970, UTC.",
        r#"time.parse("1970-01-01T00:00:01Z").to_millis() == 1000"#,
        Builtin(B::TimestampToMillis),
    ),
    entry(
        r#"Timestamp.format(pattern: String, zone: String = "UTC") -> String"#,
        "As text by a strftime pattern, in a named time zone.",
        r#"time.parse("2026-01-02T00:00:00Z").format("%Y") == "2026""#,
        Builtin(B::TimestampFormat),
    ),
    entry(
        "time.parse(text: String) -> Timestamp",
        "The time that an RFC 3339 text means; fails with Decode.",
        r#"time.parse("2026-01-02T03:04:05Z").to_millis() > 0"#,
        Builtin(B::TimeParse),
    ),
];
