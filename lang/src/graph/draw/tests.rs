//! Golden drawings of one graph with every kind of dependency.

use super::*;
use crate::check::program::{
    Body, Effect, EffectKind, Expr, ExprKind, Graph, GraphKind, Input, Literal, Program, Signal, Task,
};
use crate::check::types::Type;
use crate::ids::{SignalId, TaskId};
use crate::span::Span;

fn expr(kind: ExprKind) -> Expr {
    Expr { kind, ty: Type::Null, span: Span::default() }
}

fn null() -> Expr {
    expr(ExprKind::Literal(Literal::Null))
}

fn body(value: Expr) -> Body {
    Body { params: Vec::new(), locals: Vec::new(), value }
}

fn wait() -> Expr {
    let signal = SignalId(0);
    let kind = EffectKind::Await { signal, ask: None, show: None, to: None, within: None, otherwise: None };
    expr(ExprKind::Effect(Box::new(Effect { kind, span: Span::default() })))
}

fn task(name: &str, inputs: &[u16], value: Expr) -> Task {
    Task {
        name: name.to_owned(),
        ty: Type::Null,
        after: Vec::new(),
        when: None,
        inputs: inputs.iter().map(|&task| Input::Task(TaskId(task))).collect(),
        body: body(value),
        span: Span::default(),
        docs: None,
    }
}

fn graph(tasks: Vec<Task>) -> Graph {
    Graph {
        kind: GraphKind::Agent,
        name: "notes".to_owned(),
        docs: None,
        params: Vec::new(),
        result: Type::Null,
        budget: None,
        key: None,
        lets: Vec::new(),
        tasks,
        span: Span::default(),
    }
}

fn program() -> Program {
    let signal = Signal { name: "approval".to_owned(), ty: Type::Bool, span: Span::default() };
    Program { signals: vec![signal], ..Program::default() }
}

fn sample() -> TaskGraph {
    let mut post = task("post", &[2], null());
    post.when = Some((vec![Input::Task(TaskId(3))], body(null())));
    let mut tidy = task("tidy_up_everything", &[], null());
    tidy.after = vec![TaskId(4)];
    let tasks = vec![
        task("log", &[], null()),
        task("changes", &[0], null()),
        task("draft", &[1, 0], null()),
        task("approved", &[2], wait()),
        post,
        tidy,
        task("return", &[4], null()),
    ];
    TaskGraph::derive(&program(), &graph(tasks)).expect("no cycle")
}

#[test]
fn levels_as_text() {
    insta::assert_snapshot!(text(&sample()));
}

#[test]
fn many_inputs_are_wrapped() {
    let mut tasks: Vec<_> = (0..20).map(|n| task(&format!("task_number_{n}"), &[], null())).collect();
    tasks.push(task("return", &(0..20).collect::<Vec<_>>(), wait()));
    let drawn = text(&TaskGraph::derive(&program(), &graph(tasks)).expect("no cycle"));
    assert!(drawn.lines().all(|line| line.chars().count() <= 80), "{drawn}");
    assert!(drawn.contains("task_number_19") && drawn.contains("· await approval"), "{drawn}");
}

#[test]
fn flowchart() {
    insta::assert_snapshot!(mermaid(&sample()));
}

#[test]
fn digraph() {
    insta::assert_snapshot!(dot(&sample()));
}

#[test]
fn a_cycle_is_shown() {
    let tasks = vec![
        task("a", &[1], null()),
        task("b", &[2], null()),
        task("c", &[0], null()),
        task("return", &[], null()),
    ];
    let cycle = TaskGraph::derive(&program(), &graph(tasks)).expect_err("a cycle");
    assert_eq!(cycle.tasks, [TaskId(0), TaskId(1), TaskId(2)]);
}

#[test]
fn facts() {
    let graph = sample();
    assert_eq!(graph.width(), 2);
    let path: Vec<_> = graph.critical_path().iter().map(|&task| graph.node(task).name.as_str()).collect();
    assert_eq!(path, ["log", "changes", "draft", "approved", "post", "tidy_up_everything"]);
}
