//! Who owns a partner: the whole list is set at once, and everybody on it is screened.

use super::checks::service::{self, Ground};
use super::checks::types::VettingSubjectKind;
use super::requests::service::{About, Asking, partner_facts};
use super::subjects::{self, SubjectRow, facts};
use super::{PartnerOwnerId, screen};
use access::{Can, may};
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use kernel::app::Resource;
use kernel::id::PartnerId;
use kernel::idempotency::Answer;
use kernel::text::{fold, tidy};
use kernel::{App, At, Problem, Tx, Valid};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use validator::Validate;

/// Whether an owner is a human being.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum PartnerOwnerKind {
    /// A human being.
    Person,
    /// A company.
    Organisation,
}

/// An owner to be named.
#[derive(Debug, Clone, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"kind": "person", "name": "Ada Byron", "share": 6000, "birth_date": "1975-12-10", "country": "GB"}))]
pub struct PartnerOwnerSet {
    /// Whether it is a human being.
    pub kind: PartnerOwnerKind,
    /// The name, in any script.
    #[validate(length(min = 1, max = 300), custom(function = kernel::text::not_blank))]
    #[schema(min_length = 1, max_length = 300, pattern = r"\S")]
    pub name: String,
    /// What part is theirs, in hundredths of a percent.
    #[validate(range(min = 0, max = 10000))]
    #[schema(minimum = 0, maximum = 10000)]
    #[serde(default)]
    pub share: Option<i64>,
    /// When they were born: a day or a year.
    #[validate(custom(function = screen::birth_date))]
    #[schema(min_length = 4, max_length = 10, pattern = r"^\d{4}(-\d{2}-\d{2})?$")]
    #[serde(default)]
    pub birth_date: Option<String>,
    /// Where they are from (ISO 3166-1 alpha-2).
    #[validate(custom(function = kernel::country::country))]
    #[schema(min_length = 2, max_length = 2, pattern = "^[A-Z]{2}$")]
    #[serde(default)]
    pub country: Option<String>,
}

/// All owners of a partner.
#[derive(Debug, Clone, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"owners": [{"kind": "person", "name": "Ada Byron", "share": 6000, "birth_date": "1975-12-10", "country": "GB"}]}))]
pub struct PartnerOwnersSet {
    /// Each of them; at most 100.
    #[validate(nested, length(max = 100))]
    #[schema(max_items = 100)]
    pub owners: Vec<PartnerOwnerSet>,
}

/// An owner of a partner.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(example = json!({"id": "own_01jd3k7x2mfq8t9v5w6y0zabcd", "kind": "person", "name": "Ada Byron", "share": 6000, "birth_date": "1975-12-10", "country": "GB"}))]
pub struct PartnerOwner {
    /// Its id; the same as long as name and date of birth are.
    pub id: PartnerOwnerId,
    /// Whether it is a human being.
    pub kind: PartnerOwnerKind,
    /// The name.
    pub name: String,
    /// What part is theirs, in hundredths of a percent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub share: Option<i64>,
    /// When they were born.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub birth_date: Option<String>,
    /// Where they are from.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub country: Option<String>,
}

/// The owners of a partner.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(example = json!({"partner_id": "ptn_01jd3k7x2mfq8t9v5w6y0zabcd", "owners": [{"id": "own_01jd3k7x2mfq8t9v5w6y0zabcd", "kind": "person",
    "name": "Ada Byron", "share": 6000, "birth_date": "1975-12-10", "country": "GB"}]}))]
pub struct PartnerOwners {
    /// The partner.
    pub partner_id: PartnerId,
    /// Its owners, the largest first.
    pub owners: Vec<PartnerOwner>,
}

impl Resource for PartnerOwners {}

