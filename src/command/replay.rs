//! `aeth replay`: executes a job's recorded history again, without any effect, and compares.

use aeth_runtime::job::DriveError;
use serde_json::json;

use crate::args::OneJob;
use crate::exit::{Exit, Failure, Outcome};
use crate::place::Place;
use crate::session::{Session, cannot_drive};
use crate::terminal::style::{DIM, ERROR, GOOD};
use crate::terminal::{self, text};

pub(crate) async fn run(namespace: &str, args: &OneJob) -> Outcome {
    let session = Session::open(namespace, Place::choose(args.store.store.as_deref())).await?;
    match session.runtime.replay(&session.key(&args.job)).await {
        Ok(report) => {
            if args.json {
                let object = json!({"job": args.job, "ok": true, "events": report.events});
                terminal::print_json(&object.to_string())?;
            } else {
                terminal::print(&format!("{GOOD}the same{GOOD:#}: {} events", report.events))?;
            }
            Ok(Exit::Done)
        }
        Err(error @ DriveError::Divergence { .. }) => {
            if args.json {
                let object = json!({"job": args.job, "ok": false, "divergence": error.to_string()});
                terminal::print_json(&object.to_string())?;
                return Ok(Exit::Failed);
            }
            let message = text::lines(&error.to_string()).into_owned();
            terminal::print(&format!("{ERROR}different{ERROR:#}: {message}"))?;
            terminal::print(&format!(
                "{DIM}this is a defect of the program's runtime, or the log was changed{DIM:#}"
            ))?;
            Ok(Exit::Failed)
        }
        Err(error) => Err::<Exit, Failure>(cannot_drive(&error)),
    }
}
