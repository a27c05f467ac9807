//! `call.key`: what a receiver recognises a repeated call by (runtime.md L2).

use crate::effect::EffectId;
use crate::event::Lineage;

/// BLAKE3 over lineage and effect id, in hex: the same on every attempt and resume, different for every job.
/// No program hash is in it, so that it survives an upgrade, and nothing a model wrote.
#[must_use]
pub fn call_key(lineage: Lineage, effect: &EffectId) -> String {
    let mut hasher = blake3::Hasher::new_derive_key("aetheris 2026 call key");
    hasher.update(&lineage.0);
    hasher.update(effect.as_str().as_bytes());
    hasher.finalize().to_hex()[..32].to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_depend_on_lineage_and_effect_alone() {
        let (a, b) = (Lineage([1; 16]), Lineage([2; 16]));
        let (x, y) = (EffectId::from("post/0"), EffectId::from("post/1"));
        assert_eq!(call_key(a, &x), call_key(a, &x));
        assert_ne!(call_key(a, &x), call_key(b, &x));
        assert_ne!(call_key(a, &x), call_key(a, &y));
        assert_eq!(call_key(a, &x).len(), 32);
    }
}
