//! `aeth.toml`: what a project says once instead of at every command.
//!
//! In: a folder. Out: the nearest project file at or above it, read strictly. Invariant: what is not understood is an
//! error that names the file; a setting is never passed over in silence.

use std::path::{Path, PathBuf};

use aeth_runtime::grant::{GrantError, Grants, Kind};
use serde::Deserialize;

use crate::exit::Failure;

/// The project file's name.
const FILE: &str = "aeth.toml";
/// Longest project file, in bytes.
const LONGEST: u64 = 1024 * 1024;

/// A project file that was read.
#[derive(Debug)]
pub(crate) struct Project {
    file: PathBuf,
    settings: Settings,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Settings {
    /// A directory, or the URL of a store.
    store: Option<String>,
    #[serde(default)]
    allow: Allow,
}

/// What the agents of the project may reach.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Allow {
    exec: Option<Names>,
    file: Option<Names>,
    net: Option<Names>,
    mcp: Option<Names>,
    model: Option<Names>,
}

/// `true` for all of a kind, or a list.
#[derive(Debug, Deserialize)]
#[serde(untagged, expecting = "expected true, or a list of texts")]
enum Names {
    All(bool),
    Only(Vec<String>),
}

impl Project {
    /// The project that a folder belongs to; `None` if no folder above it has a project file.
    pub(crate) fn of(folder: &Path) -> Result<Option<Self>, Failure> {
        let folder = std::fs::canonicalize(folder).unwrap_or_else(|_| folder.to_owned());
        let Some(file) = folder.ancestors().map(|above| above.join(FILE)).find(|file| file.is_file()) else {
            return Ok(None);
        };
        let wrong = |why: &dyn std::fmt::Display| Failure::usage(format!("{}: {why}", file.display()));
        let length = std::fs::metadata(&file).map_err(|error| wrong(&error))?.len();
        if length > LONGEST {
            return Err(wrong(&format_args!("it has {length} bytes, at most {LONGEST} are read")));
        }
        let text = std::fs::read_to_string(&file).map_err(|error| wrong(&error))?;
        let settings = toml::from_str(&text).map_err(|error| wrong(&error.to_string().trim_end()))?;
        Ok(Some(Self { file, settings }))
    }

    fn folder(&self) -> &Path {
        self.file.parent().unwrap_or(Path::new("/"))
    }

    /// The store: a directory counts from the project file.
    pub(crate) fn store(&self) -> Option<String> {
        let store = self.settings.store.as_deref()?;
        if store == "memory" || store.contains("://") {
            return Some(store.to_owned());
        }
        Some(self.folder().join(store).display().to_string())
    }

    /// Adds what the project allows. A command that is not there is passed over: an agent that needs it is told so.
    pub(crate) fn grant(&self, grants: &mut Grants) -> Result<(), Failure> {
        let Allow { exec, file, net, mcp, model } = &self.settings.allow;
        let kinds = [
            (Kind::Exec, exec),
            (Kind::File, file),
            (Kind::Net, net),
            (Kind::Mcp, mcp),
            (Kind::Model, model),
        ];
        for (kind, names) in kinds {
            let refused = |error: GrantError| {
                Failure::usage(format!("{}: [allow] {}: {error}", self.file.display(), kind.name()))
            };
            match names {
                None | Some(Names::All(false)) => {}
                Some(Names::All(true)) => grants.allow(kind, None).map_err(refused)?,
                Some(Names::Only(names)) => {
                    for name in names {
                        let name = match kind {
                            Kind::File => self.folder().join(name).display().to_string(),
                            _ => name.clone(),
                        };
                        let allowed = grants.allow(kind, Some(&name)).map_err(refused);
                        if kind != Kind::Exec || name.is_empty() {
                            allowed?;
                        }
                    }
                }
            }
        }
        Ok(())
    }
}
