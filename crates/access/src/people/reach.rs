//! How far a person of the vendor reaches: all of its partners, or those named and those in the territories named.
//!
//! What belongs to a partner out of reach does not exist for that person: its people, deals, sessions and events are 404 and in no list,
//! and none can be made there. The vendor's own things (its people, settings, rules and the CRM's accounts) are seen whatever the reach, and so
//! are the CRM's opportunities but those of deals out of reach. What cannot be limited to some partners (keys, webhooks,
//! roles, writing to the CRM) is not left to a narrowed person at all: `permission::limitable`. A reach does not follow groups of
//! partners: each is named, or lies in a territory, for itself.

use super::events::PersonReachChangedEvent;
use super::http::Person;
use super::store::{self as people, person};
use crate::{Can, error, may};
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use kernel::actor::Caller;
use kernel::app::Resource;
use kernel::id::{PartnerId, PersonId};
use kernel::idempotency::Answer;
use kernel::text::{not_blank, tidy};
use kernel::{App, At, Problem, Tx, Valid};
use sea_orm::{ConnectionTrait, DbErr, Statement};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;
use validator::{Validate, ValidationError};

/// A part of the world: a region, a country, or the part of a region that lies in a country.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[validate(schema(function = says_something))]
#[schema(example = json!({"region": "DACH"}))]
pub struct Territory {
    /// A partner's `region`, letter for letter.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[validate(length(min = 1, max = 100), custom(function = not_blank))]
    #[schema(min_length = 1, max_length = 100, pattern = r"\S")]
    pub region: Option<String>,
    /// A partner's `country`: ISO 3166-1 alpha-2.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[validate(custom(function = kernel::country::country))]
    #[schema(min_length = 2, max_length = 2, pattern = "^[A-Z]{2}$")]
    pub country: Option<String>,
}

/// The partners that a person of the vendor reaches: those named, and those in the territories named. With neither, none.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"territories": [{"region": "DACH"}, {"country": "FR"}], "partner_ids": []}))]
pub struct Reach {
    /// Partners of these territories, at most 100.
    #[serde(default)]
    #[validate(length(max = 100), nested)]
    #[schema(max_items = 100)]
    pub territories: Vec<Territory>,
    /// These partners, at most 500.
    #[serde(default)]
    #[validate(length(max = 500))]
    #[schema(max_items = 500)]
    pub partner_ids: Vec<PartnerId>,
}

/// A territory without bounds would be everything, by mistake.
fn says_something(territory: &Territory) -> Result<(), ValidationError> {
    let says = territory.region.is_some() || territory.country.is_some();
    if says { Ok(()) } else { Err(ValidationError::new("empty").with_message("Name a region, a country, or both.".into())) }
}

impl Resource for Reach {}

impl Territory {
    /// Whether every partner of `other` is one of this territory too.
    fn covers(&self, other: &Self) -> bool {
        let wide = |own: &Option<String>, theirs: &Option<String>| own.is_none() || own == theirs;
        wide(&self.region, &other.region) && wide(&self.country, &other.country)
    }
}

impl Reach {
    /// As it is stored beside the person.
    pub(super) fn stored(&self) -> String {
        serde_json::to_string(self).expect("plain data is JSON")
    }

    fn tidied(self) -> Self {
        let mut tidied = Self::default();
        for territory in self.territories {
            let territory = Territory { region: territory.region.as_deref().map(tidy), country: territory.country };
            if !tidied.territories.contains(&territory) {
                tidied.territories.push(territory);
            }
        }
        for partner in self.partner_ids {
            if !tidied.partner_ids.contains(&partner) {
                tidied.partner_ids.push(partner);
            }
        }
        tidied
    }
}

impl person::Model {
    /// What it reaches, if that is not everything.
    pub fn reach(&self) -> Option<Reach> {
        self.reach.as_deref().map(|text| serde_json::from_str(text).unwrap_or_default())
    }
}

