//! A listing of a module for people: declarations, then every function with the source lines it comes from.

use std::fmt::Write;

use super::hash::hash;
use super::instr::Instr;
use super::module::{Class, Constant, Debug, FieldType, Graph, Input, Module, Site, Tool, Via};
use crate::ids::{FunctionId, ShapeId};
use crate::source::Source;
use crate::span::Span;

mod agents;
mod shapes;

/// The listing of a module; with source lines where the debug table is at hand.
#[must_use]
pub fn listing(module: &Module, debug: Option<&Debug>) -> String {
    let mut out = format!("program {}\n", hash(module));
    let listing = Listing { module, debug, sources: sources(debug) };
    for graph in &module.graphs {
        listing.graph(&mut out, graph);
    }
    for tool in &module.tools {
        listing.tool(&mut out, tool);
    }
    for signal in &module.signals {
        let _ = write!(out, "\nsignal {}: {}\n", signal.name, listing.shape(signal.shape));
    }
    listing.agents(&mut out);
    for (n, &function) in module.globals.iter().enumerate() {
        let _ = write!(out, "\nglobal {n} = {}\n", listing.function_name(function));
    }
    for n in 0..module.functions.len() {
        listing.function(&mut out, FunctionId::of(n));
    }
    out
}

struct Listing<'a> {
    module: &'a Module,
    debug: Option<&'a Debug>,
    sources: Vec<Source>,
}

fn sources(debug: Option<&Debug>) -> Vec<Source> {
    debug.map_or_else(Vec::new, |debug| {
        debug
            .files
            .iter()
            .zip(&debug.sources)
            .map(|(name, text)| Source::new(name.clone(), text.clone()))
            .collect()
    })
}

