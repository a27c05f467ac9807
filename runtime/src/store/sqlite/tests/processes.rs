//! Several processes, processes that are killed, and disks that refuse: children are this very test binary.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Write};
use std::process::{Child, Command, Stdio};

use super::*;
use crate::limits::INLINE_PAYLOAD;

/// Tells a child that it is one, and where the store is.
const CHILD: &str = "AETH_TEST_STORE";

/// The directory, if this process is a child.
fn as_child() -> Option<std::path::PathBuf> {
    std::env::var_os(CHILD).map(Into::into)
}

/// Starts this binary again in the given test, through a shell that runs `before` first.
fn child(test: &str, directory: &Path, before: &str) -> Child {
    let exact = format!("{}::{test}", module_path!().split_once("::").unwrap().1);
    Command::new("sh")
        .args(["-c", &format!("{before} exec \"$0\" \"$@\"")])
        .arg(std::env::current_exe().unwrap())
        .args(["--exact", &exact, "--nocapture", "--test-threads=1"])
        .env(CHILD, directory)
        .stdout(Stdio::piped())
        .stderr(Stdio::inherit())
        .spawn()
        .unwrap()
}

/// Says something to the parent, in one write.
fn say(line: &str) {
    let mut out = std::io::stdout().lock();
    out.write_all(format!("{line}\n").as_bytes()).unwrap();
    out.flush().unwrap();
}

/// The lines of a child that begin with this word, split into the rest.
fn heard<'a>(
    word: &'a str,
    lines: impl Iterator<Item = String> + 'a,
) -> impl Iterator<Item = Vec<String>> + 'a {
    lines.filter_map(move |line| {
        // The test harness writes before and after us, on the same line at first.
        let (_, rest) = line.split_once(word)?;
        Some(rest.split_whitespace().map(str::to_owned).collect())
    })
}

fn lines(child: &mut Child) -> impl Iterator<Item = String> + 'static {
    BufReader::new(child.stdout.take().unwrap()).lines().map_while(Result::ok)
}

