//! Two names, word by word: which words belong together, and what that is worth.

use crate::similar::similar;
use crate::words::Word;
use serde::{Deserialize, Serialize};

/// How two words belong together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum How {
    /// Letter for letter, after folding.
    Same,
    /// They sound alike: one name in two transliterations.
    Sound,
    /// A slip of the pen or two apart.
    Spelling,
    /// Written together in one name and apart in the other.
    Joined,
    /// One is the initial of the other.
    Initial,
}

/// Words that belong together.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct WordPair {
    /// In the subject's name.
    pub subject: String,
    /// In the listed name.
    pub listed: String,
    /// How they belong together.
    pub how: How,
    /// How alike they are, up to 1.
    pub similarity: f32,
}

/// A name with what each word weighs and how rare it is, both from nothing to 1.
#[derive(Debug, Clone, Default)]
pub(crate) struct Weighed {
    pub words: Vec<Word>,
    pub weights: Vec<f32>,
    pub rarity: Vec<f32>,
}

/// A name of the list: its words by their number in the vocabulary.
#[derive(Debug, Clone, Default)]
pub(crate) struct Listed {
    pub words: Vec<u32>,
    pub weights: Vec<f32>,
    pub rarity: Vec<f32>,
}

/// Words `subject..subject + of_subject` belong to `listed..listed + of_listed`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Pair {
    pub subject: usize,
    pub of_subject: usize,
    pub listed: usize,
    pub of_listed: usize,
    pub alike: f32,
    pub how: How,
}

/// What a comparison came to.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Compared {
    pub score: f32,
    pub pairs: Vec<Pair>,
    /// How much of the subject's name is explained, and of the listed one.
    pub covered: (f32, f32),
}

/// Which words belong together: the heaviest and most alike first, each word once.
pub(crate) fn align(
    subject: &Weighed,
    listed: &Listed,
    word: impl Fn(u32) -> Word,
    alike: impl FnMut(usize, u32) -> Option<(f32, How)>,
    persons: bool,
) -> Vec<Pair> {
    let mut found = singles(subject, listed, alike);
    joined(subject, listed, word, persons, &mut found);
    let gain = |pair: &Pair| {
        let weight = subject.weights[pair.subject..pair.subject + pair.of_subject].iter().sum::<f32>();
        pair.alike * (weight + listed.weights[pair.listed..pair.listed + pair.of_listed].iter().sum::<f32>())
    };
    found.sort_by(|a, b| b.alike.total_cmp(&a.alike).then_with(|| gain(b).total_cmp(&gain(a))));
    let (mut ours, mut theirs) = (0u32, 0u32);
    found.retain(|pair| {
        let (mine, yours) = (mask(pair.subject, pair.of_subject), mask(pair.listed, pair.of_listed));
        let free = ours & mine == 0 && theirs & yours == 0;
        if free {
            (ours, theirs) = (ours | mine, theirs | yours);
        }
        free
    });
    found
}

fn mask(from: usize, count: usize) -> u32 {
    ((1 << count) - 1) << from
}

fn singles(subject: &Weighed, listed: &Listed, mut alike: impl FnMut(usize, u32) -> Option<(f32, How)>) -> Vec<Pair> {
    let mut found = Vec::with_capacity(8);
    for at in 0..subject.words.len() {
        for (other, word) in listed.words.iter().enumerate() {
            if let Some((alike, how)) = alike(at, *word) {
                found.push(Pair { subject: at, of_subject: 1, listed: other, of_listed: 1, alike, how });
            }
        }
    }
    found
}

/// Neighbours of one name that are written together in the other.
fn joined(subject: &Weighed, listed: &Listed, word: impl Fn(u32) -> Word, persons: bool, found: &mut Vec<Pair>) {
    let theirs: Vec<Word> = listed.words.iter().map(|at| word(*at)).collect();
    let mut push = |pair: Pair, together: &str, whole: &Word| {
        if together.len() >= 5 && together.len().abs_diff(whole.text.len()) <= 1 {
            let together = Word::new(together.to_owned(), 1.0);
            if let Some((alike, _)) = similar(&together, whole, persons).filter(|(alike, _)| *alike >= 0.9) {
                found.push(Pair { alike: alike.min(0.98), ..pair });
            }
        }
    };
    for count in 2..=3 {
        for (at, some) in subject.words.windows(count).enumerate() {
            let together = crate::words::together(some);
            for (other, whole) in theirs.iter().enumerate() {
                push(Pair { subject: at, of_subject: count, listed: other, of_listed: 1, alike: 0.0, how: How::Joined }, &together, whole);
            }
        }
        for (other, some) in theirs.windows(count).enumerate() {
            let together = crate::words::together(some);
            for (at, whole) in subject.words.iter().enumerate() {
                push(Pair { subject: at, of_subject: 1, listed: other, of_listed: count, alike: 0.0, how: How::Joined }, &together, whole);
            }
        }
    }
}

