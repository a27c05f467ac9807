//! What all commands that speak to a job share: errors in words, and who takes the message up.

use aeth_runtime::TalkError;
use aeth_runtime::store::{JobKey, PostError};

use super::log;
use crate::exit::{Exit, Failure, Outcome};
use crate::place::cannot_use;
use crate::session::{Session, cannot_drive};
use crate::terminal;
use crate::terminal::picture::state_word;

/// A message that was not taken, in words.
pub(crate) fn not_taken(error: TalkError) -> Failure {
    match error {
        TalkError::Drive(error) => cannot_drive(&error),
        TalkError::Post { error: PostError::Store(error), .. } => cannot_use(&error),
        other => Failure::usage(other.to_string()),
    }
}

/// The job that a message is for: it must be there, and not at its end.
pub(crate) async fn open_job(session: &Session, job: &str) -> Result<JobKey, Failure> {
    let key = session.key(job);
    let row = log::row(&*session.store, &key).await?;
    if row.state.ended() {
        return Err(Failure::usage(format!("job `{job}` has ended: it is {}", state_word(row.state))));
    }
    Ok(key)
}

/// Says that a message was taken, and by whom it is taken up.
pub(crate) async fn taken(session: &Session, key: &JobKey, what: &str) -> Outcome {
    let row = log::row(&*session.store, key).await?;
    terminal::say(what);
    if row.state.ended() {
        terminal::say(&format!("job `{}` has ended", key.job));
    } else if session.home.is_live(&row) {
        terminal::say("the process that runs the job takes it up");
    } else {
        terminal::say(&format!("go on with: {}", session.resume(&key.job)));
    }
    Ok(Exit::Done)
}
