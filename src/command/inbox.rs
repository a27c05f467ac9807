//! `aeth inbox`: what waits for a person: open questions, effects in doubt.

use aeth_runtime::event::fold::JobView;
use aeth_runtime::event::json::rfc3339;
use aeth_runtime::store::{JobFilter, JobKey, Message, Store};
use serde_json::{Value, json};

use super::log;
use crate::args::Listing;
use crate::exit::{Exit, Failure, Outcome};
use crate::place::{Place, cannot_use};
use crate::session::flags;
use crate::terminal::event::{age, until_then};
use crate::terminal::style::{ATTENTION, BOLD, DIM};
use crate::terminal::{self, text};

/// Digits of a short id, at least.
const SHORT: usize = 4;

/// Something that a person must say.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
    /// Its job.
    pub(crate) key: JobKey,
    /// Its effect.
    pub(crate) effect: String,
    /// What is to be said.
    pub(crate) kind: Kind,
    /// Since when.
    pub(crate) since_ms: i64,
    /// A name for it that depends on nothing but job and effect.
    id: String,
}

/// What is to be said.
#[derive(Clone, Debug)]
pub(crate) enum Kind {
    /// The answer to a question.
    Question {
        /// What is asked.
        text: String,
        /// Whom it is for.
        to: Option<String>,
        /// What is shown with it.
        show: Value,
        /// The signal whose type the answer has.
        signal: String,
        /// Until when.
        until_ms: Option<i64>,
    },
    /// Whether a call happened.
    Doubt {
        /// Its tool.
        tool: String,
    },
}

pub(crate) async fn run(namespace: &str, args: &Listing) -> Outcome {
    let place = Place::choose(args.store.store.as_deref())?;
    let home = place.open()?;
    let entries = all(&*home.store, namespace).await?;
    let digits = digits(&entries);
    if args.json {
        for entry in &entries {
            terminal::print_json(&object(entry, digits).to_string())?;
        }
        return Ok(Exit::Done);
    }
    if entries.is_empty() {
        terminal::say("nothing waits for a person");
        return Ok(Exit::Done);
    }
    let columns = terminal::print_columns();
    for entry in &entries {
        print(entry, digits, home.store.now_ms(), columns, &flags(&place, namespace))?;
    }
    Ok(Exit::Done)
}

/// What waits for a person in every job of a namespace that has not ended, oldest first.
pub(crate) async fn all(store: &dyn Store, namespace: &str) -> Result<Vec<Entry>, Failure> {
    let filter = JobFilter { unfinished: true, ..JobFilter::default() };
    let rows = store.jobs(namespace, filter).await.map_err(|error| cannot_use(&error))?;
    let mut entries = Vec::new();
    for row in rows {
        let view = log::view(store, &row.key).await?;
        entries.extend(of_job(store, &row.key, &view).await?);
    }
    entries.sort_by_key(|entry| entry.since_ms);
    Ok(entries)
}

/// What waits for a person in one job. What has been said and not been taken up yet waits no more.
pub(crate) async fn of_job(store: &dyn Store, key: &JobKey, view: &JobView) -> Result<Vec<Entry>, Failure> {
    let entry = |effect: &str, kind, since_ms| {
        let id =
            blake3::hash(format!("{}/{}/{effect}", key.namespace, key.job).as_bytes()).to_hex().to_string();
        Entry { key: key.clone(), effect: effect.to_owned(), kind, since_ms, id }
    };
    let mut entries = Vec::new();
    for (effect, question) in &view.questions {
        let asked = super::show::value(&question.question);
        let kind = Kind::Question {
            text: asked["text"].as_str().unwrap_or_default().to_owned(),
            to: asked["to"].as_str().map(str::to_owned),
            show: asked["show"].clone(),
            signal: question.signal.clone(),
            until_ms: question.deadline_ms,
        };
        entries.push(entry(effect.as_str(), kind, question.since_ms));
    }
    for (effect, doubt) in view.doubts() {
        let tool = doubt.call.as_ref().map(|call| call.tool.clone()).unwrap_or_default();
        entries.push(entry(effect.as_str(), Kind::Doubt { tool }, doubt.changed_ms));
    }
    if !entries.is_empty() {
        let said = store.inbox(key).await.map_err(|error| cannot_use(&error))?;
        entries.retain(|entry| {
            !said.iter().any(|row| match &row.message {
                Message::Answer { question, .. } => *question == entry.effect,
                Message::Resolve { effect, .. } => *effect == entry.effect,
                _ => false,
            })
        });
    }
    Ok(entries)
}

/// Digits that tell all ids apart.
pub(crate) fn digits(entries: &[Entry]) -> usize {
    let mut ids: Vec<&str> = entries.iter().map(|entry| entry.id.as_str()).collect();
    ids.sort_unstable();
    let shared = |pair: &[&str]| pair[0].bytes().zip(pair[1].bytes()).take_while(|(a, b)| a == b).count();
    ids.windows(2).map(|pair| shared(pair) + 1).max().unwrap_or(0).max(SHORT)
}

