//! The live tree: the tasks of a running job, redrawn in place.
//!
//! In: rows of a picture. Out: at most as many lines as the terminal has, none wider than it. Invariant: a redraw is
//! one write that overwrites what it drew before and erases only what is left over, so nothing flickers.

use std::borrow::Cow;
use std::io::Write;

use super::event::{roughly, since};
use super::style::{ACTIVE, ATTENTION, BOLD, DIM, ERROR, GOOD};
use super::text;

/// A job as it is drawn.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Picture {
    /// Agent, job, state.
    pub(crate) title: String,
    /// Its tasks and what they are at.
    pub(crate) rows: Vec<Row>,
}

/// A line of the tree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Row {
    /// How far in it stands.
    pub(crate) depth: usize,
    /// What state it is in.
    pub(crate) mark: Mark,
    /// The task, item or arm.
    pub(crate) name: String,
    /// How long it has taken.
    pub(crate) ms: Option<i64>,
    /// Its current effect, what it waits for, its error.
    pub(crate) note: String,
}

/// States that are told apart at a glance.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mark {
    /// Its inputs are not there yet.
    Pending,
    /// Under way.
    Running,
    /// For a timer, a signal.
    Waiting,
    /// For a person.
    Person,
    /// Has its value.
    Done,
    /// Has an error.
    Failed,
    /// Its `when` gave false.
    Skipped,
    /// Ended from outside.
    Cancelled,
}

/// Frames of the mark of what is under way.
const SPINNER: [&str; 10] = ["⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧", "⠇", "⠏"];
/// The widest a column of names gets.
const NAMES: usize = 32;

impl Mark {
    fn draw(self, frame: usize) -> String {
        match self {
            Self::Pending => format!("{DIM}·{DIM:#}"),
            Self::Running => format!("{ACTIVE}{}{ACTIVE:#}", SPINNER[frame % SPINNER.len()]),
            Self::Waiting => format!("{ACTIVE}◷{ACTIVE:#}"),
            Self::Person => format!("{ATTENTION}?{ATTENTION:#}"),
            Self::Done => format!("{GOOD}✓{GOOD:#}"),
            Self::Failed => format!("{ERROR}✗{ERROR:#}"),
            Self::Skipped => format!("{DIM}–{DIM:#}"),
            Self::Cancelled => format!("{DIM}✗{DIM:#}"),
        }
    }

    /// Whether its time is still growing.
    fn live(self) -> bool {
        matches!(self, Self::Running | Self::Waiting | Self::Person)
    }

    /// What is left out first when there are more rows than lines.
    fn rank(self) -> u8 {
        match self {
            Self::Person | Self::Failed => 0,
            Self::Running | Self::Waiting => 1,
            Self::Pending => 2,
            Self::Done | Self::Skipped | Self::Cancelled => 3,
        }
    }
}

/// A line with its styles, and how many columns it takes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Line {
    /// What is written.
    pub(crate) styled: String,
    /// Its columns.
    pub(crate) columns: usize,
}

/// The lines of a picture for a terminal of this size; one row stays free for the cursor.
pub(crate) fn layout(picture: &Picture, columns: usize, height: usize, frame: usize) -> Vec<Line> {
    // A terminal wraps when its last column is written: stay one short of it.
    let columns = columns.saturating_sub(1);
    let title = text::plain(&picture.title);
    let title = text::fit(&title, columns);
    let mut lines = vec![Line { styled: format!("{BOLD}{title}{BOLD:#}"), columns: text::width(&title) }];
    let room = height.saturating_sub(2).max(1);
    let (shown, hidden) = choose(&picture.rows, room);
    let names = shown.iter().map(|row| 2 * row.depth + text::width(&text::plain(&row.name)));
    let names = names.max().unwrap_or(0).min(NAMES);
    lines.extend(shown.iter().map(|row| draw(row, names, columns, frame)));
    if hidden > 0 {
        let more = format!("  … {hidden} more");
        let more = text::fit(&more, columns);
        lines.push(Line { styled: format!("{DIM}{more}{DIM:#}"), columns: text::width(&more) });
    }
    lines
}

/// The rows that fit, in their order, and how many do not. What is under way stays longest.
fn choose(rows: &[Row], room: usize) -> (Vec<&Row>, usize) {
    if rows.len() <= room {
        return (rows.iter().collect(), 0);
    }
    let keep = room.saturating_sub(1);
    let mut order: Vec<usize> = (0..rows.len()).collect();
    order.sort_by_key(|&at| rows[at].mark.rank());
    order.truncate(keep);
    order.sort_unstable();
    (order.iter().map(|&at| &rows[at]).collect(), rows.len() - keep)
}

fn draw(row: &Row, names: usize, columns: usize, frame: usize) -> Line {
    let quiet = matches!(row.mark, Mark::Pending | Mark::Skipped | Mark::Cancelled);
    let indent = "  ".repeat(row.depth);
    let name = text::plain(&row.name);
    let name = text::fit(&name, names.saturating_sub(indent.len()).max(1));
    let left = format!("{indent}{name}");
    let mut plain = format!(" {}", text::pad(&left, names));
    let time = row.ms.map(if row.mark.live() { roughly } else { since }).unwrap_or_default();
    plain.push_str(&format!(" {time:>8}"));
    let note = text::plain(&row.note);
    if !note.is_empty() {
        plain.push_str("  ");
        plain.push_str(&note);
    }
    // The mark and its margin take two columns.
    let body = text::fit(plain.trim_end(), columns.saturating_sub(2)).into_owned();
    let width = text::width(&body) + 2;
    let styled = if quiet { format!("{DIM}{body}{DIM:#}") } else { body };
    Line { styled: format!(" {}{styled}", row.mark.draw(frame)), columns: width }
}

