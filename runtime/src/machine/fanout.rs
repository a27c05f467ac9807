//! Blocks that run fibers of their own: `each`, `race`, `within`, `retry`.

use aeth_lang::ids::FunctionId;
use serde::{Deserialize, Serialize};

use super::fault::Fault;
use super::group::{Next, Scene, Start};
use crate::effect::{Effect, Outcome};
use crate::value::{ErrorKind, Value};

/// `each x in xs, at most n { … }`
#[derive(Debug)]
pub(crate) struct Each {
    /// Code of an item.
    pub function: FunctionId,
    /// Whether it takes the index.
    pub indexed: bool,
    /// The list.
    pub items: Value,
    /// What the code captured.
    pub captures: Vec<Value>,
    /// How many run at once.
    pub bound: usize,
    /// The next item to start.
    pub next: usize,
    /// Values by item.
    pub results: Vec<Value>,
}

impl Each {
    /// Starts the next item while fewer than the bound run.
    pub(crate) fn next(&mut self, scene: &mut Scene<'_>) -> Next {
        let Some(item) = self.items.child(self.next) else {
            if scene.live > 0 {
                return Next::Wait;
            }
            return Next::Finish(Value::list(std::mem::take(&mut self.results)));
        };
        if scene.live >= self.bound {
            return Next::Wait;
        }
        let index = self.next;
        let mut args = Vec::with_capacity(2 + self.captures.len());
        if self.indexed {
            args.push(Value::Int(index as i64));
        }
        args.push(item.clone());
        args.extend(self.captures.iter().cloned());
        self.next += 1;
        Next::Start(Start { index: index as u32, name: index.to_string(), function: self.function, args })
    }

    /// An item ended.
    pub(crate) fn ended(&mut self, index: u32, result: Result<Value, Box<Fault>>) -> Next {
        match result {
            Err(fault) => Next::Fail(fault),
            Ok(value) => {
                let at = index as usize;
                if self.results.len() <= at {
                    self.results.resize(at + 1, Value::Null);
                }
                self.results[at] = value;
                Next::Wait
            }
        }
    }
}

/// `race { a => e, b => e }`
#[derive(Debug)]
pub(crate) struct Race {
    /// Its arms.
    pub arms: Vec<Arm>,
    /// The next arm to start.
    pub next: usize,
    /// How the last arm that failed did.
    pub failed: Option<Box<Fault>>,
}

/// An arm of a race.
#[derive(Debug)]
pub(crate) struct Arm {
    /// Its name.
    pub name: String,
    /// Its code.
    pub function: FunctionId,
    /// What it captured.
    pub captures: Vec<Value>,
}

impl Race {
    /// Starts the next arm; fails when all have failed.
    pub(crate) fn next(&mut self, scene: &mut Scene<'_>) -> Next {
        if let Some(arm) = self.arms.get_mut(self.next) {
            let index = self.next as u32;
            self.next += 1;
            let args = std::mem::take(&mut arm.captures);
            return Next::Start(Start { index, name: arm.name.clone(), function: arm.function, args });
        }
        if scene.live > 0 {
            return Next::Wait;
        }
        Next::Fail(self.failed.take().unwrap_or_else(|| Fault::internal("a race without arms")))
    }

    /// An arm ended: the first success wins.
    pub(crate) fn ended(&mut self, result: Result<Value, Box<Fault>>) -> Next {
        match result {
            Ok(value) => Next::Finish(value),
            Err(fault) if !fault.catchable => Next::Fail(fault),
            Err(fault) => {
                self.failed = Some(fault);
                Next::Wait
            }
        }
    }
}

/// `within d { … }`
#[derive(Debug)]
pub(crate) struct Within {
    /// Its block.
    pub function: FunctionId,
    /// What it captured.
    pub captures: Vec<Value>,
    /// Its deadline.
    pub ms: i64,
    /// What has begun.
    pub begun: Begun,
}

/// How far a `within` is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Begun {
    /// Nothing.
    Nothing,
    /// Its block.
    Block,
    /// Its block and its timer.
    Timer,
}

