//! `aeth replay`: executes a job's recorded history again, without any effect, and compares.

use aeth_runtime::job::DriveError;
use serde_json::{Value, json};

use crate::args::OneJob;
use crate::exit::{Exit, Failure, Outcome};
use crate::place::Place;
use crate::program::counted;
use crate::session::{Session, cannot_drive};
use crate::terminal::picture::state_word;
use crate::terminal::style::{DIM, ERROR, GOOD};
use crate::terminal::{self, text};

pub(crate) async fn run(namespace: &str, args: &OneJob) -> Outcome {
    let session = Session::open(namespace, Place::choose(args.store.store.as_deref())?).await?;
    match session.runtime.replay(&session.key(&args.job)).await {
        Ok(report) => {
            let result =
                report.result.as_deref().map(|text| serde_json::from_str::<Value>(text).unwrap_or_default());
            if args.json {
                let object = json!({
                    "job": args.job,
                    "ok": true,
                    "events": report.events,
                    "restored": report.restored,
                    "state": report.end.map(state_word),
                    "result": result,
                    "digest": report.digest,
                });
                terminal::print_json(&object.to_string())?;
            } else {
                let (events, restored) =
                    (counted(report.events, "event"), counted(report.restored, "outcome"));
                terminal::print(&format!("{GOOD}the same{GOOD:#}: {events}, {restored} restored"))?;
                // The output as `run` printed it, this time without asking the world for anything.
                match (result, report.result) {
                    (Some(Value::String(text)), _) => terminal::print_text(&text)?,
                    (_, Some(json)) => terminal::print_json(&json)?,
                    (_, None) => {}
                }
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
