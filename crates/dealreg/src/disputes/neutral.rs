//! Who takes no side, and who of them is asked.

use super::store::{self, DisputeRow, PartyRow};
use access::Permission;
use access::people::person;
use kernel::actor::Caller;
use kernel::id::{PartnerId, PersonId, VendorId};
use kernel::log::{self, Filter};
use kernel::{Actor, App, Problem, Scope};
use sea_orm::ConnectionTrait;
use std::collections::HashMap;

/// Why people are not neutral in a dispute.
#[derive(Debug, Clone, Default)]
pub struct Partial(HashMap<PersonId, &'static str>);

impl Partial {
    /// In this dispute.
    pub async fn of(app: &App, db: &impl ConnectionTrait, dispute: &DisputeRow, parties: &[PartyRow]) -> Result<Self, Problem> {
        let vendor = VendorId(dispute.vendor_id);
        let mut why = HashMap::new();
        why.extend(dispute.reviewed_before()?.into_iter().map(|person| (person, "has led this dispute before")));
        why.extend(store::speakers(db, dispute).await?.into_iter().map(|person| (person, "has spoken in this dispute")));
        for id in parties.iter().filter_map(PartyRow::deal) {
            let types = ["deal.approved", "deal.rejected", "deal.information_requested", "deal.extended"].map(String::from).to_vec();
            let events = log::read(app, db, vendor, 0, &Filter { types, subject: Some(id.to_string()) }, 500).await?;
            let deciders = events.iter().filter(|event| event.actor.kind == "person").filter_map(|event| event.actor.id.parse().ok());
            why.extend(deciders.map(|person| (person, "has decided about one of the deals")));
        }
        if dispute.opened_by_kind == "person" {
            why.extend(dispute.opened_by_id.parse::<PersonId>().ok().map(|person| (person, "has opened this dispute")));
        }
        let partners: Vec<PartnerId> = parties.iter().filter_map(PartyRow::partner).collect();
        let managers = partners::find_many(db, Scope::vendor_wide(vendor), &partners).await?;
        why.extend(managers.iter().filter_map(|partner| partner.manager_id).map(|person| (PersonId(person), "manages one of the parties")));
        Ok(Self(why))
    }

    /// Why somebody is not neutral; `None` if they are.
    pub fn why(&self, person: PersonId) -> Option<&'static str> {
        self.0.get(&person).copied()
    }
}

/// The people who could lead a dispute and are neutral: those who are there before those who are away, and the least busy first.
pub async fn candidates(app: &App, db: &impl ConnectionTrait, dispute: &DisputeRow, parties: &[PartyRow]) -> Result<Vec<person::Model>, Problem> {
    let vendor = VendorId(dispute.vendor_id);
    let partial = Partial::of(app, db, dispute, parties).await?;
    let mut able = access::people::who_may(db, vendor, Permission::DecideDisputes).await?;
    able.retain(|person| partial.why(person.id()).is_none());
    let load: HashMap<_, _> = store::load(db, vendor).await?.into_iter().collect();
    let ids: Vec<_> = able.iter().map(person::Model::id).collect();
    let away = access::absences::current(db, vendor, &ids, app.clock().now()).await?;
    able.sort_by_key(|person| (away.contains_key(&person.id()), load.get(&person.id()).copied().unwrap_or(0), person.id));
    Ok(able)
}

/// The person behind a caller: itself, or the one whose key it is. None for a key that is nobody's.
pub async fn behind(db: &impl ConnectionTrait, who: &Actor) -> Result<Option<PersonId>, Problem> {
    match &who.caller {
        Caller::Person(id) => Ok(Some(*id)),
        Caller::ApiKey(id) => Ok(access::keys::owner(db, who.scope.vendor(), *id).await?),
        Caller::Operator | Caller::System(_) | Caller::Automation(_) => Ok(None),
    }
}
