//! Who can have a piece of work: active, allowed to decide it, within reach of its partner, and not away.

use access::absences::{self, Away, MAX_CHAIN};
use access::{Permission, permission, roles};
use chrono::{DateTime, Utc};
use kernel::actor::Within;
use kernel::id::{PartnerId, PersonId, VendorId};
use kernel::{Problem, Scope};
use sea_orm::ConnectionTrait;
use std::collections::{HashMap, HashSet};

/// A piece of work to be placed, whatever it is: a deal in review, a lead.
#[derive(Debug, Clone)]
pub struct Work {
    /// Whose vendor's.
    pub vendor: VendorId,
    /// The partner that it is about, if it is about one: whoever gets it must reach that partner.
    pub partner: Option<PartnerId>,
    /// What whoever gets it must be allowed to do.
    pub needs: Permission,
    /// Who is not to get it.
    pub not: Vec<PersonId>,
    /// The time.
    pub now: DateTime<Utc>,
}

/// How somebody stands to a piece of work.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Standing {
    /// Whether they may have it at all.
    pub fit: bool,
    /// Whether they are away, and who stands in.
    pub away: Option<Away>,
}

/// How each of `people` stands to this work; whoever is not in the answer is nobody of the vendor.
pub async fn standings(db: &impl ConnectionTrait, work: &Work, people: &[PersonId]) -> Result<HashMap<PersonId, Standing>, Problem> {
    let rows = access::people::find_many(db, work.vendor, people).await?;
    let away = absences::current(db, work.vendor, people, work.now).await?;
    let (mut grants, mut found) = (HashMap::new(), HashMap::new());
    for person in rows.iter().filter_map(|row| row.standing()).filter(|person| person.partner.is_none()) {
        if !grants.contains_key(&person.role) {
            let allowed = roles::facts(db, work.vendor, &person.role).await?.map_or(0, |role| role.grants);
            grants.insert(person.role.clone(), allowed);
        }
        let allowed = grants[&person.role] & if person.narrowed { permission::limitable() } else { u64::MAX };
        let mut fit = allowed & work.needs.bit() != 0;
        if let (true, true, Some(partner)) = (fit, person.narrowed, work.partner) {
            fit = Scope::new(work.vendor, Within::Reach(person.id)).reaches(db, partner).await?;
        }
        found.insert(person.id, Standing { fit, away: away.get(&person.id).copied() });
    }
    Ok(found)
}

/// How one person stands to this work.
pub async fn standing(db: &impl ConnectionTrait, work: &Work, person: PersonId) -> Result<Standing, Problem> {
    Ok(standings(db, work, &[person]).await?.get(&person).copied().unwrap_or_default())
}

/// Whoever is there for `person`: they themselves, or if they are away, their cover, or theirs. `None` if the chain ends in nobody who can
/// have this work, is too long, or goes in a circle.
pub async fn there_for(db: &impl ConnectionTrait, work: &Work, person: PersonId) -> Result<Option<PersonId>, Problem> {
    let (mut at, mut met) = (person, HashSet::new());
    while met.insert(at) && met.len() <= MAX_CHAIN + 1 {
        match standing(db, work, at).await? {
            Standing { fit, away: None } => return Ok((fit && !work.not.contains(&at)).then_some(at)),
            Standing { away: Some(Away { cover: Some(cover), .. }), .. } => at = cover,
            Standing { away: Some(_), .. } => return Ok(None),
        }
    }
    Ok(None)
}
