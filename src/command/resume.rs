//! `aeth resume`: goes on with a job that was interrupted or that waited, or with all of them.

use aeth_runtime::job::{DriveOptions, End, Stop, Stopped};
use aeth_runtime::store::{JobFilter, JobKey};
use serde_json::{Value, json};
use tokio::sync::watch;
use tokio::task::JoinSet;

use super::drive;
use crate::args::Resume;
use crate::exit::{Exit, Outcome};
use crate::place::{Place, cannot_use};
use crate::session::{Session, cannot_drive};
use crate::terminal::{self, text};

pub(crate) async fn run(namespace: &str, args: &Resume) -> Outcome {
    let session = Session::open(namespace, Place::choose(args.store.store.as_deref())?).await?;
    match &args.job {
        Some(job) => drive::drive(&session, &session.key(job), &args.drive).await,
        None => all(&session, namespace, args).await,
    }
}

/// Executes every job that has not ended, beside each other, as far as they get. One line each.
async fn all(session: &Session, namespace: &str, args: &Resume) -> Outcome {
    let filter = JobFilter { unfinished: true, ..JobFilter::default() };
    let rows = session.store.jobs(namespace, filter).await.map_err(|error| cannot_use(&error))?;
    if rows.is_empty() {
        terminal::say("no job is unfinished");
    }
    let (stop, stopping) = watch::channel(Stop::No);
    let mut jobs = JoinSet::new();
    for row in rows {
        let stop_at_wait = (!args.drive.wait).then_some(drive::LONG_WAIT);
        let options = DriveOptions { stop_at_wait, observer: None, stop: stopping.clone() };
        let (runtime, key) = (session.runtime.clone(), row.key);
        jobs.spawn(async move {
            let end = runtime.drive(&key, options).await;
            (key, end)
        });
    }
    let mut worst = Exit::Done;
    loop {
        tokio::select! {
            ended = jobs.join_next() => match ended {
                Some(Ok((key, end))) => {
                    let (exit, word, detail) = match &end {
                        Ok(end) => summary(end),
                        Err(error) => (cannot_drive(error).exit, "error", error.to_string().into()),
                    };
                    print(&key, word, &detail, args.drive.json)?;
                    worst = graver(worst, exit);
                }
                Some(Err(panic)) => std::panic::resume_unwind(panic.into_panic()),
                None => return Ok(worst),
            },
            _ = tokio::signal::ctrl_c() => {
                let next = if *stop.borrow() == Stop::No { Stop::Drain } else { Stop::Now };
                stop.send_replace(next);
            }
        }
    }
}

fn summary(end: &End) -> (Exit, &'static str, Value) {
    match end {
        End::Completed { result } => {
            (Exit::Done, "completed", serde_json::from_str(result).unwrap_or_default())
        }
        End::Failed { error, .. } => (Exit::Failed, "failed", error.to_string().into()),
        End::Cancelled => (Exit::Failed, "cancelled", Value::Null),
        End::Stopped(Stopped::Waiting(_)) => (Exit::Stopped, "waiting", Value::Null),
        End::Stopped(Stopped::NeedsAttention(_)) => (Exit::Stopped, "needs_attention", Value::Null),
        End::Stopped(Stopped::Paused) => (Exit::Stopped, "paused", Value::Null),
        End::Stopped(Stopped::Interrupted) => (Exit::Stopped, "interrupted", Value::Null),
    }
}

fn print(key: &JobKey, state: &str, detail: &Value, json: bool) -> Result<(), crate::exit::Failure> {
    if json {
        return terminal::print_json(&json!({"job": key.job, "state": state, "result": detail}).to_string());
    }
    let detail = if detail.is_null() && state != "completed" { String::new() } else { format!("  {detail}") };
    terminal::print(&format!("{}  {state}{}", text::plain(&key.job), text::plain(&detail)))
}

/// The exit code that says more: a store that cannot be used, then a failure, then a stop.
fn graver(one: Exit, other: Exit) -> Exit {
    let rank = |exit| match exit {
        Exit::Done => 0,
        Exit::Stopped => 1,
        Exit::Failed => 2,
        Exit::Usage => 3,
        Exit::Unusable => 4,
    };
    if rank(other) > rank(one) { other } else { one }
}
