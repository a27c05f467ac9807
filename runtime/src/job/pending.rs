//! What a driver knows of each effect that a fiber waits for, or that the world still owes an answer.

use std::collections::{BTreeMap, BTreeSet};

use tokio::task::AbortHandle;

use super::call::Plan;
use crate::effect::{EffectId, Request};
use crate::host::Prepared;

/// An effect that has no outcome yet.
pub(crate) struct Pending {
    pub(crate) request: Request,
    pub(crate) state: State,
    /// Nobody hears the outcome any more, but it is owed a record.
    pub(crate) withdrawn: bool,
    /// The call of a tool effect, once it has been computed.
    pub(crate) plan: Option<Plan>,
    /// How often the world was asked in vain whether it happened.
    pub(crate) lookups: u32,
}

impl Pending {
    /// Whether calling it may change the world.
    pub(crate) fn changes_world(&self) -> bool {
        self.plan.as_ref().is_some_and(|plan| plan.policy.changes_world())
    }
}

/// Where an effect stands.
pub(crate) enum State {
    /// Asked for; nothing has been done.
    Asked,
    /// What may wait or fail locally is under way.
    Preparing(AbortHandle),
    /// Ready to be sent: waits for its intent, or for a place among the open calls.
    Ready(Box<dyn Prepared>),
    /// Its intent waits in the outbox.
    Intending(Box<dyn Prepared>),
    /// Sent.
    Sent(AbortHandle),
    /// The next attempt begins then.
    RetryAt(i64),
    /// The world is asked whether it happened, not before then.
    Settling(i64),
    /// The world is being asked.
    LookingUp(AbortHandle),
    /// A person must say.
    Doubt,
    /// A timer.
    Sleeping(i64),
    /// A wait for a signal, or for the answer to the question with this digest.
    Waiting { deadline_ms: Option<i64>, question: Option<String> },
}

impl State {
    /// When something is to be done about it without anything happening.
    fn due_ms(&self) -> Option<i64> {
        match self {
            Self::RetryAt(at) | Self::Settling(at) | Self::Sleeping(at) => Some(*at),
            Self::Waiting { deadline_ms, .. } => *deadline_ms,
            _ => None,
        }
    }

    /// Whether something is under way in this process.
    pub(crate) fn busy(&self) -> bool {
        matches!(
            self,
            Self::Asked
                | Self::Preparing(_)
                | Self::Ready(_)
                | Self::Intending(_)
                | Self::Sent(_)
                | Self::LookingUp(_)
        )
    }

    /// Ends what is under way without a trace in the world.
    pub(crate) fn abort(&self) {
        if let Self::Preparing(task) | Self::Sent(task) | Self::LookingUp(task) = self {
            task.abort();
        }
    }
}

/// All pending effects, and when the next of them is due.
#[derive(Default)]
pub(crate) struct Effects {
    all: BTreeMap<EffectId, Pending>,
    /// In the order in which they were asked for: the oldest waiter takes a signal first.
    asked: Vec<EffectId>,
    due: BTreeSet<(i64, EffectId)>,
}

impl Effects {
    pub(crate) fn ask(&mut self, request: Request) {
        let id = request.id.clone();
        self.asked.push(id.clone());
        self.all
            .insert(id, Pending { request, state: State::Asked, withdrawn: false, plan: None, lookups: 0 });
    }

    pub(crate) fn get(&self, id: &EffectId) -> Option<&Pending> {
        self.all.get(id)
    }

    pub(crate) fn get_mut(&mut self, id: &EffectId) -> Option<&mut Pending> {
        self.all.get_mut(id)
    }

    /// Moves an effect on; gives back the state it leaves.
    pub(crate) fn set(&mut self, id: &EffectId, state: State) -> Option<State> {
        let pending = self.all.get_mut(id)?;
        if let Some(at) = pending.state.due_ms() {
            self.due.remove(&(at, id.clone()));
        }
        if let Some(at) = state.due_ms() {
            self.due.insert((at, id.clone()));
        }
        Some(std::mem::replace(&mut pending.state, state))
    }

    pub(crate) fn remove(&mut self, id: &EffectId) -> Option<Pending> {
        let pending = self.all.remove(id)?;
        if let Some(at) = pending.state.due_ms() {
            self.due.remove(&(at, id.clone()));
        }
        self.asked.retain(|other| other != id);
        Some(pending)
    }

    /// Ids in the order in which they were asked for.
    pub(crate) fn in_order(&self) -> impl Iterator<Item = (&EffectId, &Pending)> {
        self.asked.iter().filter_map(|id| self.all.get_key_value(id))
    }

    /// The next instant at which something is to be done.
    pub(crate) fn next_due(&self) -> Option<i64> {
        self.due.first().map(|(at, _)| *at)
    }

    /// The effects that are due, earliest first.
    pub(crate) fn due(&self, now_ms: i64) -> Vec<EffectId> {
        self.due.iter().take_while(|(at, _)| *at <= now_ms).map(|(_, id)| id.clone()).collect()
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (&EffectId, &Pending)> {
        self.all.iter()
    }

    pub(crate) fn any(&self, test: impl Fn(&Pending) -> bool) -> bool {
        self.all.values().any(test)
    }
}
