//! Pure computation beside other languages that are embedded in Rust: `cargo run --release` in this folder; a word
//! after `--` runs one. Interleaved rounds, medians of five; each side compiles and runs its program in this process.
#![allow(clippy::print_stdout, reason = "its output is its result")]

#[path = "../../compute.rs"]
#[allow(dead_code, reason = "the comparison with other commands is `cargo bench`")]
mod compute;
#[path = "../../durable.rs"]
#[allow(dead_code, reason = "of the durable half only a job in memory is needed")]
mod durable;

use std::sync::Arc;
use std::time::{Duration, Instant};

use starlark::environment::{Globals, Module};
use starlark::eval::Evaluator;
use starlark::syntax::{AstModule, Dialect};

/// Rounds of each measurement; the median counts.
pub(crate) const ROUNDS: usize = 5;

/// One algorithm in the other languages; each program ends in its answer.
struct Others {
    name: &'static str,
    rhai: &'static str,
    rune: &'static str,
    starlark: &'static str,
}

const OTHERS: [Others; 4] = [
    Others {
        name: "fib",
        rhai: "fn fib(n) { if n < 2 { n } else { fib(n - 1) + fib(n - 2) } } fib(32)",
        rune: "fn fib(n) { if n < 2 { n } else { fib(n - 1) + fib(n - 2) } } pub fn main() { fib(32) }",
        // Starlark has no recursion unless it is asked for; this dialect of it has.
        starlark: "def fib(n):\n    return n if n < 2 else fib(n - 1) + fib(n - 2)\nfib(32)\n",
    },
    Others {
        name: "loop",
        rhai: "let s = 0; for i in 0..10000000 { s += i; } s",
        rune: "pub fn main() { let s = 0; for i in 0..10000000 { s += i; } s }",
        starlark: "def main():\n    s = 0\n    for i in range(10000000):\n        s += i\n    return s\nmain()\n",
    },
    Others {
        name: "sieve",
        rhai: "let n = 5000000; let c = []; c.pad(n + 1, false); let count = 0; let i = 2; while i <= n { if !c[i] { count += 1; let j = i * i; while j <= n { c[j] = true; j += i; } } i += 1; } count",
        rune: "pub fn main() { let n = 5000000; let c = []; for _ in 0..=n { c.push(false); } let count = 0; let i = 2; while i <= n { if !c[i] { count += 1; let j = i * i; while j <= n { c[j] = true; j += i; } } i += 1; } count }",
        starlark: "def main():\n    n = 5000000\n    c = [False] * (n + 1)\n    count = 0\n    for i in range(2, n + 1):\n        if not c[i]:\n            count += 1\n            if i * i <= n:\n                for j in range(i * i, n + 1, i):\n                    c[j] = True\n    return count\nmain()\n",
    },
    Others {
        name: "map",
        rhai: "let m = #{}; for i in 0..1000000 { m[`key ${i}`] = i; } m.len()",
        rune: "pub fn main() { let m = #{}; for i in 0..1000000 { m.insert(`key ${i}`, i); } m.len() }",
        starlark: "def main():\n    m = {}\n    for i in range(1000000):\n        m[\"key %d\" % i] = i\n    return len(m)\nmain()\n",
    },
];

fn main() {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let executor = durable::executor();
    let runtime = executor.block_on(durable::open(None));
    for others in OTHERS {
        if !words.is_empty() && !words.iter().any(|word| others.name.contains(word.as_str())) {
            continue;
        }
        let case = compute::case(others.name);
        let mut times: [Vec<Duration>; 4] = Default::default();
        for round in 0..ROUNDS {
            let job = format!("{}-{round}", others.name);
            let answers = [
                timed(|| executor.block_on(durable::run(&runtime, case.aeth, &job, case.n))),
                timed(|| rhai(others.rhai)),
                timed(|| rune(others.rune)),
                timed(|| starlark(others.starlark)),
            ];
            for ((time, answer), times) in answers.into_iter().zip(&mut times) {
                assert_eq!(answer, case.answer, "{}", others.name);
                times.push(time);
            }
        }
        let [ours, rhai, rune, starlark] = times.map(|times| median(times).as_secs_f64());
        print!("{}: aeth {ours:.3} s", others.name);
        for (language, theirs) in [("rhai", rhai), ("rune", rune), ("starlark", starlark)] {
            print!("; {language} {theirs:.3} s, ratio {:.2}", ours / theirs);
        }
        println!();
    }
}

fn rhai(source: &str) -> String {
    let engine = rhai::Engine::new();
    engine.eval::<i64>(source).expect("it runs").to_string()
}

fn rune(source: &str) -> String {
    let context = rune::Context::with_default_modules().expect("modules");
    let runtime = Arc::new(context.runtime().expect("a runtime"));
    let mut sources = rune::Sources::new();
    sources.insert(rune::Source::memory(source).expect("a source")).expect("room");
    let unit = rune::prepare(&mut sources).with_context(&context).build().expect("it compiles");
    let mut vm = rune::Vm::new(runtime, Arc::new(unit));
    let answer = vm.call(["main"], ()).expect("it runs");
    rune::from_value::<i64>(answer).expect("a number").to_string()
}

fn starlark(source: &str) -> String {
    let ast = AstModule::parse("main.star", source.to_owned(), &Dialect::Extended).expect("it parses");
    let module = Module::new();
    let mut evaluator = Evaluator::new(&module);
    evaluator.eval_module(ast, &Globals::standard()).expect("it runs").to_string()
}

/// How long something takes.
pub(crate) fn timed<T>(work: impl FnOnce() -> T) -> (Duration, T) {
    let started = Instant::now();
    let value = work();
    (started.elapsed(), value)
}

/// The middle one.
pub(crate) fn median(mut times: Vec<Duration>) -> Duration {
    times.sort();
    times[times.len() / 2]
}
