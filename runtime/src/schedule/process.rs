//! Processes as `/proc` shows them. A pid alone names nobody: it is given away again. With its start time and the
//! pid namespace it names one process for as long as the machine runs.

use std::fmt;
use std::fs;
use std::str::FromStr;

use rustix::process::Pid;

/// One process, for ever.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    /// Its number.
    pub pid: Pid,
    /// When it started, in clock ticks since boot.
    pub start: u64,
    /// Its session.
    pub session: Option<Pid>,
    /// The pid namespace in which the number is meant.
    pub namespace: String,
}

impl Identity {
    /// The process that has this number now.
    #[must_use]
    pub fn of(pid: Pid) -> Option<Self> {
        let found = Found::read(pid)?;
        Some(Self { pid, start: found.start, session: found.session, namespace: namespace() })
    }

    /// This process.
    #[must_use]
    pub fn own() -> Option<Self> {
        Self::of(rustix::process::getpid())
    }

    /// Whether its number means the same here as where it was written.
    #[must_use]
    pub fn reachable(&self) -> bool {
        !self.namespace.is_empty() && self.namespace == namespace()
    }
}

impl fmt::Display for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let session = self.session.map_or(0, |pid| pid.as_raw_nonzero().get());
        write!(f, "{} {} {session} {}", self.pid.as_raw_nonzero(), self.start, self.namespace)
    }
}

impl FromStr for Identity {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let mut words = text.split(' ');
        let mut word = || words.next().ok_or(());
        let pid = word()?.parse().ok().and_then(Pid::from_raw).ok_or(())?;
        let start = word()?.parse().map_err(|_| ())?;
        let session = Pid::from_raw(word()?.parse().map_err(|_| ())?);
        Ok(Self { pid, start, session, namespace: word()?.to_owned() })
    }
}

/// A line of the process table.
pub(crate) struct Found {
    pub(crate) pid: Pid,
    /// `Z` is a zombie: dead, not yet asked for.
    pub(crate) state: char,
    pub(crate) group: Pid,
    pub(crate) session: Option<Pid>,
    pub(crate) start: u64,
}

impl Found {
    fn read(pid: Pid) -> Option<Self> {
        let stat = fs::read(format!("/proc/{}/stat", pid.as_raw_nonzero())).ok()?;
        Self::parse(pid, &String::from_utf8_lossy(&stat))
    }

    /// The command's name stands in parentheses and may hold anything, so fields are counted from the last one.
    fn parse(pid: Pid, stat: &str) -> Option<Self> {
        let (_, rest) = stat.rsplit_once(')')?;
        let fields: Vec<&str> = rest.split_whitespace().collect();
        let number = |at: usize| fields.get(at)?.parse::<i32>().ok();
        Some(Self {
            pid,
            state: fields.first()?.chars().next()?,
            group: Pid::from_raw(number(2)?)?,
            session: Pid::from_raw(number(3)?),
            start: fields.get(19)?.parse().ok()?,
        })
    }
}

/// Every process of this namespace.
pub(crate) fn all() -> impl Iterator<Item = Found> {
    let entries = fs::read_dir("/proc").into_iter().flatten().flatten();
    let pids = entries.filter_map(|entry| Pid::from_raw(entry.file_name().to_str()?.parse().ok()?));
    pids.filter_map(Found::read)
}

/// This process's pid namespace, as `pid:[4026531836]`.
fn namespace() -> String {
    fs::read_link("/proc/self/ns/pid")
        .map_or_else(|_| String::new(), |link| link.to_string_lossy().into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn we_are_ourselves() {
        let own = Identity::own().unwrap();
        assert!(own.reachable());
        assert_eq!(own.to_string().parse(), Ok(own.clone()));
        assert!(all().any(|found| found.pid == own.pid && found.start == own.start));
        let other = Identity { namespace: "pid:[1]".into(), ..own };
        assert!(!other.reachable());
    }

    #[test]
    fn names_with_parentheses_and_blanks() {
        let stat = "77 (a) b (x 1 2) Z 1 42 43 0 -1 4 0 0 0 0 0 0 0 0 20 0 1 0 98765 0 0";
        let found = Found::parse(Pid::from_raw(77).unwrap(), stat).unwrap();
        assert_eq!((found.state, found.group.as_raw_nonzero().get(), found.start), ('Z', 42, 98765));
        assert!(Found::parse(found.pid, "77 (cut").is_none());
        for text in ["", "1 2 3", "x 1 1 n", "0 1 1 n"] {
            assert!(text.parse::<Identity>().is_err(), "{text}");
        }
    }
}
