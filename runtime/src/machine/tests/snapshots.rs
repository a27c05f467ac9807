//! Snapshots: whatever machine is driven in these tests goes on from every one of its snapshots as it did without.

use super::*;
use crate::value::Map;
use crate::value::measure::Heap;

/// A machine's way to its end: after the start and after each delivery, what it said and what it then was.
#[derive(Default)]
pub(super) struct Way {
    deliveries: Vec<Delivery>,
    places: Vec<Place>,
}

/// Where a machine was after a delivery.
#[derive(Clone, Debug, PartialEq)]
struct Place {
    outputs: Vec<Output>,
    digest: [u8; 32],
    snapshot: Vec<u8>,
    end: Option<Result<Value, Failure>>,
}

fn settle(machine: &mut Machine) -> Place {
    let end = loop {
        match machine.run(u64::MAX) {
            Halt::Done(result) => break Some(result),
            Halt::Blocked => break None,
            Halt::OutOfFuel => {}
        }
    };
    let outputs = machine.outputs();
    Place { outputs, digest: machine.digest(), snapshot: machine.snapshot(), end }
}

impl Way {
    /// Lets a machine that has not run begin.
    pub(super) fn begin(&mut self, machine: &mut Machine) -> (Vec<Output>, Option<Result<Value, Failure>>) {
        self.note(settle(machine))
    }

    /// Feeds it a delivery.
    pub(super) fn deliver(
        &mut self,
        machine: &mut Machine,
        delivery: Delivery,
    ) -> (Vec<Output>, Option<Result<Value, Failure>>) {
        machine.deliver(&delivery);
        self.deliveries.push(delivery);
        self.note(settle(machine))
    }

    fn note(&mut self, place: Place) -> (Vec<Output>, Option<Result<Value, Failure>>) {
        let said = (place.outputs.clone(), place.end.clone());
        self.places.push(place);
        said
    }

    /// From every place it goes on as it did.
    pub(super) fn holds(&self, machine: &Machine) {
        for (at, place) in self.places.iter().enumerate() {
            let (program, context) = (&machine.program, machine.context.clone());
            let mut again = Machine::restore(program, context, &place.snapshot).expect("it restores");
            assert_eq!(again.digest(), place.digest, "after {at} deliveries");
            for (delivery, was) in self.deliveries[at..].iter().zip(&self.places[at + 1..]) {
                again.deliver(delivery);
                assert_eq!(settle(&mut again), *was, "restored after {at} deliveries");
            }
        }
    }
}

/// An agent that keeps a value in a register while it asks, then gives it back.
fn keeper(shape_of: impl Fn(&mut Module) -> Vec<Instr>, registers: u16) -> Machine {
    let mut m = module();
    let now = site(&mut m, Site::Now);
    let mut code = shape_of(&mut m);
    code.push(Instr::Effect { d: registers, site: now, first: registers });
    code.push(Instr::Return { s: 0 });
    let body = function(&mut m, 1, 0, registers + 1, code);
    let agent = graph(&mut m, "main", true, &["x"], vec![task("return", &[], body, &[Input::Param(0)])]);
    let text = Value::text("x".repeat(2_000));
    let shared = Value::list(vec![text.clone(); 1_000]);
    let value =
        Value::map(Map::from_iter([("a".into(), shared.clone()), ("b".into(), shared), ("c".into(), text)]));
    Machine::start(load(m), agent, vec![value], context())
}

#[test]
fn what_is_shared_a_thousand_times_is_kept_once() {
    let mut machine = keeper(|_| Vec::new(), 1);
    assert_eq!(machine.run(u64::MAX), Halt::Blocked);
    machine.outputs();
    let snapshot = machine.snapshot();
    assert!(snapshot.len() < 10_000, "{} bytes", snapshot.len());
    let again = Machine::restore(&machine.program, context(), &snapshot).unwrap();
    let units = |machine: &Machine| {
        let mut heap = Heap::default();
        machine.fibers.values().for_each(|fiber| heap.add(&fiber.stack));
        machine.groups.values().for_each(|group| heap.add(group.values()));
        heap.units()
    };
    assert_eq!(units(&again), units(&machine));
    assert_eq!(again.digest(), machine.digest());
}

