//! Events as canonical bytes, and the chain that ties them together.
//!
//! In: an event. Out: a body with digests in place of payloads, the payloads beside it, a hash over both and all
//! that came before. Invariant: a body that decodes is the only encoding of its event, so equal events have equal
//! hashes on every platform.

use std::sync::Arc;

use super::{Event, Payload, StateDigest, StoredEvent};
use crate::store::{EncodedEvent, Head, JobKey, RawEvent};

/// First byte of every body. A new version gets a decoder beside this one, never in its place.
const VERSION: u8 = 1;

/// Keeps hashes of events apart from all other BLAKE3 hashes.
const CHAIN_CONTEXT: &str = "aetheris 2026-11 event chain, version 1";

/// Why bytes are not an event.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DecodeError {
    /// No bytes at all.
    #[error("the event is empty")]
    Empty,
    /// Another version of the encoding.
    #[error("the event is encoded in version {0}, which this program does not know")]
    Version(u8),
    /// Not an event.
    #[error("the bytes are no event: {0}")]
    Malformed(String),
    /// An event, but not as `encode` writes it.
    #[error("the bytes are not the canonical encoding of their event")]
    NotCanonical,
    /// Too many or too few payloads.
    #[error("the event has {expected} payloads, but {found} are stored")]
    PayloadCount {
        /// In the body.
        expected: usize,
        /// Beside it.
        found: usize,
    },
    /// A payload is not what the body says.
    #[error("payload {0} does not match its digest")]
    Digest(usize),
}

/// An event and the machine's state before it as canonical bytes, and the payloads in the order of their digests in
/// them.
#[must_use]
pub fn encode(event: &Event, state: Option<StateDigest>) -> (Vec<u8>, Vec<Payload>) {
    (body(event, state), event.payloads().into_iter().cloned().collect())
}

fn body(event: &Event, state: Option<StateDigest>) -> Vec<u8> {
    // Postcard fails on a full buffer, or on a sequence of unknown length: a growing vector and owned collections
    // have neither.
    postcard::to_extend(&(state, event), vec![VERSION]).expect("an event is plain data")
}

/// The event of a body, its payloads put back in order. `None` stays erased.
pub fn decode(
    body: &[u8],
    payloads: Vec<Option<Vec<u8>>>,
) -> Result<(Event, Option<StateDigest>), DecodeError> {
    let (mut event, state) = decode_body(body)?;
    attach(&mut event, payloads)?;
    Ok((event, state))
}

/// The event of a body, without the bytes of its payloads.
pub fn decode_body(bytes: &[u8]) -> Result<(Event, Option<StateDigest>), DecodeError> {
    let (version, rest) = bytes.split_first().ok_or(DecodeError::Empty)?;
    if *version != VERSION {
        return Err(DecodeError::Version(*version));
    }
    let ((state, event), rest) = postcard::take_from_bytes::<(Option<StateDigest>, Event)>(rest)
        .map_err(|error| DecodeError::Malformed(error.to_string()))?;
    // Postcard takes overlong integers too: only what `encode` would write is let through.
    if !rest.is_empty() || body(&event, state) != bytes {
        return Err(DecodeError::NotCanonical);
    }
    Ok((event, state))
}

fn attach(event: &mut Event, payloads: Vec<Option<Vec<u8>>>) -> Result<(), DecodeError> {
    let mut places = event.payloads_mut();
    if places.len() != payloads.len() {
        return Err(DecodeError::PayloadCount { expected: places.len(), found: payloads.len() });
    }
    for (index, (place, bytes)) in places.iter_mut().zip(payloads).enumerate() {
        let Some(bytes) = bytes else { continue };
        if *blake3::hash(&bytes).as_bytes() != place.digest {
            return Err(DecodeError::Digest(index));
        }
        place.bytes = Some(Arc::from(bytes));
    }
    Ok(())
}

/// A stored row as an event. Its hash is taken as it stands: [`super::verify`] recomputes it.
pub fn decode_row(row: RawEvent) -> Result<StoredEvent, DecodeError> {
    let (event, state) = decode(&row.body, row.payloads)?;
    Ok(StoredEvent { seq: row.seq, epoch: row.epoch, time_ms: row.time_ms, event, state, hash: row.hash })
}

/// The chain's hash up to and with an event. Every field has a fixed length or its length before it, so no two
/// different events feed the same bytes.
#[must_use]
pub fn chain(previous: &[u8; 32], key: &JobKey, seq: u64, epoch: u64, time_ms: i64, body: &[u8]) -> [u8; 32] {
    let mut hasher = blake3::Hasher::new_derive_key(CHAIN_CONTEXT);
    hasher.update(previous);
    for text in [&key.namespace, &key.job] {
        hasher.update(&(text.len() as u64).to_le_bytes());
        hasher.update(text.as_bytes());
    }
    hasher.update(&seq.to_le_bytes());
    hasher.update(&epoch.to_le_bytes());
    hasher.update(&time_ms.to_le_bytes());
    hasher.update(&(body.len() as u64).to_le_bytes());
    hasher.update(body);
    *hasher.finalize().as_bytes()
}

impl Head {
    /// Encodes the next event and moves on to it. Its time is `time_ms`, or that of the event before if the clock
    /// went back.
    #[must_use = "the head has moved on: the event must be appended, or the head thrown away"]
    pub fn seal(&mut self, key: &JobKey, epoch: u64, time_ms: i64, event: &Event) -> EncodedEvent {
        self.seal_at(key, epoch, time_ms, event, None)
    }

    /// As [`seal`](Self::seal), with the state that the machine was in.
    #[must_use = "the head has moved on: the event must be appended, or the head thrown away"]
    pub fn seal_at(
        &mut self,
        key: &JobKey,
        epoch: u64,
        time_ms: i64,
        event: &Event,
        state: Option<StateDigest>,
    ) -> EncodedEvent {
        let (body, payloads) = encode(event, state);
        let (seq, time_ms) = (self.seq + 1, time_ms.max(self.time_ms));
        let hash = chain(&self.hash, key, seq, epoch, time_ms, &body);
        *self = Self { seq, time_ms, hash };
        EncodedEvent { seq, time_ms, body, payloads, hash }
    }
}

#[cfg(test)]
pub(crate) mod tests;