/// The entries that a person's word for one may mean: JOB/EFFECT, else the beginning of the short id.
pub(crate) fn named<'e>(entries: &'e [Entry], word: &str) -> Vec<&'e Entry> {
    let exact: Vec<&Entry> = entries.iter().filter(|entry| entry.long_id() == word).collect();
    if !exact.is_empty() || word.is_empty() {
        return exact;
    }
    entries.iter().filter(|entry| entry.id.starts_with(&word.to_ascii_lowercase())).collect()
}

impl Entry {
    /// The id of this many digits.
    pub(crate) fn short_id(&self, digits: usize) -> &str {
        &self.id[..digits.min(self.id.len())]
    }

    /// JOB/EFFECT.
    pub(crate) fn long_id(&self) -> String {
        format!("{}/{}", self.key.job, self.effect)
    }

    /// What is to be said, in a sentence.
    pub(crate) fn summary(&self) -> String {
        match &self.kind {
            Kind::Question { text, to: Some(to), .. } => format!("{} asks {to}: {text}", self.effect),
            Kind::Question { text, .. } => format!("{} asks: {text}", self.effect),
            Kind::Doubt { tool } => format!("{} ({tool}): nobody knows whether it happened", self.effect),
        }
    }

    /// The commands that say it.
    pub(crate) fn commands(&self, digits: usize, flags: &str) -> Vec<String> {
        let job = text::shell(&self.key.job);
        match &self.kind {
            Kind::Question { .. } => vec![format!("aeth answer {} JSON{flags}", self.short_id(digits))],
            Kind::Doubt { .. } => {
                let effect = text::shell(&self.effect);
                let how = "(--completed JSON | --not-done | --fail)";
                vec![format!("aeth resolve {job} {effect} {how}{flags}")]
            }
        }
    }
}

fn print(
    entry: &Entry,
    digits: usize,
    now_ms: i64,
    columns: Option<usize>,
    flags: &str,
) -> Result<(), Failure> {
    let fit = |line: &str, left: usize| match columns {
        Some(columns) => text::fit(line, columns.saturating_sub(left)).into_owned(),
        None => line.to_owned(),
    };
    let age = age(now_ms - entry.since_ms);
    let id = entry.short_id(digits);
    let head = text::plain(&entry.key.job).into_owned();
    terminal::print(&format!("{BOLD}{id}{BOLD:#}  {head}  {DIM}{age}{DIM:#}"))?;
    let summary = entry.summary();
    let summary = text::plain(&summary);
    terminal::print(&format!("  {ATTENTION}?{ATTENTION:#} {}", fit(&summary, 4)))?;
    if let Kind::Question { show, until_ms, .. } = &entry.kind {
        if !show.is_null() {
            let shown = show.as_str().map_or_else(|| show.to_string(), str::to_owned);
            terminal::print(&format!("    {}", fit(&text::plain(&shown), 4)))?;
        }
        if let Some(until_ms) = until_ms {
            terminal::print(&format!("    {DIM}within {}{DIM:#}", until_then(until_ms - now_ms)))?;
        }
    }
    entry
        .commands(digits, flags)
        .iter()
        .try_for_each(|command| terminal::print(&format!("    {DIM}{command}{DIM:#}")))
}

fn object(entry: &Entry, digits: usize) -> Value {
    let mut object = json!({
        "id": entry.short_id(digits),
        "job": entry.key.job,
        "effect": entry.effect,
        "since": rfc3339(entry.since_ms),
    });
    match &entry.kind {
        Kind::Question { text, to, show, signal, until_ms } => {
            object["kind"] = "question".into();
            object["question"] = text.as_str().into();
            object["to"] = json!(to);
            object["show"] = show.clone();
            object["signal"] = signal.as_str().into();
            object["until"] = json!(until_ms.map(rfc3339));
        }
        Kind::Doubt { tool } => {
            object["kind"] = "doubt".into();
            object["tool"] = tool.as_str().into();
        }
    }
    object
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(job: &str, id: &str) -> Entry {
        let kind = Kind::Doubt { tool: "t".into() };
        Entry { key: JobKey::new("default", job), effect: "a/0".into(), kind, since_ms: 0, id: id.into() }
    }

    #[test]
    fn ids_are_as_short_as_they_can_be() {
        assert_eq!(digits(&[]), 4);
        assert_eq!(digits(&[entry("a", "aaaa1111"), entry("b", "bbbb1111")]), 4);
        assert_eq!(digits(&[entry("a", "aaaaaa11"), entry("b", "aaaaaa22")]), 7);
    }

    #[test]
    fn an_entry_is_named_by_prefix_or_in_full() {
        let entries = [entry("a", "aaaa1111"), entry("b", "aaab1111")];
        assert_eq!(named(&entries, "aaab").len(), 1);
        assert_eq!(named(&entries, "AAAB").len(), 1);
        assert_eq!(named(&entries, "aaa").len(), 2);
        assert_eq!(named(&entries, "b/a/0").len(), 1);
        assert!(named(&entries, "").is_empty());
        assert!(named(&entries, "zzz").is_empty());
    }
}
