//! Arguments, tools and servers that do not fit, and programs that fail while they run.

use super::{Row, agent, check_rows, judge_row, row};
use crate::harness::{Judge, Step, World};

#[test]
fn arguments_that_do_not_fit() {
    check_rows(arguments());
}

#[test]
fn tools_that_misbehave() {
    check_rows(tools());
}

#[test]
fn programs_that_fail() {
    check_rows(failures_of_programs());
}

fn arguments() -> Vec<Row> {
    let source = "agent main(\n  /// How many.\n  count: Int,\n  name: String = \"x\",\n) -> Int { return count + name.len() }\n";
    vec![
        row("a missing argument", source, &[], 2, &["count", "Int", "How many"]),
        row("an ill-typed argument", source, &["count=many"], 2, &["count"]),
        row("an argument of another type", source, &["count=1.5"], 2, &["count", "Int", "1.5"]),
        row("null for what may not be", source, &["count=null"], 2, &["count", "Int"]),
        row("an unknown argument", source, &["count=1", "nmae=x"], 2, &["nmae", "name"]),
        row("an argument twice", source, &["count=1", "count=2"], 2, &["count", "twice"]),
        row("no name=value", source, &["1"], 2, &["name=value"]),
        row("input that is no JSON", source, &["--input", "{count"], 2, &["JSON"]),
        row("input that is no object", source, &["--input", "[1]"], 2, &["object"]),
        row("input with a key twice", source, &["--input", "{\"count\": 1, \"count\": 2}"], 2, &["count"]),
        row(
            "input from a file that is not there",
            source,
            &["--input", "@nowhere.json"],
            2,
            &["nowhere.json"],
        ),
        row("an empty job id", source, &["count=1", "--job", ""], 2, &["job"]),
        row("a job id with a slash", source, &["count=1", "--job", "a/b"], 2, &["a/b"]),
        row("a grant of an unknown kind", source, &["count=1", "--allow", "exe=git"], 2, &["exe"]),
        row("an unknown option", source, &["--jbo", "x"], 2, &["--jbo"]),
    ]
}

/// A tool over a command, its result type, and further clauses.
fn exec(result: &str, command: &str, clauses: &str) -> String {
    format!(
        "tool t() -> {result} {{\n  via exec {{ command: {command} }}\n  readonly\n{clauses}}}\nagent main() -> {result} {{ return t() }}\n"
    )
}

fn tools() -> Vec<Row> {
    let allow = ["--allow", "exec"];
    vec![
        row(
            "a tool that prints garbage",
            exec("Int", "[\"echo\", \"gar bage\"]", ""),
            &allow,
            1,
            &["Decode", "gar bage"],
        ),
        row("a tool that prints nothing", exec("Int", "[\"true\"]", ""), &allow, 1, &["Decode"]),
        row(
            "a tool that prints another type",
            exec("Int", "[\"echo\", \"\\{}\"]", ""),
            &allow,
            1,
            &["Decode", "Int"],
        ),
        row(
            "a tool that prints invalid UTF-8",
            exec("String", "[\"printf\", \"\\\\377\"]", ""),
            &allow,
            1,
            &["UTF-8"],
        ),
        row(
            "a tool that exits non-zero",
            exec("String", "[\"ls\", \"nowhere\"]", ""),
            &allow,
            1,
            &["Failed", "nowhere"],
        ),
        row(
            "a tool that prints 100 MB",
            exec("String", "[\"head\", \"-c\", \"100000000\", \"/dev/zero\"]", ""),
            &allow,
            1,
            &["Limit"],
        ),
        row(
            "a tool that never ends",
            exec("String", "[\"sleep\", \"1000\"]", "  timeout 300ms\n"),
            &allow,
            1,
            &["Timeout"],
        ),
        row(
            "a tool that never ends and prints",
            exec("String", "[\"yes\"]", "  timeout 2s\n"),
            &allow,
            1,
            &["Limit"],
        ),
        row(
            "a command that is not there",
            exec("String", "[\"no-such-command-here\"]", ""),
            &["--allow", "exec=no-such-command-here"],
            2,
            &["no-such-command-here"],
        ),
        row("an empty command", exec("String", "[\"\"]", ""), &allow, 2, &["command", "names no program"]),
        row(
            "a grant that is missing",
            exec("String", "[\"echo\", \"x\"]", ""),
            &[],
            2,
            &["--allow exec=echo"],
        ),
        row(
            "a grant for something else",
            exec("String", "[\"echo\", \"x\"]", ""),
            &["--allow", "exec=git"],
            2,
            &["exec=echo"],
        ),
        row(
            "an environment variable that is missing",
            "tool t() -> String {\n  via http { url: \"{env.NOWHERE}/x\" }\n  readonly\n}\nagent main() -> String { return t() }\n",
            &["--allow", "net"],
            2,
            &["NOWHERE"],
        ),
        row(
            "a secret that is missing",
            "tool t() -> String {\n  via http { url: \"http://127.0.0.1:1/\", headers: [\"x-key\": \"{secret.NOWHERE}\"] }\n  readonly\n}\nagent main() -> String { return t() }\n",
            &["--allow", "net=127.0.0.1"],
            2,
            &["NOWHERE"],
        ),
        row(
            "nobody listens",
            "agent main() -> Int { return http.get(\"http://127.0.0.1:1/\").status }\n",
            &["--allow", "net=127.0.0.1"],
            1,
            &["Unavailable"],
        ),
        row(
            "an address that is not granted",
            "agent main() -> Int { return http.get(\"http://127.0.0.1:1/\").status }\n",
            &["--allow", "net=example.org"],
            1,
            &["Denied", "127.0.0.1"],
        ),
        row(
            "no address at all",
            "agent main() -> Int { return http.get(\"not a url\").status }\n",
            &["--allow", "net=127.0.0.1"],
            1,
            &["not a url"],
        ),
        row(
            "a file outside the grant",
            "agent main() -> String { return file.read(\"../../etc/passwd\") }\n",
            &["--allow", "file=."],
            1,
            &["Denied"],
        ),
        row(
            "a file that is not there",
            "agent main() -> String { return file.read(\"nowhere.txt\") }\n",
            &["--allow", "file=."],
            1,
            &["NotFound", "nowhere.txt"],
        ),
    ]
}

