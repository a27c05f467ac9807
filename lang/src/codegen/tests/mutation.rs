//! Real modules with something changed at random: the verifier refuses them, or they are still safe to read.
//!
//! "Safe" is judged by the listing, which follows every index of every table without looking first.

use std::sync::OnceLock;

use proptest::prelude::*;
use serde_json::Value;

use super::{compiled, corpus};
use crate::bytecode::disasm::listing;
use crate::bytecode::{Module, verify};

/// The modules of the corpus as JSON trees.
fn modules() -> &'static [Value] {
    static MODULES: OnceLock<Vec<Value>> = OnceLock::new();
    MODULES.get_or_init(|| {
        corpus()
            .iter()
            .map(|(name, text)| serde_json::to_value(&compiled(name, text).module).expect("plain data"))
            .collect()
    })
}

/// Numbers and lists in a tree.
fn places(value: &mut Value) -> usize {
    match value {
        Value::Number(_) => 1,
        Value::Array(items) => 1 + items.iter_mut().map(places).sum::<usize>(),
        Value::Object(fields) => fields.values_mut().map(places).sum(),
        _ => 0,
    }
}

/// Changes the `n`th number or list; answers how many were passed if it is not in here.
fn change(value: &mut Value, n: usize, by: u64) -> Result<(), usize> {
    match value {
        Value::Number(number) if n == 0 => {
            let old = number.as_i64().unwrap_or(0);
            let new = match by % 4 {
                0 => old + 1,
                1 => old - 1,
                2 => i64::from(u16::try_from(by % 70_000).unwrap_or(u16::MAX)),
                _ => i64::try_from(by % 64).unwrap_or(0),
            };
            *value = new.into();
            Ok(())
        }
        Value::Array(items) if n == 0 => {
            let at = usize::try_from(by).unwrap_or(0) % items.len().max(1);
            if !items.is_empty() {
                if by.is_multiple_of(2) {
                    items.remove(at);
                } else {
                    items.push(items[at].clone());
                }
            }
            Ok(())
        }
        Value::Number(_) => Err(1),
        Value::Array(items) => change_one(items.iter_mut(), n - 1, by).map_err(|passed| passed + 1),
        Value::Object(fields) => change_one(fields.values_mut(), n, by),
        _ => Err(0),
    }
}

fn change_one<'a>(values: impl Iterator<Item = &'a mut Value>, n: usize, by: u64) -> Result<(), usize> {
    let mut passed = 0;
    for value in values {
        match change(value, n - passed, by) {
            Ok(()) => return Ok(()),
            Err(more) => passed += more,
        }
    }
    Err(passed)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4_000))]

    #[test]
    fn a_changed_module_is_refused_or_safe(
        which in any::<prop::sample::Index>(),
        changes in proptest::collection::vec((any::<prop::sample::Index>(), any::<u64>()), 1..3),
    ) {
        let mut tree = which.get(modules()).clone();
        for (place, by) in changes {
            let count = places(&mut tree);
            let _ = change(&mut tree, place.index(count), by);
        }
        // A number that does not fit its field is no module at all.
        if let Ok(module) = serde_json::from_value::<Module>(tree)
            && verify(&module).is_ok()
        {
            prop_assert!(!listing(&module, None).is_empty());
        }
    }
}

#[test]
fn an_emptied_table_is_missed() {
    for tree in modules() {
        for table in ["functions", "records", "enums", "shapes"] {
            let mut tree = tree.clone();
            tree[table] = Value::Array(Vec::new());
            let module: Module = serde_json::from_value(tree).expect("still a module");
            assert!(verify(&module).is_err(), "an empty table of {table} goes unnoticed");
        }
    }
}