/// Takes over or creates a job.
async fn hold(store: &Arc<dyn Store>, job: &str) -> Held {
    let key = JobKey::new("default", job);
    match store.job(&key).await.unwrap() {
        Some(row) => Held::take(store, &key, row.head).await,
        None => Held::create(store, job).await,
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn what_was_acknowledged_survives_a_kill() {
    if let Some(directory) = as_child() {
        let store = shared(&directory);
        let mut tasks = tokio::task::JoinSet::new();
        for index in 0..6 {
            let store = store.clone();
            tasks.spawn(async move {
                let mut job = hold(&store, &format!("j{index}")).await;
                loop {
                    job.write(&[note("1"), note(&"x".repeat(index * INLINE_PAYLOAD))]).await;
                    say(&format!("acked {} {}", job.key.job, job.head.seq));
                }
            });
        }
        tasks.join_all().await;
        return;
    }
    let directory = tempfile::tempdir().unwrap();
    let mut acknowledged: BTreeMap<String, u64> = BTreeMap::new();
    for round in 0..6 {
        let mut child = child("what_was_acknowledged_survives_a_kill", directory.path(), "");
        let mut count = 0;
        let lines = lines(&mut child);
        for words in heard("acked ", lines) {
            acknowledged.insert(words[0].clone(), words[1].parse().unwrap());
            count += 1;
            if count == 20 + round * 15 {
                // What it said before it died is still read.
                child.kill().unwrap();
            }
        }
        assert!(!child.wait().unwrap().success() && count >= 20, "round {round}: {count} acknowledged");
        // The log of the dead process is recovered by whoever looks first.
        let store = SqliteStore::open_existing(directory.path()).unwrap();
        for (job, seq) in &acknowledged {
            let report = report(&store, job).await.unwrap();
            assert!(report.problem.is_none() && report.events >= *seq, "{job} at {seq}: {report:?}");
            // Appends are whole: after the first event they come in pairs.
            assert_eq!(report.events % 2, 1);
        }
    }
    assert_eq!(acknowledged.len(), 6);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn two_processes_share_a_store() {
    const EACH: u64 = 40;
    if let Some(directory) = as_child() {
        let store = shared(&directory);
        let key = JobKey::new("default", "both");
        let me = format!("w{}", std::process::id());
        let mut done = 0;
        while done < EACH {
            let row = store.job(&key).await.unwrap().unwrap();
            if row.lease.holder.is_some() {
                tokio::task::yield_now().await;
                continue;
            }
            let Some(fence) = store.take_lease(&key, &me, &row.lease).await.unwrap() else { continue };
            let head: Head = store.job(&key).await.unwrap().unwrap().head;
            let mut job = Held::under(&store, &key, head, fence);
            let append = Append { release: true, ..job.next(&[note(&me)]) };
            store.append(append).await.unwrap();
            done += 1;
        }
        say("all mine");
        return;
    }
    let directory = tempfile::tempdir().unwrap();
    let store = shared(directory.path());
    let job = Held::create(&store, "both").await;
    store.release(&job.key, job.fence).await.unwrap();
    let mut children = [0, 1].map(|_| child("two_processes_share_a_store", directory.path(), ""));
    for child in &mut children {
        let lines = lines(child);
        assert_eq!(heard("all mine", lines).count(), 1);
        assert!(child.wait().unwrap().success());
    }
    let report = report(&*store, "both").await.unwrap();
    assert_eq!((report.events, report.problem), (1 + 2 * EACH, None));
    let row = store.job(&job.key).await.unwrap().unwrap();
    assert_eq!(row.lease.fence.epoch, 1 + 2 * EACH);
    let events = store.events(&job.key, 2, 1_000).await.unwrap();
    let writers: std::collections::BTreeSet<_> =
        events.iter().map(|stored| stored.event.payloads()[0].text().unwrap().to_owned()).collect();
    assert_eq!(writers.len(), 2);
}

#[cfg(target_os = "linux")]
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_disk_that_refuses_loses_nothing_acknowledged() {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

    if let Some(directory) = as_child() {
        let store = shared(&directory);
        let mut job = Held::create(&store, "j").await;
        let unlimited = getrlimit(Resource::Fsize);
        let limit = Rlimit { current: Some(400_000), ..unlimited };
        setrlimit(Resource::Fsize, limit).unwrap();
        let refused = loop {
            let mut next = job.clone();
            let append = next.next(&[note(&"x".repeat(50_000))]);
            match store.append(append.clone()).await {
                Ok(()) => job = next,
                Err(AppendError::Unknown(why)) => {
                    assert!(why.contains("aeth.db"), "{why}");
                    job = next;
                    break append;
                }
                Err(other) => panic!("{other}"),
            }
        };
        // Now every write is refused, to a connection opened anew each time; what is there can be read.
        setrlimit(Resource::Fsize, Rlimit { current: Some(0), ..unlimited }).unwrap();
        for _ in 0..3 {
            assert!(matches!(store.append(refused.clone()).await, Err(AppendError::Unknown(_))));
            let report = report(&*store, "j").await.unwrap();
            assert_eq!((report.events, report.problem), (job.head.seq - 1, None));
        }
        setrlimit(Resource::Fsize, unlimited).unwrap();
        assert_eq!(store.append(refused).await, Ok(()));
        job.write(&[note("and on")]).await;
        say(&format!("wrote {}", job.head.seq));
        return;
    }
    let directory = tempfile::tempdir().unwrap();
    // Ignored signals are inherited: the write fails instead of ending the process.
    let mut child =
        child("a_disk_that_refuses_loses_nothing_acknowledged", directory.path(), "trap '' XFSZ;");
    let lines = lines(&mut child);
    let wrote: Vec<Vec<String>> = heard("wrote ", lines).collect();
    assert!(child.wait().unwrap().success());
    let store = SqliteStore::open_existing(directory.path()).unwrap();
    let report = report(&store, "j").await.unwrap();
    assert_eq!(report.problem, None);
    assert_eq!(wrote, [[report.events.to_string()]]);
}
