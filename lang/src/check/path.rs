//! Which way leads to an effect that stands in a pure place: from whoever calls the function, through functions and
//! flows, to the effect itself.

use std::collections::VecDeque;

use rustc_hash::FxHashMap;

use super::Checker;
use super::colour::Colour;
use super::program::{Callable, EffectKind, ExprKind};
use crate::codegen::walk;
use crate::ids::{FunctionId, GraphId};
use crate::span::Span;

/// A use of a declared function.
pub(super) struct FnUse {
    callee: FunctionId,
    caller: Caller,
    span: Span,
}

/// Who uses a function.
#[derive(Clone)]
enum Caller {
    Fn(FunctionId),
    /// Anything else: as a sentence names it.
    Place(String),
}

/// An effect that was refused in a pure place.
pub(super) struct Refused {
    /// The error about it, by its place among the diagnostics.
    diagnostic: usize,
    function: Option<FunctionId>,
    effect: String,
    flow: Option<GraphId>,
}

/// Longest way that is written out.
const STEPS: usize = 12;

impl Checker<'_> {
    /// Takes note of a use of a function by the body at hand.
    pub(super) fn note_use(&mut self, callee: FunctionId, span: Span) {
        if self.silent || self.in_library {
            return;
        }
        let caller = match (self.owner, self.frames.first().map(|frame| &frame.colour)) {
            (Some(function), _) => Caller::Fn(function),
            (None, Some(Colour::Pure(place, _))) => Caller::Place(place.clone()),
            (None, _) => Caller::Place(self.place.clone()),
        };
        self.uses.push(FnUse { callee, caller, span });
    }

    /// Takes note of an effect that was just refused.
    pub(super) fn note_refused(&mut self, kind: &EffectKind) {
        if self.silent {
            return;
        }
        let flow = if let EffectKind::Flow { graph, .. } = kind { Some(*graph) } else { None };
        let (diagnostic, effect) = (self.diagnostics.len() - 1, self.effect_name(kind));
        self.refused.push(Refused { diagnostic, function: self.owner, effect, flow });
    }

    /// Adds to each refused effect the way that leads to it, if that has more than one step.
    pub(super) fn explain_refused(&mut self) {
        let mut callers: FxHashMap<FunctionId, Vec<usize>> = FxHashMap::default();
        for (at, one) in self.uses.iter().enumerate() {
            callers.entry(one.callee).or_default().push(at);
        }
        for refused in std::mem::take(&mut self.refused) {
            let mut steps = Vec::new();
            let mut places = Vec::new();
            if let Some(function) = refused.function {
                for &at in &self.way_to(function, &callers) {
                    let one = &self.uses[at];
                    let caller = match &one.caller {
                        Caller::Fn(id) => format!("`{}`", self.functions[id.index()].name),
                        Caller::Place(place) => place.clone(),
                    };
                    places.push((
                        one.span,
                        format!("{caller} uses `{}`", self.functions[one.callee.index()].name),
                    ));
                    steps.push(caller);
                }
                steps.push(format!("`{}`", self.functions[function.index()].name));
            }
            steps.push(format!("`{}`", refused.effect));
            steps.extend(refused.flow.map(|flow| self.way_from(flow)).unwrap_or_default());
            if steps.len() > 2 {
                steps.truncate(STEPS);
                let diagnostic = &mut self.diagnostics[refused.diagnostic];
                diagnostic.message = format!("{}; the way to it: {}", diagnostic.message, steps.join(" → "));
                for (span, text) in places.into_iter().take(4) {
                    diagnostic.labels.push(crate::diagnostic::Label { span, text });
                }
            }
        }
    }

    /// The shortest chain of uses from something that is no function to this one, outermost first; if there is none,
    /// one from a function that nobody uses.
    fn way_to(&self, function: FunctionId, callers: &FxHashMap<FunctionId, Vec<usize>>) -> Vec<usize> {
        let mut came: FxHashMap<FunctionId, Option<usize>> = FxHashMap::default();
        came.insert(function, None);
        let mut rest = VecDeque::from([function]);
        let mut last = function;
        let mut first_use = None;
        'search: while let Some(at) = rest.pop_front() {
            last = at;
            for &one in callers.get(&at).into_iter().flatten() {
                match &self.uses[one].caller {
                    Caller::Place(_) => {
                        first_use = Some(one);
                        break 'search;
                    }
                    Caller::Fn(caller) => {
                        if !came.contains_key(caller) {
                            came.insert(*caller, Some(one));
                            rest.push_back(*caller);
                        }
                    }
                }
            }
        }
        let mut way: Vec<usize> = first_use.into_iter().collect();
        while let Some(&Some(one)) = came.get(&last) {
            way.push(one);
            last = self.uses[one].callee;
        }
        way
    }

    /// The way from a flow to the first effect that it comes to itself.
    fn way_from(&self, flow: GraphId) -> Vec<String> {
        let mut seen = vec![flow];
        let mut steps = Vec::new();
        let mut at = flow;
        loop {
            let (mut inner, mut found) = (None, None);
            for task in &self.program.graphs[at.index()].tasks {
                walk::expressions(&task.body.value, &mut |expr| {
                    let ExprKind::Effect(effect) = &expr.kind else { return };
                    match &effect.kind {
                        EffectKind::Flow { graph, .. } if !seen.contains(graph) => {
                            inner.get_or_insert(*graph);
                        }
                        EffectKind::Flow { .. } | EffectKind::Env { .. } | EffectKind::JobId => {}
                        kind => {
                            found.get_or_insert_with(|| self.effect_name(kind));
                        }
                    }
                });
            }
            if let Some(found) = found {
                steps.push(format!("`{found}`"));
                return steps;
            }
            let Some(next) = inner else { return steps };
            steps.push(format!("`{}`", self.program.graphs[next.index()].name));
            seen.push(next);
            at = next;
        }
    }

    /// An effect in a word or two, as a program writes it.
    fn effect_name(&self, kind: &EffectKind) -> String {
        let program = &self.program;
        let word = match kind {
            EffectKind::Tool { tool, .. } | EffectKind::Calls(Callable::Tool(tool)) => {
                &program.tools[tool.index()].name
            }
            EffectKind::Prompt { prompt, .. } | EffectKind::Calls(Callable::Prompt(prompt)) => {
                &program.prompts[prompt.index()].name
            }
            EffectKind::Flow { graph, .. } => &program.graphs[graph.index()].name,
            EffectKind::RunAgent { graph, .. } => {
                return format!("run {}", program.graphs[graph.index()].name);
            }
            EffectKind::StartAgent { graph, .. } => {
                return format!("start {}", program.graphs[graph.index()].name);
            }
            EffectKind::Await { signal, .. } => {
                return format!("await {}", program.signals[signal.index()].name);
            }
            EffectKind::Memory { memory, .. } => &program.memories[memory.index()].name,
            EffectKind::Env { name, .. } => return format!("env.{name}"),
            EffectKind::Plan { .. } => "plan",
            EffectKind::RunPlan(_) => "run",
            EffectKind::AwaitJob { .. } => "await",
            EffectKind::Send { .. } => "send",
            EffectKind::Cancel { .. } => "cancel",
            EffectKind::Sleep(_) => "sleep",
            EffectKind::SleepUntil(_) => "sleep_until",
            EffectKind::Now => "now",
            EffectKind::Random => "random",
            EffectKind::RandomInt(..) => "random_int",
            EffectKind::Uuid => "uuid",
            EffectKind::Note { .. } => "note",
            EffectKind::JobId => "job.id",
            EffectKind::Each { .. } => "each",
            EffectKind::Race { .. } => "race",
            EffectKind::Within { .. } => "within",
            EffectKind::Retry { .. } => "retry",
            EffectKind::Saga(_) => "saga",
            EffectKind::Given { .. } => "given",
            EffectKind::Deliver { .. } => "signal",
            EffectKind::Expect { .. } | EffectKind::ExpectFails { .. } => "expect",
        };
        word.to_owned()
    }
}