impl Listing<'_> {
    fn graph(&self, out: &mut String, graph: &Graph) {
        let kind = if graph.agent { "agent" } else { "flow" };
        let (params, result) = (self.params(&graph.params), self.shape(graph.result));
        let _ = writeln!(out, "\n{kind} {}({params}) -> {result}", graph.name);
        for (name, required) in &graph.env {
            let _ = writeln!(out, "  env {name}{}", if *required { "" } else { " (optional)" });
        }
        for name in &graph.secrets {
            let _ = writeln!(out, "  secret {name}");
        }
        for tool in &graph.tools {
            let _ = writeln!(out, "  uses {}", self.module.tools[tool.index()].name);
        }
        for model in &graph.models {
            let _ = writeln!(out, "  asks {}", self.module.models[model.index()].name);
        }
        if let Some(budget) = &graph.budget {
            let _ = writeln!(out, "  budget {}", agents::budget(budget));
        }
        if let Some((key, inputs)) = &graph.key {
            let _ = writeln!(out, "  key {}", self.call(graph, *key, inputs));
        }
        for task in &graph.tasks {
            let _ = write!(out, "  task {} = {}", task.name, self.call(graph, task.body, &task.inputs));
            if !task.after.is_empty() {
                let after: Vec<_> =
                    task.after.iter().map(|on| graph.tasks[on.index()].name.as_str()).collect();
                let _ = write!(out, " after {}", after.join(", "));
            }
            if let Some((when, inputs)) = &task.when {
                let _ = write!(out, " when {}", self.call(graph, *when, inputs));
            }
            out.push('\n');
        }
    }

    fn call(&self, graph: &Graph, function: FunctionId, inputs: &[Input]) -> String {
        let inputs: Vec<_> = inputs
            .iter()
            .map(|input| match input {
                Input::Param(n) => graph.params[usize::from(*n)].name.as_str(),
                Input::Task(task) => graph.tasks[task.index()].name.as_str(),
            })
            .collect();
        format!("f{}({})", function.0, inputs.join(", "))
    }

    fn tool(&self, out: &mut String, tool: &Tool) {
        let (params, result) = (self.params(&tool.params), self.shape(tool.result));
        let _ = writeln!(out, "\ntool {}({params}) -> {result}", tool.name);
        let via = match &tool.via {
            Via::Exec { request, .. } => format!("exec f{}", request.0),
            Via::Http { request, url_prefix } => format!("http f{} {url_prefix:?}", request.0),
            Via::File(op) => format!("file {op:?}"),
            Via::Mcp { server, tool } => format!("mcp {server:?} {tool:?}"),
            Via::Host => "host".to_owned(),
        };
        let class = match tool.class {
            Class::Readonly => "readonly".to_owned(),
            Class::Idempotent(None) => "idempotent always".to_owned(),
            Class::Idempotent(Some(ms)) => format!("idempotent for {ms}ms"),
            Class::Once => "once".to_owned(),
        };
        let _ = writeln!(out, "  via {via}\n  {class}");
        let clauses = [
            ("timeout", tool.timeout),
            ("lookup", tool.lookup),
            ("confirm", tool.confirm),
            ("undo", tool.undo),
        ];
        for (name, function) in clauses {
            if let Some(function) = function {
                let _ = writeln!(out, "  {name} f{}", function.0);
            }
        }
        if let Some((calls, ms)) = tool.limit {
            let _ = writeln!(out, "  limit {calls} per {ms}ms");
        }
        if let Some(retry) = &tool.retry {
            let (least, most) = (retry.backoff_ms, retry.backoff_max_ms);
            let _ =
                writeln!(out, "  retry {} backoff {least}ms to {most}ms rate {}", retry.count, retry.rate);
        }
    }

    fn params(&self, params: &[FieldType]) -> String {
        let params: Vec<_> = params
            .iter()
            .map(|param| {
                let default = param.default.map_or_else(String::new, |global| format!(" = g{}", global.0));
                format!("{}: {}{default}", param.name, self.shape(param.shape))
            })
            .collect();
        params.join(", ")
    }

    fn shape(&self, shape: ShapeId) -> String {
        shapes::text(self.module, shape)
    }

    fn function_name(&self, id: FunctionId) -> String {
        let name =
            self.debug.and_then(|debug| debug.functions.get(id.index())).map_or("", |debug| &debug.name);
        if name.is_empty() { format!("f{}", id.0) } else { format!("f{} {name}", id.0) }
    }

    fn function(&self, out: &mut String, id: FunctionId) {
        let function = &self.module.functions[id.index()];
        let _ = write!(out, "\n{} params {}", self.function_name(id), function.params);
        if function.captures > 0 {
            let _ = write!(out, " captures {}", function.captures);
        }
        let _ = writeln!(out, " registers {}", function.registers);
        let mut line = None;
        for (pc, &instr) in function.code.iter().enumerate() {
            if let Some((name, number, text)) = self.source_line(id, pc) {
                if line != Some((name, number)) {
                    let _ = writeln!(out, "  ; {name}:{number}  {text}");
                }
                line = Some((name, number));
            }
            let _ = writeln!(out, "{pc:6}  {}", self.instruction(pc, instr));
        }
        for handler in &function.handlers {
            let (start, end, target) = (handler.start, handler.end, handler.target);
            let _ = writeln!(out, "  catch {start}..{end} -> {target} in r{}", handler.register);
        }
    }

    fn source_line(&self, id: FunctionId, pc: usize) -> Option<(&str, u32, &str)> {
        let span: Span = self.debug?.span(id, u32::try_from(pc).ok()?)?;
        let source = self.sources.get(usize::from(span.file.0))?;
        let number = source.position(span.start).line;
        let text = source.text().lines().nth(number as usize - 1)?;
        Some((source.name(), number, text.trim()))
    }

    /// Name, operands, and in words what numbers stand for.
    fn instruction(&self, pc: usize, instr: Instr) -> String {
        let debug = format!("{instr:?}");
        let name = debug.split([' ', '{']).next().unwrap_or(&debug);
        let (operands, comment) = self.operands(pc, instr);
        let line = format!("{name:16} {operands}");
        if comment.is_empty() { line.trim_end().to_owned() } else { format!("{line:44} ; {comment}") }
    }

    fn operands(&self, pc: usize, instr: Instr) -> (String, String) {
        let module = self.module;
        let to = |distance: i32| {
            let target = i64::try_from(pc).unwrap_or(0) + 1 + i64::from(distance);
            format!("-> {target}")
        };
        let callee = |id: u16| self.function_name(FunctionId(id));
        let none = String::new();
        match instr {
            Instr::Null { d } => (format!("r{d}"), none),
            Instr::Bool { d, value } => (format!("r{d} = {value}"), none),
            Instr::Int { d, value } => (format!("r{d} = {value}"), none),
            Instr::Const { d, k } | Instr::Secret { d, k } => (format!("r{d} = k{k}"), self.constant(k)),
            Instr::Global { d, g } => {
                let name = module.globals.get(usize::from(g)).map_or(none, |id| self.function_name(*id));
                (format!("r{d} = g{g}"), name)
            }
            Instr::Copy { d, s } | Instr::Take { d, s } => (format!("r{d} = r{s}"), none),
            Instr::Push { d, s } | Instr::Extend { d, s } | Instr::Merge { d, s } => {
                (format!("r{d} += r{s}"), none)
            }
            Instr::Put { d, k, v } | Instr::SetItem { d, i: k, s: v } => (format!("r{d}[r{k}] = r{v}"), none),
            Instr::SetField { d, n, s } => (format!("r{d}.{n} = r{s}"), none),
            Instr::AddIntImm { d, a, imm } => (format!("r{d} = r{a} + {imm}"), none),
            Instr::Jump { to: distance } => (to(distance), none),
            Instr::JumpIf { a, to: distance }
            | Instr::JumpUnless { a, to: distance }
            | Instr::JumpIfNull { a, to: distance }
            | Instr::JumpUnlessNull { a, to: distance } => (format!("r{a} {}", to(distance)), none),
            Instr::JumpUnlessLtInt { a, b, to: distance }
            | Instr::JumpUnlessLeInt { a, b, to: distance }
            | Instr::JumpUnlessEqInt { a, b, to: distance }
            | Instr::NextInt { i: a, end: b, to: distance } => {
                (format!("r{a}, r{b} {}", to(distance.into())), none)
            }
            Instr::JumpUnlessVariant { a, variant, to: distance } => {
                (format!("r{a}, {variant} {}", to(distance.into())), none)
            }
            Instr::JumpUnlessJson { a, kind, to: distance } => {
                (format!("r{a}, {kind} {}", to(distance.into())), none)
            }
            Instr::NextItem { d, iter, to: distance } | Instr::NextEntry { d, iter, to: distance } => {
                (format!("r{d} of r{iter} {}", to(distance.into())), none)
            }
            Instr::Concat { d, first, n }
            | Instr::Seal { d, first, n }
            | Instr::List { d, first, n }
            | Instr::Map { d, first, n }
            | Instr::Tuple { d, first, n } => (format!("r{d} = r{first}, {n}"), none),
            Instr::TupleField { d, a, n } | Instr::Field { d, a, n } | Instr::Payload { d, a, n } => {
                (format!("r{d} = r{a}.{n}"), none)
            }
            Instr::Item { d, a, b } | Instr::Entry { d, a, b } | Instr::JsonField { d, a, b } => {
                (format!("r{d} = r{a}[r{b}]"), none)
            }
            Instr::JsonIndex { d, a, b } => (format!("r{d} = r{a}[r{b}]"), none),
            Instr::Decode { d, a, shape } => (format!("r{d} = r{a}"), self.shape(ShapeId(shape))),
            Instr::Record { d, first, ty } => {
                let name = module.records.get(usize::from(ty)).map_or(none, |record| record.name.clone());
                (format!("r{d} = r{first}"), name)
            }
            Instr::Variant { d, first, v } => (format!("r{d} = r{first}"), self.variant(v)),
            Instr::Change { root, path, first } => {
                let text = module.paths.get(usize::from(path)).map_or(none, |path| format!("{path:?}"));
                (format!("r{root}, r{first}"), text)
            }
            Instr::Call { d, f, first } => (format!("r{d} = f{f}(r{first}..)"), callee(f)),
            Instr::Closure { d, f, first } => (format!("r{d} = f{f}, r{first}.."), callee(f)),
            Instr::CallValue { d, callee, first } => (format!("r{d} = r{callee}(r{first}..)"), none),
            Instr::Builtin { d, f, first } => (format!("r{d} = {f:?}(r{first}..)"), none),
            Instr::Return { s } | Instr::Fail { s } => (format!("r{s}"), none),
            Instr::Error { d, s, kind } => (format!("r{d} = r{s}, {kind}"), none),
            Instr::Effect { d, site, first } => (format!("r{d} = s{site}(r{first}..)"), self.site(site)),
            Instr::AddInt { d, a, b }
            | Instr::SubInt { d, a, b }
            | Instr::MulInt { d, a, b }
            | Instr::DivInt { d, a, b }
            | Instr::RemInt { d, a, b }
            | Instr::AddFloat { d, a, b }
            | Instr::SubFloat { d, a, b }
            | Instr::MulFloat { d, a, b }
            | Instr::DivFloat { d, a, b }
            | Instr::RemFloat { d, a, b }
            | Instr::EqInt { d, a, b }
            | Instr::LtInt { d, a, b }
            | Instr::LeInt { d, a, b }
            | Instr::LtFloat { d, a, b }
            | Instr::LeFloat { d, a, b }
            | Instr::Eq { d, a, b }
            | Instr::Lt { d, a, b }
            | Instr::Le { d, a, b } => (format!("r{d} = r{a}, r{b}"), none),
            Instr::NegInt { d, a } | Instr::NegFloat { d, a } | Instr::Not { d, a } | Instr::Len { d, a } => {
                (format!("r{d} = r{a}"), none)
            }
            Instr::ToJson { d, a } | Instr::JsonPayload { d, a } => (format!("r{d} = r{a}"), none),
        }
    }

    fn constant(&self, k: u32) -> String {
        match self.module.constants.get(k as usize) {
            Some(Constant::Int(n)) => n.to_string(),
            Some(Constant::Float(n)) => format!("{n:?}"),
            Some(Constant::Decimal(text)) => format!("{text}d"),
            Some(Constant::Text(text)) => {
                let short: String = text.chars().take(40).collect();
                if short.len() < text.len() { format!("{short:?}…") } else { format!("{short:?}") }
            }
            Some(Constant::Duration(ms)) => format!("{ms}ms"),
            Some(Constant::JsonNumber(text)) => format!("json {text}"),
            Some(Constant::Variant(v)) => self.variant(*v),
            Some(Constant::Model(id)) => {
                format!(
                    "model {}",
                    self.module.models.get(id.index()).map_or("", |model| model.name.as_str())
                )
            }
            None => String::new(),
        }
    }

    fn variant(&self, v: u16) -> String {
        let Some(&(id, variant)) = self.module.variants.get(usize::from(v)) else { return String::new() };
        let declared = &self.module.enums[usize::from(id)];
        format!("{}.{}", declared.name, declared.variants[usize::from(variant)].name)
    }

    fn site(&self, site: u16) -> String {
        let module = self.module;
        let graph = |id: &crate::ids::GraphId| module.graphs[id.index()].name.as_str();
        match &module.sites[usize::from(site)] {
            Site::Tool(id) => format!("tool {}", module.tools[id.index()].name),
            Site::Flow(id) => format!("flow {}", graph(id)),
            Site::RunAgent(id) => format!("run {}", graph(id)),
            Site::StartAgent(id) => format!("start {}", graph(id)),
            Site::Await { signal, ask, within } => {
                let name = &module.signals[signal.index()].name;
                let (ask, within) = (if *ask { " ask" } else { "" }, if *within { " within" } else { "" });
                format!("await {name}{ask}{within}")
            }
            Site::Send(signal) => format!("send {}", module.signals[signal.index()].name),
            Site::Env { name, optional } => {
                format!("env {name}{}", if *optional { " (optional)" } else { "" })
            }
            Site::Each { item, indexed } => {
                format!("each f{}{}", item.0, if *indexed { " indexed" } else { "" })
            }
            Site::Race(arms) => {
                let arms: Vec<_> = arms.iter().map(|(name, arm)| format!("{name} f{}", arm.0)).collect();
                format!("race {}", arms.join(", "))
            }
            Site::Prompt(id) => format!("prompt {}", module.prompts[id.index()].name),
            Site::Plan { using, result, host, unattended } => self.plan(using, *result, *host, *unattended),
            Site::Memory { memory, op } => {
                format!("{} {}", format!("{op:?}").to_lowercase(), module.memories[memory.index()].name)
            }
            Site::RunPlan => "run plan".to_owned(),
            Site::AwaitJob { within } => format!("await job{}", if *within { " within" } else { "" }),
            Site::Within(body) => format!("within f{}", body.0),
            Site::Retry { body, .. } => format!("retry f{}", body.0),
            other => format!("{other:?}").to_lowercase(),
        }
    }
}
