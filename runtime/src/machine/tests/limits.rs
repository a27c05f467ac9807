//! Every limit of a job strikes with a sentence, where the program stands alone decides.

use aeth_lang::bytecode::module::Handler;
use aeth_lang::library::Builtin;

use super::*;

/// Runs a function under limits and in slices; a handler around everything must not catch a limit.
fn under(limits: Limits, fuel: u64, mut m: Module, main: FunctionId) -> String {
    let length = u32::try_from(m.functions[main.index()].code.len()).unwrap();
    m.functions[main.index()].handlers.push(Handler {
        start: 0,
        end: length - 1,
        target: length - 1,
        register: 0,
    });
    let mut machine = Machine::function(load(m), main, vec![], Context { limits, ..context() }, "f");
    loop {
        match machine.run(fuel) {
            Halt::Done(Err(failure)) => {
                assert_eq!(failure.error.kind, ErrorKind::Limit);
                return failure.error.message;
            }
            Halt::Done(Ok(value)) => return format!("{value:?}"),
            Halt::OutOfFuel => {}
            Halt::Blocked => panic!("it waits"),
        }
    }
}

#[test]
fn a_loop_without_end_runs_out_of_steps_at_the_same_step() {
    let mut m = module();
    let code = vec![
        Instr::Int { d: 0, value: 0 },
        Instr::AddIntImm { d: 0, a: 0, imm: 1 },
        Instr::Jump { to: -2 },
        Instr::Return { s: 0 },
    ];
    let main = function(&mut m, 0, 0, 1, code);
    let mut digests = Vec::new();
    for fuel in [10, 777, u64::MAX] {
        let limits = Limits { steps: 10_000, ..Limits::default() };
        assert_eq!(
            under(limits.clone(), fuel, m.clone(), main),
            "the job's limit `steps` (10000) was reached: the program computes too long without waiting for anything"
        );
        let mut machine =
            Machine::function(load(m.clone()), main, vec![], Context { limits, ..context() }, "f");
        while machine.run(fuel) == Halt::OutOfFuel {}
        digests.push(machine.digest());
    }
    assert!(digests.iter().all(|digest| *digest == digests[0]));
}

#[test]
fn recursion_without_end_runs_out_of_frames() {
    let mut m = module();
    let main = function(&mut m, 0, 0, 2, vec![Instr::Call { d: 0, f: 0, first: 1 }, Instr::Return { s: 0 }]);
    let message = under(Limits::default(), u64::MAX, m, main);
    assert_eq!(message, "the job's limit `frames` (10000) was reached: calls nest too deep");
}

#[test]
fn growing_data_runs_out_of_heap() {
    let heap = Limits { heap: 3_000_000, ..Limits::default() };
    let expected = "the job's limit `heap` (3000000) was reached: the program holds too much data";
    // a list that grows for ever
    let mut m = module();
    let code = vec![
        Instr::List { d: 0, first: 1, n: 0 },
        Instr::Push { d: 0, s: 1 },
        Instr::Jump { to: -2 },
        Instr::Return { s: 0 },
    ];
    let main = function(&mut m, 0, 0, 2, code);
    for fuel in [1000, u64::MAX] {
        assert_eq!(under(heap.clone(), fuel, m.clone(), main), expected);
    }
    // a text that doubles
    let mut m = module();
    let k = text(&mut m, "abc");
    let code = vec![
        Instr::Const { d: 0, k },
        Instr::Copy { d: 1, s: 0 },
        Instr::Copy { d: 2, s: 0 },
        Instr::Concat { d: 0, first: 1, n: 2 },
        Instr::Jump { to: -4 },
        Instr::Return { s: 0 },
    ];
    let main = function(&mut m, 0, 0, 3, code);
    assert_eq!(under(heap.clone(), u64::MAX, m, main), expected);
    // one request for too much
    let mut m = module();
    let k = text(&mut m, "abc");
    m.constants.push(aeth_lang::bytecode::module::Constant::Int(i64::MAX));
    let code = vec![
        Instr::Const { d: 0, k },
        Instr::Const { d: 1, k: k + 1 },
        Instr::Builtin { d: 0, f: Builtin::TextRepeat, first: 0 },
        Instr::Return { s: 0 },
    ];
    let main = function(&mut m, 0, 0, 3, code);
    assert_eq!(under(heap, u64::MAX, m, main), expected);
}

