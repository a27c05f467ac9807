//! Text of programs, tools and strangers, made fit for a terminal: nothing in it moves the cursor, sets a colour,
//! turns the reading direction or ends the line where it should not.

use std::borrow::Cow;
use std::fmt::Write;

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// Fit for the inside of a line: line breaks are escaped too.
pub(crate) fn plain(text: &str) -> Cow<'_, str> {
    escape(text, |letter| !hostile(letter))
}

/// Fit for several lines: line breaks and tabs stay.
pub(crate) fn lines(text: &str) -> Cow<'_, str> {
    escape(text, |letter| matches!(letter, '\n' | '\t') || !hostile(letter))
}

/// JSON whose strings hold nothing hostile. Such letters stand only inside strings, where `\u` means the same.
pub(crate) fn json(text: &str) -> Cow<'_, str> {
    if !text.contains(|letter| hostile(letter) && !letter.is_ascii_whitespace()) {
        return text.into();
    }
    let mut shown = String::with_capacity(text.len() + 16);
    for letter in text.chars() {
        if hostile(letter) && !letter.is_ascii_whitespace() {
            // All of them lie below U+10000 but the tags, which take a pair.
            for unit in letter.encode_utf16(&mut [0; 2]) {
                let _ = write!(shown, "\\u{unit:04x}");
            }
        } else {
            shown.push(letter);
        }
    }
    shown.into()
}

/// The path of a task, [`plain`]; of a long one only its ends, where flows nest deep.
pub(crate) fn path(task: &str) -> Cow<'_, str> {
    const ENDS: usize = 40;
    let task = plain(task);
    let cut = |n: usize| task.char_indices().nth(n).map_or(task.len(), |(at, _)| at);
    let count = task.chars().count();
    if count <= 3 * ENDS {
        return task;
    }
    format!("{}…{}", &task[..cut(ENDS)], &task[cut(count - ENDS)..]).into()
}

/// Cuts to so many columns, with an ellipsis for what is lost. The text must be [`plain`].
pub(crate) fn fit(text: &str, columns: usize) -> Cow<'_, str> {
    if text.width() <= columns {
        return text.into();
    }
    let mut used = 0;
    let mut end = 0;
    for (at, letter) in text.char_indices() {
        let width = letter.width().unwrap_or(0);
        if used + width > columns.saturating_sub(1) {
            break;
        }
        used += width;
        end = at + letter.len_utf8();
    }
    if columns == 0 { "".into() } else { format!("{}…", &text[..end]).into() }
}

/// Columns that a text takes.
pub(crate) fn width(text: &str) -> usize {
    text.width()
}

/// A text filled up with spaces to so many columns.
pub(crate) fn pad(text: &str, columns: usize) -> String {
    format!("{text}{}", " ".repeat(columns.saturating_sub(text.width())))
}

/// A word as a shell reads it: quoted where it has to be.
pub(crate) fn shell(word: &str) -> Cow<'_, str> {
    let safe = |letter: char| letter.is_ascii_alphanumeric() || "-_./=:@,+%".contains(letter);
    if !word.is_empty() && word.chars().all(safe) {
        return word.into();
    }
    format!("'{}'", word.replace('\'', r"'\''")).into()
}

fn escape(text: &str, keep: impl Fn(char) -> bool) -> Cow<'_, str> {
    if text.chars().all(&keep) {
        return text.into();
    }
    let mut shown = String::with_capacity(text.len() + 16);
    for letter in text.chars() {
        if keep(letter) {
            shown.push(letter);
        } else {
            shown.extend(letter.escape_default());
        }
    }
    shown.into()
}

/// Controls, and what reorders, hides or breaks what follows it.
fn hostile(letter: char) -> bool {
    letter.is_control()
        || matches!(
            letter,
            '\u{61c}' | '\u{200e}' | '\u{200f}' // marks of direction
            | '\u{2028}' | '\u{2029}' // separators
            | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' // embeddings, overrides, isolates
            | '\u{feff}' | '\u{fff9}'..='\u{fffb}'
            | '\u{e0000}'..='\u{e007f}' // tags
        )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_steers_the_terminal() {
        assert_eq!(plain("a\u{1b}[2Jb"), r"a\u{1b}[2Jb");
        assert_eq!(plain("one\ntwo\r"), r"one\ntwo\r");
        assert_eq!(plain("\u{202e}cod.exe"), r"\u{202e}cod.exe");
        assert_eq!(plain("\u{9b}31m"), r"\u{9b}31m");
        assert_eq!(lines("one\n\ttwo\u{7}"), "one\n\ttwo\\u{7}");
        assert_eq!(plain("naïve 漢字 👩‍👧"), "naïve 漢字 👩‍👧");
    }

    #[test]
    fn of_a_long_path_the_ends_are_shown() {
        assert_eq!(path("return/0.a"), "return/0.a");
        let deep = format!("{}last", "return/0.".repeat(100));
        let shown = path(&deep);
        assert!(shown.starts_with("return/0.return/0.") && shown.ends_with("return/0.last"), "{shown}");
        assert_eq!(shown.chars().count(), 81);
    }

    #[test]
    fn escaped_json_means_the_same() {
        let hostile = "{\n  \"a\": \"\u{202e}x\u{9b}\u{e0041}\"\n}";
        let shown = json(hostile);
        assert!(shown.starts_with("{\n"), "layout stays");
        assert!(!shown.contains('\u{202e}') && !shown.contains('\u{9b}'));
        let value = |text: &str| serde_json::from_str::<serde_json::Value>(text).expect("JSON");
        assert_eq!(value(&shown), value(hostile));
    }

    #[test]
    fn cut_by_columns_not_letters() {
        assert_eq!(fit("abcdef", 6), "abcdef");
        assert_eq!(fit("abcdef", 5), "abcd…");
        assert_eq!(fit("漢字漢字", 5), "漢字…");
        assert_eq!(fit("漢字漢字", 4), "漢…");
        assert_eq!(fit("abc", 0), "");
        assert_eq!(pad("漢", 4), "漢  ");
    }

    #[test]
    fn commands_can_be_pasted() {
        assert_eq!(shell("nightly-7"), "nightly-7");
        assert_eq!(shell("it's"), r"'it'\''s'");
        assert_eq!(shell(""), "''");
    }
}
