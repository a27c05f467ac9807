//! `aeth replay`: from event 1 to the last, without a single effect, and the result compared.

use std::sync::Arc;

use super::Divergence;
use super::cursor::{Cursor, Origin};
use crate::event::{Event, Payload, StoredEvent};
use crate::job::{error_json, image};
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
    let mut replay = Replay::new(program, job, first)?;
    events.iter().try_for_each(|stored| replay.feed(stored))?;
    replay.finish()
}

/// A replay under way: fed event by event, so that a log of any length takes no more memory than its job.
pub(crate) struct Replay {
    origin: Origin,
    cursor: Cursor,
    events: u64,
    end: Option<JobState>,
    result: Option<String>,
}

impl Replay {
    /// Before the first event, which is looked at and not fed.
    pub(crate) fn new(program: &Arc<Program>, job: &str, first: &StoredEvent) -> Result<Self, Divergence> {
        let origin = Origin::read(program, job, &first.event).map_err(|what| Divergence {
            seq: first.seq,
            what,
            place: None,
        })?;
        let cursor = Cursor::new(program.clone(), &origin)?;
        Ok(Self { origin, cursor, events: 0, end: None, result: None })
    }

    /// Takes the next event.
    pub(crate) fn feed(&mut self, stored: &StoredEvent) -> Result<(), Divergence> {
        self.cursor.feed(stored)?;
        self.events = stored.seq;
        match &stored.event {
            Event::JobCompleted { result: recorded } => {
                self.end = Some(JobState::Completed);
                self.result = recorded.text().map(str::to_owned);
                same_end(&self.cursor, stored, recorded.text())?;
            }
            Event::JobFailed { error, .. } => {
                self.end = Some(JobState::Failed);
                same_end(&self.cursor, stored, error.text())?;
            }
            Event::JobCancelled => self.end = Some(JobState::Cancelled),
            Event::Continued { state, large, .. } => self.same_state(stored.seq, state, large)?,
            _ => {}
        }
        Ok(())
    }

    /// The state that a segment begins with is the one that all before it lead to. One that was erased is passed over.
    fn same_state(&self, seq: u64, state: &Payload, large: &[Payload]) -> Result<(), Divergence> {
        let diverges = |what: &str| Err(self.cursor.divergence(seq, what, None));
        let large: Option<Vec<&[u8]>> = large.iter().map(|payload| payload.bytes.as_deref()).collect();
        let (Some(state), Some(large)) = (state.bytes.as_deref(), large) else { return Ok(()) };
        match image::restore(&self.cursor.program, &self.origin, None, (state, &large)) {
            Ok(restored) if image::same(&restored, &self.cursor) => Ok(()),
            Ok(_) => diverges("the segment begins with another state than the log before it leads to"),
            Err(why) => diverges(&format!("the state that the segment begins with cannot be read: {why}")),
        }
    }

    /// What was found.
    pub(crate) fn finish(self) -> Result<ReplayReport, Divergence> {
        let Self { cursor, events, end, result, .. } = self;
        if let (Some(_), Some(stated)) = (end, cursor.stated.front()) {
            let what = format!("the program goes on to {} after the job's end", stated.name());
            return Err(cursor.divergence(events, &what, None));
        }
        let digest = blake3::Hash::from_bytes(cursor.machine.digest()).to_hex().to_string();
        Ok(ReplayReport { events, restored: cursor.restored, end, result, digest })
    }
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
