//! Models, prompts, memories, schedules, other jobs, plans, sagas, budgets, tests.

use super::{checked, expect};
use crate::check::program::{Every, MemoryKind, Provider};
use crate::check::types::Type;

const WORLD: &str = r#"
tool read(x: Int) -> String { via host  readonly }
tool post(x: String) -> Null { via host }
signal approval: Bool
signal progress: Int
model writer { provider openai, name "gpt", base_url env.LLM_URL ?? "http://localhost", key secret.LLM_KEY, temperature 0.2, max_tokens 2_000, fallback local }
model local { provider script  name "replies.json" }
prompt summarise(text: String, m: String = "none") -> String {
  model if text.len() > 10 { writer } else { local }
  system "You summarise."
  user "{text} {m}"
}
agent worker(n: Int, label: String = "x") -> String { return "{n}{label}" }
flow keep() { post(read(1)) }
"#;

fn expect_in_world(text: &str) {
    expect(&format!("{text}{WORLD}"));
}

#[test]
fn everything_that_is_not_run_yet_is_checked_and_compiled() {
    expect_in_world(
        r#"
/// Who said what.
record Note { text: String }
prompt chat(messages: List<Message>) -> Note {
  model writer
  history messages
  tools [read, http.get, post]  turns 8
  retry 2
}
memory seen: Map<String, Timestamp>
memory counts: Map<Int, Int>
memory notes: Index<Note>
schedule nightly = every "0 2 * * *" in "Europe/Berlin" run worker(1)
schedule hourly = every 1h run worker(n: 2, label: "h")

agent main(customer: String, n: Int) -> String? {
  budget { tokens 50_000  cost 2.00d  calls 200  time 1h }
  key customer
  task direct = run worker(n)
  task child = start worker(n, label: "c")
  task waited = await child within 1m else "late"
  task jobs = each i in [1, 2] { start worker(i) }
  task told after child = {
    send(child, progress, 3)
    send("some-id", approval, true)
    cancel(child)
    cancel(job.id)
  }
  task remembered = {
    let last = seen.get("x")
    seen.put("x", last ?? now())
    let gone = seen.delete("y")
    let names = seen.keys()
    let count = counts.update(1, before => (before ?? 0) + 1)
    notes.add("a", Note { text: "b" })
    notes.remove("a")
    let found = notes.search("words", limit: 5) + notes.search("more")
    "{names} {count} {found} {gone ?? now()}"
  }
  task planned = plan for "Summarise {n}" using [read, summarise, http.get] by writer -> List<String> unattended
  task by_host = plan for "x" using [read] by host -> Int
  task ran = run planned
  task number = run by_host
  task undone = try saga {
    post("a")
    if n > 3 { fail "too many" }
    read(n)
  }
  task replies = summarise("text") + chat([Message { role: "user", content: "hi" }]).text
  let results = (direct, waited, ran, number, undone)
  task all = "{remembered} {replies} {jobs.len()}"
  return if told == null { "{results} {all}" } else { null }
}
"#,
    );
}

#[test]
fn tables_hold_what_was_written() {
    let text = format!(
        "memory seen: Map<String, Int>\nmemory found: Index<String>\nschedule s = every 90m run worker(1){WORLD}"
    );
    let program = checked(&text).0.program.expect("no errors");
    assert_eq!(program.memories[0].kind, MemoryKind::Map(Type::String, Type::Int));
    assert_eq!(program.memories[1].kind, MemoryKind::Index(Type::String));
    assert_eq!(program.schedules[0].every, Every::Interval(90 * 60 * 1000));
    assert_eq!(program.models[0].provider, Provider::OpenAi);
    assert_eq!(program.models[0].fallback.map(|id| program.models[id.index()].name.as_str()), Some("local"));
}

