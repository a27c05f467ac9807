//! Bodies with tasks.

use super::super::program::Input;
use super::{checked, expect};
use crate::ids::TaskId;

#[test]
fn tasks_are_wired_by_name_in_any_order() {
    let text = r#"
agent main(n: Int) -> Int {
  task total = first + second
  task second after first = n * 2
  let doubled = half * 2
  task first = doubled + 1
  let half = n / 2
  let (low, high) = (n - 1, n + 1)
  task range = low + high
  return total + range
}
"#;
    expect(text);
    let program = checked(text).0.program.unwrap_or_default();
    let graph = &program.graphs[0];
    let names: Vec<&str> = graph.tasks.iter().map(|task| task.name.as_str()).collect();
    assert_eq!(names, ["total", "second", "first", "range", "return"]);
    assert_eq!(graph.tasks[0].inputs, [Input::Task(TaskId(2)), Input::Task(TaskId(1))]);
    assert_eq!(graph.tasks[1].after, [TaskId(2)]);
    assert_eq!(graph.tasks[4].inputs, [Input::Task(TaskId(0)), Input::Task(TaskId(3))]);
    assert_eq!(graph.lets.len(), 5);
}

#[test]
fn when_makes_optional_and_narrows() {
    expect(
        r#"
agent main(n: Int?, flag: Bool) -> String {
  task a when n != null && n > 3 = n + 1
  task b when a != null = a * 2
  task c when flag = "x"
  task d: Int? when flag = if flag { 3 } else { null }
  return "{a ?? 0} {b ?? 1} {c ?? ""} {d ?? 2}"
}
"#,
    );
}

#[test]
fn cycles_are_shown() {
    expect(
        r#"
agent main(n: Int) -> Int {
  task a = b + 1        // error: [E0601] "`a` → `c` → `b` → `a`" ;;
  task b = a + n
  return a
}
"#
        .replace("\"`a` → `c` → `b` → `a`\" ;;", "\"wait for each other: `a` → `b` → `a`\"")
        .as_str(),
    );
    expect(
        r#"
agent main(n: Int) -> Int {
  task a after c = 1    // error: [E0601] "`a` → `c` → `b` → `a`"
  task b = a + n
  task c = b
  let d = d + 1         // error: [E0601] "`d` needs itself"
  return c + d
}
"#,
    );
}

#[test]
fn mistakes_of_bodies() {
    expect(
        r#"
tool post(x: String) -> Null { via host }
agent a(n: Int) -> Int {
  task x = n
  post("a")              // error: [E0602] "cannot stand between the tasks of `a`"
  task y after z = x     // error: [E0604] "no task `z`"
  task x = 3             // error: [E0202] "`x` is declared twice"
  task n = 4             // error: [E0202] "`n` is declared twice"
  return y + x
}
agent b(n: Int) -> Int { // error: [E0603] "needs a final `return`"
  task x = n
  task z = x             // warning: [W0104] "nobody uses the task `z`"
}
flow c(n: Int) {         // warning: [W0103] "parameter `n`"
  task x = post("a")
}
agent d(n: Int) -> Int {  // warning: [W0103] "parameter `n`"
  task x = { let n = 3  n }   // error: [E0203] "`n` would hide"
  return x + "a"              // error: [E0307] "Int and String"
}
agent e() -> Int {
  task x = [1].map(y => y + z)    // error: [E0201] "no `z`"
  return x.len()
}
"#
        .replace(
            "agent b(n: Int) -> Int { // error: [E0603] \"needs a final `return`\"",
            "agent b(n: Int) -> Int {",
        )
        .replace(
            "the task `z`\"\n}",
            "the task `z`\"\n}                        // error: [E0603] \"needs a final `return`\"",
        )
        .as_str(),
    );
}

#[test]
fn a_return_in_a_task_gives_its_value() {
    expect(
        r#"
agent main(n: Int) -> Int {
  task x = {
    if n > 3 { return 3 }
    n
  }
  task y: Float = { if n > 3 { return 1 }  2 }
  return x + (y.to_int() ?? 0)
}
"#,
    );
}
