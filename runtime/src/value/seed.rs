//! How map keys are hashed: SipHash under a secret that each process draws for itself.
//!
//! A fixed hash, however strong, is known to whoever writes the documents that programs read: keys that share a bucket
//! are found by trying, and make every look-up a walk. The secret is the one thing in the machine that differs from run
//! to run, and it can show nowhere: maps and sets are looked up and visited in insertion order, never by bucket.

use std::hash::{BuildHasher, DefaultHasher, Hash, Hasher, RandomState};
use std::sync::LazyLock;

use super::Key;

/// Keys that were met: looked up, never iterated.
pub type KeySet = indexmap::IndexSet<Key, Seeded>;

/// Makes hashers that share the secret of this process.
#[derive(Clone, Copy, Debug, Default)]
pub struct Seeded;

impl BuildHasher for Seeded {
    type Hasher = DefaultHasher;

    #[inline]
    fn build_hasher(&self) -> DefaultHasher {
        #[allow(clippy::disallowed_methods, reason = "nothing is ever visited in the order of these hashes")]
        static SECRET: LazyLock<RandomState> = LazyLock::new(RandomState::new);
        SECRET.build_hasher()
    }
}

/// All keys of a map are of one kind, so the kind is left out.
impl Hash for Key {
    #[inline]
    fn hash<H: Hasher>(&self, state: &mut H) {
        match self {
            Self::Bool(bool) => state.write_u8(u8::from(*bool)),
            Self::Int(int) => state.write_i64(*int),
            Self::Unit(unit) => state.write_u32(u32::from(unit.ty) << 16 | u32::from(unit.variant)),
            Self::Text(text) => state.write(text.as_bytes()),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::hash::BuildHasher;
    use std::time::{Duration, Instant};

    use super::super::{Map, Value, json};
    use super::{Key, KeySet, Seeded};

    /// Whole numbers that a fixed multiplicative hash, the usual fast one, puts into one bucket of 2^18.
    fn colliding(count: i64) -> Vec<i64> {
        let hash = |key: i64| rustc_hash::FxBuildHasher.hash_one(key);
        let factor = hash(1).rotate_right(26);
        // the inverse of an odd number modulo 2^64, by Newton's method
        let inverse = (0..6).fold(factor, |x, _| x.wrapping_mul(2u64.wrapping_sub(factor.wrapping_mul(x))));
        let keys: Vec<i64> = (0..count).map(|n| (n as u64).wrapping_mul(inverse) as i64).collect();
        let bucket = |key: &i64| hash(*key) & 0x3_ffff;
        assert!(
            keys.iter().all(|key| bucket(key) == bucket(&keys[0])),
            "the attack works where nothing is secret"
        );
        keys
    }

    #[allow(clippy::disallowed_methods, reason = "the test is about time")]
    fn timed(work: impl Fn()) -> Duration {
        let runs = (0..3).map(|_| {
            let started = Instant::now();
            work();
            started.elapsed()
        });
        runs.min().unwrap_or_default()
    }

    /// With one bucket for all, 100,000 keys take some hundred times as long as they do apart.
    #[test]
    fn keys_that_were_chosen_to_collide_cost_no_more_than_others() {
        let object = |keys: &[i64]| {
            let members: Vec<String> = keys.iter().map(|key| format!("\"{key}\":0")).collect();
            format!("{{{}}}", members.join(","))
        };
        let chosen = colliding(100_000);
        let plain: Vec<i64> = (0..100_000).map(|n| n * 92_233_720_368_547).collect();
        let build = |keys: &[i64]| {
            let map: Map = keys.iter().map(|key| (Key::Int(*key), Value::Null)).collect();
            let set: KeySet = keys.iter().map(|key| Key::Int(*key)).collect();
            let parsed = json::parse(&object(keys));
            assert_eq!((map.len(), set.len(), parsed.is_ok()), (keys.len(), keys.len(), true));
        };
        let (chosen, plain) = (timed(|| build(&chosen)), timed(|| build(&plain)));
        assert!(chosen < plain * 8, "{chosen:?} against {plain:?}");
    }

    #[test]
    fn one_process_has_one_secret() {
        let hash = |text: &str| Seeded.hash_one(Key::from(text));
        assert_eq!(hash("a"), hash("a"));
        assert_ne!(hash("a"), hash("b"));
    }
}
