//! The command at a real (pseudo) terminal: questions asked right there, the live tree, Ctrl-C.

use std::io::{Read, Write};
use std::os::fd::OwnedFd;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::time::{Duration, Instant};

use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{Winsize, tcsetwinsize};

use super::ASKS;
use crate::harness::World;

/// Longest wait for words that must come.
const PATIENCE: Duration = Duration::from_secs(30);

/// A command at a terminal of its own.
struct Terminal {
    child: Child,
    keys: std::fs::File,
    output: Receiver<Vec<u8>>,
    seen: String,
}

impl Terminal {
    fn start(world: &World, columns: u16, rows: u16, args: &[&str]) -> Self {
        let master = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).expect("a terminal");
        grantpt(&master).and_then(|()| unlockpt(&master)).expect("a terminal");
        let size = Winsize { ws_col: columns, ws_row: rows, ws_xpixel: 0, ws_ypixel: 0 };
        tcsetwinsize(&master, size).expect("a size");
        let name = ptsname(&master, Vec::new()).expect("a name").into_string().expect("a plain path");
        let slave = || {
            let file = std::fs::OpenOptions::new().read(true).write(true).open(&name).expect("its other end");
            Stdio::from(OwnedFd::from(file))
        };
        // A session of its own, so that Ctrl-C typed there reaches it.
        let child = Command::new("setsid")
            .args(["--ctty", "--wait", env!("CARGO_BIN_EXE_aeth")])
            .args(args)
            .current_dir(world.path())
            .env("TERM", "xterm-256color")
            .env_remove("NO_COLOR")
            .stdin(slave())
            .stdout(Stdio::piped())
            .stderr(slave())
            .spawn()
            .expect("aeth starts");
        let keys = std::fs::File::from(master);
        let mut reading = keys.try_clone().expect("a copy");
        let (sender, output) = mpsc::channel();
        std::thread::spawn(move || {
            let mut bytes = [0; 4096];
            while let Ok(count @ 1..) = reading.read(&mut bytes) {
                if sender.send(bytes[..count].to_vec()).is_err() {
                    return;
                }
            }
        });
        Self { child, keys, output, seen: String::new() }
    }

    /// Waits until words stand on the terminal, then forgets what stood before their end.
    #[track_caller]
    fn sees(&mut self, words: &str) {
        let end = Instant::now() + PATIENCE;
        loop {
            if let Some(at) = self.seen.find(words) {
                self.seen.drain(..at + words.len());
                return;
            }
            let left = end.saturating_duration_since(Instant::now());
            match self.output.recv_timeout(left) {
                Ok(bytes) => self.seen.push_str(&String::from_utf8_lossy(&bytes)),
                Err(_) => panic!("not seen: {words}\n{}", self.seen.escape_debug()),
            }
        }
    }

    fn types(&mut self, keys: &str) {
        self.keys.write_all(keys.as_bytes()).expect("it reads");
    }

    /// Exit code and standard output.
    fn finish(mut self) -> (Option<i32>, String) {
        let mut stdout = String::new();
        self.child.stdout.take().expect("piped").read_to_string(&mut stdout).expect("UTF-8");
        (self.child.wait().expect("it ends").code(), stdout)
    }
}

#[test]
fn a_question_is_asked_right_there() {
    let world = World::with_program(ASKS);
    let mut terminal = Terminal::start(&world, 80, 24, &["run", "main.aeth", "--agent", "main"]);
    terminal.sees("Publish these notes?");
    terminal.sees("\\u{1b}[31mnotes");
    terminal.sees("> ");
    terminal.types("perhaps\n");
    terminal.sees("answer with y or n");
    terminal.types("y\n");
    assert_eq!(terminal.finish(), (Some(0), "published\n".into()));

    let mut terminal = Terminal::start(&world, 80, 24, &["run", "main.aeth", "--agent", "named"]);
    terminal.sees("Who are you?");
    terminal.types("Ada \"L.\"\n");
    assert_eq!(terminal.finish(), (Some(0), "Hello, Ada \"L.\"!\n".into()));
}

