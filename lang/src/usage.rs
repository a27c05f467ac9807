//! What of the language a program uses: grammar rules, operators, library functions, effects.
//!
//! In: the sources of a program. Out: a set of names, as [`registered`] lists them all. The executable specification is
//! held against it: what no example uses, nobody has specified. Invariant: every name of [`used`] is one of
//! [`registered`], and only the program's own code counts, not that of the library beneath it.

use std::collections::BTreeSet;

use crate::check::program::{
    ArithOp, Body, CompareOp, Effect, EffectKind, Expr, ExprKind, Program, Tool, Via,
};
use crate::check::types::Type;
use crate::codegen::walk;
use crate::library::{self, Run, operators};
use crate::source::SourceMap;
use crate::span::Span;
use crate::syntax::grammar;

/// Every name there is: `rule …`, `operator …`, `function …`, `effect …`.
#[must_use]
pub fn registered() -> BTreeSet<String> {
    let rules = grammar::rules().into_iter().map(|rule| format!("rule {rule}"));
    let operators = operators::OPERATORS.iter().flat_map(|(_, all)| *all);
    let operators = operators.map(|one| format!("operator {}", operator_of(one.form)));
    let functions = library::entries().filter(|entry| entry.is_public());
    let functions = functions.map(|entry| format!("function {}", entry.signature));
    let effects = EFFECTS.iter().map(|effect| format!("effect {effect}"));
    rules.chain(operators).chain(functions).chain(effects).collect()
}

/// What a program uses. Of one with errors only the rules of the grammar are known.
#[must_use]
pub fn used(sources: &SourceMap) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for (file, source) in sources.iter() {
        names.extend(grammar::rules_of(file, source.text()).into_iter().map(|rule| format!("rule {rule}")));
    }
    if let Some(program) = crate::analyze(sources).program {
        let mut usage = Usage { program: &program, sources, names: &mut names };
        bodies(&program, &mut |value| walk::expressions(value, &mut |expr| usage.expr(expr)));
    }
    names
}

/// Every body that stands in the sources.
fn bodies<'p>(program: &'p Program, each: &mut dyn FnMut(&'p Expr)) {
    let own = |span: Span| span != Span::default();
    program.globals.iter().filter(|global| own(global.span)).for_each(|global| each(&global.body.value));
    program.functions.iter().filter(|one| own(one.span)).for_each(|one| each(&one.body.value));
    program.tools.iter().filter(|tool| own(tool.span)).for_each(|tool| tool_bodies(tool, each));
    let parts = program.models.iter().map(|model| &model.parts);
    for parts in parts.chain(program.prompts.iter().map(|prompt| &prompt.parts)) {
        parts.values.iter().for_each(|(_, value)| each(value));
    }
    for graph in &program.graphs {
        let key = graph.key.iter().map(|(_, body)| body);
        let lets = graph.lets.iter().map(|one| &one.body);
        let when = graph.tasks.iter().filter_map(|task| task.when.as_ref().map(|(_, body)| body));
        let tasks = graph.tasks.iter().map(|task| &task.body);
        key.chain(lets).chain(when).chain(tasks).for_each(|body: &Body| each(&body.value));
    }
    program.schedules.iter().for_each(|schedule| each(&schedule.args.value));
    program.tests.iter().for_each(|test| each(&test.body.value));
}

fn tool_bodies<'p>(tool: &'p Tool, each: &mut dyn FnMut(&'p Expr)) {
    if let Via::Exec { parts, .. } | Via::Http { parts } = &tool.via {
        parts.values.iter().for_each(|(_, value)| each(value));
    }
    let clauses = [&tool.timeout, &tool.lookup, &tool.confirm, &tool.undo];
    clauses.into_iter().flatten().for_each(|body| each(&body.value));
}

struct Usage<'u> {
    program: &'u Program,
    sources: &'u SourceMap,
    names: &'u mut BTreeSet<String>,
}

