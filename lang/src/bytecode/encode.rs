//! Canonical bytes of a module and of its debug table.
//!
//! `magic, version (u16, little endian), postcard`. Decoding is strict: what it accepts, it would have written byte
//! for byte, so one module has one hash. The data is not recursive, lists are read one by one, and the size is
//! limited, so hostile bytes cannot exhaust stack or memory. What the module *says* is judged by
//! [`verify`](super::verify()).

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::Module;
use super::module::{Debug, FORMAT_VERSION};
use crate::limits;

const MODULE_MAGIC: &[u8; 4] = b"aeth";
const DEBUG_MAGIC: &[u8; 4] = b"aetd";
const HEADER: usize = 6;

/// Why bytes are no module.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DecodeError {
    /// Something else entirely.
    #[error("this is not a compiled program")]
    NotAModule,
    /// Written by a later compiler.
    #[error("the program has format version {found}; this version of aeth reads up to {known}")]
    Newer {
        /// What the bytes say.
        found: u16,
        /// What is known here.
        known: u16,
    },
    /// A version that was never released.
    #[error("the program has format version {0}, which does not exist")]
    UnknownVersion(u16),
    /// Beyond the limit.
    #[error("the program is larger than {0} bytes")]
    TooLarge(usize),
    /// Cut off, changed, or not canonical.
    #[error("the program is damaged")]
    Damaged,
}

/// The canonical bytes of a module.
#[must_use]
pub fn encode(module: &Module) -> Vec<u8> {
    write(MODULE_MAGIC, module)
}

/// The module that these bytes are the canonical bytes of.
///
/// # Errors
/// When there is none.
pub fn decode(bytes: &[u8]) -> Result<Module, DecodeError> {
    read(MODULE_MAGIC, bytes, limits::MODULE_BYTES)
}

/// The bytes of a debug table.
#[must_use]
pub fn encode_debug(debug: &Debug) -> Vec<u8> {
    write(DEBUG_MAGIC, debug)
}

/// The debug table that was written as these bytes.
///
/// # Errors
/// When there is none.
pub fn decode_debug(bytes: &[u8]) -> Result<Debug, DecodeError> {
    read(DEBUG_MAGIC, bytes, limits::DEBUG_BYTES)
}

fn write(magic: &[u8; 4], value: &impl Serialize) -> Vec<u8> {
    let mut header = magic.to_vec();
    header.extend(FORMAT_VERSION.to_le_bytes());
    postcard::to_extend(value, header).expect("plain data always has an encoding")
}

fn read<T: Serialize + DeserializeOwned>(
    magic: &[u8; 4],
    bytes: &[u8],
    most: usize,
) -> Result<T, DecodeError> {
    let (header, body) = bytes.split_at_checked(HEADER).ok_or(DecodeError::NotAModule)?;
    if &header[..4] != magic {
        return Err(DecodeError::NotAModule);
    }
    match u16::from_le_bytes([header[4], header[5]]) {
        FORMAT_VERSION => {}
        0 => return Err(DecodeError::UnknownVersion(0)),
        found => return Err(DecodeError::Newer { found, known: FORMAT_VERSION }),
    }
    if bytes.len() > most {
        return Err(DecodeError::TooLarge(most));
    }
    let value = postcard::from_bytes(body).map_err(|_| DecodeError::Damaged)?;
    if write(magic, &value) == bytes { Ok(value) } else { Err(DecodeError::Damaged) }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::bytecode::module::Constant;

    fn module() -> Module {
        Module {
            format: FORMAT_VERSION,
            constants: vec![Constant::Text("hello".into()), Constant::Float(-0.0), Constant::Int(-1)],
            ..Module::default()
        }
    }

    #[test]
    fn what_is_written_is_read() {
        assert_eq!(decode(&encode(&module())), Ok(module()));
        assert_eq!(decode_debug(&encode_debug(&Debug::default())), Ok(Debug::default()));
    }

    #[test]
    fn the_bytes_of_a_module_never_change() {
        let bytes = encode(&Module { format: 1, semantics: 1, ..module() });
        let golden = "616574680100010103030568656c6c6f0100000000000000800001000000000000000000000000000000";
        let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(hex, golden);
    }

    #[test]
    fn other_bytes_are_refused_with_the_reason() {
        let good = encode(&module());
        assert_eq!(decode(b""), Err(DecodeError::NotAModule));
        assert_eq!(decode(b"\x7fELF\0\0\0\0"), Err(DecodeError::NotAModule));
        assert_eq!(decode(&encode_debug(&Debug::default())), Err(DecodeError::NotAModule));
        let mut newer = good.clone();
        newer[4] = 9;
        assert_eq!(decode(&newer), Err(DecodeError::Newer { found: 9, known: FORMAT_VERSION }));
        assert_eq!(decode(&good[..good.len() - 1]), Err(DecodeError::Damaged));
        assert_eq!(decode(&[&good[..], &[0]].concat()), Err(DecodeError::Damaged));
        let mut huge = good;
        huge.resize(limits::MODULE_BYTES + 1, 0);
        assert_eq!(decode(&huge), Err(DecodeError::TooLarge(limits::MODULE_BYTES)));
    }

    #[test]
    fn a_length_beyond_the_bytes_allocates_nothing_absurd() {
        let mut bytes = encode(&Module::default())[..HEADER].to_vec();
        // format, semantics, then a list of 2^63 constants.
        bytes.extend([1, 1, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f]);
        assert_eq!(decode(&bytes), Err(DecodeError::Damaged));
    }

    proptest! {
        #[test]
        fn any_bytes_are_refused_or_canonical(tail in proptest::collection::vec(any::<u8>(), 0..200)) {
            let bytes = [&encode(&Module::default())[..HEADER], &tail].concat();
            if let Ok(module) = decode(&bytes) {
                prop_assert_eq!(encode(&module), bytes);
            }
        }
    }
}
