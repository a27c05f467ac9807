//! Changes inside a `var`: `xs[0] = e`, `r.field = e`, `m[k].push(x)`, in place where nothing is shared.

use std::sync::Arc;

use aeth_lang::bytecode::module::{Action, Mutation, Path, PathStep};

use super::data::{json_what, no_entry, no_item, quoted, unshare};
use super::exec::Library;
use super::fault::{Fault, Run};
use crate::value::measure::ENTRY_UNITS;
use crate::value::{ErrorKind, Key, Map, Value};

/// Carries out a change: keys of the path stand from `first`, then the action's arguments; its result goes there.
pub(crate) fn change(
    path: &Path,
    root: usize,
    first: usize,
    regs: &mut [Value],
    library: &mut Library<'_>,
) -> Run<()> {
    let keys = path.steps.iter().filter(|step| !matches!(step, PathStep::Field(_))).count();
    let args = path.action.arguments();
    let mut run: Vec<Value> = regs[first..first + keys + args].iter_mut().map(std::mem::take).collect();
    let args = run.split_off(keys);
    check(path, &regs[root], &run, &args, library)?;
    let mut keys = run.into_iter();
    let mut place = &mut regs[root];
    for step in &path.steps {
        place = enter(place, *step, &mut keys, library)?;
    }
    let result = act(place, path.action, args, library)?;
    regs[first] = result;
    Ok(())
}

/// `m[k] = v` on a `var` itself, which most changes of maps are: the same as [`change`], without its tables.
pub(crate) fn put(root: usize, first: usize, regs: &mut [Value], library: &mut Library<'_>) -> Run<()> {
    let Ok([root, key, value]) = regs.get_disjoint_mut([root, first, first + 1]) else {
        return Err(malformed());
    };
    let (key, value) = (std::mem::take(key), std::mem::take(value));
    let key = Key::from_value(key).ok_or_else(malformed)?;
    let Value::Map(map) = root else { return Err(malformed()) };
    unshare(map, map.len() * 3, library)?;
    library.meter.alloc(ENTRY_UNITS)?;
    Arc::make_mut(map).put(key, value);
    Ok(())
}

/// Faults if the change cannot be made, so that nothing is changed by halves.
fn check(path: &Path, root: &Value, keys: &[Value], args: &[Value], library: &Library<'_>) -> Run<()> {
    let mut place = Some(root);
    let mut keys = keys.iter();
    for (at, step) in path.steps.iter().enumerate() {
        let last = at + 1 == path.steps.len();
        let key = if matches!(step, PathStep::Field(_)) {
            &Value::Null
        } else {
            keys.next().unwrap_or(&Value::Null)
        };
        place = match (step, place) {
            (PathStep::Field(n), Some(Value::Record(record))) => {
                Some(record.fields.get(*n as usize).ok_or_else(malformed)?)
            }
            (PathStep::Index, Some(Value::List(items))) | (PathStep::Json, Some(Value::List(items)))
                if matches!(key, Value::Int(_)) =>
            {
                let at = key.as_int().unwrap_or_default();
                let item = usize::try_from(at).ok().and_then(|at| items.get(at));
                Some(item.ok_or_else(|| no_item(at, items.len()))?)
            }
            (PathStep::Key, Some(Value::Map(map))) => {
                let key = Key::of(key).ok_or_else(malformed)?;
                match map.get(&key) {
                    None if last && path.action == Action::Set => None,
                    found => Some(found.ok_or_else(|| no_entry(&key, library))?),
                }
            }
            (PathStep::Json, place) => json_member(place, key)?,
            _ => return Err(malformed()),
        };
    }
    match (path.action, place) {
        (Action::Set, _) => Ok(()),
        (Action::Mutate(Mutation::ListInsert | Mutation::ListRemoveAt), Some(Value::List(items))) => {
            let at = args[0].as_int().ok_or_else(malformed)?;
            let insert = path.action == Action::Mutate(Mutation::ListInsert);
            let end = items.len() + usize::from(insert);
            usize::try_from(at)
                .ok()
                .filter(|at| *at < end)
                .map(|_| ())
                .ok_or_else(|| no_item(at, items.len()))
        }
        (
            Action::Mutate(Mutation::ListPush | Mutation::ListPop | Mutation::ListClear),
            Some(Value::List(_)),
        )
        | (Action::Mutate(Mutation::MapDelete | Mutation::MapClear), Some(Value::Map(_))) => Ok(()),
        _ => Err(malformed()),
    }
}