fn failures_of_programs() -> Vec<Row> {
    vec![
        row(
            "a failure with words",
            agent("fail \"the moon is wrong\""),
            &[],
            1,
            &["the moon is wrong", "main.aeth:2"],
        ),
        row(
            "an overflow",
            "agent main(n: Int) -> Int { return n + 1 }\n",
            &["n=9223372036854775807"],
            1,
            &["Arithmetic"],
        ),
        row(
            "a division by zero",
            "agent main(n: Int) -> Int { return 1 / n }\n",
            &["n=0"],
            1,
            &["Arithmetic"],
        ),
        row(
            "an index out of range",
            "agent main(n: Int) -> Int { return [1, 2][n] }\n",
            &["n=2"],
            1,
            &["NotFound", "2"],
        ),
        row(
            "a recursion without end",
            "fn f(n: Int) -> Int { f(n + 1) + 1 }\nagent main() -> Int { return f(1) }\n",
            &[],
            1,
            &["Limit"],
        ),
        row(
            "a value without end",
            agent("var xs = [1]\n  while true { xs = xs + xs }\n  return xs.len()"),
            &[],
            1,
            &["Limit"],
        ),
        row(
            "a 50 MB string as a result",
            "agent main() -> String { return \"0123456789\".repeat(5_000_000) }\n",
            &[],
            1,
            &["Limit"],
        ),
        row("an assertion", agent("assert 1 > 2, \"order\"\n  return 1"), &[], 1, &["Assertion", "order"]),
    ]
}

#[test]
fn a_50_mb_argument_is_refused() {
    let world = World::with_program("agent main(text: String) -> Int { return text.len() }\n");
    world.write("input.json", format!("{{\"text\": \"{}\"}}", "x".repeat(50_000_000)));
    world.run(&["run", "main.aeth", "--input", "@input.json"]).exits(2).says("bytes");
}

#[test]
fn answers_of_servers_that_do_not_fit() {
    let judge = Judge::start();
    judge.script("/garbage", &[Step::body("<html>")]);
    judge.script("/other", &[Step::body("{\"n\": \"one\"}")]);
    judge.script("/large", &[Step::large(100_000_000)]);
    judge.script("/slow", &[Step::ok().after_ms(5_000)]);
    judge.script("/gone", &[Step::unread()]);
    let source = |clause: &str| {
        format!(
            "record R {{ n: Int }}\ntool t(path: String) -> R {{\n  via http {{ url: \"{{env.JUDGE}}{{path}}\" }}\n  {clause}\n  timeout 1s\n}}\nagent main(path: String) -> Int {{ return t(path).n }}\n"
        )
    };
    let cases = [
        ("/garbage", &["Decode"][..]),
        ("/other", &["Decode", "n", "Int"]),
        ("/large", &["Limit"]),
        ("/slow", &["Timeout"]),
        ("/gone", &["Unavailable"]),
    ];
    for (path, says) in cases {
        let world = World::with_program(&source("readonly")).env("JUDGE", &judge.url());
        let argument = format!("path={path}");
        let finished = world.run(&["run", "main.aeth", &argument, "--allow", "net=127.0.0.1"]);
        assert_eq!(judge_row(path, 1, says, &finished), None);
    }
    // The same to a call that changes the world: where nobody knows whether it happened, a person is asked.
    let world = World::with_program(&source("once")).env("JUDGE", &judge.url());
    world
        .run(&["run", "main.aeth", "path=/slow", "--job", "s", "--allow", "net=127.0.0.1"])
        .exits(3)
        .says("s");
    assert_eq!(world.log("s").last(), "EffectInDoubt");
}

#[test]
fn the_same_job_with_other_arguments_is_refused_and_with_another_program_runs_the_old_one() {
    let world = World::with_program("agent main(n: Int) -> Int { sleep(200ms) return n + 1 }\n");
    world
        .aeth(["run", "main.aeth", "n=1", "--job", "j"])
        .crash_at("lease.taken:1:kill")
        .finish()
        .was_killed();
    world.run(&["run", "main.aeth", "n=2", "--job", "j"]).exits(2).says("j").says("arguments");
    world.write("main.aeth", "agent main(n: Int) -> Int { return n + 100 }\n");
    let finished = world.run(&["run", "main.aeth", "n=1", "--job", "j"]).exits(0).says("changed");
    assert_eq!(finished.stdout, "2\n", "the program it started with");
    world.write("main.aeth", "this is no program");
    assert_eq!(world.run(&["resume", "j"]).exits(0).stdout, "2\n");
    world.run(&["resume", "nowhere"]).exits(2).says("nowhere");
}
