//! The groundwork of a decision: who registers, under which rules, and who looks alike.
//!
//! Done before the transaction, since it may take a while and nothing's safety rests on it: what must
//! not race, the exact keys, is asked again inside.

use super::engagement;
use crate::DealId;
use crate::conflict::{Conflict, ConflictKind, compare};
use crate::decide::PartnerFacts;
use crate::engagement::Compiled;
use crate::error;
use crate::lookalikes;
use crate::rules::Status;
use crate::store::deals::{self, DealRow};
use crate::types::{DealCustomer, DealRegister};
use chrono::{DateTime, Utc};
use kernel::db::Reading;
use kernel::id::PartnerId;
use kernel::{Actor, App, Problem, Scope};
use matching::{Key, KeyKind, Prepared};
use std::collections::HashSet;
use std::sync::Arc;
use uuid::Uuid;

/// Names less alike than this are not even compared.
const FLOOR: f32 = 0.6;

/// What a decision stands on.
pub struct Ground {
    /// The rules in force.
    pub rules: Arc<Compiled>,
    /// The partner that registers.
    pub partner: PartnerId,
    /// What rules may know of it.
    pub facts: PartnerFacts,
    /// The customer, normalised.
    pub customer: Prepared,
    /// Its exact keys.
    pub keys: Vec<Key>,
    /// What looked alike.
    pub conflicts: Vec<Conflict>,
    /// The deals that were compared.
    pub compared: HashSet<Uuid>,
    /// The account that is taken for the customer.
    pub account: Option<Uuid>,
    /// The deal itself and its revision then, if it is decided again.
    pub itself: Option<(DealId, i64)>,
    /// What people have judged of the customer and others.
    pub verdicts: crate::verdicts::Known,
    /// Whether the customer is kept for this deal: whoever waits for a decision about it comes later.
    pub reserved: bool,
    /// What it meets of who may renew; known once it is decided.
    pub incumbent: crate::incumbency::Standing,
}

impl Ground {
    /// Lay the ground for deciding `new`; `itself` is the deal if it is there already.
    pub async fn lay(app: &App, actor: &Actor, new: &DealRegister, itself: Option<&DealRow>) -> Result<Self, Problem> {
        let partner = partner_of(actor, new)?;
        let vendor_wide = Scope::vendor_wide(actor.scope.vendor());
        let facts = partner_facts(app, actor.scope, partner).await?;
        let rules = engagement::in_force(app, vendor_wide, app.clock().now()).await?;
        let (customer, keys) = identified(&new.customer)?;
        let itself = itself.map(|row| (row.id(), row.revision));
        let identity = crate::verdicts::Identity::of(&new.customer.profile());
        let verdicts = crate::verdicts::Known::of(&app.db().read_of(vendor_wide.vendor()).await?, vendor_wide.vendor(), identity).await?;
        let (conflicts, compared) = (Vec::new(), HashSet::new());
        let mut ground = Self {
            rules,
            partner,
            facts,
            customer,
            keys,
            conflicts,
            compared,
            account: None,
            itself,
            verdicts,
            reserved: false,
            incumbent: crate::incumbency::Standing::default(),
        };
        let alike = lookalikes::search(app, vendor_wide.vendor(), ground.customer.name(), FLOOR).await?;
        let db = app.db().read_of(vendor_wide.vendor()).await?;
        ground.compare_accounts(&db, vendor_wide, alike.accounts).await?;
        let rivals = deals::by_ids(&db, vendor_wide, &alike.deals).await?;
        ground.compare_deals(&rivals, app.clock().now())?;
        Ok(ground)
    }

    /// The text of all exact keys.
    pub fn all_keys(&self) -> Vec<String> {
        self.keys.iter().map(|key| key.as_str().to_owned()).collect()
    }

    /// The text of all exact keys, and of those of companies that a person has judged to be the same.
    pub fn keys_to_meet(&self) -> Vec<String> {
        let mut keys = self.all_keys();
        keys.extend(self.verdicts.keys_of_the_same());
        keys.sort();
        keys.dedup();
        keys
    }

    /// The keys that an approved deal holds: those that mean the same company.
    pub fn claimed_keys(&self) -> Vec<String> {
        claimed(&self.keys)
    }

