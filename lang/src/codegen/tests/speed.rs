//! How long a long file takes. The bound is generous: it is there for what is not linear.

#![allow(clippy::print_stderr, clippy::disallowed_methods, reason = "it measures, and says what it measured")]

use std::fmt::Write;
use std::time::{Duration, Instant};

use super::compiled;

/// A program of about this many lines: functions that call each other, matches, loops, tasks.
fn program(lines: usize) -> String {
    let mut text = String::from(
        "enum Kind { A, B(n: Int), C(s: String) }\n\nrecord Item { name: String, kind: Kind }\n",
    );
    let functions = lines / 16;
    for n in 0..functions {
        let before = if n == 0 { "x".to_owned() } else { format!("work_{}(x, items)", n - 1) };
        let _ = write!(
            text,
            "
fn work_{n}(x: Int, items: List<Item>) -> Int {{
  var total = if x > {n} {{ x - 1 }} else {{ {before} }}
  for item in items {{
    total += match item.kind {{
      .A => 1
      .B(n) if n > {n} => n * 2
      .B(n) => n
      .C(s) => s.len()
    }}
  }}
  let names = items.filter(i => i.name != \"\").map(i => \"{{i.name}}-{n}\")
  let text = names.join(\", \")
  if text.len() > 100 {{ total -= 1 }}
  total
}}
"
        );
    }
    let _ = write!(text, "\nagent main(items: List<Item>) -> Int {{ work_{}(1, items) }}\n", functions - 1);
    text
}

#[test]
fn a_long_file_compiles_in_time_that_grows_with_its_length() {
    let mut taken = Vec::new();
    for lines in [2_000, 8_000] {
        let text = program(lines);
        let start = Instant::now();
        let compiled = compiled("long.aeth", &text);
        let elapsed = start.elapsed();
        assert!(compiled.module.functions.len() > lines / 16);
        eprintln!("{} lines: {} ms", text.lines().count(), elapsed.as_millis());
        taken.push(elapsed);
    }
    // Four times the lines: 16 times the time would be quadratic.
    assert!(taken[1] < taken[0] * 12 + Duration::from_millis(500), "{taken:?}");
}
