//! A trigram index of names in memory: which of a million accounts look like this one.
//!
//! Names live in slots, in the order they came. A trigram's postings are the slots that hold it. A search finds every name that shares
//! enough with the one that is asked for ([`Asked::enough`]) and is as alike as wanted. Both are asked of the two names alone and come to the same
//! from either side, so one name finds another exactly if it is found by it, however many others are alike. It reads the rarest trigrams
//! first, and only as many as it takes to meet everything that could share enough; what it met is then looked at trigram by trigram.

use std::cell::RefCell;
use std::hash::BuildHasher;

use hashbrown::HashTable;
use rustc_hash::{FxBuildHasher, FxHashMap};

use crate::grams::{grams, initials};
use crate::legal::FormSet;
use crate::name::Name;
use crate::postings::Postings;
use crate::score::compare_names;

/// Two names share enough if what they share is this part of what they have, on average: [`SHARED`] / [`OF`] of the trigrams by weight.
const SHARED: u32 = 3;
const OF: u32 = 10;

/// Beyond what must be read, so many slots are read from postings to tell what shares enough from what does not, and one more for every so many
/// names: it saves time, and changes nothing of what is found.
const BUDGET: usize = 60_000;
const BUDGET_SHARE: usize = 2;

/// A name found by a search.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Candidate {
    /// The id given at insertion.
    pub id: [u8; 16],
    /// How alike the names are: see [`compare_names`].
    pub score: f32,
}

/// Names by id, to be searched by likeness. Searching takes `&self`, and may go on in many threads at once.
#[derive(Default)]
pub struct Index {
    postings: FxHashMap<u32, Postings>,
    ids: Vec<[u8; 16]>,
    by_id: HashTable<u32>,
    /// Where each slot's text begins in `texts`; it ends where the next begins.
    starts: Vec<u32>,
    /// Legal forms (two bytes, little end first) and the stored name of each slot.
    texts: Vec<u8>,
    removed: Vec<bool>,
    removed_count: usize,
}

#[derive(Default)]
struct Scratch {
    shared: Vec<u16>,
    touched: Vec<u32>,
    grams: Vec<u32>,
}

/// What is asked for: its trigrams, sorted, with their weights.
struct Asked {
    grams: Vec<(u32, u16)>,
    weight: u32,
}

impl Asked {
    /// Whether names that weigh so much share enough, if they share so much. The same from both sides.
    fn enough(&self, shared: u32, theirs: u32) -> bool {
        2 * OF * shared >= SHARED * (self.weight + theirs)
    }

    /// Whether a name could share enough that shares at most so much: one weighs at least what it shares.
    fn possible(&self, most: u32) -> bool {
        self.enough(most, most)
    }
}

thread_local! {
    /// Counters for one search, two bytes for each slot of the largest index this thread has searched.
    static SCRATCH: RefCell<Scratch> = RefCell::default();
}

impl Index {
    /// An index of nothing.
    pub fn new() -> Index {
        Index::default()
    }

    /// How many names are in it.
    pub fn len(&self) -> usize {
        self.ids.len() - self.removed_count
    }

    /// Whether it holds nothing.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Adds a name, or puts it in place of the one that had this id. A name of no letters is kept but never found.
    pub fn insert(&mut self, id: [u8; 16], name: &Name) {
        self.remove(id);
        let slot = self.ids.len() as u32;
        let mut found = Vec::with_capacity(32);
        grams(name, &mut found);
        let mut own: Vec<u32> = initials(name).map(|(own, _)| own).collect();
        own.sort_unstable();
        own.dedup();
        for gram in found.into_iter().chain(own) {
            self.postings.entry(gram).or_default().push(slot);
        }
        self.ids.push(id);
        self.removed.push(false);
        self.starts.push(self.texts.len() as u32);
        self.texts.extend_from_slice(&name.forms().0.to_le_bytes());
        self.texts.extend_from_slice(name.stored().as_bytes());
        let ids = &self.ids;
        self.by_id.insert_unique(hash(&id), slot, |slot| hash(&ids[*slot as usize]));
    }

    /// Takes a name out; whether it was there. Its room is given back when half of the index has been taken out.
    pub fn remove(&mut self, id: [u8; 16]) -> bool {
        let ids = &self.ids;
        let Ok(entry) = self.by_id.find_entry(hash(&id), |slot| ids[*slot as usize] == id) else { return false };
        let (slot, _) = entry.remove();
        self.removed[slot as usize] = true;
        self.removed_count += 1;
        if self.removed_count > 1000 && self.removed_count * 2 > self.ids.len() {
            self.rebuild();
        }
        true
    }

    fn rebuild(&mut self) {
        let mut fresh = Index::new();
        for slot in 0..self.ids.len() {
            if !self.removed[slot] {
                fresh.insert(self.ids[slot], &self.name(slot));
            }
        }
        *self = fresh;
    }

    /// The name in a slot, read back from its text.
    fn name(&self, slot: usize) -> Name {
        let text = self.text(slot);
        let forms = FormSet(u16::from_le_bytes([text[0], text[1]]));
        Name::restore(std::str::from_utf8(&text[2..]).unwrap_or(""), forms)
    }

    fn text(&self, slot: usize) -> &[u8] {
        let end = self.starts.get(slot + 1).map_or(self.texts.len(), |start| *start as usize);
        &self.texts[self.starts[slot] as usize..end]
    }

    /// The names most like this one, best first: at most `limit` of them, none below `min_score`. What is not cut off by `limit` is found from
    /// both sides: among the same names, one finds another exactly if it is found by it.
    pub fn search(&self, name: &Name, limit: usize, min_score: f32) -> Vec<Candidate> {
        if name.is_empty() || self.is_empty() {
            return Vec::new();
        }
        let mut found = SCRATCH.with_borrow_mut(|scratch| self.alike(name, min_score, scratch));
        found.sort_by(|a, b| b.score.total_cmp(&a.score).then(a.id.cmp(&b.id)));
        found.truncate(limit);
        found
    }

