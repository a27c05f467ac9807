//! `aeth replay`: from event 1 to the last, without a single effect, and the result compared.

use std::sync::Arc;

use super::Divergence;
use super::cursor::{Cursor, Origin};
use crate::event::{Event, StoredEvent};
use crate::job::error_json;
use crate::machine::Program;
use crate::store::JobState;

/// What a replay found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReplayReport {
    /// Events read.
    pub events: u64,
    /// Outcomes that were restored instead of asked for again.
    pub restored: u64,
    /// How the job ended; `None` if its log has no end yet.
    pub end: Option<JobState>,
    /// The result in JSON form, if it completed.
    pub result: Option<String>,
    /// BLAKE3 of the machine's state after the last event, hex.
    pub digest: String,
}

/// Replays a job's whole log on its program.
///
/// # Errors
/// The first place at which program and log disagree.
pub fn replay(program: &Arc<Program>, job: &str, events: &[StoredEvent]) -> Result<ReplayReport, Divergence> {
    let first =
        events.first().ok_or(Divergence { seq: 0, what: "the log is empty".to_owned(), place: None })?;
    let origin = Origin::read(program, job, &first.event).map_err(|what| Divergence {
        seq: first.seq,
        what,
        place: None,
    })?;
    let mut cursor = Cursor::new(program.clone(), &origin)?;
    let (mut end, mut result) = (None, None);
    for stored in events {
        cursor.feed(stored)?;
        match &stored.event {
            Event::JobCompleted { result: recorded } => {
                (end, result) = (Some(JobState::Completed), recorded.text().map(str::to_owned));
                same_end(&cursor, stored, recorded.text())?;
            }
            Event::JobFailed { error, .. } => {
                end = Some(JobState::Failed);
                same_end(&cursor, stored, error.text())?;
            }
            Event::JobCancelled => end = Some(JobState::Cancelled),
            _ => {}
        }
    }
    if let (Some(_), Some(stated)) = (end, cursor.stated.front()) {
        let what = format!("the program goes on to {} after the job's end", stated.name());
        return Err(cursor.divergence(events.len() as u64, &what, None));
    }
    let digest = blake3::Hash::from_bytes(cursor.machine.digest()).to_hex().to_string();
    Ok(ReplayReport { events: events.len() as u64, restored: cursor.restored, end, result, digest })
}

fn same_end(cursor: &Cursor, stored: &StoredEvent, recorded: Option<&str>) -> Result<(), Divergence> {
    let computed = match &cursor.finished {
        Some(Ok(value)) => cursor.program.encode(value),
        Some(Err(failure)) => error_json(&cursor.program, &failure.error),
        None => {
            let what = format!("the log ends with {}, the program does not end there", stored.event.name());
            return Err(cursor.divergence(stored.seq, &what, None));
        }
    };
    if recorded.is_some_and(|recorded| recorded != computed) {
        let what = format!("the log ends with {}, the program with {computed}", recorded.unwrap_or_default());
        return Err(cursor.divergence(stored.seq, &what, None));
    }
    Ok(())
}
