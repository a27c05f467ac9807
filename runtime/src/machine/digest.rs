//! The digest of a machine's state, in the order of the tree of fibers, without anything that only this process
//! knows: numbers of fibers, addresses, capacities.

use super::fiber::Fiber;
use super::group::{Awaiting, FiberId, Group, GroupId, Kind};
use super::{Machine, Ready, Root};
use crate::value::Value;
use crate::value::bytes::Hasher;

/// BLAKE3 over the whole state, and how many bytes were hashed for it.
pub(crate) fn digest(machine: &Machine) -> ([u8; 32], u64) {
    let mut writer = Writer { machine, values: Hasher::default(), out: Vec::new() };
    writer.out.extend_from_slice(machine.program.hash.as_bytes());
    match &machine.root {
        Root::Graph(id) => writer.group(*id),
        Root::Function(id) => writer.fiber(*id),
        Root::Ended(group) => writer.inner(group),
        Root::Gone => {}
    }
    match &machine.done {
        None => writer.out.push(0),
        Some(Ok(value)) => {
            writer.out.push(1);
            writer.value(value);
        }
        Some(Err(failure)) => {
            writer.out.push(2);
            writer.value(&failure.error.to_value());
        }
    }
    let hashed = writer.values.hashed + writer.out.len() as u64;
    (*blake3::hash(&writer.out).as_bytes(), hashed)
}

struct Writer<'a> {
    machine: &'a Machine,
    values: Hasher,
    out: Vec<u8>,
}

impl Writer<'_> {
    fn number(&mut self, number: u64) {
        self.out.extend_from_slice(&number.to_le_bytes());
    }

    fn text(&mut self, text: &str) {
        self.number(text.len() as u64);
        self.out.extend_from_slice(text.as_bytes());
    }

    fn value(&mut self, value: &Value) {
        if let Value::List(_) | Value::Tuple(_) | Value::Map(_) | Value::Record(_) | Value::Variant(_) = value
        {
            // written apart, so that the whole never holds the bytes of large values
            let mut bytes = Vec::new();
            self.values.write(value, &mut bytes);
            self.out.extend_from_slice(&bytes);
        } else {
            self.values.write(value, &mut self.out);
        }
    }

    fn values<'v>(&mut self, values: impl ExactSizeIterator<Item = &'v Value>) {
        self.number(values.len() as u64);
        values.for_each(|value| self.value(value));
    }

    fn group(&mut self, id: GroupId) {
        let machine = self.machine;
        self.out.push(u8::from(machine.ready.contains(&Ready::Group(id))));
        if let Some(group) = machine.groups.get(&id) {
            self.inner(group);
        }
    }

    fn inner(&mut self, group: &Group) {
        self.text(&group.path);
        self.values(group.values().into_iter());
        if let Some(request) = &group.request {
            self.text(request.as_str());
        }
        match &group.kind {
            Kind::Graph(graph) => {
                self.out.push(0);
                self.number(u64::from(graph.graph.0));
                self.out.extend(graph.tasks.iter().map(|task| task.state as u8));
            }
            Kind::Each(each) => {
                self.out.push(1);
                self.number(each.next as u64);
                self.number(each.bound as u64);
            }
            Kind::Race(race) => {
                self.out.push(2);
                self.number(race.next as u64);
                if let Some(fault) = &race.failed {
                    self.value(&fault.error.to_value());
                }
            }
            Kind::Within(within) => {
                self.out.push(3);
                self.out.push(within.begun as u8);
                self.number(within.ms.cast_unsigned());
            }
            Kind::Retry(retry) => {
                self.out.push(4);
                self.number(u64::from(retry.attempt));
                self.text(&format!("{:?}", retry.step));
            }
        }
        self.number(group.live.len() as u64);
        for (index, child) in &group.live {
            self.number(u64::from(*index));
            self.fiber(*child);
        }
    }

    fn fiber(&mut self, id: FiberId) {
        let machine = self.machine;
        self.out.push(u8::from(machine.ready.contains(&Ready::Fiber(id))));
        let Some(fiber) = machine.fibers.get(&id) else { return };
        let Fiber { path, counter, awaiting, stack, frames, .. } = fiber;
        self.text(path);
        self.number(u64::from(*counter));
        self.number(frames.len() as u64);
        for frame in frames {
            self.number(u64::from(frame.function) << 16 | u64::from(frame.dest));
            self.number(u64::from(frame.pc) << 32 | u64::from(frame.base));
        }
        // registers above the innermost window are null, however far calls once reached
        let used = stack.iter().rposition(|value| !matches!(value, Value::Null)).map_or(0, |last| last + 1);
        self.values(stack[..used].iter());
        match awaiting {
            None => self.out.push(0),
            Some(Awaiting::Effect { id, dest, awaited }) => {
                self.out.push(1 + u8::from(*awaited));
                self.text(id.as_str());
                self.number(u64::from(*dest));
            }
            Some(Awaiting::Group { id, dest }) => {
                self.out.push(3);
                self.number(u64::from(*dest));
                self.group(*id);
            }
        }
    }
}
