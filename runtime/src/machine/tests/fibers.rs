//! Tasks, flows, fan-outs, races, deadlines, retries and cancellation.

use super::*;

fn int(n: i64) -> Value {
    Value::Int(n)
}

/// A task that reads the clock and adds what it was given: its value is the sum.
fn clock(module: &mut Module, inputs: u16) -> FunctionId {
    let now = site(module, Site::Now);
    let mut code = vec![Instr::Effect { d: inputs, site: now, first: inputs }];
    for at in 0..inputs {
        code.push(Instr::AddInt { d: inputs, a: inputs, b: at });
    }
    code.push(Instr::Return { s: inputs });
    function(module, inputs, 0, inputs + 2, code)
}

fn constant(module: &mut Module, value: i32) -> FunctionId {
    function(module, 0, 0, 1, vec![Instr::Int { d: 0, value }, Instr::Return { s: 0 }])
}

fn sum(module: &mut Module) -> FunctionId {
    function(module, 2, 0, 3, vec![Instr::AddInt { d: 2, a: 0, b: 1 }, Instr::Return { s: 2 }])
}

fn failing(module: &mut Module, message: &str) -> FunctionId {
    let k = text(module, message);
    let code = vec![Instr::Const { d: 0, k }, Instr::Error { d: 0, s: 0, kind: 0 }, Instr::Fail { s: 0 }];
    function(module, 0, 0, 1, code)
}

fn start(module: Module, graph: GraphId, args: Vec<Value>) -> Machine {
    Machine::start(load(module), graph, args, context())
}

fn ok(n: i64) -> Outcome {
    Outcome::Value(int(n))
}

/// An agent of two clocks and their sum.
pub(super) fn diamond() -> (Module, GraphId) {
    let mut m = module();
    let (clock, sum) = (clock(&mut m, 1), sum(&mut m));
    let tasks = vec![
        task("left", &[], clock, &[Input::Param(0)]),
        task("right", &[], clock, &[Input::Param(0)]),
        task("return", &[0, 1], sum, &[Input::Task(TaskId(0)), Input::Task(TaskId(1))]),
    ];
    let agent = graph(&mut m, "main", true, &["n"], tasks);
    (m, agent)
}

#[test]
fn independent_tasks_run_side_by_side() {
    let (m, agent) = diamond();
    let mut machine = start(m, agent, vec![int(100)]);
    let (result, lines) =
        drive(&mut machine, |request| ok(if request.id.as_str() == "left/0" { 1 } else { 2 }));
    assert_eq!(result, Ok(int(203)));
    let expected = [
        "start left",
        "ask left/0",
        "start right",
        "ask right/0",
        "done left 101",
        "done right 102",
        "start return",
        "done return 203",
    ];
    assert_eq!(lines, expected);
    let states: Vec<_> =
        machine.tasks().into_iter().map(|task| (task.path.to_string(), task.state)).collect();
    assert_eq!(states[2], ("return".to_owned(), TaskState::Done));
}

#[test]
fn the_order_of_deliveries_does_not_show_in_the_end() {
    let (m, agent) = diamond();
    let end = |first: &str, second: &str| {
        let mut machine = start(m.clone(), agent, vec![int(100)]);
        assert_eq!(machine.run(u64::MAX), Halt::Blocked);
        let mut digests = vec![machine.digest()];
        for id in [first, second] {
            let outcome = ok(if id == "left/0" { 1 } else { 2 });
            assert_eq!(machine.deliver(&Delivery::Outcome { id: id.into(), outcome }), Delivered::Accepted);
            machine.run(u64::MAX);
            digests.push(machine.digest());
        }
        (machine.run(1), digests)
    };
    let (a, b, again) = (end("left/0", "right/0"), end("right/0", "left/0"), end("left/0", "right/0"));
    assert_eq!(a.0, b.0);
    assert_eq!(a.1[2], b.1[2]);
    assert_ne!(a.1[1], b.1[1]);
    assert_eq!(a.1, again.1);
}

