//! Instructions, group by group: normal, edge and failing cases.

use aeth_lang::bytecode::module::{Action, Constant, Handler, Mutation, Path, PathStep};
use aeth_lang::library::Builtin;

use super::*;
use crate::value::{Key, Map, SealedPart, Unit};

const D: u16 = 10;

fn int(n: i64) -> Value {
    Value::Int(n)
}

fn s(text: &str) -> Value {
    Value::text(text)
}

fn ints(items: &[i64]) -> Value {
    Value::list(items.iter().copied().map(Value::Int).collect())
}

fn one(registers: Vec<Value>, instr: Instr) -> Result<Value, Error> {
    run(module(), registers, vec![instr, Instr::Return { s: D }])
}

#[test]
fn integers_are_checked() {
    let op = |instr: fn(u16, u16, u16) -> Instr, a: i64, b: i64| one(vec![int(a), int(b)], instr(D, 0, 1));
    let add = |d, a, b| Instr::AddInt { d, a, b };
    let sub = |d, a, b| Instr::SubInt { d, a, b };
    let mul = |d, a, b| Instr::MulInt { d, a, b };
    let div = |d, a, b| Instr::DivInt { d, a, b };
    let rem = |d, a, b| Instr::RemInt { d, a, b };
    assert_eq!(op(add, 2, 3), Ok(int(5)));
    assert_eq!(op(sub, 2, 3), Ok(int(-1)));
    assert_eq!(op(mul, -2, 3), Ok(int(-6)));
    assert_eq!(op(div, -7, 2), Ok(int(-3)));
    assert_eq!(op(rem, -7, 2), Ok(int(-1)));
    assert_eq!(op(rem, i64::MIN, -1), Ok(int(0)), "the remainder fits, though the quotient does not");
    for (result, expected) in [
        (op(add, i64::MAX, 1), "9223372036854775807 + 1 does not fit in 64 bits"),
        (op(sub, i64::MIN, 1), "-9223372036854775808 - 1 does not fit in 64 bits"),
        (op(mul, i64::MAX, 2), "9223372036854775807 * 2 does not fit in 64 bits"),
        (op(div, 1, 0), "division by zero: 1 / 0"),
        (op(rem, 1, 0), "division by zero: 1 % 0"),
        (op(div, i64::MIN, -1), "-9223372036854775808 / -1 does not fit in 64 bits"),
        (
            one(vec![int(i64::MIN)], Instr::NegInt { d: D, a: 0 }),
            "-(-9223372036854775808) does not fit in 64 bits",
        ),
        (
            one(vec![int(i64::MAX)], Instr::AddIntImm { d: D, a: 0, imm: 1 }),
            "9223372036854775807 + 1 does not fit in 64 bits",
        ),
    ] {
        assert_eq!(message(result), (ErrorKind::Arithmetic, expected.into()));
    }
}

#[test]
fn floats_stay_finite() {
    let op = |instr: fn(u16, u16, u16) -> Instr, a: f64, b: f64| {
        one(vec![Value::Float(a), Value::Float(b)], instr(D, 0, 1))
    };
    assert_eq!(op(|d, a, b| Instr::RemFloat { d, a, b }, -7.5, 2.0), Ok(Value::Float(-1.5)));
    assert_eq!(op(|d, a, b| Instr::DivFloat { d, a, b }, 1.0, 4.0), Ok(Value::Float(0.25)));
    let (kind, text) = message(op(|d, a, b| Instr::DivFloat { d, a, b }, 1.0, 0.0));
    assert_eq!((kind, text.as_str()), (ErrorKind::Arithmetic, "1.0 / 0.0 is not finite"));
    assert!(op(|d, a, b| Instr::MulFloat { d, a, b }, 1e300, 1e300).is_err());
    assert!(op(|d, a, b| Instr::RemFloat { d, a, b }, 1.0, 0.0).is_err());
}

