//! Documents, their words and the words' terms: written together, and only here.

use crate::document::{Body, Document};
use crate::entity::{document, posting, term};
use crate::kind::Shelf;
use crate::words::{self, SEPARATE};
use kernel::{Problem, Tx};
use sea_orm::sea_query::{Expr, ExprTrait as _, OnConflict, Query};
use sea_orm::{ColumnTrait, ConnectionTrait, DbErr, EntityTrait, IntoActiveModel, QueryFilter, QuerySelect};
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

/// The document of a thing as it is kept.
pub(crate) async fn kept(db: &impl ConnectionTrait, vendor: Uuid, shelf: Shelf, id: Uuid) -> Result<Option<document::Model>, DbErr> {
    document::Entity::find_by_id((vendor, shelf.code(), id)).one(db).await
}

/// What a kept document tells.
pub(crate) fn body(row: &document::Model) -> Result<Body, Problem> {
    serde_json::from_str(&row.body).map_err(Problem::internal)
}

/// Keep a document in the place of the one before, unless that is of a later revision.
pub async fn put(tx: &Tx, new: &Document) -> Result<(), Problem> {
    let before = kept(tx, tx.vendor().0, new.shelf, new.id).await?;
    if before.as_ref().is_some_and(|before| before.shape == SHAPE && before.revision > new.revision) {
        return Ok(());
    }
    let row = document::Model {
        vendor_id: tx.vendor().0,
        kind: new.shelf.code(),
        id: new.id,
        owner: new.owner,
        body: serde_json::to_string(&new.body).map_err(Problem::internal)?,
        words: new.words(),
        revision: new.revision,
        shape: SHAPE,
    };
    if before.as_ref() == Some(&row) {
        return Ok(());
    }
    let was = before.map(|before| standing(new.shelf, before.owner, &before.words)).unwrap_or_default();
    let is = standing(new.shelf, row.owner, &row.words);
    let place = OnConflict::columns([document::Column::VendorId, document::Column::Kind, document::Column::Id])
        .update_columns([
            document::Column::Owner,
            document::Column::Body,
            document::Column::Words,
            document::Column::Revision,
            document::Column::Shape,
        ])
        .to_owned();
    document::Entity::insert(row.into_active_model()).on_conflict(place).exec_without_returning(tx).await?;
    take(tx, new.shelf, new.id, without(&was, &is)).await?;
    stand(tx, new.shelf, new.id, without(&is, &was)).await?;
    Ok(())
}

/// Keep nothing of a thing on a shelf.
pub async fn remove(tx: &Tx, shelf: Shelf, id: Uuid) -> Result<(), Problem> {
    if let Some(before) = kept(tx, tx.vendor().0, shelf, id).await? {
        document::Entity::delete_by_id((tx.vendor().0, shelf.code(), id)).exec(tx).await?;
        take(tx, shelf, id, standing(shelf, before.owner, &before.words)).await?;
    }
    Ok(())
}

async fn stand(tx: &Tx, shelf: Shelf, id: Uuid, words: Standing) -> Result<(), DbErr> {
    let (vendor_id, kind) = (tx.vendor().0, shelf.code());
    let mut postings = Vec::new();
    let mut terms = Vec::new();
    for (owner, words) in words {
        let plain = words.iter().filter(|word| !word.starts_with('='));
        let known = known(tx, shelf, owner, plain.clone()).await?;
        for word in plain.filter(|word| !known.contains(*word)) {
            let term = |term| term::Model { vendor_id, owner, kind, term, word: word.clone() };
            terms.extend(words::terms(word).into_iter().map(term));
        }
        postings.extend(words.into_iter().map(|word| posting::Model { vendor_id, owner, kind, word, id }));
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
    if terms.is_empty() {
        return Ok(BTreeSet::new());
    }
    let found = term::Entity::find()
        .select_only()
        .column(term::Column::Word)
        .filter(term::Column::VendorId.eq(tx.vendor().0))
        .filter(term::Column::Owner.eq(owner))
        .filter(term::Column::Kind.eq(shelf.code()))
        .filter(term::Column::Term.is_in(terms));
    Ok(found.into_tuple::<String>().all(tx).await?.into_iter().collect())
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
