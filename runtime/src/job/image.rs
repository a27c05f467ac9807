//! What a worker knows of a job that waits, as canonical bytes: machine, open effects, ledger. And back.
//!
//! In: a job whose every event up to one is applied; or bytes, with the program and the first event of the job they
//! are of. Out: bytes that name that event; or a [`Cursor`] that goes on behind it. Invariant: what is read back is
//! what feeding the log up to that event would give, or is refused; nothing of it is believed for its place alone.

use std::sync::Arc;

use aeth_lang::ids::{SignalId, SiteId, ToolId};
use serde::{Deserialize, Serialize};

use super::pending::{Effects, Pending, State};
use crate::effect::{Effect, EffectId, Question, Request};
use crate::ledger::Ledger;
use crate::machine::snapshot::{Image, Malformed, Parts, open, seal};
use crate::machine::{Machine, Program};
use crate::replay::{Cursor, Origin};
use crate::store::Head;
use crate::value::Value;
use crate::value::table::{Made, Ref, Row, Table, Taker};

/// What snapshots of this build are like. Those of others are dropped, never read.
pub(crate) const FORMAT: u16 = 1;

#[derive(Serialize, Deserialize)]
struct JobImage<'a, L> {
    /// The last event that is in it: number and hash.
    seq: u64,
    hash: [u8; 32],
    #[serde(borrow)]
    machine: Image<'a>,
    effects: Vec<PendingImage<'a>>,
    ledger: L,
    cancelled: bool,
    paused: bool,
    heard: u64,
    segment: (u64, u64),
}

#[derive(Serialize, Deserialize)]
struct PendingImage<'a> {
    id: &'a str,
    site: Option<u16>,
    #[serde(borrow)]
    effect: EffectImage<'a>,
    place: Place<'a>,
    withdrawn: bool,
}

/// Where an effect stands, as far as the log tells; the rest follows from the ledger.
#[derive(Serialize, Deserialize)]
enum Place<'a> {
    Asked,
    Sleeping(i64),
    Waiting { deadline_ms: Option<i64>, question: Option<&'a str> },
}

/// A question: its text, what is shown, for whom.
type AskImage<'a> = (&'a str, Option<Ref<u32>>, Option<&'a str>);

#[derive(Serialize, Deserialize)]
enum EffectImage<'a> {
    Tool { tool: u16, args: Vec<Ref<u32>> },
    Await { signal: u16, ask: Option<AskImage<'a>>, within_ms: Option<i64> },
    Sleep { ms: i64 },
    SleepUntil { at_ms: i64 },
    Now,
    Random,
    RandomInt { low: i64, high: i64 },
    Uuid,
    Note { text: &'a str, data: Option<Ref<u32>> },
}

/// What is known of a job, to be written down.
pub(crate) struct Known<'a> {
    pub(crate) machine: &'a Machine,
    pub(crate) effects: &'a Effects,
    pub(crate) ledger: &'a Ledger,
    pub(crate) cancelled: bool,
    pub(crate) paused: bool,
    /// The last event that could feed the machine something: between it and the one that a snapshot names, the log has
    /// none.
    pub(crate) heard: u64,
    /// The segment of the log, and the event that began it.
    pub(crate) segment: (u64, u64),
}

impl Known<'_> {
    /// Its bytes. Every event up to `head` is applied, and nothing else.
    pub(crate) fn save(&self, head: Head) -> Parts {
        let mut table = Table::new(self.machine.program().known());
        let machine = self.machine.image(&mut table);
        let effects =
            self.effects.in_order().map(|(id, pending)| pending_image(id, pending, &mut table)).collect();
        let image = JobImage {
            seq: head.seq,
            hash: head.hash,
            machine,
            effects,
            ledger: self.ledger,
            cancelled: self.cancelled,
            paused: self.paused,
            heard: self.heard,
            segment: self.segment,
        };
        seal(table, &image)
    }
}

fn pending_image<'a>(id: &'a EffectId, pending: &'a Pending, table: &mut Table<'a>) -> PendingImage<'a> {
    let place = match &pending.state {
        State::Sleeping(at_ms) => Place::Sleeping(*at_ms),
        State::Waiting { deadline_ms, question } => {
            Place::Waiting { deadline_ms: *deadline_ms, question: question.as_deref() }
        }
        _ => Place::Asked,
    };
    let effect = match &pending.request.effect {
        Effect::Tool { tool, args } => {
            EffectImage::Tool { tool: tool.0, args: args.iter().map(|arg| table.take(arg)).collect() }
        }
        Effect::Await { signal, ask, within_ms } => {
            let ask = ask.as_ref().map(|ask| {
                (ask.text.as_str(), ask.show.as_ref().map(|show| table.take(show)), ask.to.as_deref())
            });
            EffectImage::Await { signal: signal.0, ask, within_ms: *within_ms }
        }
        Effect::Sleep { ms } => EffectImage::Sleep { ms: *ms },
        Effect::SleepUntil { at_ms } => EffectImage::SleepUntil { at_ms: *at_ms },
        Effect::Now => EffectImage::Now,
        Effect::Random => EffectImage::Random,
        Effect::RandomInt { low, high } => EffectImage::RandomInt { low: *low, high: *high },
        Effect::Uuid => EffectImage::Uuid,
        Effect::Note { text, data } => {
            EffectImage::Note { text, data: data.as_ref().map(|data| table.take(data)) }
        }
    };
    let site = pending.request.site.map(|site| site.0);
    PendingImage { id: id.as_str(), site, effect, place, withdrawn: pending.withdrawn }
}

