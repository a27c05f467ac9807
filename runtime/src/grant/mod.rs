//! What a job may reach: commands, hosts, folders. Granted before it starts, recorded in it, checked at every call.
//!
//! In: `--allow exec=git,net=api.example.com,file=./notes`, or `[allow]` of `aeth.toml`. Out: [`Grants`], whose JSON
//! form stands in `JobCreated`. Invariant: what is recorded is already resolved (absolute command, canonical folder),
//! so that a job resumed elsewhere or later reaches the same things or nothing.
#![allow(clippy::disallowed_methods, reason = "grants are resolved against the real machine")]

pub mod command;
pub mod needs;
pub mod net;
pub mod redact;
pub mod secrets;

use std::fmt;
use std::net::IpAddr;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

pub use needs::{Need, needs};
pub use net::NetGrant;
pub use redact::Redactor;
pub use secrets::Secrets;

use crate::value::{Error, ErrorKind};
use net::Reach;

/// Everything a job may reach.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Grants {
    /// The folder that relative paths of the program start from: absolute, canonical.
    pub base: PathBuf,
    /// Commands.
    pub exec: Scope<ExecGrant>,
    /// Hosts.
    pub net: Scope<NetGrant>,
    /// Folders.
    pub file: Scope<FileGrant>,
    /// MCP servers by name.
    pub mcp: Scope<String>,
    /// Models by name.
    pub model: Scope<String>,
}

/// What is granted of one kind.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Scope<T> {
    /// All of it.
    pub all: bool,
    /// These; with `all`, what is known of them beside.
    pub only: Vec<T>,
}

impl<T> Default for Scope<T> {
    fn default() -> Self {
        Self { all: false, only: Vec::new() }
    }
}

impl<T: PartialEq> Scope<T> {
    fn add(&mut self, grant: T) {
        if !self.only.contains(&grant) {
            self.only.push(grant);
        }
    }

    fn any(&self) -> bool {
        self.all || !self.only.is_empty()
    }
}

/// A command that may be run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExecGrant {
    /// As the program names it.
    pub command: String,
    /// What that was when it was granted: an absolute path.
    pub path: PathBuf,
}

/// A folder that may be used.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileGrant {
    /// Absolute, as it was written.
    pub named: PathBuf,
    /// What that was when it was granted: canonical.
    pub folder: PathBuf,
}

/// A kind of grant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// Child processes.
    Exec,
    /// Files.
    File,
    /// Hosts.
    Net,
    /// MCP servers.
    Mcp,
    /// Models.
    Model,
}

impl Kind {
    /// Every kind.
    pub const ALL: [Self; 5] = [Self::Exec, Self::File, Self::Net, Self::Mcp, Self::Model];

    /// Its word in `--allow` and `[allow]`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Exec => "exec",
            Self::File => "file",
            Self::Net => "net",
            Self::Mcp => "mcp",
            Self::Model => "model",
        }
    }

    /// The kind of a word.
    #[must_use]
    pub fn named(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == word)
    }
}

/// Why something cannot be granted: a sentence for the command line.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct GrantError(pub String);

impl Grants {
    /// Nothing, for programs whose relative paths start from `base`.
    ///
    /// # Errors
    /// If there is no such folder.
    pub fn new(base: &Path) -> Result<Self, GrantError> {
        Ok(Self { base: folder(base)?, ..Self::default() })
    }

    /// Adds what an `--allow` says: `exec=git,net=api.example.com:443,file=./notes`; a kind alone allows all of it.
    ///
    /// # Errors
    /// A sentence that says what is wrong with which part.
    pub fn allow_list(&mut self, list: &str) -> Result<(), GrantError> {
        for part in list.split(',').map(str::trim).filter(|part| !part.is_empty()) {
            let (word, value) = match part.split_once('=') {
                Some((word, value)) => (word.trim(), Some(value.trim())),
                None => (part, None),
            };
            let Some(kind) = Kind::named(word) else {
                let known = Kind::ALL.map(Kind::name).join(", ");
                return Err(GrantError(format!(
                    "`{part}` cannot be allowed: write KIND or KIND=WHAT, with one of {known}"
                )));
            };
            self.allow(kind, value)?;
        }
        Ok(())
    }