#[test]
fn mistakes_in_models_and_prompts() {
    expect_in_world(
        r#"
model a { name "x" }                         // error: [E0508] "the model `a` needs a clause `provider`"
model b { provider opnai, name "x" }         // error: [E0508] "no provider `opnai`"
model c { provider openai }                  // error: [E0508] "needs a clause `name`"
model d { provider host, nam "x" }           // error: [E0508] "the model `d` has no clause `nam`"
model e { provider host, key "x", key "y" }  // error: [E0508] "two clauses `key`"
model f { provider host, temperature "x" }   // error: [E0301] "expected Float, found String"
model g { provider host, max_tokens 0 }      // error: [E0313] "at least 1"
model h { provider host, fallback read }     // error: [E0209] "a fallback is a model, and `read` is a tool"
model i { provider host, fallback k }        // error: [E0508] "the fallbacks of `i` lead back to it: i → k → i"
model k { provider host, fallback i }
model l { provider host, name read(1) }      // error: [E0401] "a clause of a model describes one request: it cannot call the tool `read`"
prompt p(x: Int) -> Int { user "{x}" }       // error: [E0508] "the prompt `p` needs a clause `model`"
prompt q() -> Int { model writer }           // error: [E0508] "needs a clause `user`"
prompt r() { model writer  user "x" }        // error: [E0508] "the prompt `r` does not say what it gives"
prompt s() -> Int { model "x"  user "x" }    // error: [E0301] "expected Model, found String"
prompt t() -> Int { model writer  user "x"  turns 3 }   // error: [E0508] "it needs `tools […]`"
prompt u() -> Int { model writer  user "x"  tools [keep] }   // error: [E0209] "`keep` is a flow"
prompt v() -> Int { model writer  user "{secret.KEY}" }   // error: [E0504] "a secret may stand only"
prompt w(x: Int) -> Int { model writer  user "x" }   // warning: [W0103] "parameter `x`"
prompt y() -> Int { model writer  user "x"  retry 2 on [.Timeout] }   // error: [E0508] "the `retry` of a prompt is a count"
prompt z() -> Int { model writer  user read(1) }   // error: [E0401] "a clause of a prompt describes one request"
fn pure() -> String { summarise("x") }       // error: [E0401] "the fn `pure` is pure and cannot call the prompt `summarise`"
fn model_as_value() -> String { "{writer}" } // error: [E0318] "Model"
"#,
    );
}

#[test]
fn mistakes_in_memories_and_schedules() {
    expect_in_world(
        r#"
memory a: Int                                // error: [E0319] "a memory is a `Map<K, V>` or an `Index<T>`, found Int"
memory b: Map<String, Int>
memory c: Index<String>
const N: Int = b.get("x")                    // error: [E0401] "the const `N` is pure and cannot read the memory `b`" ;; error: [E0305] "may be null"
flow f() -> Int {
  b.find("x")                                // error: [E0206] "the memory `b` has no method `find`"
  c.put("x", "y")                            // error: [E0206] "the memory `c` has no method `put`"
  b.put(1, 2)                                // error: [E0301] "expected String, found Int"
  b.update("x", n => n + 1)                  // error: [E0307] "+"
  let _ = b                                  // error: [E0209] "`b` is a memory, not a value"
  b.get("x") ?? 1
}
schedule s = every "0 2 * *" run worker(1)       // error: [E0508] "has 4 fields instead of 5"
schedule t = every "0 25 * * *" run worker(1)    // error: [E0508] "cannot be read at the hour"
schedule u = every 5 run worker(1)               // error: [E0507] "a schedule fires"
schedule v = every 1h run keep()                 // error: [E0209] "`keep` is a flow"
schedule w = every 1h run worker()               // error: [E0303] "worker"
schedule x = every 1h run worker(random_int(1, 2))   // error: [E0401] "the schedule `x` is pure"
schedule y = every 1h in "Europe/Berlin" run worker(1)   // error: [E0508] "an interval is the same in every time zone"
schedule z = every "0 2 * * *" in "Here!" run worker(1)  // error: [E0508] "no time zone"
agent main(n: Int) -> Int {
  budget { token 3 }                             // error: [E0508] "the budget of `main` has no clause `token`"
  key n.to_float()                               // error: [E0301] "a key is a String"
  return n
}
agent second(n: Int) -> Int {
  budget { tokens "x"  cost 3.5  calls -1 }      // error: [E0507] "tokens" ;; error: [E0507] "cost" ;; error: [E0313] "calls"
  key uuid()                                     // error: [E0401] "the `key` of `second` is pure"
  return n
}
flow third(n: Int) -> Int {
  key n                                          // error: [E0508] "`third` is a flow and has no `key`"
  return n
}
"#,
    );
}