#[test]
fn slices_of_fuel_change_nothing() {
    let mut m = module();
    // counts to a million before it asks
    let now = site(&mut m, Site::Now);
    let code = vec![
        Instr::Int { d: 0, value: 0 },
        Instr::Int { d: 1, value: 100_000 },
        Instr::NextInt { i: 0, end: 1, to: -1 },
        Instr::Effect { d: 2, site: now, first: 2 },
        Instr::AddInt { d: 0, a: 0, b: 2 },
        Instr::Return { s: 0 },
    ];
    let body = function(&mut m, 0, 0, 4, code);
    let agent =
        graph(&mut m, "main", true, &[], vec![task("a", &[], body, &[]), task("return", &[], body, &[])]);
    let run = |fuel: u64| {
        let mut machine = start(m.clone(), agent, vec![]);
        let mut slices = 1;
        while machine.run(fuel) == Halt::OutOfFuel {
            slices += 1;
        }
        (slices, machine.digest(), machine.outputs())
    };
    let (whole, parts) = (run(u64::MAX), run(1000));
    assert_eq!((whole.0, parts.0 > 100), (1, true));
    assert_eq!((whole.1, whole.2), (parts.1, parts.2));
}

#[test]
fn when_skips_and_null_takes_the_value_s_place() {
    let mut m = module();
    let one = constant(&mut m, 1);
    let is_null = vec![
        Instr::JumpIfNull { a: 0, to: 2 },
        Instr::Bool { d: 1, value: false },
        Instr::Return { s: 1 },
        Instr::Bool { d: 1, value: true },
        Instr::Return { s: 1 },
    ];
    let null = function(&mut m, 1, 0, 2, is_null);
    let mut skipped = task("maybe", &[], one, &[]);
    skipped.when = Some((null, vec![Input::Param(0)]));
    let tasks = vec![skipped, task("return", &[0], null, &[Input::Task(TaskId(0))])];
    let agent = graph(&mut m, "main", true, &["x"], tasks);
    let (result, lines) = drive(&mut start(m.clone(), agent, vec![int(1)]), |_| ok(0));
    assert_eq!(result, Ok(Value::Bool(true)));
    assert_eq!(lines, ["skip maybe", "start return", "done return true"]);
    let (result, lines) = drive(&mut start(m, agent, vec![Value::Null]), |_| ok(0));
    assert_eq!(result, Ok(Value::Bool(false)));
    assert_eq!(lines, ["start maybe", "done maybe 1", "start return", "done return false"]);
}

#[test]
fn a_failing_task_cancels_its_siblings() {
    let mut m = module();
    let (waits, one) = (clock(&mut m, 0), constant(&mut m, 1));
    let tasks = vec![
        task("asks", &[], waits, &[]),
        task("waits", &[], waits, &[]),
        task("return", &[0, 1], one, &[]),
    ];
    let agent = graph(&mut m, "main", true, &[], tasks);
    let mut machine = start(m, agent, vec![]);
    let (result, lines) =
        drive(&mut machine, |_| Outcome::Error(Error::new(ErrorKind::Unavailable, "no clock")));
    let failure = result.unwrap_err();
    assert_eq!(failure.error.task.as_deref(), Some("asks"));
    assert_eq!(failure.trace.len(), 1);
    let expected = [
        "start asks",
        "ask asks/0",
        "start waits",
        "ask waits/0",
        "fail asks Unavailable: no clock",
        "withdraw waits/0",
        "cancel waits",
    ];
    assert_eq!(lines, expected);
    let states: Vec<TaskState> = machine.tasks().into_iter().map(|task| task.state).collect();
    assert_eq!(states, [TaskState::Failed, TaskState::Cancelled, TaskState::Pending]);
    let late = Delivery::Outcome { id: "waits/0".into(), outcome: ok(1) };
    assert_eq!(machine.deliver(&late), Delivered::NotWaiting);
}