/// How much of each name is explained by its pairs.
pub(crate) fn covered(subject: &Weighed, listed: &Listed, pairs: &[Pair]) -> (f32, f32) {
    let share = |weights: &[f32], part: &dyn Fn(&Pair) -> std::ops::Range<usize>| {
        let all: f32 = weights.iter().sum();
        let explained: f32 = pairs.iter().map(|pair| pair.alike * weights[part(pair)].iter().sum::<f32>()).sum();
        if all > 0.0 { (explained / all).min(1.0) } else { 0.0 }
    };
    let ours = share(&subject.weights, &|pair| pair.subject..pair.subject + pair.of_subject);
    (ours, share(&listed.weights, &|pair| pair.listed..pair.listed + pair.of_listed))
}

/// Words that tell something weigh at least this.
const TELLING: f32 = 0.25;

/// What a person's name is worth. Two words must agree, or all that there is.
pub(crate) fn score_person(subject: &Weighed, listed: &Listed, pairs: &[Pair], (ours, theirs): (f32, f32)) -> f32 {
    let telling = |weights: &[f32]| weights.iter().filter(|weight| **weight >= TELLING).count();
    let (of_subject, of_listed) = (telling(&subject.weights), telling(&listed.weights));
    let (mut agree, mut info, mut initials) = (0, 0.0, 0);
    for pair in pairs {
        if pair.how == How::Initial {
            initials += 1;
        } else if subject.weights[pair.subject] >= TELLING || listed.weights[pair.listed] >= TELLING {
            agree += pair.of_subject.max(pair.of_listed);
            info += pair.alike * rarest(subject, pair).max(listed.rarity[pair.listed]);
        }
    }
    let (high, low) = (ours.max(theirs), ours.min(theirs));
    if of_subject <= 1 && of_listed <= 1 {
        return if agree >= 1 { 0.88 * high * low } else { 0.0 };
    }
    let whole = agree >= 1 && low > 0.9;
    if agree + initials < 2 && !whole {
        return 0.0;
    }
    // What is missing on one side counts the less, the rarer what agrees is.
    let harsh = 0.65 - 0.4 * ((info - 0.9) / 0.9).clamp(0.0, 1.0);
    let score = high * (1.0 - (1.0 - low) * harsh);
    match (agree, info) {
        (0, _) => 0.0,
        (1, _) if !whole => score.min(0.86),
        // A name that many bear is to be looked at, not to be believed.
        (_, ..0.9) => score.min(0.93),
        _ => score,
    }
}

fn rarest(subject: &Weighed, pair: &Pair) -> f32 {
    subject.rarity[pair.subject..pair.subject + pair.of_subject].iter().copied().fold(0.0, f32::max)
}

/// Words of an organisation that say which one it is weigh at least this.
const NAMING: f32 = 0.45;

/// What an organisation's name is worth. A word by which it is called must agree, or the whole name.
pub(crate) fn score_organisation(subject: &Weighed, listed: &Listed, pairs: &[Pair], (ours, theirs): (f32, f32)) -> f32 {
    let (high, low) = (ours.max(theirs), ours.min(theirs));
    let naming = pairs.iter().filter(|pair| {
        let range = pair.listed..pair.listed + pair.of_listed;
        subject.weights[pair.subject] >= NAMING
            && listed.weights[range.clone()].iter().any(|weight| *weight >= NAMING)
            && prior(subject, pair) >= 0.65
    });
    let (mut names, mut exact) = (0, 0);
    for pair in naming {
        names += 1;
        exact += usize::from(matches!(pair.how, How::Same | How::Joined));
    }
    if names == 0 {
        return if low > 0.985 { low } else { 0.0 };
    }
    let score = high * (1.0 - (1.0 - low) * 0.72);
    // One word that is only like another names nobody by itself.
    if exact == 0 && names == 1 { score * 0.95 } else { score }
}

fn prior(subject: &Weighed, pair: &Pair) -> f32 {
    subject.words[pair.subject..pair.subject + pair.of_subject].iter().map(|word| word.prior).fold(0.0, f32::max)
}