    /// Every name that shares enough with this one, or the initials of which it has, and is at least so alike.
    fn alike(&self, name: &Name, min_score: f32, scratch: &mut Scratch) -> Vec<Candidate> {
        let asked = self.asked(name, &mut scratch.grams);
        let spelt_out = self.by_initials(name);
        let left = self.count_shared(&asked, scratch);
        let mut slots = spelt_out.clone();
        for slot in scratch.touched.drain(..) {
            let shared = std::mem::take(&mut scratch.shared[slot as usize]);
            if asked.possible(u32::from(shared) + left) {
                slots.push(slot);
            }
        }
        slots.sort_unstable();
        slots.dedup();
        let found = slots.into_iter().filter(|slot| !self.removed[*slot as usize]).filter_map(|slot| {
            let theirs = self.name(slot as usize);
            if !self.shares_enough(&asked, &theirs, &mut scratch.grams) && spelt_out.binary_search(&slot).is_err() {
                return None;
            }
            let score = compare_names(name, &theirs).score;
            (score >= min_score).then(|| Candidate { id: self.ids[slot as usize], score })
        });
        found.collect()
    }

    fn asked(&self, name: &Name, scratch: &mut Vec<u32>) -> Asked {
        grams(name, scratch);
        let grams: Vec<_> = scratch.iter().map(|gram| (*gram, self.weight(*gram))).collect();
        Asked { weight: grams.iter().map(|(_, weight)| u32::from(*weight)).sum(), grams }
    }

    /// The slots of names whose initials this one may be, and of those that may be its initials; sorted.
    fn by_initials(&self, name: &Name) -> Vec<u32> {
        let mut slots = Vec::new();
        for (_, others) in initials(name) {
            if let Some(list) = self.postings.get(&others) {
                list.for_each(|slot| slots.push(slot));
            }
        }
        slots.sort_unstable();
        slots.dedup();
        slots
    }

    /// Whether two names share enough, trigram by trigram.
    fn shares_enough(&self, asked: &Asked, theirs: &Name, scratch: &mut Vec<u32>) -> bool {
        grams(theirs, scratch);
        let (mut shared, mut weight, mut at) = (0, 0, 0);
        for gram in scratch.iter() {
            while at < asked.grams.len() && asked.grams[at].0 < *gram {
                at += 1;
            }
            match asked.grams.get(at).filter(|(own, _)| own == gram) {
                Some((_, own)) => {
                    shared += u32::from(*own);
                    weight += u32::from(*own);
                }
                None => weight += u32::from(self.weight(*gram)),
            }
        }
        asked.enough(shared, weight)
    }

    /// Counts for each slot the weight of the trigrams it shares, and meets every slot that could share enough; gives the weight of what was not
    /// read, which any of them may share as well.
    fn count_shared(&self, asked: &Asked, scratch: &mut Scratch) -> u32 {
        if scratch.shared.len() < self.ids.len() {
            scratch.shared.resize(self.ids.len(), 0);
        }
        let mut lists: Vec<(Option<&Postings>, u16)> = asked.grams.iter().map(|(gram, weight)| (self.postings.get(gram), *weight)).collect();
        lists.sort_by_key(|(list, _)| list.map_or(0, Postings::len));
        let budget = BUDGET + self.ids.len() / BUDGET_SHARE;
        let (mut left, mut read) = (asked.weight, 0);
        for (list, weight) in lists {
            // A slot first met now could no longer share enough: only those met before are counted on.
            let closed = !asked.possible(left);
            read += list.map_or(0, Postings::len);
            if closed && read > budget {
                break;
            }
            left -= u32::from(weight);
            let (shared, touched) = (&mut scratch.shared, &mut scratch.touched);
            let count = |slot: u32| {
                let shared = &mut shared[slot as usize];
                if *shared == 0 {
                    if closed {
                        return;
                    }
                    touched.push(slot);
                }
                *shared = shared.saturating_add(weight);
            };
            if let Some(list) = list {
                list.for_each(count);
            }
        }
        left
    }

    fn weight(&self, gram: u32) -> u16 {
        rarity(self.postings.get(&gram).map_or(0, Postings::len), self.ids.len())
    }

    /// Bytes of memory held, as allocated, without the allocator's own.
    pub fn bytes(&self) -> usize {
        let lists: usize = self.postings.values().map(Postings::bytes).sum();
        let table = self.postings.capacity() * (size_of::<(u32, Postings)>() + 1) * 8 / 7;
        let ids = self.ids.capacity() * 16 + self.by_id.allocation_size();
        lists + table + ids + self.starts.capacity() * 4 + self.texts.capacity() + self.removed.capacity()
    }
}

/// The weight of a trigram that `holders` of `all` names have: more for the rarer, and at most [`RAREST`], so that what a misspelling makes up
/// weighs no more than what it leaves. Among fewer than a thousand names nothing is rare or common yet: a misspelt name would weigh nothing
/// beside itself.
fn rarity(holders: usize, all: usize) -> u16 {
    let ratio = (all.max(1_000) as f32 + 1.0) / (holders as f32 + 0.5);
    (ratio.ln() * 7.0).clamp(1.0, RAREST) as u16
}

/// The weight of the rarest trigrams.
const RAREST: f32 = 45.0;

fn hash(id: &[u8; 16]) -> u64 {
    FxBuildHasher.hash_one(id)
}

#[cfg(test)]
#[path = "index_tests.rs"]
mod tests;
