//! What is kept about people here: copies of what other places hold, to be found by.

use crate::document::{Body, CONTACT, Document, EMAIL};
use crate::entity::document;
use crate::index::{self, Open};
use crate::kind::{SearchType, Shelf};
use crate::{store, words};
use kernel::personal::{Holder, Known};
use kernel::{App, Problem, Scope, Tx};
use sea_orm::ConnectionTrait;
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// Things under one of somebody's addresses or names that are looked at.
const MOST: u64 = 10_000;

pub(crate) fn holder() -> Holder {
    Holder { name: "search_documents", export: |app, known| Box::pin(export(app, known)), erase: |tx, known| Box::pin(erase(tx, known)) }
}

async fn export(app: &App, known: &Known) -> Result<Vec<Value>, Problem> {
    let db = app.db().read_of(known.vendor).await?;
    let rows = about(&db, known).await?;
    // A partner's view of a lead says nothing that the whole does not.
    let rows = rows.into_iter().filter(|(shelf, ..)| *shelf != Shelf::PartnersLead);
    Ok(rows.map(|(shelf, _, body)| json!({ "type": shelf.kind(), "id": body.id, "title": body.title, "fields": body.fields })).collect())
}

async fn erase(tx: &mut Tx, known: &Known) -> Result<(), Problem> {
    let theirs = about(tx, known).await?;
    let mut open = Open::read(tx, &theirs.iter().map(|(shelf, row, _)| (*shelf, row.id)).collect()).await?;
    for (shelf, row, body) in theirs {
        if shelf == Shelf::Person {
            open.remove(shelf, row.id);
            continue;
        }
        let fields = body.fields.iter().filter(|(name, _)| name != CONTACT && name != EMAIL).cloned().collect();
        let body = Body { fields, ..body };
        open.put(&Document { shelf, id: row.id, owner: row.owner, body, revision: row.revision })?;
    }
    open.save(tx).await
}

/// Documents of them, or that name them as the contact.
async fn about(db: &impl ConnectionTrait, known: &Known) -> Result<Vec<(Shelf, document::Model, Body)>, Problem> {
    let scope = Scope::vendor_wide(known.vendor);
    let person = known.person.map(|person| person.to_string());
    let keys: BTreeSet<_> = [known.email.as_deref(), known.name.as_deref(), person.as_deref()].into_iter().flatten().filter_map(words::key).collect();
    let shelves = [SearchType::Deal, SearchType::Lead, SearchType::Referral, SearchType::Person].map(Shelf::of);
    let wanted: Vec<_> = keys.iter().flat_map(|key| shelves.map(|shelf| (shelf, key.as_str(), MOST))).collect();
    let mut ids: BTreeSet<_> = store::under(db, scope, &wanted).await?.into_iter().map(|under| (under.shelf, under.id)).collect();
    let leads: Vec<_> = ids.iter().filter(|(shelf, _)| *shelf == Shelf::Lead).map(|(_, id)| (Shelf::PartnersLead, *id)).collect();
    ids.extend(leads);
    let ids: Vec<_> = ids.into_iter().collect();
    let mut found = Vec::new();
    for ids in ids.chunks(500) {
        for row in store::documents(db, scope, ids).await? {
            let body = index::body(&row)?;
            let Some(shelf) = Shelf::read(row.kind) else { continue };
            let field = |wanted: &str| body.fields.iter().find(|(name, _)| name == wanted).map(|(_, text)| text.as_str());
            let is_them = match shelf {
                Shelf::Person => person.as_ref() == Some(&body.id),
                _ => field(CONTACT).is_some_and(|name| known.is(field(EMAIL), name)),
            };
            if is_them {
                found.push((shelf, row, body));
            }
        }
    }
    Ok(found)
}