#[test]
fn a_cancelled_job_ends_with_an_error_that_nothing_catches() {
    let (m, agent) = diamond();
    let mut machine = start(m, agent, vec![int(1)]);
    machine.run(u64::MAX);
    machine.outputs();
    assert_eq!(machine.deliver(&Delivery::Cancel), Delivered::Accepted);
    let Halt::Done(Err(failure)) = machine.run(u64::MAX) else { panic!("it goes on") };
    assert_eq!(failure.error.kind, ErrorKind::Cancelled);
    let lines: Vec<String> = machine.outputs().iter().map(line).collect();
    assert_eq!(lines, ["withdraw left/0", "cancel left", "withdraw right/0", "cancel right"]);
    assert!(machine.waiting().is_empty());
}

/// An agent whose one task calls a flow that waits, after an effect of its own.
fn nested(body: fn(&mut Module) -> FunctionId) -> (Module, GraphId) {
    let mut m = module();
    let inner = body(&mut m);
    let flow = graph(
        &mut m,
        "a_flow",
        false,
        &[],
        vec![task("louder", &[], inner, &[]), task("return", &[0], inner, &[])],
    );
    let now = site(&mut m, Site::Now);
    let call = site(&mut m, Site::Flow(flow));
    let code = vec![
        Instr::Effect { d: 0, site: now, first: 0 },
        Instr::Effect { d: 1, site: call, first: 1 },
        Instr::AddInt { d: 0, a: 0, b: 1 },
        Instr::Return { s: 0 },
    ];
    let outer = function(&mut m, 0, 0, 2, code);
    let same = function(&mut m, 1, 0, 1, vec![Instr::Return { s: 0 }]);
    let tasks = vec![task("draft", &[], outer, &[]), task("return", &[0], same, &[Input::Task(TaskId(0))])];
    let agent = graph(&mut m, "main", true, &[], tasks);
    (m, agent)
}

#[test]
fn flows_live_below_the_number_of_their_call() {
    let (m, agent) = nested(|m| clock(m, 0));
    let (result, lines) = drive(&mut start(m, agent, vec![]), |_| ok(5));
    assert_eq!(result, Ok(int(10)));
    let expected = [
        "start draft",
        "ask draft/0",
        "begin draft/1",
        "start draft/1.louder",
        "ask draft/1.louder/0",
        "done draft/1.louder 5",
        "start draft/1.return",
        "ask draft/1.return/0",
        "done draft/1.return 5",
        "end draft/1 Completed",
        "done draft 10",
        "start return",
        "done return 10",
    ];
    assert_eq!(lines, expected);
}

#[test]
fn a_failing_flow_fails_its_caller_with_the_whole_way() {
    let (m, agent) = nested(|m| failing(m, "too loud"));
    let (result, lines) = drive(&mut start(m, agent, vec![]), |_| ok(5));
    let failure = result.unwrap_err();
    assert_eq!(failure.error.task.as_deref(), Some("draft/1.louder"));
    assert_eq!(failure.trace.len(), 2);
    let expected = [
        "start draft",
        "ask draft/0",
        "begin draft/1",
        "start draft/1.louder",
        "fail draft/1.louder Failed: too loud",
        "end draft/1 Failed",
        "fail draft Failed: too loud",
    ];
    assert_eq!(lines, expected);
}

/// An agent whose one task runs an item per element: each adds the clock and a captured value to its element.
pub(super) fn fan(bound: Value) -> (Module, GraphId, Vec<Value>) {
    let mut m = module();
    let now = site(&mut m, Site::Now);
    let code = vec![
        Instr::Effect { d: 2, site: now, first: 2 },
        Instr::AddInt { d: 2, a: 2, b: 0 },
        Instr::AddInt { d: 2, a: 2, b: 1 },
        Instr::Return { s: 2 },
    ];
    let item = function(&mut m, 1, 1, 3, code);
    let each = site(&mut m, Site::Each { item, indexed: false });
    let code = vec![
        Instr::Copy { d: 2, s: 0 },
        Instr::Copy { d: 3, s: 1 },
        Instr::Int { d: 4, value: 1000 },
        Instr::Effect { d: 0, site: each, first: 2 },
        Instr::Return { s: 0 },
    ];
    let body = function(&mut m, 2, 0, 5, code);
    let tasks = vec![task("return", &[], body, &[Input::Param(0), Input::Param(1)])];
    let agent = graph(&mut m, "main", true, &["xs", "n"], tasks);
    let list = Value::list((0..5).map(|n| int(n * 10)).collect());
    (m, agent, vec![list, bound])
}

