//! The queries of a search. Each reads ranges of a primary key, and no more of them than its limits say.

use crate::entity::{document, posting, term};
use crate::kind::{Shelf, within};
use crate::words;
use kernel::Scope;
use sea_orm::sea_query::{Asterisk, Expr, ExprTrait as _, Order, Query, SelectStatement, UnionType};
use sea_orm::{ColumnTrait, Condition, ConnectionTrait, DbErr, EntityTrait, QueryFilter, QuerySelect};
use uuid::Uuid;

/// Words of a shelf that are looked at because they begin with what was typed.
const BEGUN: u64 = 60;
/// Because they hold it.
const HELD: u64 = 60;
/// Because they may be what was meant.
const MEANT: u64 = 150;

/// A word that may be what was typed, and the shelf that it stands on.
pub struct Standing {
    pub shelf: Shelf,
    pub word: String,
}

/// Words like `typed` on these shelves: those that begin with it, hold it or may be misspelt so.
pub async fn like(db: &impl ConnectionTrait, scope: Scope, shelves: &[Shelf], typed: &str) -> Result<Vec<Standing>, DbErr> {
    let mut branches = Vec::new();
    for shelf in shelves {
        let start = words::beginning(typed);
        branches.push(terms(scope, *shelf, from(&start), BEGUN));
        if typed.len() > 1 {
            branches.push(terms(scope, *shelf, from(typed), HELD));
        }
        // Shorter words bear no typo.
        let mut spelt = if typed.len() > 3 { words::misspellings(typed) } else { Vec::new() };
        if let Some(last) = spelt.last().cloned() {
            // Always as many, so that the statement is the same.
            spelt.resize(6, last);
            branches.push(terms(scope, *shelf, Condition::all().add(term::Column::Term.is_in(spelt)), MEANT));
        }
    }
    let Some(query) = together(branches) else { return Ok(Vec::new()) };
    let rows = db.query_all(&query).await?;
    let read = |row: sea_orm::QueryResult| Ok(Shelf::read(row.try_get("", "kind")?).map(|shelf| (shelf, row.try_get::<String>("", "word"))));
    let rows = rows.into_iter().map(read).collect::<Result<Vec<_>, DbErr>>()?;
    rows.into_iter().flatten().map(|(shelf, word)| Ok(Standing { shelf, word: word? })).collect()
}

/// The terms that begin so.
fn from(start: &str) -> Condition {
    Condition::all().add(term::Column::Term.gte(start)).add(term::Column::Term.lt(words::end_of(start)))
}

fn terms(scope: Scope, shelf: Shelf, wanted: Condition, most: u64) -> SelectStatement {
    let mut query = Query::select();
    query.columns(["kind", "term", "word"]).from("search_terms");
    query
        .and_where(term::Column::VendorId.eq(scope.vendor().0))
        .cond_where(within(scope, term::Column::Owner))
        .and_where(term::Column::Kind.eq(shelf.code()))
        .cond_where(wanted)
        .order_by("term", Order::Asc)
        .order_by("word", Order::Asc)
        .limit(most);
    if scope.narrowed().is_some() {
        // It stands on the shelves of several partners.
        query.distinct();
    }
    query
}

/// A document under a word.
pub struct Under {
    pub shelf: Shelf,
    pub word: String,
    pub id: Uuid,
}

/// The newest documents under each of these words, as many as it says.
pub async fn under(db: &impl ConnectionTrait, scope: Scope, wanted: &[(Shelf, &str, u64)]) -> Result<Vec<Under>, DbErr> {
    let mut branches: Vec<_> = wanted.iter().map(|(shelf, word, most)| postings(scope, *shelf, word, *most)).collect();
    if let Some((shelf, ..)) = wanted.first() {
        // One of few statements; no word is empty.
        branches.resize_with(wanted.len().next_multiple_of(12), || postings(scope, *shelf, "", 1));
    }
    let Some(query) = together(branches) else { return Ok(Vec::new()) };
    let rows = db.query_all(&query).await?;
    let mut found = Vec::with_capacity(rows.len());
    for row in rows {
        if let Some(shelf) = Shelf::read(row.try_get("", "kind")?) {
            found.push(Under { shelf, word: row.try_get("", "word")?, id: row.try_get("", "id")? });
        }
    }
    Ok(found)
}

