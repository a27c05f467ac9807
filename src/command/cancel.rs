//! `aeth cancel`: ends a job from outside.

use std::time::Duration;

use aeth_runtime::job::{DriveOptions, End, Stop};
use tokio::sync::watch;

use super::message::{not_taken, open_job, taken};
use super::{drive, log};
use crate::args::Cancel;
use crate::exit::{Exit, Outcome};
use crate::place::Place;
use crate::session::{Session, cannot_drive, person};
use crate::terminal;

pub(crate) async fn run(namespace: &str, args: &Cancel) -> Outcome {
    let session = Session::open(namespace, Place::choose(args.store.store.as_deref())?).await?;
    let key = open_job(&session, &args.job).await?;
    session.runtime.cancel(&key, &person()).await.map_err(not_taken)?;
    let row = log::row(&*session.store, &key).await?;
    if row.state.ended() || session.home.is_live(&row) {
        return taken(&session, &key, &format!("job `{}` is asked to end", args.job)).await;
    }
    // Nobody runs it: its end, with what is owed to the world, is reached here.
    let (_keep, stop) = watch::channel(Stop::No);
    let options = DriveOptions { stop_at_wait: Some(Duration::ZERO), observer: None, stop };
    let end = session.runtime.drive(&key, options).await.map_err(|error| cannot_drive(&error))?;
    let became = match end {
        End::Cancelled => "was cancelled",
        End::Completed { .. } => "was completed before it could be cancelled",
        End::Failed { .. } => "failed before it could be cancelled",
        End::Stopped(stopped) => return Err(drive::stopped_failure(&session, &key, stopped).await?),
    };
    terminal::say(&format!("job `{}` {became}", args.job));
    drive::say_left_open(&session, &key).await?;
    Ok(Exit::Done)
}
