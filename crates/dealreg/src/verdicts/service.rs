//! Making and revoking verdicts, and what they keep about people.

use super::MatchVerdictId;
use super::events::{MatchVerdictMade, MatchVerdictRevoked};
use super::known::{Identity, Known};
use super::store::{self, VerdictRow};
use super::types::{MatchCompany, MatchVerdict, MatchVerdictCreate, MatchVerdictKind, MatchVerdictRevoke, MatchedCompany};
use crate::store::deals;
use crate::{disputes, error};
use kernel::personal::{ERASED, Holder, Known as Somebody};
use kernel::{App, Problem, Tx};
use serde_json::{Value, json};
use uuid::Uuid;

/// Judge two companies.
pub async fn create(tx: &mut Tx, new: MatchVerdictCreate) -> Result<MatchVerdict, Problem> {
    let (one, one_partner) = company(tx, &new.one, "/one").await?;
    let (other, other_partner) = company(tx, &new.other, "/other").await?;
    if let Some(dispute) = new.dispute_id {
        let no_such = || Problem::invalid("/dispute_id", "no_such_dispute", "There is no such dispute.");
        disputes::store::find(tx, tx.scope(), dispute).await?.ok_or_else(no_such)?;
    }
    let (ours, theirs) = (Identity::of(&one.profile()), Identity::of(&other.profile()));
    judge(tx, &new, &ours, &theirs).await?;
    let by = tx.actor().reference();
    let row = VerdictRow {
        vendor_id: tx.vendor().0,
        id: MatchVerdictId::fresh().0,
        verdict: new.verdict.wire().to_owned(),
        overrides_exact: new.overrides_exact,
        one: serde_json::to_string(&one).map_err(Problem::internal)?,
        other: serde_json::to_string(&other).map_err(Problem::internal)?,
        one_partner_id: one_partner,
        other_partner_id: other_partner,
        dispute_id: new.dispute_id.map(|id| id.0),
        reason: new.reason,
        made_by_kind: by.kind,
        made_by_id: by.id,
        revoked_at: None,
        revoked_by_kind: None,
        revoked_by_id: None,
        revoke_reason: None,
        revision: 1,
        created_at: tx.now(),
        updated_at: tx.now(),
    };
    store::insert(tx, &row, &ours, &theirs).await?;
    tx.emit(MatchVerdictMade::of(row.show(u64::MAX)?));
    row.show(tx.actor().grants)
}

/// 409 if the verdict could not be told apart from what it is not about, or is there already.
async fn judge(tx: &Tx, new: &MatchVerdictCreate, ours: &Identity, theirs: &Identity) -> Result<(), Problem> {
    let differ = new.verdict == MatchVerdictKind::Different;
    if differ && (ours.keys.is_subset(&theirs.keys) || theirs.keys.is_subset(&ours.keys)) {
        return Err(Problem::new(error::VERDICT_INDISTINCT));
    }
    if differ && !new.overrides_exact && ours.shares_exact(theirs) {
        return Err(Problem::new(error::VERDICT_EXACT_KEY));
    }
    let known = Known::of(tx, tx.vendor(), ours.clone()).await?;
    match known.on(theirs) {
        Some(rule) => Err(Problem::new(error::VERDICT_STANDS).detail(format!("{} says: {}.", rule.id, rule.verdict.wire()))),
        None => Ok(()),
    }
}

/// The company of a record, and the partner that the record belongs to.
async fn company(tx: &Tx, asked: &MatchCompany, at: &str) -> Result<(MatchedCompany, Option<Uuid>), Problem> {
    if let Some(id) = asked.deal_id {
        let no_such = || Problem::invalid(format!("{at}/deal_id"), "no_such_deal", "There is no such deal.");
        let row = deals::find(tx, tx.scope(), id).await?.ok_or_else(no_such)?;
        let customer = row.customer()?;
        let company = MatchedCompany {
            name: customer.name,
            country: Some(customer.country),
            domain: customer.domain,
            tax_id: customer.tax_id,
            deal_id: Some(id),
            account_external_id: None,
        };
        return Ok((company, Some(row.partner_id)));
    }
    let external_id = asked.account_external_id.as_deref().unwrap_or_default();
    let no_such = || Problem::invalid(format!("{at}/account_external_id"), "no_such_account", "There is no such account.");
    let account = crm::account_by_external_id(tx, tx.scope(), external_id).await?.ok_or_else(no_such)?;
    let company = MatchedCompany {
        name: account.name,
        country: account.country,
        domain: account.domain,
        tax_id: account.tax_id,
        deal_id: None,
        account_external_id: Some(account.external_id),
    };
    Ok((company, None))
}

/// Let a verdict count no longer.
pub async fn revoke(tx: &mut Tx, id: MatchVerdictId, body: MatchVerdictRevoke) -> Result<MatchVerdict, Problem> {
    let mut row = store::find(tx, tx.scope(), id).await?.ok_or_else(Problem::not_found)?;
    if tx.actor().request.if_match.is_some() {
        tx.actor().require_match(row.revision)?;
    }
    if row.revoked_at.is_some() {
        return Err(Problem::new(error::VERDICT_REVOKED));
    }
    let by = tx.actor().reference();
    row.revoked_at = Some(tx.now());
    row.revoked_by_kind = Some(by.kind);
    row.revoked_by_id = Some(by.id);
    row.revoke_reason = Some(body.reason);
    store::update(tx, &mut row).await?;
    tx.emit(MatchVerdictRevoked::of(row.show(u64::MAX)?));
    row.show(tx.actor().grants)
}

/// Reasons are people's words: one that gives somebody away goes with them. Who judged stays, by their id.
pub fn holder() -> Holder {
    Holder { name: "match_verdicts", export: |app, known| Box::pin(export(app, known)), erase: |tx, known| Box::pin(erase(tx, known)) }
}

async fn export(app: &App, known: &Somebody) -> Result<Vec<Value>, Problem> {
    let db = app.db().read_of(known.vendor).await?;
    let (mut found, mut after) = (Vec::new(), Uuid::nil());
    let person = known.person.map(|person| person.to_string());
    loop {
        let rows = store::all(&db, known.vendor, after, 500).await?;
        let Some(last) = rows.last() else { return Ok(found) };
        after = last.id;
        for row in &rows {
            let made = person.as_deref() == Some(row.made_by_id.as_str()) || person.is_some() && person == row.revoked_by_id;
            if made || known.is_in(&row.reason) || row.revoke_reason.as_deref().is_some_and(|reason| known.is_in(reason)) {
                found.push(json!({ "id": MatchVerdictId(row.id), "reason": row.reason, "revoke_reason": row.revoke_reason }));
            }
        }
    }
}

async fn erase(tx: &mut Tx, known: &Somebody) -> Result<(), Problem> {
    let mut after = Uuid::nil();
    loop {
        let rows = store::all(tx, known.vendor, after, 500).await?;
        let Some(last) = rows.last() else { return Ok(()) };
        after = last.id;
        for mut row in rows {
            let before = row.clone();
            if known.is_in(&row.reason) {
                row.reason = ERASED.to_owned();
            }
            if row.revoke_reason.as_deref().is_some_and(|reason| known.is_in(reason)) {
                row.revoke_reason = Some(ERASED.to_owned());
            }
            if row != before {
                store::update(tx, &mut row).await?;
            }
        }
    }
}
