//! Effects: a site with its arguments in a window, and what the code does with the outcome.

use crate::bytecode::module::Site;
use crate::bytecode::{Instr, Reg};
use crate::check::program::{Closure, Effect, EffectKind, Expr, Retry};
use crate::check::types::Type;
use crate::ids::SignalId;

use super::function::Builder;

impl<'p> Builder<'_, 'p> {
    /// Asks for an effect and leaves its outcome in `d`.
    pub(super) fn effect(&mut self, effect: &'p Effect, d: Reg) {
        let first = self.peek();
        let site = match &effect.kind {
            EffectKind::Tool { tool, args } => {
                self.window(args);
                Site::Tool(self.generator.tool_id(*tool))
            }
            EffectKind::Flow { graph, args } => {
                self.window(args);
                Site::Flow(self.generator.graph_id(*graph))
            }
            EffectKind::RunAgent { graph, args } => {
                self.window(args);
                Site::RunAgent(self.generator.graph_id(*graph))
            }
            EffectKind::StartAgent { graph, args } => {
                self.window(args);
                Site::StartAgent(self.generator.graph_id(*graph))
            }
            EffectKind::Prompt { prompt, args } => {
                self.window(args);
                Site::Prompt(self.generator.prompt_id(*prompt))
            }
            EffectKind::Plan { goal, using, by, result, unattended } => {
                self.fresh(goal);
                self.optional(by.as_ref());
                let mut using: Vec<_> = using.iter().map(|&one| self.generator.callable(one)).collect();
                using.sort_unstable();
                using.dedup();
                let result = self.generator.shape(result);
                Site::Plan { using, result, host: by.is_none(), unattended: *unattended }
            }
            EffectKind::RunPlan(plan) => {
                self.fresh(plan);
                Site::RunPlan
            }
            EffectKind::Memory { memory, op, args } => {
                self.window(args);
                Site::Memory { memory: self.generator.memory_id(*memory), op: *op }
            }
            EffectKind::Given { .. }
            | EffectKind::Deliver { .. }
            | EffectKind::Expect { .. }
            | EffectKind::ExpectFails { .. }
            | EffectKind::Calls(_) => {
                return self.generator.defect(effect.span, "a step of a test outside of a test");
            }
            EffectKind::Await { signal, ask, show, to, within, otherwise } => {
                self.optional(ask.as_ref());
                self.optional_json(show.as_ref());
                self.optional(to.as_ref());
                self.optional(within.as_ref());
                let signal = self.generator.signal_id(*signal);
                let site = Site::Await { signal, ask: ask.is_some(), within: within.is_some() };
                return self.waited(site, effect, within.is_some(), otherwise.as_ref(), d, first);
            }
            EffectKind::AwaitJob { job, within, otherwise } => {
                self.fresh(job);
                self.optional(within.as_ref());
                let site = Site::AwaitJob { within: within.is_some() };
                return self.waited(site, effect, within.is_some(), otherwise.as_ref(), d, first);
            }
            EffectKind::Within { limit, body, otherwise } => {
                self.fresh(limit);
                let body = self.started(String::new(), body);
                return self.waited(Site::Within(body), effect, true, otherwise.as_ref(), d, first);
            }
            EffectKind::Send { job, signal, value } => self.send(job, *signal, value),
            EffectKind::Cancel { job } => {
                self.fresh(job);
                Site::Cancel
            }
            EffectKind::Sleep(duration) => {
                self.fresh(duration);
                Site::Sleep
            }
            EffectKind::SleepUntil(instant) => {
                self.fresh(instant);
                Site::SleepUntil
            }
            EffectKind::Now => Site::Now,
            EffectKind::Random => Site::Random,
            EffectKind::RandomInt(low, high) => {
                self.window([low, high]);
                Site::RandomInt
            }
            EffectKind::Uuid => Site::Uuid,
            EffectKind::Note { text, data } => {
                self.fresh(text);
                self.optional_json(data.as_ref());
                Site::Note
            }
            EffectKind::Env { name, optional } => Site::Env { name: name.clone(), optional: *optional },
            EffectKind::JobId => Site::JobId,
            EffectKind::Each { list, at_most, indexed, item } => {
                self.fresh(list);
                self.optional(at_most.as_ref());
                Site::Each { item: self.started(String::new(), item), indexed: *indexed }
            }
            EffectKind::Race { arms } => {
                let arms = arms.iter().map(|(name, arm)| (name.clone(), self.started(name.clone(), arm)));
                Site::Race(arms.collect())
            }
            EffectKind::Retry { policy, body } => self.retry(policy, body),
            EffectKind::Saga(body) => return self.saga(body, d),
        };
        self.asm.span = effect.span;
        self.site(site, d, first);
    }

    /// Adds a site and asks there.
    pub(super) fn site(&mut self, site: Site, d: Reg, first: Reg) {
        if self.asm.is_reachable() {
            let site = self.generator.site(site, self.asm.span);
            self.asm.emit(Instr::Effect { d, site, first });
        }
    }

    /// A wait: its outcome is `(true, value)`, or `(false, null)` past the deadline.
    fn waited(
        &mut self,
        site: Site,
        effect: &'p Effect,
        within: bool,
        otherwise: Option<&'p Expr>,
        d: Reg,
        first: Reg,
    ) {
        let outer = std::mem::replace(&mut self.asm.span, effect.span);
        self.site(site, d, first);
        if !within {
            self.asm.emit(Instr::TupleField { d, a: d, n: 1 });
            self.asm.span = outer;
            return;
        }
        let (late, end) = (self.asm.label(), self.asm.label());
        let in_time = self.alloc();
        self.asm.emit(Instr::TupleField { d: in_time, a: d, n: 0 });
        self.asm.branch(Instr::JumpUnless { a: in_time, to: 0 }, late);
        self.asm.emit(Instr::TupleField { d, a: d, n: 1 });
        self.asm.span = outer;
        self.jump(end);
        self.asm.bind(late);
        match otherwise {
            Some(otherwise) => self.value(otherwise, d),
            None => self.null(Some(d)),
        }
        self.asm.bind(end);
    }

    fn send(&mut self, job: &'p Expr, signal: SignalId, value: &'p Expr) -> Site {
        self.window([job, value]);
        Site::Send(self.generator.signal_id(signal))
    }

    fn retry(&mut self, policy: &'p Retry, body: &'p Closure) -> Site {
        self.fresh(&policy.count);
        let (least, most) =
            policy.backoff.as_ref().map_or((None, None), |(least, most)| (Some(least), Some(most)));
        self.optional(least);
        self.optional(most);
        self.optional(policy.rate.as_ref());
        let body = self.started(String::new(), body);
        Site::Retry { body, on: policy.on.clone(), jitter: policy.jitter }
    }

    /// The body in a scope of its own. A fault that passes undoes what the scope did, then goes on.
    fn saga(&mut self, body: &'p Expr, d: Reg) {
        let (failed, end) = (self.asm.label(), self.asm.label());
        let ignored = self.alloc();
        self.site(Site::SagaBegin, ignored, ignored);
        self.sagas += 1;
        let start = self.asm.here();
        self.value(body, d);
        self.sagas -= 1;
        self.asm.guard(start, failed, ignored);
        let result = self.alloc();
        self.site(Site::SagaEnd, result, result);
        self.jump(end);
        self.asm.bind(failed);
        self.site(Site::SagaUndo, result, result);
        self.asm.emit(Instr::Fail { s: ignored });
        self.asm.bind(end);
    }

    /// The function of a fiber's body; its captures are added to the window.
    fn started(&mut self, name: String, closure: &'p Closure) -> crate::ids::FunctionId {
        let id = self.closure_function(name, closure);
        self.captures(closure);
        crate::ids::FunctionId(id)
    }

    /// The next register of the window: a value, or null where none is given.
    fn optional(&mut self, value: Option<&'p Expr>) {
        match value {
            Some(value) => {
                self.fresh(value);
            }
            None => {
                let d = self.alloc();
                self.asm.emit(Instr::Null { d });
            }
        }
    }

    /// As `optional`, with the value as Json.
    fn optional_json(&mut self, value: Option<&'p Expr>) {
        let d = self.peek();
        self.optional(value);
        if value.is_some_and(|value| value.ty != Type::Json) {
            self.asm.emit(Instr::ToJson { d, a: d });
        }
    }
}