#[test]
fn garbage_is_no_live_heap() {
    let mut m = module();
    // a million lists of a thousand, one at a time
    let code = vec![
        Instr::Int { d: 0, value: 0 },
        Instr::Int { d: 1, value: 20_000 },
        Instr::Int { d: 2, value: 0 },
        Instr::Int { d: 3, value: 1000 },
        Instr::Bool { d: 4, value: false },
        Instr::Builtin { d: 5, f: Builtin::ListRange, first: 2 },
        Instr::NextInt { i: 0, end: 1, to: -5 },
        Instr::Null { d: 0 },
        Instr::Return { s: 0 },
    ];
    let main = function(&mut m, 0, 0, 6, code);
    assert_eq!(under(Limits { heap: 100_000, ..Limits::default() }, u64::MAX, m, main), "Null");
}

#[test]
fn shared_structures_cannot_be_compared_or_sent_for_ever() {
    // x = [x, x], forty times
    let doubled = |m: &mut Module, register: u16| {
        vec![
            Instr::Int { d: register, value: 0 },
            Instr::Int { d: 4, value: 0 },
            Instr::Int { d: 5, value: 60 },
            Instr::Copy { d: 6, s: register },
            Instr::Copy { d: 7, s: register },
            Instr::List { d: register, first: 6, n: 2 },
            Instr::NextInt { i: 4, end: 5, to: -4 },
        ]
        .into_iter()
        .chain(m.functions.is_empty().then_some(Instr::Null { d: 8 }))
        .collect::<Vec<_>>()
    };
    let mut m = module();
    let mut code = doubled(&mut m, 0);
    code.extend(doubled(&mut m, 1));
    code.extend([Instr::Eq { d: 0, a: 0, b: 1 }, Instr::Return { s: 0 }]);
    let main = function(&mut m, 0, 0, 9, code);
    let message = under(Limits { steps: 100_000, ..Limits::default() }, u64::MAX, m, main);
    assert!(message.contains("`steps` (100000)"), "{message}");

    let mut m = module();
    let mut code = doubled(&mut m, 0);
    code.push(Instr::Return { s: 0 });
    let body = function(&mut m, 0, 0, 9, code);
    let agent = graph(&mut m, "main", true, &[], vec![task("return", &[], body, &[])]);
    let (result, _) = drive(&mut Machine::start(load(m), agent, vec![], context()), |_| Outcome::Expired);
    let message = result.unwrap_err().error.message;
    assert_eq!(
        message,
        "the job's limit `payload` (16777216) was reached: the value of `return` is larger than that many bytes"
    );
}

#[test]
fn recursion_of_flows_and_too_many_fibers_are_refused() {
    let mut m = module();
    let at = site(&mut m, Site::Flow(GraphId(0)));
    let body =
        function(&mut m, 0, 0, 1, vec![Instr::Effect { d: 0, site: at, first: 0 }, Instr::Return { s: 0 }]);
    let endless = graph(&mut m, "endless", false, &[], vec![task("return", &[], body, &[])]);
    let agent = graph(&mut m, "main", true, &[], vec![task("return", &[], body, &[])]);
    let (result, _) =
        drive(&mut Machine::start(load(m.clone()), agent, vec![], context()), |_| Outcome::Expired);
    assert_eq!(endless, GraphId(0));
    assert_eq!(
        result.unwrap_err().error.message,
        "the job's limit `depth` (200) was reached: flow calls, items and arms nest too deep"
    );
    let few = Context { limits: Limits { fibers: 20, ..Limits::default() }, ..context() };
    let (result, _) = drive(&mut Machine::start(load(m), agent, vec![], few), |_| Outcome::Expired);
    assert!(result.unwrap_err().error.message.contains("`fibers` (20)"));
}