pub(super) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(get_person_reach, put_person_reach, delete_person_reach))
}

/// Narrow what a person of the vendor reaches, at once: what belongs to partners out of reach does not exist for them.
///
/// Somebody whose own reach is narrow sets one within it, and nobody sets their own.
#[utoipa::path(put, path = "/people/{id}/reach", operation_id = "put_person_reach", tag = "people",
    params(("id" = PersonId, Path, description = "A person of the vendor.")), request_body = Reach, security(("bearer" = ["people:manage"])),
    responses((status = 200, description = "The person as it now is.", body = Person)))]
async fn put_person_reach(
    State(app): State<App>,
    who: Can<may::ManagePeople>,
    At(id): At<PersonId>,
    Valid(body): Valid<Reach>,
) -> Result<Response, Problem> {
    app.reply(&who, StatusCode::OK, async |tx| set(tx, id, Some(body.tidied())).await).await
}

/// Read how far a person of the vendor reaches; there is nothing to read if that is everywhere.
#[utoipa::path(get, path = "/people/{id}/reach", operation_id = "get_person_reach", tag = "people",
    params(("id" = PersonId, Path, description = "A person of the vendor.")), security(("bearer" = ["people:read"])),
    responses((status = 200, description = "The partners that the person reaches.", body = Reach)))]
async fn get_person_reach(State(app): State<App>, who: Can<may::ReadPeople>, At(id): At<PersonId>) -> Result<Response, Problem> {
    let row = people::find_visible(&app.db().read_of(who.scope.vendor()).await?, who.scope, id).await?;
    let reach = row.and_then(|row| row.reach()).ok_or_else(Problem::not_found)?;
    Ok(Answer::of(StatusCode::OK, &reach).into_response(false))
}

/// Let a person of the vendor reach every partner again.
#[utoipa::path(delete, path = "/people/{id}/reach", operation_id = "delete_person_reach", tag = "people",
    params(("id" = PersonId, Path, description = "A person of the vendor.")), security(("bearer" = ["people:manage"])),
    responses((status = 204, description = "The person reaches everything.")))]
