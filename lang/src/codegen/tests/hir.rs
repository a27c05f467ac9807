//! Checked programs written by hand, for forms that the checker does not let through yet.

use std::sync::Arc;

use crate::bytecode::disasm::listing;
use crate::bytecode::module::Site;
use crate::check::program::{
    ArithOp, Body, Closure, Effect, EffectKind, Enum, Expr, ExprKind, Field, Graph, GraphKind, Input,
    Literal, Local, Program, Record, Retry, Signal, Stmt, StmtKind, Task, Variant,
};
use crate::check::types::Type;
use crate::ids::{EnumId, GraphId, LocalId, RecordId, SignalId};
use crate::library::prelude;
use crate::source::SourceMap;
use crate::span::Span;
use crate::{Compiled, lower};

fn field(name: &str, ty: Type) -> Field {
    Field { name: name.to_owned(), foreign: None, ty, default: None, span: Span::default(), docs: None }
}

fn record(name: &str, generics: usize, fields: &[(&str, Type)]) -> Record {
    let fields = fields.iter().map(|(name, ty)| field(name, ty.clone())).collect();
    Record { name: name.to_owned(), generics, fields, span: Span::default(), docs: None }
}

fn variant(name: &str, fields: Vec<Field>) -> Variant {
    Variant { name: name.to_owned(), fields, docs: None }
}

/// A program of nothing but the prelude's types.
fn empty() -> Program {
    let none: Arc<[Type]> = Arc::new([]);
    let kind = Type::Enum(prelude::ERROR_KIND, none.clone());
    let error = Type::Record(prelude::ERROR, none);
    let text = Type::String;
    let kinds = prelude::ERROR_KINDS.iter().map(|name| {
        variant(name, if *name == "Other" { vec![field("name", Type::String)] } else { Vec::new() })
    });
    let result = vec![
        variant("Ok", vec![field("value", Type::Param(0))]),
        variant("Err", vec![field("error", error.clone())]),
    ];
    Program {
        records: vec![
            record(
                "Error",
                0,
                &[
                    ("kind", kind),
                    ("message", text.clone()),
                    ("data", Type::Json),
                    ("task", text.clone().optional()),
                    ("cause", error.optional()),
                ],
            ),
            record("Entry", 2, &[("key", Type::Param(0)), ("value", Type::Param(1))]),
            record(
                "HttpResponse",
                0,
                &[
                    ("status", Type::Int),
                    ("headers", Type::map(text.clone(), text.clone())),
                    ("body", text.clone()),
                ],
            ),
            record(
                "ExecResult",
                0,
                &[("code", Type::Int), ("stdout", text.clone()), ("stderr", text.clone())],
            ),
            record("Message", 0, &[("role", text.clone()), ("content", text)]),
        ],
        enums: vec![
            Enum {
                name: "ErrorKind".into(),
                generics: 0,
                variants: kinds.collect(),
                span: Span::default(),
                docs: None,
            },
            Enum { name: "Result".into(), generics: 1, variants: result, span: Span::default(), docs: None },
        ],
        ..Program::default()
    }
}

fn expr(kind: ExprKind, ty: Type) -> Expr {
    Expr { kind, ty, span: Span::default() }
}

fn int(n: i64) -> Expr {
    expr(ExprKind::Literal(Literal::Int(n)), Type::Int)
}

fn duration(ms: i64) -> Expr {
    expr(ExprKind::Literal(Literal::Duration(ms)), Type::Duration)
}

fn local(n: u16) -> Expr {
    expr(ExprKind::Local(LocalId(n)), Type::Int)
}

fn add(left: Expr, right: Expr) -> Expr {
    let kind = ExprKind::Arith { op: ArithOp::Add, left: Box::new(left), right: Box::new(right) };
    expr(kind, Type::Int)
}

fn effect(kind: EffectKind, ty: Type) -> Expr {
    expr(ExprKind::Effect(Box::new(Effect { kind, span: Span::default() })), ty)
}

