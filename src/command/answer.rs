//! `aeth answer`: answers a question of the inbox.

use aeth_runtime::OpenQuestion;

use super::inbox::{self, Entry, Kind};
use super::log;
use super::message::{not_taken, taken};
use crate::args::Answer;
use crate::exit::{Failure, Outcome};
use crate::place::Place;
use crate::session::{Session, person};

pub(crate) async fn run(namespace: &str, args: &Answer) -> Outcome {
    let session = Session::open(namespace, Place::choose(args.store.store.as_deref())?).await?;
    let entries = inbox::all(&*session.store, namespace).await?;
    let entry = find(&entries, &args.id)?;
    let question = open_question(&session, entry).await?;
    session.runtime.answer(&question, &args.value, &person()).await.map_err(not_taken)?;
    taken(&session, &entry.key, &format!("{} is answered", entry.long_id())).await
}

/// The one question that a word names.
fn find<'e>(entries: &'e [Entry], word: &str) -> Result<&'e Entry, Failure> {
    let digits = inbox::digits(entries);
    match inbox::named(entries, word).as_slice() {
        [] => {
            Err(Failure::usage(format!("no open question is called `{word}`"))
                .help("`aeth inbox` lists them"))
        }
        [entry] => match entry.kind {
            Kind::Question { .. } => Ok(entry),
            Kind::Doubt { .. } => {
                Err(Failure::usage(format!("`{word}` is no question but an effect in doubt"))
                    .help(entry.commands(digits, "").concat()))
            }
        },
        several => {
            let ids: Vec<&str> = several.iter().map(|entry| entry.short_id(digits)).collect();
            Err(Failure::usage(format!("`{word}` may be any of {}", ids.join(", "))))
        }
    }
}

async fn open_question(session: &Session, entry: &Entry) -> Result<OpenQuestion, Failure> {
    let view = log::view(&*session.store, &entry.key).await?;
    let open = view.questions.into_iter().find(|(effect, _)| effect.as_str() == entry.effect);
    let (effect, open) = open.ok_or_else(|| Failure::usage("the question is not open any more"))?;
    Ok(OpenQuestion {
        key: entry.key.clone(),
        effect: effect.to_string(),
        signal: open.signal,
        question: open.question.text().unwrap_or("{}").to_owned(),
        digest: open.digest,
        deadline_ms: open.deadline_ms,
    })
}