/// The member of a JSON object; `None` where it will be made.
fn json_member<'a>(place: Option<&'a Value>, key: &Value) -> Run<Option<&'a Value>> {
    let refused = |what: String| Err(Fault::new(ErrorKind::NotFound, what));
    match (place, key) {
        (None | Some(Value::Null), Value::Text(_)) => Ok(None),
        (Some(Value::Map(map)), Value::Text(_)) => Ok(map.get(&Key::of(key).ok_or_else(malformed)?)),
        (Some(other), Value::Text(name)) => {
            refused(format!("cannot set {} in {}, which is no object", quoted(name), json_what(other)))
        }
        (place, Value::Int(at)) => {
            let what = place.map_or("null", json_what);
            refused(format!("cannot set item {at} in {what}, which is no list"))
        }
        _ => Err(malformed()),
    }
}

/// Goes one step inwards, unsharing what is passed and making JSON objects on the way.
fn enter<'a>(
    place: &'a mut Value,
    step: PathStep,
    keys: &mut impl Iterator<Item = Value>,
    library: &mut Library<'_>,
) -> Run<&'a mut Value> {
    if let PathStep::Field(n) = step {
        let Value::Record(record) = place else { return Err(malformed()) };
        unshare(record, record.fields.len(), library)?;
        return Arc::make_mut(record).fields.get_mut(n as usize).ok_or_else(malformed);
    }
    let key = keys.next().ok_or_else(malformed)?;
    if step == PathStep::Json && matches!(place, Value::Null) {
        *place = Value::map(Map::default());
    }
    match place {
        Value::List(items) => {
            let at = key.as_int().and_then(|at| usize::try_from(at).ok()).ok_or_else(malformed)?;
            unshare(items, items.len(), library)?;
            Arc::make_mut(items).get_mut(at).ok_or_else(malformed)
        }
        Value::Map(map) => {
            let key = Key::of(&key).ok_or_else(malformed)?;
            unshare(map, map.len() * 3, library)?;
            library.meter.alloc(ENTRY_UNITS)?;
            Ok(Arc::make_mut(map).entry(key).or_default())
        }
        _ => Err(malformed()),
    }
}

fn act(place: &mut Value, action: Action, args: Vec<Value>, library: &mut Library<'_>) -> Run<Value> {
    let mut args = args.into_iter();
    let mut arg = || args.next().ok_or_else(malformed);
    let Action::Mutate(mutation) = action else {
        *place = arg()?;
        return Ok(Value::Null);
    };
    match (mutation, place) {
        (Mutation::MapDelete, Value::Map(map)) => {
            let key = Key::of(&arg()?).ok_or_else(malformed)?;
            unshare(map, map.len() * 3, library)?;
            library.meter.work(map.len() as u64 / 8);
            Ok(Arc::make_mut(map).shift_remove(&key).unwrap_or_default())
        }
        (Mutation::MapClear, place @ Value::Map(_)) => {
            *place = Value::map(Map::default());
            Ok(Value::Null)
        }
        (Mutation::ListClear, place @ Value::List(_)) => {
            *place = Value::list(Vec::new());
            Ok(Value::Null)
        }
        (mutation, Value::List(items)) => {
            unshare(items, items.len(), library)?;
            library.meter.alloc(1)?;
            let length = items.len();
            let items = Arc::make_mut(items);
            let mut index = || arg()?.as_int().and_then(|at| usize::try_from(at).ok()).ok_or_else(malformed);
            match mutation {
                Mutation::ListPush => {
                    items.push(arg()?);
                    Ok(Value::Null)
                }
                Mutation::ListPop => Ok(items.pop().unwrap_or_default()),
                Mutation::ListInsert => {
                    let at = index()?;
                    let item = arg()?;
                    library.meter.work((length.saturating_sub(at)) as u64 / 64);
                    if at > length {
                        return Err(malformed());
                    }
                    items.insert(at, item);
                    Ok(Value::Null)
                }
                _ => {
                    let at = index()?;
                    library.meter.work((length.saturating_sub(at)) as u64 / 64);
                    if at >= length {
                        return Err(malformed());
                    }
                    Ok(items.remove(at))
                }
            }
        }
        _ => Err(malformed()),
    }
}

fn malformed() -> Box<Fault> {
    Fault::internal("a change of a value of another type")
}
