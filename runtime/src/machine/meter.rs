//! What a job may still use: steps until the next delivery, the slice of the processor, units of heap.
//!
//! Invariant: where a limit strikes depends on the program and its deliveries alone, not on the slices it ran in.

use super::fault::{Fault, Run};
use crate::limits::Limits;

/// Least units of allocation between two walks over the heap.
const PACE: u64 = 1 << 20;

/// Counts down what is left.
#[derive(Clone, Debug)]
pub(crate) struct Meter {
    /// Steps until the machine looks up from its work: below zero it pauses.
    pub fuel: i64,
    /// Units of heap until live values are counted again: below zero it pauses.
    pub heap: i64,
    /// What `fuel` began with.
    granted: i64,
    /// Steps left in this slice of the processor.
    slice: i64,
    /// Steps left until the next delivery.
    steps: i64,
    /// Steps that were used since somebody asked.
    used: u64,
    /// Steps that were used at all.
    total: u64,
    limits: Limits,
}

/// Why work paused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Pause {
    /// Nothing is used up: go on.
    None,
    /// The slice is used up: another job's turn.
    Slice,
    /// Live values are to be counted.
    Heap,
    /// The limit on steps is reached.
    Steps,
}

impl Meter {
    /// A meter for a job that starts.
    pub(crate) fn new(limits: &Limits) -> Self {
        let mut meter = Self {
            fuel: 0,
            heap: 0,
            granted: 0,
            slice: 0,
            steps: 0,
            used: 0,
            total: 0,
            limits: limits.clone(),
        };
        meter.delivered();
        meter.counted(0);
        meter
    }

    /// Whether a meter of these limits can have this much heap left until it counts again.
    pub(crate) fn plausible(limits: &Limits, heap: i64) -> bool {
        let most = i64::try_from(limits.heap).unwrap_or(i64::MAX);
        (-most..=most.max(PACE as i64)).contains(&heap)
    }

    /// The job's limits.
    pub(crate) fn limits(&self) -> &Limits {
        &self.limits
    }

    /// Something was delivered: steps count anew.
    pub(crate) fn delivered(&mut self) {
        self.settle();
        self.steps = i64::try_from(self.limits.steps).unwrap_or(i64::MAX);
        self.grant();
    }

    /// A new slice of the processor.
    pub(crate) fn slice(&mut self, fuel: u64) {
        self.settle();
        self.slice = i64::try_from(fuel).unwrap_or(i64::MAX);
        self.grant();
    }

    fn grant(&mut self) {
        self.granted = self.slice.min(self.steps);
        self.fuel = self.granted;
    }

    fn settle(&mut self) {
        let used = self.granted.saturating_sub(self.fuel);
        self.slice = self.slice.saturating_sub(used);
        self.steps = self.steps.saturating_sub(used);
        self.used = self.used.saturating_add_signed(used);
        self.total = self.total.saturating_add_signed(used);
        self.grant();
    }

    /// Steps that were used since this was last asked.
    pub(crate) fn used(&mut self) -> u64 {
        self.settle();
        std::mem::take(&mut self.used)
    }

    /// Steps that were used at all, as far as they are settled.
    pub(crate) fn total(&self) -> u64 {
        self.total
    }

    /// Why work paused; steps come first, since only they belong to the program.
    pub(crate) fn pause(&mut self) -> Pause {
        self.settle();
        if self.steps < 0 {
            Pause::Steps
        } else if self.heap < 0 {
            Pause::Heap
        } else if self.fuel < 0 {
            Pause::Slice
        } else {
            Pause::None
        }
    }

    /// Live values take this many units; sets when they are counted next.
    pub(crate) fn counted(&mut self, live: u64) {
        let pace = live.max(PACE).min(self.limits.heap / 2 + 1);
        self.heap = i64::try_from(pace).unwrap_or(i64::MAX);
    }

    /// Charges steps for work done.
    pub(crate) fn work(&mut self, steps: u64) {
        self.fuel = self.fuel.saturating_sub_unsigned(steps);
    }

