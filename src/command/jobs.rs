//! `aeth jobs`: lists jobs, newest first.

use aeth_runtime::event::json::rfc3339;
use aeth_runtime::store::{JobFilter, JobRow, JobState};
use serde_json::json;

use crate::args::{Jobs, State};
use crate::exit::{Exit, Outcome};
use crate::place::{Home, Place, cannot_use};
use crate::terminal::event::age;
use crate::terminal::picture::state_word;
use crate::terminal::style::{ACTIVE, ATTENTION, BOLD, DIM, ERROR, GOOD};
use crate::terminal::{self, text};

pub(crate) async fn run(namespace: &str, args: &Jobs) -> Outcome {
    let home = Place::choose(args.listing.store.store.as_deref())?.open()?;
    let filter = JobFilter { state: args.state.map(state), agent: args.agent.clone(), unfinished: false };
    let rows = home.store.jobs(namespace, filter).await.map_err(|error| cannot_use(&error))?;
    if args.listing.json {
        for row in &rows {
            terminal::print_json(&object(row).to_string())?;
        }
        return Ok(Exit::Done);
    }
    if rows.is_empty() {
        terminal::say("no jobs");
        return Ok(Exit::Done);
    }
    for line in table(&home, &rows, terminal::print_columns()) {
        terminal::print(&line)?;
    }
    Ok(Exit::Done)
}

fn state(state: State) -> JobState {
    match state {
        State::Queued => JobState::Queued,
        State::Running => JobState::Running,
        State::Waiting => JobState::Waiting,
        State::Paused => JobState::Paused,
        State::NeedsAttention => JobState::NeedsAttention,
        State::Completed => JobState::Completed,
        State::Failed => JobState::Failed,
        State::Cancelled => JobState::Cancelled,
    }
}

/// The JSON form of a row.
pub(crate) fn object(row: &JobRow) -> serde_json::Value {
    json!({
        "job": row.key.job,
        "namespace": row.key.namespace,
        "agent": row.agent,
        "state": state_word(row.state),
        "created": rfc3339(row.created_ms),
        "changed": rfc3339(row.head.time_ms),
        "due": row.due_ms.map(rfc3339),
        "waiting_for": (!row.waiting_for.is_empty()).then_some(&row.waiting_for),
        "events": row.head.seq,
        "program": super::show::hex(&row.program),
    })
}

const HEAD: [&str; 5] = ["JOB", "AGENT", "STATE", "AGE", "WAITING FOR"];

fn table(home: &Home, rows: &[JobRow], columns: Option<usize>) -> Vec<String> {
    let now_ms = home.store.now_ms();
    let cells = rows.iter().map(|row| {
        [
            text::plain(&row.key.job).into_owned(),
            text::plain(&row.agent).into_owned(),
            state_word(row.state).to_owned(),
            age(now_ms - row.created_ms),
            text::plain(&waiting_for(home, row)).into_owned(),
        ]
    });
    let cells: Vec<[String; 5]> = std::iter::once(HEAD.map(str::to_owned)).chain(cells).collect();
    let widths: Vec<usize> =
        (0..4).map(|at| cells.iter().map(|row| text::width(&row[at])).max().unwrap_or(0)).collect();
    let mut lines = Vec::new();
    for (number, row) in cells.iter().enumerate() {
        let mut line: String = (0..4).map(|at| format!("{}  ", text::pad(&row[at], widths[at]))).collect();
        line.push_str(&row[4]);
        let line = line.trim_end();
        let line = columns.map_or_else(|| line.into(), |columns| text::fit(line, columns));
        lines.push(match number {
            0 => format!("{DIM}{line}{DIM:#}"),
            _ => coloured(&line, rows[number - 1].state, widths[0] + widths[1] + 4),
        });
    }
    lines
}

/// What a job waits for, or that nobody runs it.
pub(crate) fn waiting_for(home: &Home, row: &JobRow) -> String {
    if home.is_adrift(row) {
        "someone to resume it: its process is gone".into()
    } else {
        row.waiting_for.clone()
    }
}

/// The job's id in bold, its state in its colour. The line is plain and padded: columns are where they are.
fn coloured(line: &str, state: JobState, at: usize) -> String {
    let word = state_word(state);
    let style = match state {
        JobState::Completed => GOOD,
        JobState::Failed => ERROR,
        JobState::NeedsAttention | JobState::Paused => ATTENTION,
        JobState::Cancelled => DIM,
        _ => ACTIVE,
    };
    let job_end = line.find("  ").unwrap_or(line.len());
    let (job, rest) = line.split_at(job_end);
    match rest.find(word).filter(|_| text::width(line) >= at + word.len()) {
        Some(_) => {
            // The state's column: searched from there, as an agent may be called like a state.
            let from = byte_at(line, at);
            let (before, after) = line.split_at(from);
            let after = &after[word.len().min(after.len())..];
            format!("{BOLD}{job}{BOLD:#}{}{style}{word}{style:#}{after}", &before[job_end..])
        }
        None => format!("{BOLD}{job}{BOLD:#}{rest}"),
    }
}

/// The byte at which a column begins.
fn byte_at(line: &str, column: usize) -> usize {
    let mut used = 0;
    for (at, letter) in line.char_indices() {
        if used >= column {
            return at;
        }
        used += text::width(letter.encode_utf8(&mut [0; 4]));
    }
    line.len()
}
