//! From what was typed to hits in order.

use crate::kind::Shelf;
use crate::query::Query;
use crate::score::{self, Score};
use crate::store::{self, Standing};
use kernel::Scope;
use sea_orm::{ConnectionTrait, DbErr};
use std::cmp::Reverse;
use std::collections::{BTreeMap, HashMap, HashSet};
use uuid::Uuid;

/// Words of one shelf that are taken for one typed word, the likeliest first.
const LIKELY: usize = 24;
/// Documents looked at under the typed word itself.
const UNDER_EQUAL: u64 = 400;
/// Documents looked at under another one.
const UNDER_LIKE: u64 = 120;
/// Documents under the likelier of two common words, among which the other is looked for.
const AMONG: u64 = 10_000;
/// Documents whose words are held against what was typed.
const HELD_AGAINST: usize = 600;

/// A hit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Found {
    /// Where it stands.
    pub shelf: Shelf,
    /// Its id.
    pub id: Uuid,
    /// Its score in thousandths.
    pub score: i64,
}

impl Found {
    /// What hits are ordered by: the best first, then the newest.
    pub fn place(&self) -> (Reverse<i64>, Reverse<Uuid>, i16) {
        (Reverse(self.score), Reverse(self.id), self.shelf.code())
    }
}

/// What fits the query on these shelves, best first: whatever has the most of its words.
pub async fn find(db: &impl ConnectionTrait, scope: Scope, shelves: &[Shelf], query: &Query) -> Result<Vec<Found>, DbErr> {
    let mut candidates = Candidates::default();
    if let Some(key) = &query.key {
        let wanted: Vec<_> = shelves.iter().map(|shelf| (*shelf, key.as_str(), UNDER_EQUAL)).collect();
        let all = score::BEST * query.words.len() as i64;
        store::under(db, scope, &wanted).await?.into_iter().for_each(|under| candidates.add((under.shelf, under.id), query.words.len(), all));
    }
    let mut likely = Vec::with_capacity(query.words.len());
    for typed in &query.words {
        let words = likeliest(typed, store::like(db, scope, shelves, typed).await?);
        candidates.add_under(db, scope, &words).await?;
        likely.push(words);
    }
    candidates.add_common(db, scope, shelves, &likely).await?;
    let chosen = candidates.best();
    let words = store::words_of(db, scope, &chosen).await?;
    Ok(in_order(words.into_iter().map(|(shelf, id, words)| (shelf, id, score::of(query, &words)))))
}

/// Those with the most words, best first.
fn in_order(scored: impl Iterator<Item = (Shelf, Uuid, Score)>) -> Vec<Found> {
    let scored: Vec<_> = scored.filter(|(.., score)| score.words > 0).collect();
    let most = scored.iter().map(|(.., score)| score.words).max().unwrap_or_default();
    let fitting = scored.into_iter().filter(|(.., score)| score.words == most);
    let mut found: Vec<_> = fitting.map(|(shelf, id, score)| Found { shelf, id, score: score.score }).collect();
    found.sort_by_key(Found::place);
    found
}

/// A word that was likely meant, by shelf.
struct Likely {
    shelf: Shelf,
    word: String,
    fit: i64,
}

/// Words by how well they fit, the shorter first, then in order.
type Ranked = BTreeMap<(Reverse<i64>, usize, String), ()>;

fn likeliest(typed: &str, standing: Vec<Standing>) -> Vec<Likely> {
    let mut by_shelf: BTreeMap<Shelf, Ranked> = BTreeMap::new();
    for Standing { shelf, word } in standing {
        if let Some(fit) = score::fit(typed, &word) {
            by_shelf.entry(shelf).or_default().insert((Reverse(fit), word.len(), word), ());
        }
    }
    let of = |(shelf, words): (Shelf, Ranked)| words.into_keys().take(LIKELY).map(move |(Reverse(fit), _, word)| Likely { shelf, word, fit });
    by_shelf.into_iter().flat_map(of).collect()
}

/// Documents that may fit, with how many of the typed words they were found under and how well those fitted.
#[derive(Default)]
struct Candidates {
    found: HashMap<(Shelf, Uuid), (usize, i64)>,
    /// Typed words with more documents on a shelf than were looked at.
    cut: HashSet<(Shelf, String)>,
}

impl Candidates {
    fn add(&mut self, document: (Shelf, Uuid), words: usize, fit: i64) {
        let (all, sum) = self.found.entry(document).or_default();
        *all += words;
        *sum += fit;
    }

    /// What stands under the words that one typed word was likely meant to be.
    async fn add_under(&mut self, db: &impl ConnectionTrait, scope: Scope, words: &[Likely]) -> Result<(), DbErr> {
        let most = |likely: &Likely| if likely.fit == score::BEST { UNDER_EQUAL } else { UNDER_LIKE };
        let wanted: Vec<_> = words.iter().map(|likely| (likely.shelf, likely.word.as_str(), most(likely))).collect();
        let fits: HashMap<_, _> = words.iter().map(|likely| ((likely.shelf, likely.word.as_str()), (likely.fit, most(likely)))).collect();
        let (mut best, mut counts) = (HashMap::<_, i64>::new(), HashMap::<_, u64>::new());
        for under in store::under(db, scope, &wanted).await? {
            let (fit, most) = fits.get(&(under.shelf, under.word.as_str())).copied().unwrap_or_default();
            let count = counts.entry((under.shelf, under.word.clone())).or_default();
            *count += 1;
            if *count == most {
                self.cut.insert((under.shelf, under.word));
            }
            let known = best.entry((under.shelf, under.id)).or_default();
            *known = (*known).max(fit);
        }
        best.into_iter().for_each(|(document, fit)| self.add(document, 1, fit));
        Ok(())
    }

    /// Where the two likeliest words are both common, what has both may be older than all that was looked at.
    async fn add_common(&mut self, db: &impl ConnectionTrait, scope: Scope, shelves: &[Shelf], likely: &[Vec<Likely>]) -> Result<(), DbErr> {
        for shelf in shelves {
            let firsts: Vec<_> = likely.iter().filter_map(|words| words.iter().find(|word| word.shelf == *shelf)).collect();
            // A word with few documents finds them all by itself.
            if firsts.len() < 2 || firsts.iter().any(|first| !self.cut.contains(&(*shelf, first.word.clone()))) {
                continue;
            }
            let (first, second) = (firsts[0], firsts[1]);
            let pair = (first.word.as_str(), second.word.as_str());
            for id in store::under_both(db, scope, *shelf, pair, (AMONG, UNDER_EQUAL)).await? {
                self.found.insert((*shelf, id), (2, first.fit + second.fit));
            }
        }
        Ok(())
    }

    /// The likeliest, in an order that is the same on every database.
    fn best(self) -> Vec<(Shelf, Uuid)> {
        let mut all: Vec<_> = self.found.into_iter().collect();
        all.sort_by_key(|((shelf, id), (words, fit))| (Reverse(*words), Reverse(*fit), Reverse(*id), *shelf));
        all.into_iter().take(HELD_AGAINST).map(|(document, _)| document).collect()
    }
}