fn locals(count: usize) -> Vec<Local> {
    let one = |n| Local { name: format!("x{n}"), ty: Type::Int, mutable: false, span: Span::default() };
    (0..count).map(one).collect()
}

/// A body that adds one to its only capture.
fn one_more() -> Closure {
    let body = Body { params: vec![LocalId(0)], locals: locals(1), value: add(local(0), int(1)) };
    Closure { captures: vec![LocalId(0)], body }
}

fn let_of(n: u16, value: Expr) -> Stmt {
    Stmt { kind: StmtKind::Let(LocalId(n), value), span: Span::default() }
}

fn block(stmts: Vec<Stmt>, value: Expr) -> Expr {
    let ty = value.ty.clone();
    expr(ExprKind::Block { stmts, value: Some(Box::new(value)) }, ty)
}

/// An agent with one Int parameter, local 0, and further locals.
fn agent(count: usize, value: Expr) -> Program {
    let body = Body { params: vec![LocalId(0)], locals: locals(count), value };
    let task = Task {
        name: "return".into(),
        ty: Type::Int,
        after: Vec::new(),
        when: None,
        inputs: vec![Input::Param(0)],
        body,
        span: Span::default(),
        docs: None,
    };
    let graph = Graph {
        kind: GraphKind::Agent,
        name: "main".into(),
        docs: None,
        params: vec![field("n", Type::Int)],
        result: Type::Int,
        budget: None,
        key: None,
        lets: Vec::new(),
        tasks: vec![task],
        span: Span::default(),
    };
    let signal = Signal { name: "go".into(), ty: Type::Int, span: Span::default() };
    Program { graphs: vec![graph], signals: vec![signal], ..empty() }
}

fn lowered(program: Program) -> Compiled {
    lower(program, &SourceMap::default()).expect("it compiles and verifies")
}

#[test]
fn fibers_of_their_own() {
    let retry = Retry {
        count: int(3),
        on: Some(vec![0]),
        backoff: Some((duration(10), duration(20))),
        rate: None,
        jitter: true,
    };
    let value = block(
        vec![
            let_of(
                1,
                effect(
                    EffectKind::Race { arms: vec![("a".into(), one_more()), ("b".into(), one_more())] },
                    Type::Int,
                ),
            ),
            let_of(
                2,
                effect(
                    EffectKind::Within { limit: duration(5), body: one_more(), otherwise: Some(int(0)) },
                    Type::Int,
                ),
            ),
            let_of(3, effect(EffectKind::Retry { policy: retry, body: one_more() }, Type::Int)),
        ],
        add(local(1), add(local(2), local(3))),
    );
    insta::assert_snapshot!(listing(&lowered(agent(4, value)).module, None));
}

#[test]
fn jobs_and_signals() {
    let job = Type::Job(Arc::new(Type::Int));
    let started = effect(EffectKind::StartAgent { graph: GraphId(0), args: vec![local(0)] }, job.clone());
    let job_local = || expr(ExprKind::Local(LocalId(1)), job.clone());
    let value = block(
        vec![
            let_of(1, started),
            let_of(
                2,
                effect(EffectKind::Send { job: job_local(), signal: SignalId(0), value: int(7) }, Type::Null),
            ),
            let_of(
                3,
                effect(
                    EffectKind::AwaitJob {
                        job: job_local(),
                        within: Some(duration(9)),
                        otherwise: Some(int(-1)),
                    },
                    Type::Int,
                ),
            ),
            let_of(4, effect(EffectKind::Cancel { job: job_local() }, Type::Null)),
        ],
        add(local(3), effect(EffectKind::RunAgent { graph: GraphId(0), args: vec![int(1)] }, Type::Int)),
    );
    insta::assert_snapshot!(listing(&lowered(agent(5, value)).module, None));
}

