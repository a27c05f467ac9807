//! `aeth signal`: sends a signal to a job.

use super::message::{not_taken, open_job, taken};
use crate::args::Signal;
use crate::exit::Outcome;
use crate::place::Place;
use crate::session::{Session, request_id};

pub(crate) async fn run(namespace: &str, args: &Signal) -> Outcome {
    let session = Session::open(namespace, Place::choose(args.store.store.as_deref())?).await?;
    let key = open_job(&session, &args.job).await?;
    session.runtime.signal(&key, &args.name, &args.value, &request_id()).await.map_err(not_taken)?;
    taken(&session, &key, &format!("signal `{}` is in the inbox of job `{}`", args.name, args.job)).await
}