#[test]
fn mistakes_with_other_jobs_and_plans() {
    expect_in_world(
        r#"
flow f(n: Int) -> Int {
  let a = run keep()                           // error: [E0209] "`run` takes a call of an agent, and `keep` is a flow"
  let b = run worker                           // error: [E0209] "`run` takes a call of `worker`: its arguments are missing"
  let c = start worker("x")                    // error: [E0301] "expected Int, found String"
  let d = worker(1)                            // error: [E0306] "is an agent and cannot be called"
  let e = await n                              // error: [E0209] "a signal or a started job, found Int"
  let g = await (start worker(1)) ask "x"      // error: [E0404] "this waits for a job"
  send(n, approval, true)                      // error: [E0301] "expected a Job or the id of one, found Int"
  send("x", approval, 3)                       // error: [E0301] "expected Bool, found Int"
  send("x", read, 3)                           // error: [E0209] "`read` is a tool"
  send("x")                                    // error: [E0303] "`send` takes job, signal, value"
  cancel()                                     // error: [E0303] "`cancel` takes job"
  let h = plan for 3 using [read] by host -> Int   // error: [E0301] "expected String, found Int"
  let i = plan for "x" using [keep] by host -> Int // error: [E0209] "`keep` is a flow"
  let j = plan for "x" using [read] by n -> Int    // error: [E0301] "expected Model, found Int"
  let k = run n                                // error: [E0209] "found Int"
  let _ = (a, b, c, d, e, g, h, i, j, k)
  n
}
fn g() -> Int { saga { 1 } }                   // error: [E0401] "begin a `saga`"
fn h() -> String { run worker(1) }             // error: [E0401] "run the agent `worker`"
"#,
    );
}

#[test]
fn tests_are_typed() {
    expect_in_world(
        r#"
enum Mood { Good, Bad }
tool ask(mood: Mood, n: Int) -> Int? { via host  readonly }
agent main(n: Int) -> Int { return (ask(.Good, n) ?? 0) + read(n).len() }
test "all forms" {
  given read(_) returns "abc" times 2
  given ask(.Good, n) returns n
  given ask(_, 1..5) returns null
  given ask(.Bad, _) fails .Timeout
  given post("x") fails Error { kind: .Rejected, message: "no", data: json {} }
  given summarise(text, _) returns text
  given http.get(_) returns HttpResponse { status: 200, headers: [:], body: "" }
  signal progress 3 after 1m
  answer approval true after 1h
  let before = calls(read)
  expect run main(3) == 3
  expect calls(read) == before + 1 && calls(http.get) == 0 && calls(summarise) < 2
  expect fails { run main(4) }
  expect fails .Rejected { post("x") }
  let got = run worker(1)
  if got == "" { note("nothing") }
}
"#,
    );
}

#[test]
fn mistakes_in_tests() {
    expect_in_world(
        r#"
test "mistakes" {
  given reed(_) returns "x"                    // error: [E0201] "reed"
  given keep() returns null                    // error: [E0209] "`keep` is a flow"
  given read(_, _) returns "x"                 // error: [E0303] "`read` has 1 parameter, found 2 patterns"
  given read(_) returns 3                      // error: [E0301] "expected String, found Int"
  given read("x") returns "y"                  // error: [E0702] "Int"
  given read(_) fails 3                        // error: [E0301] "a kind of error or an Error, found Int"
  given read(n) returns read(n)                // error: [E0401] "the reply of `given` is pure"
  given read(_) returns "x" times 0            // error: [E0313] "at least once"
  signal nowhere 3                             // error: [E0201] "nowhere"
  answer approval "x"                          // error: [E0301] "expected Bool, found String"
  signal progress 3 after 5                    // error: [E0301] "expected Duration, found Int"
  expect 3                                     // error: [E0301] "expected Bool, found Int"
  expect fails .Never { post("x") }            // error: [E0207] "Never"
  expect calls(keep) == 1                      // error: [E0209] "`keep` is a flow"
  expect calls() == 1                          // error: [E0303] "`calls` takes"
}
test "mistakes" { }                            // error: [E0202] "two tests"
agent main() -> Int { return calls(read) }     // error: [E0201] "calls"
"#,
    );
}
