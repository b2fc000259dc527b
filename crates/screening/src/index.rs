//! Finds the names that are worth comparing, without comparing all.

use crate::compare::{Compared, How, Listed, Pair, Weighed, align, covered, score_organisation, score_person};
use crate::similar::{is_strict, similar};
use crate::words::{Word, together};
use rustc_hash::{FxHashMap, FxHashSet, FxHasher};
use std::hash::Hasher;

/// Names that share a word are looked at for that word alone only if they are no more than these.
const COMMON: usize = 400;
/// Names that are compared for one subject at most.
const MOST: usize = 4_000;
/// The share of a subject's weight that must be found in a name before it is compared.
const PROMISING: f32 = 0.28;

/// How many entries use a word.
#[derive(Debug, Clone, Default)]
pub(crate) struct Counts {
    words: FxHashMap<String, u32>,
    entries: u32,
}

impl Counts {
    /// Count one entry, by the words of all its names.
    pub(crate) fn add<'a>(&mut self, words: impl Iterator<Item = &'a str>) {
        self.entries += 1;
        for word in words.collect::<FxHashSet<_>>() {
            *self.words.entry(word.to_owned()).or_default() += 1;
        }
    }

    /// How rare a word is, from nothing to 1.
    pub(crate) fn rarity(&self, word: &str) -> f32 {
        // A short list says nothing of what is common: as if it were one of the usual size.
        let all = f32::from(u16::try_from(self.entries.max(2_000)).unwrap_or(u16::MAX));
        let with = self.words.get(word).copied().unwrap_or(1).max(1) as f32;
        ((all / with).ln() / all.ln()).clamp(0.0, 1.0)
    }

    pub(crate) fn weigh(&self, words: Vec<Word>, least: f32) -> Weighed {
        let rarity: Vec<f32> = words.iter().map(|word| self.rarity(&word.text)).collect();
        let weights = words.iter().zip(&rarity).map(|(word, rarity)| word.prior * (least + (1.0 - least) * rarity)).collect();
        Weighed { words, weights, rarity }
    }
}

/// Names of one kind, by their words.
#[derive(Debug, Default)]
pub(crate) struct Index {
    persons: bool,
    vocabulary: Vec<Word>,
    names: Vec<Listed>,
    /// The names that each word of the vocabulary is in.
    postings: Vec<Vec<u32>>,
    numbers: FxHashMap<(String, String), u32>,
    /// Words of the vocabulary by their one spelling.
    texts: FxHashMap<String, Vec<u32>>,
    skeletons: FxHashMap<String, Vec<u32>>,
    /// Words of the vocabulary by what is left when a letter goes.
    shortened: FxHashMap<u64, Vec<u32>>,
    /// Names by two or three neighbouring words, written together.
    joined: FxHashMap<String, Vec<u32>>,
}

/// What is remembered while one subject is looked for.
#[derive(Default)]
pub(crate) struct Scratch {
    credit: FxHashMap<u32, f32>,
    alike: FxHashMap<(usize, u32), Option<(f32, How)>>,
}

impl Index {
    pub(crate) fn new(persons: bool) -> Self {
        Self { persons, ..Self::default() }
    }

    /// Add a name; its number.
    pub(crate) fn add(&mut self, name: Weighed) -> u32 {
        let number = self.names.len() as u32;
        let ids: Vec<u32> = name.words.iter().map(|word| self.number(word)).collect();
        for id in ids.iter().collect::<FxHashSet<_>>() {
            self.postings[*id as usize].push(number);
        }
        for count in 2..=3 {
            for some in name.words.windows(count) {
                let together = together(some);
                self.joined.entry(together).or_default().push(number);
            }
        }
        self.names.push(Listed { words: ids, weights: name.weights, rarity: name.rarity });
        number
    }

    fn number(&mut self, word: &Word) -> u32 {
        let key = (word.text.clone(), word.spelt.clone());
        if let Some(known) = self.numbers.get(&key) {
            return *known;
        }
        let number = self.vocabulary.len() as u32;
        self.numbers.insert(key, number);
        self.texts.entry(word.text.clone()).or_default().push(number);
        if !is_strict(word) {
            self.skeletons.entry(word.skeleton.clone()).or_default().push(number);
            for hash in shortened(&word.text) {
                self.shortened.entry(hash).or_default().push(number);
            }
        }
        self.vocabulary.push(word.clone());
        self.postings.push(Vec::new());
        number
    }

    /// Names like the subject's that score at least `least`.
    pub(crate) fn find(&self, subject: &Weighed, least: f32, wanted: impl Fn(u32) -> bool, scratch: &mut Scratch, found: &mut Vec<(u32, Compared)>) {
        scratch.alike.clear();
        scratch.credit.clear();
        self.gather(subject, scratch);
        let all: f32 = subject.weights.iter().sum();
        let mut promising: Vec<(u32, f32)> = scratch.credit.iter().map(|(name, credit)| (*name, *credit)).collect();
        promising.retain(|(name, credit)| *credit >= PROMISING * all && wanted(*name));
        if promising.len() > MOST {
            promising.select_nth_unstable_by(MOST, |a, b| b.1.total_cmp(&a.1));
            promising.truncate(MOST);
        }
        for (name, _) in promising {
            let compared = self.compare(subject, name, scratch);
            if compared.score >= least {
                found.push((name, compared));
            }
        }
    }

