//! The name of a program: a digest of its canonical bytes.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::{Module, encode};

/// BLAKE3 of a module's canonical bytes. Programs that mean the same have the same hash.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct ProgramHash(pub [u8; 32]);

/// The hash of a module.
#[must_use]
pub fn hash(module: &Module) -> ProgramHash {
    ProgramHash::of_bytes(&encode::encode(module))
}

impl ProgramHash {
    /// The hash of a module that is at hand as canonical bytes.
    #[must_use]
    pub fn of_bytes(canonical: &[u8]) -> Self {
        Self(*blake3::hash(canonical).as_bytes())
    }

    /// The digest itself.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// The first twelve digits: enough for people.
    #[must_use]
    pub fn short(&self) -> String {
        self.to_string()[..12].to_owned()
    }
}

impl fmt::Display for ProgramHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for ProgramHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ProgramHash({self})")
    }
}

/// A text that is no program hash.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a program hash is 64 lower-case hexadecimal digits")]
pub struct NotAHash;

impl FromStr for ProgramHash {
    type Err = NotAHash;

    fn from_str(text: &str) -> Result<Self, NotAHash> {
        let digit = |byte: u8| match byte {
            b'0'..=b'9' => Ok(byte - b'0'),
            b'a'..=b'f' => Ok(byte - b'a' + 10),
            _ => Err(NotAHash),
        };
        let mut hash = [0; 32];
        if text.len() != 64 {
            return Err(NotAHash);
        }
        for (byte, pair) in hash.iter_mut().zip(text.as_bytes().chunks_exact(2)) {
            *byte = digit(pair[0])? << 4 | digit(pair[1])?;
        }
        Ok(Self(hash))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_and_back() {
        let hash = hash(&Module::default());
        assert_eq!(hash.to_string().parse(), Ok(hash));
        assert_eq!(hash.short().len(), 12);
    }

    #[test]
    fn other_texts_are_refused() {
        let text = hash(&Module::default()).to_string();
        for bad in
            ["", &text[1..], &text.to_uppercase(), &format!("{text}0"), &"g".repeat(64), &"é".repeat(32)]
        {
            assert_eq!(bad.parse::<ProgramHash>(), Err(NotAHash), "{bad}");
        }
    }
}
