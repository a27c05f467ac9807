//! `aeth verify`: checks that a job's log is whole and unchanged.

use aeth_runtime::event::verify::{Proof, verify};
use aeth_runtime::store::JobKey;
use serde_json::json;

use super::log;
use crate::args::OneJob;
use crate::exit::{Exit, Outcome};
use crate::place::{Place, cannot_use};
use crate::terminal::style::{DIM, ERROR, GOOD};
use crate::terminal::{self, text};

pub(crate) async fn run(namespace: &str, args: &OneJob) -> Outcome {
    let home = Place::choose(args.store.store.as_deref())?.open()?;
    let key = JobKey::new(namespace, &args.job);
    let report = verify(&*home.store, &key, None).await.map_err(|error| cannot_use(&error))?;
    let report = report.ok_or_else(|| log::no_job(&key))?;
    let exit = if report.problem.is_some() { Exit::Failed } else { Exit::Done };
    let proof = match report.proof {
        Proof::Consistency => "consistency",
        Proof::Integrity { .. } => "integrity",
    };
    if args.json {
        let problem =
            report.problem.as_ref().map(|problem| json!({"event": problem.seq, "what": problem.what}));
        let object = json!({
            "job": args.job,
            "ok": report.problem.is_none(),
            "events": report.events,
            "head": report.head_hex(),
            "proves": proof,
            "problem": problem,
        });
        terminal::print_json(&object.to_string())?;
        return Ok(exit);
    }
    match &report.problem {
        Some(problem) => {
            let what = text::plain(&problem.what);
            terminal::print(&format!("{ERROR}damaged{ERROR:#}: event {}: {what}", problem.seq))?;
            terminal::print(&format!("{} events before it are good", report.events))?;
        }
        None => {
            terminal::print(&format!("{GOOD}whole{GOOD:#}: {} events fit together", report.events))?;
            terminal::print(&format!("{DIM}head{DIM:#} {}", report.head_hex()))?;
        }
    }
    Ok(exit)
}