/// Whether two say the same of a job: what instants the ledger has are those of whoever wrote it.
pub(crate) fn same(one: &Cursor, other: &Cursor) -> bool {
    let effects = |cursor: &Cursor| -> Vec<_> {
        let ledger =
            |id| cursor.ledger.get(id).map(|entry| (entry.attempt, entry.open, entry.failures, entry.doubt));
        cursor.effects.in_order().map(|(id, pending)| (id.clone(), pending.withdrawn, ledger(id))).collect()
    };
    let rest = |cursor: &Cursor| (cursor.cancelled, cursor.paused, cursor.heard);
    one.machine.digest() == other.machine.digest()
        && effects(one) == effects(other)
        && rest(one) == rest(other)
}

/// The job of these bytes, behind the event that `head` names; `None` stands for whichever they name.
pub(crate) fn restore(
    program: &Arc<Program>,
    origin: &Origin,
    head: Option<Head>,
    (state, large): (&[u8], &[&[u8]]),
) -> Result<Cursor, Malformed> {
    let (rows, image): (Vec<Row<'_>>, JobImage<'_, Ledger>) = open(state)?;
    let head = head.unwrap_or(Head { seq: image.seq, time_ms: 0, hash: image.hash });
    if (image.seq, image.hash) != (head.seq, head.hash) {
        return Err(Malformed("it is of another event"));
    }
    let made = Made::new(&rows, large, program.known(), &program.module)?;
    let machine = Machine::of_image(program, origin.context.clone(), &image.machine, &made)?;
    let mut effects = Effects::default();
    for pending in &image.effects {
        let id = EffectId::from(pending.id);
        if effects.get(&id).is_some() {
            return Err(Malformed("an effect stands in it twice"));
        }
        let effect = effect(&pending.effect, program, &made)?;
        effects.ask(Request { id: id.clone(), site: pending.site.map(SiteId), effect });
        let place = match pending.place {
            Place::Asked => State::Asked,
            Place::Sleeping(at_ms) => State::Sleeping(at_ms),
            Place::Waiting { deadline_ms, question } => {
                State::Waiting { deadline_ms, question: question.map(str::to_owned) }
            }
        };
        effects.set(&id, place);
        if let Some(asked) = effects.get_mut(&id) {
            asked.withdrawn = pending.withdrawn;
        }
    }
    let waiting = effects.iter().filter(|(_, pending)| !pending.withdrawn).map(|(id, _)| id.clone());
    if !waiting.eq(machine.waiting()) {
        return Err(Malformed("the machine waits for other effects"));
    }
    let mut cursor = Cursor::at(program, origin, machine, effects, image.ledger);
    (cursor.cancelled, cursor.paused, cursor.last_ms) = (image.cancelled, image.paused, head.time_ms);
    (cursor.heard, cursor.segment) = (image.heard, image.segment);
    drop((rows, made));
    let again = cursor.known().save(head);
    if again.state != state || !again.large.iter().eq(large.iter()) {
        return Err(Malformed("it is not canonical"));
    }
    cursor.replan().map_err(|_| Malformed("an effect has another request"))?;
    Ok(cursor)
}

fn effect(image: &EffectImage<'_>, program: &Program, made: &Made<'_>) -> Result<Effect, Malformed> {
    let optional = |of: &Option<Ref<u32>>| -> Result<Option<Value>, Malformed> {
        of.map(|of| made.value(of)).transpose()
    };
    let module = &program.module;
    Ok(match image {
        EffectImage::Tool { tool, args } => {
            let params = module.tools.get(*tool as usize).map(|tool| tool.params.len());
            if params != Some(args.len()) {
                return Err(Malformed("there is no such tool"));
            }
            Effect::Tool { tool: ToolId(*tool), args: made.values(args)? }
        }
        EffectImage::Await { signal, ask, within_ms } => {
            if *signal as usize >= module.signals.len() {
                return Err(Malformed("there is no such signal"));
            }
            let ask = match ask {
                None => None,
                Some((text, show, to)) => Some(Question {
                    text: (*text).to_owned(),
                    show: optional(show)?,
                    to: to.map(str::to_owned),
                }),
            };
            Effect::Await { signal: SignalId(*signal), ask, within_ms: *within_ms }
        }
        EffectImage::Sleep { ms } => Effect::Sleep { ms: *ms },
        EffectImage::SleepUntil { at_ms } => Effect::SleepUntil { at_ms: *at_ms },
        EffectImage::Now => Effect::Now,
        EffectImage::Random => Effect::Random,
        EffectImage::RandomInt { low, high } => Effect::RandomInt { low: *low, high: *high },
        EffectImage::Uuid => Effect::Uuid,
        EffectImage::Note { text, data } => Effect::Note { text: (*text).to_owned(), data: optional(data)? },
    })
}