fn postings(scope: Scope, shelf: Shelf, word: &str, most: u64) -> SelectStatement {
    let mut query = Query::select();
    query.columns(["kind", "word", "id"]).from("search_postings");
    query
        .and_where(posting::Column::VendorId.eq(scope.vendor().0))
        .cond_where(within(scope, posting::Column::Owner))
        .and_where(posting::Column::Kind.eq(shelf.code()))
        .and_where(posting::Column::Word.eq(word))
        .order_by("id", Order::Desc)
        .limit(most);
    query
}

/// The newest documents under both words, looked for among the `among` newest under the first.
pub async fn under_both(
    db: &impl ConnectionTrait,
    scope: Scope,
    shelf: Shelf,
    (first, second): (&str, &str),
    (among, most): (u64, u64),
) -> Result<Vec<Uuid>, DbErr> {
    let mut query = Query::select();
    query
        .column(("a", "id"))
        .distinct()
        .from_subquery(postings(scope, shelf, first, among), "a")
        .inner_join("search_postings", Expr::col(("search_postings", "id")).equals(("a", "id")))
        .and_where(posting::Column::VendorId.eq(scope.vendor().0))
        .cond_where(within(scope, posting::Column::Owner))
        .and_where(posting::Column::Kind.eq(shelf.code()))
        .and_where(posting::Column::Word.eq(second))
        .order_by(("a", "id"), Order::Desc)
        .limit(most);
    db.query_all(&query).await?.into_iter().map(|row| row.try_get("", "id")).collect()
}

/// Every branch's rows, each with its own order and limit.
fn together(branches: Vec<SelectStatement>) -> Option<SelectStatement> {
    let mut branches = branches.into_iter().map(|branch| Query::select().column(Asterisk).from_subquery(branch, "x").to_owned());
    let mut all = branches.next()?;
    branches.for_each(|branch| _ = all.union(UnionType::All, branch));
    Some(all)
}

/// The words of documents, by shelf and id.
pub async fn words_of(db: &impl ConnectionTrait, scope: Scope, ids: &[(Shelf, Uuid)]) -> Result<Vec<(Shelf, Uuid, String)>, DbErr> {
    let Some(wanted) = these(ids) else { return Ok(Vec::new()) };
    let find = document::Entity::find().select_only().column(document::Column::Kind).column(document::Column::Id).column(document::Column::Words);
    let find = find.filter(document::Column::VendorId.eq(scope.vendor().0)).filter(seen(scope)).filter(wanted);
    let rows: Vec<(i16, Uuid, String)> = find.into_tuple().all(db).await?;
    Ok(rows.into_iter().filter_map(|(code, id, words)| Some((Shelf::read(code)?, id, words))).collect())
}

/// Documents, by shelf and id.
pub async fn documents(db: &impl ConnectionTrait, scope: Scope, ids: &[(Shelf, Uuid)]) -> Result<Vec<document::Model>, DbErr> {
    let Some(wanted) = these(ids) else { return Ok(Vec::new()) };
    document::Entity::find().filter(document::Column::VendorId.eq(scope.vendor().0)).filter(seen(scope)).filter(wanted).all(db).await
}

/// Everybody's shelf names no owner in a document: what is seen there is every document.
fn seen(scope: Scope) -> Condition {
    match scope.within() {
        kernel::actor::Within::Everything => Condition::all(),
        _ => within(scope, document::Column::Owner),
    }
}

fn these(ids: &[(Shelf, Uuid)]) -> Option<Condition> {
    let mut any = Condition::any();
    for shelf in Shelf::ALL {
        let here: Vec<_> = ids.iter().filter(|(on, _)| *on == shelf).map(|(_, id)| *id).collect();
        if !here.is_empty() {
            any = any.add(document::Column::Kind.eq(shelf.code()).and(document::Column::Id.is_in(here)));
        }
    }
    (!any.is_empty()).then_some(any)
}