#[test]
fn malformed_types_fault_and_cannot_be_caught() {
    for instr in [
        Instr::AddInt { d: D, a: 0, b: 1 },
        Instr::LtFloat { d: D, a: 0, b: 1 },
        Instr::Not { d: D, a: 0 },
        Instr::Item { d: D, a: 0, b: 1 },
        Instr::Field { d: D, a: 0, n: 0 },
        Instr::Payload { d: D, a: 0, n: 0 },
        Instr::Push { d: 0, s: 1 },
        Instr::Put { d: 0, k: 1, v: 1 },
        Instr::Entry { d: D, a: 0, b: 1 },
        Instr::Lt { d: D, a: 2, b: 2 },
        Instr::Fail { s: 0 },
        Instr::Error { d: D, s: 2, kind: 0 },
        Instr::NextItem { d: D, iter: 0, to: 0 },
        Instr::NextEntry { d: D, iter: 0, to: 0 },
        Instr::CallValue { d: D, callee: 0, first: 3 },
        Instr::Builtin { d: D, f: Builtin::ListLen, first: 0 },
    ] {
        let mut module = module();
        let main = function(&mut module, 3, 0, 20, vec![instr, Instr::Return { s: D }]);
        module.functions[main.index()].handlers.push(Handler { start: 0, end: 1, target: 1, register: D });
        let (kind, text) = message(call(module, main, vec![s("a"), s("b"), Value::Null]));
        assert_eq!(kind, ErrorKind::Failed);
        assert!(text.starts_with("internal error: "), "{instr:?}: {text}");
    }
}

#[test]
fn comparisons_and_jumps() {
    let mut m = module();
    m.constants.push(Constant::Int(1 << 40));
    // sum of 0..n by a loop: 0 n, 1 i, 2 sum
    let code = vec![
        Instr::Int { d: 1, value: 0 },
        Instr::Int { d: 2, value: 0 },
        Instr::JumpUnlessLtInt { a: 1, b: 0, to: 2 },
        Instr::AddInt { d: 2, a: 2, b: 1 },
        Instr::NextInt { i: 1, end: 0, to: -2 },
        Instr::Return { s: 2 },
    ];
    assert_eq!(run(m.clone(), vec![int(10)], code.clone()), Ok(int(45)));
    assert_eq!(run(m, vec![int(0)], code), Ok(int(0)));
    let test = |instr: Instr, a: Value, b: Value| one(vec![a, b], instr);
    assert_eq!(test(Instr::Eq { d: D, a: 0, b: 1 }, ints(&[1, 2]), ints(&[1, 2])), Ok(Value::Bool(true)));
    assert_eq!(test(Instr::Le { d: D, a: 0, b: 1 }, s("a"), s("a")), Ok(Value::Bool(true)));
    assert_eq!(test(Instr::Lt { d: D, a: 0, b: 1 }, s("b"), s("a")), Ok(Value::Bool(false)));
    let jumps = |instr: Instr, a: Value| {
        let code = vec![
            instr,
            Instr::Bool { d: D, value: false },
            Instr::Return { s: D },
            Instr::Bool { d: D, value: true },
            Instr::Return { s: D },
        ];
        run(module(), vec![a, int(3)], code) == Ok(Value::Bool(true))
    };
    assert!(jumps(Instr::JumpIf { a: 0, to: 2 }, Value::Bool(true)));
    assert!(!jumps(Instr::JumpUnless { a: 0, to: 2 }, Value::Bool(true)));
    assert!(jumps(Instr::JumpIfNull { a: 0, to: 2 }, Value::Null));
    assert!(jumps(Instr::JumpUnlessNull { a: 0, to: 2 }, int(1)));
    assert!(jumps(Instr::JumpUnlessEqInt { a: 0, b: 1, to: 2 }, int(4)));
    assert!(!jumps(Instr::JumpUnlessLeInt { a: 0, b: 1, to: 2 }, int(3)));
    assert!(jumps(
        Instr::JumpUnlessVariant { a: 0, variant: 1, to: 2 },
        Value::Unit(Unit { ty: 2, variant: 0 })
    ));
    assert!(!jumps(Instr::JumpUnlessVariant { a: 0, variant: 1, to: 2 }, Value::variant(2, 1, vec![s("x")])));
    for (kind, value) in
        [Value::Null, Value::Bool(true), int(1), s("a"), ints(&[]), Value::map(Map::default())]
            .into_iter()
            .enumerate()
    {
        assert!(!jumps(Instr::JumpUnlessJson { a: 0, kind: kind as u16, to: 2 }, value.clone()));
        assert!(jumps(Instr::JumpUnlessJson { a: 0, kind: (kind as u16 + 1) % 6, to: 2 }, value));
    }
}

