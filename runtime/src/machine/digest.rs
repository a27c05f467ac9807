//! The digest of a machine's state: the walk over it ([`state`](super::state)), with values hashed.

use super::{Machine, state};
use crate::value::Value;
use crate::value::bytes::{Digest, Hasher};
use crate::value::table::small;

/// BLAKE3 over the whole state, and how many bytes were hashed for it.
pub(crate) fn digest(machine: &Machine) -> (Digest, u64) {
    let (mut values, mut texts) = (Hasher::default(), 0);
    let state = state::of(machine, &mut |value: &Value| {
        small(value).unwrap_or_else(|| {
            let (digest, bytes) = values.digest(value);
            texts += bytes;
            crate::value::table::Ref::Held(digest)
        })
    });
    // Plain data into a growing vector: it cannot fail.
    let bytes = postcard::to_extend(&state, machine.program.hash.as_bytes().to_vec()).unwrap_or_default();
    (*blake3::hash(&bytes).as_bytes(), values.hashed + texts + bytes.len() as u64)
}