impl Within {
    /// Starts the block, then the timer: a block that ends without waiting needs none.
    pub(crate) fn next(&mut self) -> Next {
        match self.begun {
            Begun::Nothing => {
                self.begun = Begun::Block;
                let args = std::mem::take(&mut self.captures);
                Next::Start(Start { index: 0, name: "body".into(), function: self.function, args })
            }
            Begun::Block => {
                self.begun = Begun::Timer;
                Next::Request("timer".into(), Effect::Sleep { ms: self.ms })
            }
            Begun::Timer => Next::Wait,
        }
    }
}

/// `retry n { … }`
#[derive(Debug)]
pub(crate) struct Retry {
    /// Its block.
    pub function: FunctionId,
    /// What it captured.
    pub captures: Vec<Value>,
    /// Kinds that are tried again, by number; `None`: all.
    pub on: Option<Vec<u16>>,
    /// Further attempts.
    pub count: i64,
    /// First and longest pause, in milliseconds.
    pub pause_ms: (i64, i64),
    /// Growth of pauses.
    pub rate: f64,
    /// Whether pauses are drawn at random.
    pub jitter: bool,
    /// The attempt that runs or ran last, from 0.
    pub attempt: u32,
    /// What comes next.
    pub step: RetryStep,
}

/// What a `retry` does next.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) enum RetryStep {
    /// Starts the attempt.
    Attempt,
    /// Draws its pause at random.
    Draw,
    /// Waits for some milliseconds.
    Pause(i64),
    /// Waits for an attempt, a draw or a pause.
    Wait,
}

impl Retry {
    /// Starts an attempt, or what comes before it.
    pub(crate) fn next(&mut self) -> Next {
        let attempt = self.attempt;
        match std::mem::replace(&mut self.step, RetryStep::Wait) {
            RetryStep::Attempt => Next::Start(Start {
                index: attempt,
                name: attempt.to_string(),
                function: self.function,
                args: self.captures.clone(),
            }),
            RetryStep::Draw => Next::Request(format!("{attempt}.draw"), Effect::Random),
            RetryStep::Pause(ms) => Next::Request(format!("{attempt}.pause"), Effect::Sleep { ms }),
            RetryStep::Wait => Next::Wait,
        }
    }

    /// An attempt ended.
    pub(crate) fn ended(&mut self, result: Result<Value, Box<Fault>>) -> Next {
        let fault = match result {
            Ok(value) => return Next::Finish(value),
            Err(fault) => fault,
        };
        let listed = |on: &Vec<u16>| on.contains(&fault.error.kind.index());
        let again = fault.catchable && self.on.as_ref().is_none_or(listed);
        if !again || i64::from(self.attempt) >= self.count {
            return Next::Fail(fault);
        }
        self.attempt += 1;
        self.step = if self.jitter { RetryStep::Draw } else { RetryStep::Pause(self.bound()) };
        Next::Wait
    }

    /// The longest pause before this attempt: grows by the rate from the first to the longest.
    fn bound(&self) -> i64 {
        let (first, longest) = self.pause_ms;
        let mut ms = first as f64;
        for _ in 1..self.attempt {
            ms *= self.rate;
            if ms >= longest as f64 {
                break;
            }
        }
        (ms as i64).clamp(0, longest.max(0))
    }

    /// The draw or pause is over.
    pub(crate) fn outcome(&mut self, outcome: &Outcome) {
        self.step = match outcome {
            Outcome::Value(Value::Float(part)) => RetryStep::Pause((self.bound() as f64 * part) as i64),
            _ => RetryStep::Attempt,
        };
    }
}

/// The number of items that may run at once.
///
/// # Errors
/// Kind Limit for less than one.
pub(crate) fn bound(value: &Value) -> Result<usize, Box<Fault>> {
    match value {
        Value::Null => Ok(16),
        Value::Int(n) if *n >= 1 => Ok(usize::try_from(*n).unwrap_or(usize::MAX)),
        Value::Int(n) => {
            Err(Fault::new(ErrorKind::Limit, format!("`at most {n}`: at least 1 must run at once")))
        }
        _ => Err(Fault::internal("`at most` is no Int")),
    }
}
