//! The Merkle tree of RFC 9162 §2.1 (and RFC 6962 §2.1): pure arithmetic, SHA-256.
//!
//! A proof is a list of ranges of leaves, each of whose hashes is wanted; a range falls into perfect subtrees ([`Node`]), which
//! never change once they are complete, so that they can be stored.

use sha2::{Digest, Sha256};
use std::ops::Range;

/// A node's hash.
pub type Hash = [u8; 32];

/// The perfect subtree of the `2^level` leaves from `index << level` on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Node {
    /// Its height.
    pub level: u32,
    /// Its place among those of its height.
    pub index: u64,
}

/// The hash of a leaf with this content.
pub fn leaf(content: &[u8]) -> Hash {
    Sha256::new().chain_update([0]).chain_update(content).finalize().into()
}

/// The hash of a node over these two.
pub fn node(left: &Hash, right: &Hash) -> Hash {
    Sha256::new().chain_update([1]).chain_update(left).chain_update(right).finalize().into()
}

/// The hash of the tree without leaves.
pub fn empty() -> Hash {
    Sha256::digest([]).into()
}

/// The largest power of two below `size`, which is at least 2.
fn split(size: u64) -> u64 {
    1 << (u64::BITS - 1 - (size - 1).leading_zeros())
}

/// The perfect subtrees that the leaves of `range` fall into, from left to right; `range` begins where a subtree of its size may.
pub fn nodes(range: &Range<u64>) -> Vec<Node> {
    let (mut at, mut nodes) = (range.start, Vec::new());
    while at < range.end {
        let level = u64::BITS - 1 - (range.end - at).leading_zeros();
        nodes.push(Node { level, index: at >> level });
        at += 1 << level;
    }
    nodes
}

/// The hash over the hashes of a range's [`nodes`].
pub fn fold(hashes: &[Hash]) -> Hash {
    let Some((last, before)) = hashes.split_last() else { return empty() };
    before.iter().rev().fold(*last, |right, left| node(left, &right))
}

/// The ranges whose hashes prove that leaf `index` is in the tree of `size` leaves, from the leaf up (§2.1.3.1).
pub fn inclusion(index: u64, size: u64) -> Vec<Range<u64>> {
    fn path(index: u64, tree: Range<u64>, found: &mut Vec<Range<u64>>) {
        let size = tree.end - tree.start;
        if size <= 1 {
            return;
        }
        let middle = tree.start + split(size);
        if index < middle {
            path(index, tree.start..middle, found);
            found.push(middle..tree.end);
        } else {
            path(index, middle..tree.end, found);
            found.push(tree.start..middle);
        }
    }
    let mut found = Vec::new();
    path(index, 0..size, &mut found);
    found
}

/// The ranges whose hashes prove that the tree of `old` leaves is the beginning of the one of `new` leaves (§2.1.4.1).
pub fn consistency(old: u64, new: u64) -> Vec<Range<u64>> {
    fn path(old: u64, tree: Range<u64>, known: bool, found: &mut Vec<Range<u64>>) {
        if old == tree.end {
            if !known {
                found.push(tree);
            }
            return;
        }
        let middle = tree.start + split(tree.end - tree.start);
        if old <= middle {
            path(old, tree.start..middle, known, found);
            found.push(middle..tree.end);
        } else {
            path(old, middle..tree.end, false, found);
            found.push(tree.start..middle);
        }
    }
    let mut found = Vec::new();
    if 0 < old && old < new {
        path(old, 0..new, true, &mut found);
    }
    found
}

/// The root over leaves that come one after another, without keeping them.
#[derive(Debug, Clone, Default)]
pub struct Growing {
    size: u64,
    /// The perfect subtrees so far, from left to right.
    peaks: Vec<Hash>,
}

impl Growing {
    /// Take the next leaf's hash.
    pub fn push(&mut self, leaf: Hash) {
        let mut hash = leaf;
        for _ in 0..self.size.trailing_ones() {
            let left = self.peaks.pop().expect("as many peaks as bits are set in the size");
            hash = node(&left, &hash);
        }
        self.peaks.push(hash);
        self.size += 1;
    }