    /// Credit every name for the words that it shares with the subject's, the rarest first.
    fn gather(&self, subject: &Weighed, scratch: &mut Scratch) {
        let mut order: Vec<usize> = (0..subject.words.len()).collect();
        order.sort_by(|a, b| subject.weights[*b].total_cmp(&subject.weights[*a]));
        for (rank, at) in order.into_iter().enumerate() {
            for word in self.like(&subject.words[at]) {
                let Some((alike, _)) = self.alike(subject, at, word, scratch) else { continue };
                let postings = &self.postings[word as usize];
                // A word that many share only adds to names that were found by a rarer one.
                let opens = rank < 2 || postings.len() <= COMMON;
                for name in postings {
                    let gain = alike * subject.weights[at];
                    match scratch.credit.get_mut(name) {
                        Some(credit) => *credit += gain,
                        None if opens => _ = scratch.credit.insert(*name, gain),
                        None => {}
                    }
                }
            }
        }
        self.gather_joined(subject, scratch);
    }

    /// Words written together on one side and apart on the other.
    fn gather_joined(&self, subject: &Weighed, scratch: &mut Scratch) {
        for at in 0..subject.words.len() {
            for name in self.joined.get(&subject.words[at].text).into_iter().flatten().take(COMMON) {
                *scratch.credit.entry(*name).or_default() += subject.weights[at];
            }
            for count in 2..=3.min(subject.words.len() - at) {
                let some = at..at + count;
                let together = together(&subject.words[some.clone()]);
                let gain: f32 = subject.weights[some].iter().sum();
                let word = Word::new(together, 1.0);
                for like in self.like(&word) {
                    if similar(&word, &self.vocabulary[like as usize], self.persons).is_some_and(|(alike, _)| alike >= 0.9) {
                        for name in self.postings[like as usize].iter().take(COMMON) {
                            *scratch.credit.entry(*name).or_default() += gain;
                        }
                    }
                }
            }
        }
    }

    /// Words of the vocabulary that may be like this one.
    fn like(&self, word: &Word) -> Vec<u32> {
        let mut found: Vec<u32> = self.texts.get(&word.text).cloned().unwrap_or_default();
        if is_strict(word) {
            return found;
        }
        found.extend(self.skeletons.get(&word.skeleton).into_iter().flatten());
        for hash in shortened(&word.text) {
            found.extend(self.shortened.get(&hash).into_iter().flatten());
        }
        if self.persons && word.text.len() >= 4 {
            let bare = word.text.strip_prefix("al").or_else(|| word.text.strip_prefix("el")).filter(|rest| rest.len() >= 4);
            let glued = ["al", "el"].map(|article| format!("{article}{}", word.text));
            found.extend(bare.into_iter().chain(glued.iter().map(String::as_str)).filter_map(|text| self.texts.get(text)).flatten());
        }
        found.sort_unstable();
        found.dedup();
        found
    }

    fn alike(&self, subject: &Weighed, at: usize, word: u32, scratch: &mut Scratch) -> Option<(f32, How)> {
        *scratch.alike.entry((at, word)).or_insert_with(|| similar(&subject.words[at], &self.vocabulary[word as usize], self.persons))
    }

    fn compare(&self, subject: &Weighed, name: u32, scratch: &mut Scratch) -> Compared {
        let listed = &self.names[name as usize];
        let word = |at: u32| self.vocabulary[at as usize].clone();
        let pairs = align(subject, listed, word, |at, word| self.alike(subject, at, word, scratch), self.persons);
        let covered = covered(subject, listed, &pairs);
        let score = if self.persons { score_person } else { score_organisation }(subject, listed, &pairs, covered);
        Compared { score, pairs, covered }
    }

    /// The words of a pair in the listed name.
    pub(crate) fn listed_words(&self, name: u32, pair: &Pair) -> String {
        self.listed(name, pair.listed..pair.listed + pair.of_listed)
    }

    /// Words of a listed name that belong to none of these pairs.
    pub(crate) fn left_over(&self, name: u32, pairs: &[Pair]) -> Vec<String> {
        let count = self.names[name as usize].words.len();
        let taken = |at: &usize| pairs.iter().any(|pair| (pair.listed..pair.listed + pair.of_listed).contains(at));
        (0..count).filter(|at| !taken(at)).map(|at| self.listed(name, at..at + 1)).collect()
    }

    fn listed(&self, name: u32, range: std::ops::Range<usize>) -> String {
        let words = &self.names[name as usize].words[range];
        words.iter().map(|word| self.vocabulary[*word as usize].text.trim_start_matches('@')).collect::<Vec<_>>().join(" ")
    }
}

/// A word, and what is left of it when one letter goes; of words too short to be misspelt, nothing.
fn shortened(word: &str) -> Vec<u64> {
    let bytes = word.as_bytes();
    if bytes.len() < 4 {
        return Vec::new();
    }
    let hash = |skip: usize| {
        let mut hasher = FxHasher::default();
        bytes.iter().enumerate().filter(|(at, _)| *at != skip).for_each(|(_, byte)| hasher.write_u8(*byte));
        hasher.finish()
    };
    (0..=bytes.len().min(crate::distance::LONGEST)).map(hash).collect()
}
