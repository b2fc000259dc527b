//! A list, made ready to be asked.

use crate::compare::{Compared, Weighed, WordPair};
use crate::corroborate::{Circumstance, circumstances};
use crate::entry::{Entry, EntryKind, EntryName, Quality, Subject, SubjectKind};
use crate::index::{Counts, Index, Scratch};
use crate::words::{of_organisation, of_person};
use std::sync::Arc;

/// The most hits that an answer holds: the best.
const MOST_HITS: usize = 20;
/// What a name that the list itself calls weak is worth at most.
const WEAK: f32 = 0.88;
/// What share of a person's name a company bears that is called like them.
const NAMESAKE: f32 = 0.97;

/// How rare each word is among the entries of a whole list. A part of the list is weighed by it too.
#[derive(Debug, Clone, Default)]
pub struct Weights {
    persons: Counts,
    others: Counts,
}

impl Weights {
    /// Of these entries.
    pub fn of<'a>(entries: impl IntoIterator<Item = &'a Entry>) -> Self {
        let mut weights = Self::default();
        for entry in entries {
            let words: Vec<_> = entry.names.iter().flat_map(|name| readings(entry.kind, &name.text)).flatten().map(|word| word.text).collect();
            let counts = if entry.kind == EntryKind::Person { &mut weights.persons } else { &mut weights.others };
            counts.add(words.iter().map(String::as_str));
        }
        weights
    }

    fn person(&self, name: &str) -> Weighed {
        self.persons.weigh(of_person(name), 0.35)
    }

    fn organisations(&self, name: &str) -> Vec<Weighed> {
        of_organisation(name).into_iter().map(|words| self.others.weigh(words, 0.4)).collect()
    }
}

fn readings(kind: EntryKind, name: &str) -> Vec<Vec<crate::words::Word>> {
    if kind == EntryKind::Person { vec![of_person(name)] } else { of_organisation(name) }
}

/// A list that can be asked. Compiling one of 9,000 entries takes a fraction of a second; asking, fractions of a millisecond.
#[derive(Debug)]
pub struct Compiled {
    entries: Vec<Entry>,
    weights: Arc<Weights>,
    persons: Index,
    others: Index,
    /// Entry and name of each name in the two indexes.
    of_persons: Vec<(u32, u32)>,
    of_others: Vec<(u32, u32)>,
}

/// An entry that may be the subject.
#[derive(Debug, Clone, PartialEq)]
pub struct Hit<'a> {
    /// The entry.
    pub entry: &'a Entry,
    /// The name of it that is most like the subject's.
    pub name: &'a EntryName,
    /// How much speaks for it, all together: from [`crate::REVIEW`] on somebody should look, from [`crate::STRONG`] on it is as good as certain.
    pub score: f32,
    /// How alike the names are.
    pub name_score: f32,
    /// Words that belong together.
    pub pairs: Vec<WordPair>,
    /// Words of the subject's name that the entry has not.
    pub only_subject: Vec<String>,
    /// Words of the entry's name that the subject has not.
    pub only_listed: Vec<String>,
    /// What else speaks for it or against it.
    pub circumstances: Vec<Circumstance>,
}

impl Compiled {
    /// Compile a whole list.
    pub fn new(entries: Vec<Entry>) -> Self {
        let weights = Arc::new(Weights::of(&entries));
        Self::part(entries, weights)
    }

    /// Compile a part of a list: words weigh what they weigh in the whole.
    pub fn part(entries: Vec<Entry>, weights: Arc<Weights>) -> Self {
        let (mut persons, mut others) = (Index::new(true), Index::new(false));
        let (mut of_persons, mut of_others) = (Vec::new(), Vec::new());
        for (at, entry) in entries.iter().enumerate() {
            for (name_at, name) in entry.names.iter().enumerate() {
                let place = (at as u32, name_at as u32);
                if entry.kind == EntryKind::Person {
                    let weighed = weights.person(&name.text);
                    if !weighed.words.is_empty() {
                        persons.add(weighed);
                        of_persons.push(place);
                    }
                } else {
                    for weighed in weights.organisations(&name.text) {
                        others.add(weighed);
                        of_others.push(place);
                    }
                }
            }
        }
        Self { entries, weights, persons, others, of_persons, of_others }
    }

    /// How rare the words of this list are.
    pub fn weights(&self) -> Arc<Weights> {
        self.weights.clone()
    }