    /// Adds one grant; `None` is all of the kind.
    ///
    /// # Errors
    /// If there is no such command, host or folder.
    pub fn allow(&mut self, kind: Kind, value: Option<&str>) -> Result<(), GrantError> {
        let Some(value) = value else {
            match kind {
                Kind::Exec => self.exec.all = true,
                Kind::File => self.file.all = true,
                Kind::Net => self.net.all = true,
                Kind::Mcp => self.mcp.all = true,
                Kind::Model => self.model.all = true,
            }
            return Ok(());
        };
        if value.is_empty() {
            return Err(GrantError(format!("`{}=` names nothing", kind.name())));
        }
        match kind {
            Kind::Exec => {
                let path = self.find(value).ok_or_else(|| GrantError(no_command(value)))?;
                self.exec.add(ExecGrant { command: value.to_owned(), path });
            }
            Kind::File => {
                let named = command::plain(&self.base.join(value));
                self.file.add(FileGrant { folder: folder(&named)?, named });
            }
            Kind::Net => self.net.add(value.parse().map_err(GrantError)?),
            Kind::Mcp => self.mcp.add(value.to_owned()),
            Kind::Model => self.model.add(value.to_owned()),
        }
        Ok(())
    }

    /// Records what the commands that an agent names are now, also where all commands are allowed.
    ///
    /// # Errors
    /// If there is no such command.
    pub fn pin(&mut self, needs: &[Need]) -> Result<(), GrantError> {
        for need in needs {
            if matches!(need, Need::Exec(Some(name)) if name.is_empty()) {
                let why = "a tool's `command` begins with an empty text, which names no program";
                return Err(GrantError(why.to_owned()));
            }
            if let Need::Exec(Some(name)) = need
                && self.exec.all
                && !self.exec.only.iter().any(|grant| grant.command == *name)
            {
                self.allow(Kind::Exec, Some(name))?;
            }
        }
        Ok(())
    }

    /// What is needed and not granted.
    #[must_use]
    pub fn missing(&self, needs: &[Need]) -> Vec<Need> {
        needs.iter().filter(|need| !self.covers(need)).cloned().collect()
    }

    fn covers(&self, need: &Need) -> bool {
        match need {
            Need::Exec(Some(name)) => self.exec.all || self.exec_grant(name).is_some(),
            Need::Exec(None) => self.exec.any(),
            Need::Net(Some(wanted)) => {
                let only =
                    self.net.only.iter().any(|grant| grant.covers(&wanted.host, wanted.port.unwrap_or(443)));
                let named = wanted.host == "localhost"
                    || wanted.host.parse().is_ok_and(|address: IpAddr| Reach::of(address) != Reach::Public);
                only || (self.net.all && !named)
            }
            Need::Net(None) => self.net.any(),
            Need::File => self.file.any(),
            Need::Mcp(server) => self.mcp.all || self.mcp.only.contains(server),
        }
    }

    /// The absolute path of a command that may be run.
    ///
    /// # Errors
    /// `Denied` if it is not granted or is no longer what was granted, `NotFound` if it is gone.
    pub fn exec(&self, name: &str) -> Result<PathBuf, Error> {
        let grant = self.exec_grant(name);
        if grant.is_none() && !self.exec.all {
            return Err(denied(format!("`{name}` may not be run: allow it with --allow exec={name}")));
        }
        let path = self.find(name).ok_or_else(|| Error::new(ErrorKind::NotFound, no_command(name)))?;
        match grant {
            Some(grant) if grant.path != path => Err(denied(format!(
                "`{name}` was {} when it was granted and is now {}: refused",
                grant.path.display(),
                path.display()
            ))),
            _ => Ok(path),
        }
    }

    fn exec_grant(&self, name: &str) -> Option<&ExecGrant> {
        let by_name = self.exec.only.iter().find(|grant| grant.command == name);
        by_name.or_else(|| self.exec.only.iter().find(|grant| grant.path == Path::new(name)))
    }

    fn find(&self, name: &str) -> Option<PathBuf> {
        command::resolve(name, &self.base, std::env::var_os("PATH").as_deref())
    }

    /// Whether a host of a parsed URL may be asked at all.
    ///
    /// # Errors
    /// `Denied`, naming the flag.
    pub fn host(&self, host: &str, port: u16) -> Result<(), Error> {
        if self.net.all || self.net.only.iter().any(|grant| grant.covers(host, port)) {
            return Ok(());
        }
        let host = NetGrant { host: net::host_text(host), port: None };
        Err(denied(format!("`{host}` may not be reached: allow it with --allow net={host}")))
    }

