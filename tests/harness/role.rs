//! Other processes made of this very binary: started again with `AETH_TEST_ROLE`, it plays a role instead of testing.
//!
//! The entry is the test below, because that is the only way into a test binary; a role speaks through files and
//! sockets, never through standard output, which belongs to the test runner.

use std::process::{Child, Command, Stdio};

use super::judge;
use crate::fatal::contention;

const ROLE: &str = "AETH_TEST_ROLE";
const ENTRY: &str = "harness::role::a_started_role_answers";

/// A process that ends with its owner.
pub struct Role(Child);

impl Role {
    /// Starts a role; `envs` are its arguments.
    pub fn start(role: &str, envs: &[(&str, &str)]) -> Self {
        let exe = std::env::current_exe().expect("the test binary has a path");
        let mut command = Command::new(exe);
        command.args(["--exact", ENTRY, "--nocapture", "--test-threads", "1"]);
        command.env(ROLE, role).envs(envs.iter().copied());
        command.stdin(Stdio::null()).stdout(Stdio::null());
        Self(command.spawn().expect("the test binary starts again"))
    }

    /// Waits for its end; whether it ended well.
    pub fn join(mut self) -> bool {
        self.0.wait().is_ok_and(|status| status.success())
    }
}

impl Drop for Role {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn a_started_role_answers() {
    match std::env::var(ROLE).as_deref() {
        Ok("judge") => judge::serve(),
        Ok("worker") => contention::worker(),
        Ok(other) => panic!("no role is called {other}"),
        Err(_) => {
            let judge = judge::Judge::start();
            assert_eq!(judge.count("/nothing"), 0);
            judge.script("/one", &[super::Step::status(503), super::Step::ok()]);
            let first = judge.send("POST", "/one", "k1", "{}");
            let second = judge.send("POST", "/one", "k1", "{}");
            assert!(first.starts_with("HTTP/1.1 503"), "{first}");
            assert!(second.starts_with("HTTP/1.1 200"), "{second}");
            assert_eq!(judge.count("/one"), 2);
            assert_eq!(judge.keys("/one"), ["k1"]);
            assert!(judge.send("GET", "/seen/one", "k1", "").ends_with(r#"{"key":"k1"}"#));
            assert!(judge.send("GET", "/seen/one", "k2", "").ends_with("null"));
        }
    }
}