    async fn compare_accounts(&mut self, db: &Reading, scope: Scope, alike: Vec<Uuid>) -> Result<(), Problem> {
        let keys = self.keys_to_meet();
        let mut accounts: Vec<_> = crm::accounts_by_keys(db, scope, &keys).await?.into_iter().map(|hit| hit.account).collect();
        let known: HashSet<_> = accounts.iter().map(|account| account.id).collect();
        let missing: Vec<_> = alike.into_iter().filter(|id| !known.contains(id)).collect();
        accounts.extend(crm::accounts_by_ids(db, scope, &missing).await?);
        // An account is hit once for each key that it shares.
        let mut met = HashSet::new();
        accounts.retain(|account| met.insert(account.id));
        let mut found = Vec::new();
        for account in &accounts {
            let profile = account.profile();
            let kind = ConflictKind::ExistingAccount;
            let alike = compare(&self.customer, &profile, kind, self.rules.thresholds());
            let theirs = crate::verdicts::Identity::of(&profile);
            if let Some(conflict) = self.verdicts.applied(alike, &theirs, || Conflict::judged(kind, &account.name)) {
                found.push((account, Conflict { account_external_id: Some(account.external_id.clone()), ..conflict }));
            }
        }
        found.sort_by(|(_, a), (_, b)| b.score.unwrap_or(0.0).total_cmp(&a.score.unwrap_or(0.0)));
        self.account = found.iter().find(|(_, conflict)| conflict.same).map(|(account, _)| account.id);
        let ids: Vec<_> = found.iter().map(|(account, _)| account.id).collect();
        let open = if ids.is_empty() { Vec::new() } else { crm::open_opportunities(db, scope, &ids).await? };
        for (account, conflict) in found {
            let own = self.itself.map(|(deal, _)| deal.0);
            let mut opportunities =
                open.iter().filter(|sale| sale.account_id == Some(account.id) && (own.is_none() || sale.deal_id != own)).peekable();
            if opportunities.peek().is_none() {
                self.conflicts.push(conflict.clone());
            }
            // One line says it: an account with fifty open sales is still one conflict.
            if let Some(sale) = opportunities.next() {
                let kind = ConflictKind::OpenOpportunity;
                self.conflicts.push(Conflict { kind, opportunity_external_id: Some(sale.external_id.clone()), ..conflict });
            }
        }
        Ok(())
    }

    /// Compare with these deals and keep what collides.
    pub fn compare_deals(&mut self, rivals: &[DealRow], now: DateTime<Utc>) -> Result<(), Problem> {
        for rival in rivals {
            if self.itself.is_some_and(|(deal, _)| deal == rival.id()) || !self.compared.insert(rival.id) {
                continue;
            }
            let Some(kind) = self.kind_of(rival, now)? else { continue };
            let customer = rival.customer()?;
            let alike = compare(&self.customer, &customer.profile(), kind, self.rules.thresholds());
            let theirs = crate::verdicts::Identity::of(&customer.profile());
            if let Some(conflict) = self.verdicts.applied(alike, &theirs, || Conflict::judged(kind, &customer.name)) {
                self.conflicts.push(Conflict { deal_id: Some(rival.id()), partner_id: Some(rival.partner()), ..conflict });
            }
        }
        Ok(())
    }

    fn kind_of(&self, rival: &DealRow, now: DateTime<Utc>) -> Result<Option<ConflictKind>, Problem> {
        let status = rival.status()?;
        let protected = status == Status::Approved && rival.protected_until.is_some_and(|until| until > now);
        Ok(match status {
            _ if rival.partner() == self.partner && (protected || status.is_live() && status != Status::Approved) => {
                Some(ConflictKind::OwnRegistration)
            }
            _ if protected => Some(ConflictKind::ProtectedRegistration),
            Status::InReview | Status::InformationRequested => Some(ConflictKind::PendingRegistration),
            _ => None,
        })
    }
}

/// The customer, normalised, and its exact keys; 422 if nothing tells it from others, for then nothing would be protected.
pub fn identified(customer: &DealCustomer) -> Result<(Prepared, Vec<Key>), Problem> {
    let prepared = Prepared::of(&customer.profile());
    let keys = prepared.exact_keys();
    if keys.is_empty() {
        return Err(Problem::invalid("/customer/name", "unnamed", "Send a name that has letters or digits, a domain or a tax number."));
    }
    Ok((prepared, keys))
}

/// The keys that mean the same company.
pub fn claimed(keys: &[Key]) -> Vec<String> {
    keys.iter().filter(|key| key.is_decisive()).map(|key| key.as_str().to_owned()).collect()
}

/// The keys that no two protected deals may share, even by hand: a domain may be shared by subsidiaries.
pub fn identity(keys: &[Key]) -> Vec<String> {
    keys.iter().filter(|key| key.is_decisive() && key.kind() != KeyKind::Domain).map(|key| key.as_str().to_owned()).collect()
}

fn partner_of(actor: &Actor, new: &DealRegister) -> Result<PartnerId, Problem> {
    match (actor.scope.partner(), new.partner_id) {
        (Some(own), None) => Ok(own),
        (Some(own), Some(named)) if own == named => Ok(own),
        (Some(_), Some(_)) => Err(Problem::invalid("/partner_id", "no_such_partner", "A partner's people register for their own partner.")),
        (None, Some(named)) => Ok(named),
        (None, None) => Err(Problem::invalid("/partner_id", "required", "Say for which partner.")),
    }
}

async fn partner_facts(app: &App, scope: Scope, id: PartnerId) -> Result<PartnerFacts, Problem> {
    let no_such = || Problem::invalid("/partner_id", "no_such_partner", "There is no such partner.");
    let row = partners::find(&app.db().read_of(scope.vendor()).await?, scope, id).await?.ok_or_else(no_such)?;
    if row.status != partners::PartnerStatus::Active {
        return Err(Problem::new(error::PARTNER_INACTIVE));
    }
    Ok(facts_of(row))
}

/// What rules may know of a partner.
pub fn facts_of(row: partners::partner::Model) -> PartnerFacts {
    PartnerFacts {
        id: row.id().to_string(),
        specialisations: row.specialisations(),
        custom_fields: row.custom_fields(),
        name: row.name,
        kind: row.kind,
        tier: row.tier,
        region: row.region,
        country: row.country,
        distributor: row.distributor_id.map(|id| PartnerId(id).to_string()),
        manager: row.manager_id.map(|id| kernel::id::PersonId(id).to_string()),
    }
}
