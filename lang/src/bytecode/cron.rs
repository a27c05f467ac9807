//! Cron texts: five fields (minute, hour, day of the month, month, day of the week).

const MONTHS: [&str; 12] =
    ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
const DAYS: [&str; 7] = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];

/// A field: its name, its least and greatest number, and names for its numbers from the least on.
struct Field {
    name: &'static str,
    range: (u32, u32),
    names: &'static [&'static str],
}

const FIELDS: [Field; 5] = [
    Field { name: "minute", range: (0, 59), names: &[] },
    Field { name: "hour", range: (0, 23), names: &[] },
    Field { name: "day of the month", range: (1, 31), names: &[] },
    Field { name: "month", range: (1, 12), names: &MONTHS },
    Field { name: "day of the week", range: (0, 7), names: &DAYS },
];

/// What is wrong with a cron text, in words that follow its name; `None` if nothing is.
pub(crate) fn problem(text: &str) -> Option<String> {
    let parts: Vec<&str> = text.split_ascii_whitespace().collect();
    if parts.len() != FIELDS.len() {
        let fields = if parts.len() == 1 { "field" } else { "fields" };
        return Some(format!(
            "has {} {fields} instead of 5: minute, hour, day of the month, month, day of the week",
            parts.len()
        ));
    }
    let problem = FIELDS.iter().zip(&parts).find_map(|(field, part)| {
        part.split(',').any(|item| !fits(field, item)).then(|| {
            let (least, most) = field.range;
            format!("cannot be read at the {}: `{part}` (it is from {least} to {most})", field.name)
        })
    });
    problem.or_else(|| never(parts[2], parts[3], parts[4]))
}

/// Why a text whose fields can be read never fires: its months have none of its days.
fn never(days: &str, months: &str, weekdays: &str) -> Option<String> {
    const LENGTHS: [u32; 12] = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
    // With a day of the week, a day of the month need not fit.
    if weekdays != "*" {
        return None;
    }
    let first = days.split(',').map(|item| least(&FIELDS[2], item)).min()?;
    let fires = (1..=12).any(|month| {
        months.split(',').any(|item| includes(&FIELDS[3], item, month))
            && first <= LENGTHS[month as usize - 1]
    });
    (!fires).then(|| format!("never fires: there is no day {days} in the month {months}"))
}

/// The least number that an item stands for.
fn least(field: &Field, item: &str) -> u32 {
    let span = item.split_once('/').map_or(item, |(span, _)| span);
    let from = span.split_once('-').map_or(span, |(from, _)| from);
    value(field, from).unwrap_or(field.range.0)
}

/// Whether an item stands for a number among others.
fn includes(field: &Field, item: &str, number: u32) -> bool {
    let (span, step) =
        item.split_once('/').map_or((item, 1), |(span, step)| (span, step.parse().unwrap_or(1)));
    let (from, to) = match span.split_once('-') {
        _ if span == "*" => field.range,
        Some((from, to)) => (value(field, from).unwrap_or(0), value(field, to).unwrap_or(0)),
        None => {
            let from = value(field, span).unwrap_or(0);
            (from, if item.contains('/') { field.range.1 } else { from })
        }
    };
    (from..=to).contains(&number) && (number - from).is_multiple_of(step)
}

/// `*`, `5`, `1-5`, each also with `/n`; months and days have names.
fn fits(field: &Field, item: &str) -> bool {
    let (span, step) = item.split_once('/').map_or((item, None), |(span, step)| (span, Some(step)));
    let step_fits = step.is_none_or(|step| number(step).is_some_and(|n| n >= 1 && n <= field.range.1));
    let span_fits = span == "*"
        || match span.split_once('-') {
            Some((from, to)) => value(field, from).zip(value(field, to)).is_some_and(|(from, to)| from <= to),
            None => value(field, span).is_some(),
        };
    step_fits && span_fits
}

fn value(field: &Field, text: &str) -> Option<u32> {
    let named = field.names.iter().position(|name| name.eq_ignore_ascii_case(text));
    let number = match named {
        Some(at) => field.range.0 + u32::try_from(at).ok()?,
        None => number(text)?,
    };
    (field.range.0..=field.range.1).contains(&number).then_some(number)
}

fn number(text: &str) -> Option<u32> {
    text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse().ok())?
}

#[cfg(test)]
mod tests {
    use super::problem;

    #[test]
    fn texts_that_fire() {
        for good in [
            "0 2 * * *",
            "*/5 * * * *",
            "0 9-17/2 1,15 jan-mar MON-fri",
            "59 23 31 12 7",
            "0 0 29 2 *",
            "0 0 31 2 mon",
            "0 0 31 */5 *",
        ] {
            assert_eq!(problem(good), None, "{good}");
        }
    }

    #[test]
    fn texts_that_do_not() {
        for (bad, why) in [
            ("", "has 0 fields"),
            ("0 2 * *", "has 4 fields"),
            ("60 2 * * *", "minute"),
            ("0 24 * * *", "hour"),
            ("0 2 0 * *", "day of the month"),
            ("0 2 * 13 *", "month"),
            ("0 2 * * 5-1", "day of the week"),
            ("*/0 2 * * *", "minute"),
            ("1,,2 2 * * *", "minute"),
            ("0 2 31 2 *", "never fires"),
            ("0 2 30 feb *", "never fires"),
            ("0 2 31 4,jun,9 *", "never fires"),
            ("+1 2 * * *", "minute"),
        ] {
            assert!(problem(bad).is_some_and(|found| found.contains(why)), "{bad}: {:?}", problem(bad));
        }
    }
}
