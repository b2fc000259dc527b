//! Documents, their words and the words' terms: written together, and only here.

use crate::document::{Body, Document};
use crate::entity::{document, posting, term};
use crate::kind::Shelf;
use crate::store;
use crate::words::{self, SEPARATE};
use kernel::{Problem, Scope, Tx};
use sea_orm::sea_query::{Expr, ExprTrait as _, OnConflict, Query};
use sea_orm::{ColumnTrait, DbErr, EntityTrait, IntoActiveModel, QueryFilter, QuerySelect};
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

/// Raised with [`crate::projection::READER`] when the words of a document are others than before.
pub const SHAPE: i16 = 1;
/// Rows written with one statement.
const ROWS: usize = 500;

/// Words by the owner on whose shelf they stand.
type Standing = BTreeMap<Uuid, BTreeSet<String>>;

fn standing(shelf: Shelf, owner: Uuid, words: &str) -> Standing {
    let words: BTreeSet<String> = words.split([SEPARATE, ' ']).filter(|word| !word.is_empty()).map(str::to_owned).collect();
    shelf.owners(owner).into_iter().map(|owner| (owner, words.clone())).collect()
}

/// What is in `left` and not in `right`.
fn without(left: &Standing, right: &Standing) -> Standing {
    let only = |(owner, words): (&Uuid, &BTreeSet<String>)| {
        let words = words.iter().filter(|word| !right.get(owner).is_some_and(|there| there.contains(*word))).cloned().collect();
        (*owner, words)
    };
    left.iter().map(only).filter(|(_, words): &(_, BTreeSet<String>)| !words.is_empty()).collect()
}

/// What a kept document tells.
pub(crate) fn body(row: &document::Model) -> Result<Body, Problem> {
    serde_json::from_str(&row.body).map_err(Problem::internal)
}

type Rows = BTreeMap<(Shelf, Uuid), document::Model>;

/// Some documents, as they were found and as they shall be: read at once, changed in memory, written at once.
pub struct Open {
    vendor: Uuid,
    before: Rows,
    now: Rows,
}

impl Open {
    /// Those of the things named.
    pub async fn read(tx: &Tx, ids: &BTreeSet<(Shelf, Uuid)>) -> Result<Self, Problem> {
        let ids: Vec<_> = ids.iter().copied().collect();
        let mut before = Rows::new();
        for ids in ids.chunks(ROWS) {
            let rows = store::documents(tx, Scope::vendor_wide(tx.vendor()), ids).await?;
            before.extend(rows.into_iter().filter_map(|row| Some(((Shelf::read(row.kind)?, row.id), row))));
        }
        Ok(Self { vendor: tx.vendor().0, now: before.clone(), before })
    }

    /// Whose a thing is.
    pub fn owner(&self, shelf: Shelf, id: Uuid) -> Option<Uuid> {
        self.now.get(&(shelf, id)).map(|row| row.owner)
    }

    /// A document in the place of the one before, unless that is of a later revision.
    pub fn put(&mut self, new: &Document) -> Result<(), Problem> {
        let place = (new.shelf, new.id);
        if self.now.get(&place).is_some_and(|before| before.shape == SHAPE && before.revision > new.revision) {
            return Ok(());
        }
        let row = document::Model {
            vendor_id: self.vendor,
            kind: new.shelf.code(),
            id: new.id,
            owner: new.owner,
            body: serde_json::to_string(&new.body).map_err(Problem::internal)?,
            words: new.words(),
            revision: new.revision,
            shape: SHAPE,
        };
        self.now.insert(place, row);
        Ok(())
    }

    /// Nothing of a thing on a shelf.
    pub fn remove(&mut self, shelf: Shelf, id: Uuid) {
        self.now.remove(&(shelf, id));
    }

    /// Keep it so.
    pub async fn save(self, tx: &Tx) -> Result<(), Problem> {
        let Self { before, now, .. } = self;
        for (shelf, id) in before.keys().filter(|place| !now.contains_key(place)) {
            document::Entity::delete_by_id((tx.vendor().0, shelf.code(), *id)).exec(tx).await?;
        }
        let changed: Vec<_> = now.iter().filter(|(place, row)| before.get(place) != Some(row)).map(|(_, row)| row.clone()).collect();
        for rows in changed.chunks(ROWS) {
            let rows = rows.iter().map(|row| row.clone().into_active_model());
            document::Entity::insert_many(rows).on_conflict(in_its_place()).exec_without_returning(tx).await?;
        }
        let was = stands(&before);
        let is = stands(&now);
        for ((shelf, id), words) in &was {
            take(tx, *shelf, *id, is.get(&(*shelf, *id)).map_or_else(|| words.clone(), |is| without(words, is))).await?;
        }
        let new = is.iter().map(|(place, words)| (*place, was.get(place).map_or_else(|| words.clone(), |was| without(words, was))));
        Ok(stand(tx, new.collect()).await?)
    }
}

