//! What is kept about people in referrals: whom to talk to, and what is told of them.

use super::events::ReferralUpdated;
use super::store::{self, ReferralRow};
use crate::leads::store::text;
use crate::types::DealContact;
use kernel::personal::{ERASED, Holder, Known};
use kernel::{App, Problem, Scope, Tx};
use sea_orm::ConnectionTrait;
use serde_json::Value;

/// Referrals whose contact somebody is, or whose words give them away.
pub fn holder() -> Holder {
    Holder { name: "referrals", export: |app, known| Box::pin(export(app, known)), erase: |tx, known| Box::pin(erase(tx, known)) }
}

async fn export(app: &App, known: &Known) -> Result<Vec<Value>, Problem> {
    let rows = about(&app.db().read_of(known.vendor).await?, known).await?;
    rows.iter().map(|row| serde_json::to_value(row.whole(0)?).map_err(Problem::internal)).collect()
}

async fn erase(tx: &mut Tx, known: &Known) -> Result<(), Problem> {
    for mut row in about(tx, known).await? {
        if is_contact(&row, known)? {
            row.contact = Some(text(&DealContact { name: ERASED.to_owned(), email: None, phone: None }));
            row.email_key = None;
            row.note = row.note.map(|_| ERASED.to_owned());
        }
        for text in [&mut row.note, &mut row.reason, &mut row.stage] {
            if text.as_ref().is_some_and(|text| known.is_in(text)) {
                *text = Some(ERASED.to_owned());
            }
        }
        store::update(tx, &mut row).await?;
        tx.emit(ReferralUpdated { referral: row.whole(u64::MAX)?, note: None });
    }
    Ok(())
}

fn is_contact(row: &ReferralRow, known: &Known) -> Result<bool, Problem> {
    Ok(row.contact()?.is_some_and(|contact| known.is(contact.email.as_deref(), &contact.name)))
}

async fn about(db: &impl ConnectionTrait, known: &Known) -> Result<Vec<ReferralRow>, Problem> {
    let (mut found, mut after) = (Vec::new(), uuid::Uuid::nil());
    loop {
        let rows = store::after(db, Scope::vendor_wide(known.vendor), after, 500).await?;
        let Some(last) = rows.last() else { return Ok(found) };
        after = last.id;
        for row in rows {
            let words = [&row.note, &row.reason, &row.stage].into_iter().flatten().any(|text| known.is_in(text));
            if words || is_contact(&row, known)? {
                found.push(row);
            }
        }
    }
}
