//! Children, with real processes.

use std::io::{BufRead, BufReader};
use std::os::unix::process::CommandExt;
use std::process::Command as StdCommand;

use rustix::process::{kill_process, test_kill_process};

use super::super::fixture::{call, dispatch, exec, grants, plain};
use super::super::{end_orphans, guard};
use super::*;
use crate::value::SealedPart;

const PATIENCE: Duration = Duration::from_secs(10);

fn secrets() -> Secrets {
    Secrets::given([("KEY".to_owned(), "a-long-secret".to_owned())])
}

async fn run(call: Call) -> Answer {
    let dir = tempfile::tempdir().unwrap();
    let children = Children::new(dir.path().join("locks"), None);
    let answer = dispatch(children.prepare(call, &grants(Path::new("/"), "exec"), &secrets()).await).await;
    let left: Vec<_> = fs::read_dir(dir.path().join("locks")).into_iter().flatten().collect();
    assert!(left.is_empty(), "{left:?}");
    answer
}

fn exited(answer: Answer) -> (i32, String, String) {
    match answer.reply {
        Ok(Reply::Exec { code, stdout, stderr }) => {
            (code, String::from_utf8(stdout).unwrap(), String::from_utf8(stderr).unwrap())
        }
        other => panic!("{other:?}"),
    }
}

fn failed(answer: &Answer) -> (Verdict, ErrorKind, &str) {
    let error = answer.reply.as_ref().unwrap_err();
    (answer.verdict, error.kind.clone(), &error.message)
}

#[tokio::test]
async fn output_and_codes() {
    let mut good = call(exec(&["sh", "-c", "echo out; echo err >&2; exit 3"]));
    good.not_done = vec![75];
    let answer = run(good).await;
    assert_eq!(answer.verdict, Verdict::Done);
    assert_eq!(exited(answer), (3, "out\n".into(), "err\n".into()));
    let mut refused = call(exec(&["sh", "-c", "exit 75"]));
    refused.not_done = vec![75];
    assert_eq!(run(refused).await.verdict, Verdict::NotDone);
}

#[tokio::test]
async fn no_shell_reads_the_arguments() {
    let answer = run(call(exec(&["printf", "%s|", "$HOME", "a b", "", "`x`;*"]))).await;
    assert_eq!(exited(answer).1, "$HOME|a b||`x`;*|");
}

#[tokio::test]
async fn the_environment_is_what_is_declared() {
    let mut request = exec(&["env"]);
    if let CallRequest::Exec { env, .. } = &mut request {
        env.push(("TOKEN".into(), vec![SealedPart::Text("t-".into()), SealedPart::Secret("KEY".into())]));
        env.push(("PLAIN".into(), plain("x y")));
    }
    let (_, stdout, _) = exited(run(call(request)).await);
    let mut names: Vec<&str> =
        stdout.lines().filter_map(|line| line.split_once('=')).map(|(name, _)| name).collect();
    names.retain(|name| !INHERITED.contains(name));
    names.sort_unstable();
    assert_eq!(names, ["PLAIN", "TOKEN"]);
    assert!(stdout.contains("TOKEN=t-[secret KEY]\n"), "{stdout}");
}

#[tokio::test]
async fn input_is_fed_and_may_be_left() {
    for (words, expected) in [(&["cat"][..], 90_000), (&["true"], 0)] {
        let mut request = exec(words);
        if let CallRequest::Exec { stdin, .. } = &mut request {
            *stdin = Body::Bytes(vec![b'x'; 90_000]);
        }
        assert_eq!(exited(run(call(request)).await).1.len(), expected);
    }
    assert_eq!(exited(run(call(exec(&["cat"]))).await).1, "", "no input is empty input");
}

