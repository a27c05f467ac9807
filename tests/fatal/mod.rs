//! The four fatal tests: what must hold whatever crashes, pauses, restarts or races.
//!
//! In: the real command, killed or stopped exactly at a boundary. Out: what the judge counted. Invariant: each test
//! proves from the store and the judge *before it resumes* that it was in its window.

mod after_tool;
mod before_tool;
mod blocks;
pub mod contention;
mod replayed;
mod two_workers;

use crate::harness::{Aeth, Judge, World};

/// How the tool under test may be recovered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Class {
    Idempotent,
    OnceWithLookup,
    Once,
}

impl Class {
    const ALL: [Self; 3] = [Self::Idempotent, Self::OnceWithLookup, Self::Once];

    fn clauses(self) -> &'static str {
        match self {
            Self::Idempotent => "idempotent for 24h",
            Self::OnceWithLookup => "once\n  lookup charged(call.key) settle 100ms",
            Self::Once => "once",
        }
    }
}

/// One call that changes the world, and what a person could ask about it.
fn program(class: Class) -> String {
    let clauses = class.clauses();
    format!(
        r#"//! Charges once.

record Receipt {{ key: String }}

tool charged(key: String) -> Receipt? {{
  via http {{ url: "{{env.JUDGE}}/seen/charge", query: ["key": key] }}
  readonly
}}

tool charge(amount: Int) -> Receipt {{
  via http {{
    method: "POST", url: "{{env.JUDGE}}/charge",
    headers: ["Idempotency-Key": call.key],
    body: json {{ amount }},
  }}
  {clauses}
  timeout 5s
}}

agent main(amount: Int) -> String {{
  task receipt = charge(amount)
  return "receipt {{receipt.key}}"
}}
"#
    )
}

/// A world with the program of a class, wired to the judge.
fn world(judge: &Judge, class: Class) -> World {
    World::with_program(&program(class)).env("JUDGE", &judge.url())
}

/// Starts the job `j`, or joins it.
fn start(world: &World) -> Aeth {
    world.aeth(["run", "main.aeth", "--job", "j", "amount=7", "--allow", "net=127.0.0.1"])
}

/// Asserts the window: one intent without outcome, and so many calls at the judge. The open effect's id.
#[track_caller]
fn in_window(world: &World, judge: &Judge, calls: usize) -> String {
    let log = world.log("j");
    let open = log.open_effects();
    assert_eq!(open.len(), 1, "one intent without outcome: {:?}", log.names());
    assert_eq!(log.last(), "EffectIntended", "{:?}", log.names());
    assert_eq!(judge.count("/charge"), calls, "calls at the judge before anything resumes");
    open[0].to_owned()
}
