//! What the rules of the ideal partner profile look at.

use super::store;
use super::types::PartnerEsgFactKind;
use chrono::NaiveDate;
use kernel::Scope;
use kernel::id::PartnerId;
use sea_orm::{ConnectionTrait, DbErr};
use serde::Serialize;
use std::collections::{BTreeSet, HashMap};

/// What counts of a partner: what is verified and not over.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct EsgSummary {
    /// The standards of its certificates.
    pub certificates: BTreeSet<String>,
    /// The standards, or names, of all that counts.
    pub standards: BTreeSet<String>,
    /// Which kinds of facts there are.
    pub kinds: BTreeSet<&'static str>,
    /// The scores of its ratings, by standard; the best counts.
    pub scores: std::collections::BTreeMap<String, i64>,
    /// How many facts count.
    pub valid_count: i64,
}

/// What counts of each of these partners on this day; who is absent has nothing.
pub async fn summaries(
    db: &impl ConnectionTrait,
    scope: Scope,
    partners: &[PartnerId],
    today: NaiveDate,
) -> Result<HashMap<PartnerId, EsgSummary>, DbErr> {
    let ids: Vec<_> = partners.iter().map(|partner| partner.0).collect();
    let mut all = HashMap::<PartnerId, EsgSummary>::new();
    for row in store::counting(db, scope, &ids, today).await? {
        let (kind, of) = (PartnerEsgFactKind::stored(&row.kind), all.entry(PartnerId(row.partner_id)).or_default());
        of.valid_count += 1;
        of.kinds.insert(kind.wire());
        of.standards.insert(row.standard.clone());
        if let Some(score) = row.score {
            of.scores.entry(row.standard.clone()).and_modify(|best| *best = score.max(*best)).or_insert(score);
        }
        if kind == PartnerEsgFactKind::Certificate {
            of.certificates.insert(row.standard);
        }
    }
    Ok(all)
}
