//! Where else something is kept about people: each domain says so once, and is asked to export and to erase.

use super::{DataSubject, ERASED, is_marker};
use crate::app::App;
use crate::id::{PersonId, VendorId};
use crate::idempotency;
use crate::problem::Problem;
use crate::text::{canonical_email, fold};
use crate::tx::Tx;
use chrono::{DateTime, Utc};
use futures::future::BoxFuture;
use sea_orm::{ConnectionTrait, DbErr, Statement};
use serde_json::Value;

/// Who is to be exported or erased, by everything that is known of them.
#[derive(Debug, Clone)]
pub struct Known {
    /// Of which vendor.
    pub vendor: VendorId,
    /// Their person here, if they are one.
    pub person: Option<PersonId>,
    /// Their e-mail address.
    pub email: Option<String>,
    /// Their name. Alone it names whoever is known by nothing else.
    pub name: Option<String>,
    /// Whether contacts known by nothing but this name are meant too.
    pub by_name: bool,
}

impl Known {
    /// The data subjects that they are.
    pub fn subjects(&self) -> Vec<DataSubject> {
        let person = self.person.map(DataSubject::Person);
        let email = self.email.as_deref().filter(|email| !is_marker(email)).map(|email| DataSubject::Email(canonical_email(email)));
        let name = self.name.as_deref().filter(|name| self.by_name && !is_marker(name)).map(|name| DataSubject::Name(fold(name)));
        person.into_iter().chain(email).chain(name).collect()
    }

    /// Whether a contact with this address and name is them.
    pub fn is(&self, email: Option<&str>, name: &str) -> bool {
        !is_marker(name) && self.subjects().contains(&DataSubject::contact(email, name))
    }

    /// What gives them away wherever it stands: the address, and the name if it is more than a word, which is part of too many others.
    pub fn words(&self) -> Vec<String> {
        let name = self.name.iter().filter(|name| name.trim().contains(' '));
        self.email.iter().chain(name).filter(|word| !is_marker(word)).cloned().collect()
    }

    /// Whether `text` gives them away: it holds one of their [`Known::words`], or is the name.
    pub fn is_in(&self, text: &str) -> bool {
        let text = text.to_lowercase();
        let is_name = self.name.as_ref().is_some_and(|name| !is_marker(name) && text.trim() == name.trim().to_lowercase());
        is_name || self.words().iter().any(|word| text.contains(&word.to_lowercase()))
    }

    /// `value` with every text that gives them away replaced; `None` if none does.
    pub fn cleaned(&self, value: &Value) -> Option<Value> {
        match value {
            Value::String(text) => self.is_in(text).then(|| ERASED.into()),
            Value::Array(items) => {
                let cleaned: Vec<_> = items.iter().map(|item| self.cleaned(item)).collect();
                let any = cleaned.iter().any(Option::is_some);
                any.then(|| items.iter().zip(cleaned).map(|(item, cleaned)| cleaned.unwrap_or_else(|| item.clone())).collect())
            }
            Value::Object(members) => {
                let mut changed = members.clone();
                let mut any = false;
                for (name, member) in members {
                    if let Some(cleaned) = self.cleaned(member) {
                        changed.insert(name.clone(), cleaned);
                        any = true;
                    }
                }
                any.then_some(Value::Object(changed))
            }
            _ => None,
        }
    }
}

/// What a domain keeps about somebody, as JSON of its own resources.
pub type Export = for<'a> fn(&'a App, &'a Known) -> BoxFuture<'a, Result<Vec<Value>, Problem>>;
/// Replaces what a domain keeps about somebody by markers, and emits what changed.
pub type Erase = for<'a> fn(&'a mut Tx, &'a Known) -> BoxFuture<'a, Result<(), Problem>>;

/// A place where something is kept about people.
pub struct Holder {
    /// Names it in an export, e.g. `deals`.
    pub name: &'static str,
    /// What is kept.
    pub export: Export,
    /// Makes it go.
    pub erase: Erase,
}

/// Kept answers that hold somebody's data, found before the erasure so that it need not look at all of them.
pub struct ShreddedAnswers {
    keys: Vec<Vec<u8>>,
    /// Answers kept since then are looked at in the erasure itself.
    since: DateTime<Utc>,
}

impl ShreddedAnswers {
    /// Look through the answers kept until now.
    pub async fn find(app: &App, known: &Known) -> Result<Self, Problem> {
        // Those of the last minutes are looked at again: another instance's clock may be behind.
        let since = app.clock().now() - chrono::Duration::minutes(5);
        let db = app.db().read_of(known.vendor).await?;
        let keys = matching(app, &db, known, None).await?;
        Ok(Self { keys, since })
    }
}

/// Forget the kept answers that hold somebody's data: a repeat of their request is carried out again.
pub async fn shred_answers(tx: &Tx, known: &Known, found: ShreddedAnswers) -> Result<(), Problem> {
    let new = matching(tx.app(), tx, known, Some(found.since)).await?;
    for key in found.keys.into_iter().chain(new) {
        let sql = "DELETE FROM idempotency WHERE vendor_id = $1 AND key_hash = $2";
        tx.execute_raw(Statement::from_sql_and_values(tx.get_database_backend(), sql, [known.vendor.0.into(), key.into()])).await?;
    }
    Ok(())
}

async fn matching(app: &App, db: &impl ConnectionTrait, known: &Known, since: Option<DateTime<Utc>>) -> Result<Vec<Vec<u8>>, DbErr> {
    const PAGE: usize = 500;
    let (mut found, mut after) = (Vec::new(), Vec::<u8>::new());
    loop {
        let recent = if since.is_some() { "AND created_at >= $3" } else { "" };
        let sql = format!("SELECT key_hash, body FROM idempotency WHERE vendor_id = $1 AND key_hash > $2 {recent} ORDER BY key_hash LIMIT {PAGE}");
        let values = [known.vendor.0.into(), after.clone().into()].into_iter().chain(since.map(Into::into));
        let rows = db.query_all_raw(Statement::from_sql_and_values(db.get_database_backend(), sql, values)).await?;
        let last = rows.len() < PAGE;
        for row in rows {
            after = row.try_get("", "key_hash")?;
            let body = idempotency::body(app.sealer(), &row.try_get::<Vec<u8>>("", "body")?);
            // What does not open cannot be replayed either.
            let value = body.and_then(|body| if body.is_empty() { Some(Value::Null) } else { serde_json::from_str(&body).ok() });
            if value.is_none_or(|value| known.cleaned(&value).is_some()) {
                found.push(after.clone());
            }
        }
        if last {
            return Ok(found);
        }
    }
}
