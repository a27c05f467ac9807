//! `aeth export`: a job's log as one file that verifies elsewhere.

use aeth_runtime::event::export::{ExportError, export};
use aeth_runtime::store::JobKey;

use super::log;
use crate::args::Export;
use crate::exit::{Exit, Failure, Outcome};
use crate::place::{Place, cannot_use};
use crate::terminal::{self, text};

pub(crate) async fn run(namespace: &str, args: &Export) -> Outcome {
    let home = Place::choose(args.store.store.as_deref())?.open()?;
    let key = JobKey::new(namespace, &args.job);
    let file = export(&*home.store, &key).await.map_err(|error| match error {
        ExportError::NoJob => log::no_job(&key),
        ExportError::Damaged(problem) => {
            let what = format!("event {}: {}", problem.seq, problem.what);
            Failure::new(
                Exit::Failed,
                format!("the log of job `{}` is damaged: {}", args.job, text::plain(&what)),
            )
            .help("nothing was written; a damaged log is never hashed anew")
        }
        ExportError::Store(error) => cannot_use(&error),
    })?;
    let written = std::fs::write(&args.output, &file);
    let output = args.output.display();
    written.map_err(|error| Failure::unusable(format!("{output} cannot be written: {error}")))?;
    terminal::say(&format!("{} bytes in {output}: `aeth verify {output}` checks it anywhere", file.len()));
    Ok(Exit::Done)
}