    /// The root over the leaves so far.
    pub fn root(&self) -> Hash {
        fold(&self.peaks)
    }

    /// How many leaves there were.
    pub fn size(&self) -> u64 {
        self.size
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn bytes(hex: &str) -> Vec<u8> {
        (0..hex.len()).step_by(2).map(|at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap()).collect()
    }

    /// The definition of the RFC, word for word.
    fn mth(leaves: &[Vec<u8>]) -> Hash {
        match leaves {
            [] => empty(),
            [one] => leaf(one),
            many => {
                let k = (1..).map(|bit| 1 << bit).take_while(|k| *k < many.len()).last().unwrap_or(1);
                node(&mth(&many[..k]), &mth(&many[k..]))
            }
        }
    }

    fn hash_of(leaves: &[Vec<u8>], range: &Range<u64>) -> Hash {
        let perfect = |one: Node| mth(&leaves[(one.index << one.level) as usize..((one.index + 1) << one.level) as usize]);
        fold(&nodes(range).into_iter().map(perfect).collect::<Vec<_>>())
    }

    /// The leaves and roots that implementations of RFC 6962 are tried with since the first one.
    #[test]
    fn the_known_trees_have_the_known_roots() {
        let leaves = ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"].map(bytes);
        let roots = [
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
            "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
            "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
            "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
            "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
            "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
            "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
            "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
            "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
        ];
        let mut growing = Growing::default();
        for (size, root) in roots.iter().enumerate() {
            assert_eq!(mth(&leaves[..size]).to_vec(), bytes(root), "{size}");
            assert_eq!(growing.root().to_vec(), bytes(root), "{size}");
            if let Some(next) = leaves.get(size) {
                growing.push(leaf(next));
            }
        }
    }

    #[test]
    fn a_proof_in_a_million_events_needs_few_hashes() {
        for index in [0, 1, 499_999, 999_999] {
            assert!(inclusion(index, 1_000_000).len() <= 20);
        }
        assert!(consistency(123_457, 1_000_000).len() <= 21);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(48))]
        /// Held against `ct-merkle`, which knows nothing of this module.
        #[test]
        fn proofs_convince_an_independent_verifier(old in 1u64..300, more in 0u64..300, at in 0u64..300, other in 0u64..300) {
            use ct_merkle::{ConsistencyProof, InclusionProof, RootHash};
            let new = old + more;
            let leaves: Vec<_> = (0..new).map(|number| number.to_be_bytes().to_vec()).collect();
            let root = |size: u64| RootHash::<sha2::Sha256>::new(mth(&leaves[..size as usize]).into(), size);
            let hashes = |ranges: Vec<Range<u64>>| ranges.iter().flat_map(|range| hash_of(&leaves, range)).collect::<Vec<u8>>();

            let index = at % new;
            let proof = InclusionProof::try_from_bytes(hashes(inclusion(index, new))).unwrap();
            prop_assert!(root(new).verify_inclusion(&leaves[index as usize], index, &proof).is_ok());
            let wrong = other % new;
            if wrong != index {
                prop_assert!(root(new).verify_inclusion(&leaves[wrong as usize], index, &proof).is_err());
            }
            if more > 0 {
                let proof = ConsistencyProof::try_from_bytes(hashes(consistency(old, new))).unwrap();
                prop_assert!(root(new).verify_consistency(&root(old), &proof).is_ok());
                let mut forged = leaves[..old as usize].to_vec();
                forged[(other % old) as usize][0] ^= 1;
                let forged = RootHash::<sha2::Sha256>::new(mth(&forged).into(), old);
                prop_assert!(root(new).verify_consistency(&forged, &proof).is_err());
            }
            let mut growing = Growing::default();
            leaves.iter().for_each(|content| growing.push(leaf(content)));
            prop_assert_eq!(growing.root(), mth(&leaves));
        }
    }
}