fn shown(partner: PartnerId, rows: &[SubjectRow]) -> PartnerOwners {
    let owner = |row: &SubjectRow| PartnerOwner {
        id: PartnerOwnerId(row.id),
        kind: if row.is_company() { PartnerOwnerKind::Organisation } else { PartnerOwnerKind::Person },
        name: row.name.clone(),
        share: row.share,
        birth_date: row.birth.clone(),
        country: row.country.clone(),
    };
    PartnerOwners { partner_id: partner, owners: rows.iter().map(owner).collect() }
}

/// Routes of owners.
pub(super) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(get_partner_owners, put_partner_owners))
}

/// Read who owns a partner.
#[utoipa::path(get, path = "/partners/{id}/owners", operation_id = "get_partner_owners", tag = "vetting",
    params(("id" = PartnerId, Path, description = "The partner.")), security(("bearer" = ["vetting:read"])),
    responses((status = 200, description = "Its owners.", body = PartnerOwners)))]
async fn get_partner_owners(State(app): State<App>, who: Can<may::ReadVetting>, At(id): At<PartnerId>) -> Result<Response, Problem> {
    let db = app.db().read_of(who.scope.vendor()).await?;
    partners::find(&db, who.scope, id).await?.ok_or_else(Problem::not_found)?;
    let rows = subjects::owners(&db, who.scope, id).await?;
    Ok(Answer::of(StatusCode::OK, &shown(id, &rows)).into_response(false))
}

/// Say who owns a partner: all of them. Whoever is new, or of whom something new is said, is screened at once.
#[utoipa::path(put, path = "/partners/{id}/owners", operation_id = "put_partner_owners", tag = "vetting",
    params(("id" = PartnerId, Path, description = "The partner.")), request_body = PartnerOwnersSet, security(("bearer" = ["vetting:decide"])),
    responses((status = 200, description = "Its owners.", body = PartnerOwners)))]
async fn put_partner_owners(
    State(app): State<App>,
    who: Can<may::DecideVetting>,
    At(id): At<PartnerId>,
    Valid(body): Valid<PartnerOwnersSet>,
) -> Result<Response, Problem> {
    app.reply(&who, StatusCode::OK, async |tx| set(tx, id, body).await).await
}

async fn set(tx: &mut Tx, partner: PartnerId, body: PartnerOwnersSet) -> Result<PartnerOwners, Problem> {
    let found = partners::find(tx, tx.scope(), partner).await?.ok_or_else(Problem::not_found)?;
    if body.owners.iter().filter_map(|owner| owner.share).sum::<i64>() > 10_000 {
        return Err(Problem::invalid("/owners", "shares", "Together they own more than all of it."));
    }
    let mut before = subjects::owners(tx, tx.scope(), partner).await?;
    let (ground, asking, about) = (Ground::of(tx).await?, Asking::of(tx).await?, partner_facts(&found));
    for owner in body.owners {
        let (name, is_company) = (tidy(&owner.name), owner.kind == PartnerOwnerKind::Organisation);
        let same = |row: &SubjectRow| fold(&row.name) == fold(&name) && row.birth == owner.birth_date && row.is_company() == is_company;
        let id = before.iter().position(same).map_or_else(|| PartnerOwnerId::fresh().0, |at| before.remove(at).id);
        let row = SubjectRow {
            vendor_id: tx.vendor().0,
            id,
            kind: VettingSubjectKind::Owner.wire().to_owned(),
            partner_id: partner.0,
            facts: facts(&name, owner.country.as_deref(), owner.birth_date.as_deref(), is_company),
            name,
            country: owner.country,
            birth: owner.birth_date,
            share: owner.share,
            mail_domain: None,
            created_at: tx.now(),
            updated_at: tx.now(),
        };
        if subjects::keep(tx, row.clone()).await? {
            service::screen_subject(tx, &ground, &row).await?;
            asking.subject(tx, &About::of(&row, &about), false).await?;
        }
    }
    for gone in before {
        subjects::drop(tx, gone.id).await?;
    }
    service::settle(tx, partner).await?;
    Ok(shown(partner, &subjects::owners(tx, tx.scope(), partner).await?))
}