#[test]
fn what_the_program_holds_is_not_copied() {
    let mut machine = keeper(
        |m| {
            let k = text(m, &"long ".repeat(1_500));
            vec![Instr::Const { d: 1, k }, Instr::Const { d: 2, k }]
        },
        3,
    );
    machine.run(u64::MAX);
    machine.outputs();
    let snapshot = machine.snapshot();
    assert!(snapshot.len() < 10_000, "{} bytes", snapshot.len());
    let again = Machine::restore(&machine.program, context(), &snapshot).unwrap();
    assert_eq!(again.digest(), machine.digest());
}

/// A machine restored in the middle meets a limit where it would have met it.
#[test]
fn limits_strike_at_the_same_place() {
    let mut m = module();
    let now = site(&mut m, Site::Now);
    // Grows a list by half a million items between two effects, until the heap is full.
    let code = vec![
        Instr::List { d: 0, first: 1, n: 0 },
        Instr::Int { d: 1, value: 0 },
        Instr::Int { d: 2, value: 500_000 },
        Instr::Push { d: 0, s: 1 },
        Instr::NextInt { i: 1, end: 2, to: -2 },
        Instr::Effect { d: 3, site: now, first: 3 },
        Instr::Jump { to: -6 },
        Instr::Return { s: 0 },
    ];
    let body = function(&mut m, 0, 0, 4, code);
    let agent = graph(&mut m, "main", true, &[], vec![task("return", &[], body, &[])]);
    let limits = Limits { heap: 3_000_000, ..Limits::default() };
    let mut machine = Machine::start(load(m), agent, vec![], Context { limits, ..context() });
    let (end, lines) = drive(&mut machine, |_| Outcome::Value(Value::Int(0)));
    assert_eq!(end.unwrap_err().error.kind, ErrorKind::Limit);
    assert!(lines.len() > 4, "{lines:?}");
}

#[test]
fn bytes_never_change() {
    let (m, agent) = super::fibers::diamond();
    let mut machine = Machine::start(load(m), agent, vec![Value::Int(100)], context());
    machine.run(u64::MAX);
    machine.outputs();
    let hash = blake3::hash(&machine.snapshot()).to_hex()[..16].to_owned();
    assert_eq!(hash, "9e8894c4ebd57d2c", "a snapshot of this version reads other bytes: raise its VERSION");
}

/// Every byte of a snapshot changed in three ways, and every beginning of it: refused, or a machine that runs.
#[test]
fn damage_is_refused_or_harmless() {
    let (m, agent, args) = super::fibers::fan(Value::Int(3));
    let mut machine = Machine::start(load(m), agent, args, context());
    machine.run(u64::MAX);
    machine.outputs();
    let whole = machine.snapshot();
    let mut taken = 0;
    let mut judge = |bytes: &[u8]| {
        let Ok(mut machine) = Machine::restore(&machine.program, context(), bytes) else { return };
        taken += 1;
        assert_eq!(machine.snapshot(), bytes, "not canonical");
        for id in machine.waiting() {
            machine.deliver(&Delivery::Outcome { id, outcome: Outcome::Value(Value::Int(1)) });
            machine.run(10_000);
        }
        machine.deliver(&Delivery::Cancel);
        let _ = (machine.run(10_000), machine.digest(), machine.tasks());
    };
    for at in 0..whole.len() {
        judge(&whole[..at]);
        for change in [1, 0x80, 0xff] {
            let mut bytes = whole.clone();
            bytes[at] ^= change;
            judge(&bytes);
        }
        let mut longer = whole.clone();
        longer.insert(at, 0);
        judge(&longer);
    }
    assert!((10..whole.len()).contains(&taken), "{taken} of {} changes were taken", whole.len() * 5);
}
