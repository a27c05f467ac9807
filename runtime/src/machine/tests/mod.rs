//! Tests of the machine on modules assembled by hand, and what they are assembled with.

mod builtins;
mod fibers;
mod instructions;
mod limits;
mod pinned;
mod properties;
mod snapshots;

use std::sync::Arc;

use aeth_lang::bytecode::module::{
    Debug, EnumType, FORMAT_VERSION, FieldType, Function, Graph, Input, RecordType, SEMANTICS_VERSION, Shape,
    Site, Task, VariantType,
};
use aeth_lang::bytecode::{Instr, Module};
use aeth_lang::ids::{FunctionId, GraphId, ShapeId, TaskId};
use aeth_lang::library::prelude::ERROR_KINDS;

use super::*;
use crate::value::ErrorKind;

/// The shape `Json`, which stands for any.
const JSON: ShapeId = ShapeId(0);

fn field(name: &str) -> FieldType {
    FieldType { name: name.into(), json: name.into(), shape: JSON, default: None, docs: None }
}

fn record(name: &str, fields: &[&str]) -> RecordType {
    RecordType { name: name.into(), fields: fields.iter().map(|name| field(name)).collect(), docs: None }
}

fn variant(name: &str, fields: &[&str]) -> VariantType {
    VariantType { name: name.into(), fields: fields.iter().map(|name| field(name)).collect(), docs: None }
}

/// A module with the prelude's types, to which functions, sites and graphs are added.
fn module() -> Module {
    let kinds = ERROR_KINDS.iter().map(|name| variant(name, if *name == "Other" { &["name"] } else { &[] }));
    Module {
        format: FORMAT_VERSION,
        semantics: SEMANTICS_VERSION,
        shapes: vec![Shape::Json, Shape::Int, Shape::List(ShapeId(1)), Shape::Decimal],
        records: vec![
            record("Error", &["kind", "message", "data", "task", "cause"]),
            record("Entry", &["key", "value"]),
            record("HttpResponse", &["status", "headers", "body"]),
            record("ExecResult", &["code", "stdout", "stderr"]),
            record("Message", &["role", "content"]),
            record("Point", &["x", "y"]),
        ],
        enums: vec![
            EnumType { name: "ErrorKind".into(), variants: kinds.collect(), docs: None },
            EnumType {
                name: "Result".into(),
                variants: vec![variant("Ok", &["value"]), variant("Err", &["error"])],
                docs: None,
            },
            EnumType {
                name: "Verdict".into(),
                variants: vec![variant("Accept", &[]), variant("Revise", &["reason"])],
                docs: None,
            },
        ],
        ..Module::default()
    }
}

/// Adds a function with a window of `registers`.
fn function(module: &mut Module, params: u16, captures: u16, registers: u16, code: Vec<Instr>) -> FunctionId {
    module.functions.push(Function { params, captures, registers, code, handlers: Vec::new() });
    FunctionId::of(module.functions.len() - 1)
}

fn site(module: &mut Module, site: Site) -> u16 {
    module.sites.push(site);
    u16::try_from(module.sites.len() - 1).unwrap()
}

fn text(module: &mut Module, text: &str) -> u32 {
    module.constants.push(aeth_lang::bytecode::module::Constant::Text(text.into()));
    u32::try_from(module.constants.len() - 1).unwrap()
}

/// A task by name, what it comes after, its code.
fn task(name: &str, after: &[u16], body: FunctionId, inputs: &[Input]) -> Task {
    Task {
        name: name.into(),
        after: after.iter().map(|id| TaskId(*id)).collect(),
        when: None,
        body,
        inputs: inputs.to_vec(),
    }
}

fn graph(module: &mut Module, name: &str, agent: bool, params: &[&str], tasks: Vec<Task>) -> GraphId {
    module.graphs.push(Graph {
        name: name.into(),
        agent,
        docs: None,
        params: params.iter().map(|name| field(name)).collect(),
        result: JSON,
        tasks,
        env: Vec::new(),
        secrets: Vec::new(),
        tools: Vec::new(),
        models: Vec::new(),
        budget: None,
        key: None,
    });
    GraphId::of(module.graphs.len() - 1)
}

fn context() -> Context {
    Context {
        job: "job-1".into(),
        env: BTreeMap::from([("HOME".to_owned(), "/home/a".to_owned())]),
        limits: Limits::default(),
    }
}

fn load(module: Module) -> Arc<Program> {
    Program::load(module, Debug::default()).unwrap()
}

/// Runs one function to its end, without effects.
fn call(module: Module, function: FunctionId, args: Vec<Value>) -> Result<Value, Error> {
    Machine::evaluate(&load(module), function, args, &context())
}

/// Runs code with some registers set; the code's last instruction returns.
fn run(module: Module, registers: Vec<Value>, code: Vec<Instr>) -> Result<Value, Error> {
    let mut module = module;
    let params = u16::try_from(registers.len()).unwrap();
    let function = function(&mut module, params, 0, params + 16, code);
    call(module, function, registers)
}

fn message(result: Result<Value, Error>) -> (ErrorKind, String) {
    let error = result.unwrap_err();
    (error.kind, error.message)
}

/// Answers requests with a script until the machine has ended; what it said, in order, as lines. Whatever is driven
/// so is also restored from its snapshot after every delivery.
fn drive(
    machine: &mut Machine,
    mut answer: impl FnMut(&Request) -> Outcome,
) -> (Result<Value, Failure>, Vec<String>) {
    let (mut lines, mut way) = (Vec::new(), snapshots::Way::default());
    let mut asked = Vec::new();
    let mut hear = |outputs: Vec<Output>, asked: &mut Vec<Request>| {
        for output in outputs {
            lines.push(line(&output));
            if let Output::Request(request) = output {
                asked.push(request);
            }
        }
    };
    let (outputs, mut end) = way.begin(machine);
    hear(outputs, &mut asked);
    while end.is_none() {
        assert!(!asked.is_empty(), "nothing is asked and nothing goes on");
        for request in std::mem::take(&mut asked) {
            let outcome = answer(&request);
            let (outputs, ended) = way.deliver(machine, Delivery::Outcome { id: request.id, outcome });
            hear(outputs, &mut asked);
            end = ended;
            if end.is_some() {
                break;
            }
        }
    }
    way.holds(machine);
    (end.unwrap(), lines)
}

/// An output in a few words.
fn line(output: &Output) -> String {
    match output {
        Output::Request(request) => format!("ask {}", request.id),
        Output::Withdraw(id) => format!("withdraw {id}"),
        Output::Fact(fact) => match fact {
            Fact::TaskStarted { task } => format!("start {task}"),
            Fact::TaskCompleted { task, value } => {
                format!("done {task} {}", crate::value::json::encode(value, &module()))
            }
            Fact::TaskFailed { task, error, .. } => format!("fail {task} {error}"),
            Fact::TaskSkipped { task } => format!("skip {task}"),
            Fact::TaskCancelled { task } => format!("cancel {task}"),
            Fact::FiberStarted { fiber } => format!("begin {fiber}"),
            Fact::FiberEnded { fiber, end } => format!("end {fiber} {end:?}"),
        },
    }
}