/// What stands on the terminal.
#[derive(Debug, Default)]
pub(crate) struct Canvas {
    /// Columns of the lines drawn last.
    drawn: Vec<usize>,
}

impl Canvas {
    /// Draws the lines over what was drawn before. `columns` is the terminal's width now: what was drawn for a
    /// wider one has been wrapped since.
    pub(crate) fn draw(&mut self, lines: &[Line], columns: usize) {
        let mut frame = self.back(columns);
        for line in lines {
            frame.push_str(&line.styled);
            frame.push_str("\x1b[K\n");
        }
        frame.push_str("\x1b[J\x1b[?2026l");
        self.drawn = lines.iter().map(|line| line.columns).collect();
        write(&frame);
    }

    /// Takes away what was drawn, so that something else can be said.
    pub(crate) fn clear(&mut self, columns: usize) {
        if !self.drawn.is_empty() {
            let mut frame = self.back(columns);
            frame.push_str("\x1b[J\x1b[?2026l");
            write(&frame);
            self.drawn.clear();
        }
    }

    /// Leaves what was drawn where it is.
    pub(crate) fn leave(&mut self) {
        self.drawn.clear();
    }

    /// Begins a synchronised frame and goes back to the first line drawn.
    fn back(&self, columns: usize) -> String {
        let rows: usize = self.drawn.iter().map(|drawn| drawn.div_ceil(columns.max(1)).max(1)).sum();
        let mut frame = String::from("\x1b[?2026h\r");
        if rows > 0 {
            frame.push_str(&format!("\x1b[{rows}A"));
        }
        frame
    }
}

/// One write: a terminal shows all of it or nothing of it.
fn write(frame: &str) {
    let mut err = std::io::stderr().lock();
    // Not through a stream that drops colours: it would drop positions as well.
    let frame = if super::colours() { frame.into() } else { without_colours(frame) };
    let _ = err.write_all(frame.as_bytes()).and_then(|()| err.flush());
}

/// The frame without its colours (`ESC [ … m`).
fn without_colours(frame: &str) -> Cow<'_, str> {
    let mut kept = String::with_capacity(frame.len());
    let mut rest = frame;
    while let Some(at) = rest.find("\x1b[") {
        let end = rest[at + 2..]
            .find(|letter: char| letter.is_ascii_alphabetic())
            .map_or(rest.len(), |n| at + 3 + n);
        kept.push_str(&rest[..at]);
        if !rest[..end].ends_with('m') {
            kept.push_str(&rest[at..end]);
        }
        rest = &rest[end..];
    }
    (kept + rest).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(name: &str, mark: Mark, note: &str) -> Row {
        Row { depth: 0, mark, name: name.into(), ms: Some(1_234), note: note.into() }
    }

    fn plain(lines: &[Line]) -> Vec<String> {
        lines.iter().map(|line| without_colours(&line.styled).into_owned()).collect()
    }

    fn picture(rows: Vec<Row>) -> Picture {
        Picture { title: "release_notes  job-1  running 12.000s".into(), rows }
    }

    #[test]
    fn names_times_and_notes_stand_in_columns() {
        let picture = picture(vec![
            row("log", Mark::Done, ""),
            Row { depth: 1, ..row("tickets/0", Mark::Running, "find_ticket, attempt 2") },
            Row { ms: None, ..row("draft", Mark::Pending, "") },
        ]);
        assert_eq!(
            plain(&layout(&picture, 80, 24, 0)),
            [
                "release_notes  job-1  running 12.000s",
                " ✓ log           1.234s",
                " ⠋   tickets/0     1.2s  find_ticket, attempt 2",
                " · draft",
            ]
        );
    }

    #[test]
    fn no_line_is_wider_than_the_terminal_and_none_too_many() {
        let long = "漢字 \u{1b}[31m and a very long note that goes on and on ".repeat(4);
        let rows: Vec<Row> = (0..100)
            .map(|n| Row { depth: n % 5, ..row(&format!("task_{n}_{long}"), Mark::Running, &long) })
            .collect();
        for (columns, height) in [(80, 24), (140, 40), (20, 5), (3, 2), (1, 1)] {
            let lines = layout(&picture(rows.clone()), columns, height, 3);
            assert!(lines.len() < height.max(4), "{columns}x{height}: {} lines", lines.len());
            for (line, shown) in lines.iter().zip(plain(&lines)) {
                assert_eq!(line.columns, text::width(&shown), "{shown}");
                assert!(line.columns < columns.max(5), "{columns}: {shown}");
            }
        }
    }

    #[test]
    fn what_is_under_way_stays_when_there_is_no_room() {
        let mut rows: Vec<Row> = (0..30).map(|n| row(&format!("t{n}"), Mark::Done, "")).collect();
        rows[17].mark = Mark::Running;
        rows[29].mark = Mark::Person;
        let lines = plain(&layout(&picture(rows), 80, 6, 0));
        assert_eq!(lines.len(), 5);
        assert!(lines[2].contains("t17") && lines[3].contains("t29"), "{lines:?}");
        assert_eq!(lines[4], "  … 27 more");
    }

    #[test]
    fn going_back_counts_wrapped_lines() {
        let canvas = Canvas { drawn: vec![10, 79, 0] };
        assert!(canvas.back(80).ends_with("\x1b[3A"));
        assert!(canvas.back(40).ends_with("\x1b[4A"));
    }

    #[test]
    fn positions_stay_when_colours_go() {
        assert_eq!(
            without_colours("\x1b[2A\x1b[1mx\x1b[0m\x1b[K\n\x1b[?2026l"),
            "\x1b[2Ax\x1b[K\n\x1b[?2026l"
        );
    }
}