impl Usage<'_> {
    fn expr(&mut self, expr: &Expr) {
        self.library(expr);
        if let Some(operator) = self.operator(expr) {
            self.names.insert(format!("operator {operator}"));
        }
        if let ExprKind::Effect(effect) = &expr.kind {
            self.names.insert(format!("effect {}", effect_name(effect)));
        }
    }

    /// The library functions that an expression calls. Overloads are told apart by the type of the receiver.
    fn library(&mut self, expr: &Expr) {
        let (run, receiver) = match &expr.kind {
            ExprKind::Builtin { builtin, args } => (format!("{:?}", Run::Builtin(*builtin)), args.first()),
            ExprKind::Mutate { mutation, .. } => (format!("{:?}", Run::Mutation(*mutation)), None),
            ExprKind::Call { function, args } => {
                let function = &self.program.functions[function.index()];
                if function.span != Span::default() {
                    return;
                }
                (format!("Written({:?})", function.name), args.first())
            }
            _ => return,
        };
        if self.operator(expr).is_some() {
            return;
        }
        for known in library::known().filter(|known| format!("{:?}", known.run) == run) {
            let fits = match (&known.receiver, receiver) {
                (Some(wanted), Some(given)) => head(wanted) == head(&given.ty) || head(wanted) == "T",
                _ => true,
            };
            if fits {
                self.names.insert(format!("function {}", known.signature));
            }
        }
    }

    /// The operator that an expression applies, with the heads of the types it applies it to.
    fn operator(&self, expr: &Expr) -> Option<String> {
        let two = |left: &Expr, sign: &str, right: &Expr| {
            Some(format!("{} {sign} {}", head(&left.ty), head(&right.ty)))
        };
        match &expr.kind {
            ExprKind::Arith { op, left, right } => two(left, arithmetic(*op), right),
            ExprKind::Compare { op: CompareOp::Eq | CompareOp::Ne, .. } => Some("T == T".to_owned()),
            ExprKind::Compare { left, right, .. } => two(left, "<", right),
            ExprKind::And(left, right) => two(left, "&&", right),
            ExprKind::Or(left, right) => two(left, "||", right),
            ExprKind::Not(_) => Some("!Bool".to_owned()),
            ExprKind::Negate(value) => Some(format!("-{}", head(&value.ty))),
            ExprKind::Range { .. } | ExprKind::ForRange { .. } => Some("Int..Int".to_owned()),
            ExprKind::Coalesce { .. } => Some("T? ?? T".to_owned()),
            ExprKind::Safe { .. } => Some("T?.member".to_owned()),
            ExprKind::JsonField { .. } => Some("Json.name".to_owned()),
            ExprKind::Cast { .. } => Some("value as T".to_owned()),
            ExprKind::Index { base, index } => Some(match &base.ty {
                Type::Map(_) => "Map[K]".to_owned(),
                ty => format!("{}[{}]", head(ty), head(&index.ty)),
            }),
            // What `in` and `|>` become is a call; the text between its operands tells.
            ExprKind::Builtin { args, .. } if args.len() == 2 => {
                let (list, item) = (&args[0], &args[1]);
                (self.between(item.span, list.span).trim() == "in").then(|| match head(&list.ty) {
                    "List" => "T in List".to_owned(),
                    "Map" => "K in Map".to_owned(),
                    other => format!("{} in {other}", head(&item.ty)),
                })
            }
            _ => None,
        }
        .or_else(|| {
            let first = match &expr.kind {
                ExprKind::Call { args, .. } | ExprKind::Builtin { args, .. } => args.first(),
                _ => None,
            }?;
            let after = Span { start: first.span.end, ..expr.span };
            let piped = self.sources.text(after).trim_start().starts_with("|>");
            piped.then(|| "x |> f".to_owned())
        })
    }

    /// The text between two places.
    fn between(&self, left: Span, right: Span) -> &str {
        self.sources.text(Span { start: left.end, end: right.start, ..left })
    }
}

fn arithmetic(op: ArithOp) -> &'static str {
    match op {
        ArithOp::Add => "+",
        ArithOp::Sub => "-",
        ArithOp::Mul => "*",
        ArithOp::Div => "/",
        ArithOp::Rem => "%",
    }
}

/// The name of an operator of the registry: its form without result and type arguments.
fn operator_of(form: &str) -> String {
    let form = form.split(" -> ").next().unwrap_or_default();
    form.replace("<T>", "").replace("<K, V>", "").replace("(y)", "")
}

