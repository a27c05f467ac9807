//! Pure computation beside Lua and Python, where they are installed. All run the same algorithm; the others' times
//! include the start of their process, ours that of a job in memory.

use std::process::{Command, Stdio};

use crate::durable::{executor, open, run};
use crate::{ROUNDS, median, timed};

/// One algorithm in three languages, and what it must answer.
pub(crate) struct Case {
    pub(crate) n: usize,
    pub(crate) answer: &'static str,
    pub(crate) aeth: &'static str,
    lua: &'static str,
    python: &'static str,
}

const FIB: Case = Case {
    n: 32,
    answer: "2178309",
    aeth: "fn fib(n: Int) -> Int { if n < 2 { n } else { fib(n - 1) + fib(n - 2) } }\n\nagent main(n: Int) -> Int { return fib(n) }\n",
    lua: "local function fib(n) if n < 2 then return n end return fib(n - 1) + fib(n - 2) end print(fib(32))",
    python: "def fib(n):\n    return n if n < 2 else fib(n - 1) + fib(n - 2)\nprint(fib(32))",
};

const LOOP: Case = Case {
    n: 10_000_000,
    answer: "49999995000000",
    aeth: "agent main(n: Int) -> Int {\n  var sum = 0\n  for i in 0..n { sum += i }\n  return sum\n}\n",
    lua: "local sum = 0 for i = 0, 9999999 do sum = sum + i end print(sum)",
    python: "def main():\n    s = 0\n    for i in range(10000000):\n        s += i\n    print(s)\nmain()",
};

const SIEVE: Case = Case {
    n: 5_000_000,
    answer: "348513",
    aeth: "fn primes(n: Int) -> Int {\n  var composite = [false]\n  for i in 0..n { composite.push(false) }\n  var count = 0\n  var i = 2\n  while i <= n {\n    if !composite[i] {\n      count += 1\n      var j = i * i\n      while j <= n {\n        composite[j] = true\n        j += i\n      }\n    }\n    i += 1\n  }\n  count\n}\n\nagent main(n: Int) -> Int { return primes(n) }\n",
    lua: "local n = 5000000 local c = {} for i = 0, n do c[i] = false end local count = 0 local i = 2 while i <= n do if not c[i] then count = count + 1 local j = i * i while j <= n do c[j] = true j = j + i end end i = i + 1 end print(count)",
    python: "def main():\n    n = 5000000\n    c = [False] * (n + 1)\n    count = 0\n    i = 2\n    while i <= n:\n        if not c[i]:\n            count += 1\n            j = i * i\n            while j <= n:\n                c[j] = True\n                j += i\n        i += 1\n    print(count)\nmain()",
};

const MAP: Case = Case {
    n: 1_000_000,
    answer: "1000000",
    aeth: "fn count(n: Int) -> Int {\n  var m: Map<String, Int> = [:]\n  for i in 0..n { m[\"key {i}\"] = i }\n  m.len()\n}\n\nagent main(n: Int) -> Int { return count(n) }\n",
    lua: "local m, n = {}, 0 for i = 0, 999999 do m[\"key \" .. i] = i end for _ in pairs(m) do n = n + 1 end print(n)",
    python: "def main():\n    m = {}\n    for i in range(1000000):\n        m[f'key {i}'] = i\n    print(len(m))\nmain()",
};

pub(crate) fn case(name: &str) -> Case {
    match name {
        "fib" => FIB,
        "loop" => LOOP,
        "map" => MAP,
        _ => SIEVE,
    }
}

pub(crate) fn beside_others(name: &str) {
    let case = case(name);
    let executor = executor();
    let runtime = executor.block_on(open(None));
    let mut times: [Vec<_>; 3] = Default::default();
    for round in 0..ROUNDS {
        let job = format!("{name}-{round}");
        let (time, answer) = timed(|| executor.block_on(run(&runtime, case.aeth, &job, case.n)));
        assert_eq!(answer, case.answer, "{name}");
        times[0].push(time);
        for (times, (command, flag, source)) in
            times[1..].iter_mut().zip([("lua5.4", "-e", case.lua), ("python3", "-c", case.python)])
        {
            let (time, answer) = timed(|| other(command, flag, source));
            if let Some(answer) = answer {
                assert_eq!(answer, case.answer, "{command} {name}");
                times.push(time);
            }
        }
    }
    let [ours, lua, python] = times;
    let ours = median(ours);
    print!("{name}: aeth {:.3} s", ours.as_secs_f64());
    for (command, theirs) in [("lua5.4", lua), ("python3", python)] {
        if theirs.is_empty() {
            print!("; {command} is not installed");
            continue;
        }
        let theirs = median(theirs).as_secs_f64();
        print!("; {command} {theirs:.3} s, ratio {:.2}", ours.as_secs_f64() / theirs);
    }
    println!();
}

fn other(command: &str, flag: &str, source: &str) -> Option<String> {
    let output = Command::new(command).args([flag, source]).stderr(Stdio::null()).output().ok()?;
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())
}
