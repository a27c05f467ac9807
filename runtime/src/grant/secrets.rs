//! Secrets: `secret.NAME` is the environment variable `NAME` of the process that makes the call, read at the call.
//!
//! Invariant: a secret leaves this module only inside an outgoing request; no type here prints one.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use super::redact::Redactor;
use crate::limits::SECRET_BYTES;
use crate::value::{Error, ErrorKind, SealedPart};

/// A secret's value.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// The value, for a request that is about to leave.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[secret]")
    }
}

/// Where secrets come from.
#[derive(Clone, Debug, Default)]
enum Source {
    /// Environment variables of this process.
    #[default]
    Environment,
    /// Given by the embedding program.
    Given(BTreeMap<String, Secret>),
}

/// The secrets an agent may use: what it declares, resolved when it is needed.
#[derive(Clone, Debug, Default)]
pub struct Secrets {
    declared: BTreeSet<String>,
    source: Source,
}

/// How a secret is written into its surroundings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// As it is.
    Plain,
    /// Inside a string of JSON text.
    Json,
}

impl Secrets {
    /// Secrets of these names (`Graph::secrets`) from the environment of this process.
    pub fn from_environment(declared: impl IntoIterator<Item = String>) -> Self {
        Self { declared: declared.into_iter().collect(), source: Source::Environment }
    }

    /// Secrets given by the embedding program, all of which are redacted.
    pub fn given(values: impl IntoIterator<Item = (String, String)>) -> Self {
        let values: BTreeMap<_, _> = values.into_iter().map(|(name, value)| (name, Secret(value))).collect();
        Self { declared: values.keys().cloned().collect(), source: Source::Given(values) }
    }

    /// What is missing or too short, as sentences that say what to set; empty if the agent can start.
    #[must_use]
    pub fn problems(&self) -> Vec<String> {
        self.declared.iter().filter_map(|name| self.get(name).err()).map(|error| error.message).collect()
    }

    /// The value of a secret.
    ///
    /// # Errors
    /// `Denied`, naming what to set, if it is missing or shorter than 8 bytes.
    pub fn get(&self, name: &str) -> Result<Secret, Error> {
        match self.find(name) {
            None => Err(Error::new(
                ErrorKind::Denied,
                format!("the secret `{name}` is missing: set the environment variable {name}"),
            )),
            Some(secret) if secret.0.len() < SECRET_BYTES => Err(Error::new(
                ErrorKind::Denied,
                format!(
                    "the secret `{name}` has {} bytes: at least {SECRET_BYTES} are needed, or it could not be told from other text",
                    secret.0.len()
                ),
            )),
            Some(secret) => Ok(secret),
        }
    }

    fn find(&self, name: &str) -> Option<Secret> {
        match &self.source {
            Source::Environment => std::env::var(name).ok().map(Secret),
            Source::Given(values) => values.get(name).cloned(),
        }
    }

    /// Text with its secrets in place.
    ///
    /// # Errors
    /// As [`Self::get`].
    pub fn open(&self, sealed: &[SealedPart], form: Form) -> Result<String, Error> {
        let mut text = String::new();
        for part in sealed {
            match part {
                SealedPart::Text(literal) => text.push_str(literal),
                SealedPart::Secret(name) => {
                    let secret = self.get(name)?;
                    match form {
                        Form::Plain => text.push_str(secret.expose()),
                        Form::Json => {
                            let quoted = serde_json::Value::from(secret.expose()).to_string();
                            text.push_str(&quoted[1..quoted.len() - 1]);
                        }
                    }
                }
            }
        }
        Ok(text)
    }

    /// What removes every declared secret from an answer, and those named besides.
    #[must_use]
    pub fn redactor<'a>(&'a self, named: impl IntoIterator<Item = &'a str>) -> Redactor {
        let mut names: BTreeSet<&str> = named.into_iter().collect();
        names.extend(self.declared.iter().map(String::as_str));
        let values: Vec<(&str, Secret)> =
            names.into_iter().filter_map(|name| Some((name, self.get(name).ok()?))).collect();
        Redactor::new(values.iter().map(|(name, secret)| (*name, secret.expose())))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn secrets() -> Secrets {
        Secrets::given([("KEY".into(), "very\"secret".into()), ("SHORT".into(), "1234567".into())])
    }

    #[test]
    fn opened_in_place() {
        let sealed = [SealedPart::Text("Bearer ".into()), SealedPart::Secret("KEY".into())];
        assert_eq!(secrets().open(&sealed, Form::Plain).unwrap(), "Bearer very\"secret");
        assert_eq!(secrets().open(&sealed, Form::Json).unwrap(), "Bearer very\\\"secret");
    }

    #[test]
    fn missing_and_short_ones_say_what_to_do() {
        let missing = Secrets::from_environment(["AETH_TEST_NO_SUCH_SECRET".to_owned()]);
        assert_eq!(
            missing.problems(),
            [
                "the secret `AETH_TEST_NO_SUCH_SECRET` is missing: set the environment variable AETH_TEST_NO_SUCH_SECRET"
            ]
        );
        assert_eq!(secrets().get("SHORT").unwrap_err().kind, ErrorKind::Denied);
        assert_eq!(secrets().problems().len(), 1);
        assert!(!secrets().problems()[0].contains("1234567"));
    }

    #[test]
    fn nothing_prints_a_secret() {
        assert!(!format!("{:?}", secrets()).contains("very"));
    }

    #[test]
    fn the_environment_is_read_at_the_call() {
        let path = Secrets::from_environment(["PATH".to_owned()]);
        assert_eq!(path.get("PATH").unwrap().expose(), std::env::var("PATH").unwrap());
        let text = path.redactor([]).text(format!("see {}", std::env::var("PATH").unwrap()));
        assert_eq!(text, "see [secret PATH]");
    }
}