/// A type without its arguments.
fn head(ty: &Type) -> &'static str {
    match ty {
        Type::Null => "Null",
        Type::Bool => "Bool",
        Type::Int => "Int",
        Type::Float => "Float",
        Type::Decimal => "Decimal",
        Type::String => "String",
        Type::Bytes => "Bytes",
        Type::Duration => "Duration",
        Type::Timestamp => "Timestamp",
        Type::Json => "Json",
        Type::List(_) => "List",
        Type::Map(_) => "Map",
        Type::Tuple(_) => "(A, B)",
        Type::Enum(library::prelude::ERROR_KIND, _) => "ErrorKind",
        Type::Param(_) => "T",
        _ => "",
    }
}

macro_rules! effects {
    ($($pattern:pat => $name:literal,)+) => {
        /// Every effect, as a program writes it.
        pub const EFFECTS: &[&str] = &[$($name),+];

        fn effect_name(effect: &Effect) -> &'static str {
            match &effect.kind { $($pattern => $name,)+ }
        }
    };
}

effects! {
    EffectKind::Tool { .. } => "tool(args)",
    EffectKind::Prompt { .. } => "prompt(args)",
    EffectKind::Flow { .. } => "flow_name(args)",
    EffectKind::RunAgent { .. } => "run agent(args)",
    EffectKind::StartAgent { .. } => "start agent(args)",
    EffectKind::AwaitJob { .. } => "await job",
    EffectKind::Await { ask: Some(_), .. } => "await sig ask",
    EffectKind::Await { within: Some(_), .. } => "await sig within",
    EffectKind::Await { .. } => "await sig",
    EffectKind::Send { .. } => "send(job, sig, value)",
    EffectKind::Cancel { .. } => "cancel(job)",
    EffectKind::JobId => "job.id",
    EffectKind::Sleep(_) => "sleep(d)",
    EffectKind::SleepUntil(_) => "sleep_until(t)",
    EffectKind::Now => "now()",
    EffectKind::Random => "random()",
    EffectKind::RandomInt(..) => "random_int(a, b)",
    EffectKind::Uuid => "uuid()",
    EffectKind::Env { optional: false, .. } => "env.NAME",
    EffectKind::Env { optional: true, .. } => "env.NAME ??",
    EffectKind::Memory { .. } => "mem.get(k)",
    EffectKind::Note { data: None, .. } => "note(text)",
    EffectKind::Note { .. } => "note(text, data)",
    EffectKind::Plan { .. } => "plan",
    EffectKind::RunPlan(_) => "run some_plan",
    EffectKind::Each { indexed: false, at_most: None, .. } => "each",
    EffectKind::Each { at_most: Some(_), .. } => "each, at most n",
    EffectKind::Each { indexed: true, .. } => "each i, x",
    EffectKind::Race { .. } => "race",
    EffectKind::Within { .. } => "within",
    EffectKind::Retry { .. } => "retry",
    EffectKind::Saga(_) => "saga",
    EffectKind::Given { .. } => "given",
    EffectKind::Deliver { .. } => "signal, answer",
    EffectKind::Expect { .. } => "expect",
    EffectKind::ExpectFails { .. } => "expect fails",
    EffectKind::Calls(_) => "calls(tool)",
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_used_is_registered_and_told_apart() {
        let text = "agent main(xs: List<Int>) -> Int {\n  if 2 in xs || [1].contains(1) { note(\"x\") }\n  xs.len() |> math.abs()\n}\n";
        let used = used(&SourceMap::single("main.aeth", text));
        let names: Vec<&str> =
            used.iter().map(String::as_str).filter(|name| !name.starts_with("rule ")).collect();
        let expected = [
            "effect note(text)",
            "function List<T>.contains(item: T) -> Bool",
            "function List<T>.len() -> Int",
            "operator Bool || Bool",
            "operator T in List",
            "operator x |> f",
        ];
        let known = registered();
        let unknown: Vec<&String> = used.difference(&known).collect();
        assert!(unknown.is_empty(), "{unknown:?}");
        assert!(expected.iter().all(|name| names.contains(name)), "{names:#?}");
        assert!(!names.contains(&"operator Int < Int"), "{names:?}");
    }
}