async fn delete_person_reach(State(app): State<App>, who: Can<may::ManagePeople>, At(id): At<PersonId>) -> Result<StatusCode, Problem> {
    app.write(&who, async |tx| set(tx, id, None).await).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Set what a person reaches; `None` is everything.
pub async fn set(tx: &mut Tx, id: PersonId, reach: Option<Reach>) -> Result<Person, Problem> {
    let before = people::find_to_change(tx, id).await?.ok_or_else(Problem::not_found)?;
    if tx.actor().caller == Caller::Person(id) {
        return Err(Problem::new(error::OWN_REACH));
    }
    if before.partner_id.is_some() {
        return Err(Problem::invalid("/", "side", "Only people of the vendor have a reach; a partner's people see their partner."));
    }
    super::service::check_standing(tx, &before).await?;
    check_partners(tx, reach.as_ref()).await?;
    check_within_own(tx, reach.as_ref()).await?;
    let stored = reach.as_ref().map(Reach::stored);
    if stored == before.reach {
        // What was not there cannot be taken away.
        return if reach.is_some() { Ok(before.into()) } else { Err(Problem::not_found()) };
    }
    let row = person::Model { reach: stored, revision: before.revision + 1, updated_at: tx.now(), ..before };
    // Without its bounds the same role may do more.
    super::service::check_standing(tx, &row).await?;
    people::update(tx, row.clone()).await?;
    store(tx, id, reach.as_ref()).await?;
    let person = Person::from(row);
    tx.emit(PersonReachChangedEvent { person: person.clone() });
    Ok(person)
}

/// 422 unless the caller sees every partner that is named.
async fn check_partners(tx: &Tx, reach: Option<&Reach>) -> Result<(), Problem> {
    let Some(reach) = reach else { return Ok(()) };
    for (at, partner) in reach.partner_ids.iter().enumerate() {
        if !(tx.scope().reaches(tx, *partner).await? && crate::partner_status(tx, tx.vendor(), *partner).await?.is_some()) {
            return Err(Problem::invalid(format!("/partner_ids/{at}"), "not_found", "There is no such partner."));
        }
    }
    Ok(())
}

/// What the caller's own reach was narrowed to; `None` if it was not.
pub(super) async fn of_caller(tx: &Tx) -> Result<Option<Reach>, Problem> {
    let Some(own) = tx.scope().narrowed() else { return Ok(None) };
    let own = people::find(tx, tx.vendor(), own).await?.ok_or_else(Problem::not_found)?;
    Ok(Some(own.reach().unwrap_or_default()))
}

/// 403 if `reach` goes beyond the caller's own: nobody widens another's reach beyond it.
async fn check_within_own(tx: &Tx, reach: Option<&Reach>) -> Result<(), Problem> {
    let Some(own) = of_caller(tx).await? else { return Ok(()) };
    let beyond = || Problem::new(error::OUT_OF_REACH);
    let reach = reach.ok_or_else(beyond)?;
    if !reach.territories.iter().all(|territory| own.territories.iter().any(|mine| mine.covers(territory))) {
        return Err(beyond());
    }
    let reached = tx.scope().reached(tx, reach.partner_ids.iter().copied()).await?;
    if reach.partner_ids.iter().all(|partner| reached.contains(partner)) { Ok(()) } else { Err(beyond()) }
}

/// 403 if `person` is one of the vendor's and reaches further than the caller: such people are not changed either.
pub(super) async fn check(tx: &Tx, person: &person::Model) -> Result<(), Problem> {
    if person.partner_id.is_some() { Ok(()) } else { check_within_own(tx, person.reach().as_ref()).await }
}

/// Write a reach down, row by row, for queries to resolve.
pub(super) async fn store(tx: &Tx, id: PersonId, reach: Option<&Reach>) -> Result<(), DbErr> {
    let backend = tx.get_database_backend();
    let clear = "DELETE FROM reaches WHERE vendor_id = $1 AND person_id = $2";
    tx.execute_raw(Statement::from_sql_and_values(backend, clear, [tx.vendor().0.into(), id.0.into()])).await?;
    let Some(reach) = reach else { return Ok(()) };
    let territories = reach.territories.iter().map(|territory| (None, territory.region.clone(), territory.country.clone()));
    let partners = reach.partner_ids.iter().map(|partner| (Some(partner.0), None, None));
    let insert = "INSERT INTO reaches (vendor_id, person_id, place, partner_id, region, country) VALUES ($1, $2, $3, $4, $5, $6)";
    for (place, (partner, region, country)) in territories.chain(partners).enumerate() {
        let partner: Option<Uuid> = partner;
        let values = [tx.vendor().0.into(), id.0.into(), (place as i64).into(), partner.into(), region.into(), country.into()];
        tx.execute_raw(Statement::from_sql_and_values(backend, insert, values)).await?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn territory(region: Option<&str>, country: Option<&str>) -> Territory {
        Territory { region: region.map(str::to_owned), country: country.map(str::to_owned) }
    }

    #[test]
    fn a_territory_covers_its_parts_and_nothing_more() {
        let (dach, germany) = (territory(Some("DACH"), None), territory(None, Some("DE")));
        let both = territory(Some("DACH"), Some("DE"));
        assert!(dach.covers(&both) && germany.covers(&both) && both.covers(&both));
        assert!(!both.covers(&dach) && !both.covers(&germany) && !dach.covers(&germany) && !germany.covers(&dach));
    }

    #[test]
    fn a_territory_without_bounds_is_refused() {
        assert!(territory(None, None).validate().is_err());
        assert!(territory(Some("DACH"), None).validate().is_ok());
    }
}
