//! A job's event log, read back through `aeth events JOB --json`: one JSON object per line.

use serde_json::Value;

use super::World;

/// The events of a job, in order.
#[derive(Debug)]
pub struct Log(Vec<Value>);

impl Log {
    /// Reads it; empty if there is no such job.
    pub fn read(world: &World, job: &str) -> Self {
        let finished = world.run(&["events", job, "--json"]);
        let lines =
            finished.stdout.lines().map(|line| serde_json::from_str(line).expect("an event per line"));
        Self(lines.collect())
    }

    /// The names of the events, in order.
    pub fn names(&self) -> Vec<&str> {
        self.0.iter().map(name).collect()
    }

    /// The name of the last event; empty if there is none.
    pub fn last(&self) -> &str {
        self.0.last().map_or("", name)
    }

    /// How often an event occurs.
    pub fn count(&self, name: &str) -> usize {
        self.names().iter().filter(|one| **one == name).count()
    }

    /// Effects whose last attempt has an intent and nothing after it: their calls may or may not have been made.
    pub fn open_effects(&self) -> Vec<&str> {
        let mut open: Vec<&str> = Vec::new();
        for event in &self.0 {
            let Some(effect) = event["effect"].as_str() else { continue };
            open.retain(|one| *one != effect);
            if matches!(name(event), "EffectIntended" | "EffectInDoubt") {
                open.push(effect);
            }
        }
        open
    }

    /// Effects that wait for a person.
    pub fn doubtful_effects(&self) -> Vec<&str> {
        let is_last =
            |at: usize, effect: &Value| self.0[at + 1..].iter().all(|later| later["effect"] != *effect);
        let doubts = self.0.iter().enumerate().filter(|(_, event)| name(event) == "EffectInDoubt");
        doubts
            .filter(|(at, event)| is_last(*at, &event["effect"]))
            .filter_map(|(_, e)| e["effect"].as_str())
            .collect()
    }

    /// The value of a field in every event of a name.
    pub fn field(&self, event: &str, field: &str) -> Vec<&Value> {
        self.0.iter().filter(|one| name(one) == event).map(|one| &one[field]).collect()
    }
}

fn name(event: &Value) -> &str {
    event["type"].as_str().expect("an event has a type")
}