#[test]
fn loops_over_lists_and_maps() {
    let code = vec![
        Instr::Int { d: 1, value: 0 },
        Instr::Int { d: 4, value: 0 },
        Instr::NextItem { d: 3, iter: 0, to: 2 },
        Instr::AddInt { d: 4, a: 4, b: 3 },
        Instr::Jump { to: -3 },
        Instr::Return { s: 4 },
    ];
    assert_eq!(run(module(), vec![ints(&[1, 2, 3])], code), Ok(int(6)));
    let map = Value::map(Map::from_iter([(Key::from("a"), int(1)), (Key::from("b"), int(2))]));
    let code = vec![
        Instr::Int { d: 1, value: 0 },
        Instr::List { d: 5, first: 6, n: 0 },
        Instr::NextEntry { d: 2, iter: 0, to: 3 },
        Instr::Push { d: 5, s: 2 },
        Instr::Push { d: 5, s: 3 },
        Instr::Jump { to: -4 },
        Instr::Return { s: 5 },
    ];
    let expected = Value::list(vec![s("a"), int(1), s("b"), int(2)]);
    assert_eq!(run(module(), vec![map], code), Ok(expected));
}

#[test]
fn text_is_joined_and_sealed() {
    let parts = vec![s("n="), int(3), Value::Null, Value::list(vec![Value::Float(0.5)])];
    assert_eq!(one(parts, Instr::Concat { d: D, first: 0, n: 4 }), Ok(s("n=3null[0.5]")));
    let mut m = module();
    let k = text(&mut m, "KEY");
    let code = vec![
        Instr::Secret { d: 1, k },
        Instr::Seal { d: 4, first: 0, n: 3 },
        Instr::Copy { d: 5, s: 4 },
        Instr::Seal { d: D, first: 5, n: 2 },
        Instr::Return { s: D },
    ];
    let sealed =
        run(m, vec![s("Bearer "), Value::Null, int(1), Value::Null, Value::Null, Value::Null, s("!")], code);
    let parts = vec![
        SealedPart::Text("Bearer ".into()),
        SealedPart::Secret("KEY".into()),
        SealedPart::Text("1!".into()),
    ];
    assert_eq!(sealed, Ok(Value::Sealed(parts.into())));
}

#[test]
fn lists_maps_tuples_and_records() {
    assert_eq!(one(vec![int(1), int(2)], Instr::List { d: D, first: 0, n: 2 }), Ok(ints(&[1, 2])));
    assert_eq!(one(vec![ints(&[5, 6]), int(1)], Instr::Item { d: D, a: 0, b: 1 }), Ok(int(6)));
    assert_eq!(
        message(one(vec![ints(&[5]), int(1)], Instr::Item { d: D, a: 0, b: 1 })),
        (ErrorKind::NotFound, "index 1 is out of range: the list has 1 item".into())
    );
    assert!(one(vec![ints(&[5]), int(-1)], Instr::Item { d: D, a: 0, b: 1 }).is_err());
    let map = one(vec![s("a"), int(1), s("a"), int(2)], Instr::Map { d: D, first: 0, n: 2 }).unwrap();
    assert_eq!(map, Value::map(Map::from_iter([(Key::from("a"), int(2))])));
    assert_eq!(one(vec![map.clone(), s("a")], Instr::Entry { d: D, a: 0, b: 1 }), Ok(int(2)));
    assert_eq!(
        message(one(vec![map, s("b")], Instr::Entry { d: D, a: 0, b: 1 })),
        (ErrorKind::NotFound, "the key \"b\" is not there".into())
    );
    let tuple = one(vec![int(1), s("b")], Instr::Tuple { d: D, first: 0, n: 2 }).unwrap();
    assert_eq!(one(vec![tuple], Instr::TupleField { d: D, a: 0, n: 1 }), Ok(s("b")));
    let point = one(vec![int(3), int(4)], Instr::Record { d: D, first: 0, ty: 5 }).unwrap();
    assert_eq!(one(vec![point.clone()], Instr::Field { d: D, a: 0, n: 1 }), Ok(int(4)));
    // an update changes the copy alone
    let code = vec![
        Instr::Copy { d: 2, s: 0 },
        Instr::SetField { d: 2, n: 0, s: 1 },
        Instr::Tuple { d: D, first: 2, n: 1 },
        Instr::Copy { d: 3, s: 0 },
        Instr::Copy { d: 2, s: D },
        Instr::Tuple { d: D, first: 2, n: 2 },
        Instr::Return { s: D },
    ];
    let both = run(module(), vec![point, int(9)], code).unwrap();
    let expected = Value::tuple(vec![
        Value::tuple(vec![Value::record(5, vec![int(9), int(4)])]),
        Value::record(5, vec![int(3), int(4)]),
    ]);
    assert_eq!(both, expected);
}