    /// Whether a host that may be asked may be asked at this address.
    ///
    /// # Errors
    /// `Denied`, naming the flag.
    pub fn address(&self, host: &str, address: IpAddr, port: u16) -> Result<(), Error> {
        let text = address.to_string();
        let literal = self.net.only.iter().any(|grant| grant.covers(&text, port));
        let named = self.net.only.iter().any(|grant| grant.covers(host, port));
        let host = net::host_text(host);
        let local = host == "localhost" || host.ends_with(".localhost");
        let (allowed, what) = match Reach::of(address) {
            Reach::Public => (true, "public"),
            Reach::Private => (literal || named, "private"),
            Reach::Loopback => (literal || (named && local), "of this machine"),
            Reach::Special => (literal, "link-local or reserved"),
        };
        if allowed {
            return Ok(());
        }
        let exact = NetGrant { host: text, port: Some(port) };
        let grant = if local { format!("{host}:{port}") } else { exact.to_string() };
        Err(denied(format!(
            "`{host}` leads to {address}, an address that is {what}: such must be granted by name with --allow net={grant}"
        )))
    }

    /// The folder to open and the path beneath it for a path of the program, longest grant first.
    ///
    /// # Errors
    /// `Denied`, naming the flag.
    pub fn file(&self, path: &str) -> Result<(PathBuf, PathBuf), Error> {
        if path.is_empty() || path.contains('\0') {
            return Err(Error::new(ErrorKind::Rejected, format!("{path:?} is no path")));
        }
        let full = command::plain(&self.base.join(path));
        let beneath = |root: &Path| full.strip_prefix(root).ok().map(Path::to_path_buf);
        let granted = self.file.only.iter().filter_map(|grant| {
            let rest = beneath(&grant.named).or_else(|| beneath(&grant.folder))?;
            Some((grant.folder.clone(), rest))
        });
        let everything =
            self.file.all.then(|| (PathBuf::from("/"), beneath(Path::new("/")).unwrap_or_default()));
        // Without links in the path, the rest is shortest beneath the closest folder.
        granted.chain(everything).min_by_key(|(_, rest)| rest.components().count()).ok_or_else(|| {
            let folder = full.parent().unwrap_or(Path::new("/")).display();
            denied(format!("the file {path:?} may not be used: allow its folder with --allow file={folder}"))
        })
    }
}

impl fmt::Display for Grants {
    /// As it would stand after `--allow`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut parts = Vec::new();
        let mut put = |kind: Kind, all: bool, only: Vec<String>| {
            if all {
                parts.push(kind.name().to_owned());
            } else {
                parts.extend(only.into_iter().map(|what| format!("{}={what}", kind.name())));
            }
        };
        put(Kind::Exec, self.exec.all, self.exec.only.iter().map(|grant| grant.command.clone()).collect());
        put(
            Kind::File,
            self.file.all,
            self.file.only.iter().map(|g| g.named.display().to_string()).collect(),
        );
        put(Kind::Net, self.net.all, self.net.only.iter().map(ToString::to_string).collect());
        put(Kind::Mcp, self.mcp.all, self.mcp.only.clone());
        put(Kind::Model, self.model.all, self.model.only.clone());
        f.write_str(&parts.join(","))
    }
}

fn folder(path: &Path) -> Result<PathBuf, GrantError> {
    let canonical = std::fs::canonicalize(path)
        .map_err(|error| GrantError(format!("the folder {} cannot be used: {error}", path.display())))?;
    if !canonical.is_dir() {
        return Err(GrantError(format!("{} is no folder: grant the folder it lies in", path.display())));
    }
    if canonical.to_str().is_none() {
        return Err(GrantError(format!("the path of {} is not UTF-8", path.display())));
    }
    Ok(canonical)
}

fn no_command(name: &str) -> String {
    if name.contains('/') {
        return format!("there is no command {name}");
    }
    format!("there is no command `{name}` in the folders of PATH")
}

fn denied(message: String) -> Error {
    Error::new(ErrorKind::Denied, message)
}

#[cfg(test)]
mod tests;