fn stands(rows: &Rows) -> BTreeMap<(Shelf, Uuid), Standing> {
    rows.iter().map(|(place, row)| (*place, standing(place.0, row.owner, &row.words))).collect()
}

fn in_its_place() -> OnConflict {
    use document::Column::{Body, Id, Kind, Owner, Revision, Shape, VendorId, Words};
    OnConflict::columns([VendorId, Kind, Id]).update_columns([Owner, Body, Words, Revision, Shape]).to_owned()
}

async fn stand(tx: &Tx, documents: BTreeMap<(Shelf, Uuid), Standing>) -> Result<(), DbErr> {
    let vendor_id = tx.vendor().0;
    let (mut postings, mut plain) = (Vec::new(), BTreeMap::<(Shelf, Uuid), BTreeSet<String>>::new());
    for ((shelf, id), standing) in documents {
        for (owner, words) in standing {
            plain.entry((shelf, owner)).or_default().extend(words.iter().filter(|word| !word.starts_with('=')).cloned());
            postings.extend(words.into_iter().map(|word| posting::Model { vendor_id, owner, kind: shelf.code(), word, id }));
        }
    }
    let mut terms = Vec::new();
    for ((shelf, owner), words) in plain {
        let known = known(tx, shelf, owner, words.iter()).await?;
        for word in words.iter().filter(|word| !known.contains(*word)) {
            let term = |term| term::Model { vendor_id, owner, kind: shelf.code(), term, word: word.clone() };
            terms.extend(words::terms(word).into_iter().map(term));
        }
    }
    for rows in postings.chunks(ROWS) {
        let rows = rows.iter().map(|row| row.clone().into_active_model());
        posting::Entity::insert_many(rows).on_conflict(OnConflict::new().do_nothing().to_owned()).exec_without_returning(tx).await?;
    }
    for rows in terms.chunks(ROWS) {
        let rows = rows.iter().map(|row| row.clone().into_active_model());
        term::Entity::insert_many(rows).on_conflict(OnConflict::new().do_nothing().to_owned()).exec_without_returning(tx).await?;
    }
    Ok(())
}

/// Those of `words` that stand on the shelf already.
async fn known(tx: &Tx, shelf: Shelf, owner: Uuid, words: impl Iterator<Item = &String>) -> Result<BTreeSet<String>, DbErr> {
    let terms: Vec<String> = words.map(|word| words::beginning(word)).collect();
    let mut known = BTreeSet::new();
    for terms in terms.chunks(ROWS) {
        let found = term::Entity::find()
            .select_only()
            .column(term::Column::Word)
            .filter(term::Column::VendorId.eq(tx.vendor().0))
            .filter(term::Column::Owner.eq(owner))
            .filter(term::Column::Kind.eq(shelf.code()))
            .filter(term::Column::Term.is_in(terms.iter().map(String::as_str)));
        known.extend(found.into_tuple::<String>().all(tx).await?);
    }
    Ok(known)
}

async fn take(tx: &Tx, shelf: Shelf, id: Uuid, words: Standing) -> Result<(), DbErr> {
    for (owner, words) in words {
        posting::Entity::delete_many()
            .filter(posting::Column::VendorId.eq(tx.vendor().0))
            .filter(posting::Column::Owner.eq(owner))
            .filter(posting::Column::Kind.eq(shelf.code()))
            .filter(posting::Column::Word.is_in(words.iter().map(String::as_str)))
            .filter(posting::Column::Id.eq(id))
            .exec(tx)
            .await?;
        for word in words.iter().filter(|word| !word.starts_with('=')) {
            let elsewhere = Query::select()
                .expr(Expr::val(1))
                .from("search_postings")
                .and_where(posting::Column::VendorId.eq(tx.vendor().0))
                .and_where(posting::Column::Owner.eq(owner))
                .and_where(posting::Column::Kind.eq(shelf.code()))
                .and_where(posting::Column::Word.eq(word.as_str()))
                .to_owned();
            term::Entity::delete_many()
                .filter(term::Column::VendorId.eq(tx.vendor().0))
                .filter(term::Column::Owner.eq(owner))
                .filter(term::Column::Kind.eq(shelf.code()))
                .filter(term::Column::Term.is_in(words::terms(word)))
                .filter(term::Column::Word.eq(word.as_str()))
                .filter(Expr::exists(elsewhere).not())
                .exec(tx)
                .await?;
        }
    }
    Ok(())
}
