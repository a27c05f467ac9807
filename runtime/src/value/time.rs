//! Timestamps and durations as text: RFC 3339 in UTC, ISO 8601 with days of 24 hours.

use std::fmt::Write;

const DAY_MS: i64 = 86_400_000;
/// The first millisecond of the year 0, from which on RFC 3339 can write timestamps.
pub const EARLIEST: i64 = -62_167_219_200_000;
/// The last millisecond of the year 9999.
pub const LATEST: i64 = 253_402_300_799_999;

/// Year, month, day of a day counted from 1970-01-01 (proleptic Gregorian).
#[must_use]
pub fn date_of(days: i64) -> (i64, i64, i64) {
    let shifted = days + 719_468;
    let era = shifted.div_euclid(146_097);
    let of_era = shifted.rem_euclid(146_097);
    let year_of_era = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let march = (5 * of_year + 2) / 153;
    let day = of_year - (153 * march + 2) / 5 + 1;
    let month = if march < 10 { march + 3 } else { march - 9 };
    (year_of_era + era * 400 + i64::from(month <= 2), month, day)
}

/// The day counted from 1970-01-01 of a date.
#[must_use]
pub fn days_of(year: i64, month: i64, day: i64) -> i64 {
    let year = year - i64::from(month <= 2);
    let era = year.div_euclid(400);
    let of_era = year.rem_euclid(400);
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468
}

/// `2026-11-22T16:30:00Z`, with three digits of fraction only when they are not zero.
#[must_use]
pub fn timestamp(ms: i64) -> String {
    let (days, of_day) = (ms.div_euclid(DAY_MS), ms.rem_euclid(DAY_MS));
    let (year, month, day) = date_of(days);
    let (seconds, fraction) = (of_day / 1000, of_day % 1000);
    let (hour, minute, second) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    let mut text = format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}");
    if fraction != 0 {
        let _ = write!(text, ".{fraction:03}");
    }
    text.push('Z');
    text
}

/// Reads RFC 3339 with any offset; digits beyond milliseconds are cut off.
#[must_use]
pub fn parse_timestamp(text: &str) -> Option<i64> {
    let mut scan = Scan(text.as_bytes());
    let year = scan.digits(4)?;
    scan.one(b"-")?;
    let month = scan.digits(2)?;
    scan.one(b"-")?;
    let day = scan.digits(2)?;
    scan.one(b"Tt ")?;
    let hour = scan.digits(2)?;
    scan.one(b":")?;
    let minute = scan.digits(2)?;
    scan.one(b":")?;
    let second = scan.digits(2)?;
    let fraction = if scan.one(b".").is_some() { scan.fraction()? } else { 0 };
    let offset = if scan.one(b"Zz").is_some() {
        0
    } else {
        let sign = if scan.one(b"+").is_some() { 1 } else { scan.one(b"-").map(|_| -1)? };
        let hours = scan.digits(2)?;
        scan.one(b":")?;
        let minutes = scan.digits(2)?;
        if hours > 23 || minutes > 59 {
            return None;
        }
        sign * (hours * 60 + minutes)
    };
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let length = match month {
        2 => 28 + i64::from(leap),
        4 | 6 | 9 | 11 => 30,
        1..=12 => 31,
        _ => return None,
    };
    if !scan.0.is_empty() || day < 1 || day > length || hour > 23 || minute > 59 || second > 59 {
        return None;
    }
    let minutes = hour * 60 + minute - offset;
    let ms = days_of(year, month, day) * DAY_MS + (minutes * 60 + second) * 1000 + fraction;
    (EARLIEST..=LATEST).contains(&ms).then_some(ms)
}

/// `P1DT2H`, `PT0S`, `-PT5S`, `PT0.5S`: largest units first, days of 24 hours.
#[must_use]
pub fn duration(ms: i64) -> String {
    let mut text = String::from(if ms < 0 { "-P" } else { "P" });
    let rest = ms.unsigned_abs();
    let day = DAY_MS.unsigned_abs();
    if rest >= day {
        let _ = write!(text, "{}D", rest / day);
    }
    let rest = rest % day;
    if rest == 0 && ms != 0 {
        return text;
    }
    text.push('T');
    let (hours, minutes, seconds, fraction) =
        (rest / 3_600_000, rest / 60_000 % 60, rest / 1000 % 60, rest % 1000);
    if hours > 0 {
        let _ = write!(text, "{hours}H");
    }
    if minutes > 0 {
        let _ = write!(text, "{minutes}M");
    }
    if fraction > 0 {
        let digits = format!("{fraction:03}");
        let _ = write!(text, "{seconds}.{}S", digits.trim_end_matches('0'));
    } else if seconds > 0 || ms == 0 {
        let _ = write!(text, "{seconds}S");
    }
    text
}