#[test]
fn items_run_within_their_bound_and_give_a_list_in_order() {
    let (m, agent, args) = fan(int(2));
    let mut machine = start(m, agent, args);
    assert_eq!(machine.run(u64::MAX), Halt::Blocked);
    let ids = |machine: &Machine| machine.waiting().iter().map(ToString::to_string).collect::<Vec<_>>();
    assert_eq!(ids(&machine), ["return/0.0/0", "return/0.1/0"]);
    // the second item ends first: the third takes its place
    for (id, then) in [
        ("return/0.1/0", vec!["return/0.0/0", "return/0.2/0"]),
        ("return/0.2/0", vec!["return/0.0/0", "return/0.3/0"]),
        ("return/0.3/0", vec!["return/0.0/0", "return/0.4/0"]),
        ("return/0.0/0", vec!["return/0.4/0"]),
        ("return/0.4/0", vec![]),
    ] {
        machine.deliver(&Delivery::Outcome { id: id.into(), outcome: ok(1) });
        machine.run(u64::MAX);
        assert_eq!(ids(&machine), then);
    }
    let expected = Value::list((0..5).map(|n| int(n * 10 + 1001)).collect());
    assert_eq!(machine.run(1), Halt::Done(Ok(expected)));
}

#[test]
fn the_first_failing_item_cancels_the_rest() {
    let (m, agent, args) = fan(Value::Null);
    let (result, lines) = drive(&mut start(m, agent, args), |request| match request.id.as_str() {
        "return/0.1/0" => Outcome::Error(Error::new(ErrorKind::Rejected, "no")),
        _ => ok(0),
    });
    assert_eq!(result.unwrap_err().error.kind, ErrorKind::Rejected);
    let tail = &lines[lines.len() - 9..];
    let expected = [
        "end return/0.0 Completed",
        "end return/0.1 Failed",
        "withdraw return/0.2/0",
        "end return/0.2 Cancelled",
        "withdraw return/0.3/0",
        "end return/0.3 Cancelled",
        "withdraw return/0.4/0",
        "end return/0.4 Cancelled",
        "fail return Rejected: no",
    ];
    assert_eq!(tail, expected);
}

#[test]
fn a_bound_below_one_and_an_empty_list() {
    let (m, agent, mut args) = fan(int(0));
    let (result, _) = drive(&mut start(m.clone(), agent, args.clone()), |_| ok(0));
    assert_eq!(result.unwrap_err().error.kind, ErrorKind::Limit);
    args = vec![Value::list(vec![]), Value::Null];
    let (result, lines) = drive(&mut start(m, agent, args), |_| ok(0));
    assert_eq!(result, Ok(Value::list(vec![])));
    assert_eq!(lines, ["start return", "done return []"]);
}

/// An agent of one task whose code is one effect without arguments.
fn single(m: &mut Module, of: Site) -> GraphId {
    let at = site(m, of);
    let body = function(m, 0, 0, 8, vec![Instr::Effect { d: 0, site: at, first: 0 }, Instr::Return { s: 0 }]);
    graph(m, "main", true, &[], vec![task("return", &[], body, &[])])
}

