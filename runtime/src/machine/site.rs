//! Sites: turns an `Effect` instruction into a request, a group of fibers, or an answer on the spot.

use std::collections::BTreeMap;
use std::sync::Arc;

use aeth_lang::bytecode::module::Site;
use aeth_lang::ids::SiteId;

use super::fanout::{Arm, Begun, Each, Race, Retry, RetryStep, Within, bound};
use super::fault::{Fault, Run};
use super::fiber::Fiber;
use super::graph::{Graph, too_large};
use super::group::{Group, Kind};
use super::program::Program;
use super::{Context, FiberId};
use crate::effect::{Effect, EffectId, Question};
use crate::limits::{FIBER_DEPTH, JSON_DEPTH};
use crate::value::{ErrorKind, Value, measure};

/// What a site comes to.
pub(crate) enum Asked {
    /// A value at once.
    Answer(Value),
    /// A request; whether its value tells a signal from a deadline.
    Request {
        /// Its name.
        id: EffectId,
        /// What is asked.
        effect: Effect,
        /// Whether the value is a tuple.
        awaited: bool,
    },
    /// Fibers of its own.
    Group(Box<Group>),
}

/// What a site that needs no waiting comes to; `None` for others.
pub(crate) fn answer(site: &Site, context: &Context) -> Option<Run<Value>> {
    match site {
        Site::JobId => Some(Ok(Value::text(context.job.as_str()))),
        Site::Env { name, optional } => Some(match context.env.get(name) {
            Some(text) => Ok(Value::text(text.as_str())),
            None if *optional => Ok(Value::Null),
            None => {
                Err(Fault::new(ErrorKind::NotFound, format!("the environment variable {name} is not set")))
            }
        }),
        _ => None,
    }
}

/// Takes the arguments of a site and says what it comes to.
pub(crate) fn ask(
    site: SiteId,
    first: u16,
    id: FiberId,
    fiber: &mut Fiber,
    program: &Program,
    context: &Context,
) -> Run<Asked> {
    let module = &program.module;
    let site = module.sites.get(site.index()).ok_or_else(malformed)?;
    if let Some(answer) = answer(site, context) {
        return answer.map(Asked::Answer);
    }
    let count = site.arguments(module).ok_or_else(malformed)?;
    let mut args = fiber.take(first, count as usize);
    for arg in &args {
        if effect(site) {
            let checked = measure::payload(arg, context.limits.payload, JSON_DEPTH);
            checked
                .map_err(|excess| too_large(excess, context.limits.payload, "an argument of an effect"))?;
        }
    }
    let request = |fiber: &mut Fiber, effect: Effect| {
        let number = fiber.number();
        let id = EffectId(format!("{}/{number}", fiber.path).into());
        Ok(Asked::Request { id, effect, awaited: matches!(site, Site::Await { .. }) })
    };
    let group = |fiber: &mut Fiber, kind: Kind| {
        if fiber.depth >= FIBER_DEPTH {
            return Err(Fault::limit(
                "depth",
                u64::from(FIBER_DEPTH),
                "flow calls, items and arms nest too deep",
            ));
        }
        let number = fiber.number();
        let path: Arc<str> = format!("{}/{number}", fiber.path).into();
        let (parent, depth) = (Some(id), fiber.depth + 1);
        Ok(Asked::Group(Box::new(Group { path, parent, depth, live: BTreeMap::new(), request: None, kind })))
    };
    match site {
        Site::Tool(tool) => request(fiber, Effect::Tool { tool: *tool, args }),
        Site::Await { signal, ask, .. } => {
            let effect = wait(*signal, *ask, &args)?;
            request(fiber, effect)
        }
        Site::Sleep => request(fiber, Effect::Sleep { ms: duration(&args[0])?.max(0) }),
        Site::SleepUntil => match args[0] {
            Value::Timestamp(at_ms) => request(fiber, Effect::SleepUntil { at_ms }),
            _ => Err(malformed()),
        },
        Site::Now => request(fiber, Effect::Now),
        Site::Random => request(fiber, Effect::Random),
        Site::Uuid => request(fiber, Effect::Uuid),
        Site::RandomInt => match (&args[0], &args[1]) {
            (Value::Int(low), Value::Int(high)) if low > high => {
                let message = format!("random_int({low}, {high}): the lowest is above the highest");
                Err(Fault::new(ErrorKind::Limit, message))
            }
            (Value::Int(low), Value::Int(high)) => {
                request(fiber, Effect::RandomInt { low: *low, high: *high })
            }
            _ => Err(malformed()),
        },
        Site::Note => {
            let text = args[0].as_text().ok_or_else(malformed)?.to_owned();
            let data = Some(args.remove(1)).filter(|data| !matches!(data, Value::Null));
            request(fiber, Effect::Note { text, data })
        }
        Site::Flow(graph) => {
            let tasks = module.graphs.get(graph.index()).ok_or_else(malformed)?.tasks.len();
            group(fiber, Kind::Graph(Graph::new(*graph, args, tasks)))
        }
        Site::Each { item, indexed } => {
            let captures = args.split_off(2);
            let bound = bound(&args[1])?;
            let items = std::mem::take(&mut args[0]);
            if !matches!(items, Value::List(_)) {
                return Err(malformed());
            }
            let (function, indexed) = (*item, *indexed);
            let results = Vec::new();
            group(fiber, Kind::Each(Each { function, indexed, items, captures, bound, next: 0, results }))
        }
        Site::Race(arms) => {
            let mut captures = args.into_iter();
            let arms = arms.iter().map(|(name, function)| {
                let count = module.functions.get(function.index()).map_or(0, |f| f.captures as usize);
                Arm {
                    name: name.clone(),
                    function: *function,
                    captures: captures.by_ref().take(count).collect(),
                }
            });
            let arms = arms.collect();
            group(fiber, Kind::Race(Race { arms, next: 0, failed: None }))
        }
        Site::Within(function) => {
            let captures = args.split_off(1);
            let ms = duration(&args[0])?.max(0);
            group(fiber, Kind::Within(Within { function: *function, captures, ms, begun: Begun::Nothing }))
        }
        Site::Retry { body, on, jitter } => {
            let captures = args.split_off(4);
            let retry = Retry {
                function: *body,
                captures,
                on: on.clone(),
                count: count_of(&args[0])?,
                pause_ms: (optional(&args[1], 500)?, optional(&args[2], 30_000)?),
                rate: if let Value::Float(rate) = args[3] { rate } else { 2.0 },
                jitter: *jitter,
                attempt: 0,
                step: RetryStep::Attempt,
            };
            group(fiber, Kind::Retry(retry))
        }
        Site::RunAgent(_) | Site::StartAgent(_) | Site::AwaitJob { .. } | Site::Send(_) | Site::Cancel => {
            Err(unsupported("other jobs (`run`, `start`, `send`, `cancel`) are"))
        }
        Site::Prompt(_) => Err(unsupported("a prompt is")),
        Site::Plan { .. } | Site::RunPlan => Err(unsupported("plans are")),
        Site::Memory { .. } => Err(unsupported("memories are")),
        Site::SagaBegin | Site::SagaEnd | Site::SagaUndo => Err(unsupported("`saga` is")),
        Site::Env { .. } | Site::JobId => Err(malformed()),
    }
}