/// Reads an ISO 8601 duration of weeks, days, hours, minutes, seconds with at most three digits of fraction.
#[must_use]
pub fn parse_duration(text: &str) -> Option<i64> {
    let (negative, rest) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text),
    };
    let mut scan = Scan(rest.as_bytes());
    scan.one(b"P")?;
    let (mut total, mut last, mut clock) = (0i64, 0usize, false);
    loop {
        if !clock && scan.one(b"T").is_some() {
            clock = true;
            continue;
        }
        if scan.0.is_empty() {
            break;
        }
        let number = scan.number()?;
        let fraction = if scan.one(b".").is_some() { Some(scan.exact_fraction()?) } else { None };
        let unit = scan.0.first()?;
        scan.0 = &scan.0[1..];
        let (rank, size) = match (clock, unit) {
            (false, b'W') => (1, 7 * DAY_MS),
            (false, b'D') => (2, DAY_MS),
            (true, b'H') => (3, 3_600_000),
            (true, b'M') => (4, 60_000),
            (true, b'S') => (5, 1000),
            _ => return None,
        };
        if rank <= last || (fraction.is_some() && rank != 5) {
            return None;
        }
        last = rank;
        total = total.checked_add(number.checked_mul(size)?)?.checked_add(fraction.unwrap_or(0))?;
    }
    if last == 0 || (clock && last < 3) {
        return None;
    }
    Some(if negative { -total } else { total })
}

/// A cursor over text.
struct Scan<'a>(&'a [u8]);

impl Scan<'_> {
    fn one(&mut self, any: &[u8]) -> Option<()> {
        let (first, rest) = self.0.split_first()?;
        any.contains(first).then(|| self.0 = rest)
    }

    fn digits(&mut self, count: usize) -> Option<i64> {
        let (digits, rest) = self.0.split_at_checked(count)?;
        self.0 = rest;
        digits
            .iter()
            .try_fold(0, |sum, byte| byte.is_ascii_digit().then(|| sum * 10 + i64::from(byte - b'0')))
    }

    fn number(&mut self) -> Option<i64> {
        let length = self.0.iter().take_while(|byte| byte.is_ascii_digit()).count();
        let digits = std::str::from_utf8(&self.0[..length]).ok()?;
        self.0 = &self.0[length..];
        digits.parse().ok()
    }

    /// Digits after a point as milliseconds, further ones cut off.
    fn fraction(&mut self) -> Option<i64> {
        let length = self.0.iter().take_while(|byte| byte.is_ascii_digit()).count();
        let (digits, rest) = self.0.split_at(length);
        self.0 = rest;
        let digit = |at: usize| digits.get(at).map_or(0, |byte| i64::from(byte - b'0'));
        (length > 0).then(|| digit(0) * 100 + digit(1) * 10 + digit(2))
    }

    fn exact_fraction(&mut self) -> Option<i64> {
        let length = self.0.iter().take_while(|byte| byte.is_ascii_digit()).count();
        if length > 3 { None } else { self.fraction() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn timestamps_read_back() {
        for (ms, text) in [
            (0, "1970-01-01T00:00:00Z"),
            (-1, "1969-12-31T23:59:59.999Z"),
            (951_782_400_000, "2000-02-29T00:00:00Z"),
            (1_763_829_000_500, "2025-11-22T16:30:00.500Z"),
            (EARLIEST, "0000-01-01T00:00:00Z"),
            (LATEST, "9999-12-31T23:59:59.999Z"),
        ] {
            assert_eq!(timestamp(ms), text);
            assert_eq!(parse_timestamp(text), Some(ms));
        }
        for days in (-719_528..2_932_896).step_by(97) {
            let (year, month, day) = date_of(days);
            assert_eq!(days_of(year, month, day), days);
        }
        assert_eq!(parse_timestamp("1970-01-01t01:00:00.1239+01:00"), Some(123));
        for text in [
            "",
            "1970",
            "1970-01-01",
            "1970-02-29T00:00:00Z",
            "1970-13-01T00:00:00Z",
            "1970-01-01T24:00:00Z",
            "1970-01-01T00:00:60Z",
            "1970-01-01T00:00:00",
            "1970-01-01T00:00:00Zx",
            "1970-01-01T00:00:00+24:00",
            "1970-01-01T00:00:00.Z",
            "9999-12-31T23:59:59-01:00",
            "+970-01-01T00:00:00Z",
        ] {
            assert_eq!(parse_timestamp(text), None, "{text}");
        }
    }

    #[test]
    fn durations_read_back() {
        for (ms, text) in [
            (0, "PT0S"),
            (500, "PT0.5S"),
            (1_001, "PT1.001S"),
            (-5_000, "-PT5S"),
            (93_600_000, "P1DT2H"),
            (86_400_000, "P1D"),
            (5_400_000, "PT1H30M"),
            (60_020, "PT1M0.02S"),
        ] {
            assert_eq!(duration(ms), text);
            assert_eq!(parse_duration(text), Some(ms), "{text}");
        }
        assert_eq!(parse_duration(&duration(i64::MAX)), Some(i64::MAX));
        assert_eq!(parse_duration("P1W"), Some(604_800_000));
        for text in [
            "",
            "P",
            "PT",
            "P1DT",
            "1D",
            "P1H",
            "PT1D",
            "PT1S1M",
            "PT1.5M",
            "PT0.0001S",
            "P1Y",
            "PT1",
            "P99999999999999999999D",
            "--P1D",
        ] {
            assert_eq!(parse_duration(text), None, "{text}");
        }
    }
}