    /// Its entries.
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// Entries that score at least `least` for this subject, the best first; at most twenty.
    pub fn hits(&self, subject: &Subject, least: f32) -> Vec<Hit<'_>> {
        let mut scratch = Scratch::default();
        let mut hits = Vec::new();
        // What else is known may raise a score that the name alone does not reach.
        let names_least = least - 0.08;
        if matches!(subject.kind, SubjectKind::Person | SubjectKind::Any | SubjectKind::Organisation) {
            self.among_persons(subject, names_least, &mut scratch, &mut hits);
        }
        if subject.kind != SubjectKind::Person {
            self.among_others(subject, names_least, &mut scratch, &mut hits);
        }
        hits.retain(|hit| hit.score >= least);
        hits.sort_by(|a, b| b.score.total_cmp(&a.score).then_with(|| a.entry.id.cmp(&b.entry.id)).then_with(|| a.name.quality.cmp(&b.name.quality)));
        let mut seen = rustc_hash::FxHashSet::default();
        hits.retain(|hit| seen.insert(hit.entry.id.as_str()));
        hits.truncate(MOST_HITS);
        hits
    }

    fn among_persons<'a>(&'a self, subject: &Subject, least: f32, scratch: &mut Scratch, hits: &mut Vec<Hit<'a>>) {
        let company = subject.kind == SubjectKind::Organisation;
        // A company's legal form is no part of whose name it bears.
        let name = if company { crate::words::of_organisation(&subject.name).into_iter().next().map(join) } else { Some(subject.name.clone()) };
        let Some(name) = name else { return };
        let weighed = self.weights.person(&name);
        if weighed.words.is_empty() || company && weighed.words.len() < 2 {
            return;
        }
        let mut found = Vec::new();
        self.persons.find(&weighed, least, |_| true, scratch, &mut found);
        for (at, compared) in found {
            let whole = compared.covered.0.min(compared.covered.1) >= NAMESAKE;
            if !company || whole {
                hits.push(self.hit(subject, &self.persons, self.of_persons[at as usize], (at, compared), &weighed));
            }
        }
    }

    fn among_others<'a>(&'a self, subject: &Subject, least: f32, scratch: &mut Scratch, hits: &mut Vec<Hit<'a>>) {
        let wanted = |kind: EntryKind| match subject.kind {
            SubjectKind::Organisation => kind == EntryKind::Entity,
            SubjectKind::Vessel => kind == EntryKind::Vessel,
            SubjectKind::Aircraft => kind == EntryKind::Aircraft,
            SubjectKind::Any => true,
            SubjectKind::Person => false,
        };
        for weighed in self.weights.organisations(&subject.name) {
            let mut found = Vec::new();
            let of_kind = |at: u32| wanted(self.entries[self.of_others[at as usize].0 as usize].kind);
            self.others.find(&weighed, least, of_kind, scratch, &mut found);
            for (at, compared) in found {
                hits.push(self.hit(subject, &self.others, self.of_others[at as usize], (at, compared), &weighed));
            }
        }
    }

    fn hit<'a>(&'a self, subject: &Subject, index: &Index, (entry, name): (u32, u32), (at, compared): (u32, Compared), ours: &Weighed) -> Hit<'a> {
        let entry = &self.entries[entry as usize];
        let name = &entry.names[name as usize];
        let circumstances = circumstances(subject, entry);
        let worth = if name.quality == Quality::Weak { compared.score.min(WEAK) } else { compared.score };
        let score = (worth + circumstances.iter().map(|one| one.effect).sum::<f32>()).clamp(0.0, 1.0);
        let text =
            |range: std::ops::Range<usize>| ours.words[range].iter().map(|word| word.text.trim_start_matches('@')).collect::<Vec<_>>().join(" ");
        let taken = |at: &usize| compared.pairs.iter().any(|pair| (pair.subject..pair.subject + pair.of_subject).contains(at));
        let pairs = compared.pairs.iter().map(|pair| WordPair {
            subject: text(pair.subject..pair.subject + pair.of_subject),
            listed: index.listed_words(at, pair),
            how: pair.how,
            similarity: pair.alike,
        });
        Hit {
            entry,
            name,
            score,
            name_score: compared.score,
            pairs: pairs.collect(),
            only_subject: (0..ours.words.len()).filter(|at| !taken(at)).map(|at| text(at..at + 1)).collect(),
            only_listed: index.left_over(at, &compared.pairs),
            circumstances,
        }
    }
}

fn join(words: Vec<crate::words::Word>) -> String {
    words.iter().map(|word| word.text.trim_start_matches('@')).collect::<Vec<_>>().join(" ")
}