#[test]
fn the_first_arm_to_succeed_wins() {
    let mut m = module();
    let (wait, fails) = (clock(&mut m, 0), failing(&mut m, "lost"));
    let arms = vec![("bad".to_owned(), fails), ("a".to_owned(), wait), ("b".to_owned(), wait)];
    let agent = single(&mut m, Site::Race(arms));
    let mut machine = start(m, agent, vec![]);
    machine.run(u64::MAX);
    machine.deliver(&Delivery::Outcome { id: "return/0.b/0".into(), outcome: ok(7) });
    assert_eq!(machine.run(u64::MAX), Halt::Done(Ok(int(7))));
    let lines: Vec<String> = machine.outputs().iter().map(line).collect();
    let expected = [
        "start return",
        "begin return/0.bad",
        "end return/0.bad Failed",
        "begin return/0.a",
        "ask return/0.a/0",
        "begin return/0.b",
        "ask return/0.b/0",
        "end return/0.b Completed",
        "withdraw return/0.a/0",
        "end return/0.a Cancelled",
        "done return 7",
    ];
    assert_eq!(lines, expected);
}

#[test]
fn an_arm_that_ends_without_waiting_wins_before_later_ones_start() {
    let mut m = module();
    let (one, wait) = (constant(&mut m, 1), clock(&mut m, 0));
    let agent = single(&mut m, Site::Race(vec![("a".to_owned(), one), ("b".to_owned(), wait)]));
    let (result, lines) = drive(&mut start(m, agent, vec![]), |_| ok(0));
    assert_eq!(result, Ok(int(1)));
    assert_eq!(lines, ["start return", "begin return/0.a", "end return/0.a Completed", "done return 1"]);
}

#[test]
fn a_race_that_all_arms_lose_fails_with_the_last_error() {
    let mut m = module();
    let (a, b) = (failing(&mut m, "first"), failing(&mut m, "second"));
    let agent = single(&mut m, Site::Race(vec![("a".to_owned(), a), ("b".to_owned(), b)]));
    let (result, _) = drive(&mut start(m, agent, vec![]), |_| ok(0));
    assert_eq!(result.unwrap_err().error.message, "second");
}

/// An agent of one task: `within 1s { now() }`, as the tuple.
fn deadline() -> (Module, GraphId) {
    let mut m = module();
    let wait = clock(&mut m, 0);
    m.constants.push(aeth_lang::bytecode::module::Constant::Duration(1000));
    let k = u32::try_from(m.constants.len() - 1).unwrap();
    let at = site(&mut m, Site::Within(wait));
    let code =
        vec![Instr::Const { d: 0, k }, Instr::Effect { d: 0, site: at, first: 0 }, Instr::Return { s: 0 }];
    let body = function(&mut m, 0, 0, 2, code);
    let agent = graph(&mut m, "main", true, &[], vec![task("return", &[], body, &[])]);
    (m, agent)
}

#[test]
fn a_deadline_cancels_the_block_and_the_block_its_timer() {
    let (m, agent) = deadline();
    for (id, expected, withdrawn) in [
        ("return/0.body/0", Value::tuple(vec![Value::Bool(true), int(3)]), "withdraw return/0.timer"),
        ("return/0.timer", Value::tuple(vec![Value::Bool(false), Value::Null]), "withdraw return/0.body/0"),
    ] {
        let mut machine = start(m.clone(), agent, vec![]);
        machine.run(u64::MAX);
        machine.deliver(&Delivery::Outcome { id: id.into(), outcome: ok(3) });
        assert_eq!(machine.run(u64::MAX), Halt::Done(Ok(expected)));
        assert!(machine.outputs().iter().map(line).any(|line| line == withdrawn));
    }
}

