//! Tools and their clauses.

use super::super::program::{Class, CommandPart, Via};
use super::{checked, expect};

#[test]
fn all_clauses() {
    expect(
        r#"
record Charge { id: String, amount: Int }
const PAUSE: Duration = 5s
tool charge(customer: String, amount: Int) -> Charge {
  via http {
    method: "POST"
    url: "{env.API ?? "http://localhost"}/charges"
    query: ["c": customer]
    headers: ["Authorization": "Bearer {secret.KEY}", "Key": call.key]
    body: json { amount, token: secret.TOKEN, nested: { key: secret.KEY } }
  }
  once
  timeout if amount > 3 { 20s } else { 1m }
  retry 3 on [.Unavailable, ErrorKind.Rejected] backoff 100ms to PAUSE rate 1.5 jitter off
  not_done on [429, 503]
  limit 10 per 1m
  in_doubt fail
  lookup find(call.key) settle 1m
  confirm find(call.key)?.amount == amount && result.amount == amount
  undo { refund(result.id)  note("undone") }
}
tool find(key: String) -> Charge? { via http { url: "http://x/{key}" }  readonly }
tool refund(id: String) -> Null { via exec { command: ["refund", "--id={id}", id, ..["a"]], stdin: secret.KEY, env: ["K": secret.KEY, "B": "b"], cwd: "/tmp" }  idempotent for 2h  lookup find(call.key) != null }
tool ask(q: String) -> Json { via host }
tool search(q: String) -> List<String> { via mcp { server: "web" } readonly }
agent main() -> Int {
  let c = charge("a", 1)
  let s = search(q: "x")
  let a = ask("b")
  assert a == s.len()
  c.amount
}
"#,
    );
}

#[test]
fn commands_know_what_is_literal() {
    let text = r#"
const DIR: String = "d"
tool t(a: String, b: List<String>) -> Null { via exec { command: ["git", "--x={a}", a, "{a}!", ..b, DIR] } }
agent main() { t("a", []) }
"#;
    expect(text);
    let program = checked(text).0.program.unwrap_or_default();
    let Via::Exec { command, parts } = &program.tools[0].via else { panic!("an exec tool") };
    use CommandPart::{Literal, Prefixed, Spread, Value};
    assert_eq!(*command, [Literal("git".into()), Prefixed("--x=".into()), Value, Value, Spread, Value]);
    assert_eq!(parts.params.len(), 3);
    assert_eq!(program.tools[0].class, Class::Once);
}

#[test]
fn contradictions() {
    expect(
        r#"
tool a() -> Int { readonly }                                    // error: [E0502] "does not say who"
tool b() -> Int { via host  readonly  once }                    // error: [E0501] "only one of them"
tool c() -> Int { via host  timeout 1s  timeout 2s }            // error: [E0501] "two clauses `timeout`"
tool d() -> Int { via htp { url: "x" } }                        // error: [E0502] "no carrier `htp`"
tool e() -> Int { via http { urls: "x" } }                      // error: [E0502] "no `urls`"
tool f() -> Int { via http { method: "GET" } }                  // error: [E0502] "needs `url: …`"
tool g() -> Int { via exec { command: "git log" } }             // error: [E0301] "a list of arguments"
tool h() -> Int { via host  retry 3 on [.Timeout] }             // error: [E0503] "a call that timed out may have happened"
tool i() -> Int { via host  idempotent  retry 3 on [.Timeout] }
tool j() -> Int? { via host  lookup k(call.key) }               // error: [E0506] "cannot tell a null"
tool k(x: String) -> Int { via http { url: x }  readonly  lookup post(x) }   // error: [E0402] "`lookup` may only use readonly tools: it cannot call the tool `post`"
tool post(x: String) -> Int { via host  confirm result == x }   // error: [E0307] "`==` does not work on Int and String"
tool l(x: Int) -> Int { via exec { command: ["a", secret.KEY] } } // error: [E0504] "a secret may stand only" ;; warning: [W0103] "parameter `x`"
tool m() -> Int { via host  retry 2 + 1 }                       // error: [E0507] "must be an Int literal"
tool n() -> Int { via host  timeout 5 }                         // error: [E0301] "expected Duration, found Int"
tool o() -> Int { via host  in_doubt maybe }                    // error: [E0501] "not `maybe`"
tool p() -> Int { via http { url: "{read()}" } }                // error: [E0401] "cannot call the tool `read`"
tool read() -> String { via host  readonly }
tool q() -> Int { via host  timeout { let _ = call.key  1s } }  // error: [E0505] "only in the clauses"
"#,
    );
}

#[test]
fn secrets_stay_where_they_are() {
    expect(
        r#"
tool t(x: String) -> Null { via host }
agent main() -> String {
  let a = secret.KEY              // error: [E0504] "a secret may stand only"
  t(secret.KEY)                   // error: [E0504] "a secret may stand only"
  t("Bearer {secret.KEY}")        // error: [E0504] "a secret may stand only"
  a
}
fn f() -> String { secret.KEY }   // error: [E0504] "a secret may stand only"
tool u() -> Null { via http { url: secret.URL + "/x" } undo v() }        // error: [E0504] "cannot be used with `+`"
tool v() -> Null { via http { url: secret.URL.trim() } undo w() }        // error: [E0504] "a secret may stand only"
tool w() -> Null { via http { method: secret.M, url: "x" } undo u() }    // error: [E0504] "a secret may stand only"
"#,
    );
}

#[test]
fn unused_tools_are_warned_of() {
    expect(
        r#"
tool a() -> Null { via host }     // warning: [W0105] "nobody uses the tool `a`"
tool b() -> Null { via host  undo c() }
tool c() -> Null { via host }
agent main() { b() }
"#,
    );
}
