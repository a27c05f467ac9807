//! Modules that were tampered with: refused when they are decoded or verified, or as safe to run as any other.

use std::collections::BTreeMap;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};

use aeth_lang::bytecode::module::Debug;
use aeth_lang::bytecode::{Module, decode, decode_debug, disasm, encode, encode_debug, verify};
use aeth_lang::ids::GraphId;
use aeth_lang::source::SourceMap;
use aeth_runtime::limits::Limits;
use aeth_runtime::machine::{Context, Halt, Machine, Program};
use serde_json::Value;

use super::{Dice, Watch, bases, campaign};

/// Steps of a tampered program before it has shown enough.
const STEPS: u64 = 200_000;

/// The modules of the real programs, with their debug tables.
fn modules() -> &'static [(Vec<u8>, Value, Debug)] {
    static MODULES: OnceLock<Vec<(Vec<u8>, Value, Debug)>> = OnceLock::new();
    MODULES.get_or_init(|| {
        let compile = |text: &String| aeth_lang::compile(&SourceMap::single("main.aeth", text)).compiled;
        let compiled = bases().iter().filter_map(compile);
        let tree = |module: &Module| serde_json::to_value(module).expect("plain data");
        let modules: Vec<_> =
            compiled.map(|one| (encode(&one.module), tree(&one.module), one.debug)).collect();
        assert!(modules.len() > 5, "only {} programs compile", modules.len());
        modules
    })
}

/// Runs what can be run of a module that passed the verifier: graphs and functions without parameters.
fn run(module: Module, debug: Debug) -> bool {
    let graphs: Vec<GraphId> =
        (0..module.graphs.len()).filter(|&at| module.graphs[at].params.is_empty()).map(GraphId::of).collect();
    assert!(!disasm::listing(&module, Some(&debug)).is_empty());
    let Ok(program) = Program::load(module, debug) else { return false };
    for graph in graphs {
        let limits = Limits { steps: STEPS, ..Limits::default() };
        let context = Context { job: "job".to_owned(), env: BTreeMap::new(), limits };
        let mut machine = Machine::start(program.clone(), graph, Vec::new(), context);
        while machine.run(10_000) == Halt::OutOfFuel {}
        drop(machine.outputs());
        let _ = machine.digest();
    }
    true
}

/// A module that verifies is run; one that does not is refused. Either takes its time, and no more.
fn judge(module: Module, debug: &Debug) -> bool {
    let watch = Watch::start();
    let ran = verify(&module).is_ok() && run(module, debug.clone());
    watch.within_patience("one input");
    ran
}

/// Changes up to four bytes.
fn tamper(bytes: &mut Vec<u8>, dice: &mut Dice<'_>) {
    for _ in 0..=dice.byte() % 4 {
        let at = dice.below(bytes.len());
        match dice.byte() % 4 {
            0 => bytes[at] = u8::try_from(dice.byte()).unwrap_or(0),
            1 => bytes[at] ^= 1 << (dice.byte() % 8),
            2 => bytes.truncate(at.max(1)),
            _ => bytes.insert(at, u8::try_from(dice.byte()).unwrap_or(0)),
        }
    }
}

#[test]
fn tampered_bytes_are_refused_or_harmless() {
    let ran = AtomicUsize::new(0);
    let count = campaign("module bytes", 60, |bytes| {
        let mut dice = Dice::new(bytes);
        let (original, _, debug) = &modules()[dice.below(modules().len())];
        let mut tampered = original.clone();
        tamper(&mut tampered, &mut dice);
        if let Ok(module) = decode(&tampered) {
            // What is read is what was written: no two texts of bytes are the same module.
            assert!(encode(&module) == tampered, "bytes that are not canonical were taken");
            if judge(module, debug) {
                ran.fetch_add(1, Ordering::Relaxed);
            }
        }
    });
    println!("{count} tampered byte strings, {ran:?} of them ran");
}