#[tokio::test]
async fn what_cannot_start_did_not_happen() {
    let dir = tempfile::tempdir().unwrap();
    let script = dir.path().join("script");
    fs::write(&script, "#!/no/such/interpreter\n").unwrap();
    fs::set_permissions(&script, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    let script = script.to_str().unwrap();
    let long = "x".repeat(3_000_000);
    let table = [
        (&["no-such-command"][..], ErrorKind::NotFound, "there is no command `no-such-command`"),
        (&[script], ErrorKind::NotFound, "could not be started: No such file"),
        (&["echo", &long], ErrorKind::Rejected, "could not be started: Argument list too long"),
        (&["echo", "a\0b"], ErrorKind::Rejected, "holds a NUL"),
        (&[], ErrorKind::Rejected, "the command is empty"),
    ];
    for (words, expected, part) in table {
        let answer = run(call(exec(words))).await;
        let (verdict, kind, message) = failed(&answer);
        assert_eq!((verdict, kind), (Verdict::NotDone, expected), "{message}");
        assert!(message.contains(part), "{message}");
    }
    let mut nowhere = exec(&["pwd"]);
    if let CallRequest::Exec { cwd, .. } = &mut nowhere {
        *cwd = Some("/no/such".into());
    }
    assert_eq!(
        failed(&run(call(nowhere)).await),
        (Verdict::NotDone, ErrorKind::NotFound, "there is no folder /no/such")
    );
}

#[tokio::test]
async fn refused_without_a_grant_or_with_a_computed_option() {
    let dir = tempfile::tempdir().unwrap();
    let children = Children::new(dir.path().join("locks"), None);
    let denied = children.prepare(call(exec(&["sh"])), &grants(dir.path(), "exec=cat"), &secrets()).await;
    assert_eq!(denied.err().unwrap().kind, ErrorKind::Denied);
    let mut request = exec(&["cat", "-x"]);
    if let CallRequest::Exec { parts, .. } = &mut request {
        parts[1] = aeth_lang::bytecode::module::CommandPart::Value;
    }
    let refused = children.prepare(call(request), &grants(dir.path(), "exec"), &secrets()).await;
    assert_eq!(refused.err().unwrap().kind, ErrorKind::Rejected);
}

#[tokio::test]
async fn one_that_never_ends_is_killed_with_its_group() {
    let started = std::time::Instant::now();
    let script = "trap '' TERM; setsid sh -c 'echo $$; exec sleep 1000' & sleep 1000 & echo $!; echo $$; wait; sleep 1000";
    let dir = tempfile::tempdir().unwrap();
    let pids = dir.path().join("pids");
    let answer = run(call(exec(&["sh", "-c", &format!("({script}) > {}", pids.display())]))).await;
    assert_eq!(
        failed(&answer),
        (Verdict::Unknown, ErrorKind::Timeout, "`sh` did not end within 500ms: it was killed")
    );
    assert!(started.elapsed() < Duration::from_secs(5));
    let pids = fs::read_to_string(pids).unwrap();
    assert_eq!(pids.lines().count(), 3);
    for pid in pids.lines() {
        gone(Pid::from_raw(pid.parse().unwrap()).unwrap());
    }
}

#[tokio::test]
async fn one_that_prints_too_much_is_killed() {
    let mut flood = call(exec(&["yes"]));
    flood.timeout = Duration::from_secs(20);
    let answer = run(flood).await;
    assert_eq!(
        failed(&answer),
        (Verdict::Unknown, ErrorKind::Limit, "`yes` printed more than 100000 bytes: it was killed")
    );
    let mut full = call(exec(&["sh", "-c", "head -c 60000 /dev/zero; head -c 40000 /dev/zero >&2"]));
    full.timeout = Duration::from_secs(20);
    assert_eq!(exited(run(full).await).1.len(), 60_000, "exactly the bound is fine");
}

#[tokio::test]
async fn killed_by_a_signal_is_unknown() {
    let answer = run(call(exec(&["sh", "-c", "kill -9 $$"]))).await;
    assert_eq!(failed(&answer), (Verdict::Unknown, ErrorKind::Unavailable, "`sh` was killed by signal 9"));
}

#[tokio::test]
async fn what_it_leaves_behind_ends_with_it() {
    let mut leaving = call(exec(&["sh", "-c", "sleep 1000 & echo $!"]));
    leaving.timeout = Duration::from_secs(20);
    let started = std::time::Instant::now();
    let (code, stdout, _) = exited(run(leaving).await);
    assert_eq!(code, 0);
    assert!(started.elapsed() < Duration::from_secs(5), "an open pipe does not hold the call");
    gone(Pid::from_raw(stdout.trim().parse().unwrap()).unwrap());
}

#[tokio::test]
async fn giving_up_ends_the_group() {
    let dir = tempfile::tempdir().unwrap();
    let pids = dir.path().join("pids");
    let mut long = call(exec(&[
        "sh",
        "-c",
        &format!("sleep 1000 & echo $! > {0}.new; mv {0}.new {0}; wait", pids.display()),
    ]));
    long.timeout = Duration::from_secs(1000);
    let children = Children::new(dir.path().join("locks"), None);
    let prepared = children.prepare(long, &grants(Path::new("/"), "exec"), &secrets()).await.unwrap();
    let dispatched = tokio::spawn(prepared.dispatch());
    while !pids.exists() {
        sleep(Duration::from_millis(5)).await;
    }
    dispatched.abort();
    assert!(dispatched.await.is_err());
    gone(Pid::from_raw(fs::read_to_string(pids).unwrap().trim().parse().unwrap()).unwrap());
}

/// Waits until a process has ended; a zombie has.
fn gone(pid: Pid) {
    let deadline = std::time::Instant::now() + PATIENCE;
    let state = || fs::read_to_string(format!("/proc/{}/stat", pid.as_raw_nonzero())).ok();
    while test_kill_process(pid).is_ok() && !state().is_some_and(|stat| stat.contains(") Z ")) {
        assert!(std::time::Instant::now() < deadline, "{pid:?} still lives: {:?}", state());
        std::thread::sleep(Duration::from_millis(5));
    }
}

fn alive(pid: Pid) -> bool {
    let stat = fs::read_to_string(format!("/proc/{}/stat", pid.as_raw_nonzero()));
    stat.is_ok_and(|stat| !stat.contains(") Z "))
}

// A worker in a process of its own, which is this test binary again. It is killed; what becomes of its children?

const WORKER: &str = "AETH_TEST_EXEC_WORKER";
/// The child and one that left its group; both say who they are.
const SCRIPT: &str = "setsid sh -c 'echo $$ > daemon; exec sleep 1000' & echo $$ > leader; exec sleep 1000";

/// What the worker process does.
#[test]
fn worker_process() {
    let Some(dir) = std::env::var_os(WORKER) else { return };
    let dir = PathBuf::from(dir);
    let args = ["--exact", "host::exec::tests::guard_process", "--nocapture", "--"].map(Into::into).to_vec();
    let command = GuardCommand { program: std::env::current_exe().unwrap().into(), args };
    let guard = dir.join("guarded").exists().then_some(command);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let children = Children::new(dir.join("locks"), guard);
        let mut endless = call(exec(&["sh", "-c", SCRIPT]));
        endless.timeout = Duration::from_secs(1000);
        let answer = dispatch(children.prepare(endless, &grants(&dir, "exec"), &secrets()).await).await;
        panic!("{answer:?}");
    });
}