/// Whether the arguments of a site leave the machine.
fn effect(site: &Site) -> bool {
    matches!(site, Site::Tool(_) | Site::Await { .. } | Site::Note | Site::Send(_) | Site::RunAgent(_))
}

fn wait(signal: aeth_lang::ids::SignalId, ask: bool, args: &[Value]) -> Run<Effect> {
    let [question, show, to, within] = args else { return Err(malformed()) };
    let given = |value: &Value| Some(value.clone()).filter(|value| !matches!(value, Value::Null));
    let ask = if ask {
        let text = question.as_text().ok_or_else(malformed)?.to_owned();
        Some(Question { text, show: given(show), to: to.as_text().map(str::to_owned) })
    } else {
        None
    };
    let within_ms = given(within).map(|within| duration(&within)).transpose()?.map(|ms| ms.max(0));
    Ok(Effect::Await { signal, ask, within_ms })
}

fn duration(value: &Value) -> Run<i64> {
    if let Value::Duration(ms) = value { Ok(*ms) } else { Err(malformed()) }
}

fn optional(value: &Value, default: i64) -> Run<i64> {
    if let Value::Null = value { Ok(default) } else { duration(value) }
}

fn count_of(value: &Value) -> Run<i64> {
    match value {
        Value::Int(n) if *n >= 0 => Ok(*n),
        Value::Int(n) => {
            Err(Fault::new(ErrorKind::Limit, format!("`retry {n}`: the count must not be negative")))
        }
        _ => Err(malformed()),
    }
}

fn unsupported(what: &str) -> Box<Fault> {
    Fault::new(ErrorKind::Failed, format!("{what} not supported by this runtime"))
}

fn malformed() -> Box<Fault> {
    Fault::internal("a site with arguments of other types")
}
