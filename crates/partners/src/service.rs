//! Use cases: add and change a partner; one transaction each. Its moves are in `life`.

use crate::events::{PartnerCreatedEvent, PartnerUpdatedEvent};
use crate::facts;
use crate::life::rules::may_be_set;
use crate::life::{history, service as life};
use crate::resource::{Partner, PartnerCreate, PartnerPatch};
use crate::rules::{self, PartnerType};
use crate::store::{self, partner};
use access::{Role, people};
use kernel::id::{PartnerId, PersonId};
use kernel::text::{fold, tidy};
use kernel::{Problem, Tx, fields};

/// The kind of resource under which custom fields are defined.
const RESOURCE: &str = "partner";

/// Add a partner.
pub async fn create(tx: &mut Tx, new: PartnerCreate) -> Result<Partner, Problem> {
    let id = PartnerId::fresh();
    check_manager(tx, new.manager_id).await?;
    check_parent(tx, id, new.parent_id).await?;
    check_distributor(tx, id, new.kind, new.distributor_id).await?;
    check_domains(tx, &new.email_domains)?;
    fields::check(tx, RESOURCE, &new.custom_fields).await?;
    let name = tidy(&new.name);
    let row = partner::Model {
        vendor_id: tx.vendor().0,
        id: id.0,
        search_name: fold(&name),
        name,
        kind: new.kind,
        tier: new.tier.as_deref().map(tidy),
        region: new.region.as_deref().map(tidy),
        country: new.country,
        specialisations: json(&distinct(&new.specialisations)),
        status: new.status.into(),
        status_reason: None,
        suspended_from: None,
        parent_id: new.parent_id.map(|parent| parent.0),
        distributor_id: new.distributor_id.map(|distributor| distributor.0),
        languages: json(&distinct(&facts::tags(&new.languages))),
        website: new.website,
        tax_id: new.tax_id.as_deref().map(facts::tax_number),
        email_domains: json(&distinct(&facts::domains(&new.email_domains))),
        manager_id: new.manager_id.map(|manager| manager.0),
        custom_fields: json(&new.custom_fields),
        revision: 1,
        created_at: tx.now(),
        updated_at: tx.now(),
    };
    store::insert(tx, row.clone()).await?;
    check_reach(tx, id).await?;
    history::keep(tx, &row, None, "create").await?;
    tx.emit(PartnerCreatedEvent { partner: Partner::whole(&row) });
    Ok(Partner::seen_by(tx.actor(), &row))
}

/// Change a partner; nothing is written and nothing happens if all stays as it is.
pub async fn update(tx: &mut Tx, id: PartnerId, patch: PartnerPatch) -> Result<Partner, Problem> {
    let before = store::find_to_change(tx, id).await?.ok_or_else(Problem::not_found)?;
    tx.actor().require_match(before.revision)?;
    let mut row = before.clone();
    if let Some(stage) = patch.status {
        if !may_be_set(row.status, stage) {
            return Err(life::illegal_move(&row));
        }
        if row.status != stage.into() {
            (row.status, row.status_reason) = (stage.into(), None);
        }
    }
    if let Some(parent) = patch.parent_id {
        check_parent(tx, id, parent.filter(|_| parent != row.parent_id())).await?;
        row.parent_id = parent.map(|parent| parent.0);
    }
    if let Some(manager) = patch.manager_id {
        check_manager(tx, manager.filter(|manager| Some(manager.0) != row.manager_id)).await?;
        row.manager_id = manager.map(|manager| manager.0);
    }
    if let Some(changes) = patch.custom_fields {
        let mut merged = row.custom_fields();
        fields::merge(&mut merged, changes);
        fields::check(tx, RESOURCE, &merged).await?;
        row.custom_fields = json(&merged);
    }
    if let Some(name) = patch.name {
        row.name = tidy(&name);
        row.search_name = fold(&row.name);
    }
    row.kind = patch.kind.unwrap_or(row.kind);
    row.tier = patch.tier.map_or(row.tier, |tier| tier.as_deref().map(tidy));
    row.region = patch.region.map_or(row.region, |region| region.as_deref().map(tidy));
    row.country = patch.country.unwrap_or(row.country);
    row.specialisations = patch.specialisations.map_or(row.specialisations, |list| json(&distinct(&list)));
    if let Some(distributor) = patch.distributor_id {
        row.distributor_id = distributor.map(|distributor| distributor.0);
    }
    if patch.distributor_id.is_some() || row.kind != before.kind {
        check_distributor(tx, id, row.kind, row.distributor_id.map(PartnerId)).await?;
    }
    row.languages = patch.languages.map_or(row.languages, |list| json(&distinct(&facts::tags(&list))));
    row.website = patch.website.unwrap_or(row.website);
    row.tax_id = patch.tax_id.map_or(row.tax_id, |tax_id| tax_id.as_deref().map(facts::tax_number));
    if let Some(list) = patch.email_domains {
        check_domains(tx, &list)?;
        row.email_domains = json(&distinct(&facts::domains(&list)));
    }
    let changed = changes(&before, &row);
    if !changed.is_empty() {
        row = store::save(tx, row).await?;
        check_reach(tx, id).await?;
        tx.emit(PartnerUpdatedEvent { partner: Partner::whole(&row), changed });
        if row.status != before.status {
            life::told(tx, &row, before.status, "set").await?;
        }
    }
    Ok(Partner::seen_by(tx.actor(), &row))
}