#[test]
fn tampered_debug_tables_are_refused_or_harmless() {
    let read = AtomicUsize::new(0);
    let count = campaign("debug tables", 60, |bytes| {
        let mut dice = Dice::new(bytes);
        let (module, _, debug) = &modules()[dice.below(modules().len())];
        let mut tampered = encode_debug(debug);
        tamper(&mut tampered, &mut dice);
        if let Ok(debug) = decode_debug(&tampered) {
            assert!(encode_debug(&debug) == tampered, "bytes that are not canonical were taken");
            let module = decode(module).expect("a module of ours");
            let watch = Watch::start();
            // Wherever the table leads, it leads nobody astray: it is shown, and no more.
            assert!(!disasm::listing(&module, Some(&debug)).is_empty());
            watch.within_patience("one input");
            read.fetch_add(1, Ordering::Relaxed);
        }
    });
    println!("{count} tampered debug tables, {read:?} of them well-formed");
}

/// Every table of a module, emptied, doubled and shortened by its last entry: refused or as safe as any other.
#[test]
fn every_table_of_a_module_is_guarded() {
    let (mut tables, mut refused) = (std::collections::BTreeSet::new(), 0);
    for (_, tree, debug) in modules() {
        let Value::Object(fields) = tree else { panic!("a module is an object") };
        for (name, table) in fields {
            let Value::Array(items) = table else { continue };
            if items.is_empty() {
                continue;
            }
            tables.insert(name.clone());
            let turned: Vec<Value> = items.iter().rev().cloned().collect();
            let all_but_last = items[..items.len() - 1].to_vec();
            for changed in [Vec::new(), [items.clone(), items.clone()].concat(), all_but_last, turned] {
                let mut tree = tree.clone();
                tree[name.as_str()] = Value::Array(changed);
                if let Ok(module) = serde_json::from_value::<Module>(tree)
                    && !judge(module, debug)
                {
                    refused += 1;
                }
            }
        }
    }
    println!("{} tables: {tables:?}, {refused} modules refused", tables.len());
    assert!(tables.len() >= 8 && refused > 100, "{tables:?}, {refused}");
}

#[test]
fn tampered_modules_are_refused_or_harmless() {
    let (read, ran) = (AtomicUsize::new(0), AtomicUsize::new(0));
    let count = campaign("modules", 60, |bytes| {
        let mut dice = Dice::new(bytes);
        let (_, tree, debug) = &modules()[dice.below(modules().len())];
        let mut tree = tree.clone();
        for _ in 0..=dice.byte() % 3 {
            let count = places(&tree);
            let place = dice.below(count);
            change(&mut tree, &mut { place }, &mut dice);
        }
        if let Ok(module) = serde_json::from_value::<Module>(tree) {
            read.fetch_add(1, Ordering::Relaxed);
            if judge(module, debug) {
                ran.fetch_add(1, Ordering::Relaxed);
            }
        }
    });
    println!("{count} tampered modules, {read:?} of them well-formed, {ran:?} of them ran");
}

/// Numbers and lists in a tree.
fn places(value: &Value) -> usize {
    match value {
        Value::Number(_) => 1,
        Value::Array(items) => 1 + items.iter().map(places).sum::<usize>(),
        Value::Object(fields) => fields.values().map(places).sum(),
        _ => 0,
    }
}

/// Changes the number or list at `place`, counted down on the way.
fn change(value: &mut Value, place: &mut usize, dice: &mut Dice<'_>) -> bool {
    let here = matches!(value, Value::Number(_) | Value::Array(_));
    if here && *place == 0 {
        match value {
            Value::Number(number) => {
                let old = number.as_i64().unwrap_or(0);
                let new = match dice.byte() % 4 {
                    0 => old.wrapping_add(1),
                    1 => old.wrapping_sub(1),
                    2 => i64::try_from(dice.byte()).unwrap_or(0),
                    _ => old ^ (1 << (dice.byte() % 32)),
                };
                *value = new.into();
            }
            Value::Array(items) if !items.is_empty() => {
                let at = dice.below(items.len());
                match dice.byte() % 3 {
                    0 => drop(items.remove(at)),
                    1 => items.push(items[at].clone()),
                    _ => items.swap(0, at),
                }
            }
            _ => {}
        }
        return true;
    }
    *place -= usize::from(here);
    match value {
        Value::Array(items) => items.iter_mut().any(|item| change(item, place, dice)),
        Value::Object(fields) => fields.values_mut().any(|item| change(item, place, dice)),
        _ => false,
    }
}