    /// Charges units of heap before they are taken. Values are counted only between instructions, so within one no
    /// more is given than the limit, in whatever small pieces it is asked for.
    pub(crate) fn alloc(&mut self, units: u64) -> Run<()> {
        let left = self.heap.saturating_sub_unsigned(units);
        if units > self.limits.heap || left < -i64::try_from(self.limits.heap).unwrap_or(i64::MAX) {
            return Err(self.heap_limit());
        }
        self.heap = left;
        Ok(())
    }

    /// Charges the heap for a text of some length before it is made.
    pub(crate) fn alloc_text(&mut self, bytes: usize) -> Run<()> {
        self.work(bytes as u64 / 64);
        self.alloc(crate::value::measure::text_units(bytes))
    }

    /// Charges the heap for a list, tuple or record before it is made.
    pub(crate) fn alloc_items(&mut self, items: usize) -> Run<()> {
        self.work(items as u64 / 8);
        self.alloc(crate::value::measure::items_units(items))
    }

    /// Longest text that may be made at once.
    pub(crate) fn text_limit(&self) -> usize {
        usize::try_from(self.limits.heap.saturating_mul(16)).unwrap_or(usize::MAX)
    }

    /// The fault of the limit on heap.
    pub(crate) fn heap_limit(&self) -> Box<Fault> {
        Fault::limit("heap", self.limits.heap, "the program holds too much data")
    }

    /// The fault of the limit on steps.
    pub(crate) fn step_limit(&self) -> Box<Fault> {
        Fault::limit("steps", self.limits.steps, "the program computes too long without waiting for anything")
    }

    /// Does comparing work within the steps that are left, and charges what it used.
    pub(crate) fn bounded<T>(&mut self, work: impl FnOnce(&mut u64) -> Option<T>) -> Run<T> {
        self.settle();
        let allowed = u64::try_from(self.steps).unwrap_or(0).saturating_add(64);
        let mut left = allowed;
        let result = work(&mut left);
        self.work((allowed - left) / 4);
        result.ok_or_else(|| self.step_limit())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn meter(steps: u64) -> Meter {
        Meter::new(&Limits { steps, heap: 1000, ..Limits::default() })
    }

    /// Charges `n` steps one by one in slices of `slice`; how many were charged when the limit struck.
    fn struck(steps: u64, slice: u64, n: u64) -> Option<u64> {
        let mut meter = meter(steps);
        meter.slice(slice);
        for done in 1..=n {
            meter.work(1);
            if meter.fuel < 0 {
                match meter.pause() {
                    Pause::Steps => return Some(done),
                    Pause::Slice => meter.slice(slice),
                    _ => {}
                }
            }
        }
        None
    }

    #[test]
    fn the_limit_on_steps_strikes_at_the_same_step_whatever_the_slices() {
        for slice in [1, 3, 7, 100, 1_000_000] {
            assert_eq!(struck(1000, slice, 5000), Some(1001), "{slice}");
            assert_eq!(struck(10_000, slice, 5000), None);
        }
    }

    #[test]
    fn heap_is_refused_at_once_or_counted_again() {
        let mut meter = meter(10);
        meter.slice(100);
        assert!(meter.alloc(1001).is_err());
        assert!(meter.alloc(501).is_ok());
        assert_eq!(meter.pause(), Pause::None);
        assert!(meter.alloc(1).is_ok());
        assert_eq!(meter.pause(), Pause::Heap);
        meter.counted(10);
        assert_eq!(meter.pause(), Pause::None);
    }

    #[test]
    fn bounded_work_is_charged() {
        let mut meter = meter(100);
        meter.slice(1000);
        assert_eq!(
            meter
                .bounded(|left| {
                    *left -= 40;
                    Some(1)
                })
                .ok(),
            Some(1)
        );
        assert_eq!(meter.pause(), Pause::None);
        assert!(meter.bounded(|_| None::<()>).is_err());
    }
}
