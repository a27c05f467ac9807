//! Snapshots that were tampered with: refused when they are restored, or as safe to run as any other.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};

use aeth_lang::ids::GraphId;
use aeth_lang::source::SourceMap;
use aeth_runtime::effect::{Delivery, Outcome};
use aeth_runtime::limits::Limits;
use aeth_runtime::machine::{Context, Halt, Machine, Program};
use aeth_runtime::value::{Error, ErrorKind, Value};

use super::{Dice, Watch, bases, campaign};

fn context() -> Context {
    let limits = Limits { steps: 200_000, heap: 1 << 20, ..Limits::default() };
    Context { job: "job".to_owned(), env: BTreeMap::new(), limits }
}

fn settle(machine: &mut Machine) -> bool {
    let halt = loop {
        match machine.run(10_000) {
            Halt::OutOfFuel => {}
            halt => break halt,
        }
    };
    machine.outputs();
    halt == Halt::Blocked
}

/// Snapshots of the real programs that wait for something, after one answer and after two.
fn snapshots() -> &'static [(Arc<Program>, Vec<u8>)] {
    static SNAPSHOTS: OnceLock<Vec<(Arc<Program>, Vec<u8>)>> = OnceLock::new();
    SNAPSHOTS.get_or_init(|| {
        let mut snapshots = Vec::new();
        let compile = |text: &String| aeth_lang::compile(&SourceMap::single("main.aeth", text)).compiled;
        for one in bases().iter().filter_map(compile) {
            let Ok(program) = Program::load(one.module, one.debug) else { continue };
            for at in 0..program.module.graphs.len() {
                let graph = &program.module.graphs[at];
                let args = vec![Value::text("argument"); graph.params.len()];
                let mut machine = Machine::start(program.clone(), GraphId::of(at), args, context());
                for answer in 0..3 {
                    if !settle(&mut machine) {
                        break;
                    }
                    snapshots.push((program.clone(), machine.snapshot()));
                    let Some(id) = machine.waiting().into_iter().next() else { break };
                    let outcome = Outcome::Value(Value::Int(answer));
                    machine.deliver(&Delivery::Outcome { id, outcome });
                }
            }
        }
        assert!(snapshots.len() > 10, "only {} snapshots", snapshots.len());
        snapshots
    })
}

#[test]
fn tampered_snapshots_are_refused_or_harmless() {
    let ran = AtomicUsize::new(0);
    let count = campaign("snapshots", 60, |bytes| {
        let mut dice = Dice::new(bytes);
        let (program, original) = &snapshots()[dice.below(snapshots().len())];
        let mut tampered = original.clone();
        for _ in 0..=dice.byte() % 3 {
            let at = dice.below(tampered.len());
            match dice.byte() % 5 {
                0 => tampered[at] = u8::try_from(dice.byte()).unwrap_or(0),
                1 => tampered[at] ^= 1 << (dice.byte() % 8),
                2 => tampered.truncate(at.max(1)),
                3 => tampered[at] = tampered[at].wrapping_add(1),
                _ => tampered.insert(at, u8::try_from(dice.byte()).unwrap_or(0)),
            }
        }
        let watch = Watch::start();
        if let Ok(mut machine) = Machine::restore(program, context(), &tampered) {
            assert!(machine.snapshot() == tampered, "bytes that are not canonical were taken");
            ran.fetch_add(1, Ordering::Relaxed);
            for id in machine.waiting() {
                let outcome = match dice.byte() % 3 {
                    0 => Outcome::Value(Value::Int(1)),
                    1 => Outcome::Error(Error::new(ErrorKind::Failed, "no")),
                    _ => Outcome::Expired,
                };
                machine.deliver(&Delivery::Outcome { id, outcome });
                settle(&mut machine);
            }
            let _ = (machine.digest(), machine.tasks());
            machine.deliver(&Delivery::Cancel);
            settle(&mut machine);
        }
        watch.within_patience("one input");
    });
    println!("{count} tampered snapshots, {ran:?} of them ran");
}