#[test]
fn attempts_of_a_retry_are_fibers_of_their_own() {
    let mut m = module();
    let wait = clock(&mut m, 0);
    let at = site(
        &mut m,
        Site::Retry { body: wait, on: Some(vec![ErrorKind::Unavailable.index()]), jitter: true },
    );
    let code = vec![
        Instr::Int { d: 0, value: 2 },
        Instr::Effect { d: 0, site: at, first: 0 },
        Instr::Return { s: 0 },
    ];
    let body = function(&mut m, 0, 0, 8, code);
    let agent = graph(&mut m, "main", true, &[], vec![task("return", &[], body, &[])]);
    let unavailable = || Outcome::Error(Error::new(ErrorKind::Unavailable, "down"));
    let mut slept = Vec::new();
    let (result, lines) =
        drive(&mut start(m.clone(), agent, vec![]), |request| match (&request.effect, request.id.as_str()) {
            (crate::effect::Effect::Random, _) => Outcome::Value(Value::Float(0.5)),
            (crate::effect::Effect::Sleep { ms }, _) => {
                slept.push(*ms);
                Outcome::Value(Value::Null)
            }
            (_, "return/0.2/0") => ok(9),
            _ => unavailable(),
        });
    assert_eq!(result, Ok(int(9)));
    assert_eq!(slept, [250, 500]);
    assert!(lines.contains(&"ask return/0.1.draw".to_owned()), "{lines:?}");
    assert!(lines.contains(&"ask return/0.1.pause".to_owned()));
    let (result, _) = drive(&mut start(m.clone(), agent, vec![]), |request| match &request.effect {
        crate::effect::Effect::Random => Outcome::Value(Value::Float(0.0)),
        crate::effect::Effect::Sleep { .. } => Outcome::Value(Value::Null),
        _ => unavailable(),
    });
    assert_eq!(result.unwrap_err().error.message, "down");
    let (result, lines) =
        drive(&mut start(m, agent, vec![]), |_| Outcome::Error(Error::new(ErrorKind::Denied, "no")));
    assert_eq!(result.unwrap_err().error.kind, ErrorKind::Denied);
    assert!(!lines.iter().any(|line| line.contains("draw")));
}

#[test]
fn a_wait_tells_an_answer_from_its_deadline() {
    let mut m = module();
    m.signals.push(aeth_lang::bytecode::module::Signal { name: "approval".into(), shape: JSON });
    let signal = aeth_lang::ids::SignalId(0);
    let agent = single(&mut m, Site::Await { signal, ask: false, within: true });
    let end = |outcome: Outcome| drive(&mut start(m.clone(), agent, vec![]), |_| outcome.clone()).0;
    assert_eq!(
        end(Outcome::Value(Value::Bool(true))),
        Ok(Value::tuple(vec![Value::Bool(true), Value::Bool(true)]))
    );
    assert_eq!(end(Outcome::Expired), Ok(Value::tuple(vec![Value::Bool(false), Value::Null])));
}

#[test]
fn environment_and_job_id_are_answered_at_once_and_take_no_number() {
    let mut m = module();
    let env = |name: &str, optional: bool| Site::Env { name: name.into(), optional };
    let (home, none, id, now) = (
        site(&mut m, env("HOME", false)),
        site(&mut m, env("NONE", true)),
        site(&mut m, Site::JobId),
        site(&mut m, Site::Now),
    );
    let ask = |d: u16, site: u16| Instr::Effect { d, site, first: 5 };
    let code = vec![
        ask(0, home),
        ask(1, none),
        ask(2, id),
        ask(3, now),
        Instr::Tuple { d: 0, first: 0, n: 4 },
        Instr::Return { s: 0 },
    ];
    let body = function(&mut m, 0, 0, 6, code);
    let agent = graph(&mut m, "main", true, &[], vec![task("return", &[], body, &[])]);
    let (result, lines) = drive(&mut start(m, agent, vec![]), |_| ok(4));
    let expected = Value::tuple(vec![Value::text("/home/a"), Value::Null, Value::text("job-1"), int(4)]);
    assert_eq!(result, Ok(expected));
    assert_eq!(lines[1], "ask return/0");
    let mut m = module();
    let agent = single(&mut m, env("MISSING", false));
    let (result, _) = drive(&mut start(m, agent, vec![]), |_| ok(0));
    assert_eq!(result.unwrap_err().error.message, "the environment variable MISSING is not set");
}

#[test]
fn what_cannot_be_carried_out_yet_says_so() {
    let mut m = module();
    let agent = single(&mut m, Site::SagaBegin);
    let (result, _) = drive(&mut start(m, agent, vec![]), |_| ok(0));
    assert_eq!(result.unwrap_err().error.message, "`saga` is not supported by this runtime");
}