#[test]
fn a_question_answered_elsewhere_is_no_longer_asked() {
    let world = World::with_program(ASKS);
    let mut terminal =
        Terminal::start(&world, 80, 24, &["run", "main.aeth", "--agent", "main", "--job", "j"]);
    terminal.sees("> ");
    let one = world.run(&["inbox", "--json"]).exits(0).json();
    world.run(&["answer", one["id"].as_str().expect("an id"), "false"]).exits(0).says("takes it up");
    terminal.sees("no longer open");
    assert_eq!(terminal.finish(), (Some(0), "kept\n".into()));
}

#[test]
fn a_missing_grant_is_asked_for_once() {
    let world = World::with_program(
        "tool hi() -> String {\n  via exec { command: [\"echo\", \"hi\"] }\n  readonly\n}\nagent main() -> String { return hi() }\n",
    );
    let mut terminal = Terminal::start(&world, 80, 24, &["run", "main.aeth"]);
    terminal.sees("`echo`");
    terminal.sees("[y/N] ");
    terminal.types("y\n");
    assert_eq!(terminal.finish(), (Some(0), "hi\n".into()));
    let mut terminal = Terminal::start(&world, 80, 24, &["run", "main.aeth"]);
    terminal.sees("[y/N] ");
    terminal.types("\n");
    terminal.sees("--allow exec=echo");
    assert_eq!(terminal.finish(), (Some(2), String::new()));
}

#[test]
fn ctrl_c_leaves_a_job_that_can_be_resumed() {
    let world = World::with_program("agent main() -> Int {\n  task nap = sleep(1s)\n  return 1\n}\n");
    for once in [true, false] {
        let job = if once { "once" } else { "twice" };
        let mut terminal = Terminal::start(&world, 80, 24, &["run", "main.aeth", "--job", job]);
        terminal.sees("nap");
        terminal.sees("sleeps");
        terminal.types(if once { "\u{3}" } else { "\u{3}\u{3}" });
        terminal.sees(&format!("aeth resume {job}"));
        assert_eq!(terminal.finish().0, Some(3));
        assert_eq!(world.run(&["resume", job]).exits(0).stdout, "1\n");
    }
}

#[test]
fn the_tree_never_leaves_the_terminal() {
    let world = World::with_program(
        "agent main() -> Int {
  task a_task_with_a_name_that_is_longer_than_any_terminal_here_would_like_to_show = sleep(400ms)
  task items = each n in [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12] { sleep(300ms)  n }
  return items.len()
}
",
    );
    for (columns, rows) in [(80, 24), (140, 40), (30, 6)] {
        let mut terminal = Terminal::start(&world, columns, rows, &["run", "main.aeth"]);
        terminal.sees("items");
        terminal.sees("✓");
        let mut all = std::mem::take(&mut terminal.seen);
        let wait = Instant::now() + Duration::from_secs(2);
        while let Ok(bytes) = terminal.output.recv_timeout(wait.saturating_duration_since(Instant::now())) {
            all.push_str(&String::from_utf8_lossy(&bytes));
        }
        assert_eq!(terminal.finish(), (Some(0), "12\n".into()));
        for frame in all.split("\u{1b}[?2026h").skip(1) {
            let lines: Vec<String> = frame.lines().map(plain).collect();
            assert!(lines.len() < usize::from(rows), "{} lines of {rows}", lines.len());
            for line in lines {
                assert!(line.chars().count() < usize::from(columns), "{columns} columns: {line}");
            }
        }
    }
}

/// A line without escape sequences.
fn plain(line: &str) -> String {
    let mut kept = String::new();
    let mut letters = line.chars();
    while let Some(letter) = letters.next() {
        match letter {
            '\u{1b}' => drop(letters.by_ref().find(char::is_ascii_alphabetic)),
            '\r' => {}
            _ => kept.push(letter),
        }
    }
    kept
}