/// 403 if a partner, as it was just written, lies beyond what the caller reaches: one makes none there and moves none there.
async fn check_reach(tx: &Tx, id: PartnerId) -> Result<(), Problem> {
    if tx.scope().reaches(tx, id).await? { Ok(()) } else { Err(Problem::new(access::error::OUT_OF_REACH)) }
}

/// 422 unless the manager is an active channel manager or admin of the vendor.
async fn check_manager(tx: &Tx, manager: Option<PersonId>) -> Result<(), Problem> {
    let Some(manager) = manager else { return Ok(()) };
    let person = people::find(tx, tx.vendor(), manager).await?.and_then(|person| person.standing());
    if person
        .is_some_and(|person| person.partner.is_none() && [Role::ChannelManager, Role::Admin].iter().any(|role| person.role.as_str() == role.wire()))
    {
        return Ok(());
    }
    Err(Problem::invalid("/manager_id", "manager", "Name an active channel manager or admin of the vendor."))
}

/// 422 unless `id` may become part of `parent`.
async fn check_parent(tx: &Tx, id: PartnerId, parent: Option<PartnerId>) -> Result<(), Problem> {
    let Some(parent) = parent else { return Ok(()) };
    store::lock_groups(tx, tx.vendor()).await?;
    let above = store::chain_above(tx, parent).await?;
    if above.is_empty() || !tx.scope().reaches(tx, parent).await? {
        return Err(Problem::invalid("/parent_id", "not_found", "There is no such partner."));
    }
    if rules::makes_a_circle(&id, &above) {
        return Err(Problem::invalid("/parent_id", "circle", "A partner cannot be part of itself, directly or through others."));
    }
    if rules::is_too_deep(above.len(), store::levels_below(tx, id).await?) {
        return Err(Problem::invalid("/parent_id", "too_deep", format!("A group has at most {} levels.", rules::MAX_DEPTH)));
    }
    Ok(())
}

/// 422 unless the distributor is one, and supplies somebody else. Two tiers have no circle: a distributor has no distributor.
async fn check_distributor(tx: &Tx, id: PartnerId, kind: PartnerType, distributor: Option<PartnerId>) -> Result<(), Problem> {
    if kind != PartnerType::Distributor && store::supplies(tx, id).await? {
        return Err(Problem::invalid("/type", "supplies", "It supplies other partners, so it stays a distributor."));
    }
    let Some(distributor) = distributor else { return Ok(()) };
    let found = store::find(tx, tx.scope(), distributor).await?.filter(|_| distributor != id);
    match found {
        None => Err(Problem::invalid("/distributor_id", "not_found", "There is no such partner.")),
        Some(found) if found.kind != PartnerType::Distributor => {
            Err(Problem::invalid("/distributor_id", "distributor", "Name a partner of the type distributor."))
        }
        Some(_) if kind == PartnerType::Distributor => {
            Err(Problem::invalid("/distributor_id", "two_tiers", "A distributor is supplied by the vendor itself."))
        }
        Some(_) => Ok(()),
    }
}

/// 422 if an e-mail domain belongs to everybody.
fn check_domains(tx: &Tx, domains: &[String]) -> Result<(), Problem> {
    let shared = tx.app().find_service::<access::sso::SharedDomains>();
    let is_shared = |domain: &String| shared.as_ref().is_some_and(|shared| (shared.0)(&domain.to_lowercase()));
    match domains.iter().position(is_shared) {
        None => Ok(()),
        Some(at) => Err(Problem::invalid(format!("/email_domains/{at}"), "shared", "This domain belongs to everybody.")),
    }
}

/// The names of the fields that differ.
fn changes(before: &partner::Model, after: &partner::Model) -> Vec<String> {
    let fields = [
        ("name", before.name != after.name),
        ("type", before.kind != after.kind),
        ("tier", before.tier != after.tier),
        ("region", before.region != after.region),
        ("country", before.country != after.country),
        ("specialisations", before.specialisations != after.specialisations),
        ("status", before.status != after.status),
        ("parent_id", before.parent_id != after.parent_id),
        ("distributor_id", before.distributor_id != after.distributor_id),
        ("languages", before.languages != after.languages),
        ("website", before.website != after.website),
        ("tax_id", before.tax_id != after.tax_id),
        ("email_domains", before.email_domains != after.email_domains),
        ("manager_id", before.manager_id != after.manager_id),
        ("custom_fields", before.custom_fields() != after.custom_fields()),
    ];
    fields.into_iter().filter(|(_, differs)| *differs).map(|(name, _)| name.to_owned()).collect()
}

fn distinct(list: &[String]) -> Vec<String> {
    let mut kept: Vec<String> = Vec::with_capacity(list.len());
    for one in list.iter().map(|one| tidy(one)) {
        if !kept.contains(&one) {
            kept.push(one);
        }
    }
    kept
}

fn json(value: &impl serde::Serialize) -> String {
    serde_json::to_string(value).expect("plain data is JSON")
}
