//! `aeth cancel`: ends a job from outside.

use super::message::{not_taken, open_job, taken};
use crate::args::Cancel;
use crate::exit::Outcome;
use crate::place::Place;
use crate::session::{Session, person};

pub(crate) async fn run(namespace: &str, args: &Cancel) -> Outcome {
    let session = Session::open(namespace, Place::choose(args.store.store.as_deref())).await?;
    let key = open_job(&session, &args.job).await?;
    session.runtime.cancel(&key, &person()).await.map_err(not_taken)?;
    taken(&session, &key, &format!("job `{}` is asked to end", args.job)).await
}