#[test]
fn json_access() {
    let json = crate::value::json::parse(r#"{"a":{"b":[1,2.50]},"n":null}"#).unwrap();
    let field =
        |json: &Value, name: &str| one(vec![json.clone(), s(name)], Instr::JsonField { d: D, a: 0, b: 1 });
    let index =
        |json: &Value, key: Value| one(vec![json.clone(), key], Instr::JsonIndex { d: D, a: 0, b: 1 });
    let a = field(&json, "a").unwrap();
    assert_eq!(field(&json, "zzz"), Ok(Value::Null));
    assert_eq!(field(&int(1), "a"), Ok(Value::Null));
    let b = index(&a, s("b")).unwrap();
    assert_eq!(index(&b, int(0)), Ok(int(1)));
    assert_eq!(message(index(&b, int(2))).0, ErrorKind::NotFound);
    assert_eq!(message(index(&json, s("zzz"))).1, "the key \"zzz\" is not there");
    assert_eq!(message(index(&b, s("x"))).1, "no member \"x\" in a list");
    let number = index(&b, int(1)).unwrap();
    let payload = one(vec![number], Instr::JsonPayload { d: D, a: 0 }).unwrap();
    assert!(matches!(&payload, Value::Decimal(d) if d.to_string() == "2.50"));
    let huge = crate::value::json::parse("1e400").unwrap();
    assert_eq!(message(one(vec![huge], Instr::JsonPayload { d: D, a: 0 })).0, ErrorKind::Decode);
    assert_eq!(one(vec![ints(&[1])], Instr::Decode { d: D, a: 0, shape: 2 }), Ok(ints(&[1])));
    let (kind, text) =
        message(one(vec![Value::list(vec![int(1), s("x")])], Instr::Decode { d: D, a: 0, shape: 2 }));
    assert_eq!((kind, text.as_str()), (ErrorKind::Decode, "$[1]: expected Int, found \"x\""));
}

#[test]
fn changes_happen_inside_and_leave_copies_alone() {
    let set = |steps: &[PathStep]| Path { steps: steps.to_vec(), action: Action::Set };
    let mutate = |steps: &[PathStep], m| Path { steps: steps.to_vec(), action: Action::Mutate(m) };
    let change = |path: Path, root: Value, run_of: Vec<Value>| {
        let mut m = module();
        m.paths.push(path);
        let mut registers = vec![root];
        registers.extend(run_of);
        while registers.len() < 4 {
            registers.push(Value::Null);
        }
        // 4 holds a second reference, which must not see the change
        let code = vec![
            Instr::Copy { d: 4, s: 0 },
            Instr::Change { root: 0, path: 0, first: 1 },
            Instr::Copy { d: 5, s: 0 },
            Instr::Copy { d: 6, s: 1 },
            Instr::Tuple { d: D, first: 4, n: 3 },
            Instr::Return { s: D },
        ];
        run(m, registers, code)
    };
    let case = |path: Path, root: Value, args: Vec<Value>, after: Value, result: Value| {
        let found = change(path.clone(), root.clone(), args);
        assert_eq!(found, Ok(Value::tuple(vec![root, after, result])), "{path:?}");
    };
    use PathStep::{Field, Index, Json, Key as MapKey};
    let object = |text: &str| crate::value::json::parse(text).unwrap();
    let map = |entries: &[(i64, Value)]| {
        Value::map(entries.iter().map(|(k, v)| (Key::Int(*k), v.clone())).collect())
    };
    case(set(&[Index]), ints(&[1, 2]), vec![int(0), int(9)], ints(&[9, 2]), Value::Null);
    case(set(&[]), ints(&[1]), vec![ints(&[2])], ints(&[2]), Value::Null);
    case(
        set(&[Field(1), Index]),
        Value::record(5, vec![int(0), ints(&[1])]),
        vec![int(0), int(7)],
        Value::record(5, vec![int(0), ints(&[7])]),
        Value::Null,
    );
    case(
        set(&[MapKey]),
        map(&[(1, int(1))]),
        vec![int(2), int(5)],
        map(&[(1, int(1)), (2, int(5))]),
        Value::Null,
    );
    case(
        mutate(&[MapKey], Mutation::ListPush),
        map(&[(1, ints(&[]))]),
        vec![int(1), int(5)],
        map(&[(1, ints(&[5]))]),
        Value::Null,
    );
    case(
        set(&[Json, Json]),
        object("{\"a\":1}"),
        vec![s("b"), s("c"), int(5)],
        object("{\"a\":1,\"b\":{\"c\":5}}"),
        Value::Null,
    );
    case(set(&[Json]), Value::Null, vec![s("b"), int(5)], object("{\"b\":5}"), Value::Null);
    case(
        set(&[Json, Json]),
        object("{\"a\":[1,2]}"),
        vec![s("a"), int(1), s("x")],
        object("{\"a\":[1,\"x\"]}"),
        Value::Null,
    );
    case(mutate(&[], Mutation::ListPop), ints(&[1, 2]), vec![], ints(&[1]), int(2));
    case(mutate(&[], Mutation::ListPop), ints(&[]), vec![], ints(&[]), Value::Null);
    case(mutate(&[], Mutation::ListInsert), ints(&[1]), vec![int(1), int(5)], ints(&[1, 5]), Value::Null);
    case(mutate(&[], Mutation::ListRemoveAt), ints(&[1, 2]), vec![int(0)], ints(&[2]), int(1));
    case(mutate(&[], Mutation::ListClear), ints(&[1, 2]), vec![], ints(&[]), Value::Null);
    case(
        mutate(&[], Mutation::MapDelete),
        map(&[(1, int(5)), (2, int(6))]),
        vec![int(1)],
        map(&[(2, int(6))]),
        int(5),
    );
    case(mutate(&[], Mutation::MapDelete), map(&[]), vec![int(1)], map(&[]), Value::Null);
    case(mutate(&[], Mutation::MapClear), map(&[(1, int(5))]), vec![], map(&[]), Value::Null);
    for (path, root, args, expected) in [
        (set(&[Index]), ints(&[1]), vec![int(1), int(9)], "index 1 is out of range: the list has 1 item"),
        (set(&[Index]), ints(&[1]), vec![int(-1), int(9)], "index -1 is out of range"),
        (set(&[MapKey, Index]), map(&[]), vec![int(1), int(0), int(9)], "the key 1 is not there"),
        (mutate(&[], Mutation::ListInsert), ints(&[1]), vec![int(2), int(9)], "index 2 is out of range"),
        (
            mutate(&[], Mutation::ListRemoveAt),
            ints(&[]),
            vec![int(0)],
            "index 0 is out of range: the list has 0 items",
        ),
        (
            set(&[Json, Json]),
            object("{\"a\":1}"),
            vec![s("a"), s("b"), int(1)],
            "cannot set \"b\" in a number, which is no object",
        ),
        (set(&[Json]), Value::Null, vec![int(0), int(1)], "cannot set item 0 in null, which is no list"),
        (set(&[Json]), object("[1]"), vec![int(3), int(1)], "index 3 is out of range"),
    ] {
        let (kind, text) = message(change(path, root, args));
        assert_eq!(kind, ErrorKind::NotFound);
        assert!(text.starts_with(expected), "{text}");
    }
}

/// `fib(n)` as the compiler writes it.
fn fib(module: &mut Module) -> FunctionId {
    let f = u16::try_from(module.functions.len()).unwrap();
    let code = vec![
        Instr::Int { d: 1, value: 2 },
        Instr::JumpUnlessLtInt { a: 0, b: 1, to: 1 },
        Instr::Return { s: 0 },
        Instr::AddIntImm { d: 2, a: 0, imm: -1 },
        Instr::Call { d: 1, f, first: 2 },
        Instr::AddIntImm { d: 2, a: 0, imm: -2 },
        Instr::Call { d: 2, f, first: 2 },
        Instr::AddInt { d: 1, a: 1, b: 2 },
        Instr::Return { s: 1 },
    ];
    function(module, 1, 0, 3, code)
}

#[test]
fn calls_and_function_values() {
    let mut m = module();
    let f = fib(&mut m);
    assert_eq!(call(m.clone(), f, vec![int(15)]), Ok(int(610)));
    // x => x + captured
    let add = function(&mut m, 1, 1, 3, vec![Instr::AddInt { d: 2, a: 0, b: 1 }, Instr::Return { s: 2 }]);
    let code = vec![
        Instr::Int { d: 1, value: 100 },
        Instr::Closure { d: 2, f: add.0, first: 1 },
        Instr::Copy { d: 3, s: 0 },
        Instr::CallValue { d: 1, callee: 2, first: 3 },
        Instr::Return { s: 1 },
    ];
    let main = function(&mut m, 1, 0, 6, code);
    assert_eq!(call(m, main, vec![int(5)]), Ok(int(105)));
}

#[test]
fn faults_are_caught_by_the_innermost_handler_that_covers_them() {
    let mut m = module();
    // divides, and catches nothing itself
    let div = function(&mut m, 2, 0, 3, vec![Instr::DivInt { d: 2, a: 0, b: 1 }, Instr::Return { s: 2 }]);
    let code = vec![
        Instr::Copy { d: 3, s: 0 },
        Instr::Copy { d: 4, s: 1 },
        Instr::Call { d: 2, f: div.0, first: 3 },
        Instr::Return { s: 2 },
        Instr::Field { d: 2, a: 5, n: 1 },
        Instr::Return { s: 2 },
    ];
    let main = function(&mut m, 2, 0, 8, code);
    m.functions[main.index()].handlers.push(Handler { start: 2, end: 3, target: 4, register: 5 });
    assert_eq!(call(m.clone(), main, vec![int(6), int(2)]), Ok(int(3)));
    assert_eq!(call(m.clone(), main, vec![int(6), int(0)]), Ok(s("division by zero: 6 / 0")));
    // a fault outside the range passes, with its way
    m.functions[main.index()].handlers[0] = Handler { start: 0, end: 1, target: 4, register: 5 };
    let mut machine = Machine::function(load(m), main, vec![int(1), int(0)], context(), "f");
    let Halt::Done(Err(failure)) = machine.run(u64::MAX) else { panic!("no failure") };
    let trace: Vec<(u16, u32)> = failure.trace.iter().map(|point| (point.function.0, point.pc)).collect();
    assert_eq!(trace, [(div.0, 0), (main.0, 2)]);
}

#[test]
fn errors_are_made_and_thrown() {
    let code = vec![Instr::Error { d: 1, s: 0, kind: 1 }, Instr::Fail { s: 1 }];
    assert_eq!(message(run(module(), vec![s("x > 0")], code)), (ErrorKind::Assertion, "x > 0".into()));
    let error = Error { task: Some("a".into()), ..Error::new(ErrorKind::Other("Quota".into()), "m") };
    let code = vec![Instr::Fail { s: 0 }];
    assert_eq!(run(module(), vec![error.to_value()], code), Err(error));
}

#[test]
fn globals_are_computed_at_load_in_order() {
    let mut m = module();
    let first = function(&mut m, 0, 0, 1, vec![Instr::Int { d: 0, value: 20 }, Instr::Return { s: 0 }]);
    let code =
        vec![Instr::Global { d: 0, g: 0 }, Instr::AddIntImm { d: 0, a: 0, imm: 2 }, Instr::Return { s: 0 }];
    let second = function(&mut m, 0, 0, 1, code);
    m.globals = vec![first, second];
    let main = function(&mut m, 0, 0, 1, vec![Instr::Global { d: 0, g: 1 }, Instr::Return { s: 0 }]);
    assert_eq!(call(m.clone(), main, vec![]), Ok(int(22)));
    m.globals = vec![second, first];
    let refused = Program::load(m, Debug::default());
    assert!(matches!(&refused, Err(LoadError::Global { .. } | LoadError::Malformed(_))), "{refused:?}");
}
