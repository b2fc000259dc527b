//! A trigram index of names in memory: which of a million accounts look like this one.
//!
//! Names live in slots, in the order they came. A trigram's postings are the slots that hold it; a search reads the
//! rarest ones first, up to a bounded number of slots, counts what each slot shares, and compares the best as names.

use std::cell::RefCell;
use std::hash::BuildHasher;

use hashbrown::HashTable;
use rustc_hash::{FxBuildHasher, FxHashMap};

use crate::grams::grams;
use crate::legal::FormSet;
use crate::name::Name;
use crate::postings::Postings;
use crate::score::compare_names;

/// Slots read from postings in one search, and one more for every so many names: bounds its time whatever the names.
const BUDGET: usize = 60_000;
const BUDGET_SHARE: usize = 2;

/// What shares less than this of the weight asked for is no candidate.
const LEAST_SHARED: f32 = 0.25;

/// Postings are always read from this many of the rarest trigrams, whatever the budget.
const AT_LEAST: usize = 3;

/// Candidates compared as names beyond those asked for, and one more for every so many names: the more names there
/// are, the more of them share a misspelt name's trigrams.
const POOL: usize = 64;
const POOL_SHARE: usize = 2_500;

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
        for gram in found {
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

    /// The names most like this one, best first: at most `limit` of them, none below `min_score`.
    pub fn search(&self, name: &Name, limit: usize, min_score: f32) -> Vec<Candidate> {
        if name.is_empty() || self.is_empty() {
            return Vec::new();
        }
        let slots = SCRATCH.with_borrow_mut(|scratch| self.candidates(name, limit + POOL + self.ids.len() / POOL_SHARE, scratch));
        let scored = slots.into_iter().map(|slot| {
            let score = compare_names(name, &self.name(slot as usize)).score;
            Candidate { id: self.ids[slot as usize], score }
        });
        let mut found: Vec<Candidate> = scored.filter(|candidate| candidate.score >= min_score).collect();
        found.sort_by(|a, b| b.score.total_cmp(&a.score).then(a.id.cmp(&b.id)));
        found.truncate(limit);
        found
    }

    /// The slots that share most with a name, for its length and theirs.
    fn candidates(&self, name: &Name, count: usize, scratch: &mut Scratch) -> Vec<u32> {
        if scratch.shared.len() < self.ids.len() {
            scratch.shared.resize(self.ids.len(), 0);
        }
        let asked = self.count_shared(name, scratch);
        let most = scratch.touched.iter().map(|slot| scratch.shared[*slot as usize]).max().unwrap_or(0);
        // What shares much less than the best will not be among the best after its length is counted.
        let floor = most / 2;
        let letters = name.stored().len() as f32;
        let per_letter = asked as f32 / letters.max(1.0);
        let mut ranked: Vec<(f32, u32)> = Vec::with_capacity(256);
        for slot in scratch.touched.drain(..) {
            let shared = std::mem::take(&mut scratch.shared[slot as usize]);
            if shared >= floor && !self.removed[slot as usize] {
                let theirs = (self.text(slot as usize).len() - 2) as f32 * per_letter;
                ranked.push((f32::from(shared) / (asked as f32 + 0.5 * (theirs - f32::from(shared)).max(0.0)), slot));
            }
        }
        if ranked.len() > count {
            ranked.select_nth_unstable_by(count, |a, b| b.0.total_cmp(&a.0));
            ranked.truncate(count);
        }
        ranked.into_iter().map(|(_, slot)| slot).collect()
    }

    /// Counts for each slot the weight of the trigrams it shares; gives the weight of all that were read.
    fn count_shared(&self, name: &Name, scratch: &mut Scratch) -> u32 {
        let lists = self.lists_to_read(name, &mut scratch.grams);
        let asked: u32 = lists.iter().map(|(_, weight)| u32::from(*weight)).sum();
        let mut left = asked;
        for (list, weight) in lists {
            // A slot first met now could no longer share enough: only those met before are counted on.
            let closed = (left as f32) < asked as f32 * LEAST_SHARED;
            left -= u32::from(weight);
            let (shared, touched) = (&mut scratch.shared, &mut scratch.touched);
            list.for_each(|slot| {
                let shared = &mut shared[slot as usize];
                if *shared == 0 {
                    if closed {
                        return;
                    }
                    touched.push(slot);
                }
                *shared = shared.saturating_add(weight);
            });
        }
        asked
    }

    /// The postings of a name's trigrams with their weights, rarest first, as many as the budget allows.
    fn lists_to_read(&self, name: &Name, scratch: &mut Vec<u32>) -> Vec<(&Postings, u16)> {
        grams(name, scratch);
        let mut lists: Vec<&Postings> = scratch.iter().filter_map(|gram| self.postings.get(gram)).collect();
        lists.sort_by_key(|list| list.len());
        let budget = BUDGET + self.ids.len() / BUDGET_SHARE;
        let mut read = 0;
        let affordable = lists.into_iter().enumerate().take_while(|(at, list)| {
            read += list.len();
            *at < AT_LEAST || read <= budget
        });
        affordable.map(|(_, list)| (list, rarity(list.len(), self.ids.len()))).collect()
    }

    /// Bytes of memory held, as allocated, without the allocator's own.
    pub fn bytes(&self) -> usize {
        let lists: usize = self.postings.values().map(Postings::bytes).sum();
        let table = self.postings.capacity() * (size_of::<(u32, Postings)>() + 1) * 8 / 7;
        let ids = self.ids.capacity() * 16 + self.by_id.allocation_size();
        lists + table + ids + self.starts.capacity() * 4 + self.texts.capacity() + self.removed.capacity()
    }
}

/// The weight of a trigram that `holders` of `all` names have: more for the rarer; at most 100, so that counts of the
/// few hundred trigrams a name can have fit 16 bits. Among fewer than a thousand names nothing is rare or common yet:
/// a misspelt name would weigh nothing beside itself.
fn rarity(holders: usize, all: usize) -> u16 {
    let ratio = (all.max(1_000) as f32 + 1.0) / (holders as f32 + 0.5);
    (ratio.ln() * 7.0).clamp(1.0, 100.0) as u16
}

fn hash(id: &[u8; 16]) -> u64 {
    FxBuildHasher.hash_one(id)
}

#[cfg(test)]
#[path = "index_tests.rs"]
mod tests;
