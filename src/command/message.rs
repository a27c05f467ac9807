//! What all commands that speak to a job share: errors in words, and who takes the message up.

use aeth_runtime::TalkError;
use aeth_runtime::store::{JobKey, PostError};

use super::log;
use crate::exit::{Exit, Failure, Outcome};
use crate::place::cannot_use;
use crate::session::{Session, cannot_drive};
use crate::terminal;

/// A message that was not taken, in words.
pub(crate) fn not_taken(error: TalkError) -> Failure {
    match error {
        TalkError::Drive(error) => cannot_drive(&error),
        TalkError::Post { error: PostError::Store(error), .. } => cannot_use(&error),
        other => Failure::usage(other.to_string()),
    }
}

/// Says that a message was taken, and by whom it is taken up.
pub(crate) async fn taken(session: &Session, key: &JobKey, what: &str) -> Outcome {
    let row = log::row(&*session.store, key).await?;
    terminal::say(what);
    if row.state.ended() {
        terminal::say(&format!("job `{}` has ended", key.job));
    } else if session.is_live(&row) {
        terminal::say("the process that runs the job takes it up");
    } else {
        terminal::say(&format!("go on with: {}", session.resume(&key.job)));
    }
    Ok(Exit::Done)
}
