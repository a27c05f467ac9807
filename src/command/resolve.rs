//! `aeth resolve`: says what became of an effect in doubt.

use aeth_runtime::store::ResolveHow;

use super::message::{not_taken, open_job, taken};
use crate::args::Resolve;
use crate::exit::Outcome;
use crate::place::Place;
use crate::session::{Session, person};

pub(crate) async fn run(namespace: &str, args: &Resolve) -> Outcome {
    let session = Session::open(namespace, Place::choose(args.store.store.as_deref())?).await?;
    let key = open_job(&session, &args.job).await?;
    // The command line has made sure that it is exactly one.
    let how = match (&args.completed, args.not_done) {
        (Some(value), _) => ResolveHow::Completed(value.clone()),
        (None, true) => ResolveHow::NotDone,
        (None, false) => ResolveHow::Fail,
    };
    session.runtime.resolve(&key, &args.effect, how, &person()).await.map_err(not_taken)?;
    taken(&session, &key, &format!("{} of job `{}` is settled", args.effect, args.job)).await
}