#[test]
fn leaving_a_saga_ends_it_and_a_fault_undoes_it() {
    let leave = expr(ExprKind::Return(Box::new(int(1))), Type::Never);
    let condition = expr(ExprKind::Literal(Literal::Bool(false)), Type::Bool);
    let inside = expr(
        ExprKind::If {
            condition: Box::new(condition),
            then: Box::new(leave),
            otherwise: Some(Box::new(int(2))),
        },
        Type::Int,
    );
    let asked = effect(EffectKind::RandomInt(inside, int(9)), Type::Int);
    let compiled = lowered(agent(1, effect(EffectKind::Saga(Box::new(asked)), Type::Int)));
    let module = &compiled.module;
    let sites = |site: &Site| module.sites.iter().filter(|known| *known == site).count();
    assert_eq!((sites(&Site::SagaBegin), sites(&Site::SagaUndo)), (1, 1));
    assert_eq!(module.functions[0].handlers.len(), 1);
    insta::assert_snapshot!(listing(module, None));
}

#[test]
fn too_many_registers_are_an_error() {
    // Each operand waits in a register for the one to its right.
    let stmts = (1..=60_001).map(|n| let_of(n, add(local(0), int(1)))).collect();
    let errors = lower(agent(60_002, block(stmts, int(0))), &SourceMap::default()).expect_err("too many");
    assert_eq!(errors.len(), 1, "{errors:?}");
    assert!(errors[0].message.contains("registers"), "{}", errors[0].message);
}

#[test]
fn too_many_tasks_are_an_error() {
    let mut program = agent(1, int(0));
    let last = program.graphs[0].tasks.pop().expect("one task");
    for n in 0..=crate::limits::TASKS {
        program.graphs[0].tasks.push(Task { name: format!("t{n}"), ..last.clone() });
    }
    program.graphs[0].tasks.push(last);
    let errors = lower(program, &SourceMap::default()).expect_err("too many");
    assert!(errors[0].message.contains("tasks"), "{}", errors[0].message);
}

/// The one code that no source gives: what the checker should have refused is still not compiled.
#[test]
fn what_the_checker_should_have_refused_is_a_defect() {
    let mut program = agent(1, int(0));
    let last = program.graphs[0].tasks.pop().expect("one task");
    for (name, after) in [("a", 1), ("b", 0)] {
        let after = vec![crate::ids::TaskId::of(after)];
        program.graphs[0].tasks.push(Task { name: name.to_owned(), after, ..last.clone() });
    }
    program.graphs[0].tasks.push(last);
    let errors = lower(program, &SourceMap::default()).expect_err("they wait for each other");
    assert_eq!(errors[0].code, crate::diagnostic::codes::COMPILER_DEFECT);
    assert!(errors[0].message.contains("wait for each other"), "{}", errors[0].message);
}

#[test]
fn deep_expressions_do_not_overflow_the_stack() {
    let mut value = int(1);
    for _ in 0..20_000 {
        value = add(int(1), value);
    }
    let compiled = std::thread::Builder::new()
        .stack_size(512 * 1024)
        .spawn(move || {
            let result = lower(agent(1, value), &SourceMap::default());
            // Dropping such a tree is the parser's bound to keep: here it is left alone.
            result.map(|compiled| {
                let count = compiled.module.functions[0].code.len();
                std::mem::forget(compiled);
                count
            })
        })
        .expect("a thread")
        .join()
        .expect("no overflow");
    assert_eq!(compiled.ok(), Some(40_001));
}

#[test]
fn records_and_enums_that_are_not_reached_are_left_out() {
    let mut program = agent(1, int(0));
    program.records.push(record("Spare", 0, &[("n", Type::Int)]));
    let spare = Type::Record(RecordId::of(prelude::RECORDS), Arc::new([]));
    program.enums.push(Enum {
        name: "Spare".into(),
        generics: 0,
        variants: vec![variant("One", vec![field("spare", spare.clone())])],
        span: Span::default(),
        docs: None,
    });
    assert_eq!(lowered(program.clone()).module.records.len(), prelude::RECORDS);
    program.graphs[0].params.push(field("e", Type::Enum(EnumId::of(prelude::ENUMS), Arc::new([]))));
    let module = lowered(program).module;
    assert_eq!((module.records.len(), module.enums.len()), (prelude::RECORDS + 1, prelude::ENUMS + 1));
}