/// What the guard process does: its arguments are the last two.
#[test]
fn guard_process() {
    let mut args = std::env::args().skip_while(|arg| arg != "--").skip(1);
    if let (Some(locks), Some(prefix)) = (args.next(), args.next()) {
        guard::run(Path::new(&locks), &prefix).unwrap();
    }
}

/// Starts a worker, kills it when its children run, and says who they are.
fn killed_worker(dir: &Path) -> [Pid; 2] {
    let mut command = StdCommand::new(std::env::current_exe().unwrap());
    command
        .args(["--exact", "host::exec::tests::worker_process", "--nocapture"])
        .env(WORKER, dir)
        .process_group(0)
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    let mut worker = spawn_apart(|| command.spawn()).unwrap();
    let deadline = std::time::Instant::now() + PATIENCE;
    let group_known = || {
        let locks = fs::read_dir(dir.join("locks")).into_iter().flatten().flatten();
        locks
            .filter_map(|lock| fs::read(lock.path()).ok())
            .any(|text| BufReader::new(&text[..]).lines().any(|line| line.unwrap().starts_with("group ")))
    };
    let pid =
        |name: &str| fs::read_to_string(dir.join(name)).ok()?.trim().parse().ok().and_then(Pid::from_raw);
    let pids = loop {
        if let (true, Some(leader), Some(daemon)) = (group_known(), pid("leader"), pid("daemon")) {
            break [leader, daemon];
        }
        assert!(std::time::Instant::now() < deadline, "the worker did not start its child");
        assert!(worker.try_wait().unwrap().is_none(), "the worker ended");
        std::thread::sleep(Duration::from_millis(5));
    };
    assert!(pids.into_iter().all(alive), "the window: children run");
    kill_process(Pid::from_raw(worker.id().cast_signed()).unwrap(), Signal::KILL).unwrap();
    worker.wait().unwrap();
    pids
}

#[test]
fn the_guard_ends_the_children_of_a_killed_worker() {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("guarded"), "").unwrap();
    killed_worker(dir.path()).into_iter().for_each(gone);
    let deadline = std::time::Instant::now() + PATIENCE;
    while fs::read_dir(dir.path().join("locks")).unwrap().count() > 0 {
        assert!(std::time::Instant::now() < deadline, "the lock is removed");
        std::thread::sleep(Duration::from_millis(5));
    }
}

#[test]
fn without_a_guard_recovery_ends_them() {
    let dir = tempfile::tempdir().unwrap();
    let pids = killed_worker(dir.path());
    let locks = dir.path().join("locks");
    end_orphans(&locks, "default/job/effect/0#2", PATIENCE).unwrap();
    assert!(pids.into_iter().all(alive), "another attempt's children are left alone");
    end_orphans(&locks, "default/job/effect/0#1", PATIENCE).unwrap();
    pids.into_iter().for_each(gone);
    assert_eq!(fs::read_dir(&locks).unwrap().count(), 0);
    end_orphans(&locks, "default/job/effect/0#1", PATIENCE).unwrap();
    end_orphans(&locks.join("none"), "x", PATIENCE).unwrap();
}

#[test]
fn a_group_number_that_was_given_away_is_left_alone() {
    let dir = tempfile::tempdir().unwrap();
    let mut bystander =
        spawn_apart(|| StdCommand::new("sleep").arg("1000").process_group(0).spawn()).unwrap();
    let pid = Pid::from_raw(bystander.id().cast_signed()).unwrap();
    let mut identity = crate::schedule::process::Identity::of(pid).unwrap();
    identity.start -= 1;
    let mut lock = ExecLock::create(dir.path(), "exec-x", "a").unwrap();
    lock.child_holds(pid);
    let path = fs::read_dir(dir.path()).unwrap().next().unwrap().unwrap().path();
    fs::write(&path, format!("attempt a\ngroup {identity}\n")).unwrap();
    end_orphans(dir.path(), "a", PATIENCE).unwrap();
    assert!(alive(pid));
    bystander.kill().unwrap();
    bystander.wait().unwrap();
}
