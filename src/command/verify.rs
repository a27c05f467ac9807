//! `aeth verify`: checks that a job's log, or an exported one, is whole and unchanged.

use std::path::Path;

use aeth_runtime::event::export;
use aeth_runtime::event::verify::{Proof, Report, verify};
use aeth_runtime::store::JobKey;
use serde_json::json;

use super::log;
use crate::args::Verify;
use crate::exit::{Exit, Failure, Outcome};
use crate::place::{Place, cannot_use};
use crate::terminal::style::{DIM, ERROR, GOOD};
use crate::terminal::{self, text};

pub(crate) async fn run(namespace: &str, args: &Verify) -> Outcome {
    let report = report(namespace, args).await?;
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
            match report.proof {
                Proof::Integrity { upto } => terminal::print(&format!(
                    "up to event {upto} it is the log that the head you hold was taken of"
                ))?,
                Proof::Consistency => terminal::print(&format!(
                    "{DIM}this proves that it fits together, not that nobody wrote all of it anew; a head that you keep \
                     proves that (`--head`){DIM:#}"
                ))?,
            }
            terminal::print(&format!("{DIM}head{DIM:#} {}", report.head_hex()))?;
        }
    }
    Ok(exit)
}

async fn report(namespace: &str, args: &Verify) -> Result<Report, Failure> {
    let against = args.head.as_deref().map(head).transpose()?;
    if let Some(bytes) = exported(Path::new(&args.job))? {
        let damaged = |why| Failure::new(Exit::Failed, format!("{} is no whole log: {why}", args.job));
        let (store, key) = export::open(&bytes).map_err(damaged)?;
        let report = verify(&store, &key, against).await.map_err(|error| cannot_use(&error))?;
        return report.ok_or_else(|| log::no_job(&key));
    }
    let home = Place::choose(args.store.store.as_deref())?.open()?;
    let key = JobKey::new(namespace, &args.job);
    let report = verify(&*home.store, &key, against).await.map_err(|error| cannot_use(&error))?;
    report.ok_or_else(|| log::no_job(&key))
}

/// The bytes of a file that says it is an exported log. A file that happens to be called like a job is left alone.
fn exported(path: &Path) -> Result<Option<Vec<u8>>, Failure> {
    if !path.is_file() {
        return Ok(None);
    }
    let bytes = std::fs::read(path)
        .map_err(|error| Failure::unusable(format!("{} cannot be read: {error}", path.display())))?;
    let is_path = path.extension().is_some() || path.components().count() > 1;
    match export::is_export(&bytes) {
        true => Ok(Some(bytes)),
        false if is_path => Err(Failure::usage(format!("{} is no exported log", path.display()))
            .help("`aeth export JOB -o FILE` writes one")),
        false => Ok(None),
    }
}

/// A head as it was printed.
fn head(text: &str) -> Result<[u8; 32], Failure> {
    let wrong = |_| Failure::usage("a head is 64 hexadecimal digits, as `aeth verify` prints them");
    Ok(*blake3::Hash::from_hex(text).map_err(wrong)?.as_bytes())
}
